"""Snapshots put together by hand, from `docs/format/` alone, as careless or hostile writers do.

Every hash and size is true unless a change says otherwise.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = object()
"""As a change: the field is left out."""

OPENING = b'{"agent_state":'
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
STORED_BYTES = 65_535
RAW_BYTES = 131_072
TRAILER_BYTES = {"gzip": 8, "zstd": 12, "none": 0}


def metadata_of(state_hash: str, state_bytes: int, framing: str) -> dict[str, Any]:
    """The fields before `stored_hash`, in the order of the format."""
    return {
        "agent_id": "forged",
        "session_id": "session",
        "snapshot_index": 0,
        "timestamp": "2026-11-23T10:15:00.123456Z",
        "content_hash": state_hash,
        "format_version": 1,
        "snapshot_id": "019ab4c2-0000-7000-8000-000000000000",
        "description": None,
        "uncompressed_size": state_bytes,
        "compressed_size": 0,
        "compression_algorithm": framing,
        "state_format": "persist/1",
        "environment": {},
        "classes": {},
        "needs": {"secrets": [], "bindings": [], "allow": [], "endpoints": []},
        "tags": [],
        "extra": {},
    }


def forge(state: bytes | Iterable[bytes], framing: str = "gzip", **changes: object) -> bytes:
    """Returns a file with that state text; `changes` replace or drop fields of the metadata."""
    pieces = [state] if isinstance(state, bytes) else state
    stored, crc, document_bytes, content_hash = _store(pieces, framing)
    state_bytes = document_bytes - len(OPENING)
    fields = metadata_of(content_hash, state_bytes, framing)
    fields["stored_hash"] = hashlib.sha256(stored).hexdigest()
    for name, value in changes.items():
        if value is MISSING:
            del fields[name]
        else:
            fields[name] = value
    overhead = len(stored) + TRAILER_BYTES[framing]
    block = _settle(fields, overhead, framing, is_fixed="compressed_size" in changes)
    if framing == "none":
        return stored + block
    if framing == "zstd":
        frame = _stored_frame(block)
        return stored + frame + struct.pack("<III", 0x184D2A50, 4, len(frame))
    trailer = struct.pack("<II", zlib.crc32(block, crc), (document_bytes + len(block)) % 2**32)
    return stored + _stored_blocks(block) + trailer


def _store(pieces: Iterable[bytes], framing: str) -> tuple[bytes, int, int, str]:
    """Returns the file up to the metadata, its text's CRC and length, and the state's hash."""
    out, crc, length = [], 0, 0
    content = hashlib.sha256()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    for index, piece in enumerate(itertools.chain([OPENING], pieces)):
        if index:
            content.update(piece)
        crc = zlib.crc32(piece, crc)
        length += len(piece)
        out.append(packer.compress(piece) if framing == "gzip" else piece)
    if framing == "gzip":
        out.append(packer.flush(zlib.Z_FULL_FLUSH))
        out.insert(0, GZIP_HEADER)
    if framing == "zstd":
        out = [zstandard.ZstdCompressor(write_checksum=True).compress(b"".join(out))]
    return b"".join(out), crc, length, content.hexdigest()


def _settle(fields: dict[str, Any], overhead: int, framing: str, *, is_fixed: bool) -> bytes:
    """Returns the metadata block, with the smallest size of the file that makes itself true."""
    while True:
        block = metadata_block(fields)
        size = overhead + len(LAYOUT[framing](block))
        if is_fixed or "compressed_size" not in fields or fields["compressed_size"] == size:
            return block
        fields["compressed_size"] = size


def metadata_block(fields: dict[str, Any]) -> bytes:
    """Returns the text from `,"metadata":` to the document's end."""
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    start = b',"metadata":' + text[:-1]
    size = (
        len(start)
        + len(',"metadata_size":"0123456789"')
        + len(f',"metadata_hash":"{64 * "0"}"}}}}')
    )
    start += f',"metadata_size":"{size:010}"'.encode()
    return start + f',"metadata_hash":"{hashlib.sha256(start).hexdigest()}"}}}}'.encode()


def _stored_blocks(block: bytes) -> bytes:
    first = len(block) % STORED_BYTES or STORED_BYTES
    cuts = [0, *range(first, len(block) + 1, STORED_BYTES)]
    out = []
    for start, end in itertools.pairwise(cuts):
        is_last = end == len(block)
        length = end - start
        out.append(struct.pack("<BHH", is_last, length, length ^ 0xFFFF) + block[start:end])
    return b"".join(out)


def _stored_frame(block: bytes) -> bytes:
    first = len(block) % RAW_BYTES or RAW_BYTES
    cuts = [0, *range(first, len(block) + 1, RAW_BYTES)]
    out = [b"\x28\xb5\x2f\xfd\xa0", struct.pack("<I", len(block))]
    for start, end in itertools.pairwise(cuts):
        header = (end - start) << 3 | (end == len(block))
        out.append(header.to_bytes(3, "little") + block[start:end])
    return b"".join(out)


LAYOUT = {"gzip": _stored_blocks, "zstd": _stored_frame, "none": bytes}
"""How a metadata block lies in a file of each framing."""
