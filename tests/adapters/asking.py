"""Asks the frameworks what they say of the types of a thing, and of all that it holds."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.structured_output import (
    AutoStrategy,
    OutputToolBinding,
    ProviderStrategy,
    ProviderStrategyBinding,
    ToolStrategy,
)
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import BaseOutputParser
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.channels.base import BaseChannel
from langgraph.graph import StateGraph
from langgraph.pregel import Pregel
from persist.state import forms
from persist.state.held import attributes_of
from pydantic import BaseModel, TypeAdapter

MAX_THINGS = 400
"""Things that are looked at: what was planted lies near, and none of the corpus holds many more."""


def reached(root: Any) -> Iterator[Any]:
    """Yields a thing and what it holds, the nearest first; of a class none of its namespace."""
    waiting, seen = [root], {id(root)}
    for held in waiting:
        yield held
        for inner in _held_in(held):
            if id(inner) not in seen and len(waiting) < MAX_THINGS:
                seen.add(id(inner))
                waiting.append(inner)


def _held_in(thing: Any) -> list[Any]:
    if isinstance(thing, types.ModuleType | str | bytes | int | float | type(None)):
        return []
    if isinstance(thing, type):
        return [it for it in vars(thing).values() if isinstance(it, types.FunctionType)]
    held = list(attributes_of(thing).values())
    if isinstance(thing, types.MethodType):
        held += [thing.__func__, thing.__self__]
    elif isinstance(thing, types.FunctionType):
        held += thing.__closure__ or ()
    elif isinstance(thing, types.CellType):
        held += [thing.cell_contents] if thing != types.CellType() else []
    elif isinstance(thing, dict):
        held += [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set | frozenset):
        held += thing
    return held


def _model() -> Any:
    return FakeListChatModel(responses=["a"])


def _of_runnable(thing: Any) -> list[Callable[[], Any]]:
    return [
        lambda: thing.get_input_schema().model_json_schema(),
        lambda: thing.get_output_schema().model_json_schema(),
        lambda: thing.config_schema().model_json_schema(),
        lambda: thing.get_graph().draw_mermaid(),
        lambda: thing.get_prompts(),
    ]


def _of_graph(thing: Any) -> list[Callable[[], Any]]:
    return [
        lambda: thing.get_input_jsonschema(),
        lambda: thing.get_output_jsonschema(),
        lambda: thing.get_context_jsonschema(),
        lambda: thing.get_config_jsonschema(),
        lambda: list(thing.get_subgraphs()),
        lambda: thing.get_state({"configurable": {"thread_id": "t"}}),
    ]


def _of_tool(thing: Any) -> list[Callable[[], Any]]:
    return [
        lambda: thing.args,
        lambda: thing.tool_call_schema,
        lambda: convert_to_openai_tool(thing),
        lambda: thing.get_input_jsonschema(),
    ]


def _of_class(thing: Any) -> list[Callable[[], Any]]:
    return [
        lambda: typing.get_type_hints(thing, include_extras=True),
        lambda: thing.model_rebuild(force=True) if issubclass(thing, BaseModel) else None,
        lambda: TypeAdapter(thing).json_schema(),
        lambda: convert_to_openai_tool(thing),
    ]


def _of_function(thing: Any) -> list[Callable[[], Any]]:
    return [
        lambda: inspect.signature(thing),
        lambda: typing.get_type_hints(thing, include_extras=True),
        lambda: RunnableLambda(thing).get_input_schema().model_json_schema(),
        lambda: RunnableLambda(thing).get_output_schema().model_json_schema(),
        lambda: StructuredTool.from_function(thing, name="a", description="b").args,
        lambda: StateGraph(dict).add_node("a", thing),
    ]


def _of_strategy(thing: Any) -> list[Callable[[], Any]]:
    return [lambda: create_agent(_model(), response_format=thing)]


KINDS: list[tuple[Any, Callable[[Any], list[Callable[[], Any]]]]] = [
    (Runnable, _of_runnable),
    (Pregel, _of_graph),
    (BaseTool, _of_tool),
    (StateGraph, lambda it: [it.compile, it.validate]),
    (BaseOutputParser, lambda it: [it.get_format_instructions]),
    (BaseChannel, lambda it: [lambda: it.ValueType, lambda: it.UpdateType]),
    (AgentMiddleware, lambda it: [lambda: create_agent(_model(), middleware=[it])]),
    ((AutoStrategy, ToolStrategy, ProviderStrategy), _of_strategy),
    (OutputToolBinding, lambda it: [lambda: it.parse({})]),
    (ProviderStrategyBinding, lambda it: [lambda: it.parse(AIMessage("{}"))]),
    (type, _of_class),
]
"""Classes, and what the frameworks are asked about their instances."""


def questions(thing: Any) -> Iterator[Callable[[], Any]]:
    """Yields what the frameworks can be asked of one thing."""
    for cls, ask in KINDS:
        if isinstance(thing, cls):
            yield from ask(thing)
    if forms.has_node(type(thing)):
        yield lambda: TypeAdapter(thing).json_schema()
    if callable(thing) and not isinstance(thing, type):
        yield from _of_function(thing)


def ask(root: Any) -> int:
    """Asks everything of a thing and of what it holds; returns how often there was an answer."""
    answers = 0
    for thing in reached(root):
        for question in questions(thing):
            try:
                question()
                answers += 1
            except Exception:
                continue
    return answers


INPUTS: list[Any] = [{"messages": [HumanMessage("a")]}, {"input": "a"}, "a", 1]


def run(root: Any) -> None:
    """Lets each graph that is held run once."""
    for thing in reached(root):
        for given in INPUTS if isinstance(thing, Pregel) else ():
            try:
                thing.invoke(given, {"configurable": {"thread_id": "t"}, "recursion_limit": 5})
            except Exception:
                continue
