"""What is deep, long or wide."""

from __future__ import annotations

from typing import Any

import program

DEEP = 100_000
LONG = 200_000_000 // 3
"""Of a text whose UTF-8 has three bytes, to make 200 MB of it."""


def nested(wrap: Any) -> Any:
    made: Any = []
    for _ in range(DEEP):
        made = wrap(made)
    return made


def linked() -> Any:
    made = None
    for number in range(DEEP):
        node = program.Plain()
        node.number, node.next = number, made
        made = node
    return made


def subclasses() -> Any:
    made = program.Row()
    for _ in range(20_000):
        made = program.Row([made])
    return made


def errors() -> Any:
    made: Any = ValueError("first")
    for number in range(5_000):
        nxt = ValueError(number)
        nxt.__cause__ = made
        made = nxt
    return made


CASES: dict[str, Any] = {
    "lists in lists": lambda: nested(lambda inner: [inner]),
    "dicts in dicts": lambda: nested(lambda inner: {"a": inner}),
    "tuples in tuples": lambda: nested(lambda inner: (inner,)),
    "linked objects": linked,
    "list subclasses in each other": subclasses,
    "exceptions that are causes": errors,
    "a million ints": lambda: list(range(1_000_000)),
    "a wide dict": lambda: {f"key {number}": number for number in range(200_000)},
    "a long text": lambda: "é\n" * LONG,
    "many small objects": lambda: [program.Plain(a=number) for number in range(50_000)],
    "one list a hundred thousand times": lambda: [[1]] * 100_000,
}
