"""What is saved to one key at the same time, and what is begun and given up."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

FIRST, SECOND = (random.Random(seed).randbytes(9 << 20) for seed in (1, 2))

# What makes an object of the parts of an upload.
COMMITS = {
    "s3": on("POST", holding="uploadId="),
    "azure": on("PUT", holding="comp=blocklist"),
    "gcs": on("POST", holding="uploadId="),
}

KEY = "a.json"


@contextmanager
def held(cloud: Cloud, agent: object, **kwargs: object) -> Iterator[list[object]]:
    """Saves by a writer whose parts are all there, and whose commit comes after the block."""
    is_held, released = threading.Event(), threading.Event()
    outcomes: list[object] = []

    def hold(method: str, path: str) -> bool:
        if COMMITS[cloud.kind](method, path):
            is_held.set()
            assert released.wait(60)
        return False

    def write(slow: Cloud) -> None:
        try:
            save(slow, agent, **kwargs)
            outcomes.append("saved")
        except persist.PersistError as error:
            outcomes.append(error)

    with proxy.before(cloud.endpoint, Fault(hold)) as way:
        writer = threading.Thread(target=write, args=[cloud.through(way.endpoint)])
        writer.start()
        try:
            assert is_held.wait(60)
            yield outcomes
        finally:
            released.set()
            writer.join(60)


def save(cloud: Cloud, agent: object, **kwargs: object) -> None:
    options, url = cloud.options, cloud.url(KEY)
    persist.snapshot(agent, url, storage_options=options, compression="none", **kwargs)  # type: ignore[arg-type]


def save_beside(cloud: Cloud, agent: object) -> None:
    """Saves as another writer, who does not see the upload of the first.

    moto dates every upload 2010, so it would pass for what a killed writer left.
    """
    unseen = Fault(on("GET", holding="?uploads"), 99, status=501, code="NotImplemented")
    with proxy.before(cloud.endpoint, unseen) as way:
        save(cloud.through(way.endpoint), agent)


def load(cloud: Cloud) -> object:
    return persist.restore(cloud.url(KEY), storage_options=cloud.options)


@pytest.mark.parametrize("second", [SECOND, "small"], ids=["large", "small"])
@pytest.mark.parametrize("is_first", [True, False], ids=["the first", "another before"])
def test_of_writers_at_once_both_have_saved_and_one_is_there(
    cloud: Cloud, second: object, is_first: bool
) -> None:
    if not is_first:
        save(cloud, "old")
    with held(cloud, FIRST) as outcomes:
        save_beside(cloud, second)
    assert outcomes == ["saved"]
    # All parts for a key of Azure lie on one heap, which a commit clears away; so does the put of a
    # small object, but not in the emulator.
    left = {"azure": [second] if second is SECOND else [FIRST, second]}
    assert load(cloud) in left.get(cloud.kind, [FIRST])
    assert (cloud.keys(), cloud.unfinished()) == ([KEY], [])


def test_of_writers_at_once_the_one_that_must_not_replace_is_told(cloud: Cloud) -> None:
    with held(cloud, FIRST, overwrite=False) as outcomes:
        save_beside(cloud, SECOND)
    assert [type(outcome) for outcome in outcomes] == [persist.SnapshotExistsError]
    assert load(cloud) == SECOND
    assert (cloud.keys(), cloud.unfinished()) == ([KEY], [])


def test_parts_that_are_gone_without_another_object_are_no_success(
    emulated_azure: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cloud = emulated_azure.below(tmp_path_factory.mktemp("gone").name)
    save(cloud, "old")
    gone = Fault(COMMITS["azure"], status=400, code="InvalidBlockList")
    with proxy.before(cloud.endpoint, gone) as way:
        lossy = cloud.through(way.endpoint)
        with pytest.raises(persist.StorageError, match="400 InvalidBlockList") as raised:
            save(lossy, FIRST)
    assert raised.value.kind == "storage"
    assert load(cloud) == "old"


@pytest.mark.parametrize("kind", ["s3", "gcs"])
def test_an_upload_that_is_given_up_while_it_begins_is_aborted(
    request: pytest.FixtureRequest, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole: Cloud = request.getfixturevalue(f"emulated_{kind}")
    cloud = whole.below(tmp_path_factory.mktemp("given-up").name)
    slow = Fault(on("POST", holding="?uploads"), delays=1.5)

    async def give_up(options: dict[str, str]) -> float:
        save = persist.aio.snapshot(
            FIRST, cloud.url(KEY), storage_options=options, compression="none"
        )
        task = asyncio.create_task(save)
        while not slow.met:
            await asyncio.sleep(0.01)
        began = asyncio.get_running_loop().time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.get_running_loop().time() - began

    with proxy.before(cloud.endpoint, slow) as way:
        assert asyncio.run(give_up(cloud.through(way.endpoint).options)) < 1
        proxy.wait_for(lambda: any(line.startswith("DELETE") for line in way.seen))
        proxy.wait_for(lambda: cloud.unfinished() == [])
    assert cloud.keys() == []
