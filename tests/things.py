"""Classes of a program that the tests save: what the standard library alone can make."""

from __future__ import annotations

import enum
import functools
from dataclasses import InitVar, dataclass, field
from typing import Any

DATACLASS_DEFAULT = 3


class Plain:
    """Attributes of its own, hashed by identity."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def greet(self) -> str:
        return "hello"

    @classmethod
    def kind(cls) -> str:
        return cls.__name__


class Slotted:
    __slots__ = ("__hidden", "one", "two")

    def hide(self, value: Any) -> None:
        self.__hidden = value


class Redeclared(Slotted):
    __slots__ = ("one", "three")  # Slotted has a slot `one` already, which this one hides.


class SlottedMore(Slotted):
    __slots__ = ("__dict__", "three")


@dataclass
class Card:
    suit: str
    notes: list[Any] = field(default_factory=list)
    rank: Any = field(default=DATACLASS_DEFAULT, init=False)
    seed: InitVar[int] = 5


@dataclass(frozen=True)
class Frozen:
    left: Any
    right: Any = None


@dataclass(slots=True)
class Slim:
    left: Any
    right: Any = 1


@dataclass(frozen=True, slots=True)
class FrozenSlim:
    left: Any
    right: Any = 1


@dataclass(slots=True, eq=False)
class Node:
    """Hashed by identity, so it may lie in a set that it holds."""

    link: Any = None


class Keyed:
    """Hashed by its state, so it needs that before it can be a key."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key


@dataclass(unsafe_hash=True)
class Friend:
    """Hashed by its name: whom it knows has no part in that."""

    name: str
    known: Any = field(default=None, compare=False)
    others: Any = field(default=None, compare=False)


class Kinded(Keyed):
    """Hashed by its state, and by more than attributes."""

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.key))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and super().__eq__(other)


class Group(set):  # type: ignore[type-arg]
    """A set with attributes."""


class Sealed(frozenset):  # type: ignore[type-arg]
    """A frozenset with attributes."""


class Text(str):
    """A string with attributes."""


class SlimText(str):
    __slots__ = ()


class Count(int):
    pass


class Weight(float):
    pass


class Blob(bytes):
    pass


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    CRIMSON = 1  # noqa: PIE796 - another name of one member


class Shade(enum.StrEnum):
    DARK = "dark"


class Rank(enum.IntEnum):
    LOW = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


class Computed:
    """Keeps what a cached property made in its dict."""

    base = 2

    @functools.cached_property
    def squares(self) -> list[int]:
        return [self.base * self.base]


class Hooked:
    """Taken apart by a hook of its own, which this release refuses."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Hooked, ())


def double(number: int) -> int:
    return 2 * number


class Outer:
    class Inner:
        def __init__(self) -> None:
            self.depth = 2
