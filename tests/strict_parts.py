"""How the strict comparison takes a thing apart: facts must be equal, parts must be alike.

A fact is made of exact builtin values, so comparing two runs no code of a program. A part is a
thing by itself. Each base class of a thing adds its own; what no rule here can look into is taken
apart as `pickle` would, or is refused.
"""

from __future__ import annotations

import array
import collections
import contextlib
import datetime
import decimal
import enum
import functools
import gc
import io
import ipaddress
import itertools
import logging
import operator
import pathlib
import random
import re
import sys
import types
import typing
import uuid
import warnings
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

NAMED = (types.ModuleType, enum.Enum, zoneinfo.ZoneInfo, logging.Logger)
NAMED += (type(...), type(NotImplemented), typing._SpecialForm)
DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType)
DESCRIPTORS += (types.MemberDescriptorType, types.GetSetDescriptorType)
DESCRIPTORS += (types.ClassMethodDescriptorType,)
ADDRESSES = ("IPv4Address", "IPv4Network", "IPv4Interface")
ADDRESSES += ("IPv6Address", "IPv6Network", "IPv6Interface")
POINTER = 8
IS_HEAP_TYPE = 1 << 9


class Anatomy(NamedTuple):
    """What a thing is made of."""

    facts: list[tuple[str, Any]]
    parts: list[tuple[str, Any]]


class OpaqueError(Exception):
    """A thing that nothing here can look into."""


Rule = Callable[[Any, Anatomy], None]
RULES: dict[type, Rule] = {}
VALUES: set[type] = set()
"""Types whose things have no identity that a program may rely on."""


def rule(*classes: type, has_identity: bool = True) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        for cls in classes:
            RULES[cls] = function
            if not has_identity:
                VALUES.add(cls)
        return function

    return register


def take_apart(thing: Any) -> Anatomy:
    """Returns what the rules of all base classes say, then the instance dict and the slots."""
    anatomy = Anatomy([], [])
    bases = type(thing).__mro__[:-1]
    found = list(dict.fromkeys(RULES[cls] for cls in bases if cls in RULES))
    for rule_of_base in found:
        rule_of_base(thing, anatomy)
    if WHOLE.intersection(bases):
        return anatomy
    if not found and any(map(hides, bases)):
        reduced(thing, anatomy)
    held = instance_dict(thing)
    if held is not None:
        if isinstance(thing, tuple(GENERIC)):
            held = {name: it for name, it in held.items() if name not in OF_FORMS}
        entries(held, anatomy, "__dict__")
    for name, value in slots(thing):
        anatomy.facts.append((f".{name} is set", True))
        anatomy.parts.append((f".{name}", value))
    return anatomy


def hides(cls: type) -> bool:
    """Tells whether instances have room for more than the slots and dicts that can be seen."""
    if cls is object or cls.__base__ is None:
        return False
    seen = sum(isinstance(member, types.MemberDescriptorType) for member in vars(cls).values())
    seen += ("__dict__" in vars(cls)) + ("__weakref__" in vars(cls))
    return cls.__basicsize__ > cls.__base__.__basicsize__ + POINTER * seen


def reduced(thing: Any, anatomy: Anatomy) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts = thing.__reduce_ex__(4)
    except Exception as error:
        raise OpaqueError(f"nothing looks into {type(thing)!r}") from error
    if isinstance(parts, str):
        raise OpaqueError(f"{type(thing)!r} is only a name")
    anatomy.facts.append(("reduce", len(parts)))
    for at, part in enumerate(parts):
        below = part if isinstance(part, tuple) else (part,)
        if at >= 3 and part is not None:
            below = tuple(part)
        each(below, anatomy, f"reduce[{at}]")


def instance_dict(thing: Any) -> dict[str, Any] | None:
    """Returns the instance dict by the descriptor of the class, past what the class says of it."""
    for cls in type(thing).__mro__:
        member = vars(cls).get("__dict__")
        if isinstance(member, types.GetSetDescriptorType | types.MemberDescriptorType):
            return member.__get__(thing)
    return None


def slots(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yields every slot that is set, from the base class down."""
    members = (
        (f"{cls.__qualname__}.{name}", member)
        for cls in reversed(type(thing).__mro__)
        if cls not in RULES and cls.__flags__ & IS_HEAP_TYPE
        for name, member in vars(cls).items()
        if isinstance(member, types.MemberDescriptorType)
    )
    for name, member in members:
        # attrs keeps a hash there, which is another in each process.
        if name.endswith((".__weakref__", ".__dict__", "._attrs_cached_hash")):
            continue
        with contextlib.suppress(AttributeError):
            yield name, member.__get__(thing)


def each(things: Iterable[Any], anatomy: Anatomy, name: str = "") -> None:
    """Adds the things in their order, and how many they are."""
    held = list(things)
    anatomy.facts.append((f"{name}.len()", len(held)))
    anatomy.parts.extend((f"{name}[{at}]", child) for at, child in enumerate(held))


def pairs(items: Iterable[tuple[Any, Any]], anatomy: Anatomy, name: str = "") -> None:
    held = list(items)
    anatomy.facts.append((f"{name}.len()", len(held)))
    for key, child in held:
        shown = f"{name}[{key!r:.40}]" if type(key) is str else f"{name}[…]"
        anatomy.parts.append((shown, child))
        anatomy.parts.append((f"{shown}.key", key))


def entries(held: dict[Any, Any], anatomy: Anatomy, name: str = "") -> None:
    pairs(dict.items(held), anatomy, name)


def attributes(thing: Any, names: Iterable[str], anatomy: Anatomy) -> None:
    anatomy.parts.extend((f".{name}", getattr(thing, name)) for name in names)


# Containers


@rule(list)
def _list(thing: Any, anatomy: Anatomy) -> None:
    each(list.__iter__(thing), anatomy)


@rule(tuple)
def _tuple(thing: Any, anatomy: Anatomy) -> None:
    each(tuple.__iter__(thing), anatomy)


@rule(dict, collections.OrderedDict)
def _dict(thing: Any, anatomy: Anatomy) -> None:
    if isinstance(thing, collections.OrderedDict):
        pairs(collections.OrderedDict.items(thing), anatomy)
    else:
        entries(thing, anatomy)


@rule(collections.defaultdict)
def _defaultdict(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".default_factory", thing.default_factory))


@rule(collections.deque)
def _deque(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append((".maxlen", collections.deque.maxlen.__get__(thing)))  # type: ignore[attr-defined]
    each(collections.deque.__iter__(thing), anatomy)


@rule(types.MappingProxyType)
def _mappingproxy(thing: Any, anatomy: Anatomy) -> None:
    each(gc.get_referents(thing), anatomy, "mapping")


@rule(array.array)
def _array(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append((".typecode", thing.typecode))
    anatomy.facts.append((".tobytes()", array.array.tobytes(thing)))


@rule(bytearray)
def _bytearray(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("bytes()", bytearray.__getitem__(thing, slice(None)).hex()))


@rule(io.StringIO, io.BytesIO)
def _file_in_memory(thing: Any, anatomy: Anatomy) -> None:
    base: Any = io.StringIO if isinstance(thing, io.StringIO) else io.BytesIO
    # Its last part is its dict, which is there once someone has looked at it.
    anatomy.facts.append(("state", base.__getstate__(thing)[:-1]))


@rule(types.SimpleNamespace)
def _namespace(thing: Any, anatomy: Anatomy) -> None:
    """All it has is in its dict."""


@rule(set, frozenset)
def _set(thing: Any, anatomy: Anatomy) -> None:
    """Its elements have no order, so they are no parts: who compares sets pairs them."""


# Plain values and what extends them


@rule(str)
def _str(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".__str__()", str.__str__(thing)))


@rule(int, bool)
def _int(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".__int__()", int.__int__(thing)))


@rule(float)
def _float(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".__float__()", float.__float__(thing)))


@rule(bytes)
def _bytes(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".__bytes__()", bytes.__bytes__(thing)))


@rule(complex, has_identity=False)
def _complex(thing: Any, anatomy: Anatomy) -> None:
    for name in ("real", "imag"):
        anatomy.parts.append((f".{name}", vars(complex)[name].__get__(thing)))


@rule(slice, range, has_identity=False)
def _span(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("start", "stop", "step"), anatomy)


@rule(re.Pattern, has_identity=False)
def _pattern(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("pattern", "flags"), anatomy)


@rule(datetime.datetime, datetime.time, has_identity=False)
def _moment(thing: Any, anatomy: Anatomy) -> None:
    names = ("year", "month", "day") if isinstance(thing, datetime.datetime) else ()
    names += ("hour", "minute", "second", "microsecond", "fold", "tzinfo")
    base = datetime.datetime if isinstance(thing, datetime.datetime) else datetime.time
    for name in names:
        owner = base if name in vars(base) else datetime.date
        anatomy.parts.append((f".{name}", vars(owner)[name].__get__(thing)))


@rule(datetime.date, has_identity=False)
def _date(thing: Any, anatomy: Anatomy) -> None:
    facts = tuple(vars(datetime.date)[name].__get__(thing) for name in ("year", "month", "day"))
    anatomy.facts.append(("date", facts))


@rule(type(datetime.date.min.isocalendar()), has_identity=False)
def _week(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("week", tuple(thing)))


@rule(datetime.timedelta, has_identity=False)
def _timedelta(thing: Any, anatomy: Anatomy) -> None:
    names = ("days", "seconds", "microseconds")
    facts = tuple(vars(datetime.timedelta)[name].__get__(thing) for name in names)
    anatomy.facts.append(("timedelta", facts))


@rule(datetime.timezone, has_identity=False)
def _timezone(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("init", repr(thing.__getinitargs__())))


@rule(decimal.Decimal, has_identity=False)
def _decimal(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("decimal", decimal.Decimal.__str__(thing)))


@rule(uuid.UUID, has_identity=False)
def _uuid(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("uuid", (thing.int, thing.is_safe.name)))


@rule(pathlib.PurePath, has_identity=False)
def _path(thing: Any, anatomy: Anatomy) -> None:
    # Its slots are a cache of what was asked of it before.
    anatomy.facts.append(("path", str(thing)))


@rule(*(getattr(ipaddress, name) for name in ADDRESSES), has_identity=False)
def _address(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("address", str(thing)))


# Code


@rule(types.MethodType, has_identity=False)
def _method(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("__func__", "__self__"), anatomy)


@rule(types.BuiltinFunctionType, type([].__len__), has_identity=False)
def _bound_builtin(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("name", thing.__name__))
    attributes(thing, ("__self__",), anatomy)


@rule(*DESCRIPTORS, has_identity=False)
def _descriptor(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("name", thing.__name__))
    attributes(thing, ("__objclass__",), anatomy)


@rule(types.FunctionType)
def _function(thing: Any, anatomy: Anatomy) -> None:
    names = ("__module__", "__name__", "__qualname__", "__doc__")
    anatomy.parts.extend((f".{name}", getattr(thing, name)) for name in names)
    anatomy.facts.append(("code", code(thing.__code__)))
    held = thing.__globals__
    # Each named tuple has its `__new__` made with names of its own.
    is_of_tuple = str(held.get("__name__", "")).startswith("namedtuple_")
    anatomy.facts.append(("globals", sorted(held) if is_of_tuple else id(held)))
    each(thing.__defaults__ or (), anatomy, ".__defaults__")
    entries(thing.__kwdefaults__ or {}, anatomy, ".__kwdefaults__")
    each(thing.__closure__ or (), anatomy, ".__closure__")
    entries(thing.__annotations__, anatomy, ".__annotations__")


def code(thing: types.CodeType) -> tuple[Any, ...]:
    """Returns what a code object does, where it stands in its file included."""
    constants = tuple(
        code(item) if isinstance(item, types.CodeType) else (type(item).__name__, repr(item))
        for item in thing.co_consts
    )
    names = (thing.co_names, thing.co_varnames, thing.co_freevars, thing.co_cellvars)
    counts = (thing.co_argcount, thing.co_kwonlyargcount, thing.co_posonlyargcount, thing.co_flags)
    return (thing.co_code, constants, names, counts, thing.co_filename, thing.co_firstlineno)


@rule(types.CellType)
def _cell(thing: Any, anatomy: Anatomy) -> None:
    try:
        anatomy.parts.append((".cell_contents", thing.cell_contents))
    except ValueError:
        anatomy.facts.append(("empty", True))


@rule(functools.partial)
def _partial(thing: Any, anatomy: Anatomy) -> None:
    members = vars(functools.partial)
    anatomy.parts.append((".func", members["func"].__get__(thing)))
    anatomy.parts.append((".args", members["args"].__get__(thing)))
    entries(members["keywords"].__get__(thing), anatomy, ".keywords")


@rule(property)
def _property(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("fget", "fset", "fdel", "__doc__"), anatomy)


@rule(staticmethod, classmethod)
def _wrapped(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("__func__",), anatomy)


@rule(operator.itemgetter, operator.attrgetter, operator.methodcaller)
def _getter(thing: Any, anatomy: Anatomy) -> None:
    reduced(thing, anatomy)


# Iterators: what is still to come, without taking any of it

ITERATORS: list[Any] = [iter(held) for held in ([], (), "", b"", bytearray(), range(0))]
ITERATORS += [iter(range(2**80)), reversed([]), reversed(()), reversed("")]
ITERATORS += [zip(), map(str, ()), filter(None, ()), enumerate(()), iter(int, 1)]
ITERATORS += [itertools.chain(), itertools.count(), itertools.cycle(()), itertools.repeat(1)]
ITERATORS += [itertools.islice((), 1), itertools.accumulate(()), itertools.starmap(str, ())]
ITERATORS += [itertools.takewhile(bool, ()), itertools.dropwhile(bool, ()), itertools.product()]
ITERATORS += [itertools.permutations(()), itertools.combinations((), 1), itertools.compress((), ())]
ITERATORS += [itertools.zip_longest(), itertools.filterfalse(bool, ())]


@rule(*map(type, ITERATORS))
def _iterator(thing: Any, anatomy: Anatomy) -> None:
    if has_ended(thing):
        anatomy.facts.append(("has ended", True))
    else:
        reduced(thing, anatomy)


def has_ended(thing: Any) -> bool:
    """Tells whether an iterator is at its end for good: no list of others can bring it more."""
    if type(thing) is not type(iter([])):
        return False
    held = gc.get_referents(thing)
    alone = 3  # the iterator, the list of referents, and the argument below
    return not held or (not held[0] and sys.getrefcount(held[0]) <= alone)


VIEWS: list[Any] = [iter({}), iter({}.items()), iter({}.values()), iter(set())]


@rule(*map(type, VIEWS))
def _view_iterator(thing: Any, anatomy: Anatomy) -> None:
    # Their reduce iterates: over a copy, so nothing is taken.
    reduced(thing, anatomy)


# Types


def is_importable(thing: Any) -> bool:
    """Tells whether a class or function is what its name leads to."""
    found: Any = sys.modules.get(thing.__module__)
    for step in thing.__qualname__.split("."):
        try:
            found = vars(found)[step]
        except (KeyError, TypeError):
            return False
        found = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    return found is thing


MADE = ("__dict__", "__weakref__", "__abstractmethods__", "_abc_impl", "__signature__")
MADE += ("__orig_bases__", "__parameters__", "__firstlineno__", "__static_attributes__")
MADE += ("__class_vars__", "__validators__", "__schema_cache__")
KEPT = ("__pydantic_fields__", "__pydantic_generic_metadata__", "__pydantic_root_model__")


@rule(type)
def _class(thing: Any, anatomy: Anatomy) -> None:
    """A class that no name leads to: its bases, and what it defines itself."""
    generic = vars(thing).get("__pydantic_generic_metadata__", {})
    if generic.get("origin") is not None:
        anatomy.facts.append(("a parametrized class is made once", id(thing)))
        return
    anatomy.facts.append(("name", (thing.__module__, thing.__qualname__)))
    each(thing.__bases__, anatomy, ".__bases__")
    members = {
        name: member
        for name, member in vars(thing).items()
        if name not in MADE and (not name.startswith("__pydantic_") or name in KEPT)
    }
    pairs(sorted(members.items()), anatomy, "vars")


@rule(enum.Enum)
def _member(thing: Any, anatomy: Anatomy) -> None:
    """A member of an enumeration that no name leads to."""
    anatomy.facts.append(("name", thing._name_))
    anatomy.parts.append(("._value_", thing._value_))


def is_single(thing: Any) -> bool:
    """Tells whether of a thing there is one, which others only mention."""
    is_member = isinstance(thing, enum.Enum)
    return isinstance(thing, NAMED) and not (is_member and not is_importable(type(thing)))


GENERIC = {type(list[int]), type(int | str), *(
    kind for kind in vars(typing).values()
    if isinstance(kind, type) and kind.__name__.endswith("GenericAlias")
)}  # fmt: skip

OF_FORMS = ("__origin__", "__args__", "__metadata__", "__parameters__")
"""What the rule of types looks at: `typing` shares these tuples as its caches will."""


def _alias(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".__origin__", typing.get_origin(thing)))
    each(typing.get_args(thing), anatomy, ".__args__")
    each(getattr(thing, "__metadata__", ()), anatomy, ".__metadata__")
    each(getattr(thing, "__parameters__", ()), anatomy, ".__parameters__")
    anatomy.facts.append(("name", getattr(thing, "_name", None)))


@rule(typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple)
def _type_variable(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("name", (thing.__name__, thing.__module__)))
    each(getattr(thing, "__constraints__", ()), anatomy, ".__constraints__")
    anatomy.parts.append((".__bound__", getattr(thing, "__bound__", None)))


@rule(typing.ForwardRef)
def _forward(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("forward", (thing.__forward_arg__, thing.__forward_is_argument__)))


for kind in GENERIC:
    rule(kind, has_identity=False)(_alias)

# What an exception has besides its dict; the traceback aside, which belongs to the run.

NO_MEMBER = ("__dict__", "__traceback__", "__context__", "__cause__", "args")


@rule(BaseException)
def _exception(thing: Any, anatomy: Anatomy) -> None:
    read = vars(BaseException)
    for name in ("args", "__cause__", "__context__"):
        anatomy.parts.append((f".{name}", read[name].__get__(thing)))
    for name, member in members_in_c(type(thing)):
        with contextlib.suppress(AttributeError):
            anatomy.parts.append((f".{name}", member.__get__(thing)))


def members_in_c(cls: type) -> Iterator[tuple[str, Any]]:
    kinds = (types.MemberDescriptorType, types.GetSetDescriptorType)
    for base in cls.__mro__:
        members = {} if base.__flags__ & IS_HEAP_TYPE else vars(base)
        for name, member in members.items():
            if isinstance(member, kinds) and name not in NO_MEMBER:
                yield f"{base.__name__}.{name}", member


@rule(random.Random)
def _random(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("state", repr(random.Random.getstate(thing))))


SINGLES: set[type] = set()
"""Types whose things are marks: each is only itself."""
LOCK = type(__import__("_thread").allocate_lock())
RLOCK = type(__import__("_thread").RLock())


@rule(LOCK, RLOCK)
def _without_state(thing: Any, anatomy: Anatomy) -> None:
    """All that can be said of it is which one it is."""


WHOLE: set[type] = {pathlib.PurePath, uuid.UUID, type}
WHOLE |= {getattr(ipaddress, name) for name in ADDRESSES}
"""Types of which the rule says all: their dict and slots hold caches, or are no state."""
