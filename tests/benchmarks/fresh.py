"""What only a new process can show: importing, the first snapshot, the most memory held."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import table
from rounds import Pace, Times

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

# The kernel keeps the most that a process held; writing 5 sets that to what it holds now.
MEMORY = """
import gc, json, sys
import persist, states
def held(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
def forget():
    gc.collect()
    open("/proc/self/clear_refs", "w").write("5")
    return held("VmRSS")
kind, doing, path = sys.argv[1:]
if doing == "save":
    state = states.LARGE[kind]()
    before = forget()
    text = persist.snapshot(state, path, compression_level=1, durable=False)["uncompressed_size"]
    print(json.dumps([held("VmHWM") - before, text]))
else:
    forget()
    text = persist.get_metadata(path)["uncompressed_size"]
    state = persist.restore(path)
    most = held("VmHWM")
    gc.collect()
    print(json.dumps([most - held("VmRSS"), text]))
"""


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


def measure_memory(folder: Path) -> None:
    """Prints the most memory held above the objects, of states whose text is 500 MB."""
    print(table.heading("memory above the objects, text of 500 MB", ["save", "restore", "allowed"]))
    for kind in ("strings", "dicts"):
        path = folder / "large.json.gz"
        (saving, text), (restoring, _) = (
            json.loads(run(MEMORY, kind, doing, path)) for doing in ("save", "restore")
        )
        allowed = text + 64 * 2**20
        cells = [f"{size / 2**20:,.0f} MiB" for size in (saving, restoring, allowed)]
        verdict = table.Target("MiB", round(allowed / 2**20), is_floor=False)
        print(
            table.line(kind, cells, [verdict.verdict(max(saving, restoring) / 2**20)]), flush=True
        )
        path.unlink()


def run(code: str, *arguments: Any) -> str:
    """Runs code in a new interpreter beside this file, and returns what it prints."""
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    # Frameworks write to stderr what they deprecate.
    done = subprocess.run(command, cwd=HERE, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout
