"""One half of the way of one group: `run.py save|restore CODEC GROUP FOLDER`.

Each step is logged before it begins, so that whoever started this knows what it died of. A name in
the file `skip` is left out.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import persist  # noqa: E402
from carrier import CODECS  # noqa: E402
from cases import Case, cases  # noqa: E402

import resident  # noqa: E402
from strict import DifferenceError, assert_same  # noqa: E402

Table = dict[int, tuple[str, Case]]

SECONDS = 60
"""What one step of one object may take of a processor, however busy the machine is."""

ROOM = 6 << 30
"""Bytes of addresses that a process may come to have beyond those it began with."""


class Log:
    def __init__(self, path: Path) -> None:
        self.file = path.open("a", encoding="utf-8")

    def write(self, **row: Any) -> None:
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()


class TooLongError(Exception):
    """A step that takes longer than it may."""


def too_long(*_: Any) -> None:
    raise TooLongError(f"more than {SECONDS} s")


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Stops a step that takes too long; what runs no Python meanwhile is killed, later."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    import resource

    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    limit = int(time.process_time()) + 2 * SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def attempt(log: Log, name: str, failure: str, step: Callable[[], Any]) -> tuple[bool, Any]:
    """Runs a step; what it raises is logged under the word that a failure of it has."""
    log.write(case=name, begin=failure)
    try:
        with bounded():
            return True, step()
    except DifferenceError as error:
        log.write(case=name, verdict="different", detail=str(error)[:2000])
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        text = traceback.format_exc(limit=-3)
        log.write(case=name, verdict=failure, detail=text[-3000:], error=type(error).__name__)
    return False, None


def save(codec: str, table: Table, folder: Path, log: Log) -> None:
    carrier = CODECS[codec]()
    for at, (name, case) in table.items():
        done, thing = attempt(log, name, "unmade", case.make)
        if not done:
            continue
        done, _ = attempt(log, name, "refused", partial(carrier.save, thing, folder / f"{at}"))
        if done and codec == "persist":
            done, _ = attempt(log, name, "changed by saving", partial(compare, case, thing))
        if done:
            log.write(case=name, verdict="saved")


def compare(case: Case, thing: Any) -> None:
    assert_same(case.make(), thing)


def restore(codec: str, table: Table, folder: Path, log: Log) -> None:
    """Uses all that was restored before anything like it is made in this process."""
    carrier = CODECS[codec]()
    used: dict[str, Any] = {}
    for at, (name, case) in table.items():
        load = partial(carrier.load, folder / f"{at}", case)
        done, thing = attempt(log, name, "unrestorable", load)
        if done and case.use is not None:
            done, thing = attempt(log, name, "different", partial(case.use, thing))
        if done:
            used[name] = thing if case.use is not None else None
    for at, (name, case) in table.items():
        if name in used:
            step = Comparison(codec, case, folder / f"{at}", used.pop(name))
            done, _ = attempt(log, name, "different", step.run)
            if done:
                log.write(case=name, verdict="ok")


class Comparison:
    """What was restored beside one made afresh."""

    def __init__(self, codec: str, case: Case, path: Path, used: Any) -> None:
        self.codec, self.case, self.path, self.used = codec, case, path, used

    def run(self) -> None:
        if self.codec == "persist":
            # First, as looking at a thing may give it an empty dict.
            location = "memory://twin"
            persist.snapshot(self.case.make(), location, durable=False)
            hashes = [persist.get_metadata(at)["content_hash"] for at in (self.path, location)]
            assert_same(*hashes)
        twin = self.case.make()
        assert_same(twin, CODECS[self.codec]().load(self.path, self.case))
        if self.case.use is not None:
            assert_same(self.case.use(twin), self.used)


def main(half: str, codec: str, group: str, folder: Path) -> None:
    signal.signal(signal.SIGPROF, too_long)
    resident.bound_growth(ROOM)
    skip = folder / "skip"
    skipped = set(json.loads(skip.read_text())) if skip.exists() else set()
    table = {at: row for at, row in enumerate(cases(group).items()) if row[0] not in skipped}
    log = Log(folder / f"{half}.log")
    {"save": save, "restore": restore}[half](codec, table, folder, log)
    log.write(done=True)


if __name__ == "__main__":
    main(*sys.argv[1:4], Path(sys.argv[4]))
