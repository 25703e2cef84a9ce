"""Classes of LangChain with arguments, whose constructor looks at the types in their fields."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, Generic, TypeVar, Union

import persist
import pytest
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import PydanticOutputParser
from persist import CaptureError, RebuildError, UntrustedError
from pydantic import BaseModel, create_model

from trips import there_and_back

HERE = __name__
PARSER = "langchain_core.output_parsers.pydantic:PydanticOutputParser"


class Answer(BaseModel):
    text: str


class Long(Answer):
    more: str = ""


A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Two(BaseModel, Generic[A, B]):
    a: A
    b: B


class Three(BaseModel, Generic[A, B, C]):
    pass


IntAnd = Two[int, B]


class Holding(BaseModel):
    two: IntAnd[str]


class Crate(BaseModel, Generic[A]):
    content: A


def parser(cls: Any = Answer, **fields: Any) -> Any:
    return PydanticOutputParser[Answer](pydantic_object=cls, **fields)


@pytest.mark.parametrize(
    "make",
    [
        parser,
        lambda: parser(Long, name="own"),
        lambda: [parser()] * 2,
        lambda: parser() | (lambda it: it),
    ],
)
def test_a_parser_with_an_argument_comes_back(make: Any) -> None:
    there_and_back(make(), [HERE, f"{HERE}:<lambda>"])


def test_it_is_of_the_very_class_and_parses() -> None:
    back = persist.loads(persist.dumps(parser()), allow=HERE)
    assert type(back) is PydanticOutputParser[Answer]
    assert back.invoke(AIMessage('{"text": "a"}')) == Answer(text="a")


def test_its_types_need_a_word() -> None:
    with pytest.raises(UntrustedError) as raised:
        persist.loads(persist.dumps(parser()))
    assert list(raised.value.allow) == [f"{HERE}:Answer"]


def text_of(given: Any, **more: Any) -> str:
    generic = {"lc": "generic", "id": PARSER, "old": True, "args": [named("Answer")]}
    fields = {"name": None, "diff": False, "pydantic_object": given}
    return json.dumps({"lc": "object", "class": generic, "dict": fields | more})


def named(name: str) -> dict[str, str]:
    return {"lc": "class", "id": f"{HERE}:{name}"}


def test_the_text_is_what_is_written() -> None:
    assert json.loads(persist.dumps(parser())) == json.loads(text_of(named("Answer")))


@pytest.mark.parametrize(
    ("given", "more", "says"),
    [
        ("__import__('os').system('id')", {}, "something else than a type"),
        (named("Answer"), {"invoke": 1}, "`invoke` is no attribute that an instance may hold"),
        (named("Answer"), {"_x": 1}, "`_x` is no attribute that an instance may hold"),
    ],
)
def test_what_its_constructor_would_not_take_is_refused(
    given: Any, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(text_of(given, **more), allow=HERE)
    assert raised.value.kind == "invalid_state"
    assert says in str(raised.value)


def test_what_a_restore_would_refuse_is_refused_when_it_is_saved() -> None:
    made = parser()
    vars(made)["invoke"] = 1
    with pytest.raises(CaptureError) as raised:
        persist.dumps([made])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert problem.reason == "it holds an attribute `invoke` that a restore would not set"


def test_what_is_no_type_is_refused_when_it_is_saved() -> None:
    made = parser()
    vars(made)["pydantic_object"] = "Answer"
    with pytest.raises(CaptureError) as raised:
        persist.dumps([made])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")


STEPS = {
    "at once": lambda: Two[int, str],
    "the last": lambda: Two[int, C][str],
    "by its own variable": lambda: Two[int, B][str],
    "the first": lambda: Two[C, str][int],
    "one by one": lambda: Two[B, C][int, C][str],
    "all in a second step": lambda: Two[B, C][int, str],
    "one for both": lambda: Two[C, C][int],
    "in a list": lambda: Two[int, list[C]][str],
    "of three": lambda: Three[int, B, C][str, bytes],
    "of three one by one": lambda: Three[A, B, C][int, B, C][str, C][bytes],
    "a union": lambda: Two[int, C][Union[str, int]],  # noqa: UP007
}


@pytest.mark.parametrize("name", STEPS)
def test_a_class_whose_arguments_came_in_steps_is_the_very_class(name: str) -> None:
    cls = STEPS[name]()
    text = persist.dumps(cls)
    assert persist.loads(text, allow=HERE) is cls
    assert persist.dumps(persist.loads(text, allow=HERE)) == text


def test_objects_of_such_a_class_come_back() -> None:
    live = [Holding(two={"a": 1, "b": "x"}), Two[int, C][str](a=1, b="x"), Two[int, str](a=2, b="")]
    back = persist.loads(persist.dumps(live), allow=HERE)
    assert back == live
    assert type(back[0].two) is type(live[0].two) is type(back[1]) is not type(back[2])


STEP = {"lc": "class", "id": "builtins:int"}


@pytest.mark.parametrize(
    ("name", "places", "kind"),
    [
        ("Two", [2], "invalid_state"),
        ("Two", [True], "invalid_state"),
        ("Two", ["a"], "invalid_state"),
        ("Two", [-1], "invalid_state"),
        ("Two", {"a": 1}, "bad_state_text"),
        ("Two", False, "bad_state_text"),
        ("Answer", [0], "invalid_state"),
    ],
)
def test_places_that_a_class_does_not_have_are_refused(name: str, places: Any, kind: str) -> None:
    text = {"lc": "generic", "id": f"{HERE}:{name}", "old": places, "args": [STEP, STEP]}
    with pytest.raises((RebuildError, persist.FormatError)) as raised:
        persist.loads(json.dumps(text), allow=HERE)
    assert raised.value.kind == kind


def test_a_class_with_other_arguments_that_equal_these_is_refused() -> None:
    text = persist.dumps(Crate[Annotated[int, 7]])
    kept = Crate[Annotated[int, 1]]
    noted = Crate[Annotated[str, Note(1)]]
    assert persist.loads(text.replace(",7]", ",1]"), allow=HERE) is kept
    with pytest.raises(RebuildError) as raised:
        persist.loads(text.replace(",7]", ",true]"), allow=HERE)
    assert raised.value.kind == "invalid_state"
    assert "other arguments, which equal these" in str(raised.value)
    note = persist.dumps(noted)
    assert persist.loads(note, allow=HERE) is noted
    with pytest.raises(RebuildError):
        persist.loads(note.replace('"value":1', '"value":true'), allow=HERE)


@dataclasses.dataclass(frozen=True)
class Note:
    value: object


class Shelf(BaseModel, Generic[A]):
    first: A
    second: int = 2
    crates: list[Crate[A]] = []


class Sorted(Shelf[int]):
    order: str


def half(cls: Any, **fields: Any) -> Any:
    return cls.model_construct(**fields)


EMPTY = half(Shelf[int])

LACKING = {
    "a required one": lambda: half(Shelf[int]),
    "all but one": lambda: half(Shelf[str], second=5),
    "one with a default": lambda: without(Shelf[int](first=1), "second"),
    "all": lambda: without(half(Shelf[int]), "second", "crates"),
    "of a subclass with a name": lambda: half(Sorted),
    "in another": lambda: half(Shelf[int], crates=[half(Crate[int]), Crate[int](content=1)]),
    "twice": lambda: [EMPTY, {"again": EMPTY}],
    "in itself": lambda: circle(half(Shelf[Any])),
    "of a class made at run time": lambda: half(create_model("Made", a=(int, ...), b=(str, "b"))),
    "of a class with arguments made at run time": lambda: half(under()),
    "of many fields": lambda: without(half(wide()), "f7"),
    "none": lambda: Shelf[int](first=1),
}


def without(model: Any, *names: str) -> Any:
    for name in names:
        del vars(model)[name]
    return model


def circle(model: Any) -> Any:
    vars(model)["crates"] = [model]
    return model


def under() -> Any:
    return create_model("Under", __base__=Shelf[int], more=(str, ...))


def wide() -> Any:
    return create_model("Wide", **dict.fromkeys([f"f{at}" for at in range(200)], (int, 0)))


@pytest.mark.parametrize("name", LACKING)
def test_a_field_that_is_missing_stays_missing(name: str) -> None:
    back = there_and_back(LACKING[name](), [HERE])
    if name == "twice":
        assert back[0] is back[1]["again"]


def test_a_text_says_which_fields_are_missing() -> None:
    text = json.loads(persist.dumps(half(Shelf[int])))
    assert text["missing"] == ["first"]
    for missing in ({}, {"missing": []}, {"missing": ["second"]}):
        del text["missing"]
        text |= missing
        with pytest.raises(RebuildError) as raised:
            persist.loads(json.dumps(text), allow=HERE)
        assert raised.value.kind == "invalid_state"
        assert "it lacks its field `first`" in str(raised.value)
        text["missing"] = []
