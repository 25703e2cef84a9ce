"""A graph whose state holds a model, stopped, saved and restored in processes that are strict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import persist
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel

THREAD: Any = {"configurable": {"thread_id": "1"}}


class Answer(BaseModel):
    total: int


class State(TypedDict, total=False):
    answer: Answer
    later: Answer
    total: int


def first(state: State) -> dict[str, Any]:
    return {"answer": Answer(total=3)}


def second(state: State) -> dict[str, Any]:
    more = interrupt("?")
    return {"later": Answer(total=state["answer"].total + more)}


def third(state: State) -> dict[str, Any]:
    return {"total": state["later"].total}


def save(place: str) -> str:
    graph: Any = StateGraph(State)
    graph.add_sequence([first, second, third]).add_edge(START, "first")
    made = graph.compile(checkpointer=InMemorySaver())
    made.invoke({"total": 0}, THREAD)
    persist.snapshot(made, place)
    return type(made.get_state(THREAD).values["answer"]).__name__


def go_on(place: str) -> str:
    graph = persist.restore(place, allow=__name__)
    kind = type(graph.get_state(THREAD).values["answer"]).__name__
    done = graph.invoke(Command(resume=1), THREAD)
    return f"{kind} {type(done['later']).__name__} {done['total']}"


STEPS: dict[str, Callable[[str], str]] = {"save": save, "go on": go_on}
