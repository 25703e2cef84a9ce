"""The coroutines: what they read and when, what they leave, and what runs meanwhile."""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import CaptureError, ConfigurationError, SnapshotExistsError, SnapshotNotFoundError

NAMES = [
    "snapshot",
    "restore",
    "get_metadata",
    "verify_snapshot",
    "snapshot_exists",
    "delete_snapshot",
]
LARGE = 70
"""Strings of a megabyte: more than is written in one go."""

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def run_under_uvloop(work: Coroutine[Any, Any, Any]) -> Any:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@pytest.fixture(params=[asyncio.run, run_under_uvloop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    run: Run = request.param
    return run


@pytest.mark.parametrize("name", NAMES)
def test_a_coroutine_has_the_signature_of_its_function(name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(persist.aio, name))
    assert inspect.signature(getattr(persist.aio, name)) == inspect.signature(
        getattr(persist, name)
    )


def test_the_coroutines_are_all_of_them() -> None:
    assert sorted(persist.aio.__all__) == sorted(NAMES)


def test_a_state_is_saved_told_of_checked_restored_and_deleted(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "agent.json.zst"

    async def work() -> list[Any]:
        saved = await persist.aio.snapshot({"a": (1, 2)}, place, "me", tags=["x"])
        return [
            saved == await persist.aio.get_metadata(place),
            bool(await persist.aio.verify_snapshot(place)),
            await persist.aio.restore(place),
            await persist.aio.snapshot_exists(place),
            await persist.aio.delete_snapshot(place),
            await persist.aio.snapshot_exists(place),
        ]

    assert run(work()) == [True, True, {"a": (1, 2)}, True, None, False]


@pytest.mark.parametrize("count", [1, LARGE])
def test_the_agent_may_change_once_the_save_has_begun(run: Run, count: int, tmp_path: Path) -> None:
    place = tmp_path / "agent.json"
    told: list[tuple[int, int | None]] = []

    async def work() -> None:
        agent = {"texts": [letter * 2**20 for letter in map(chr, range(65, 65 + count))]}
        options: dict[str, Any] = {"durable": False, "progress": lambda *done: told.append(done)}
        saving = asyncio.create_task(persist.aio.snapshot(agent, place, **options))
        await asyncio.sleep(0)
        agent["texts"].clear()
        await saving

    run(work())
    assert persist.restore(place) == {"texts": [chr(at) * 2**20 for at in range(65, 65 + count)]}
    assert told[-1][0] == told[-1][1]


def test_what_is_wrong_is_raised_where_it_is_awaited(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "agent.json"

    async def work() -> None:
        await persist.aio.snapshot(1, place)
        with pytest.raises(SnapshotExistsError) as caught:
            await persist.aio.snapshot(2, place, overwrite=False)
        assert caught.value.location == str(place)
        with pytest.raises(CaptureError) as refused:
            await persist.aio.snapshot([threading.Lock()], place)
        assert [problem.path for problem in refused.value.problems] == ["$[0]"]
        with pytest.raises(SnapshotNotFoundError):
            await persist.aio.restore(tmp_path / "nothing")
        for argument in ({"tags": "x"}, {"progress": 5}):
            with pytest.raises(ConfigurationError):
                await persist.aio.snapshot(1, place, **argument)

    run(work())
    assert persist.restore(place) == 1


class Gate:
    """Hears of progress and stops there until it is let go."""

    def __init__(self) -> None:
        self.is_reached, self.may_go_on = threading.Event(), threading.Event()
        self.threads: set[int] = set()

    def __call__(self, done: int, total: int | None) -> None:
        self.threads.add(threading.get_ident())
        self.is_reached.set()
        assert self.may_go_on.wait(60)


@pytest.mark.parametrize("count", [1, LARGE])
def test_a_cancelled_save_ends_first_and_leaves_what_was_there(
    run: Run, count: int, tmp_path: Path
) -> None:
    place, gate = tmp_path / "agent.json", Gate()
    persist.snapshot("before", place)

    async def work() -> None:
        agent = ["x" * 2**20] * count + [{}]
        saving = asyncio.create_task(persist.aio.snapshot(agent, place, progress=gate))
        # The loop goes on while the save stands still.
        while not gate.is_reached.is_set():
            await asyncio.sleep(0.001)
        saving.cancel()
        await asyncio.sleep(0.01)
        saving.cancel()
        await asyncio.sleep(0.01)
        assert not saving.done()
        gate.may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await saving

    run(work())
    assert threading.get_ident() not in gate.threads
    assert persist.restore(place) in ("before", ["x" * 2**20] * count + [{}])
    assert [it.name for it in tmp_path.iterdir()] == ["agent.json"]


def test_without_a_loop_of_its_kind_nothing_is_done(tmp_path: Path) -> None:
    place = tmp_path / "agent.json"
    for work in (persist.aio.snapshot(1, place), persist.aio.snapshot_exists(place)):
        # As a library does that has a loop of another kind.
        with pytest.raises(ConfigurationError, match="no event loop of asyncio's kind") as caught:
            work.send(None)
        assert caught.value.kind == "unsupported"
    assert_no_thread_is_left()
    assert not persist.snapshot_exists(place)


def test_a_cancelled_restore_is_given_up(run: Run, tmp_path: Path) -> None:
    place, gate = tmp_path / "agent.json", Gate()
    persist.snapshot("x" * 1000, place)

    async def work() -> None:
        restoring = asyncio.create_task(persist.aio.restore(place, progress=gate))
        while not gate.is_reached.is_set():
            await asyncio.sleep(0.001)
        restoring.cancel()
        with pytest.raises(asyncio.CancelledError):
            await restoring
        gate.may_go_on.set()

    run(work())
    assert_no_thread_is_left()


def assert_no_thread_is_left() -> None:
    for thread in threading.enumerate():
        if thread.name == "persist-aio":
            thread.join(60)
            assert not thread.is_alive()


class Over(StopIteration):
    """An end of an iterator that somebody made a class of."""


RAISED: list[BaseException] = [
    ValueError("x"),
    StopAsyncIteration("x"),
    GeneratorExit("x"),
    KeyboardInterrupt("x"),
    SystemExit("x"),
    TimeoutError("x"),
    asyncio.CancelledError("x"),
    asyncio.InvalidStateError("x"),
]


@pytest.mark.parametrize("name", ["snapshot", "restore", "verify_snapshot"])
@pytest.mark.parametrize("raised", [StopIteration("x"), Over("x"), *RAISED], ids=repr)
def test_what_progress_raises_is_raised_where_it_is_awaited(
    run: Run, name: str, raised: BaseException, tmp_path: Path
) -> None:
    place = tmp_path / "agent.json"
    persist.snapshot("before", place)

    def hear(*_: object) -> None:
        raise raised

    async def work() -> list[BaseException]:
        target = ("after", place) if name == "snapshot" else (place,)
        try:
            # Where nothing came of it, the time-out ends the wait.
            async with asyncio.timeout(30):
                await getattr(persist.aio, name)(*target, progress=hear)
        except BaseException as error:
            return [error]
        return []

    (error,) = run(work())
    if isinstance(raised, StopIteration):
        # As every coroutine tells of one.
        assert (type(error), str(error)) == (RuntimeError, "coroutine raised StopIteration")
        error = error.__cause__  # type: ignore[assignment]
    assert error is raised
    assert_no_thread_is_left()
    assert persist.restore(place) == "before"


def test_a_save_whose_coroutine_is_closed_is_given_up(tmp_path: Path) -> None:
    place, gate = tmp_path / "agent.json", Gate()
    persist.snapshot("before", place)

    async def work() -> None:
        saving = persist.aio.snapshot("after", place, progress=gate)
        saving.send(None)
        await asyncio.to_thread(gate.is_reached.wait, 60)
        saving.close()
        gate.may_go_on.set()

    asyncio.run(work())
    assert_no_thread_is_left()
    assert persist.restore(place) == "before"


def test_work_that_outlives_its_loop_ends_in_silence(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, gate = tmp_path / "agent.json", Gate()
    persist.snapshot("before", place)

    async def work() -> None:
        reading = asyncio.create_task(persist.aio.restore(place, progress=gate))
        while not gate.is_reached.is_set():
            await asyncio.sleep(0.001)
        reading.cancel()

    run(work())
    gate.may_go_on.set()
    assert_no_thread_is_left()
    assert caplog.records == []


def test_hundreds_at_once_are_done_by_few_threads_none_of_which_stays(run: Run) -> None:
    seen: set[int] = set()

    async def work() -> list[Any]:
        def hear(*_: object) -> None:
            seen.add(threading.get_ident())

        places = [f"memory://many/{at}" for at in range(300)]
        saves = [persist.aio.snapshot(at, place, progress=hear) for at, place in enumerate(places)]
        await asyncio.gather(*saves)
        return await asyncio.gather(*map(persist.aio.restore, places))

    assert run(work()) == list(range(300))
    assert 1 <= len(seen) <= 300
    assert_no_thread_is_left()


def no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_work_that_no_thread_began_is_not_done_later(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "agent.json"

    async def work() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_thread)
            with pytest.raises(RuntimeError, match="can't start new thread"):
                await persist.aio.snapshot("old", place)
        persist.snapshot("new", place)
        await persist.aio.snapshot("other", tmp_path / "other.json")

    run(work())
    assert_no_thread_is_left()
    assert persist.restore(place) == "new"


def test_the_threads_that_there_are_do_what_no_other_can_begin(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()

    async def work() -> None:
        first = asyncio.create_task(persist.aio.snapshot(1, tmp_path / "first", progress=gate))
        while not gate.is_reached.is_set():
            await asyncio.sleep(0.001)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_thread)
            second = asyncio.create_task(persist.aio.snapshot(2, tmp_path / "second"))
            await asyncio.sleep(0)
        gate.may_go_on.set()
        await asyncio.gather(first, second)

    run(work())
    assert [persist.restore(tmp_path / name) for name in ("first", "second")] == [1, 2]


def test_it_works_in_a_thread_of_its_own_and_in_a_forked_child(tmp_path: Path) -> None:
    place = tmp_path / "agent.json"
    asyncio.run(persist.aio.snapshot(1, place))
    thread = threading.Thread(target=lambda: asyncio.run(persist.aio.snapshot(2, place)))
    thread.start()
    thread.join()
    assert persist.restore(place) == 2
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    child = multiprocessing.get_context("fork").Process(target=save_three, args=(place,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert persist.restore(place) == 3


def save_three(place: Path) -> None:
    asyncio.run(persist.aio.snapshot(3, place))


def test_the_context_of_the_caller_is_there(run: Run) -> None:
    from contextvars import ContextVar

    name: ContextVar[str] = ContextVar("name", default="nobody")
    heard: list[str] = []

    async def work() -> None:
        name.set("Ada")
        await persist.aio.snapshot(
            1, "memory://context", progress=lambda *_: heard.append(name.get())
        )

    run(work())
    assert set(heard) == {"Ada"}
