"""Objects of many shapes, each of which asks a restore for names of its own."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import types
from collections.abc import Callable
from typing import Any

import pydantic


class Plain:
    """A class with methods of every sort."""

    def method(self) -> int:
        return 1

    @classmethod
    def of_class(cls) -> int:
        return 2


class Heir(Plain):
    """A class whose methods are defined elsewhere."""


class Holder:
    """An object around another."""

    def __init__(self, held: object) -> None:
        self.held = held

    def go(self) -> int:
        return 1


class Reduced(Holder):
    """An object that a function makes."""

    def __reduce__(self) -> Any:
        return (reduced, (self.held,))


def reduced(held: object) -> Reduced:
    """Makes what it is asked for."""
    return Reduced(held)


class Stated(Holder):
    """An object that a function makes and that sets its own state."""

    def __reduce__(self) -> Any:
        return (stated, (1,), self.held)

    def __setstate__(self, held: object) -> None:
        self.held = held


def stated(held: object) -> Stated:
    """Makes what it is asked for."""
    return Stated(held)


class Made(Holder):
    """An object that a class method makes."""

    @classmethod
    def make(cls, held: object) -> Made:
        return cls(held)

    def __reduce__(self) -> Any:
        return (type(self).make, (self.held,))


class MadeHeir(Made):
    """An object that a class method of another class makes."""


class Words(dict[str, Any]):
    """A subclass of a builtin."""


class Choice(enum.Enum):
    """An enumeration."""

    X = 1


class TroubleError(Exception):
    """An exception."""


@dataclasses.dataclass
class Data:
    """A dataclass."""

    a: object = None


Pair = collections.namedtuple("Pair", "a b")


def factory() -> int:
    """Returns a number."""
    return 0


def closure(held: object) -> Callable[[], object]:
    """Returns a function that captured a value."""

    def inner() -> object:
        return held

    return inner


SHAPES: dict[str, Callable[[], object]] = {
    "an object": lambda: Holder(Plain()),
    "a method": lambda: Plain().method,
    "a method by inheritance": lambda: Heir().method,
    "a class method": lambda: Plain.of_class,
    "a class method by inheritance": lambda: Heir.of_class,
    "a method inside an object": lambda: Holder(Plain().method),
    "a method of what holds an object": lambda: Holder(Data(Plain())).go,
    "a method twice": lambda: [Plain().method] * 2,
    "a partial": lambda: functools.partial(factory, Plain()),
    "a partial of a method": lambda: functools.partial(Holder(Plain()).go, k=Data()),
    "a default factory": lambda: collections.defaultdict(factory, {Choice.X: Plain()}),
    "a class as factory": lambda: collections.defaultdict(Plain),
    "a reduced object": lambda: Reduced(Plain()),
    "reduced objects in each other": lambda: Reduced([Data(Reduced(Plain()))]),
    "a reduced object with a state": lambda: Stated(Plain()),
    "a state with a method": lambda: Stated(Plain().method),
    "an object made by a class method": lambda: Made(Plain()),
    "an object made by an inherited class method": lambda: MadeHeir(Plain()),
    "a subclass of dict": lambda: Words(a=Choice.X),
    "an exception": lambda: TroubleError(Plain(), Data()),
    "a closure": lambda: closure(Plain()),
    "a closure over a method": lambda: closure(Plain().method),
    "a named tuple": lambda: Pair(Plain(), Holder(1)),
    "classes": lambda: [Plain, Choice],
    "a namespace": lambda: types.SimpleNamespace(a=Plain(), b=factory),
    "types of types": lambda: [list[Plain], dict[Plain, Choice]],
    "a model made at run time": lambda: pydantic.create_model(
        "M", a=(Choice, Choice.X), b=(Data, None)
    )(a=Choice.X),
}
