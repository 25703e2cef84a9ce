"""What a process finds around it: certificates of the system, profiles of the AWS tools."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.emulators import Cloud
from storage.proxy import Fault, before, on


def os_error(number: int) -> str:
    """Returns how the core words an error of this system."""
    return f"{os.strerror(number)} (os error {number})"


REFUSED = os_error(errno.ECONNREFUSED)

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
    told = ("AWS_", "AZURE_", "GOOGLE_", "SSL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(told)}
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
    "title", ["profile 'my work'", 'profile "my work"', r"profile  my\ work", "profile my work"]
)
def test_a_name_with_a_space_stands_in_quotes(s3: Cloud, tmp_path: Path, title: str) -> None:
    environment = profile(s3, tmp_path, "my work")
    (tmp_path / "credentials").write_text(CREDENTIALS.replace("[work]", "[my work]"))
    settings = CONFIG.format(endpoint=s3.endpoint).replace("profile work]", f"{title}]")
    (tmp_path / "config").write_text(settings)
    assert save_in_a_child(bare(s3), environment) == ["{'step': 3}"]


@pytest.mark.parametrize("folder", ["~", "$PLACE", "${PLACE}"])
def test_a_path_of_the_files_may_begin_with_the_home(
    s3: Cloud, tmp_path: Path, folder: str
) -> None:
    environment = profile(s3, tmp_path, "work") | {"HOME": str(tmp_path), "PLACE": str(tmp_path)}
    environment["AWS_SHARED_CREDENTIALS_FILE"] = f"{folder}/credentials"
    environment["AWS_CONFIG_FILE"] = f"{folder}/config"
    assert save_in_a_child(bare(s3), environment) == ["{'step': 3}"]


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


# Lines that follow the title `[work]`, what is raised, and what of them is told.
MISWRITTEN = [
    (
        "aws_access_key_id = A\x015ec\naws_secret_access_key = 5ec",
        "ConfigurationError",
        "`aws_access_key_id` in line 2 of `{}` holds a line end or another control character",
    ),
    (
        "aws_access_key_id = A\naws_secret_access_key = 5ec\naws_session_token = \x7f5ec",
        "ConfigurationError",
        "`aws_session_token` in line 4 of `{}` holds a line end or another control character",
    ),
    (
        "aws_access_key_id = A\naws_secret_access_key = 5ec\n[home\naws_access_key_id = B",
        "PermissionDeniedError",
        "line 4 of `{}` begins with `[` and is no title such as `[profile dev]`",
    ),
]


@pytest.mark.parametrize(("written", "error", "reason"), MISWRITTEN)
def test_what_is_wrong_in_a_file_of_credentials_is_told_by_its_line(
    s3: Cloud, tmp_path: Path, written: str, error: str, reason: str
) -> None:
    environment = profile(s3, tmp_path, "work")
    (tmp_path / "credentials").write_text(f"[work]\n{written}\n")
    kind, _, text, _ = save_in_a_child(bare(s3), environment)
    assert kind == error
    assert reason.format(tmp_path / "credentials") in text
    assert "5ec" not in text
    assert s3.keys() == []


def test_keys_may_be_further_in_than_their_profile(s3: Cloud, tmp_path: Path) -> None:
    environment = profile(s3, tmp_path, "work")
    (tmp_path / "credentials").write_text(CREDENTIALS.replace("\naws", "\n    aws"))
    assert save_in_a_child(bare(s3), environment) == ["{'step': 3}"]


# What a machine says of another place and of somebody else.
FOREIGN = {
    "s3": {
        "AWS_ENDPOINT_URL": "junk",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_SKIP_SIGNATURE": "true",
    },
    "azure": {"AZURE_STORAGE_ENDPOINT": "junk", "AZURE_STORAGE_TOKEN": "another's"},
    "gcs": {"GOOGLE_BASE_URL": "junk", "GOOGLE_SERVICE_ACCOUNT": "/nowhere"},
}


def test_options_overrule_all_that_the_environment_says(cloud: Cloud) -> None:
    assert save_in_a_child(cloud, FOREIGN[cloud.kind]) == ["{'step': 3}"]


def test_a_variable_that_is_no_address_is_refused_by_its_name(s3: Cloud) -> None:
    kind, code, text, _ = save_in_a_child(bare(s3), {"AWS_ENDPOINT_URL": "junk"})
    assert (kind, code) == ("ConfigurationError", "bad_argument")
    assert text == (
        "bad argument `storage_options`: the variable `AWS_ENDPOINT_URL` is no address such as"
        " `https://host:9000`"
    )


TOLD = "there are no credentials: the file `{path}`, which {by} names, cannot be read: "
TOLD += os_error(errno.ENOENT)

# What takes credentials from a file, and how an error calls the source.
FILES = {
    "a web identity": (
        "s3",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/agent"},
        "the web identity token",
    ),
    "a container": (
        "s3",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/token"},
        "the container",
    ),
    "a workload identity": (
        "azure",
        "AZURE_FEDERATED_TOKEN_FILE",
        # A secret beside it is not what the client takes.
        {"AZURE_CLIENT_ID": "a", "AZURE_TENANT_ID": "b", "AZURE_CLIENT_SECRET": "c"},
        "the workload identity",
    ),
    "a service account": (
        "gcs",
        "GOOGLE_SERVICE_ACCOUNT",
        {},
        "the environment, `GOOGLE_SERVICE_ACCOUNT`",
    ),
    "Google's default": (
        "gcs",
        "GOOGLE_APPLICATION_CREDENTIALS",
        {},
        "the environment, `GOOGLE_APPLICATION_CREDENTIALS`",
    ),
}

# The options that say where, and not as whom.
PLACES = {"aws_endpoint", "aws_region", "azure_storage_account_name", "azure_storage_endpoint"}
PLACES |= {"google_base_url"}


def unkeyed(cloud: Cloud) -> Cloud:
    """Returns the bucket, with nothing said of who asks."""
    options = {name: value for name, value in cloud.options.items() if name in PLACES}
    return Cloud(cloud.kind, cloud.base, options, cloud.endpoint, cloud.log, cloud.prefix)


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("by", ["a variable", "an option"])
def test_a_missing_file_of_credentials_is_named(
    request: pytest.FixtureRequest, case: str, by: str, tmp_path: Path
) -> None:
    kind, variable, others, source = FILES[case]
    cloud = unkeyed(request.getfixturevalue(f"emulated_{kind}").below(tmp_path.name))
    path, environment, name = str(tmp_path / "token"), dict(others), f"the variable `{variable}`"
    if by == "a variable":
        environment[variable] = path
    else:
        name = f"`{variable.lower()}`"
        cloud.options[variable.lower()] = path
        source = source if source.startswith("the w") or kind == "s3" else "`storage_options`"
    error, code, text, hint = save_in_a_child(cloud, environment)
    assert (error, code) == ("PermissionDeniedError", "permission_denied")
    assert TOLD.format(path=path, by=name) in text
    assert f"`{cloud.url('a.json')}`" in text
    assert f"endpoint `{cloud.endpoint}`" in text
    assert text.endswith(f"credentials from {source})")
    assert "`storage_options`, the environment" in hint
    assert cloud.keys() == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            '{"type": "external_account", "audience": "5ec"}',
            "has credentials of the type `external_account`, which the client does not read",
        ),
        ('{"type": "service_account"}', "is no service account: it has no field `private_key`"),
        ("5ec", "has no credentials of Google"),
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_of_google_that_is_of_no_use_is_named(
    emulated_gcs: Cloud, content: str, fault: str, is_named: bool, tmp_path: Path
) -> None:
    path = tmp_path / ".config/gcloud/application_default_credentials.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    environment, title = {"HOME": str(tmp_path)}, f"Google's default file `{path}` "
    if is_named:
        environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}
        title = f"the file `{path}`, which the variable `GOOGLE_APPLICATION_CREDENTIALS` names, "
    error, code, text, _ = save_in_a_child(unkeyed(emulated_gcs), environment)
    assert (error, code) == ("PermissionDeniedError", "permission_denied")
    assert f"there are no credentials: {title}{fault}" in text
    assert "5ec" not in text


def test_shared_files_of_a_profile_that_cannot_be_read_are_named(s3: Cloud, tmp_path: Path) -> None:
    environment = profile(s3, tmp_path, "gone")
    (tmp_path / "credentials").unlink()
    missing = f"`{tmp_path}/credentials`, which cannot be read: No such file or directory"
    error, code, text, hint = save_in_a_child(bare(s3), environment)
    assert (error, code) == ("PermissionDeniedError", "permission_denied")
    assert f"the profile `gone` is not in {missing}" in text
    assert f"nor in `{tmp_path}/config`" in text
    assert "`AWS_SHARED_CREDENTIALS_FILE`" in hint
    # The profile is there, and its keys should be in the other file.
    error, code, text, _ = save_in_a_child(bare(s3), environment | {"AWS_PROFILE": "work"})
    assert (error, code) == ("PermissionDeniedError", "permission_denied")
    assert f"`AWS_SHARED_CREDENTIALS_FILE` names {missing}" in text


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("by", ["an option", "a variable"])
def test_a_proxy_that_refuses_is_named_without_its_password(
    cloud: Cloud, scheme: str, by: str
) -> None:
    place = cloud.through(f"{scheme}://cloud.invalid:9000")
    proxy, environment = "http://me:hunter2@127.0.0.1:9", {"no_proxy": ""}
    if by == "an option":
        place.options["proxy_url"] = proxy
    else:
        environment |= {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
    error, code, text, hint = save_in_a_child(place, environment)
    assert (error, code) == ("StorageError", "unavailable")
    told = "could not reach `cloud.invalid:9000` through the proxy `http://127.0.0.1:9`: "
    assert f"{told}{REFUSED}" in text
    assert "hunter2" not in text
    assert hint == "check the network, its proxy and the endpoint, or try again later"


def test_what_a_proxy_may_have_answered_is_not_called_the_storage_s(s3: Cloud) -> None:
    with before(s3.endpoint, Fault(on("PUT"), 99, status=407)) as way:
        place = s3.through("http://cloud.invalid:9000", proxy_url=f"{way.endpoint}")
        error, code, text, hint = save_in_a_child(place, {"no_proxy": ""})
    assert (error, code) == ("StorageError", "storage")
    assert f": the proxy `{way.endpoint}`, or the storage behind it, answered 407" in text
    assert hint == "a user and a password for the proxy may stand in `proxy_url`"


def test_a_host_that_nobody_answers_for_is_named(cloud: Cloud) -> None:
    place = cloud.through("http://127.0.0.1:9")
    error, code, text, _ = save_in_a_child(place, {"NO_PROXY": "*"})
    assert (error, code) == ("StorageError", "unavailable")
    assert f"could not reach `127.0.0.1:9`: {REFUSED} (endpoint" in text
