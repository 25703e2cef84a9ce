"""Classes that tables list and that were looked up before, with what is the same in each restore.

Whether a class may be named is asked each time, before this. Only those of tables are kept: they
stay for as long as the process runs.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from persist import _native
from persist.state import names
from persist.state.record import Record

__all__ = ["Settled", "find", "keep"]

_module_vars = vars(ModuleType)["__dict__"].__get__


class Settled(Record):
    """A class whose instances are built by setting their state."""

    module: Any
    halves: names.Name
    cls: type
    plan: _native.Plan


_SETTLED: dict[str, Settled] = {}


def find(name: str) -> Settled | None:
    """Returns what is known of a class that still stands where its name leads."""
    settled = _SETTLED.get(name)
    if settled is None:
        return None
    module, (module_name, qualname), cls, _ = settled
    is_there = sys.modules.get(module_name) is module and _module_vars(module).get(qualname) is cls
    return settled if is_there else None


def keep(name: str, cls: type, plan: _native.Plan) -> None:
    """Notes a class, where one step leads from its module to it."""
    halves = names.split(name)
    module = None if halves is None else sys.modules.get(halves.module)
    if halves is not None and type(module) is ModuleType and "." not in halves.qualname:
        _SETTLED[name] = Settled(module, halves, cls, plan)
