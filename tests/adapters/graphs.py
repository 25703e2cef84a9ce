"""States of LangGraph: how each is made, and how it is used once it is back.

Run as a program it restores every state from a folder, uses it before anything like it was built
in the process, and then compares a second copy strictly with one made afresh.
"""

from __future__ import annotations

import json
import operator
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

warnings.simplefilter("ignore")

import persist  # noqa: E402
from langchain.agents import create_agent  # noqa: E402
from langchain.agents.middleware import (  # noqa: E402
    ContextEditingMiddleware,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    PIIMiddleware,
    SummarizationMiddleware,
    TodoListMiddleware,
    ToolCallLimitMiddleware,
    ToolErrorMiddleware,
    ToolRetryMiddleware,
)
from langchain.agents.structured_output import ToolStrategy  # noqa: E402
from langchain_core.embeddings import DeterministicFakeEmbedding  # noqa: E402
from langchain_core.language_models import BaseChatModel  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage  # noqa: E402
from langchain_core.outputs import ChatGeneration, ChatResult  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.func import entrypoint, task  # noqa: E402
from langgraph.graph import END, START, MessagesState, StateGraph  # noqa: E402
from langgraph.graph.message import add_messages  # noqa: E402
from langgraph.store.memory import InMemoryStore  # noqa: E402
from langgraph.types import CachePolicy, Command, Interrupt, RetryPolicy, Send, interrupt  # noqa: E402
from pydantic import BaseModel  # noqa: E402

ALLOW = ["graphs"]
THREAD: Any = {"configurable": {"thread_id": "t"}}


class State(NamedTuple):
    make: Callable[[], Any]
    use: Callable[[Any], Any]


class Scripted(BaseChatModel):
    """Answers line by line, and calls the tools that its script names."""

    script: list[AIMessage]
    turn: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kw: Any) -> Any:
        answer = self.script[self.turn % len(self.script)]
        self.turn += 1
        answer = answer.model_copy(update={"id": f"a{self.turn}"})
        return ChatResult(generations=[ChatGeneration(message=answer)])


@tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


class Answer(BaseModel):
    """What the agent is to give."""

    total: int


def calls(name: str, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": "c1"}])


def model(*script: AIMessage) -> Scripted:
    return Scripted(script=list(script))


# A graph of one's own


class Work(TypedDict):
    topic: str
    parts: Annotated[list[str], operator.add]
    done: bool


def plan(state: Work) -> dict[str, Any]:
    return {"parts": [f"plan {state['topic']}"]}


def fan(state: Work) -> list[Send]:
    return [Send("write", {"topic": f"{state['topic']} {number}"}) for number in (1, 2)]


def write(state: Any) -> dict[str, Any]:
    return {"parts": [f"wrote {state['topic']}"]}


def ask(state: Work) -> dict[str, Any]:
    answer = interrupt({"question": "is it good?"})
    return {"parts": [f"answer {answer}"], "done": answer == "yes"}


def route(state: Work) -> Literal["plan", "__end__"]:
    return END if state["done"] else "plan"


def work_graph(checkpointer: Any = None, **more: Any) -> Any:
    graph = StateGraph(Work)
    graph.add_node("plan", plan, retry_policy=RetryPolicy(max_attempts=2))
    graph.add_node("write", write, cache_policy=CachePolicy())
    graph.add_node("ask", ask)
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", fan, ["write"])
    graph.add_edge("write", "ask")
    graph.add_conditional_edges("ask", route)
    return graph.compile(checkpointer=checkpointer, **more)


def interrupted() -> Any:
    graph = work_graph(InMemorySaver())
    graph.invoke({"topic": "tea", "parts": [], "done": False}, THREAD)
    return graph


def resumed(graph: Any) -> Any:
    waiting = graph.get_state(THREAD)
    asked = [item.value for part in waiting.tasks for item in part.interrupts]
    again = graph.invoke(Command(resume="no"), THREAD)
    final = graph.invoke(Command(resume="yes"), THREAD)
    history = [entry.metadata["step"] for entry in graph.get_state_history(THREAD)]
    return [asked, waiting.next, again["parts"], final["parts"], final["done"], history]


def ran(graph: Any) -> Any:
    ended = graph.invoke({"topic": "tea", "parts": [], "done": False})
    return [ended["parts"], [asked.value for asked in ended["__interrupt__"]]]


@dataclass
class Tally:
    """A state that is a dataclass."""

    count: int = 0
    log: Annotated[list[str], operator.add] = field(default_factory=list)


class Checked(BaseModel):
    """A state that is a pydantic model."""

    count: int = 0


def count_up(state: Any) -> dict[str, Any]:
    return {"count": state.count + 1}


def is_enough(state: Any) -> bool:
    return bool(state.count >= 3)


def counting(schema: type) -> Any:
    graph = StateGraph(schema)
    graph.add_node(count_up)
    graph.add_edge(START, "count_up")
    graph.add_conditional_edges("count_up", is_enough, {True: END, False: "count_up"})
    return graph.compile(checkpointer=InMemorySaver())


def counted(graph: Any) -> Any:
    return [graph.invoke({"count": 1}, THREAD)["count"], graph.get_state(THREAD).values["count"]]


def reply(state: MessagesState) -> dict[str, Any]:
    return {
        "messages": [AIMessage(f"{len(state['messages'])} so far", id=f"a{len(state['messages'])}")]
    }


def chat_graph(inner: Any = reply) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("reply", inner)
    graph.add_edge(START, "reply")
    return graph


def talking() -> Any:
    graph = chat_graph(chat_graph().compile()).compile(checkpointer=InMemorySaver(), name="talk")
    graph.invoke({"messages": [HumanMessage("hi", id="h1")]}, THREAD)
    return graph


def talked(graph: Any) -> Any:
    said = graph.invoke({"messages": [HumanMessage("more", id="h2")]}, THREAD)
    return [(message.type, message.content) for message in said["messages"]]


def decorated() -> Any:
    return flow


@task
def double(value: int) -> int:
    return value * 2


@entrypoint(checkpointer=InMemorySaver())
def flow(value: int, *, previous: Any = None) -> Any:
    return (previous or 0) + double(value).result()


# Agents


def agent() -> Any:
    made = create_agent(
        model(
            calls("add", a=1, b=2), AIMessage("it is three"), calls("add", a=3, b=4), AIMessage("7")
        ),
        tools=[add],
        system_prompt="be brief",
        checkpointer=InMemorySaver(),
        name="adder",
    )
    made.invoke({"messages": [HumanMessage("1+2?", id="h1")]}, THREAD)
    return made


def asked(made: Any) -> Any:
    said = made.invoke({"messages": [HumanMessage("3+4?", id="h2")]}, THREAD)
    return [(message.type, message.content) for message in said["messages"]]


def waiting_agent() -> Any:
    made = create_agent(
        model(calls("add", a=1, b=2), AIMessage("it is three")),
        tools=[add],
        middleware=[HumanInTheLoopMiddleware(interrupt_on={"add": True})],
        checkpointer=InMemorySaver(),
    )
    made.invoke({"messages": [HumanMessage("1+2?", id="h1")]}, THREAD)
    return made


def approved(made: Any) -> Any:
    waiting = [part.name for part in made.get_state(THREAD).tasks if part.interrupts]
    said = made.invoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    return [waiting, [(message.type, message.content) for message in said["messages"]]]


def structured_agent() -> Any:
    return create_agent(
        model(calls("Answer", total=3)), tools=[add], response_format=ToolStrategy(Answer)
    )


def structured(made: Any) -> Any:
    answer = made.invoke({"messages": [HumanMessage("1+2?")]})["structured_response"]
    return [type(answer).__name__, answer.total]


def said_of(error: Exception, request: Any) -> str:
    return f"failed: {error}"


def guarded_agent() -> Any:
    # What they bring along takes longer to import than all else here.
    from langchain_anthropic.middleware import AnthropicPromptCachingMiddleware
    from langchain_aws.middleware.prompt_caching import BedrockPromptCachingMiddleware

    talker = model(AIMessage("fine, 127.0.0.1"))
    return create_agent(
        talker,
        tools=[add],
        middleware=[
            SummarizationMiddleware(model=talker, trigger=("tokens", 10_000)),
            ContextEditingMiddleware(),
            ModelCallLimitMiddleware(run_limit=5),
            ToolCallLimitMiddleware(run_limit=5),
            ModelFallbackMiddleware(talker),
            ModelRetryMiddleware(),
            ToolRetryMiddleware(),
            PIIMiddleware("email"),
            PIIMiddleware("ip", apply_to_output=True, apply_to_tool_results=True),
            TodoListMiddleware(),
            ToolErrorMiddleware(on_error=said_of),
            AnthropicPromptCachingMiddleware(unsupported_model_behavior="ignore"),
            BedrockPromptCachingMiddleware(unsupported_model_behavior="ignore"),
        ],
        checkpointer=InMemorySaver(),
        store=InMemoryStore(),
    )


def guarded(made: Any) -> Any:
    said = made.invoke({"messages": [HumanMessage("write to ann@example.org", id="h")]}, THREAD)
    asked = {"messages": [HumanMessage("again", id="i")]}
    shown = [str(chunk) for chunk in made.stream(asked, THREAD, stream_mode="values")]
    return [
        [(message.type, message.content) for message in said["messages"]],
        ["[REDACTED_IP]" in it for it in shown],
    ]


# What stands by itself


def store() -> Any:
    index: Any = {"embed": DeterministicFakeEmbedding(size=4), "dims": 4, "fields": ["text", "$"]}
    made = InMemoryStore(index=index)
    made.put(("docs", "a"), "1", {"text": "tea", "n": 1})
    made.put(("docs",), "2", {"text": "coffee", "tags": ["x"]})
    return made


def searched(made: Any) -> Any:
    made.put(("docs", "b"), "3", {"text": "milk"})
    found = [(item.key, round(item.score, 6)) for item in made.search(("docs",), query="tea")]
    return [found, made.get(("docs",), "2").value, made.list_namespaces()]


def saver() -> Any:
    return interrupted().checkpointer


def listed(made: Any) -> Any:
    kept = made.get_tuple(THREAD)
    steps = [entry.metadata["step"] for entry in made.list(THREAD)]
    channels = sorted(channel for _, channel, _ in kept.pending_writes)
    return [steps, sorted(kept.checkpoint["channel_values"]), channels]


def values() -> Any:
    shared = {"x": 1}
    return {
        "send": Send("write", shared),
        "command": Command(update=shared, goto=[Send("ask", 1), "plan"], resume="yes"),
        "interrupt": Interrupt(value={"q": "?"}, id="i1"),
        "retry": RetryPolicy(retry_on=(ValueError, OSError)),
        "messages": add_messages([HumanMessage("a", id="1")], [AIMessage("b", id="2")]),
    }


def shown(made: Any) -> Any:
    return [made["command"].update is made["send"].arg, made["retry"].max_attempts]


STATES: dict[str, State] = {
    "values": State(values, shown),
    "saver": State(saver, listed),
    "store": State(store, searched),
    "graph": State(work_graph, ran),
    "interrupted graph": State(interrupted, resumed),
    "dataclass graph": State(lambda: counting(Tally), counted),
    "model graph": State(lambda: counting(Checked), counted),
    "subgraph": State(talking, talked),
    "agent": State(agent, asked),
    "waiting agent": State(waiting_agent, approved),
    "structured agent": State(structured_agent, structured),
    "guarded agent": State(guarded_agent, guarded),
}


def file_of(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '-')}.json.gz"


def save(folder: Path, names: Any = STATES) -> None:
    for name in names:
        try:
            persist.snapshot(STATES[name].make(), file_of(folder, name), durable=False)
        except persist.PersistError as error:
            file_of(folder, name).with_suffix(".refused").write_text(str(error))


def outcome_of(folder: Path, name: str) -> dict[str, Any]:
    refused = file_of(folder, name).with_suffix(".refused")
    if refused.exists():
        return {"error": refused.read_text()}
    try:
        restored = persist.restore(file_of(folder, name), allow=ALLOW)
        return {"restored": STATES[name].use(restored), "expected": None}
    except Exception:
        return {"error": traceback.format_exc()}


def main(folder: Path, names: Any = STATES) -> None:
    outcomes = {name: outcome_of(folder, name) for name in names}
    for name, outcome in outcomes.items():
        if "error" not in outcome:
            outcome["expected"] = STATES[name].use(STATES[name].make())
    print(json.dumps(outcomes, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
