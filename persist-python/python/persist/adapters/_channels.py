"""The channels of a graph, which stand for the fields that its schemas had when it was built."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from persist.state import names, problems

__all__ = ["check_schemas"]

ROOT = "__root__"
"""The one channel of a schema without fields."""

HINT = (
    "restore with the version that wrote it, or save the graph's checkpointer alone and compile the"
    " graph anew around what that gives back"
)


def check_schemas(schemas: Mapping[Any, Any]) -> None:
    """Checks that the schemas of a graph still have just the fields that it keeps.

    A graph drops what a node gives of any other, and has no value for one that went. A schema that
    the text makes has no name, and the fields it had.

    Raises:
        RebuildError: `class_changed`.
    """
    for schema, channels in schemas.items():
        name = names.name_of(schema) if isinstance(schema, type) else None
        if name is None or type(channels) is not dict:
            continue
        now = _fields_of(schema)
        if channels.keys() == {ROOT} and not now:
            continue
        gained, gone = now - channels.keys(), channels.keys() - now
        if gained or gone:
            raise problems.rebuild("class_changed", _message(name, gained, gone), hint=HINT)


def _fields_of(schema: type) -> set[str]:
    """Returns the names that a schema and its bases annotate, evaluating nothing."""
    told = (inspect.get_annotations(base) for base in schema.__mro__)
    return {name for held in told for name in held if name != "__slots__"}


def _message(name: str, gained: set[str], gone: set[str]) -> str:
    reasons = [f"it has no field `{field}` any more" for field in sorted(gone)]
    reasons += [f"the graph keeps no field `{field}` of it" for field in sorted(gained)]
    return f"the class `{name}` has changed: {', and '.join(reasons)}"
