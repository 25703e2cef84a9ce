"""Typed dicts that were made at run time."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from persist.state import forms, problems

__all__ = ["MEMBERS", "build", "difference", "take"]

MEMBERS = ("by", "fields", "total")

MAKERS = ("typing", "typing_extensions")

KEPT = ("__total__", "__required_keys__", "__optional_keys__")


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names."""
    parts = {"by": type(cls).__module__, "fields": dict(cls.__annotations__)}
    return parts if cls.__total__ else parts | {"total": False}


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    by, total = parts.get("by"), parts.get("total", True)
    if by not in MAKERS or type(total) is not bool:
        raise problems.Malformed("a node `typeddict` says nothing that makes one")
    fields = problems.map_part(parts, "typeddict", "fields")
    if not all(map(forms.is_type, fields.values())):
        raise problems.rebuild("invalid_state", "a field's type is none: text would be run")
    maker: Any = importlib.import_module(by).TypedDict
    try:
        return maker(parts["name"], fields, total=total)
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error


def difference(cls: Any, copy: Any) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    one, other = vars(cls), vars(copy)
    if one.keys() != other.keys():
        return str(min(one.keys() ^ other.keys()))
    told, again = cls.__annotations__, copy.__annotations__
    if list(told) != list(again) or not all(map(forms.alike, told.values(), again.values())):
        return "__annotations__"
    return next((name for name in KEPT if getattr(cls, name) != getattr(copy, name)), None)
