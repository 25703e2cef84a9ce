"""The benchmarks run; how fast anything is, is nothing that a test could say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("langchain_classic", reason="langchain-classic is not installed")
pytest.importorskip("langgraph", reason="langgraph is not installed")
pytest.importorskip("numpy", reason="numpy is not installed")
pytest.importorskip("zstandard", reason="zstandard is not installed")

CARRIED = ["a LangGraph thread", "an AgentExecutor", "10,000 reduced objects", "7 MB of numpy"]
RUN = Path(__file__).with_name("run.py")
ROWS = ["encode", "dump", "decode", "save", "load", "metadata", "size", "text"]
CALLS = ["save", "again", "if new", "save long", "load", "load long"]
CALLS += ["metadata", "verify", "exists", "delete"]
STATES = [
    "20 messages",
    "2,000 messages",
    "500 documents, 100,000 floats",
    "8 MB of base64",
    "60,000 dicts in a tree",
    "a LangGraph thread",
    "an AgentExecutor",
    "10,000 reduced objects",
    "7 MB of numpy",
]


def test_a_quick_run_prints_every_row(tmp_path: Path) -> None:
    command = [sys.executable, RUN, "--quick", "--rounds", "1", "--folder", tmp_path]
    # As `make bench` does, beside what says where `persist` is.
    path = os.pathsep.join([str(RUN.parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    printed = subprocess.check_output(command, text=True, timeout=300, env=environment)

    first, *blocks = printed.strip().split("\n\n")
    assert first.startswith("persist ")
    blocks = [block.splitlines() for block in blocks]
    *states, compressed, threads, memory, streaming, imports, first, requests, at_once, last = (
        blocks
    )
    assert [block[0] for block in states] == STATES
    for block in states:
        rows = [line for line in block[2:] if not line.startswith("left out: ")]
        assert [line.split()[0] for line in rows] == ROWS
        assert ("≥ 0.5 pickle+gzip" in rows[0]) == (block[0] != "2,000 messages")
        assert ("≥ 0.5 pickle+gzip" in rows[2]) == (block[0] in CARRIED)
    assert compressed[1].split() == ["gzip", "zstd", "none", "gzip,", "sealed", "zstd,", "sealed"]
    assert "≥ 14 LangChain" in threads[2]
    assert [line.split()[0] for line in memory[2:]] == ["strings", "dicts"]
    assert all("≤ 64 MiB" in line for line in memory[2:])
    assert [line.split()[0] for line in streaming[2:]] == ["strings", "dicts"]
    assert all("≥ 0.8 whole" in line for line in streaming[2:])
    assert "≤ 50 ms" in imports[2]
    assert "≤ 3 second" in first[2]
    assert [line[:10].strip() for line in requests[2:]] == CALLS
    s3 = [int(line[10:26]) for line in requests[2:]]
    assert s3 == [2, 1, 4, 2, 1, 2, 1, 2, 1, 2]
    assert "≤ 0.1 singly" in at_once[2]
    assert last[0].startswith("in ")
    assert list(tmp_path.iterdir()) == []
