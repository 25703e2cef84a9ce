"""Tools in every shape that LangChain and LangGraph document, and how each is used."""

import operator
import re
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, Optional

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.prompts import PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import (
    BaseTool,
    InjectedToolArg,
    InjectedToolCallId,
    StructuredTool,
    Tool,
    create_retriever_tool,
    tool,
)
from langchain_core.utils.pydantic import model_json_schema
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import InjectedState, InjectedStore, ToolNode, ToolRuntime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command
from pydantic import BaseModel, Field, PrivateAttr, create_model
from pydantic.v1 import BaseModel as OldModel
from pydantic.v1 import Field as OldField
from typing_extensions import TypedDict


class SearchInput(BaseModel):
    query: str = Field(description="what to look for")
    limit: int = Field(default=3, ge=1)


class OldInput(OldModel):
    query: str
    limit: int = OldField(3, description="how many")


class Person(BaseModel):
    name: str
    age: int = 0


class Kind(Enum):
    A = "a"


class Context(TypedDict):
    user: str


class Thread(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    count: Annotated[int, operator.add]


class Given(TypedDict):
    a: int
    b: list[int]


class Shelf:
    def __init__(self, books: int) -> None:
        self.books = books

    def take(self, count: Annotated[int, "how many"]) -> int:
        """Takes books."""
        self.books -= count
        return self.books


class Found(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(f"{query} found")]


class Lookup(BaseTool):
    name: str = "lookup"
    description: str = "looks up"
    args_schema: Any = SearchInput
    factor: int = 2

    def _run(self, query: str, limit: int = 3, run_manager: Any = None) -> str:
        return f"{query}{limit * self.factor}"


class Counting(BaseTool):
    """Counts its calls in an attribute of its own, beside the schema it remembers."""

    name: str = "counting"
    description: str = "counts"
    _calls: int = PrivateAttr(0)

    def _run(self, word: str) -> str:
        self._calls += 1
        return f"{word} {self._calls}"


class Bare(BaseTool):
    name: str = "bare"
    description: str = "has no schema"

    def _run(self, a: int, b: str = "z") -> str:
        return f"{a}{b}"


class Reader(BaseTool):
    name: str = "reader"
    description: str = "reads the state"

    def _run(self, a: int, state: Annotated[dict, InjectedState]) -> str:  # type: ignore[type-arg]
        return f"{a}{len(state['messages'])}"


def multiply(a: int, b: int) -> int:
    """Multiplies."""
    return a * b


async def multiply_later(a: int, b: int) -> int:
    """Multiplies, later."""
    return a * b


def told(error: Exception) -> str:
    return f"error {error}"


def shouted(text: str) -> str:
    return f"{text}!"


def scaled(given: Given) -> str:
    """Scales."""
    return str(given["a"] * max(given["b"]))


def named(given: dict[str, Any]) -> str:
    return f"{given['name']}"


def described() -> Any:
    @tool(parse_docstring=True)
    def described(text: str, count: Annotated[int, "overruled"]) -> str:
        """Repeats.

        Args:
            text: What to repeat.
            count: How often.
        """
        return text * count

    return described


def local(prefix: str) -> Any:
    @tool
    def local(
        text: Annotated[str, "the text"],
        count: Annotated[int, Field(ge=0, le=9, examples=[1])] = 1,
        pattern: Annotated[str, Field(pattern="^x*$", description="of x")] = "x",
        other: int = Field(2, description="another", multiple_of=2),
    ) -> str:
        """Repeats."""
        return f"{prefix}{text * count}{pattern}{other}"

    return local


def injected(prefix: str) -> Any:
    @tool
    def injected(
        x: Annotated[int, "a number"],
        state: Annotated[dict, InjectedState],  # type: ignore[type-arg]
        messages: Annotated[list[Any], InjectedState("messages")],
        tool_call_id: Annotated[str, InjectedToolCallId],
        user: Annotated[str, InjectedToolArg] = "u",
    ) -> str:
        """Sees the state."""
        return f"{prefix}{x}{len(state)}{len(messages)}{tool_call_id}{user}"

    return injected


def storing() -> Any:
    @tool
    def storing(
        key: str,
        store: Annotated[BaseStore, InjectedStore()],
    ) -> str:
        """Sees the store."""
        found: Any = store.get(("a",), key)
        return f"{found.value}"

    return storing


def runtime() -> Any:
    @tool
    def runtime(x: int, runtime: ToolRuntime) -> str:
        """Sees what runs it."""
        return f"{x}{len(runtime.state['messages'])}{runtime.tool_call_id}"

    return runtime


def typed_runtime() -> Any:
    @tool
    def typed_runtime(x: int, runtime: ToolRuntime[Context, Thread]) -> str:
        """Sees what runs it."""
        return f"{x}{len(runtime.state['messages'])}"

    return typed_runtime


def configured() -> Any:
    @tool
    def configured(x: int, config: RunnableConfig) -> str:
        """Sees the settings."""
        return f"{x}{config['configurable']['thread_id']}"

    return configured


def updating() -> Any:
    @tool
    def updating(
        x: int,
        tool_call_id: Annotated[str, InjectedToolCallId],
        state: Annotated[Thread, InjectedState],
    ) -> Command[Any]:
        """Changes the state."""
        told = ToolMessage(f"{x}{len(state['messages'])}", tool_call_id=tool_call_id)
        return Command(update={"messages": [told]})

    return updating


def answering() -> Any:
    @tool
    def answering(x: int, tool_call_id: Annotated[str, InjectedToolCallId]) -> ToolMessage:
        """Answers by a message of its own."""
        return ToolMessage(str(x), tool_call_id=tool_call_id, artifact=[x])

    return answering


def choosing() -> Any:
    @tool
    def choosing(
        kind: Literal["a", "b"],
        maybe: Optional[int] = None,  # noqa: UP045 - the spelling of many
        member: Kind = Kind.A,
        when: date | None = None,
    ) -> str:
        """Chooses."""
        return f"{kind}{maybe}{member}{when}"

    return choosing


def nesting() -> Any:
    @tool
    def nesting(one: Person, many: list[Person], named: dict[str, Person]) -> str:
        """Takes models."""
        return f"{one.name}{len(many)}{len(named)}"

    return nesting


def starred() -> Any:
    @tool
    def starred(*args: int, **kwargs: str) -> str:
        """Takes anything."""
        return f"{args}{kwargs}"

    return starred


def later() -> Any:
    @tool
    async def later(a: Annotated[int, "first"], b: int) -> int:
        """Multiplies, later."""
        return a * b

    return later


def with_artifact() -> Any:
    @tool(response_format="content_and_artifact")
    def with_artifact(n: Annotated[int, Field(gt=0)]) -> tuple[str, list[int]]:
        """Counts."""
        return f"counted {n}", list(range(n))

    return with_artifact


def given_schema() -> Any:
    class Local(BaseModel):
        """Takes both."""

        x: int = Field(description="the x", alias="ex")
        y: list[str] = Field(default_factory=list)

    @tool("given-schema", args_schema=Local, return_direct=True)
    def given(x: int, y: list[str]) -> str:
        return f"{x}{y}"

    return given


def made_schema() -> Any:
    schema = create_model("Made", a=(int, Field(gt=0)), b=(int, 3), __base__=Person)
    return StructuredTool.from_function(
        lambda a, b, name, age: f"{a}{b}{name}{age}",
        name="made",
        description="made",
        args_schema=schema,
    )


def json_schema() -> Any:
    schema = SearchInput.model_json_schema()

    @tool(args_schema=schema)
    def json_schema(query: str, limit: int = 1) -> str:
        """Searches."""
        return f"{query}{limit}"

    return json_schema


def old_schema() -> Any:
    @tool(args_schema=OldInput)
    def old_schema(query: str, limit: int) -> str:
        """Searches."""
        return query * limit

    return old_schema


def without_schema() -> Any:
    @tool(infer_schema=False)
    def without_schema(text: str) -> str:
        """Shouts."""
        return f"{text}!"

    return without_schema


def seen(made: Any) -> Any:
    """Returns a tool whose schema for a model was asked for: it keeps that."""
    assert made.tool_call_schema.model_json_schema()
    return made


CALL = {"a": 2, "b": 3}

TOOLS: dict[str, tuple[Any, Any]] = {
    "annotated": (lambda: local("p"), {"text": "a"}),
    "seen": (lambda: seen(local("p")), {"text": "a"}),
    "docstring": (described, {"text": "a", "count": 2}),
    "injected": (lambda: injected("p"), {"x": 1}),
    "injected and seen": (lambda: seen(injected("p")), {"x": 1}),
    "store": (storing, {"key": "key"}),
    "runtime": (runtime, {"x": 1}),
    "typed runtime": (typed_runtime, {"x": 1}),
    "config": (configured, {"x": 1}),
    "command": (updating, {"x": 1}),
    "message": (answering, {"x": 1}),
    "choices": (choosing, {"kind": "a"}),
    "models": (nesting, {"one": {"name": "a"}, "many": [], "named": {}}),
    "stars": (starred, {"args": [1], "kwargs": {}}),
    "coroutine": (later, CALL),
    "artifact": (with_artifact, {"n": 3}),
    "schema of a function": (given_schema, {"ex": 1, "y": ["a"]}),
    "schema with a base": (made_schema, {"a": 1, "name": "n"}),
    "JSON schema": (json_schema, {"query": "a"}),
    "older schema": (old_schema, {"query": "a", "limit": 2}),
    "no schema": (without_schema, "a"),
    "class": (Lookup, {"query": "a"}),
    "class without schema": (Bare, {"a": 1}),
    "class that is injected": (Reader, {"a": 1}),
    "both ways": (lambda: StructuredTool.from_function(multiply, multiply_later), CALL),
    "settings": (
        lambda: StructuredTool.from_function(
            multiply, name="Times", return_direct=True, handle_tool_error=told, tags=["t"]
        ),
        CALL,
    ),
    "extras": (lambda: tool(extras={"defer": True}, description="times")(multiply), CALL),
    "errors": (lambda: StructuredTool.from_function(multiply, handle_validation_error="bad"), {}),
    "lambda": (
        lambda: StructuredTool.from_function(lambda x: x + 1, name="more", description="m"),
        {"x": 1},
    ),
    "method": (lambda: StructuredTool.from_function(Shelf(5).take), {"count": 2}),
    "text": (lambda: Tool(name="shout", func=shouted, description="s"), "a"),
    "runnable": (lambda: RunnableLambda(scaled).as_tool(), {"a": 3, "b": [1, 2]}),
    "runnable with types": (
        lambda: RunnableLambda(lambda it: it["a"]).as_tool(
            name="first", description="f", arg_types={"a": int}
        ),
        {"a": 3},
    ),
    "runnable with a schema": (
        lambda: RunnableLambda(named).as_tool(args_schema=Person, name="n", description="d"),
        {"name": "a"},
    ),
    "runnable of text": (lambda: RunnableLambda(shouted).as_tool(), "a"),
    "sequence of text": (lambda: (RunnableLambda(shouted) | shouted).as_tool(), "a"),
    "prompt": (
        lambda: tool("prompt", PromptTemplate.from_template("{a} {b}")),
        {"a": "1", "b": "2"},
    ),
    "retriever": (lambda: create_retriever_tool(Found(), "find", "finds"), {"query": "a"}),
    "retriever with artifact": (
        lambda: create_retriever_tool(
            Found(), "find", "finds", response_format="content_and_artifact"
        ),
        {"query": "a"},
    ),
}
"""Name → what makes the tool, and what it is called with."""


async def use(made: Any, given: Any) -> str:
    """Calls a tool as an agent would, and tells what it says of itself."""
    answer = await (call(made, given) if isinstance(given, dict) else made.ainvoke(given))
    schema = made.tool_call_schema
    shown = schema if isinstance(schema, dict) else model_json_schema(schema)
    full = made.get_input_schema()
    names = getattr(full, "__annotations__", {})
    told = [answer, shown, names, full.__name__, full.__module__, full.__doc__, made.args]
    return re.sub(" at 0x[0-9a-f]+", "", repr(told))


async def call(made: Any, given: Any) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode([made]))
    graph.add_edge(START, "tools")
    store = InMemoryStore()
    store.put(("a",), "key", {"v": 1})
    asked = AIMessage("", tool_calls=[{"name": made.name, "args": given, "id": "call"}])
    config: RunnableConfig = {"configurable": {"thread_id": "T"}}
    result = await graph.compile(store=store).ainvoke({"messages": [asked]}, config)
    answer = result["messages"][-1]
    return [answer.content, answer.artifact, answer.status, answer.tool_call_id]
