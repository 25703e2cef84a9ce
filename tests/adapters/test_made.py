"""Classes made at run time: parametrized models, models and typed dicts from their fields."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from typing import Any

import persist
import pytest
import typing_extensions
from ears import assert_refused_unheard
from pydantic import BaseModel, ValidationError, computed_field, create_model

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


@pytest.mark.parametrize("make", [made.tree, made.created_tree])
def test_a_model_of_itself_comes_back(make: Any) -> None:
    cls = make()
    read, one = back([cls, cls(rest=[cls(), cls(rest=[])])])
    assert type(one) is read is not cls
    assert read.model_json_schema() == cls.model_json_schema()
    fields_alike(cls, read)
    assert read.model_validate(one.model_dump()) == one
    assert [type(it) for it in one.rest] == [read, read]
    with pytest.raises(ValidationError):
        read(rest=[cls()])


def test_another_process_makes_a_model_of_itself(tmp_path: Any) -> None:
    path = tmp_path / "tree.json"
    cls = made.tree()
    persist.snapshot([cls, cls(rest=[cls(value=2)])], path)
    code = """
import sys, persist
cls, one = persist.restore(sys.argv[1], allow=["made", "annotated_types"])
assert cls is type(one) is type(one.rest[0])
print(cls.model_validate({"left": {"value": 3}, "by_name": {"a": {}}}), one)
try:
    cls(rest=[{}, {}, {}])
except ValueError as error:
    print(error.errors()[0]["type"])
"""
    shown = "left=Tree(value=3, left=None, rest=[], by_name={}) rest=[]"
    first = f"value=1 {shown} by_name={{'a': Tree(value=1, left=None, rest=[], by_name={{}})}}"
    second = "value=1 left=None rest=[Tree(value=2, left=None, rest=[], by_name={})] by_name={}"
    assert trips.python(code, path, seed=3) == f"{first} {second}\ntoo_long\n"


def test_a_local_model_that_is_named_by_text_comes_back() -> None:
    cls = made.one_of_another()
    read, one = back([cls, cls(other={"number": 3}, all=[{}])])
    assert type(one) is read is not cls
    fields_alike(cls, read)
    assert type(one.other) is type(one.all[0])
    assert type(one.other) is not type(cls(other={}).other)
    assert read.model_json_schema() == cls.model_json_schema()
    assert one.model_dump() == {"other": {"number": 3}, "all": [{"number": 1}]}
    with pytest.raises(ValidationError):
        read(other={"number": "x"})


def test_a_local_model_whose_text_is_not_resolved_yet_is_refused_by_its_path() -> None:
    class One(BaseModel):
        other: Two | None = None  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps({"a": [One]})
    (problem,) = raised.value.problems
    assert problem.path == "$.a[0]"
    said = "has a type by text alone: that of `other`, until model_rebuild() has found it"
    assert problem.reason.endswith(said)


def test_models_of_each_other_by_text_come_back() -> None:
    cls = made.two_of_each_other()
    read, one = back([cls, cls(other={"other": {}})])
    assert type(one) is type(one.other.other) is read is not cls
    assert read.model_json_schema() == cls.model_json_schema()


def test_a_type_by_text_that_leads_nowhere_is_refused_by_its_name() -> None:
    @dataclasses.dataclass
    class Outer:
        inner: Inner | None = None  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([Outer()])
    assert "has a type by text alone: name 'Inner' is not defined" in str(raised.value)


def test_only_a_field_is_recursive() -> None:
    for named in ("x", ["y"], [1]):
        with pytest.raises(persist.FormatError) as raised:
            persist.loads(model({"x": [INT]}, recursive=named))
        assert "what is recursive in a node `model` is no field" in str(raised.value)


def test_a_recursive_field_of_many_types_is_refused() -> None:
    head, own = '{"lc":"generic","id":"builtins:list","args":[', "types:NotImplementedType"
    kind = head * 480 + json.dumps({"lc": "class", "id": own}) + "]}" * 480
    with pytest.raises(persist.RebuildError) as raised:
        persist.loads(model({"x": ["?"]}, recursive=["x"]).replace('"?"', kind))
    assert raised.value.kind == "invalid_state"


def test_a_class_with_more_than_fields_is_refused() -> None:
    with_method = type("Sub", (made.schema(),), {"__module__": "made", "run": made.run})
    for cls, what in ((made.checked(), "is_small"), (with_method, "run")):
        with pytest.raises(persist.CaptureError) as raised:
            persist.dumps([cls])
        assert raised.value.problems[0].path == "$[0]"
        assert f"is more than its fields say: `{what}`" in raised.value.problems[0].reason
        assert raised.value.problems[0].hint.startswith("define it at the top level of a module")


CODE = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}


def model(fields: Any, **members: Any) -> str:
    return json.dumps({"lc": "model", "name": "M", "module": "made", **members, "fields": fields})


def typed(fields: Any, **members: Any) -> str:
    node = {"lc": "typeddict", "name": "T", "module": "made", "by": "typing", **members}
    return json.dumps({**node, "fields": fields})


RUN = {"lc": "function", "id": "made:run"}
UNDEFINED = {"lc": "constant", "id": "pydantic_core._pydantic_core:PydanticUndefined"}


def field(**said: Any) -> dict[str, Any]:
    return {"lc": "object", "id": "pydantic.fields:FieldInfo", "dict": said}


def slotted(**slots: Any) -> dict[str, Any]:
    return {**field(), "slots": slots}


def noted(*metadata: Any) -> dict[str, Any]:
    return {"lc": "generic", "id": "typing:Annotated", "args": [INT, *metadata]}


def note(**held: Any) -> dict[str, Any]:
    return {"lc": "object", "id": "made:Note", "dict": held}


def plain(name: str, **held: Any) -> dict[str, Any]:
    return {"lc": "object", "id": name, "dict": held}


NAMED = {"lc": "class", "id": "made:Named"}
HOOK = note(__get_pydantic_core_schema__=RUN)

HOSTILE = [
    (model({"a": [CODE]}), "invalid_state"),
    (model({"a": [{"lc": "generic", "id": "builtins:list", "args": [CODE]}]}), "invalid_state"),
    (model({"a": [INT, field(annotation=CODE)]}), "invalid_state"),
    (model({"a": [INT, slotted(_original_annotation=CODE)]}), "invalid_state"),
    (model({"a": [INT, slotted(annotation=noted(CODE))]}, annotations={"a": CODE}),
     "invalid_state"),
    (model({"a": [INT, field(default_factory={"lc": "function", "id": "os:getcwd"})]}),
     "not_allowed"),
    (model({"__base__": [INT]}), "bad_state_text"),
    (model({"__validators__": [INT]}), "bad_state_text"),
    (model({"_private": [INT]}), "invalid_state"),
    (model({"model_config": [INT, {}]}), "invalid_state"),
    (model({"model_dump": [INT, RUN]}), "invalid_state"),
    (model({"a": [INT]}, config={"json_encoders": {"a": 1}}), "invalid_state"),
    (model({"a": [INT]}, config={"alias_generator": RUN}), "invalid_state"),
    (model({"a": [INT]}, config={"title": RUN}), "invalid_state"),
    (model({"a": [INT]}, config={"json_schema_extra": {"a": RUN}}), "invalid_state"),
    (model({"a": [INT]}, config=[]), "invalid_state"),
    (model({"a": [INT]}, bases=[INT]), "invalid_state"),
    (model({"a": [INT]}, bases=[CODE]), "invalid_state"),
    (model({"a": [INT]}, bases=[]), "bad_state_text"),
    (model({"a": [INT]}, bases=[{"lc": "class", "id": "langchain_core.prompts.chat:X"}]),
     "not_allowed"),
    (model({"greet": [INT, RUN]}, bases=[NAMED]), "invalid_state"),
    (model({"a": [INT]}, namespace={}), "bad_state_text"),
    (model({"a": INT}), "bad_state_text"),
    (model({"a": []}), "bad_state_text"),
    (model({"a": [INT, 1, 2]}), "bad_state_text"),
    (model([]), "bad_state_text"),
    (model({}, name=3), "bad_state_text"),
    (model({}, annotations=[]), "bad_state_text"),
    (model({"a": [{"lc": "class", "id": "pydantic.types:ImportString"}]}), "not_allowed"),
    (model({"a": [noted(plain("pydantic.functional_validators:BeforeValidator", func=RUN))]}),
     "not_allowed"),
    (model({"a": [noted(plain("pydantic.types:GetPydanticSchema", get_pydantic_schema=RUN))]}),
     "not_allowed"),
    (model({"a": [noted(HOOK)]}), "invalid_state"),
    (model({"a": [{"lc": "generic", "id": "builtins:list", "args": [noted(1, HOOK)]}]}),
     "invalid_state"),
    (model({"a": [INT, slotted(metadata=[HOOK])]}), "invalid_state"),
    (model({"a": [noted(slotted(metadata=[HOOK]))]}), "invalid_state"),
    (model({"a": [noted(note(__prepare_pydantic_annotations__=RUN))]}), "invalid_state"),
    (model({"a": [INT, field(field_title_generator=RUN)]}), "invalid_state"),
    (model({"a": [noted(field(field_title_generator=RUN))]}), "invalid_state"),
    (model({"a": [INT, slotted(_attributes_set={"field_title_generator": RUN})]}),
     "invalid_state"),
    (model({"a": [INT, slotted(field_title_generator=RUN)]}), "invalid_state"),
    (model({"a": [INT, field(run=RUN)]}), "invalid_state"),
    (model({"a": [INT, slotted(__class__=INT)]}), "invalid_state"),
    (model({"a": [INT, slotted(metadata={})]}), "invalid_state"),
    (model({"a": [INT, plain("pydantic._internal._fields:PydanticMetadata", run=RUN)]}),
     "invalid_state"),
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
    assert made.RAN == []


def test_what_gives_any_hook_that_it_is_asked_for_is_refused() -> None:
    for cls in ("made:Giver", "pydantic.types:GetPydanticSchema"):
        held = {"get_pydantic_schema": RUN} if "pydantic" in cls else {}
        with pytest.raises(persist.RebuildError):
            persist.loads(model({"a": [noted(plain(cls, **held))]}), allow=("made", "pydantic"))
        assert made.RAN == []
    with pytest.raises(persist.RebuildError) as caught:
        persist.loads(model({"a": [noted(plain("made:Giver"))]}), allow="made")
    assert caught.value.kind == "invalid_state"
    assert "the field `a` would run code at once" in str(caught.value)


def test_a_function_that_a_field_holds_is_called_only_by_who_uses_the_class() -> None:
    fields = {"a": [INT, field(default_factory=RUN, validate_default=False)]}
    cls = persist.loads(model(fields), allow="made")
    assert made.RAN == []
    assert cls().a is None
    assert made.RAN.pop() == ((), {})


def test_only_models_are_made() -> None:
    assert isinstance(made.schema(), type(BaseModel))


def test_a_field_keeps_what_was_assigned_to_it() -> None:
    cls = made.assigned()
    read = back([cls])[0]
    assert list(read.model_fields) == list(cls.model_fields)
    for name, info in cls.model_fields.items():
        found = read.model_fields[name]
        assert repr(found._original_assignment) == repr(info._original_assignment)


def fields_alike(cls: Any, read: Any) -> None:
    """Asserts that pydantic knows the same of all fields."""
    assert list(read.model_fields) == list(cls.model_fields)
    for name, info in cls.model_fields.items():
        found = read.model_fields[name]
        for slot in type(info).__slots__:
            one, other = getattr(found, slot, None), getattr(info, slot, None)
            assert bare(repr(one)) == bare(repr(other)), (name, slot)


def bare(text: str) -> str:
    return re.sub(" at 0x[0-9a-f]+", "", text)


@pytest.mark.parametrize("make", [made.annotated, made.reused])
def test_annotations_bring_along_all_that_they_hold(make: Any) -> None:
    cls = make()
    read = back([cls])[0]
    fields_alike(cls, read)
    given = {"text": "aa", "one": 4, "inner": ["abc"], "noted": {}, "noted_again": [], "exact": 1}
    assert read.model_validate(given).model_dump() == cls.model_validate(given).model_dump()
    for wrong in ({"text": "b"}, {"inner": ["abcd"]}, {"noted_again": [1, 2, 3]}):
        with pytest.raises(ValidationError):
            read.model_validate({**given, **wrong})
    made.RAN.clear()
    if make is made.reused:
        return
    hints = [typing.get_args(info._original_annotation) for info in read.model_fields.values()]
    assert hints[4][1] is hints[5][1]
    assert hints[4][2] is made.Note
    assert [type(it) for it in hints[6][1:]] == [int, bool, float]


def test_a_model_that_extends_one_with_a_name_has_its_code(tmp_path: Any) -> None:
    cls = made.extended()
    path = tmp_path / "extended.json"
    persist.snapshot([cls, cls(words=["a"]), cls(number=2)], path)
    code = """
import sys, persist, pydantic
cls, one, two = persist.restore(sys.argv[1], allow="made")
import made
print(cls.__mro__[2] is made.Named, type(one) is type(two) is cls, one.greet(), two.words)
print(one.model_fields_set, cls.__doc__, cls.__base__.__doc__, cls.__qualname__)
try:
    cls(number=7)
except pydantic.ValidationError:
    print("seven is refused")
try:
    one.words = []
except pydantic.ValidationError:
    print("it is frozen")
"""
    assert trips.python(code, path, seed=5).splitlines() == [
        "True True hello 3 []",
        "{'words'} None Extends a model that has a name. extended.<locals>.Again",
        "seven is refused",
        "it is frozen",
    ]


def test_a_model_that_extends_one_with_computed_fields_has_them() -> None:
    cls = create_model("Bill", more=(int, 2), __base__=made.Totalled)
    back, bill = persist.loads(persist.dumps([cls, cls(number=3)]), allow="made")
    assert bill.model_dump(by_alias=True) == {"number": 3, "more": 2, "double": 6, "all": [3, 6]}
    assert back.model_json_schema(mode="serialization") == cls.model_json_schema(
        mode="serialization"
    )
    own = type(
        "Own",
        (made.Totalled,),
        {"__module__": "made", "triple": computed_field(property(made.run), return_type=int)},
    )
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(own)
    assert "is more than its fields say: " in raised.value.problems[0].reason


def test_a_base_that_has_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    persist.snapshot(made.extended()(words=["a"]), trips.LOCATION, durable=False)
    monkeypatch.setattr(made.Named.model_fields["label"], "alias", "other")
    with pytest.raises(persist.RebuildError) as caught:
        persist.restore(trips.LOCATION, allow="made")
    assert caught.value.kind == "class_changed"


@pytest.mark.parametrize("make", [lambda cls: cls, lambda cls: cls(content=1)])
def test_a_generic_that_was_given_an_attribute_is_refused(make: Any) -> None:
    cls: Any = made.Crate[complex]
    back([cls])
    cls.mark = 5
    try:
        with pytest.raises(persist.CaptureError) as caught:
            persist.dumps(make(made.Crate[complex]))
    finally:
        del cls.mark
    assert "has an attribute `mark` that its class does not give it" in str(caught.value)


def test_text_that_named_a_type_comes_back_as_that_type() -> None:
    class Local(BaseModel):
        number: int
        words: list[str] | None = None

    assert Local.__annotations__["number"] == "int"
    read = back([Local])[0]
    fields_alike(Local, read)
    assert read.__annotations__ == {"number": int, "words": list[str] | None}
