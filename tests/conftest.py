"""What holds for every test: which `persist` is tested, and that nothing is left out unseen."""

from __future__ import annotations

import os
from pathlib import Path

import persist
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(persist.__file__).resolve().parent


def pytest_report_header() -> str:
    return f"persist {persist.__version__} from {PACKAGE}"


def pytest_configure() -> None:
    if os.environ.get("PERSIST_WHEEL") and PACKAGE.is_relative_to(ROOT / "persist-python"):
        raise pytest.UsageError(f"`persist` comes from {PACKAGE}, not from an installed wheel")


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
