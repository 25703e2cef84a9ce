"""The suite every storage must pass, on the clouds: the core's own tests, against an emulator."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from storage.emulators import Cloud


def run(cloud: Cloud, name: str) -> None:
    """Runs one test of the core in a cloud."""
    if shutil.which("cargo") is None:
        pytest.skip("the core's tests need cargo")
    command = ["cargo", "test", "--locked", "--quiet", "--workspace", "--test", "main"]
    bucket = {f"PERSIST_TEST_{cloud.kind.upper()}_URL": cloud.base}
    done = subprocess.run(
        [*command, "--", "--ignored", "--exact", f"clouds::{name}"],
        env={**os.environ, **cloud.environment(), **bucket},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_cloud_keeps_the_contract(cloud: Cloud) -> None:
    run(cloud, f"{cloud.kind}_keeps_the_contract")


def test_an_upload_that_is_left_behind_is_aborted_by_the_next_put(cloud: Cloud) -> None:
    if cloud.kind != "azure":
        run(cloud, f"{cloud.kind}_aborts_what_is_left_behind")
