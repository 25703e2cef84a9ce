"""Secrets of `pydantic.v1`: left out, asked for and given back as those of today are."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
from collections.abc import Callable
from typing import Any

import persist
import pytest
from langchain_core.load.serializable import Serializable
from persist import CaptureError, FormatError, PersistError, RebuildError, UntrustedError
from pydantic import BaseModel, SkipValidation, v1
from pydantic.v1.types import SecretField

from strict import assert_same

KEY = "sk-0123456789"
ALLOW = (__name__, "clients", "functools", "types", "collections")
PLACE = "memory://older-secrets"


class Account(v1.BaseModel):
    user: str = "ada"
    password: v1.SecretStr
    pin: v1.SecretBytes = v1.SecretBytes(b"")
    keys: list[v1.SecretStr] = []


class Modern(BaseModel):
    user: str = "ada"
    password: SkipValidation[Any]


@dataclasses.dataclass
class Noted:
    password: Any


class Thing:
    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


class Slotted:
    __slots__ = ("password",)


class Declared(Serializable):
    api_key: Any
    name: str = "a"

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"api_key": "DECLARED_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True


def secret(text: str = KEY) -> v1.SecretStr:
    return v1.SecretStr(text)


def slotted() -> Slotted:
    made = Slotted()
    made.password = secret()
    return made


def capturing() -> Callable[[], str]:
    key = secret()

    def search() -> str:
        return key.get_secret_value()

    return search


HELD: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "a model of v1": (
        lambda: Account(password=KEY, pin=b"12345678", keys=[KEY]),
        ["Account.keys", "Account.password", "Account.pin"],
    ),
    "a model": (lambda: Modern(password=secret()), ["Modern.password"]),
    "a dataclass": (lambda: Noted(secret()), ["Noted.password"]),
    "an attribute": (lambda: Thing(note=secret()), ["Thing.note"]),
    "a slot": (slotted, ["Slotted.password"]),
    "a list": (lambda: [secret()], ["value"]),
    "bytes in a tuple": (lambda: (v1.SecretBytes(KEY.encode()),), ["value"]),
    "a map": (lambda: {"k": secret()}, ["value.k"]),
    "a key of a map": (lambda: {secret(): 1}, ["value"]),
    "a set": (lambda: {secret()}, ["value"]),
    "a deque": (lambda: collections.deque([secret()]), ["value"]),
    "a partial": (lambda: functools.partial(Noted, password=secret()), ["partial.password"]),
    "two that differ": (lambda: [secret(), secret("another one")], ["value", "value#2"]),
}


def values_of(agent: Any) -> dict[str, Any]:
    given = dict.fromkeys(persist.check(agent).needs["secrets"], KEY)
    return (
        given
        | {name: "another one" for name in given if "#" in name}
        | {name: "12345678" for name in given if name.endswith(".pin")}
    )


@pytest.mark.parametrize("name", HELD)
def test_a_secret_is_left_out_and_comes_back(name: str) -> None:
    make, names = HELD[name]
    agent = make()
    text = persist.dumps(agent)
    for shown in (KEY, "c2stMDEyMzQ1Njc4O", "12345678", "another one"):
        assert shown not in text
    report = persist.check(agent)
    assert report.needs["secrets"] == names
    assert {it.name for it in report.secrets} == set(names)
    back = persist.loads(text, allow=ALLOW, secrets_map=values_of(agent))
    assert_same(agent, back)
    with pytest.raises(persist.MissingSecretError):
        persist.loads(text, allow=ALLOW)


@pytest.mark.parametrize("name", HELD)
def test_a_secret_is_kept_where_that_is_asked_for(name: str) -> None:
    agent = HELD[name][0]()
    text = persist.dumps(agent, secrets="keep")
    assert_same(agent, persist.loads(text, allow=ALLOW))


def test_a_function_that_captured_one_gets_it_back() -> None:
    text = persist.dumps(capturing())
    assert KEY not in text
    given = {"capturing.<locals>.search.key": KEY}
    assert persist.loads(text, allow=ALLOW, secrets_map=given)() == KEY


def test_one_that_stands_in_two_places_has_one_name() -> None:
    one = secret()
    text = persist.dumps([one, one, Thing(a=one)])
    assert KEY not in text
    back = persist.loads(text, allow=ALLOW, secrets_map={"value": KEY, "Thing.a": KEY})
    assert [it.get_secret_value() for it in (*back[:2], back[2].a)] == [KEY] * 3


def test_what_one_hides_is_looked_for_in_the_text() -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps([Account(password=KEY), f"it is {KEY}"])
    assert caught.value.kind == "secret_in_data"


class Filled(v1.BaseModel):
    password: v1.SecretStr = v1.SecretStr(KEY)
    held: list[v1.SecretStr] = [v1.SecretStr(KEY)]


class FilledToo:
    password = v1.SecretStr(KEY)


@pytest.mark.parametrize("cls", [Filled, FilledToo])
def test_no_default_of_a_class_shows_one(cls: Any) -> None:
    persist.snapshot([cls()], PLACE)
    assert KEY not in json.dumps(persist.get_metadata(PLACE))
    assert KEY not in persist.dumps([cls()])


def test_a_class_made_at_run_time_shows_none() -> None:
    made = v1.create_model("Run", __module__="run", password=(v1.SecretStr, secret()))
    report = persist.check(made())
    assert report.problems or report.needs["secrets"]


class Extended(v1.SecretStr):
    min_length = 3


class Own(SecretField):
    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        return self._value


def stuffed() -> v1.SecretStr:
    made = secret()
    made.__dict__["more"] = KEY
    return made


REFUSED = {
    "one of its own class": (lambda: Extended(KEY), "its class `Extended` hides a secret"),
    "one that hides something else": (lambda: Own(KEY), "its class `Own` hides a secret"),
    "one in a field that is declared secret": (
        lambda: Declared(api_key=secret()),
        "its field `api_key` is declared secret, and is no text that could be given back",
    ),
    "one with more in it": (stuffed, "it holds something else than what a `SecretStr` hides"),
    "one that hides no text": (
        lambda: v1.SecretStr(12345678),  # type: ignore[arg-type]
        "it holds something else than what a `SecretStr` hides",
    ),
    "one that was never made": (
        lambda: v1.SecretStr.__new__(v1.SecretStr),
        "it holds something else than what a `SecretStr` hides",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_stand_there_in_clear_is_refused(name: str) -> None:
    make, told = REFUSED[name]
    with pytest.raises(CaptureError) as caught:
        persist.dumps({"a": make()})
    assert told in caught.value.problems[0].reason
    assert KEY not in str(caught.value)


def node(kind: str = "SecretStr/1", **parts: Any) -> dict[str, Any]:
    return {"lc": "secret", "type": kind, **parts}


def an_object(**parts: Any) -> dict[str, Any]:
    held = {"dict": {"_secret_value": "own"}} | parts
    return {"lc": "object", "id": "pydantic.v1.types:SecretStr", **held}


HOSTILE: dict[str, tuple[Any, type[PersistError], str]] = {
    "an object": (an_object(), RebuildError, "invalid_state"),
    "an object of nothing": (an_object(dict={}), RebuildError, "invalid_state"),
    "an object of a node": (
        an_object(dict={"_secret_value": node(name="SecretStr._secret_value")}),
        RebuildError,
        "invalid_state",
    ),
    "one of another place": (
        {"a": node(name="Account.password")},
        RebuildError,
        "invalid_state",
    ),
    "bytes for a text": (node(v={"lc": "bytes", "v": "YQ=="}), FormatError, "bad_state_text"),
    "a text for bytes": (node("SecretBytes/1", v="a"), FormatError, "bad_state_text"),
    "a name and a value": (node(v="a", name="value"), RebuildError, "invalid_state"),
    "neither": (node(), RebuildError, "invalid_state"),
    "another version": (node("SecretStr/2", name="value"), RebuildError, "invalid_state"),
    "no such class": (node("SecretField/1", name="value"), RebuildError, "invalid_state"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_other_node_makes_one(name: str) -> None:
    text, error, kind = HOSTILE[name]
    names = ("value", "value.a", "Account.password")
    given = dict.fromkeys((*names, "SecretStr._secret_value"), KEY)
    with pytest.raises(error) as caught:
        persist.loads(json.dumps(text), allow=("pydantic.v1.types",), secrets_map=given)
    assert caught.value.kind == kind
    assert KEY not in str(caught.value)


def test_the_class_itself_is_admitted_as_a_value_alone() -> None:
    assert persist.loads(persist.dumps([v1.SecretStr])) == [v1.SecretStr]
    with pytest.raises(UntrustedError):
        persist.loads(json.dumps(an_object()))


class Sender(v1.BaseModel):
    password: v1.SecretStr
    base_url: str = "https://mine.example"


def test_an_address_beside_one_is_admitted_first() -> None:
    sender = Sender(password=KEY, base_url="https://other.example")
    persist.snapshot(sender, PLACE)
    assert persist.get_metadata(PLACE)["needs"]["endpoints"] == ["https://other.example"]
    given: Any = {"allow": ALLOW, "secrets_map": {"Sender.password": KEY}}
    with pytest.raises(UntrustedError) as caught:
        persist.restore(PLACE, **given)
    assert caught.value.kind == "endpoint_not_allowed"
    back = persist.restore(PLACE, **given, endpoints=["https://other.example"])
    assert_same(sender, back)
