"""One cloud after the other, for tests that hold on each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.emulators import Cloud

KINDS = ["s3", "azure", "gcs"]


@pytest.fixture
def s3(emulated_s3: Cloud, tmp_path: Path) -> Cloud:
    return emulated_s3.below(f"{tmp_path.parent.name}-{tmp_path.name}")


@pytest.fixture(params=KINDS)
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Cloud:
    """Each cloud in turn, with keys of one test alone."""
    whole: Cloud = request.getfixturevalue(f"emulated_{request.param}")
    return whole.below(f"{tmp_path.parent.name}-{tmp_path.name}")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine says who asks."""
    for name in os.environ:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
