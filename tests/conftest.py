"""What holds for every test: which `persist` is tested, and that nothing is left out unseen."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import persist
import pytest

from storage import emulators
from storage.emulators import Cloud

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(persist.__file__).resolve().parent


def pytest_report_header() -> str:
    return f"persist {persist.__version__} from {PACKAGE}"


def pytest_configure() -> None:
    if os.environ.get("PERSIST_WHEEL") and PACKAGE.is_relative_to(ROOT / "persist-python"):
        raise pytest.UsageError(f"`persist` comes from {PACKAGE}, not from an installed wheel")


def pytest_collection_finish() -> None:
    """Keeps the collector off what the tests have imported: half a million objects, each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def thawed() -> Iterator[None]:
    """Shows the collector what the tests have imported, as in a program that froze nothing.

    Whoever asks what refers to a thing goes through all that is frozen by itself, for seconds.
    """
    gc.unfreeze()
    yield
    gc.freeze()


def refuse_the_skip(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Turns a skip into a failure where PERSIST_CI says that every tool is there."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("PERSIST_CI"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"PERSIST_CI is set, and this was left out: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    refuse_the_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    report = yield
    refuse_the_skip(report)
    return report


# Clouds of this machine, started by the first test that needs one and stopped at the end.


@pytest.fixture(scope="session")
def emulated_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    pytest.importorskip("moto", reason="moto is not installed")
    with emulators.moto("s3", tmp_path_factory.mktemp("s3")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def emulated_gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    pytest.importorskip("moto", reason="moto is not installed")
    with emulators.moto("gcs", tmp_path_factory.mktemp("gcs")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def emulated_azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    program = emulators.azurite_program()
    if program is None:
        pytest.skip("Azurite needs node and npm")
    with emulators.azurite(program, tmp_path_factory.mktemp("azure")) as cloud:
        yield cloud
