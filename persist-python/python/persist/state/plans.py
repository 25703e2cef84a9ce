"""How a class is taken apart and put together: worked out once per class, then run natively.

A plan is made from a class alone and says which of six shapes its instances have in the state
text: *refused*, *described* (a hook returns the node in pieces), *object* (class name and state),
*extended* (the same with the value of a builtin), *reduced* (what pickling hooks give) or
*constructor* (LangChain's node). `docs/format/state-v1.md` has the nodes.
"""

from __future__ import annotations

import collections
import copyreg
import dataclasses
import enum
import functools
import struct
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from persist import _native
from persist.state import buffers, enums, fingerprints, hints, names, raised, reductions
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
    "plan_for",
    "refused",
    "trouble_of",
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

WEAK = (
    weakref.ReferenceType,
    weakref.ProxyType,
    weakref.CallableProxyType,
    weakref.finalize,
    weakref.WeakKeyDictionary,
    weakref.WeakSet,
    weakref.WeakValueDictionary,
)
"""Classes of what does not keep alive what it refers to: nobody knows whether that is saved too."""

RESERVED = hints.NAMES | {"__class__", "__dict__"}
"""Attribute names that no instance may bring along."""

_NAMED_TUPLE_COPY: object = vars(collections.namedtuple("_Pair", "a b"))["__getnewargs__"].__code__
_HEAP_TYPE = 1 << 9
_MANAGED_DICT = 1 << 4
_POINTER_BYTES = struct.calcsize("P")


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
        return "scalar"
    if type(default) is list and not default:
        return "list"
    return "dict" if type(default) is dict and not default else "opaque"


def make(cls: type, shape: str, **known: object) -> _native.Plan:
    """Returns a plan; what is not said is what a plain class would have."""
    spec: dict[str, object] = {
        "class": cls,
        "name": names.name_of(cls) or f"{cls.__module__}:{cls.__qualname__}",
        "shape": shape,
        "reason": "",
        "hint": "",
        "describe": None,
        "has_identity": True,
        "is_whole": False,
        "sets_state": False,
        "takes": [],
        "native": None,
        "fill": None,
        "complete": None,
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
        "is_open": False,
        "slots": [],
        "fields": [],
        "forbidden": frozenset(),
        "lc_id": [],
        "base": None,
        "class_path": None,
        "record": {},
        "check": None,
    }
    return _native.Plan(spec | known)


def refused(cls: type, reason: str, hint: str = "") -> _native.Plan:
    """Returns the plan of a class whose instances cannot be carried."""
    return make(cls, "refused", reason=reason, hint=hint or HINT)


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


def plan_for(cls: type, **known: object) -> _native.Plan:
    """Returns the plan of a class that no adapter speaks for."""
    if issubclass(cls, WEAK):
        return refused(cls, "it refers to something without keeping it alive")
    if issubclass(cls, enum.Enum):
        return enum_plan(cls)
    if issubclass(cls, BaseException):
        return exception_plan(cls)
    if issubclass(cls, buffers.NATIVE) and not buffers.has_own_hook(cls):
        return buffer_plan(cls)
    if reductions.is_taken_apart_whole(cls):
        return reduced_plan(cls)
    trouble = trouble_of(cls)
    if trouble is None and own_hook(cls) is not None:
        return reduced_plan(cls)
    if trouble is not None:
        return refused(cls, trouble)
    fields = dataclass_fields(cls) if dataclasses.is_dataclass(cls) else ()
    return object_plan(cls, fields, **known)


def object_plan(cls: type, fields: Iterable[Field], **known: object) -> _native.Plan:
    """Returns the plan of a class whose instances are a dict, slots, or both."""
    declared = list(fields)
    base = next((base for base in cls.__mro__ if base in BASES), None)
    container = next((base for base in cls.__mro__ if base in CONTAINERS), None)
    spec = state_of(cls, declared)
    if base is not None:
        spec |= {"base": base, "is_whole": True, "describe": BASES[base], "hint": HINT}
        return make(cls, "extended", **(spec | known))
    if container is not None:
        takes = ["pairs" if container is dict else "items"]
        spec |= {"native": container, "takes": takes}
    return make(cls, "object", **(spec | known))


def exception_plan(cls: type[BaseException]) -> _native.Plan:
    """Returns the plan of an exception: its arguments, attributes, members in C and chain."""
    if names.name_of(cls) is None:
        return refused(cls, f"no name leads to its class `{cls.__module__}.{cls.__qualname__}`")
    native = raised.native_of(cls)
    if _hides_state(cls, native):
        return refused(cls, f"its class `{cls.__qualname__}` keeps state in C of its own")
    return described(
        cls,
        functools.partial(raised.describe, forbidden_names(cls, set())),
        is_whole=True,
        native=native,
        takes=raised.members_of(native),
        fill=functools.partial(raised.fill, native),
        **state_of(cls, ()),
    )


def buffer_plan(cls: type) -> _native.Plan:
    """Returns the plan of a text or bytes in memory that is read and written like a file."""
    if names.name_of(cls) is None:
        return refused(cls, f"no name leads to its class `{cls.__module__}.{cls.__qualname__}`")
    describe = functools.partial(buffers.describe, forbidden_names(cls, set()))
    return described(cls, describe, **(state_of(cls, ()) | buffers.facts(cls)))


def reduced_plan(cls: type) -> _native.Plan:
    """Returns the plan of a class whose pickling hooks take its instances apart."""
    trouble = reductions.trouble_of(cls)
    if trouble is not None:
        return refused(cls, trouble)
    spec = state_of(cls, ()) | reductions.known_of(cls) | {"hint": HINT}
    if names.name_of(cls) is None:
        # What a function makes: a text names that alone.
        spec["record"] = {}
    return make(cls, "reduced", **spec)


def state_of(cls: type, declared: Sequence[Field]) -> dict[str, object]:
    """Returns what a plan says of the attributes and slots of a class's instances."""
    return {
        "has_dict": has_dict(cls),
        "slots": slots_of(cls),
        "fields": [tuple(field) for field in declared] if len(declared) <= MAX_FIELDS else [],
        "forbidden": forbidden_names(cls, {field.name for field in declared}),
        "record": {"fingerprint": fingerprints.fingerprint(cls)},
        "check": hints.check_called if hints.is_called(cls) else None,
    }


def dataclass_fields(cls: type) -> list[Field]:
    """Returns the fields of a dataclass; none is left out of its state, so none has a default."""
    return [Field(field.name, "opaque", None, None, False) for field in dataclasses.fields(cls)]


def trouble_of(cls: type) -> str | None:
    """Returns why instances of a class cannot be carried by their state alone, or None."""
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    if issubclass(cls, type):
        return f"it is a class of the metaclass {name}"
    builtin = next((base for base in cls.__mro__ if not base.__flags__ & _HEAP_TYPE), object)
    if builtin is cls:
        return f"there is no form for {name}"
    if builtin not in (object, *BASES, *CONTAINERS):
        return f"its class {name} is a subclass of the builtin `{builtin.__qualname__}`"
    if _hides_state(cls, builtin):
        return f"its class {name} keeps state in C, where nothing but itself can read it"
    if names.name_of(cls) is None:
        return f"no name leads to its class {name}: it was made inside a function, or replaced"
    slots = [slot for slot, _ in slots_of(cls)]
    if len(slots) > len(set(slots)):
        return f"its class {name} declares a slot again that a base class has"
    return None


def _hides_state(cls: type, builtin: type) -> bool:
    """Returns whether an instance is larger than its dict, slots and weak references make it.

    The rule of CPython's `object.__reduce_ex__` for what cannot be pickled: locks and files.
    """
    size = builtin.__basicsize__ + _POINTER_BYTES * len(slots_of(cls))
    size += _POINTER_BYTES * (cls.__dictoffset__ != 0 and not cls.__flags__ & _MANAGED_DICT)
    size += _POINTER_BYTES * (cls.__weakrefoffset__ > 0)
    return cls.__basicsize__ > size


def own_hook(cls: type) -> str | None:
    """Returns the pickling hook that a class defines for itself, if it does."""
    if cls in copyreg.dispatch_table:
        return "copyreg function"
    builtin = next((base for base in cls.__mro__ if base in (*BASES, *CONTAINERS)), object)
    for hook in ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__new__"):
        found = getattr(cls, hook, None)
        if found is None or found is getattr(builtin, hook, None):
            continue
        # What extends a builtin is made by the builtin's own `__new__`, as copying does.
        if hook == "__new__" and builtin is not object:
            continue
        # A frozen dataclass with slots gets these two, which only copy the slots.
        if getattr(found, "__module__", "") != "dataclasses":
            return f"`{hook}`"
    own = getattr(cls, "__getnewargs__", None)
    is_inherited = own is getattr(builtin, "__getnewargs__", None) or _is_of_named_tuple(own)
    has_arguments = hasattr(cls, "__getnewargs_ex__") or not is_inherited
    return "`__getnewargs__`" if has_arguments else None


def _is_of_named_tuple(function: object) -> bool:
    """Returns whether this is what `namedtuple` writes into each of its classes: a plain copy."""
    return getattr(function, "__code__", None) is _NAMED_TUPLE_COPY


def cached_names(cls: type) -> frozenset[str]:
    """Returns the names of a class's cached properties: their values lie in the instance's dict."""
    return frozenset(
        name
        for base in cls.__mro__
        for name, value in vars(base).items()
        if isinstance(value, functools.cached_property)
    )


def forbidden_names(cls: type, declared: set[str]) -> frozenset[str]:
    """Returns the attribute names that an instance's dict must not hold.

    A value under the name of a function, property or other descriptor would replace it: a file
    could so give an innocent object a method that the program then calls.
    """
    hidden = set()
    for base in cls.__mro__:
        for name, value in vars(base).items():
            is_descriptor = hasattr(type(value), "__get__")
            if is_descriptor and not isinstance(value, functools.cached_property):
                hidden.add(name)
    reserved = RESERVED - hints.CHECKED if hints.is_called(cls) else RESERVED
    return frozenset((hidden | reserved) - declared)


def enum_plan(cls: type[enum.Enum]) -> _native.Plan:
    """Returns the plan of an enumeration: its members are written by name."""
    name = names.name_of(cls)
    if name is None:
        return refused(cls, f"no name leads to its enumeration `{cls.__qualname__}`")
    return described(cls, functools.partial(enums.describe, name), has_identity=False)
