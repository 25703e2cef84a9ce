"""What is told of an agent, without the secrets that are left out of it.

A path names keys, and a reason names classes: a program may have been given any of these.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

__all__ = ["concealed"]

STEP_CHARACTERS = 200
"""Of a key: a path does not show more of it."""

IN_PLACE = "…"

Rows = Iterable[tuple[str, ...]]

_EITHER = (False, True)


def concealed(rows: Rows, hidden: Iterable[str | bytes]) -> list[tuple[str, ...]]:
    """Returns rows of texts with an ellipsis for each of these values, as it is and as in JSON.

    Words stay: they are what code itself has for names, and tell nothing.
    """
    values = [it if isinstance(it, str) else it.decode("utf-8", "surrogateescape") for it in hidden]
    cut = [value[:STEP_CHARACTERS] for value in values if not _are_words(value)]
    quoted = [json.dumps(it, ensure_ascii=is_ascii)[1:-1] for it in cut for is_ascii in _EITHER]
    known = sorted({*cut, *quoted}, key=len, reverse=True)
    return [tuple(_without(text, known) for text in row) for row in rows]


def _are_words(value: str) -> bool:
    return all(letter.isalpha() or letter == "_" for letter in value)


def _without(text: str, known: list[str]) -> str:
    for value in known:
        text = text.replace(value, IN_PLACE)
    return text
