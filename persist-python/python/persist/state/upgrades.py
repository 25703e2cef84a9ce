"""State that another version of a class wrote, brought up to date by the class's own program."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from persist.exceptions import PersistError, RebuildError
from persist.state import declared, held, names, plans, problems, reductions, registered
from persist.state.environment import version_of_package
from persist.state.plans import Plan
from persist.state.record import Record
from persist.state.registered import Upgrade

__all__ = [
    "SET_ONES",
    "Build",
    "Careful",
    "Change",
    "Written",
    "builder_of",
    "check_elements",
    "dated",
    "may_upgrade",
]

Build = Callable[[dict[str, Any], bool], object]

_PACKAGE = re.compile(r"`(([A-Za-z_]\w*)(?:\.\w+)?)[\w.]*(?::[\w.<>]+)?`")
"""A name in a message, by the package it begins with, and by the one below that."""

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!_-]{0,63}")

_KNOWN_PARTS = {"dict", "slots", "missing", "shown", "set", "extra", "private", "undeclared"}
_KNOWN_PARTS |= {"state"}

SET_ONES = "__fields_set__"
"""The slot in which a library notes which fields were set, beside the attributes."""

_NO_MORE = "its state is more than attributes, and no upgrade gets that"


class Written(Record):
    """What the metadata says of a class that is met in a state."""

    record: object = None
    is_changed: bool = False
    """Its fingerprint is not that of today's class."""
    defaults: Mapping[str, object] = {}
    elements: tuple[str, ...] | None = None
    """The fields that the state itself says a named tuple had."""

    @property
    def fields(self) -> tuple[str, ...] | None:
        """The fields that the class listed then; None where the file does not say so."""
        return self.listed if self.elements is None else self.elements

    @property
    def listed(self) -> tuple[str, ...] | None:
        """The same by the metadata alone."""
        found = self.record.get("fields") if isinstance(self.record, dict) else None
        if type(found) is not list or not all(type(name) is str for name in found):
            return None
        return tuple(found) if _are_names(found) else None


class Change(Record):
    """A class whose state an upgrade is for."""

    plan: Plan
    upgrade: Upgrade
    version: int
    """The version that wrote the state."""
    written: Written


class Careful:
    """What builds objects, and judges the members of their nodes itself."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def __call__(self, parts: dict[str, Any], has_secret: bool) -> object:
        """Returns the object of a node with these parts."""
        return self._build(parts, has_secret)


class Builders(Protocol):
    """What the adapters know of building."""

    def builder_of(self, plan: Plan, written: Written) -> Build | None:
        """Returns what builds instances where setting their state is not enough."""
        ...

    def constructor_of(self, plan: Plan, written: Written) -> Build | None:
        """Returns what builds instances of a changed class, None where it is set by state."""
        ...


def check_elements(plan: Plan, written: Written, is_alone: bool) -> None:
    """Refuses a named tuple whose elements may be of other fields than its class has.

    Args:
        is_alone: The state is a text alone, which must say what they are.

    Raises:
        RebuildError: `class_changed`.
    """
    then, now = written.elements, declared.elements_of(plan.class_)
    if written.is_changed:
        if then is not None and not (written.listed in (None, then) and _are_names(then)):
            said = f"the state and the metadata name other fields of `{plan.name}`"
            raise problems.rebuild("class_changed", said, hint=problems.OLDER_CODE)
    elif then != now and (then is not None or (is_alone and now)):
        raise problems.other_fields(plan.name, now, then)


def builder_of(plan: Plan, written: Written, builders: Builders) -> Build | None:
    """Returns what builds instances, by way of the class's upgrade where it needs one.

    Raises:
        RebuildError: `class_changed`.
    """
    registration = registered.of(plan.name)
    if registration is None:
        return builders.builder_of(plan, written)
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
        return builders.builder_of(plan, written._replace(is_changed=is_changed))
    change = Change(plan, registration.upgrade, version, written)
    # What it was like then is the upgrade's to know.
    build = builders.constructor_of(plan, Written(None, written.is_changed))
    if build is None and not may_upgrade(plan):
        raise _refused(change, _NO_MORE)
    return _builder(change, build)


def may_upgrade(plan: Plan) -> bool:
    """Returns whether the state of a class is attributes or fields alone, which an upgrade gets."""
    cls = plan.class_
    if plan.shape == "extended":
        return declared.is_tuple_of_names(cls)
    if any(base in (*plans.BASES, *plans.CONTAINERS) for base in cls.__mro__):
        return False
    if plan.shape == "reduced":
        return reductions.gives_state_alone(cls)
    return plan.shape == "object" and not any(_is_kept(name) for name, _ in held.slots_of(cls))


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
    """Returns whether a slot holds what nobody knows beside the attributes."""
    return type(name) is str and names.is_dunder(name) and name != SET_ONES


def _builder(change: Change, build: Build | None) -> Careful:
    """Returns what upgrades the state of a node and builds from it.

    `build` takes it through the class's own constructor; without one it is set as it stands, under
    the strict rules.
    """

    def upgraded(parts: dict[str, Any], has_secret: bool) -> object:
        if build is None and SET_ONES in parts.get("slots", ()):
            raise _refused(change, _NO_MORE)
        before = _state_of(change, parts)
        saved = {*before}
        state = _upgraded(change, before)
        if build is None:
            return _set(change, state)
        return build({"dict": state, **_beside(change, parts, state, saved)}, has_secret)

    return Careful(upgraded)


def _beside(
    change: Change, parts: Mapping[str, Any], state: Mapping[str, Any], saved: Collection[str]
) -> dict[str, Any]:
    """Returns what a constructor is told beside the attributes that it is to give."""
    beside = parts.get("state", {}) if "kwargs" in parts else parts
    given = {part: beside[part] for part in ("extra", "private") if part in beside}
    for part in ("set", "undeclared"):
        if part in beside:
            given[part] = [name for name in beside[part] if name in state]
    if "state" in parts and "kwargs" not in parts:
        # Hooks tell what is a field: a dict beside that has only what is none.
        fields = {*(change.written.fields or ())}
        held = parts.get("dict", ())
        given["undeclared"] = [it for it in held if it in state and it not in fields]
    noted = parts.get("slots", {}).get(SET_ONES)
    if type(noted) is set:
        # What only the upgrade gives is set by it.
        ones = {name for name in state if name in noted or name not in saved}
        given["slots"] = {SET_ONES: ones}
    return given


def _state_of(change: Change, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the attributes that the node gives, and those that it leaves to their defaults."""
    if "base" in parts:
        return _elements_of(change, parts)
    known = _KNOWN_PARTS | {"kwargs"} if "kwargs" in parts else _KNOWN_PARTS
    if parts.keys() - known or any(map(_is_kept, parts.get("slots") or ())):
        raise _refused(change, _NO_MORE)
    state = parts.get("state", {})
    if "kwargs" not in parts:
        # What hooks have told, and what they have left out.
        if type(state) is not dict or any(type(name) is not str for name in state):
            raise _refused(change, _NO_MORE)
        beside = {**parts.get("dict", {}), **parts.get("slots", {}), **(parts.get("shown") or {})}
        noted = (SET_ONES, declared.KEPT_HASH)
        return {name: it for name, it in beside.items() if name not in noted} | state
    given = {**parts["kwargs"], **state.get("fields", {}), **state.get("dict", {})}
    lacking = {*given, *state.get("missing", ())}
    left_out = {
        name: plans.copied_default(value)
        for name, value in change.written.defaults.items()
        if name not in lacking and not name.startswith("_")
    }
    return left_out | given


def _elements_of(change: Change, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the elements of a named tuple by their names, and what it holds beside them."""
    elements, beside = parts.get("base"), parts.get("dict", {})
    if parts.keys() - {"base", "dict"} or type(elements) is not tuple:
        raise _refused(change, _NO_MORE)
    fields = change.written.fields
    if fields is None and not change.written.is_changed:
        fields = declared.elements_of(change.plan.class_)
    if fields is None:
        raise _refused(change, "the snapshot does not say what its fields were")
    if len(fields) != len(elements):
        raise _refused(change, f"the state has {len(elements)} values, and it had {_count(fields)}")
    return {**beside, **dict(zip(fields, elements, strict=True))}


def _are_names(fields: Collection[str]) -> bool:
    return all(map(str.isidentifier, fields)) and len(set(fields)) == len(fields)


def _count(fields: Collection[str]) -> str:
    return "1 field" if len(fields) == 1 else f"{len(fields)} fields"


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


def _set(change: Change, state: dict[str, Any]) -> object:
    """Returns a bare object with this state, set by code of its class only where that has some."""
    cls: Any = change.plan.class_
    if change.plan.shape == "extended":
        fields = declared.elements_of(cls)
        made = tuple.__new__(cls, _in_order(change, fields, state))
        _set_attributes(change, made, {name: state[name] for name in state if name not in fields})
        return made
    made = object.__new__(cls)
    if change.plan.shape == "reduced" and hasattr(cls, "__setstate__"):
        made.__setstate__(state)
    else:
        _set_attributes(change, made, state)
    return made


def _in_order(change: Change, fields: Iterable[str], state: Mapping[str, Any]) -> list[Any]:
    """Returns the elements of a named tuple; those that have a default may be left to it."""
    defaults = change.plan.class_._field_defaults  # type: ignore[attr-defined]
    given = {**defaults, **state}
    for name in fields:
        if name not in given:
            raise _refused(change, f"its upgrade gives no `{name}`")
    return [given[name] for name in fields]


def _set_attributes(change: Change, made: object, state: Mapping[str, Any]) -> None:
    cls = change.plan.class_
    slots: dict[str, Any] = dict(held.slots_of(cls))
    forbidden = plans.forbidden_names(cls, set())
    for name, value in state.items():
        if name in slots:
            slots[name].__set__(made, value)
        elif held.has_dict(cls) and name not in forbidden:
            vars(made)[name] = value
        else:
            raise _refused(change, f"its upgrade gives `{name}`, which no instance may hold")


def _refused(change: Change, reason: str) -> RebuildError:
    return problems.rebuild(
        "class_changed",
        f"could not upgrade `{change.plan.name}` from version {change.version}: {reason}",
    )
