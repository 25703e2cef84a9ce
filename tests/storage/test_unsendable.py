"""Values and credentials that no request can carry: refused as any other, and no thread ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import persist
import pytest

from storage.fake import Asked, Fake, Reply, answering

pytestmark = pytest.mark.usefixtures("nobody")

KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "B"}

FAULT = "has other characters than letters, digits and `-`"


def refusal(url: str, **options: str) -> persist.PersistError:
    with pytest.raises(persist.PersistError) as raised:
        persist.snapshot(1, url, storage_options=options)
    assert "5EC" not in f"{raised.value!r} {raised.value} {raised.value.hint}"
    return raised.value


@pytest.mark.parametrize("region", ["eu-west-1 ", "x y", "ü", "{x}", "<x>", "a\\b", '"x"'])
def test_a_region_that_no_host_has_is_refused_by_its_variable(
    region: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    error = refusal("s3://box/a", **KEYS)
    assert (type(error), error.kind) == (persist.ConfigurationError, "bad_argument")
    assert str(error) == f"bad argument `storage_options`: the variable `AWS_REGION` {FAULT}"
    # What ends a thread is printed, whoever catches it.
    assert capfd.readouterr().err == ""


def test_a_region_with_a_comment_is_refused_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile dev]\nregion = eu-north-1 # home\n")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    error = refusal("s3://box/a", **KEYS)
    assert str(error) == f"bad argument `storage_options`: `region` in line 2 of `{config}` {FAULT}"


def test_a_bucket_that_is_no_part_of_a_host_is_refused() -> None:
    switch = {"aws_virtual_hosted_style_request": "true"}
    error = refusal("s3://ü.b/k", **KEYS, **switch)
    assert str(error) == (
        "bad argument `path`: is a URL of a bucket that can be no part of a host, as the options"
        " say that it is"
    )


@pytest.mark.parametrize(
    "url", ["https://s3.{x}.amazonaws.com/b/k", "abfss://c@{x}.dfs.core.windows.net/k"]
)
def test_a_host_that_nobody_has_is_refused(url: str) -> None:
    error = refusal(url, **(KEYS if "s3" in url else {"azure_storage_account_key": "AAAA"}))
    assert str(error).startswith("bad argument `path`: is a URL of another form than those that")


LATER = "2099-01-01T00:00:00Z"


def keys_of_aws(expiration: str = LATER, **fields: str) -> dict[str, str]:
    return {
        "AccessKeyId": "A", "SecretAccessKey": "B", "Token": "T", "Expiration": expiration,
        "Code": "Success", "LastUpdated": LATER, "Type": "AWS-HMAC", **fields,
    }  # fmt: skip


def container(fake: Fake, token: Path) -> dict[str, str]:
    return {
        "aws_container_credentials_full_uri": f"{fake.endpoint}/keys",
        "aws_container_authorization_token_file": str(token),
        "aws_endpoint": fake.endpoint,
    }


STORED = Reply(headers={"ETag": '"1"'})


def test_the_token_of_a_container_is_no_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("5ECRET\n")
    with answering(lambda _: STORED) as fake:
        error = refusal("s3://box/a", **container(fake, token))
        assert fake.asked == []
    assert isinstance(error, persist.PermissionDeniedError)
    name = "`aws_container_authorization_token_file`"
    assert (
        f"there are no credentials: the file `{token}`, which {name} names, holds a line end or"
        " another character that no header may have (endpoint"
    ) in str(error)
    assert capfd.readouterr().err == ""


def test_what_a_client_breaks_down_on_is_an_error_as_any_other(tmp_path: Path) -> None:
    """A token is replaced by one of no use while a client is kept, which ends the thread on it."""
    token = tmp_path / "token"
    token.write_text("token")
    keys = json.dumps(keys_of_aws("2000-01-01T00:00:00Z")).encode()
    with answering(lambda asked: Reply(body=keys) if asked.path == "/keys" else STORED) as fake:
        options = container(fake, token)
        persist.snapshot(1, "s3://box/a", storage_options=options)
        token.write_text("5ECRET\n")
        error = refusal("s3://box/a", **options)
        assert isinstance(error, persist.PermissionDeniedError)
        assert f"the file `{token}`, which " in str(error)
        token.write_text("token")
        persist.snapshot(1, "s3://box/a", storage_options=options)


def instance(asked: Asked, fields: dict[str, str]) -> Reply:
    if asked.path.endswith(("api/token", "security-credentials/")):
        return Reply(body=b"word")
    if "security-credentials" in asked.path:
        return Reply(body=json.dumps(keys_of_aws(**fields)).encode())
    return STORED


def giver_of_containers(asked: Asked, fields: dict[str, str]) -> Reply:
    keys = json.dumps(keys_of_aws(**fields)).encode()
    return Reply(body=keys) if asked.path == "/keys" else STORED


def giver_of_sessions(asked: Asked, fields: dict[str, str]) -> Reply:
    if "Action=" not in asked.path:
        return STORED
    told = keys_of_aws(**fields)
    told["SessionToken"] = told["Token"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    keys = "".join(f"<{name}>{escape(told[name])}</{name}>" for name in names)
    name = "AssumeRoleWithWebIdentity"
    body = f"<{name}Response><{name}Result><Credentials>{keys}</Credentials></{name}Result>"
    return Reply(body=f"{body}</{name}Response>".encode())


def giver_of_tokens(asked: Asked, fields: dict[str, str]) -> Reply:
    if "/token" not in asked.path:
        return Reply(201, {"ETag": '"1"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"})
    told = {"expires_on": "4102444800", "expires_in": 3600, "token_type": "Bearer"}
    return Reply(body=json.dumps({**told, "access_token": fields["Token"]}).encode())


Giver = Callable[[Asked, dict[str, str]], Reply]

GIVERS: dict[str, Giver] = {
    "the instance": instance,
    "the container": giver_of_containers,
    "the web identity token": giver_of_sessions,
    "the managed identity": giver_of_tokens,
    "an application": giver_of_tokens,
}


def client_of(source: str, fake: Fake, folder: Path) -> dict[str, str]:
    token = folder / "token"
    token.write_text("token")
    place = {"azure_storage_account_name": "a", "azure_storage_endpoint": fake.endpoint}
    return {
        "the instance": {
            "aws_metadata_endpoint": fake.endpoint,
            "aws_endpoint": fake.endpoint,
        },
        "the container": container(fake, token),
        "the web identity token": {
            "aws_web_identity_token_file": str(token),
            "aws_role_arn": "arn:aws:iam::123456789012:role/agent",
            "aws_endpoint_url_sts": fake.endpoint,
            "aws_endpoint": fake.endpoint,
            "allow_http": "true",
        },
        "the managed identity": {**place, "azure_msi_endpoint": f"{fake.endpoint}/token"},
        "an application": {
            **place,
            "azure_storage_authority_host": fake.endpoint,
            "azure_storage_client_id": "i",
            "azure_storage_tenant_id": "t",
            "azure_storage_client_secret": "s",
        },
    }[source]


# Google's and Azure's givers have no field but the token.
FIELDS = [(source, "Token") for source in GIVERS]
FIELDS += [(source, "AccessKeyId") for source in ("the instance", "the container")]
FIELDS += [("the web identity token", "AccessKeyId")]


@pytest.mark.parametrize("text", ["5EC\n", "5EC\0", "5EC\u00fc", "5EC\u2028"], ids=ascii)
@pytest.mark.parametrize(("source", "field"), FIELDS)
def test_what_is_given_and_cannot_be_sent_is_no_credential(
    source: str, field: str, text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    is_aws = GIVERS[source] is not giver_of_tokens
    with answering(lambda asked: GIVERS[source](asked, {field: text})) as fake:
        options = client_of(source, fake, tmp_path)
        error = refusal("s3://box/a" if is_aws else "az://box/a", **options)
    if source == "the web identity token" and text == "5EC\0":
        # In XML it is no character, so what has it cannot be read.
        assert error.kind in ("permission_denied", "storage")
        return
    assert isinstance(error, persist.PermissionDeniedError), error
    told = "what was given for one holds a line end or another character that no header may have"
    assert f"there are no credentials: {told} (endpoint" in str(error)
    assert capfd.readouterr().err == ""


def test_nobody_is_asked_for_a_token_that_is_not_sent() -> None:
    with answering(lambda _: Reply(headers={"ETag": '"1"', "x-goog-generation": "1"})) as fake:
        options = {"google_base_url": fake.endpoint, "google_skip_signature": "true"}
        persist.snapshot(1, "gs://box/a", storage_options=options)
        persist.delete_snapshot("gs://box/a", storage_options=options)
        asked = [asked for asked in fake.asked if asked.method in ("PUT", "DELETE")]
    assert [asked.method for asked in asked] == ["PUT", "DELETE"]
    assert not [asked for asked in fake.asked if "authorization" in asked.headers]
