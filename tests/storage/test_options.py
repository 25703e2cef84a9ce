"""What options, variables and URLs say of whom to ask, where, and as whom."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.fake import Asked, Reply, answering

pytestmark = pytest.mark.usefixtures("nobody")


ACCOUNT = {"client_email": "a", "private_key": "", "private_key_id": ""}


def keeping(asked: Asked) -> Reply:
    """Takes what is put, lists nothing and has nothing."""
    if asked.method == "PUT":
        return Reply(headers={"ETag": '"1"', "x-goog-generation": "1"})
    if "uploads" in asked.path or "list-type" in asked.path:
        return Reply(body=b"<ListBucketResult></ListBucketResult>")
    return Reply(404, {}, b"<Error><Code>NoSuchKey</Code></Error>")


@pytest.mark.parametrize("by", ["a key", "a file"])
def test_a_service_account_says_where_it_is_for(by: str, tmp_path: Path) -> None:
    with answering(keeping) as fake:
        key = json.dumps({**ACCOUNT, "gcs_base_url": fake.endpoint, "disable_oauth": True})
        path = tmp_path / "account.json"
        path.write_text(key)
        options = {"google_service_account_key": key}
        if by == "a file":
            options = {"google_service_account": str(path)}
        persist.snapshot({"step": 3}, "gs://box/a.json", storage_options=options)
        proxy.wait_for(lambda: len(fake.asked) >= 3)
        asked = sorted(f"{asked.method} {unquote(asked.path)}" for asked in fake.asked)
        assert asked[0].startswith("GET /box?")
        assert asked[-1] == "PUT /box/a.json"
        assert persist.snapshot_exists("gs://box/none.json", storage_options=options) is False
        with pytest.raises(persist.SnapshotNotFoundError):
            persist.restore("gs://box/none.json", storage_options=options)


def test_a_service_account_for_no_address_is_refused() -> None:
    key = json.dumps({**ACCOUNT, "gcs_base_url": "junk", "disable_oauth": True})
    with pytest.raises(persist.ConfigurationError) as raised:
        persist.restore("gs://box/a", storage_options={"google_service_account_key": key})
    assert str(raised.value).startswith(
        "bad argument `storage_options`: `gcs_base_url` of the service account is no address"
    )


# Options that say all, and what a machine says that they overrule or that nobody asks.
UNUSED = [
    {"AWS_PROFILE": "nope"},
    {"AWS_ENDPOINT_URL_STS": "junk"},
    {"AWS_METADATA_ENDPOINT": "junk"},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "junk"},
]


@pytest.mark.parametrize("variables", UNUSED, ids=lambda variables: next(iter(variables)))
def test_what_nobody_asks_is_no_fault(
    s3: Cloud, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    persist.snapshot(1, s3.url("a.json"), storage_options=s3.options)
    assert persist.restore(s3.url("a.json"), storage_options=s3.options) == 1


def test_a_variable_of_a_service_that_is_asked_is_refused_by_name(
    s3: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "junk")
    options = {"aws_endpoint": s3.endpoint}
    with pytest.raises(persist.ConfigurationError, match="variable `AWS_METADATA_ENDPOINT` is no"):
        persist.restore(s3.url("a.json"), storage_options=options)


def test_one_option_has_one_value(s3: Cloud) -> None:
    for twin in ("region", "AWS_REGION"):
        options = {**s3.options, twin: "eu-west-1"}
        with pytest.raises(persist.ConfigurationError) as raised:
            persist.restore(s3.url("a.json"), storage_options=options)
        assert "are one option and have two values" in str(raised.value)
    options = {**s3.options, "region": s3.options["aws_region"]}
    assert persist.snapshot_exists(s3.url("none.json"), storage_options=options) is False


def test_a_profile_of_older_tools_is_read(
    s3: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "credentials").write_text(
        "[old]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s3cretkeyofs3\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "old")
    options = {"aws_endpoint": s3.endpoint, "aws_region": "us-east-1"}
    persist.snapshot(1, s3.url("a.json"), storage_options=options)
    assert s3.keys() == ["a.json"]


def test_keys_of_a_profile_that_are_renewed_are_taken_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = ["AKIDOLD"]

    def answer(asked: Asked) -> Reply:
        if f"Credential={good[0]}/" in asked.headers.get("authorization", ""):
            return keeping(asked)
        return Reply(400, {}, b"<Error><Code>ExpiredToken</Code></Error>")

    def write(key: str, token: str) -> None:
        credentials = f"[dev]\naws_access_key_id = {key}\naws_secret_access_key = s\n"
        (tmp_path / "credentials").write_text(f"{credentials}aws_session_token = {token}\n")

    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    write("AKIDOLD", "1")
    with answering(answer) as fake:
        options = {"aws_endpoint": fake.endpoint, "aws_region": "us-east-1"}
        persist.snapshot(1, "s3://box/a.json", storage_options=options)
        write("AKIDNEW", "2")
        good[0] = "AKIDNEW"
        persist.snapshot(1, "s3://box/a.json", storage_options=options)
        assert fake.asked[-1].headers["x-amz-security-token"] == "2"
        write("AKIDTHIRD", "3")
        good[0] = "AKIDTHIRD"
        # The answer to a look has no code.
        assert persist.snapshot_exists("s3://box/a.json", storage_options=options) is False
        # Keys that are as bad as those before are not sent again.
        good[0] = "AKIDNEXT"
        before = len(fake.asked)
        with pytest.raises(persist.PermissionDeniedError, match="400 ExpiredToken"):
            persist.restore("s3://box/a.json", storage_options=options)
        assert len(fake.asked) == before + 1


# A location, options, and where an error says that it asked: nobody answers there.
PLACES = [
    (
        "https://s3.eu-west-1.amazonaws.com/box/a",
        "endpoint `https://s3.eu-west-1.amazonaws.com`, region `eu-west-1`",
    ),
    (
        "https://box.s3.eu-west-1.amazonaws.com/a",
        "endpoint `https://box.s3.eu-west-1.amazonaws.com`, region `eu-west-1`",
    ),
    (
        "https://s3.dualstack.eu-west-1.amazonaws.com/box/a",
        "endpoint `https://s3.dualstack.eu-west-1.amazonaws.com`, region `eu-west-1`",
    ),
    (
        "https://box.s3.amazonaws.com/a",
        "endpoint `https://box.s3.us-west-2.amazonaws.com`, region `us-west-2`",
    ),
    (
        "https://account.r2.cloudflarestorage.com/box/a",
        "endpoint `https://account.r2.cloudflarestorage.com`, region `auto`",
    ),
    ("s3://box/a", "endpoint `https://s3.us-west-2.amazonaws.com`, region `us-west-2`"),
    (
        "abfss://f@onelake.dfs.fabric.microsoft.com/a",
        "endpoint `https://onelake.blob.fabric.microsoft.com`, ",
    ),
    (
        "https://onelake.dfs.fabric.microsoft.com/f/a",
        "endpoint `https://onelake.blob.fabric.microsoft.com`, ",
    ),
    ("https://some.blob.core.windows.net/box/a", "endpoint `https://some.blob.core.windows.net`, "),
]


@pytest.mark.parametrize(("url", "told"), PLACES, ids=lambda text: text.split("/")[2][:30])
def test_an_error_names_the_endpoint_and_the_region_that_were_asked(url: str, told: str) -> None:
    """A proxy is told whom to ask, and refuses."""
    with answering(lambda _: Reply(502)) as fake:
        options = {"proxy_url": fake.endpoint, "timeout": "5s"}
        if "amazonaws" in url or "cloudflare" in url or url.startswith("s3"):
            options |= {"aws_access_key_id": "A", "aws_secret_access_key": "B"}
            options |= {"aws_region": "us-west-2"}
        else:
            options |= {"azure_storage_token": "t0ken"}
        with pytest.raises(persist.StorageError) as raised:
            persist.snapshot_exists(url, storage_options=options)
        hosts = {asked.path for asked in fake.asked if asked.method == "CONNECT"}
    assert told in str(raised.value)
    endpoint = told.split("`")[1].removeprefix("https://")
    assert hosts == {f"{endpoint}:443"}
