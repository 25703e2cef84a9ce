"""A graph whose state schema is another than when it was built and saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trips import python

HEAD = """
import dataclasses, operator
from typing import Annotated, Any
from typing_extensions import TypedDict
from pydantic import BaseModel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

THREAD = {"configurable": {"thread_id": "1"}}
"""

GRAPH = """
def ask(state): return {answer}

def make():
    graph = StateGraph(Schema)
    graph.add_node(ask)
    graph.add_edge(START, "ask")
    made = graph.compile(checkpointer=InMemorySaver())
    made.invoke({{"a": []}}, THREAD)
    return made
"""

KINDS = {
    "TypedDict": "class Schema(TypedDict):\n",
    "dataclass": "@dataclasses.dataclass\nclass Schema:\n",
    "model": "class Schema(BaseModel):\n",
}

A = "    a: Annotated[list, operator.add]\n"


class Case(NamedTuple):
    fields: str
    expected: Any
    """What the graph answers, or a part of the error."""
    answer: str = "{'a': [interrupt(1)]}"


CASES = {
    "nothing changed": Case(A, {"a": [4]}),
    "a method was added": Case(A + "    def more(self): return 1\n", {"a": [4]}),
    "a field was added": Case(
        A + "    b: int = 0\n",
        "the graph keeps no field `b` of it",
        "{'a': [interrupt(1)], 'b': 5}",
    ),
    "a field was renamed": Case(
        A.replace("a:", "z:"),
        "it has no field `a` any more, and the graph keeps no field `z` of it",
        "{'z': [interrupt(1)]}",
    ),
}

SAVE = """
import importlib, json, sys, persist
for module, place in json.loads(sys.argv[1]):
    persist.snapshot(importlib.import_module(module).make(), place, durable=False)
"""

RESTORE = """
import importlib, json, sys, persist
told = {}
for module, place in json.loads(sys.argv[1]):
    module = importlib.import_module(module)
    try:
        graph = persist.restore(place, allow=[module.__name__])
        told[module.__name__] = graph.invoke(module.Command(resume=4), module.THREAD)
    except persist.RebuildError as error:
        told[module.__name__] = [error.kind, str(error), error.hint]
print(json.dumps(told))
"""

NAMES = {f"{kind}, {name}": (kind, case) for kind in KINDS for name, case in CASES.items()}
NAMES = {name: it for name, it in NAMES.items() if name != "TypedDict, a method was added"}


def body(kind: str, case: Case) -> str:
    fields = case.fields
    if kind == "TypedDict":
        fields = fields.replace(" = 0", "")
    return HEAD + KINDS[kind] + fields + GRAPH.format(answer=case.answer)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("schemas")
    rows = []
    for at, (kind, case) in enumerate(NAMES.values()):
        for folder, text in (
            ("then", body(kind, CASES["nothing changed"])),
            ("now", body(kind, case)),
        ):
            (root / folder).mkdir(exist_ok=True)
            (root / folder / f"flow{at}.py").write_text(text)
        rows.append([f"flow{at}", str(root / f"{at}.json")])
    python(SAVE, json.dumps(rows), path=[root / "then"])
    return json.loads(python(RESTORE, json.dumps(rows), path=[root / "now"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_has_the_fields_of_its_schema_or_is_refused(name: str, outcomes: Any) -> None:
    at = [*NAMES].index(name)
    expected = NAMES[name][1].expected
    if not isinstance(expected, str):
        assert outcomes[f"flow{at}"] == expected
        return
    kind, said, hint = outcomes[f"flow{at}"]
    assert kind == "class_changed"
    assert f"the class `flow{at}:Schema` has changed: {expected}" in said
    assert hint.startswith("restore with the version that wrote it")


VERSIONED = """
class State(MessagesState):
    {}: int

def make():
    graph = StateGraph(State)
    graph.add_node("one", lambda state: {{}})
    graph.add_edge(START, "one")
    return graph.compile()
"""


def test_the_error_says_which_version_wrote_a_graph(tmp_path: Path) -> None:
    for release, field in (("1.0", "count"), ("2.0", "total")):
        info = tmp_path / release / f"flowing-{release}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: flowing\nVersion: {release}\n"
        )
        (tmp_path / release / "flowing.py").write_text(HEAD + VERSIONED.format(field))
    save = "import sys, persist, flowing\npersist.snapshot(flowing.make(), sys.argv[1])"
    python(save, tmp_path / "flow.json", path=[tmp_path / "1.0"])
    load = "import sys, persist\ntry:\n    persist.restore(sys.argv[1], allow='flowing')\n"
    load += "except persist.RebuildError as error:\n    print(error)"
    said = python(load, tmp_path / "flow.json", path=[tmp_path / "2.0"])
    assert "the class `flowing:State` has changed: it has no field `count` any more" in said
    assert "`flowing` 1.0 wrote it, and 2.0 is installed" in said
