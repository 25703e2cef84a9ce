"""Saves states in one process, and uses each in another that never built anything like it.

Run as a program with the name of a module and a folder it does the second half, and prints what
came of each state.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import persist

from strict import assert_same
from trips import python


class State(NamedTuple):
    make: Callable[[], Any]
    use: Callable[[Any], Any]


def outcomes_of(module: str, folder: Path) -> dict[str, Any]:
    """Returns what came of each state of a module, which has `STATES` and what to `ALLOW`."""
    code = "import pathlib, sys, turns; turns.{}(sys.argv[1], pathlib.Path(sys.argv[2]))"
    python(code.format("save"), module, folder, seed=1)
    outcomes: dict[str, Any] = json.loads(python(code.format("main"), module, folder, seed=2))
    return outcomes


def assert_went_on(outcome: dict[str, Any]) -> None:
    assert "error" not in outcome, outcome["error"]
    assert outcome["restored"] == outcome["expected"]


def save(module: str, folder: Path) -> None:
    states: Mapping[str, State] = importlib.import_module(module).STATES
    for name, state in states.items():
        try:
            persist.snapshot(state.make(), file_of(folder, name), durable=False)
        except persist.PersistError as error:
            file_of(folder, name).with_suffix(".refused").write_text(str(error))


def file_of(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '-').replace('/', '-')}.json.gz"


def main(module: str, folder: Path) -> None:
    table = importlib.import_module(module)
    states: Mapping[str, State] = table.STATES
    outcomes = {
        name: _used(state, table.ALLOW, file_of(folder, name)) for name, state in states.items()
    }
    # Only now is anything made: what was restored had to stand without it.
    for name, outcome in outcomes.items():
        if "error" not in outcome:
            outcome |= _compared(states[name], table.ALLOW, file_of(folder, name))
    print(json.dumps(outcomes, default=repr))


def _used(state: State, allow: list[str], place: Path) -> dict[str, Any]:
    refused = place.with_suffix(".refused")
    if refused.exists():
        return {"error": refused.read_text()}
    try:
        restored = persist.restore(place, allow=allow)
        return {"restored": state.use(restored), "needs": persist.get_metadata(place)["needs"]}
    except Exception:
        return {"error": traceback.format_exc()}


def _compared(state: State, allow: list[str], place: Path) -> dict[str, Any]:
    try:
        fresh, again = state.make(), persist.restore(place, allow=allow)
        assert_same(fresh, again)
        text = persist.dumps(fresh)
        assert persist.dumps(again) == text
        assert_same(fresh, persist.loads(text, allow=allow))
        return {"expected": state.use(fresh)}
    except Exception:
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
