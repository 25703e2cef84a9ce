"""Parts of the core's own tests, run against a cloud."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from storage.emulators import Cloud


def run_in_the_core(cloud: Cloud, name: str, *urls: str) -> None:
    """Runs one ignored test of the core in a cloud, on those locations where it asks for any."""
    if shutil.which("cargo") is None:
        pytest.skip("the core's tests need cargo")
    command = ["cargo", "test", "--locked", "--quiet", "--workspace", "--test", "main"]
    bucket = {f"PERSIST_TEST_{cloud.kind.upper()}_URL": cloud.base}
    done = subprocess.run(
        [*command, "--", "--ignored", "--exact", f"clouds::{name}"],
        env={**os.environ, **cloud.environment(), **bucket, "PERSIST_TEST_URLS": "\n".join(urls)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
