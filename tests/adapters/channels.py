"""Graphs with every kind of channel and managed value that LangGraph has, in the midst of a run."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Annotated, Any

from langgraph.channels import (
    AnyValue,
    BinaryOperatorAggregate,
    DeltaChannel,
    EphemeralValue,
    LastValue,
    NamedBarrierValue,
    Topic,
    UntrackedValue,
)
from langgraph.channels.last_value import LastValueAfterFinish
from langgraph.channels.named_barrier_value import NamedBarrierValueAfterFinish
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.managed import IsLastStep, RemainingSteps
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

THREAD: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": 50}


def joined(held: Sequence[Any] | None, written: Sequence[Sequence[Any]]) -> list[Any]:
    """Returns the list with all that was written to it at once."""
    return [*(held or ()), *(it for each in written for it in each)]


class Everything(TypedDict, total=False):
    any: Annotated[int, AnyValue]
    total: Annotated[int, BinaryOperatorAggregate(int, operator.add)]
    delta: Annotated[list[Any], DeltaChannel(joined, list)]
    snapped: Annotated[list[Any], DeltaChannel(joined, list, snapshot_frequency=2)]
    brief: Annotated[int, EphemeralValue]
    last: Annotated[int, LastValue]
    finished: Annotated[int, LastValueAfterFinish]
    barrier: Annotated[str, NamedBarrierValue(str, {"left", "right"})]
    closed: Annotated[str, NamedBarrierValueAfterFinish(str, {"left"})]
    topic: Annotated[list[str], Topic(str)]
    topics: Annotated[list[str], Topic(str, True)]
    untracked: Annotated[int, UntrackedValue]
    is_last: IsLastStep
    remaining: RemainingSteps


class Log(TypedDict):
    lines: Annotated[list[Any], DeltaChannel(joined, list, snapshot_frequency=2)]


def start(state: Everything) -> dict[str, Any]:
    return {
        "any": state.get("any", 0) + 1,
        "total": 10,
        "delta": [f"started {len(state['delta'])}"],
        "snapped": [len(state["snapped"])],
        "brief": 5,
        "last": 6,
        "finished": 7,
        "topic": "one",
        "topics": "one",
        "untracked": 8,
    }


def left(state: Everything) -> dict[str, Any]:
    # The other side writes the same, as this channel demands.
    return {"any": 3, "barrier": "left", "closed": "left", "delta": ["left"]}


def right(state: Everything) -> dict[str, Any]:
    return {"any": 3, "barrier": "right", "topics": "two", "snapped": ["right"]}


def ask(state: Everything) -> dict[str, Any]:
    answer = interrupt(sorted(state.items(), key=lambda item: item[0]))
    return {"delta": [answer], "topic": "three", "topics": "three", "last": state["any"]}


def late(state: Everything) -> dict[str, Any]:
    return {"total": state["remaining"], "delta": [state["is_last"]]}


def everything() -> Any:
    graph = StateGraph(Everything)
    for node in (start, left, right, ask):
        graph.add_node(node.__name__, node)
    # Its trigger is one of the channels that wait for the end of the run.
    graph.add_node("late", late, defer=True)
    graph.add_edge(START, "start")
    graph.add_edge("start", "left")
    graph.add_edge("start", "right")
    graph.add_edge(["left", "right"], "ask")
    graph.add_edge("ask", "late")
    graph.add_edge("late", END)
    return graph.compile(checkpointer=InMemorySaver())


def keep(state: Log) -> dict[str, Any]:
    return {"lines": [len(state["lines"])]}


def log() -> Any:
    graph = StateGraph(Log)
    graph.add_node("keep", keep)
    graph.add_edge(START, "keep")
    return graph.compile(checkpointer=InMemorySaver())


def state() -> list[Any]:
    """Returns a graph that waits for an answer, and one whose saver keeps shots of a channel."""
    waiting, kept = everything(), log()
    waiting.invoke({"any": 0, "total": 1}, THREAD)
    for turn in range(5):
        kept.invoke({"lines": [f"said {turn}"]}, THREAD)
    return [waiting, kept]


def used(restored: Any) -> Any:
    """Goes on with both, twice."""
    waiting, kept = restored
    seen = [asked_of(waiting), waiting.invoke(Command(resume="yes"), THREAD)]
    seen += [waiting.get_state(THREAD).values, [it.values for it in kept.get_state_history(THREAD)]]
    for turn in range(2):
        waiting.invoke({"any": turn}, THREAD)
        seen += [asked_of(waiting), waiting.invoke(Command(resume=f"again {turn}"), THREAD)]
        seen.append(kept.invoke({"lines": [f"more {turn}"]}, THREAD))
    return seen


def asked_of(graph: Any) -> Any:
    return [it.value for it in graph.get_state(THREAD).interrupts]
