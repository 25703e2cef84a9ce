"""What is known of a class does not depend on what a process imported or used before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = {
    "plan": """
from __future__ import annotations
from pydantic import BaseModel, field_validator

RUNS = []

class Task(BaseModel):
    name: str
    plan: Plan | None = None

    @field_validator("name")
    @classmethod
    def note(cls, name):
        RUNS.append(name)
        return name

class Plan(BaseModel):
    tasks: list[Task] = []

def make():
    plan = Plan()
    plan.tasks += [Task(name="a", plan=plan), Task(name="b", plan=plan)]
    return plan
""",
    "base": """
from typing import Generic, TypeVar
from pydantic import BaseModel

T = TypeVar("T")
RUNS = []

class Step(BaseModel, Generic[T]):
    value: T
""",
    "first": """
from dataclasses import dataclass
from pydantic import BaseModel, field_validator
from base import RUNS, Step

class Counter(Step[int]):
    me: object = None

    @field_validator("value", mode="before")
    @classmethod
    def plus(cls, value):
        RUNS.append(value)
        return value + 1

class Holder(BaseModel):
    steps: list[Step[int]]

@dataclass
class Pair:
    step: Step[int]
    me: object = None

def make():
    counter, pair = Counter(value=1), Pair(Step[int](value=3))
    counter.me = [counter]
    pair.me, pair.extra = pair, 7
    return [counter, Holder(steps=[Step[int](value=2)]), pair]
""",
    "second": """
from base import Step

class Other(Step[int]):
    pass
""",
    "boss": """
from typing import Any
from langchain_classic.agents import AgentExecutor, create_react_agent
from langchain_core.language_models import FakeListChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import BaseTool

class Delegate(BaseTool):
    name: str = "delegate"
    description: str = "asks again"
    boss: Any = None

    def _run(self, question: str) -> str:
        return f"{len(self.boss.tools)} tools"

def make():
    tool = Delegate()
    prompt = ChatPromptTemplate.from_template("{tools} {tool_names} {input} {agent_scratchpad}")
    model = FakeListChatModel(responses=["Final Answer: x"])
    agent = create_react_agent(model, [tool], prompt)
    tool.boss = AgentExecutor(agent=agent, tools=[tool])
    return tool.boss
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
    return tmp_path


def run(folder: Path, source: str) -> str:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.parametrize(
    "used", ["", "plan.Task(name='x'); plan.RUNS.clear()"], ids=["not", "used"]
)
def test_models_that_name_later_ones_come_back_whether_or_not_they_were_used(
    folder: Path, used: str
) -> None:
    run(folder, "import persist, plan; persist.snapshot(plan.make(), 'a.json')")
    source = f"""
import persist, plan
{used}
back = persist.restore("a.json", allow="plan")
print(len(back.tasks), back.tasks[0].plan is back, back.tasks[1].plan is back, plan.RUNS)
"""
    assert run(folder, source) == "2 True True []"


@pytest.mark.parametrize("order", ["first, second", "second, first"])
@pytest.mark.parametrize("other", ["first, second", "second, first", "persist"])
def test_generics_come_back_whoever_gave_them_arguments_first(
    folder: Path, order: str, other: str
) -> None:
    run(folder, f"import persist, {order}; persist.snapshot(first.make(), 'a.json')")
    source = f"""
import {other}, persist
counter, holder, pair = persist.restore("a.json", allow=["base", "first"])
import base
print(counter.value, counter.me[0] is counter, type(holder.steps[0]) is base.Step[int])
print(pair.me is pair, pair.extra, pair.step.value, base.RUNS)
"""
    assert run(folder, source) == "2 True True\nTrue 7 3 []"


@pytest.mark.parametrize(
    "imports", ["langchain_classic.chains", "langchain_core.runnables", "langchain.agents"]
)
def test_executors_come_back_whatever_was_imported_first(folder: Path, imports: str) -> None:
    run(folder, f"import {imports}, persist, boss; persist.snapshot(boss.make(), 'a.json')")
    source = """
import persist
back = persist.restore("a.json", allow="boss")
print(back.tools[0].boss is back, back.invoke({"input": "hi"})["output"])
"""
    assert run(folder, source) == "True x"
