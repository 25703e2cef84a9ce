"""Plans of classes that no adapter speaks for: plain ones, enumerations, exceptions, buffers."""

from __future__ import annotations

import collections
import copyreg
import dataclasses
import enum
import functools
import os
import struct
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from persist.state import buffers, enums, makings, names, plans, raised, reductions
from persist.state.declared import elements_of
from persist.state.held import has_dict, slots_of
from persist.state.plans import Plan

__all__ = ["own_hook", "plan_for"]

_STATE = {"__getstate__", "__setstate__"}
_ARGUMENTS = ("__getnewargs__", "__getnewargs_ex__")

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

SHOWN = frozenset(
    {"__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__slots__", "__final__"}
    | {"__firstlineno__", "__static_attributes__", "__slotnames__", "__annotations__"}
    | {"__annotate_func__", "__annotations_cache__", "__repr__", "__str__", "__bool__", "__hash__"}
    | {"__eq__", "__copy__", "__deepcopy__"}
)
"""What the class of a sentinel may have: nothing that an instance is asked for anything else."""

_NAMED_TUPLE_COPY: object = vars(collections.namedtuple("_Pair", "a b"))["__getnewargs__"].__code__
_HEAP_TYPE = 1 << 9
_MANAGED_DICT = 1 << 4
_POINTER_BYTES = struct.calcsize("P")


def plan_for(cls: type, lazy: frozenset[str] = frozenset(), **known: Any) -> Plan:
    """Returns the plan of a class that no adapter speaks for.

    Args:
        lazy: Names of properties whose values may lie in the dict of an instance.
    """
    if issubclass(cls, type(os.environ)):
        return plans.refused(
            cls,
            "it is the environment of this process, with every secret in it",
            f"ask os.getenv for what is needed when it is needed, or {plans.HINT}",
        )
    if issubclass(cls, WEAK):
        return plans.refused(cls, "it refers to something without keeping it alive")
    if issubclass(cls, enum.Enum):
        return enum_plan(cls)
    if issubclass(cls, BaseException):
        return exception_plan(cls)
    if issubclass(cls, buffers.NATIVE) and not buffers.has_own_hook(cls):
        return buffer_plan(cls)
    if reductions.is_taken_apart_whole(cls):
        return reduced_plan(cls, **known)
    trouble = trouble_of(cls)
    if trouble is None and own_hook(cls) is not None:
        if _hides_state(cls, _builtin_of(cls)):
            known |= {"complete": _complete_told}
        return reduced_plan(cls, **known)
    if trouble is not None:
        return plans.refused(cls, trouble)
    if is_sentinel(cls):
        known |= {"is_sentinel": True, "takes": ["name"]}
    fields = plans.listed_fields(cls)
    if fields:
        known |= {"cached": plans.cached_names(cls)}
    if issubclass(cls, tuple):
        known |= {"declared": [*elements_of(cls)]}
    if lazy:
        known |= plans.with_lazy(cls, lazy, fields)
    return plans.object_plan(cls, fields, **known)


def is_sentinel(cls: type) -> bool:
    """Returns whether instances of a class do nothing but show themselves.

    One with nothing in it, which its module keeps, is then compared by being that very one.
    """
    bases = [base for base in cls.__mro__ if base is not object]
    held = {name for base in bases for name in names.namespace(base)}
    return held <= SHOWN and not slots_of(cls)


def enum_plan(cls: type[enum.Enum]) -> Plan:
    """Returns the plan of an enumeration: its members are written by name."""
    name = names.name_of(cls)
    if name is None:
        return plans.refused(cls, f"no name leads to its enumeration `{cls.__qualname__}`")
    return plans.described(cls, functools.partial(enums.describe, name), has_identity=False)


def exception_plan(cls: type[BaseException]) -> Plan:
    """Returns the plan of an exception: its arguments, attributes, members in C and chain."""
    if names.name_of(cls) is None:
        return _nameless(cls)
    native = raised.native_of(cls)
    if _hides_state(cls, native):
        return plans.refused(cls, f"its class `{cls.__qualname__}` keeps state in C of its own")
    return plans.described(
        cls,
        functools.partial(raised.describe, plans.forbidden_names(cls, set())),
        is_whole=True,
        native=native,
        takes=raised.members_of(native),
        accept=makings.accept_group,
        fill=functools.partial(raised.fill, native),
        **plans.state_of(cls, ()),
    )


def buffer_plan(cls: type) -> Plan:
    """Returns the plan of a text or bytes in memory that is read and written like a file."""
    if names.name_of(cls) is None:
        return _nameless(cls)
    describe = functools.partial(buffers.describe, plans.forbidden_names(cls, set()))
    return plans.described(cls, describe, **(plans.state_of(cls, ()) | buffers.facts(cls)))


def _check_all(checks: Sequence[Callable[[Any], None]], made: Any) -> None:
    for check in checks:
        check(made)


def _nameless(cls: type) -> Plan:
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    return plans.refused(cls, f"no name leads to its class {name}")


def reduced_plan(
    cls: type,
    check: Callable[[Any], None] | None = None,
    complete: reductions.Complete | None = None,
    record: Mapping[str, object] | None = None,
    declared: Sequence[str] = (),
) -> Plan:
    """Returns the plan of a class whose pickling hooks take its instances apart.

    Args:
        check: Runs on each finished instance, beside what is asked of any.
        complete: Makes whole what the hooks give, where an adapter knows how.
        record: What the metadata say of the class, where that is not its fingerprint alone.
        declared: Names of what its hooks set, all of which they give.
    """
    trouble = reductions.trouble_of(cls)
    if trouble is not None:
        return plans.refused(cls, trouble)
    spec = plans.state_of(cls, (), record) | reductions.known_of(cls, complete)
    spec |= {"hint": plans.HINT, "declared": [*declared]}
    spec["may_show"] = dataclasses.is_dataclass(cls)
    given: list[Any] = [it for it in (spec["check"], check) if it is not None]
    spec["accept"] = makings.accept_of(names.name_of(cls))
    spec["check"] = functools.partial(_check_all, given) if len(given) > 1 else (given or [None])[0]
    if names.name_of(cls) is None:
        # What a function makes: a text names that alone.
        spec["record"] = {}
    return plans.make(cls, "reduced", **spec)


def trouble_of(cls: type) -> str | None:
    """Returns why instances of a class cannot be carried by their state alone, or None."""
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    if issubclass(cls, type):
        return f"it is a class of the metaclass {name}"
    builtin = _builtin_of(cls)
    if builtin is cls:
        return f"there is no form for {name}"
    if builtin not in (object, *plans.BASES, *plans.CONTAINERS):
        return f"its class {name} is a subclass of the builtin `{builtin.__qualname__}`"
    if _hides_state(cls, builtin) and not _tells_state(cls, builtin):
        return f"its class {name} keeps state in C, where nothing but itself can read it"
    if names.name_of(cls) is None:
        return f"no name leads to its class {name}: it was made inside a function, or replaced"
    return None


def _builtin_of(cls: type) -> type:
    return next((base for base in cls.__mro__ if not base.__flags__ & _HEAP_TYPE), object)


def _hides_state(cls: type, builtin: type) -> bool:
    """Returns whether an instance is larger than its dict, slots and weak references make it.

    The rule of CPython's `object.__reduce_ex__` for what cannot be pickled: locks and files.
    """
    size = builtin.__basicsize__ + _POINTER_BYTES * len(slots_of(cls))
    size += _POINTER_BYTES * (cls.__dictoffset__ != 0 and not cls.__flags__ & _MANAGED_DICT)
    size += _POINTER_BYTES * (cls.__weakrefoffset__ > 0)
    return cls.__basicsize__ > size


def _tells_state(cls: type, builtin: type) -> bool:
    """Returns whether a class that keeps state in C has hooks that know of it."""
    keepers = [vars(base).keys() for base in cls.__mro__ if _hides_state(base, builtin)]
    has_hooks = any(own >= _STATE or not own.isdisjoint(_ARGUMENTS) for own in keepers)
    return has_hooks and not slots_of(cls)


def _complete_told(value: Any, state: Any, is_call: bool) -> reductions.Whole | str:
    told: Any = type(value).__getstate__
    if told is not object.__getstate__ and has_dict(type(value)) and vars(value):
        return "the hooks of its class, in C, leave its attributes out"
    return reductions.Whole(state, None, None)


def own_hook(cls: type) -> str | None:
    """Returns the pickling hook that a class defines for itself, if it does."""
    if cls in copyreg.dispatch_table:
        return "copyreg function"
    builtins = (*plans.BASES, *plans.CONTAINERS)
    builtin = next((base for base in cls.__mro__ if base in builtins), object)
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
