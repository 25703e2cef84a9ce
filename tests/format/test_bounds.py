"""What reading a hostile file may cost: files of 1 MB that inflate to 1 GiB, honest and lying."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zlib
from pathlib import Path

import persist
import pytest

MIB = 2**20
GIB = 2**30
HEADER = bytes.fromhex("1f8b08000000000000ff")
OPENING = b'{"agent_state":'


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def flushed(text: bytes) -> bytes:
    """Deflate a text so that the result can be repeated and continued."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(text) + deflate.flush(zlib.Z_FULL_FLUSH)


def bomb(said_bytes: int) -> bytes:
    """Make a file with 1 GiB of zeros as its state, that says another size or the true one."""
    zeros = b"0" * MIB
    front = HEADER + flushed(OPENING) + flushed(zeros) * (GIB // MIB)
    content, crc = hashlib.sha256(), zlib.crc32(OPENING)
    for _ in range(GIB // MIB):
        content.update(zeros)
        crc = zlib.crc32(zeros, crc)
    fields = {
        "agent_id": "a",
        "session_id": "s",
        "snapshot_index": 0,
        "timestamp": "2026-11-23T10:15:00.123456Z",
        "content_hash": content.hexdigest(),
        "format_version": 1,
        "snapshot_id": "01970000-0000-7000-8000-000000000000",
        "description": None,
        "uncompressed_size": said_bytes,
        "compressed_size": 1_000_000,
        "compression_algorithm": "gzip",
        "environment": {},
        "classes": {},
        "needs": {},
        "tags": [],
        "extra": None,
        "stored_hash": sha256(front),
    }
    # The size has seven digits, whatever it is.
    fields["compressed_size"] = len(front) + len(sealed(fields)) + 5 + 8
    text = sealed(fields)
    length = len(text).to_bytes(2, "little")
    block = b"\x01" + length + bytes(255 - byte for byte in length) + text
    trailer = zlib.crc32(text, crc).to_bytes(4, "little")
    total = len(OPENING) + GIB + len(text)
    return front + block + trailer + (total % 2**32).to_bytes(4, "little")


def sealed(fields: dict[str, object]) -> bytes:
    text = b',"metadata":' + json.dumps(fields)[:-1].encode()
    text += f',"metadata_size":"{len(text) + 114:010}"'.encode()
    return text + f',"metadata_hash":"{sha256(text)}"}}}}'.encode()


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bombs") / "honest.json.gz"
    path.write_bytes(bomb(GIB))
    assert 900_000 < path.stat().st_size < 2_000_000
    return path


@pytest.fixture(scope="module")
def lying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bombs") / "lying.json.gz"
    path.write_bytes(bomb(1000))
    return path


@pytest.fixture(scope="module")
def cut(honest: Path) -> Path:
    path = honest.with_name("cut.json.gz")
    path.write_bytes(honest.read_bytes()[:-1])
    return path


def test_a_restore_refuses_more_than_it_was_allowed(honest: Path) -> None:
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(honest, max_state_bytes=MIB)
    assert caught.value.kind == "too_large"
    assert "more than 1048576" in str(caught.value)


def test_a_restore_stops_where_the_size_was_a_lie(lying: Path) -> None:
    with pytest.raises(persist.IntegrityError) as caught:
        persist.restore(lying)
    assert caught.value.kind == "damaged"
    assert "its state is longer than its metadata says" in str(caught.value)


MEASURE = """
import json, sys, persist
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
verification = persist.verify_snapshot(sys.argv[1])
try:
    size = persist.get_metadata(sys.argv[1])["uncompressed_size"]
except persist.PersistError as error:
    size = error.kind
print(json.dumps([verification.reason, size, peak() - before]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to measure with")
@pytest.mark.parametrize(
    ("name", "reason", "size"),
    [("honest", None, GIB), ("lying", "damaged", 1000), ("cut", "truncated", "truncated")],
)
def test_verifying_stays_within_its_memory(
    request: pytest.FixtureRequest, name: str, reason: str | None, size: int | str
) -> None:
    path = request.getfixturevalue(name)
    command = [sys.executable, "-c", MEASURE, str(path)]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    found = json.loads(output)
    assert found[:2] == [reason, size]
    assert found[2] * 1024 < 64 * MIB
