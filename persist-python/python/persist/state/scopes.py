"""The classes that stand beside another one inside a function, and that its texts may name.

A function's variables are gone when it is done. A class that it made still says where that was.
"""

from __future__ import annotations

import gc
import sys
import typing
import weakref
from collections.abc import Iterator
from typing import Any

from persist.state.record import Record

__all__ = ["Scope", "note", "scope_of"]

_LOCALS = ".<locals>."

# Slots of `type` itself: a metaclass may answer for its classes with code of its own.
_module_of = vars(type)["__module__"].__get__
_qualname_of = vars(type)["__qualname__"].__get__

_ours: weakref.WeakSet[type] = weakref.WeakSet()


class Scope(Record):
    """What the names stand for that nobody but a function has."""

    classes: dict[str, type]
    unclear: frozenset[str]
    """Names of several classes: the function ran more than once."""


def scope_of(cls: type) -> Scope:
    """Returns what else the function has made that made a class; it goes through all classes.

    What the module has under the same name goes first, as it does for whoever asks for types.
    """
    module, (place, inside, own) = _module_of(cls), _qualname_of(cls).rpartition(_LOCALS)
    if not inside:
        return Scope({}, frozenset())
    prefix = f"{place}{_LOCALS}"
    known = vars(sys.modules.get(module, object)).keys() - {own}
    if any(len(it) > 1 for name, it in _found(module, prefix).items() if name not in known):
        # Those of earlier runs may be on circles of their own, or only what `typing` was asked for.
        for clear in typing._cleanups:  # type: ignore[attr-defined]
            clear()
        gc.collect()
    found = _found(module, prefix)
    single = {name: classes[0] for name, classes in found.items() if len(classes) == 1}
    kept = {name: it for name, it in single.items() if name not in known} | {own: cls}
    return Scope(kept, frozenset(found.keys() - kept.keys() - known))


def note(cls: type) -> None:
    """Notes a class that we made: no function has it, though it says so."""
    _ours.add(cls)


def _found(module: str, prefix: str) -> dict[str, list[type]]:
    found: dict[str, list[type]] = {}
    for it in _classes():
        qualname = _qualname_of(it)
        if qualname.startswith(prefix) and _module_of(it) == module and it not in _ours:
            found.setdefault(qualname[len(prefix) :], []).append(it)
    return found


def _classes() -> Iterator[type]:
    waiting: list[Any] = [object]
    seen = {id(object)}
    for cls in waiting:
        for it in type.__subclasses__(cls):
            if id(it) not in seen:
                seen.add(id(it))
                waiting.append(it)
                yield it
