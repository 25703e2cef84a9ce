"""Functions that any state text may have called, each with a checker of its arguments.

Pickling hooks of the standard library name them. A checker takes a number of arguments of exact
types, none of them callable, and refuses any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["CHECKS", "Check"]

Check = Callable[[list[object]], None]
"""Raises a ValueError where the arguments are not what a writer gives."""

CHECKS: Mapping[str, Check] = {}
"""`module:function` to the checker of its arguments."""
