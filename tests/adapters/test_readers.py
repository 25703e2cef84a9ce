"""Classes that a text makes read no attributes, and nothing calls what flows through a flow.

Of any function attributes lead to all that its program has loaded: with names of frameworks alone
a file read `os.system` so, and had it called.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Callable
from operator import add
from typing import Any

import persist
import pytest
from langchain.agents.middleware import ModelRetryMiddleware
from langchain_core.runnables import RunnablePassthrough
from langchain_core.runnables.config import run_in_executor
from langchain_core.runnables.passthrough import identity
from langchain_core.tools import StructuredTool
from langgraph._internal._runnable import RunnableCallable
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.prebuilt.tool_node import InjectedState, _InjectedArgs
from persist import CaptureError, RebuildError
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, create_model
from pydantic import v1 as older

from trips import there_and_back

EVENTS: list[str] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.system":
        EVENTS.append(event)


sys.addaudithook(_note)

ANY = {"lc": "class", "id": "typing:Any"}
IDENTITY = {"lc": "function", "id": "langchain_core.runnables.passthrough:identity"}
PASSING = json.loads(persist.dumps(RunnablePassthrough()))
READING = "a model made at run time would read attributes of what it is given"


def step(function: Any) -> dict[str, Any]:
    inner = {"func": function, "_repr": None, "name": None}
    return {"lc": "object", "id": "langchain_core.runnables.base:RunnableLambda", "dict": inner}


def a_tuple(*elements: Any) -> dict[str, Any]:
    return {"lc": "tuple", "v": list(elements)}


def partial(function: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
    state = a_tuple(function, a_tuple(*arguments), named, None)
    return {"lc": "object", "id": "functools:partial", "init": [function], "state": state}


DICT = {"lc": "class", "id": "builtins:dict"}


def model(name: str, fields: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"lc": "model", "name": name, "module": "strange", "fields": fields, **said}


def tool(schema: Any, **functions: Any) -> dict[str, Any]:
    rest = dict.fromkeys(("callbacks", "tags", "metadata", "extras"))
    rest |= dict.fromkeys(("return_direct", "verbose", "handle_tool_error"), False)
    rest |= {"handle_validation_error": False, "response_format": "content"}
    said = {"name": "t", "description": "d", "args_schema": schema, **rest}
    said |= {"func": None, "coroutine": None, **functions}
    return {"lc": "object", "id": "langchain_core.tools.structured:StructuredTool", "dict": said}


def info(**said: Any) -> dict[str, Any]:
    return {"lc": "object", "id": "pydantic.fields:FieldInfo", "dict": said}


def path(*steps: str) -> dict[str, Any]:
    return {"lc": "object", "id": "pydantic.aliases:AliasPath", "slots": {"path": list(steps)}}


def older_info(alias: str) -> dict[str, Any]:
    node: Any = json.loads(persist.dumps(older.Field(None, alias=alias)))
    return node


SYSTEM = path("invoke", "__globals__", "inspect", "sys", "modules", "os", "system")


def reading(name: str) -> dict[str, Any]:
    """A class that gives `os.system` under a name, of any runnable."""
    fields = {name: [ANY, info(validation_alias=SYSTEM)]}
    return model("N", fields, config={"from_attributes": True})


OLDER = {"by": "pydantic.v1"}
READING_OLDER = model(
    "N", {"g": [ANY, older_info("__globals__")]}, **OLDER, settings={"orm_mode": True}
)


def chain(*steps: Any) -> str:
    first, *middle, last = steps
    kwargs = {"first": first, "middle": middle, "last": last}
    lc_id = ["langchain", "schema", "runnable", "RunnableSequence"]
    return json.dumps({"lc": 1, "type": "constructor", "id": lc_id, "kwargs": kwargs})


ELLIPSIS = {"lc": "ellipsis"}


def required(*names: str) -> dict[str, Any]:
    return model("A", {name: [ANY, ELLIPSIS] for name in names})


def read(cls: Any) -> list[Any]:
    outer = tool(model("O", {"x": [cls, ELLIPSIS]}), func=IDENTITY)
    passed = {"steps__": {"q": PASSING}}
    lc_id = ["langchain", "schema", "runnable", "RunnableParallel"]
    parallel = {"lc": 1, "type": "constructor", "id": lc_id, "kwargs": passed}
    return [parallel, step(partial(DICT, x=PASSING)), outer, step(partial(DICT))]


RETRY = {
    "lc": "method",
    "name": "wrap_model_call",
    "self": {
        "lc": "object",
        "id": "langchain.agents.middleware.model_retry:ModelRetryMiddleware",
        "dict": {
            "max_retries": 0,
            "tools": [],
            "retry_on": {
                "lc": "function",
                "id": "langchain.agents.middleware._retry:default_retry_on",
            },
            "on_failure": "continue",
            "backoff_factor": 2.0,
            "initial_delay": 1.0,
            "max_delay": 60.0,
            "jitter": True,
        },
    },
}
COERCE = {"lc": "function", "id": "langgraph.graph.state:_coerce_state"}
EXECUTE = {"lc": "function", "id": "langchain_core.runnables.config:run_in_executor"}


def test_attributes_do_not_lead_to_what_runs_a_command() -> None:
    flow = chain(
        *read(reading("handler")),
        step(partial(DICT, request="exit 0")),
        tool(required("request", "handler"), func=RETRY),
    )
    with pytest.raises(RebuildError) as raised:
        persist.loads(flow).invoke("x")
    assert (raised.value.kind, EVENTS) == ("invalid_state", [])
    assert READING in str(raised.value)


REFUSED: dict[str, tuple[Any, str]] = {
    "attributes": (model("N", {"x": [ANY]}, config={"from_attributes": True}), READING),
    "by a base": (
        model("N", {"x": [ANY]}, bases=[{"lc": "class", "id": f"{__name__}:Reading"}], config={}),
        READING,
    ),
    "a setting of no release": (
        model("N", {"x": [ANY]}, config={"another": True}),
        "a model's configuration is no plain values",
    ),
    "an alias": (model("N", {"x": [ANY, info(alias="__globals__")]}), "hidden alias"),
    "a path": (model("N", {"x": [ANY, info(validation_alias=SYSTEM)]}), "hidden alias"),
    "choices": (
        model(
            "N",
            {
                "x": [
                    ANY,
                    info(
                        validation_alias={
                            "lc": "object",
                            "id": "pydantic.aliases:AliasChoices",
                            "slots": {"choices": ["x", SYSTEM]},
                        }
                    ),
                ]
            },
        ),
        "hidden alias",
    ),
    "attributes, the older way": (READING_OLDER, READING),
    "an older config": (
        model(
            "N",
            {"x": [ANY]},
            **OLDER,
            config={
                "name": "Config",
                "module": "a",
                "qualname": "N.Config",
                "settings": {"orm_mode": True},
            },
        ),
        READING,
    ),
    "an older base": (
        model("N", {"x": [ANY]}, **OLDER, bases=[{"lc": "class", "id": f"{__name__}:Older"}]),
        READING,
    ),
    "an older alias": (
        model("N", {"g": [ANY, older_info("__globals__")]}, **OLDER),
        "hidden alias",
    ),
}


class Reading(BaseModel):
    """Reads attributes, as models of a database do."""

    model_config = ConfigDict(from_attributes=True)


class Older(older.BaseModel):
    """The same, of pydantic's first interface."""

    class Config:
        orm_mode = True


@pytest.mark.parametrize("name", REFUSED)
def test_a_class_that_would_read_attributes_is_not_made(name: str) -> None:
    node, reason = REFUSED[name]
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(node), allow=__name__)
    assert raised.value.kind == "invalid_state"
    assert reason in str(raised.value)


def _older(**config: Any) -> Any:
    settings = type("Config", (), config)
    return older.create_model("N", __module__="strange", __config__=settings, x=(int, 1))


UNSAVED: dict[str, Callable[[], Any]] = {
    "attributes": lambda: create_model(
        "N", __module__="strange", __config__=ConfigDict(from_attributes=True), x=(int, 1)
    ),
    "by a base": lambda: create_model("N", __module__="strange", __base__=Reading, x=(int, 1)),
    "older": lambda: _older(orm_mode=True),
    "an alias": lambda: create_model(
        "N", __module__="strange", x=(int, Field(1, alias="__class__"))
    ),
}


@pytest.mark.parametrize("name", UNSAVED)
def test_what_no_restore_makes_is_not_saved(name: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([UNSAVED[name]()])
    assert raised.value.problems[0].kind == "unsupported_value"


def test_a_class_of_a_program_may_read_attributes() -> None:
    assert persist.loads(persist.dumps([Reading, Older]), allow=__name__) == [Reading, Older]


HARMLESS: dict[str, Callable[[], Any]] = {
    "no attributes": lambda: create_model(
        "N", __module__="strange", __config__=ConfigDict(from_attributes=False), x=(int, 1)
    ),
    "older": lambda: _older(orm_mode=False, allow_mutation=False),
    "any alias": lambda: create_model(
        "N",
        __module__="strange",
        a=(int, Field(1, alias="content-type")),
        b=(int, Field(1, alias="__typename")),
        c=(int, Field(1, validation_alias=AliasChoices("x", AliasPath("y", 0, "_z")))),
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_class_that_reads_no_attributes_is_made(name: str) -> None:
    cls = HARMLESS[name]()
    back = there_and_back([cls, cls()])
    assert back[1].__dict__ == cls().__dict__


CALLERS: dict[str, Any] = {
    "a middleware's": RETRY,
    "one of a graph": COERCE,
    "in another thread": EXECUTE,
    "a partial of one": partial(EXECUTE, None),
    "a partial with one": partial(EXECUTE, None, RETRY),
}


def channel(operator: Any) -> dict[str, Any]:
    node: Any = json.loads(persist.dumps(BinaryOperatorAggregate(int, operator=add)))
    held = node.get("slots", {}) | node.get("dict", {})
    assert "operator" in held
    text = json.dumps(node).replace(json.dumps(held["operator"]), json.dumps(operator))
    return json.loads(text)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", CALLERS)
def test_neither_a_tool_nor_a_channel_calls_what_it_is_given(name: str) -> None:
    schema = required("x")
    function = CALLERS[name]
    for node in (
        tool(schema, func=function),
        tool(schema, func=IDENTITY, coroutine=function),
        channel(function),
    ):
        with pytest.raises(RebuildError) as raised:
            persist.loads(json.dumps(node))
        assert raised.value.kind == "invalid_state"
        assert "calls what it is given" in str(raised.value)


@pytest.mark.parametrize("function", [COERCE, EXECUTE, partial(EXECUTE, None)])
def test_no_step_calls_what_it_is_given(function: Any) -> None:
    callable_of = RunnableCallable(doubled, name="a", trace=False)
    text = persist.dumps([callable_of])
    node = json.dumps({"lc": "function", "id": f"{__name__}:doubled"}, separators=(",", ":"))
    assert node in text
    there_and_back([callable_of], allow=__name__)
    for lax in (json.dumps(step(function)), text.replace(node, json.dumps(function), 1)):
        with pytest.raises(RebuildError) as raised:
            persist.loads(lax, allow=__name__)
        assert "calls what it is given" in str(raised.value)


def doubled(x: int) -> int:
    return 2 * x


def test_a_tool_may_be_run_in_another_thread() -> None:
    function = functools.partial(run_in_executor, None, doubled)
    made = StructuredTool.from_function(doubled, description="d", coroutine=function)
    back = there_and_back(made, allow=__name__)
    assert asyncio.run(back.ainvoke({"x": 2})) == 4


def test_what_calls_is_in_no_tool_that_is_saved() -> None:
    made = StructuredTool.from_function(doubled, description="d")
    made.func = ModelRetryMiddleware().wrap_model_call
    with pytest.raises(CaptureError) as raised:
        persist.dumps([made])
    assert "`func` calls what it is given" in raised.value.problems[0].reason


@pytest.mark.parametrize("hidden", ["__globals__", 1])
def test_a_tool_is_given_no_hidden_attribute_of_a_state(hidden: Any) -> None:
    told = _InjectedArgs({"x": "of-state", "y": None}, None, None, {"x"}, set())
    for made in (told, InjectedState("of-state")):
        text = persist.dumps([made])
        there_and_back([made])
        assert '"of-state"' in text
        with pytest.raises(RebuildError) as raised:
            persist.loads(text.replace('"of-state"', json.dumps(hidden)))
        assert "hidden attribute of its graph's state" in str(raised.value)


def test_identity_gives_back_what_it_is_given() -> None:
    assert persist.loads(persist.dumps(identity)) is identity
