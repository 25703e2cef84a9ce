"""Which fields of a runnable may be configured, and by what: it is made anew with other values.

A file says what is chosen, and what is configured where it is used: so an option is looked at as if
it stood in the field already, and arguments for a model may only be chosen from options.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from persist.adapters import _given, _tables
from persist.adapters._row import Row
from persist.state import hints
from persist.state.destinations import is_endpoint

__all__ = ["setting_trouble", "trouble_of"]

SENDING = frozenset({"binding", "google", "history", "llm_chain", "structured"})
"""Checks of what hands arguments to a model that has a key."""


Check = Callable[[Row, Any], str | None]
"""Returns what a row says is wrong with a finished object."""


def trouble_of(made: Any, check: Check) -> str | None:
    """Returns which field may not be set anew: where a secret goes, or what its class makes."""
    cls = type(made.default)
    rows = [row for row in _tables.rows_over(cls) if row.role == "class"]
    if any(row.check == "configurable" for row in rows):
        return "what is configurable is configured itself"
    fixed = _fixed(cls)
    for name, spec in made.fields.items():
        if name in fixed or is_endpoint(name) or name not in cls.model_fields:
            return f"`{name}` of `{cls.__qualname__}` is no field that may be configured"
        reason = setting_trouble(spec) or _trouble_with(made.default, (rows, check), name, spec)
        if reason is not None:
            return reason
    return None


def setting_trouble(spec: Any) -> str | None:
    """Returns what is wrong with one configurable field: its annotation is made one of a model."""
    if not hints.is_hint(getattr(spec, "annotation", None)):
        return "the `annotation` of a configurable field is something else than a class"
    return None


def _trouble_with(thing: Any, known: tuple[list[Row], Check], name: str, spec: Any) -> str | None:
    """Returns what is wrong with what a field of a thing may be set to."""
    cls, (rows, _) = type(thing), known
    options = getattr(spec, "options", None)
    if options is None:
        sends = any(row.secrets or row.check in SENDING for row in rows)
        # A field that may hold an empty map may hold any.
        if not sends or _given.trouble_with(cls, {name: {}}) is not None:
            return None
        return f"`{name}` of `{cls.__qualname__}` may only be configured by options"
    if type(options) is not dict:
        return "its `options` are no plain `dict`"
    is_by_state = any(row.by_state for row in rows)
    values = list(options.values())
    # Of several options a list of those chosen is set.
    for value in [values] if type(spec.default) is list else values:
        reason = None if is_by_state else _given.trouble_with(cls, {name: value})
        reason = reason or _trouble_of_copy(thing, known, name, value)
        if reason is not None:
            return f"an option for `{name}` of `{cls.__qualname__}` may not stand there: {reason}"
    return None


def _trouble_of_copy(
    thing: Any, known: tuple[list[Row], Check], name: str, value: Any
) -> str | None:
    """Returns what the rows of a thing say of one like it, with another value in a field."""
    copy = object.__new__(type(thing))
    object.__setattr__(copy, "__dict__", {**vars(thing), name: value})
    rows, check = known
    reasons = (check(row, copy) for row in rows)
    return next((reason for reason in reasons if reason is not None), None)


def _fixed(cls: type) -> set[str]:
    """Returns the fields that the rows of a class and its bases keep from being set anew."""
    fixed: set[str] = set()
    for row in _tables.rows_over(cls):
        fixed |= {*row.made, *row.made_beside, *row.secrets, *row.opt_in}
        fixed |= {*row.annotations, *row.types, *row.schemas, *row.labels}
        fixed |= {re.split("[=.:]", endpoint)[0] for endpoint in row.endpoints}
    return fixed
