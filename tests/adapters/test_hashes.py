"""How classes of the tables are hashed was looked at: a text may fill what that goes through."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from persist.adapters import _registry
from persist.state.admitted import ADMITTED, ADMITTED_VALUES

LEAVES = """
    datetime: date datetime time timedelta timezone
    decimal: Decimal
    numpy: bool bytes_ clongdouble complex128 complex64 datetime64 float16 float32 float64 int16
        int32 int64 int8 longdouble longlong str_ timedelta64 uint16 uint32 uint64 uint8 ulonglong
"""
"""Classes that tell the collector nothing, and whose instances hold nothing that is hashed."""

OPENED = {"numpy.void", "numpy.dtype"}
"""Those that are looked into by the attributes that they have."""


def reviewed() -> set[str]:
    module, found = "", set(OPENED)
    for word in LEAVES.split():
        module = word.removesuffix(":") if word.endswith(":") else module
        found |= set() if word.endswith(":") else {f"{module}.{word}"}
    return found


def classes() -> dict[str, Any]:
    names = {*ADMITTED, *ADMITTED_VALUES}
    for module in _registry.TABLES.values():
        names |= {row.name for row in importlib.import_module(module).TABLE.values()}
    return {name: found for name in sorted(names) if isinstance(found := found_at(name), type)}


def found_at(name: str) -> Any:
    module, _, path = name.partition(":")
    try:
        held: Any = importlib.import_module(module)
        for step in path.split("."):
            held = getattr(held, step)
    except (ImportError, AttributeError):
        return None
    return held


@pytest.mark.filterwarnings("ignore")
def test_what_tells_nothing_of_what_it_hashes_was_looked_at() -> None:
    strange = set()
    for cls in classes().values():
        owner = next(base for base in cls.__mro__ if "__hash__" in vars(base))
        method, tells = vars(owner)["__hash__"], cls.__flags__ & 1 << 14
        if owner is object or method is None or tells or owner.__module__ == "builtins":
            continue
        strange.add(f"{owner.__module__}.{owner.__qualname__}")
    assert strange - reviewed() == set()
