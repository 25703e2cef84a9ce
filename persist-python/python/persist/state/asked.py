"""The names by which anything at all is asked for its types."""

from __future__ import annotations

from persist.state.held import has_dict

__all__ = ["CHECKED", "NAMES", "is_called"]

NAMES = frozenset(
    {"__annotations__", "__signature__", "__text_signature__", "__globals__", "__type_params__"}
)
"""Where anything at all is asked for its types, or for what names in them stand for.

No instance brings one of them along, unless it may be called: then it has `CHECKED` ones.
"""

CHECKED = frozenset({"__annotations__", "__signature__"})


def is_called(cls: type) -> bool:
    """Returns whether instances of a class may be called, and asked for types before that."""
    return has_dict(cls) and any("__call__" in vars(base) for base in cls.__mro__)
