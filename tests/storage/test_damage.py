"""Bytes that change in a bucket or on the way from it, and what is said of them."""

from __future__ import annotations

import random
from collections.abc import Callable

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

# Bytes that no compressor makes smaller, of more than is read with the end of a file.
STATE = random.Random(5).randbytes(300_000).hex()

KEY = "a.json.gz"


def flipped(place: float) -> Callable[[bytes], bytes]:
    """Returns what flips a bit at some place between the first byte and the last."""

    def flip(body: bytes) -> bytes:
        at = int(place * (len(body) - 1))
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]

    return flip


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda body: body[: int(share * len(body))]


def save(cloud: Cloud) -> None:
    persist.snapshot(STATE, cloud.url(KEY), storage_options=cloud.options)


def assert_noticed(cloud: Cloud, expected: type[persist.PersistError], kind: str) -> None:
    url, options = cloud.url(KEY), cloud.options
    with pytest.raises(expected) as raised:
        persist.restore(url, storage_options=options)
    assert (type(raised.value), raised.value.kind) == (expected, kind), raised.value
    assert raised.value.location == url
    verification = persist.verify_snapshot(url, storage_options=options)
    assert (bool(verification), verification.reason) == (False, kind)


DAMAGES = {
    "first byte": (flipped(0.0), persist.IntegrityError, "hash_mismatch"),
    "middle": (flipped(0.5), persist.IntegrityError, "hash_mismatch"),
    "last byte": (flipped(1.0), persist.IntegrityError, "damaged"),
    "half of it": (cut(0.5), persist.IntegrityError, "truncated"),
    "nothing of it": (cut(0.0), persist.FormatError, "not_a_snapshot"),
    "a byte more": (lambda body: body + b"\0", persist.IntegrityError, "trailing_bytes"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_object_is_refused(cloud: Cloud, damage: str) -> None:
    change, expected, kind = DAMAGES[damage]
    save(cloud)
    cloud.ask("PUT", KEY, body=change(cloud.ask("GET", KEY)))
    assert_noticed(cloud, expected, kind)


@pytest.mark.parametrize("place", [0.25, 0.75])
def test_a_body_that_changes_on_its_way_is_refused(cloud: Cloud, place: float) -> None:
    save(cloud)
    fault = Fault(on("GET", ending=KEY), 99, changes=flipped(place))
    with proxy.before(cloud.endpoint, fault) as way:
        assert_noticed(cloud.through(way.endpoint), persist.IntegrityError, "hash_mismatch")
    assert fault.met >= 2
    assert persist.restore(cloud.url(KEY), storage_options=cloud.options) == STATE


def test_a_body_shorter_than_its_range_is_asked_for_again(cloud: Cloud) -> None:
    save(cloud)
    fault = Fault(on("GET", ending=KEY), 2, changes=cut(0.5))
    with proxy.before(cloud.endpoint, fault) as way:
        options = cloud.through(way.endpoint).options
        assert persist.restore(cloud.url(KEY), storage_options=options) == STATE
    assert fault.met == 2


def test_bodies_that_stay_shorter_than_their_range_are_unavailable(s3: Cloud) -> None:
    save(s3)
    fault = Fault(on("GET", ending=KEY), 99, changes=cut(0.5))
    with proxy.before(s3.endpoint, fault) as way:
        options = s3.through(way.endpoint).options
        with pytest.raises(persist.StorageError, match="shorter than its range") as raised:
            persist.get_metadata(s3.url(KEY), storage_options=options)
    assert raised.value.kind == "unavailable"
