"""The names by which anything at all is asked for something, whatever its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from persist.state import bases, held
from persist.state.held import has_dict

__all__ = [
    "CALLED",
    "CHECKED",
    "MEMORY",
    "NAMES",
    "ORDINARY",
    "brought",
    "called_in",
    "is_called",
    "trouble_of",
    "trouble_with",
]

MEMORY = frozenset({"__array_interface__", "__array_struct__"})
"""Where libraries of numbers ask anything at all for an address in memory."""

NAMES = frozenset(
    {"__annotations__", "__signature__", "__text_signature__", "__globals__", "__type_params__"}
)
"""Where anything at all is asked for its types, or for what names in them stand for.

No instance brings one of them along, unless it may be called: then it has `CHECKED` ones.
"""

CHECKED = frozenset({"__annotations__", "__signature__"})

CALLED = frozenset({"keys", "dict", "model_dump", "get_secret_value", "_asdict"})
"""Where `dict(...)`, and what writes an object as JSON or msgpack, call what an object has.

No instance brings along something to call there; a class may have a method of that name.
"""

ORDINARY = CHECKED | {
    *("__module__", "__name__", "__qualname__", "__doc__", "__wrapped__", "__notes__"),
    *("__orig_class__", "__deprecated__", "__final__", "__override__", "__no_type_check__"),
    *("__isabstractmethod__", "__test__"),
}
"""Names with two underscores at both ends under which anything may bring along what can be called.

By all others Python and libraries look for a protocol, and call what they find: `__deepcopy__`,
`__array__`, `__rich_repr__`.
"""


def brought(cls: type) -> frozenset[str]:
    """Returns which of such names an instance may bring along: ordinary ones and declared ones."""
    return ORDINARY.union(*(bases.names_of(base).special for base in cls.__mro__[:-1]))


def trouble_with(attributes: Mapping[str, Any], cls: type) -> str | None:
    """Returns which attribute of an instance somebody would call, or None."""
    called = {name for name, it in attributes.items() if callable(it)}
    special = set(filter(bases.is_special, called))
    strange = special - brought(cls) if special else set()
    return min(strange | (CALLED & called), default=None)


def called_in(attributes: Mapping[str, Any]) -> str | None:
    """Returns which attribute `dict(...)`, or what writes an object, would call, or None."""
    return next(
        (name for name in attributes if name in CALLED and callable(attributes[name])), None
    )


def trouble_of(thing: object, forbidden: frozenset[str]) -> str | None:
    """Returns why a restore would not give an object the attributes it has, or None."""
    trouble = held.trouble_of(thing, forbidden)
    if trouble is not None or not has_dict(type(thing)):
        return trouble
    strange = trouble_with(vars(thing), type(thing))
    return strange and f"it holds an attribute `{strange}` that a restore would not set"


def is_called(cls: type) -> bool:
    """Returns whether instances of a class may be called, and asked for types before that."""
    return has_dict(cls) and any("__call__" in vars(base) for base in cls.__mro__)
