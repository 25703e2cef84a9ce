"""What HTTP clients keep keys and passwords in, which are no plain texts that could be left out.

Each is written as any object of its class would be, unless a secret stands in it: a URL with a
password, headers that authorize. None has a row: they are admitted as classes of a program are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from persist.state import names, plans, secrets
from persist.state.held import attributes_of
from persist.state.plans import Pieces, Plan

__all__ = ["plan_over"]

Look = Callable[[Any], str | None]
"""Returns which secret stands in an instance, or None."""

HINT = (
    "keep it in an attribute as plain text, or in a plain dict named `headers`, and make this of it"
    " when it is needed; or save with secrets='keep'"
)


def plan_over(cls: type, plain: Plan) -> Plan:
    """Returns the plan of a class; where instances may hold a secret, one that looks for it."""
    look = _LOOKS.get(names.name_of(cls) or "")
    if look is None:
        return plain
    describe = functools.partial(_describe, look)
    return plans.described(cls, describe, **plans.state_of(cls, ()) | {"hint": HINT})


def _describe(look: Look, value: Any, context: str, session: Any) -> Pieces | str:
    trouble = None if session.keeps_secrets else look(value)
    if trouble is not None:
        return f"{trouble}, which cannot be left out of a `{type(value).__qualname__}`"
    session.name(names.name_of(type(value)) or "", "class")
    return plans.node_of(type(value), attributes_of(value), is_whole=False)


def _in_url(value: Any) -> str | None:
    return "it has credentials in it" if secrets.has_credentials(str(value)) else None


def _in_headers(value: Any) -> str | None:
    found = (it for it, _ in _pairs(value) if secrets.is_omitted("headers", it, "-"))
    name = next(found, None)
    return None if name is None else f"its entry `{name}` is a secret"


def _pairs(value: Any) -> Iterable[tuple[str, object]]:
    held = value.multi_items() if hasattr(value, "multi_items") else value.items()
    return ((it, held) for it, held in held if isinstance(it, str))


def _in_auth(value: Any) -> str:
    return "it holds a user and password in one text"


_LOOKS: dict[str, Look] = {
    "httpx:BasicAuth": _in_auth,
    "httpx:Headers": _in_headers,
    "httpx:URL": _in_url,
    "requests.structures:CaseInsensitiveDict": _in_headers,
}
