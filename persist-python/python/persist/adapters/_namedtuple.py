"""Named tuples that were made at run time, and the tuples of such classes."""

from __future__ import annotations

import collections
import types
import typing
from collections.abc import Mapping
from typing import Any

from persist.adapters import _typed
from persist.state import hints, likeness, problems

__all__ = ["MEMBERS", "build", "difference", "take"]

MEMBERS = ("fields", "types", "bases", "defaults")


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names."""
    parts: dict[str, Any] = {"fields": list(cls._fields)}
    if "__annotations__" in vars(cls):
        parts = {"types": _typed.annotations_of(cls)}
        parts |= {} if "__orig_bases__" in vars(cls) else {"bases": []}
    if cls.__new__.__defaults__ is not None:
        parts["defaults"] = dict(cls._field_defaults)
    return parts


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    bases = parts.get("bases", [])
    is_based = type(bases) is not list or bool(bases)
    if ("types" in parts) == ("fields" in parts) or is_based:
        raise problems.Malformed("a node `namedtuple` has not just one of `fields` and `types`")
    defaults = problems.map_part({"defaults": {}, **parts}, "namedtuple", "defaults")
    fields = parts.get("fields", [])
    told = problems.map_part({"types": {}, **parts}, "namedtuple", "types")
    # Each field is judged before anything shows it: one that is shared may be as long as it likes.
    is_named = type(fields) is list and all(type(field) is str for field in fields)
    if not is_named or defaults.keys() - {*told, *fields}:
        raise problems.Malformed("the fields of a node `namedtuple` are no names")
    namespace = {
        "__annotations__": {name: hints.checked(hint) for name, hint in told.items()},
        "__module__": parts["module"],
        **defaults,
    }
    bases = (typing.NamedTuple,)
    try:
        if "types" not in parts:
            return collections.namedtuple(
                parts["name"],
                fields,
                defaults=list(defaults.values()) if "defaults" in parts else None,
                module=parts["module"],
            )
        made: Any = types.new_class(parts["name"], bases, None, lambda own: own.update(namespace))
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error
    if "bases" in parts:
        del made.__orig_bases__
    return made


def difference(cls: Any, copy: Any) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    return likeness.difference(likeness.Likeness(cls, copy), cls, copy)
