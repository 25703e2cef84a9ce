"""Objects, tuples and maps that begin as earlier ones did: the reader knows them by that."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, deque
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import persist
import pytest
from persist import FormatError, RebuildError

from strict import assert_same

OBJECTS: list[Any] = [
    value
    for number in range(3)
    for value in (
        OrderedDict([("a", number), ("b", (number, ()))]),
        deque([(number,), number], maxlen=5),
        Counter(["x", "x", str(number)]),
        SimpleNamespace(left=number, right=((number,), [])),
    )
]
TEXT = persist.dumps(OBJECTS)


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), ("\n,", " :")])
def test_space_between_tokens_changes_nothing(separators: tuple[str, str]) -> None:
    assert_same(OBJECTS, persist.loads(json.dumps(json.loads(TEXT), separators=separators)))


def test_a_later_object_may_be_shared() -> None:
    value = [*OBJECTS, OBJECTS[0], OBJECTS[5], {"in": OBJECTS[0]}]
    restored = persist.loads(persist.dumps(value))
    assert restored[0] is restored[12] is restored[14]["in"]
    assert_same(value, restored)


def test_the_same_text_inside_an_escape_stays_data() -> None:
    nodes = json.loads(TEXT)
    for node in (nodes[0], {"lc": "tuple", "v": [1]}):
        restored = persist.loads(compact([*nodes, {"__lc_escaped__": node}, [node]]))
        assert restored[12] == node


def test_a_map_like_a_tuple_is_a_map_in_langchains_dialect() -> None:
    text = '[{"lc":"tuple","v":[1]},{"lc":"tuple","v":[2]}]'
    assert persist.loads(text) == [(1,), (2,)]
    assert persist.loads(text, dialect="langchain") == json.loads(text)


def test_tuples_in_every_place_come_back() -> None:
    value = [(), ((),), {"a": ((1,), [(2,)])}, OrderedDict(a=((3,),)), {(4, (5,)): {(6,)}}]
    assert_same(value, persist.loads(persist.dumps(value)))


@pytest.mark.parametrize("at", [0, 4, 8])
def test_every_object_is_refused_a_member_it_does_not_have(at: int) -> None:
    nodes = json.loads(TEXT)
    nodes[at]["items"] = [1]
    with pytest.raises(RebuildError) as raised:
        persist.loads(compact(nodes))
    (problem,) = raised.value.problems
    assert problem.path.startswith(f"$[{at}]")
    assert problem.kind == "invalid_state"
    assert problem.reason.endswith("is not taken apart into a member `items`")


@pytest.mark.parametrize("at", [0, 4, 8])
def test_every_object_is_refused_a_member_that_stands_twice(at: int) -> None:
    nodes = [compact(node) for node in json.loads(TEXT)]
    nodes[at] = nodes[at].replace('"init":[]', '"init":[],"init":[]')
    with pytest.raises(FormatError) as raised:
        persist.loads(f"[{','.join(nodes)}]")
    assert "a node `object` has no member `init` here" in str(raised.value)


@pytest.mark.parametrize("end", ["", "]", "],", ',1]}"', "]]"])
def test_a_text_that_breaks_off_in_a_tuple_is_refused(end: str) -> None:
    with pytest.raises(FormatError) as raised:
        persist.loads('[{"lc":"tuple","v":[1]},{"lc":"tuple","v":[2' + end)
    assert raised.value.kind == "bad_state_text"


# Maps whose keys come as they did before.

MAPS = [{"id": number, "text": "a", "done": {"id": 0, "text": None}} for number in range(4)]


def test_keys_may_come_in_any_order_and_be_left_out() -> None:
    value = [*MAPS, dict(reversed(MAPS[0].items())), {"text": 1, "id": 2}, {"id": 1}, {}, *MAPS]
    assert_same(value, persist.loads(persist.dumps(value)))


def test_a_key_spelled_in_escapes_is_the_same_key() -> None:
    text = compact(MAPS).replace('"text"', '"\\u0074ext"', 2)
    assert_same(MAPS, persist.loads(text))


def test_more_keys_than_are_remembered_come_back() -> None:
    value = [{f"key-{number}": number, "more": 1, "x" * 60: 2} for number in range(600)] * 2
    assert_same(value, persist.loads(persist.dumps(value)))


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("twin", ['"id":1,', '"text":1,'])
def test_a_key_that_stands_twice_is_refused_in_every_map(at: int, twin: str) -> None:
    maps = [compact(one) for one in MAPS]
    maps[at] = maps[at].replace('"done":{', f'{twin}"done":{{')
    with pytest.raises(FormatError, match="a key stands twice in one map"):
        persist.loads(f"[{','.join(maps)}]")


@pytest.mark.parametrize("at", [0, 1, 3])
def test_the_key_of_nodes_is_refused_in_every_map(at: int) -> None:
    maps = [compact(one) for one in MAPS]
    maps[at] = maps[at].replace('"text":"a"', '"lc":1,"text":"a"')
    with pytest.raises(FormatError, match="`lc` stands in a map"):
        persist.loads(f"[{','.join(maps)}]")


def test_the_key_of_nodes_in_escaped_maps_is_data_each_time() -> None:
    value = [{"id": 1, "lc": 1, "text": 2} for _ in range(3)]
    assert_same(value, persist.loads(persist.dumps(value)))
    assert_same(value, persist.loads(compact([{"__lc_escaped__": one} for one in value])))


def test_numbers_as_keys_stay_what_they_are() -> None:
    value = [{1: Fraction(1, 2), "1": (1,)}, {1: 2, "1": 3}]
    assert_same(value, persist.loads(persist.dumps(value)))


def test_a_refusal_of_state_says_what_to_do_and_not_what_code_says() -> None:
    node = {"lc": "object", "id": "hooks:Initial", "init": [1], "items": [1]}
    with pytest.raises(RebuildError) as raised:
        persist.loads(compact([node]), allow=["hooks"])
    (problem,) = raised.value.problems
    assert problem.reason.endswith("does not accept its saved state: it raises `AttributeError`")
    assert problem.hint.startswith("the text or the class was changed since it was written")
