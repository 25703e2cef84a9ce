"""Classes of a program that extend those of a framework: what holds for these holds for them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import persist
import pytest
from langchain.agents.middleware import ModelRetryMiddleware
from langchain_core.prompts import ChatPromptTemplate, FewShotPromptTemplate, PromptTemplate
from langchain_core.runnables import (
    RunnableBinding,
    RunnableLambda,
    RunnablePassthrough,
    RunnableSequence,
)
from langchain_core.tools import StructuredTool
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.graph import START, MessagesState, StateGraph
from persist import CaptureError, RebuildError

from trips import there_and_back

ALLOW = ("test_extended", "_operator")


class Step(RunnableLambda[Any, Any]):
    """Has nothing of its own."""


class Bound(RunnableBinding[Any, Any]):
    tenant: str = "a"


class Prompt(PromptTemplate):
    tenant: str = "a"


class Talk(ChatPromptTemplate):
    tenant: str = "a"


class Shots(FewShotPromptTemplate):
    tenant: str = "a"


class Steps(RunnableSequence[Any, Any]):
    tenant: str = "a"


class Keyed(StructuredTool):
    tenant: str = "a"


class Graph(StateGraph[Any]):
    """Has nothing of its own."""


class Merged(BinaryOperatorAggregate[Any]):
    """Has nothing of its own."""


class Far(Bound):
    """Extends what extends."""


def step(given: Any) -> Any:
    return given


def shots(**fields: Any) -> Any:
    prompt = PromptTemplate.from_template("{a}")
    given = {"examples": [{"a": "b"}], "suffix": "{x}", "input_variables": ["x"]}
    return Shots(example_prompt=prompt, **given, **fields)


def graph() -> Any:
    made = Graph(MessagesState)
    made.add_node("n", step)
    made.add_edge(START, "n")
    return made


def tool() -> Any:
    schema = {"type": "object", "properties": {}}
    return Keyed(name="t", description="d", func=step, args_schema=schema, tenant="b")


HONEST: dict[str, Callable[[], Any]] = {
    "a step": lambda: Step(step),
    "a binding": lambda: Bound(bound=RunnablePassthrough(), kwargs={"stop": "x"}, tenant="b"),
    "a binding further off": lambda: Far(bound=RunnablePassthrough(), tenant="b"),
    "a prompt": lambda: Prompt.from_template("{x}", tenant="b"),
    "a chat prompt": lambda: Talk.from_messages([("human", "{x}")]),
    "a few shots": lambda: shots(tenant="b"),
    "a sequence": lambda: Steps(RunnablePassthrough(), Step(step)),
    "a tool": tool,
    "a graph": graph,
    "a compiled graph": lambda: graph().compile(),
    "a channel": lambda: Merged(int, operator.add),
}


@pytest.mark.parametrize("name", HONEST)
def test_a_class_of_ones_own_comes_back_by_its_name(name: str) -> None:
    there_and_back(HONEST[name](), allow=ALLOW)


MODEL = ModelRetryMiddleware(max_retries=0).wrap_model_call


def changed(made: Any, **held: Any) -> Any:
    vars(made).update(held)
    return made


HOSTILE: dict[str, tuple[Callable[[], Any], str]] = {
    "a step": (lambda: changed(Step(step), func=MODEL), "calls what it is given"),
    "a binding": (
        lambda: changed(HONEST["a binding"](), kwargs={"base_url": "https://x.example"}),
        "would send a model's key to another address",
    ),
    "a binding of no runnable": (
        lambda: changed(HONEST["a binding"](), bound=1),
        "its fields are not what the class declares",
    ),
    "a binding further off": (
        lambda: changed(
            HONEST["a binding further off"](), config={"configurable": {"__pregel": 1}}
        ),
        "only a running graph has",
    ),
    "a prompt": (
        lambda: changed(HONEST["a prompt"](), template="{x.__class__.__init__}"),
        "refuses",
    ),
    "a prompt of text for a type": (
        lambda: changed(HONEST["a prompt"](), input_types={"x": "__import__('os')"}),
        "holds something else than a type",
    ),
    "a few shots": (
        lambda: changed(shots(), examples=[step]),
        "`examples` holds what no finished instance does",
    ),
    "a sequence": (
        lambda: changed(HONEST["a sequence"](), last=1),
        "its fields are not what the class declares",
    ),
    "a tool": (lambda: changed(tool(), func=MODEL), "calls what it is given"),
    "a graph": (lambda: changed(graph(), schemas={"x": 1}), "something else than types"),
    "a channel": (
        lambda: changed_slot(Merged(int, operator.add), operator=MODEL),
        "calls what it is given",
    ),
}


def changed_slot(made: Any, **held: Any) -> Any:
    for name, value in held.items():
        setattr(made, name, value)
    return made


def unchecked(monkeypatch: pytest.MonkeyPatch, made: Any) -> str:
    """Returns what a stranger writes: nothing looks at what is saved."""
    from persist.adapters import _checks, _construct, _model

    with monkeypatch.context() as patched:
        patched.setattr(_checks, "trouble_of", lambda row, made: None)
        patched.setattr(_construct, "check_annotations", lambda target, given: None)
        patched.setattr(_model, "_trouble_with_annotations", lambda shape, held, derived: None)
        patched.setattr(_construct, "_check_equal", lambda target, made: None)
        return persist.dumps([made])


@pytest.mark.parametrize("name", HOSTILE)
def test_what_its_base_may_not_hold_it_may_not_either(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, says = HOSTILE[name]
    with pytest.raises(CaptureError) as unsaved:
        persist.dumps([make()])
    assert says in str(unsaved.value)
    text = unchecked(monkeypatch, make())
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=ALLOW)
    assert (raised.value.kind, says in str(raised.value)) == ("invalid_state", True)
