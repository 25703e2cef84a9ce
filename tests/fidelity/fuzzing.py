"""Restores mutated texts of the corpus until the time is over: `fuzzing.py SECONDS [SEED]`.

Without a seed each run mutates otherwise; the seed is told, and gives the same mutations again.
With a minute or less, one process goes round the texts of all groups. Where there is more left,
each group has one of its own, text is planted in the objects of the corpus too, and the tests of
the decoder run with other seeds.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cases import FUZZED

HERE = Path(__file__).resolve().parent
ROOTS = [HERE, HERE.parent, HERE.parent / "adapters", HERE.parent / "state"]

PIECE = 10
"""Seconds that a group gets at a time: to make its objects takes some of them."""

MINUTE = 60
"""What takes longer is not begun with less than this left: a process for each group, for one."""


def jobs(seed: int, left: float) -> Iterator[list[str]]:
    """Yields the arguments of one process after another, in an order of the seed."""
    if left <= MINUTE:
        yield [str(HERE / "fuzz.py"), "all", "1000000", str(seed), str(left)]
        return
    chance = random.Random(seed)
    seconds = min(left / 2, max(PIECE, left / len(FUZZED) / 2))
    fuzzed = [[str(HERE / "fuzz.py"), group, "1000000"] for group in FUZZED]
    slow = [
        [str(HERE.parent / "adapters" / "planting.py"), str(seed), "1", "12"],
        ["-m", "pytest", "-q", str(HERE.parent / "state" / "test_decoder_robustness.py")],
    ]
    order = [[*job, str(seed), str(seconds)] for job in fuzzed]
    order += slow
    chance.shuffle(order)
    yield from order


def failure_of(job: list[str], seed: int) -> str:
    """Runs a process and returns what it found, nothing where that is nothing."""
    paths = [*map(str, ROOTS), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "1",
        "PERSIST_FUZZ_SEED": str(seed),
        "PERSIST_FUZZ_ROUNDS": "300",
    }
    command = [sys.executable, "-W", "ignore", *job]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    is_test = job[0] == "-m"
    rows = done.stdout.splitlines()
    if done.returncode == 0 and (is_test or len(rows) == 1):
        return ""
    return f"{done.stdout[-5_000:]}{done.stderr[-3_000:]}"


def main(seconds: float, seed: int) -> int:
    """Returns how many processes found something."""
    end = time.monotonic() + seconds
    failed = 0
    while (left := end - time.monotonic()) > 1 and not failed:
        for job in jobs(seed, left):
            if time.monotonic() > end - 1:
                break
            print(f"fuzzing the state decoder, seed {seed}: {' '.join(job[:2])}", flush=True)
            found = failure_of(job, seed)
            if found:
                failed += 1
                print(found, flush=True)
        seed += 1
    return failed


if __name__ == "__main__":
    given = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 10**9
    sys.exit(main(float(sys.argv[1]), given))
