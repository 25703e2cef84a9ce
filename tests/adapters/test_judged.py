"""Every class of a locked release has a row, or a reason why it has none."""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from pathlib import Path

import draft_table
import judged
import judged_below
import pytest
from persist.adapters import _registry

PACKAGES = sorted(_registry.TABLES)
WALKED = [name for name in PACKAGES if name not in judged_below.PUBLIC]
# Module to what it lacks. Where that is a part of what is installed, it may depend on the order in
# which modules are imported, and on the platform.
UNREACHED = {name: lack for lack, text in judged.UNREACHED.items() for name in text.split()}
LISTS = [*judged.REFUSED.items(), *judged_below.REFUSED.items()]
REFUSED = {name: reason for reason, text in LISTS for name in judged.names_of(text)}


def classes(package: str) -> dict[str, type]:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    is_public = package in judged_below.PUBLIC
    found = judged_below.classes_of(package) if is_public else draft_table.classes_of(package)
    return {f"{cls.__module__}:{cls.__qualname__}": cls for cls in found}


def unjudged(found: dict[str, type]) -> list[str]:
    """Returns the classes that have neither a row nor a reason."""
    return sorted(
        name
        for name, cls in found.items()
        if judged.has_instances(cls) and name not in REFUSED and not is_admitted(name)
    )


def is_admitted(name: str) -> bool:
    row = _registry.row_of(name)
    return row is not None and row.role != "base"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_class_is_judged(package: str) -> None:
    assert unjudged(classes(package)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_refused_is_there_and_has_no_row(package: str) -> None:
    found = classes(package)
    listed = [name for name in REFUSED if name.partition(":")[0].split(".")[0] == package]
    # A module that needs what is not installed is not there to be looked into.
    here = [name for name in listed if name.partition(":")[0] not in UNREACHED]
    gone = [name for name in here if name not in found]
    assert gone == []
    assert [name for name in listed if is_admitted(name)] == []


@pytest.mark.parametrize("package", WALKED)
def test_every_module_is_looked_into_or_lacks_what_is_listed(package: str) -> None:
    classes(package)
    lacking = draft_table.unreached(package)
    assert {name: lack for name, lack in lacking.items() if name not in UNREACHED} == {}
    assert [name for name, lack in lacking.items() if UNREACHED[name] not in lack] == []
    listed = {name for name in UNREACHED if name.split(".")[0] == package}
    assert listed <= {*draft_table.modules_of(package)}


@pytest.mark.parametrize(
    "module",
    ["langgraph.checkpoint.memory", "langgraph.store.base", "langchain_aws.utilities.math"],
)
def test_a_new_class_is_seen_in_a_folder_that_is_no_package(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = type("Fresh", (), {"__module__": module})
    monkeypatch.setattr(importlib.import_module(module), "Fresh", fresh, raising=False)
    assert unjudged(classes(module.split(".")[0])) == [f"{module}:Fresh"]


def test_a_new_module_that_lacks_a_package_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "fresh.py").write_text("import no_such_package")
    root = importlib.import_module("langgraph")
    monkeypatch.setattr(root, "__path__", [*root.__path__, str(tmp_path)])
    assert draft_table.unreached("langgraph") == {"langgraph.fresh": "no_such_package"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_new_class_is_seen(package: str) -> None:
    fresh = type("Fresh", (), {"__module__": f"{package}.fresh"})
    assert unjudged({f"{package}.fresh:Fresh": fresh}) == [f"{package}.fresh:Fresh"]


def test_a_new_public_class_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    langsmith = importlib.import_module("langsmith.schemas")
    fresh = type("Fresh", (), {"__module__": "langsmith.schemas"})
    monkeypatch.setattr(langsmith, "Fresh", fresh, raising=False)
    assert unjudged(classes("langsmith")) == ["langsmith.schemas:Fresh"]


def test_no_class_is_refused_for_two_reasons() -> None:
    names = [name for _, text in LISTS for name in judged.names_of(text)]
    assert [name for name, count in Counter(names).items() if count > 1] == []
