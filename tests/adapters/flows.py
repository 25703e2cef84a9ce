"""Workflows of LangGraph's functional API, saved by one process and gone on with by another.

Annotations are types here; those of `postponed` are text.
"""

import asyncio
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.types import CachePolicy, Command, RetryPolicy, interrupt

THREAD: Any = {"configurable": {"thread_id": "t"}}
RAN: list[str] = []


@task
def double(value: int) -> int:
    """Doubles a number."""
    return value * 2


@task(name="thrice", retry_policy=RetryPolicy(max_attempts=2), cache_policy=CachePolicy())
def triple(value: int) -> int:
    return value * 3


@entrypoint(checkpointer=InMemorySaver(), store=InMemoryStore())
def flow(value: int, *, previous: Any = None, store: BaseStore) -> entrypoint.final[int, int]:
    store.put(("seen",), str(value), {"value": value})
    return entrypoint.final(value=(previous or 0) + double(value).result(), save=value)


class Step:
    """Something that is called like a function."""

    def __init__(self, by: int) -> None:
        self.by = by

    def add(self, value: int) -> int:
        return value + self.by


def local(by: int) -> Any:
    """Returns a workflow that asks half way, with tasks of its own."""

    @task
    def scale(value: int) -> int:
        RAN.append("scale")
        return value * by

    @entrypoint(checkpointer=InMemorySaver())
    def work(value: int) -> list[Any]:
        scaled = scale(value).result()
        answer = interrupt({"scaled": scaled})
        return [scaled, answer, triple(scaled).result(), double(by).result()]

    return work


def later(by: int) -> Any:
    @task(name="added")
    async def add(value: int) -> int:
        return value + by

    @entrypoint(checkpointer=InMemorySaver())
    async def work(value: int, *, previous: int | None = None) -> int:
        return await add(value) + (previous or 0)

    return work


def counting(by: int) -> Any:
    """Returns a workflow whose tasks call themselves and each other."""

    @task
    def product(value: int) -> int:
        """Multiplies all numbers up to one."""
        return by if value <= 1 else value * product(value - 1).result()

    @task
    def is_even(value: int) -> bool:
        return value == 0 or is_odd(value - 1).result()

    @task(name="odd")
    def is_odd(value: int) -> bool:
        return value != 0 and is_even(value - 1).result()

    @entrypoint()
    def count(value: int) -> list[Any]:
        return [product(value).result(), is_even(value).result(), is_odd(value).result()]

    return count


def state() -> list[Any]:
    flow.invoke(2, THREAD)
    waiting = local(10)
    waiting.invoke(4, THREAD)
    return [flow, waiting, later(1), [double, triple, task(Step(5).add, name="stepped")]]


def used(restored: Any) -> Any:
    RAN.clear()
    flow, waiting, later, tasks = restored
    asked = [it.value for part in waiting.get_state(THREAD).tasks for it in part.interrupts]
    answers = [flow.invoke(3, THREAD), flow.invoke(4, THREAD)]
    answers.append(sorted(item.key for item in flow.store.search(("seen",))))
    answers.append(waiting.invoke(Command(resume="yes"), THREAD))
    answers += [asyncio.run(later.ainvoke(1, THREAD)), asyncio.run(later.ainvoke(1, THREAD))]
    said = [[it.__name__, it.__doc__, str(getattr(it, "__annotations__", None))] for it in tasks]
    policies = [[policy.max_attempts for policy in it.retry_policy] for it in tasks]
    return [asked, answers, said, policies, tasks[2].func(1), list(RAN)]
