"""What an object shows of its class where it lacks a field: the default of the class, mostly.

A dataclass gives its instances no value of a field that its constructor does not take and that has
a default, and of one that was deleted they show the default, too. So what such an object shows lies
in its class, which may have another default when the object comes back.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from persist.state import declared, effort, enums, names, problems, repeated
from persist.state.held import attributes_of
from persist.state.plans import SCALARS
from persist.state.untouched import Lookup

__all__ = ["check", "lacking", "shown_by", "trouble_with"]

_TOLD = (int, float, bool, type(None))
"""Types of values that an error shows: a text may be anything."""

_IS_TOLD = re.compile(r"[\w.+-]{1,40}")

_NOTHING: Any = object()


def shown_by(cls: type, fields: Collection[str]) -> dict[str, object]:
    """Returns by their names what instances that lack these fields have of their class.

    What is asked for its value, such as a property, is code and no value.
    """
    found = {name: names.held_by(cls, name, _NOTHING) for name in fields}
    return {name: it for name, it in found.items() if it is not _NOTHING and not _is_asked(it)}


def lacking(value: object) -> list[str]:
    """Returns the names of the declared fields that an object lacks."""
    held = attributes_of(value)
    return [name for name in declared.fields_of(type(value)) if name not in held]


def _is_asked(value: object) -> bool:
    kind = type(value)
    return kind not in SCALARS and names.held_by(kind, "__get__", _NOTHING) is not _NOTHING


def check(name: str, cls: type, missing: Any, shown: Any, lookup: Lookup) -> None:
    """Refuses an object that would show of its class what it did not, where it lacks a field.

    Raises:
        RebuildError: `class_changed`.
    """
    reason = trouble_with(cls, missing, shown, lookup)
    if reason is not None:
        said = f"the class `{name}` has changed: {reason}"
        raise problems.rebuild("class_changed", said, hint=problems.UPGRADE)


def trouble_with(cls: type, missing: Any, shown: Any, lookup: Lookup) -> str | None:
    """Returns why an object that lacks these fields would not show what it did, or None.

    Args:
        missing: The names of the fields, as its node has them; None where it has none.
        shown: What it showed then, likewise.

    Raises:
        ValueError: No writer makes such a node.
    """
    lacked, then = missing or [], {} if shown is None else shown
    if type(lacked) is not list or type(then) is not dict or then.keys() - {*lacked}:
        raise ValueError("what it shows of its class is not of fields that it lacks")
    now = shown_by(cls, lacked)
    for name in lacked:
        before, after = then.get(name, _NOTHING), now.get(name, _NOTHING)
        if not _is_alike(before, after, lookup):
            had, has = _told(before), _told(after)
            if had == has:
                has = "something else"
            return f"its field `{name}` was not set and showed {had}, and would show {has} now"
    return repeated.overspent()


def _is_alike(then: Any, now: Any, lookup: Lookup) -> bool:
    """Returns whether two are one, or alike: many objects show the same, which is compared once."""
    if then is now:
        return True
    purse = f"alike {id(now)}"
    if id(then) in effort.all_kept(purse):
        return True
    parts = enums.parts_of([then]) if type(then) is type(now) else None
    if parts is None:
        is_alike = repeated.is_alike(then, now, lookup)
    else:
        is_alike = parts == enums.parts_of([now])
    if is_alike:
        effort.keep(then, purse)
    return is_alike


def _told(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    told = repr(value) if type(value) in _TOLD else ""
    return f"`{told}`" if _IS_TOLD.fullmatch(told) else f"a `{type(value).__name__}`"
