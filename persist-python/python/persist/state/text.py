"""Pieces of state text that hooks write themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TypeGuard

from persist import _native

__all__ = ["is_unicode", "numbers", "plain", "quote", "string", "text_of"]

_HALVES = "(?<=[\ud800-\udbff])(?=[\udc00-\udfff])"
"""Where two halves of a surrogate pair stand side by side, each as a character of its own."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


def quote(text: str) -> str:
    """Returns a string as JSON; a lone surrogate is escaped, all else stands as it is."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return json.dumps(text)
    return _encode(text)


def string(text: str) -> str:
    """Returns a string as a value of its own: JSON would join the two halves of a pair."""
    # Compiled by the first that may have any: a first save does not wait for that.
    parts = [text] if text.isascii() else re.split(_HALVES, text)
    if len(parts) == 1:
        return quote(text)
    return f'{{"lc":"str","v":[{",".join(map(quote, parts))}]}}'


def numbers(given: Iterable[int]) -> str:
    """Returns whole numbers as a JSON array."""
    return f"[{','.join(map(str, given))}]"


def text_of(address: object) -> str:
    """Returns an address as text, also where it is bytes; of two that differ none is the other."""
    if isinstance(address, bytes | bytearray):
        return address.decode("utf-8", "backslashreplace")
    return str(address)


def plain(address: str) -> str | None:
    """Returns an address as it may be shown, and is compared: without credentials.

    None where clients might read different hosts in it, so that none can be shown.
    """
    return _native.plain_endpoint(address) if is_unicode(address) else None


def is_unicode(value: str | bytes) -> TypeGuard[str]:
    """Returns whether this is a text without lone surrogates."""
    return isinstance(value, str) and not any("\ud800" <= it <= "\udfff" for it in value)
