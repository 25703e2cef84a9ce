"""Patterns that take long to compile: a text may have only so many, on both ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from persist.state import problems

__all__ = ["TOO_WIDE", "Patterns"]

MAX_WIDE_SETS = 2_000
"""Ranges of patterns that take milliseconds each, in one text."""

TOO_WIDE = f"with it the patterns have more than {MAX_WIDE_SETS} wide sets of characters"

# As text: a first save that meets no pattern compiles none.
_BLIND = r"\(\?[a-zA-Z]*i"
_WIDE = r"\\[uUN]"


class Patterns:
    """The patterns with wide sets of one text, each counted once however often it is met."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], object] = {}
        self._wide_sets = 0

    def admit(self, pattern: str | bytes, flags: int) -> bool:
        """Returns whether a text may hold a pattern beside those that it holds already."""
        wide_sets = _wide_sets(pattern, flags) if type(pattern) is str else 0
        if not wide_sets or (pattern, flags) in self._made:
            return True
        if self._wide_sets + wide_sets > MAX_WIDE_SETS:
            return False
        self._wide_sets += wide_sets
        self._made[str(pattern), flags] = None
        return True

    def build(
        self, fields: Mapping[str, Any], build: Callable[[Mapping[str, Any]], object]
    ) -> object:
        """Returns the pattern of a node. One with wide sets is compiled once.

        Raises:
            Malformed: It is one too many.
        """
        key: Any = fields.get("v"), fields.get("flags")
        if type(key[0]) is not str or type(key[1]) is not int or len(fields) != 2:
            return build(fields)
        if not self.admit(*key):
            raise problems.Malformed(TOO_WIDE)
        made = self._made.get(key) or build(fields)
        if key in self._made:
            self._made[key] = made
        return made


def _wide_sets(pattern: str, flags: int) -> int:
    """Returns how many sets of a pattern may be wide; a range blind to case counts as ten.

    `re` makes a table of 65,536 entries for a wide set, which takes a millisecond, and goes through
    every character of a range blind to case.
    """
    if pattern.isascii() and re.search(_WIDE, pattern) is None:
        return 0
    is_blind = bool(flags & re.IGNORECASE) or re.search(_BLIND, pattern) is not None
    return pattern.count("[") + (10 * pattern.count("-") if is_blind else 0)
