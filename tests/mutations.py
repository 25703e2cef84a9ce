"""Changes of a text, each repeatable: by its tree, or character by character."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

PIECES: list[Any] = [
    None,
    True,
    1,
    -1,
    1.5,
    "",
    "lc",
    "tuple",
    "hostile:Point",
    [],
    {},
    [[1, 2]],
    {"lc": "same", "ref": 1},
    {"lc": "shared", "ref": 1, "v": []},
    {"lc": "tuple", "v": [1]},
    {"lc": "dict", "v": [["a", 1]]},
    {"lc": "set", "v": [1]},
    {"lc": "object", "id": "hostile:Point", "dict": {"x": 1, "y": 2}},
    {"lc": "object", "id": "hostile:Closing", "dict": {}},
    {"lc": "class", "id": "hostile:Point"},
    {"lc": "bind", "name": "bound"},
    {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
    {"lc": "secret", "type": "SecretStr", "name": "x"},
    {"__lc_escaped__": {"lc": 1}},
]
SNIPPETS = [
    *'{}[]":,0-.eE\\',
    '"lc":',
    '{"lc":"',
    '{"lc":1,"type":"',
    '"ref":1',
    '"__lc_escaped__":',
    '"same":1,',
    "\\u0000",
    "\\ud800",
    "\x00",
    "null",
    "1e999",
    "é",
    '"v":[',
]


MEMBERS = ["ref", "state", "same", "v", "dict", "slots", "extra", "private", "set", "base", "new"]
MEMBERS += ["newkw", "init", "items", "pairs", "args", "cells", "cause", "members", "fields", "old"]


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Returns every container of a tree with each of its keys or indices."""
    found, open_ = [], [tree]
    while open_:
        holder = open_.pop()
        keys = holder.keys() if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                open_.append(holder[key])
    return found


def replace(chance: random.Random, tree: Any) -> None:
    holder, key = chance.choice(places(tree))
    holder[key] = copy.deepcopy(chance.choice(PIECES))


def move(chance: random.Random, tree: Any) -> None:
    (source, taken), (holder, key) = chance.choice(places(tree)), chance.choice(places(tree))
    holder[key] = copy.deepcopy(source[taken])


def drop(chance: random.Random, tree: Any) -> None:
    holder, key = chance.choice(places(tree))
    del holder[key]


def rename(chance: random.Random, tree: Any) -> None:
    maps = [(holder, key) for holder, key in places(tree) if isinstance(holder, dict)]
    holder, key = chance.choice(maps)
    _, other = chance.choice(maps)
    entries = [(other if name == key else name, value) for name, value in holder.items()]
    if chance.random() < 0.2:
        chance.shuffle(entries)
    holder.clear()
    holder.update(entries)


def add(chance: random.Random, tree: Any) -> None:
    maps = [(holder, key) for holder, key in places(tree) if isinstance(holder, dict)]
    holder, _ = chance.choice(maps)
    name = chance.choice(MEMBERS)
    entries = list(holder.items())
    entries.insert(chance.randint(0, len(entries)), (name, copy.deepcopy(chance.choice(PIECES))))
    holder.clear()
    holder.update(entries)


def rewritten(chance: random.Random, text: str) -> str:
    """Returns a text with some changes of its tree."""
    tree = json.loads(text)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        if isinstance(tree, dict | list) and tree:
            changes = [replace, move, drop]
            has_map = any(isinstance(holder, dict) for holder, _ in places(tree))
            chance.choice([*changes, rename, add] if has_map else changes)(chance, tree)
    return json.dumps(tree)


def cut(chance: random.Random, text: str) -> str:
    """Returns a text with some characters lost, doubled or put in."""
    for _ in range(chance.choice([1, 1, 2, 5])):
        at, length = chance.randrange(len(text) + 1), chance.choice([0, 1, 1, 2, 10, 100])
        put = chance.choice([*SNIPPETS, text[at : at + length] * 2])
        text = text[:at] + put + text[at + length :]
    return text
