"""Every class of a locked release has a row, or a reason why it has none."""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter

import draft_table
import judged
import judged_below
import pytest
from persist.adapters import _registry

PACKAGES = sorted(_registry.TABLES)
# They need greenlet, which SQLAlchemy does not bring: whether they import depends on the order.
UNREACHED = {
    "langchain_classic.indexes._sql_record_manager:SQLRecordManager",
    "langchain_classic.indexes._sql_record_manager:UpsertionRecord",
    "langchain_classic.indexes.vectorstore:VectorStoreIndexWrapper",
    "langchain_classic.indexes.vectorstore:VectorstoreIndexCreator",
}
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
    gone = [name for name in listed if name not in found and name not in UNREACHED]
    assert gone == []
    assert [name for name in listed if is_admitted(name)] == []


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
