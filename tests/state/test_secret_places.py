"""A `SecretStr` comes back wherever it stood, under a name that tells where that was."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import operator
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import persist
import pytest
from langchain_core.messages import HumanMessage
from persist import RebuildError
from pydantic import BaseModel, PrivateAttr, SecretStr

from strict import assert_same

KEY = "sk-0123456789"
ALLOW = (__name__, f"{__name__}:make_filled", "operator", "builtins:len")


def hidden() -> SecretStr:
    return SecretStr(KEY)


class Pair(NamedTuple):
    left: Any


class Row(tuple[Any, ...]):
    __slots__ = ()


class Made:
    def __init__(self, key: Any) -> None:
        self.key = key

    def __reduce__(self) -> tuple[Any, ...]:
        return Made, (self.key,)


class Filled:
    def __init__(self, key: Any = None) -> None:
        self.held: list[Any] = [key]

    def __reduce__(self) -> tuple[Any, ...]:
        return make_filled, (self.held[0],), None, iter(self.held[1:])

    def append(self, thing: Any) -> None:
        self.held.append(thing)


def make_filled(key: Any) -> Filled:
    return Filled(key)


class Named:
    def __new__(cls, key: Any = None, *, other: Any = None) -> Named:
        made = super().__new__(cls)
        made.held = (key, other)
        return made

    held: tuple[Any, Any]

    def __getnewargs_ex__(self) -> tuple[Any, ...]:
        return (self.held[0],), {"other": self.held[1]}

    def __getstate__(self) -> None:
        return None


class Stateful:
    def __init__(self, key: Any) -> None:
        self.key = key

    def __getstate__(self) -> Any:
        return (self.key,)

    def __setstate__(self, state: Any) -> None:
        (self.key,) = state


class Private(BaseModel):
    _key: Any = PrivateAttr(default=None)


class KeyedError(Exception):
    def __init__(self, key: Any) -> None:
        super().__init__("refused")
        self.key = key


@dataclasses.dataclass
class Box:
    held: Any


def tool(key: Any) -> Callable[[str], Any]:
    def call(question: str) -> Any:
        return question, key

    return call


def defaults(*keys: Any) -> Any:
    def call(first: Any = keys[0], *, second: Any = keys[1]) -> Any:
        return first, second

    call.note = keys[2]  # type: ignore[attr-defined]
    return call


def filled() -> Filled:
    made = Filled(hidden())
    made.append(hidden())
    return made


def private() -> Private:
    made = Private()
    made._key = hidden()
    return made


PLACES: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "nothing": (hidden, ["value"]),
    "a list": (lambda: [[hidden()]], ["value"]),
    "a key of a dict": (lambda: {"openai": {"key": hidden()}}, ["value.openai"]),
    "a dict of pairs": (lambda: {1: 2, "openai": hidden()}, ["value.openai"]),
    "what is a key": (lambda: {hidden(): 1}, ["value"]),
    "a set": (lambda: Box({hidden(), SecretStr("other")}), ["Box.held", "Box.held#2"]),
    "an attribute": (lambda: Box([hidden()]), ["Box.held"]),
    "a private attribute": (private, ["Private._key"]),
    "a named tuple": (lambda: Pair(hidden()), ["Pair"]),
    "a subclass of tuple": (lambda: Row((hidden(),)), ["Row"]),
    "a partial": (lambda: functools.partial(len, hidden()), ["partial"]),
    "a keyword of a partial": (lambda: functools.partial(len, a=hidden()), ["partial.a"]),
    "a variable that is captured": (lambda: tool(hidden()), ["tool.<locals>.call.key"]),
    "two tools": (
        lambda: [tool(hidden()), tool(SecretStr("other"))],
        ["tool.<locals>.call.key", "tool.<locals>.call.key#2"],
    ),
    "what a function has": (
        lambda: defaults(hidden(), hidden(), hidden()),
        [f"defaults.<locals>.call{end}" for end in ("", ".note", ".second")],
    ),
    "an argument": (lambda: Made(hidden()), ["Made"]),
    "an argument and an element": (filled, ["make_filled"]),
    "arguments with names": (lambda: Named(hidden(), other=hidden()), ["Named", "Named.other"]),
    "a state of its own": (lambda: Stateful(hidden()), ["Stateful"]),
    "an exception": (lambda: KeyedError(hidden()), ["KeyedError.key"]),
    "an argument of an exception": (lambda: ValueError(hidden()), ["ValueError"]),
    "a view of a mapping": (
        lambda: types.MappingProxyType({"a": hidden()}),
        ["MappingProxyType.a"],
    ),
    "an iterator": (lambda: iter([hidden()]), ["iter"]),
    "a slice": (lambda: slice(hidden()), ["value"]),
    "a counter": (lambda: collections.Counter([hidden()]), ["Counter"]),
    "a deque": (lambda: collections.deque([hidden()]), ["value"]),
    "a getter": (lambda: operator.itemgetter(hidden()), ["itemgetter"]),
    "an array of objects": (lambda: np.array([hidden(), 1], dtype=object), ["value"]),
    "a message": (
        lambda: HumanMessage("a", additional_kwargs={"lc": 1, "key": hidden()}),
        ["HumanMessage.additional_kwargs"],
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_comes_back_wherever_it_stood(place: str) -> None:
    make, names = PLACES[place]
    persist.snapshot(make(), "memory://place")
    needs = persist.get_metadata("memory://place")["needs"] or {}
    assert needs["secrets"] == names
    given = {name: "other" if name.endswith("#2") else KEY for name in needs["secrets"]}
    back = persist.restore("memory://place", allow=ALLOW, secrets_map=given)
    if place == "an iterator":
        assert_same(list(make()), list(back))
    else:
        assert_same(make(), back)


def secret(name: str) -> dict[str, str]:
    return {"lc": "secret", "type": "SecretStr", "name": name}


def thing(name: str, **members: Any) -> dict[str, Any]:
    return {"lc": "object", "id": f"{__name__}:{name}", **members}


MOVED = {
    "another attribute": thing("Box", dict={"held": secret("Box.other")}),
    "another class": thing("Box", dict={"held": secret("Private._key")}),
    "deeper in": thing("Box", dict={"held": thing("Box", dict={"held": secret("Box.a")})}),
    "from an attribute into arguments": thing("Made", init=[secret("Made.key")]),
    "from a call into a list": [secret("make_filled")],
    "from a function into a map": {"key": secret("tool.<locals>.call.key")},
    "a name with another count": thing("Box", dict={"held": secret("Box.held#x")}),
    "a message": {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "HumanMessage"],
        "kwargs": {"content": secret("Box.held"), "type": "human"},
    },
}


@pytest.mark.parametrize("name", MOVED)
def test_a_secret_that_was_moved_is_refused(name: str) -> None:
    names = "Box.other Box.a Private._key Made.key make_filled tool.<locals>.call.key Box.held#x"
    given = dict.fromkeys([*names.split(), "Box.held"], KEY)
    with pytest.raises(RebuildError) as caught:
        persist.loads(json.dumps(MOVED[name]), allow=ALLOW, secrets_map=given)
    assert caught.value.kind == "invalid_state"
    assert KEY not in str(caught.value)


def test_keys_with_a_count_in_them_are_told_apart() -> None:
    value = {"a": SecretStr("one-12345"), "a#2": SecretStr("two-12345"), "b": {"a": hidden()}}
    value["c"] = [SecretStr("x"), SecretStr("y")]
    persist.snapshot(value, "memory://place")
    needs = persist.get_metadata("memory://place")["needs"] or {}
    assert needs["secrets"] == ["value.a", "value.a#2", "value.b", "value.c", "value.c#2"]
    given = dict(zip(needs["secrets"], ("one-12345", "two-12345", KEY, "x", "y"), strict=True))
    assert_same(value, persist.restore("memory://place", secrets_map=given))


def test_what_lies_in_a_set_gets_no_second_name() -> None:
    report = persist.check(Box({SecretStr("one-12345"), SecretStr("two-12345")}))
    assert report.needs["secrets"] == ["Box.held", "Box.held#2"]
