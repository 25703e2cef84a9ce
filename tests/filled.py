"""Containers of a program that extend those of the standard library, with methods of their own."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import Any


class Cache(OrderedDict[Any, Any]):
    """The least recently used one, as the documentation of Python has it."""

    def __init__(self, maxsize: int = 8, /, *given: Any, **named: Any) -> None:
        self.maxsize = maxsize
        super().__init__(*given, **named)

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        self.move_to_end(key)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        if len(self) > self.maxsize:
            del self[next(iter(self))]


def cache() -> Cache:
    made = Cache(20)
    for number in range(15):
        made[number] = number
    return made


class Window(deque[Any]):
    """Says of each thing when it came."""

    def __init__(self, given: Iterable[Any] = (), maxlen: int | None = None) -> None:
        self.turn = 0
        super().__init__(given, maxlen)

    def append(self, item: Any) -> None:
        self.turn += 1
        super().append((self.turn, item))

    def extend(self, items: Iterable[Any]) -> None:
        for item in items:
            self.append(item)


def window() -> Window:
    made = Window(maxlen=2)
    made.extend("abc")
    return made


class Log(OrderedDict[Any, Any]):
    def __init__(self, *given: Any) -> None:
        self.log: list[Any] = []
        super().__init__(*given)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.log.append(key)
        super().__setitem__(key, value)


def log() -> Log:
    made = Log()
    made["a"], made["b"] = 1, 2
    made["a"] = 3
    return made


class Capitals(OrderedDict[Any, Any]):
    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key.upper(), value)


def capitals() -> Capitals:
    made = Capitals()
    OrderedDict.__setitem__(made, "low", 1)
    made["high"] = 2
    return made


class Texts(defaultdict[Any, Any]):
    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, f"<{value}>")


def texts() -> Texts:
    made = Texts(list)
    made["a"] = 1
    return made


class Frozen(OrderedDict[Any, Any]):
    is_frozen = False

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.is_frozen:
            raise TypeError("it is frozen")
        super().__setitem__(key, value)


def frozen() -> Frozen:
    made = Frozen(a=1)
    made.is_frozen = True
    return made


class Closed(deque[Any]):
    def extend(self, items: Iterable[Any]) -> None:
        raise TypeError("use append")


def closed() -> Closed:
    made = Closed()
    made.append(1)
    return made


class Begun(OrderedDict[Any, Any]):
    def __init__(self) -> None:
        super().__init__(first=1, second=2)


def begun() -> Begun:
    made = Begun()
    del made["first"]
    made["third"] = 3
    made.move_to_end("second")
    return made


def emptied() -> Begun:
    made = Begun()
    made.clear()
    return made


class BegunQueue(deque[Any]):
    def __init__(self, *given: Any) -> None:
        super().__init__([0])


def begun_queue() -> BegunQueue:
    made = BegunQueue()
    made.append(1)
    return made


class Telling(OrderedDict[Any, Any]):
    def items(self) -> Any:
        return [("other", 1)]


def telling() -> Telling:
    return Telling(a=1)


class TellingQueue(deque[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter(["other"])


def telling_queue() -> TellingQueue:
    return TellingQueue("ab")


class Looped(OrderedDict[Any, Any]):
    me: Any = None


def looped() -> Looped:
    made = Looped()
    made["me"] = made.me = made
    return made


class Told(list[Any]):
    """Its own hook gives elements, and its own method takes them: as pickle has them."""

    given: list[Any]

    def __init__(self, given: Iterable[Any] = ()) -> None:
        super().__init__(given)
        self.given = list(given)

    def __reduce__(self) -> Any:
        return Told, (), None, iter(list(self))

    def extend(self, items: Iterable[Any]) -> None:
        super().extend(items)
        self.given += items
