"""Mutated texts of every kind of node: read or refused, in bounded time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cases import FUZZED

SEED = int(os.environ.get("PERSIST_FUZZ_SEED", "0"))
ROUNDS = int(os.environ.get("PERSIST_FUZZ_ROUNDS", "1500")) // 75
"""Mutations of each text of the corpus; more of them find more."""

HERE = Path(__file__).resolve().parent
FRAMEWORKS = ("LangChain", "LangChain, seldom held", "LangGraph", "classes made at run time")
"""Groups whose texts take long to restore: each gets a tenth of the mutations."""


def fuzzed(group: str, rounds: int, *before: str) -> list[dict[str, Any]]:
    """Returns what a process tells that restores mutations: each that failed, and sums."""
    roots = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    arguments = [*(before or (str(HERE / "fuzz.py"),)), group, str(rounds), str(SEED), "inf"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots), "PYTHONHASHSEED": "1"},
        timeout=max(240, rounds * 10),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("group", FUZZED)
def test_a_mutated_text_of_the_corpus_is_read_or_refused(group: str) -> None:
    rounds = max(1, ROUNDS // 10) if group in FRAMEWORKS else ROUNDS
    *failed, sums = fuzzed(group, rounds)
    assert failed == []
    assert sums["done"] > 8
    assert sums["told"] == sums["done"] * rounds


def test_an_error_without_a_place_is_found() -> None:
    code = "import fuzz, sys; fuzz.PLACE = __import__('re').compile('nowhere')\n"
    code += "fuzz.main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))"
    *failed, _ = fuzzed("containers", 1, "-c", code)
    assert failed
    assert all("no place in " in row["error"] for row in failed)


def test_all_groups_take_turns_in_one_process() -> None:
    code = "import fuzz, sys; fuzz.tell = lambda *_: 1 / 0\n"
    code += "fuzz.texts = lambda it, *_: {f'{it}: {at}': ('[]', None) for at in (1, 2)}\n"
    code += "fuzz.main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))"
    *failed, sums = fuzzed("all", 3, "-c", code)
    assert {row["case"] for row in failed} == {f"{it}: {at}" for it in FUZZED for at in (1, 2)}
    assert sums == {"done": 2 * len(FUZZED), "told": 2 * len(FUZZED)}


@pytest.mark.parametrize(("seconds", "processes"), [(5, 1), (90, len(FUZZED) + 2)])
def test_fuzzing_until_the_time_is_over_tells_what_it_finds(seconds: int, processes: int) -> None:
    fault = "import fuzzing, sys; fuzzing.failure_of = lambda *_: 'found'\n"
    fault += f"sys.exit(fuzzing.main({seconds}, 1))"
    roots = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", fault],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": roots},
        timeout=60,
        check=False,
    )
    assert done.returncode == processes
    assert done.stdout.count("found") == processes
