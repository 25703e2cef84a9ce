"""What it costs pydantic to make a class, told before it does, in units of about ten microseconds.

The schema of a model holds those of all classes that its fields lead to, so models that mention
each other take time and memory by the square of their number. For each, pydantic also goes through
what stands beside the types, hashes defaults, shows the values of enumerations, and compiles
patterns.
"""

from __future__ import annotations

import enum
import re
import typing
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from persist.adapters import _dataclass, _filled, _made, _notes, _pattern, _price, _schema, _typed
from persist.adapters._field import OWN
from persist.adapters._notes import NOT_HASHED, NOT_SHOWN
from persist.state import effort, names, problems, weight
from persist.state.held import attributes_of
from pydantic.fields import FieldInfo

__all__ = ["REASONS", "check", "check_class", "check_filled", "forget"]

MAKING = 200_000
"""Units that all classes of one text may cost, beside what each field adds to that."""

COMPILING = 400_000
"""Units that all patterns of fields may cost in one text."""

STEPS_PER_UNIT, PLAIN_PER_UNIT, CHARACTERS_PER_UNIT = 16, 64, 256

AGAIN = 32
"""Of a pattern that was compiled before, pydantic has the outcome: this part of it is counted."""

MANY_PATTERNS, ONCE_MORE = 200, 8
"""Patterns in one text beyond which pydantic may compile some again, for each that holds them."""

TOO_MUCH = "classes made at run time are too many, or mention each other too often, to be made"
TOO_SLOW = "the patterns of fields take too long to compile"
REASONS = (TOO_MUCH, TOO_SLOW)

SMALL = (int, float, bool, type(None))
PLAIN = (*SMALL, str, bytes)

HOLDERS = (dict, list, tuple, set, frozenset)

READY = ("enumeration", "model")
"""Kinds of classes that pydantic asks for the schema that they have."""

SAID: tuple[str, ...] = ("default", "examples", "metadata", "title", "description", "discriminator")
SAID += ("alias", "validation_alias", "serialization_alias", "json_schema_extra")

_OWN: Any = weakref.WeakKeyDictionary()
"""Class to its own units, and weak references to what it leads to."""

_REACHED: Any = weakref.WeakKeyDictionary()
"""Class to the units of all that it leads to, by their addresses: it keeps these alive."""


class _Sum:
    """What rows of fields cost, without the classes that they lead to.

    Args:
        is_bare: Only types count: what stands beside them a program has itself.
        is_older: The first interface of pydantic makes the fields.
    """

    def __init__(
        self, most: int, is_by_re: bool = False, is_bare: bool = False, is_older: bool = False
    ) -> None:
        self.units = self.compiling = 0
        self._is_bare, self._is_older = is_bare, is_older
        self.patterns: dict[int, int] = {}
        self.leads_to: dict[int, Any] = {}
        self._most, self._is_by_re = most, is_by_re
        self._waiting: list[tuple[Callable[[Any], None], Any]] = []

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows, each a type and what the field has beside that; no more than it may be."""
        for annotation, *told in rows:
            beside = () if self._is_bare else told
            self._waiting += [(self._type, annotation), *((self._told, it) for it in beside)]
            while self._waiting and self.units <= self._most:
                read, one = self._waiting.pop()
                self.units += 1
                read(one)

    def add_plain(self, held: object) -> None:
        """Adds plain data that is gone through once, however often it is shared."""
        self._values([held], {})

    def lead_to(self, classes: Iterable[Any]) -> None:
        """Adds classes that are led to otherwise."""
        for cls in classes:
            self._lead_to(cls, _made.kind_of(cls))

    def _lead_to(self, cls: Any, kind: str | None) -> None:
        if kind in READY and _is_named(cls):
            self.units += _price.NAMED
        elif kind is not None:
            self.leads_to[id(cls)] = cls

    def extend(self, base: Any) -> None:
        """Adds a class that another extends: its fields are gone through again."""
        self.lead_to([base])
        if _made.kind_of(base) in READY and _is_named(base):
            units, _, leads_to = _own(base)
            self.units += units
            self.lead_to(filter(None, (ref() for ref in leads_to)))

    def _type(self, one: Any) -> None:
        kind = None
        if isinstance(one, type) and not (type(one) is type and one in _price.SCALARS):
            self.units += len(one.__qualname__) // CHARACTERS_PER_UNIT
            kind = _made.kind_of(one)
            self._lead_to(one, kind)
        self.units += _price.of_part(one, kind, self._is_older)
        if type(one) is list:
            self._waiting += [(self._type, it) for it in one]
        elif typing.get_origin(one) is typing.Literal:
            self._values(one.__args__)
            self.lead_to({type(it) for it in one.__args__ if isinstance(it, enum.Enum)})
        else:
            self._waiting += [(self._type, it) for it in getattr(one, "__args__", None) or ()]
            notes = () if self._is_bare else getattr(one, "__metadata__", ())
            self._waiting += [(self._note, it) for it in notes]

    def _told(self, one: Any) -> None:
        if isinstance(one, FieldInfo):
            self._note(one)
        elif not _is_one(type(one)) and type(one) not in PLAIN:
            self.units += _hashing_units(one)

    def _note(self, note: Any) -> None:
        if isinstance(note, FieldInfo):
            self._waiting.append((self._told, note.default))
            for kind in (note.annotation, getattr(note, "_original_annotation", None)):
                self._waiting.append((self._type, kind))
            held = {name: getattr(note, name, None) for name in SAID} | note._attributes_set
            self._waiting += [(self._note, it) for it in note.metadata]
        elif type(note).__module__.partition(".")[0] in OWN:
            said = getattr(type(note), "__dataclass_fields__", None)
            held = attributes_of(note) if said is None else {it: getattr(note, it) for it in said}
        else:
            return
        for name, value in held.items():
            if name == "pattern":
                self._pattern(value)
            elif name != "default" and type(value) not in SMALL:
                self._values([value])

    def _pattern(self, value: Any) -> None:
        if not isinstance(value, str | re.Pattern):
            return
        units = _pattern.units_of(value, self._is_by_re)
        self.compiling += units
        self.patterns[hash(value)] = units

    def _values(self, values: Iterable[Any], known: dict[int, Any] | None = None) -> None:
        """Adds plain data: what is shared counts each time, but for containers that are known.

        Args:
            known: Those met before, by their addresses; None where none is remembered.
        """
        waiting, steps = list(values), 0
        while waiting and steps <= (self._most + 1) * STEPS_PER_UNIT:
            one = waiting.pop()
            steps += 1
            if known is not None and isinstance(one, HOLDERS):
                if id(one) in known:
                    continue
                known[id(one)] = one
            if isinstance(one, str):
                steps += len(one) * STEPS_PER_UNIT // CHARACTERS_PER_UNIT
            elif isinstance(one, HOLDERS):
                inner = [*one, *one.values()] if isinstance(one, dict) else one
                steps += len(inner)
                waiting += [it for it in inner if type(it) not in SMALL]
            elif type(one).__module__ == "pydantic.aliases":
                waiting += attributes_of(one).values()
        self.units += steps // STEPS_PER_UNIT


def _hashing_units(default: Any) -> int:
    """Returns what it costs to hash a default.

    Raises:
        RebuildError: `invalid_state`, it would take too long, or go too deep.
    """
    if not _notes.is_soon_hashed(default):
        raise problems.rebuild("invalid_state", NOT_HASHED)
    waiting, steps, plain = [default], 0, 0
    while waiting:
        one = waiting.pop()
        steps += 1
        if type(one) is tuple:
            inner = [it for it in one if type(it) not in PLAIN]
            plain += len(one) - len(inner)
            waiting += inner
        elif not isinstance(one, type) and not _is_one(type(one)):
            waiting += attributes_of(one).values()
    return steps // STEPS_PER_UNIT + plain // PLAIN_PER_UNIT


def _is_one(cls: type) -> bool:
    """Returns whether the hash of an instance is that it is this one, or it has none."""
    own: Any = cls.__hash__
    return own is None or own is object.__hash__


def check_class(kind: str, parts: Mapping[str, Any], rows: Iterable[Sequence[Any]]) -> None:
    """Checks a class before it is made: what it costs, beside all that were made for this text.

    Args:
        rows: The types of its fields, each with what the field has beside that.

    Raises:
        RebuildError: `invalid_state`, it is too much.
    """
    config, held, by = (parts.get(it) for it in ("config", "bases", "by"))
    bases = [it for it in held if isinstance(it, type)] if type(held) is list else []
    is_model = kind == "model"
    units, earned = _price.of_class(by or kind if is_model else kind, parts, bases)
    is_by_re = type(config) is dict and config.get("regex_engine") == "python-re"
    most = effort.left("making", MAKING) + earned
    total = _Sum(most, is_by_re, is_older=is_model and by == _price.OLDER)
    total.units = units
    for base in bases if is_model else ():
        total.extend(base)
    total.add_plain(config)
    total.add(rows)
    _spend(total, earned, leads_on=is_model)


def check(rows: Sequence[Sequence[Any]] = (), leads_to: Iterable[Any] = ()) -> None:
    """Checks types before pydantic makes a schema of them, and classes once these have theirs.

    Raises:
        RebuildError: `invalid_state`, it is too much.
    """
    earned = _price.EARNED * len(rows)
    total = _Sum(effort.left("making", MAKING) + earned)
    total.lead_to(leads_to)
    total.add(rows)
    _spend(total, earned)


def check_filled(made: Any, origin: Any) -> None:
    """Checks a generic model with its arguments: pydantic makes its class once.

    Raises:
        RebuildError: `invalid_state`, it is too much.
    """
    if effort.is_first(made):
        units, _ = _price.of_class("model", {}, [origin])
        if effort.is_overspent("making", units, MAKING):
            raise problems.rebuild("invalid_state", TOO_MUCH)


def _spend(total: _Sum, earned: int, leads_on: bool = True) -> None:
    reached: dict[int, tuple[int, int]] = {}
    for cls in total.leads_to.values() if leads_on else ():
        reached |= _reached(cls)
    units = total.units + sum(units for units, _ in reached.values())
    fresh = effort.unseen(total.patterns)
    effort.is_overspent("patterns", len(fresh), MANY_PATTERNS)
    if effort.left("patterns", MANY_PATTERNS) < 0:
        units += sum(compiling for _, compiling in reached.values()) // ONCE_MORE
    compiling = sum(total.patterns[it] for it in fresh)
    compiling += (total.compiling - compiling) // AGAIN
    if effort.is_overspent("making", units - earned, MAKING):
        raise problems.rebuild("invalid_state", TOO_MUCH)
    if effort.is_overspent("compiling", compiling, COMPILING):
        raise problems.rebuild("invalid_state", TOO_SLOW)


def forget(cls: Any) -> None:
    """Forgets what a class costs: its fields have other types by now."""
    _OWN.pop(cls, None)
    _REACHED.pop(cls, None)


def _reached(cls: Any) -> dict[int, tuple[int, int]]:
    """Returns the units of a class and of all that it leads to, by their addresses."""
    found: dict[int, tuple[int, int]] | None = _REACHED.get(cls)
    if found is None:
        found, waiting = {}, [cls]
        while waiting:
            one = waiting.pop()
            if id(one) in found:
                continue
            if one in _REACHED:
                found |= _REACHED[one]
                continue
            units, compiling, leads_to = _own(one)
            found[id(one)] = units, compiling
            waiting += [it for ref in leads_to if (it := ref()) is not None]
        _REACHED[cls] = found
    return found


def _own(cls: Any) -> tuple[int, int, list[Any]]:
    """Returns the units of a class alone, of its patterns, and references to what it leads to."""
    if cls not in _OWN:
        kind = _made.kind_of(cls)
        total = _Sum(MAKING, _is_by_re(cls), _is_named(cls))
        if kind == "enumeration":
            total.units = sum(1 + _showing_units(it._value_) for it in cls.__members__.values())
        else:
            rows = _rows_of(cls, kind)
            total.add(rows)
            total.units += 0 if kind == "model" else _price.ANEW * len(rows)
        _OWN[cls] = (
            total.units + 1,
            total.compiling,
            list(map(weakref.ref, total.leads_to.values())),
        )
    found: tuple[int, int, list[Any]] = _OWN[cls]
    return found


def _showing_units(value: Any) -> int:
    """Returns what it costs to show and to hash the value of a member.

    Raises:
        RebuildError: `invalid_state`, that would take too long.
    """
    steps = weight.showing_steps(value)
    if steps is None:
        raise problems.rebuild("invalid_state", NOT_SHOWN)
    return steps // STEPS_PER_UNIT


def _rows_of(cls: Any, kind: str | None) -> list[list[Any]]:
    try:
        if kind == "model":
            return [_schema.row_of(info) for info in cls.model_fields.values()]
        told = _typed.annotations_of(cls)
        if kind == "dataclass":
            fields = cls.__dataclass_fields__.values()
            return [[told.get(it.name), *_dataclass.values_of(it)] for it in fields]
    except Exception:
        # What has a type by text alone says so where it is written.
        return []
    defaults = getattr(cls, "_field_defaults", {}).values()
    return [*([it] for it in told.values()), *([None, it] for it in defaults)]


def _is_named(cls: Any) -> bool:
    """Returns whether a program has a class itself, and did not make it of what a text says."""
    is_filled = _filled.is_model_type(type(cls)) and _filled.origin_of(cls) is not None
    return not is_filled and names.name_of(cls) is not None


def _is_by_re(cls: Any) -> bool:
    config = getattr(cls, "model_config", None)
    return isinstance(config, dict) and config.get("regex_engine") == "python-re"
