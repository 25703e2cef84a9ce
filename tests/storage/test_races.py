"""Sixteen writers and one free location, again and again: one of them gets it.

`PERSIST_RACES` says how often on each storage; `make torture` sets it high.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter
from pathlib import Path

import persist
import pytest

from storage.emulators import Cloud
from storage.writers import race

pytestmark = pytest.mark.torture

RACES = int(os.environ.get("PERSIST_RACES", "6"))
WRITERS = 16

OUTCOMES = {"won": 1, "exists": WRITERS - 1}


def race_on(urls: list[str], options: dict[str, str]) -> None:
    """Lets processes race for each location, and asserts that one has won it: the one it says."""
    method = "forkserver" if hasattr(os, "fork") else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["persist", "storage.writers"])
    start = context.Barrier(WRITERS, timeout=120)
    writers, news = [], []
    for _ in range(WRITERS):
        ours, theirs = context.Pipe(duplex=False)
        writers.append(context.Process(target=race, args=(urls, options, start, theirs)))
        writers[-1].start()
        theirs.close()
        news.append(ours)
    told = dict(each.recv() for each in news)
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    for number, url in enumerate(urls):
        assert Counter(outcomes[number] for outcomes in told.values()) == OUTCOMES, url
        winner = persist.restore(url, storage_options=options)["winner"]
        assert told[winner][number] == "won"


def test_of_sixteen_processes_one_gets_the_file(tmp_path: Path) -> None:
    names = [f"{number}.json.gz" for number in range(RACES)]
    race_on([str(tmp_path / name) for name in names], {})
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)


def test_of_sixteen_processes_one_gets_the_object(cloud: Cloud) -> None:
    names = [f"{number}.json.gz" for number in range(RACES)]
    race_on([cloud.url(name) for name in names], cloud.options)
    assert (cloud.keys(), cloud.unfinished()) == (sorted(names), [])


def test_of_sixteen_threads_one_gets_the_memory() -> None:
    urls = [f"memory://races/{number}" for number in range(RACES)]
    start = threading.Barrier(WRITERS, timeout=120)
    outcomes: list[dict[str, str]] = [{} for _ in range(WRITERS)]

    def write(number: int) -> None:
        for url in urls:
            start.wait()
            try:
                persist.snapshot({"winner": number}, url, overwrite=False)
                outcomes[number][url] = "won"
            except persist.PersistError as error:
                outcomes[number][url] = error.kind

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for url in urls:
        assert Counter(told[url] for told in outcomes) == OUTCOMES, url
        assert outcomes[persist.restore(url)["winner"]][url] == "won"
        persist.delete_snapshot(url)
