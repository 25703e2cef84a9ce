"""Files that are not what they should be: each is told by class, kind and text, and left alone."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
from typing import TYPE_CHECKING, Any, cast

import persist
import pytest
import zstandard
from forge import MISSING, forge

from heard import Events

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

READERS: dict[str, Callable[[Any], object]] = {
    "restore": persist.restore,
    "get_metadata": persist.get_metadata,
}

FRAMINGS = ["gzip", "zstd", "none"]


EVENTS = Events()


@pytest.fixture(autouse=True, scope="module")
def _innocents_are_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reads a good file and a bad one, so that what that imports is there."""
    for data in (forge(b"[1]"), b"bad"):
        path = tmp_path_factory.mktemp("innocent") / "a"
        path.write_bytes(data)
        for read in (*READERS.values(), persist.verify_snapshot):
            with contextlib.suppress(persist.PersistError):
                read(path)


def unheard(read: Callable[[Any], object], path: object) -> object:
    """Reads a location, and asserts that nothing was imported, opened, connected or run."""
    EVENTS.start()
    try:
        return read(path)
    finally:
        assert EVENTS.stop() == []


def unheard_verification(path: object) -> persist.Verification:
    return cast("persist.Verification", unheard(persist.verify_snapshot, path))


def refusals(path: object) -> Iterator[tuple[str, persist.PersistError]]:
    """Reads a location in every way that must fail, and yields each error."""
    for name, read in READERS.items():
        with pytest.raises(persist.PersistError) as caught:
            unheard(read, path)
        yield name, caught.value


def assert_refused(
    path: pathlib.Path, error_class: type[persist.PersistError], kind: str, text: str
) -> None:
    """Asserts that each way of reading says the same, and verifying too, without raising."""
    before = path.read_bytes()
    for name, error in refusals(path):
        assert (type(error), error.kind) == (error_class, kind), name
        assert str(error) == text, name
        assert error.location == str(path), name
    verification = unheard_verification(path)
    assert (verification.reason, verification.detail) == (kind, text)
    assert path.read_bytes() == before


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
    assert [error.kind for _, error in refusals(path)] == ["not_found", "not_found"]
    with pytest.raises(persist.SnapshotNotFoundError):
        persist.delete_snapshot(path)
    persist.delete_snapshot(path, missing_ok=True)


def test_a_folder_is_no_snapshot(tmp_path: pathlib.Path) -> None:
    for name, error in refusals(tmp_path):
        assert (type(error), error.kind) == (persist.StorageError, "storage"), name
        assert str(error).startswith(f"could not read `{tmp_path}`: "), name
        assert error.hint == "the location is a folder; add the name of a file"
    with pytest.raises(persist.StorageError):
        persist.verify_snapshot(tmp_path)
    assert persist.snapshot_exists(tmp_path) is True


def test_a_folder_is_neither_replaced_nor_deleted(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for attempt in (lambda: persist.snapshot({}, folder), lambda: persist.delete_snapshot(folder)):
        with pytest.raises(persist.StorageError) as caught:
            attempt()
        assert caught.value.kind == "storage"
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_file_is_not_a_snapshot(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "empty.json.gz"
    path.touch()
    assert_refused(
        path, persist.FormatError, "not_a_snapshot", f"`{path}` is not a snapshot: it is empty"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"hello\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\x00",
        b"PK\x03\x04",
        b"[1, 2, 3]",
        b'{"a": 1}',
        b"\xff\xfe{\x00",
        b'{"agent_state"',
        gzip.compress(b"hello, world"),
        gzip.compress(b'{"messages": []}'),
        gzip.compress(b""),
        gzip.compress(bytes(1_000_000)),
        zstandard.compress(b"hello, world"),
        zstandard.compress(bytes(1_000_000)),
    ],
    ids=range(14),
)
def test_something_else_is_not_a_snapshot(tmp_path: pathlib.Path, data: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    for name, error in refusals(path):
        assert isinstance(error, persist.FormatError | persist.IntegrityError), name
        if data[:9] != b'{"agent_s':
            assert (type(error), error.kind) == (persist.FormatError, "not_a_snapshot"), name
            assert str(error).startswith(f"`{path}` is not a snapshot: "), name
    assert not unheard_verification(path)


def test_a_file_cut_off_anywhere_is_truncated(tmp_path: pathlib.Path, whole: bytes) -> None:
    path = tmp_path / "cut"
    text = f"`{path}` is truncated: it ends before the snapshot does"
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        for name, error in refusals(path):
            found = (length, name, type(error), error.kind, str(error))
            assert found == (length, name, persist.IntegrityError, "truncated", text)
        assert unheard_verification(path).reason == "truncated", length


@pytest.mark.torture
def test_every_flipped_bit_is_noticed(tmp_path: pathlib.Path, whole: bytes) -> None:
    path = tmp_path / "flipped"
    kinds = persist.IntegrityError.kinds | persist.FormatError.kinds
    for index in range(len(whole)):
        for bit in range(8):
            data = bytearray(whole)
            data[index] ^= 1 << bit
            path.write_bytes(data)
            verification = unheard_verification(path)
            assert verification.reason in kinds, (index, bit)
            with pytest.raises((persist.IntegrityError, persist.FormatError)):
                persist.restore(path)


@pytest.mark.parametrize("tail", [b"\n", bytes(1), bytes(512), b"garbage", b"\x1f\x8b"])
def test_trailing_bytes_are_refused(tmp_path: pathlib.Path, whole: bytes, tail: bytes) -> None:
    path = tmp_path / "longer"
    path.write_bytes(whole + tail)
    text = f"`{path}` has {len(tail)} bytes or more after the end of the snapshot"
    assert_refused(path, persist.IntegrityError, "trailing_bytes", text)


def test_two_snapshots_in_a_row_are_refused(tmp_path: pathlib.Path, whole: bytes) -> None:
    path = tmp_path / "twice"
    path.write_bytes(whole + whole)
    with pytest.raises(persist.IntegrityError) as caught:
        persist.restore(path)
    assert caught.value.kind == "trailing_bytes"
    assert unheard_verification(path).reason == "trailing_bytes"


def test_a_state_put_into_another_file_is_noticed(tmp_path: pathlib.Path) -> None:
    for name, state in (("one", {"balance": 10}), ("two", {"balance": 99})):
        persist.snapshot(state, tmp_path / name, compression="none")
    one, two = ((tmp_path / name).read_bytes() for name in ("one", "two"))
    path = tmp_path / "mixed"
    path.write_bytes(one[: one.index(b',"metadata"')] + two[two.index(b',"metadata"') :])
    assert unheard_verification(path).reason == "hash_mismatch"
    with pytest.raises(persist.IntegrityError) as caught:
        persist.restore(path)
    assert caught.value.kind == "hash_mismatch"


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


WRONG: list[tuple[str, object]] = [
    *((name, value) for name in ("agent_id", "session_id") for value in (None, 1, [])),
    *(("snapshot_index", value) for value in (-1, 1.0, "1", None, 2**64)),
    *(("timestamp", value) for value in ("yesterday", 1, None, "2026-11-23T10:15:00Z")),
    *(("content_hash", value) for value in ("", "a" * 63, "G" * 64, None)),
    *(("format_version", value) for value in ("1", 0, -1, None, 1.0, True)),
    *(("snapshot_id", value) for value in ("x", None)),
    *(("description", value) for value in (1, {})),
    *(("uncompressed_size", value) for value in (-1, "7", None, 1.5)),
    *(("compressed_size", value) for value in (-1, "7", None)),
    *(("compression_algorithm", value) for value in (None, 1)),
    *((name, value) for name in ("environment", "classes", "needs") for value in (None, [], "x")),
    *(("tags", value) for value in (None, "x", [1], {})),
    *(("stored_hash", value) for value in (None, "", "a" * 65)),
    ("state_format", 1),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_field_of_the_wrong_type_is_named(
    tmp_path: pathlib.Path, framing: str, field: str, value: object
) -> None:
    path = tmp_path / "wrong"
    path.write_bytes(forge(b"{}", framing, **{field: value}))
    for name, error in refusals(path):
        assert (type(error), error.kind) == (persist.FormatError, "not_a_snapshot"), name
        assert f"`{field}`" in str(error), name
    assert unheard_verification(path).reason == "not_a_snapshot"


def test_a_compressor_that_the_bytes_are_not_of_is_noticed(
    tmp_path: pathlib.Path, framing: str
) -> None:
    path = tmp_path / "wrong"
    for name in {"brotli", *FRAMINGS} - {framing}:
        path.write_bytes(forge(b"{}", framing, compression_algorithm=name))
        with pytest.raises((persist.IntegrityError, persist.FormatError)):
            persist.restore(path)
        assert unheard_verification(path).reason in ("damaged", "not_a_snapshot")


@pytest.mark.parametrize("field", ["uncompressed_size", "compressed_size"])
@pytest.mark.parametrize("value", [0, 1, 10**6, 2**33, 2**62])
def test_a_size_that_lies_is_noticed(
    tmp_path: pathlib.Path, framing: str, field: str, value: int
) -> None:
    path = tmp_path / "lie"
    path.write_bytes(forge(b'{"a":[1,2,3]}', framing, **{field: value}))
    with pytest.raises((persist.IntegrityError, persist.FormatError)):
        persist.restore(path)
    assert not unheard_verification(path)


def test_a_state_above_the_callers_bound_is_refused(tmp_path: pathlib.Path, framing: str) -> None:
    path = tmp_path / "large"
    persist.snapshot("x" * 1000, path, compression=framing)  # type: ignore[arg-type]
    assert persist.restore(path, max_state_bytes=1002) == "x" * 1000
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(path, max_state_bytes=1001)
    assert caught.value.kind == "too_large"
    assert str(caught.value) == f"the state of `{path}` is too large: more than 1001"
    assert caught.value.location == str(path)


BOMB = """
    import resource, sys
    import persist
    path, = sys.argv[1:]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        persist.restore(path, max_state_bytes=2**20)
    except persist.PersistError as error:
        print(error.kind)
    persist.get_metadata(path)
    print(persist.verify_snapshot(path).reason)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * 1024, grown
"""


@pytest.mark.torture
@pytest.mark.parametrize(
    ("declared", "kind", "reason"),
    [
        (None, "too_large", "None"),
        (100, "hash_mismatch damaged too_large", "hash_mismatch damaged too_large"),
        (2**40, "too_large", "hash_mismatch damaged truncated"),
    ],
    ids=["honest", "less", "more"],
)
def test_a_bomb_of_1_gib_harms_nobody(
    tmp_path: pathlib.Path, child: Any, declared: int | None, kind: str, reason: str
) -> None:
    path = tmp_path / "bomb"
    pieces = (b'"', *[bytes(b"a" * 2**20)] * 1024, b'"')
    changes = {} if declared is None else {"uncompressed_size": declared}
    path.write_bytes(forge(pieces, "gzip", **changes))
    assert path.stat().st_size < 2 * 2**20
    raised, verified = child(BOMB, path).split()
    assert raised in kind.split()
    assert verified in reason.split()


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_text_that_nests_without_end_is_an_error(tmp_path: pathlib.Path, opening: bytes) -> None:
    path = tmp_path / "deep"
    path.write_bytes(forge(opening * 100_000, "gzip"))
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(path)
    assert caught.value.kind == "bad_state_text"


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
    for _, error in refusals(path):
        assert (type(error), error.kind) == (persist.FormatError, "too_large")


@pytest.mark.parametrize(
    ("state", "offset"),
    [
        (b"", 0),
        (b"{", 1),
        (b"[1,]", 3),
        (b"NaN", 0),
        (b"'a'", 0),
        (b'"\x01"', 1),
        (b'"\xff"', 1),
        (b"[1] 2", 4),
        (b"01", 1),
        (b'{"a":1 "b":2}', 7),
        (b'"\\x"', 2),
    ],
)
def test_a_state_that_is_not_json_is_refused(
    tmp_path: pathlib.Path, framing: str, state: bytes, offset: int
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(forge(state, framing))
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(path)
    assert caught.value.kind == "bad_state_text"
    assert caught.value.location == str(path)
    assert f"malformed at byte {offset}" in str(caught.value)


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
