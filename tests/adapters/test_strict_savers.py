"""Savers whose serializer gives back just the classes that it names, as strict ones do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import graphs
import persist
import pytest
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from persist import CaptureError, RebuildError

from trips import python

SAVER = "langgraph.checkpoint.memory:InMemorySaver"
ANSWER = ("graphs", "Answer")
HELD = "_allowed_msgpack_modules"


def strict(*names: Any) -> JsonPlusSerializer:
    return JsonPlusSerializer(allowed_msgpack_modules=list(names))


def saver(serde: Any) -> InMemorySaver:
    made = InMemorySaver(serde=serde)
    made.blobs["t", "", "x", 1] = made.serde.dumps_typed(graphs.Answer(total=3))
    return made


@pytest.mark.parametrize(
    "serde",
    [strict(ANSWER), strict(("a", "B"), ANSWER), strict(), strict(graphs.Answer)],
    ids=["one", "two", "none", "a class"],
)
def test_a_saver_keeps_what_its_serializer_gives_back(serde: Any) -> None:
    live = saver(serde)
    text = persist.dumps(live)
    back = persist.loads(text, allow="graphs")
    assert getattr(back.serde, HELD) == getattr(serde, HELD)
    assert back.blobs == live.blobs
    blob = live.blobs["t", "", "x", 1]
    assert repr(back.serde.loads_typed(blob)) == repr(serde.loads_typed(blob))
    assert persist.dumps(back) == text


def test_a_cache_does_so_too() -> None:
    live: InMemoryCache[Any] = InMemoryCache(serde=strict(ANSWER))
    live.set({(("a",), "k"): (graphs.Answer(total=3), None)})
    back = persist.loads(persist.dumps(live), allow="graphs")
    assert getattr(back.serde, HELD) == {ANSWER}
    assert back._cache == live._cache


def test_the_usual_serializer_stands_in_no_text() -> None:
    text = persist.dumps(saver(JsonPlusSerializer(allowed_msgpack_modules=True)))
    assert "serde" not in text
    assert getattr(persist.loads(text, allow="graphs").serde, HELD) is True


def test_savers_that_keep_the_very_checkpoints_are_refused() -> None:
    first = saver(strict())
    second = first.with_allowlist([ANSWER])
    assert second.blobs is first.blobs
    with pytest.raises(CaptureError) as raised:
        persist.dumps([first, second])
    assert "it keeps its values where another does" in str(raised.value)
    assert persist.loads(persist.dumps([first, first]), allow="graphs")[1].blobs == first.blobs


@pytest.mark.parametrize(
    "parts",
    [
        {"serde": ["graphs"]},
        {"serde": [[1, "Answer"]]},
        {"serde": {"graphs": "Answer"}},
        {"serde": None},
    ],
)
def test_what_a_serializer_gives_back_are_names(parts: Any) -> None:
    held: dict[str, Any] = {"storage": {}, "writes": {}, "blobs": {}}
    text = json.dumps({"lc": "object", "id": SAVER, "dict": parts | held})
    with pytest.raises(RebuildError) as raised:
        persist.loads(text)
    assert raised.value.kind == "invalid_state"


STEPS = """
import sys, persist, strict_steps
print(strict_steps.STEPS[sys.argv[1]](sys.argv[2]))
"""


def step(name: str, is_strict: bool, place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(os.environ, "LANGGRAPH_STRICT_MSGPACK", str(is_strict).lower())
    return python(STEPS, name, place).splitlines()[-1]


@pytest.mark.parametrize("was_strict", [False, True])
@pytest.mark.parametrize("is_strict", [False, True])
def test_a_graph_goes_on_with_its_own_classes_strict_or_not(
    was_strict: bool, is_strict: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "graph.json"
    assert step("save", was_strict, place, monkeypatch) == "Answer"
    assert step("go on", is_strict, place, monkeypatch) == "Answer Answer 4"
