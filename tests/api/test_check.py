"""A check says what a save would do, and does nothing."""

from __future__ import annotations

import dataclasses
import zoneinfo
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import FoundSecret, Report
from pydantic import BaseModel, Secret, SecretStr

from clients import Client, Vault

KEY = "sk-0123456789"


class Finished(BaseModel):
    a: int = 1


def test_a_report_lists_what_is_left_out_and_needed() -> None:
    lock = object()
    client = Client(api_key=KEY, base_url="http://one", vault=[SecretStr("x")], lock=lock)
    report = persist.check(client, bind={"lock": lock})
    assert report
    assert report == Report(
        problems=(),
        secrets=(
            FoundSecret("Client.api_key", "$.api_key"),
            FoundSecret("Client.vault", "$.vault[0]"),
        ),
        bindings=("lock",),
        needs={
            "secrets": ["Client.api_key", "Client.vault"],
            "bindings": ["lock"],
            "allow": ["clients:Client"],
            "endpoints": ["http://one"],
        },
    )
    place = "memory://checked"
    persist.snapshot(client, place, bind={"lock": lock})
    assert persist.get_metadata(place)["needs"] == report.needs
    assert KEY not in str(report)


def test_a_report_lists_every_problem() -> None:
    with Path(__file__).open() as log:
        report = persist.check({"log": log, "key": Client(token="t")})
    assert not report
    assert [(it.path, it.kind) for it in report.problems] == [("$.log", "unsupported_value")]
    assert report.secrets == (FoundSecret("Client.token", "$.key.token"),)
    lines = str(report).splitlines()
    assert lines[0] == "1 value cannot be saved"
    assert lines[1] == f"  {report.problems[0]}"


def test_a_secret_in_data_is_a_problem() -> None:
    report = persist.check([Client(api_key=KEY), KEY])
    assert [(it.path, it.kind) for it in report.problems] == [("$[1]", "secret_in_data")]
    assert persist.check([Client(api_key=KEY), KEY], secrets="keep")


def test_a_report_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        persist.check(1).problems = ()  # type: ignore[misc]
    assert str(persist.check(1)) == "the agent can be saved"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Finished.__new__(Finished), "was never finished"),
        (Secret[list[int]]([5]), "hides a `list`"),
        (zoneinfo.ZoneInfo.no_cache("Europe/Paris"), "no_cache"),
    ],
    ids=["unfinished", "secret", "zone"],
)
def test_what_could_come_back_as_another_thing_is_refused(value: Any, says: str) -> None:
    report = persist.check([1, value])
    assert [it.path for it in report.problems] == ["$[1]"]
    assert says in report.problems[0].reason
    with pytest.raises(persist.CaptureError):
        persist.dumps([1, value])


def test_fields_that_share_a_secret_get_equal_ones() -> None:
    vault = Vault(one=SecretStr(KEY), other=SecretStr(KEY))
    assert {it.path for it in persist.check(vault).secrets} == {"$.one", "$.other"}
