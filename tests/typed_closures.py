"""Functions made inside others, whose annotations are objects and not text."""

import typing
from collections.abc import Callable


class Local:
    pass


def plain() -> Callable[..., object]:
    def f(b: int, /, c: "Local", *rest: typing.Any, d: list[str] | None = None):
        return b

    return f


def captured(kind: type, text: str) -> list[Callable[..., object]]:
    def by_type(value: kind):
        return kind

    def by_text(value: text):
        return text

    return [by_type, by_text]


def noted(count: int) -> Callable[..., object]:
    def f(value: int = count) -> "list[Local]":
        return [value]

    return f
