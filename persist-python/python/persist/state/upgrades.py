"""State that another version of a class wrote, brought up to date by the class's own program."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from persist.exceptions import PersistError, RebuildError
from persist.state import held, plans, problems, registered
from persist.state.environment import version_of_package
from persist.state.plans import Plan
from persist.state.record import Record
from persist.state.registered import Upgrade

__all__ = ["Change", "Written", "builder", "builder_of", "dated", "may_upgrade"]

Build = Callable[[dict[str, Any], bool], object]

_PACKAGE = re.compile(r"`(([A-Za-z_]\w*)(?:\.\w+)?)[\w.]*(?::[\w.<>]+)?`")
"""A name in a message, by the package it begins with, and by the one below that."""

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!_-]{0,63}")

_KNOWN_PARTS = {"dict", "slots", "missing", "set", "extra", "private", "kwargs", "state"}
_KNOWN_PARTS |= {"undeclared"}


class Change(Record):
    """A class whose state an upgrade is for."""

    plan: Plan
    upgrade: Upgrade
    version: int
    """The version that wrote the state."""
    defaults: Mapping[str, object]
    """The defaults that the class had then."""


class Written(Record):
    """What the metadata says of a class that is met in a state."""

    record: object
    is_changed: bool
    """Its fingerprint is not that of today's class."""
    defaults: Mapping[str, object]


class Builders(Protocol):
    """What the adapters know of building."""

    def builder_of(
        self, plan: Plan, is_changed: bool, defaults: Mapping[str, object]
    ) -> Build | None:
        """Returns what builds instances where setting their state is not enough."""
        ...

    def constructor_of(self, plan: Plan, defaults: Mapping[str, object]) -> Build | None:
        """Returns what builds instances of a changed class, None where it is set by state."""
        ...


def builder_of(plan: Plan, written: Written, builders: Builders) -> Build | None:
    """Returns what builds instances, by way of the class's upgrade where it needs one.

    Raises:
        RebuildError: `class_changed`.
    """
    registration = registered.of(plan.name)
    if registration is None:
        return builders.builder_of(plan, written.is_changed, written.defaults)
    version = written.record.get("version", 1) if isinstance(written.record, dict) else 1
    # An upgrade may well count from the version that it is given.
    if type(version) is not int or not 1 <= version <= registration.version:
        raise problems.rebuild(
            "class_changed",
            f"`{plan.name}` was written as version {version}, and this program has version "
            f"{registration.version}",
        )
    is_changed = written.is_changed or version != registration.version
    if not is_changed or registration.upgrade is None:
        return builders.builder_of(plan, is_changed, written.defaults)
    change = Change(plan, registration.upgrade, version, written.defaults)
    return builder(change, builders.constructor_of(plan, {}))


def may_upgrade(plan: Plan) -> bool:
    """Returns whether the state of a class is attributes alone, which an upgrade gets."""
    cls = plan.class_
    is_filled = any(base in plans.CONTAINERS for base in cls.__mro__)
    return (
        plan.shape == "object"
        and not is_filled
        and not any(_is_kept(name) for name, _ in held.slots_of(cls))
    )


def dated(error: PersistError, environment: Mapping[str, Any] | None) -> PersistError:
    """Returns an error with the version of the package that wrote what it is about."""
    written = (environment or {}).get("distributions")
    if type(error) is not RebuildError or not isinstance(written, dict):
        return error
    tops = (found.group(at) for found in _PACKAGE.finditer(str(error)) for at in (2, 1))
    top = next((top for top in tops if top in written), None)
    # What the file says is repeated only where it can be nothing but a version.
    if top is None or not isinstance(written[top], str) or not _VERSION.fullmatch(written[top]):
        return error
    now = version_of_package(top)
    if now == written[top]:
        return error
    here = "none is installed" if now is None else f"{now} is installed"
    told = RebuildError(
        f"{error}; `{top}` {written[top]} wrote it, and {here}", kind=error.kind, hint=error.hint
    )
    told.__cause__ = error.__cause__
    return told


def _is_kept(name: object) -> bool:
    """Returns whether a slot is what a library notes beside the attributes: which were set."""
    return type(name) is str and name.startswith("__") and name.endswith("__")


def builder(change: Change, build: Build | None) -> Build:
    """Returns what upgrades the state of a node and builds from it.

    `build` takes it through the class's own constructor; without one it is set as it stands, under
    the strict rules.
    """

    def upgraded(parts: dict[str, Any], has_secret: bool) -> object:
        # Only beside the arguments of a constructor does `state` hold attributes.
        known = _KNOWN_PARTS if "kwargs" in parts else _KNOWN_PARTS - {"state"}
        if parts.keys() - known or any(map(_is_kept, parts.get("slots") or ())):
            raise _refused(change, "its state is more than attributes, and no upgrade gets that")
        state = _upgraded(change, _state_of(change, parts))
        if build is None:
            return _set(change, state)
        beside = parts.get("state", {}) if "kwargs" in parts else parts
        given: dict[str, Any] = {"dict": state}
        given |= {part: beside[part] for part in ("extra", "private") if part in beside}
        for part in ("set", "undeclared"):
            if part in beside:
                given[part] = [name for name in beside[part] if name in state]
        return build(given, has_secret)

    return upgraded


def _state_of(change: Change, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attributes that the node gives, and those that it leaves to their defaults."""
    if "kwargs" not in parts:
        return {**parts.get("dict", {}), **parts.get("slots", {})}
    beside = parts.get("state", {})
    given = {**parts["kwargs"], **beside.get("fields", {}), **beside.get("dict", {})}
    lacking = {*given, *beside.get("missing", ())}
    left_out = {
        name: plans.copied_default(value)
        for name, value in change.defaults.items()
        if name not in lacking and not name.startswith("_")
    }
    return left_out | given


def _upgraded(change: Change, state: dict[str, Any]) -> dict[str, Any]:
    try:
        found: object = change.upgrade(state, change.version)
    except PersistError:
        raise
    except Exception as error:
        raise _refused(change, f"its upgrade raises `{type(error).__qualname__}`") from error
    if type(found) is not dict or any(type(name) is not str for name in found):
        raise _refused(change, "its upgrade returns no dict of attributes by their names")
    return found


def _set(change: Change, state: Mapping[str, Any]) -> object:
    """Returns a bare object with these attributes, none set by code of its class."""
    cls = change.plan.class_
    made: object = object.__new__(cls)
    slots: dict[str, Any] = dict(held.slots_of(cls))
    forbidden = plans.forbidden_names(cls, set())
    for name, value in state.items():
        if name in slots:
            slots[name].__set__(made, value)
        elif held.has_dict(cls) and name not in forbidden:
            vars(made)[name] = value
        else:
            raise _refused(change, f"its upgrade gives `{name}`, which no instance may hold")
    return made


def _refused(change: Change, reason: str) -> RebuildError:
    return problems.rebuild(
        "class_changed",
        f"could not upgrade `{change.plan.name}` from version {change.version}: {reason}",
    )
