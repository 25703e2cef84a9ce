"""What killed writers left in a bucket, by its age and its place in the listing.

moto dates every upload 2010 and never cuts a listing, so a proxy puts dates and ends into it.
"""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

MINUTE = 60.0

UPLOADS = on("GET", holding="?uploads")
OBJECTS = on("GET", holding="list-type=2")

TEMPORARY = ".persist-0123456789abcdef0123456789abcdef.tmp"


@pytest.fixture(params=["s3", "gcs"])
def listing(request: pytest.FixtureRequest, tmp_path: Path) -> Cloud:
    """A cloud that lists the unfinished uploads of a bucket."""
    cloud: Cloud = request.getfixturevalue(f"emulated_{request.param}")
    return cloud.below(f"{tmp_path.parent.name}-{tmp_path.name}")


def start_upload(cloud: Cloud, key: str) -> None:
    """Leaves an upload without a part, as a writer does that is killed early."""
    cloud.ask("POST", key, "uploads")


def dated(age_seconds: float) -> Fault:
    """Answers as if all that is listed began so long ago."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - age_seconds))

    def change(body: bytes) -> bytes:
        tags = rb"<(Initiated|LastModified)>[^<]*<"
        return re.sub(tags, rb"<\1>" + moment.encode() + b"<", body)

    return Fault(lambda *asked: UPLOADS(*asked) or OBJECTS(*asked), 99, changes=change)


def save(cloud: Cloud, key: str = "a.json") -> None:
    persist.snapshot({"step": 1}, cloud.url(key), storage_options=cloud.options)


@pytest.mark.parametrize(("minutes", "is_left"), [(59, True), (61, False)])
def test_an_upload_is_aborted_once_it_is_an_hour_old(
    listing: Cloud, minutes: int, is_left: bool
) -> None:
    start_upload(listing, "a.json")
    start_upload(listing, f"a.json{TEMPORARY}")
    start_upload(listing, "a.json.bak")
    with proxy.before(listing.endpoint, dated(minutes * MINUTE)) as way:
        save(listing.through(way.endpoint))
    own = ["a.json", f"a.json{TEMPORARY}"] if is_left else []
    assert listing.unfinished() == sorted([*own, "a.json.bak"])


@pytest.mark.parametrize(("minutes", "is_left"), [(59, True), (61, False)])
def test_a_temporary_object_is_deleted_once_it_is_an_hour_old(
    emulated_gcs: Cloud, minutes: int, is_left: bool, tmp_path: Path
) -> None:
    cloud = emulated_gcs.below(tmp_path.name)
    cloud.ask("PUT", f"a.json{TEMPORARY}", body=b"half")
    with proxy.before(cloud.endpoint, dated(minutes * MINUTE)) as way:
        save(cloud.through(way.endpoint))
    assert cloud.keys() == ["a.json", *([f"a.json{TEMPORARY}"] if is_left else [])]


def test_a_key_with_a_young_upload_is_looked_at_again(listing: Cloud) -> None:
    """What is too young today may be what a killed writer left: another look finds it old."""
    start_upload(listing, "a.json")
    for minutes in (59, 61):
        with proxy.before(listing.endpoint, dated(minutes * MINUTE)) as way:
            save(listing.through(way.endpoint))
    assert listing.unfinished() == []


def test_an_upload_that_was_begun_unheard_is_left_until_it_is_old(listing: Cloud) -> None:
    """Nothing in the listing tells it from one that another writer has just begun."""
    lost = Fault(on("POST", holding="?uploads"), loses=True)
    large = random.Random(6).randbytes(9 << 20)
    with proxy.before(listing.endpoint, lost) as way:
        cloud = listing.through(way.endpoint)
        persist.snapshot(large, cloud.url("a.json"), storage_options=cloud.options)
    assert lost.met == 1
    assert listing.unfinished() == ["a.json"]
    assert persist.restore(listing.url("a.json"), storage_options=listing.options) == large
    for minutes, left in [(59, ["a.json"]), (61, [])]:
        with proxy.before(listing.endpoint, dated(minutes * MINUTE)) as way:
            save(listing.through(way.endpoint))
        assert listing.unfinished() == left


def cut(keys_per_page: int) -> Fault:
    """Answers a page of the listing after the other, as a bucket with a thousand uploads does."""
    uploads: list[bytes] = []

    def change(body: bytes) -> bytes:
        # The first page is asked for without a marker, and has all of them.
        if not uploads:
            uploads.extend(re.findall(rb"<Upload>.*?</Upload>", body, re.DOTALL))
        page, rest = uploads[:keys_per_page], uploads[keys_per_page:]
        del uploads[: len(page)]
        end = b"<IsTruncated>false</IsTruncated>"
        if rest:
            key, number = (
                re.findall(rb"<%s>([^<]*)<" % tag, page[-1])[0] for tag in (b"Key", b"UploadId")
            )
            end = (
                b"<IsTruncated>true</IsTruncated><NextKeyMarker>%s</NextKeyMarker>"
                b"<NextUploadIdMarker>%s</NextUploadIdMarker>" % (key, number)
            )
        name = b"ListMultipartUploadsResult"
        return b"<%s>%s%s</%s>" % (name, end, b"".join(page), name)

    return Fault(UPLOADS, 99, changes=change)


def test_the_uploads_of_every_page_are_aborted(listing: Cloud) -> None:
    for _ in range(5):
        start_upload(listing, "a b.json")
    with proxy.before(listing.endpoint, cut(2)) as way:
        save(listing.through(way.endpoint), "a b.json")
        pages = [line for line in way.seen if "?uploads" in line]
    assert listing.unfinished() == []
    assert [line.count("upload-id-marker=") for line in pages] == [0, 1, 1]
    assert len(set(pages)) == 3
    assert not [line for line in pages if "+" in line]


def test_a_listing_that_never_ends_is_left(listing: Cloud) -> None:
    start_upload(listing, "a.json")
    first = [b""]

    def repeat(body: bytes) -> bytes:
        first[0] = first[0] or body.replace(
            b"<IsTruncated>false</IsTruncated>",
            b"<IsTruncated>true</IsTruncated><NextKeyMarker>a.json</NextKeyMarker>",
        )
        assert b"NextKeyMarker" in first[0]
        return first[0]

    with proxy.before(listing.endpoint, Fault(UPLOADS, 99, changes=repeat)) as way:
        save(listing.through(way.endpoint))
        assert sum("?uploads" in line for line in way.seen) == 2
    assert listing.unfinished() == []
