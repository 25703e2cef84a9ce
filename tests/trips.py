"""Ways there and back: what every fidelity test does with a value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import persist

from strict import assert_same

TESTS = Path(__file__).resolve().parent
ALLOW = ("things", "models", "builtins", "math", "types")
LOCATION = "memory://trip"


def there_and_back(value: Any, allow: Iterable[Any] = ALLOW, **back: Any) -> Any:
    """Saves and restores a value, as a snapshot and as a text, and compares each strictly.

    Returns:
        What the snapshot gave back.
    """
    text = persist.dumps(value)
    json.loads(text, parse_constant=_refuse_constant)
    read = persist.loads(text, allow=allow, **back)
    assert_same(value, read)
    assert persist.dumps(read) == text
    persist.snapshot(value, LOCATION, durable=False)
    restored = persist.restore(LOCATION, allow=allow, **back)
    assert_same(value, restored)
    # Saving changed nothing.
    assert persist.dumps(value) == text
    return restored


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"`{name}` is not JSON")


def python(code: str, *arguments: object, seed: int = 0, path: Iterable[Path] = ()) -> str:
    """Runs code in a new process under a hash seed of its own, and returns what it prints."""
    return _printed(["-c", code, *arguments], seed, path)


def then_and_now(root: Path, name: str, bodies: Iterable[tuple[str, str]]) -> tuple[Path, Path]:
    """Writes modules `name0`, `name1`, … as they were and as they are; returns both folders."""
    folders = root / "then", root / "now"
    for folder in folders:
        folder.mkdir(exist_ok=True)
    for at, pair in enumerate(bodies):
        for folder, body in zip(folders, pair, strict=True):
            (folder / f"{name}{at}.py").write_text(body)
    return folders


def script(file: Path, *arguments: object) -> str:
    """Runs a script, whose module is `__main__`, in a new process, and returns what it prints."""
    return _printed([file, *arguments], seed=0, path=())


def _printed(given: list[object], seed: int, path: Iterable[Path]) -> str:
    roots = [str(root) for root in (*path, TESTS, TESTS / "adapters")]
    inherited = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    environment["PYTHONPATH"] = os.pathsep.join([*roots, *([inherited] if inherited else [])])
    command = [sys.executable, "-W", "ignore", *map(str, given)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout
