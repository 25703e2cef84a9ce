"""Changes of one point of a graph: each is applied, looked at, and taken back.

A place is somewhere a thing is held: an item, a value, an attribute, a slot, a cell. What stands in
a place is replaced by its like; what is held twice is split, what is equal is joined.
"""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import functools
import math
import random
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from strict import are_same
from strict_parts import IS_HEAP_TYPE, NAMED, SINGLES, VALUES, WHOLE, instance_dict, is_importable

Step = Callable[[], object]
ATOMS = (type(None), bool, int, float, complex, str, bytes, range, slice)


class Mutation(NamedTuple):
    name: str
    apply: Step
    undo: Step


class Place(NamedTuple):
    name: str
    held: Any
    put: Callable[[Any], object]


def is_closed(thing: Any) -> bool:
    """Tells whether nothing in a thing is to be changed: it is a value, or belongs to all."""
    bases = set(type(thing).__mro__)
    if type(thing) in ATOMS or isinstance(thing, NAMED) or bases & (WHOLE | SINGLES):
        return True
    if isinstance(thing, type | types.FunctionType):
        return isinstance(thing, type) or is_importable(thing)
    return type(thing) in VALUES


def places(thing: Any) -> Iterator[Place]:
    """Yields what a thing holds in places that can be written."""
    if isinstance(thing, list):
        for at, child in enumerate(list.__iter__(thing)):
            yield Place(f"[{at}]", child, functools.partial(list.__setitem__, thing, at))
    elif isinstance(thing, dict):
        for key, child in list(dict.items(thing)):
            yield Place(f"[{key!r:.20}]", child, functools.partial(dict.__setitem__, thing, key))
    elif isinstance(thing, collections.deque):
        for at, child in enumerate(list(thing)):
            yield Place(f"[{at}]", child, functools.partial(thing.__setitem__, at))
    elif type(thing) is types.CellType and thing != types.CellType():
        yield Place("cell", thing.cell_contents, functools.partial(setattr, thing, "cell_contents"))
    yield from attributes(thing)


def attributes(thing: Any) -> Iterator[Place]:
    held = instance_dict(thing)
    for name, child in list((held or {}).items()):
        yield Place(f".{name}", child, functools.partial(dict.__setitem__, held, name))
    for name, member in slots_of(type(thing)):
        try:
            child = member.__get__(thing)
            member.__set__(thing, child)
        except AttributeError:
            continue
        yield Place(f".{name}", child, functools.partial(member.__set__, thing))


def slots_of(cls: type) -> Iterator[tuple[str, Any]]:
    for base in cls.__mro__:
        for name, member in vars(base).items() if base.__flags__ & IS_HEAP_TYPE else ():
            known = isinstance(member, types.MemberDescriptorType)
            if known and name not in ("__dict__", "_attrs_cached_hash"):
                yield name, member


def below(thing: Any) -> list[Any]:
    """Returns all that a thing holds, also where it cannot be written."""
    found = [place.held for place in places(thing)]
    if isinstance(thing, tuple | set | frozenset):
        found += list(thing)
    if isinstance(thing, dict):
        found += list(dict.keys(thing))
    if isinstance(thing, types.FunctionType):
        found += [*(thing.__closure__ or ()), *(thing.__defaults__ or ())]
    if isinstance(thing, types.MethodType):
        found.append(thing.__self__)
    if isinstance(thing, functools.partial):
        found += [*thing.args, thing.func]
    if isinstance(thing, BaseException):
        found += [*thing.args, thing.__cause__, thing.__context__]
    return found


def reachable(root: Any) -> dict[int, Any]:
    """Returns everything in a graph that can be changed, by its address."""
    found: dict[int, Any] = {}
    todo = [root]
    while todo:
        thing = todo.pop()
        if id(thing) not in found and not is_closed(thing):
            found[id(thing)] = thing
            todo += below(thing)
    return found


# What may stand where something stands


def likes(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yields things that are nearly the one, each with what makes it another."""
    kind = type(thing)
    if thing is None:
        yield "False for None", False
    elif kind is bool:
        yield "an int for a bool", int(thing)
    elif kind is int:
        yield "one more", thing + 1
        yield "a subclass of int", type("int", (int,), {})(thing)
        if abs(thing) < 2**53:
            yield "a float for an int", float(thing)
    elif kind is float:
        yield "another sign", -thing
        if math.isfinite(thing) and thing:
            yield "the float before", math.nextafter(thing, 0.0)
    elif kind is str:
        yield "another text", thing + "\0"
        yield "a subclass of str", type("str", (str,), {})(thing)
    elif kind is bytes:
        yield "other bytes", thing + b"\0"
        yield "a bytearray", bytearray(thing)
    elif kind is tuple:
        yield "a list for a tuple", list(thing)
        yield "a longer tuple", (*thing, None)
        for name, like in likes(thing[0]) if thing else ():
            yield f"{name} in a tuple", (like, *thing[1:])
    else:
        yield from other_likes(thing)


def other_likes(thing: Any) -> Iterator[tuple[str, Any]]:
    kind = type(thing)
    if kind is datetime.datetime:
        yield "another fold", thing.replace(fold=1 - thing.fold)
        yield "another zone", thing.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
    elif kind is decimal.Decimal and thing.is_finite():
        yield "another sign", thing.copy_negate()
    elif kind is frozenset:
        yield "an element more", thing | {"another"}
        yield "a set for a frozenset", set(thing)
    elif kind is set:
        yield "a frozenset for a set", frozenset(thing)
    elif kind is dict:
        yield "an ordered dict", collections.OrderedDict(thing)
    elif kind is list:
        yield "a tuple for a list", tuple(thing)
    elif kind is complex:
        yield "another imaginary part", complex(thing.real, -thing.imag - 1)


# Changes in place


def written(name: str, place: Place, like: Any) -> Mutation:
    return Mutation(
        f"{name} at {place.name}",
        functools.partial(place.put, like),
        functools.partial(place.put, place.held),
    )


def refilled(name: str, held: dict[Any, Any], items: list[Any]) -> Mutation:
    before = list(held.items())

    def fill(pairs: list[Any]) -> None:
        dict.clear(held)
        for key, value in pairs:
            dict.__setitem__(held, key, value)

    return Mutation(name, functools.partial(fill, items), functools.partial(fill, before))


def of_dict(held: dict[Any, Any], what: str) -> Iterator[Mutation]:
    items = list(held.items())
    yield refilled(f"{what} more", held, [*items, ("another", 1)])
    if items:
        yield refilled(f"{what} less", held, items[:-1])
        key, value = items[0]
        if type(key) is str:
            yield refilled(f"{what} renamed", held, [(f"{key}x", value), *items[1:]])
        if type(key) is int:
            yield refilled(f"{what} under a text", held, [(str(key), value), *items[1:]])
    if len(items) > 1:
        yield refilled(f"{what} in another order", held, [*items[1:], items[0]])


def of_container(thing: Any) -> Iterator[Mutation]:
    if type(thing) is list and thing:
        before = list(thing)
        back = functools.partial(thing.__setitem__, slice(None), before)
        yield Mutation("an item less", thing.pop, back)
        yield Mutation("an item more", functools.partial(thing.append, None), back)
        if not are_same(thing[0], thing[-1]):
            yield Mutation("another order", thing.reverse, back)
    if isinstance(thing, dict) and not isinstance(thing, collections.OrderedDict):
        yield from of_dict(thing, "a key")
    if isinstance(thing, set):
        add, discard = functools.partial(set.add, thing), functools.partial(set.discard, thing)
        yield Mutation("an element more", lambda: add("another"), lambda: discard("another"))
        for element in list(thing)[:1]:
            less, more = functools.partial(discard, element), functools.partial(add, element)
            yield Mutation("an element less", less, more)
    if isinstance(thing, bytearray):
        yield Mutation("a byte more", lambda: thing.append(0), thing.pop)
    if isinstance(thing, collections.deque) and len(thing) > 1 and not are_same(thing[0], thing[1]):
        yield Mutation("rotated", lambda: thing.rotate(1), lambda: thing.rotate(-1))
    if isinstance(thing, collections.defaultdict):
        factory = thing.default_factory
        put = functools.partial(setattr, thing, "default_factory")
        yield Mutation("another factory", lambda: put(frozenset), lambda: put(factory))


def of_thing(thing: Any) -> Iterator[Mutation]:
    """Yields the changes of what a thing has beside what it holds."""
    held = instance_dict(thing)
    # The state of these is made of attributes, so that one less breaks them.
    if held is not None and not isinstance(thing, random.Random | np.ma.MaskedArray):
        yield from of_dict(held, "an attribute")
    if isinstance(thing, BaseException):
        put = functools.partial(setattr, thing)
        args, cause, quiet = thing.args, thing.__cause__, thing.__suppress_context__
        yield Mutation("other args", lambda: put("args", (*args, 1)), lambda: put("args", args))
        louder = functools.partial(put, "__suppress_context__")
        yield Mutation("louder", lambda: louder(not quiet), lambda: louder(quiet))
        causes = functools.partial(put, "__cause__")
        undo = (functools.partial(causes, cause), functools.partial(louder, quiet))
        yield Mutation("another cause", lambda: causes(KeyError(1)), lambda: [it() for it in undo])
    if isinstance(thing, types.FunctionType):
        defaults = thing.__defaults__
        put = functools.partial(setattr, thing, "__defaults__")
        yield Mutation("a default more", lambda: put((*(defaults or ()), 1)), lambda: put(defaults))
    if isinstance(thing, np.ndarray) and thing.size and thing.flags.writeable:
        yield from of_array(thing)
    if isinstance(thing, random.Random):
        state = thing.getstate()
        yield Mutation("a step further", thing.random, lambda: thing.setstate(state))
    yield from of_class(thing)


def of_array(thing: Any) -> Iterator[Mutation]:
    flags = thing.flags

    def lock(writeable: bool) -> None:
        flags.writeable = writeable

    yield Mutation("read-only", lambda: lock(False), lambda: lock(True))
    if thing.dtype.kind in "iufb" and thing.dtype.char != "g" and thing.ndim:
        before = thing.copy()
        other = np.where(before == 0, 1, 0).astype(before.dtype)
        yield Mutation("other elements", lambda: thing.__setitem__(..., other),
                       lambda: thing.__setitem__(..., before))  # fmt: skip


def of_class(thing: Any) -> Iterator[Mutation]:
    cls = type(thing)
    if type(cls) is not type or not is_importable(cls):
        return
    try:
        body = {"__slots__": (), "__module__": cls.__module__, "__qualname__": cls.__qualname__}
        child = type(cls.__name__, (cls,), body)
        object.__setattr__(thing, "__class__", child)
        object.__setattr__(thing, "__class__", cls)
    except Exception:
        return
    put = functools.partial(object.__setattr__, thing, "__class__")
    yield Mutation("a subclass", lambda: put(child), lambda: put(cls))


# Sharing


def of_sharing(all_places: list[Place]) -> Iterator[Mutation]:
    held = [place for place in all_places if has_identity(place.held)]
    count = collections.Counter(id(place.held) for place in held)
    for place in held:
        if count[id(place.held)] > 1:
            try:
                twin = copy.copy(place.held)
            except Exception:
                continue
            if twin is not place.held:
                yield written("sharing broken", place, twin)
    by_type: dict[type, list[Place]] = collections.defaultdict(list)
    for place in held:
        by_type[type(place.held)].append(place)
    for group in by_type.values():
        first = group[0]
        for other in group[1:6]:
            if other.held is not first.held and are_same(other.held, first.held):
                yield written("two made one", other, first.held)


def has_identity(thing: Any) -> bool:
    return not is_closed(thing) and not (isinstance(thing, tuple | frozenset))


def mutations(original: Any, twin: Any) -> list[Mutation]:
    """Returns every change of the twin that leaves the original alone."""
    of_both = reachable(original)
    mine = {at: thing for at, thing in reachable(twin).items() if at not in of_both}
    found: list[Mutation] = []
    all_places: list[Place] = []
    for thing in mine.values():
        here = list(places(thing)) if not isinstance(thing, collections.OrderedDict) else []
        all_places += here
        for place in here:
            found += [written(name, place, like) for name, like in likes(place.held)]
        found += of_container(thing)
        found += of_thing(thing)
    return [*found, *of_sharing(all_places)]
