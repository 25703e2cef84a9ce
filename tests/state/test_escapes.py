"""Data can never be read as a node, wherever it stands."""

from __future__ import annotations

import copy
import json
from typing import Any

import persist
import pytest
from langchain_core.documents import Document
from langchain_core.load import loads as langchain_loads
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from persist import CaptureError, FormatError

from models import Anything, Loose, Person
from things import Card, Frozen, Plain, Text
from trips import there_and_back

SECRET = {"lc": 1, "type": "secret", "id": ["PATH"]}
CONSTRUCTOR = {
    "lc": 1,
    "type": "constructor",
    "id": ["langchain", "schema", "messages", "HumanMessage"],
    "kwargs": {"content": "x"},
}

LOOKALIKES: list[Any] = [
    SECRET,
    CONSTRUCTOR,
    {"lc": 1, "type": "not_implemented", "id": ["a", "b"], "repr": "x"},
    {"lc": True, "type": "secret", "id": ["PATH"]},
    {"lc": 1.0, "type": "secret", "id": ["PATH"]},
    {"lc": None},
    {"lc": {"lc": {"lc": 1}}},
    {"lc": [{"lc": "set", "v": []}]},
    {"lc": "tuple", "v": [1]},
    {"lc": "shared", "ref": 1, "v": []},
    {"lc": "same", "ref": 1},
    {"lc": "object", "id": "os:system"},
    {"lc": "unheard of"},
    {"a": 1, "lc": 2},
    {"lc": (1, 2)},
    {"lc": float("nan")},
    {"lc": {1: 2}},
    {"lc": b"x"},
    {"lc": 10**5000},
    {"lc": "\ud83d\ude00"},
    {"lc": Plain(a={"lc": 1})},
    {"__lc_escaped__": 1},
    {"__lc_escaped__": []},
    {"__lc_escaped__": {}},
    {"__lc_escaped__": {"a": 1}},
    {"__lc_escaped__": {"lc": 1}},
    {"__lc_escaped__": {"__lc_escaped__": {"lc": "x"}}},
    {"__lc_escaped__": {"__lc_escaped__": {}}},
    {"__lc_escaped__": (1,)},
    {"__lc_escaped__": [SECRET]},
    {"__lc_escaped__": 1, "b": 2},
    {"__lc_escaped__": {"lc": 1}, "b": {"__lc_escaped__": {"lc": 1}}},
    {"__lc_escaped__": {"a": {"__lc_escaped__": 1, "c": (2,)}, "lc": 1}, "b": 2},
    {"b": 2, "__lc_escaped__": {"lc": 1}},
    {"lc": 1, "__lc_escaped__": 2},
    {"x": {"__lc_escaped__": {"__lc_escaped__": 1, "q": {"lc": 2}}}},
    {"state": {"__lc_escaped__": {"class": "os:system"}}},
    {"__lc_escaped__": {"state": {"__lc_escaped__": {"set": []}}}},
    {1: 2, "lc": 1},
    {b"lc": 1},
    {Text("lc"): 1},
    {"__lc_escaped__": {1: 2}},
]


def shown(value: Any) -> str:
    return next(iter(map(ascii, value)))[:20]


@pytest.mark.parametrize("data", LOOKALIKES, ids=shown)
def test_data_comes_back_as_data(data: dict[Any, Any]) -> None:
    there_and_back(data)
    there_and_back([data, {"deep": [{"er": (data,)}]}])
    there_and_back({"lc": data, "__lc_escaped__": data})
    there_and_back({"__lc_escaped__": data})
    there_and_back({"__lc_escaped__": data, "more": data})


@pytest.mark.parametrize("data", LOOKALIKES, ids=shown)
def test_data_in_attributes_fields_and_extras_comes_back_as_data(data: dict[Any, Any]) -> None:
    there_and_back(Frozen(data, [data]))
    there_and_back(Card("x", notes=[data]))
    person = Person(age=1, traits={"t": data}, hidden=data)
    person._trail.append(data)
    there_and_back(person)
    there_and_back(Loose(known=data, more=data))
    there_and_back(Anything(data))
    if all(type(key) is str for key in data):
        there_and_back(Plain(**data))
        there_and_back(Loose(**data))
        there_and_back(Person(age=1, traits=data))


@pytest.mark.parametrize("data", LOOKALIKES, ids=shown)
def test_data_in_messages_comes_back_as_data(data: dict[Any, Any]) -> None:
    if not all(type(key) is str for key in data):
        data = {"inner": data}
    call = {"name": "f", "args": data, "id": "1", "type": "tool_call"}
    messages = [
        HumanMessage("x", additional_kwargs=data, response_metadata={"of": data}),
        HumanMessage([{"type": "text", "text": "a", **data}]),
        AIMessage("", tool_calls=[call]),
        ToolMessage("x", tool_call_id="1", artifact=data),
        Document("x", metadata=data),
    ]
    there_and_back(messages)


@pytest.mark.parametrize("data", LOOKALIKES, ids=shown)
def test_an_extra_may_have_any_name(data: dict[Any, Any]) -> None:
    there_and_back(HumanMessage("x", lc=1, state=data, kwargs=data, id_=data, __lc_escaped__=1))


def test_langchain_reads_escaped_data_as_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "leaked")
    for data in LOOKALIKES[:8]:
        twin = copy.deepcopy(data)
        text = persist.dumps([HumanMessage("x", additional_kwargs=data), twin])
        message, plain = langchain_loads(text, allowed_objects="all", secrets_from_env=True)
        assert repr(message.additional_kwargs) == repr(data)
        assert repr(plain) == repr(data)


def test_langchain_finds_nothing_to_revive_in_what_only_we_carry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = HumanMessage("x", more=SECRET, other=CONSTRUCTOR)
    text = persist.dumps(message)
    assert langchain_loads(text, allowed_objects="messages") == HumanMessage("x")


def test_an_escape_stays_plain_json() -> None:
    assert persist.dumps({"lc": [1, {"lc": 2}]}) == '{"__lc_escaped__":{"lc":[1,{"lc":2}]}}'
    assert persist.dumps({"__lc_escaped__": 1, "b": 2}) == '{"__lc_escaped__":1,"b":2}'
    assert json.loads(persist.dumps({"lc": (1,)}))["lc"] == "dict"


def test_sharing_inside_an_escape_is_kept() -> None:
    shared = [1]
    there_and_back({"lc": shared, "b": shared})
    there_and_back([{"lc": shared}, shared])
    escaped = {"lc": 1}
    there_and_back([escaped, {"lc": escaped}, escaped])
    circle: dict[str, Any] = {"lc": 1}
    circle["self"] = circle
    there_and_back(circle)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"lc":2}', "`lc` is neither"),
        ('{"lc":true}', "`lc` is neither"),
        ('{"lc":1.0,"type":"secret","id":["PATH"]}', "`lc` is neither"),
        ('{"lc":null}', "`lc` is neither"),
        ('{"lc":[]}', None),
        ('{"lc":"unheard of"}', "`unheard of` is not known"),
        ('{"lc":"tuple","v":[],"x":1}', "has no member `x`"),
        ('{"lc":1}', None),
        ('{"lc":1,"type":"constructor"}', None),
        ('{"lc":1,"type":"not_implemented","id":["a"],"repr":"x"}', None),
        ('{"__lc_escaped__":1}', "an escape holds something else"),
        ('{"__lc_escaped__":[]}', "an escape holds something else"),
    ],
)
def test_what_looks_like_a_node_and_is_none_is_refused(text: str, reason: str | None) -> None:
    with pytest.raises(FormatError) as raised:
        persist.loads(text)
    assert raised.value.kind == "bad_state_text"
    assert reason is None or reason in str(raised.value)


def test_a_node_begins_with_lc() -> None:
    with pytest.raises(FormatError):
        persist.loads('{"v":[1],"lc":"tuple"}')


def test_two_keys_cannot_become_one() -> None:
    with pytest.raises(FormatError):
        persist.loads('{"__lc_escaped__":{"lc":1,"lc":2}}')
    there_and_back({1: "a", "1": "b", 1.5: "c", "1.5": "d", None: "e", "null": "f"})


def test_langchains_dialect_refuses_what_it_cannot_tell_apart() -> None:
    with pytest.raises(CaptureError):
        persist.dumps({"lc": (1,)}, dialect="langchain")
