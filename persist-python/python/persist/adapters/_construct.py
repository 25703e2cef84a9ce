"""What a class's own constructor or validation is given, and what is asked of what it makes.

For classes whose constructor makes live things, and for classes that are not what they were when
the state was written. `_builders` makes the objects of a restore with it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from persist.adapters import _checks, _produced, _tables
from persist.adapters._beside import Beside
from persist.adapters._row import Row
from persist.exceptions import PersistError, RebuildError
from persist.state import hints, problems
from persist.state.plans import Field, Plan
from persist.state.record import Record

__all__ = [
    "CONTAINERS",
    "StrangeError",
    "Target",
    "by_argument",
    "call",
    "changed",
    "check",
    "check_annotations",
    "check_extended",
    "check_let_go",
    "copied",
    "fresh",
    "has_check",
    "is_equal",
    "is_stale",
    "note",
    "reason_of",
    "refused",
]


CONTAINERS = (list, dict, set)

HELD_HERE = 3
"""References to a copy while it is looked at: of a pair, a variable and the call that counts."""


class StrangeError(ValueError):
    """An argument is nothing that a finished instance of a class holds."""


class Target(Record):
    """A class and what is known of it."""

    cls: Any
    name: str
    row: Row
    fields: dict[str, Field]
    beside: Beside
    is_changed: bool
    """The class is not what it was when the state was written."""
    defaults: Mapping[str, object]
    """What its defaults were then, for fields that the text leaves out."""
    known: Mapping[str, object] = {}
    """What they are today, where the class is the same."""
    lookup: Callable[[type], tuple[Plan, bool]] | None = None
    """Gives the plans of classes, by which what a changed class is given is watched."""


def check(target: Target, made: Any) -> None:
    """Checks a finished object: its class reads no text as a type, and its validation agrees.

    Raises:
        RebuildError: `invalid_state`.
    """
    check_annotations(target, vars(made))
    reason = _checks.trouble_of(target.row, made)
    if reason is not None:
        raise refused(target, reason)
    if target.row.validate:
        _check_equal(target, made)


def check_extended(bases: Collection[Target], own: Callable[[Any], None] | None, made: Any) -> None:
    """Checks a finished object of a program's class as the listed ones that it extends.

    Raises:
        RebuildError: `invalid_state`.
    """
    for target in bases:
        check(target, made)
    if own is not None:
        own(made)


def has_check(row: Row | None) -> bool:
    """Returns whether finished objects of a row's class are checked."""
    return row is not None and (row.validate or bool(row.annotations) or _checks.has_any(row))


def _check_equal(target: Target, made: Any) -> None:
    held = {name: value for name, value in vars(made).items() if name in target.fields}
    if _produced.is_noted(target.cls, held):
        return
    fresh = call(target, by_argument(target.cls, held))
    for name, value in held.items():
        made_anew = vars(fresh).get(name)
        if not is_equal(made_anew, value) and not is_stale(target, name, value, made_anew):
            raise refused(target, f"its validation changes the field `{name}`")


def is_stale(target: Target, name: str, value: object, made: object) -> bool:
    """Returns whether texts may differ from what their class would derive today.

    One text for one, a list of texts for a list.
    """
    if name not in target.row.derived or not isinstance(made, list | str):
        return False
    texts = value if isinstance(made, list) else [value]
    return type(texts) is list and all(type(text) is str for text in texts)


def refused(target: Target, reason: str) -> RebuildError:
    """Returns the error for a state that the constructor does not take, and why."""
    if target.is_changed:
        return changed(target, reason)
    return problems.rebuild("invalid_state", f"the state of `{target.name}` is not valid: {reason}")


def changed(target: Target, reason: str) -> RebuildError:
    """Returns the error for a class that does not take what it took when it was saved."""
    # Only a class of the program's own is the program's to upgrade.
    is_listed = _tables.row_of(target.name) is not None
    return problems.rebuild(
        "class_changed",
        f"the class `{target.name}` has changed: {reason}",
        hint=problems.OTHER_VERSION if is_listed else problems.UPGRADE,
    )


def check_annotations(target: Target, given: Mapping[str, object]) -> None:
    """Refuses a text where the class reads types.

    Raises:
        RebuildError: `invalid_state`.
    """
    asked = target.row.annotations
    reason = hints.trouble_with(given, asked) if asked else None
    if reason is not None:
        raise refused(target, reason)


def call(target: Target, arguments: Mapping[str, Any]) -> Any:
    """Returns what the constructor makes of arguments, once it is safe to give it these.

    Raises:
        RebuildError: `invalid_state` or `class_changed`, it is given or refuses one of them.
    """
    from persist.adapters import _given

    reason = _checks.lazy_in(arguments) or _given.trouble_with(target.cls, arguments)
    if reason is not None:
        raise refused(target, reason)
    watched = _watched(target, arguments)
    # What is watched need not be copied, and a class of a program may keep the very container.
    is_kept = watched is not None and _tables.row_of(target.name) is None
    given = arguments if is_kept else copied(arguments)
    try:
        made = _made_of(target.cls, target.row, given)
    except PersistError:
        raise
    except Exception as error:
        reason = _given.objections_of(error)
        cause = error if reason is None else None
        raise refused(target, f"its constructor refuses it: {reason or error}") from cause
    field = None if watched is None else watched.changed()
    if field is not None:
        raise refused(target, f"its constructor changes what its field `{field}` holds")
    return made


def _watched(target: Target, arguments: Mapping[str, Any]) -> Any:
    """Returns what is given to code that was written since, as it is now; None where none runs."""
    if not target.is_changed or target.lookup is None:
        return None
    from persist.adapters import _own_code
    from persist.state import untouched

    if not _own_code.runs_for(target.cls):
        return None

    watched = untouched.Untouched(arguments, target.lookup)
    if watched.is_overspent():
        raise refused(target, untouched.OVERSPENT)
    return watched


def check_let_go(
    target: Target, saved: Mapping[str, Any], copies: Collection[tuple[Any, Any]]
) -> None:
    """Refuses what holds a copy that a changed class has made of a container that it was given.

    Args:
        copies: Each with the container. The object has let go of them: nothing else may hold one.

    Raises:
        RebuildError: `class_changed`.
    """
    if not target.is_changed or _tables.row_of(target.name) is not None:
        return
    fields = {id(value): name for name, value in saved.items()}
    for copy, value in copies:
        if sys.getrefcount(copy) > HELD_HERE:
            kept = f"a copy of what its field `{fields[id(value)]}` holds"
            raise refused(target, f"its constructor keeps {kept}")


def fresh(cls: Any, fields: Mapping[str, Any]) -> Any:
    """Returns a new instance, made by the class's own constructor from fields by their names.

    Raises:
        StrangeError: A field holds what the constructor is not given.
        Exception: Whatever the constructor raises.
    """
    from persist.adapters import _given

    reason = _given.trouble_with(cls, fields)
    if reason is not None:
        raise StrangeError(reason)
    return _made_of(cls, _tables.row_at(cls), copied(by_argument(cls, fields)))


def _made_of(cls: Any, row: Row | None, arguments: Mapping[str, Any]) -> Any:
    if row is None or not row.lends:
        return cls(**arguments)
    from persist.adapters import _lent

    return _lent.made_of(cls, row.lends, arguments)


def note(cls: Any, made: Any) -> None:
    """Remembers what a constructor has just made, so that it is not validated a second time."""
    fields = cls.model_fields
    _produced.note(cls, {name: value for name, value in vars(made).items() if name in fields})


def reason_of(error: Exception, otherwise: str) -> str:
    """Returns why `fresh` makes no instance: what it was given, or what the caller says of it."""
    return str(error) if isinstance(error, StrangeError) else otherwise


def copied(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments for a constructor that may fill the very containers it is given."""
    return {
        name: value.copy() if type(value) in CONTAINERS else value
        for name, value in arguments.items()
    }


def by_argument(cls: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns fields under the names that the constructor takes them by."""
    config = cls.model_config
    if config.get("populate_by_name") or config.get("validate_by_name"):
        return dict(fields)
    infos = cls.model_fields
    if not any(infos[name].alias for name in fields):
        return dict(fields)
    own = inspect.signature(cls.__init__).parameters
    return {
        name if name in own else (infos[name].alias or name): value
        for name, value in fields.items()
    }


def is_equal(made: object, saved: object) -> bool:
    """Returns whether two are of one class, and equal as far as that tells."""
    if made is saved:
        return True
    try:
        return type(made) is type(saved) and bool(made == saved)
    except Exception:
        return False
