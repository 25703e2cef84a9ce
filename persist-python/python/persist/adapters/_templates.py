"""Templates in the manner of Python's `format`, looked at before anybody fills them in."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["asked_for", "trouble_of", "trouble_with"]

MAX_WIDTH = 999
"""Characters that one field may ask for; a template may ask for a hundred times its own length."""

MAX_PIECES = 1_000_000

MAX_TAGS = 10_000
"""Tags of a mustache template: reading one takes a time that grows with their square."""

MAX_FILLED = 1 << 26
"""Characters that all fields of a template may ask for."""

_WIDE = rf"\d{{{len(str(MAX_WIDTH)) + 1}}}"
_FORMAT = "f-string"


def trouble_with(names: Iterable[str], held: Mapping[str, Any]) -> str | None:
    """Returns what is wrong with the templates in these fields, or None."""
    form = held.get("template_format", _FORMAT)
    if form not in (_FORMAT, "mustache"):
        return None
    look = trouble_of if form == _FORMAT else _trouble_of_mustache
    pieces = 0
    waiting = [held[name] for name in names if name in held]
    while waiting:
        one = waiting.pop()
        pieces += 1
        if pieces > MAX_PIECES:
            return "its template has too many pieces"
        reason = look(one) if isinstance(one, str) else None
        if reason is not None:
            return reason
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
    return None


def trouble_of(template: str) -> str | None:
    """Returns what a template would cost or do beyond giving its fields as they are, or None.

    One that cannot be read is the business of whoever formats it.
    """
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return None
    for _, _, spec, _ in fields:
        if spec and (re.search(_WIDE, spec) or "{" in spec):
            return f"a field of its template asks for more than {MAX_WIDTH} characters"
    if asked_for(fields) > MAX_FILLED:
        return f"its template asks for more than {MAX_FILLED} characters"
    return None


def asked_for(fields: Iterable[tuple[str, str | None, str | None, str | None]]) -> int:
    """Returns how many characters the fields of a template may ask for beyond what fills them."""
    return MAX_WIDTH * sum(bool(spec) for _, _, spec, _ in fields)


def _trouble_of_mustache(template: str) -> str | None:
    is_long = template.count("{{") > MAX_TAGS
    return f"its template has more than {MAX_TAGS} tags" if is_long else None
