"""Builds objects through their class's own constructor or validation.

For classes whose constructor makes live things, and for classes that are not what they were when
the state was written. The constructor must accept the saved fields and leave them equal; then the
rest of the state is set.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from persist.adapters._row import Row
from persist.exceptions import PersistError, RebuildError
from persist.state import plans, problems
from persist.state.plans import Field

__all__ = ["Target", "check", "dataclass_builder", "model_builder"]


class Target(NamedTuple):
    """A class and what is known of it."""

    cls: Any
    name: str
    row: Row
    fields: dict[str, Field]
    cached: frozenset[str]
    is_changed: bool
    """The class is not what it was when the state was written."""
    defaults: Mapping[str, object]
    """What its defaults were then, for fields that the text leaves out."""


def model_builder(target: Target) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a pydantic model from the parts of its node."""

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        # A constructor node has its parts under `state`, an object node has them itself.
        state = parts.get("state", {}) if "kwargs" in parts else parts
        saved = {**parts.get("kwargs", {}), **state.get("fields", {})}
        foreign = state.get("dict", {})
        if "kwargs" not in parts:
            saved = {name: value for name, value in foreign.items() if name in target.fields}
            foreign = {name: value for name, value in foreign.items() if name not in target.fields}
        _check_given(target, saved, foreign)
        _check_beside(target, state)
        made = _construct(target, saved, state.get("extra") or {})
        _take_over(target, made, saved)
        _finish(target, made, state, foreign)
        return made

    return build


def dataclass_builder(target: Target) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a dataclass from the attributes of its node."""

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        saved = {**parts.get("dict", {}), **parts.get("slots", {})}
        declared = {field.name: field for field in dataclasses.fields(target.cls)}
        for name in saved.keys() - declared.keys():
            raise _changed(target, f"it has no field `{name}` any more")
        arguments = {name: value for name, value in saved.items() if declared[name].init}
        made = _call(target, arguments)
        for name, value in saved.items():
            if not declared[name].init:
                object.__setattr__(made, name, value)
            elif not _is_equal(getattr(made, name, None), value):
                raise _changed(target, f"its constructor changes the field `{name}`")
        return made

    return build


def revive(target: Target, fields: Mapping[str, Any]) -> object:
    """Builds a model from the kwargs of LangChain's node, by today's constructor alone.

    Raises:
        RebuildError: `invalid_state`.
    """
    _check_made(target, fields)
    _check_annotations(target, fields)
    made = _call(target, fields)
    _check_annotations(target, vars(made))
    return made


def check(target: Target, made: Any) -> None:
    """Checks a finished object: nothing else than types where its class reads types, and its own
    validation must leave it equal.

    Raises:
        RebuildError: `invalid_state`.
    """
    _check_annotations(target, vars(made))
    if target.row.validate:
        _check_equal(target, made)


def _check_equal(target: Target, made: Any) -> None:
    held = {name: value for name, value in vars(made).items() if name in target.fields}
    fresh = _call(target, _by_argument(target.cls, held))
    for name, value in held.items():
        if not _is_equal(vars(fresh).get(name), value):
            raise _refused(target, f"its validation changes the field `{name}`")


def _refused(target: Target, reason: str) -> RebuildError:
    if target.is_changed:
        return _changed(target, reason)
    return problems.rebuild("invalid_state", f"the state of `{target.name}` is not valid: {reason}")


def _changed(target: Target, reason: str) -> RebuildError:
    return problems.rebuild(
        "class_changed",
        f"the class `{target.name}` has changed: {reason}",
        hint="restore with the version that wrote it: get_metadata(path)['environment'] names it",
    )


def _check_given(
    target: Target, saved: Mapping[str, object], foreign: Mapping[str, object]
) -> None:
    for name in saved:
        if name not in target.fields:
            raise _changed(target, f"it has no field `{name}` any more")
    _check_made(target, saved)
    for name in foreign:
        if name not in target.cached:
            raise _refused(target, f"`{name}` is no attribute that an instance may hold")
    _check_annotations(target, saved)


def _check_made(target: Target, given: Mapping[str, object]) -> None:
    """Refuses what only the constructor may make, under any name that it takes."""
    made = [name for name in target.row.made if name in given]
    made += [
        name
        for name, other in target.row.made_beside.items()
        if name in given and given.get(other) is not None
    ]
    if made:
        raise _refused(target, f"`{made[0]}` is made by its constructor and is never saved")


def _check_annotations(target: Target, given: Mapping[str, object]) -> None:
    for name in target.row.annotations:
        if not _is_annotation(given.get(name)):
            raise _refused(target, f"`{name}` holds something else than classes")


def _is_annotation(value: object) -> bool:
    """Returns whether a value is safe to be read as a type: text in its place would be run.

    A text has no node for `list[X]` and its like: a class derived it, or the caller gave it.
    """
    if type(value) is dict:
        return all(_is_annotation(inner) for inner in value.values())
    return value is None or isinstance(value, type) or typing.get_origin(value) is not None


def _check_beside(target: Target, state: Mapping[str, Any]) -> None:
    """Checks what stands beside the fields: names set, extras, private attributes."""
    extra, private, names = state.get("extra"), state.get("private"), state.get("set")
    if extra and target.cls.model_config.get("extra") != "allow":
        raise _refused(target, "the class allows no extra fields")
    aliases = {info.alias for info in target.cls.model_fields.values()}
    taken = target.fields.keys() | aliases | plans.forbidden_names(target.cls, set())
    for name in extra or ():
        if name in taken:
            raise _refused(target, f"`{name}` is no extra field that an instance may hold")
    if private is not None and target.row.construct:
        raise _refused(target, "its private attributes are made by its constructor")
    if names is not None and (
        type(names) is not list or any(type(name) is not str for name in names)
    ):
        raise _refused(target, "the names of the fields set are no strings")


def _construct(target: Target, saved: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    arguments = dict(saved)
    for name, default in target.defaults.items():
        field = target.fields.get(name)
        # Today's default for what the text leaves out is right only where it is the same.
        if name not in saved and field is not None and not field.is_default(default):
            arguments[name] = default
    _check_made(target, arguments)
    return _call(target, {**_by_argument(target.cls, arguments), **extra})


def _call(target: Target, arguments: Mapping[str, Any]) -> Any:
    try:
        return target.cls(**arguments)
    except PersistError:
        raise
    except Exception as error:
        reason = _validation_text(error)
        cause = error if reason is None else None
        raise _refused(target, f"its constructor refuses it: {reason or error}") from cause


def _validation_text(error: Any) -> str | None:
    """Returns what pydantic objects to; its own text shows what was given, which may be a secret."""
    if type(error).__module__ != "pydantic_core._pydantic_core":
        return None
    rows = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows)


def _by_argument(cls: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns fields under the names that the constructor takes them by."""
    config = cls.model_config
    if config.get("populate_by_name") or config.get("validate_by_name"):
        return dict(fields)
    own = inspect.signature(cls.__init__).parameters
    infos = cls.model_fields
    return {
        name if name in own else (infos[name].alias or name): value for name, value in fields.items()
    }


def _take_over(target: Target, made: Any, saved: Mapping[str, Any]) -> None:
    """Puts the saved values themselves in place of what the constructor made of them."""
    held = vars(made)
    for name, value in saved.items():
        if name not in target.row.secrets and not _is_equal(held.get(name), value):
            raise _refused(target, f"its constructor changes the field `{name}`")
        if name not in target.row.secrets:
            held[name] = value
    for name, default in target.defaults.items():
        # A field read as annotations is left out only where validation gives it again.
        if name in saved or name in target.row.annotations or name not in held:
            continue
        if not _is_equal(held[name], default):
            raise _refused(target, f"its constructor gives the field `{name}` another value")


def _is_equal(made: object, saved: object) -> bool:
    if made is saved:
        return True
    try:
        return type(made) is type(saved) and bool(made == saved)
    except Exception:
        return False


def _finish(
    target: Target, made: Any, state: Mapping[str, Any], foreign: Mapping[str, Any]
) -> None:
    held = vars(made)
    held.update(foreign)
    names = state.get("set")
    if names is None:
        names = [
            name
            for name, field in target.fields.items()
            if field.kind == "required" or (name in held and not field.is_default(held[name]))
        ]
        names += list(state.get("extra") or ())
    object.__setattr__(made, "__pydantic_fields_set__", set(names))
    if state.get("extra") is not None:
        object.__setattr__(made, "__pydantic_extra__", state["extra"])
    if state.get("private") is not None:
        known = target.cls.__private_attributes__
        for name in state["private"].keys() - known.keys():
            raise _refused(target, f"`{name}` is no private attribute of the class")
        object.__setattr__(made, "__pydantic_private__", state["private"])
    order = state.get("order")
    if order is not None:
        if set(order) != set(held):
            raise _refused(target, "the order of its attributes does not name just these")
        object.__setattr__(made, "__dict__", {name: held[name] for name in order})
