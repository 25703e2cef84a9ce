"""What a case of the corpus is, and the groups there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

GROUPS = {
    "scalars, text, time": "scalar",
    "containers": "container",
    "objects": "thing",
    "pydantic": "record",
    "numeric": "number",
    "identity": "identity",
    "size and depth": "depth",
    "code by name": "name",
    "classes made at run time": "shape",
    "LangChain": "chain",
    "LangChain, seldom held": "rare",
    "LangGraph": "thread",
}
"""Group → the module that makes its objects."""

FUZZED = [group for group in GROUPS if group != "size and depth"]
"""All but the group whose texts are too long to be mutated."""


class Case(NamedTuple):
    """One object: how it is made, the same each time, and how it is used once it is back."""

    make: Callable[[], Any]
    use: Callable[[Any], Any] | None = None
    allow: tuple[str, ...] = ()
    """What the restore admits by exact name, beside the programs of the corpus."""


def cases(group: str) -> dict[str, Case]:
    table = importlib.import_module(GROUPS[group]).CASES
    return {name: row if isinstance(row, Case) else Case(row) for name, row in table.items()}
