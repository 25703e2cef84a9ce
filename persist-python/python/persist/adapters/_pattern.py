"""What a pattern among the constraints of a field costs, in units of about ten microseconds.

Pydantic compiles it while it makes a class: by `re`, or by an engine that writes out whatever is
repeated a number of times, with all of a set of characters each time. How long that takes is told
here by the text alone, up to the size that the engine refuses.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import Any

from persist.state import branching, patterns

__all__ = ["units_of"]

MAX_UNITS = 30_000
"""What the engine compiles before it refuses the rest."""

LONG = 20_000
"""Characters of a pattern of which the engine may compile as much as it likes."""

COSTS = {"wide": 170.0, "middle": 6.0, "any": 0.6}
"""Of sets of hundreds of ranges, as of all letters, of tens, as of all digits, and of few."""

BLIND = 450.0
"""Of a range that is blind to case, and may lie beyond ASCII: it is gone through."""

BEYOND = 5.0
"""Of a character beyond ASCII in a set, where a range may begin or end."""

SMALL, SMALL_AND_BLIND = 0.15, 0.8

UNITS_PER_WIDE_SET, EXCESS_PER_UNIT, CHARACTERS_PER_UNIT = 200, 20_000, 4
"""What `re` takes its time for."""

_SPACED = r"\(\?[a-zA-Z-]*x"
_BLIND = r"\(\?[a-zA-Z-]*i"

# A bracket behind the one that begins a set is one of its characters.
_TOKENS = r"""
      (?P<wide> \\[wW] | \\[pP](?:\{[^}]*+\}|.) )
    | (?P<middle> \\[dDsS] )
    | (?P<code> \\[xuU](?:\{[^}]*+\})? )
    | (?P<begin> \[\^?\]? )
    | (?P<end> \] )
    | (?P<open> \( )
    | (?P<close> \) )
    | (?P<count> \{\s*\d*\s*(?:,\s*\d*\s*)?\} )
    | (?P<any> \. )
    | (?P<small> \\. | . )
"""


def units_of(pattern: Any, is_by_re: bool = False) -> int:
    """Returns what a pattern costs: a text, or one that is compiled already.

    Args:
        is_by_re: It is told that no other engine compiles it.
    """
    flags = pattern.flags if isinstance(pattern, re.Pattern) else 0
    text = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    return _units_of(text, flags, is_by_re) if isinstance(text, str) else 0


@functools.lru_cache(64)
def _units_of(text: str, flags: int, is_by_re: bool) -> int:
    units = len(text) // CHARACTERS_PER_UNIT
    units += int(patterns.wide_sets(text, flags) * UNITS_PER_WIDE_SET)
    units += branching.excess(text, flags) // EXCESS_PER_UNIT
    return units if is_by_re else units + int(min(_written_out(text), MAX_UNITS))


def _written_out(text: str) -> float:
    """Returns what the parts of a pattern cost, each as often as it stands in what is compiled."""
    if len(text) > LONG:
        return MAX_UNITS
    costs = _costs_of(text)
    if re.search(_SPACED, text):
        # What a count belongs to is told by more than what stands before it.
        told = [(found.lastgroup or "", found[0]) for found in _tokens().finditer(text)]
        times = math.prod(min(_times(it), MAX_UNITS) for kind, it in told if kind == "count")
        return min(times, MAX_UNITS) * sum(_cost(costs, *it, True) for it in told)
    totals, sets, last = [0.0], [False], 0.0
    for found in _tokens().finditer(text):
        kind, is_set = found.lastgroup or "", sets[-1]
        if kind == "count" and not is_set:
            last = min(last * _times(found[0]), MAX_UNITS)
        elif kind == "begin" or (kind == "open" and not is_set):
            totals[-1] += last
            totals.append(0.0)
            sets.append(kind == "begin")
            last = _cost(costs, kind, found[0], is_set)
        elif len(totals) > 1 and kind == ("end" if is_set else "close"):
            last += totals.pop()
            sets.pop()
        else:
            totals[-1] += last
            last = _cost(costs, kind, found[0], is_set)
    return sum(totals) + last


def _costs_of(text: str) -> dict[str, float]:
    is_blind = re.search(_BLIND, text) is not None
    is_wide = not text.isascii() or re.search(r"\\[xuU]", text) is not None
    costs = dict.fromkeys(("small", "code", "begin"), SMALL_AND_BLIND if is_blind else SMALL)
    return costs | COSTS | ({"-": BLIND} if is_blind and is_wide else {})


def _cost(costs: dict[str, float], kind: str, token: str, is_set: bool) -> float:
    if kind == "begin" and "^" in token:
        return costs["any"]
    if is_set and (kind == "code" or not token.isascii()):
        return BEYOND
    if is_set and token == "-" and "-" in costs:
        return costs["-"]
    return costs.get(kind, SMALL)


def _times(count: str) -> int:
    """Returns how often something is written out for a count, without what it may be at most."""
    runs = itertools.groupby(count, str.isdigit)
    told = ["".join(digits) for is_digit, digits in runs if is_digit]
    # Of a longer number the engine makes none.
    times = [int(it) if len(it) < 10 and it.isascii() else MAX_UNITS for it in told]
    return max(1, *times, times[0] + 1 if count.rstrip("} \t").endswith(",") and times else 0)


@functools.cache
def _tokens() -> re.Pattern[str]:
    return re.compile(_TOKENS, re.VERBOSE | re.DOTALL)
