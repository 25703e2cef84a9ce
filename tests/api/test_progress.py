"""The progress callable: what it hears, and how it stops the work."""

from __future__ import annotations

import pathlib
import threading
from typing import Any

import persist
import pytest

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"

Heard = list[tuple[int, int | None]]


def hear(call: Any, *args: object, **kwargs: object) -> Heard:
    """Calls a function and returns what its progress callable was told."""
    heard: Heard = []
    call(*args, progress=lambda done, total: heard.append((done, total)), **kwargs)
    return heard


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_progress_ends_with_all_bytes_done(tmp_path: pathlib.Path, compression: str) -> None:
    path = tmp_path / "agent"
    state = {"text": ["some words, again and again"] * 20_000}
    heard = hear(persist.snapshot, state, path, compression=compression)
    size = persist.get_metadata(path)["uncompressed_size"]
    assert heard[-1] == (size, size)
    assert hear(persist.restore, path)[-1] == (size, size)
    stored = path.stat().st_size
    assert hear(persist.verify_snapshot, path)[-1] == (stored, stored)


def test_progress_never_falls(tmp_path: pathlib.Path) -> None:
    for call in (
        lambda **kwargs: persist.snapshot(["x" * 1000] * 30_000, tmp_path / "a", **kwargs),
    ):
        heard = hear(call)
        assert heard == sorted(heard, key=lambda pair: pair[0])
        assert all(total is None or done <= total for done, total in heard)


class StopError(Exception):
    """What a listener raises."""


def stop(done: int, total: int | None) -> None:
    """A listener that has heard enough."""
    raise StopError


def test_an_exception_in_progress_stops_a_save(saved: pathlib.Path) -> None:
    before = saved.read_bytes()
    for path in (saved, saved.parent / "new.json.gz"):
        with pytest.raises(StopError) as caught:
            persist.snapshot({"new": 1}, path, progress=stop)
        context = caught.value.__context__
        assert isinstance(context, persist.StorageError)
        assert (context.kind, context.location) == ("interrupted", str(path))
    assert [each.name for each in saved.parent.iterdir()] == [saved.name]
    assert saved.read_bytes() == before


def test_an_exception_in_progress_stops_a_save_to_memory() -> None:
    persist.snapshot({"old": 1}, "memory://progress/stopped")
    with pytest.raises(StopError):
        persist.snapshot({"new": 1}, "memory://progress/stopped", progress=stop)
    assert persist.restore("memory://progress/stopped") == {"old": 1}


@pytest.mark.parametrize("call", [persist.restore, persist.verify_snapshot])
def test_an_exception_in_progress_stops_reading(saved: pathlib.Path, call: Any) -> None:
    with pytest.raises(StopError):
        call(saved, progress=stop)
    assert persist.restore(saved) == {"name": "Zoë", "step": 3}


LARGE = [f"{at:04}" + "x" * 2**20 for at in range(70)]
"""A state that is read while it is built."""


@pytest.mark.parametrize("compression", ["zstd", "gzip", "none"])
def test_progress_hears_of_a_large_state_to_its_end(
    tmp_path: pathlib.Path, compression: str
) -> None:
    path = tmp_path / "agent"
    # Its length is known once it has been written.
    heard = hear(persist.snapshot, LARGE, path, compression=compression, durable=False)
    metadata = persist.get_metadata(path)
    size, stored = metadata["uncompressed_size"], metadata["compressed_size"]
    assert heard[-1] == (size, size)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert {total for _, total in heard[:-1]} <= {None}
    for read, total in ((persist.restore, size), (persist.verify_snapshot, stored)):
        heard = hear(read, path)
        assert heard[-1] == (total, total)
        assert heard == sorted(heard)
        assert {total for _, total in heard} == {total}


def test_the_end_is_told_where_so_many_bytes_were_told_before(tmp_path: pathlib.Path) -> None:
    heard: Heard = []

    def hear_slowly(done: int, total: int | None) -> None:
        heard.append((done, total))
        # Longer than a fast listener is left alone for.
        threading.Event().wait(0.11)

    persist.snapshot(LARGE, tmp_path / "a", compression="none", durable=False, progress=hear_slowly)
    size = persist.get_metadata(tmp_path / "a")["uncompressed_size"]
    assert heard[-2:] == [(size, None), (size, size)]


def test_progress_hears_of_a_file_of_an_earlier_release_to_its_end() -> None:
    path = FIXTURES / "upstream-0.1.0" / "plain.json.gz"
    metadata = persist.get_metadata(path)
    size, stored = metadata["uncompressed_size"], metadata["compressed_size"]
    assert hear(persist.restore, path)[-1] == (size, size)
    assert hear(persist.verify_snapshot, path)[-1] == (stored, stored)


def test_an_exception_in_progress_stops_reading_a_large_state(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent"
    persist.snapshot(LARGE, path, durable=False)
    with pytest.raises(StopError):
        persist.restore(path, progress=stop)
    assert persist.restore(path) == LARGE


def test_a_large_state_that_is_damaged_is_refused_at_its_end(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "agent"
    persist.snapshot(LARGE, path, compression="none", durable=False)
    middle = path.stat().st_size // 2
    with path.open("r+b") as file:
        file.seek(middle)
        file.write(b"y")
    with pytest.raises(persist.IntegrityError) as caught:
        persist.restore(path, progress=lambda done, total: None)
    assert (caught.value.kind, caught.value.location) == ("hash_mismatch", str(path))


def test_a_listener_may_use_persist_itself(saved: pathlib.Path) -> None:
    seen: list[object] = []
    persist.snapshot(
        {"new": 1}, saved, progress=lambda done, total: seen.append(persist.restore(saved))
    )
    assert seen == [{"name": "Zoë", "step": 3}]
    assert persist.restore(saved) == {"new": 1}
