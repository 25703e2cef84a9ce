"""pydantic's `Secret[…]`: a value of a plain type, left out of a text like a `SecretStr`.

Whoever gives it back gives text: what the type makes of that, and shows as just that text again.
"""

from __future__ import annotations

import datetime
import decimal
import functools
import re
import uuid
from collections.abc import Callable
from typing import Any

from persist.state import problems
from persist.state.plans import Pieces
from persist.state.record import Record
from persist.state.text import quote
from pydantic import Secret

__all__ = ["describe", "type_of"]


class Payload(Record):
    """A type whose values a text tells whole."""

    cls: type
    show: Callable[[Any], str | bytes]
    read: Callable[[Any], Any]


PAYLOADS = {
    it.cls.__name__: it
    for it in (
        Payload(str, str, str),
        Payload(bytes, bytes, bytes),
        Payload(int, str, int),
        Payload(float, repr, float),
        Payload(decimal.Decimal, str, decimal.Decimal),
        Payload(datetime.date, str, datetime.date.fromisoformat),
        Payload(datetime.datetime, datetime.datetime.isoformat, datetime.datetime.fromisoformat),
        Payload(uuid.UUID, str, uuid.UUID),
    )
}

NAMES = {it.cls: name for name, it in PAYLOADS.items()}

KIND = re.compile(r"Secret(?:\[(\w+)\])?:(\w+)", re.ASCII)
"""How the node spells the type: `Secret:int`, or `Secret[int]:int` where that made the object."""


def describe(value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of a secret, or why nobody could give it back."""
    held = dict(vars(value))
    inner, made_by = held.pop("_secret_value", None), held.pop("__orig_class__", None)
    payload = PAYLOADS.get(NAMES.get(type(inner), ""))
    if payload is None:
        return f"it hides a `{type(inner).__qualname__}`, which no text could give back"
    kind = f"Secret:{payload.cls.__name__}"
    if made_by is not None:
        (argument,) = made_by.__args__ if made_by.__origin__ is Secret else (None,)
        if argument not in NAMES:
            return "it was made by a `Secret[…]` of a type that no text could give back"
        kind = f"Secret[{NAMES[argument]}]:{payload.cls.__name__}"
    try:
        shown = payload.show(inner)
        again = payload.read(shown)
        is_told = type(again) is payload.cls and _all_of(again) == _all_of(inner)
    except Exception:
        is_told = False
    if held or not is_told:
        return "it holds something else than the text of what it hides tells"
    head = f'{{"lc":"secret","type":{quote(kind)}'
    if session.keeps_secrets:
        session.has_news = True
        return head, [',"v":', (".get_secret_value()", shown), "}"]
    return head, [f',"name":{quote(session.omit(context, shown))}}}']


def _all_of(value: Any) -> tuple[Any, ...]:
    """Returns what a value is, with what its equality does not tell."""
    return value, repr(value), getattr(value, "is_safe", None)


def type_of(kind: str) -> Callable[[Any], object] | None:
    """Returns what makes a secret of the text that was given back, None for no such type."""
    found = KIND.fullmatch(kind)
    argument, payload = found.groups() if found is not None else (None, "")
    if payload not in PAYLOADS or (argument is not None and argument not in PAYLOADS):
        return None
    cls: Any = Secret if argument is None else Secret[PAYLOADS[argument].cls]  # type: ignore[misc]
    return functools.partial(_made, cls, PAYLOADS[payload])


def _made(cls: Any, payload: Payload, given: str | bytes) -> object:
    try:
        inner, again = payload.read(given), payload.read(given)
        is_told = type(inner) is payload.cls and payload.show(inner) == given and inner == again
    except Exception:
        is_told = False
    if not is_told:
        # Not a word of what was given: it is a secret.
        reason = f"what was given for a secret is no `{payload.cls.__name__}` as it is shown"
        raise problems.rebuild("invalid_state", reason)
    return cls(inner)
