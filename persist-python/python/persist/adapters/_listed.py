"""Changed classes that list their fields in a way of their own: what their instances are made by.

Those of attrs and of pydantic's first interface go through their constructor, as dataclasses do. A
named tuple has none that does more than to keep its elements, which have places as well as names:
it may only have got more of them, at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from persist.adapters import _builders, _construct, _given, _own_code, attrs
from persist.adapters._construct import Target, changed, is_equal, refused
from persist.exceptions import RebuildError
from persist.state import declared, plans, problems, upgrades
from persist.state.held import held_slots, slots_of
from persist.state.plans import Plan
from persist.state.upgrades import SET_ONES, Build, Careful, Written

__all__ = ["builder_of", "error_of"]

_PLAIN: Mapping[type, tuple[type, ...]] = {
    bool: (bool,),
    bytes: (bytes,),
    complex: (complex, float, int, bool),
    float: (float, int, bool),
    int: (int, bool),
    str: (str,),
}
"""Types of plain data, with those whose values may stand for theirs."""


def builder_of(plan: Plan, target: Target, written: Written) -> Build | None:
    """Returns what builds instances of such a class, None where nothing does.

    Nothing does where the file says that it has lost a field.
    """
    cls = plan.class_
    if written.fields is not None and {*written.fields} - {*declared.listed_in(cls)}:
        return None
    if plan.shape == "extended":
        return _tuple_builder(target, written)
    if plan.shape == "object" and declared.is_mapped(cls):
        return _model_builder(target)
    is_own = plan.shape == "object" or bool(attrs.completion_of(cls))
    if is_own and hasattr(cls, "__attrs_attrs__"):
        return _attributes_builder(target, written, plan.shape == "reduced")
    return None


def error_of(plan: Plan, written: Written) -> RebuildError:
    """Returns the error for a changed class that nothing builds, with what became of its fields."""
    cls = plan.class_
    now = declared.names_of(cls)
    said = f": its fields are {_shown(now)} now" if now else ""
    if written.fields is not None:
        said += _difference(written.fields, declared.listed_in(cls), bool(now))
    return problems.rebuild(
        "class_changed",
        f"the class `{plan.name}` has changed since the state was written{said}",
        hint=problems.UPGRADE if upgrades.may_upgrade(plan) else problems.OLDER_CODE,
    )


def _difference(then: Iterable[str], now: Iterable[str], is_begun: bool) -> str:
    known = {*now}
    gone, new = [name for name in then if name not in known], known.difference(then)
    told = [f"{_shown(gone)} {'is' if len(gone) == 1 else 'are'} gone"] if gone else []
    if new:
        shown = _shown(name for name in now if name in new)
        told.append(f"{shown} {'is' if len(new) == 1 else 'are'} new")
    if not told and [*then] != [*now]:
        told.append(f"they were {_shown(then)}")
    return (", " if is_begun else ": ") + ", ".join(told) if told else ""


def _shown(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _tuple_builder(target: Target, written: Written) -> Build | None:
    """Returns what builds a named tuple that has got fields at its end, None for any other."""
    cls, fields = target.cls, written.fields
    now = declared.elements_of(cls)
    if fields is None or now[: len(fields)] != fields or not _only_keeps(cls):
        return None
    defaults = cls._field_defaults
    if not defaults.keys() >= {*now[len(fields) :]}:
        return None
    rest = [defaults[name] for name in now[len(fields) :]]

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        elements, beside = parts.get("base"), parts.get("dict", {})
        if parts.keys() - {"base", "dict"} or type(elements) is not tuple:
            raise changed(target, "its state is no tuple of values")
        if len(elements) != len(fields):
            raise changed(target, f"the state has {len(elements)} values, and it had {len(fields)}")
        held = dict(zip(fields, elements, strict=True))
        _check_types(target, held)
        reason = _given.trouble_with(cls, held)
        if reason is not None:
            raise changed(target, reason)
        _builders.check_beside(target, [*beside], now, beside)
        made: Any = tuple.__new__(cls, (*elements, *rest))
        if beside:
            vars(made).update(beside)
        return made

    return Careful(build)


def _check_types(target: Target, held: Mapping[str, object]) -> None:
    """Refuses plain data of another type than its field's, which nothing else would look at."""
    for name, (_, hint) in declared.arguments_of(target.cls).items():
        text = getattr(hint, "__forward_arg__", hint)
        said = text if type(text) is str else None
        kind = type(held.get(name))
        plain = next((it for it in _PLAIN if it is hint or it.__name__ == said), None)
        if plain is not None and kind in _PLAIN and kind not in _PLAIN[plain]:
            raise changed(target, f"its field `{name}` holds what no finished instance does")


def _only_keeps(cls: Any) -> bool:
    """Returns whether a named tuple is made by the code that the standard library wrote for it."""
    owner = next(base for base in cls.__mro__ if "__new__" in vars(base))
    is_own = "_field_defaults" in vars(owner) and _own_code.is_written(cls.__new__)
    return is_own and cls.__init__ is object.__init__


def _attributes_builder(target: Target, written: Written, is_hooked: bool) -> Build:
    """Returns what builds an object of attrs, whose hooks tell its fields if it has slots."""
    arguments = {name: of for name, (of, _) in declared.arguments_of(target.cls).items()}
    build = _builders.fields_builder(target, arguments)

    def whole(parts: dict[str, Any], has_secret: bool) -> object:
        state, beside = parts.get("state", {}), {**parts.get("dict", {}), **parts.get("slots", {})}
        if type(state) is not dict or any(type(name) is not str for name in state):
            raise changed(target, "its hooks give another state by now")
        held = {name: it for name, it in {**beside, **state}.items() if name != declared.KEPT_HASH}
        slots = {name for name, _ in slots_of(target.cls)} - arguments.keys()
        kept = {name: held.pop(name) for name in [*held] if name in slots}
        given = {name: it for name, it in parts.items() if name not in ("state", "slots")}
        named = parts.get("undeclared", [])
        if is_hooked and "state" in parts:
            # Beside what its hooks tell, only a dict may hold what is no field.
            fields = written.fields
            named = [it for it in parts.get("dict", ()) if fields is not None and it not in fields]
        if type(named) is list:
            named = [name for name in named if name != declared.KEPT_HASH]
        _check_types(target, held)
        made = build({**given, "dict": held, "undeclared": named}, has_secret)
        for name, value in kept.items():
            object.__setattr__(made, name, value)
        return made

    return Careful(whole)


def _model_builder(target: Target) -> Build:
    """Returns what builds a model of pydantic's first interface."""
    cls = target.cls
    arguments = {name: of for name, (of, _) in declared.arguments_of(cls).items()}

    def build(parts: dict[str, Any], has_secret: bool) -> object:
        _builders.check_shown(target, parts)
        for name in parts.keys() - {"dict", "slots", "missing", "shown", "undeclared"}:
            raise changed(target, f"it keeps no `{name}` beside its fields any more")
        held = {**parts.get("dict", {}), **parts.get("slots", {})}
        noted = held.pop(SET_ONES, None)
        if type(noted) is not set or any(type(name) is not str for name in noted):
            raise refused(target, "it does not say which of its fields were set")
        private = {name: held.pop(name) for name in [*held] if name in cls.__private_attributes__}
        foreign = {name: held.pop(name) for name in [*held] if name not in arguments}
        _builders.check_beside(target, parts.get("undeclared", []), arguments, foreign)
        made = _constructed(target, {arguments[name]: it for name, it in held.items()}, foreign)
        for name, value in held.items():
            if not is_equal(vars(made).get(name), value):
                raise changed(target, f"its constructor changes the field `{name}`")
        vars(made).update(held | foreign)
        for name, value in {SET_ONES: noted, **private}.items():
            object.__setattr__(made, name, value)
        _builders.check_missing(target, parts, {*vars(made), *held_slots(made)})
        return made

    return Careful(build)


def _constructed(target: Target, given: Mapping[Any, Any], foreign: Mapping[str, object]) -> object:
    """Returns what the constructor makes, which is given further fields where it takes any."""
    further = foreign.keys() - plans.cached_names(target.cls)
    takes_more = str(getattr(target.cls.__config__.extra, "value", "")) == "allow"
    more = {name: foreign[name] for name in further} if takes_more else {}
    made = _construct.call(target, {**more, **given})
    if type(made) is not target.cls:
        raise changed(target, "its constructor makes something else")
    return made
