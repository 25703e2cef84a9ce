"""Reads snapshots with the standard library, written from docs/format/file-v1.md alone."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from pathlib import Path
from typing import Any

import persist
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "v1"
GOLDEN = sorted(FIXTURES.glob("*.json*"))
PAGE = (ROOT / "docs" / "format" / "file-v1.md").read_text(encoding="utf-8")

ENDING = re.compile(rb',"metadata_size":"(\d{10})","metadata_hash":"([0-9a-f]{64})"\}\}')
HEADER = bytes.fromhex("1f8b08000000000000ff")
FULL = 65_535


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def stored_blocks(text: bytes) -> bytes:
    """Lay a metadata text out as section 2 says."""
    first = len(text) % FULL or FULL
    pieces = [text[:first], *(text[at : at + FULL] for at in range(first, len(text), FULL))]
    block = b""
    for number, piece in enumerate(pieces, 1):
        length = len(piece).to_bytes(2, "little")
        inverted = bytes(255 - byte for byte in length)
        block += bytes([number == len(pieces)]) + length + inverted + piece
    return block


def same(found: object, expected: object) -> None:
    if found != expected:
        raise ValueError(f"{found!r} is not {expected!r}")


def read_plainly(file: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the state text and the metadata; refuse any byte that is not what it must be."""
    is_gzip = file[:3] == HEADER[:3]
    body = file[:-8] if is_gzip else file
    ending = ENDING.fullmatch(body[-114:])
    if not ending:
        raise ValueError("no snapshot ends like this")
    size = int(ending[1])
    front, text = body[:-size], body[-size:]
    if is_gzip:
        block_bytes = size + 5 * -(-size // FULL)
        front, block = body[:-block_bytes], body[-block_bytes:]
        first, step = size % FULL or FULL, FULL + 5
        rest = block[first + 5 :]
        text = block[5 : first + 5]
        text += b"".join(rest[at + 5 : at + step] for at in range(0, len(rest), step))
        same(block, stored_blocks(text))
    same(text[:12], b',"metadata":')
    same(sha256(text[:-85]), ending[2].decode())
    metadata = json.loads(text[12:-1])
    same(metadata["format_version"], 1)
    same(metadata["compressed_size"], len(file))
    same(sha256(front), metadata["stored_hash"])
    document = front
    if is_gzip:
        same(front[:10], HEADER)
        inflater = zlib.decompressobj(-15)
        document = inflater.decompress(front[10:])
        same((inflater.decompress(block), inflater.eof, inflater.unused_data), (text, True, b""))
        whole = document + text
        same(int.from_bytes(file[-8:-4], "little"), zlib.crc32(whole))
        same(int.from_bytes(file[-4:], "little"), len(whole) % 2**32)
    same(document[:15], b'{"agent_state":')
    state = document[15:]
    same(len(state), metadata["uncompressed_size"])
    same(sha256(state), metadata["content_hash"])
    return state, metadata


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_golden_file_hashes_as_the_page_says(path: Path) -> None:
    state, metadata = read_plainly(path.read_bytes())
    row = f"| `{path.name}` | {len(state):,} bytes | `{metadata['content_hash']}` |"
    assert row in PAGE


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_golden_file_is_good_for_the_product_too(path: Path) -> None:
    _, metadata = read_plainly(path.read_bytes())
    assert persist.verify_snapshot(path)
    found = dict(persist.get_metadata(path))
    assert {name: found[name] for name in metadata} == metadata


def test_every_golden_file_is_there() -> None:
    listed = re.findall(r"^\| `(\S+)` \| [\d,]+ bytes \|", PAGE, re.MULTILINE)
    assert sorted(listed) == [path.name for path in GOLDEN]


def test_the_files_shown_on_the_page_are_the_golden_ones() -> None:
    plain = re.findall(r"```json\n(\{.*\})\n```", PAGE)
    assert [line.encode() for line in plain] == [(FIXTURES / "null.json").read_bytes()]
    lines = re.findall(r"^[0-9a-f]{8}: ((?:[0-9a-f]{2} )+)", PAGE, re.MULTILINE)
    assert bytes.fromhex("".join(lines)) == (FIXTURES / "null.json.gz").read_bytes()


@pytest.mark.parametrize("name", ["text.json", "text.json.gz"])
def test_no_bit_can_change_unnoticed(name: str) -> None:
    file = bytearray((FIXTURES / name).read_bytes())
    for bit in range(len(file) * 8):
        file[bit // 8] ^= 1 << bit % 8
        with pytest.raises((ValueError, zlib.error)):
            read_plainly(bytes(file))
        file[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize("name", ["agent.json", "agent.json.gz"])
@pytest.mark.parametrize("size", [0, 10, 10_000])
def test_what_the_product_writes_is_read_plainly(tmp_path: Path, name: str, size: int) -> None:
    agent = {"name": "Zoë", "numbers": list(range(size)), "text": ["a line of text"] * size}
    extra = {"note": "x" * size * 7}
    written = persist.snapshot(agent, tmp_path / name, agent_id="plain", extra=extra)
    state, metadata = read_plainly((tmp_path / name).read_bytes())
    assert json.loads(state) == agent
    assert {key: dict(written)[key] for key in metadata} == metadata
