"""Patterns that take long to compile: a text may have only so many, on both ways."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from persist.state import problems

__all__ = ["Patterns", "wide_sets"]

MAX_WIDE_SETS = 2_000
"""Ranges of patterns that take milliseconds each, in one text."""

MAX_EXCESS = 2_000_000_000
"""Elements of patterns that are moved beyond what their length accounts for: about a second."""

PLAIN_RANGE = 0.15
"""Wide sets that a range of plain characters blind to case counts as."""

RANGE, FAR_RANGE = 10, 30
"""Wide sets that any other range blind to case counts as, and what is added where it may go on to
the last of all characters: each is asked for its like."""

NEAR = 0xFFFF

TOO_WIDE = f"with it the patterns have more than {MAX_WIDE_SETS} wide sets of characters"
TOO_LONG = "with it the patterns have alternatives or groups that take too long to compile"

# As text: a first save that meets no pattern compiles none.
_BLIND = r"\(\?[a-zA-Z]*i"
_VERBOSE = r"\(\?[a-zA-Z]*x"
_WIDE = r"\\[uUN]"
_FAR = r"\\U([0-9a-fA-F]{8})"
_SET = r"\\.|\[\^?\]?(?:[^\]\\]++|\\.)*+\]?"


class Patterns:
    """The patterns of one text that take long, each counted once however often it is met."""

    def __init__(self) -> None:
        self._made: dict[tuple[type, str | bytes, int], object] = {}
        self._wide_sets = 0.0
        self._excess = 0

    def trouble_with(self, pattern: str | bytes, flags: int) -> str | None:
        """Returns why a text may not hold a pattern beside those that it holds, or None."""
        # A first save that meets no pattern imports no more than it needs.
        from persist.state import branching

        wide = wide_sets(pattern, flags)
        excess = branching.excess(pattern, flags)
        key = type(pattern), pattern, flags
        if not (wide or excess) or key in self._made:
            return None
        if self._wide_sets + wide > MAX_WIDE_SETS:
            return TOO_WIDE
        if self._excess + excess > MAX_EXCESS:
            return TOO_LONG
        self._wide_sets += wide
        self._excess += excess
        self._made[key] = None
        return None

    def build(
        self, fields: Mapping[str, Any], build: Callable[[Mapping[str, Any]], object]
    ) -> object:
        """Returns the pattern of a node. One that takes long is compiled once.

        Raises:
            Malformed: It is one too many.
        """
        pattern: Any = fields.get("v")
        flags: Any = fields.get("flags")
        if type(pattern) not in (str, bytes) or type(flags) is not int or len(fields) != 2:
            return build(fields)
        reason = self.trouble_with(pattern, flags)
        if reason is not None:
            raise problems.Malformed(reason)
        key = type(pattern), pattern, flags
        made = self._made.get(key) or build(fields)
        if key in self._made:
            self._made[key] = made
        return made


def wide_sets(pattern: str | bytes, flags: int) -> float:
    """Returns how many sets of a pattern may be wide; a range blind to case counts as ten or more.

    `re` makes a table of 65,536 entries for a wide set, which takes a millisecond, and goes through
    every character of a range blind to case. It makes one faster for plain letters blind to case,
    two of which have their like far away: they count as a fiftieth, and a range of them as more. So
    it is with bytes, whatever they are.
    """
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    is_blind = bool(flags & re.IGNORECASE) or re.search(_BLIND, text) is not None
    is_wide = isinstance(pattern, str) and not (text.isascii() and re.search(_WIDE, text) is None)
    if is_wide:
        return text.count("[") + (_range_of(text) * text.count("-") if is_blind else 0)
    return text.count("[") / 50 + PLAIN_RANGE * _ranges(text, flags) if is_blind else 0


def _range_of(text: str) -> float:
    """Returns what each range of a pattern may count as, by the last character that it names."""
    named = (min(int(it, 16), sys.maxunicode) for it in re.findall(_FAR, text))
    last = sys.maxunicode if r"\N" in text else max(ord(max(text)), *named, 0)
    return RANGE + FAR_RANGE * max(0, last - NEAR) / sys.maxunicode


def _ranges(text: str, flags: int) -> int:
    """Returns how many ranges the sets of a pattern may have: no words with hyphens are any.

    What stands in a comment would hide where a set begins.
    """
    if "-" not in text:
        return 0
    if flags & re.VERBOSE or "(?#" in text or re.search(_VERBOSE, text):
        return text.count("-")
    return sum(found[0].count("-") for found in re.finditer(_SET, text) if found[0][0] == "[")
