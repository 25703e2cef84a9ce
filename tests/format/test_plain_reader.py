"""Reads snapshots without the product, written from docs/format/file-v1.md alone."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import persist
import pytest
import zstandard

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "v1"
GOLDEN = sorted(FIXTURES.glob("*.json*"))
PAGE = (ROOT / "docs" / "format" / "file-v1.md").read_text(encoding="utf-8")

ENDING = re.compile(rb',"metadata_size":"(\d{10})","metadata_hash":"([0-9a-f]{64})"\}\}')
HEADER = bytes.fromhex("1f8b08000000000000ff")
FULL = 65_535
FRAME = bytes.fromhex("28b52ffd")
FULL_RAW = 131_072


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def cut(text: bytes, full: int) -> list[bytes]:
    """Cut a text into pieces of which all but the first are full."""
    first = len(text) % full or full
    return [text[:first], *(text[at : at + full] for at in range(first, len(text), full))]


def as_gzip(text: bytes) -> bytes:
    """Lay a metadata text out as section 2 says for gzip."""
    pieces = cut(text, FULL)
    block = b""
    for number, piece in enumerate(pieces, 1):
        length = len(piece).to_bytes(2, "little")
        inverted = bytes(255 - byte for byte in length)
        block += bytes([number == len(pieces)]) + length + inverted + piece
    return block


def as_zstd(text: bytes) -> bytes:
    """Lay a metadata text out as section 2 says for zstd."""
    pieces = cut(text, FULL_RAW)
    block = FRAME + b"\xa0" + len(text).to_bytes(4, "little")
    for number, piece in enumerate(pieces, 1):
        header = len(piece) * 8 + (number == len(pieces))
        block += header.to_bytes(3, "little") + piece
    return block


def unstored(block: bytes, size: int, full: int, front: int, header: int) -> bytes:
    """Take a metadata text of `size` bytes out of its stored blocks."""
    first, step = size % full or full, full + header
    rest = block[front + header + first :]
    pieces = [rest[at + header : at + step] for at in range(0, len(rest), step)]
    return block[front + header : front + header + first] + b"".join(pieces)


def inflated(front: bytes, block: bytes, text: bytes, trailer: bytes) -> bytes:
    """Return the document in front of the metadata of a gzip file."""
    same(block, as_gzip(text))
    same(front[:10], HEADER)
    inflater = zlib.decompressobj(-15)
    document = inflater.decompress(front[10:])
    same((inflater.decompress(block), inflater.eof, inflater.unused_data), (text, True, b""))
    whole = document + text
    crc = zlib.crc32(whole).to_bytes(4, "little")
    same(trailer, crc + (len(whole) % 2**32).to_bytes(4, "little"))
    return document


def unframed(front: bytes, block: bytes, text: bytes, trailer: bytes) -> bytes:
    """Return the document in front of the metadata of a zstd file."""
    same(block, as_zstd(text))
    size = len(block).to_bytes(4, "little")
    same(trailer, bytes.fromhex("502a4d1804000000") + size)
    reader = zstandard.ZstdDecompressor(max_window_size=2**23)
    return reader.stream_reader(front, read_across_frames=True).read()


def same(found: object, expected: object) -> None:
    if found != expected:
        raise ValueError(f"{found!r} is not {expected!r}")


def read_plainly(file: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the state text and the metadata; refuse any byte that is not what it must be."""
    is_gzip, is_zstd = file[:3] == HEADER[:3], file[:4] == FRAME
    end = len(file) - (8 if is_gzip else 12 if is_zstd else 0)
    ending = ENDING.fullmatch(file[max(end - 114, 0) : end])
    if not ending:
        raise ValueError("no snapshot ends like this")
    size = int(ending[1])
    start = end - size
    if is_gzip:
        start -= 5 * -(-size // FULL)
        text = unstored(file[start:end], size, FULL, 0, 5)
    elif is_zstd:
        start -= 9 + 3 * -(-size // FULL_RAW)
        text = unstored(file[start:end], size, FULL_RAW, 9, 3)
    else:
        text = file[start:end]
    front, block, trailer = file[:start], file[start:end], file[end:]
    same(text[:12], b',"metadata":')
    same(sha256(text[:-85]), ending[2].decode())
    metadata = json.loads(text[12:-1])
    same(metadata["format_version"], 1)
    same(metadata["compressed_size"], len(file))
    same(sha256(front), metadata["stored_hash"])
    document = front
    if is_gzip:
        document = inflated(front, block, text, trailer)
    elif is_zstd:
        document = unframed(front, block, text, trailer)
    same(document[:15], b'{"agent_state":')
    state = document[15:]
    same(len(state), metadata["uncompressed_size"])
    same(sha256(state), metadata["content_hash"])
    return state, metadata


def read_in_forty_lines(file: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return state text and metadata of a gzip or plain file; believe nothing but the hashes."""
    is_gzip = file[:3] == bytes.fromhex("1f8b08")
    end = len(file) - 8 * is_gzip
    ending = file[end - 114 : end]
    if ending[:18] != b',"metadata_size":"' or ending[-3:] != b'"}}':
        raise ValueError("no snapshot ends like this")
    size = int(ending[18:28])
    blocks = -(-size // 65_535) if is_gzip else 0
    start = end - size - 5 * blocks
    front, text = file[:start], b""
    if is_gzip:
        at = start
        for number in range(blocks):
            length = 65_535 if number else size - 65_535 * (blocks - 1)
            text += file[at + 5 : at + 5 + length]
            at += 5 + length
    else:
        text = file[start:end]
    hashed, said = text[:-85], text[-67:-3].decode()
    if text[:12] != b',"metadata":' or hashlib.sha256(hashed).hexdigest() != said:
        raise ValueError("the metadata is not what was written")
    metadata = json.loads(text[12:-1])
    if hashlib.sha256(front).hexdigest() != metadata["stored_hash"]:
        raise ValueError("what lies before the metadata is not what was written")
    document = zlib.decompressobj(-15).decompress(front[10:]) if is_gzip else front
    state = document[len(b'{"agent_state":') :]
    if hashlib.sha256(state).hexdigest() != metadata["content_hash"]:
        raise ValueError("the state is not what was written")
    return state, metadata


PLAIN = [path for path in GOLDEN if path.suffix != ".zst"]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_forty_lines_read_a_golden_file(path: Path) -> None:
    assert read_in_forty_lines(path.read_bytes()) == read_plainly(path.read_bytes())


def test_forty_lines_are_enough() -> None:
    lines, _ = inspect.getsourcelines(read_in_forty_lines)
    assert len(lines) <= 40


@pytest.mark.parametrize("name", ["text.json", "text.json.gz"])
def test_forty_lines_see_that_a_hashed_byte_changed(name: str) -> None:
    file = bytearray((FIXTURES / name).read_bytes())
    is_gzip = name.endswith("gz")
    end = len(file) - 8 * is_gzip
    start = file.index(b',"metadata":')
    # What a stricter reader compares: the stored block's header, the key of the last hash.
    for at in {*range(end - 85), *range(end - 67, end - 3)} - {*range(start - 5 * is_gzip, start)}:
        file[at] ^= 1
        with pytest.raises((ValueError, KeyError)):
            read_in_forty_lines(bytes(file))
        file[at] ^= 1


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


@pytest.mark.parametrize("name", ["text.json", "text.json.gz", "text.json.zst"])
def test_no_bit_can_change_unnoticed(name: str) -> None:
    file = bytearray((FIXTURES / name).read_bytes())
    for bit in range(len(file) * 8):
        file[bit // 8] ^= 1 << bit % 8
        with pytest.raises((ValueError, zlib.error, zstandard.ZstdError)):
            read_plainly(bytes(file))
        file[bit // 8] ^= 1 << bit % 8


@pytest.mark.parametrize("name", ["agent.json", "agent.json.gz", "agent.json.zst"])
@pytest.mark.parametrize("size", [0, 10, 10_000])
def test_what_the_product_writes_is_read_plainly(tmp_path: Path, name: str, size: int) -> None:
    agent = {"name": "Zoë", "numbers": list(range(size)), "text": ["a line of text"] * size}
    extra = {"note": "x" * size * 7}
    written = persist.snapshot(agent, tmp_path / name, agent_id="plain", extra=extra)
    state, metadata = read_plainly((tmp_path / name).read_bytes())
    assert json.loads(state) == agent
    assert {key: dict(written)[key] for key in metadata} == metadata


def test_any_reader_of_zstd_sees_the_document(tmp_path: Path) -> None:
    written = persist.snapshot({"a": 1}, tmp_path / "a.json.zst")
    file = (tmp_path / "a.json.zst").read_bytes()
    shown = [zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()]
    command = shutil.which("zstd")
    if command is not None:
        shown.append(subprocess.check_output([command, "-dc", tmp_path / "a.json.zst"]))
    for document in map(json.loads, shown):
        assert document["agent_state"] == {"a": 1}
        assert document["metadata"]["snapshot_id"] == written["snapshot_id"]
