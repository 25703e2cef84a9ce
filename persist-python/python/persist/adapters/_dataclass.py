"""Dataclasses that were made at run time, and have nothing but fields.

The standard library makes their methods, of the names of the fields alone.
"""

from __future__ import annotations

import dataclasses
import keyword
import types
from collections.abc import Callable, Mapping
from typing import Any

from persist.adapters import _typed
from persist.state import hints, likeness, problems

__all__ = ["MEMBERS", "build", "difference", "take", "tie", "types_of", "values_of"]

MEMBERS = ("fields", "settings")

SAID = ("default", "default_factory", "init", "repr", "hash", "compare", "metadata", "kw_only")
"""What a field may say of itself, by the arguments of `dataclasses.field`."""

SETTINGS = ("init", "repr", "eq", "order", "unsafe_hash", "frozen")

USUAL = {"init": True, "repr": True, "eq": True, "order": False, "unsafe_hash": False}
USUAL |= {"frozen": False, "match_args": True, "slots": False, "weakref_slot": False}

_PLAIN: Any = dataclasses.field()


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names."""
    told = _typed.annotations_of(cls)
    fields = {field.name: [told[field.name], *_said(field)] for field in dataclasses.fields(cls)}
    params = cls.__dataclass_params__
    settings = {name: getattr(params, name) for name in SETTINGS}
    settings["match_args"] = "__match_args__" in vars(cls)
    settings["slots"] = "__slots__" in vars(cls)
    settings["weakref_slot"] = "__weakref__" in vars(cls).get("__slots__", ())
    unusual = {name: value for name, value in settings.items() if value != USUAL[name]}
    return {"fields": fields} | ({"settings": unusual} if unusual else {})


def types_of(cls: Any) -> list[Any]:
    """Returns the types of all fields of a class."""
    return list(_typed.annotations_of(cls).values())


def values_of(field: Any) -> list[Any]:
    """Returns what a field says of itself beside its type."""
    return [value for said in _said(field) for value in said.values()]


def _said(field: Any) -> list[dict[str, Any]]:
    said = {}
    for name in SAID:
        value = getattr(field, name)
        usual = False if name == "kw_only" else getattr(_PLAIN, name)
        if value is not usual and not (name == "metadata" and not value):
            said[name] = dict(value) if name == "metadata" else value
    return [said] if said else []


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    settings = parts.get("settings", {})
    if type(settings) is not dict or any(
        name not in USUAL or type(value) is not bool for name, value in settings.items()
    ):
        raise problems.Malformed("a node `dataclass` is set to what there is not")
    fields = problems.map_part(parts, "dataclass", "fields")
    namespace: dict[str, Any] = {
        "__annotations__": {},
        "__module__": parts["module"],
        "__qualname__": parts.get("qualname", parts["name"]),
        # Without one, its signature is made into it, which shows all that its defaults hold.
        "__doc__": parts.get("doc") or parts["name"] or "-",
    }
    for name, row in fields.items():
        if type(row) is not list or len(row) not in (1, 2) or keyword.iskeyword(name):
            raise problems.Malformed("a field of a node `dataclass` is no pair")
        namespace["__annotations__"][name] = hints.checked(row[0])
        if len(row) == 2:
            namespace[name] = _field(row[1])
    try:
        return dataclasses.dataclass(type(parts["name"], (), namespace), **settings)
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error


def tie(made: Any, parts: Mapping[str, Any], whole: Callable[[Any], Any]) -> None:
    """Gives fields their types, now that all classes in these are there."""
    init = vars(made).get("__init__")
    said = init.__annotations__ if isinstance(init, types.FunctionType) else {}
    for name, row in parts["fields"].items():
        kind = whole(row[0])
        made.__annotations__[name] = made.__dataclass_fields__[name].type = kind
        said |= {name: kind} if name in said else {}


def _field(said: Any) -> Any:
    metadata = said.get("metadata", {}) if type(said) is dict else None
    # Of a title, pydantic calls what gives it.
    is_plain = type(metadata) is dict and metadata.get("field_title_generator") is None
    if not is_plain or said.keys() - set(SAID):
        raise problems.rebuild("invalid_state", "a field says what none says of itself")
    try:
        return dataclasses.field(**said)
    except Exception as error:
        raise problems.of_state("dataclasses:Field", error) from error


def difference(cls: Any, copy: Any, others: likeness.Pairs = ()) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    return likeness.difference(likeness.Likeness(cls, copy, others=others), cls, copy)
