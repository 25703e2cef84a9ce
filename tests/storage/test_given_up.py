"""What is no longer waited for, while a cloud does not answer."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

ANSWERS = 20.0
"""Seconds until the cloud answers."""

# Three parts of an upload, which no compressor makes smaller.
LARGE = random.Random(7).randbytes(18 << 20)

Work = Callable[..., Coroutine[Any, Any, Any]]


async def seconds_until_given_up(work: Coroutine[Any, Any, Any], fault: Fault) -> float:
    task = asyncio.create_task(work)
    while not fault.met:
        await asyncio.sleep(0.01)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return time.monotonic() - began


def await_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "persist-aio":
            thread.join(ANSWERS / 2)
            assert not thread.is_alive()


@pytest.mark.parametrize("agent", [2, LARGE], ids=["small", "large"])
def test_a_cancelled_save_waits_for_no_cloud(s3: Cloud, agent: object) -> None:
    url = s3.url("a.json.gz")
    persist.snapshot(1, url, storage_options=s3.options)
    # The connection ends then, so that nothing is passed on once nobody wants it.
    fault = Fault(on("PUT"), 99, delays=ANSWERS, resets=True)
    with proxy.before(s3.endpoint, fault) as way:
        options = s3.through(way.endpoint).options
        save = persist.aio.snapshot(agent, url, storage_options=options)
        assert asyncio.run(seconds_until_given_up(save, fault)) < 2
    await_threads()
    assert persist.restore(url, storage_options=s3.options) == 1
    assert (s3.keys(), s3.unfinished()) == (["a.json.gz"], [])


@pytest.mark.parametrize(
    "work",
    [
        persist.aio.restore,
        persist.aio.get_metadata,
        persist.aio.verify_snapshot,
        persist.aio.snapshot_exists,
        persist.aio.delete_snapshot,
    ],
    ids=lambda work: work.__name__,
)
def test_no_thread_goes_on_waiting_for_a_cloud(s3: Cloud, work: Work) -> None:
    url = s3.url("a.json.gz")
    fault = Fault(on("GET", "HEAD", "DELETE"), 99, delays=ANSWERS, resets=True)
    with proxy.before(s3.endpoint, fault) as way:
        options = s3.through(way.endpoint).options
        asyncio.run(seconds_until_given_up(work(url, storage_options=options), fault))
        await_threads()
