"""What a process finds around it: certificates of the system, profiles of the AWS tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.emulators import Cloud

SAVES = """
import persist, sys
url, *options = sys.argv[1:]
options = dict(zip(*[iter(options)] * 2))
try:
    persist.snapshot({"step": 3}, url, storage_options=options)
    print(persist.restore(url, storage_options=options))
except persist.PersistError as error:
    print(type(error).__name__, error.kind, error, error.hint, sep="\\n")
"""


def save_in_a_child(cloud: Cloud, environment: dict[str, str]) -> list[str]:
    """Saves and restores where only these variables say who asks and whom to trust."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept = {name: value for name, value in kept.items() if not name.startswith("SSL_")}
    options = [text for pair in cloud.options.items() for text in pair]
    command = [sys.executable, "-c", SAVES, cloud.url("a.json"), *options]
    done = subprocess.run(
        command, env=kept | environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(params=["no such file", "an empty file"])
def no_authorities(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Variables by which a system has no certificates of authorities."""
    authorities = tmp_path / "ca.pem"
    if request.param == "an empty file":
        authorities.touch()
    folder = tmp_path / "certificates"
    return {"SSL_CERT_FILE": str(authorities), "SSL_CERT_DIR": str(folder)}


linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the system itself knows the authorities"
)


@linux_only
def test_without_authorities_no_https_server_is_trusted(
    s3: Cloud, no_authorities: dict[str, str]
) -> None:
    # Nobody listens there, and nobody is asked.
    kind, code, text, hint = save_in_a_child(s3.through("https://127.0.0.1:9"), no_authorities)
    assert (kind, code) == ("StorageError", "unavailable")
    assert text == (
        f"could not reach `{s3.url('a.json')}`: no certificate authorities are installed, so that"
        " no `https` server can be trusted"
    )
    assert hint == (
        "install the package `ca-certificates`, or name a file of them in `SSL_CERT_FILE`"
    )


@linux_only
def test_without_authorities_plain_http_works(cloud: Cloud, no_authorities: dict[str, str]) -> None:
    assert save_in_a_child(cloud, no_authorities) == ["{'step': 3}"]


CREDENTIALS = """
[default]
aws_access_key_id = WRONG
aws_secret_access_key = wrong

[work]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = s3cretkeyofs3
"""

CONFIG = """
[profile work]
region = us-east-1
endpoint_url = {endpoint}

[profile borrowed]
role_arn = arn:aws:iam::123456789012:role/agent
source_profile = work
"""


def profile(s3: Cloud, folder: Path, name: str) -> dict[str, str]:
    """Writes the files of the AWS tools; returns the variables that name one of their profiles."""
    (folder / "credentials").write_text(CREDENTIALS)
    (folder / "config").write_text(CONFIG.format(endpoint=s3.endpoint))
    return {
        "AWS_PROFILE": name,
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_CONFIG_FILE": str(folder / "config"),
    }


def bare(s3: Cloud) -> Cloud:
    """Returns the bucket, with nothing said of how it is reached."""
    return Cloud(s3.kind, s3.base, {}, s3.endpoint, s3.log, s3.prefix)


def test_a_profile_says_where_and_as_whom(s3: Cloud, tmp_path: Path) -> None:
    found = save_in_a_child(bare(s3), profile(s3, tmp_path, "work"))
    assert found == ["{'step': 3}"]
    assert s3.keys() == ["a.json"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gone", "profile `gone`"), ("borrowed", "profile `borrowed`")],
)
def test_a_profile_without_keys_is_refused(
    s3: Cloud, tmp_path: Path, name: str, reason: str
) -> None:
    kind, code, text, _ = save_in_a_child(bare(s3), profile(s3, tmp_path, name))
    assert (kind, code) == ("PermissionDeniedError", "permission_denied")
    assert reason in text
    assert s3.keys() == []
