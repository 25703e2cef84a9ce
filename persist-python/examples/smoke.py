"""A state is saved and comes back in a second process: what every built wheel must do.

Needs nothing but the package; `python smoke.py` ends with an error where it does not hold.
"""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
import tempfile
from pathlib import Path

import persist

COMPRESSIONS = ("gzip", "zstd", "none")


def make_state() -> dict[str, object]:
    """Returns a state with sharing, a cycle, and types that JSON lacks."""
    shared = ["a list that is there twice", "größer als 雪 \U0001f98b"]
    state: dict[str, object] = {
        "first": shared,
        "second": shared,
        "at": datetime.datetime(2026, 11, 28, 12, 30, tzinfo=datetime.UTC),
        "price": decimal.Decimal("19.90"),
        "seen": {(1, 2), (3, 4)},
        "numbers": [0.1, float("inf"), 2**70, -1],
    }
    state["itself"] = state
    return state


def save(folder: Path) -> None:
    """Saves the state with each compression, and restores each in a process of its own."""
    for compression in COMPRESSIONS:
        path = folder / f"zustand 雪.{compression}"
        persist.snapshot(make_state(), path, compression=compression)
        verification = persist.verify_snapshot(path)
        if not verification:
            sys.exit(f"{path}: {verification.detail}")
        subprocess.run([sys.executable, __file__, path], check=True)


def compare(path: Path) -> None:
    """Restores the state and holds it against one made here."""
    state = persist.restore(path)
    expected = make_state()
    if state.pop("itself") is not state or state["first"] is not state["second"]:
        sys.exit(f"{path}: what was one thing is two")
    del expected["itself"]
    if state != expected:
        sys.exit(f"{path}: {state!r} is not {expected!r}")
    print(f"persist {persist.__version__}, {path.suffix[1:]}: came back whole")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        compare(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as place:
            save(Path(place))
