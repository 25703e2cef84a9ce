"""No step, tool or binding of a file asks what flows through it for what leads to a program."""

from __future__ import annotations

import asyncio
import functools
import json
import operator
from typing import Any

import persist
import pytest
from langchain_core.language_models import FakeListLLM
from langchain_core.runnables import RunnableBinding, RunnableLambda, RunnablePassthrough
from langchain_core.runnables.passthrough import aidentity, identity
from langchain_core.tools import StructuredTool
from langgraph._internal._runnable import RunnableCallable
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import InjectedState
from langgraph.store.base import BaseStore
from persist import CaptureError, RebuildError, UntrustedError

HIDDEN = "a tool would be given a hidden attribute of its graph's state"


def refused(text: str) -> str:
    with pytest.raises(RebuildError) as raised:
        persist.loads(text)
    assert raised.value.kind == "invalid_state"
    return str(raised.value)


def unsaved(value: object) -> str:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(value)
    (problem,) = raised.value.problems
    return problem.reason


def storing(value: Any, *, store: BaseStore) -> Any:
    return value, store


def step() -> Any:
    made: Any = RunnableCallable(identity, name="n", trace=False, recurse=False)
    made.func_accepts = {"store": ("store", None)}
    return made


@pytest.mark.parametrize("asked", ["__globals__", "__self__", "context", "stream_writer"])
def test_a_step_asks_its_run_for_nothing_else(asked: str) -> None:
    text = persist.dumps(step())
    assert persist.loads(text).func_accepts == {"store": ("store", None)}
    reason = "it would be given as `store` what no step is given"
    assert reason in refused(text.replace('["store",null]', json.dumps([asked, None])))
    other = step()
    other.func_accepts = {"store": (asked, None)}
    assert reason in unsaved(other)


def test_a_step_of_a_program_is_given_its_store_again() -> None:
    made = RunnableCallable(storing, name="n")
    back = persist.loads(persist.dumps(made), allow=[storing])
    assert back.func_accepts == made.func_accepts


@pytest.mark.parametrize("name", ["__pregel_runtime", "__pregel_read", "__pregel_send"])
def test_no_binding_sets_what_a_running_graph_has(name: str) -> None:
    made = RunnablePassthrough().with_config({"configurable": {"thread": 1}})
    text = persist.dumps(made)
    assert persist.loads(text).config == made.config
    reason = f"its `config` has `{name}`, which only a running graph has"
    assert reason in refused(text.replace('"thread"', f'"{name}"'))
    bound = RunnableBinding(bound=RunnablePassthrough(), config={"configurable": {name: 1}})
    assert reason in unsaved(bound)


@pytest.mark.parametrize("name", ["cr_frame", "f_builtins", "tb_frame", "gi_code", "__globals__"])
def test_no_tool_is_given_what_the_interpreter_keeps(name: str) -> None:
    text = persist.dumps(InjectedState("messages"))
    assert persist.loads(text).field == "messages"
    assert HIDDEN in refused(text.replace("messages", name))
    node = persist.dumps(ToolNode([], messages_key="talks"))
    assert persist.loads(node)._messages_key == "talks"
    assert HIDDEN in refused(node.replace('"talks"', f'"{name}"'))
    assert HIDDEN in unsaved(ToolNode([], messages_key=name))


def test_no_step_makes_what_is_only_awaited() -> None:
    reason = "`func` only makes what is to be awaited"
    for called in (aidentity, functools.partial(aidentity, 1), RunnablePassthrough().ainvoke):
        lazy = RunnableLambda(identity)
        lazy.func = called
        assert reason in unsaved(lazy)
    text = persist.dumps(RunnableLambda(identity))
    assert reason in refused(text.replace("passthrough:identity", "passthrough:aidentity"))
    waiting = RunnableLambda(identity, afunc=aidentity)
    assert asyncio.run(persist.loads(persist.dumps(waiting)).ainvoke(3)) == 3


@pytest.mark.parametrize("joins", [operator.or_, operator.ior])
def test_what_joins_a_chain_of_what_comes_is_admitted_by_name_alone(joins: Any) -> None:
    name = f"_operator:{joins.__name__}"
    for text in (
        persist.dumps(BinaryOperatorAggregate(dict, joins)),
        persist.dumps(functools.partial(joins, {"a": 1})),
        persist.dumps(RunnableLambda(joins)),
    ):
        with pytest.raises(UntrustedError) as raised:
            persist.loads(text)
        assert raised.value.allow == [name]
        assert persist.loads(text, allow=name) is not None


def given_state(called: Any) -> ToolNode:
    tool = StructuredTool.from_function(called, name="t", description="d")
    node = ToolNode([tool])
    node._injected_args["t"].state["x"] = "secret"
    return node


def asking(x: int) -> int:
    """Asks."""
    return x


def test_only_tools_of_a_program_are_given_a_part_of_a_state() -> None:
    node = given_state(asking)
    text = persist.dumps(node)
    back = persist.loads(text, allow=[asking])
    assert back._injected_args["t"].state == {"x": "secret"}
    named = f'{{"lc":"function","id":"{__name__}:asking"}}'
    assert named in text
    reason = "the tool `t`, which is no program's own, is given a part of the state"
    other = '{"lc":"function","id":"langchain_core.runnables.passthrough:identity"}'
    assert reason in refused(text.replace(named, other))
    node.tools_by_name["t"].func = identity  # type: ignore[attr-defined]
    assert reason in unsaved(node)


@pytest.mark.parametrize(
    "held", [RunnablePassthrough(), [RunnablePassthrough()], {"a": FakeListLLM(responses=["a"])}]
)
def test_no_partial_makes_data_of_what_runs(held: Any) -> None:
    reason = "it would give what runs, or what has a key, as data"
    assert reason in unsaved(functools.partial(dict, m=held))
    own = persist.dumps(functools.partial(asking, held))
    assert persist.loads(own, allow=[asking]).func is asking
    named = f'{{"lc":"function","id":"{__name__}:asking"}}'
    assert reason in refused(own.replace(named, '{"lc":"class","id":"builtins:dict"}'))
