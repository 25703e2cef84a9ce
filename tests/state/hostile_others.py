"""The hostile texts of other tests, which assert how each is refused: here they are listened to."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

from hostile_texts import Case, made, named, obj

TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "state.test_forms": ("HOSTILE", ("typed",)),
    "adapters.test_made": ("HOSTILE", ("made",)),
    "adapters.test_made_objects": ("HOSTILE", ("made",)),
    "adapters.test_middleware": ("HOSTILE", ("watched", "builtins")),
    "adapters.test_numpy": ("HOSTILE", ()),
    "adapters.test_pandas": ("HOSTILE", ()),
    "adapters.test_shaped": ("HOSTILE", ("made",)),
    "format.test_state_vectors": ("REFUSED", ("myapp",)),
}
"""Module → where its texts stand, and what is admitted with them."""


def texts(table: Any) -> Iterator[str]:
    """Yields the texts of a table: its values, or what stands first in each row."""
    for row in table.values() if isinstance(table, dict) else table:
        first = row[0] if isinstance(row, tuple) else row
        yield first if isinstance(first, str) else json.dumps(first)


def code_nodes() -> Iterator[str]:
    module = importlib.import_module("state.test_code")
    yield from (module.node(**members) for members, _ in module.CHANGED)


def refused_classes() -> Iterator[Case]:
    """Yields nodes of each class of the frameworks that has a reason why it has no row."""
    judged = importlib.import_module("adapters.judged")
    for listed in judged.REFUSED.values():
        for name in judged.names_of(listed):
            nodes = [obj(name, dict={}), named("class", name)]
            # The form of LangChain leads to no class within another.
            if "." not in name.partition(":")[2]:
                nodes += [made(name.replace(":", "."), path="/etc/passwd", url="http://evil.test")]
            for node in nodes:
                yield Case(json.dumps([node]), "adapters.judged", wants=(name,))


def cases() -> Iterator[Case]:
    yield from refused_classes()
    for name, (attribute, allow) in TABLES.items():
        module = importlib.import_module(name)
        for text in texts(getattr(module, attribute)):
            yield Case(text, name, allow=allow)
    for text in code_nodes():
        yield Case(text, "state.test_code", allow=("closures",))
