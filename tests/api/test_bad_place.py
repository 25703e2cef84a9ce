"""Places that do not take a snapshot or give none: no right, no room, no such name."""

from __future__ import annotations

import errno
import os
import pathlib
import posixpath
import subprocess
import sys
from typing import Any

import persist
import pytest

RIGHTS = "check the owner and the mode of the file and of the folders above it"


def assert_denied(error: Any, action: str, path: pathlib.Path) -> None:
    """Asserts all that an error says where the system refused."""
    assert (type(error), error.kind) == (persist.PermissionDeniedError, "permission_denied")
    assert isinstance(error, PermissionError)
    reason = f"{os.strerror(errno.EACCES)} (os error {errno.EACCES})"
    assert str(error) == f"no permission to {action} `{path}`: {reason}"
    assert (error.hint, error.errno) == (RIGHTS, errno.EACCES)
    assert (error.filename, error.location) == (str(path), str(path))


def test_an_unreadable_file_is_permission_denied(
    open_folder: pathlib.Path, unprivileged: Any
) -> None:
    path = open_folder / "secret.json.gz"
    persist.snapshot({"a": 1}, path)
    path.chmod(0)
    for read in (persist.restore, persist.get_metadata, persist.verify_snapshot):
        assert_denied(unprivileged(lambda read=read: read(path)), "read", path)
    assert unprivileged(lambda: persist.snapshot_exists(path)) is True


@pytest.mark.parametrize("url", ["s3://agents/a.json", "gs://agents/a", "file:///a", "memory://a"])
def test_a_url_that_was_made_a_path_is_no_folder_here(
    url: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in (lambda path: persist.snapshot(1, path), persist.restore, persist.snapshot_exists):
        with pytest.raises(persist.ConfigurationError) as caught:
            call(pathlib.Path(url))
        assert str(caught.value) == (
            f"bad argument `path`: was a URL before it became a `{type(pathlib.Path()).__name__}`; "
            "give it as a string"
        )
    assert list(tmp_path.iterdir()) == []
    persist.snapshot(1, tmp_path / "s3:" / "a.json")
    assert persist.restore(tmp_path / "s3:" / "a.json") == 1


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (str(pathlib.PurePosixPath("s3://box/a")), "s3://box/a"),
        (str(pathlib.PureWindowsPath("s3://box/a")), "s3://box/a"),
        (posixpath.normpath("az://box/x"), "az://box/x"),
        ("GS:/box/a", "gs://box/a"),
        (" s3://box/a", "s3://box/a"),
        ("\ns3://box/a\n", "s3://box/a"),
        ("file:/tmp/x", "file:///tmp/x"),
        ("file:rel", "rel"),
        ("memory:a", "memory://a"),
    ],
)
def test_a_text_that_is_almost_a_url_is_no_path(
    text: str, url: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in (lambda path: persist.snapshot(1, path), persist.restore, persist.snapshot_exists):
        with pytest.raises(persist.ConfigurationError) as caught:
            call(text)
        assert str(caught.value) == (
            f"bad argument `path`: is almost a URL: write `{url}`, "
            "or `./` before it if it is a file"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no name there has a colon")
def test_a_file_whose_name_looks_like_a_url_begins_with_a_dot(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    persist.snapshot(1, "./s3:/box/a")
    assert persist.restore(tmp_path / "s3:" / "box" / "a") == 1


def test_whether_a_file_is_in_a_closed_folder_is_unknown(
    open_folder: pathlib.Path, unprivileged: Any
) -> None:
    folder = open_folder / "closed"
    folder.mkdir()
    path = folder / "agent.json.gz"
    persist.snapshot({"a": 1}, path)
    folder.chmod(0)
    assert_denied(unprivileged(lambda: persist.snapshot_exists(path)), "look at", path)


def test_a_read_only_folder_takes_no_snapshot(open_folder: pathlib.Path, unprivileged: Any) -> None:
    folder = open_folder / "fixed"
    folder.mkdir()
    path = folder / "agent.json.gz"
    persist.snapshot({"old": 1}, path)
    path.chmod(0o644)
    folder.chmod(0o555)
    below = folder / "new" / "agent.json.gz"
    assert_denied(unprivileged(lambda: persist.snapshot({"new": 2}, path)), "write", path)
    error = unprivileged(lambda: persist.snapshot({"new": 2}, below))
    assert_denied(error, "create the folders of", below)
    assert_denied(unprivileged(lambda: persist.delete_snapshot(path)), "delete", path)
    assert [each.name for each in folder.iterdir()] == ["agent.json.gz"]
    assert persist.restore(path) == {"old": 1}


FULL = """
    import errno, os, sys
    import persist
    path = sys.argv[1]
    import base64, random
    noise = base64.b64encode(random.Random(1).randbytes(300_000)).decode()
    try:
        persist.snapshot({"new": noise}, path)
    except persist.StorageError as error:
        assert type(error) is persist.StorageError, error
        assert (error.kind, error.errno) == ("storage", errno.ENOSPC), error
        reason = f"{os.strerror(errno.ENOSPC)} (os error {errno.ENOSPC})"
        assert str(error) == f"could not write `{path}`: {reason}", error
        assert error.hint == "the device is full; free some space and save again", error.hint
        assert error.location == path
        assert isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.ENOSPC
        print("refused")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system in memory")
def test_a_full_disk_leaves_the_old_snapshot(tmp_path: pathlib.Path, child: Any) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("no right to mount a small file system")
    try:
        path = disk / "agent.json.gz"
        persist.snapshot({"old": 1}, path)
        assert child(FULL, path) == "refused"
        assert [each.name for each in disk.iterdir()] == ["agent.json.gz"]
        assert persist.restore(path) == {"old": 1}
        persist.snapshot({"small": 2}, path)
        assert persist.restore(path) == {"small": 2}
    finally:
        subprocess.run(["umount", disk], check=True)


LIMITED = """
    import errno, os, resource, sys
    import persist
    path = sys.argv[1]
    import base64, random
    noise = base64.b64encode(random.Random(1).randbytes(300_000)).decode()
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
    try:
        persist.snapshot({"new": noise}, path)
    except persist.StorageError as error:
        assert type(error) is persist.StorageError, error
        assert (error.kind, error.errno) == ("storage", errno.EFBIG), error
        reason = f"{os.strerror(errno.EFBIG)} (os error {errno.EFBIG})"
        assert str(error) == f"could not write `{path}`: {reason}", error
        assert error.hint == "the file system or a process limit allows no file of that size"
        print("refused")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process has no such limits there")
def test_a_file_that_may_not_grow_leaves_the_old_snapshot(
    tmp_path: pathlib.Path, child: Any
) -> None:
    path = tmp_path / "agent.json.gz"
    persist.snapshot({"old": 1}, path)
    assert child(LIMITED, path) == "refused"
    assert [each.name for each in tmp_path.iterdir()] == ["agent.json.gz"]
    assert persist.restore(path) == {"old": 1}


def test_a_file_where_a_folder_is_needed_is_a_storage_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("x")
    path = tmp_path / "file" / "agent.json.gz"
    with pytest.raises(persist.StorageError) as caught:
        persist.snapshot({}, path)
    error = caught.value
    assert (type(error), error.kind) == (persist.StorageError, "storage")
    reason = f"{os.strerror(errno.ENOTDIR)} (os error {errno.ENOTDIR})"
    assert str(error) == f"could not write `{path}`: {reason}"
    assert error.hint == "a part of the path is a file where a folder is needed"
    assert persist.snapshot_exists(path) is False


def test_a_name_that_is_too_long_is_a_storage_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(persist.StorageError) as caught:
        persist.snapshot({}, tmp_path / ("x" * 300))
    error = caught.value
    assert (type(error), error.kind) == (persist.StorageError, "storage")
    reason = f"{os.strerror(errno.ENAMETOOLONG)} (os error {errno.ENAMETOOLONG})"
    assert str(error) == f"could not write `{tmp_path / ('x' * 300)}`: {reason}"
    assert error.hint == "the path or one of its parts is too long, or not allowed here"
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_not_utf8_works(tmp_path: pathlib.Path) -> None:
    raw = os.fsencode(tmp_path) + b"/agent-\xff\xfe.json.gz"
    path = os.fsdecode(raw)
    try:
        with open(raw, "wb"):
            pass
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    persist.snapshot({"a": 1}, path)
    assert os.listdir(os.fsencode(tmp_path)) == [b"agent-\xff\xfe.json.gz"]
    assert persist.restore(path) == {"a": 1}
    assert persist.restore(pathlib.Path(path)) == {"a": 1}
    assert persist.get_metadata(path)["compression_algorithm"] == "gzip"
    assert persist.verify_snapshot(path)
    persist.delete_snapshot(path)
    assert persist.snapshot_exists(path) is False
    with pytest.raises(persist.SnapshotNotFoundError) as caught:
        persist.restore(path)
    assert caught.value.location == path
    assert os.fsencode(caught.value.filename) == raw


def test_a_snapshot_is_not_replaced_when_that_is_refused(saved: pathlib.Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(persist.SnapshotExistsError) as caught:
        persist.snapshot({"new": 1}, saved, overwrite=False)
    assert caught.value.kind == "exists"
    assert str(caught.value) == f"`{saved}` exists already and was not to be replaced"
    assert isinstance(caught.value, FileExistsError)
    assert saved.read_bytes() == before
    assert [each.name for each in saved.parent.iterdir()] == [saved.name]


def test_no_snapshot_has_the_name_of_a_leftover(tmp_path: pathlib.Path) -> None:
    name = f".persist-1-{'0' * 32}.tmp"
    (tmp_path / "link").symlink_to(name)
    for path in (tmp_path / name, tmp_path / "link"):
        with pytest.raises(persist.ConfigurationError) as caught:
            persist.snapshot(1, path)
        assert str(caught.value) == (
            "bad argument `path`: ends in a name that only files have that are still being written"
        )
    assert [it.name for it in tmp_path.iterdir()] == ["link"]
