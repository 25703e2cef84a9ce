"""How a class is taken apart and put together: worked out once per class, then run natively.

A plan is made from a class alone and says which of six shapes its instances have in the state
text: *refused*, *described* (a hook returns the node in pieces), *object* (class name and state),
*extended* (the same with the value of a builtin), *reduced* (what pickling hooks give) or
*constructor* (LangChain's node). `docs/format/state-v1.md` has the nodes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any

from persist import _native
from persist.state import asked, bases, declared, fingerprints, names, problems
from persist.state.held import has_dict, slots_of
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "Describe",
    "Field",
    "Pieces",
    "Taken",
    "described",
    "node_of",
    "object_plan",
    "refused",
]

Plan = _native.Plan
"""How one class is taken apart and put together, in native form."""

Pieces = tuple[str, list[Any]]
"""A node: the text before its label, then JSON text, `(path, value)` and dicts of attributes."""

Taken = tuple[str, list[Any], list[Any]]
"""The same for a thing that exists as soon as the first pieces do: the others may refer to it."""

Describe = Callable[[Any, str, Any], Pieces | Taken | str]
"""`describe(value, context, session)`: the node, or the reason why there is none.

`context` is what a secret is called that stands there. Plans that say `is_secret` get it, and those
that say `is_address` in an attribute of a component; others get an empty one.
"""

HINT = "pass it in bind={name: object} and give it back when restoring"

MAX_FIELDS = 128
"""Declared fields that a plan can hold: the native walk keeps one bit for each."""

SCALARS = (type(None), bool, int, float, str, bytes)

BASES: dict[type, Callable[[Any], object]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: bytes.__bytes__,
    complex: complex.__complex__,
    tuple: lambda value: tuple(tuple.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    bytearray: lambda value: bytearray(memoryview(value)),
}
"""Builtins that a class may extend and whose instances are made with their value, and how to get
that exact value of an instance."""

CONTAINERS = (list, dict, set)
"""Builtins that a class may extend and whose instances are filled one by one."""

_STORES = frozenset({"__dict__", "setattr", "vars"})
"""One of these is what the code of a property names that keeps its result in the instance."""

RESERVED = asked.NAMES | asked.MEMORY | {"__class__", "__dict__"}
"""Attribute names that no instance may bring along."""


class Field(Record):
    """One declared field, in the order in which `_native.Plan` reads it."""

    name: str
    kind: str
    """`required`, `scalar`, `list`, `dict` or `opaque`: what its default is."""
    default: Any
    dumped: Any
    """The default as LangChain's `to_json` compares it: a factory's counts as None."""
    has_dumped: bool
    is_excluded: bool = False
    is_mirrored: bool = False

    def is_default(self, value: object) -> bool:
        """Returns whether a value is the default: the same type and equal, running no code."""
        if self.kind == "scalar":
            return is_same(value, self.default)
        empty: dict[str, type] = {"list": list, "dict": dict}
        return type(value) is empty.get(self.kind) and not value

    @property
    def has_known_default(self) -> bool:
        """Whether the default can be told, and made anew for each instance."""
        return self.kind in ("scalar", "list", "dict")

    def new_default(self) -> Any:
        """Returns the default for one instance: a list or dict of its own."""
        empty: dict[str, object] = {"list": [], "dict": {}}
        return empty.get(self.kind, self.default)


class Private(Record):
    """A private attribute of a model, as `_native.Plan` reads it."""

    name: str
    is_known: bool
    """Its default can be compared, and given, without running code."""
    default: object
    is_given: bool
    """An instance has it from the start."""


def is_same(value: object, default: object) -> bool:
    """Returns whether two values are one, or equal scalars of one type; floats by their bits."""
    if value is default:
        return True
    return type(value) in SCALARS and type(value) is type(default) and repr(value) == repr(default)


def copied_default(value: object) -> object:
    """Returns a default for one instance: a list or dict of its own."""
    return value.copy() if type(value) in (list, dict) else value  # type: ignore[attr-defined]


def field_kind(default: object) -> str:
    """Returns how a constant default can be compared without running code."""
    if type(default) in SCALARS:
        return "scalar" if _is_plain(default) else "opaque"
    if type(default) is list and not default:
        return "list"
    return "dict" if type(default) is dict and not default else "opaque"


def _is_plain(scalar: object) -> bool:
    """Returns whether JSON gives a scalar back unchanged, so that the metadata can say it."""
    if type(scalar) is float:
        return math.isfinite(scalar)
    if type(scalar) is str:
        return not any("\ud800" <= letter <= "\udfff" for letter in scalar)
    return type(scalar) is not bytes


def make(cls: type, shape: str, **known: object) -> _native.Plan:
    """Returns a plan; what is not said is what a plain class would have."""
    name = names.name_of(cls)
    spec: dict[str, object] = {
        "class": cls,
        "name": name or _shown(cls),
        "is_named": name is not None,
        "shape": shape,
        "reason": "",
        "hint": "",
        "describe": None,
        "has_identity": True,
        "is_whole": False,
        "sets_state": False,
        "takes": [],
        "accept": None,
        "native": None,
        "filler": None,
        "fill": None,
        "complete": None,
        "take": None,
        "make": None,
        "is_all": False,
        "hashes_by_identity": getattr(cls, "__hash__", None) is object.__hash__,
        "is_always_true": not hasattr(cls, "__bool__") and not hasattr(cls, "__len__"),
        "is_secret": False,
        "is_address": False,
        "has_dict": False,
        "model": None,
        "allows_extra": False,
        "private": [],
        "memos": (),
        "cached": frozenset(),
        "open": None,
        "slots": [],
        "fields": [],
        "forbidden": frozenset(),
        "brought": asked.ORDINARY,
        "called": asked.CALLED,
        "lc_id": [],
        "declared": [],
        "base": None,
        "is_sentinel": False,
        "may_show": False,
        "listed": [],
        "class_path": None,
        "title": None,
        "record": {},
        "check": None,
    }
    return _native.Plan(spec | known)


def _shown(cls: type) -> str:
    name = f"{cls.__module__}:{cls.__qualname__}"
    return name.encode("utf-8", "backslashreplace").decode()


def refused(cls: type, reason: str, hint: str = "") -> _native.Plan:
    """Returns the plan of a class whose instances cannot be carried."""
    shown = reason.encode("utf-8", "backslashreplace").decode()
    return make(cls, "refused", reason=shown, hint=hint or HINT)


def node_of(cls: type, content: Mapping[str, Any], is_whole: bool = True) -> Pieces:
    """Returns the node of an instance with these attributes.

    Args:
        is_whole: It is made when all of them are there, so that none may lead back to it.
    """
    pieces: list[Any] = [None, ',"dict":{'] if is_whole else [',"dict":{']
    for at, (name, part) in enumerate(content.items()):
        pieces += [f"{',' if at else ''}{quote(name)}:", (f".{name}", part)]
    return f'{{"lc":"object","id":{quote(names.name_of(cls) or "")}', [*pieces, "}}"]


def described(cls: type, describe: Describe, **known: object) -> _native.Plan:
    """Returns the plan of a class whose hook gives the node."""
    return make(cls, "described", **({"hint": HINT, "describe": describe} | known))


def _check_called(thing: Any) -> None:
    """Checks what a finished object that may be called says of its types."""
    from persist.state import hints

    hints.check_called(thing)


def object_plan(cls: type, fields: Iterable[Field], **known: object) -> _native.Plan:
    """Returns the plan of a class whose instances are a dict, slots, or both."""
    declared = list(fields)
    base = next((base for base in cls.__mro__ if base in BASES), None)
    container = next((base for base in cls.__mro__ if base in CONTAINERS), None)
    spec = state_of(cls, declared, known.get("record"))
    if base is not None:
        spec |= {"base": base, "is_whole": True, "describe": BASES[base], "hint": HINT}
        return make(cls, "extended", **(spec | known))
    if container is not None:
        takes = ["pairs" if container is dict else "items"]
        spec |= {"native": container, "takes": takes}
    return make(cls, "object", **(spec | known))


def state_of(cls: type, declared: Sequence[Field], record: object = None) -> dict[str, object]:
    """Returns what a plan says of the attributes and slots of a class's instances.

    Args:
        record: What the metadata say of the class, where that is not its fingerprint alone.
    """
    if record is None:
        record = fingerprints.record_of(cls)
    return {
        "has_dict": has_dict(cls),
        "slots": slots_of(cls),
        "fields": [tuple(field) for field in declared] if len(declared) <= MAX_FIELDS else [],
        "forbidden": forbidden_names(cls, {field.name for field in declared}),
        "brought": asked.brought(cls),
        "record": record,
        "check": _check_called if asked.is_called(cls) else None,
    }


def listed_fields(cls: type) -> list[Field]:
    """Returns the fields that a class lists: with no default, for none is left out of its state."""
    return [Field(name, "opaque", None, None, False) for name in declared.fields_of(cls)]


def cached_names(cls: type) -> frozenset[str]:
    """Returns the names of a class's cached properties: their values lie in the instance's dict."""
    return frozenset().union(*(bases.names_of(base).cached for base in cls.__mro__))


def lazy_names(cls: type) -> frozenset[str]:
    """Returns the names under which properties keep in the dict what they worked out or were set.

    One of another library is found only until its value lies in the instance's dict, as one of
    `functools.cached_property` is. One that may be set is always found first, and gives the value
    itself, so nothing is hidden by that. Of anything that might be called none is.
    """
    found: dict[str, list[object]] = {}
    for base in cls.__mro__ if has_dict(cls) else ():
        for name, value in vars(base).items():
            found.setdefault(name, []).append(value)
    return frozenset(
        name
        for name, values in found.items()
        if not name.startswith("__") and all(map(_keeps_its_result, values))
    )


def _keeps_its_result(value: object) -> bool:
    from persist.state import library

    kind = type(value)
    held = {name: value for base in reversed(kind.__mro__) for name, value in vars(base).items()}
    get, keeps = held.get("__get__"), held.get("__set__", held.get("__get__"))
    if type(get) is not FunctionType or type(keeps) is not FunctionType or callable(value):
        return False
    is_told = "__set__" in held or "__delete__" not in held
    is_own = names.name_of(kind) is not None and not library.is_of_library(kind)
    # Only what its code puts there itself may lie in the dict.
    return is_own and is_told and not _STORES.isdisjoint(keeps.__code__.co_names)


def with_lazy(cls: type, lazy: frozenset[str], fields: Iterable[Field]) -> dict[str, object]:
    """Returns what a plan says of a class whose instances may hold values under these names."""
    spec: dict[str, Any] = state_of(cls, list(fields))
    forbidden = spec["forbidden"]
    check = functools.partial(_check_lazy, cls, lazy, spec["check"])
    return {"forbidden": forbidden - lazy, "check": check}


def _check_lazy(
    cls: type, lazy: frozenset[str], own: Callable[[Any], None] | None, made: Any
) -> None:
    """Refuses a value to call in the place of a property: a file could so give an object a method.

    Raises:
        RebuildError: `invalid_state`.
    """
    if own is not None:
        own(made)
    called = [name for name in lazy & vars(made).keys() if callable(vars(made)[name])]
    if called:
        name = f"{cls.__module__}:{cls.__qualname__}"
        reason = f"its `{min(called)}` is kept by a property, and may not be anything to call"
        raise problems.invalid_state(name, reason)


def forbidden_names(cls: type, declared: set[str]) -> frozenset[str]:
    """Returns the attribute names that an instance's dict must not hold.

    A value under the name of a function, property or other descriptor would replace it: a file
    could so give an innocent object a method that the program then calls.
    """
    reserved = RESERVED - asked.CHECKED if asked.is_called(cls) else RESERVED
    hidden = reserved.union(*(bases.names_of(base).hidden for base in cls.__mro__))
    return hidden - declared
