"""What a class's constructor or validation may be given: what a finished instance of it holds.

A constructor looks at its arguments before anything says what those are. It asks them for
attributes, calls what can be called, goes through what can be gone through; and of an object that a
file describes, an attribute may be any call. So each argument is of its field's declared type, told
by the classes of things alone, before anything of the class runs.
"""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import enum
import functools
import re
import sys
import types
import typing
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from persist.adapters import _tables, _templates
from persist.adapters._row import Row
from persist.state import bases, declared, effort, names
from persist.state.held import attributes_of, is_lazy
from persist.state.record import Record

__all__ = ["objections_of", "strange_in", "trouble_with"]

SCALARS = (type(None), bool, int, float, complex, str, bytes)
LISTS = (list, tuple, set, frozenset, collections.deque)
MAPS = (dict, collections.OrderedDict)

FURTHER = "model_kwargs"
"""Where models of LangChain keep further arguments: their constructors take fields out of it."""

MAX_REPEATS = 1_000_000
"""Elements of what is met again, which a validation copies each time."""

_NOTHING = object()

_OBJECTIONS: Mapping[str, Mapping[str, bool]] = {
    "pydantic_core._pydantic_core": dict.fromkeys(
        ("include_input", "include_url", "include_context"), False
    ),
    "pydantic.v1.error_wrappers": {},
}
"""Modules of errors that list what they object to, and how these are asked for it."""

_SAMPLES: tuple[Any, ...] = (None, False, 0, 0.0, 0j, "", b"", [], {})

_ABSTRACT = collections.abc
_LISTS: set[Any] = {*LISTS, _ABSTRACT.Sequence, _ABSTRACT.MutableSequence, _ABSTRACT.Collection}
_LISTS |= {_ABSTRACT.Iterable, _ABSTRACT.Set, _ABSTRACT.MutableSet}
_MAPS: set[Any] = {*MAPS, _ABSTRACT.Mapping, _ABSTRACT.MutableMapping, collections.defaultdict}

_AROUND: tuple[type, ...] = (collections.ChainMap, collections.UserDict, collections.UserList)
_AROUND += (collections.UserString, types.MappingProxyType, functools.partial)
"""Classes whose methods call those of what an instance is around."""

_WRAPPERS = tuple(
    getattr(typing, name)
    for name in ("Annotated", "Required", "NotRequired", "Final", "ClassVar", "ReadOnly")
    if hasattr(typing, name)
)


class _Care(enum.IntEnum):
    """How closely a value is looked at."""

    SHAPES = 0
    """Containers alone, and that nothing is gone through that may never end."""
    CLASSES = 1
    EXACT = 2
    """Containers are of the plain classes themselves."""
    WITHIN = 3
    """What may be anything is looked into, and functions are plain ones."""


class _Known(Record):
    """What is known of a class before it is given anything."""

    hints: dict[str, Any]
    """By each name that its constructor takes a field by."""
    defaults: dict[str, object]
    simple: dict[str, frozenset[type]]
    """The plain classes whose values fit a field anyway, containers where they are empty."""
    made: frozenset[str]
    asked: frozenset[str]
    """Fields of types, of which `hints` says what may stand there."""
    takes: dict[str, str]
    templates: tuple[str, ...]
    guarded: frozenset[str]
    """Fields that a model is given only where a file may say so: addresses, secrets, clients."""
    is_by_state: bool


_KNOWN: weakref.WeakKeyDictionary[type, _Known] = weakref.WeakKeyDictionary()


def trouble_with(cls: type, given: Mapping[str, Any]) -> str | None:
    """Returns which argument is nothing that a finished instance holds, or None."""
    known = _known_of(cls)
    if known.is_by_state:
        return "its constructor does more than to set its fields, and is never run"
    look = _Look(_Care.WITHIN)
    for name, value in given.items():
        if name not in known.hints:
            if not _is_plain(value):
                return f"it has no field `{name}` that would hold more than plain data"
        elif not (
            _is_at_once(known, name, value)
            or value is known.defaults[name]
            or look.takes(known, name, value)
        ):
            return f"its field `{name}` holds what no finished instance does"
    moved = _moved(known, given.get(FURTHER))
    return moved or look.trouble() or _templates.trouble_with(known.templates, given)


def objections_of(error: Any) -> str | None:
    """Returns what pydantic objects to: its own text shows what was given, maybe a secret."""
    told = _OBJECTIONS.get(type(error).__module__)
    if told is None:
        return None
    rows = error.errors(**told)
    return "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows)


def strange_in(cls: type, held: Mapping[str, Any]) -> str | None:
    """Returns which field is not of the declared shape, or None: where no constructor runs."""
    known = _known_of(cls)
    look = _Look(_Care.SHAPES)
    for name, value in held.items():
        if name not in known.hints or _is_at_once(known, name, value):
            continue
        if not look.fits(value, known.hints[name]):
            return f"its field `{name}` holds what the class does not declare"
    return None


def _moved(known: _Known, further: object) -> str | None:
    """Returns which further argument would be taken for a field that a file may not set so."""
    held = further if isinstance(further, dict) else {}
    name = next((name for name in held if name in known.guarded), None)
    return name and f"its field `{FURTHER}` holds `{name}`, which its constructor makes a field"


def _known_of(cls: type) -> _Known:
    known = _KNOWN.get(cls)
    if known is None:
        known = _KNOWN[cls] = _find_out(cls)
    return known


def _find_out(cls: Any) -> _Known:
    rows = _tables.rows_over(cls)
    secret = {name for row in rows for name in _guarded_by(row)}
    hints, defaults, guarded = {}, {}, set[str]()
    for name, info in getattr(cls, "__pydantic_fields__", {}).items():
        aliases = (getattr(info, alias, None) for alias in ("alias", "validation_alias"))
        keys = (name, *(alias for alias in aliases if type(alias) is str))
        guarded |= {*keys} if name in secret else set()
        for key in keys:
            hints[key], defaults[key] = info.annotation, info.default
    if not hints and dataclasses.is_dataclass(cls):
        for field in dataclasses.fields(cls):
            hints[field.name], defaults[field.name] = field.type, field.default
    if not hints:
        listed = declared.arguments_of(cls).values()
        hints = {name: hint for name, hint in listed if name is not None}
        defaults = dict.fromkeys(hints, _NOTHING)
    return _Known(
        hints=hints,
        defaults=defaults,
        simple={name: _simple_for(hint) for name, hint in hints.items()},
        made=frozenset(name for row in rows for name in (*row.made, *row.made_beside)),
        asked=frozenset(name for row in rows for name in (*row.annotations, *row.types)),
        takes={name: of for row in reversed(rows) for name, of in row.takes.items()},
        templates=tuple({name: None for row in rows for name in row.templates}),
        guarded=frozenset(guarded),
        is_by_state=any(row.by_state for row in rows),
    )


def _simple_for(hint: Any) -> frozenset[type]:
    look = _Look(_Care.WITHIN)
    return frozenset(type(value) for value in _SAMPLES if look.fits(value, hint))


def _is_at_once(known: _Known, name: str, value: Any) -> bool:
    """Returns whether a value fits a field by its class alone, as most do."""
    kind = type(value)
    return kind in known.simple[name] and (kind in SCALARS or not value)


def _guarded_by(row: Row) -> Iterator[str]:
    yield from (*row.made, *row.made_beside, *row.secrets, *row.opt_in, *row.takes)
    # What stands behind a name says when it counts; of a key of a map, the row speaks itself.
    ends = {re.split("[=:]", endpoint)[0] for endpoint in row.endpoints}
    yield from (name for name in ends if f"{FURTHER}.{name}" not in ends)


class _Look:
    """One look at what a class is to be given, and at the models that this is made of."""

    def __init__(self, care: _Care) -> None:
        self._care = care
        self._seen: dict[tuple[int, int, _Care], tuple[bool, int, Any]] = {}
        self._steps = 0
        self._repeats = 0
        self._inert: set[int] = set()
        self._models: dict[int, Any] = {}
        self._waiting: list[Any] = []

    def takes(self, known: _Known, name: str, value: object) -> bool:
        """Returns whether a field of a class may be given a value."""
        if name in known.asked:
            return True
        taken = known.takes.get(name, "").split()
        if taken and any(names.name_of(base) in taken for base in type(value).__mro__):
            return True
        self._care = _Care.EXACT if "*" in taken else _Care.WITHIN
        return self.fits(value, known.hints[name])

    def trouble(self) -> str | None:
        """Returns what is wrong with the models among what was given, or None.

        Validators ask them for their fields, and go through these.
        """
        self._care = _Care.CLASSES
        while self._waiting:
            model = self._waiting.pop()
            known = _known_of(type(model))
            for name, value in vars(model).items():
                if name not in known.hints or name in known.made:
                    continue
                if not (_is_at_once(known, name, value) or self.fits(value, known.hints[name])):
                    shown = f"`{name}` of a `{type(model).__qualname__}`"
                    return f"the {shown} holds what the class does not declare"
            reason = _templates.trouble_with(known.templates, vars(model))
            if reason is not None:
                return reason
        if effort.is_spent(self._models):
            return "models lie in each other, or are shared, too often to be looked at each time"
        return "it would be copied over and over" if self._repeats > MAX_REPEATS else None

    def fits(self, value: Any, hint: Any) -> bool:
        """Returns whether a finished instance may hold a value in a field of this type."""
        if hint is Any:
            return self._is_inert(value)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if isinstance(hint, type) and origin is None:
            return self._is_of(value, hint, ())
        if hint is None:
            return value is None
        if origin is typing.Union or origin is types.UnionType:
            return any(self.fits(value, inner) for inner in arguments)
        if origin is typing.Literal:
            return type(value) in SCALARS or isinstance(value, enum.Enum)
        if origin in _WRAPPERS:
            return self.fits(value, arguments[0])
        if isinstance(origin, type):
            return self._is_of(value, origin, arguments)
        beneath = getattr(hint, "__supertype__", None) or getattr(hint, "__bound__", None)
        if isinstance(hint, typing.TypeVar | typing.NewType) and isinstance(beneath, type):
            return self._is_of(value, beneath, ())
        return self._is_inert(value)

    def _is_of(self, value: Any, cls: Any, arguments: tuple[Any, ...]) -> bool:
        kind = type(value)
        if cls in _LISTS or cls in _MAPS:
            return self._is_filled(value, cls, arguments)
        if kind is list and tuple in cls.__mro__ and hasattr(cls, "_fields"):
            # So LangChain writes a named tuple, and pydantic makes it of that.
            return _is_plain(value)
        if cls is type:
            return isinstance(value, type) and self._is_inert(value)
        if hasattr(cls, "__total__") and dict in cls.__mro__:
            return self._is_filled(value, dict, ())
        if cls is _ABSTRACT.Callable:
            is_loose = self._care < _Care.WITHIN
            return callable(value) and (is_loose or (_is_function(value) and self._is_inert(value)))
        if self._care is _Care.SHAPES:
            return not hasattr(kind, "__next__")
        if kind in SCALARS:
            return kind in cls.__mro__ or cls is object or _is_simple(cls)
        if cls is object or cls.__module__ == _ABSTRACT.__name__ or _is_protocol(cls):
            return self._is_inert(value)
        if not isinstance(value, cls):
            return False
        if hasattr(kind, "__pydantic_validator__") and id(value) not in self._models:
            self._models[id(value)] = value
            self._waiting.append(value)
        return True

    def _is_filled(self, value: Any, cls: Any, arguments: tuple[Any, ...]) -> bool:
        """Returns whether a value is a container of what it may hold."""
        kinds = LISTS if cls in _LISTS else MAPS
        if type(value) not in kinds:
            is_like = isinstance(value, (*kinds, cls)) and not is_lazy(type(value))
            return self._care < _Care.EXACT and is_like
        key = (id(value), id(arguments), self._care)
        if key not in self._seen:
            before = self._steps
            self._steps += 1 + len(value)
            fits = all(self.fits(inner, hint) for inner, hint in _held_in(value, arguments))
            # Both are kept, so that nothing else is ever met at their addresses.
            self._seen[key] = (fits, self._steps - before, (value, arguments))
            return fits
        fits, steps, _ = self._seen[key]
        self._repeats += steps
        return fits and self._repeats <= MAX_REPEATS

    def _is_inert(self, value: object) -> bool:
        """Returns whether a value of any class does no more, by any name, than its class does."""
        if self._care is _Care.SHAPES:
            return _ends(value)
        if self._care < _Care.WITHIN or type(value) in SCALARS:
            return True
        waiting, seen = [value], set[int]()
        while waiting:
            one = waiting.pop()
            if type(one) in SCALARS or id(one) in seen or id(one) in self._inert:
                continue
            seen.add(id(one))
            if type(one) in (*LISTS, *MAPS):
                waiting += _elements(one)
            elif isinstance(one, type):
                if _brings_calls(one):
                    return False
            elif _is_function(one):
                waiting += _captured(one)
            elif _is_lively(one):
                return False
            elif _is_of_text(type(one)):
                waiting += attributes_of(one).values()
        self._inert |= seen
        return True


def _held_in(value: Any, arguments: tuple[Any, ...]) -> Iterable[tuple[Any, Any]]:
    """Yields what a container holds, each with its type."""
    if type(value) in MAPS:
        key, inner = arguments if len(arguments) == 2 else (Any, Any)
        for name, held in value.items():
            yield name, key
            yield held, inner
        return
    of = [it for it in arguments if it is not ...] or [Any]
    for at, held in enumerate(value):
        yield held, of[at] if at < len(of) else of[-1]


def _ends(value: object) -> bool:
    """Returns whether plain containers hold nothing, at any depth, that may go on for ever."""
    return not any(hasattr(type(one), "__next__") for one in _held_by(value))


def _held_by(value: object) -> Iterator[object]:
    """Yields a value, or what plain containers of it hold at any depth; each of them once."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if type(one) not in (*LISTS, *MAPS):
            yield one
        elif id(one) not in seen:
            seen.add(id(one))
            waiting += _elements(one)


def _elements(value: Any) -> Collection[Any]:
    return [*value, *value.values()] if type(value) in MAPS else list(value)


def _is_plain(value: object) -> bool:
    """Returns whether a value is plain data through and through."""
    return all(type(one) in SCALARS for one in _held_by(value))


def _is_simple(cls: type) -> bool:
    """Returns whether plain values may stand for instances of a class: text for a date."""
    top = cls.__module__.partition(".")[0]
    is_hidden = cls.__module__ == "pydantic.types"
    return is_hidden or enum.Enum in cls.__mro__ or top in sys.stdlib_module_names


def _is_protocol(cls: Any) -> bool:
    return bool(getattr(cls, "_is_protocol", False))


def _is_function(value: Any) -> bool:
    """Returns whether a value is a class with a name, or a function that was admitted by its."""
    if isinstance(value, types.BuiltinFunctionType):
        return value.__self__ is None or isinstance(value.__self__, types.ModuleType)
    if isinstance(value, type):
        # One that a text makes calls what that says gives a default.
        return names.name_of(value) is not None
    return isinstance(value, types.FunctionType)


def _captured(function: Any) -> list[Any]:
    """Returns what a function has that a text may say: the code of one without a name is known."""
    if type(function) is not types.FunctionType or names.name_of(function) is not None:
        return []
    cells = function.__closure__ or ()
    held = [cell.cell_contents for cell in cells if cell != types.CellType()]
    return [*held, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]


def _is_of_text(cls: type) -> bool:
    """Returns whether a text chooses what instances of a class have, by their names."""
    return cls is types.SimpleNamespace or names.name_of(cls) is None


def _brings_calls(cls: Any) -> bool:
    """Returns whether a class that a text makes has in itself what may be called as a method."""
    if names.name_of(cls) is not None or isinstance(cls, enum.EnumMeta):
        return False
    for base in cls.__mro__:
        # The methods of a named tuple are the standard library's, and its elements lie elsewhere.
        if names.name_of(base) is not None or "_field_defaults" in vars(base):
            continue
        given = {"model_post_init"} if hasattr(base, "__pydantic_validator__") else set()
        held = {name: it for name, it in vars(base).items() if name not in given}
        if any(callable(it) and not bases.is_special(name) for name, it in held.items()):
            return True
    return False


def _is_lively(value: Any) -> bool:
    """Returns whether an object may do by itself what a file says: it is called, or yields."""
    cls = type(value)
    is_listed = _tables.row_at(cls) is not None
    if _brings_calls(cls):
        return True
    if isinstance(value, _AROUND) or hasattr(cls, "__next__"):
        return True
    if callable(value) and not is_listed:
        return True
    if isinstance(value, collections.defaultdict) and not isinstance(
        value.default_factory, type | None
    ):
        return True
    is_model = hasattr(cls, "__pydantic_validator__")
    held = list((value.__pydantic_extra__ or {}).values()) if is_model else []
    if not (is_listed and is_model):
        held += attributes_of(value).values()
    if isinstance(value, tuple):
        held += tuple.__iter__(value)
    return any(callable(inner) and not isinstance(inner, type) for inner in held)
