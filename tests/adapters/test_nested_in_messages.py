"""Lists and dicts in messages, which are written in one go where nothing else holds them."""

from __future__ import annotations

import datetime
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import persist
import pytest

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage

from trips import there_and_back


def message(held: Any) -> AIMessage:
    return AIMessage("yes", id="m1", response_metadata={"before": 1, "held": held, "after": [2]})


def nested(levels: int) -> Any:
    """Returns lists and dicts in each other, by turns."""
    value: Any = "core"
    for level in range(levels):
        value = {"inner": value} if level % 2 else [value, level]
    return value


def empty() -> Any:
    shared: list[Any] = []
    return [shared, {"again": shared}]


def circle() -> Any:
    held: dict[str, Any] = {"a": 1}
    held["self"] = [held]
    return held


def same() -> Any:
    inner = {"a": [1, 2]}
    return [inner, {"b": inner}, inner["a"]]


HELD: dict[str, Callable[[], Any]] = {
    "nothing": dict,
    "scalars": lambda: {"a": None, "b": True, "c": -1, "d": 0.5, "é": "ü\ud800", "": ""},
    "lists": lambda: [[], [[]], [1, [2, [3]]], {}],
    "six levels": lambda: nested(4),
    "seven levels": lambda: nested(5),
    "many levels": lambda: nested(300),
    "keys that mark a node": lambda: {"lc": 1, "type": "constructor"},
    "an escape": lambda: {"__lc_escaped__": {"lc": 1}},
    "no escape": lambda: {"__lc_escaped__": 1, "other": 2},
    "other keys": lambda: [{1: "a", "1": "b", 2.0: "c", None: "d"}],
    "a key of surrogates": lambda: {"\ud83d\ude00": "\ud83d\ude00", "\ud800": 1},
    "numbers that JSON lacks": lambda: [float("inf"), float("-inf"), 10**30, -0.0],
    "others": lambda: [(1, 2), {3}, b"4", datetime.date(2026, 1, 2)],
    "subclasses": lambda: [OrderedDict(a=1), {"b": OrderedDict(c=2)}],
    "another message": lambda: [HumanMessage("hi", additional_kwargs={"x": [1]})],
    "the same twice": same,
    "one empty list twice": empty,
    "a circle": circle,
    "long texts": lambda: [{"text": "x" * 100_000}, "é" * 100_000],
}


@pytest.mark.parametrize("name", HELD)
def test_what_a_message_holds_comes_back(name: str) -> None:
    there_and_back([message(HELD[name]()), HumanMessage("hi")])
    # With something that takes two passes.
    there_and_back([(), message(HELD[name]()), message([])])


@pytest.mark.parametrize("place", ["another message", "a list", "its own fields"])
def test_what_is_held_elsewhere_too_stays_one(place: str) -> None:
    one = message({"a": [1, {"b": 2}]})
    held = one.response_metadata["held"]["a"]
    other = AIMessage("no", id="m2")
    other.additional_kwargs["held"] = held
    own = AIMessage("yes", id="m1", response_metadata={"held": held})
    own.additional_kwargs["again"] = own.response_metadata["held"]
    state = {"another message": [one, other], "a list": [one, held], "its own fields": [own]}[place]
    back = there_and_back(state)
    if place == "another message":
        assert back[1].additional_kwargs["held"] is back[0].response_metadata["held"]["a"]
    elif place == "a list":
        assert back[1] is back[0].response_metadata["held"]["a"]
    else:
        assert back[0].additional_kwargs["again"] is back[0].response_metadata["held"]


def test_the_text_is_that_of_langchain() -> None:
    call = {"name": "search", "args": {"query": "tea", "of": [1, {"k": None}]}, "id": "c1"}
    spent = {"input_tokens": 4, "output_tokens": 6, "total_tokens": 10}
    one = AIMessage("", tool_calls=[call], usage_metadata=spent, response_metadata={"m": ["x"]})
    assert json.loads(persist.dumps(one)) == json.loads(dumps(one))
    assert persist.dumps(one, dialect="langchain") == persist.dumps(one)


def test_a_fields_own_default_that_is_no_longer_empty_is_written() -> None:
    one = HumanMessage("hi", id="m1")
    one.additional_kwargs["added"] = {"later": [1]}
    back = there_and_back([one])[0]
    assert back.model_fields_set == {"content", "id"}
    assert back.additional_kwargs == {"added": {"later": [1]}}
