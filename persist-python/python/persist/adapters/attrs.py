"""What attrs keeps in objects beside their fields: the hash of an object that was hashed once.

It holds in one process only. attrs' own hook says so, and gives None for it, which the object
takes as not hashed yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persist.adapters._row import rows_of, table_of
from persist.state import plans, problems
from persist.state.plans import Pieces, Plan

__all__ = ["TABLE", "builder_of", "plan_for"]

PLACE = "_attrs_cached_hash"

TABLE = table_of(
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


def _describe(value: Any, context: str, session: Any) -> Pieces | str:
    owner, _, name = context.rpartition(".")
    if name != PLACE or owner in ("", "value"):
        return "it is the hash of an object of attrs, and holds in this process only"
    return "null", []
