"""What only a new process can show: importing, the first snapshot, the most memory held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import table
from rounds import Pace, Times
from states import LARGE, LARGE_MB

HERE = Path(__file__).resolve().parent

# Another process, so its own clock says what it ran.
IMPORT = "from time import process_time as t; at = t(); import persist; print(t() - at)"

FIRST = """
import json, sys
import persist, states
from time import perf_counter
agent, took = states.conversation(), []
for _ in range(2):
    at = perf_counter()
    persist.snapshot(agent, sys.argv[1], durable=False)
    took.append(perf_counter() - at)
print(json.dumps(took))
"""

MEMORY = """
import gc, json, sys
import persist, states
from resident import forget, held
kind, path, share = sys.argv[1:]
state = states.LARGE[kind](int(share))
key = persist.generate_identity()
lock = persist.Recipients(key.recipients)
persist.snapshot(["what is made once"], path, encryption=lock)
took = {}
for way, keys in ("save", None), ("sealed", lock):
    before = forget()
    persist.snapshot(state, path, encryption=keys, durable=False)
    took[way] = held("VmHWM") - before
del state
forget()
state = persist.restore(path, encryption=key)
most = held("VmHWM")
gc.collect()
took["restore"] = most - held("VmRSS")
print(json.dumps(took))
"""

# The text is whole before any of it is compressed, as that of small states is.
UNSTREAMED = """
import json, sys
import persist, states
from persist import api
from time import perf_counter
read, took = api._read, {}
kind, path, share, rounds = sys.argv[1:]
state = states.LARGE[kind](int(share))
def whole(*arguments):
    return read(*arguments, whole=True)
for _ in range(int(rounds)):
    for name, reading in ("streamed", read), ("whole", whole):
        api._read = reading
        at = perf_counter()
        persist.snapshot(state, path, durable=False)
        took.setdefault(name, []).append(perf_counter() - at)
print(json.dumps(took))
"""

ALLOWED_MIB = 64
SPEED = table.Target("whole", 0.8)


def measure_import(pace: Pace) -> None:
    """Prints what `import persist` takes in a new interpreter."""
    seconds = [float(run(IMPORT)) for _ in range(pace.rounds)]
    took = Times({"persist": seconds}).median("persist")
    verdict = table.Target("ms", 50, is_floor=False).verdict(took * 1000)
    print(table.heading("import persist", ["persist"]))
    print(table.line("import", [table.milliseconds(took)], [verdict]), flush=True)


def measure_first(folder: Path, pace: Pace) -> None:
    """Prints what the first snapshot of an agent in a process takes, beside the second."""
    rounds = [json.loads(run(FIRST, folder / "first.json.gz")) for _ in range(min(pace.rounds, 7))]
    took = Times({"first": [one for one, _ in rounds], "second": [two for _, two in rounds]})
    ratio = took.ratio("first", "second")
    cells = [*(table.milliseconds(took.median(name)) for name in took.of), table.times(ratio)]
    verdict = table.Target("second", 3, is_floor=False).verdict(ratio)
    title = "the first snapshot of a conversation of 2,000 messages in a process"
    print(table.heading(title, ["first", "second", "of second"]))
    print(table.line("save", cells, [verdict]), flush=True)


def measure_memory(folder: Path, share: int) -> None:
    """Prints the most memory held above the objects, of large states or that share of them."""
    title = f"memory above the objects, text of {LARGE_MB // share:,} MB"
    print(table.heading(title, ["save", "sealed", "restore"]))
    bound = table.Target("MiB", ALLOWED_MIB, is_floor=False)
    for kind in LARGE:
        path = folder / "large.json.gz"
        sizes = [size / 2**20 for size in json.loads(run(MEMORY, kind, path, share)).values()]
        cells = [f"{size:,.1f} MiB" for size in sizes]
        print(table.line(kind, cells, [bound.verdict(max(sizes))]), flush=True)
        path.unlink()


def measure_streaming(folder: Path, pace: Pace, share: int) -> None:
    """Prints how fast a large text is saved as it is written, and after it has been."""
    title = f"a text of {LARGE_MB // share:,} MB as it is written"
    print(table.heading(title, ["streamed", "whole", "vs whole"]))
    for kind in LARGE:
        path = folder / "large.json.gz"
        took = Times(json.loads(run(UNSTREAMED, kind, path, share, min(pace.rounds, 3))))
        ratio = took.ratio("whole", "streamed")
        cells = [f"{took.median(name):.2f} s" for name in took.of]
        line = table.line(kind, [*cells, table.times(ratio)], [SPEED.verdict(ratio)])
        print(line, flush=True)
        path.unlink()


def run(code: str, *arguments: Any) -> str:
    """Runs code that may import what lies here in a new interpreter; returns what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    roots = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(roots)}
    # Frameworks write to stderr what they deprecate.
    done = subprocess.run(command, env=environment, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout
