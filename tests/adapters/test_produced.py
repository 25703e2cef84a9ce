"""What restores and saves remember of earlier ones: prompts just validated, classes looked up."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import persist
import pytest
from langchain_core.documents import Document, base
from langchain_core.prompts import PromptTemplate
from persist.adapters import _produced
from persist.exceptions import RebuildError


class Made:
    """Stands for a class whose constructor has made something."""


@pytest.mark.parametrize(
    ("made", "other"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": 0}, {"a": False}),
        ({"a": None}, {"a": "None"}),
        ({"a": ["x"]}, {"a": ("x",)}),
        ({"a": {"x": 1}}, {"a": {"x": True}}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}),
        ({"a": "x", "b": "y"}, {"a": "x"}),
        ({"a": ["x", ["y"]]}, {"a": ["x", "y"]}),
    ],
)
def test_only_the_very_same_values_are_remembered(
    made: dict[str, object], other: dict[str, object]
) -> None:
    _produced.note(Made, made)
    assert _produced.is_noted(Made, made)
    assert not _produced.is_noted(Made, other)
    assert not _produced.is_noted(Made, made, "a")
    assert not _produced.is_noted(Document, made)


@pytest.mark.parametrize(
    "held", [{"a": 1.0}, {"a": "x" * 20_000}, {"a": [[[["x"]]]]}, {"a": b"x"}, {"a": object()}]
)
def test_nothing_else_is_remembered(held: dict[str, Any]) -> None:
    _produced.note(Made, held)
    assert not _produced.is_noted(Made, held)


def test_the_oldest_is_forgotten() -> None:
    for number in range(_produced.MAX_NOTED + 1):
        _produced.note(Made, {"a": f"number {number}"})
    assert not _produced.is_noted(Made, {"a": "number 0"})
    assert _produced.is_noted(Made, {"a": f"number {_produced.MAX_NOTED}"})


def test_a_prompt_like_one_just_made_is_validated() -> None:
    prompt = PromptTemplate.from_template("Tell {name} of it")
    text = persist.dumps(prompt)
    assert persist.loads(text) == prompt
    prompt.template = "Tell {name.__class__} of it"
    with pytest.raises(persist.CaptureError, match="validation"):
        persist.dumps(prompt)
    node = json.loads(text)
    node["kwargs"]["template"] = "Tell {name.__class__} of it"
    with pytest.raises(RebuildError, match="constructor refuses"):
        persist.loads(json.dumps(node))


def test_a_class_that_no_longer_stands_there_is_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = persist.dumps(Document("once"))
    assert persist.loads(text) == Document("once")

    class Other(Document):
        pass

    with monkeypatch.context() as patched:
        patched.setattr(base, "Document", Other)
        with pytest.raises(RebuildError, match="does not define it"):
            persist.loads(text)
    assert persist.loads(text) == Document("once")
    monkeypatch.setitem(sys.modules, base.__name__, ModuleType(base.__name__))
    with pytest.raises(RebuildError, match="does not define it"):
        persist.loads(text)
