"""Texts and bytes that are read and written like files, and lie in memory: with their position."""

from __future__ import annotations

import functools
import io
from typing import Any

from persist.state import names
from persist.state.held import held_slots, trouble_of
from persist.state.text import quote

__all__ = ["NATIVE", "describe", "facts", "has_own_hook"]

NATIVE = (io.StringIO, io.BytesIO)

_HOOKS = ("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")


def has_own_hook(cls: type) -> bool:
    """Returns whether a class that extends one of these says itself how it is made or kept."""
    native: Any = _native_of(cls)
    return any(getattr(cls, hook) is not getattr(native, hook) for hook in _HOOKS)


def facts(cls: type) -> dict[str, object]:
    """Returns what a plan says of such a class."""
    native = _native_of(cls)
    return {
        "native": native,
        "is_whole": True,
        "takes": ["state"],
        "fill": functools.partial(_fill, native),
    }


def _native_of(cls: type) -> type:
    return next(base for base in cls.__mro__ if base in NATIVE)


def describe(forbidden: frozenset[str], value: Any, context: str, session: Any) -> Any:
    """Returns the node of one, or why there is none: its content and where it stands in it."""
    trouble = trouble_of(value, forbidden)
    if trouble is not None:
        return trouble
    native: Any = _native_of(type(value))
    try:
        *content, _ = native.__getstate__(value)
    except ValueError:
        return "it is closed"
    slots = held_slots(value)
    rest: list[Any] = [',"dict":', vars(value)] if vars(value) else []
    rest += [',"slots":', slots] if slots else []
    parts = [(f".__getstate__()[{at}]", part) for at, part in enumerate(content)]
    separated = [it for part in parts for it in (",", part)][1:]
    head = f'{{"lc":"object","id":{quote(names.name_of(type(value)) or "")}'
    return head, [], [*rest, ',"state":[', *separated, "]}"]


def _fill(native: Any, value: Any, parts: dict[str, Any]) -> None:
    """Gives one its content. What it holds besides is set as any object's attributes are."""
    state = parts.get("state")
    kinds: list[tuple[type, ...]] = [(bytes,), (int,)]
    if native is io.StringIO:
        kinds = [(str,), (str, type(None)), (int,)]
    if type(state) is not list or len(state) != len(kinds):
        raise ValueError("its state is no array of its content and position")
    if any(type(part) not in kind for part, kind in zip(state, kinds, strict=True)):
        raise ValueError("its content or its position is of a wrong type")
    native.__setstate__(value, (*state, None))
