"""The classes that one text makes: of their objects, no name says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from persist import _native
from persist.state import fingerprints, names, problems, registered
from persist.state.knowledge import Adapters, Build

__all__ = ["KINDS", "OBJECTS", "Nameless", "is_changed"]

KINDS = ("dataclass", "enumeration", "middleware", "model", "namedtuple", "typeddict")
"""Kinds of nodes that make a class."""

OBJECTS = ("hooked",)
"""Kinds of nodes that make an object, and its class with it."""

OLD_VERSION = "restore with the version that wrote it: get_metadata(path)['environment'] names it"


class Nameless:
    """What nodes of one text have made that may be the class of an object."""

    def __init__(self) -> None:
        self._made: dict[int, type] = {}

    def keep(self, made: object) -> object:
        """Notes a class that a node has made, and returns it."""
        if isinstance(made, type):
            self._made[id(made)] = made
        return made

    def has(self, cls: object) -> bool:
        """Returns whether a node has made this very class."""
        return id(cls) in self._made

    def plan_of(
        self, cls: object, adapters: Adapters, classes: Mapping[str, Any] | None
    ) -> tuple[_native.Plan, Build | None]:
        """Returns the plan of a class that was noted, and what builds its objects.

        Raises:
            Malformed: No node has made it, or it has a name.
            RebuildError: `class_changed`, or its instances are not written as they stand.
        """
        made = self._made.get(id(cls))
        # One that has a name is asked for by it, and built as its table says.
        if made is None or names.name_of(made) is not None:
            raise problems.Malformed("the class of an object is none that a node has made")
        plan = _native.plan_of(made, adapters.plan_for)
        build = adapters.builder_of_made(plan)
        if plan.shape != "object" and build is None:
            reason = plan.reason or "it is not written as it stands"
            raise problems.rebuild("invalid_state", f"`{plan.name}` cannot be rebuilt: {reason}")
        if plan.record and classes is not None and is_changed(plan, classes.get(plan.name)):
            raise problems.rebuild(
                "class_changed",
                f"the class `{plan.name}` has changed since the state was written",
                hint=OLD_VERSION,
            )
        return plan, build


def is_changed(plan: _native.Plan, record: object) -> bool:
    """Returns whether a class is not what a file says that it was, or has another version."""
    written = record if isinstance(record, dict) else {}
    registration = registered.of(plan.name)
    version = 1 if registration is None else registration.version
    is_older = registration is not None and written.get("version", 1) != version
    return is_older or not fingerprints.is_of(plan.record, written)
