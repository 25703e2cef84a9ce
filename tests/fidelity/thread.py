"""LangGraph: what a graph keeps, and graphs and agents that go on from where they stood."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypedDict

import actors
import program
from actors import Letters, calls, says
from cases import Case
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
    TodoListMiddleware,
    ToolRetryMiddleware,
    before_model,
)
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.message import add_messages
from langgraph.store.memory import InMemoryStore
from langgraph.types import CachePolicy, Command, Interrupt, RetryPolicy, Send, interrupt
from pydantic import BaseModel
from still import made_still

# One node after another: where several run at once, the order in which a saver gets what they wrote
# is another in each process.
THREAD: Any = {"configurable": {"thread_id": "t"}, "max_concurrency": 1}


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


def work(checkpointer: Any = None, **more: Any) -> Any:
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
    graph = work(InMemorySaver())
    graph.invoke({"topic": "tea", "parts": [], "done": False}, THREAD)
    return graph


def resumed(graph: Any) -> Any:
    waiting = graph.get_state(THREAD)
    asked = [item.value for part in waiting.tasks for item in part.interrupts]
    again = graph.invoke(Command(resume="no"), THREAD)
    final = graph.invoke(Command(resume="yes"), THREAD)
    history = [entry.metadata["step"] for entry in graph.get_state_history(THREAD)]
    return [asked, waiting.next, again["parts"], final["parts"], final["done"], history]


@dataclass
class Tally:
    count: int = 0
    log: Annotated[list[str], operator.add] = field(default_factory=list)


class Checked(BaseModel):
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
    number = len(state["messages"])
    return {"messages": [AIMessage(f"{number} so far", id=f"a{number}")]}


def talking() -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("reply", reply)
    graph.add_edge(START, "reply")
    made = graph.compile(checkpointer=InMemorySaver(), name="talk")
    made.invoke({"messages": [HumanMessage("hi", id="h1")]}, THREAD)
    return made


def said(graph: Any) -> Any:
    answer = graph.invoke({"messages": [HumanMessage("more", id="h2")]}, THREAD)
    return [(message.type, message.content) for message in answer["messages"]]


def agent(**more: Any) -> Any:
    llm = says(calls("add", a=1, b=2), "it is three", calls("add", a=3, b=4), "seven")
    made = create_agent(llm, tools=[actors.adding()], checkpointer=InMemorySaver(), **more)
    made.invoke({"messages": [HumanMessage("1+2?", id="h1")]}, THREAD)
    return made


def waiting_agent() -> Any:
    return agent(middleware=[HumanInTheLoopMiddleware(interrupt_on={"add": True})])


def approved(made: Any) -> Any:
    waiting = [part.name for part in made.get_state(THREAD).tasks if part.interrupts]
    answer = made.invoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    return [waiting, [(message.type, message.content) for message in answer["messages"]]]


def guarded() -> Any:
    talker = says("x")
    return agent(
        middleware=[
            SummarizationMiddleware(model=talker, trigger=("tokens", 10_000)),
            ModelCallLimitMiddleware(run_limit=5),
            ModelRetryMiddleware(),
            ToolRetryMiddleware(),
            TodoListMiddleware(),
        ],
        store=InMemoryStore(),
    )


def structured(made: Any) -> Any:
    answer = made.invoke({"messages": [HumanMessage("?")]})["structured_response"]
    return [type(answer).__name__, answer.city]


def store(**more: Any) -> Any:
    made = InMemoryStore(**more)
    made.put(("docs", "a"), "1", {"text": "tea", "n": 1})
    made.put(("docs",), "2", {"text": "coffee", "tags": ["x"]})
    return made


def searched(made: Any) -> Any:
    made.put(("docs", "b"), "3", {"text": "milk"})
    return [[item.key for item in made.search(("docs",), query="tea")], made.list_namespaces()]


TABLE: dict[str, Any] = {
    "messages state": lambda: {
        "messages": add_messages([HumanMessage("a", id="1")], [AIMessage("b", id="2")]),
        "left": 3,
    },
    "tool results": lambda: {"messages": [calls("add", a=1), ToolMessage("2", tool_call_id="c1")]},
    "send": lambda: Send("write", {"topic": "x", "at": (1, 2)}),
    "command": lambda: Command(
        update={"x": {1, 2}}, goto=[Send("ask", program.Plain(a=1)), "plan"], resume="yes"
    ),
    "send and command that share": Case(
        lambda: (lambda x: [Send("a", x), Command(update=x)])({"x": 1}),
        lambda it: it[0].arg is it[1].update,
    ),
    "interrupt": lambda: Interrupt(value={"q": ("?",)}, id="i1"),
    "policies": Case(
        lambda: [RetryPolicy(retry_on=(ValueError, OSError)), CachePolicy(ttl=5)],
        lambda it: it[0].max_attempts,
    ),
    "an empty saver": lambda: InMemorySaver(),
    "store": Case(lambda: plain_store(), lambda it: it.get(("docs",), "2").value),
    "store with an index": Case(
        lambda: store(index={"embed": Letters(), "dims": 4, "fields": ["text", "$"]}), searched
    ),
    "uncompiled graph": lambda: work().builder,
    "graph": Case(lambda: work(), lambda it: sorted(it.get_graph().nodes)),
    "interrupted graph": Case(interrupted, resumed),
    "graph stopped before a node": Case(
        lambda: stopped(), lambda it: [it.get_state(THREAD).next, it.invoke(None, THREAD)["parts"]]
    ),
    "dataclass graph": Case(lambda: counting(Tally), counted),
    "model graph": Case(lambda: counting(Checked), counted),
    "talking graph": Case(talking, said),
    "agent": Case(lambda: agent(system_prompt="be brief", name="adder"), said),
    "waiting agent": Case(waiting_agent, approved),
    "guarded agent": Case(guarded, said),
    "agent with middleware of itself": Case(lambda: refers_to_itself(), said),
    "structured agent": Case(
        lambda: create_agent(
            says(calls("Weather", city="x")),
            tools=[actors.adding()],
            response_format=ToolStrategy(actors.Weather),
        ),
        structured,
    ),
}


def refers_to_itself() -> Any:
    """Returns an agent whose middleware is what its own function holds."""
    seen: list[Any] = []

    @before_model
    def looking(state: Any, runtime: Any) -> Any:
        seen.append(looking)
        names = [it.name for it in seen if it is looking]
        return {"messages": [HumanMessage(f"seen by {names}", id=f"s{len(seen)}")]}

    return create_agent(
        says("one", "two", "three"), middleware=[looking], checkpointer=InMemorySaver()
    )


def plain_store() -> Any:
    return store()


def stopped() -> Any:
    graph = work(InMemorySaver(), interrupt_before=["ask"])
    graph.invoke({"topic": "tea", "parts": [], "done": True}, THREAD)
    return graph


CASES = {name: made_still(row) for name, row in TABLE.items()}
