"""The suite every storage must pass, on the clouds: the core's own tests, against an emulator."""

from __future__ import annotations

from storage.core import run_in_the_core
from storage.emulators import Cloud


def test_a_cloud_keeps_the_contract(cloud: Cloud) -> None:
    run_in_the_core(cloud, f"{cloud.kind}_keeps_the_contract")


def test_an_upload_that_is_left_behind_is_aborted_by_the_next_put(cloud: Cloud) -> None:
    if cloud.kind != "azure":
        run_in_the_core(cloud, f"{cloud.kind}_aborts_what_is_left_behind")
