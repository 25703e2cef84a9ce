"""Middleware that decorators made of functions: a class each, which no name leads to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import persist
import pytest
import watched
from langchain.agents.middleware import before_model
from persist import CaptureError, PersistError, RebuildError, UntrustedError

from trips import python

MODULE = "langchain.agents.middleware.types"
SCHEMA = {"lc": "class", "id": f"{MODULE}:AgentState"}


def test_an_agent_goes_on_with_all_its_middleware_in_a_new_process(tmp_path: Path) -> None:
    code = "import pathlib, sys, persist, watched; persist.snapshot(watched.state(), sys.argv[1])"
    python(code, tmp_path / "watched.json.gz", seed=1)
    code = "import pathlib, sys, watched; watched.main(pathlib.Path(sys.argv[1]))"
    restored = json.loads(python(code, tmp_path, seed=2))
    assert restored == json.loads(json.dumps(watched.used(watched.state())))
    answers, named, turns, noted = restored
    assert answers[0][-3:] == [["ai", ""], ["tool", "8"], ["ai", "8"]]
    assert named[0] == ["Opening", "Counted", 1]
    assert turns == 2
    assert {"after agent", "tool call double", "model call turn 2"} <= set(noted)
    assert {f"{it}, later" for it in ("before model", "tool call", "prompt")} <= set(noted)


def test_only_what_is_ones_own_is_asked_for() -> None:
    persist.snapshot(watched.MIDDLEWARE, "memory://watched")
    needed = persist.get_metadata("memory://watched")["needs"]["allow"]
    names = "Counted closed double guarded judged looked opened spoken timed"
    assert needed == [f"watched:{name}" for name in names.split()]


def test_a_method_of_it_is_bound_to_the_restored_one() -> None:
    text = persist.dumps([watched.looked, watched.looked.before_model])
    again, method = persist.loads(text, allow="watched")
    assert method.__self__ is again
    assert method.__func__ is vars(type(again))["before_model"]
    assert persist.dumps([again, method]) == text


def test_two_of_one_class_stay_of_one_class() -> None:
    one, two = watched.looked, type(watched.looked)()
    two.mark = [1]
    again, other = persist.loads(persist.dumps([one, two]), allow="watched")
    assert type(again) is type(other)
    assert (vars(again), vars(other)) == ({}, {"mark": [1]})


def changed(**attributes: Any) -> Any:
    @before_model
    def local(state: Any, runtime: Any) -> None: ...

    for name, value in attributes.items():
        setattr(type(local), name, value)
    return local


@pytest.mark.parametrize(
    "attributes",
    [
        {"extra": 1},
        {"name": "another"},
        {"after_model": watched.said},
        {"trace_policy": None},
        {"before_model": watched.said},
        {"__module__": "elsewhere"},
    ],
)
def test_a_class_that_was_changed_is_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(changed(**attributes))
    assert raised.value.kind == "unsupported_value"


@pytest.mark.parametrize("make", [lambda: [watched.of_itself()], watched.of_each_other])
def test_one_whose_function_refers_to_it_comes_back(make: Any, tmp_path: Path) -> None:
    code = """
import json, sys, persist, watched
agent, held = persist.restore(sys.argv[1], allow=watched.ALLOW)
question = {"messages": [watched.HumanMessage("2*4?", id="h2")]}
watched.NOTED.clear()
agent.invoke(question, watched.THREAD)
watched.talker(held).invoke(question, watched.THREAD)
print(json.dumps([watched.NOTED, [len(vars(type(it))) for it in held]]))
"""
    held = make()
    agent = watched.talker(held)
    question = {"messages": [watched.HumanMessage("1+2?", id="h1")]}
    agent.invoke(question, watched.THREAD)
    path = tmp_path / "held.json"
    persist.snapshot([agent, held], path)
    again = json.loads(python(code, path, seed=3))
    watched.NOTED.clear()
    question = {"messages": [watched.HumanMessage("2*4?", id="h2")]}
    agent.invoke(question, watched.THREAD)
    watched.talker(held).invoke(question, watched.THREAD)
    assert again == [watched.NOTED, [len(vars(type(it))) for it in held]]
    assert len(again[0]) > 3


def test_what_its_function_captured_is_the_restored_one() -> None:
    made = watched.of_itself()
    text = persist.dumps([made, made.before_model])
    again, method = persist.loads(text, allow="watched")
    assert method.__self__ is again
    hook = vars(type(again))["before_model"]
    (function,) = (it.cell_contents for it in hook.__closure__ if callable(it.cell_contents))
    assert [it.cell_contents for it in function.__closure__] == [again, []]
    assert persist.dumps([again, method]) == text


def test_one_whose_function_refers_to_it_is_refused_with_more() -> None:
    marked, method, twice = watched.of_itself(), watched.of_itself(), watched.of_itself()
    marked.mark = 1
    vars(type(method))["before_model"].__dict__["held"] = method.before_model
    said = {
        "has attributes of its own": [marked],
        "is held there by one of its methods": [method],
        "is not the only one of its class": [twice, type(twice)()],
        "is more than its fields say: `before_model`": [type(twice)],
    }
    for reason, value in said.items():
        with pytest.raises(CaptureError) as raised:
            persist.dumps(value)
        assert raised.value.problems[0].reason.endswith(reason)


def hooked(hooks: Any, **parts: Any) -> str:
    fields = {"schema": SCHEMA, "tools": [], "hooks": hooks}
    return json.dumps({"lc": "hooked", "name": "Odd", "fields": fields | parts})


def middleware(hooks: Any, **parts: Any) -> str:
    known = {"name": "Odd", "module": MODULE, "schema": SCHEMA, "tools": [], "hooks": hooks}
    return json.dumps({"lc": "object", "class": {"lc": "middleware", **known, **parts}})


def hook(made: Any = watched.looked) -> Any:
    node = json.loads(persist.dumps(made))["class"]
    return next(iter(node["hooks"].values()))


SAID = {"lc": "function", "id": "watched:said"}
LATE = hook(watched.looked_later)

HOSTILE = [
    (middleware({"before_model": SAID}), "invalid_state"),
    (middleware({"before_model": {"lc": "function", "id": "builtins:print"}}), "invalid_state"),
    (middleware({"before_model": {"lc": "class", "id": "watched:Counted"}}), "invalid_state"),
    (middleware({"after_model": hook()}), "invalid_state"),
    (middleware({"before_model": LATE}), "invalid_state"),
    (middleware({"abefore_model": hook()}), "invalid_state"),
    (middleware({"before_model": hook()["free"]["func"]}), "invalid_state"),
    (middleware({"__del__": hook()}), "bad_state_text"),
    (middleware({"name": hook()}), "bad_state_text"),
    (middleware({"__init_subclass__": hook()}), "bad_state_text"),
    (middleware({}), "bad_state_text"),
    (middleware([hook()]), "bad_state_text"),
    (middleware({"before_model": hook()}, module="os"), "bad_state_text"),
    (middleware({"before_model": hook()}, schema="__import__('os')"), "bad_state_text"),
    (middleware({"before_model": hook()}, tools={}), "bad_state_text"),
    (middleware({"before_model": hook()}, name="a\0b"), "invalid_state"),
    (middleware({"before_model": hook()}, bases=[]), "bad_state_text"),
    (hooked({"before_model": SAID}), "invalid_state"),
    (hooked({"after_model": hook()}), "invalid_state"),
    (hooked({"__del__": hook()}), "bad_state_text"),
    (hooked({}), "bad_state_text"),
    (hooked([hook()]), "bad_state_text"),
    (hooked({"before_model": hook()}, schema="__import__('os')"), "bad_state_text"),
    (hooked({"before_model": hook()}, run=SAID), "bad_state_text"),
    (json.dumps({"lc": "hooked", "name": "Odd"}), "bad_state_text"),
    (json.dumps({"lc": "hooked", "name": 5, "fields": {}}), "bad_state_text"),
    (json.dumps({"lc": "hooked", "fields": {}, "name": "Odd"}), "bad_state_text"),
]


@pytest.mark.parametrize(("text", "kind"), HOSTILE)
def test_a_class_that_no_decorator_makes_is_refused(text: str, kind: str) -> None:
    watched.NOTED.clear()
    with pytest.raises(PersistError) as raised:
        persist.loads(text, allow=("watched", "builtins"))
    assert raised.value.kind == kind
    assert watched.NOTED == []


def test_what_a_hook_calls_must_be_admitted() -> None:
    node = hook()
    node["free"]["func"] = {"lc": "function", "id": "os:system"}
    with pytest.raises(UntrustedError) as raised:
        persist.loads(middleware({"before_model": node}), allow="watched")
    assert raised.value.allow == ["os:system"]


@pytest.mark.parametrize("name", ["__init__", "__init_subclass__", "missing"])
def test_no_other_method_of_such_a_class_is_reached(name: str) -> None:
    text = middleware({"before_model": hook()})
    with pytest.raises((UntrustedError, RebuildError)):
        persist.loads(f'{{"lc":"method","name":"{name}","self":{text}}}', allow="watched")
