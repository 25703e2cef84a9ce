"""What is kept of a class between restores: the same must come of a file as in a new process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import persist
import pytest
from langchain_core.prompts import PromptTemplate
from persist.exceptions import RebuildError
from persist.state import settling

from api import forge

NAME = "langchain_core.prompts.prompt:PromptTemplate"


@pytest.fixture
def snapshot(tmp_path: Path) -> dict[str, Any]:
    """The document of a prompt that has been restored, so that what builds it is kept."""
    place = tmp_path / "whole.json"
    persist.snapshot(PromptTemplate.from_template("{a}, {b}"), place)
    assert persist.restore(place) == PromptTemplate.from_template("{a}, {b}")
    settled = settling.find(NAME)
    assert settled is not None
    assert settled.build is not None
    document: dict[str, Any] = json.loads(place.read_bytes())
    return document


def restored(document: dict[str, Any], place: Path) -> Any:
    text = json.dumps(document["agent_state"], separators=(",", ":")).encode()
    tables = {key: document["metadata"][key] for key in ("classes", "environment")}
    place.write_bytes(forge.forge(text, "none", **tables))
    return persist.restore(place)


def test_the_same_prompt_comes_back_each_time(snapshot: dict[str, Any], tmp_path: Path) -> None:
    builds = [settling.find(NAME)]
    for _ in range(2):
        made = restored(snapshot, tmp_path / "again.json")
        assert made.format(a="1", b="2") == "1, 2"
        builds.append(settling.find(NAME))
    assert builds == builds[:1] * 3


def test_other_defaults_of_a_file_are_those_of_its_prompt(
    snapshot: dict[str, Any], tmp_path: Path
) -> None:
    snapshot["metadata"]["classes"][NAME]["defaults"]["name"] = "greeting"
    assert restored(snapshot, tmp_path / "named.json").name == "greeting"
    # Nothing of it was kept for those of today.
    snapshot["metadata"]["classes"][NAME]["defaults"]["name"] = None
    assert restored(snapshot, tmp_path / "today.json").name is None


def test_an_equal_default_of_another_type_is_not_that_of_today(
    snapshot: dict[str, Any], tmp_path: Path
) -> None:
    snapshot["metadata"]["classes"][NAME]["defaults"]["validate_template"] = 0
    with pytest.raises(RebuildError, match="gives the field `validate_template` another value"):
        restored(snapshot, tmp_path / "number.json")


def test_a_changed_fingerprint_is_seen_after_one_that_was_the_same(
    snapshot: dict[str, Any], tmp_path: Path
) -> None:
    snapshot["metadata"]["classes"][NAME]["fingerprint"] = "0" * 16
    snapshot["metadata"]["classes"][NAME]["defaults"]["gone"] = 1
    made = restored(snapshot, tmp_path / "changed.json")
    assert made == PromptTemplate.from_template("{a}, {b}")
