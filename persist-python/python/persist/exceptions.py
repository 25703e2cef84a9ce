"""What can go wrong, as classes a caller would already catch.

Every class derives from `PersistError` and, where there is one, from the builtin that stands for
the same thing. `kind` says which case it is: a code of the class's `kinds`, only ever added to.
"""

from __future__ import annotations

import errno as _errno
import os as _os
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Unpack

__all__ = [
    "CaptureError",
    "ConfigurationError",
    "EncryptionError",
    "FormatError",
    "IntegrityError",
    "MissingSecretError",
    "PermissionDeniedError",
    "PersistError",
    "Problem",
    "RebuildError",
    "SnapshotExistsError",
    "SnapshotNotFoundError",
    "StorageError",
    "UntrustedError",
]


class Problem(NamedTuple):
    """One value that could not be saved or restored."""

    path: str
    """Where it lies, from the agent down: `$.memory.messages[3].artifact`."""
    reason: str
    """Why, in lower case and without a full stop."""
    kind: str
    """The kind this problem alone would have had."""
    hint: str | None = None
    """What to do about it, where that differs from the error's own hint."""

    def __str__(self) -> str:
        """Returns `path: reason`."""
        return _shown(f"{self.path}: {self.reason}")


class PersistError(Exception):
    """The base of every error this package raises on purpose.

    The text says what was being done to what; advice is in `hint`, which is also a note (PEP 678).
    """

    kinds: ClassVar[frozenset[str]] = frozenset()
    """The codes that `kind` may have; empty for the base."""

    kind: str
    """Which case of the class this is."""
    location: str | None
    """The path or URL it is about, where it is about one."""
    hint: str | None
    """What to do about it, where there is something to do."""

    def __init__(
        self, message: str, *, kind: str, location: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(_shown(message))
        self.kind = kind
        self.location = location
        self.hint = hint = None if hint is None else _shown(hint)
        if hint:
            self.add_note(hint)

    def __str__(self) -> str:
        """Returns the message alone: `KeyError` would quote it, `OSError` would prefix a number."""
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[object, ...]:
        """Takes the error apart without its constructor, whose fields are keyword-only."""
        return _bare, (type(self), *self.args), self._fields()

    def _fields(self) -> dict[str, object]:
        fields = dict(self.__dict__)
        # OSError keeps these three outside the instance's dict.
        for name in ("errno", "strerror", "filename"):
            value = getattr(self, name, None)
            if value is not None:
                fields[name] = value
        return fields


def _shown(text: str) -> str:
    """Returns a text with escapes, as `repr` has them, for what moves a terminal or is not seen.

    What a file says stands in errors: a stranger must not write into the terminal or the log.
    """
    if text.isprintable():
        return text
    letters = (it if it.isprintable() or it == "\n" else ascii(it)[1:-1] for it in text)
    return "".join(letters)


def _bare(cls: type[PersistError], *args: object) -> PersistError:
    error = cls.__new__(cls)
    error.args = args
    return error


class SnapshotNotFoundError(PersistError, FileNotFoundError):
    """Nothing is stored at the location."""

    kinds = frozenset({"not_found"})

    def __init__(
        self,
        message: str,
        *,
        kind: str = "not_found",
        location: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, kind=kind, location=location, hint=hint)
        _fill_in(self, location, _errno.ENOENT)


class SnapshotExistsError(PersistError, FileExistsError):
    """Something is stored at the location already, and `overwrite=False` was asked for."""

    kinds = frozenset({"exists"})

    def __init__(
        self,
        message: str,
        *,
        kind: str = "exists",
        location: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, kind=kind, location=location, hint=hint)
        _fill_in(self, location, _errno.EEXIST)


class FormatError(PersistError, ValueError):
    """The bytes are not a snapshot this release reads.

    Kinds: `not_a_snapshot`; `newer_format`, written by a later release; `bad_state_text`, the
    state is not JSON or has an unknown node; `too_large`, more than a bound allows.
    """

    kinds = frozenset({"not_a_snapshot", "newer_format", "bad_state_text", "too_large"})


class IntegrityError(PersistError):
    """The file is a snapshot, but not as it was written.

    Kinds: `truncated`, its end is missing; `hash_mismatch`, bytes changed; `damaged`, its parts
    contradict each other; `trailing_bytes`, something follows its end.
    """

    kinds = frozenset({"truncated", "hash_mismatch", "damaged", "trailing_bytes"})


class EncryptionError(PersistError):
    """The keys given do not fit the snapshot, or its encrypted bytes were changed.

    Kinds: `wrong_key`, none of the keys opens it (damage to its first lines looks the same);
    `key_required`, it is encrypted and no key was given; `not_encrypted`, it is not and one was;
    `damaged_ciphertext`, a byte was changed, added or removed.
    """

    kinds = frozenset({"wrong_key", "key_required", "not_encrypted", "damaged_ciphertext"})


class _ProblemError(PersistError):
    """An error that lists every place it is about."""

    problems: list[Problem]
    """Every offending value: path and reason."""

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        location: str | None = None,
        hint: str | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        super().__init__(message, kind=kind, location=location, hint=hint)
        self.problems = list(problems)


class CaptureError(_ProblemError, TypeError):
    """The agent holds something that cannot be saved; nothing was written.

    Kinds: `unsupported_value`; `changed_during_capture`, a container changed while it was read;
    `secret_in_data`, a secret that is left out also stands where data does.
    `problems` lists every path and reason.
    """

    kinds = frozenset({"unsupported_value", "changed_during_capture", "secret_in_data"})


class _Missing(TypedDict, total=False):
    problems: Iterable[Problem]
    allow: Iterable[str]
    names: Iterable[str]


class _RestoreError(PersistError):
    """An error of a restore: lists all that is missing, of whatever class."""

    problems: list[Problem]
    """Every place of the state that could not be rebuilt: path and reason."""
    allow: list[str]
    """Exactly the names to add to `allow=`."""
    names: list[str]
    """The secrets that are missing."""

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        location: str | None = None,
        hint: str | None = None,
        **missing: Unpack[_Missing],
    ) -> None:
        super().__init__(message, kind=kind, location=location, hint=hint)
        self._list(**missing)

    def _list(
        self,
        problems: Iterable[Problem] = (),
        allow: Iterable[str] = (),
        names: Iterable[str] = (),
    ) -> None:
        self.problems = list(problems)
        self.allow = list(allow)
        self.names = list(names)


class RebuildError(_RestoreError):
    """The state is whole, but this program cannot rebuild it.

    Kinds: `missing_package`; `missing_name`, a module no longer has it; `class_changed`;
    `missing_binding`, a name for `bind=`; `invalid_state`, what the class refuses; `never_saved`,
    an earlier release wrote a stub in place of the value.
    """

    kinds = frozenset(
        {
            "missing_package",
            "missing_name",
            "class_changed",
            "missing_binding",
            "invalid_state",
            "never_saved",
        }
    )


class UntrustedError(_RestoreError, PermissionError):
    """The snapshot names something the caller has not admitted; nothing was imported or called.

    Kinds: `not_allowed`, `allow` says what to add; `endpoint_not_allowed`, an object that would
    receive a secret talks to an address that `endpoints=` does not list.
    """

    kinds = frozenset({"not_allowed", "endpoint_not_allowed"})


class MissingSecretError(_RestoreError, KeyError):
    """A secret that was left out when saving was not given back; `names` lists them."""

    kinds = frozenset({"missing_secret"})


class StorageError(PersistError, OSError):
    """Bytes could not be read or written.

    `errno`, `strerror` and `filename` are the system's where it gave a number. Kinds: `storage`;
    `unavailable`, a cloud could not be reached or was too busy; `no_such_bucket`;
    `interrupted`, the call was cancelled: what raised the cancellation is raised, with this as
    its context.
    """

    kinds = frozenset({"storage", "unavailable", "no_such_bucket", "interrupted"})

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        location: str | None = None,
        hint: str | None = None,
        errno: int | None = None,
    ) -> None:
        super().__init__(message, kind=kind, location=location, hint=hint)
        _fill_in(self, location, errno)


class PermissionDeniedError(StorageError, PermissionError):
    """The system, or a cloud, does not let this process read or write there."""

    kinds = frozenset({"permission_denied"})

    def __init__(
        self,
        message: str,
        *,
        kind: str = "permission_denied",
        location: str | None = None,
        hint: str | None = None,
        errno: int | None = _errno.EACCES,
    ) -> None:
        super().__init__(message, kind=kind, location=location, hint=hint, errno=errno)


class ConfigurationError(PersistError, ValueError):
    """An argument does not say what can be done.

    Kinds: `bad_argument`; `unknown_scheme`, a URL of a kind nobody knows; `unsupported`, not in
    this release: the text says what is.
    """

    kinds = frozenset({"bad_argument", "unknown_scheme", "unsupported"})


def _fill_in(error: OSError, filename: str | None, number: int | None) -> None:
    """Sets what OSError has besides its text."""
    error.filename = filename
    if number is not None:
        error.errno = number
        error.strerror = _os.strerror(number)
