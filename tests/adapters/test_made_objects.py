"""Objects of classes that no name leads to: models with arguments, models made at run time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import persist
import pytest
from ears import assert_refused_unheard
from langchain_core.runnables import RunnableParallel, RunnablePassthrough
from persist.exceptions import FormatError, RebuildError

import made
import trips
from strict import assert_same

ALLOW = ("made", "annotated_types")


def back(value: Any) -> Any:
    text = persist.dumps(value)
    read = persist.loads(text, allow=ALLOW)
    assert persist.dumps(read) == text
    return read


def test_an_object_of_a_parametrized_model_is_of_the_very_class() -> None:
    for cls, content in (
        (made.Crate[int], 3),
        (made.Crate[list[made.Inner]], [made.Inner(number=2)]),
        (made.Crate[made.Crate[str]], made.Crate[str](content="a")),
    ):
        value: Any = cls(content=content)
        one, again = back([value, value])
        assert one is again
        assert type(one) is cls
        assert_same(value, one)


def test_which_fields_were_set_is_kept() -> None:
    cls = made.schema()
    for value in (cls(query="x"), cls(query="x", limit=5, options={"a": 1})):
        one, kind = back([value, cls])
        assert type(one) is kind
        assert one.__dict__ == value.__dict__
        assert one.model_fields_set == value.model_fields_set
    unset = cls.model_construct(_fields_set=set(), query="x")
    assert back(unset).model_fields_set == set()


def test_a_class_is_made_once_for_all_its_objects() -> None:
    cls = made.schema()
    one, other = back([cls(query="a"), cls(query="b")])
    assert type(one) is type(other) is not cls
    assert [one.query, other.query] == ["a", "b"]


def test_an_object_that_holds_itself_comes_back() -> None:
    value: Any = made.Crate[Any](content=None)
    value.content = [value]
    read = back(value)
    assert read.content[0] is read


def test_a_runnable_with_arguments_needs_no_name() -> None:
    value: Any = RunnableParallel[dict[str, Any]]({"a": RunnablePassthrough()})
    read = persist.loads(persist.dumps(value))
    assert type(read) is type(value)
    assert read.invoke(1) == {"a": 1}


def test_metadata_say_what_is_needed_and_how_the_class_was(tmp_path: Path) -> None:
    path = tmp_path / "crate.json"
    cls = made.schema()
    metadata = persist.snapshot([made.Crate[int](content=3), cls(query="x")], path)
    assert metadata["needs"]["allow"] == ["made:Crate", "made:Inner"]
    assert list(metadata["classes"]) == ["made:Crate"]
    code = """
import sys, persist
crate, search = persist.restore(sys.argv[1], allow=["made", "annotated_types"])
import made
print(type(crate) is made.Crate[int], crate.content, search.query, search.limit)
"""
    assert trips.python(code, path, seed=3) == "True 3 x 5\n"


def test_a_class_that_has_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    persist.snapshot(made.Crate[int](content=3), trips.LOCATION, durable=False)
    monkeypatch.setattr(made.Crate.model_fields["content"], "alias", "other")
    with pytest.raises(RebuildError) as raised:
        persist.restore(trips.LOCATION, allow=ALLOW)
    assert raised.value.kind == "class_changed"
    assert "the class `made:Crate` has changed" in str(raised.value)


def test_an_object_of_a_class_with_more_than_fields_is_refused() -> None:
    sub: Any = type("Sub", (made.schema(),), {"__module__": "made", "run": made.run})
    for value in (made.checked().model_construct(number=1), sub(query="x")):
        with pytest.raises(persist.CaptureError) as raised:
            persist.dumps([value])
        assert raised.value.problems[0].path.startswith("$[0]")


CODE = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}
CRATE = {"lc": "generic", "id": "made:Crate", "old": True, "args": [INT]}
MODEL = {"lc": "model", "name": "M", "module": "made", "fields": {"a": [INT]}}
ITEM = {"lc": "constant", "id": "made:Item"}


def thing(cls: Any, **members: Any) -> str:
    return json.dumps({"lc": "object", "class": cls, **members})


def filled(name: str, *arguments: Any) -> dict[str, Any]:
    return {"lc": "generic", "id": name, "old": True, "args": arguments}


HOSTILE = [
    (thing(INT, dict={}), "bad_state_text"),
    (thing("made:Crate", dict={}), "bad_state_text"),
    (thing(["made:Crate"], dict={}), "bad_state_text"),
    (thing({"a": 1}), "bad_state_text"),
    (thing({"lc": "class", "id": "made:Inner"}, dict={"number": 1}), "bad_state_text"),
    (thing({"lc": "bind", "name": "x"}), "missing_binding"),
    (thing(CRATE, id="made:Inner", dict={"content": 1}), "bad_state_text"),
    (thing(CRATE, **{"class ": INT}), "bad_state_text"),
    (thing(CRATE), "invalid_state"),
    (thing(CRATE, dict={}), "invalid_state"),
    (thing(CRATE, dict={"content": 1, "other": 2}), "invalid_state"),
    (thing(CRATE, dict={"content": 1, "model_dump": 2}), "invalid_state"),
    (thing(CRATE, dict={"content": 1}, extra={"content": 2}), "invalid_state"),
    (thing(CRATE, dict={"content": 1}, private={"_a": 2}), "invalid_state"),
    (thing(CRATE, dict={"content": 1}, slots={"__class__": INT}), "invalid_state"),
    (thing(CRATE, new=[1]), "bad_state_text"),
    (thing(CRATE, state={}), "invalid_state"),
    (thing(filled("made:Crate", ITEM), dict={"content": 1}), "bad_state_text"),
    (thing(filled("made:Crate", CODE), dict={"content": 1}), "invalid_state"),
    (thing(filled("made:Inner", INT), dict={"number": 1}), "invalid_state"),
    (thing(filled("builtins:list", INT)), "not_allowed"),
    (thing(filled("typing:Optional", INT)), "invalid_state"),
    (thing(filled("os:_wrap_close", INT)), "not_allowed"),
    (thing(CRATE | {"id": "langchain_community:X"}), "not_allowed"),
    (thing({"lc": "typeddict", "name": "T", "module": "made", "by": "typing", "fields": {}}),
     "invalid_state"),
    (thing(MODEL, dict={"a": 1, "__class__": INT}), "invalid_state"),
    (thing(MODEL, dict={"b": 1}), "invalid_state"),
    (thing(MODEL | {"fields": {"a": [CODE]}}, dict={"a": 1}), "invalid_state"),
    (json.dumps({"lc": "object", "ref": 1, "id": "made:Inner", "dict": {"number": 1}}),
     "bad_state_text"),
    (json.dumps({"lc": "object", "ref": 1, "dict": {"number": 1}}), "bad_state_text"),
    (json.dumps({"lc": "object", "ref": 1, "class": {"lc": "same", "ref": 1}}), "bad_state_text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), HOSTILE)
def test_a_hostile_object_is_refused_and_its_text_never_run(text: str, kind: str) -> None:
    assert_refused_unheard(text, kind, CODE)


def test_a_class_given_by_the_caller_is_no_class_of_an_object() -> None:
    text = thing({"lc": "bind", "name": "x"}, dict={"number": 1})
    with pytest.raises(FormatError) as raised:
        persist.loads(text, allow="made", bind={"x": made.Inner})
    assert "the class of an object is none that a node has made" in str(raised.value)


def test_a_class_admitted_for_its_objects_is_not_one_as_a_value() -> None:
    name = "langchain_core.runnables.base:RunnableParallel"
    with pytest.raises(persist.UntrustedError):
        persist.loads(json.dumps(filled(name, INT)))


def test_a_secret_goes_nowhere_that_the_text_itself_says() -> None:
    secret = {"lc": "class", "id": "pydantic.types:SecretStr"}
    text = {"lc": "class", "id": "builtins:str"}
    fields = {"key": [secret], "base_url": [text, "http://evil"]}
    key = {"lc": "secret", "type": "SecretStr", "name": "M.key"}
    state = {"key": key, "base_url": "http://evil"}
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(
            thing(MODEL | {"fields": fields}, dict=state),
            allow=("made", "pydantic.types:SecretStr"),
            secrets_map={"M.key": "hidden"},
        )
    assert raised.value.kind == "endpoint_not_allowed"
