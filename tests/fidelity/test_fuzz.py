"""Mutated texts of every kind of node: read or refused, in bounded time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("PERSIST_FUZZ_ROUNDS", "1500")) // 75
"""Mutations of each text of the corpus; more of them find more."""

HERE = Path(__file__).resolve().parent
GROUPS = ["scalars, text, time", "containers", "objects", "pydantic", "numeric", "identity"]
GROUPS += ["code by name"]


@pytest.mark.parametrize("group", GROUPS)
def test_a_mutated_text_of_the_corpus_is_read_or_refused(group: str) -> None:
    roots = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "fuzz.py"), group, str(ROUNDS)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots), "PYTHONHASHSEED": "1"},
        timeout=max(120, ROUNDS * 10),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[:-1] == []
    assert rows[-1]["done"] > 30
