"""Builds finished objects from the parts of their nodes, by their class's constructor.

The constructor must accept the saved fields and leave them equal; then the rest of the state is
set. What it is called with, and what is asked of any object that it makes, is in `_construct`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from persist.adapters import _checks, _clients, _surroundings
from persist.adapters._construct import (
    CONTAINERS,
    Target,
    by_argument,
    call,
    changed,
    check_annotations,
    check_let_go,
    is_equal,
    is_stale,
    note,
    refused,
)
from persist.adapters._row import is_beside
from persist.adapters._stamps import is_stamped
from persist.exceptions import RebuildError
from persist.state import plans
from persist.state.held import has_dict, slots_of
from persist.state.upgrades import Careful

__all__ = [
    "check_beside",
    "check_missing",
    "check_shown",
    "extended_builder",
    "fields_builder",
    "model_builder",
    "revive",
]


def model_builder(target: Target) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a pydantic model from the parts of its node."""
    whole = target._replace(defaults={**target.known, **target.defaults})

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        # LangChain's own texts leave out what its constructors work out.
        told = target if "kwargs" in parts and "state" not in parts else whole
        state, saved, foreign = _apart(target, parts)
        check_shown(target, state)
        gone = _gone(target, {**saved, **foreign})
        saved = {name: value for name, value in saved.items() if name not in gone}
        foreign = {name: value for name, value in foreign.items() if name not in gone}
        _check_given(target, saved, foreign)
        _check_undeclared(target, state, foreign)
        _check_beside(target, state)
        made = _constructed(target, saved, state.get("extra") or {})
        _give_back(target, vars(made), saved)
        _take_over(told, made, saved)
        check_missing(target, state, vars(made))
        _finish(target, made, state, (saved, foreign))
        return _remembered(target, made)

    return build


def _remembered(target: Target, made: Any) -> Any:
    """Returns a finished object, whose clients are known for those that its class makes."""
    if target.row.borrows:
        _clients.remember(vars(made), target.row.made)
    return made


def _apart(
    target: Target, parts: dict[str, Any]
) -> tuple[Mapping[str, Any], dict[str, Any], Mapping[str, Any]]:
    """Returns the state in the parts of a node, its fields, and the attributes beside them."""
    # A constructor node has its parts under `state`, an object node has them itself.
    state = parts.get("state", {}) if "kwargs" in parts else parts
    saved = {**parts.get("kwargs", {}), **state.get("fields", {})}
    foreign = state.get("dict", {})
    if "kwargs" not in parts:
        saved = {name: value for name, value in foreign.items() if name in target.fields}
        foreign = {name: value for name, value in foreign.items() if name not in target.fields}
    return state, saved, foreign


def extended_builder(target: Target, base: Target) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a model of a program, whose base's constructor makes its live things.

    The fields that it has besides are set as they were, as those of any class that is the same.
    """

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        state, saved, foreign = _apart(target, parts)
        check_shown(target, state)
        _check_given(target, saved, foreign)
        _check_undeclared(target, state, foreign)
        _check_beside(target, state)
        given = {name: value for name, value in saved.items() if name in base.fields}
        made = _constructed(base, given, {})
        _give_back(base, vars(made), given)
        _take_over(base, made, given)
        _extend(target, made, _own_fields(target, base, parts, saved))
        check_missing(target, state, vars(made))
        _finish(target, made, state, (saved, foreign))
        return _remembered(base, made)

    return build


def _own_fields(
    target: Target, base: Target, parts: Mapping[str, Any], saved: Mapping[str, object]
) -> dict[str, object]:
    """Returns the fields that a program's class has beside those of its base."""
    own = {name: saved[name] for name in target.fields if name in saved and name not in base.fields}
    if "kwargs" not in parts:
        return own
    # Only a constructor node leaves out what a class has for a default.
    missing = [*parts.get("state", {}).get("missing", ())]
    for name in target.fields.keys() - base.fields.keys() - saved.keys():
        field = target.fields[name]
        if name in missing:
            continue
        if not field.has_known_default:
            raise refused(target, f"it lacks its field `{name}`")
        own[name] = field.new_default()
    return own


def _extend(target: Target, made: Any, own: Mapping[str, object]) -> None:
    """Makes an instance of a listed class one of the class that extends it."""
    cls = target.cls
    object.__setattr__(made, "__class__", cls)
    held = {**vars(made), **own}
    ordered = {name: held[name] for name in target.fields if name in held}
    object.__setattr__(made, "__dict__", ordered | held)
    allows_extra = cls.model_config.get("extra") == "allow"
    object.__setattr__(made, "__pydantic_extra__", {} if allows_extra else None)
    private = {
        name: info.default
        for name, info in cls.__private_attributes__.items()
        if name in target.beside.private and type(info.default) in (*plans.SCALARS, type)
    }
    if private:
        kept = {**(made.__pydantic_private__ or {}), **private}
        object.__setattr__(made, "__pydantic_private__", kept)


def fields_builder(target: Target, arguments: Mapping[str, str | None]) -> Careful:
    """Returns what builds an object that is its fields, from the attributes of its node.

    Args:
        arguments: By the name of each field, that by which the constructor takes it, if it does.
    """

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        check_shown(target, parts)
        for name in parts.keys() - {"dict", "slots", "missing", "shown", "undeclared"}:
            raise changed(target, f"it keeps no `{name}` beside its fields any more")
        saved = {**parts.get("dict", {}), **parts.get("slots", {})}
        foreign = {name: saved.pop(name) for name in [*saved] if name not in arguments}
        check_beside(target, parts.get("undeclared", []), arguments, foreign)
        given = {of: saved[name] for name, of in arguments.items() if of and name in saved}
        made = call(target, given)
        if type(made) is not target.cls:
            raise changed(target, "its constructor makes something else")
        for name, value in saved.items():
            if arguments[name] and not is_equal(getattr(made, name, None), value):
                raise changed(target, f"its constructor changes the field `{name}`")
            object.__setattr__(made, name, value)
        if foreign:
            vars(made).update(foreign)
        slots = {name for name, _ in slots_of(target.cls) if hasattr(made, name)}
        check_missing(target, parts, {*getattr(made, "__dict__", ()), *slots})
        return made

    return Careful(build)


def check_beside(
    target: Target, named: Any, declared: Collection[str], foreign: Mapping[str, object]
) -> None:
    """Refuses what an object holds beside its fields where that was a field, or is one now."""
    if type(named) is not list or any(type(name) is not str for name in named):
        raise refused(target, "the names of what it does not declare are no strings")
    cached = plans.cached_names(target.cls)
    for name in foreign.keys() - cached - {*named}:
        raise changed(target, f"it has no field `{name}` any more")
    for name in named:
        if name in declared:
            raise changed(target, f"its attribute `{name}` is a field now")
    hidden = plans.forbidden_names(target.cls, set()) - cached
    for name in foreign:
        if name in hidden or not has_dict(target.cls):
            raise refused(target, f"`{name}` is no attribute that an instance may hold")


def revive(target: Target, fields: Mapping[str, Any]) -> object:
    """Builds a model from the kwargs of LangChain's node, by today's constructor alone.

    LangChain also writes what only the constructor makes, which then must make the same.

    Raises:
        RebuildError: `invalid_state`.
    """
    told = {name: fields[name] for name in target.row.made if name in fields}
    given = {name: value for name, value in fields.items() if name not in told}
    _check_made(target, given)
    check_annotations(target, given)
    unsaid = _unsaid(target, given, is_lent=True)
    made = call(target, given | unsaid)
    made.__pydantic_fields_set__.difference_update(unsaid)
    _give_back(target, vars(made), given)
    for name, value in told.items():
        if not is_equal(_listed(vars(made).get(name)), value):
            raise _made_alone(target, name)
    check_annotations(target, vars(made))
    reason = _checks.trouble_of(target.row, made)
    if reason is not None:
        raise refused(target, reason)
    return made


def _listed(value: object) -> object:
    """Returns a value as JSON has it, which knows no tuples."""
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _gone(target: Target, given: Mapping[str, object]) -> set[str]:
    """Returns the fields that the class no longer has and that held nothing, as by default."""
    return {
        name
        for name, value in given.items()
        if target.is_changed
        and value is None
        and name not in target.fields
        and target.defaults.get(name, ...) is None
    }


def _check_given(
    target: Target, saved: Mapping[str, object], foreign: Mapping[str, object]
) -> None:
    for name in saved:
        if name not in target.fields:
            raise changed(target, f"it has no field `{name}` any more")
    _check_made(target, {**saved, **foreign})
    for name, value in foreign.items():
        if not target.beside.may_hold(target.cls, name, value):
            raise refused(target, f"`{name}` is no attribute that an instance may hold")
    check_annotations(target, saved)


def _check_undeclared(
    target: Target, state: Mapping[str, Any], foreign: Mapping[str, object]
) -> None:
    """Refuses what a node says to be undeclared where it is not, or does not say where it is."""
    named = state.get("undeclared", [])
    if type(named) is not list or any(type(name) is not str for name in named):
        raise refused(target, "the names of what it does not declare are no strings")
    found = {*target.beside.undeclared(foreign)}
    for name in sorted(found.symmetric_difference(named)):
        if name in target.fields:
            raise changed(target, f"its attribute `{name}` is a field now")
        raise changed(target, f"it has no field `{name}` any more")


def _check_made(target: Target, given: Mapping[str, object]) -> None:
    """Refuses what only the constructor may make, under any name that it takes."""
    made = [name for name in target.row.made if name in given]
    made += [
        name
        for name, others in target.row.made_beside.items()
        if name in given and is_beside(others, given)
    ]
    if made:
        raise _made_alone(target, made[0])


def _made_alone(target: Target, name: str) -> RebuildError:
    return refused(target, f"`{name}` is made by its constructor and is never saved")


def _check_beside(target: Target, state: Mapping[str, Any]) -> None:
    """Checks what stands beside the fields: names set, extras, private attributes."""
    extra, private, names = state.get("extra"), state.get("private"), state.get("set")
    if extra and target.cls.model_config.get("extra") != "allow":
        raise refused(target, "the class allows no extra fields")
    aliases = {info.alias for info in target.cls.model_fields.values()}
    taken = target.fields.keys() | aliases
    for name in extra or ():
        if name in taken:
            raise refused(target, f"`{name}` is no extra field that an instance may hold")
    is_made = target.row.construct and not target.beside.private.issuperset(private or ())
    if private is not None and is_made:
        raise refused(target, "its private attributes are made by its constructor")
    if names is not None and (
        type(names) is not list or any(type(name) is not str for name in names)
    ):
        raise refused(target, "the names of the fields set are no strings")


def _constructed(target: Target, saved: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    # What a class declares as its default need not be what its validation makes of it.
    is_left_out = {
        name
        for name, value in saved.items()
        if not target.is_changed and target.fields[name].is_default(value)
    }
    arguments = {name: value for name, value in saved.items() if name not in is_left_out}
    for name, default in target.defaults.items():
        field = target.fields.get(name)
        # Today's default for what the text leaves out is right only where it is the same.
        if name not in saved and field is not None and not field.is_default(default):
            arguments[name] = default
    _check_made(target, arguments)
    arguments |= _unsaid(target, arguments)
    made = call(target, {**by_argument(target.cls, arguments), **extra})
    if target.row.validate:
        note(target.cls, made)
    return made


def _take_over(target: Target, made: Any, saved: Mapping[str, Any]) -> None:
    """Puts the saved values themselves in place of what the constructor made of them."""
    held = vars(made)
    containers = {
        id(found): (found, value)
        for name, value in saved.items()
        if type(found := held.get(name)) in CONTAINERS and found is not value
    }
    for name, value in saved.items():
        found = held.get(name)
        is_kept = name in target.row.secrets or is_stale(target, name, value, found)
        if not (is_kept or is_equal(found, value) or is_stamped(target.cls, name, found, value)):
            raise _changes(target, name, found, "changes the field `{}`")
        if name not in target.row.secrets:
            held[name] = value
    # What still holds a copy is counted, and this loop is not to be among it.
    found = None
    check_let_go(target, saved, containers.values())
    if containers:
        clients = (held.get(name) for name in (*target.row.made, *target.row.made_beside))
        _clients.hand_over(clients, containers)
    # Made fields are never written, and a field read as annotations is left out only where
    # validation gives it again.
    row = target.row
    left_out = {*saved, *row.secrets, *row.annotations, *row.made, *row.made_beside}
    for name, default in target.defaults.items():
        if name in left_out or name not in held or is_equal(held[name], default):
            continue
        if is_stamped(target.cls, name, held[name], default):
            held[name] = plans.copied_default(default)
        else:
            raise _changes(target, name, held[name], "gives the field `{}` another value")


def _unsaid(target: Target, given: Mapping[str, Any], is_lent: bool = False) -> dict[str, Any]:
    """Returns the secrets that no one told, so that none is looked for in the environment.

    Args:
        is_lent: Only those whose variable is there: the rest may be left unsaid.
    """
    if not target.row.secrets:
        return {}

    unsaid = _surroundings.unsaid(target.cls, target.row, given)
    return _surroundings.lent(target.row, unsaid) if is_lent else unsaid


def _give_back(target: Target, held: dict[str, Any], saved: Mapping[str, Any]) -> None:
    """Refuses secrets of the environment, and gives back what else it lent."""
    if not (target.row.secrets or target.row.borrows):
        return

    for name, value in _unsaid(target, saved).items():
        if not _surroundings.is_unsaid(held.get(name), value):
            raise _changes(target, name, held[name], "gives the field `{}` another value")
    _surroundings.give_back(target, held, saved)


def _changes(target: Target, name: str, made: object, what: str) -> RebuildError:
    """Returns the error for a field that the constructor sets otherwise than it was."""
    error = _surroundings.refused(target.name, name, made, target.row)
    return error or refused(target, f"its constructor {what.format(name)}")


def check_missing(target: Target, state: Mapping[str, Any], held: Collection[str]) -> None:
    """Refuses an object whose constructor gives what it did not have."""
    for name in state.get("missing", ()):
        if name in held:
            raise refused(
                target, f"its constructor gives a value to the field `{name}`, which had none"
            )


def check_shown(target: Target, state: Mapping[str, Any]) -> None:
    """Refuses an object whose class shows something else now in the place of what it lacks."""
    missing, shown = state.get("missing"), state.get("shown")
    if (missing is None and shown is None) or target.lookup is None:
        return
    from persist.state import shown as room

    reason = room.trouble_with(target.cls, missing, shown, target.lookup)
    if reason is not None:
        raise refused(target, reason)


def _expected(target: Target, held: Mapping[str, Any], saved: Collection[str]) -> Iterator[str]:
    """Yields the fields set where the text does not say: by the defaults of when it was written."""
    for name, field in target.fields.items():
        if not target.is_changed:
            is_set = field.kind == "required" or (name in held and not field.is_default(held[name]))
        else:
            is_set = name in saved and not (
                name in target.defaults and _is_default(target.defaults[name], held[name])
            )
        if is_set:
            yield name


def _is_default(default: object, value: object) -> bool:
    return plans.is_same(value, default) or (
        type(value) in (list, dict) and type(value) is type(default) and not value and not default
    )


def _default_private(target: Target, made: Any) -> None:
    """Gives private attributes the defaults that their class had when the state was written."""
    for name, default in target.defaults.items():
        if name.startswith("_") and name not in target.cls.__private_attributes__:
            raise refused(target, f"it has no private attribute `{name}` any more")
        if name.startswith("_"):
            made.__pydantic_private__[name] = default


def _finish(
    target: Target,
    made: Any,
    state: Mapping[str, Any],
    parts: tuple[Collection[str], Mapping[str, Any]],
) -> None:
    held = vars(made)
    saved, foreign = parts
    held.update(foreign)
    names = state.get("set")
    if names is None:
        names = [*_expected(target, held, saved), *(state.get("extra") or ())]
    gone = _gone(target, dict.fromkeys(names))
    object.__setattr__(made, "__pydantic_fields_set__", set(names) - gone)
    if state.get("extra") is not None:
        object.__setattr__(made, "__pydantic_extra__", state["extra"])
    if state.get("private") is not None:
        known = target.cls.__private_attributes__
        for name in state["private"].keys() - known.keys():
            raise refused(target, f"`{name}` is no private attribute of the class")
        made_beside = (made.__pydantic_private__ or {}) if target.row.construct else {}
        kept = {name: it for name, it in made_beside.items() if name not in target.beside.private}
        object.__setattr__(made, "__pydantic_private__", kept | state["private"])
    elif target.is_changed and not target.row.construct:
        _default_private(target, made)
    order = state.get("order")
    if order is not None:
        if set(order) != set(held):
            raise refused(target, "the order of its attributes does not name just these")
        object.__setattr__(made, "__dict__", {name: held[name] for name in order})
