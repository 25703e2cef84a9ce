"""What only a cloud shows: how many requests a call takes, and saves that wait at once."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import persist
import table
from persist import aio
from rounds import Pace, measure

from storage import emulators
from storage.emulators import Cloud

HERE = Path(__file__).resolve().parent

SMALL = {"step": 1}
# More than comes with the end of a file, compressed or not.
LONG = "".join(map(str, range(100_000)))

SAVES = 100
ANSWER_SECONDS = 0.05


def measure_requests(folder: Path) -> None:
    """Prints how many requests each call takes, by the log of each emulator."""
    with ExitStack() as stack:
        clouds = [stack.enter_context(emulators.moto(kind, folder)) for kind in ("s3", "gcs")]
        program = emulators.azurite_program()
        if program is not None:
            clouds.append(stack.enter_context(emulators.azurite(program, folder)))
        counts = [requests_of_calls(cloud) for cloud in clouds]
        print(table.heading("requests per call", [cloud.kind for cloud in clouds]))
        for row in counts[0]:
            cells = [str(count[row]) for count in counts]
            print(table.line(row, cells, []), flush=True)


def requests_of_calls(cloud: Cloud) -> dict[str, int]:
    options = cloud.options
    url, other, long = (cloud.url(name) for name in ("a.json", "b.json", "long.json"))
    calls: dict[str, Callable[[], object]] = {
        "save": lambda: persist.snapshot(SMALL, url, storage_options=options),
        "again": lambda: persist.snapshot(SMALL, url, storage_options=options),
        "if new": lambda: persist.snapshot(SMALL, other, overwrite=False, storage_options=options),
        "save long": lambda: persist.snapshot(LONG, long, storage_options=options),
        "load": lambda: persist.restore(url, storage_options=options),
        "load long": lambda: persist.restore(long, storage_options=options),
        "metadata": lambda: persist.get_metadata(long, storage_options=options),
        "verify": lambda: persist.verify_snapshot(long, storage_options=options),
        "exists": lambda: persist.snapshot_exists(url, storage_options=options),
        "delete": lambda: persist.delete_snapshot(url, storage_options=options),
    }
    counts, before = {}, settled(cloud)
    for row, call in calls.items():
        call()
        after = settled(cloud)
        counts[row], before = after - before, after
    return counts


def settled(cloud: Cloud) -> int:
    """Returns how many requests there were; an emulator may write its log after its answer."""
    count = -1
    while True:
        methods = r"\b(GET|HEAD|PUT|POST|DELETE) /"
        found = sum(re.search(methods, line) is not None for line in cloud.requests())
        if found == count:
            return count
        count = found
        time.sleep(0.1)


@contextmanager
def behind_a_slow_line(folder: Path) -> Iterator[Cloud]:
    """Serves S3 with many requests at once, and answers that take their time."""
    with emulators.moto("s3", folder, is_threaded=True) as cloud:
        port = cloud.endpoint.rsplit(":", 1)[1]
        command = [sys.executable, str(HERE / "line.py"), port, str(ANSWER_SECONDS)]
        with emulators.running(command, stdout=subprocess.PIPE) as line:
            assert line.stdout is not None
            yield cloud.through(f"http://127.0.0.1:{int(line.stdout.readline())}")


def measure_saves_at_once(folder: Path, pace: Pace) -> None:
    """Prints what a hundred saves take one after the other, and awaited together."""
    with behind_a_slow_line(folder) as cloud:
        urls = [cloud.url(f"{number}.json") for number in range(SAVES)]

        def save_singly() -> None:
            for url in urls:
                persist.snapshot(SMALL, url, storage_options=cloud.options)

        async def save_together() -> None:
            saves = (aio.snapshot(SMALL, url, storage_options=cloud.options) for url in urls)
            await asyncio.gather(*saves)

        contest = {"singly": save_singly, "together": lambda: asyncio.run(save_together())}
        took = measure(contest, Pace(min(pace.rounds, 3), 0))
    share = 1 / took.ratio("singly", "together")
    cells = [*(table.milliseconds(took.median(name)) for name in took.of), f"{share:.3f} ×"]
    title = f"{SAVES} saves to S3 whose answers take {ANSWER_SECONDS * 1000:.0f} ms"
    print(table.heading(title, [*took.of, "of singly"]))
    bound = table.Target("singly", 0.1, is_floor=False)
    print(table.line("save", cells, [bound.verdict(share)]), flush=True)
