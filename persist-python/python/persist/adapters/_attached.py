"""What a pydantic model that was made at run time has beside its fields.

Private attributes are written as what they are given by default, validators as what their
decorators were told, and the function. Neither is called while the class is made again.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from persist.state import asked, problems
from persist.state.held import attributes_of
from pydantic import PrivateAttr, field_validator, model_validator
from pydantic.fields import ModelPrivateAttr
from pydantic_core import PydanticUndefined

__all__ = ["COMPARED", "MEMBERS", "difference", "namespace", "taken"]

MEMBERS = ("private", "validators")

DECORATORS, PRIVATE = "__pydantic_decorators__", "__private_attributes__"

COMPARED = frozenset({DECORATORS, PRIVATE})
"""What of a class `difference` compares."""

GROUPS = ("field_validators", "model_validators")

MODES: Mapping[bool, tuple[str, ...]] = {
    True: ("after", "before", "plain", "wrap"),
    False: ("after", "before", "wrap"),
}
"""When a validator runs: one of fields, and one of the whole."""

MAX_VALIDATORS, MAX_NAMES = 100, 1_000
"""Validators of one class, and names of fields in all of them: each is around those before it, and
each field is looked for among the names."""

NO_NAMES = asked.CALLED | {"mro", "register"}
"""What a class or an instance is asked for by name, and which would be a function of the file's."""

FACTORIES = (type, types.FunctionType, types.BuiltinFunctionType)


def taken(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names, those of its own."""
    bases = [_private_of(base) for base in cls.__mro__[1:] if hasattr(base, PRIVATE)]
    private = {
        name: _told(info)
        for name, info in _private_of(cls).items()
        if not any(held.get(name) is info for held in bases)
    }
    validators = {
        name: _said(vars(cls)[name], decorator.info)
        for group in GROUPS
        for name, decorator in getattr(getattr(cls, DECORATORS), group).items()
        if isinstance(vars(cls).get(name), classmethod | types.FunctionType)
    }
    parts = {"private": private, "validators": validators}
    return {member: held for member, held in parts.items() if held}


def _private_of(cls: Any) -> dict[str, ModelPrivateAttr]:
    held: dict[str, ModelPrivateAttr] = getattr(cls, PRIVATE)
    return held


def _told(info: ModelPrivateAttr) -> dict[str, Any]:
    if info.default_factory is not None:
        return {"default_factory": info.default_factory}
    return {} if info.default is PydanticUndefined else {"default": info.default}


def _said(held: Any, info: Any) -> dict[str, Any]:
    """Returns what a decorator was told of a function, and the function."""
    function = held.__func__ if isinstance(held, classmethod) else held
    said: dict[str, Any] = {"func": function}
    if hasattr(info, "fields"):
        said["fields"] = list(info.fields)
    if info.mode != "after":
        said["mode"] = info.mode
    checks = getattr(info, "check_fields", None)
    return said | ({} if checks is None else {"check_fields": checks})


def namespace(parts: Mapping[str, Any], bases: Iterable[type]) -> dict[str, Any]:
    """Returns what a `class` statement would have of these parts.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a part would run code, or replace something.
    """
    held = {member: _map(parts, member) for member in MEMBERS if member in parts}
    found: dict[str, Any] = {}
    for name, row in held.get("private", {}).items():
        found[name] = _private(name, row)
    _check_number(held.get("validators", {}), bases)
    for name, row in held.get("validators", {}).items():
        if name.startswith("_") or name in parts["fields"] or name in NO_NAMES:
            raise problems.rebuild("invalid_state", f"a validator may not be called `{name}`")
        found[name] = _validator(name, row)
    for name in found:
        if any(name in vars(cls) for base in bases for cls in base.__mro__):
            raise problems.rebuild("invalid_state", f"`{name}` would replace what a base has")
    return found


def _check_number(validators: Mapping[str, Mapping[str, Any]], bases: Iterable[type]) -> None:
    """Refuses more validators than pydantic soon makes a schema of."""
    inherited = (attributes_of(getattr(base, DECORATORS, None)).values() for base in bases)
    number = len(validators) + sum(len(it) for held in inherited for it in held if type(it) is dict)
    named = [row["fields"] for row in validators.values() if type(row.get("fields")) is list]
    if number > MAX_VALIDATORS or sum(map(len, named)) > MAX_NAMES:
        raise problems.rebuild("invalid_state", "it has too many validators")


def _map(parts: Mapping[str, Any], member: str) -> dict[str, Any]:
    found = problems.map_part(dict(parts), "model", member)
    if any(type(row) is not dict for row in found.values()):
        raise problems.Malformed(f"a part of the {member} of a node `model` is no map")
    return found


def _private(name: str, row: dict[str, Any]) -> Any:
    if not name.startswith("_") or name.startswith("__"):
        raise problems.rebuild("invalid_state", f"no private attribute is called `{name}`")
    if len(row) > 1 or row.keys() - {"default", "default_factory"}:
        raise problems.Malformed("a private attribute of a node `model` has other members")
    default, factory = row.get("default"), row.get("default_factory", list)
    if not isinstance(factory, FACTORIES) or is_asked(default):
        reason = f"the private attribute `{name}` would run code at once"
        raise problems.rebuild("invalid_state", reason)
    return PrivateAttr(**row)


def is_asked(default: object) -> bool:
    """Returns whether a class hands itself to what it is given, or that answers for what it is."""
    return any(hasattr(type(default), hook) for hook in ("__set_name__", "__get__"))


def _validator(name: str, row: dict[str, Any]) -> Any:
    function, fields = row.get("func"), row.get("fields")
    of_fields = "fields" in row
    mode, checks = row.get("mode", "after"), row.get("check_fields", True)
    known = {"func", "fields", "mode", "check_fields"} if of_fields else {"func", "mode"}
    is_mode = type(mode) is str and mode in MODES[of_fields]
    if row.keys() - known or not is_mode or type(checks) is not bool:
        raise problems.Malformed("a validator of a node `model` has other members")
    if type(function) is not types.FunctionType:
        raise problems.rebuild("invalid_state", f"the validator `{name}` is no function")
    if not of_fields:
        whole: Any = model_validator(mode=mode)
        return whole(function)
    if type(fields) is not list or not fields or any(type(field) is not str for field in fields):
        raise problems.Malformed("a validator of a node `model` names no fields")
    decorator: Any = field_validator(*fields, mode=mode, check_fields=row.get("check_fields"))
    return decorator(function)


def difference(like: Callable[[Any, Any], bool], cls: Any, copy: Any) -> str | None:
    """Returns the name of what the classes were told otherwise, None if nothing."""
    one, other = (
        {name: _told(info) for name, info in _private_of(it).items()} for it in (cls, copy)
    )
    if not like(one, other):
        return PRIVATE
    held_by: list[dict[str, Any]] = [
        dict(attributes_of(getattr(it, DECORATORS))) for it in (cls, copy)
    ]
    groups, others = held_by
    # What is not inherited would be a function of the class itself.
    if any(list(held) != list(others[group]) for group, held in groups.items()):
        return DECORATORS
    told = ((held[name], others[group][name]) for group, held in groups.items() for name in held)
    is_alike = all(like(attributes_of(it.info), attributes_of(again.info)) for it, again in told)
    return None if is_alike else DECORATORS
