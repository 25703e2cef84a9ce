"""Nothing of a file calls what flows through it: a framework has functions that would.

With names of frameworks alone a file joined one that reads `os.system` to one that calls what it
is given. Here what comes is such a function already.
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

import persist
import pytest
from langchain.agents.factory import _chain_model_call_handlers
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelRetryMiddleware,
    ToolRetryMiddleware,
    before_model,
    wrap_tool_call,
)
from langchain.agents.middleware.pii import _PIIStreamTransformer
from langchain_classic.chains.transform import TransformChain
from langchain_core.messages import AIMessage
from langchain_core.runnables import (
    ConfigurableFieldSpec,
    RunnableBinding,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
    RunnableSequence,
)
from langchain_core.runnables.config import run_in_executor
from langchain_core.runnables.history import RunnableWithMessageHistory
from langchain_core.tools import StructuredTool
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_openai.chat_models.base import _oai_structured_outputs_parser
from langgraph._internal._runnable import RunnableCallable
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.channels.delta import DeltaChannel
from langgraph.func import task
from langgraph.graph import START, StateGraph
from langgraph.graph._branch import BranchSpec
from langgraph.graph.state import _coerce_state
from langgraph.prebuilt import ToolNode
from langgraph.pregel._read import ChannelRead, PregelNode
from langgraph.pregel._write import ChannelWrite, ChannelWriteEntry
from langgraph.store.base.embed import EmbeddingsLambda
from langgraph.types import CachePolicy, RetryPolicy
from langsmith.run_helpers import _handle_container_end
from persist import CaptureError, RebuildError
from pydantic import BaseModel, create_model

from trips import there_and_back

partial = functools.partial

MODEL = ModelRetryMiddleware(max_retries=0).wrap_model_call
TOOL = ToolRetryMiddleware(max_retries=0).wrap_tool_call
HANDLED = _chain_model_call_handlers([MODEL])
COMPOSED = _chain_model_call_handlers([MODEL, MODEL])
DECORATED = wrap_tool_call(name="Around")(MODEL).wrap_tool_call
ENTRY = ChannelWrite([ChannelWriteEntry("c", "cmd")])


def step(function: Any) -> Any:
    made = RunnableLambda(lambda x: x)
    vars(made).update(func=function, name=None)
    return made


def passing(given: Any) -> Any:
    yield from given


def yielding(function: Any) -> Any:
    made = RunnableGenerator(passing)
    vars(made).update(_transform=function, name=None)
    return made


def node(function: Any, made: Any = None, **held: Any) -> Any:
    made = made or RunnableCallable(lambda x: x, name="n", trace=False, recurse=False)
    vars(made).update({"func": function, "afunc": None, **held})
    return made


def tool(function: Any, **fields: Any) -> Any:
    schema = create_model("A", __module__="made_here", **dict.fromkeys(fields, (Any, ...)))
    made = StructuredTool(name="t", description="d", func=len, args_schema=schema)
    made.func = function
    return made


def reading(victim: Any) -> Any:
    return {"configurable": {"__pregel_read": victim}}


def writing(victim: Any) -> Any:
    return {"configurable": {"__pregel_send": victim}}


def itself(victim: Any) -> Any:
    return victim


def named(*names: str) -> Callable[[Any], Any]:
    return lambda victim: dict.fromkeys(names, victim)


READS: Any = ChannelRead.do_read
MORE = ({"request": "cmd"}, {})

CALLERS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "a model's hook": (lambda: step(partial(MODEL, "cmd")), itself),
    "a tool's hook": (lambda: step(partial(TOOL, "cmd")), itself),
    "in a generator": (lambda: yielding(partial(MODEL, "cmd")), itself),
    "in a node": (lambda: node(partial(MODEL, "cmd")), itself),
    "by settings of a node": (lambda: node(MODEL, kwargs={"request": "cmd"}), itself),
    "all arguments": (lambda: node(MODEL, explode_args=True), lambda it: (("cmd", it), {})),
    "all arguments of a class": (
        lambda: node(partial(_coerce_state, AIMessage), explode_args=True),
        lambda it: (({"content": it},), {}),
    ),
    "in a branch": (
        lambda: node(
            BranchSpec(RunnablePassthrough(), None)._route,
            kwargs={"reader": None, "writer": partial(MODEL, "cmd")},
        ),
        itself,
    ),
    "in what writes": (lambda: node(partial(MODEL, "cmd"), ChannelWrite([])), itself),
    "told to one": (
        lambda: step(partial(_coerce_state, MODEL)),
        lambda it: {"request": "cmd", "handler": it},
    ),
    "told to a parser": (
        lambda: step(partial(_oai_structured_outputs_parser, schema=MODEL)),
        lambda it: AIMessage("", additional_kwargs={"parsed": {"request": 1, "handler": it}}),
    ),
    "of a factory": (lambda: step(partial(HANDLED, "cmd")), itself),
    "composed": (lambda: step(partial(COMPOSED, "cmd")), itself),
    "of a decorator": (lambda: step(partial(DECORATED, "cmd")), itself),
    "captured by a decorator's": (
        lambda: step(partial(before_model(name="Before")(MODEL).before_model, "cmd")),
        itself,
    ),
    "of a trace": (lambda: step(partial(_handle_container_end, {}, "cmd", None)), itself),
    "told to a trace": (
        lambda: step(partial(_handle_container_end, outputs_processor=partial(MODEL, "cmd"))),
        itself,
    ),
    "reading": (lambda: step(partial(READS, select="cmd", fresh={})), reading),
    "reading in a node": (lambda: node(partial(READS, select="cmd", fresh=True)), reading),
    "writing": (lambda: step(partial(ENTRY._write, "x")), writing),
    "writing in a node": (lambda: node(partial(ENTRY._write, "x")), writing),
    "a channel": (lambda: step(partial(BinaryOperatorAggregate, operator=None)), itself),
    "another channel": (lambda: step(partial(DeltaChannel, None)), named("typ")),
    "a channel in a tool": (
        lambda: tool(BinaryOperatorAggregate, typ=..., operator=...),
        named("typ", "operator"),
    ),
    "a map that calls": (lambda: step(defaultdict), itself),
    "a map of maps that call": (lambda: step(partial(defaultdict, defaultdict)), itself),
    "a map of a hook": (lambda: step(partial(defaultdict, partial(MODEL, "cmd"))), itself),
    "a map of some type": (lambda: step(defaultdict[str, int]), itself),
    "a map of an annotated type": (lambda: step(Annotated[defaultdict[str, int], 1]), itself),
    "a namespace": (lambda: step(partial(_coerce_state, SimpleNamespace)), named("get")),
    "within a flow": (
        lambda: tool(
            RunnableSequence(RunnablePassthrough(), step(partial(MODEL, "cmd"))).invoke,
            input=...,
        ),
        named("input"),
    ),
    "in another thread": (lambda: step(partial(run_in_executor, None, MODEL, "cmd")), itself),
    "what replaces": (
        lambda: node(partial(re.Pattern.sub, re.compile("b")), explode_args=True),
        lambda it: ((it, "abc"), {}),
    ),
    "a bound one": (
        lambda: node(re.compile("b").sub, explode_args=True),
        lambda it: ((it, "abc"), {}),
    ),
    "what replaces by a hook": (lambda: step(partial(re.compile("b").sub, MODEL)), itself),
    "a redactor": (lambda: tool(_PIIStreamTransformer, rule=...), named("rule")),
    "a redactor of any rule": (
        lambda: step(partial(_PIIStreamTransformer, rule=SimpleNamespace(detector=MODEL))),
        itself,
    ),
    "a partial of a partial": (lambda: step(partial(str, partial(partial(MODEL, "cmd")))), itself),
}


REPLACING = ("re:Pattern.sub",)


def lax(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Any]) -> str:
    """Returns what a stranger writes: no check looks at what is saved."""
    from persist.adapters import _called, _checks

    with monkeypatch.context() as patched:
        for name in _checks.CHECKS:
            patched.setitem(_checks.CHECKS, name, lambda made: None)  # type: ignore[arg-type]
        patched.setattr(_called, "_fits", lambda call: True)
        return persist.dumps([make()])


@pytest.mark.parametrize("name", CALLERS)
def test_what_comes_is_not_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, around = CALLERS[name]
    text = lax(monkeypatch, make)
    called: list[Any] = []

    def victim(*args: Any, **named: Any) -> None:
        called.append((args, named))

    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=REPLACING)[0].invoke(around(victim))
    assert (raised.value.kind, called) == ("invalid_state", [])
    with pytest.raises(CaptureError) as unsaved:
        persist.dumps([make()])
    assert {it.kind for it in unsaved.value.problems} == {"unsupported_value"}


def _transforming() -> Any:
    fields: Any = {"input_variables": ["x"], "output_variables": ["y"]}
    return TransformChain(**fields, transform=partial(MODEL, "cmd"))


def _described(function: Any) -> Any:
    asked: Any = {"t": {"allowed_decisions": ["approve"], "description": function}}
    return HumanInTheLoopMiddleware(asked)


CALLING: dict[str, Callable[[Any], Any]] = {
    "alone": lambda it: it,
    "a method of a class": lambda it: functools.partialmethod(it.func, *it.args),
    "a chain": lambda it: _transforming(),
    "embeddings": lambda it: EmbeddingsLambda(it),
    "an error of a tool": lambda it: tool(len, x=...).model_copy(update={"handle_tool_error": it}),
    "errors of tools": lambda it: ToolNode([], handle_tool_errors=it),
    "a try again": lambda it: RetryPolicy(retry_on=it),
    "a key of a cache": lambda it: CachePolicy(key_func=it),
    "a failure": lambda it: ModelRetryMiddleware(on_failure=it),
    "a description": _described,
    "a mapper": lambda it: PregelNode(channels="x", triggers=["x"], mapper=it),
    "an entry": lambda it: ChannelWriteEntry("x", mapper=it),
}


@pytest.mark.parametrize("name", CALLING)
def test_no_partial_is_around_what_calls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = lax(monkeypatch, lambda: CALLING[name](partial(MODEL, "cmd")))
    with pytest.raises(RebuildError) as raised:
        persist.loads(text)
    assert raised.value.kind == "invalid_state"
    assert "calls what it is given" in str(raised.value)


@pytest.mark.parametrize("name", [*CALLING][3:])
def test_nor_does_what_is_called_with_data(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = lax(monkeypatch, lambda: CALLING[name](MODEL))
    with pytest.raises(RebuildError) as raised:
        persist.loads(text)
    assert "calls what it is given" in str(raised.value)


def test_no_task_is_made_of_what_calls() -> None:
    method = json.loads(persist.dumps([MODEL]))[0]
    said = {"lc": "object", "id": "langgraph.func:_TaskFunction", "dict": {"func": method}}
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(said))
    assert "its function calls what it is given" in str(raised.value)


PLACE = {"http_options": {"base_url": "https://of-a-stranger.example"}}


def _google() -> Any:
    model = ChatGoogleGenerativeAI(model="gemini-2.0-flash", google_api_key="k")
    return RunnableBinding(bound=model, kwargs={})


def remembering(function: Any) -> Any:
    spec = ConfigurableFieldSpec(id="http_options", annotation=dict)
    made = RunnableWithMessageHistory(
        RunnablePassthrough(), lambda it: it, history_factory_config=[spec]
    )
    made.get_session_history = function
    return made.with_config(configurable=PLACE)


LEAKS: dict[str, Callable[[], Any]] = {
    "settings of a node": lambda: node(_google().invoke, kwargs=PLACE),
    "settings that run": lambda: node(_google().invoke, kwargs={"config": {"tags": ["x"]}}),
    "told to one": lambda: step(partial(_coerce_state, _google().invoke)),
    "all arguments": lambda: node(_google().invoke, explode_args=True),
    "after an input": lambda: step(partial(_google().invoke, "x")),
    "by name": lambda: step(partial(_google().invoke, input="x")),
    "in another thread": lambda: step(partial(run_in_executor, None, _google().invoke, "x")),
    "settings there": lambda: step(partial(run_in_executor, None, _google().invoke, **PLACE)),
    "a task in a tool": lambda: tool(task(_google().invoke), input=..., http_options=...),
    "a history": lambda: remembering(_google().invoke),
    "a tool there": lambda: tool(
        partial(run_in_executor, None, _google().invoke), input=..., http_options=...
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_model_is_run_with_its_input_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = lax(monkeypatch, LEAKS[name])
    keys = dict.fromkeys(("GOOGLE_API_KEY", "GEMINI_API_KEY"), "k")
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, secrets_map=keys)
    assert raised.value.kind == "invalid_state"


def doubled(x: Any, by: int = 2) -> Any:
    return x * by


def shown(found: re.Match[str]) -> str:
    return f"<{found.group()}>"


class Kept(BaseModel):
    """What a graph of the tests holds, as a model."""

    x: int = 0


def _compiled() -> Any:
    graph = StateGraph(Kept)
    graph.add_node("n", lambda state: {"x": state.x + 1})
    graph.add_edge(START, "n")
    graph.add_conditional_edges("n", lambda state: "n" if state.x < 3 else "__end__")
    return graph.compile()


HARMLESS: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "a function": (lambda: step(doubled), 2, 4),
    "a partial of one": (lambda: step(partial(doubled, by=3)), 2, 6),
    "settings of one": (lambda: node(doubled, kwargs={"by": 3}), 2, 6),
    "all its arguments": (lambda: node(doubled, explode_args=True), ((2,), {"by": 4}), 8),
    "in another thread": (
        lambda: node(doubled, afunc=partial(run_in_executor, None, doubled)),
        2,
        4,
    ),
    "a method": (lambda: step(step(doubled).invoke), 2, 4),
    "a class": (lambda: step(partial(_coerce_state, Kept)), {"x": 1}, Kept(x=1)),
    "a replacement": (lambda: step(partial(re.compile("b").sub, "-")), "abc", "a-c"),
    "a replacement by a function": (
        lambda: step(partial(re.Pattern.sub, re.compile("b"), shown)),
        "abc",
        "a<b>c",
    ),
    "a search": (lambda: step(re.compile("b").findall), "abc", ["b"]),
    "a message": (lambda: step(AIMessage), "hi", AIMessage("hi")),
    "a map": (lambda: step(partial(dict, y=1)), {"x": 1}, {"x": 1, "y": 1}),
    "a map with a default": (lambda: step(partial(defaultdict, list)), {"x": 1}, {"x": 1}),
    "a graph of a model": (_compiled, {"x": 1}, {"x": 3}),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_calls_nothing_is_called(name: str) -> None:
    make, given, gives = HARMLESS[name]
    allow = (__name__, *REPLACING, "re:Pattern.findall")
    assert there_and_back(make(), allow=allow).invoke(given) == gives


def test_a_program_tells_its_own_functions_anything() -> None:
    kept = [partial(doubled, defaultdict), partial(sorted, key=doubled), task(doubled)]
    back = there_and_back(kept, allow=[__name__, "builtins:sorted"])
    assert [it.func for it in back[:2]] == [doubled, sorted]
