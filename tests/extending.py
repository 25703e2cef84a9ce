"""Classes that extend those of the standard library, and ask for other arguments than these."""

from __future__ import annotations

import functools
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Context, Decimal
from fractions import Fraction
from ipaddress import IPv4Address
from itertools import count
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, ClassVar


class Words(Counter[str]):
    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language


class Lower(Counter[str]):
    def __init__(self, given: Iterable[str] = ()) -> None:
        super().__init__(it.lower() for it in given)


class Positive(Counter[str]):
    """Has no count below one, but those that were put in past it."""

    def __init__(self, given: Any = ()) -> None:
        super().__init__(given)
        for key in [key for key, number in self.items() if number < 1]:
            del self[key]


class Preset(Counter[str]):
    def __init__(self, given: Any = ()) -> None:
        super().__init__(given)
        self["total"] += 1


class Top(Counter[str]):
    def update(self, *given: Any, **named: Any) -> None:
        super().update(*given, **named)
        for key, _ in self.most_common()[2:]:
            del self[key]


class Shown(Counter[Any]):
    """Tells others what is in it than what is."""

    def __iter__(self) -> Any:
        return iter(["none"])

    def keys(self) -> Any:
        return ["none"]

    def items(self) -> Any:
        return [("none", 0)]

    def __setitem__(self, key: Any, number: int) -> None:
        raise AssertionError


def words() -> Words:
    made = Words("en")
    made.update("aab")
    return made


def positive() -> Positive:
    made = Positive("aab")
    made["c"] = -1
    return made


def top() -> Top:
    made = Top()
    made.update(a=1, b=2, c=3)
    made["d"] = 1
    return made


def shown() -> Shown:
    made = Shown()
    for key in "ba":
        dict.__setitem__(made, key, 2)
    return made


def looped() -> Words:
    made: Any = words()
    made["me"] = made
    return made


class Cents(Decimal):
    def __new__(cls, euros: str) -> Cents:
        return super().__new__(cls, Decimal(euros) * 100)

    def __str__(self) -> str:
        return "some cents"


class Precise(Context):
    def __init__(self, digits: str) -> None:
        super().__init__(prec=len(digits))


class Doubled(Fraction):
    def __new__(cls, numerator: int, denominator: int = 1) -> Any:
        return super().__new__(cls, numerator * 2, denominator)


class Ratio(Fraction):
    label: str

    def __new__(cls, percent: int) -> Any:
        made = super().__new__(cls, percent, 100)
        made.label = f"{percent}%"
        return made

    def __str__(self) -> str:
        return self.label


class Bounded(deque[Any]):
    def __init__(self, size: int) -> None:
        super().__init__(maxlen=size)


class Index(defaultdict[str, list[int]]):
    def __init__(self) -> None:
        super().__init__(list)


class Cache(OrderedDict[str, int]):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class OrderedCounter(Counter[str], OrderedDict[str, int]):  # type: ignore[misc]
    """Counts in an order of their own, as Python's documentation has it."""


class Grouped(Counter[str], defaultdict[str, int]):  # type: ignore[misc]
    """Counts beside what it is to make of a key that it lacks."""


class Span(timedelta):
    def __new__(cls, minutes: int) -> Any:
        return super().__new__(cls, minutes=minutes)


class Day(date):
    def __new__(cls, iso: str) -> Any:
        return super().__new__(cls, *map(int, iso.split("-")))


class Moment(datetime):
    def __new__(cls, iso: str) -> Any:
        return super().__new__(cls, *map(int, iso.split("-")), tzinfo=UTC, fold=1)


class Hour(time):
    def __new__(cls, hour: str) -> Any:
        return super().__new__(cls, int(hour))


class Zone(tzinfo):
    def __init__(self, hours: int) -> None:
        self.hours = hours

    def utcoffset(self, moment: Any) -> timedelta:
        return timedelta(hours=self.hours)


class Dice(random.Random):
    sides: int

    def __new__(cls, sides: int) -> Dice:
        made = super().__new__(cls)
        made.sides = sides
        return made

    def __init__(self, sides: int) -> None:
        super().__init__(7)

    def seed(self, *given: Any, **named: Any) -> None:
        super().seed(*given, **named)
        self.seeds = getattr(self, "seeds", 0) + 1


class Settings(SimpleNamespace):
    def __init__(self, environment: str) -> None:
        super().__init__(environment=environment, debug=environment != "live")


class Bound(functools.partial[Any]):
    def __new__(cls, base: str) -> Any:
        return super().__new__(cls, int, base=int(base))


class Ticks(count):  # type: ignore[type-arg]
    def __new__(cls, name: str) -> Any:
        return super().__new__(cls, len(name), 2)


class Host(IPv4Address):
    def __init__(self, last: int) -> None:
        super().__init__(f"10.0.0.{last}")

    def __str__(self) -> str:
        return "a host"


class Page(PurePosixPath):
    def __new__(cls, name: str) -> Any:
        return super().__new__(cls, "/pages", name)

    def __init__(self, name: str) -> None:
        if not hasattr(PurePosixPath, "_from_parts"):
            super().__init__("/pages", name)  # type: ignore[call-arg]


def bounded() -> Bounded:
    made = Bounded(2)
    made.extend("abc")
    return made


def index() -> Index:
    made = Index()
    made["a"].append(1)
    return made


def ordered_counter() -> OrderedCounter:
    made = OrderedCounter("abcab")
    made.move_to_end("a")
    return made


def grouped() -> Grouped:
    made = Grouped("ab")
    made.default_factory = int
    return made


def cache() -> Cache:
    made = Cache(3)
    made["b"], made["a"] = 1, 2
    return made


def dice() -> Dice:
    made = Dice(6)
    made.gauss(0, 1)
    return made


def settings() -> Settings:
    made = Settings("test")
    made.debug = False
    return made


class Connection:
    """One for each name."""

    pool: ClassVar[dict[str, Connection]] = {}

    def __new__(cls, name: str = "default") -> Connection:
        if name not in cls.pool:
            cls.pool[name] = super().__new__(cls)
        return cls.pool[name]

    def __init__(self, name: str = "default") -> None:
        self.name = name


class Begun:
    """Begins with something."""

    turn: int

    def __new__(cls, *given: Any) -> Begun:
        made = super().__new__(cls)
        made.turn = 0
        return made


class BegunSlots:
    __slots__ = ("mark", "turn")

    def __new__(cls) -> BegunSlots:
        made = super().__new__(cls)
        made.turn = made.mark = 0
        return made


class BegunApart(Begun):
    """Leaves out what a new one has."""

    def __getstate__(self) -> dict[str, int]:
        return {name: value for name, value in vars(self).items() if name != "turn"}
