"""What goes wrong between here and a cloud, and what is said and left then."""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

STATE = {"step": 3}

# Three parts of an upload, which no compressor makes smaller.
LARGE = random.Random(5).randbytes(18 << 20)


# What makes an object of the parts of an upload.
COMMITS = {
    "s3": on("POST", holding="uploadId="),
    "azure": on("PUT", holding="comp=blocklist"),
    "gcs": on("POST", holding="uploadId="),
}


def save(cloud: Cloud, agent: object = STATE, **kwargs: object) -> persist.SnapshotMetadata:
    url = cloud.url("a.json.gz")
    return persist.snapshot(agent, url, storage_options=cloud.options, **kwargs)  # type: ignore[arg-type]


def load(cloud: Cloud) -> object:
    return persist.restore(cloud.url("a.json.gz"), storage_options=cloud.options)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again_and_logged_once(
    cloud: Cloud, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with proxy.before(cloud.endpoint, Fault(on("PUT"), 2, status=status)) as way:
        save(cloud.through(way.endpoint))
    assert load(cloud) == STATE
    lines = [record for record in caplog.records if record.name == "persist"]
    assert [record.levelno for record in lines] == [logging.WARNING]
    assert lines[0].getMessage().startswith("trying again to write `")


def test_a_call_of_many_requests_is_logged_once(
    s3: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    seen: set[str] = set()

    def is_first(method: str, path: str) -> bool:
        is_known = path in seen
        seen.add(path)
        return method == "PUT" and not is_known

    fault = Fault(is_first, 99, status=503)
    with proxy.before(s3.endpoint, fault) as way:
        save(s3.through(way.endpoint), LARGE)
    assert fault.met == 3
    assert len([record for record in caplog.records if record.name == "persist"]) == 1


# A status and a code that answer each put; what is raised, its kind, and how often it was asked.
AT_ONCE = [
    (404, "NoSuchKey", persist.StorageError, "storage", 1),
    (409, "InvalidBucketState", persist.StorageError, "storage", 1),
    (409, "", persist.StorageError, "storage", 1),
    (412, "PreconditionFailed", persist.StorageError, "storage", 1),
]
AGAIN = [
    (409, "OperationAborted", persist.StorageError, "unavailable", 5),
    (429, "TooManyRequests", persist.StorageError, "unavailable", 5),
    (500, "InternalError", persist.StorageError, "unavailable", 5),
    (503, "SlowDown", persist.StorageError, "unavailable", 5),
]


Refusal = tuple[int, str, type[persist.PersistError], str, int]


@pytest.mark.parametrize("case", AT_ONCE, ids=lambda case: f"{case[0]} {case[1]}")
def test_each_refusal_of_a_put_is_what_it_is(cloud: Cloud, case: Refusal) -> None:
    assert_refused(cloud, case)


@pytest.mark.parametrize("case", AGAIN, ids=lambda case: f"{case[0]} {case[1]}")
def test_a_put_is_refused_for_good_after_some_tries(s3: Cloud, case: Refusal) -> None:
    assert_refused(s3, case)


def assert_refused(cloud: Cloud, case: Refusal) -> None:
    status, code, expected, kind, tries = case
    with proxy.before(cloud.endpoint, Fault(on("PUT"), 99, status=status, code=code)) as way:
        with pytest.raises(expected, match=f"{status} {code}".strip()) as raised:
            save(cloud.through(way.endpoint))
        assert sum(line.startswith("PUT") for line in way.seen) == tries
    assert (type(raised.value), raised.value.kind) == (expected, kind)
    assert cloud.keys() == []


def test_a_conflict_without_a_reason_is_read_once(cloud: Cloud) -> None:
    save(cloud)
    fault = Fault(on("GET", "HEAD"), 99, status=409)
    with (
        proxy.before(cloud.endpoint, fault) as way,
        pytest.raises(persist.StorageError, match="answered 409") as raised,
    ):
        load(cloud.through(way.endpoint))
    assert (raised.value.kind, fault.met) == ("storage", 1)


@pytest.mark.parametrize("status", [403, 401])
def test_a_refusal_is_not_asked_again(cloud: Cloud, status: int) -> None:
    refusal = Fault(on("PUT"), 99, status=status, code="AccessDenied")
    with proxy.before(cloud.endpoint, refusal) as way:
        with pytest.raises(persist.PermissionDeniedError) as raised:
            save(cloud.through(way.endpoint))
        assert sum(line.startswith("PUT") for line in way.seen) == 1
    text = str(raised.value)
    assert cloud.url("a.json.gz") in text
    assert f"endpoint `{way.endpoint}`, " in text
    assert "credentials from `storage_options`" in text
    assert not [value for value in cloud.options.values() if len(value) > 10 and value[-9:] in text]


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("agent", [STATE, LARGE], ids=["small", "large"])
def test_a_lost_answer_is_no_conflict_with_oneself(
    cloud: Cloud, agent: object, overwrite: bool
) -> None:
    takes = COMMITS[cloud.kind] if agent is LARGE else on("PUT")
    fault = Fault(takes, loses=True)
    with proxy.before(cloud.endpoint, fault) as way:
        save(cloud.through(way.endpoint), agent, overwrite=overwrite)
    assert fault.met == 1
    assert load(cloud) == agent
    assert (cloud.keys(), cloud.unfinished()) == (["a.json.gz"], [])


def test_a_lost_answer_to_a_copy_is_no_conflict_with_oneself(
    emulated_gcs: Cloud, tmp_path: Path
) -> None:
    cloud = emulated_gcs.below(tmp_path.name)
    fault = Fault(on("PUT", ending="a.json.gz"), loses=True)
    with proxy.before(cloud.endpoint, fault) as way:
        save(cloud.through(way.endpoint), LARGE, overwrite=False)
    assert fault.met == 1
    assert load(cloud) == LARGE
    assert (cloud.keys(), cloud.unfinished()) == (["a.json.gz"], [])


@pytest.mark.parametrize("agent", [STATE, LARGE], ids=["small", "large"])
def test_what_has_the_same_end_and_size_is_not_ones_own(cloud: Cloud, agent: object) -> None:
    """Another writer's object is there by the time of the second try, and differs at one bit."""
    if cloud.kind == "gcs" and agent is LARGE:
        takes = on("PUT", ending="a.json.gz")
    else:
        takes = COMMITS[cloud.kind] if agent is LARGE else on("PUT")
    tampered = []

    def tamper(method: str, path: str) -> bool:
        if method in ("HEAD", "GET") and lost.met and not tampered:
            body = cloud.ask("GET", "a.json.gz")
            tampered.append(body[:20] + bytes([body[20] ^ 1]) + body[21:])
            cloud.ask("PUT", "a.json.gz", body=tampered[0])
        return False

    lost = Fault(takes, loses=True)
    # As some answer, though not each emulator, for an upload that is complete.
    refused = Fault(takes, status=412, code="PreconditionFailed")
    with (
        proxy.before(cloud.endpoint, lost, refused, Fault(tamper)) as way,
        pytest.raises(persist.SnapshotExistsError),
    ):
        save(cloud.through(way.endpoint), agent, overwrite=False)
    assert cloud.ask("GET", "a.json.gz") == tampered[0]


def test_a_conflict_with_another_is_one_although_an_answer_was_lost(cloud: Cloud) -> None:
    save(cloud)
    looks = Fault(on("HEAD", "GET"), 2, status=404, code="NoSuchKey")
    lost = Fault(on("PUT"), resets=True)
    with (
        proxy.before(cloud.endpoint, looks, lost) as way,
        pytest.raises(persist.SnapshotExistsError),
    ):
        save(cloud.through(way.endpoint), {"step": 4}, overwrite=False)
    assert load(cloud) == STATE


def test_a_body_that_breaks_off_is_read_on(cloud: Cloud) -> None:
    save(cloud, LARGE)
    fault = Fault(on("GET"), 3, cuts=40_000)
    with proxy.before(cloud.endpoint, fault) as way:
        assert load(cloud.through(way.endpoint)) == LARGE
    assert fault.met == 3


def test_a_body_that_breaks_off_behind_its_opening_is_read_on(cloud: Cloud) -> None:
    save(cloud, LARGE)
    end, rest = Fault(on("GET"), cuts=1 << 20), Fault(on("GET"), 3, cuts=5 << 20)
    with proxy.before(cloud.endpoint, end, rest) as way:
        assert load(cloud.through(way.endpoint)) == LARGE
    assert (end.met, rest.met) == (1, 3)


def test_a_body_that_breaks_off_is_logged_once(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    save(cloud, LARGE)
    end, rest = Fault(on("GET"), cuts=1 << 20), Fault(on("GET"), 3, cuts=5 << 20)
    with proxy.before(cloud.endpoint, end, rest) as way:
        assert load(cloud.through(way.endpoint)) == LARGE
    assert rest.met == 3
    lines = [record.getMessage() for record in caplog.records if record.name == "persist"]
    assert len(lines) == 1
    assert lines[0].startswith(f"trying again to read `{cloud.url('a.json.gz')}`: ")


def test_a_body_that_comes_in_crumbs_is_unavailable(cloud: Cloud) -> None:
    save(cloud, LARGE)
    end, rest = Fault(on("GET"), cuts=1 << 20), Fault(on("GET"), 400, cuts=2000)
    with (
        proxy.before(cloud.endpoint, end, rest) as way,
        pytest.raises(persist.StorageError, match="the connection broke several times") as raised,
    ):
        load(cloud.through(way.endpoint))
    assert (raised.value.kind, rest.met) == ("unavailable", 5)


def test_a_body_that_breaks_off_for_good_is_unavailable(cloud: Cloud) -> None:
    save(cloud, LARGE)
    end, rest = Fault(on("GET"), cuts=1 << 20), Fault(on("GET"), 99, cuts=0)
    with (
        proxy.before(cloud.endpoint, end, rest) as way,
        pytest.raises(persist.StorageError, match="the connection broke several times") as raised,
    ):
        load(cloud.through(way.endpoint))
    assert raised.value.kind == "unavailable"
    assert rest.met == 5


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_answer_that_never_comes_is_unavailable(cloud: Cloud, method: str) -> None:
    # What is put late would be there after all.
    fault = Fault(on("GET", "HEAD") if method == "GET" else on("PUT"), 99, delays=60, resets=True)
    with proxy.before(cloud.endpoint, fault) as way:
        slow = cloud.through(way.endpoint, timeout="200ms")
        with pytest.raises(persist.StorageError, match="it did not answer in time") as raised:
            load(slow) if method == "GET" else save(slow)
    assert (raised.value.kind, fault.met) == ("unavailable", 5)
    assert cloud.keys() == []


def test_a_bucket_that_is_not_there_is_said(cloud: Cloud) -> None:
    nowhere = Cloud(cloud.kind, f"{cloud.base}-gone", cloud.options, cloud.endpoint)
    url, options = nowhere.url("a.json.gz"), nowhere.options
    calls = [
        lambda: persist.snapshot(STATE, url, storage_options=options),
        lambda: persist.snapshot(STATE, url, storage_options=options, overwrite=False),
        lambda: persist.restore(url, storage_options=options),
        lambda: persist.get_metadata(url, storage_options=options),
        lambda: persist.verify_snapshot(url, storage_options=options),
        lambda: persist.snapshot_exists(url, storage_options=options),
        lambda: persist.delete_snapshot(url, storage_options=options),
    ]
    for call in calls:
        with pytest.raises(persist.StorageError) as raised:
            call()
        assert (raised.value.kind, raised.value.location) == ("no_such_bucket", url)


PARTS = {
    "s3": on("PUT", holding="partNumber=2"),
    "gcs": on("PUT", holding="partNumber=2"),
    "azure": on("PUT", holding="comp=block&"),
}


@pytest.mark.parametrize("agent", [STATE, LARGE], ids=["small", "large"])
def test_an_upload_that_breaks_off_is_sent_again(cloud: Cloud, agent: object) -> None:
    fault = Fault(PARTS[cloud.kind] if agent is LARGE else on("PUT"), 2, breaks=100)
    with proxy.before(cloud.endpoint, fault) as way:
        save(cloud.through(way.endpoint), agent)
    assert fault.met == 2
    assert load(cloud) == agent
    assert (cloud.keys(), cloud.unfinished()) == (["a.json.gz"], [])


@pytest.mark.parametrize("agent", [STATE, LARGE], ids=["small", "large"])
def test_an_upload_that_breaks_off_for_good_leaves_nothing(cloud: Cloud, agent: object) -> None:
    fault = Fault(PARTS[cloud.kind] if agent is LARGE else on("PUT"), 99, breaks=100)
    with proxy.before(cloud.endpoint, fault) as way, pytest.raises(persist.StorageError) as raised:
        save(cloud.through(way.endpoint), agent)
    assert raised.value.kind == "unavailable"
    assert fault.met >= 5
    assert_nothing_but(cloud)


def assert_nothing_but(cloud: Cloud, *keys: str) -> None:
    """Asserts what is in the bucket. Azure keeps the blocks of an upload until the next save."""
    assert cloud.keys() == sorted(keys)
    if cloud.kind != "azure":
        assert cloud.unfinished() == []


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_failed_upload_leaves_nothing(cloud: Cloud, overwrite: bool) -> None:
    fault = Fault(PARTS[cloud.kind], 99, status=403, code="AccessDenied")
    kept = ["a.json.gz"] if overwrite else []
    if overwrite:
        save(cloud)
    with proxy.before(cloud.endpoint, fault) as way, pytest.raises(persist.PermissionDeniedError):
        save(cloud.through(way.endpoint), LARGE, overwrite=overwrite)
    assert fault.met >= 1
    assert_nothing_but(cloud, *kept)
    if overwrite:
        assert load(cloud) == STATE
    save(cloud, LARGE)
    assert load(cloud) == LARGE
    assert (cloud.keys(), cloud.unfinished()) == (["a.json.gz"], [])


SLOW = """
import persist, random, sys, time
large = random.Random(5).randbytes(18 << 20)
try:
    persist.snapshot(large, sys.argv[1], storage_options=dict(zip(*[iter(sys.argv[2:])] * 2)))
except KeyboardInterrupt:
    print(time.monotonic())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a clock that processes share")
@pytest.mark.parametrize("at", ["part", "commit"])
def test_ctrl_c_ends_a_slow_upload_within_a_second(cloud: Cloud, at: str) -> None:
    # A put that is passed on although its writer is gone would come after the end of the upload.
    takes = COMMITS[cloud.kind] if at == "commit" else PARTS[cloud.kind]
    fault = Fault(takes, 99, delays=20, resets=True)
    with proxy.before(cloud.endpoint, fault) as way:
        slow = cloud.through(way.endpoint)
        options = [text for pair in slow.options.items() for text in pair]
        command = [sys.executable, "-c", SLOW, slow.url("a.json.gz"), *options]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        proxy.wait_for(lambda: fault.met > 0, 60)
        pressed = time.monotonic()
        child.send_signal(signal.SIGINT)
        printed, _ = child.communicate(timeout=30)
    assert float(printed) - pressed < 1
    assert_nothing_but(cloud)


STALE = """<?xml version="1.0"?><ListMultipartUploadsResult><Upload><Key>{key}</Key>
<UploadId>gone</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>
</ListMultipartUploadsResult>"""
STALE_OBJECTS = """<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents>
<Key>{key}.persist-{token}.tmp</Key><LastModified>2010-11-10T20:48:33.000Z</LastModified>
<ETag>"1"</ETag><Size>1</Size></Contents></ListBucketResult>"""
EMPTY = """<?xml version="1.0"?><{name}></{name}>"""


@pytest.mark.parametrize("agent", [STATE, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("is_empty", [False, True])
@pytest.mark.parametrize("kind", ["s3", "gcs"])
def test_a_list_from_before_disturbs_no_save(
    request: pytest.FixtureRequest, kind: str, is_empty: bool, agent: object, tmp_path: Path
) -> None:
    cloud: Cloud = request.getfixturevalue(f"emulated_{kind}").below(tmp_path.name)
    key = f"{cloud.prefix}a.json.gz"
    bodies = [STALE.format(key=key), STALE_OBJECTS.format(key=key, token="0" * 32)]
    if is_empty:
        names = ["ListMultipartUploadsResult", "ListBucketResult"]
        bodies = [EMPTY.format(name=name) for name in names]
    uploads, objects = (
        Fault(on("GET", holding=holding), 99, changes=lambda _, body=body: body.encode())
        for holding, body in zip(["?uploads", "list-type=2"], bodies, strict=True)
    )
    with proxy.before(cloud.endpoint, uploads, objects) as way:
        save(cloud.through(way.endpoint), agent)
        was_deleted = any("DELETE" in line and "uploadId=gone" in line for line in way.seen)
    assert (uploads.met, objects.met) == (1, 1 if kind == "gcs" else 0)
    assert was_deleted is not is_empty
    assert load(cloud) == agent
    assert (cloud.keys(), cloud.unfinished()) == (["a.json.gz"], [])


def child_saves(url: str, options: dict[str, str]) -> None:
    persist.snapshot({"step": 4}, url, storage_options=options)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_saves_with_clients_of_its_own(cloud: Cloud) -> None:
    save(cloud)
    url = cloud.url("child.json")
    context = multiprocessing.get_context("fork")
    child = context.Process(target=child_saves, args=(url, cloud.options))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert persist.restore(url, storage_options=cloud.options) == {"step": 4}
    save(cloud)


def test_a_reader_sees_whole_snapshots_while_they_are_replaced(cloud: Cloud) -> None:
    texts = ["a" * 90_000, "b" * 400_000, "c" * 90_000, "d" * 700_000]
    save(cloud, texts[0], compression="none")
    is_over = threading.Event()

    def replace() -> None:
        for turn in range(12):
            save(cloud, texts[turn % 4], compression="none")
        is_over.set()

    writer = threading.Thread(target=replace)
    writer.start()
    while not is_over.is_set():
        assert load(cloud) in texts
    writer.join()
