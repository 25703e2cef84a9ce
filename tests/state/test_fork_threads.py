"""Many threads, and a fork in the middle of them."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import persist
import pytest

from models import Person
from strict import assert_same
from things import Frozen, Plain
from trips import ALLOW


def state(number: int) -> Any:
    shared = [number]
    people = [Person(age=age, tags=[shared]) for age in range(50)]
    return {"people": people, "plain": Plain(a=shared), "set": {(number, Frozen(number))}}


def test_eight_threads_save_and_restore_at_once(tmp_path: Path) -> None:
    def trip(number: int) -> bool:
        value = state(number)
        place = tmp_path / f"{number % 8}" / f"{number}.json.gz"
        persist.snapshot(value, place, durable=False)
        assert_same(value, persist.restore(place, allow=ALLOW))
        assert_same(value, persist.loads(persist.dumps(value), allow=ALLOW))
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(trip, range(80)))
    assert gc.isenabled()


def test_one_state_is_saved_by_many_threads_to_one_place(tmp_path: Path) -> None:
    value, place = state(1), tmp_path / "one.json.gz"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: persist.snapshot(value, place, durable=False), range(40)))
    assert_same(value, persist.restore(place, allow=ALLOW))
    assert [path.name for path in tmp_path.iterdir()] == ["one.json.gz"]


def test_the_collector_is_left_as_it_was() -> None:
    text = persist.dumps(state(1))
    gc.disable()
    try:
        persist.loads(text, allow=ALLOW)
        assert not gc.isenabled()
    finally:
        gc.enable()
    with pytest.raises(persist.PersistError):
        persist.loads(text[:-1], allow=ALLOW)
    with pytest.raises(persist.UntrustedError):
        persist.loads(text)
    assert gc.isenabled()


def save_again(path: Path, copy: Path) -> None:
    """Restores and saves in a child, and waits for it."""
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return
    code = 1
    try:
        persist.snapshot(persist.restore(path, allow=ALLOW), copy)
        code = 0
    finally:
        os._exit(code)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore")
def test_a_forked_child_saves_and_restores(tmp_path: Path) -> None:
    value = state(1)
    persist.snapshot(value, tmp_path / "before.json.gz")
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            persist.dumps(value)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for number in range(5):
            save_again(tmp_path / "before.json.gz", tmp_path / f"{number}.json.gz")
            back = persist.restore(tmp_path / f"{number}.json.gz", allow=ALLOW)
            assert_same(value, back)
    finally:
        stop.set()
        thread.join()


FORK_AT_ONCE = """
import os, sys, threading
import persist

folder, value = sys.argv[1], [{"k": str(number), "v": [number] * 20} for number in range(300)]

def busy(number):
    for _ in range(4):
        path = f"{folder}/{number % 3}.json.gz"
        persist.snapshot(value, path, durable=False)
        assert persist.restore(path) == value

threads = [threading.Thread(target=busy, args=(number,)) for number in range(6)]
for thread in threads:
    thread.start()
for number in range(3):
    child = os.fork()
    if not child:
        persist.snapshot(value, f"{folder}/child-{number}.json.gz")
        os._exit(0 if persist.restore(f"{folder}/child-{number}.json.gz") == value else 1)
    assert os.waitpid(child, 0)[1] == 0
for thread in threads:
    thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_fork_while_other_threads_use_the_package_for_the_first_time(tmp_path: Path) -> None:
    for _ in range(3):
        command = [sys.executable, "-W", "ignore", "-c", FORK_AT_ONCE, str(tmp_path)]
        done = subprocess.run(command, check=True, timeout=60, stderr=subprocess.PIPE)
        assert done.stderr == b""
