"""pydantic's `TypeAdapter`, which is made again of its type.

The schema that it holds is worked out anew: when saving, too, where it must come out the same.
"""

from __future__ import annotations

import functools
import importlib
import types
from collections.abc import Callable
from typing import Any

from persist.adapters import _made
from persist.adapters._filled import COST
from persist.adapters._row import parts_of
from persist.state import forms, likeness, plans, problems
from persist.state.plans import Pieces, Plan
from pydantic import TypeAdapter

__all__ = ["builder_of", "plan_for"]

WORKED_OUT = ("core_schema", "pydantic_complete", "serializer", "validator")

TIMES = 4
"""Fields of a model that cost as much as an adapter."""

SAID = ("_type", "_module_name", "_parent_depth", "_config")


def plan_for(cls: type) -> Plan:
    """Returns the plan of adapters; nothing may extend their class."""
    return plans.described(cls, _describe, has_dict=True)


def _describe(value: Any, context: str, session: Any) -> Pieces | str:
    held = vars(value)
    if held.keys() != {*SAID, *WORKED_OUT}:
        return "it holds something else than a `TypeAdapter` makes of its type"
    if held["_config"] is not None:
        return "it has settings, and only its type is written"
    if forms.has_text(held["_type"]) or not value.pydantic_complete:
        return "it has a type by text, or was not made whole: model_rebuild() it"
    said = {name: held[name] for name in SAID[:3]}
    try:
        again = _make(said)
    except Exception as error:
        return f"no adapter can be made anew of its type: {problems.cut(str(error))}"
    if not _Likeness()(value.core_schema, again.core_schema):
        return "what is made anew of its type is another schema than it has"
    return plans.node_of(type(value), said)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds an adapter from the parts of its node."""
    return functools.partial(_build, plan)


def _build(plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    (said,) = parts_of(parts, "dict")
    if type(said) is not dict or said.keys() != {*SAID[:3]}:
        raise ValueError("it says something else than its type")
    return _make(said)


def _make(said: dict[str, Any]) -> Any:
    """Returns an adapter of a type.

    Raises:
        ValueError: A part is none.
        RebuildError: `invalid_state`, the type is none, would run code at once, or makes no schema.
    """
    module, depth = said["_module_name"], said["_parent_depth"]
    if type(module) is not str or type(depth) is not int:
        raise ValueError("what it says of where it was made is no text and number")
    kind = _made.checked_type(said["_type"])
    # What it leads to is worked out anew for each adapter, and more of it than for a field.
    for _ in range(TIMES):
        importlib.import_module(COST).check([[kind]])
    try:
        made: Any = TypeAdapter(kind, module=module)
    except Exception as error:
        raise problems.of_state("pydantic.type_adapter:TypeAdapter", error) from error
    if not made.pydantic_complete:
        raise ValueError("its type names another by text")
    made._module_name, made._parent_depth = module, depth
    return made


class _Likeness(likeness.Likeness):
    """Compares schemas, which hold methods of classes, too."""

    def __call__(self, one: Any, other: Any) -> bool:
        if type(one) is types.MethodType is type(other):
            return one.__func__ is other.__func__ and self(one.__self__, other.__self__)
        return super().__call__(one, other)
