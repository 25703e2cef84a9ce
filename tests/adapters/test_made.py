"""Classes made at run time: parametrized models, models and typed dicts from their fields."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest
import typing_extensions
from ears import assert_refused_unheard
from pydantic import BaseModel, ValidationError

import made
import trips

ALLOW = ("made", "annotated_types")


def back(value: Any) -> Any:
    text = persist.dumps(value)
    read = persist.loads(text, allow=ALLOW)
    assert persist.dumps(read) == text
    return read


def test_a_parametrized_model_is_the_very_class() -> None:
    for cls in (made.Crate[int], made.Crate[list[made.Inner]], made.Crate[made.Crate[str]]):
        assert back([cls, cls]) == [cls, cls]
        assert back([cls])[0] is cls


def test_a_model_made_at_run_time_comes_back_from_its_fields() -> None:
    cls = made.schema()
    one, again = back([cls, {"again": cls}])
    assert one is again["again"] is not cls
    assert one.model_json_schema() == cls.model_json_schema()
    assert (one.__name__, one.__module__, one.__doc__) == ("Search", "made", "Searches.")
    assert one.model_config == cls.model_config
    assert one(query="x").model_dump() == cls(query="x").model_dump()
    with pytest.raises(ValidationError):
        one(query="x", limit=0)


def test_a_typed_dict_made_at_run_time_comes_back() -> None:
    for cls in (made.state(), made.partial_state()):
        read = back([cls])[0]
        assert read.__annotations__ == cls.__annotations__
        assert read.__required_keys__ == cls.__required_keys__
        assert read.__total__ is cls.__total__
        assert type(read) is type(cls)
    other = typing_extensions.TypedDict("Other", {"step": int})  # noqa: UP013
    assert type(back(other)) is type(other)


def test_another_process_makes_the_class_anew(tmp_path: Any) -> None:
    path = tmp_path / "classes.json"
    persist.snapshot([made.schema(), made.state(), made.Crate[int]], path)
    code = """
import sys, persist
schema, state, crate = persist.restore(sys.argv[1], allow=["made", "annotated_types"])
import made
print(schema(query="q").limit, sorted(state.__annotations__), crate is made.Crate[int])
"""
    assert trips.python(code, path, seed=3) == "5 ['messages', 'step'] True\n"


def test_a_class_with_more_than_fields_is_refused() -> None:
    for cls in (made.checked(), type("Sub", (made.schema(),), {"__module__": "made"})):
        with pytest.raises(persist.CaptureError) as raised:
            persist.dumps([cls])
        assert raised.value.problems[0].path == "$[0]"
        assert "is more than its fields say" in raised.value.problems[0].reason


CODE = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}


def model(fields: Any, **members: Any) -> str:
    return json.dumps({"lc": "model", "name": "M", "module": "made", **members, "fields": fields})


def typed(fields: Any, **members: Any) -> str:
    node = {"lc": "typeddict", "name": "T", "module": "made", "by": "typing", **members}
    return json.dumps({**node, "fields": fields})


FACTORY = {"lc": "function", "id": "os:getcwd"}

HOSTILE = [
    (model({"a": [CODE, {}]}), "invalid_state"),
    (model({"a": [{"lc": "generic", "id": "builtins:list", "args": [CODE]}, {}]}), "invalid_state"),
    (model({"a": [INT, {"annotation": CODE}]}), "invalid_state"),
    (model({"a": [INT, {"default_factory": FACTORY}]}), "not_allowed"),
    (model({"__base__": [INT, {}]}), "bad_state_text"),
    (model({"__validators__": [INT, {}]}), "bad_state_text"),
    (model({"_private": [INT, {}]}), "invalid_state"),
    (model({"a": [INT, {}]}, config={"json_encoders": {"a": 1}}), "invalid_state"),
    (model({"a": [INT, {}]}, bases=[INT]), "bad_state_text"),
    (model({"a": INT}), "bad_state_text"),
    (model({"a": [INT]}), "bad_state_text"),
    (model([]), "bad_state_text"),
    (model({}, name=3), "bad_state_text"),
    (model({"a": [{"lc": "class", "id": "pydantic.types:ImportString"}, {}]}), "not_allowed"),
    (typed({"a": CODE}), "invalid_state"),
    (typed({"a": INT}, by="os"), "bad_state_text"),
    (typed({"a": INT}, total=1), "bad_state_text"),
    (typed({"a": {"lc": "generic", "id": "typing:Required", "args": [CODE]}}), "invalid_state"),
    (json.dumps({"lc": "generic", "id": "made:Crate", "old": True, "args": [CODE]}),
     "invalid_state"),
    (json.dumps({"lc": "generic", "id": "made:Inner", "old": True, "args": [INT]}),
     "invalid_state"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), HOSTILE)
def test_a_hostile_class_is_refused_and_its_text_never_run(text: str, kind: str) -> None:
    assert_refused_unheard(text, kind, CODE)


def test_only_models_are_made() -> None:
    assert isinstance(made.schema(), type(BaseModel))


def test_a_field_keeps_what_was_assigned_to_it() -> None:
    cls = made.assigned()
    read = back([cls])[0]
    assert list(read.model_fields) == list(cls.model_fields)
    for name, info in cls.model_fields.items():
        found = read.model_fields[name]
        assert repr(found._original_assignment) == repr(info._original_assignment)


def test_a_field_is_assigned_only_what_a_writer_says() -> None:
    row = [{"lc": "class", "id": "builtins:int"}, {}, "text"]
    node = {"lc": "model", "name": "A", "module": "m", "fields": {"a": row}}
    with pytest.raises(persist.FormatError) as caught:
        persist.loads(json.dumps(node))
    assert caught.value.kind == "bad_state_text"
    assert "a field of a node `model` was assigned nothing that there is" in str(caught.value)
