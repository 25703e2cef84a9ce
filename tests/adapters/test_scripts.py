"""Tools, tasks and middleware of a script: decorators made them of what the script defines."""

from __future__ import annotations

from pathlib import Path

import persist
import pytest
from persist import ConfigurationError

import trips

SCRIPT = """
import sys
import persist
from langchain.agents.middleware import before_model
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task


@tool
def search(text: str) -> str:
    "Searches."
    return f"found {text}"


@task
def double(value):
    return value * 2


@entrypoint(checkpointer=InMemorySaver())
def flow(value, *, previous=None):
    return double(value).result() + (previous or 0)


@before_model
def looked(state, runtime):
    return {"seen": True}


THREAD = {"configurable": {"thread_id": "t"}}
if sys.argv[2] == "save":
    flow.invoke(2, THREAD)
    persist.snapshot([search, double, flow, looked], sys.argv[1])
allowed = [search, double, flow, looked]
try:
    persist.restore(sys.argv[1])
except persist.UntrustedError as error:
    print(error.hint)
again, twice, flown, middleware = persist.restore(sys.argv[1], allow=allowed)
print(again.invoke({"text": "x"}), twice.func(4), flown.invoke(3, THREAD), middleware.name)
print(middleware.before_model({}, None))
"""


def test_a_script_admits_them_by_themselves(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    path = tmp_path / "state.json"
    for action in ("save", "load"):
        hint, *said = trips.script(script, path, action).splitlines()
        assert hint.endswith("allow=[search, double, flow, looked]")
        assert said == ["found x 8 10 looked", "{'seen': True}"]


def test_a_thing_that_no_function_has_become_is_no_entry() -> None:
    for thing in (object(), [test_a_script_admits_them_by_themselves], {}, 5):
        with pytest.raises(ConfigurationError) as raised:
            persist.loads("1", allow=[thing])
        assert "an entry must be a name, a class or a function" in str(raised.value)
