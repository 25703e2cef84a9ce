"""Classes and functions of a program: what the standard library can make, in its odd forms."""

from __future__ import annotations

import abc
import array
import collections
import contextlib
import copyreg
import dataclasses
import enum
import functools
import pathlib
import random
import types
import typing
from dataclasses import KW_ONLY, InitVar, dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

import attrs

Item = TypeVar("Item")


class Plain:
    """Attributes of its own."""

    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def greet(self, name: str = "you") -> str:
        return f"hello {name}"

    @classmethod
    def kind(cls) -> str:
        return cls.__name__

    @staticmethod
    def twice(number: int) -> int:
        return 2 * number


class Keyed:
    """Hashed by its state."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key


# Time and numbers


class Halfway(tzinfo):
    def __init__(self, label: str = "") -> None:
        self.label = label

    def utcoffset(self, when: Any) -> timedelta:
        return timedelta(hours=0.5)

    def dst(self, when: Any) -> timedelta:
        return timedelta(0)

    def tzname(self, when: Any) -> str:
        return self.label


class Moment(datetime):
    pass


class Day(date):
    pass


class Span(timedelta):
    pass


class Money(Decimal):
    pass


class Share(Fraction):
    pass


class Place(pathlib.PurePosixPath):
    pass


def asked(path: pathlib.PurePath) -> pathlib.PurePath:
    assert hash(path)
    assert path.parts
    assert str(path)
    return path


# Containers


class Row(list):  # type: ignore[type-arg]
    pass


class Bag(dict):  # type: ignore[type-arg]
    pass


class Pair(tuple):  # type: ignore[type-arg]
    pass


class Basket(set):  # type: ignore[type-arg]
    pass


class Sealed(frozenset):  # type: ignore[type-arg]
    pass


class Queue(collections.deque):  # type: ignore[type-arg]
    pass


class Ordered(collections.OrderedDict):  # type: ignore[type-arg]
    pass


class Tally(collections.defaultdict):  # type: ignore[type-arg]
    pass


class Votes(collections.Counter):  # type: ignore[type-arg]
    pass


class SlottedVotes(collections.Counter):  # type: ignore[type-arg]
    __slots__ = ("__note", "extra")


def remarked(thing: Any) -> Any:
    """Gives a thing an attribute that its builtin knows nothing of."""
    thing.note = [1]
    return thing


def slotted(thing: Any) -> Any:
    """Sets what a class keeps in a slot."""
    thing.extra = [1]
    return thing


def tied(*things: Any) -> Any:
    """Lets each thing hold itself and the others in an attribute."""
    for thing in things:
        thing.all = [thing, *things]
    return things


def looked_at() -> Any:
    """A partial whose dict was made because somebody read it, beside one that has none."""
    seen = functools.partial(double, 2)
    assert vars(seen) == {}
    return [seen, functools.partial(double, 2)]


class Buffer(bytearray):
    pass


class Signal(array.array):  # type: ignore[type-arg]
    pass


class Space(types.SimpleNamespace):
    pass


class Text(str):
    pass


class Count(int):
    pass


class Weight(float):
    pass


class Blob(bytes):
    pass


class Wave(complex):
    pass


class Settings(collections.UserDict):  # type: ignore[type-arg]
    pass


class Guarded(dict):  # type: ignore[type-arg]
    """Takes nothing by its own `__setitem__`."""

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("read only")

    @classmethod
    def of(cls, **items: Any) -> Guarded:
        made = cls()
        dict.update(made, items)
        return made


class Counting(list):  # type: ignore[type-arg]
    """Counts what is appended, so an item that is appended at restore counts twice."""

    appended = 0

    def append(self, item: Any) -> None:
        self.appended += 1
        super().append(item)

    def extend(self, items: Any) -> None:
        raise TypeError("one by one")


def counting() -> Counting:
    made = Counting()
    made.append(1)
    made.append([2])
    return made


Spot = collections.namedtuple("Spot", "x y")


class Typed(NamedTuple):
    number: int
    text: str = "none"


class Measured(NamedTuple):
    x: int
    y: int

    def length(self) -> float:
        return float((self.x**2 + self.y**2) ** 0.5)


class Spotted(Spot):
    pass


def tree() -> Any:
    return collections.defaultdict(tree)


def reordered() -> dict[str, int]:
    made = {"a": 1, "b": 2, "c": 3}
    made["a"] = made.pop("a")
    return made


# Slots, hooks and reduce


class Slotted:
    __slots__ = ("__hidden", "one", "two")

    def hide(self, value: Any) -> Slotted:
        self.__hidden = value
        return self

    def shown(self) -> Any:
        return self.__hidden


class SlottedMore(Slotted):
    __slots__ = ("__dict__", "three")


class SlottedWeak:
    __slots__ = ("__weakref__", "value")


class Stateful:
    """Writes another state than it has."""

    def __init__(self, value: Any) -> None:
        self.value, self.cache = value, {"made": True}

    def __getstate__(self) -> Any:
        return {"only": self.value}

    def __setstate__(self, state: Any) -> None:
        self.value, self.cache = state["only"], {"made": True}


class TupleState(Plain):
    def __getstate__(self) -> Any:
        return (self.a, [self.a])  # type: ignore[attr-defined]

    def __setstate__(self, state: Any) -> None:
        self.a = state[0]


class FalseState(Plain):
    """A state that is false is handed back all the same."""

    def __getstate__(self) -> Any:
        return 0

    def __setstate__(self, state: Any) -> None:
        self.state = state


class Dropping(Plain):
    """Leaves an attribute out."""

    def __getstate__(self) -> Any:
        return {name: value for name, value in vars(self).items() if name != "live"}


class Reduced:
    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __reduce__(self) -> Any:
        return (Reduced, self.parts)


class ReducedFully:
    """A class, its arguments, a state, list items and dict items."""

    def __init__(self, name: str) -> None:
        self.name, self.list, self.dict = name, [], {}  # type: ignore[var-annotated]

    def append(self, item: Any) -> None:
        self.list.append(item)

    def extend(self, items: Any) -> None:
        self.list.extend(items)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.dict[key] = value

    def __reduce__(self) -> Any:
        state = {"name": self.name, "note": getattr(self, "note", None)}
        return (ReducedFully, (self.name,), state, iter(self.list), iter(self.dict.items()))


class ReducedByFunction:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (rebuilt, (self.value,))


def rebuilt(value: Any) -> ReducedByFunction:
    return ReducedByFunction(value)


class ReducedToName:
    def __reduce__(self) -> str:
        return "ONLY"


ONLY = ReducedToName()


class NewArguments(tuple):  # type: ignore[type-arg]
    def __new__(cls, one: Any, two: Any) -> NewArguments:
        made = super().__new__(cls, (one, two))
        made.total = 2
        return made

    def __getnewargs__(self) -> Any:
        return tuple(self)


class NewKeywords:
    def __new__(cls, *, name: str) -> NewKeywords:
        made = super().__new__(cls)
        made.name = name
        return made

    def __getnewargs_ex__(self) -> Any:
        return (), {"name": self.name}


class Registered:
    """Taken apart by a function in `copyreg`."""

    def __init__(self, value: Any) -> None:
        self.value = value


def reduce_registered(thing: Registered) -> Any:
    return (Registered, (thing.value,))


copyreg.pickle(Registered, reduce_registered)  # type: ignore[arg-type]


class WithSetattr:
    """Refuses attributes from outside."""

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "value", value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("frozen")

    def __getattr__(self, name: str) -> Any:
        return f"made up {name}" if not name.startswith("__") else self._raise(name)

    def _raise(self, name: str) -> Any:
        raise AttributeError(name)


class LyingEquality(Plain):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("must not be compared")

    __hash__ = None  # type: ignore[assignment]


# Dataclasses and attrs


@dataclass
class Card:
    suit: str
    notes: list[Any] = field(default_factory=list)
    rank: Any = field(default=3, init=False)
    seed: InitVar[int] = 5

    def __post_init__(self, seed: int) -> None:
        self.notes.append(seed)


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


@dataclass
class Keywords:
    first: int
    _: KW_ONLY
    second: int = 2
    third: Any = field(default=None, repr=False, compare=False)


@dataclass(unsafe_hash=True)
class Acquainted:
    name: str
    # The text of a grid of these would name each along every way to it.
    friend: Any = field(default=None, compare=False, repr=False)
    next: Any = field(default=None, compare=False, repr=False)


@dataclass(order=True, unsafe_hash=True)
class Ranked:
    rank: int
    name: str = field(compare=False, default="")


@dataclass
class Boxed(Generic[Item]):
    item: Item


@dataclass
class CardChild(Card):
    owner: Any = None


@attrs.define
class Attributed:
    x: int
    y: list[Any] = attrs.Factory(list)


@attrs.frozen
class AttributedFrozen:
    x: Any
    _private: Any = 2


@attrs.define(slots=False)
class AttributedDict:
    x: Any = attrs.field(converter=str)
    z: Any = attrs.field(default=1, init=False)


@attrs.define(cache_hash=True, frozen=True)
class AttributedHashed:
    x: Any


@attrs.define
class AttributedCached:
    x: int

    @functools.cached_property
    def seen(self) -> list[Any]:
        return [self.x]


class AttributedChild(AttributedCached):
    """Has a dict, of which the hooks of its base know nothing."""


@attrs.define(slots=False)
class AttributedMore(AttributedCached):
    more: Any = None


@attrs.define
class AttributedLast(AttributedMore):
    last: Any = None


@attrs.define
class AttributedError(Exception):
    code: int


# Enumerations


class Color(enum.Enum):
    RED = 1
    GREEN = "g"
    CRIMSON = 1  # noqa: PIE796 - another name of one member


class Shade(enum.StrEnum):
    DARK = "dark"
    GLOOM = "dark"


class Rank(enum.IntEnum):
    LOW = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


class Planet(enum.Enum):
    EARTH = (5.97, 6.37)
    MARS = (0.64, 3.39)

    def __init__(self, mass: float, radius: float) -> None:
        self.mass, self.radius = mass, radius


Made = enum.Enum("Made", ["ONE", "TWO"], module=__name__)


# Exceptions


class OddError(Exception):
    """Its constructor takes other things than it keeps."""

    def __init__(self, code: int, *, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


class BareError(Exception):
    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b


class SlottedError(ValueError):
    __slots__ = ("detail",)


class OldError(OSError):
    """An error of the system with more to say."""


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        if cause is None:
            raise error
        raise error from cause
    except BaseException as caught:
        return caught.with_traceback(None)


def chained() -> BaseException:
    try:
        try:
            raise KeyError("inner")
        except KeyError:
            raise ValueError("outer", [1]) from None
    except ValueError as error:
        if error.__context__ is not None:
            error.__context__.__traceback__ = None
        return error.with_traceback(None)


def noted() -> BaseException:
    error = ValueError("x")
    error.add_note("first")
    error.add_note("second")
    return error


# Classes in classes, generics, metaclasses, abstract classes, descriptors


class Outer:
    class Inner:
        def __init__(self, depth: int = 2) -> None:
            self.depth = depth

        class Innermost(Plain):
            pass


class Box(Generic[Item]):
    def __init__(self, item: Item) -> None:
        self.item = item


class Meta(type):
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__call__(*args, **kwargs)
        made.through_meta = True
        return made


class Metaed(metaclass=Meta):
    def __init__(self, value: Any = None) -> None:
        self.value = value


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> int: ...


class Square(Shape):
    def __init__(self, side: int) -> None:
        self.side = side

    def area(self) -> int:
        return self.side**2


class Temperature:
    def __init__(self, degrees: float) -> None:
        self._degrees = degrees

    @property
    def degrees(self) -> float:
        return self._degrees

    @degrees.setter
    def degrees(self, value: float) -> None:
        raise AssertionError("not through the property")


class Computed:
    def __init__(self, base: int) -> None:
        self.base = base
        self.calls: list[int] = []

    @functools.cached_property
    def squares(self) -> list[int]:
        self.calls.append(self.base)
        return [self.base * self.base]


def computed() -> Computed:
    made = Computed(3)
    assert made.squares == [9]
    return made


class Singleton:
    _only: Any = None

    def __new__(cls) -> Singleton:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return typing.cast("Singleton", cls._only)


class Loose(Plain):
    """Its class has values that an instance may cover."""

    level = 1
    tags: typing.ClassVar[list[str]] = ["class"]


class Mixed(Slotted, Generic[Item]):
    __slots__ = ("item",)


class Movie(typing.TypedDict, total=False):
    title: str
    year: int


class Proto(typing.Protocol):
    def greet(self) -> str: ...


class Dice(random.Random):
    """A generator with a name."""

    name = "d6"


def seat(guest: Seated, state: Any) -> None:
    guest.name, guest.seats = state


class Seated:
    """Its state is set by a function."""

    def __init__(self, name: Any = None, seats: Any = None) -> None:
        self.name, self.seats = name, seats

    def __reduce__(self) -> Any:
        return Seated, (), (self.name, self.seats), None, None, seat


class Packed:
    """Made by a class method."""

    @classmethod
    def of(cls, *parts: Any) -> Packed:
        made = cls()
        made.parts = parts  # type: ignore[attr-defined]
        return made

    def __reduce__(self) -> Any:
        return type(self).of, self.parts  # type: ignore[attr-defined]


class PackedTwice(Packed):
    pass


class Worded:
    """Made with arguments by name."""

    def __init__(self, *, text: Any) -> None:
        self.text = text

    def __reduce__(self) -> Any:
        return functools.partial(Worded, text=self.text), ()


class Bare:
    __slots__ = ()


class Stack(list[Any]):
    pass


class Kept:
    @functools.cache  # noqa: B019 - a method that keeps its objects alive
    def count(self) -> int:
        return 3


class Manager(contextlib.AbstractContextManager):  # type: ignore[type-arg]
    def __init__(self) -> None:
        self.open = False

    def __exit__(self, *error: Any) -> None:
        self.open = False


# Functions


def double(number: int) -> int:
    return 2 * number


def maker(step: int) -> Any:
    """Returns a function with a cell."""

    def add(number: int, extra: int = 1, *, more: int = 0) -> int:
        """Adds the step."""
        return number + step + extra + more

    return add


def counter() -> tuple[Any, Any]:
    """Returns two functions that share a cell."""
    count = 0

    def up() -> int:
        nonlocal count
        count += 1
        return count

    def read() -> int:
        return count

    return up, read


def recursive() -> Any:
    def factorial(n: int) -> int:
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial


def unset_cell() -> Any:
    def use() -> Any:
        return later

    if not use:
        later = 1
    return use


def lambdas() -> list[Any]:
    return [lambda x: x + 1, lambda x: x * 2]


adder = lambda a, b: a + b  # noqa: E731 - a function without a name of its own


@functools.lru_cache(maxsize=8)
def cached(number: int) -> int:
    return number * 3


@functools.singledispatch
def dispatched(value: Any) -> str:
    return "any"


@functools.wraps(double)
def wrapper(number: int) -> int:
    return double(number) + 1


def decorated(function: Any) -> Any:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


@decorated
def shown(number: int) -> int:
    return number + 5


def local_class() -> Any:
    class Local:
        def __init__(self) -> None:
            self.value = 1

    return Local()


def fields_of(thing: Any) -> list[str]:
    return [entry.name for entry in dataclasses.fields(thing)]
