"""Snapshots of one state are the same bytes in any process and thread, the time and id aside."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

import copies
import persist
import pytest

HERE = Path(__file__).resolve().parent
RUNS = {1: 1, 2: 2}
"""Hash seed → threads that save at once."""

OWN = ("timestamp", "snapshot_id")
"""What each snapshot has of its own; all else of its metadata is the same."""

HASH_BYTES = 64


class Copy(NamedTuple):
    metadata: persist.SnapshotMetadata
    data: bytes


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    roots = os.pathsep.join([str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    made = []
    for seed, threads in RUNS.items():
        made.append(tmp_path_factory.mktemp(f"seed{seed}"))
        subprocess.run(
            [sys.executable, "-W", "ignore", HERE / "copies.py", made[-1], str(threads)],
            env={**os.environ, "PYTHONPATH": roots, "PYTHONHASHSEED": str(seed)},
            timeout=600,
            check=True,
        )
    return made


def without_own(copy: Copy, framing: str) -> bytes:
    """Returns a file without what each has of its own, and without the sums over that."""
    data = copy.data
    for name in OWN:
        value = str(copy.metadata[name]).encode()
        assert data.count(value) == 1
        data = data.replace(value, bytes(len(value)))
    at = data.rindex(b'"metadata_hash":"') + len(b'"metadata_hash":"')
    data = data[:at] + bytes(HASH_BYTES) + data[at + HASH_BYTES :]
    if framing == "gzip":
        # The CRC-32 of the whole document, which has the time and the id in it.
        sum_of_all = zlib.crc32(zlib.decompress(copy.data, wbits=31)).to_bytes(4, "little")
        assert data[-8:-4] == sum_of_all
        data = data[:-8] + data[-4:]
    return data


@pytest.mark.parametrize("name", copies.STATES)
@pytest.mark.parametrize("framing", copies.FRAMINGS)
def test_a_state_has_one_file_in_any_process_and_thread(
    name: str, framing: str, folders: list[Path]
) -> None:
    paths = sorted(
        path for folder in folders for path in folder.glob(f"*-{name}{copies.FRAMINGS[framing]}")
    )
    assert len(paths) == sum(RUNS.values())
    found = [Copy(persist.get_metadata(path), path.read_bytes()) for path in paths]
    assert len({str(copy.metadata["snapshot_id"]) for copy in found}) == len(found)
    assert all(persist.verify_snapshot(path) for path in paths)
    bare = {without_own(copy, framing) for copy in found}
    assert len(bare) == 1
