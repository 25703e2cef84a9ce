"""How much the looks at models may cost, all together, in one reading or writing of a state.

What a constructor is given is gone through to its end each time, so models within models would take
time by the square of their number.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar

__all__ = ["begin", "is_spent"]

AGAIN = 20_000
AGAIN_PER_LOOK = 200
"""How many models may be looked at again; a state may have as many others as it likes."""

FREE_LOOKS = 2
"""One where a model is given to another that is made, and one at the end."""


class _Effort:
    def __init__(self) -> None:
        self.left = AGAIN
        self.looks_at: dict[int, int] = {}


_EFFORT: ContextVar[_Effort] = ContextVar("effort")


def begin() -> None:
    """Begins a reading or writing, on the thread that does it."""
    _EFFORT.set(_Effort())


def is_spent(models: Iterable[int]) -> bool:
    """Counts one look at models, by their addresses; returns whether it was one too many."""
    effort = _EFFORT.get(None) or _Effort()
    looks_at = effort.looks_at
    effort.left += AGAIN_PER_LOOK
    for address in models:
        looks = looks_at[address] = looks_at.get(address, 0) + 1
        effort.left -= looks > FREE_LOOKS
    return effort.left < 0
