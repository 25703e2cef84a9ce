"""What attrs keeps in objects beside their fields.

That is the hash of an object that was hashed once: it holds in one process only. attrs' own hook
says so, and gives None for it, which the object takes as not hashed yet. And it is what those hooks
leave out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persist.adapters._row import Table, rows_of
from persist.state import declared, plans, problems
from persist.state.held import has_dict, held_slots
from persist.state.plans import Pieces, Plan
from persist.state.reductions import Whole, is_taken_apart_whole

__all__ = ["TABLE", "builder_of", "completion_of", "plan_for"]

TABLE = Table(
    rows_of("attr._make", "_CacheHashWrapper", codec="persist.adapters.attrs", role="base"),
)


def plan_for(cls: type) -> Plan:
    """Returns the plan of a kept hash."""
    return plans.described(cls, _describe, has_identity=False, is_secret=True)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what refuses a hash in a text: no writer makes such a node."""

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        raise problems.invalid_state(plan.name, "no text holds the hash of an object")

    return build


def completion_of(cls: type) -> dict[str, Any]:
    """Returns what a plan says of a class with slots, whose hooks attrs makes; else nothing.

    They speak of the fields only: nobody decided that what a cached property keeps in a slot, or a
    subclass in a dict, is to be left out.
    """
    hooks = (getattr(cls, name, None) for name in ("__getstate__", "__setstate__"))
    are_made = all(getattr(hook, "__module__", None) == "attr._make" for hook in hooks)
    if not are_made or is_taken_apart_whole(cls):
        return {}
    return {"complete": _complete, "declared": declared.fields_of(cls)}


def _complete(value: Any, state: Any, is_call: bool) -> Whole:
    given = state if type(state) is dict else {}
    # The cached hash is another in each process.
    left_out = {*given, declared.KEPT_HASH}
    slots = {name: it for name, it in held_slots(value).items() if name not in left_out}
    held = vars(value) if has_dict(type(value)) else {}
    # All of a dict is written if something is not in the state: it has an order.
    is_told = list(held) == [name for name in given if name in held]
    return Whole(state, None if is_told else held, slots or None)


def _describe(value: Any, context: str, session: Any) -> Pieces | str:
    owner, _, name = context.rpartition(".")
    if name != declared.KEPT_HASH or owner in ("", "value"):
        return "it is the hash of an object of attrs, and holds in this process only"
    return "null", []
