"""Classes of LangChain with arguments, whose constructor looks at the types in their fields."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import PydanticOutputParser
from persist import CaptureError, RebuildError, UntrustedError
from pydantic import BaseModel

from trips import there_and_back

HERE = __name__
PARSER = "langchain_core.output_parsers.pydantic:PydanticOutputParser"


class Answer(BaseModel):
    text: str


class Long(Answer):
    more: str = ""


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
