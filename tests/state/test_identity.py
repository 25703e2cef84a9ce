"""What is one thing comes back as one thing, on cycles of every kind too."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest
from langchain_core.documents import Document
from langchain_core.load.serializable import Serializable
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.prompts import PromptTemplate
from persist import CaptureError, FormatError
from pydantic import Field

from models import Loose, Person
from things import Card, Frozen, FrozenSlim, Keyed, Node, Plain, Slotted, SlottedMore, Text
from trips import there_and_back


def list_on_itself() -> Any:
    circle: list[Any] = [1]
    circle.append(circle)
    return circle


def dict_on_itself() -> Any:
    circle: dict[Any, Any] = {"a": 1}
    circle["self"] = circle
    circle[1] = [circle]
    return circle


def tuple_through_a_list() -> Any:
    inner: list[Any] = []
    circle = (inner, 1)
    inner.append(circle)
    return circle


def list_through_a_tuple() -> Any:
    return tuple_through_a_list()[0]


def tuple_met_before_its_cycle() -> Any:
    circle = tuple_through_a_list()
    return [circle, circle, circle[0]]


def two_tuples_on_one_cycle() -> Any:
    inner: list[Any] = []
    deep = (inner,)
    circle = (inner, inner, deep)
    inner.extend([circle, deep, circle])
    return circle


def tuples_in_tuples_on_a_cycle() -> Any:
    inner: list[Any] = []
    circle: Any = (inner, "end")
    for depth in range(5):
        circle = (circle, depth, [circle])
    inner.append(circle)
    return circle


def tuple_through_a_dict() -> Any:
    inner: dict[Any, Any] = {}
    circle = (inner, (inner,))
    inner["up"], inner[1] = circle, circle[1]
    return inner


def object_on_itself() -> Any:
    thing = Plain()
    thing.self, thing.list = thing, [thing]
    return thing


def object_through_slots() -> Any:
    thing = Slotted()
    thing.one = (thing, [thing])
    thing.hide(thing)
    return thing


def object_through_slots_and_dict() -> Any:
    thing = SlottedMore()
    thing.three, thing.more = thing, [thing]
    return thing


def object_in_a_set_that_it_holds() -> Any:
    thing = Node()
    thing.link = {thing}
    return thing


def object_in_a_frozenset_that_it_holds() -> Any:
    thing = Node()
    thing.link = frozenset({thing})
    return [thing.link, thing]


def object_as_a_key_of_what_it_holds() -> Any:
    thing = Node()
    thing.link = {thing: thing, (thing, 1): [thing]}
    return thing.link


def frozenset_met_first() -> Any:
    return object_in_a_frozenset_that_it_holds()[0]


def _kin() -> tuple[Any, Any]:
    parent, child = Keyed(1), Keyed(2)
    vars(parent).update(kids=[child], named={1: child})
    vars(child).update(around=[[parent]])
    return parent, child


def set_of_keys_that_lead_back_to_themselves() -> Any:
    return {*_kin()}


def frozenset_of_a_key_that_leads_back_to_itself() -> Any:
    return frozenset({_kin()[1]})


def dict_of_a_key_that_leads_back_to_itself() -> Any:
    parent, child = _kin()
    return {parent: [child], (child, 1): parent}


def key_on_itself() -> Any:
    key = Keyed(1)
    vars(key).update(kids=[key])
    return {key}


def frozen_dataclass_on_a_cycle() -> Any:
    inner: list[Any] = []
    inner.append(Frozen(inner, inner))
    return inner


def frozen_slots_on_a_cycle() -> Any:
    inner: list[Any] = []
    inner.append(FrozenSlim(inner, (inner,)))
    return inner[0]


def dataclass_on_a_cycle() -> Any:
    card = Card("hearts")
    card.notes.append(card)
    return card


def model_on_a_cycle() -> Any:
    person = Person(age=1)
    person.hidden, person.traits = person, {"me": person}
    person._trail.append(person)
    return person


def model_through_its_extras() -> Any:
    thing = Loose(other=[])
    thing.__pydantic_extra__["other"].append(thing)  # type: ignore[index]
    return thing


def string_with_attributes_on_a_cycle() -> Any:
    text = Text("a")
    text.here = [text]  # type: ignore[attr-defined]
    return text


def method_on_its_object() -> Any:
    thing = Plain()
    thing.hello = thing.greet
    return thing


def ring_of_objects() -> Any:
    ring = [Plain(number=number) for number in range(100)]
    for at, thing in enumerate(ring):
        thing.next, thing.previous = ring[(at + 1) % 100], ring[at - 1]
    return ring[7]


def exception_in_a_group_that_it_holds() -> Any:
    group = ExceptionGroup("all", [ValueError("a"), KeyError("b")])
    group.exceptions[0].group = group  # type: ignore[attr-defined]
    group.exceptions[1].__cause__ = group
    return group


def exception_in_groups_that_it_holds() -> Any:
    group = ExceptionGroup("all", [ExceptionGroup("some", [ValueError("a")])])
    inner = group.exceptions[0].exceptions[0]  # type: ignore[attr-defined]
    inner.groups, group.args[1][0].up = (group, group.exceptions), group  # type: ignore[attr-defined]
    return [inner, group]


def group_beside_its_exceptions() -> Any:
    group = ExceptionGroup("all", [ValueError("a")])
    group.held = [group.exceptions, group.args]  # type: ignore[attr-defined]
    return group


def arguments_of_an_exception_that_holds_them() -> Any:
    error = ValueError([])
    error.args[0].extend([error, error.args])
    return error.args


CYCLES = [
    value for value in list(globals().values()) if getattr(value, "__module__", "") == __name__
]


@pytest.mark.parametrize("make", CYCLES, ids=lambda make: make.__name__)
def test_a_cycle_comes_back(make: Any) -> None:
    there_and_back(make())


@pytest.mark.parametrize("make", CYCLES, ids=lambda make: make.__name__)
def test_a_cycle_met_twice_is_one(make: Any) -> None:
    value = make()
    back = there_and_back({"first": [value], "then": (value, {1: value})})
    assert back["first"][0] is back["then"][0] is back["then"][1][1]


SHARED: list[Any] = [
    [1],
    {"a": 1},
    {1: 2},
    {"lc": 1},
    {1, 2},
    frozenset({(1, 2)}),
    (1, 2),
    (1, (2, [])),
    bytearray(b"a"),
    Plain(a=1),
    Frozen(1),
    FrozenSlim([]),
    Person(age=1),
    Loose(extra=1),
    Text("a"),
    Keyed(1),
]


@pytest.mark.parametrize("thing", SHARED, ids=lambda value: ascii(value)[:30])
def test_a_shared_thing_is_one(thing: Any) -> None:
    back = there_and_back([thing, thing, {"k": thing}, (thing, [thing])])
    assert back[0] is back[1] is back[2]["k"] is back[3][0] is back[3][1][0]


@pytest.mark.parametrize("thing", SHARED, ids=lambda value: ascii(value)[:30])
def test_a_thing_in_two_objects_is_one(thing: Any) -> None:
    slim = FrozenSlim(thing)
    back = there_and_back([Plain(a=thing), slim, Loose(known=thing, more=thing), Frozen([thing])])
    assert back[0].a is back[1].left is back[2].known is back[2].more is back[3].left[0]


def test_the_arguments_of_an_exception_are_the_tuple_met_elsewhere() -> None:
    errors = [ValueError([1]), ExceptionGroup("all", [KeyError("b")]), SystemExit(1, 2)]
    for error in errors:
        for graph in ([error, error.args], [error.args, error], [[error], {"a": (error.args,)}]):
            there_and_back(graph)
    back = there_and_back([errors, [it.args for it in errors], errors[1].exceptions])
    assert [it.args is held for it, held in zip(*back[:2], strict=True)] == [True] * 3
    assert back[0][1].exceptions is back[2]
    assert back[0][2].code is back[1][2]
    # Nobody else has them: they are an array, as they are without the others.
    assert '"args":[[1]]' in persist.dumps([ValueError([1]), ValueError([1]).args])


def test_equal_things_stay_two() -> None:
    back = there_and_back([[1], [1], (Plain(), Plain()), {"a": {}}, {"b": {}}])
    assert back[0] is not back[1]


def test_a_key_is_shared_with_a_value() -> None:
    key = (1, Node())
    back = there_and_back({key: key, "again": [key], Frozen(key): key[1]})
    assert next(iter(back)) is back["again"][0]


def test_sharing_is_seen_inside_what_is_walked_twice() -> None:
    inner: list[Any] = []
    lone: list[Any] = [1]
    circle = (inner, [lone, (lone,)], Plain(lone=lone))
    inner.append(circle)
    there_and_back([circle, inner])
    there_and_back([inner, circle])


def test_an_object_made_for_the_walk_is_no_sharing() -> None:
    class Fleeting:
        pass

    assert persist.dumps([[[number]] for number in range(1000)]).count("ref") == 0
    assert persist.dumps([Plain(a=[1]) for _ in range(1000)]).count("ref") == 0


def with_default_containers() -> list[Any]:
    prompt = PromptTemplate.from_template("say {word}")
    return [AIMessage("x"), ToolMessage("x", tool_call_id="1"), Document("x"), Sent(), prompt]


class Sent(Serializable):
    items: list[Any] = Field(default_factory=list)
    table: dict[str, Any] = Field(default_factory=dict, exclude=True)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True


@pytest.mark.parametrize("at", range(5))
def test_an_empty_default_that_is_shared_is_one(at: int) -> None:
    names = [
        name for name, value in vars(with_default_containers()[at]).items() if value in ([], {})
    ]
    assert names
    allow = ["test_identity"]
    for name in names:
        thing = with_default_containers()[at]
        value = vars(thing)[name]
        for graph in ([thing, value], [value, thing], [thing, thing, {"more": [value]}]):
            there_and_back(graph, allow)
        back = there_and_back([thing, value], allow)
        assert vars(back[0])[name] is back[1]


def test_labels_are_numbered_in_the_order_of_the_text() -> None:
    one, other = [1], [2]
    tree = json.loads(persist.dumps([one, other, other, one]))
    assert [node["ref"] for node in tree] == [1, 2, 2, 1]
    assert [node["lc"] for node in tree] == ["shared", "shared", "same", "same"]


def test_the_innermost_mention_builds_a_tuple() -> None:
    tree = json.loads(persist.dumps(tuple_through_a_list()))
    assert tree["same"] == 1
    assert tree["v"][0]["lc"] == "shared"


def test_a_key_whose_hash_needs_the_cycle_is_refused_by_its_path() -> None:
    thing = Keyed(1)
    thing.loop = {thing: 1}  # type: ignore[attr-defined]
    with pytest.raises(CaptureError) as raised:
        persist.dumps([thing])
    assert raised.value.kind == "unsupported_value"
    assert [problem.path for problem in raised.value.problems] == ["$[0].loop.keys()[…]"]


def test_a_key_that_is_hashed_within_itself_is_refused_where_it_is_met_first() -> None:
    parent, child = _kin()
    vars(parent)["kids"] = [{child}]
    for made, path in (({parent}, "${0}"), ({parent: 1}, "$.keys()[…]")):
        with pytest.raises(CaptureError) as raised:
            persist.dumps(made)
        assert f"{path}.kids[0]{{0}}.around[0][0]" in [it.path for it in raised.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        '{"lc":"same","ref":1}',
        '[{"lc":"shared","ref":1,"v":[]},{"lc":"same","ref":2}]',
        '[{"lc":"shared","ref":1,"v":[]},{"lc":"shared","ref":1,"v":[]}]',
        '[{"lc":"same","ref":1},{"lc":"shared","ref":1,"v":[]}]',
        '{"lc":"shared","ref":1,"v":5}',
        '{"lc":"shared","ref":1,"v":"text"}',
        '{"lc":"shared","ref":1}',
        '{"lc":"shared","v":[],"ref":1}',
        '{"lc":"shared","ref":-1,"v":[]}',
        '{"lc":"shared","ref":1.0,"v":[]}',
        '{"lc":"shared","ref":"1","v":[]}',
        '{"lc":"shared","ref":1,"v":{"lc":"shared","ref":2,"v":[]}}',
        '{"lc":"shared","ref":1,"v":{"lc":"tuple","v":[{"lc":"same","ref":1}]}}',
        '{"lc":"tuple","same":1,"v":[]}',
        '{"lc":"shared","ref":1,"v":{"lc":"bytes","v":""}}',
    ],
)
def test_a_label_that_no_writer_makes_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as raised:
        persist.loads(text)
    assert raised.value.kind == "bad_state_text"
