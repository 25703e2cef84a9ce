"""Pieces of state text that hooks write themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable

__all__ = ["numbers", "quote"]


_encode = json.JSONEncoder(ensure_ascii=False).encode


def quote(text: str) -> str:
    """Returns a string as JSON; a lone surrogate is escaped, all else stands as it is."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return json.dumps(text)
    return _encode(text)


def numbers(given: Iterable[int]) -> str:
    """Returns whole numbers as a JSON array."""
    return f"[{','.join(map(str, given))}]"
