"""Texts and bytes that are read and written like files, and lie in memory: with their position."""

from __future__ import annotations

import functools
import io
from typing import Any

from persist.state import names
from persist.state.asked import trouble_of
from persist.state.held import held_slots
from persist.state.text import quote

__all__ = ["NATIVE", "describe", "facts", "has_own_hook"]

NATIVE = (io.StringIO, io.BytesIO)

ENDS = ("\n", "\r\n", "\r")
"""Ends of lines, in an order in which none is taken for a part of the next."""

_NEWLINES: Any = vars(io.StringIO)["newlines"]

_HOOKS = ("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")


def has_own_hook(cls: type) -> bool:
    """Returns whether a class that extends one of these says itself how it is made or kept."""
    native: Any = _native_of(cls)
    return any(getattr(cls, hook) is not getattr(native, hook) for hook in _HOOKS)


def facts(cls: type) -> dict[str, object]:
    """Returns what a plan says of such a class."""
    native = _native_of(cls)
    return {
        "native": native,
        "is_whole": True,
        "takes": ["state"],
        "fill": functools.partial(_fill, native),
    }


def _native_of(cls: type) -> type:
    return next(base for base in cls.__mro__ if base in NATIVE)


def describe(forbidden: frozenset[str], value: Any, context: str, session: Any) -> Any:
    """Returns the node of one, or why there is none: its content and where it stands in it."""
    trouble = trouble_of(value, forbidden)
    if trouble is not None:
        return trouble
    native: Any = _native_of(type(value))
    try:
        *content, _ = native.__getstate__(value)
    except ValueError:
        return "it is closed"
    ends = _ends_of(value, content) if native is io.StringIO else None
    if ends is not None and not _is_made_again(value, content, ends):
        return "it has met ends of lines that cannot be told from what is in it"
    slots = held_slots(value)
    rest: list[Any] = [',"dict":', vars(value)] if vars(value) else []
    rest += [',"slots":', slots] if slots else []
    parts = [(f".__getstate__()[{at}]", part) for at, part in enumerate(content)]
    separated = [it for part in parts for it in (",", part)][1:]
    separated += [] if ends is None else [f",[{','.join(map(quote, ends))}]"]
    head = f'{{"lc":"object","id":{quote(names.name_of(type(value)) or "")}'
    return head, [], [*rest, ',"state":[', *separated, "]}"]


def _fill(native: Any, value: Any, parts: dict[str, Any]) -> None:
    """Gives one its content. What it holds besides is set as any object's attributes are."""
    state = parts.get("state")
    kinds: list[tuple[type, ...]] = [(bytes,), (int,)]
    if native is io.StringIO:
        kinds = [(str,), (str, type(None)), (int,)]
    if type(state) is not list or not 0 <= len(state) - len(kinds) <= (native is io.StringIO):
        raise ValueError("its state is no array of its content and position")
    content, ends = state[: len(kinds)], state[len(kinds) :]
    if any(type(part) not in kind for part, kind in zip(content, kinds, strict=True)):
        raise ValueError("its content or its position is of a wrong type")
    native.__setstate__(value, (*content, None))
    if ends:
        _meet(value, content, _checked(content, ends[0]))


def _ends_of(value: io.StringIO, content: list[Any]) -> list[str] | None:
    """Returns the ends of lines that a text has met, None where its content tells which."""
    if content[1]:
        return None
    fresh: Any = io.StringIO()
    fresh.__setstate__((*content, None))
    met = _NEWLINES.__get__(value)
    if fresh.newlines == met:
        return None
    return [end for end in ENDS if end in ((met,) if isinstance(met, str) else met or ())]


def _is_made_again(value: io.StringIO, content: list[Any], ends: list[str]) -> bool:
    made: Any = io.StringIO()
    made.__setstate__((*content, None))
    _meet(made, content, ends)
    *again, _ = made.__getstate__()
    return bool(again == content and made.newlines == _NEWLINES.__get__(value))


def _checked(content: list[Any], ends: object) -> list[str]:
    if content[1] or type(ends) is not list or ends != [end for end in ENDS if end in ends]:
        raise ValueError("the ends of lines that it has met are none")
    return [end for end in ENDS if end in ends]


def _meet(value: io.StringIO, content: list[Any], ends: list[str]) -> None:
    """Lets a text meet these ends of lines, and no others, before it has its content again."""
    text, newline, position = content
    native: Any = io.StringIO
    native.__setstate__(value, ("", newline, 0, None))
    native.write(value, "".join(ends))
    native.seek(value, 0)
    native.truncate(value)
    # Each is read as a plain one, whichever it was.
    native.write(value, text.replace("\n", ends[-1]) if newline is None and ends else text)
    native.seek(value, position)
