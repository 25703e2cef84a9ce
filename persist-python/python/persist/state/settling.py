"""Classes that tables list and that were looked up before, with what is the same in each restore.

Whether a class may be named is asked each time, before this. Only those of tables are kept: they
stay for as long as the process runs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from persist import _native
from persist.state import names, registered
from persist.state.knowledge import Build
from persist.state.record import Record

__all__ = ["Settled", "find", "keep"]

_module_vars = vars(ModuleType)["__dict__"].__get__


class Settled(Record):
    """A class whose instances are built by setting their state, or by one builder always."""

    module: Any
    halves: names.Name
    cls: type
    plan: _native.Plan
    name: str
    """That of the plan, by which programs register."""
    fingerprint: object
    build: Build | None
    """What builds them where a file has these defaults for the class."""
    defaults: Mapping[str, object] | None
    said: str
    """The defaults as `repr` gives them, which tells equal values of other types apart."""

    def is_for(self, is_alone: bool, record: object, defaults: Mapping[str, object] | None) -> bool:
        """Returns whether what was noted holds for what a file says of the class.

        Args:
            is_alone: There is a text alone, which says nothing of it.
        """
        is_same = is_alone or (
            type(record) is dict and record.get("fingerprint") == self.fingerprint
        )
        if not is_same or registered.of(self.name) is not None:
            return False
        if self.build is None:
            return True
        return defaults == self.defaults and repr(defaults) == self.said


_SETTLED: dict[str, Settled] = {}


def find(name: str) -> Settled | None:
    """Returns what is known of a class that still stands where its name leads."""
    settled = _SETTLED.get(name)
    if settled is None:
        return None
    module, (module_name, qualname), cls, *_ = settled
    is_there = sys.modules.get(module_name) is module and _module_vars(module).get(qualname) is cls
    return settled if is_there else None


def keep(
    name: str,
    cls: type,
    plan: _native.Plan,
    build: Build | None,
    defaults: Mapping[str, object] | None,
) -> None:
    """Notes a class, where one step leads from its module to it.

    One that has a builder is noted only with the defaults of today, of which there are a few.
    """
    if build is not None and defaults != plan.record.get("defaults"):
        return
    halves = names.split(name)
    module = None if halves is None else sys.modules.get(halves.module)
    if halves is not None and type(module) is ModuleType and "." not in halves.qualname:
        known = plan.name, plan.record.get("fingerprint")
        _SETTLED[name] = Settled(module, halves, cls, plan, *known, build, defaults, repr(defaults))
