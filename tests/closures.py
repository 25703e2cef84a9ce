"""Functions that no name leads to, importable by every process of a test."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any


def counter(start: int) -> tuple[Callable[..., int], Callable[[], int]]:
    total = start

    def add(step: int, *, times: int = 1) -> int:
        nonlocal total
        total += step * times
        return total

    def read() -> int:
        return total

    return add, read


def factorial() -> Callable[[int], int]:
    def f(n: int) -> int:
        return 1 if n < 2 else n * f(n - 1)

    return f


def mutual() -> tuple[Callable[[int], bool], Callable[[int], bool]]:
    def even(n: int) -> bool:
        return n == 0 or odd(n - 1)

    def odd(n: int) -> bool:
        return n != 0 and even(n - 1)

    return even, odd


def unset() -> Callable[[], Any]:
    def read() -> Any:
        return late

    result = read
    if result is None:
        late = 1
    return result


def nothing() -> None: ...


double = lambda number: 2 * number  # noqa: E731
STEPS = [lambda n: n + 1, lambda n: n + 2, (lambda n: lambda m: n + m)]
TWINS = [lambda n: n, lambda n: n]


def plus_one(function: Callable[..., int]) -> Callable[..., int]:
    @functools.wraps(function)
    def wrapper(*arguments: Any) -> int:
        return function(*arguments) + 1

    return wrapper


def renamed(function: Callable[..., int]) -> Callable[..., int]:
    def wrapper(*arguments: Any) -> int:
        return function(*arguments) + 1

    return wrapper


@plus_one
def size(text: str) -> int:
    """Returns the size of a text."""
    return len(text)


@renamed
def length(text: str) -> int:
    return len(text)


class Maker:
    def __init__(self) -> None:
        self.parts = [lambda n=n: n for n in range(3)]

    def method(self) -> Callable[[], Any]:
        class Local:
            def inner(self) -> int:
                return 3

        return Local.inner

    def reader(self) -> Callable[[], Any]:
        return lambda: self

    def parent(self) -> Callable[[], Any]:
        return lambda: super().__repr__()

    @staticmethod
    def generate() -> Callable[[], Iterator[int]]:
        return next(iter(lambda: (n for n in range(2)) for _ in range(1)))


def shadow(alike: type) -> Callable[..., Any]:
    def typed(value: alike, other: list[alike] | None = None) -> alike:  # type: ignore[valid-type]
        return value

    return typed


class Server:
    def answer(self, text: str) -> Server:
        return self


def around(method: Any) -> Any:
    @functools.wraps(method)
    def wrapper(*given: Any) -> Any:
        return method(*given)

    return wrapper
