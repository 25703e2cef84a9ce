"""Text planted in the texts of real agents is refused, or stays text when they are asked for types.

`PERSIST_PLANT_ROUNDS=50 PERSIST_PLANT_SEED=2` plants more, and elsewhere: in the whole corpus.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROUNDS = int(os.environ.get("PERSIST_PLANT_ROUNDS", "2"))
SEED = int(os.environ.get("PERSIST_PLANT_SEED", "1"))
SHARE = 12 if ROUNDS == 2 else 1
"""Of the corpus each object that many further on."""

HERE = Path(__file__).resolve().parent
ROOTS = [HERE, HERE.parent, HERE.parent / "fidelity", HERE.parent / "state"]


def planted(*arguments: object) -> list[dict[str, Any]]:
    """Returns what a process tells that plants: each text that was evaluated, and sums."""
    paths = [*map(str, ROOTS), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "planting.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "1"},
        timeout=300 + ROUNDS * 120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return planted(SEED, ROUNDS, SHARE)


def test_no_text_of_a_file_is_evaluated(rows: list[dict[str, Any]]) -> None:
    assert rows[:-1] == []


def test_much_of_what_is_planted_comes_back_and_is_asked(rows: list[dict[str, Any]]) -> None:
    assert rows[-1]["asked"] > 10
    assert rows[-1]["refused"] > 20
    assert rows[-1]["late"] == 0


def test_what_a_lax_rule_lets_in_is_heard() -> None:
    *found, sums = planted(7, 2, 4, "lax")
    assert found
    assert all("planted_by_a_stranger" in row["events"][0] for row in found)
    assert sums["asked"] > 10
