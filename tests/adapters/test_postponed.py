"""Agents whose annotations are text: saved by one process, gone on with in another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import persist
import postponed
import pytest
from persist import RebuildError

from trips import python

SAVE = """
import pathlib, persist, postponed, sys
for name, (make, _) in postponed.CASES.items():
    persist.snapshot(make(), pathlib.Path(sys.argv[1], name), durable=False)
"""

USE = """
import json, pathlib, persist, postponed, sys
restored = {
    name: use(persist.restore(pathlib.Path(sys.argv[1], name), allow="postponed"))
    for name, (_, use) in postponed.CASES.items()
}
print(json.dumps(restored, default=str))
"""

FRESH = """
import json, postponed
print(json.dumps({name: use(make()) for name, (make, use) in postponed.CASES.items()}, default=str))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("postponed")
    python(SAVE, folder, seed=1)
    return json.loads(python(USE, folder, seed=2)), json.loads(python(FRESH, seed=3))


@pytest.mark.parametrize("name", postponed.CASES)
def test_what_text_annotates_goes_on_in_a_new_process(name: str, answers: Any) -> None:
    restored, fresh = answers
    assert restored[name] == fresh[name]


def test_a_workflow_keeps_the_text_of_its_types() -> None:
    again = persist.loads(persist.dumps(postponed.flow), allow="postponed")
    held = {name: channel.typ for name, channel in again.channels.items()}
    text = "entrypoint.final[int, int]"
    del held["__pregel_tasks"]
    assert held == {"__start__": "int", "__end__": text, "__previous__": text}


def test_the_other_half_of_a_workflow_shares_its_annotations() -> None:
    made = postponed.local_flow(2)
    again = persist.loads(persist.dumps(made), allow="postponed")
    bound = again.nodes["work"].bound
    assert bound.afunc.__annotations__ is bound.func.__annotations__
    later = persist.loads(persist.dumps(postponed.later(2)), allow="postponed")
    assert asyncio.run(later.ainvoke(1, postponed.THREAD)) == 3


EVIL = "__import__('os').system('true')"


@pytest.mark.parametrize("found", ["int", "entrypoint.final[int, int]"])
def test_text_that_no_function_of_a_workflow_has_is_refused(found: str) -> None:
    """Asked for its schemas, a workflow makes models of these: text is evaluated then."""
    text = persist.dumps(postponed.flow)
    changed = text.replace(f'"typ":"{found}"', f'"typ":"{EVIL}"', 1)
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow="postponed")
    assert raised.value.kind == "invalid_state"
    assert "text by which none of its functions is annotated" in str(raised.value)


@pytest.mark.parametrize("role", ["StateGraph", "CompiledStateGraph"])
def test_no_text_is_the_type_of_a_channel_of_a_graph(role: str) -> None:
    made = postponed.graph(postponed.Held, postponed.held)
    built = made.builder if role == "StateGraph" else made
    text = persist.dumps(built)
    words = '{"lc":"generic","id":"builtins:list","args":[{"lc":"class","id":"builtins:str"}]}'
    changed = text.replace(f'"typ":{words}', f'"typ":"{EVIL}"', 1)
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow="postponed")
    assert f"{role}` is not valid: `typ` holds something else than" in str(raised.value)


@pytest.mark.parametrize("role", ["StateGraph", "Pregel"])
def test_no_channel_of_a_graph_is_made_later(role: str) -> None:
    """A map that makes what it does not hold would make a channel with text for its type."""
    built = postponed.graph(postponed.Held, postponed.held).builder
    graph = json.loads(persist.dumps(built if role == "StateGraph" else postponed.flow))
    called = {"lc": "class", "id": "langgraph.channels.last_value:LastValue"}
    state = [called, {"lc": "tuple", "v": [EVIL]}, {}, None]
    make: dict[str, Any] = {"lc": "object", "id": "functools:partial", "init": [called]}
    make["state"] = {"lc": "tuple", "v": state}
    pairs = [[name, channel] for name, channel in graph["dict"]["channels"].items()]
    later = {"lc": "object", "id": "collections:defaultdict", "init": [make], "pairs": pairs}
    graph["dict"]["channels"] = later
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(graph), allow="postponed")
    assert raised.value.kind == "invalid_state"
    assert f"{role}` is not valid: `channels` is no plain `dict`" in str(raised.value)


def test_what_extends_a_graph_is_checked_like_it() -> None:
    text = persist.dumps(postponed.flow).replace('"typ":"int"', f'"typ":"{EVIL}"', 1)
    changed = text.replace('"id":"langgraph.pregel.main:Pregel"', f'"id":"{__name__}:Mine"', 1)
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow=["postponed", __name__])
    assert "text by which none of its functions is annotated" in str(raised.value)


class Mine(type(postponed.flow)):  # type: ignore[misc]
    """A program's own kind of workflow."""


@pytest.mark.parametrize("role", ["StateGraph", "CompiledStateGraph"])
def test_nothing_beside_the_type_of_a_channel_is_called(role: str) -> None:
    """Asked for its schemas, a graph makes models of its types, which ask what stands there."""
    made = postponed.graph(postponed.Held, postponed.held)
    text = persist.dumps(made.builder if role == "StateGraph" else made)
    words = '{"lc":"generic","id":"builtins:list","args":[{"lc":"class","id":"builtins:str"}]}'
    hook: dict[str, Any] = {"__get_pydantic_core_schema__": {"lc": "class", "id": "builtins:int"}}
    note = json.dumps({"lc": "object", "id": "postponed:Noted", "dict": hook})
    changed = text.replace(
        f'"typ":{words}',
        f'"typ":{{"lc":"generic","id":"typing:Annotated","args":[{words},{note}]}}',
    )
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow="postponed")
    assert raised.value.kind == "invalid_state"
    assert "is no attribute that an instance may hold" in str(raised.value)
