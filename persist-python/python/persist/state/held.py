"""What an object holds in its dict and slots, read past any code of its class."""

from __future__ import annotations

import functools
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType
from typing import Any

__all__ = [
    "attributes_of",
    "captured_in",
    "declared_slots",
    "given_in",
    "has_dict",
    "held_slots",
    "is_lazy",
    "named_in",
    "slots_of",
    "trouble_of",
]


def has_dict(cls: type) -> bool:
    """Returns whether instances have a `__dict__`."""
    return cls.__dictoffset__ != 0


def is_lazy(cls: type) -> bool:
    """Returns whether instances of a class look for each key in other maps."""
    # Not `issubclass`: a chain's metaclass would look at each class it is asked about.
    bases = cls.__mro__
    return ChainMap in bases or MappingProxyType in bases


def declared_slots(cls: type) -> Iterable[str]:
    """Returns what `__slots__` of a class names; a set of names has no order but the sorted one."""
    declared: str | Iterable[str] = vars(cls).get("__slots__", ())
    if isinstance(declared, str):
        return [declared]
    return sorted(declared) if isinstance(declared, Set) else declared


def slots_of(cls: type) -> list[tuple[str, object]]:
    """Returns the slots that hold state, with their descriptors, from the base class down.

    One that a class below declares again is found by no attribute. Its name gets a number in front,
    which no attribute's name begins with: `1_name` for the one that lies next under that.
    """
    slots: list[tuple[str, object]] = []
    seen: Counter[str] = Counter()
    for base in cls.__mro__:
        own: list[tuple[str, object]] = []
        for slot in declared_slots(base):
            name = _mangled(base, slot)
            descriptor = vars(base).get(name)
            if name not in ("__dict__", "__weakref__") and descriptor is not None:
                own.append((f"{seen[name]}_{name}" if seen[name] else name, descriptor))
                seen[name] += 1
        slots = own + slots
    return slots


def attributes_of(thing: object) -> dict[str, object]:
    """Returns what an object holds in its dict and slots, past any code of its class."""
    return (dict(vars(thing)) if has_dict(type(thing)) else {}) | held_slots(thing)


def trouble_of(thing: object, forbidden: frozenset[str]) -> str | None:
    """Returns why a restore would not give an object the attributes it has, or None."""
    held = vars(thing) if has_dict(type(thing)) else {}
    if type(held) is not dict:
        return "what holds its attributes is no `dict`"
    for name in held:
        if type(name) is not str:
            return "it holds an attribute whose name is not text"
        if name in forbidden:
            return f"it holds an attribute `{name}` that a restore would not set"
    return None


def held_slots(thing: object) -> dict[str, object]:
    """Returns the slots of an object that are set."""
    held = {}
    for name, slot in slots_of(type(thing)):
        try:
            held[name] = slot.__get__(thing)  # type: ignore[attr-defined]
        except AttributeError:
            continue
    return held


def _mangled(cls: type, slot: str) -> str:
    is_private = slot.startswith("__") and not slot.endswith("__")
    owner = cls.__name__.lstrip("_")
    return f"_{owner}{slot}" if is_private and owner else slot


def given_in(thing: object) -> Mapping[str, Any]:
    """Returns the attributes of an object, or of the parts that its node gives."""
    if isinstance(thing, functools.partial):
        return attributes_of(thing) | thing.keywords
    if isinstance(thing, dict) and type(thing) is not dict:
        return dict(dict.items(thing)) | attributes_of(thing)
    if type(thing) is not dict:
        return attributes_of(thing)
    state = thing.get("state")
    # The state that a class sets by itself may be anything.
    fields = state.get("fields") if type(state) is dict else None
    groups = [thing.get("kwargs"), fields, thing.get("dict"), thing.get("slots")]
    return {name: value for group in groups if type(group) is dict for name, value in group.items()}


PARTIAL = 4
"""Parts of the state of a partial: the third is what it gives by names."""

CAPTURED = {"free": "__closure__", "kwdefaults": "__kwdefaults__", "dict": "__dict__"}
"""Members of the node of a function, and attributes, whose maps have what it holds by names."""


def captured_in(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a function has by names, of the members of its node or its own attributes.

    Defaults have none there: of these URLs are returned, all under one name.
    """
    maps = [parts.get(name, parts.get(own)) for name, own in CAPTURED.items()]
    held = {name: it for group in maps if type(group) is dict for name, it in group.items()}
    defaults = parts.get("defaults", parts.get("__defaults__"))
    given = defaults if type(defaults) is tuple else ()
    return held | {"default_urls": [it for it in given if type(it) is str and "://" in it]}


def named_in(cls: type, held: Mapping[str, object]) -> Mapping[str, Any]:
    """Returns what a thing has by names, of the pieces that it is written in."""
    if issubclass(cls, functools.partial):
        states = (it for it in held.values() if type(it) is tuple and len(it) == PARTIAL)
        named = (state[2] for state in states if type(state[2]) is dict)
        return {**held, **next(named, {})}
    if held.keys().isdisjoint((*CAPTURED.values(), "__defaults__")):
        return held
    return {**held, **captured_in(held)}
