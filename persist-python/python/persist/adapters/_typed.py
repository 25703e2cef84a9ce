"""Typed dicts that were made at run time."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Callable, Mapping
from typing import Any

from persist.state import forms, hints, likeness, problems, scopes

__all__ = ["MEMBERS", "annotations_of", "build", "difference", "take", "tie", "types_of"]

MEMBERS = ("by", "bases", "fields", "total", "required")

MAKERS = ("typing", "typing_extensions")


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names."""
    parts: dict[str, Any] = {"by": type(cls).__module__}
    bases = vars(cls).get("__orig_bases__", ())
    own = annotations_of(cls)
    if bases != (_maker(type(cls).__module__),):
        parts["bases"] = list(bases)
        for base in bases:
            inherited = annotations_of(base)
            own = {key: it for key, it in own.items() if inherited.get(key) is not it}
    parts["fields"] = own
    if not cls.__total__:
        parts["total"] = False
    if build(_named(cls) | parts).__required_keys__ != cls.__required_keys__:
        parts["required"] = [name for name in annotations_of(cls) if name in cls.__required_keys__]
    return parts


def _named(cls: Any) -> dict[str, Any]:
    return {"name": cls.__name__, "module": cls.__module__}


def _maker(module: str) -> Any:
    return importlib.import_module(module).TypedDict


def annotations_of(cls: Any, is_inside: bool = True) -> dict[str, Any]:
    """Returns the annotations of a class, those given by text as what they name.

    Args:
        is_inside: They may name what a function made beside the class.

    Raises:
        Exception: What a text names is not there.
    """
    told = vars(cls).get("__annotations__", {})
    if not any(map(forms.has_text, told.values())):
        return dict(told)
    try:
        found = typing.get_type_hints(cls, include_extras=True)
    except NameError:
        if not is_inside:
            raise
        found = _hints_inside(cls)
    return {name: found[name] for name in told}


def _hints_inside(cls: Any) -> dict[str, Any]:
    """Returns the annotations of a class whose texts name what its function alone has."""
    scope = scopes.scope_of(cls)
    # `make_dataclass` writes `typing.Any` where it is told no type, whatever its module knows.
    known = {"typing": typing, **scope.classes}
    try:
        return typing.get_type_hints(cls, localns=known, include_extras=True)
    except NameError as error:
        if error.name in scope.unclear:
            raise NameError(f"`{error.name}` may be one of several classes") from error
        raise


def types_of(cls: Any) -> list[Any]:
    """Returns the types of all keys of a class."""
    return list(annotations_of(cls).values())


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    by, required, bases = (parts.get(name) for name in ("by", "required", "bases"))
    total = parts.get("total", True)
    if by not in MAKERS or type(total) is not bool:
        raise problems.Malformed("a node `typeddict` says nothing that makes one")
    if any(type(parts.get(name, [])) is not list for name in ("bases", "required")):
        raise problems.Malformed("a part of a node `typeddict` is no array")
    fields = problems.map_part(parts, "typeddict", "fields")
    maker: Any = _maker(by)
    namespace = {
        "__annotations__": {name: hints.checked(annotation) for name, annotation in fields.items()},
        "__module__": parts["module"],
        "__orig_bases__": (maker,),
    }
    if bases is not None:
        del namespace["__orig_bases__"]
    try:
        kind = type(maker("Kind", {}))
        made = kind(parts["name"], tuple(bases or ()), namespace, total=total)
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error
    if required is not None:
        made.__required_keys__ = _keys(made, required)
        made.__optional_keys__ = _keys(made, made.__annotations__.keys() - set(required))
    return made


def tie(made: Any, parts: Mapping[str, Any], whole: Callable[[Any], Any]) -> None:
    """Gives keys their types, now that all classes in these are there."""
    # What a base says was copied before that had its types.
    for base in parts.get("bases", ()):
        made.__annotations__.update(vars(base).get("__annotations__", {}))
    made.__annotations__.update({name: whole(it) for name, it in parts["fields"].items()})


def _keys(made: Any, names: Any) -> frozenset[str]:
    if not all(type(name) is str and name in made.__annotations__ for name in names):
        raise problems.rebuild("invalid_state", "a key that is required is no field")
    return frozenset(names)


def difference(cls: Any, copy: Any, others: likeness.Pairs = ()) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    return likeness.difference(likeness.Likeness(cls, copy, others=others), cls, copy)
