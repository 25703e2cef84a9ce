"""Chains and agents saved here, used in a process that never built them, and compared strictly."""

from __future__ import annotations

from typing import Any

import chains
import executors
import pytest
import turns


@pytest.fixture(scope="module")
def of_chains(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return turns.outcomes_of("chains", tmp_path_factory.mktemp("chains"))


@pytest.fixture(scope="module")
def of_executors(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return turns.outcomes_of("executors", tmp_path_factory.mktemp("executors"))


@pytest.mark.parametrize("name", chains.STATES)
def test_a_chain_goes_on_in_a_new_process(name: str, of_chains: Any) -> None:
    turns.assert_went_on(of_chains[name])


def test_an_agent_takes_the_next_turn(of_chains: Any) -> None:
    assert "bob" in of_chains["ReAct agent"]["restored"]
    assert "goodbye" in of_chains["conversational agent"]["restored"]
    assert "bob" in of_chains["structured agent"]["restored"]


@pytest.mark.parametrize("name", executors.STATES)
def test_an_executor_takes_the_next_turn_in_a_new_process(name: str, of_executors: Any) -> None:
    turns.assert_went_on(of_executors[name])


@pytest.mark.parametrize("name", executors.STATES)
def test_an_executor_needs_nothing_allowed_but_ones_own(name: str, of_executors: Any) -> None:
    needs = of_executors[name]["needs"]
    assert {needed.partition(":")[0] for needed in needs["allow"]} == {"executors"}
    assert (needs["secrets"], needs["bindings"], needs["endpoints"]) == ([], [], [])


def test_an_executor_uses_its_tool_and_remembers(of_executors: Any) -> None:
    answer, steps, remembered, _ = of_executors["tool calling"]["restored"]
    assert (answer, steps, remembered) == ("seven", [["add", {"a": 3, "b": 4}, "7"]], 4)
    answer, steps, _, memory = of_executors["react"]["restored"]
    assert (answer, steps) == ("bob", [["search", "bob", "found bob"]])
    assert "Human: 1+2?" in memory
