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
from persist.state.held import attributes_of, has_dict, held_slots, slots_of
from persist.state.record import Record

__all__ = ["MAX_STEPS", "OVERSPENT", "Lookup", "Untouched", "steps_of", "text_of"]

OVERSPENT = "what it is given is shared too often to be compared each time"

MAX_STEPS = 1 << 23
"""Steps that looking may take in one reading, a few seconds: each thing counts each time."""

PER_THING, PER_OBJECT, PER_TEXT, TEXT_PER_STEP = 12, 24, 1200, 64
"""Steps to a container, to what has attributes, and to what a save would write; its characters."""

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
    text: object
    owner: str
    """The name under which it was given."""

    def steps(self) -> int:
        """Returns what it has taken to look at it."""
        steps = PER_OBJECT + len(self.held) + len(self.attributes)
        return steps if self.text is None else steps + steps_of(self.text)


class _Way(Record):
    """How things of a class are looked at."""

    held: Callable[[Any], Iterable[Any]] | None
    """What gives what a container holds."""
    is_text: bool
    """By what a save would write of them, and nothing else."""
    is_extended: bool
    """By that too: what the class that they extend keeps is none of their attributes."""
    has_dict: bool
    has_slots: bool


class Untouched:
    """Things as they are now, to be compared with what they are later."""

    def __init__(self, given: Mapping[str, Any], lookup: Lookup) -> None:
        self._lookup = lookup
        self._bound = effort.all_kept("bound")
        self._known: set[int] = set()
        self._ways: dict[type, _Way] = {}
        self._plain: list[tuple[Any, list[Any], str]] = []
        """Plain containers, of which most states are made, and what they hold."""
        self._seen: list[_Seen] = []
        self._steps = 0
        for name, value in given.items():
            self._look(name, value)
            if self._steps > MAX_STEPS:
                break

    def is_overspent(self) -> bool:
        """Counts this look; returns whether this reading has looked at too much."""
        return effort.is_overspent("untouched", self._steps, MAX_STEPS)

    def changed(self) -> str | None:
        """Returns the name under which something was given that is not as it was, or None."""
        for thing, held, owner in self._plain:
            if not _are_same([*_OPEN[type(thing)](thing)], held):
                return owner
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
        while waiting and self._steps <= MAX_STEPS:
            thing = waiting.pop()
            if type(thing) in plans.SCALARS or id(thing) in self._known:
                continue
            self._known.add(id(thing))
            if id(thing) in self._bound:
                continue
            if type(thing) in _OPEN:
                held = [*_OPEN[type(thing)](thing)]
                self._plain.append((thing, held, owner))
                self._steps += PER_THING + len(held)
                waiting += [it for it in held if type(it) not in plans.SCALARS]
            elif not _is_leaf(thing):
                seen = self._told(thing, owner)
                self._seen.append(seen)
                self._steps += seen.steps()
                waiting += seen.held
                waiting += seen.attributes.values()

    def _told(self, thing: Any, owner: str) -> _Seen:
        cls = type(thing)
        if cls is types.FunctionType:
            captured = _captured(thing)
            return _Seen._make((thing, captured, vars(thing).copy(), _labels(thing), owner))
        if cls is types.MethodType:
            return _Seen._make((thing, [thing.__self__, thing.__func__], {}, None, owner))
        if issubclass(cls, bytearray):
            return _Seen._make((thing, [], attributes_of(thing), bytes(memoryview(thing)), owner))
        way = self._ways.get(cls) or self._ways.setdefault(cls, _way_of(cls, self._lookup))
        if way.is_text:
            return _Seen._make((thing, [], {}, text_of(thing, self._lookup), owner))
        held = [] if way.held is None else [*way.held(thing)]
        attributes = vars(thing).copy() if way.has_dict else {}
        if way.has_slots:
            attributes |= held_slots(thing)
        text = text_of(thing, self._lookup) if way.is_extended else None
        return _Seen._make((thing, held, attributes, text, owner))


def text_of(thing: Any, lookup: Lookup) -> str | None:
    """Returns what a save would write of a thing, None where it would not."""
    from persist.state.secrets import Session

    bind = [(str(at), it) for at, it in enumerate(effort.all_kept("bound").values())]
    arguments: Any = (thing, lookup, bind, Session(True), "persist")
    # What the reading around it may still cost is not spent by this.
    context = contextvars.copy_context()
    try:
        return context.run(effort.during, 0, _native.capture, *arguments).text()
    except Exception:
        # It is not finished.
        return None


def steps_of(text: object) -> int:
    """Returns what it has taken to get a text of a thing."""
    return PER_TEXT + (len(text) if isinstance(text, str | bytes) else 0) // TEXT_PER_STEP


def _is_leaf(thing: Any) -> bool:
    """Returns whether a thing is in no state but by its name."""
    cls = type(thing)
    if issubclass(cls, _LEAVES):
        return True
    return cls is types.FunctionType and names.name_of(thing) is not None


def _way_of(cls: type, lookup: Lookup) -> _Way:
    held = _OPEN.get(next((base for base in cls.__mro__ if base in _OPEN), cls))
    if issubclass(cls, functools.partial):
        held = _given_to
    if issubclass(cls, collections.defaultdict):
        held = _defaults_in
    plan = _native.plan_of(cls, lookup)
    is_native = plan.shape == "reduced" and held is None
    is_text = plan.shape == "described" or (is_native and library.is_of_library(cls))
    is_extended = is_native and library.owner_of(cls) is not None
    return _Way._make((held, is_text, is_extended, has_dict(cls), bool(slots_of(cls))))


def _given_to(partial: functools.partial[Any]) -> Iterable[Any]:
    return [partial.func, *partial.args, *partial.keywords, *partial.keywords.values()]


def _defaults_in(held: collections.defaultdict[Any, Any]) -> Iterable[Any]:
    return [*_OPEN[dict](held), held.default_factory]


def _captured(function: types.FunctionType) -> list[Any]:
    cells = (cell for cell in function.__closure__ or () if cell != types.CellType())
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    return [*defaults, *(cell.cell_contents for cell in cells)]


def _labels(function: types.FunctionType) -> object:
    """Returns what a function is and is called, beside what it holds."""
    return function.__code__, function.__name__, function.__qualname__, function.__doc__


def _are_same(before: list[Any], after: list[Any]) -> bool:
    return len(before) == len(after) and all(map(operator.is_, before, after))
