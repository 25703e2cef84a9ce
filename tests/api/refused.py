"""What is said of a file that is not what it should be, by all that read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import persist
import pytest

from heard import Events

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

READERS: dict[str, Callable[[Any], object]] = {
    "restore": persist.restore,
    "get_metadata": persist.get_metadata,
}

EVENTS = Events()


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


NOT_ONE = "check that the location names a file written by `snapshot`"
CHANGED = "the file changed after it was written, or its writer is at fault; take it from a backup"
APPENDED = "something was appended after the file was written"
TOO_LARGE = "if the file is from a source you trust, raise the limit where it is yours to set"
NEWER = "read it with a newer release of persist"

HINTS = {
    "not_a_snapshot": NOT_ONE,
    "newer_format": NEWER,
    "too_large": TOO_LARGE,
    "truncated": CHANGED,
    "hash_mismatch": CHANGED,
    "damaged": CHANGED,
    "trailing_bytes": APPENDED,
}


def assert_says(error: persist.PersistError, path: pathlib.Path, kind: str, text: str) -> None:
    """Asserts all that an error about a file's bytes says."""
    classes = (persist.FormatError, persist.IntegrityError)
    (error_class,) = (each for each in classes if kind in each.kinds)
    assert (type(error), error.kind, str(error)) == (error_class, kind, text)
    assert (error.hint, error.location) == (HINTS[kind], str(path))


def assert_refused(
    path: pathlib.Path, error_class: type[persist.PersistError], kind: str, text: str
) -> None:
    """Asserts that each way of reading says the same, and verifying too, without raising."""
    before = path.read_bytes()
    for _, error in refusals(path):
        assert type(error) is error_class
        assert_says(error, path, kind, text)
    verification = unheard_verification(path)
    assert (verification.reason, verification.detail) == (kind, text)
    assert path.read_bytes() == before


def assert_state_refused(path: pathlib.Path, kind: str, text: str) -> None:
    """Asserts that restoring and verifying say the same where the metadata can be read."""
    with pytest.raises(persist.PersistError) as caught:
        unheard(persist.restore, path)
    assert_says(caught.value, path, kind, text)
    verification = unheard_verification(path)
    assert (verification.reason, verification.detail) == (kind, text)
    assert persist.get_metadata(path)["agent_id"] == "forged"
