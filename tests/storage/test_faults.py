"""What goes wrong between here and a cloud, and what is said and left then."""

from __future__ import annotations

import logging
import multiprocessing
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


def save(cloud: Cloud, agent: object = STATE, **kwargs: object) -> persist.SnapshotMetadata:
    url = cloud.url("a.json.gz")
    return persist.snapshot(agent, url, storage_options=cloud.options, **kwargs)  # type: ignore[arg-type]


def load(cloud: Cloud) -> object:
    return persist.restore(cloud.url("a.json.gz"), storage_options=cloud.options)


def unfinished(cloud: Cloud) -> str:
    from storage.emulators import ask

    return ask("GET", f"{cloud.endpoint}/box?uploads&prefix={cloud.prefix}").decode()


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


def test_what_does_not_pass_ends_after_five_tries(s3: Cloud) -> None:
    with proxy.before(s3.endpoint, Fault(on("PUT"), 99, status=503, code="SlowDown")) as way:
        with pytest.raises(persist.StorageError, match="503 SlowDown") as raised:
            save(s3.through(way.endpoint))
        assert sum(line.startswith("PUT") for line in way.seen) == 5
    assert raised.value.kind == "unavailable"


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
    commits = {
        "s3": on("POST", holding="uploadId="),
        "azure": on("PUT", holding="comp=blocklist"),
        "gcs": on("POST", holding="uploadId=") if overwrite else on("PUT", ending="a.json.gz"),
    }
    takes = commits[cloud.kind] if agent is LARGE else on("PUT")
    fault = Fault(takes, loses=True)
    with proxy.before(cloud.endpoint, fault) as way:
        save(cloud.through(way.endpoint), agent, overwrite=overwrite)
    assert fault.met == 1
    assert load(cloud) == agent


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


def test_an_answer_that_never_comes_is_unavailable(s3: Cloud) -> None:
    fault = Fault(on("GET"), 99, delays=60)
    with (
        proxy.before(s3.endpoint, fault) as way,
        pytest.raises(persist.StorageError, match="it did not answer in time") as raised,
    ):
        load(s3.through(way.endpoint, timeout="200ms"))
    assert raised.value.kind == "unavailable"


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


def test_a_failed_upload_leaves_nothing(s3: Cloud) -> None:
    save(s3)
    fault = Fault(on("PUT", holding="partNumber=2"), 99, status=403, code="AccessDenied")
    with proxy.before(s3.endpoint, fault) as way, pytest.raises(persist.PermissionDeniedError):
        save(s3.through(way.endpoint), LARGE)
    assert load(s3) == STATE
    assert "<UploadId>" not in unfinished(s3)


def test_ctrl_c_ends_a_slow_upload_within_a_second(s3: Cloud, tmp_path: Path) -> None:
    with proxy.before(s3.endpoint, Fault(on("PUT"), 99, delays=30)) as way:
        slow = s3.through(way.endpoint)
        script = tmp_path / "slow.py"
        script.write_text(
            "import persist, random\n"
            "large = random.Random(5).randbytes(18 << 20)\n"
            f"options = {slow.options!r}\n"
            f"persist.snapshot(large, {slow.url('a.json.gz')!r}, storage_options=options)\n"
        )
        child = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE, text=True)
        proxy.wait_for(lambda: any("PUT" in line for line in way.seen), 60)
        pressed = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, printed = child.communicate(timeout=30)
        took = time.monotonic() - pressed
    assert "KeyboardInterrupt" in printed
    # The interpreter's own end is not counted in the second, but is not long.
    assert took < 5
    assert persist.snapshot_exists(s3.url("a.json.gz"), storage_options=s3.options) is False
    assert "<UploadId>" not in unfinished(s3)


def child_saves(url: str, options: dict[str, str]) -> None:
    persist.snapshot({"step": 4}, url, storage_options=options)


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
