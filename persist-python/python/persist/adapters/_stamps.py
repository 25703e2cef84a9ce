"""Entries that a constructor writes into a field by itself, with what is installed today.

LangChain's models note the versions of the packages that made them. A restored model says what the
saved one said, so the constructor's own entry does not make its field another.
"""

from __future__ import annotations

from persist.state import names

__all__ = ["is_stamped"]

STAMPS = {"langchain_core.language_models.base:BaseLanguageModel": ("metadata", "lc_versions")}
"""By base class: a field, and the key of its map that the constructor sets."""


def is_stamped(cls: type, field: str, made: object, saved: object) -> bool:
    """Returns whether the constructor left a field as it was saved, its own entry aside."""
    found = (STAMPS.get(names.name_of(base) or "") for base in cls.__mro__)
    entry = next((key for name, key in filter(None, found) if name == field), None)
    if entry is None or type(made) is not dict or type(saved) not in (dict, type(None)):
        return False
    try:
        return bool(_without(made, entry) == _without(saved, entry))
    except Exception:
        return False


def _without(held: object, entry: str) -> dict[object, object]:
    given = held if isinstance(held, dict) else {}
    return {key: value for key, value in given.items() if key != entry}
