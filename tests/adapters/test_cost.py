"""What classes made at run time cost pydantic is bounded, and real programs meet no bound."""

from __future__ import annotations

import pathlib
import uuid
from typing import Annotated, Any, Literal

import persist
import pytest
from langchain.agents import AgentState
from langchain_core.messages import AIMessage, AnyMessage
from persist import CaptureError
from persist.adapters import _pattern
from pydantic import (
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
    field_validator,
    v1,
)

MODES: Any = ("before", "after")

TOO_MUCH = "classes made at run time are too many, or mention each other too often"


def checked(cls: Any, value: Any) -> Any:
    return value


def models(count: int, inner: Any = str) -> Any:
    """Returns the last of some models, each of which has the one before it in a list."""
    text = Field(default=None, description="some text", pattern=r"^[\w.-]{1,20}$")
    for at in range(count):
        fields: dict[str, Any] = {f"f{number}": (str | None, text) for number in range(4)}
        inner = create_model(f"M{at}", inner=(list[inner], ...), **fields)
    return inner


PARTS: tuple[Any, ...] = (pathlib.Path, uuid.UUID, int, list[dict[str, int | None]], bytes | None)


@pytest.mark.parametrize(("make", "count"), [(create_model, 200), (v1.create_model, 40)])
def test_many_models_of_many_fields_come_back(make: Any, count: int) -> None:
    fields: Any = {f"f{at}": (PARTS[at % 5], None) for at in range(30)}
    models = [make(f"M{at}", **fields) for at in range(count)]
    assert len(persist.loads(persist.dumps(models))) == count


def test_the_arguments_of_many_tools_come_back() -> None:
    kinds: Any = {"kind": (Literal["a", "b"], "a"), "at": (Annotated[int, Field(ge=0)], 1)}
    tools = [create_model(f"T{at}", to=(models(5), ...), **kinds) for at in range(100)]
    text = persist.dumps(tools)
    copies: Any = persist.loads(text)
    assert persist.dumps(copies) == text
    assert copies[99].model_json_schema() == tools[99].model_json_schema()


def test_many_tools_that_share_large_models_come_back() -> None:
    shared = models(10)
    tools = [create_model(f"T{at}", to=(shared, ...)) for at in range(200)]
    assert len(persist.loads(persist.dumps(tools))) == 200


def test_the_arguments_of_tools_that_know_the_state_come_back() -> None:
    kinds: Any = {"state": (AgentState, ...), "said": (list[AnyMessage], ...)}
    kinds |= {f"f{at}": (str | None, None) for at in range(4)}
    tools = [create_model(f"T{at}", **kinds) for at in range(300)]
    assert len(persist.loads(persist.dumps(tools))) == 300


def test_models_that_extend_each_other_come_back() -> None:
    models, base = [], create_model("Wide", **{f"w{at}": (int, at) for at in range(250)})
    for at in range(25):
        base = create_model(f"Level{at}", __base__=base, **{f"l{at}": (str, "a")})
        models += [create_model(f"Leaf{at}", __base__=base)] * (at % 2)
    messages = [create_model(f"A{at}", __base__=AIMessage) for at in range(100)]
    assert len(persist.loads(persist.dumps([models, messages]))[1]) == 100


def test_a_large_model_with_validators_comes_back() -> None:
    fields: Any = {f"f{at}": (str, "a") for at in range(250)}
    validators = {
        f"v{at}": field_validator("*", mode=mode)(checked) for at, mode in enumerate(MODES)
    }
    cls: Any = create_model("Checked", __validators__=validators, **fields)
    copies: Any = persist.loads(
        persist.dumps([cls, create_model("More", __base__=cls)]), allow=[checked]
    )
    assert len(copies[1].model_fields) == 250


@pytest.mark.parametrize("make", [create_model, v1.create_model])
def test_too_many_small_classes_are_refused_when_they_are_saved(make: Any) -> None:
    with pytest.raises(CaptureError, match=TOO_MUCH):
        persist.dumps([make(f"M{at}") for at in range(4_000)])


def test_a_default_that_is_long_and_flat_comes_back() -> None:
    words = tuple(f"w{at}" for at in range(50_000))
    cls: Any = create_model("Words", words=(tuple[str, ...], words))
    assert persist.loads(persist.dumps(cls))().words == words


def test_many_errors_come_back() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(list[Literal["a", "b"]]).validate_python([0] * 2_000)
    copy: Any = persist.loads(persist.dumps([raised.value] * 2))[0]
    assert copy.errors() == raised.value.errors()


def test_a_long_chain_of_models_is_refused_when_it_is_saved() -> None:
    with pytest.raises(CaptureError, match=TOO_MUCH):
        persist.dumps(models(300))


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("^[a-zA-Z0-9_-]{1,64}$", 50, 200),
        (r"^[\w.]+@[a-z]{1,255}\.[a-z]{2,63}$", 100, 1_000),
        (r"\d{4}-\d{2}-\d{2}", 0, 100),
        (r"\w{100}", 10_000, 20_000),
        (r"(\w{10}|a){10}", 10_000, 20_000),
        (r"[](\w]{100}", 10_000, 20_000),
        (r"(?x)[ ](\w ] {100}", 10_000, 30_000),
        (r"\p{Greek}{100}", 10_000, 20_000),
        (r"\w{1000000000000000000000}", 30_000, 30_100),
        ("a" * 30_000, 30_000, 40_000),
        ("(?i)" + "[\\0-\\uffff]" * 300, 400_000, 1_000_000),
    ],
)
def test_a_pattern_costs_what_is_written_out_of_it(pattern: str, least: int, most: int) -> None:
    assert least <= _pattern.units_of(pattern) <= most
