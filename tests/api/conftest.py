"""Children: fresh interpreters, some of them without root's rights."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import persist
import pytest

NOBODY = 65534

Child = Callable[..., str]


@pytest.fixture
def child() -> Child:
    """Runs Python source in a new interpreter; returns what it prints."""

    def run(source: str, *arguments: object) -> str:
        command = [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def unprivileged() -> Callable[[Callable[[], object]], object]:
    """Calls a function where permissions count: as a user without rights, in a forked child.

    Returns what the function returned or raised, by way of pickle.
    """
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this platform")
    return call_without_rights


def call_without_rights(question: Callable[[], object]) -> object:
    """Forks, drops root's rights where there are any, and brings the answer back."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            answer = question()
        except BaseException as raised:
            answer = raised
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(pid, 0)
    return pickle.loads(data)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may reach, unlike `tmp_path`, whose parents are private."""
    folder = Path(tempfile.mkdtemp(prefix="persist-test-"))
    folder.chmod(0o777)
    yield folder
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            (Path(parent) / name).chmod(0o700)
    shutil.rmtree(folder)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A snapshot of a small dict, compressed with gzip."""
    path = tmp_path / "agent.json.gz"
    persist.snapshot({"name": "Zoë", "step": 3}, path)
    return path
