"""Objects that guard what they count with a lock: the lock is made anew, the count is kept.

A rate limiter also keeps a reading of a clock that means nothing in another process: of that only
whether there was one is written, and the clock runs on from the moment of the restore.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from persist.adapters import _extended
from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import fingerprints, names, plans, problems
from persist.state.plans import Pieces, Plan
from persist.state.record import Record

__all__ = ["EXTENSIBLE", "builder_of", "plan_for"]

EXTENSIBLE = (False,)


class Guard(Record):
    """What a class with a lock has among its attributes."""

    lock: str
    needed: tuple[str, ...]
    """Attributes that every instance has."""
    clock: str = ""
    """An attribute that holds None, or when something happened by `time.monotonic`."""


GUARDS: dict[str, Guard] = {
    "langchain_core.callbacks.usage:UsageMetadataCallbackHandler": Guard(
        "_lock", ("usage_metadata",)
    ),
    "langchain_core.rate_limiters:InMemoryRateLimiter": Guard(
        "_consume_lock",
        ("requests_per_second", "available_tokens", "max_bucket_size", "check_every_n_seconds"),
        "last",
    ),
}

_LOCK: Any = type(threading.Lock())


def plan_for(cls: type) -> Plan:
    """Returns the plan of such a class, or of one that extends it."""
    guard, base = _guard_of(cls)
    trouble = _extended.trouble_of(cls, base)
    if trouble is not None:
        return plans.refused(cls, trouble)
    return plans.described(
        cls,
        functools.partial(_describe, guard, plans.forbidden_names(cls, set())),
        has_dict=True,
        hashes_by_identity=True,
        record=fingerprints.record_of(cls),
    )


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds an instance from the parts of its node."""
    guard, _ = _guard_of(plan.class_)
    return functools.partial(_build, guard, plans.forbidden_names(plan.class_, set()), plan)


def _guard_of(cls: type) -> tuple[Guard, type]:
    """Returns what a class has beside its state, and the class that this is known of."""
    known = ((GUARDS.get(names.name_of(base) or ""), base) for base in cls.__mro__)
    return next((guard, base) for guard, base in known if guard is not None)


def _describe(
    guard: Guard, forbidden: frozenset[str], value: Any, context: str, session: Any
) -> Pieces | str:
    held = dict(vars(value))
    if type(held.get(guard.lock)) is not _LOCK:
        return f"its `{guard.lock}` is no lock of its class's own"
    # It keeps its place among the attributes.
    held[guard.lock] = True
    if guard.clock and type(held.get(guard.clock)) not in (float, type(None)):
        return f"its `{guard.clock}` is no time"
    trouble = _trouble(guard, forbidden, held)
    if trouble is not None:
        return trouble
    if guard.clock:
        held[guard.clock] = None if held[guard.clock] is None else True
    session.name(names.name_of(type(value)) or "", "class")
    return plans.node_of(type(value), held)


def _trouble(guard: Guard, forbidden: frozenset[str], held: dict[str, Any]) -> str | None:
    """Returns what is wrong with the attributes beside the lock, or None."""
    needed = {guard.lock, *guard.needed, *((guard.clock,) if guard.clock else ())}
    if not needed <= held.keys():
        return f"it lacks its `{min(needed - held.keys())}`"
    strange = forbidden & held.keys()
    if strange or any(type(name) is not str for name in held):
        return f"it holds an attribute `{min(strange, default='?')}` that a restore would not set"
    return None


def _build(
    guard: Guard, forbidden: frozenset[str], plan: Plan, parts: dict[str, Any], has_secret: bool
) -> object:
    try:
        (given,) = parts_of(parts, "dict")
        held = dict(given)
        trouble = _trouble(guard, forbidden, held)
        if trouble is not None:
            raise ValueError(trouble)
        if held[guard.lock] is not True:
            raise ValueError(f"its `{guard.lock}` says more than that there is one")
        held[guard.lock] = threading.Lock()
        if guard.clock and held[guard.clock] not in (None, True):
            raise ValueError(f"its `{guard.clock}` says no time")
        if guard.clock and held[guard.clock]:
            held[guard.clock] = time.monotonic()
        made: Any = object.__new__(plan.class_)
        vars(made).update(held)
        return made
    except PersistError:
        raise
    except Exception as error:
        raise problems.of_state(plan.name, error) from error
