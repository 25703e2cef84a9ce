"""What stands under the names of a class itself, looked at once for all the classes above it."""

from __future__ import annotations

import functools
import weakref

from persist.state.record import Record

__all__ = ["Names", "is_special", "names_of"]


class Names(Record):
    """Names that one class declares, without those of its bases."""

    size: int
    """How many there are."""
    special: frozenset[str]
    """With two underscores at both ends."""
    hidden: frozenset[str]
    """Of functions, properties and other descriptors, but for cached properties."""
    cached: frozenset[str]
    """Of cached properties."""


_KNOWN: weakref.WeakKeyDictionary[type, Names] = weakref.WeakKeyDictionary()


def names_of(base: type) -> Names:
    """Returns the names of a class, as they are: a class that got more of them is looked at again.

    Most classes share nearly all of their bases, and what those declare is long.
    """
    if type(base).__hash__ is not type.__hash__:
        # Its metaclass says which classes are equal: it is asked nothing.
        return _look_at(base)
    known = _KNOWN.get(base)
    if known is None or known.size != len(vars(base)):
        known = _KNOWN[base] = _look_at(base)
    return known


def is_special(name: str) -> bool:
    """Returns whether a name has two underscores at both ends."""
    return name.startswith("__") and name.endswith("__")


def _look_at(base: type) -> Names:
    held = vars(base)
    hidden: list[str] = []
    cached: list[str] = []
    # Nearly all are of a few types, of which each is asked once: by identity, for a metaclass may
    # answer for the hash of its classes.
    kinds: dict[int, list[str] | None] = {}
    for name, it in held.items():
        kind = type(it)
        if id(kind) not in kinds:
            is_cached = issubclass(kind, functools.cached_property)
            is_hidden = hidden if hasattr(kind, "__get__") else None
            kinds[id(kind)] = cached if is_cached else is_hidden
        names = kinds[id(kind)]
        if names is not None:
            names.append(name)
    return Names(
        size=len(held),
        special=frozenset(filter(is_special, held)),
        hidden=frozenset(hidden),
        cached=frozenset(cached),
    )
