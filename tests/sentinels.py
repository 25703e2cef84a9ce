"""Instances and objects that a module knows by being that very one."""

from __future__ import annotations

from typing import Any, Final


class Missing:
    """Nothing was given."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()


class Unset:
    __slots__ = ()


_unset = Unset()


class Moved:
    pass


MOVED = Moved()
# As packages do with all that they show.
MOVED.__module__ = "sentinels"


class Kept:
    """Has nothing to do, and something to keep."""

    value: Any


kept = Kept()


class Working:
    def work(self) -> int:
        return 1


working = Working()

FIRST = object()
SECOND: Final = object()
ALSO = AGAIN = object()
current = FIRST


def made(number: int) -> object:
    return object()


OTHER = made(1)
TWICE = object()
if TWICE:
    TWICE = object()
