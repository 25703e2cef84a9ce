"""Nodes of one class, of which the reader knows the later ones by how the first began."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from persist import FormatError, RebuildError

from strict import assert_same

MESSAGES = [HumanMessage("one", id="1"), AIMessage("two"), HumanMessage("three"), AIMessage("four")]
TEXT = persist.dumps(MESSAGES)
NODES = json.loads(TEXT)


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), ("\n,", " :")])
def test_space_between_tokens_changes_nothing(separators: tuple[str, str]) -> None:
    restored = persist.loads(json.dumps(NODES, separators=separators))
    assert_same(MESSAGES, restored)


def test_fields_may_come_in_any_order() -> None:
    nodes = [{**node, "kwargs": dict(reversed(node["kwargs"].items()))} for node in NODES]
    assert nodes[0]["kwargs"].keys() == NODES[0]["kwargs"].keys()
    assert_same(MESSAGES, persist.loads(compact(nodes)))


def test_nodes_are_known_in_lists_maps_and_fields() -> None:
    nested = AIMessage("outer", additional_kwargs={"inner": MESSAGES[0], "more": [MESSAGES[1]]})
    value = [*MESSAGES, {"a": MESSAGES[0]}, nested, [nested]]
    assert_same(value, persist.loads(persist.dumps(value)))


def test_the_same_text_inside_an_escape_stays_data() -> None:
    restored = persist.loads(compact([*NODES, {"__lc_escaped__": NODES[0]}]))
    assert restored[4] == NODES[0]


def test_a_later_node_may_have_a_label() -> None:
    value = [*MESSAGES, MESSAGES[0], MESSAGES[0]]
    restored = persist.loads(persist.dumps(value))
    assert restored[0] is restored[4] is restored[5]
    assert_same(value, restored)


@pytest.mark.parametrize("at", [0, 2])
def test_every_node_is_refused_a_field_that_is_none(at: int) -> None:
    nodes = json.loads(TEXT)
    nodes[at]["kwargs"]["surprise"] = 1
    with pytest.raises(RebuildError) as raised:
        persist.loads(compact(nodes))
    assert raised.value.kind == "invalid_state"
    (problem,) = raised.value.problems
    assert problem.path.startswith(f"$[{at}].")
    assert "`surprise` is no field of the class, or stands twice" in problem.reason


@pytest.mark.parametrize("at", [0, 2])
def test_every_node_is_refused_a_field_that_stands_twice(at: int) -> None:
    nodes = [compact(node) for node in NODES]
    nodes[at] = nodes[at].replace('"kwargs":{', '"kwargs":{"type":"human",')
    with pytest.raises(RebuildError) as raised:
        persist.loads(f"[{','.join(nodes)}]")
    assert raised.value.kind == "invalid_state"
    (problem,) = raised.value.problems
    assert "`type` is no field of the class, or stands twice" in problem.reason


@pytest.mark.parametrize("at", [0, 2])
def test_every_node_is_refused_a_state_behind_its_fields(at: int) -> None:
    nodes = json.loads(TEXT)
    nodes[at]["state"] = {"__lc_escaped__": {}}
    with pytest.raises(FormatError) as raised:
        persist.loads(compact(nodes))
    assert raised.value.kind == "bad_state_text"
    assert "a node `1` has no member `state` here" in str(raised.value)


@pytest.mark.parametrize("at", [0, 2])
def test_a_text_that_breaks_off_in_a_node_is_refused_where_it_does(at: int) -> None:
    nodes = [compact(node) for node in NODES]
    cut = f"[{','.join(nodes[: at + 1])}"[: -len('"human"}}')]
    with pytest.raises(FormatError) as raised:
        persist.loads(cut)
    assert raised.value.kind == "bad_state_text"
    assert f"byte {len(cut)}" in str(raised.value)
    assert "it ends early" in str(raised.value)
