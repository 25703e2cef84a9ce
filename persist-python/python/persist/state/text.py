"""Pieces of state text that hooks write themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable

__all__ = ["numbers", "quote"]


def quote(text: str) -> str:
    """Returns a string as JSON; a lone surrogate is escaped, all else stands as it is."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)


def numbers(given: Iterable[int]) -> str:
    """Returns whole numbers as a JSON array."""
    return f"[{','.join(map(str, given))}]"
