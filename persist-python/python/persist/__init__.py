"""Save the whole state of an AI agent to one file, and bring it back to go on."""

from typing import TYPE_CHECKING, Any

from persist._report import FoundSecret, Report
from persist.api import (
    Identity,
    Passphrase,
    Recipients,
    SnapshotMetadata,
    Verification,
    __version__,
    check,
    delete_snapshot,
    dumps,
    generate_identity,
    get_metadata,
    loads,
    register,
    restore,
    snapshot,
    snapshot_exists,
    verify_snapshot,
)
from persist.exceptions import (
    CaptureError,
    ConfigurationError,
    EncryptionError,
    FormatError,
    IntegrityError,
    MissingSecretError,
    PermissionDeniedError,
    PersistError,
    Problem,
    RebuildError,
    SnapshotExistsError,
    SnapshotNotFoundError,
    StorageError,
    UntrustedError,
)

if TYPE_CHECKING:
    from persist import aio

__all__ = [
    "CaptureError",
    "ConfigurationError",
    "EncryptionError",
    "FormatError",
    "FoundSecret",
    "Identity",
    "IntegrityError",
    "MissingSecretError",
    "Passphrase",
    "PermissionDeniedError",
    "PersistError",
    "Problem",
    "RebuildError",
    "Recipients",
    "Report",
    "SnapshotExistsError",
    "SnapshotMetadata",
    "SnapshotNotFoundError",
    "StorageError",
    "UntrustedError",
    "Verification",
    "__version__",
    "aio",
    "check",
    "delete_snapshot",
    "dumps",
    "generate_identity",
    "get_metadata",
    "loads",
    "register",
    "restore",
    "snapshot",
    "snapshot_exists",
    "verify_snapshot",
]


def __getattr__(name: str) -> Any:
    """Imports `aio` by its first use: who does without pays nothing for `asyncio`."""
    if name == "aio":
        import importlib

        return importlib.import_module("persist.aio")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
