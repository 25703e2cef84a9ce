"""Enumerations that were made at run time, and have nothing but members."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from persist.state import forms, likeness, problems, weight

__all__ = ["MEMBERS", "build", "difference", "take"]

MEMBERS = ("by", "type", "members")

KINDS: dict[str, Any] = {
    name: getattr(enum, name) for name in ("Enum", "Flag", "IntEnum", "IntFlag", "StrEnum")
}

MIXED: dict[str, type] = {"int": int, "str": str, "float": float, "bytes": bytes}

KEPT: dict[str, type] = {"Flag": int, "IntEnum": int, "IntFlag": int, "StrEnum": str}
"""What the value of a member is where the kind of enumeration says it."""


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names."""
    *mixed, kind = cls.__bases__
    parts: dict[str, Any] = {"by": kind.__name__}
    if mixed:
        (parts["type"],) = (base.__name__ for base in mixed)
    # Aliases are among them, in their place.
    members = [[name, member._value_] for name, member in cls.__members__.items()]
    return parts | {"members": members}


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, the members make no class.
    """
    by, mixed, rows = parts.get("by"), parts.get("type"), parts.get("members")
    # Anything else would be hashed, however much it holds.
    if type(by) is not str or type(mixed) not in (str, type(None)):
        raise problems.Malformed("a node `enumeration` says nothing that makes one")
    kind = KINDS.get(by)
    if kind is None or (mixed is not None and mixed not in MIXED) or type(rows) is not list:
        raise problems.Malformed("a node `enumeration` says nothing that makes one")
    wanted = KEPT.get(by) if mixed is None else MIXED[mixed]
    for row in rows:
        _check(row, wanted)
    # A value without a hash is compared with those of all other members.
    compared = [value for _, value in rows if not _is_hashed(value)]
    if len(rows) > 1 and not weight.is_soon_compared(compared):
        raise problems.rebuild("invalid_state", "the members of an enumeration hold too much")
    settings = {} if mixed is None else {"type": MIXED[mixed]}
    try:
        made = kind(parts["name"], rows, module=parts["module"], **settings)
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error
    held = {name: member._value_ for name, member in made.__members__.items()}
    if list(held) != [name for name, _ in rows] or any(
        held[name] is not value and not (type(value) in MIXED.values() and held[name] == value)
        for name, value in rows
    ):
        raise problems.rebuild("invalid_state", "a member of an enumeration has become another")
    return made


def _check(row: Any, wanted: type | None) -> None:
    is_pair = type(row) is list and len(row) == 2 and type(row[0]) is str
    if not is_pair or not row[0].isidentifier():
        raise problems.Malformed("a member of a node `enumeration` is no pair")
    name, value = row
    # Names with underscores mean something else; so does what is called like a method.
    if name.startswith("_") or hasattr(value, "__get__") or not forms.is_light(value):
        raise problems.rebuild("invalid_state", f"an enumeration may have no member `{name}`")
    # Any other value the type is called with: it would make room for it, show it or decode it.
    is_wanted = type(value) is wanted or (wanted is int and isinstance(value, int))
    if wanted is not None and not is_wanted:
        reason = f"the member `{name}` of an enumeration has no value of type `{wanted.__name__}`"
        raise problems.rebuild("invalid_state", reason)


def _is_hashed(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def difference(cls: Any, copy: Any) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    like = likeness.Likeness(cls, copy)
    aside = frozenset({"_member_map_", "_value2member_map_", *cls.__members__})
    found = likeness.difference(like, cls, copy, aside)
    if found is not None:
        return found
    for name, member in cls.__members__.items():
        other = copy.__members__.get(name)
        if other is None or not like(member._value_, other._value_):
            return str(name)
        if vars(member).keys() != vars(other).keys() or member._name_ != other._name_:
            return str(name)
    return None if list(cls.__members__) == list(copy.__members__) else "__members__"
