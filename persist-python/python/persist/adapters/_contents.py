"""What may stand in a checkpoint of LangGraph: what its serializer gives back, and nothing else.

The serializer calls whatever a value has under some names, and writes an object as module, name and
arguments, which its loader calls. So what a file has in a checkpoint is looked through before.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import ipaddress
import pathlib
import re
import sys
import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langgraph.store.base import Item
from persist.state import effort, names
from persist.state.held import attributes_of

__all__ = ["trouble_with"]

ASKED = ("model_dump", "get_secret_value", "dict", "_asdict")
"""What the serializer looks for on a value by name and calls, whatever the value's class."""

OWN = ("langgraph.types:Send", "langgraph.checkpoint.serde.types:_DeltaSnapshot")
"""LangGraph's further classes that it writes."""

PLAIN = frozenset({type(None), bool, int, float, str, bytes, bytearray})

VALUES = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.timezone,
    decimal.Decimal,
    ipaddress.IPv4Address,
    ipaddress.IPv4Interface,
    ipaddress.IPv4Network,
    ipaddress.IPv6Address,
    ipaddress.IPv6Interface,
    ipaddress.IPv6Network,
    pathlib.PurePath,
    re.Pattern,
    uuid.UUID,
    zoneinfo.ZoneInfo,
)
"""Classes whose objects hold no others."""

CONTAINERS = (dict, list, tuple, set, frozenset, collections.deque)

OBJECT_BYTES = 128
"""What an object counts, as its serializer asks each for what it has: less than its text allows."""

LENGTHS: tuple[tuple[type, Callable[[Any], int]], ...] = (
    (decimal.Decimal, lambda value: 3 * decimal.Decimal.__sizeof__(value)),
    (pathlib.PurePath, lambda value: sum(map(len, value.parts))),
    (re.Pattern, lambda value: len(value.pattern)),
    (ipaddress.IPv6Address, lambda value: len(value.scope_id or "")),
    (datetime.timezone, lambda value: len(value.tzname(None))),
)
"""How much is written of what holds no others and may be long."""


def trouble_with(root: object) -> str | None:
    """Returns why no checkpoint can hold a value, or None.

    A loader makes the objects of a checkpoint by the names of their classes. So each of them has a
    class that its module has under its name, and no attribute of its own that the serializer calls.
    And nothing is shared, in it and in others of this text, so often that writing each mention in
    full would fill memory.
    """
    sizes: dict[int, int] = {}
    parts_of: dict[int, list[object]] = {}
    todo: list[tuple[object, bool]] = [(root, False)]
    while todo:
        value, is_done = todo.pop()
        key = id(value)
        if is_done:
            sizes[key] = _own_size(value) + sum(_size(part, sizes) for part in parts_of[key])
            continue
        if type(value) in PLAIN or key in sizes:
            continue
        if key in parts_of:
            return f"a `{type(value).__qualname__}` in it holds itself"
        reason = None if type(value) in CONTAINERS else _strange(value)
        if reason is not None:
            return f"a `{type(value).__qualname__}` in it {reason}"
        parts_of[key] = [*_parts(value)]
        todo += [(value, True), *((part, False) for part in parts_of[key])]
    is_large = effort.is_too_large(_size(root, sizes))
    return "what it shares would be written again and again" if is_large else None


def _own_size(value: Any) -> int:
    """Returns about how many bytes a value takes without what it holds."""
    if type(value) is list or type(value) is dict:
        return 1
    length = next((measure(value) for cls, measure in LENGTHS if isinstance(value, cls)), 0)
    # An array may be a view that says of few bytes that they are many elements, or none at all.
    length += max(value.nbytes, value.size) if _is_array(value) else 0
    return OBJECT_BYTES + length


def _is_array(value: object) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray


def _size(value: object, sizes: Mapping[int, int]) -> int:
    """Returns about how many bytes a value takes, with what it holds where that is known."""
    if type(value) is str or type(value) is bytes or type(value) is bytearray:
        return 1 + len(value)
    if type(value) is int:
        return 1 + value.bit_length() // 8
    return sizes.get(id(value), 1)


def _strange(value: object) -> str | None:
    cls = type(value)
    home: Any = sys.modules.get(cls.__module__)
    if cls is not re.Pattern and vars(home or object).get(cls.__name__) is not cls:
        return "is of a class that no name leads to"
    held = attributes_of(value)
    for asked in ASKED:
        if asked in held:
            return f"has an attribute `{asked}` of its own"
    if _is_array(value):
        return "holds objects" if value.dtype.hasobject else None  # type: ignore[attr-defined]
    is_asked = any(name in vars(base) for base in cls.__mro__ for name in ASKED)
    is_known = isinstance(value, (*VALUES, enum.Enum, Item)) or dataclasses.is_dataclass(cls)
    if is_asked or is_known or names.name_of(cls) in OWN:
        return None
    return "is nothing that its serializer gives back"


def _parts(value: Any) -> Iterable[object]:
    if isinstance(value, VALUES):
        return []
    if isinstance(value, enum.Enum):
        return [value.value]
    inner = [] if type(value) in CONTAINERS else [*attributes_of(value).values()]
    if isinstance(value, dict):
        inner += [*dict.keys(value), *dict.values(value)]
    elif isinstance(value, CONTAINERS):
        inner += [*value]
    return inner
