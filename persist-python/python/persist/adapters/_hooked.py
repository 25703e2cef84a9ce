"""Plans of pydantic models with pickling hooks of their own: loaded only where there is one.

Their hooks run as those of any class. What they give a restored model is held to what a model
without hooks may have.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from persist.adapters import _checks, _model
from persist.adapters._tables import rows_over
from persist.state import asked, names, ordinary, plans, problems
from persist.state.held import held_slots
from persist.state.plans import Plan

__all__ = ["is_hooked", "plan_for"]


def is_hooked(cls: Any) -> bool:
    """Returns whether instances of a model are taken apart by hooks of its own.

    Of a model that extends a listed class none are: what a restore knows of that, its hooks do not.
    """
    rows = (row for row in rows_over(cls) if row.name.partition(".")[0] != "pydantic")
    is_own = names.name_of(cls) is not None and not any(rows)
    return is_own and _model.hook_trouble(cls, taken_apart=True) is not None


def plan_for(cls: Any) -> Plan:
    """Returns the plan of such a model."""
    record = _model.print_of(cls)
    return ordinary.reduced_plan(cls, functools.partial(_check, cls), record=record)


def _check(cls: Any, value: Any) -> None:
    """Refuses a model with what pydantic or a program would take for something of its class.

    Raises:
        RebuildError: `invalid_state`.
    """
    kept = held_slots(value)
    name = f"{cls.__module__}:{cls.__qualname__}"
    set_ones = kept.get("__pydantic_fields_set__")
    if not (set_ones is None or set_ones == {} or _is_names(set_ones)):
        raise problems.invalid_state(name, "the fields set are no set of names")
    extra = _part(name, kept, "__pydantic_extra__")
    private = _part(name, kept, "__pydantic_private__")
    strange = _strange_attributes(cls, vars(value)) | _strange_extras(cls, extra)
    strange |= private.keys() - cls.__private_attributes__.keys()
    if strange:
        reason = f"`{min(strange)}` is no attribute that an instance may hold"
        raise problems.invalid_state(name, reason)


def _is_names(found: object) -> bool:
    return type(found) is set and all(type(name) is str for name in found)


def _part(name: str, kept: Mapping[str, object], slot: str) -> dict[str, Any]:
    found = kept.get(slot)
    if found is None:
        return {}
    if type(found) is not dict or any(type(key) is not str for key in found):
        raise problems.invalid_state(name, f"`{slot}` is no dict of names")
    return found


def _strange_attributes(cls: Any, held: Mapping[Any, object]) -> set[str]:
    beside = {name: it for name, it in held.items() if name not in cls.model_fields}
    if any(type(name) is not str for name in held):
        return {"__dict__"}
    free = plans.cached_names(cls)
    taken = plans.forbidden_names(cls, set()) | cls.__private_attributes__.keys()
    strange = {name for name in beside.keys() - free if name in taken or name.startswith("__")}
    called = asked.trouble_with(beside, cls)
    return strange if called is None else {*strange, called}


def _strange_extras(cls: Any, extra: Mapping[str, object]) -> set[str]:
    if cls.model_config.get("extra") != "allow":
        return {*extra}
    strange = {*cls.model_fields} & extra.keys()
    if asked.is_called(cls):
        strange |= _checks.ASKED & extra.keys()
    called = asked.trouble_with(extra, cls)
    return strange if called is None else {*strange, called}
