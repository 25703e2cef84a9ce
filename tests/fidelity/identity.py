"""Sharing and cycles."""

from __future__ import annotations

import functools
import types
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from typing import Any

import program
from cases import Case
from records import Loose, Person, Tree


def shared(thing: Any) -> list[Any]:
    return [thing, thing, {"again": thing}, (thing,), program.Plain(a=thing)]


def list_cycle() -> Any:
    made: list[Any] = [1]
    made.append(made)
    return made


def dict_cycle() -> Any:
    made: dict[str, Any] = {}
    made["self"] = {"inner": made}
    return made


def tuple_cycle() -> Any:
    inner: list[Any] = []
    made = (inner, 1)
    inner.append(made)
    return made


def frozenset_cycle() -> Any:
    node = program.Plain()
    made = frozenset({node})
    node.home = made
    return made


def set_cycle() -> Any:
    node = program.Plain()
    node.home = {node}
    return node


def basket_cycle() -> Any:
    made = program.Basket([1, "a"])
    made |= {program.Plain(home=made, at=at) for at in range(3)}
    made.owner = program.Plain(basket=made)  # type: ignore[attr-defined]
    return made


def baskets_that_know_each_other() -> Any:
    one, other = program.Basket([1]), program.Basket([2])
    one |= {program.Plain(basket=other), functools.partial(program.double, other)}
    other |= {program.Plain(basket=one), program.Plain(basket=one).greet}
    return [one, other]


def friendly_keys() -> Any:
    ann, bob = program.Acquainted("ann"), program.Acquainted("bob")
    ann.friend, bob.friend = bob, ann
    return {ann: 1, bob: 2}


def keys_that_know_themselves() -> Any:
    one, other = program.Keyed("a"), program.Keyed((1, 2))
    one.me = one  # type: ignore[attr-defined]
    other.peers = (one, [other])  # type: ignore[attr-defined]
    return [{one, other}, {other: one}]


def grid_of_keys() -> Any:
    rows = [[program.Acquainted(f"{x} {y}") for x in range(10)] for y in range(10)]
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            cell.friend, cell.next = rows[y - 1][x], row[x - 1]
    return {cell: cell.name for row in rows for cell in row}


def instance_cycle() -> Any:
    one, two = program.Plain(name="one"), program.Plain(name="two")
    one.other, two.other = two, one
    return [two, one]


def slots_cycle() -> Any:
    made = program.Slotted()
    made.one, made.two = made, [made]
    return made


def dataclass_cycle() -> Any:
    made = program.Slim(None)
    made.left = program.Frozen(made, [made])
    return made


def subclass_cycle(cls: Any) -> Any:
    made = cls()
    made.append(made)
    made.home = [made]
    return made


def mapping_cycle(made: Any) -> Any:
    made["self"] = [made]
    return made


def reduce_cycle() -> Any:
    made = program.ReducedFully("n")
    made.list.append(made)
    made.dict["self"] = made
    made.note = [made]  # type: ignore[attr-defined]
    return made


def state_cycle() -> Any:
    made = program.Stateful(None)
    made.value = [made]
    return made


def argument_cycle() -> Any:
    held: list[Any] = []
    made = program.Reduced(held)
    held.append(made)
    return made


def argument_cycle_from_inside() -> Any:
    return argument_cycle().parts[0]


def partial_cycle() -> Any:
    held: list[Any] = []
    made = functools.partial(program.double, held)
    held.append(made)
    return made


def deque_cycle() -> Any:
    made: deque[Any] = deque(maxlen=5)
    made.append(made)
    return made


def tuple_subclass_cycle() -> Any:
    inner: list[Any] = []
    made = program.Pair((inner,))
    made.home = inner
    inner.append(made)
    return [made, inner]


def error_cycle() -> Any:
    one, two = ValueError("one"), KeyError("two")
    one.__cause__, two.__context__ = two, one
    return one


def error_about_itself() -> Any:
    held: list[Any] = []
    made = program.OddError(1, reason="r")
    made.args = (held,)
    held.append(made)
    return made


def method_cycle() -> Any:
    made = program.Plain()
    made.hook = made.greet
    return made


def model_cycle() -> Any:
    made = Tree(name="root")
    made.children.append(Tree(name="leaf", parent=made))
    made._index["self"] = made
    return made


def closure_cycle() -> Any:
    return program.recursive()


def keyed_by_cycle() -> Any:
    node = program.Plain()
    node.table = {node: "me"}
    return node


def default_dict_cycle() -> Any:
    made: Any = defaultdict(list)
    made["x"].append(made)
    return made


def namespace_cycle() -> Any:
    made = types.SimpleNamespace()
    made.me = made
    return made


def proxy_cycle() -> Any:
    held: dict[str, Any] = {}
    held["proxy"] = types.MappingProxyType(held)
    return held


def iterator_cycle() -> Any:
    held: list[Any] = [1, 2]
    held.append(iter(held))
    return held


def cell_shared() -> Any:
    up, read = program.counter()
    up()
    return [read, {"up": up}]


def cell_used(pair: Any) -> Any:
    pair[1]["up"]()
    return pair[0]()


def args_shared() -> Any:
    held = [1]
    return [held, functools.partial(program.double, held), ValueError(held), {"x": held}]


def equal_but_two() -> Any:
    one, two = [1, [2]], [1, [2]]
    return [one, two, one, two[1], one[1]]


def keys_shared() -> Any:
    key = program.Keyed((1, 2))
    return {key: key, "list": [key, key.key]}


def group_cycle() -> Any:
    made = ExceptionGroup("all", [ValueError("a"), ExceptionGroup("some", [KeyError("b")])])
    made.exceptions[0].group = made  # type: ignore[attr-defined]
    made.exceptions[1].exceptions[0].held = [made, made.exceptions]  # type: ignore[attr-defined]
    return made


def arguments_beside() -> Any:
    error, called = ValueError([1]), functools.partial(program.double, [1])
    return [error, error.args, called, called.args]


CASES: dict[str, Any] = {
    "a shared list": lambda: shared([1]),
    "a shared dict": lambda: shared({"a": [1]}),
    "a shared set": lambda: shared({1, 2}),
    "a shared tuple": lambda: shared((1, [2])),
    "a shared frozenset": lambda: shared(frozenset({(1, 2)})),
    "a shared bytearray": lambda: shared(bytearray(b"x")),
    "a shared object": lambda: shared(program.Plain(a=1)),
    "a shared model": lambda: shared(Person(age=1)),
    "a shared deque": lambda: shared(deque([1], maxlen=2)),
    "a shared counter": lambda: shared(Counter("aab")),
    "a shared ordered dict": lambda: shared(OrderedDict(a=1)),
    "a shared exception": lambda: shared(ValueError("x")),
    "a shared partial": lambda: shared(functools.partial(program.double, 1)),
    "a shared list subclass": lambda: shared(program.Row([1])),
    "a shared text subclass": lambda: shared(program.Text("x")),
    "a shared escape": lambda: shared({"lc": 1, "type": "secret", "id": ["X"]}),
    "a shared function": lambda: shared(program.maker(1)),
    "a shared iterator": Case(lambda: shared(iter([1, 2])), lambda it: [next(it[0]), next(it[1])]),
    "equal but two": equal_but_two,
    "many to one": lambda: [(lambda x: [[x] * 50, dict.fromkeys("abc", x)])([1]) for _ in range(2)],
    "arguments that are shared": args_shared,
    "keys that are shared": keys_shared,
    "arguments beside what has them": arguments_beside,
    "a cell that is shared": Case(cell_shared, cell_used),
    "a list in itself": list_cycle,
    "a dict in itself": dict_cycle,
    "a tuple on a cycle": tuple_cycle,
    "a frozenset on a cycle": frozenset_cycle,
    "a set on a cycle": set_cycle,
    "a set subclass on a cycle": basket_cycle,
    "set subclasses that know each other": baskets_that_know_each_other,
    "keys that know each other": friendly_keys,
    "keys that know themselves": keys_that_know_themselves,
    "a grid of keys": grid_of_keys,
    "objects that know each other": instance_cycle,
    "slots on a cycle": slots_cycle,
    "dataclasses on a cycle": dataclass_cycle,
    "a list subclass in itself": lambda: subclass_cycle(program.Row),
    "a deque subclass in itself": lambda: subclass_cycle(program.Queue),
    "a dict subclass in itself": lambda: mapping_cycle(program.Bag()),
    "an ordered dict in itself": lambda: mapping_cycle(OrderedDict()),
    "a user dict in itself": lambda: mapping_cycle(UserDict()),
    "a user list in itself": lambda: subclass_cycle(UserList),
    "a chain map in itself": lambda: mapping_cycle(ChainMap({})),
    "a default dict in itself": default_dict_cycle,
    "a deque in itself": deque_cycle,
    "a tuple subclass on a cycle": tuple_subclass_cycle,
    "a cycle through reduce": reduce_cycle,
    "a cycle through a state": state_cycle,
    "a cycle through arguments": argument_cycle,
    "a cycle through arguments, from inside": argument_cycle_from_inside,
    "a cycle through a partial": partial_cycle,
    "a cycle through exceptions": error_cycle,
    "a cycle through an exception's arguments": error_about_itself,
    "a cycle through a group of exceptions": group_cycle,
    "a cycle through a method": Case(method_cycle, lambda it: it.hook("x")),
    "a cycle through a model": model_cycle,
    "a cycle through a cell": Case(closure_cycle, lambda it: it(5)),
    "a key on a cycle": keyed_by_cycle,
    "a namespace in itself": namespace_cycle,
    "a mapping proxy on a cycle": proxy_cycle,
    "an iterator over its list": iterator_cycle,
    "extras on a cycle": lambda: extras_cycle(),
}


def extras_cycle() -> Any:
    made = Loose(known=1)
    made.more = [made]  # type: ignore[attr-defined]
    return made
