"""States whose text is some hundred megabytes, for processes that measure what they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def strings() -> dict[str, str]:
    return {f"part-{number}": f"{number:08d}" * 62_500 for number in range(605)}


def messages() -> list[dict[str, Any]]:
    return [
        {"id": number, "role": "user", "content": f"hello number {number}, how are you today? " * 9}
        for number in range(750_000)
    ]


def letters() -> list[Any]:
    """Returns strings, short and long, that are not ASCII: Python keeps no UTF-8 of them yet."""
    short = [{"id": number, "text": f"{number:07d}é" * 25} for number in range(600_000)]
    return [*short, *(f"{number:07d}é" * 62_500 for number in range(300))]


SHAPES: dict[str, Callable[[], Any]] = {
    "strings": strings,
    "messages": messages,
    "letters": letters,
}
