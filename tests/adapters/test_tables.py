"""The adapter tables against the frameworks that are installed, and the tables alone."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import operator
import re
import subprocess
import sys
from typing import Any

import pytest
from persist.adapters import _registry
from persist.adapters._row import Row, Table, rows_of
from persist.state import names

PACKAGES = sorted(_registry.TABLES)
LANGCHAIN = [package for package in PACKAGES if package.startswith("langchain_")]
PROMPTS = ("langchain_core.prompts.", "langchain_classic.agents.schema:")


def rows_for(package: str) -> list[Row]:
    table = importlib.import_module(_registry.TABLES[package]).TABLE
    return [row for row in table.values() if row.name.partition(":")[0].split(".")[0] == package]


def found_rows(package: str) -> list[tuple[Row, object]]:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    return [(row, found(row)) for row in rows_for(package)]


def found(row: Row) -> Any:
    """Returns what a row names; of a code location the function or module that it lies in."""
    if row.role == "sentinel":
        module, _, name = row.name.partition(":")
        return vars(importlib.import_module(module))[name]
    if row.role == "location":
        module, _, name = row.name.partition(":")
        outer = name.partition(".<locals>")[0]
        thing = importlib.import_module(module)
        return thing if outer == "<lambda>" else operator.attrgetter(outer)(thing)
    return names.find(row.name)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_row_leads_to_what_its_role_says(package: str) -> None:
    for row, found in found_rows(package):
        if row.role == "sentinel":
            assert found is not None, row.name
            assert not callable(found), row.name
            continue
        assert isinstance(found, type) == (row.role in ("class", "base")), row.name
        assert callable(found) or row.name.endswith(":<lambda>"), row.name


def is_cached(value: object) -> bool:
    return isinstance(value, functools.cached_property)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_field_a_row_names_is_a_field_of_the_class(package: str) -> None:
    for row, found in found_rows(package):
        named = {*row.made, *row.made_beside, *" ".join(row.made_beside.values()).split()}
        named |= {re.split("[=.:]", name)[0] for name in row.endpoints}
        named |= {*row.attributes, *row.annotations, *row.derived, *row.opt_in}
        fields = set(getattr(found, "model_fields", ()))
        fields |= {name for name, _ in inspect.getmembers(found, is_cached)}
        assert {name for name in named if name not in row.made or name[0] != "_"} <= fields, (
            row.name
        )


@pytest.mark.parametrize("package", LANGCHAIN)
def test_attributes_are_the_keys_langchain_writes_whatever_their_value(package: str) -> None:
    for row, found in found_rows(package):
        if not getattr(found, "is_lc_serializable", lambda: False)():
            continue
        bare = found.model_construct()  # type: ignore[attr-defined]
        for field in found.model_fields:  # type: ignore[attr-defined]
            bare.__dict__.setdefault(field, None)
        assert tuple(bare.lc_attributes) == row.attributes, row.name


@pytest.mark.parametrize("package", LANGCHAIN)
def test_declared_secrets_are_in_the_row(package: str) -> None:
    for row, found in found_rows(package):
        if getattr(found, "is_lc_serializable", lambda: False)():
            declared = found.model_construct().lc_secrets  # type: ignore[attr-defined]
            assert dict(row.secrets) == declared, row.name


@pytest.mark.parametrize("package", PACKAGES)
def test_every_prompt_template_is_validated(package: str) -> None:
    for row, found in found_rows(package):
        is_prompt = row.role == "class" and row.name.startswith(PROMPTS)
        assert row.validate == is_prompt, row.name
        if "input_types" in getattr(found, "model_fields", ()):
            assert "input_types" in row.annotations, row.name


def test_a_name_outside_every_table_has_no_row() -> None:
    assert _registry.row_of("myapp.tools:search") is None
    assert _registry.row_of("langchain_core.load.load:Reviver") is None
    assert _registry.row_of("langchain_core.callbacks.file:FileCallbackHandler") is None
    assert _registry.row_of("langchain_core.messages.human:HumanMessage.content") is None
    assert _registry.row_of("") is None


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_has_two_rows_which_may_contradict_each_other(package: str) -> None:
    table = importlib.import_module(_registry.TABLES[package]).TABLE
    assert sorted(table) == sorted(set(table))


def test_rows_are_made_when_they_are_asked_for_and_once() -> None:
    table = Table(rows_of("a", "B C", validate=True), rows_of("a", "D"), rows_of("a.e", "F"))
    assert list(table) == ["a:B", "a:C", "a:D", "a.e:F"]
    assert len(table) == 4
    assert table["a:C"] == Row("a:C", validate=True)
    assert table["a:C"] is table["a:C"]
    assert [table.get(name) for name in ("a:F", "a.e:B", "a:B C", "a", "a:", "")] == [None] * 6


def test_the_tables_import_no_framework() -> None:
    script = (
        "import sys, importlib\n"
        "from persist.adapters import _registry\n"
        "assert not any(module in sys.modules for module in _registry.TABLES.values())\n"
        "for module in _registry.TABLES.values(): importlib.import_module(module)\n"
        "loaded = sorted(name for name in _registry.TABLES if name in sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
