"""Every class of a locked release has a row, or a reason why it has none."""

from __future__ import annotations

import importlib.util
from collections import Counter

import draft_table
import judged
import pytest
from persist.adapters import _registry

# Of langsmith only what agents hold has rows; nobody looked at the rest.
PACKAGES = sorted(
    name for name in _registry.TABLES if name.startswith("lang") and name != "langsmith"
)
# They need greenlet, which SQLAlchemy does not bring: whether they import depends on the order.
UNREACHED = {
    "langchain_classic.indexes._sql_record_manager:SQLRecordManager",
    "langchain_classic.indexes._sql_record_manager:UpsertionRecord",
    "langchain_classic.indexes.vectorstore:VectorStoreIndexWrapper",
    "langchain_classic.indexes.vectorstore:VectorstoreIndexCreator",
}
REFUSED = {
    name: reason for reason, text in judged.REFUSED.items() for name in judged.names_of(text)
}


def classes(package: str) -> dict[str, type]:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    return {f"{cls.__module__}:{cls.__qualname__}": cls for cls in draft_table.classes_of(package)}


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


def test_a_new_class_is_seen() -> None:
    fresh = type("Fresh", (), {"__module__": "langchain_core.fresh"})
    assert unjudged({"langchain_core.fresh:Fresh": fresh}) == ["langchain_core.fresh:Fresh"]


def test_no_class_is_refused_for_two_reasons() -> None:
    names = [name for text in judged.REFUSED.values() for name in judged.names_of(text)]
    assert [name for name, count in Counter(names).items() if count > 1] == []
