"""Whether code that is given things leaves them as they were, at any depth.

What a container or an object holds is told by identity, so that nothing is asked of what it holds.
What keeps its state in C, an array for one, is told by its text, as a save would write it.
"""

from __future__ import annotations

import collections
import contextvars
import enum
import functools
import operator
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from persist import _native
from persist.state import effort, library, names, plans
from persist.state.held import attributes_of
from persist.state.record import Record

__all__ = ["OVERSPENT", "Untouched"]

OVERSPENT = "what it is given is shared too often to be compared each time"

MAX_STEPS = 1 << 26
"""Things that are looked at in one reading, each time that they are."""

Lookup = Callable[[type], tuple[_native.Plan, bool]]

_OPEN: dict[type, Callable[[Any], Iterable[Any]]] = {
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    frozenset: frozenset.__iter__,
    collections.deque: collections.deque.__iter__,
    collections.OrderedDict: lambda held: [
        *collections.OrderedDict.__iter__(held),
        *dict.items(held),
    ],
    dict: lambda held: [*dict.keys(held), *dict.values(held)],
}
"""Builtins by what they hold: of a class the first that it is, or extends."""

_LEAVES = (type, types.ModuleType, types.BuiltinFunctionType, enum.Enum)


class _Seen(Record):
    """A thing as it was."""

    thing: Any
    held: list[Any]
    attributes: dict[str, Any]
    text: str | bytes | None
    owner: str
    """The name under which it was given."""


class Untouched:
    """Things as they are now, to be compared with what they are later."""

    def __init__(self, given: Mapping[str, Any], lookup: Lookup) -> None:
        self._lookup = lookup
        self._known: set[int] = set()
        self._seen: list[_Seen] = []
        self._steps = 0
        for name, value in given.items():
            self._look(name, value)

    def is_overspent(self) -> bool:
        """Counts this look; returns whether this reading has looked at too much."""
        return effort.is_overspent("untouched", self._steps, MAX_STEPS)

    def changed(self) -> str | None:
        """Returns the name under which something was given that is not as it was, or None."""
        return next((seen.owner for seen in self._seen if not self._is_same(seen)), None)

    def _is_same(self, seen: _Seen) -> bool:
        now = self._told(seen.thing, seen.owner)
        if now.text != seen.text or not _are_same(now.held, seen.held):
            return False
        if now.attributes.keys() != seen.attributes.keys():
            # What a cached property has worked out since says nothing new.
            cached = plans.cached_names(type(seen.thing)) - seen.attributes.keys()
            now = now._replace(
                attributes={name: it for name, it in now.attributes.items() if name not in cached}
            )
        before, after = seen.attributes, now.attributes
        return [*before] == [*after] and _are_same([*before.values()], [*after.values()])

    def _look(self, owner: str, value: Any) -> None:
        waiting = [value]
        while waiting:
            thing = waiting.pop()
            if type(thing) in plans.SCALARS or id(thing) in self._known:
                continue
            self._known.add(id(thing))
            if _is_leaf(thing):
                continue
            seen = self._told(thing, owner)
            self._seen.append(seen)
            self._steps += 1 + len(seen.held) + len(seen.attributes)
            waiting += seen.held
            waiting += seen.attributes.values()

    def _told(self, thing: Any, owner: str) -> _Seen:
        cls = type(thing)
        if cls in _OPEN:
            return _Seen._make((thing, [*_OPEN[cls](thing)], {}, None, owner))
        if cls is types.FunctionType:
            return _Seen._make((thing, _captured(thing), vars(thing).copy(), None, owner))
        if cls is types.MethodType:
            return _Seen._make((thing, [thing.__self__, thing.__func__], {}, None, owner))
        if issubclass(cls, bytearray):
            return _Seen._make((thing, [], attributes_of(thing), bytes(memoryview(thing)), owner))
        held = list(_held_in(thing))
        plan = _native.plan_of(cls, self._lookup)
        is_native = plan.shape == "reduced" and library.is_of_library(cls)
        if plan.shape == "described" or (is_native and not held):
            return _Seen._make((thing, [], {}, self._text_of(thing), owner))
        return _Seen._make((thing, held, attributes_of(thing), None, owner))

    def _text_of(self, thing: Any) -> str | None:
        """Returns what a save would write of a thing, None where it would not."""
        from persist.state.secrets import Session

        arguments: Any = (thing, self._lookup, [], Session(True), "persist")
        # What the reading around it may still cost is not spent by this.
        context = contextvars.copy_context()
        try:
            return context.run(effort.during, 0, _native.capture, *arguments).text()
        except Exception:
            # It is not finished, or was given back by the caller and is in no state.
            return None


def _is_leaf(thing: Any) -> bool:
    """Returns whether a thing is in no state but by its name, or was given back by the caller."""
    cls = type(thing)
    if issubclass(cls, _LEAVES) or effort.has_seen(thing, "bound"):
        return True
    return cls is types.FunctionType and names.name_of(thing) is not None


def _held_in(thing: Any) -> Iterable[Any]:
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords, *thing.keywords.values()]
    base = next((base for base in type(thing).__mro__ if base in _OPEN), None)
    held = [] if base is None else [*_OPEN[base](thing)]
    if isinstance(thing, collections.defaultdict):
        held.append(thing.default_factory)
    return held


def _captured(function: types.FunctionType) -> list[Any]:
    cells = (cell for cell in function.__closure__ or () if cell != types.CellType())
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    return [*defaults, *(cell.cell_contents for cell in cells)]


def _are_same(before: list[Any], after: list[Any]) -> bool:
    return len(before) == len(after) and all(map(operator.is_, before, after))
