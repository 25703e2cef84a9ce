"""The six functions on every cloud, as on disk."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import Callable
from pathlib import Path

import persist
import pytest

from storage.emulators import Cloud
from storage.proxy import Fault, before, on, wait_for

STATE = {"step": 3, "texts": ["a", "ü"]}

Call = Callable[..., object]

# Bytes that no compressor makes smaller.
LONG = random.Random(5).randbytes(300_000).hex()


def save(
    cloud: Cloud, key: str, agent: object = STATE, **kwargs: object
) -> persist.SnapshotMetadata:
    return persist.snapshot(agent, cloud.url(key), storage_options=cloud.options, **kwargs)  # type: ignore[arg-type]


def load(cloud: Cloud, key: str) -> object:
    return persist.restore(cloud.url(key), storage_options=cloud.options)


@pytest.mark.parametrize("name", ["a.json.gz", "folder/a.json", "with space é.json.zst"])
def test_what_is_saved_comes_back(cloud: Cloud, name: str) -> None:
    saved = save(cloud, name, agent_id="ada")
    assert load(cloud, name) == STATE
    url = cloud.url(name)
    assert persist.get_metadata(url, storage_options=cloud.options) == saved
    assert persist.verify_snapshot(url, storage_options=cloud.options)


@pytest.mark.parametrize(
    "name", ["x/../a.json", "./a.json", "%2e%2E/a.json", "a.json ", "a.js\non"]
)
def test_no_snapshot_is_replaced_by_that_of_another_key(cloud: Cloud, name: str) -> None:
    save(cloud, "a.json")
    with pytest.raises(persist.ConfigurationError, match="is a URL") as raised:
        save(cloud, name, "another")
    assert raised.value.kind == "bad_argument"
    assert load(cloud, "a.json") == STATE
    assert cloud.keys() == ["a.json"]


NAMES = {"s3": "aws_endpoint", "azure": "azure_storage_endpoint", "gcs": "google_base_url"}


@pytest.mark.parametrize("value", ["127.0.0.1:9000", "", "http://me:hunter2@127.0.0.1", "ftp://x"])
def test_an_address_that_nobody_can_ask_is_refused_unseen(cloud: Cloud, value: str) -> None:
    options = {**cloud.options, NAMES[cloud.kind]: value}
    with pytest.raises(persist.ConfigurationError, match=f"`{NAMES[cloud.kind]}` is ") as raised:
        persist.restore(cloud.url("a.json"), storage_options=options)
    assert raised.value.kind == "bad_argument"
    assert "hunter2" not in str(raised.value)


def test_a_key_with_its_line_end_is_refused(s3: Cloud) -> None:
    options = {**s3.options, "aws_access_key_id": "AKIDEXAMPLE\n"}
    with pytest.raises(persist.ConfigurationError, match="`aws_access_key_id` holds a line end"):
        persist.restore(s3.url("a.json"), storage_options=options)


def test_an_empty_variable_says_nothing(s3: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")
    persist.snapshot(STATE, s3.url("a.json"))
    assert persist.restore(s3.url("a.json")) == STATE


def test_a_snapshot_is_replaced_whole(cloud: Cloud) -> None:
    save(cloud, "a.json", LONG)
    save(cloud, "a.json")
    assert load(cloud, "a.json") == STATE


def test_what_is_there_is_told_and_deleted(cloud: Cloud) -> None:
    url, options = cloud.url("a.json"), cloud.options
    assert persist.snapshot_exists(url, storage_options=options) is False
    save(cloud, "a.json")
    assert persist.snapshot_exists(url, storage_options=options) is True
    persist.delete_snapshot(url, storage_options=options)
    assert persist.snapshot_exists(url, storage_options=options) is False


def test_what_is_missing_is_not_found(cloud: Cloud) -> None:
    url, options = cloud.url("a.json"), cloud.options
    for call in (persist.restore, persist.get_metadata, persist.delete_snapshot):
        with pytest.raises(persist.SnapshotNotFoundError, match="not found") as raised:
            call(url, storage_options=options)
        assert raised.value.location == url
    persist.delete_snapshot(url, missing_ok=True, storage_options=options)
    verification = persist.verify_snapshot(url, storage_options=options)
    assert (bool(verification), verification.reason) == (False, "not_found")


def test_a_snapshot_that_is_there_is_kept(cloud: Cloud) -> None:
    save(cloud, "a.json", overwrite=False)
    with pytest.raises(persist.SnapshotExistsError) as raised:
        save(cloud, "a.json", {"step": 4}, overwrite=False)
    assert raised.value.location == cloud.url("a.json")
    assert load(cloud, "a.json") == STATE


def test_what_is_missing_or_there_is_told_with_whom_was_asked(cloud: Cloud) -> None:
    url, options = cloud.url("a.json"), cloud.options
    region = ", region `us-east-1`" if cloud.kind == "s3" else ""
    whom = f"endpoint `{cloud.endpoint}`{region}, credentials from `storage_options`"
    for call in (persist.restore, persist.delete_snapshot):
        with pytest.raises(persist.SnapshotNotFoundError) as raised:
            call(url, storage_options=options)
        told = f"snapshot not found: nothing is stored at `{url}`: the storage answered 404"
        assert str(raised.value).startswith(told)
        assert str(raised.value).endswith(f"({whom})")
    save(cloud, "a.json")
    with pytest.raises(persist.SnapshotExistsError) as exists:
        save(cloud, "a.json", overwrite=False)
    assert str(exists.value) == f"`{url}` exists already and was not to be replaced: {whom}"


@pytest.mark.parametrize(
    ("method", "call", "action"),
    [
        ("HEAD", persist.snapshot_exists, "look at"),
        ("DELETE", persist.delete_snapshot, "delete"),
    ],
    ids=["exists", "delete"],
)
def test_a_condition_that_is_not_met_replaces_nothing(
    cloud: Cloud, method: str, call: Call, action: str
) -> None:
    save(cloud, "a.json")
    fault = Fault(on(method), 9, status=412, code="ConditionNotMet")
    with before(cloud.endpoint, fault) as way, pytest.raises(persist.StorageError) as raised:
        call(cloud.url("a.json"), storage_options=cloud.through(way.endpoint).options)
    told = f"could not {action} `{cloud.url('a.json')}`: the storage answered 412"
    assert str(raised.value).startswith(told)
    assert (raised.value.kind, fault.met) == ("storage", 1)


def test_the_bucket_names_no_snapshot(cloud: Cloud) -> None:
    with pytest.raises(persist.ConfigurationError, match="is empty, which names nothing"):
        persist.snapshot(STATE, cloud.base, storage_options=cloud.options)
    assert persist.snapshot_exists(cloud.base, storage_options=cloud.options) is False
    with pytest.raises(persist.SnapshotNotFoundError):
        persist.restore(cloud.base, storage_options=cloud.options)


def test_of_sixteen_writers_one_wins(cloud: Cloud) -> None:
    outcomes: list[object] = []

    def write(number: int) -> None:
        try:
            save(cloud, "raced.json", {"writer": number}, overwrite=False)
            outcomes.append(number)
        except persist.SnapshotExistsError as error:
            outcomes.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    winners = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert (len(outcomes), len(winners)) == (16, 1)
    assert load(cloud, "raced.json") == {"writer": winners[0]}


def test_metadata_costs_one_request_where_ranges_count_from_the_end(cloud: Cloud) -> None:
    save(cloud, "a.json", LONG)
    before, expected = reads(cloud), 2 if cloud.kind == "azure" else 1
    persist.get_metadata(cloud.url("a.json"), storage_options=cloud.options)
    # An emulator may write its log after its answer.
    wait_for(lambda: reads(cloud) - before >= expected)
    assert reads(cloud) - before == expected


# What the metadata of an object costs: plain, encrypted, longer than comes with an end, both.
COSTS = {"s3": [1, 2, 2, 3], "azure": [2, 3, 3, 4], "gcs": [1, 2, 2, 3]}


@pytest.mark.parametrize("place", range(4), ids=["plain", "sealed", "long", "sealed and long"])
def test_metadata_costs_a_request_more_where_they_are_long_or_sealed(
    cloud: Cloud, place: int
) -> None:
    key = persist.generate_identity() if place % 2 else None
    extra = {"log": random.Random(3).randbytes(100_000).hex()} if place > 1 else None
    saved = save(cloud, "a.json", LONG, extra=extra, encryption=key)
    before, expected = reads(cloud), COSTS[cloud.kind][place]
    url, options = cloud.url("a.json"), cloud.options
    assert persist.get_metadata(url, encryption=key, storage_options=options) == saved
    wait_for(lambda: reads(cloud) - before >= expected)
    assert reads(cloud) - before == expected


def test_the_coroutines_do_what_the_functions_do(cloud: Cloud) -> None:
    url, aio = cloud.url("a.json.gz"), persist.aio
    options = {"storage_options": cloud.options}

    async def work() -> None:
        saved = await aio.snapshot(STATE, url, overwrite=False, **options)
        with pytest.raises(persist.SnapshotExistsError):
            await aio.snapshot({"step": 4}, url, overwrite=False, **options)
        assert await aio.get_metadata(url, **options) == saved
        assert await aio.verify_snapshot(url, **options)
        assert await aio.restore(url, **options) == STATE
        await aio.snapshot(LONG, url, **options)
        assert await aio.restore(url, **options) == LONG
        assert await aio.snapshot_exists(url, **options)
        await aio.delete_snapshot(url, **options)
        assert not await aio.snapshot_exists(url, **options)
        with pytest.raises(persist.SnapshotNotFoundError, match="not found"):
            await aio.delete_snapshot(url, **options)

    asyncio.run(work())
    assert cloud.keys() == []


def test_of_writers_of_many_parts_one_wins(cloud: Cloud) -> None:
    outcomes: list[object] = []
    start = threading.Barrier(4, timeout=60)

    def write(number: int) -> None:
        agent = [number, random.Random(number).randbytes(9 << 20)]
        start.wait()
        try:
            save(cloud, "raced.json", agent, overwrite=False)
            outcomes.append(number)
        except persist.SnapshotExistsError as error:
            outcomes.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    winners = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert (len(outcomes), len(winners)) == (4, 1)
    assert load(cloud, "raced.json") == [winners[0], random.Random(winners[0]).randbytes(9 << 20)]
    assert cloud.keys() == ["raced.json"]
    # Azure shows none of a key that something has.
    assert cloud.unfinished() == []


def reads(cloud: Cloud) -> int:
    """Returns how many requests for an object, or for what is said of it, there were."""
    return sum(re.search(r"\b(GET|HEAD)\b", line) is not None for line in cloud.requests())


def methods_since(cloud: Cloud, before: int) -> list[str]:
    return sorted(line.split()[1] for line in cloud.requests()[before:])


def test_a_small_snapshot_is_saved_and_restored_by_few_requests(s3: Cloud) -> None:
    before = len(s3.requests())
    save(s3, "a.json")
    load(s3, "a.json")
    # A look for unfinished uploads, the put, and the get that brings all of it.
    assert methods_since(s3, before) == ["GET", "GET", "PUT"]


def test_a_key_that_is_saved_again_is_not_looked_at_again(s3: Cloud) -> None:
    save(s3, "a.json")
    before = len(s3.requests())
    save(s3, "a.json")
    assert methods_since(s3, before) == ["PUT"]
    save(s3, "b.json")
    assert methods_since(s3, before) == ["GET", "PUT", "PUT"]


def test_local_paths_and_memory_start_no_thread(tmp_path: Path) -> None:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("counting threads from outside needs /proc")
    before = len(list(Path("/proc/self/task").iterdir()))
    persist.snapshot(STATE, tmp_path / "a.json")
    persist.snapshot(STATE, "memory://a")
    assert len(list(Path("/proc/self/task").iterdir())) <= before
