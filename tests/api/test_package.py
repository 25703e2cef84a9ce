"""The package as it is given away: one small wheel that needs nothing."""

from __future__ import annotations

import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

WHEELS = sorted(Path(__file__).resolve().parents[2].glob("target/wheels/persist_agents-*.whl"))

pytestmark = pytest.mark.skipif(not WHEELS, reason="no wheel was built")


@pytest.fixture
def wheel() -> Path:
    return max(WHEELS, key=lambda path: path.stat().st_mtime)


def test_the_wheel_has_at_most_six_megabytes(wheel: Path) -> None:
    assert wheel.stat().st_size <= 6_000_000


def test_the_wheel_is_for_every_python_from_3_11_on_and_requires_nothing(wheel: Path) -> None:
    name, version, *tags = wheel.stem.split("-")
    assert (name, tags[:2]) == ("persist_agents", ["cp311", "abi3"])
    with zipfile.ZipFile(wheel) as files:
        metadata = message_from_bytes(files.read(f"{name}-{version}.dist-info/METADATA"))
    assert metadata["Name"] == "persist-agents"
    assert metadata["Requires-Python"] == ">=3.11"
    assert all("extra ==" in needed for needed in metadata.get_all("Requires-Dist", []))
