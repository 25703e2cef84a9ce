"""Which table speaks for which package. No framework is imported here or by the tables."""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from persist.adapters._row import Row
from persist.state import names

__all__ = [
    "TABLES",
    "endpoints_of",
    "extending_row",
    "is_listed",
    "listed_over",
    "maker_of",
    "opt_in_of",
    "reads_of",
    "row_at",
    "row_of",
    "rows_over",
    "table",
]

TABLES: Mapping[str, str] = {
    "annotated_types": "persist.adapters.pydantic",
    "attr": "persist.adapters.attrs",
    "google": "persist.adapters.google",
    "langchain": "persist.adapters.agents",
    "langchain_anthropic": "persist.adapters.anthropic",
    "langchain_aws": "persist.adapters.aws",
    "langchain_classic": "persist.adapters.classic",
    "langchain_core": "persist.adapters.langchain",
    "langchain_google_genai": "persist.adapters.google",
    "langchain_groq": "persist.adapters.groq",
    "langchain_huggingface": "persist.adapters.huggingface",
    "langchain_mistralai": "persist.adapters.mistral",
    "langchain_ollama": "persist.adapters.ollama",
    "langchain_openai": "persist.adapters.openai",
    "langchain_text_splitters": "persist.adapters.splitters",
    "langgraph": "persist.adapters.langgraph",
    "langsmith": "persist.adapters.langsmith",
    "numpy": "persist.adapters.numpy",
    "pandas": "persist.adapters.pandas",
    "pydantic": "persist.adapters.pydantic",
    "pydantic_core": "persist.adapters.pydantic",
}
"""Top-level package to the module whose `TABLE` holds its rows."""


# Asked several times for each class that a text names, and the same few classes come again.
@lru_cache(maxsize=1024)
def row_of(name: str) -> Row | None:
    """Returns the row of `module:qualname`, `None` where no table has one."""
    tables = TABLES.get(name.partition(":")[0].partition(".")[0])
    return None if tables is None else table(tables).get(name)


def row_at(cls: type) -> Row | None:
    """Returns the row of a class that is what its name leads to, `None` for any other.

    A class that a text makes says what it likes of where it is from.
    """
    row = row_of(f"{cls.__module__}:{cls.__qualname__}")
    return row if row is not None and names.name_of(cls) == row.name else None


_OVER: weakref.WeakKeyDictionary[type, tuple[Row, ...]] = weakref.WeakKeyDictionary()


def rows_over(cls: type) -> tuple[Row, ...]:
    """Returns the rows of a class and of the classes that it extends, its own first."""
    # Asked for several times for each class of a text. A metaclass may say what two classes have
    # for a hash, by code of its own.
    is_plain = type(cls).__hash__ is type.__hash__
    rows = _OVER.get(cls) if is_plain else None
    if rows is None:
        found = map(row_at, cls.__mro__)
        rows = tuple(row for row in found if row is not None)
        if is_plain:
            _OVER[cls] = rows
    return rows


def listed_over(cls: type) -> list[tuple[type, Row]]:
    """Returns the nearest classes that a table lists and a class extends, or is, with their rows.

    Of two in one line the nearer one speaks for both: its row was reviewed with all that it is.
    """
    found: list[tuple[type, Row]] = []
    for base in cls.__mro__:
        row = row_at(base)
        is_nearest = not any(base in nearer.__mro__ for nearer, _ in found)
        if row is not None and row.role == "class" and is_nearest:
            found.append((base, row))
    return found


def is_listed(row: Row | None) -> bool:
    """Returns whether a row is one of a table, and not an `extending_row`."""
    return row is not None and row_of(row.name) is row


def maker_of(cls: Any) -> Any:
    """Returns the class whose constructor makes instances of a model: a listed one, or its own."""
    rows = rows_over(cls)
    own = row_at(cls)
    is_first = own is not None and own.is_rebuilt and own.role == "class"
    # Most are made by themselves, and what they extend is gone through for no others.
    if is_first or not any(row.is_rebuilt for row in rows):
        return cls
    return next((base for base, row in listed_over(cls) if row.is_rebuilt), cls)


def extending_row(cls: Any, name: str) -> Row | None:
    """Returns what holds for a model in no table that a listed class is to make, or None."""
    base = maker_of(cls)
    row = None if base is cls else row_at(base)
    if row is None:
        return None
    is_told_alike = getattr(cls, "lc_attributes", None) is getattr(base, "lc_attributes", None)
    attributes = row.attributes if is_told_alike else ()
    return row._replace(name=name, value=False, is_type=False, attributes=attributes)


def endpoints_of(cls: type) -> tuple[str, ...]:
    """Returns the fields by which a class, or one it extends, says where a secret would go."""
    return tuple(dict.fromkeys(field for row in rows_over(cls) for field in row.endpoints))


def opt_in_of(cls: type) -> Mapping[str, Mapping[object, str]]:
    """Returns which values of a class's fields need a name that the caller admits."""
    found: dict[str, Mapping[object, str]] = {}
    for row in reversed(rows_over(cls)):
        found |= row.opt_in
    return found


def reads_of(cls: type) -> frozenset[str]:
    """Returns the environment variables that a class sends, whatever it is given."""
    return frozenset(name for row in rows_over(cls) for name in row.reads)


@cache
def table(module: str) -> Mapping[str, Row]:
    """Returns the rows of a table by name."""
    # Tables are read when the first name of their package turns up, so importing persist is quick.
    rows: Mapping[str, Row] = importlib.import_module(module).TABLE
    return rows
