"""What answers in the place of a storage, and is none: a redirect, a page, a wrong port."""

from __future__ import annotations

import random
from collections.abc import Callable

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.fake import Asked, Fake, Reply, answering
from storage.proxy import Fault, on

KINDS = ["s3", "azure", "gcs"]

# What a page of a login answers to whatever it is asked.
PAGE = Reply(
    headers={
        "ETag": '"w"',
        "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT",
        "x-goog-generation": "5",
    },
    body=b"<html>login</html>",
)

SECRETS = {
    "s3": {
        "aws_session_token": "5ESSION",
        "aws_server_side_encryption": "sse-c",
        "aws_sse_customer_key_base64": "NUVDUkVUNUVDUkVUNUVDUkVUNUVDUkVUNUVDUkVUNUU=",
    },
    "azure": {},
    "gcs": {},
}

LARGE = random.Random(5).randbytes(9 << 20)

Call = Callable[[str, dict[str, str]], object]

CALLS: dict[str, Call] = {
    "snapshot": lambda url, options: persist.snapshot(1, url, storage_options=options),
    "a large snapshot": lambda url, options: persist.snapshot(LARGE, url, storage_options=options),
    "a new snapshot": lambda url, options: persist.snapshot(
        1, url, overwrite=False, storage_options=options
    ),
    "restore": lambda url, options: persist.restore(url, storage_options=options),
    "get_metadata": lambda url, options: persist.get_metadata(url, storage_options=options),
    "verify_snapshot": lambda url, options: persist.verify_snapshot(url, storage_options=options),
    "snapshot_exists": lambda url, options: persist.snapshot_exists(url, storage_options=options),
    "delete_snapshot": lambda url, options: persist.delete_snapshot(
        url, missing_ok=True, storage_options=options
    ),
}


def moved(status: int, page: Fake) -> Callable[[Asked], Reply]:
    """Answers whatever is asked with the address of that page."""
    return lambda _: Reply(status, {"Location": f"{page.endpoint}/login?token=5ecret"})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", KINDS)
def test_no_redirect_is_followed(kind: str, status: int) -> None:
    with answering(lambda _: PAGE) as page, answering(moved(status, page)) as fake:
        cloud = fake.cloud(kind, **SECRETS[kind])
        for name, call in CALLS.items():
            with pytest.raises(persist.StorageError) as raised:
                call(cloud.url("a.json"), cloud.options)
            assert raised.value.kind == "storage", name
            told = f"answered {status}, a redirect to `{page.endpoint}`, which is not followed"
            assert told in str(raised.value), name
            assert "5ecret" not in str(raised.value)
    assert page.asked == []


@pytest.mark.parametrize("status", [301, 307])
def test_a_bucket_of_another_region_is_said(status: int) -> None:
    headers = {"Location": "http://127.0.0.1:9/", "x-amz-bucket-region": "eu-west-1"}
    body = b"<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
    with answering(lambda _: Reply(status, headers, body)) as fake:
        cloud = fake.cloud("s3")
        for name, call in CALLS.items():
            with pytest.raises(persist.StorageError, match=f"answered {status}") as raised:
                call(cloud.url("a.json"), cloud.options)
            hint = "the bucket is in the region `eu-west-1`; set `aws_region`"
            assert (raised.value.kind, raised.value.hint) == ("storage", hint), name


def test_a_sas_goes_to_no_other_host() -> None:
    with answering(lambda _: PAGE) as page:
        moved = Reply(302, {"Location": page.endpoint})
        with answering(lambda _: moved) as fake:
            cloud = fake.cloud("azure", azure_storage_sas_token="sv=1&sig=5ecretSAS")
            del cloud.options["azure_storage_account_key"]
            with pytest.raises(persist.StorageError):
                persist.restore(cloud.url("a.json"), storage_options=cloud.options)
    assert page.asked == []


def test_a_giver_of_credentials_that_moved_is_not_followed() -> None:
    with answering(lambda _: Reply(body=b"role")) as other:
        with answering(lambda _: Reply(302, {"Location": other.endpoint})) as giver:
            cloud = Fake("http://127.0.0.1:9").cloud("s3", aws_metadata_endpoint=giver.endpoint)
            del cloud.options["aws_access_key_id"], cloud.options["aws_secret_access_key"]
            with pytest.raises(persist.PermissionDeniedError) as raised:
                persist.restore(cloud.url("a.json"), storage_options=cloud.options)
        host = giver.endpoint.removeprefix("http://")
        assert f"no credentials: `{host}` answered 302, a redirect to" in str(raised.value)
    assert other.asked == []


# Answers of what keeps no objects: of a web server, of a console, of an ingress without a backend.
NOTHING_HERE = {
    "a page": Reply(404, {"Content-Type": "text/html"}, b"<html><body>404</body></html>"),
    "a line": Reply(404, {"Content-Type": "text/plain"}, b"404 page not found\n"),
    "nothing": Reply(404),
    "JSON": Reply(404, {"Content-Type": "application/json"}, b'{"detail":"Not Found"}'),
}


@pytest.mark.parametrize("answer", NOTHING_HERE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_does_not_say_that_nothing_is_there(kind: str, answer: str) -> None:
    with answering(lambda _: NOTHING_HERE[answer]) as fake:
        cloud = fake.cloud(kind)
        for name, call in CALLS.items():
            with pytest.raises(persist.StorageError) as raised:
                call(cloud.url("a.json"), cloud.options)
            assert raised.value.kind == "storage", name
            told = "answered 404 and gave none of the reasons that a storage gives"
            assert told in str(raised.value), name
            assert f"endpoint `{fake.endpoint}`" in str(raised.value)
            assert raised.value.hint == (
                "check the endpoint and its port: what answers there may be no storage"
            )


REASONS = {
    "s3": Reply(404, {}, b"<Error><Code>NoSuchKey</Code></Error>"),
    "azure": Reply(404, {"x-ms-error-code": "BlobNotFound"}),
    "gcs": Reply(404, {}, b"<Error><Code>NoSuchKey</Code></Error>"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_storage_says_that_nothing_is_there(kind: str) -> None:
    with answering(lambda _: REASONS[kind]) as fake:
        cloud = fake.cloud(kind)
        url, options = cloud.url("a.json"), cloud.options
        assert persist.snapshot_exists(url, storage_options=options) is False
        with pytest.raises(persist.SnapshotNotFoundError):
            persist.restore(url, storage_options=options)
        with pytest.raises(persist.SnapshotNotFoundError):
            persist.delete_snapshot(url, storage_options=options)


@pytest.mark.parametrize("agent", [1, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("status", [403, 500])
def test_a_lost_answer_that_cannot_be_looked_after_is_unavailable(
    cloud: Cloud, agent: object, status: int
) -> None:
    """What lies there may be one's own: nobody says that it is another's."""
    commits = {
        "s3": on("POST", holding="uploadId="),
        "azure": on("PUT", holding="comp=blocklist"),
        "gcs": on("PUT", ending="a.json"),
    }
    takes = commits[cloud.kind] if agent is LARGE else on("PUT")
    lost = Fault(takes, loses=True)
    # As some answer, though not each emulator, for an upload that is complete.
    refused = Fault(takes, status=412, code="PreconditionFailed")
    looks = Fault(lambda *asked: lost.met > 0 and on("HEAD", "GET")(*asked), 99, status=status)
    with proxy.before(cloud.endpoint, lost, refused, looks) as way:
        options = cloud.through(way.endpoint).options
        with pytest.raises(persist.StorageError) as raised:
            persist.snapshot(agent, cloud.url("a.json"), overwrite=False, storage_options=options)
    assert (type(raised.value), raised.value.kind) == (persist.StorageError, "unavailable")
    told = "the answer to it was lost, and what lies there could not be looked at: "
    assert f"{told}the storage answered {status}" in str(raised.value)
    assert persist.restore(cloud.url("a.json"), storage_options=cloud.options) == agent
