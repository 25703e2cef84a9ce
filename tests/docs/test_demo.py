"""The examples do what they say: a second process goes on with what the first one had."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pages import ROOT

EXAMPLES = ROOT / "persist-python" / "examples"
DEMO = EXAMPLES / "demo.py"


def test_the_demo_goes_on_in_a_second_process() -> None:
    pytest.importorskip("langchain_classic")
    done = subprocess.run(
        [sys.executable, str(DEMO)], capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "“My name is Ada.”; “I am reading about the Difference Engine.”" in done.stdout
    processes = re.findall(r"process (\d+)", done.stdout)
    assert len(processes) == len(set(processes)) == 2
    assert re.search(r"verified +True", done.stdout)


def test_a_state_comes_back_with_each_compression() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "smoke.py")],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = re.findall(r", (\w+): came back whole", done.stdout)
    assert found == ["gzip", "zstd", "none"]


def test_the_make_target_runs_this_demo() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "persist-python/examples/demo.py" in makefile
