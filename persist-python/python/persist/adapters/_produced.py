"""What constructors have lately made of plain values: validation would give the same again.

A prompt is built by its class's constructor, and what that validated need not be validated a second
time only because the finished object is looked at; and an agent that is saved after each turn has
the same prompts each time. What is remembered is what was made, by value: an object that holds
anything else is validated as any other.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

__all__ = ["is_noted", "note"]

MAX_NOTED = 64
"""Answers that are remembered in each thread."""

MAX_CHARACTERS = 16_384
"""Length of a text in one of them: no more than that is kept when nobody needs it any more."""

MAX_ITEMS = 256

MAX_DEPTH = 3


class _Noted(threading.local):
    def __init__(self) -> None:
        self.forms: dict[tuple[type, str, object], None] = {}


_NOTED = _Noted()


def note(cls: type, held: Mapping[str, object], without: str = "") -> None:
    """Remembers the fields that a class's constructor has just given an instance.

    Args:
        without: The field that it was not told, and has worked out from the others.
    """
    form = _form(held)
    if form is None:
        return
    forms = _NOTED.forms
    forms[cls, without, form] = None
    if len(forms) > MAX_NOTED:
        del forms[next(iter(forms))]


def is_noted(cls: type, held: Mapping[str, object], without: str = "") -> bool:
    """Returns whether a class's constructor has lately made an instance of just these fields."""
    form = _form(held)
    return form is not None and (cls, without, form) in _NOTED.forms


def _form(value: Any, depth: int = MAX_DEPTH) -> object:
    """Returns what equals the form of just the same value of the same types, None for others."""
    kind = type(value)
    if kind is str:
        return value if len(value) <= MAX_CHARACTERS else None
    if value is None or kind is bool or kind is int:
        return kind, value
    if kind not in (dict, list, tuple) or not depth or len(value) > MAX_ITEMS:
        return None
    items = [*value, *value.values()] if kind is dict else value
    forms = [_form(item, depth - 1) for item in items]
    return None if None in forms else (kind, *forms)
