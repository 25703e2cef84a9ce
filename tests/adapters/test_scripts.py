"""Tools, tasks and middleware of a script: decorators made them of what the script defines."""

from __future__ import annotations

from pathlib import Path

import persist
import pytest
from persist import ConfigurationError
from persist.state.policy import Policy

import trips


class Owner:
    """A class with methods of both kinds."""

    @classmethod
    def make(cls) -> Owner:
        return cls()

    def own(self) -> Owner:
        return self


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


FUNCTIONS = """
import functools, json, sys
import persist


def logged(function):
    @functools.wraps(function)
    def inner(*given):
        return function(*given)
    return inner


@functools.cache
def cached(x):
    return x + 1


class K:
    from os.path import join

    @classmethod
    def made(cls, x):
        return cls.__name__ + x

    @functools.lru_cache
    def kept(self):
        return "kept"

    @logged
    def told(self):
        return "told"

    @staticmethod
    def free(x):
        return x


class Under(K):
    pass


thing = Under()
held = [cached, K.made, Under.made, thing.made, K.kept, thing.kept, K.told, thing.told, K.free]
if sys.argv[2] == "save":
    persist.snapshot(held, sys.argv[1])
for allow in ([cached, K, Under], [cached, K, Under, K.made, Under.made, K.kept, K.told, K.free]):
    again = persist.restore(sys.argv[1], allow=allow)
    print(again[0] is cached, again[1] == K.made, again[2]("x"), again[3]("y"), again[4] is K.kept)
    print(again[5](), again[6] is K.told, again[7](), again[8] is K.free)
for value, allow in ((cached, cached), (cached, [cached, cached.__wrapped__])):
    print(persist.loads(persist.dumps(value), allow=allow) is value)
for name in ("K.join", "K.missing", "K.made.x"):
    try:
        persist.loads(json.dumps({"lc": "function", "id": f"__main__:{name}"}), allow=[K])
    except persist.UntrustedError as error:
        print(error.allow)
try:
    persist.loads(persist.dumps(cached), allow=[K])
except persist.UntrustedError as error:
    print(error.hint)
"""

AGENT = """
import sys
import persist
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage


class Model(FakeMessagesListChatModel):
    def bind_tools(self, tools, **settings):
        return self


class Mid(AgentMiddleware):
    def before_model(self, state, runtime):
        return None

    def wrap_model_call(self, request, handler):
        return handler(request)


if sys.argv[2] == "save":
    agent = create_agent(Model(responses=[AIMessage("x")]), [], middleware=[Mid()])
    persist.snapshot(agent, sys.argv[1])
agent = persist.restore(sys.argv[1], allow=[Model, Mid])
print(agent.invoke({"messages": ["hi"]})["messages"][-1].content)
"""


def test_a_class_of_a_script_admits_the_functions_it_is_written_with(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(FUNCTIONS)
    path = tmp_path / "state.json"
    for action in ("save", "load"):
        lines = trips.script(script, path, action).splitlines()
        assert lines[:4] == ["True True Underx Undery True", "kept True told True"] * 2
        assert lines[4:6] == ["True", "True"]
        assert lines[6:9] == [
            "['__main__:K.join']",
            "['__main__:K.missing']",
            "['__main__:K.made.x']",
        ]
        assert lines[9].endswith("allow=[cached]")


def test_a_middleware_of_a_script_is_admitted_by_its_class_alone(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(AGENT)
    for action in ("save", "load"):
        assert trips.script(script, tmp_path / "state.json", action).strip() == "x"


def test_a_class_admits_none_of_what_a_restore_calls() -> None:
    policy = Policy([Owner], lambda name: None)
    assert policy.admits_class(f"{__name__}:Owner")
    assert not policy.admits_call(f"{__name__}:Owner.make")


def test_a_script_admits_them_by_themselves(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    path = tmp_path / "state.json"
    for action in ("save", "load"):
        hint, *said = trips.script(script, path, action).splitlines()
        assert hint.endswith("allow=[search, double, flow, looked]")
        assert said == ["found x 8 10 looked", "{'seen': True}"]


def test_a_thing_that_no_function_has_become_is_no_entry() -> None:
    for thing in (
        object(),
        str.join,
        pytest,
        Owner().own,
        [test_a_script_admits_them_by_themselves],
        {},
        5,
    ):
        with pytest.raises(ConfigurationError) as raised:
            persist.loads("1", allow=[thing])
        assert "an entry must be a name, a class or a function" in str(raised.value)
