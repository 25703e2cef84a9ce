"""Classes of frameworks and of the standard library as types: what annotations hold needs no word.

Only what a program itself calls, or lets a flow call, needs more.
"""

from __future__ import annotations

import asyncio
import decimal
import enum
import functools
import http
import inspect
import io
import json
import logging
import operator
import queue
import re
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pandas
import persist
import pydantic
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, PIIMiddleware
from langchain_classic.embeddings import CacheBackedEmbeddings
from langchain_core.callbacks import CallbackManagerForToolRun
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel, FakeMessagesListChatModel
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    ToolCall,
    filter_messages,
    trim_messages,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import ChatResult, LLMResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.stores import InMemoryByteStore
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import create_react_agent
from langgraph.types import Command, Interrupt, RetryPolicy, StreamWriter
from persist import RebuildError, UntrustedError
from pydantic import v1
from typing_extensions import TypedDict

OWN = [__name__]

TYPES: list[Any] = [
    *(Document, RunnableConfig, Command, Interrupt, RetryPolicy, ToolCall, UsageMetadata),
    *(ChatResult, LLMResult, BaseChatModel, BaseTool, Runnable, Embeddings, VectorStore),
    *(BaseRetriever, InMemorySaver, InMemoryVectorStore, AgentMiddleware),
    *(CallbackManagerForToolRun, pandas.DataFrame, v1.SecretStr, v1.SecretBytes),
    *(object, enum.Enum, enum.IntEnum, enum.StrEnum, enum.Flag, decimal.Context, io.StringIO),
    *(asyncio.CancelledError, queue.Empty, re.error, json.JSONDecodeError, logging.Logger),
    *(http.HTTPStatus, re.RegexFlag),
]

VALUES: list[Any] = [
    *(re.I, re.I | re.M, http.HTTPStatus.OK, http.HTTPMethod.GET, uuid.SafeUUID.safe),
    *(list[Document], Command[Literal["b"]], RunnableConfig | None, list[object], str | Command),
    *(Runnable[dict, str], Annotated[list[Document], operator.add]),
]


class State(TypedDict):
    """The state of a graph that answers from what it finds."""

    question: str
    context: list[Document]
    log: Annotated[list, operator.add]


def retrieve(state: State, config: RunnableConfig) -> Command[Literal["answer"]]:
    return Command(update={"context": [Document("d")]}, goto="answer")


def answer(state: State, writer: StreamWriter) -> dict[str, Any]:
    writer("found")
    return {"log": [found.page_content for found in state["context"]]}


def watch(state: Any) -> dict[str, Any]:
    return {}


def find(text: str) -> list[dict[str, Any]]:
    return [{"text": found.group(), "start": found.start()} for found in re.finditer("x", text)]


@entrypoint()
def flow(x: int, *, config: RunnableConfig, writer: StreamWriter) -> int:
    return x


class Model(FakeMessagesListChatModel):
    """A model that takes tools."""

    def bind_tools(self, tools: Any, **settings: Any) -> Any:
        return self


def graph() -> Any:
    made = StateGraph(State)
    made.add_node(retrieve)
    made.add_node(answer)
    made.add_edge(START, "retrieve")
    made.add_edge("answer", END)
    return made.compile()


def guarded(detector: Any) -> Any:
    return create_agent(
        Model(responses=[AIMessage("x")]), [], middleware=[PIIMiddleware("id", detector=detector)]
    )


def hooked() -> Any:
    return create_react_agent(Model(responses=[AIMessage("x")]), [], post_model_hook=watch)


def cached() -> CacheBackedEmbeddings:
    return CacheBackedEmbeddings.from_bytes_store(
        DeterministicFakeEmbedding(size=2),
        InMemoryByteStore(),
        namespace="n",
        key_encoder="sha256",
    )


def failed() -> Exception:
    with pytest.raises(OutputParserException) as raised:
        JsonOutputParser().parse("{{")
    raised.value.__traceback__ = None
    return raised.value


class Older(v1.BaseModel):
    """A model of pydantic's first interface."""

    key: v1.SecretStr


MADE: dict[str, Callable[[], Any]] = {
    "graph": graph,
    "entrypoint": lambda: flow,
    "agent that redacts by a pattern": lambda: guarded(r"\d+"),
    "agent that redacts by a function": lambda: guarded(find),
    "agent with a hook": hooked,
    "trimming": lambda: trim_messages(max_tokens=3, token_counter=len),
    "filtering": lambda: filter_messages(include_types=["human"]),
    "cached embeddings": cached,
    "failed parser": failed,
    "older model": lambda: v1.create_model("Made", key=(v1.SecretStr, ...)),
}


@pytest.mark.parametrize("cls", TYPES, ids=lambda it: f"{it.__module__}.{it.__qualname__}")
def test_a_class_is_a_type_to_whoever_asks(cls: Any) -> None:
    assert persist.loads(persist.dumps(cls)) is cls


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_made_of_such_types_needs_no_word(value: Any) -> None:
    assert persist.loads(persist.dumps(value)) == value


@pytest.mark.parametrize("name", MADE)
def test_only_what_is_ones_own_needs_a_word(name: str) -> None:
    persist.loads(persist.dumps(MADE[name]()), allow=OWN)


def test_a_graph_that_is_annotated_goes_on() -> None:
    restored = persist.loads(persist.dumps(graph()), allow=OWN)
    assert restored.invoke({"question": "?", "log": []})["log"] == ["d"]


def test_trimming_and_filtering_go_on() -> None:
    flow = trim_messages(max_tokens=1, token_counter=len) | filter_messages(include_types="human")
    restored = persist.loads(persist.dumps(flow))
    said = [AIMessage("a"), HumanMessage("b")]
    assert restored.invoke(said) == flow.invoke(said) == said[1:]


@pytest.mark.parametrize("make", [RunnableLambda, functools.partial])
@pytest.mark.parametrize("cls", [InMemorySaver, Interrupt, enum.Enum, BaseTool, AgentMiddleware])
def test_a_type_is_called_by_nothing(cls: Any, make: Any) -> None:
    text = persist.dumps(make(watch))
    step = json.dumps({"lc": "function", "id": f"{__name__}:watch"}, separators=(",", ":"))
    assert step in text
    with pytest.raises(RebuildError) as raised:
        persist.loads(text.replace(step, persist.dumps(cls)), allow=OWN)
    assert raised.value.kind == "invalid_state"


def test_a_model_made_of_an_abstract_class_is_abstract_itself() -> None:
    Extended = pydantic.create_model("Extended", __base__=BaseTool, size=(int, 1))  # noqa: N806
    Extended.__module__ = "nowhere"
    restored = persist.loads(persist.dumps(Extended))
    assert inspect.isabstract(restored)


def test_no_instance_of_a_base_is_admitted_for_that() -> None:
    for name in ("BaseTool", "AgentMiddleware", "CallbackManagerForToolRun"):
        cls = next(it for it in TYPES if getattr(it, "__name__", "") == name)
        text = json.dumps({"lc": "object", "id": f"{cls.__module__}:{name}", "dict": {}})
        with pytest.raises(UntrustedError):
            persist.loads(text)


def test_a_type_that_makes_what_runs_of_data_needs_a_word() -> None:
    for cls in (StructuredTool, ChatPromptTemplate):
        with pytest.raises(UntrustedError):
            persist.loads(persist.dumps(cls))
