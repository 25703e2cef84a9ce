"""Writers that are killed at random points, and what they leave.

`PERSIST_KILLS` says how many on each storage; `make torture` sets it high.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path

import persist
import pytest

from storage.core import run_in_the_core
from storage.emulators import Cloud
from storage.writers import LARGE_BYTES, Target, save_until_killed

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(os.name == "nt", reason="processes are killed by a signal here"),
]

KILLS = int(os.environ.get("PERSIST_KILLS", "12"))

# So many times as many are killed at the most, until one fell into a save.
PATIENCE = 20

# What is left is looked at after so many kills in a cloud: cleaning up there takes a process.
KILLS_PER_ROUND = 8

SMALL_BYTES = 3000

NAMES = ["small.json.gz", "large.json", "new-small.json.gz", "new-large.json"]


def targets_in(place: str, options: dict[str, str], round_number: int) -> list[Target]:
    """Returns where is saved to in a round: twice where something lies, and twice anew."""
    targets = []
    for name in NAMES:
        is_new = name.startswith("new-")
        size = LARGE_BYTES if "large" in name else SMALL_BYTES
        key = f"{round_number}-{name}" if is_new else name
        targets.append(Target(f"{place}{key}", size, not is_new, options))
    return targets


class Killer:
    """Starts writers and kills them, and knows what may lie where after that."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.first = itertools.count(1000, 1000)
        self.may_lie_at: dict[str, set[int | None]] = {}
        self.span_seconds = 0.0
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["persist", "storage.writers"])

    def kill_one(self, targets: list[Target]) -> None:
        """Kills a writer within about the time that saving to all targets takes."""
        ours, theirs = self.context.Pipe(duplex=False)
        mixed = self.chance.sample(targets, len(targets))
        work = (mixed, next(self.first), theirs)
        writer = self.context.Process(target=save_until_killed, args=work)
        writer.start()
        theirs.close()
        assert ours.poll(60), "the writer does not begin"
        time.sleep(self.chance.choice([0.01, 0.1, 1.0]) * self.chance.random() * self.span_seconds)
        writer.kill()
        self.hear(ours)
        writer.join()
        assert writer.exitcode == -9

    def hear(self, news: Connection) -> None:
        while True:
            try:
                event, url, number = news.recv()
            except EOFError:
                return
            before = self.may_lie_at.get(url, {None})
            if event == "begun":
                self.may_lie_at[url] = before | {number}
            elif event == "kept":
                self.may_lie_at[url] = before - {number, None}
            else:
                self.may_lie_at[url] = {number}

    def check(self, target: Target) -> None:
        """Asserts that a whole snapshot lies there, the old or the new, or none where none was."""
        allowed = self.may_lie_at.get(target.url, {None})
        found = target.number()
        assert found in allowed, (target.url, found, allowed)
        self.may_lie_at[target.url] = {found}

    def measure(self, targets: list[Target]) -> None:
        """Saves where something lies; that, twice, is about what a writer does in a turn."""
        begun = time.monotonic()
        for target in targets[:2]:
            self.save_again(target)
        self.span_seconds = 2 * (time.monotonic() - begun)

    def save_again(self, target: Target) -> None:
        number = next(self.first)
        target.save(number, overwrite=True)
        self.may_lie_at[target.url] = {number}


def test_a_kill_leaves_whole_files_and_the_next_save_tidies_up(tmp_path: Path) -> None:
    killer = Killer(1)
    killer.measure(targets_in(f"{tmp_path}/", {}, 0))
    leftovers = 0
    for kill in itertools.count():
        if kill >= KILLS and leftovers:
            break
        assert kill < KILLS * PATIENCE, "no kill fell into a save"
        targets = targets_in(f"{tmp_path}/", {}, kill)
        killer.kill_one(targets)
        names = {each.name for each in tmp_path.iterdir()}
        leftovers += any(name.endswith(".tmp") for name in names)
        for target in targets:
            killer.check(target)
            killer.save_again(target)
        expected = sorted(Path(target.url).name for target in targets)
        assert sorted(each.name for each in tmp_path.iterdir()) == expected
        for target in targets[2:]:
            persist.delete_snapshot(target.url)


def test_a_kill_leaves_whole_objects_and_the_next_saves_tidy_up(cloud: Cloud) -> None:
    killer = Killer(2)
    killer.measure(targets_in(cloud.url(""), cloud.options, 0))
    # Azure shows parts without a commit only of a key that nothing has yet.
    leftovers = int(cloud.kind == "azure")
    for round_number in itertools.count():
        kills = round_number * KILLS_PER_ROUND
        if kills >= KILLS and leftovers:
            break
        assert kills < KILLS * PATIENCE, "no kill fell into an upload"
        targets = targets_in(cloud.url(""), cloud.options, round_number)
        for _ in range(KILLS_PER_ROUND):
            killer.kill_one(targets)
            leftovers += len(cloud.unfinished())
            for target in targets:
                killer.check(target)
        names = [target.url.removeprefix(cloud.url("")) for target in targets]
        run_in_the_core(cloud, "saves_once_more", *(target.url for target in targets))
        assert (cloud.keys(), cloud.unfinished()) == (sorted(names), [])
        for target in targets[:2]:
            killer.save_again(target)
        for target in targets[2:]:
            persist.delete_snapshot(target.url, storage_options=cloud.options)
