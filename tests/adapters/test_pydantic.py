"""Pydantic's models saved here, restored in a new process, compared strictly and used."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Optional

import persist
import pytest
import shop
from langchain_core.messages import HumanMessage
from persist import CaptureError, RebuildError, UntrustedError
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from trips import python, there_and_back

CHECK = """
import json, pathlib, persist, shop, sys, traceback
from strict import assert_same
outcomes = {}
for name, make in shop.STATES.items():
    try:
        fresh = make()
        made = len(shop.Basket.made)
        restored = persist.restore(pathlib.Path(sys.argv[1], name), allow=["shop"])
        assert len(shop.Basket.made) == made, "a validator ran"
        assert_same(fresh, restored)
        outcomes[name] = "the same"
    except Exception:
        outcomes[name] = traceback.format_exc()
print(json.dumps(outcomes))
"""

SAVE = """
import pathlib, persist, shop, sys
for name, make in shop.STATES.items():
    persist.snapshot(make(), pathlib.Path(sys.argv[1], name), durable=False)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("models")
    python(SAVE, folder, seed=1)
    return json.loads(python(CHECK, folder, seed=2))


@pytest.mark.parametrize("name", shop.STATES)
def test_a_model_goes_on_in_a_new_process(name: str, outcomes: Any) -> None:
    assert outcomes[name] == "the same"


def test_a_restored_model_validates_and_computes() -> None:
    back = there_and_back(shop.basket(), allow=["shop"])
    assert back.total == 1
    assert back.parent.parent is back
    assert back._count == 1
    with pytest.raises(ValidationError):
        back.at = "never"
    back.parent = None
    assert back.model_dump(exclude_unset=True)["things"] == [
        {"kind": "cup", "size": shop.Size.LARGE}
    ]


def test_a_model_is_admitted_by_name_alone() -> None:
    with pytest.raises(UntrustedError) as raised:
        persist.loads(persist.dumps([shop.Cup(), shop.Plate()]))
    assert raised.value.allow == ["shop:Cup", "shop:Size", "shop:Plate"]


def test_a_class_that_no_name_leads_to_is_refused() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"model": type("Local", (BaseModel,), {"run": lambda self: 1})()})
    (problem,) = raised.value.problems
    assert problem.path == "$.model.__class__"
    assert "Local" in problem.reason


def test_a_wide_model_that_lacks_a_field_comes_back_if_its_text_says_so() -> None:
    text = persist.dumps(shop.Wide(f0=1))
    with pytest.raises(RebuildError) as raised:
        persist.loads(text.replace('"f150":150,', ""), allow=["shop"])
    assert raised.value.kind == "invalid_state"
    assert "`f150`" in str(raised.value)
    lacking = shop.Wide(f0=1)
    del vars(lacking)["f150"]
    assert json.loads(persist.dumps(lacking))["missing"] == ["f150"]
    there_and_back(lacking, allow=["shop"])


def test_a_schema_made_ready_to_run_is_refused() -> None:
    for ready in (shop.Cup.__pydantic_serializer__, shop.Cup.__pydantic_validator__):
        with pytest.raises(CaptureError) as raised:
            persist.dumps([ready])
        assert "a schema made ready to run" in raised.value.problems[0].reason


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (int, "3"),
        (list[shop.Cup], [{}]),
        (shop.Cup, {}),
        (dict[str, shop.Cup | None], {"a": None}),
        (Annotated[int, Field(gt=1)], 2),
        (datetime, "2024-07-01T12:00:00Z"),
    ],
    ids=str,
)
def test_a_type_adapter_is_made_again_of_its_type(kind: Any, given: Any) -> None:
    ready: TypeAdapter[Any] = TypeAdapter(kind, module="here")
    text = persist.dumps([ready, ready])
    one, other = persist.loads(text, allow=["shop", "annotated_types"])
    assert one is other
    assert persist.dumps([one, one]) == text
    assert type(one) is TypeAdapter
    assert one.json_schema() == ready.json_schema()
    assert repr(one) == repr(ready)
    assert one.validate_python(given) == ready.validate_python(given)
    with pytest.raises(ValidationError):
        one.validate_python(object())


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: TypeAdapter(int, config={"strict": True}), "it has settings"),
        (lambda: TypeAdapter(Optional["int"]), "it has a type by text"),
        (lambda: TypeAdapter(shop.basket), "of its type"),
        (lambda: TypeAdapter[int](int), "something else than"),
    ],
)
def test_a_type_adapter_of_more_than_a_type_is_refused(make: Any, why: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([make()])
    assert why in raised.value.problems[0].reason


INT = {"lc": "class", "id": "builtins:int"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"_type": "__import__('os').system('true')"}, "invalid_state"),
        ({"_type": {"lc": "function", "id": "shop:basket"}}, "invalid_state"),
        ({"_type": [INT]}, "invalid_state"),
        ({"_type": {"lc": "class", "id": "pydantic.types:ImportString"}}, "not_allowed"),
        ({"_type": INT, "_module_name": 3}, "invalid_state"),
        ({"_type": INT, "_parent_depth": "2"}, "invalid_state"),
        ({"_type": INT, "_config": None}, "invalid_state"),
        ({"_type": INT, "validator": 1}, "invalid_state"),
    ],
)
def test_a_hostile_type_adapter_is_refused(said: dict[str, Any], kind: str) -> None:
    held = {"_module_name": "m", "_parent_depth": 2, **said}
    node = {"lc": "object", "id": "pydantic.type_adapter:TypeAdapter", "dict": held}
    with pytest.raises(persist.PersistError) as raised:
        persist.loads(json.dumps(node), allow=["shop"])
    assert raised.value.kind == kind


def test_attributes_that_no_class_declares_come_back() -> None:
    back = there_and_back(shop.Counter(start=3), allow=["shop"])
    assert (back._next(), back._next()) == (6, 8)
    assert back.model_dump() == {"start": 3}


@pytest.mark.parametrize("name", ["x\ud800", "\ud83d\ude00", "é"], ids=ascii)
def test_the_names_of_fields_set_may_be_any_text(name: str) -> None:
    for made in (shop.Cup(), HumanMessage("a")):
        made.model_fields_set.update({name, "z"})
        back = there_and_back(made, allow=["shop"])
        assert back.model_fields_set == made.model_fields_set


@pytest.mark.parametrize("offset", ["Z", "+05:30", "-00:01"])
def test_a_moment_that_was_read_from_a_text_needs_no_name(offset: str) -> None:
    moment = TypeAdapter(datetime).validate_json(f'"2024-07-01T12:00:00{offset}"')
    back = there_and_back([moment, moment.tzinfo], allow=())
    assert type(back[1]) is type(moment.tzinfo)
    assert (back[0].isoformat(), back[0].tzname()) == (moment.isoformat(), moment.tzname())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("_next", "it would replace a method"),
        ("_step", "it would hide a private attribute"),
        ("__class__", "it is no name of a program's own"),
        ("__pydantic_extra__", "it is no name of a program's own"),
    ],
)
def test_no_other_attribute_is_set(name: str, why: str) -> None:
    text = persist.dumps(shop.Counter(start=3))
    changed = text.replace('"_at":', f'"{name}":')
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow=["shop"])
    assert raised.value.kind == "invalid_state"
    assert f"`{name}` is no attribute that an instance may hold" in str(raised.value)
    strange = shop.Counter(start=3)
    vars(strange)[name] = 1
    with pytest.raises(CaptureError) as refused:
        persist.dumps(strange)
    assert f"`{name}`" in refused.value.problems[0].reason
