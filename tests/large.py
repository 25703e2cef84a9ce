"""States whose text is some hundred megabytes, for processes that measure what they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def strings(percent: int = 100) -> dict[str, str]:
    return {f"part-{number}": f"{number:08d}" * 62_500 for number in range(605 * percent // 100)}


def messages(percent: int = 100) -> list[dict[str, Any]]:
    return [
        {"id": number, "role": "user", "content": f"hello number {number}, how are you today? " * 9}
        for number in range(7_500 * percent)
    ]


def letters(percent: int = 100) -> list[Any]:
    """Returns strings, short and long, that are not ASCII: Python keeps no UTF-8 of them yet."""
    short = [{"id": number, "text": f"{number:07d}é" * 25} for number in range(6_000 * percent)]
    return [*short, *(f"{number:07d}é" * 62_500 for number in range(3 * percent))]


SHAPES: dict[str, Callable[..., Any]] = {
    "strings": strings,
    "messages": messages,
    "letters": letters,
}
