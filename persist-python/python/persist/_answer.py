"""What is told of a snapshot: what it says of itself, and whether its bytes are whole."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, TypedDict, cast

from persist._report import Needs

__all__ = ["SnapshotMetadata", "Verification", "metadata_of"]


class SnapshotMetadata(TypedDict):
    """What a snapshot says about itself: the fields of `docs/format/file-v1.md` §1.

    What the file does not have is None, as in files of earlier releases. Sizes are bytes.
    """

    agent_id: str
    session_id: str
    snapshot_index: int
    timestamp: str
    content_hash: str
    format_version: int
    snapshot_id: str | None
    description: str | None
    uncompressed_size: int
    compressed_size: int
    compression_algorithm: str
    state_format: str | None
    environment: dict[str, Any] | None
    classes: dict[str, Any] | None
    needs: Needs | None
    tags: list[str] | None
    extra: Any
    stored_hash: str | None
    metadata_size: str | None
    metadata_hash: str | None


class Verification(NamedTuple):
    """The answer of `verify_snapshot`: true when every byte checks out."""

    reason: str | None
    """None when it is true, else the `kind` an error would have had."""
    detail: str | None
    """None when it is true, else the text an error would have had."""

    def __bool__(self) -> bool:
        """Returns whether the snapshot is whole."""
        return self.reason is None


def metadata_of(text: str) -> SnapshotMetadata:
    """Reads what the core says of a snapshot."""
    metadata = json.loads(text)
    # The one field that a file of today may lack.
    metadata.setdefault("state_format", None)
    return cast("SnapshotMetadata", metadata)
