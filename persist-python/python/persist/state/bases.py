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
    cached = {name for name, it in held.items() if isinstance(it, functools.cached_property)}
    hidden = {name for name, it in held.items() if hasattr(type(it), "__get__")}
    return Names(
        size=len(held),
        special=frozenset(filter(is_special, held)),
        hidden=frozenset(hidden - cached),
        cached=frozenset(cached),
    )
