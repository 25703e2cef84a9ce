"""Sends a group through a codec in two processes and tells what came of each object."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
SECONDS = 900
"""What one process may take, for all objects of a group."""


class Outcome(NamedTuple):
    verdict: str
    """`ok`, `different`, `refused`, `unrestorable`, or `changed by saving`."""
    detail: str


class Trial:
    """One group on its way through one codec."""

    def __init__(self, codec: str, group: str, folder: Path) -> None:
        self.codec, self.group, self.folder = codec, group, folder
        self.outcomes: dict[str, Outcome] = {}

    def is_over(self, half: str, seed: int) -> bool:
        """Runs one half, without what it is known to fail with; False where it died."""
        log = self.folder / f"{half}.log"
        log.unlink(missing_ok=True)
        failed = [name for name, outcome in self.outcomes.items() if outcome.verdict != "saved"]
        (self.folder / "skip").write_text(json.dumps(failed))
        done = self.start(half, seed)
        rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        for row in rows:
            if "verdict" in row:
                self.outcomes[row["case"]] = Outcome(row["verdict"], row.get("detail", ""))
        if rows and rows[-1].get("done"):
            return True
        if not rows or "begin" not in rows[-1]:
            raise RuntimeError(f"{self.codec} stopped to {half} {self.group}: {done}")
        # What came back before the process died is asked for again.
        for name, outcome in self.outcomes.items():
            if outcome.verdict == "ok":
                self.outcomes[name] = Outcome("saved", "")
        self.outcomes[rows[-1]["case"]] = Outcome(rows[-1]["begin"], f"the process died: {done}")
        return False

    def start(self, half: str, seed: int) -> str:
        inherited = os.environ.get("PYTHONPATH")
        roots = [str(HERE), str(HERE.parent), *([inherited] if inherited else [])]
        path = {"PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(roots)}
        run = ["-W", "ignore", str(HERE / "run.py"), half, self.codec, self.group]
        try:
            done = subprocess.run(
                [sys.executable, *run, str(self.folder)],
                capture_output=True,
                text=True,
                env={**os.environ, **path},
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"more than {SECONDS} s"
        return f"exit {done.returncode}: {done.stderr[-1500:]}"


def send(codec: str, group: str, folder: Path) -> dict[str, Outcome]:
    """Saves in one process, restores in another under another hash seed."""
    trial = Trial(codec, group, folder)
    for half, seed in (("save", 1), ("restore", 2)):
        while not trial.is_over(half, seed):
            continue
    return trial.outcomes


def main() -> None:
    """Prints what a codec makes of a group: `trial.py CODEC GROUP…`."""
    import tempfile

    for group in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as folder:
            outcomes = send(sys.argv[1], group, Path(folder))
        counts: dict[str, int] = {}
        for name, outcome in outcomes.items():
            counts[outcome.verdict] = counts.get(outcome.verdict, 0) + 1
            if outcome.verdict != "ok":
                print(f"--- {group} / {name}: {outcome.verdict}\n{outcome.detail.strip()[-700:]}")
        print(f"=== {group}: {counts}")


if __name__ == "__main__":
    main()
