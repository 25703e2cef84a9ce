"""Chains and agents saved here, restored in a new process, compared strictly and used."""

from __future__ import annotations

import json
from typing import Any

import chains
import pytest

from trips import python

CODE = "import pathlib, sys, chains; chains.{}(pathlib.Path(sys.argv[1]))"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("chains")
    python(CODE.format("save"), folder, seed=1)
    return json.loads(python(CODE.format("main"), folder, seed=2))


@pytest.mark.parametrize("name", chains.STATES)
def test_a_chain_goes_on_in_a_new_process(name: str, outcomes: Any) -> None:
    outcome = outcomes[name]
    assert "error" not in outcome, outcome["error"]
    assert outcome["restored"] == outcome["expected"]


def test_an_agent_takes_the_next_turn(outcomes: Any) -> None:
    assert "bob" in outcomes["ReAct agent"]["restored"]
    assert "goodbye" in outcomes["conversational agent"]["restored"]
    assert "bob" in outcomes["structured agent"]["restored"]
