"""Functions that any state text may have called, each with a checker of its arguments.

Pickling hooks of the standard library name them. A checker takes a number of arguments of exact
types, none of them callable, and refuses any other, when saving and when restoring.
"""

from __future__ import annotations

import array
from collections.abc import Callable, Mapping
from typing import Any

from persist.state.record import Record

__all__ = ["RECONSTRUCTORS", "Reconstructor"]


class Reconstructor(Record):
    """One such function."""

    makes: Callable[[list[Any]], type | None]
    """Returns the type of what the arguments make, or raises a ValueError where no writer gives
    them. None stands for a type that is known only when the thing is made."""


SEQUENCES = (list, tuple, str, bytes, bytearray, range, array.array)
"""Sequences whose iterators come back at their position."""


def _iterator(arguments: list[Any]) -> type:
    base = _sequence(arguments, SEQUENCES)
    # A class that extends one may have an iterator of its own.
    if base is None or type(arguments[0]).__iter__ is not base.__iter__:
        raise ValueError("an iterator is made of one list, tuple, text, bytes, array or range")
    return type(base.__iter__(arguments[0]))


def _reversed(arguments: list[Any]) -> type:
    base = _sequence(arguments, (list,))
    if base is None or type(arguments[0]).__reversed__ is not base.__reversed__:
        raise ValueError("a reversed iterator is made of one list")
    return type(reversed([]))


def _sequence(arguments: list[Any], known: tuple[Any, ...]) -> Any:
    """Returns which of these the only argument is, or extends; None where it is none."""
    if len(arguments) != 1:
        return None
    return next((base for base in known if issubclass(type(arguments[0]), base)), None)


def _array(arguments: list[Any]) -> type:
    if [type(argument) for argument in arguments[1:]] != [str, int, bytes]:
        raise ValueError("an array is made of a class, a type code, a format and bytes")
    cls = arguments[0]
    if not isinstance(cls, type) or not issubclass(cls, array.array):
        raise ValueError("an array is made of a class of arrays")
    return cls


LOGGER_CHARS, LOGGER_DOTS = 1_000, 50
"""Bounds of a logger's name: looking one up makes one thing for each dot, under all of the name
before it, and keeps them for as long as the process lives."""


def _logger(arguments: list[Any]) -> None:
    if [type(argument) for argument in arguments] not in ([], [str]):
        raise ValueError("a logger is found by its name")
    if arguments and (len(arguments[0]) > LOGGER_CHARS or arguments[0].count(".") > LOGGER_DOTS):
        limits = f"{LOGGER_CHARS} characters or {LOGGER_DOTS} dots"
        raise ValueError(f"the name of a logger has more than {limits}")


RECONSTRUCTORS: Mapping[str, Reconstructor] = {
    "array:_array_reconstructor": Reconstructor(_array),
    "builtins:iter": Reconstructor(_iterator),
    "builtins:reversed": Reconstructor(_reversed),
    "logging:getLogger": Reconstructor(_logger),
}
"""`module:function` to what is known of it."""
