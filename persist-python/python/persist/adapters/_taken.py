"""Objects that are taken apart into named parts, and made from these by functions of ours."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from persist.adapters import _arrays
from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import fingerprints, names, plans, problems
from persist.state.plans import Pieces, Plan
from persist.state.record import Record
from persist.state.text import quote

__all__ = ["Form", "Group", "Memory", "array_of", "builder_of", "plan_for"]


class Memory(Record):
    """An array of which only the content counts: written in place, and never shared."""

    array: Any


class Group(Record):
    """Parts that are written as a list, each in its own way."""

    parts: tuple[Any, ...]


class Form(Record):
    """How one class is taken apart and made."""

    take: Callable[[Any], dict[str, Any] | str]
    """Returns the parts by name, or the reason why there are none."""
    make: Callable[..., Any]
    """Returns an instance from its class and its parts; refuses what `take` would not give."""
    has_identity: bool = False


def plan_for(cls: type, forms: Mapping[type, Form]) -> Plan:
    """Returns the plan of a class with a form; what extends one is refused."""
    form = forms.get(cls)
    if form is None:
        reason = f"its class `{cls.__module__}.{cls.__qualname__}` has no reviewed form"
        return plans.refused(cls, reason)
    return plans.described(
        cls,
        functools.partial(_describe, form),
        has_dict=True,
        has_identity=form.has_identity,
        hashes_by_identity=not form.has_identity,
        record={"fingerprint": fingerprints.fingerprint(cls)},
    )


def builder_of(plan: Plan, forms: Mapping[type, Form]) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds an instance from the parts of its node."""
    return functools.partial(_build, forms[plan.class_], plan)


def _describe(form: Form, value: Any, context: str, session: Any) -> Pieces | str:
    taken = form.take(value)
    if isinstance(taken, str):
        return taken
    pieces: list[Any] = [None, ',"dict":{']
    for at, (name, part) in enumerate(taken.items()):
        pieces.append(f"{',' if at else ''}{quote(name)}:")
        trouble = _add(pieces, f".{name}", part)
        if trouble is not None:
            return trouble
    return f'{{"lc":"object","id":{quote(names.name_of(type(value)) or "")}', [*pieces, "}}"]


def _add(pieces: list[Any], path: str, part: Any) -> str | None:
    """Adds a part: an array by its content, a group as a list, all else as it is."""
    if isinstance(part, Memory):
        own = _arrays.content_of(part.array)
        if isinstance(own, str):
            return own
        pieces += own
        return None
    if not isinstance(part, Group):
        pieces.append((path, part))
        return None
    pieces.append("[")
    for at, inner in enumerate(part.parts):
        pieces.append("," if at else "")
        trouble = _add(pieces, f"{path}[{at}]", inner)
        if trouble is not None:
            return trouble
    pieces.append("]")
    return None


def _build(form: Form, plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    try:
        (content,) = parts_of(parts, "dict")
        return form.make(plan.class_, **content)
    except PersistError:
        raise
    except Exception as error:
        reason = f"the state of `{plan.name}` is not valid: {type(error).__name__}: {error}"
        raise problems.rebuild("invalid_state", reason) from error


def array_of(given: object) -> Any:
    """Returns a part that must be a plain array."""
    if type(given) is not np.ndarray:
        raise ValueError("a part is no array")
    return given
