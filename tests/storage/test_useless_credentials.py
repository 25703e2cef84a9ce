"""Credentials and values that are of no use: named by where they stand, and never shown."""

from __future__ import annotations

import json
from pathlib import Path

import persist
import pytest

from storage.emulators import Cloud
from storage.fake import Asked, Fake, Reply, answering

pytestmark = pytest.mark.usefixtures("nobody")

PEM = "-----BEGIN PRIVATE KEY-----\n5ECRETKEYMATERIAL\n-----END PRIVATE KEY-----\n"
ACCOUNT = {
    "type": "service_account",
    "private_key": PEM,
    "private_key_id": "1",
    "client_email": "a@b",
}


def refusal(url: str, **options: str) -> persist.PersistError:
    with pytest.raises(persist.PersistError) as raised:
        persist.snapshot_exists(url, storage_options=options)
    error = raised.value
    causes = f"{error!r} {error} {error.hint} {error.__cause__!r} {error.__context__!r}"
    assert "5EC" not in causes
    return error


NO_JSON = "is no JSON of a service account"
TWICE = json.dumps(json.dumps(ACCOUNT))

# What stands for a key of Google, and what is said of it.
KEYS = {
    "no JSON": ("5ECRETKEY", NO_JSON),
    "encoded twice": (TWICE, NO_JSON),
    "encoded twice, with its line end": (f"{TWICE}\n", NO_JSON),
    "a list": (json.dumps([ACCOUNT]), NO_JSON),
    "a field of another type": (
        json.dumps(ACCOUNT | {"client_email": {"5ECRET": 1}}),
        "is no service account: its field `client_email` is no text",
    ),
    "a switch that is text": (
        json.dumps(ACCOUNT | {"disable_oauth": "5ECRETVALUE"}),
        "is no service account: its field `disable_oauth` is neither true nor false",
    ),
    "a field missing": (
        json.dumps({name: ACCOUNT[name] for name in ACCOUNT if name != "client_email"}),
        "is no service account: it has no field `client_email`",
    ),
    "a key that is none": (
        json.dumps(ACCOUNT),
        "is no service account: its `private_key` is no key that can be read",
    ),
}


@pytest.mark.parametrize("case", KEYS)
@pytest.mark.parametrize("by", ["an option", "a variable"])
def test_a_key_of_google_that_is_none_is_not_shown(
    case: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, fault = KEYS[case]
    if by == "an option":
        error = refusal("gs://box/a", google_service_account_key=key)
        name = "`google_service_account_key`"
    else:
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", key)
        error, name = refusal("gs://box/a"), "the variable `GOOGLE_SERVICE_ACCOUNT_KEY`"
    assert isinstance(error, persist.PermissionDeniedError)
    assert error.location == "gs://box/a"
    assert f"there are no credentials: {name} {fault} (" in str(error)


@pytest.mark.parametrize("case", [case for case in KEYS if case not in ("no JSON", "a list")])
@pytest.mark.parametrize("option", ["google_service_account", "google_application_credentials"])
def test_a_file_of_google_that_is_of_no_use_is_not_shown(
    case: str, option: str, tmp_path: Path
) -> None:
    path = tmp_path / "key.json"
    path.write_text(KEYS[case][0])
    error = refusal("gs://box/a", **{option: str(path)})
    assert isinstance(error, persist.PermissionDeniedError)
    assert f"the file `{path}`, which `{option}` names, " in str(error)


def test_a_user_s_file_with_a_field_of_another_type_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    user = {"type": "authorized_user", "client_id": "c", "refresh_token": "5ECRET"}
    path.write_text(json.dumps(user | {"client_secret": ["5ECRET"]}))
    error = refusal("gs://box/a", google_application_credentials=str(path))
    assert isinstance(error, persist.PermissionDeniedError)
    assert "names, is no user's: its field `client_secret` is no text (" in str(error)


# An option whose value is none that it takes, and what is said of it.
VALUES = [
    ("s3", "aws_skip_signature", "5EC", "is neither `true` nor `false`"),
    ("s3", "allow_http", "5EC", "is neither `true` nor `false`"),
    ("s3", "timeout", "5ECONDS", "is no time such as `30s`"),
    ("s3", "pool_max_idle_per_host", "5EC", "is no number"),
    ("s3", "aws_checksum_algorithm", "5EC", "is none of `sha256` and `crc64nvme`"),
    ("s3", "aws_conditional_put", "5EC", "is none of `etag` and `disabled`"),
    ("s3", "proxy_url", "http://u:5ECRETPW@[bad", "is no address of a proxy"),
    ("s3", "proxy_ca_certificate", "5ECRET", "is no certificate in PEM"),
    ("s3", "user_agent", "5EC\u00fc", "has other characters than a header may have"),
    ("s3", "aws_server_side_encryption", "5EC", "is none of `AES256`, `aws:kms`, "),
    ("s3", "aws_sse_customer_key_base64", "5ECRET!", "is no base64"),
    ("s3", "aws_sse_bucket_key_enabled", "5EC", "is neither `true` nor `false`"),
    ("s3", "proxy_url", "socks5://u:5ECRETPW@host", "is no address of a proxy"),
    ("s3", "aws_region", "5EC ", "has other characters than letters, digits and `-`"),
    ("s3", "aws_default_region", '"5EC"', "has other characters than letters, digits and `-`"),
    ("s3", "aws_container_credentials_relative_uri", "/a 5EC", "is no path such as `/v2/cred"),
    ("s3", "aws_container_credentials_full_uri", "http://host/a 5EC", "is an address with a space"),
    ("azure", "azure_storage_tenant_id", "a 5EC", "has other characters than letters, digits and"),
    ("azure", "azure_storage_account_name", "a/5EC", "has other characters than letters, digits"),
    ("azure", "azure_fabric_workload_host", "5EC\u00fc", "has other characters than a header may"),
    ("azure", "azure_storage_encryption_key", "5ECRETKEY", "is no base64"),
    ("azure", "azure_skip_signature", "5EC", "is neither `true` nor `false`"),
    ("azure", "azure_credential_type", "5EC", "is none of `auto`, `bearer_token`, "),
    ("gcs", "google_skip_signature", "5EC", "is neither `true` nor `false`"),
]
URLS = {"s3": "s3://box/a", "azure": "az://box/a", "gcs": "gs://box/a"}
NAMED = {"azure": {"azure_storage_account_name": "some"}, "s3": {}, "gcs": {}}


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[1])
def test_a_value_that_an_option_does_not_take_is_not_shown(case: tuple[str, ...]) -> None:
    kind, name, value, fault = case
    error = refusal(URLS[kind], **{**NAMED[kind], name: value})
    assert isinstance(error, persist.ConfigurationError)
    assert str(error).startswith(f"bad argument `storage_options`: `{name}` {fault}")


def test_a_variable_that_is_no_switch_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "5ECRETINBOOL")
    error = refusal("s3://box/a")
    assert str(error) == (
        "bad argument `storage_options`: the variable `AWS_SKIP_SIGNATURE` is neither `true`"
        " nor `false`"
    )


# Credentials that are none, and what is said of them.
NO_USE = [
    ("s3", {"aws_access_key_id": "A"}, "`aws_access_key_id` is given without its secret"),
    ("s3", {"aws_secret_access_key": "5EC"}, "`aws_secret_access_key` is given without its id"),
    ("azure", {"azure_storage_account_key": "5EC RET"}, "`azure_storage_account_key` is no base64"),
    (
        "azure",
        {"azure_storage_sas_token": "5ECRETTOKEN"},
        "`azure_storage_sas_token` is no list such as `sv=…&sig=…`",
    ),
]


@pytest.mark.parametrize("case", NO_USE, ids=lambda case: next(reversed(case[1])))
def test_credentials_that_are_none_are_named(case: tuple[str, dict[str, str], str]) -> None:
    kind, options, fault = case
    error = refusal(URLS[kind], **NAMED[kind], **options)
    assert isinstance(error, persist.PermissionDeniedError)
    assert f"there are no credentials: {fault} (endpoint" in str(error)
    assert "`storage_options`" in (error.hint or "")


def test_half_a_pair_of_keys_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    error = refusal("s3://box/a")
    assert isinstance(error, persist.PermissionDeniedError)
    told = "the variable `AWS_ACCESS_KEY_ID` is given without its secret"
    assert f"there are no credentials: {told} (" in str(error)


def test_a_cli_that_is_not_installed_is_no_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    error = refusal("az://box/a", azure_storage_account_name="some", azure_use_azure_cli="true")
    assert isinstance(error, persist.PermissionDeniedError)
    assert "there are no credentials: the Azure CLI is not installed (" in str(error)


# What a service that gives credentials away answers, which is none.
GARBAGE = [b'"5ECRETTOKEN"', b'{"access_token": {"5ECRET": 1}}', b"<html>5ECRET</html>", b""]


def services(fake: Fake) -> dict[str, Cloud]:
    """Returns clouds whose credentials come from that server, and whose objects from nowhere."""
    nowhere = Fake("http://127.0.0.1:9")
    s3, azure = nowhere.cloud("s3"), nowhere.cloud("azure")
    for name in ("aws_access_key_id", "aws_secret_access_key"):
        del s3.options[name]
    del azure.options["azure_storage_account_key"]
    s3.options["aws_metadata_endpoint"] = fake.endpoint
    azure.options["azure_msi_endpoint"] = f"{fake.endpoint}/token"
    return {"s3": s3, "azure": azure}


@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: body.decode() or "nothing")
@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_an_answer_that_has_no_credentials_is_not_shown(
    kind: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(asked: Asked) -> Reply:
        # The instance gives a token and a name before the keys.
        return Reply(body=b"name" if asked.path.endswith(("api/token", "/")) else body)

    with answering(answer) as fake:
        cloud = services(fake)[kind]
        error = refusal(cloud.url("a"), **cloud.options)
        host = fake.endpoint.removeprefix("http://")
    assert isinstance(error, persist.PermissionDeniedError)
    told = f"there are no credentials: what `{host}` answered has none"
    assert told in str(error)
    assert "5EC" not in caplog.text


@pytest.mark.parametrize("body", [b"<html>5ECRET page</html>", b"5EC\x00", "5EC\u00fc".encode()])
@pytest.mark.parametrize("ending", ["api/token", "security-credentials/"])
def test_a_page_in_place_of_the_name_of_a_role_is_no_credential(body: bytes, ending: str) -> None:
    """As a network gives that shows a login to whoever asks anything."""

    def answer(asked: Asked) -> Reply:
        return Reply(body=body if asked.path.endswith(ending) else b"word")

    with answering(answer) as fake:
        cloud = services(fake)["s3"]
        error = refusal(cloud.url("a"), **cloud.options)
        host = fake.endpoint.removeprefix("http://")
    assert isinstance(error, persist.PermissionDeniedError)
    assert f"there are no credentials: what `{host}` answered has none (" in str(error)
