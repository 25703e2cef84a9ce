"""A large state that is built while its bytes arrive, and what others do meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import signal
import threading
import time

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

LARGE = [f"{at:04}" + "x" * 2**20 for at in range(70)]


def broken_after(seconds: float) -> tuple[Fault, Fault, Fault]:
    """Lets the end through, breaks the rest off in its middle, and has what comes after wait."""
    rest = Fault(on("GET"), cuts=20 << 20)
    return Fault(on("GET"), cuts=1 << 20), rest, Fault(on("GET"), delays=seconds)


@pytest.fixture
def url(s3: Cloud) -> str:
    url = s3.url("a.json")
    persist.snapshot(LARGE, url, compression="none", storage_options=s3.options)
    return url


def test_others_go_on_while_bytes_are_awaited(s3: Cloud, url: str) -> None:
    faults = broken_after(4)
    seen: list[float] = []

    async def tick() -> None:
        while True:
            seen.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def work(options: dict[str, str]) -> object:
        ticking = asyncio.create_task(tick())
        restored = await persist.aio.restore(url, storage_options=options)
        ticking.cancel()
        return restored

    with proxy.before(s3.endpoint, *faults) as way:
        assert asyncio.run(work(s3.through(way.endpoint).options)) == LARGE
    assert [fault.met for fault in faults] == [1, 1, 1]
    assert max(after - before for before, after in itertools.pairwise(seen)) < 2


def test_ctrl_c_ends_the_wait_for_bytes(s3: Cloud, url: str) -> None:
    faults = broken_after(30)
    pressed: list[float] = []

    def press() -> None:
        proxy.wait_for(lambda: faults[-1].met > 0, 60)
        pressed.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)

    with proxy.before(s3.endpoint, *faults) as way:
        thread = threading.Thread(target=press)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            persist.restore(url, storage_options=s3.through(way.endpoint).options)
        assert time.monotonic() - pressed[0] < 2
        thread.join()


def test_a_cancelled_restore_stops_reading(s3: Cloud, url: str) -> None:
    faults = broken_after(30)

    async def work(options: dict[str, str]) -> None:
        restoring = asyncio.create_task(persist.aio.restore(url, storage_options=options))
        while not faults[-1].met:
            await asyncio.sleep(0.01)
        restoring.cancel()
        with pytest.raises(asyncio.CancelledError):
            await restoring

    with proxy.before(s3.endpoint, *faults) as way:
        asyncio.run(work(s3.through(way.endpoint).options))
        for thread in threading.enumerate():
            if thread.name == "persist-aio":
                thread.join(10)
                assert not thread.is_alive()


def test_what_is_replaced_while_it_is_built_is_read_anew(s3: Cloud, url: str) -> None:
    other = [text.replace("x", "y") for text in [*LARGE, "more"]]
    asked: list[str] = []
    heard: list[int] = []

    def replaces(method: str, path: str) -> bool:
        """Puts another snapshot there when the rest, which broke off, is asked for again."""
        asked.append(f"{method} {path}")
        if len(asked) == 3:
            persist.snapshot(other, url, compression="none", storage_options=s3.options)
        return False

    ends, breaks, _ = broken_after(0)
    with proxy.before(s3.endpoint, Fault(replaces), ends, breaks) as way:
        options = s3.through(way.endpoint).options
        told = persist.restore(
            url, storage_options=options, progress=lambda done, _: heard.append(done)
        )
    assert told == other
    assert (breaks.met, len(asked)) == (1, 5)
    # What is read anew is not heard of again.
    assert heard == sorted(heard)
    assert all(done <= 21 << 20 for done in heard)


def test_what_is_replaced_again_and_again_is_given_up(s3: Cloud, url: str) -> None:
    asked: list[str] = []

    def every_second(method: str, path: str) -> bool:
        asked.append(f"{method} {path}")
        return len(asked) % 2 == 0

    with proxy.before(s3.endpoint, Fault(every_second, times=100, status=412)) as way:
        options = s3.through(way.endpoint).options
        with pytest.raises(persist.StorageError) as caught:
            persist.restore(url, storage_options=options)
    assert str(caught.value) == (
        f"could not read `{url}`: it was replaced or deleted while it was read"
    )
    assert (caught.value.kind, len(asked)) == ("storage", 32)
