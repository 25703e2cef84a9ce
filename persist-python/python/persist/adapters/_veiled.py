"""Secrets of pydantic's first interface, `pydantic.v1`: left out of a text as today's are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from persist.adapters import _secrets
from persist.state import plans, problems
from persist.state.plans import Plan
from pydantic.v1.types import SecretBytes, SecretStr

__all__ = ["KINDS", "builder_of", "plan_for"]

KINDS: dict[str, type] = {"SecretStr/1": SecretStr, "SecretBytes/1": SecretBytes}
"""How a node spells the type of each."""

_PAYLOADS = {"SecretStr/1": str, "SecretBytes/1": bytes}


def plan_for(cls: type) -> Plan:
    """Returns the plan of a class that hides a secret."""
    for kind, known in KINDS.items():
        if cls is known:
            describe = functools.partial(_secrets.describe, kind, _PAYLOADS[kind])
            flags = {"has_identity": False, "hashes_by_identity": True, "is_secret": True}
            return plans.described(cls, describe, **flags)
    # By its attributes it would be written in clear.
    reason = f"its class `{cls.__qualname__}` hides a secret, and is not `SecretStr` itself"
    return plans.refused(cls, reason)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what refuses a secret as an object: no writer makes such a node."""

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        raise problems.invalid_state(plan.name, "a secret stands in a text as a node `secret`")

    return build
