"""Measures persist beside what one would write without it: `make bench`.

Times are medians; a ratio is the median of each round's, and says how many times as fast persist
was (for sizes: how many times as large its file is). Encoding, decoding and reading metadata are
timed by the clock of the thread, the rest by that on the wall. All write durably.
`--quick --rounds 1` shows that every row is there; numbers to go by need the default.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

import persist
import table
from clouds import measure_requests, measure_saves_at_once
from fresh import measure_first, measure_import, measure_memory, measure_streaming
from rivals import LANGCHAIN, RIVALS, Rival, product
from rounds import THREAD, WALL, Clock, Contest, Pace, measure
from states import STATES, is_same

THREADS = 8
CORES = 2
SAVES_PER_THREAD = 12

# The part of the large states that a quick run makes: enough that no text is held whole.
QUICK_SHARE = 10


class Bench:
    """One state, saved by every rival, and what is done with it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.obj = STATES[name]()
        own = folder / "own.json.gz"
        persist.snapshot(self.obj, own)
        self.paths: dict[str, Path] = {}
        self.texts: dict[str, Any] = {}
        self.rivals: list[Rival] = []
        self.left_out: list[str] = []
        for rival in (product(persist.get_metadata(own)), *RIVALS):
            trouble = self.trouble_with(rival, folder / f"state{rival.ending}")
            if trouble is None:
                self.rivals.append(rival)
            elif self.rivals:
                self.left_out.append(f"{rival.name} {trouble}")
            else:
                raise SystemExit(f"persist {trouble} {name}")

    def trouble_with(self, rival: Rival, path: Path) -> str | None:
        """Saves and loads once; returns why a rival cannot take part, or None."""
        try:
            self.texts[rival.name] = rival.dump(self.obj)
            rival.save(self.obj, path)
            got = [rival.load(path), rival.decode(self.texts[rival.name])]
        except Exception as error:
            return f"refuses ({type(error).__name__})"
        self.paths[rival.name] = path
        is_whole = all(is_same(one, self.obj) for one in got)
        return None if is_whole else "loses something of"

    def measure(self, pace: Pace) -> None:
        """Prints the block of the state."""
        names = [rival.name for rival in self.rivals]
        own = self.paths[names[0]]
        print(table.heading_of_state(self.name, names))
        if self.left_out:
            print(f"left out: {', '.join(self.left_out)}")
        self.measure_codecs(pace)
        contests = {
            "save": {r.name: lambda r=r: r.save(self.obj, self.paths[r.name]) for r in self.rivals},
            "load": {r.name: lambda r=r: r.load(self.paths[r.name]) for r in self.rivals},
        }
        self.print_rows(contests, pace, WALL)
        self.print_rows({"metadata": {names[0]: lambda: persist.get_metadata(own)}}, pace, THREAD)
        sizes = {name: self.paths[name].stat().st_size for name in names}
        print(table.sizes_line(self.name, sizes))
        text = self.texts[names[0]]
        squeezed = len(gzip.compress(text, 6))
        print(table.text_line(self.name, len(text), squeezed, sizes[names[0]]), flush=True)

    def measure_codecs(self, pace: Pace) -> None:
        # Both pickles have one codec, so it stands in one column.
        codecs = self.rivals[:-1]
        contests = {
            "encode": {r.name: lambda r=r: r.encode(self.obj) for r in codecs},
            "dump": {r.name: lambda r=r: r.dump(self.obj) for r in codecs},
            "decode": {r.name: lambda r=r: r.decode(self.texts[r.name]) for r in codecs},
        }
        self.print_rows(contests, pace, THREAD)

    def print_rows(self, contests: dict[str, Contest], pace: Pace, clock: Clock) -> None:
        names = [rival.name for rival in self.rivals]
        for row, contest in contests.items():
            took = measure(contest, pace, clock)
            print(table.times_line((self.name, row), names, took), flush=True)


def measure_ways(folder: Path, pace: Pace) -> None:
    """Prints what other compressors and encryption cost beside the default."""
    messages = STATES[table.CHAT]()
    key = persist.generate_identity()
    ways: dict[str, dict[str, Any]] = {
        "gzip": {},
        "zstd": {"compression": "zstd"},
        "none": {"compression": "none"},
        "gzip, sealed": {"encryption": persist.Recipients(key.recipients)},
        "zstd, sealed": {
            "compression": "zstd",
            "encryption": persist.Recipients(key.recipients),
        },
    }
    paths = {way: folder / f"way-{number}" for number, way in enumerate(ways)}

    def save(way: str) -> object:
        return persist.snapshot(messages, paths[way], **ways[way])

    def load(way: str) -> object:
        return persist.restore(paths[way], encryption=key if "sealed" in way else None)

    print(table.heading(f"{table.CHAT}, compressed and encrypted", list(ways)))
    for row, doing in {"save": save, "load": load}.items():
        took = measure({way: lambda way=way, do=doing: do(way) for way in ways}, pace)
        cells = [table.milliseconds(took.median(way)) for way in ways]
        print(table.line(row, cells, []), flush=True)
    sizes = [f"{path.stat().st_size:,} B" for path in paths.values()]
    print(table.line("size", sizes, []), flush=True)


def measure_threads(folder: Path, pace: Pace) -> None:
    """Prints how many saves per second eight threads make on two cores, and LangChain in one."""
    messages = STATES[table.CHAT]()
    paths = [folder / f"thread-{number}.json.gz" for number in range(THREADS)]

    def save_often(path: Path) -> None:
        for _ in range(SAVES_PER_THREAD):
            persist.snapshot(messages, path)

    def save_at_once() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(save_often, paths))

    def save_alone() -> None:
        LANGCHAIN.save(messages, folder / "alone.lc.gz")

    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:CORES])
    try:
        took = measure({"persist": save_at_once, LANGCHAIN.name: save_alone}, pace)
    finally:
        os.sched_setaffinity(0, cores)
    saves = THREADS * SAVES_PER_THREAD
    ratio = took.ratio(LANGCHAIN.name, "persist") * saves
    rates = [saves / took.median("persist"), 1 / took.median(LANGCHAIN.name)]
    cells = [*(f"{rate:.1f}/s" for rate in rates), table.times(ratio)]
    title = f"{THREADS} threads saving {table.CHAT} on {CORES} cores, LangChain in one thread"
    print(table.heading(title, ["persist", LANGCHAIN.name, f"vs {LANGCHAIN.name}"]))
    print(table.line("saves", cells, [table.Target("LangChain", 14).verdict(ratio)]), flush=True)


def measure_metadata(folder: Path, pace: Pace) -> None:
    """Prints what reading the metadata of 1 GB takes, compressed and not, beside that of 1 kB."""
    small = folder / "1kB.json.gz"
    persist.snapshot("x" * 1000, small)
    contest = {"1 kB": lambda: persist.get_metadata(small)}
    huge = "0123456789abcdef" * (2**30 // 16)
    for name, ending, level in (("1 GB gzip", ".json.gz", 1), ("1 GB none", ".json", None)):
        path = folder / f"1GB{ending}"
        persist.snapshot(huge, path, compression_level=level, durable=False)
        contest[name] = lambda path=path: persist.get_metadata(path)
    took = measure(contest, pace, THREAD)
    small_name, *huge_names = contest
    ratios = [took.ratio(name, small_name) for name in huge_names]
    cells = [table.milliseconds(took.median(name)) for name in contest]
    cells += map(table.times, ratios)
    bound = table.Target("of 1 kB", 1.25, is_floor=False)
    columns = [*contest, *(f"of {small_name}" for _ in huge_names)]
    print(table.heading("get_metadata of large states", columns))
    print(table.line("metadata", cells, [bound.verdict(ratio) for ratio in ratios]), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="no repeats, and no text of 1 GB")
    parser.add_argument("--state", choices=STATES, action="append", help="this state alone")
    parser.add_argument("--folder", help="where the files are written for the time of the run")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    pace = Pace(given.rounds, 0 if given.quick else 0.02)
    python = sys.version.split()[0]
    print(f"persist {persist.__version__}, Python {python}, rounds: {given.rounds}")
    begun = perf_counter()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="persist-bench-") as name:
        folder = Path(name)
        for state in given.state or STATES:
            Bench(state, folder).measure(pace)
        if given.state is None:
            measure_ways(folder, pace)
            measure_threads(folder, pace)
            if not given.quick:
                measure_metadata(folder, pace)
            share = QUICK_SHARE if given.quick else 1
            measure_memory(folder, share)
            measure_streaming(folder, pace, share)
            measure_import(pace)
            measure_first(folder, pace)
            measure_requests(folder)
            measure_saves_at_once(folder, pace)
    print(f"\nin {perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
