"""A secret in place of any leaf of the corpus stays out of the file and comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
GROUPS = ["scalars, text, time", "containers", "objects", "pydantic", "numeric", "identity"]
GROUPS += ["code by name"]


def run(half: str, folder: Path, seed: int) -> list[dict[str, Any]]:
    roots = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "hiding.py"), half, str(folder), *GROUPS],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots), "PYTHONHASHSEED": str(seed)},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_secret_in_place_of_a_leaf_comes_back_in_another_process(tmp_path: Path) -> None:
    *troubles, told = run("save", tmp_path, seed=1)
    assert troubles == []
    *troubles, told = run("restore", tmp_path, seed=2)
    assert troubles == []
    assert told["count"] > 200
