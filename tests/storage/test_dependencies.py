"""What the crates bring along: nothing for clouds where none are asked for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def crates(*arguments: str) -> set[str]:
    if shutil.which("cargo") is None:
        pytest.skip("asking what a crate depends on needs cargo")
    command = ["cargo", "tree", "--locked", "--prefix", "none", "--format", "{p}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.split()[0] for line in done.stdout.splitlines() if line}


def test_the_core_without_clouds_has_no_runtime_and_no_http() -> None:
    found = crates("-p", "persist-core", "--no-default-features", "-e", "normal,build")
    assert "persist-core" in found
    assert not {"tokio", "object_store", "reqwest", "rustls", "ring", "hyper"} & found


def test_the_core_with_clouds_knows_no_python() -> None:
    found = crates("-p", "persist-core", "--features", "s3,azure,gcs", "-e", "normal,build")
    assert {"tokio", "object_store"} <= found
    assert not {name for name in found if name.startswith("pyo3")}


def test_nothing_brings_a_second_cryptography() -> None:
    found = crates("--workspace", "--target", "all")
    assert "ring" in found
    assert not {name for name in found if name.startswith(("aws-lc", "openssl-sys", "native-tls"))}
