"""Classes of a program that are taken apart by hooks of their own, or extend a builtin."""

from __future__ import annotations

import array
import collections
import copyreg
import functools
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple


class Listed(list[Any]):
    pass


class Mapped(dict[Any, Any]):
    pass


class Grouped(set[Any]):
    pass


class Paired(tuple[Any, ...]):
    pass


class Fixed(frozenset[Any]):
    pass


class Turned(complex):
    pass


class Buffer(bytearray):
    pass


class Strict(list[Any]):
    """Its own methods must not run: they change what they are given."""

    __slots__ = ("mark",)

    def append(self, item: Any) -> None:
        raise AssertionError

    def extend(self, items: Any) -> None:
        raise AssertionError

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError


class Upper(dict[Any, Any]):
    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(str(key).upper(), value)

    def items(self) -> Any:
        raise AssertionError


Place = collections.namedtuple("Place", ["street", "number"])


class Person(NamedTuple):
    name: str
    age: int = 0


class Held:
    """What the hooks below take apart."""

    def __init__(self, value: Any = None) -> None:
        self.value = value
        self.calls = 0


class Initial(Held):
    def __reduce__(self) -> Any:
        self.calls += 1
        return Initial, (self.value,)


class Versioned(Held):
    def __reduce_ex__(self, protocol: int) -> Any:
        return Versioned, (self.value,), {"protocol": protocol}


class Argued:
    def __new__(cls, *values: Any, **named: Any) -> Argued:
        made = super().__new__(cls)
        made.given = (values, named)
        return made

    given: Any

    def __getnewargs_ex__(self) -> Any:
        return self.given


class Stated:
    state: Any

    def __getstate__(self) -> Any:
        return [self.state]

    def __setstate__(self, state: Any) -> None:
        (self.state,) = state


class Empty(Stated):
    """Its state is false, and set all the same."""

    def __getstate__(self) -> Any:
        return 0

    def __setstate__(self, state: Any) -> None:
        self.state = ("set", state)


class Trimmed:
    """Leaves out what cannot be carried; the rest is set as it stands."""

    def __init__(self) -> None:
        self.kept, self.lock = 1, object()

    def __getstate__(self) -> Any:
        return {"kept": self.kept}


class Line:
    def __init__(self) -> None:
        self.items: list[Any] = []

    def append(self, item: Any) -> None:
        self.items.append(item)

    def __reduce__(self) -> Any:
        return Line, (), None, (item for item in self.items)


class Table:
    def __init__(self) -> None:
        self.rows: list[Any] = []

    def __setitem__(self, key: Any, value: Any) -> None:
        self.rows.append((key, value))

    def __reduce__(self) -> Any:
        return Table, (), {"kind": "table"}, None, iter(self.rows)


class Account:
    owner: Any
    balance: int

    def __reduce__(self) -> Any:
        return open_account, (self.owner,), {"balance": self.balance}


def open_account(owner: Any) -> Account:
    account = Account()
    account.owner = owner
    return account


class Registered:
    def __init__(self, value: Any) -> None:
        self.value = value


def take_apart(thing: Registered) -> Any:
    return Registered, (thing.value,)


copyreg.pickle(Registered, take_apart)


class Old:
    """Taken apart as protocols before 2 do, past its `__new__`."""

    def __new__(cls) -> Old:
        raise AssertionError

    def __reduce__(self) -> Any:
        return object.__reduce__(self)


class Single:
    """One instance only."""

    instance: Single | None = None

    def __new__(cls) -> Single:
        if cls.instance is None:
            cls.instance = super().__new__(cls)
        return cls.instance


class Unset:
    def __reduce__(self) -> Any:
        return "UNSET"


UNSET = Unset()


class Slotted:
    __slots__ = ("one", "two")

    def __getstate__(self) -> Any:
        return None, {"one": self.one}

    one: Any
    two: Any


class HookError(Exception):
    def __init__(self, code: int, *, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code


class SlotError(OSError):
    __slots__ = ("place",)
    place: Any


def seat(guest: Guest, state: Any) -> None:
    guest.seat, guest.friends = state


class Guest:
    """Its state is set by a function: the sixth thing that a hook may give."""

    def __init__(self) -> None:
        self.seat, self.friends = 0, []  # type: list[Any]

    def __reduce__(self) -> Any:
        return Guest, (), (self.seat, self.friends), None, None, seat


class Parcel:
    """Made by a class method."""

    def __init__(self, label: Any) -> None:
        self.label = label

    @classmethod
    def packed(cls, *parts: Any, **named: Any) -> Parcel:
        return cls([*parts, named])

    def __reduce__(self) -> Any:
        *parts, named = self.label
        return functools.partial(type(self).packed, **named), tuple(parts)


class Crate(Parcel):
    pass


class Titled:
    """Made with arguments by name."""

    def __init__(self, *, title: Any = None) -> None:
        self.title = title

    def __reduce__(self) -> Any:
        return functools.partial(Titled, title=self.title), ()


@functools.cache
def doubled(number: int) -> int:
    return 2 * number


class Doubling:
    @functools.lru_cache(maxsize=8)  # noqa: B019 - a method that keeps its objects alive
    def doubled(self, number: int) -> int:
        return 2 * number


class Nothing:
    """Nothing but its class."""

    __slots__ = ()


# What must not be carried.


class Setter:
    """A function that is no setter, and that nobody should admit."""

    def __reduce__(self) -> Any:
        return Setter, (), {"a": 1}, None, None, setattr


class Needy:
    def __new__(cls, value: Any) -> Needy:
        return super().__new__(cls)


class Wordy(Held):
    def __getstate__(self) -> Any:
        return ["no dict"]


class Shadowing(Held):
    def __getstate__(self) -> Any:
        return {"act": 1}

    def act(self) -> None: ...


class Local(Held):
    def __reduce__(self) -> Any:
        return (lambda: self), ()


class Raising(Held):
    def __reduce__(self) -> Any:
        raise TypeError("secret words")


class Shapeless(Held):
    def __reduce__(self) -> Any:
        return self.value


class StatedVotes(collections.Counter):  # type: ignore[type-arg]
    """Sets its own state, which the hook of its base never gives."""

    def __setstate__(self, state: Any) -> None:
        vars(self).update(state)


class SlottedSignal(array.array):  # type: ignore[type-arg]
    __slots__ = ("note",)


class Spent:
    """Gives what it has away as it is saved."""

    def __init__(self, left: list[int]) -> None:
        self.left = left

    def __getstate__(self) -> dict[str, Any]:
        left, self.left = self.left, []
        return {"left": left}


class Logged(list[Any]):
    """Gives its elements by a hook of its own, and notes what it is given."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (), None, iter(list(self))

    def extend(self, items: Any) -> None:
        found = list(items)
        self.given.append(len(found))
        super().extend(found)


class Late(datetime):
    """A moment of a program's own."""
