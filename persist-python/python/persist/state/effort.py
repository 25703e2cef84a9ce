"""How much may be looked at, shown or made, all together, in one reading or writing of a state.

What a constructor is given is gone through to its end each time, so models within models would take
time by the square of their number; and what is shared may be shown as often as the text mentions
it. So it is with memory that no text stands for: a short text can say of one number that it is a
million. A bound for each time would leave the number of times to the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

__all__ = [
    "HASHED",
    "SWOLLEN",
    "add_room",
    "all_kept",
    "begin",
    "during",
    "is_first",
    "is_given_too_much",
    "is_overspent",
    "is_spent",
    "is_too_large",
    "keep",
    "left",
    "unseen",
]

Done = TypeVar("Done")

AGAIN = 20_000
AGAIN_PER_LOOK = 200
"""How many models may be looked at again; a state may have as many others as it likes."""

FREE_LOOKS = 2
"""One where a model is given to another that is made, and one at the end."""

FREE_BYTES, GROWTH = 16 << 20, 8
"""What memory may be taken by what the text only mentions: so much, and so often its length."""

WRITTEN_GROWTH = 4
"""Less for what has been written, so that what is saved is never too large when it is restored."""

LONG_BYTES, LONG_GROWTH = 64 << 20, 4
"""A longer text is read while it is checked, and has for the rest of its length only so much."""

GIVEN_BYTES = 48 << 20
"""What instances of classes that a text makes may take that it does not say of each of them."""

HASHED = 300_000
"""Steps that hashing in one text may take, beyond those to what was not hashed before."""

SWOLLEN = "it takes far more memory than what is written of it"


class _Effort:
    def __init__(self, text_bytes: int) -> None:
        self.left = AGAIN
        self.looks_at: dict[int, int] = {}
        rest_bytes = max(0, text_bytes - LONG_BYTES)
        self.room_bytes = FREE_BYTES + GROWTH * (text_bytes - rest_bytes)
        self.room_bytes += LONG_GROWTH * rest_bytes
        self.spent: dict[str, int] = {}
        self.seen: dict[str, set[int]] = {}
        self.kept: dict[int, object] = {}
        self.kept_in: dict[str, dict[int, object]] = {}


_EFFORT: ContextVar[_Effort] = ContextVar("effort")


def begin(text_bytes: int = 0) -> None:
    """Begins a reading of so long a text, or a writing, on the thread that does it."""
    _EFFORT.set(_Effort(text_bytes))


def during(text_bytes: int, work: Callable[..., Done], *arguments: Any) -> Done:
    """Does a reading of so long a text, or a writing, and keeps nothing of it beyond that."""
    begin(text_bytes)
    try:
        return work(*arguments)
    finally:
        # No context manager: its end would start the collector on all that was just made.
        _EFFORT.get().kept.clear()
        _EFFORT.get().kept_in.clear()


def is_spent(models: Iterable[int]) -> bool:
    """Counts one look at models, by their addresses; returns whether it was one too many."""
    effort = _EFFORT.get(None) or _Effort(0)
    looks_at = effort.looks_at
    effort.left += AGAIN_PER_LOOK
    for address in models:
        looks = looks_at[address] = looks_at.get(address, 0) + 1
        effort.left -= looks > FREE_LOOKS
    return effort.left < 0


def add_room(written_bytes: int) -> None:
    """Counts memory whose content a writing has in its text."""
    effort = _EFFORT.get(None)
    if effort is not None:
        effort.room_bytes += WRITTEN_GROWTH * written_bytes


def is_too_large(extra_bytes: int) -> bool:
    """Counts memory or elements to go through; returns whether the text has no room for them."""
    effort = _EFFORT.get(None) or _Effort(0)
    effort.room_bytes -= extra_bytes
    return effort.room_bytes < 0


def is_given_too_much(extra_bytes: int) -> bool:
    """Counts what an instance has by its class alone; returns whether the text has no room for it.

    That is much more than other memory that no text stands for: an instance takes some anyway.
    """
    is_over = is_overspent("given", extra_bytes, GIVEN_BYTES)
    return is_over and is_too_large(extra_bytes)


def left(purse: str, allowed: int) -> int:
    """Returns how much of what a kind of work may cost is not spent yet."""
    effort = _EFFORT.get(None)
    return allowed - (0 if effort is None else effort.spent.get(purse, 0))


def is_overspent(purse: str, cost: int, allowed: int) -> bool:
    """Counts a cost, or what was earned where that is negative; returns whether it is too much."""
    effort = _EFFORT.get(None) or _Effort(0)
    spent = effort.spent[purse] = effort.spent.get(purse, 0) + cost
    return spent > allowed


def unseen(addresses: Iterable[int], purse: str = "shown") -> set[int]:
    """Returns which of these nobody has asked about before, in this reading or writing.

    An address may be another thing's by then, which is taken for seen.
    """
    effort = _EFFORT.get(None) or _Effort(0)
    seen = effort.seen.setdefault(purse, set())
    found = set(addresses) - seen
    seen |= found
    return found


def keep(thing: object, purse: str) -> None:
    """Keeps a thing until this reading or writing is over."""
    effort = _EFFORT.get(None) or _Effort(0)
    effort.kept_in.setdefault(purse, {})[id(thing)] = thing


def all_kept(purse: str) -> Mapping[int, object]:
    """Returns what `keep` was given in this reading or writing, by its address."""
    effort = _EFFORT.get(None)
    return {} if effort is None else effort.kept_in.get(purse, {})


def is_first(thing: object) -> bool:
    """Returns whether nobody has asked about this very thing before, in this reading or writing.

    Until that is over the thing is kept, so that no other comes to its address.
    """
    effort = _EFFORT.get(None) or _Effort(0)
    is_first = id(thing) not in effort.kept
    effort.kept[id(thing)] = thing
    return is_first
