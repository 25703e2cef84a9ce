"""What only Azure has: a delete of its own, and rights that a SAS gives or leaves out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import quote

import persist
import pytest

from storage import proxy
from storage.emulators import AZURE_ACCOUNT, AZURE_KEY, Cloud
from storage.proxy import Fault, on

VERSION = "2020-12-06"


@pytest.fixture
def azure(emulated_azure: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return emulated_azure.below(tmp_path_factory.mktemp("azure").name)


def sas(kind: str, rights: str, name: str = "box") -> str:
    """Returns a SAS of the account's key for the container (`c`) or one blob (`b`)."""
    start, end = (
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        for seconds in (-60, 3600)
    )
    resource = f"/blob/{AZURE_ACCOUNT}/{name}"
    fields = [rights, start, end, resource, "", "", "", VERSION, kind, *[""] * 7]
    digest = hmac.new(base64.b64decode(AZURE_KEY), "\n".join(fields).encode(), hashlib.sha256)
    pairs = {
        "sv": VERSION,
        "st": start,
        "se": end,
        "sr": kind,
        "sp": rights,
        "sig": base64.b64encode(digest.digest()).decode(),
    }
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())


def with_sas(cloud: Cloud, token: str) -> Cloud:
    options = {**cloud.options, "azure_storage_sas_token": token}
    del options["azure_storage_account_key"]
    return Cloud(cloud.kind, cloud.base, options, cloud.endpoint, cloud.log, cloud.prefix)


def delete(cloud: Cloud, key: str = "a.json") -> None:
    persist.delete_snapshot(cloud.url(key), storage_options=cloud.options)


def test_a_delete_is_one_request(azure: Cloud) -> None:
    key = "with space é+&.json"
    persist.snapshot(1, azure.url(key), storage_options=azure.options)
    with proxy.before(azure.endpoint) as way:
        delete(azure.through(way.endpoint), key)
        assert [line.split()[0] for line in way.seen] == ["DELETE"]
    assert azure.keys() == []


def test_a_sas_for_one_blob_deletes_it(azure: Cloud) -> None:
    name = f"box/{azure.prefix}a.json"
    only = with_sas(azure, sas("b", "racwd", name))
    persist.snapshot(1, only.url("a.json"), storage_options=only.options)
    assert persist.restore(only.url("a.json"), storage_options=only.options) == 1
    delete(only)
    assert azure.keys() == []


def test_a_sas_that_may_not_delete_is_no_permission(azure: Cloud) -> None:
    persist.snapshot(1, azure.url("a.json"), storage_options=azure.options)
    lame = with_sas(azure, sas("c", "rcwl"))
    with pytest.raises(persist.PermissionDeniedError) as raised:
        delete(lame)
    text = str(raised.value)
    assert f"no permission to delete `{azure.url('a.json')}`: the storage answered 403 " in text
    assert "credentials from `storage_options`" in text
    assert "sig=" not in text
    assert raised.value.hint is not None
    assert azure.keys() == ["a.json"]


@pytest.mark.parametrize(("status", "code"), [(503, "ServerBusy"), (500, "InternalError")])
def test_a_delete_that_may_pass_is_asked_again(azure: Cloud, status: int, code: str) -> None:
    persist.snapshot(1, azure.url("a.json"), storage_options=azure.options)
    fault = Fault(on("DELETE"), 2, status=status, code=code)
    with proxy.before(azure.endpoint, fault) as way:
        delete(azure.through(way.endpoint))
    assert (fault.met, azure.keys()) == (2, [])


def test_a_busy_account_is_unavailable_for_a_delete(azure: Cloud) -> None:
    fault = Fault(on("DELETE"), 99, status=503, code="ServerBusy")
    with (
        proxy.before(azure.endpoint, fault) as way,
        pytest.raises(persist.StorageError, match="answered 503 ServerBusy") as raised,
    ):
        delete(azure.through(way.endpoint))
    assert (raised.value.kind, fault.met) == ("unavailable", 5)


def test_a_lease_is_told_by_its_code(azure: Cloud) -> None:
    fault = Fault(on("DELETE"), 99, status=412, code="LeaseIdMissing")
    with (
        proxy.before(azure.endpoint, fault) as way,
        pytest.raises(persist.StorageError, match="answered 412 LeaseIdMissing") as raised,
    ):
        delete(azure.through(way.endpoint))
    assert (raised.value.kind, fault.met) == ("storage", 1)


def test_a_delete_whose_answer_was_lost_has_deleted(azure: Cloud) -> None:
    persist.snapshot(1, azure.url("a.json"), storage_options=azure.options)
    fault = Fault(on("DELETE"), loses=True)
    with proxy.before(azure.endpoint, fault) as way:
        delete(azure.through(way.endpoint))
    assert (fault.met, azure.keys()) == (1, [])
