"""Agents with middleware that decorators made of functions, saved by one process, used by another.

Run as a program it restores what a folder holds, and says what the agents answered and noted.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import persist  # noqa: E402
from graphs import THREAD, add, calls, model  # noqa: E402
from langchain.agents import create_agent  # noqa: E402
from langchain.agents.middleware import (  # noqa: E402
    AgentState,
    after_agent,
    after_model,
    before_agent,
    before_model,
    dynamic_prompt,
    hook_config,
    wrap_model_call,
    wrap_tool_call,
)
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402

ALLOW = ["graphs", "watched"]
NOTED: list[str] = []


class Counted(AgentState[Any]):
    """A state with a number."""

    turns: int


@tool
def double(value: int) -> int:
    """Doubles a number."""
    return value * 2


@before_agent(state_schema=Counted, tools=[double], name="Opening")
def opened(state: Any, runtime: Any) -> Any:
    NOTED.append("before agent")
    return {"turns": state.get("turns", 0) + 1}


@before_model
def looked(state: Any, runtime: Any) -> None:
    NOTED.append(f"before model {len(state['messages'])}")


@after_model
@hook_config(can_jump_to=["end"])
def judged(state: Any, runtime: Any) -> Any:
    NOTED.append("after model")
    is_over = "stop" in str(state["messages"][-1].content)
    return {"jump_to": "end"} if is_over else None


@after_agent
def closed(state: Any, runtime: Any) -> None:
    NOTED.append("after agent")


@wrap_model_call
def timed(request: Any, handler: Any) -> Any:
    NOTED.append(f"model call {request.system_message.content}")
    return handler(request)


@wrap_tool_call
def guarded(request: Any, handler: Any) -> Any:
    NOTED.append(f"tool call {request.tool_call['name']}")
    return handler(request)


@dynamic_prompt
def spoken(request: Any) -> Any:
    return SystemMessage(f"turn {request.state['turns']}")


MIDDLEWARE = [opened, looked, judged, closed, spoken, timed, guarded]


@before_model
async def looked_later(state: Any, runtime: Any) -> None:
    NOTED.append("before model, later")


@before_agent
async def opened_later(state: Any, runtime: Any) -> None:
    NOTED.append("before agent, later")


@after_model
async def judged_later(state: Any, runtime: Any) -> None:
    NOTED.append("after model, later")


@after_agent
async def closed_later(state: Any, runtime: Any) -> None:
    NOTED.append("after agent, later")


@wrap_model_call
async def timed_later(request: Any, handler: Any) -> Any:
    NOTED.append("model call, later")
    return await handler(request)


@wrap_tool_call
async def guarded_later(request: Any, handler: Any) -> Any:
    NOTED.append("tool call, later")
    return await handler(request)


@dynamic_prompt
async def spoken_later(request: Any) -> Any:
    NOTED.append("prompt, later")
    return "be brief"


LATER = [
    looked_later, opened_later, judged_later, closed_later, timed_later, guarded_later, spoken_later
]  # fmt: skip


def of_itself() -> Any:
    """Returns a middleware whose function refers to it."""
    seen: list[Any] = []

    @before_model
    def counting(state: Any, runtime: Any) -> None:
        seen.append(counting)
        NOTED.append(f"{counting.name} {len(seen)} {all(it is counting for it in seen)}")

    return counting


def of_each_other() -> list[Any]:
    """Returns two middlewares, the functions of which refer to both."""
    pair: list[Any] = []

    @before_model
    def first(state: Any, runtime: Any) -> None:
        NOTED.append(f"first {[it.name for it in pair]}")

    @wrap_tool_call
    def second(request: Any, handler: Any) -> Any:
        NOTED.append(f"second {[it.name for it in pair]}")
        return handler(request)

    pair += [first, second]
    return pair


def talker(middleware: Any) -> Any:
    script = [calls("add", a=1, b=2), AIMessage("three"), calls("double", value=4), AIMessage("8")]
    return create_agent(
        model(*script), tools=[add], middleware=middleware, checkpointer=InMemorySaver()
    )


def state() -> Any:
    """Returns an agent that has answered once, the middleware by itself, and one that waits."""
    agent = talker(MIDDLEWARE)
    agent.invoke({"messages": [HumanMessage("1+2?", id="h1")]}, THREAD)
    return [agent, MIDDLEWARE, talker([*MIDDLEWARE[:1], *LATER])]


def said(result: Any) -> Any:
    return [(message.type, message.content) for message in result["messages"]]


def used(restored: Any) -> Any:
    NOTED.clear()
    agent, middleware, later = restored
    answers = [said(agent.invoke({"messages": [HumanMessage("2*4?", id="h2")]}, THREAD))]
    built = talker(middleware)
    answers.append(said(built.invoke({"messages": [HumanMessage("1+2?", id="h1")]}, THREAD)))
    question = {"messages": [HumanMessage("1+2?", id="h1")]}
    answers.append(said(asyncio.run(later.ainvoke(question, THREAD))))
    named = [[it.name, it.state_schema.__name__, len(it.tools)] for it in middleware]
    return [answers, named, agent.get_state(THREAD).values["turns"], list(NOTED)]


def main(folder: Path) -> None:
    restored = persist.restore(folder / "watched.json.gz", allow=ALLOW)
    print(json.dumps(used(restored)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
