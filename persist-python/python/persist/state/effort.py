"""How much the looks at models may cost, all together, in one reading or writing of a state.

What a constructor is given is gone through to its end each time, so models within models would take
time by the square of their number.
"""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["begin", "is_spent"]

MODELS = 20_000
MODELS_PER_LOOK = 200
"""Few prompts have as many messages; a state may have as many prompts as it likes."""

_LEFT: ContextVar[list[int]] = ContextVar("left")


def begin() -> None:
    """Begins a reading or writing, on the thread that does it."""
    _LEFT.set([MODELS])


def is_spent(models: int) -> bool:
    """Counts one look at so many models; returns whether it was one too many."""
    left = _LEFT.get([MODELS])
    left[0] += MODELS_PER_LOOK - models
    return left[0] < 0
