"""Who may what, and who says so: the storage, or those who give credentials away."""

from __future__ import annotations

import json
from pathlib import Path

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.fake import Asked, Fake, Reply, answering
from storage.proxy import Fault, on

pytestmark = pytest.mark.usefixtures("nobody")


def test_who_may_not_look_may_put_what_is_new(cloud: Cloud) -> None:
    """S3 says 403 of a key that is missing to who may not list the bucket."""
    looks = Fault(on("HEAD", "GET"), 99, status=403, code="AccessDenied")
    with proxy.before(cloud.endpoint, looks) as way:
        options, url = cloud.through(way.endpoint).options, cloud.url("a.json")
        persist.snapshot(1, url, overwrite=False, storage_options=options)
        with pytest.raises(persist.SnapshotExistsError):
            persist.snapshot(2, url, overwrite=False, storage_options=options)
    assert looks.met >= 2
    assert persist.restore(url, storage_options=cloud.options) == 1


# A refusal that no other credentials would pass, and what to do about it.
ARCHIVED = "the object is in an archive: restore it from there, or move it to another tier"
HELPLESS = [
    (403, "InvalidObjectState", ARCHIVED),
    (409, "BlobArchived", ARCHIVED),
    (
        403,
        "RequestTimeTooSkewed",
        "set the clock of this machine: the storage refuses what is signed at another time",
    ),
]


@pytest.mark.parametrize("case", HELPLESS, ids=lambda case: case[1])
def test_what_no_right_would_help_is_no_lack_of_rights(
    s3: Cloud, case: tuple[int, str, str]
) -> None:
    status, code, hint = case
    fault = Fault(on("GET"), 99, status=status, code=code)
    with (
        proxy.before(s3.endpoint, fault) as way,
        pytest.raises(persist.StorageError, match=f"{status} {code}") as raised,
    ):
        persist.restore(s3.url("a.json"), storage_options=s3.through(way.endpoint).options)
    assert (raised.value.kind, raised.value.hint, fault.met) == ("storage", hint, 1)


def test_a_store_without_conditions_is_said(s3: Cloud) -> None:
    fault = Fault(on("PUT"), 99, status=501, code="NotImplemented")
    with proxy.before(s3.endpoint, fault) as way:
        options = s3.through(way.endpoint).options
        with pytest.raises(persist.StorageError, match="answered 501 NotImplemented") as raised:
            persist.snapshot(1, s3.url("a.json"), overwrite=False, storage_options=options)
    hint = "the storage may lack what `overwrite=False` needs, a condition of the put"
    assert (raised.value.kind, raised.value.hint) == ("storage", hint)


def test_a_condition_that_an_option_turns_off_is_said(s3: Cloud) -> None:
    options = {**s3.options, "aws_conditional_put": "disabled"}
    with pytest.raises(persist.StorageError) as raised:
        persist.snapshot(1, s3.url("a.json"), overwrite=False, storage_options=options)
    told = ": the options turn off what it needs, as `aws_conditional_put` may (endpoint"
    assert told in str(raised.value)


def test_what_a_service_says_moves_no_terminal() -> None:
    body = b"<Error><Code>A\x1b]0;owned\x07</Code><Message>&#x202e;b\x1b[2J</Message></Error>"
    with answering(lambda _: Reply(400, {}, body)) as fake:
        cloud = fake.cloud("s3")
        with pytest.raises(persist.StorageError) as raised:
            persist.restore(cloud.url("a.json"), storage_options=cloud.options)
    assert "\x1b" not in str(raised.value)
    assert "\u202e" not in str(raised.value)


# Who gives credentials away, and how that one says no.
STS = (
    b'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
    b"<Code>InvalidIdentityToken</Code><Message>No provider.</Message></Error></ErrorResponse>"
)
OAUTH = json.dumps({"error": "invalid_client", "error_description": "AADSTS70: wrong.\r\nTrace"})
NO = {
    "a web identity": (400, STS, "400 InvalidIdentityToken, `No provider`"),
    "an application": (401, OAUTH.encode(), "401 invalid_client, `AADSTS70: wrong`"),
    "a managed identity": (400, OAUTH.encode(), "400 invalid_client, `AADSTS70: wrong`"),
    "an instance": (404, b"", "404"),
}


def client_of(case: str, giver: Fake, folder: Path) -> Cloud:
    """Returns a cloud whose credentials come from that server, and whose objects from nowhere."""
    nowhere = Fake("http://127.0.0.1:9")
    token = folder / "token"
    token.write_text("t0ken")
    if case in ("a web identity", "an instance"):
        cloud = nowhere.cloud("s3", aws_metadata_endpoint=giver.endpoint)
        del cloud.options["aws_access_key_id"], cloud.options["aws_secret_access_key"]
        if case == "a web identity":
            cloud.options.update(
                aws_web_identity_token_file=str(token),
                aws_role_arn="arn:aws:iam::123456789012:role/agent",
                aws_endpoint_url_sts=giver.endpoint,
                allow_http="true",
            )
        return cloud
    cloud = nowhere.cloud("azure", azure_msi_endpoint=f"{giver.endpoint}/token")
    del cloud.options["azure_storage_account_key"]
    if case == "an application":
        cloud.options.update(
            azure_storage_client_id="a",
            azure_storage_tenant_id="b",
            azure_storage_client_secret="c",
            azure_storage_authority_host=giver.endpoint,
            allow_http="true",
        )
    return cloud


@pytest.mark.parametrize("case", NO)
def test_a_giver_of_credentials_is_named_with_its_reason(case: str, tmp_path: Path) -> None:
    status, body, told = NO[case]
    with answering(lambda _: Reply(status, {}, body)) as giver:
        cloud = client_of(case, giver, tmp_path)
        with pytest.raises(persist.PermissionDeniedError) as raised:
            persist.restore(cloud.url("a.json"), storage_options=cloud.options)
        host = giver.endpoint.removeprefix("http://")
    assert f"there are no credentials: `{host}` answered {told}" in str(raised.value)
    assert "t0ken" not in str(raised.value)
    assert len(giver.asked) == 1


def test_a_web_identity_goes_by_plain_http_where_that_is_allowed(tmp_path: Path) -> None:
    answer = (
        b"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        b"<AccessKeyId>A</AccessKeyId><SecretAccessKey>B</SecretAccessKey><SessionToken>C"
        b"</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
        b"</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
    )

    def serve(asked: Asked) -> Reply:
        if "Action=AssumeRoleWithWebIdentity" in asked.path:
            return Reply(body=answer)
        return Reply(404, {}, b"<Error><Code>NoSuchKey</Code></Error>")

    with answering(serve) as fake:
        cloud = client_of("a web identity", fake, tmp_path)
        options = {**cloud.options, "aws_endpoint": fake.endpoint}
        assert persist.snapshot_exists(cloud.url("a.json"), storage_options=options) is False
        assert fake.asked[-1].headers["x-amz-security-token"] == "C"
        del cloud.options["allow_http"]
        with pytest.raises(persist.PermissionDeniedError) as raised:
            persist.snapshot_exists(cloud.url("a.json"), storage_options=cloud.options)
    assert "URL scheme is not allowed" in str(raised.value)
