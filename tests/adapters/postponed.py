"""Agents of a program whose annotations are all text, as `from __future__` makes them."""

from __future__ import annotations

import asyncio
import dataclasses
import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal, Optional

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ModelRequest,
    before_model,
    dynamic_prompt,
)
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import StructuredTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.graph import START, StateGraph, add_messages
from langgraph.prebuilt import InjectedState, ToolNode
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, interrupt
from pydantic import BaseModel
from typing_extensions import TypedDict

THREAD: Any = {"configurable": {"thread_id": "t"}}


class Shared(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    count: Annotated[int, operator.add]
    note: Optional[str]  # noqa: UP045


@dataclasses.dataclass
class Held:
    count: Annotated[int, operator.add] = 0
    items: list[str] = dataclasses.field(default_factory=list)


class Checked(BaseModel):
    count: Annotated[int, operator.add] = 0
    name: str = "x"


@dataclasses.dataclass
class Context:
    user: str = "u"


def shared(state: Shared, runtime: Runtime[Context]) -> dict[str, Any]:
    return {"count": 1, "note": runtime.context.user if runtime.context else None}


def held(state: Held) -> dict[str, Any]:
    return {"count": 1, "items": [*state.items, "a"]}


def checked(state: Checked, config: RunnableConfig, *, store: BaseStore) -> dict[str, Any]:
    store.put(("n",), "k", {"name": state.name})
    return {"count": 2}


def route(state: Shared) -> Literal["node", "__end__"]:
    return "__end__"


def jump(state: Shared) -> Command[Literal["node"]]:
    return Command(goto="node", update={"count": interrupt("how many?")})


def graph(schema: Any, node: Callable[..., Any], **given: Any) -> Any:
    made = StateGraph(schema, context_schema=Context)
    made.add_node("node", node)
    made.add_edge(START, "node")
    made.add_conditional_edges("node", route)
    return made.compile(checkpointer=InMemorySaver(), **given)


def jumping() -> Any:
    made = StateGraph(Shared, context_schema=Context)
    made.add_node("jump", jump)
    made.add_node("node", shared)
    made.add_edge(START, "jump")
    compiled = made.compile(checkpointer=InMemorySaver())
    compiled.invoke({"count": 1}, THREAD)
    return compiled


def local_graph() -> Any:
    class Local(TypedDict):
        count: Annotated[int, operator.add]
        words: list[str]

    def node(state: Local) -> Local:
        return {"count": 1, "words": ["a"]}

    return graph(Local, node)


@tool
def search(query: str, limit: Optional[int] = None, mode: Literal["x", "y"] = "x") -> str:  # noqa: UP045
    """Searches."""
    return f"{query} {limit} {mode}"


def local_tool(by: int) -> Any:
    @tool(parse_docstring=True)
    def scale(value: int, words: Annotated[list[str] | None, "some"] = None) -> str:
        """Scales.

        Args:
            value: What is scaled.
            words: What is said.
        """
        return f"{value * by} {words}"

    return scale


@tool
def told(state: Annotated[dict[str, Any], InjectedState], word: str) -> str:
    """Tells."""
    return f"{word} {len(state)}"


def structured() -> Any:
    def pick(value: int, options: dict[str, Any]) -> str:
        """Picks."""
        return f"{value} {options}"

    return StructuredTool.from_function(pick)


@task
def double(value: int) -> int:
    return value * 2


@entrypoint(checkpointer=InMemorySaver(), store=InMemoryStore())
def flow(value: int, *, previous: Any = None, store: BaseStore) -> entrypoint.final[int, int]:
    store.put(("seen",), str(value), {"value": value})
    return entrypoint.final(value=(previous or 0) + double(value).result(), save=value)


def local_flow(by: int) -> Any:
    @task
    def scale(value: int) -> int:
        return value * by

    @entrypoint(checkpointer=InMemorySaver())
    def work(value: dict[str, int], *, previous: list[Any] | None = None) -> list[Any]:
        return [scale(value["a"]).result(), interrupt("more?"), previous]

    work.invoke({"a": 2}, THREAD)
    return work


def later(by: int) -> Any:
    @entrypoint(checkpointer=InMemorySaver())
    async def work(value: int) -> int:
        return value + by

    return work


def local_models() -> Any:
    class Inner(BaseModel):
        value: int = 1

    class Outer(BaseModel):
        count: Annotated[int, operator.add] = 0
        inner: Inner = Inner()
        more: list[Inner] | None = None

    return [Outer, Outer(count=2, more=[Inner(value=3)])]


class Model(FakeListChatModel):
    def bind_tools(self, tools: Any, **given: Any) -> Any:
        return self


class Calls(AgentState[Any]):
    calls: Annotated[int, operator.add]


class Counting(AgentMiddleware[Any, Any]):
    state_schema = Calls

    def before_model(self, state: Calls, runtime: Runtime) -> dict[str, Any] | None:
        return {"calls": 1}


@before_model
def seen(state: AgentState[Any], runtime: Runtime[Context]) -> dict[str, Any] | None:
    return None


def agent() -> Any:
    @dynamic_prompt
    def prompt(request: ModelRequest) -> str:
        return "be brief"

    return create_agent(
        Model(responses=["one", "two"]),
        [search, local_tool(2), told],
        middleware=[Counting(), seen, prompt],
        context_schema=Context,
        checkpointer=InMemorySaver(),
    )


def chain() -> Any:
    def first(given: dict[str, int]) -> list[int]:
        return [given["a"]]

    return RunnableLambda(first) | RunnableLambda(len)


def asked(made: Any, given: Any, **more: Any) -> list[Any]:
    """Returns what a graph answers, and what it says of what it takes and gives."""
    answers = [made.invoke(given, THREAD, **more), made.invoke(given, THREAD, **more)]
    return [answers, said(made.get_input_jsonschema), said(made.get_output_jsonschema)]


def said(schema: Callable[[], Any]) -> str:
    try:
        return str(schema())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def of_tool(made: Any, given: Any) -> list[Any]:
    return [made.invoke(given), str(made.args), str(made.tool_call_schema.model_json_schema())]


def turns(made: Any) -> Any:
    answers = [made.invoke({"messages": [("user", "a")]}, THREAD) for _ in range(2)]
    return [[[it.content for it in one["messages"]], one["calls"]] for one in answers]


def tool_node() -> Any:
    return ToolNode([search, local_tool(3), structured()])


def described(made: Any) -> list[str]:
    return [f"{name} {it.args}" for name, it in made.tools_by_name.items()]


CASES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "typed dict": (
        lambda: graph(Shared, shared),
        lambda it: asked(it, {"count": 1}, context=Context("v")),
    ),
    "dataclass": (lambda: graph(Held, held), lambda it: asked(it, {"count": 1})),
    "model": (
        lambda: graph(Checked, checked, store=InMemoryStore()),
        lambda it: asked(it, {"count": 1}),
    ),
    "command": (jumping, lambda it: it.invoke(Command(resume=5), THREAD)),
    "local graph": (local_graph, lambda it: asked(it, {"count": 1, "words": []})),
    "tool": (lambda: search, lambda it: of_tool(it, {"query": "a"})),
    "local tool": (lambda: local_tool(3), lambda it: of_tool(it, {"value": 2, "words": ["a"]})),
    "tool with state": (lambda: told, lambda it: of_tool(it, {"word": "a", "state": {}})),
    "structured": (structured, lambda it: of_tool(it, {"value": 2, "options": {"a": 1}})),
    "tool node": (tool_node, described),
    "workflow": (lambda: flow, lambda it: asked(it, 3)),
    "waiting workflow": (
        lambda: local_flow(5),
        lambda it: [it.invoke(Command(resume="yes"), THREAD), said(it.get_input_jsonschema)],
    ),
    "later workflow": (lambda: later(5), lambda it: asyncio.run(it.ainvoke(1, THREAD))),
    "models": (
        local_models,
        lambda it: [str(it[0].model_json_schema()), repr(it[1]), repr(it[0](count=1))],
    ),
    "agent": (agent, turns),
    "chain": (chain, lambda it: it.invoke({"a": 1})),
}


class Noted:
    """Stands beside a type."""
