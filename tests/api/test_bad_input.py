"""Files that are not what they should be: each is told by class, kind and text, and left alone."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import random
import re
import sys
from typing import TYPE_CHECKING, Any

import persist
import pytest
import zstandard
from forge import MISSING, forge
from refused import (
    READERS,
    assert_refused,
    assert_says,
    assert_state_refused,
    refusals,
    unheard_verification,
)

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

FRAMINGS = ["gzip", "zstd", "none"]

DEFAULT_BOUND = 2**34
"""Bytes of state that a restore takes unless it is told otherwise."""


@pytest.fixture(autouse=True, scope="module")
def _innocents_are_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reads a good file and a bad one, so that what that imports is there."""
    for data in (forge(b"[1]"), b"bad"):
        path = tmp_path_factory.mktemp("innocent") / "a"
        path.write_bytes(data)
        for read in (*READERS.values(), persist.verify_snapshot):
            with contextlib.suppress(persist.PersistError):
                read(path)


@pytest.fixture(params=FRAMINGS)
def framing(request: pytest.FixtureRequest) -> str:
    """Each framing."""
    return str(request.param)


@pytest.fixture
def whole(tmp_path: pathlib.Path, framing: str) -> bytes:
    """The bytes of a good snapshot in each framing."""
    path = tmp_path / "whole"
    persist.snapshot({"name": "Zoë", "step": [1, 2.5, None]}, path, compression=framing)  # type: ignore[arg-type]
    return path.read_bytes()


def test_a_forged_file_with_nothing_wrong_is_whole(tmp_path: pathlib.Path, framing: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(forge(b'{"a":1}', framing, description="x" * 70_000))
    verification = unheard_verification(path)
    assert verification, verification.detail
    assert persist.restore(path) == {"a": 1}


def test_a_missing_file_is_not_found(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "missing.json.gz"
    text = f"snapshot not found: nothing is stored at `{path}`"
    for _, error in refusals(path):
        assert (type(error), error.kind, str(error)) == (
            persist.SnapshotNotFoundError,
            "not_found",
            text,
        )
    verification = unheard_verification(path)
    assert (bool(verification), verification.reason, verification.detail) == (
        False,
        "not_found",
        text,
    )
    assert persist.snapshot_exists(path) is False


def test_a_missing_folder_is_not_found(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "no" / "such" / "agent.json.gz"
    assert persist.snapshot_exists(path) is False
    text = f"snapshot not found: nothing is stored at `{path}`"
    found = [(error.kind, str(error)) for _, error in refusals(path)]
    assert found == [("not_found", text)] * 2
    with pytest.raises(persist.SnapshotNotFoundError, match="nothing is stored at"):
        persist.delete_snapshot(path)
    assert not path.parent.exists()
    persist.delete_snapshot(path, missing_ok=True)


def test_a_folder_is_no_snapshot(tmp_path: pathlib.Path) -> None:
    for read in (*READERS.values(), persist.verify_snapshot):
        with pytest.raises(persist.StorageError) as caught:
            read(tmp_path)
        assert_folder_refused(caught.value, "read", tmp_path)
    assert persist.snapshot_exists(tmp_path) is True


def test_a_folder_is_neither_replaced_nor_deleted(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    attempts: dict[str, Callable[[], object]] = {
        "write": lambda: persist.snapshot({}, folder),
        "delete": lambda: persist.delete_snapshot(folder),
    }
    for action, attempt in attempts.items():
        with pytest.raises(persist.StorageError) as caught:
            attempt()
        assert_folder_refused(caught.value, action, folder)
    assert list(tmp_path.iterdir()) == [folder]


def assert_folder_refused(error: persist.StorageError, action: str, folder: pathlib.Path) -> None:
    assert (type(error), error.kind) == (persist.StorageError, "storage")
    assert str(error) == f"could not {action} `{folder}`: is a directory"
    assert error.hint == "the location is a folder; add the name of a file"
    assert error.location == str(folder)


def test_an_empty_file_is_not_a_snapshot(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "empty.json.gz"
    path.touch()
    assert_refused(
        path, persist.FormatError, "not_a_snapshot", f"`{path}` is not a snapshot: it is empty"
    )


UNKNOWN = "it is neither gzip, zstd nor JSON"

OTHERS: list[tuple[bytes, str]] = [
    (b"hello\n", UNKNOWN),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), UNKNOWN),
    (b"\x00", UNKNOWN),
    (b"PK\x03\x04", "it is a zip archive"),
    (b"\x80\x05\x95", "it is a pickle"),
    (b"[1, 2, 3]", "it is a JSON array"),
    (b'{"a": 1}', "it is JSON, but its first key is not `agent_state`"),
    (b"\xff\xfe{\x00", UNKNOWN),
    (gzip.compress(b"hello, world"), "it is gzip of something else"),
    (gzip.compress(b'{"messages": []}'), "it is gzip of something else"),
    (gzip.compress(b""), "it is gzip of nothing"),
    (gzip.compress(bytes(1_000_000)), "it is gzip of something else"),
    (zstandard.compress(b"hello, world"), "it is zstd of something else"),
    (zstandard.compress(bytes(1_000_000)), "it is zstd of something else"),
]


@pytest.mark.parametrize(("data", "what"), OTHERS, ids=range(len(OTHERS)))
def test_something_else_is_not_a_snapshot(tmp_path: pathlib.Path, data: bytes, what: str) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    text = f"`{path}` is not a snapshot: {what}"
    assert_refused(path, persist.FormatError, "not_a_snapshot", text)


def test_the_beginning_of_a_snapshot_alone_is_truncated(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "begun"
    path.write_bytes(b'{"agent_state"')
    text = f"`{path}` is truncated: it ends before the snapshot does"
    assert_refused(path, persist.IntegrityError, "truncated", text)


def test_a_file_cut_off_anywhere_is_truncated(tmp_path: pathlib.Path, whole: bytes) -> None:
    path = tmp_path / "cut"
    text = f"`{path}` is truncated: it ends before the snapshot does"
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        for name, error in refusals(path):
            found = (length, name, type(error), error.kind, str(error))
            assert found == (length, name, persist.IntegrityError, "truncated", text)
        verification = unheard_verification(path)
        assert (verification.reason, verification.detail) == ("truncated", text), length


SAID_OF_A_CHANGED_END = {
    "its compressed bytes do not decompress",
    "its document has no end",
    "its last bytes are not those of a snapshot",
    "its metadata is longer than the file",
    "its metadata is not where its end says",
    "its metadata is not stored as this format stores it",
    "what follows its state is not what its metadata must look like",
}
"""What is said of bits that no hash covers; of the others a hash tells."""


@pytest.mark.torture
def test_every_flipped_bit_is_noticed(tmp_path: pathlib.Path, whole: bytes) -> None:
    # What is said of each bit is asserted by the core's tests; here that all readers say it.
    path = tmp_path / "flipped"
    path.write_bytes(whole)
    before = persist.get_metadata(path)
    front = whole.index(b',"metadata":') - {31: 5, 40: 12, 123: 0}[whole[0]]
    for bit in range(len(whole) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        verification = unheard_verification(path)
        kind, text = verification.reason, verification.detail
        assert kind is not None
        assert text is not None
        with pytest.raises(persist.IntegrityError) as caught:
            persist.restore(path)
        assert_says(caught.value, path, kind, text)
        reason = text.removeprefix(f"`{path}` is damaged: ")
        if bit // 8 < front:
            assert kind == "hash_mismatch", bit
            assert reason == stored_mismatch(data[:front], before["stored_hash"])
        elif kind == "hash_mismatch":
            assert re.fullmatch(r"its metadata hashes to \w{64}, its metadata says \w{64}", reason)
        else:
            assert (kind, reason in SAID_OF_A_CHANGED_END) == ("damaged", True), (bit, text)
        try:
            assert persist.get_metadata(path) == before, bit
        except persist.IntegrityError as error:
            assert_says(error, path, kind, text)
            assert bit // 8 >= front, bit


def stored_mismatch(stored: bytes, said: str) -> str:
    found = hashlib.sha256(stored).hexdigest()
    return f"what is stored before its metadata hashes to {found}, its metadata says {said}"


@pytest.mark.parametrize("tail", [b"\n", bytes(1), bytes(512), b"garbage", b"\x1f\x8b"])
def test_trailing_bytes_are_refused(tmp_path: pathlib.Path, whole: bytes, tail: bytes) -> None:
    path = tmp_path / "longer"
    path.write_bytes(whole + tail)
    text = f"`{path}` has {len(tail)} bytes or more after the end of the snapshot"
    assert_refused(path, persist.IntegrityError, "trailing_bytes", text)


def test_two_snapshots_in_a_row_are_refused(tmp_path: pathlib.Path, whole: bytes) -> None:
    path = tmp_path / "twice"
    path.write_bytes(whole + whole)
    text = f"`{path}` has {len(whole)} bytes or more after the end of the snapshot"
    assert_refused(path, persist.IntegrityError, "trailing_bytes", text)


def test_a_state_put_into_another_file_is_noticed(tmp_path: pathlib.Path) -> None:
    for name, state in (("one", b'{"balance":10}'), ("two", b'{"balance":99}')):
        (tmp_path / name).write_bytes(forge(state, "none"))
    one, two = ((tmp_path / name).read_bytes() for name in ("one", "two"))
    path = tmp_path / "mixed"
    front = one[: one.index(b',"metadata"')]
    path.write_bytes(front + two[two.index(b',"metadata"') :])
    said = persist.get_metadata(tmp_path / "two")["stored_hash"]
    text = f"`{path}` is damaged: {stored_mismatch(front, said)}"
    assert_state_refused(path, "hash_mismatch", text)


def test_a_state_that_was_said_to_hash_to_something_else_is_noticed(
    tmp_path: pathlib.Path, framing: str
) -> None:
    path = tmp_path / "other"
    path.write_bytes(forge(b"{}", framing, content_hash="0" * 64))
    found = hashlib.sha256(b"{}").hexdigest()
    text = f"`{path}` is damaged: its state hashes to {found}, its metadata says {'0' * 64}"
    assert_state_refused(path, "hash_mismatch", text)


def test_a_newer_format_is_refused_naming_both_versions(
    tmp_path: pathlib.Path, framing: str
) -> None:
    path = tmp_path / "newer"
    path.write_bytes(forge(b"{}", framing, format_version=2))
    text = f"`{path}` has format version 2, and this release reads up to 1"
    assert_refused(path, persist.FormatError, "newer_format", text)


def test_a_field_nobody_knows_is_ignored(tmp_path: pathlib.Path, framing: str) -> None:
    path = tmp_path / "more"
    path.write_bytes(forge(b"[7]", framing, invented={"by": "others"}))
    assert persist.restore(path) == [7]


REQUIRED = [
    "agent_id",
    "session_id",
    "snapshot_index",
    "timestamp",
    "content_hash",
    "format_version",
    "snapshot_id",
    "description",
    "uncompressed_size",
    "compressed_size",
    "compression_algorithm",
    "environment",
    "classes",
    "needs",
    "tags",
    "extra",
    "stored_hash",
]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_named(tmp_path: pathlib.Path, framing: str, field: str) -> None:
    path = tmp_path / "less"
    path.write_bytes(forge(b"{}", framing, **{field: MISSING}))
    text = f"`{path}` is not a snapshot: its metadata has no `{field}`"
    assert_refused(path, persist.FormatError, "not_a_snapshot", text)


STRING = "a string"
HASH = "64 lower-case hex digits"
COUNT = "an integer from 0 to 2^64-1"
TIME = "a UTC time with microseconds"
BYTES = "a number of bytes"
INTEGER = "an integer"

# Each row: the field, what it should have been, values that are not that.
WRONG: list[tuple[str, str, tuple[object, ...]]] = [
    ("agent_id", STRING, (None, 1, [])),
    ("session_id", STRING, (None, 1, [])),
    ("snapshot_index", COUNT, (-1, 1.0, "1", None, 2**64)),
    ("timestamp", TIME, ("yesterday", "2026-11-23T10:15:00Z")),
    ("timestamp", STRING, (1, None)),
    ("content_hash", HASH, ("", "a" * 63, "G" * 64)),
    ("content_hash", STRING, (None,)),
    ("format_version", INTEGER, ("1", -1, None, 1.0, True)),
    ("format_version", "1 or more", (0,)),
    ("snapshot_id", "a UUID", ("x",)),
    ("snapshot_id", STRING, (None,)),
    ("description", "a string or null", (1, {})),
    ("uncompressed_size", BYTES, (-1, "7", None, 1.5)),
    ("compressed_size", BYTES, (-1, "7", None)),
    ("compression_algorithm", STRING, (None, 1)),
    *((name, "an object", (None, [], "x")) for name in ("environment", "classes", "needs")),
    ("tags", "an array of strings", (None, "x", [1], {})),
    ("stored_hash", STRING, (None,)),
    ("stored_hash", HASH, ("", "a" * 65)),
    ("state_format", STRING, (1,)),
]
WRONG_VALUES = [(field, what, value) for field, what, values in WRONG for value in values]


@pytest.mark.parametrize(("field", "what", "value"), WRONG_VALUES)
def test_a_field_of_the_wrong_type_is_named(
    tmp_path: pathlib.Path, framing: str, field: str, what: str, value: object
) -> None:
    path = tmp_path / "wrong"
    path.write_bytes(forge(b"{}", framing, **{field: value}))
    text = f"`{path}` is not a snapshot: `{field}` in its metadata is not {what}"
    assert_refused(path, persist.FormatError, "not_a_snapshot", text)


def test_a_compressor_that_the_bytes_are_not_of_is_noticed(
    tmp_path: pathlib.Path, framing: str
) -> None:
    path = tmp_path / "wrong"
    text = f"`{path}` is damaged: its metadata names another compression than its bytes have"
    for name in {"brotli", *FRAMINGS} - {framing}:
        path.write_bytes(forge(b"{}", framing, compression_algorithm=name))
        assert_refused(path, persist.IntegrityError, "damaged", text)


@pytest.mark.parametrize("value", [0, 1, 10**6, 2**33, 2**62])
def test_a_size_of_the_file_that_lies_is_noticed(
    tmp_path: pathlib.Path, framing: str, value: int
) -> None:
    path = tmp_path / "lie"
    data = forge(b'{"a":[1,2,3]}', framing, compressed_size=value)
    path.write_bytes(data)
    what = (
        "its metadata is compressed, as if the whole file had been compressed anew"
        if value < len(data)
        else f"only {len(data)} of its {value} bytes are there"
    )
    text = f"`{path}` is damaged: {what}"
    assert_refused(path, persist.IntegrityError, "damaged", text)


@pytest.mark.parametrize("value", [0, 1, 10**6, 2**33, 2**62])
def test_a_size_of_the_state_that_lies_is_noticed(
    tmp_path: pathlib.Path, framing: str, value: int
) -> None:
    path = tmp_path / "lie"
    path.write_bytes(forge(b'{"a":[1,2,3]}', framing, uncompressed_size=value))
    if framing == "none":
        text = f"`{path}` is damaged: its state is not as long as its metadata says"
        assert_refused(path, persist.IntegrityError, "damaged", text)
        return
    what = "longer" if value < 13 else "shorter"
    text = f"`{path}` is damaged: its state is {what} than its metadata says"
    if value <= DEFAULT_BOUND:
        assert_state_refused(path, "damaged", text)
        return
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(path)
    bound = f"the state of `{path}` is too large: more than {DEFAULT_BOUND}"
    assert_says(caught.value, path, "too_large", bound)
    verification = unheard_verification(path)
    assert (verification.reason, verification.detail) == ("damaged", text)


def test_a_state_above_the_callers_bound_is_refused(tmp_path: pathlib.Path, framing: str) -> None:
    path = tmp_path / "large"
    persist.snapshot("x" * 1000, path, compression=framing)  # type: ignore[arg-type]
    assert persist.restore(path, max_state_bytes=1002) == "x" * 1000
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(path, max_state_bytes=1001)
    text = f"the state of `{path}` is too large: more than 1001"
    assert_says(caught.value, path, "too_large", text)


BOMB = """
    import resource, sys
    import persist
    path, = sys.argv[1:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        persist.restore(path, max_state_bytes=2**20)
    except persist.PersistError as error:
        print(type(error).__name__, error.kind, error, sep="|")
    print(persist.get_metadata(path)["agent_id"])
    verification = persist.verify_snapshot(path)
    print(verification.reason, verification.detail, sep="|")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024, grown
"""


LARGE = "FormatError|too_large|the state of `{path}` is too large: more than 1048576"
LONGER = "damaged|`{path}` is damaged: its state is longer than its metadata says"


@pytest.mark.torture
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the peak has another unit")
@pytest.mark.parametrize(
    ("declared", "raised", "verified"),
    [
        (None, LARGE, "None|None"),
        (100, f"IntegrityError|{LONGER}", LONGER),
        (2**40, LARGE, "damaged|`{path}` is damaged: its state is shorter than its metadata says"),
    ],
    ids=["honest", "less", "more"],
)
def test_a_bomb_of_1_gib_harms_nobody(
    tmp_path: pathlib.Path, child: Any, declared: int | None, raised: str, verified: str
) -> None:
    path = tmp_path / "bomb"
    pieces = (b'"', *[bytes(b"a" * 2**20)] * 1024, b'"')
    changes = {} if declared is None else {"uncompressed_size": declared}
    path.write_bytes(forge(pieces, "gzip", **changes))
    assert path.stat().st_size < 2 * 2**20
    lines = [raised.format(path=path), "forged", verified.format(path=path)]
    assert child(BOMB, path).splitlines() == lines


def test_a_list_100_000_deep_comes_back(tmp_path: pathlib.Path) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    persist.snapshot(deep, tmp_path / "deep")
    found = persist.restore(tmp_path / "deep")
    depth = 0
    while found:
        (found,) = found
        depth += 1
    assert depth == 100_000
    # Taken apart from the outside in: the interpreter frees nested lists by recursion.
    while deep:
        (deep,) = deep


def test_metadata_that_nests_too_deep_is_refused(tmp_path: pathlib.Path, framing: str) -> None:
    extra: object = 1
    for _ in range(40):
        extra = [extra]
    path = tmp_path / "deep"
    path.write_bytes(forge(b"{}", framing, extra=extra))
    text = f"the nesting of the metadata of `{path}` is too large: more than 32"
    assert_refused(path, persist.FormatError, "too_large", text)


def test_random_bytes_never_harm(tmp_path: pathlib.Path, whole: bytes) -> None:
    chance = random.Random(7)
    path = tmp_path / "random"
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 20)):
            start = chance.randrange(len(data))
            data[start : start + chance.randrange(9)] = chance.randbytes(chance.randrange(9))
        if bytes(data) == whole:
            continue
        path.write_bytes(data)
        with pytest.raises((persist.IntegrityError, persist.FormatError)):
            persist.restore(path)
        assert not unheard_verification(path)


def test_metadata_is_json_that_others_read(saved: pathlib.Path) -> None:
    with gzip.open(saved) as file:
        assert json.load(file)["agent_state"] == {"name": "Zoë", "step": 3}
