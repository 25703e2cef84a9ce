"""Constants and types of types, importable by every process of a test."""

import typing
from typing import Generic, NewType, ParamSpec, TypeVar, TypeVarTuple

import typing_extensions

Item = TypeVar("Item")
Given = ParamSpec("Given")
Items = TypeVarTuple("Items")
UserId = NewType("UserId", int)
Pair = typing_extensions.TypeAliasType("Pair", tuple[int, int])
MISSING = object()


class Box(Generic[Item]):
    pass


class Wrapped(Generic[Given, Item]):
    """Holds a function, whose arguments are a part of its type."""

    def __init__(self, function: object) -> None:
        self.function = function


class Handed(Generic[Given]):
    pass


class Greedy:
    """Runs code of its own when it is subscripted."""

    seen: typing.ClassVar[list[object]] = []

    def __class_getitem__(cls, item: object) -> object:
        cls.seen.append(item)
        return typing.List[int]  # noqa: UP006


class Holder:
    sentinel = object()


def local_type() -> object:
    return NewType("Local", int)


def use(value: object = object()) -> object:
    return value
