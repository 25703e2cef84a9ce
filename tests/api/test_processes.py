"""Several processes and one location: kills, races, forks, interruptions."""

from __future__ import annotations

import base64
import os
import random
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import IO, TYPE_CHECKING, Any

import persist
import pytest

if TYPE_CHECKING:
    import pathlib


def start(source: str, *arguments: object) -> subprocess.Popen[str]:
    """Starts a new interpreter whose standard streams are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def stream(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def names(folder: pathlib.Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_another_process_restores(saved: pathlib.Path, child: Any) -> None:
    source = "import persist, sys; print(persist.restore(sys.argv[1])['step'])"
    assert child(source, saved) == "3"


KILLED_AT_THE_END = """
    import os, signal, sys
    import persist
    def kill(done, total):
        if done == total:
            os.kill(os.getpid(), signal.SIGKILL)
    persist.snapshot({"new": 2}, sys.argv[1], progress=kill)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed by a signal there")
def test_a_kill_leaves_the_old_snapshot_and_the_next_save_tidies_up(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent.json.gz"
    persist.snapshot({"old": 1}, path)
    for _ in range(3):
        killed = start(KILLED_AT_THE_END, path)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
    leftovers = [name for name in names(tmp_path) if name != "agent.json.gz"]
    assert 1 <= len(leftovers) <= 3
    assert all(re.fullmatch(r"\.persist-\d+-[0-9a-f]{32}\.tmp", name) for name in leftovers)
    assert persist.restore(path) == {"old": 1}
    persist.snapshot({"third": 3}, tmp_path / "other.json.gz")
    assert names(tmp_path) == ["agent.json.gz", "other.json.gz"]
    assert persist.restore(path) == {"old": 1}


SAVES_FOREVER = """
    import itertools, sys
    import persist
    for count in itertools.count():
        persist.snapshot({"count": count, "data": [count] * 20000}, sys.argv[1])
        print(count, flush=True)
"""


@pytest.mark.torture
def test_a_kill_at_any_point_leaves_a_whole_snapshot(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent.json.gz"
    chance = random.Random(3)
    for _ in range(20):
        writer = start(SAVES_FOREVER, path)
        lines = stream(writer.stdout)
        last = -1
        for _ in range(chance.randrange(1, 8)):
            last = int(lines.readline())
        for _ in range(chance.randrange(20_000)):
            pass
        writer.kill()
        rest = writer.communicate()[0].split()
        done = int(rest[-1]) if rest else last
        state = persist.restore(path)
        # A save may be in place though its process had no time to say so.
        assert done <= state["count"] <= done + 1
        assert state["data"] == [state["count"]] * 20000
    persist.snapshot({}, path)
    assert names(tmp_path) == ["agent.json.gz"]


WAITS_INSIDE = """
    import sys
    import persist
    def wait(done, total):
        if done == total:
            print("ready", flush=True)
            sys.stdin.readline()
    persist.snapshot({"slow": 1}, sys.argv[1], progress=wait)
    print("saved", flush=True)
"""


def test_a_save_does_not_disturb_one_that_is_under_way(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent.json.gz"
    slow = start(WAITS_INSIDE, path)
    assert stream(slow.stdout).readline() == "ready\n"
    persist.snapshot({"quick": 2}, path)
    persist.snapshot({"quick": 2}, tmp_path / "other.json.gz")
    assert persist.restore(path) == {"quick": 2}
    assert slow.communicate("go\n")[0] == "saved\n"
    assert slow.returncode == 0
    assert persist.restore(path) == {"slow": 1}
    assert names(tmp_path) == ["agent.json.gz", "other.json.gz"]


RACES = """
    import sys
    import persist
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        persist.snapshot({"winner": sys.argv[2]}, sys.argv[1], overwrite=False)
        print("won")
    except persist.SnapshotExistsError as error:
        print(error.kind)
"""


def test_of_two_that_may_not_replace_one_wins(tmp_path: pathlib.Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"{attempt}.json.gz"
        racers = [start(RACES, path, number) for number in range(4)]
        for racer in racers:
            assert stream(racer.stdout).readline() == "ready\n"
        for racer in racers:
            stream(racer.stdin).write("go\n")
            stream(racer.stdin).flush()
        results = [racer.communicate()[0].strip() for racer in racers]
        assert sorted(results) == ["exists", "exists", "exists", "won"]
        assert persist.restore(path) == {"winner": str(results.index("won"))}
    assert len(names(tmp_path)) == 5


LATECOMER = """
    import sys
    import persist
    def wait(done, total):
        if done == total:
            print("ready", flush=True)
            sys.stdin.readline()
    try:
        persist.snapshot({"late": 1}, sys.argv[1], overwrite=False, progress=wait)
    except persist.SnapshotExistsError as error:
        print(error.kind)
"""


def test_a_snapshot_that_appears_meanwhile_is_not_replaced(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent.json.gz"
    late = start(LATECOMER, path)
    assert stream(late.stdout).readline() == "ready\n"
    persist.snapshot({"first": 1}, path)
    assert late.communicate("go\n")[0] == "exists\n"
    assert persist.restore(path) == {"first": 1}
    assert names(tmp_path) == ["agent.json.gz"]


WRITES = """
    import sys
    import persist
    for count in range(40):
        persist.snapshot([sys.argv[2]] * 5000, sys.argv[1], durable=False)
"""


def test_a_reader_beside_writers_sees_whole_snapshots(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent.json.gz"
    persist.snapshot(["0"] * 5000, path)
    writers = [start(WRITES, path, number) for number in (1, 2)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        state = persist.restore(path)
        assert state == [state[0]] * 5000
        seen.add(state[0])
        assert persist.verify_snapshot(path)
    assert all(writer.wait() == 0 for writer in writers)
    assert seen >= {"1"} or seen >= {"2"}
    assert names(tmp_path) == ["agent.json.gz"]


INTERRUPTED = """
    import base64, random, signal, sys
    import persist
    path = sys.argv[1]
    text = base64.b64encode(random.Random(1).randbytes(45_000_000)).decode()
    pressed = []
    def press_ctrl_c_soon(done, total):
        # The timer sends the signal while the work is under way and no Python runs.
        if not pressed:
            pressed.append(done)
            assert done < total
            signal.setitimer(signal.ITIMER_REAL, 0.02)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        persist.snapshot([text], path, compression_level=9, progress=press_ctrl_c_soon)
    except KeyboardInterrupt as raised:
        cause = raised.__context__
        assert type(cause) is persist.StorageError, cause
        assert (cause.kind, cause.location) == ("interrupted", path)
        print(cause)
"""


def test_ctrl_c_stops_a_save_and_leaves_the_old_snapshot(
    tmp_path: pathlib.Path, child: Any
) -> None:
    path = tmp_path / "agent.json.gz"
    persist.snapshot({"old": 1}, path)
    assert child(INTERRUPTED, path) == f"the work on `{path}` was cancelled before it was finished"
    assert names(tmp_path) == ["agent.json.gz"]
    assert persist.restore(path) == {"old": 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_saves_and_restores(tmp_path: pathlib.Path, child: Any) -> None:
    source = """
        import os, sys
        import persist
        path = sys.argv[1]
        persist.snapshot({"who": "parent"}, path)
        persist.snapshot({"who": "parent"}, "memory://before")
        pid = os.fork()
        if pid == 0:
            assert persist.restore("memory://before") == {"who": "parent"}
            persist.snapshot({"who": "child"}, "memory://before")
            persist.snapshot({"who": "child"}, path)
            os._exit(0 if persist.restore(path) == {"who": "child"} else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert persist.restore(path) == {"who": "child"}
        assert persist.restore("memory://before") == {"who": "parent"}
        persist.snapshot({"who": "both"}, path)
        print(persist.restore(path)["who"])
    """
    assert child(source, tmp_path / "agent.json.gz") == "both"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_fork_costs_a_program_of_one_thread_no_import(child: Any) -> None:
    source = """
        import os, sys
        import persist
        before = set(sys.modules)
        pid = os.fork()
        if pid == 0:
            os._exit(0 if persist.loads(persist.dumps((1,))) == (1,) else 1)
        print(os.waitpid(pid, 0)[1], sorted(set(sys.modules) - before))
    """
    assert child(source) == "0 []"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_child_forked_while_a_thread_imports_saves(child: Any) -> None:
    source = """
        import os, signal, sys, threading
        import persist

        entered, goes_on = threading.Event(), threading.Event()

        class Slow:
            def find_spec(self, name, *_):
                if name == "persist.adapters._registry":
                    entered.set()
                    goes_on.wait()

        sys.meta_path.insert(0, Slow())
        thread = threading.Thread(target=persist.dumps, args=({1, 2},))
        thread.start()
        entered.wait()
        # What is registered last is called first.
        os.register_at_fork(before=goes_on.set)
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            os._exit(0 if persist.loads(persist.dumps({1, 2})) == {1, 2} else 1)
        thread.join()
        print(os.waitpid(pid, 0)[1])
    """
    assert child(source) == "0"


def test_other_threads_run_while_a_snapshot_is_written() -> None:
    state = [base64.b64encode(random.Random(1).randbytes(30_000_000)).decode()]
    took: list[float] = []

    def save() -> None:
        start = time.perf_counter()
        persist.snapshot(state, "memory://processes/large", compression_level=9)
        took.append(time.perf_counter() - start)

    writer = threading.Thread(target=save)
    writer.start()
    longest, last = 0.0, time.perf_counter()
    while not took:
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    writer.join()
    persist.delete_snapshot("memory://processes/large")
    assert longest < took[0] / 2


def test_threads_save_and_restore_at_once(tmp_path: pathlib.Path) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for count in range(20):
                path = tmp_path / f"{number}.json.gz"
                persist.snapshot({"number": number, "count": [count] * 5000}, path, durable=False)
                assert persist.restore(path) == {"number": number, "count": [count] * 5000}
                persist.snapshot(number, "memory://threads/shared")
                assert persist.restore("memory://threads/shared") in range(8)
        except BaseException as raised:
            faults.append(raised)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert names(tmp_path) == [f"{number}.json.gz" for number in range(8)]
