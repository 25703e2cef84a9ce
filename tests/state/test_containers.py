"""Containers come back with their types, keys and order."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from typing import Any

import persist
import pytest
from persist import CaptureError, FormatError

from things import Color, Frozen, Group, Keyed, Node, Plain, Sealed, Text
from trips import there_and_back

CONTAINERS: list[Any] = [
    [],
    (),
    {},
    set(),
    frozenset(),
    bytearray(),
    bytearray(b"ab\xff"),
    [[], [[]], {}, ()],
    (1,),
    ((), ((),), [()]),
    {"b": 1, "a": 2, "": 3},
    {1: "int", "1": "str", b"1": "bytes", (1,): "tuple", None: "none"},
    {1.5: 1, math.inf: 2, -0.0: 3},
    {True: 1, 2: 2},
    {"\ud83d\ude00": 1, "\ud800": 2},
    {Color.RED: 1, Color.GREEN: 2},
    {frozenset({1, 2}): {3}, (1, (2, frozenset())): 4},
    {1, "1", b"1", 1.5, None, (1,), frozenset({1})},
    {frozenset(), frozenset({frozenset()}), frozenset({frozenset({frozenset()})})},
    {Text("a"): Text("b"), "c": 1},
    {float("nan"): 1, float("nan"): 2},
    {Frozen(1): Frozen(2), Frozen((1, 2)): 3},
    {Keyed(1): 1, Keyed((1, 2)): 2, Keyed(Keyed(1)): 3},
    {Node(1): {Node(2)}},
    [list(range(1000)), tuple(range(1000)), {str(at): at for at in range(1000)}],
    [0.5] * 1000,
    {(at, str(at)) for at in range(200)},
]


@pytest.mark.parametrize("value", CONTAINERS, ids=lambda value: ascii(value)[:40])
def test_a_container_comes_back(value: Any) -> None:
    there_and_back(value)
    there_and_back({"in": [value]})


def test_the_order_of_a_dict_is_kept_and_seen() -> None:
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert persist.dumps(one) != persist.dumps(other)
    assert list(there_and_back(other)) == ["b", "a"]


SETS = [set, Group]


@pytest.mark.parametrize("kind", SETS)
def test_elements_of_a_set_are_written_in_one_order(kind: type[set[Any]]) -> None:
    forward, backward = kind(), kind()
    for number in range(100):
        forward.add(str(number))
        backward.add(str(99 - number))
    assert persist.dumps(forward) == persist.dumps(backward)


def test_sets_in_sets_cost_what_they_hold() -> None:
    nested = frozenset({1})
    for level in range(2000):
        nested = frozenset({nested, level})
    text = persist.dumps(nested)
    assert persist.dumps(persist.loads(text)) == text


@pytest.mark.parametrize("kind", SETS)
def test_sets_of_objects_that_know_their_set_are_written(kind: type[set[Any]]) -> None:
    peers = kind()
    for number in range(50):
        peers.add(Plain(number=number, peers=peers))
    back = there_and_back(peers)
    assert all(peer.peers is back for peer in back)


@pytest.mark.parametrize("kind", SETS)
def test_sets_that_refer_to_each_other_are_written(kind: type[set[Any]]) -> None:
    friends = [Plain(number=number) for number in range(300)]
    for at, friend in enumerate(friends):
        friend.friends = kind(friends[at * step % 300] for step in range(1, 8))
    back = persist.loads(persist.dumps(friends), allow=["things"])
    for at, friend in enumerate(back):
        expected = {at * step % 300 for step in range(1, 8)}
        assert {other.number for other in friend.friends} == expected
        assert all(back[other.number] is other for other in friend.friends)


def owned(kind: type[set[Any]]) -> Any:
    owner = Plain()
    owner.members = kind(Plain(owner=owner, at=at) for at in range(2))
    return owner


def befriended(kind: type[set[Any]]) -> Any:
    one, other = kind([1]), kind([2])
    one.add(Plain(knows=other))
    other.add(Plain(knows=one))
    return [one, other]


def with_itself(kind: type[set[Any]], link: Callable[[Any], Any]) -> Any:
    made = kind(["x"])
    made.add(link(made))
    return made


KNOWING: dict[str, Callable[[Any], Any]] = {
    "an owner": owned,
    "two that know each other": befriended,
    "an object": lambda kind: with_itself(kind, lambda it: Plain(home=it)),
    "slots": lambda kind: with_itself(kind, Node),
    "a partial": lambda kind: with_itself(kind, lambda it: functools.partial(print, it)),
    "a method": lambda kind: with_itself(kind, lambda it: Plain(home=it).greet),
}


@pytest.mark.parametrize("kind", SETS)
@pytest.mark.parametrize("name", KNOWING)
def test_what_leads_back_to_the_set_it_lies_in_is_written(name: str, kind: Any) -> None:
    there_and_back(KNOWING[name](kind))


@pytest.mark.parametrize("kind", [set, Group, frozenset, Sealed])
def test_sets_in_objects_in_sets_cost_what_they_hold(kind: Any) -> None:
    first = second = None
    for _ in range(30):
        # The two are told apart at no depth.
        both = kind([Plain(held=first), Plain(held=second)])
        first, second = Plain(both=both), Plain(both=both)
    begun = time.perf_counter()
    text = persist.dumps(first)
    assert time.perf_counter() - begun < 5
    assert persist.dumps(persist.loads(text, allow=["things"])) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"lc":"dict","v":[[1,2],[1,3]]}',
        '{"lc":"dict","v":[[1,2],[1.0,3]]}',
        '{"lc":"dict","v":[[1]]}',
        '{"lc":"dict","v":{}}',
        '{"lc":"set","v":[1,true]}',
        '{"lc":"frozenset","v":[1,1]}',
        '{"lc":"tuple","v":{}}',
        '{"lc":"tuple"}',
        '{"lc":"tuple","v":[],"w":1}',
        '{"lc":"set","v":1}',
    ],
)
def test_a_container_that_no_writer_makes_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as raised:
        persist.loads(text)
    assert raised.value.kind == "bad_state_text"


def test_a_subclass_of_a_container_is_refused_and_not_flattened() -> None:
    class Stack(list[int]):
        pass

    with pytest.raises(CaptureError) as raised:
        persist.dumps({"stack": Stack([1])})
    assert [problem.path for problem in raised.value.problems] == ["$.stack"]
