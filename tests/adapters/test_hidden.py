"""pydantic's `Secret[…]`: left out like any other secret, and given back as text."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, SafeUUID

import persist
import pytest
from persist import CaptureError, MissingSecretError, RebuildError
from pydantic import BaseModel, Secret, create_model

from strict import assert_same
from trips import python


class Person(BaseModel):
    name: str
    pin: Secret[int]
    born: Secret[date]


HIDDEN: dict[str, tuple[Any, str, str | bytes]] = {
    "a number": (Secret(12345678), "Secret:int", "12345678"),
    "a negative number": (Secret(-12345678), "Secret:int", "-12345678"),
    "a fraction": (Secret(-1234.56789), "Secret:float", "-1234.56789"),
    "a decimal": (Secret(Decimal("1234.567800")), "Secret:Decimal", "1234.567800"),
    "a text": (Secret("a long text"), "Secret:str", "a long text"),
    "bytes": (Secret(b"long \xff bytes"), "Secret:bytes", b"long \xff bytes"),
    "a date": (Secret(date(2026, 1, 2)), "Secret:date", "2026-01-02"),
    "a moment": (
        Secret(datetime(2026, 1, 2, 3, 4, 5, 6)),
        "Secret:datetime",
        "2026-01-02T03:04:05.000006",
    ),
    "a number of its own": (
        Secret(UUID("12345678123456781234567812345678")),
        "Secret:UUID",
        "12345678-1234-5678-1234-567812345678",
    ),
    "a subscription": (Secret[int](12345678), "Secret[int]:int", "12345678"),
    "a subscription of another type": (Secret[date](12345678), "Secret[date]:int", "12345678"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_is_left_out_and_given_back_as_text(name: str) -> None:
    secret, kind, given = HIDDEN[name]
    text = persist.dumps({"key": secret})
    assert json.loads(text) == {"key": {"lc": "secret", "type": kind, "name": "value.key"}}
    back = persist.loads(text, secrets_map={"value.key": given})["key"]
    assert vars(back) == vars(secret)
    assert type(back) is Secret
    assert type(back.get_secret_value()) is type(secret.get_secret_value())
    assert repr(back.get_secret_value()) == repr(secret.get_secret_value())
    with pytest.raises(MissingSecretError) as raised:
        persist.loads(text)
    assert raised.value.names == ["value.key"]


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_that_is_kept_stands_as_the_same_text(name: str) -> None:
    secret, _, _ = HIDDEN[name]
    text = persist.dumps([secret], secrets="keep")
    (back,) = persist.loads(text)
    assert vars(back) == vars(secret)
    assert persist.dumps([back], secrets="keep") == text


@pytest.mark.parametrize("name", HIDDEN)
def test_the_text_is_searched_for_it(name: str) -> None:
    secret, _, given = HIDDEN[name]
    with pytest.raises(CaptureError) as raised:
        persist.dumps([secret, {"note": given}])
    assert raised.value.kind == "secret_in_data"
    assert [it.path for it in raised.value.problems] == ["$[1].note"]


def test_a_number_that_stands_in_the_text_is_found() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([Secret(12345678), {"count": 12345678}])
    assert [it.path for it in raised.value.problems] == ["$[1].count"]


def test_a_model_gets_its_secrets_back_in_a_new_process(tmp_path: Any) -> None:
    path = tmp_path / "person.json"
    person = Person(name="Ada", pin=1234, born=date(1815, 12, 10))
    metadata = persist.snapshot(person, path)
    assert metadata["needs"]["secrets"] == ["Person.born", "Person.pin"]
    assert "1815" not in path.read_text()
    code = """
import os, persist, sys
os.environ["Person.pin"] = "1234"
person = persist.restore(
    sys.argv[1], allow="test_hidden", secrets_map={"Person.born": "1815-12-10"},
    secrets_from_env=["Person.pin"],
)
print(person.pin.get_secret_value() + 1, person.born.get_secret_value().year, person)
"""
    shown = "name='Ada' pin=Secret('**********') born=Secret('**********')"
    assert python(code, path, seed=4) == f"1235 1815 {shown}\n"


def test_a_model_made_at_run_time_needs_no_allow_for_it() -> None:
    made = create_model("Made", __module__="made", pin=(Secret[int], ...))
    value = made(pin=12345678)
    text = persist.dumps(value)
    assert "12345678" not in text
    back = persist.loads(text, secrets_map={"Made.pin": "12345678"})
    assert back.model_dump() == value.model_dump()
    assert type(back)(pin="5").pin == Secret(5)


def test_two_of_one_name_are_told_apart() -> None:
    text = persist.dumps({"a": [Secret(1), Secret("1"), Secret(2)]})
    assert [it["name"] for it in json.loads(text)["a"]] == ["value.a", "value.a", "value.a#2"]
    given = {"value.a": "1", "value.a#2": "2"}
    back = persist.loads(text, secrets_map=given)
    assert_same({"a": [Secret(1), Secret("1"), Secret(2)]}, back)


class Own(Secret[int]):
    pass


class Number(int):
    pass


def changed(**attributes: Any) -> Any:
    secret = Secret(12345678)
    vars(secret).update(attributes)
    return secret


REFUSED = {
    "a list": (Secret([1]), "it hides a `list`, which no text could give back"),
    "nothing": (Secret(None), "it hides a `NoneType`"),
    "a truth": (Secret(True), "it hides a `bool`"),
    "a number of a class": (Secret(Number(1)), "it hides a `Number`"),
    "a class of its own": (Own(1), "hides a secret, and is not `SecretStr` itself"),
    "a subscription of a list": (Secret[list[int]](1), "by a `Secret[…]` of a type"),
    "no number": (Secret(float("nan")), "something else than the text"),
    "a moment with a zone": (
        Secret(datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=1), "x"))),
        "something else than the text",
    ),
    "a moment that comes twice": (
        Secret(datetime(2026, 1, 2, fold=1)),
        "something else than the text",
    ),
    "a safe number": (Secret(UUID(int=5, is_safe=SafeUUID.safe)), "something else than the text"),
    "more attributes": (changed(note="x"), "something else than the text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_text_gives_back_is_refused(name: str) -> None:
    secret, reason = REFUSED[name]
    for secrets in ("omit", "keep"):
        with pytest.raises(CaptureError) as raised:
            persist.dumps({"a": [secret]}, secrets=secrets)  # type: ignore[arg-type]
        (problem,) = raised.value.problems
        assert problem.path == "$.a[0]"
        assert reason in problem.reason


GIVEN = [
    ("Secret:int", "12345678 "),
    ("Secret:int", "1234_5678"),
    ("Secret:int", "x1234567"),
    ("Secret:int", b"12345678"),
    ("Secret:int", "9" * 5_000),
    ("Secret:float", "nan"),
    ("Secret:date", "20260102"),
    ("Secret:date", "2026-01-02T00:00:00"),
    ("Secret:datetime", "2026-01-02"),
    ("Secret:Decimal", "١٢٣٤٥٦٧٨"),
    ("Secret[date]:UUID", "12345678123456781234567812345678"),
]


@pytest.mark.parametrize(("kind", "given"), GIVEN)
def test_another_spelling_is_refused_without_a_word_of_it(kind: str, given: Any) -> None:
    text = json.dumps({"key": {"lc": "secret", "type": kind, "name": "value.key"}})
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, secrets_map={"value.key": given})
    assert raised.value.kind == "invalid_state"
    assert str(given)[:8] not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "kind",
    ["Secret", "Secret:", "Secret:list", "Secret[]:int", "Secret[list]:int", "Secret[int]",
     "Secret[int]:int ", "Secret[Secret[int]]:int", "SecretInt", "Secrets"],
)  # fmt: skip
def test_there_are_no_other_kinds(kind: str) -> None:
    text = json.dumps({"key": {"lc": "secret", "type": kind, "name": "value.key"}})
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, secrets_map={"value.key": "12345678"})
    assert raised.value.kind == "invalid_state"
    assert "there is no secret type" in str(raised.value)


def test_a_secret_out_of_place_is_refused() -> None:
    text = persist.dumps({"key": Secret(12345678)}).replace('{"key"', '{"note"')
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, secrets_map={"value.key": "12345678"})
    assert raised.value.kind == "invalid_state"
