"""Functions of a module that a decorator replaced, restored after their module was edited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trips import python, script

KIOSK = '''
from langchain.agents import create_agent
from langchain.agents.middleware import before_model, dynamic_prompt
from langchain_core.language_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import StructuredTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from pydantic import BaseModel


class Query(BaseModel):
    name: str


@tool
def price(name: str, limit: int = 2) -> str:
    """Price."""
    return f"{name} 3 {limit}"


@tool(args_schema=Query)
def told(name: str) -> str:
    """Told."""
    return f"{name} 3"


@tool
async def slow(name: str) -> str:
    """Slow."""
    return f"{name} 3"


def built(name: str) -> str:
    """Built."""
    return f"{name} 3"


built = StructuredTool.from_function(built)


class Kit:
    @tool
    def cost(name: str) -> str:
        """Cost."""
        return f"{name} 3"

    @staticmethod
    @tool
    def loan(name: str) -> str:
        """Loan."""
        return f"{name} 3"


@task
def work(number: int) -> int:
    return number + 3


@entrypoint()
def flow(number: int) -> int:
    return work(number).result() * 3


@before_model
def looked(state, runtime):
    return {"seen": 3}


@dynamic_prompt
def prompt(request):
    return "prompt 3"


class Model(FakeMessagesListChatModel):
    def bind_tools(self, tools, **settings):
        return self


def calling(call):
    calls = [{"name": "price", "args": {"name": "tea"}, "id": call, "type": "tool_call"}]
    return [AIMessage("", tool_calls=calls), AIMessage("done")]


THREAD = {"configurable": {"thread_id": "t"}}


def agent():
    model = Model(responses=[*calling("1"), *calling("2")])
    made = create_agent(model, [price], middleware=[looked], checkpointer=InMemorySaver())
    made.invoke({"messages": ["how much?"]}, THREAD)
    return made


def make():
    tools = [price, told, slow, built, Kit.cost, Kit.loan]
    return [tools, work, flow, looked, prompt, agent()]
'''

SAVE = """
import importlib, sys, persist
folder, *names = sys.argv[1:]
for name in names:
    persist.snapshot(importlib.import_module(name).make(), f"{folder}/{name}.json")
"""

RESTORE = """
import asyncio, json, sys, persist
try:
    place = f"{sys.argv[1]}/kiosk.json"
    tools, work, flow, looked, prompt, agent = persist.restore(place, allow=["kiosk"])
except persist.PersistError as error:
    print(json.dumps([error.kind, *[problem.reason for problem in error.problems]]))
    sys.exit()
import kiosk
said = [asyncio.run(tool.ainvoke({"name": "tea"})) for tool in tools]
said += [work.func(1), flow.invoke(1), looked.before_model({}, None)]
messages = agent.invoke({"messages": ["and now?"]}, kiosk.THREAD)["messages"]
said += [[message.content for message in messages]]
print(json.dumps(said))
"""


def run(code: str, place: Path, modules: Mapping[str, str], seed: int = 2) -> Any:
    """Writes modules beside a place and returns what a process says that finds them there."""
    for name, source in modules.items():
        (place / f"{name}.py").write_text(source)
    said = python(code, place, *modules, seed=seed, path=[place])
    return json.loads(said) if said else None


def edited(source: str, changes: Mapping[str, str]) -> str:
    for was, now in changes.items():
        assert was in source
        source = source.replace(was, now)
    return source


def test_what_is_called_is_the_code_of_today(tmp_path: Path) -> None:
    run(SAVE, tmp_path, {"kiosk": KIOSK}, seed=1)
    found = run(RESTORE, tmp_path, {"kiosk": edited(KIOSK, {" 3": " 4"})})
    tools = ["tea 4 2", "tea 4", "tea 4", "tea 4", "tea 4", "tea 4"]
    talk = ["how much?", "", "tea 3 2", "done", "and now?", "", "tea 4 2", "done"]
    assert found == [*tools, 5, 20, {"seen": 4}, talk]


PRICES = '''
from langchain_core.tools import tool


@tool
def price(name: str, limit: int = 2) -> str:
    """Price."""
    return f"{name} 3 {limit}"


def make():
    return [price]
'''

SAID = """
import json, sys, persist
folder, *names = sys.argv[1:]
told = {}
for name in names:
    try:
        tools = persist.restore(f"{folder}/{name}.json", allow=name)
        told[name] = [tool.invoke({"name": "tea"}) for tool in tools]
    except persist.PersistError as error:
        told[name] = [error.kind, *[problem.reason for problem in error.problems]]
print(json.dumps(told))
"""

SINCE = "since the state was written"
NAMED = "the function `kiosk:price`"
PRICE = f"the parameters of {NAMED} have changed"

REFUSED = {
    "one more": (
        {"def price(name: str, limit": "def price(name: str, unit: str, limit"},
        f"{PRICE} {SINCE}: they were `(name, limit=)` and are `(name, unit, limit=)` now",
    ),
    "one more with a default": (
        {"limit: int = 2": 'limit: int = 2, unit: str = ""'},
        f"{PRICE} {SINCE}: they were `(name, limit=)` and are `(name, limit=, unit=)` now",
    ),
    "renamed": (
        {"limit: int = 2": "most: int = 2", "{limit}": "{most}"},
        f"{PRICE} {SINCE}: they were `(name, limit=)` and are `(name, most=)` now",
    ),
    "a default less": (
        {"limit: int = 2": "limit: int"},
        f"{PRICE} {SINCE}: they were `(name, limit=)` and are `(name, limit)` now",
    ),
    "another kind": (
        {"price(name: str, limit": "price(name: str, *, limit"},
        f"{PRICE} {SINCE}: they were `(name, limit=)` and are `(name, *, limit=)` now",
    ),
    "another annotation": (
        {"limit: int = 2": "limit: float = 2"},
        f"the annotation of the parameter `limit` of {NAMED} has changed {SINCE}",
    ),
    "a coroutine": (
        {"def price": "async def price"},
        f"{NAMED} has changed {SINCE}: it was `def` and is `async def` now",
    ),
    "a generator": (
        {'return f"{name} 3 {limit}"': 'yield f"{name} 3 {limit}"'},
        f"{NAMED} has changed {SINCE}: it was `def` and is `def` with `yield` now",
    ),
    "two of the name": (
        {" 3 {": " 4 {", "def make": '@tool\ndef price(name: str, limit: int = 2) -> str:\n'
         '    """Price."""\n    return ""\n\n\ndef make'},
        f"the code of {NAMED} has changed {SINCE}, and several have its name now",
    ),
    "another under the name": (
        {" 3 {": " 4 {", "def make": "cost, price = price, None\n\n\ndef make"},
        f"the code of {NAMED} has changed {SINCE}, and what stands under its"
        " name now does not hold it",
    ),
    "gone": (
        {"def price": "def cost", "[price]": "[cost]"},
        "there is no code of a function `kiosk:price`",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What is said of each change, of a module of its own each."""
    place = tmp_path_factory.mktemp("refused")
    modules = {f"kiosk_{at}": edited(PRICES, row[0]) for at, row in enumerate(REFUSED.values())}
    run(SAVE, place, dict.fromkeys(modules, PRICES), seed=1)
    said = run(SAID, place, modules)
    told = [
        [kind, *(reason.replace(name, "kiosk") for reason in reasons)]
        for name, (kind, *reasons) in said.items()
    ]
    return dict(zip(REFUSED, told, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_a_function_that_is_called_otherwise_is_refused(
    name: str, refused: dict[str, list[str]]
) -> None:
    kind = "missing_name" if name == "gone" else "class_changed"
    assert refused[name] == [kind, REFUSED[name][1]]


TWO = """
from langchain_core.tools import tool

@tool
def price(name: str) -> str:
    "Price."
    return "one"

first = price

@tool
def price(name: str) -> str:
    "Price."
    return "two"

@tool
def cost(name: str) -> str:
    "Cost."
    return "cost"

kept = cost.model_copy()
cost = None

def make():
    return [{}]
"""


HELD = {"first": "one", "price": "two", "kept": "cost"}
"""What each tool says that a name of the module holds."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[str]]]:
    """What is said where the tools have moved, and where they were edited."""
    place = tmp_path_factory.mktemp("found")
    modules = {f"kiosk_{held}": TWO.format(held) for held in HELD}
    run(SAVE, place, modules, seed=1)
    for name in modules:
        assert "signature" not in (place / f"{name}.json").read_text()
    moved = {name: "# more\n" + source for name, source in modules.items()}
    changed = {
        f"kiosk_{held}": edited(TWO.format(held), {f'"{said}"': '"other"'})
        for held, said in HELD.items()
    }
    return [run(SAID, place, moved), run(SAID, place, changed)]


@pytest.mark.parametrize(
    ("held", "name"), [("first", "price"), ("price", "price"), ("kept", "cost")]
)
def test_one_of_several_or_that_nothing_leads_to_is_found_by_its_code_alone(
    held: str, name: str, found: list[dict[str, list[str]]]
) -> None:
    moved, changed = (said[f"kiosk_{held}"] for said in found)
    assert moved == [HELD[held]]
    reason = f"the code of the function `kiosk_{held}:{name}` has changed {SINCE}"
    assert changed == ["class_changed", reason]


STALE = (
    """
import json, pathlib, sys, persist, kiosk
module = pathlib.Path(kiosk.__file__)
module.write_text(module.read_text().replace(" 3", " 4"))
"""
    + SAID
)


def test_a_module_that_was_edited_after_it_was_imported_is_not_read_as_it_stands_now(
    tmp_path: Path,
) -> None:
    source = TWO.replace('return "two"', 'return "two 2"').replace("first = price", "")
    source = source.replace("@tool\ndef price", "@tool\ndef other", 1).format("price")
    run(SAVE, tmp_path, {"kiosk": source}, seed=1)
    stale = STALE.replace(" 3", "two 3").replace(" 4", "two 4")
    assert run(stale, tmp_path, {"kiosk": source.replace("two 2", "two 3")}) == {
        "kiosk": [
            "class_changed",
            f"the code of the function `kiosk:price` has changed {SINCE}, and what stands under"
            " its name now does not hold it",
        ]
    }
    assert json.loads(python(SAID, tmp_path, "kiosk", seed=2, path=[tmp_path])) == {
        "kiosk": ["two 4"]
    }


SCRIPT = """
import json, pathlib, sys
import persist
from langchain_core.tools import tool


@tool
def price(name: str) -> str:
    "Price."
    return "3"


if sys.argv[2] == "save":
    pathlib.Path(sys.argv[1]).write_text(persist.dumps([price]))
try:
    again = persist.loads(pathlib.Path(sys.argv[1]).read_text(), allow=[price])
    print(json.dumps([it.invoke({"name": "tea"}) for it in again]))
except persist.PersistError as error:
    print(json.dumps([error.kind, *[problem.reason for problem in error.problems]]))
"""


def test_a_script_gives_its_functions_as_they_are_today(tmp_path: Path) -> None:
    file, place = tmp_path / "script.py", tmp_path / "state.json"
    file.write_text(SCRIPT)
    assert json.loads(script(file, place, "save")) == ["3"]
    file.write_text(SCRIPT.replace('"3"', '"4"'))
    assert json.loads(script(file, place, "load")) == ["4"]
    file.write_text(SCRIPT.replace("price(name: str)", "price(unit: str)"))
    assert json.loads(script(file, place, "load")) == [
        "class_changed",
        "the parameters of the function `__main__:price` have changed since the state was written:"
        " they were `(name)` and are `(unit)` now",
    ]
