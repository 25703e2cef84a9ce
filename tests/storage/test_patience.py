"""How long a caller waits, how often is asked, and how much is read: not what a server decides."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.fake import Asked, Reply, answering
from storage.proxy import Fault, on

UPLOADS = on("GET", holding="?uploads")


@pytest.mark.parametrize("kind", ["s3", "gcs"])
def test_a_save_does_not_wait_for_the_leftovers_of_others(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    cloud: Cloud = request.getfixturevalue(f"emulated_{kind}").below(tmp_path.name)
    slow = Fault(UPLOADS, 99, delays=20)
    with proxy.before(cloud.endpoint, slow) as way:
        options = cloud.through(way.endpoint).options
        began = time.monotonic()
        persist.snapshot(1, cloud.url("a.json"), storage_options=options)
        assert time.monotonic() - began < 10
        large = bytes(range(256)) * (40 << 10)
        persist.snapshot(large, cloud.url("b.json"), compression="none", storage_options=options)
        assert time.monotonic() - began < 20
    assert slow.met == 2
    assert persist.restore(cloud.url("a.json"), storage_options=cloud.options) == 1
    assert cloud.unfinished() == []


def test_a_store_that_lists_no_uploads_is_asked_once(s3: Cloud) -> None:
    fault = Fault(UPLOADS, 99, status=501, code="NotImplemented")
    with proxy.before(s3.endpoint, fault) as way:
        options = s3.through(way.endpoint).options
        for step in range(3):
            persist.snapshot(step, s3.url("a.json"), storage_options=options)
    assert fault.met == 1


def test_the_list_of_uploads_has_no_secret_in_its_address(s3: Cloud) -> None:
    with proxy.before(s3.endpoint) as way:
        options = s3.through(way.endpoint, aws_session_token="5ession").options
        persist.snapshot(1, s3.url("a b.json"), storage_options=options)
        lists = [line for line in way.seen if "?uploads" in line]
    assert len(lists) == 1
    assert "X-Amz" not in lists[0]
    assert "5ession" not in lists[0]
    assert "prefix=" in lists[0]


# What no other try passes: the way to ask, what is said, and what to do about it.
WAYS = {
    "TLS to a plain port": (
        {"aws_endpoint": "https://{host}"},
        "could not speak with `{host}`: received corrupt message of type InvalidContentType",
        "check scheme and port of the endpoint, and whom this system trusts",
    ),
    "plain where that is not allowed": (
        {"aws_endpoint": "http://{host}", "allow_http": "false"},
        "could not speak with `{host}`: URL scheme is not allowed",
        "an address with plain `http` is asked where `allow_http` is `true`",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_no_other_try_passes_is_tried_once(way: str, caplog: pytest.LogCaptureFixture) -> None:
    options, told, hint = WAYS[way]
    with answering(lambda _: Reply()) as fake:
        host = fake.endpoint.removeprefix("http://")
        cloud = fake.cloud("s3", **{name: text.format(host=host) for name, text in options.items()})
        with pytest.raises(persist.StorageError) as raised:
            persist.restore(cloud.url("a.json"), storage_options=cloud.options)
    assert told.format(host=host) in str(raised.value)
    assert (raised.value.kind, raised.value.hint) == ("storage", hint)
    assert [record for record in caplog.records if record.name == "persist"] == []


def test_a_proxy_that_speaks_another_tongue_is_tried_once(
    s3: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    cloud = s3.through("http://cloud.invalid:9000")
    with pytest.raises(persist.StorageError, match="could not speak with") as raised:
        persist.restore(cloud.url("a.json"), storage_options=cloud.options)
    hint = "name a proxy that speaks `http` or `https`"
    assert (raised.value.kind, raised.value.hint) == ("storage", hint)
    assert [record for record in caplog.records if record.name == "persist"] == []


def test_a_proxy_named_later_is_heard_by_the_next_call(
    s3: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    persist.snapshot([1], s3.url("a.json"), storage_options=s3.options)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(persist.StorageError, match=r"through the proxy `http://127\.0\.0\.1:9`"):
        persist.restore(s3.url("a.json"), storage_options=s3.options)
    monkeypatch.delenv("http_proxy")
    assert persist.restore(s3.url("a.json"), storage_options=s3.options) == [1]


PEAK = """
import persist, sys, resource
url, *options = sys.argv[1:]
options = dict(zip(*[iter(options)] * 2))
try:
    persist.get_metadata(url, storage_options=options)
except persist.PersistError:
    pass
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    persist.get_metadata(url, storage_options={**options, "user_agent": "another"})
except persist.PersistError as error:
    print(type(error).__name__, error.kind)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

HUGE = 200 << 20


def refusing(_: Asked) -> Reply:
    return Reply(403, {}, bytes(HUGE))


def overflowing(_: Asked) -> Reply:
    headers = {
        "Content-Range": f"bytes 0-65535/{65536}",
        "ETag": '"1"',
        "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT",
    }
    return Reply(206, headers, bytes(HUGE))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the peak has another unit")
@pytest.mark.parametrize("answer", [refusing, overflowing], ids=lambda answer: answer.__name__)
def test_memory_does_not_follow_the_server(answer: object) -> None:
    with small_first(answer) as cloud:
        options = [text for pair in cloud.options.items() for text in pair]
        command = [sys.executable, "-c", PEAK, cloud.url("a.json"), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    error, grown_kib = done.stdout.split("\n")[:2]
    expected = {"refusing": "PermissionDeniedError permission_denied"}
    assert error == expected.get(answer.__name__, "StorageError unavailable")  # type: ignore[attr-defined]
    assert int(grown_kib) < 32 << 10


@contextmanager
def small_first(answer: object) -> Iterator[Cloud]:
    """Answers the first client with nothing much, so that what it takes is there already."""

    def reply(asked: Asked) -> Reply:
        if asked.headers["user-agent"] != "another":
            return Reply(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        return answer(asked)  # type: ignore[operator,no-any-return]

    with answering(reply) as fake:
        yield fake.cloud("s3")
