"""What only looks like what a restore would give is refused, or comes back as what it is."""

from __future__ import annotations

import collections
import datetime
import ipaddress
import random
import types
import typing
import uuid
from collections.abc import Callable
from typing import Any

import persist
import pytest
from persist import CaptureError
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from strict import assert_same


class Text(str):
    pass


class Number(int):
    pass


class Span(datetime.timedelta):
    pass


class Attributes(dict[str, Any]):
    pass


class Names(set[str]):
    pass


class Plain:
    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


class Extended(list[int]):
    pass


class Valued(str):
    pass


class FailedError(Exception):
    pass


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    x: int = 0
    _kept: int = PrivateAttr(default=1)


class Small(BaseModel):
    x: int = 0
    names: list[str] = Field(default_factory=list)


Item = typing.TypeVar("Item")


class Box(typing.Generic[Item]):
    pass


def holding(made: Any, attributes: dict[str, Any]) -> Any:
    object.__setattr__(made, "__dict__", attributes)
    return made


def keeping(made: Any, name: str, kept: Any) -> Any:
    object.__setattr__(made, f"__pydantic_{name}__", kept)
    return made


def named(alias: Any) -> Any:
    made = alias.copy_with(alias.__args__)
    made.__module__ = "elsewhere"
    return made


def address() -> Any:
    made = ipaddress.IPv4Address(1)
    made._ip = Number(1)
    return made


NO_SET = "the set of a model's fields set is no `set` of `str`"
NO_DICT = "what holds an object's attributes is no `dict` but a `Attributes`"
PART = "a part of it is of a class that extends a builtin"

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a name of another class": (lambda: keeping(Small(x=1), "fields_set", {Text("x")}), NO_SET),
    "a name of another class beside others": (
        lambda: keeping(Model(x=1), "fields_set", {"x", Text("y")}),
        NO_SET,
    ),
    "a name that is no text": (lambda: keeping(Small(x=1), "fields_set", {1}), NO_SET),
    "a set of another class": (lambda: keeping(Small(x=1), "fields_set", Names({"x"})), NO_SET),
    "a frozen set": (lambda: keeping(Small(x=1), "fields_set", frozenset({"x"})), NO_SET),
    "extras of another class": (lambda: keeping(Model(), "extra", Attributes(a=1)), NO_DICT),
    "no extras of another class": (lambda: keeping(Model(), "extra", Attributes()), NO_DICT),
    "private ones of another class": (
        lambda: keeping(Model(), "private", Attributes(_kept=1)),
        NO_DICT,
    ),
    "fields of another class": (lambda: holding(Small(), Attributes(x=0, names=[])), NO_DICT),
    "attributes of another class": (lambda: holding(Plain(), Attributes(x=0)), NO_DICT),
    "no attributes of another class": (lambda: holding(Plain(), Attributes()), NO_DICT),
    "those of a list": (lambda: holding(Extended([1]), Attributes(x=0)), NO_DICT),
    "those of a text": (lambda: holding(Valued("a"), Attributes(x=0)), NO_DICT),
    "those of an error": (
        lambda: holding(FailedError("a"), Attributes(x=0)),
        "what holds its attributes is no `dict`",
    ),
    "the name of a zone": (
        lambda: datetime.timezone(datetime.timedelta(hours=1), Text("CET")),
        PART,
    ),
    "the offset of a zone": (lambda: datetime.timezone(Span(hours=1)), PART),
    "the number of a UUID": (lambda: uuid.UUID(int=Number(5)), PART),
    "the number of an address": (address, PART),
    "an alias with another module": (
        lambda: named(Box[int]),
        "it is a type that cannot be made anew of what it names",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_restore_would_make_another_thing_of_is_refused(name: str) -> None:
    make, reason = REFUSED[name]
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"it": [make()]})
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$.it[0]", "unsupported_value")
    assert problem.reason == reason


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_among_messages_too(name: str) -> None:
    from langchain_core.messages import AIMessage, HumanMessage

    messages = [HumanMessage("a"), AIMessage("b", response_metadata={"it": REFUSED[name][0]()})]
    with pytest.raises(CaptureError) as raised:
        persist.dumps(messages)
    assert [it.reason for it in raised.value.problems] == [REFUSED[name][1]]


def test_a_message_whose_fields_set_has_another_class_of_text_is_refused() -> None:
    from langchain_core.messages import HumanMessage

    message = HumanMessage("a")
    keeping(message, "fields_set", {Text("content")})
    with pytest.raises(CaptureError) as raised:
        persist.dumps([HumanMessage("b"), message])
    assert [(it.path, it.reason) for it in raised.value.problems] == [("$[1]", NO_SET)]


class Dice(random.Random):
    name: str


class Tally(collections.Counter[str]):
    """One attribute is set whenever it is made, and may be deleted since."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.made = True


class Space(types.SimpleNamespace):
    def __init__(self, **held: Any) -> None:
        super().__init__(**held)
        self.count = len(held)


class Slotted(collections.OrderedDict[str, int]):
    __slots__ = ("mark",)


class SlottedSpace(types.SimpleNamespace):
    __slots__ = ("mark",)


def with_mark(made: Any) -> Any:
    made.mark = [made]
    return made


def thrown() -> Dice:
    made = Dice(3)
    made.random()
    made.name, made.log = "d6", [made]  # type: ignore[attr-defined]
    return made


def bare() -> Tally:
    made = Tally("aab")
    del made.made
    return made


def reordered() -> Space:
    made = Space(a=1)
    del made.count
    made.b, made.count = 2, 5
    return made


CARRIED: dict[str, Callable[[], Any]] = {
    "attributes beside a state": thrown,
    "an attribute that is gone": bare,
    "an attribute that was put back": reordered,
    "slots beside attributes": lambda: with_mark(SlottedSpace(a=1)),
    "slots of an ordered dict": lambda: with_mark(Slotted(a=1)),
    "a private name of another class": lambda: keeping(Model(), "private", {Text("_kept"): 1}),
    "an extra of another class": lambda: keeping(Model(), "extra", {Text("a"): 1}),
}


@pytest.mark.parametrize("name", CARRIED)
def test_what_the_hooks_of_the_library_leave_out_comes_back(name: str) -> None:
    value = CARRIED[name]()
    text = persist.dumps(value)
    made = persist.loads(text, allow=__name__)
    assert_same(value, made)
    assert persist.dumps(made) == text
