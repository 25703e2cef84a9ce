"""Containers of the standard library, and what extends them."""

from __future__ import annotations

import array
import types
from collections import (
    ChainMap,
    Counter,
    OrderedDict,
    UserDict,
    UserList,
    UserString,
    defaultdict,
    deque,
)
from typing import Any

import program
from cases import Case


def moved() -> OrderedDict[str, int]:
    made = OrderedDict(a=1, b=2, c=3)
    made.move_to_end("a")
    made.move_to_end("c", last=False)
    return made


def with_attributes(thing: Any, **attributes: Any) -> Any:
    vars(thing).update(attributes)
    return thing


def counted() -> Any:
    made = defaultdict(list, a=[1])
    made["b"].append(made["a"])
    return made


CASES: dict[str, Any] = {
    "lists": lambda: [[], [[]], [1, [2, [3]]], [None, True, 1.5]],
    "tuples": lambda: ((), ((),), (1, (2, (3,))), ([],)),
    "dict order": lambda: {"b": 1, "a": 2, "c": {"z": 1, "y": 2}},
    "order after a key was taken": lambda: program.reordered(),
    "keys of any kind": lambda: {1: "a", "1": "b", (1, 2): "c", None: "d", frozenset({1}): "e"},
    "one and true": lambda: [{1: "a"}, {True: "a"}, {1.0: "a"}, {"1": 1, "True": 2}],
    "keys like nodes": lambda: [{"lc": 1}, {"__lc_escaped__": {}}, {"lc": {"lc": [{"lc": 2}]}}],
    "a class as a key": lambda: {int: 1, program.Plain: 2, len: 3},
    "an object as a key": lambda: {program.Keyed((1, "a")): program.Keyed(2)},
    "an enum as a key": lambda: {program.Color.RED: 1, program.Shade.DARK: 2},
    "sets": lambda: [set(), {1}, {"a", "b", "c"}, frozenset(), frozenset({"x", 1})],
    "sets of tuples": lambda: {(1, ("a", 2)), (2, ("b", 3)), ()},
    "sets in sets": lambda: {frozenset({1, 2}), frozenset({frozenset()}), frozenset()},
    "sets of kinds": lambda: {1, "1", b"1", None, 2.5, (1,)},
    "a set of objects": lambda: {program.Keyed(1), program.Keyed("a"), program.Keyed((1, 2))},
    "classic named tuple": lambda: program.Spot(1, [2]),
    "typed named tuple": lambda: program.Typed(1, "x"),
    "a named tuple with methods": Case(lambda: program.Measured(3, 4), lambda it: it.length()),
    "a subclass of a named tuple": lambda: with_attributes(program.Spotted(1, 2), note="n"),
    "ordered dict": lambda: OrderedDict([("b", 1), ("a", [2])]),
    "moved keys of an ordered dict": Case(moved, lambda it: it.popitem(last=False)),
    "an ordered dict with attributes": lambda: with_attributes(moved(), note=[1]),
    "default dict": Case(counted, lambda it: it["new"]),
    "default dicts": lambda: [
        defaultdict(None, a=1),
        defaultdict(int),
        defaultdict(program.tree),
        defaultdict(program.Plain, {1: 2}),
    ],
    "counter": Case(
        lambda: Counter("abracadabra"), lambda it: [it["none"], it.most_common(1), it.total()]
    ),
    "a counter below zero": lambda: Counter(a=-1, b=0),
    "chain map": Case(
        lambda: ChainMap({"a": 1}, {"a": 2, "b": 3}), lambda it: [dict(it), it.parents.maps]
    ),
    "deque": Case(
        lambda: deque([1, [2], 3], maxlen=3), lambda it: [it.append(4), list(it), it.maxlen]
    ),
    "deques": lambda: [deque(), deque(maxlen=0), deque([deque()])],
    "user dict": lambda: UserDict({"a": [1]}, b=2),
    "user list": lambda: UserList([1, [2]]),
    "user string": lambda: UserString("text"),
    "mapping proxy": Case(lambda: types.MappingProxyType({"b": 1, "a": [2]}), dict),
    "simple namespace": lambda: types.SimpleNamespace(b=1, a=[2]),
    "arrays": lambda: [
        array.array("d", [1.5, -0.0]),
        array.array("q", [-(2**63)]),
        array.array("B"),
        array.array("u", "aé"),
        array.array("f", [0.1]),
    ],
    "a subclass of list": lambda: program.Row([1, [2]]),
    "a list with attributes": lambda: with_attributes(program.Row([1]), name="n", more=[1]),
    "a subclass of dict": lambda: program.Bag(b=1, a=[2]),
    "a dict with attributes": lambda: with_attributes(program.Bag(a=1), a=2, lc=3),
    "a subclass of tuple": lambda: program.Pair((1, [2])),
    "a tuple with attributes": lambda: with_attributes(program.Pair((1,)), name=[1]),
    "a subclass of set": lambda: program.Basket({"a", "b"}),
    "a set with attributes": lambda: with_attributes(program.Basket({1}), name=[1]),
    "a subclass of frozenset": lambda: program.Sealed({"a", (1,)}),
    "a subclass of deque": lambda: with_attributes(program.Queue([1, 2], maxlen=2), name=1),
    "a subclass of ordered dict": lambda: with_attributes(program.Ordered(b=1, a=2), name=1),
    "a subclass of default dict": lambda: program.Tally(int, a=1),
    "a subclass of counter": lambda: program.Votes("aab"),
    "a default dict with attributes": lambda: with_attributes(program.Tally(int, a=1), note=[1]),
    "counters with attributes": lambda: [
        with_attributes(program.Votes("aab"), note=[1]),
        with_attributes(Counter("a"), note=2),
        program.slotted(program.SlottedVotes("aab")),
    ],
    "attributes that lead back": lambda: program.tied(program.Tally(list), program.Votes("a")),
    "a partial that was looked at": lambda: program.looked_at(),
    "a subclass of bytearray": lambda: with_attributes(program.Buffer(b"ab"), name=1),
    "subclasses of text and numbers": lambda: [
        with_attributes(program.Text("t"), note=[1]),
        program.Count(7),
        program.Weight(-0.0),
        program.Blob(b"b"),
        program.Wave(1, -0.0),
    ],
    "a user dict with attributes": lambda: with_attributes(program.Settings(a=1), level=2),
    "a dict that refuses": lambda: program.Guarded.of(a=1),
    "a list that counts": lambda: program.counting(),
    "a subclass of array": lambda: program.Signal("d", [1.0, 2.0]),
    "a subclass of a namespace": lambda: program.Space(x=1, y=[2]),
    "lists that hold one empty tuple": lambda: [(), [()], {(): ()}],
    "ordered dicts by other orders": lambda: [OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)],
    "keys that are tuples of all": lambda: {(1, ("a", frozenset({b"x"}))): [1], ((),): 2},
}
