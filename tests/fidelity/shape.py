"""Classes that functions make, tools over them, and types that only older or newer typing has."""

import collections.abc
import dataclasses
import enum
import functools
import typing
from typing import Annotated, Any

import typing_extensions
from cases import Case
from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId, tool
from langgraph.prebuilt import InjectedState, ToolRuntime
from pydantic import BaseModel, Field

import circles

Items = typing.TypeVarTuple("Items")
Given = typing.ParamSpec("Given")
UserId = typing.NewType("UserId", int)


def tuple_of() -> Any:
    class Pair(typing.NamedTuple):
        left: int
        right: list[int] = []  # noqa: RUF012 - shared by all, as it was

    return Pair


def data_of() -> Any:
    @dataclasses.dataclass(order=True)
    class Data:
        number: int
        words: list[str] = dataclasses.field(default_factory=list, compare=False)

    return Data


def level_of() -> Any:
    class Level(enum.IntEnum):
        LOW = 1
        LEAST = 1
        HIGH = 2

    return Level


def thread_of() -> Any:
    class Thread(typing_extensions.TypedDict, total=False):
        messages: typing_extensions.Required[Annotated[list[str], max]]
        count: int

    return Thread


def model_of() -> Any:
    class Local(BaseModel):
        """Is local."""

        number: Annotated[int, Field(gt=0, description="positive")] = 1
        inner: list[Annotated[str, "noted"]] = Field(default_factory=list, alias="words")

    return Local


def noted(prefix: str) -> BaseTool:
    @tool
    def noted(
        text: Annotated[str, "the text"],
        count: Annotated[int, Field(ge=0, le=9)] = 1,
        user: Annotated[str, InjectedToolArg] = "u",
    ) -> str:
        """Repeats."""
        return f"{prefix}{text * count}{user}"

    return noted


def injected(prefix: str) -> BaseTool:
    @tool
    def injected(
        text: str,
        state: Annotated[dict[str, Any], InjectedState],
        names: Annotated[list[str], InjectedState("names")],
        call: Annotated[str, InjectedToolCallId],
        runtime: ToolRuntime,
    ) -> str:
        """Sees the state."""
        return f"{prefix}{text}{state}{names}{call}"

    return injected


def schema(made: BaseTool) -> Any:
    return [made.tool_call_schema.model_json_schema(), sorted(made.args)]  # type: ignore[union-attr]


def told_tool() -> BaseTool:
    made = circles.graft()
    cls: Any = made.args_schema
    for model in (cls, cls.model_fields["second"].annotation.__args__[0]):
        circles.told(model)
    return made


CASES: dict[str, Any] = {
    "a named tuple of a function": Case(
        lambda: (lambda cls: [cls, cls(1), cls(1, [2])])(tuple_of()),
        lambda it: [it[1]._replace(left=3), it[1].right is it[0]._field_defaults["right"]],
    ),
    "a dataclass of a function": Case(
        lambda: (lambda cls: [cls, cls(1), cls(2, ["a"])])(data_of()),
        lambda it: [it[1] < it[2], it[0](3).words],
    ),
    "an enumeration of a function": Case(
        lambda: (lambda cls: [cls, *cls, {cls.HIGH: cls.LEAST}])(level_of()),
        lambda it: [it[0](2) is it[2], it[0].LOW is it[3][it[2]]],
    ),
    "a typed dict of a function": Case(thread_of, lambda it: sorted(it.__required_keys__)),
    "a model of a function": Case(
        lambda: (lambda cls: [cls, cls(words=["a"])])(model_of()),
        lambda it: [it[0].model_json_schema(), it[1].model_dump(by_alias=True)],
    ),
    "models of each other": Case(
        lambda: (lambda made: [*made, made[0](second={"firsts": [{}], "own": {}})])(
            [*map(circles.told, circles.pair())]
        ),
        lambda it: [
            it[2].model_dump_json(),
            it[2].second.firsts[0].__class__ is it[0],
            it[1].model_json_schema(),
        ],
    ),
    "a model that holds what extends it": Case(
        lambda: (lambda made: [*made, made[2](parts=[{"kind": "leaf"}])])(
            [*map(circles.told, circles.shapes())]
        ),
        lambda it: [it[3].model_dump_json(), type(it[3].parts[0]) is it[1], it[0].__name__],
    ),
    "a tool of models of each other": Case(
        lambda: told_tool(),
        lambda it: [it.invoke({"second": {"firsts": [{}]}}), schema(it)],
    ),
    "a tool with notes": Case(
        lambda: noted("p"), lambda it: [it.invoke({"text": "a", "count": 2}), schema(it)]
    ),
    "a tool that is injected": Case(lambda: injected("p"), schema),
    "types of types": lambda: [
        UserId, list[UserId], Items, tuple[*Items], tuple[int, *tuple[str, ...]],
        typing.Callable[typing.Concatenate[int, Given], str],
        collections.abc.Callable[Given, int], Given.args, typing.Unpack[Items],
        typing_extensions.ReadOnly[int], typing_extensions.TypeIs[int], typing.Self,
        Annotated[int, 1, True, 1.0],
    ],
    "a partial method": Case(
        lambda: functools.partialmethod(print, 1, end=""), lambda it: [it.args, it.keywords]
    ),
}  # fmt: skip
