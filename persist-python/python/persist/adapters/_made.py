"""Classes that were made at run time: parametrized models, models and typed dicts from fields.

They are written as what they were made of, and made again of real classes. Text in the place of a
type is refused on both ways: pydantic and typing would run it.
"""

from __future__ import annotations

import enum
import functools
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from persist.adapters import _family, _filled, _notes
from persist.adapters._row import parts_of
from persist.state import (
    asked,
    enums,
    forms,
    hints,
    homes,
    names,
    ordinary,
    plans,
    problems,
    scopes,
    values,
)
from persist.state.held import held_slots, slots_of
from persist.state.plans import Pieces, Plan
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "BUILDERS",
    "build",
    "builder_of",
    "checked_type",
    "kind_of",
    "plan_for",
    "plan_of_nameless",
]

MAKERS = ("typing", "typing_extensions")

ROOMS = {
    "dataclass": "persist.adapters._dataclass",
    "enumeration": "persist.adapters._enumeration",
    "middleware": "persist.adapters._middleware",
    "model": "persist.adapters._schema",
    "namedtuple": "persist.adapters._namedtuple",
    "typeddict": "persist.adapters._typed",
}
"""Node kind to the module that makes the classes."""

OLDER = "pydantic.v1"
"""What models of pydantic's first interface are by."""

FAMILIES = ("dataclass", "model", "typeddict")
"""Kinds of classes that may hold each other."""

COMPILED = ("dataclass", "enumeration", "namedtuple")

MAX_FIELDS = 1_000
"""Fields of classes that the standard library compiles methods for, or compares with each other."""

HINT = "define it at the top level of a module, or pass it in bind={name: object}"

IDENTITY = ("name", "module", "qualname", "doc")


class Made(Record):
    """Stands for a class while it is written: classes that have a name have no identity."""

    cls: Any


class Kin(Record):
    """The classes that one node `family` has made."""

    kinds: tuple[str, ...]
    classes: tuple[Any, ...]


def plan_for(cls: type) -> Plan | None:
    """Returns the plan of a metaclass whose classes are made at run time, None for any other."""
    if cls is Made:
        return plans.described(cls, _describe_made, hashes_by_identity=True, hint=HINT)
    if cls is _family.Family:
        return plans.described(cls, _describe_family, hashes_by_identity=True, hint=HINT)
    if cls is _filled.Filled:
        by_name = {"has_identity": False, "hashes_by_identity": True}
        return plans.described(cls, _filled.describe_filled, **by_name)
    if not issubclass(cls, type):
        return None
    is_of_library = _filled.is_model_type(cls) or _is_typed_type(cls) or cls is _older_type()
    if cls in (type, enum.EnumMeta) or is_of_library:
        return plans.described(cls, _describe_class, has_identity=False, hashes_by_identity=True)
    return None


def kind_of(cls: Any) -> str | None:
    """Returns the kind of node that a class made at run time has, None for any other class."""
    if _filled.is_model_type(type(cls)) or _is_older(cls):
        return "model"
    if _is_typed_type(type(cls)):
        return "typeddict"
    if type(cls) is enum.EnumMeta:
        return "enumeration"
    if type(cls) is not type:
        return None
    if cls.__bases__ == (tuple,) and "_field_defaults" in vars(cls):
        return "namedtuple"
    # Only such a class is worth the room that knows more.
    may_be = any(base.__name__ == "AgentMiddleware" for base in cls.__bases__)
    if may_be and _room("middleware").is_made(cls):
        return "middleware"
    return "dataclass" if "__dataclass_params__" in vars(cls) else None


def _is_typed_type(cls: type) -> bool:
    return cls.__name__ == "_TypedDictMeta" and cls.__module__ in MAKERS


def plan_of_nameless(cls: type) -> Plan | None:
    """Returns the plan of instances of a class that no name leads to, None where it has none."""
    kind = kind_of(cls)
    known: dict[str, Any] = {"name": f"<made>:{cls.__qualname__}", "record": {}}
    if kind == "enumeration":
        return plans.described(cls, _describe_member, has_identity=False, **known)
    if kind == "namedtuple":
        return plans.described(cls, _describe_tuple, base=tuple, **known)
    if kind == "model" and _is_older(cls):
        return _room_of(cls).plan_of(cls, known | {"describe": _filled.class_of})  # type: ignore[no-any-return]
    if kind not in ("dataclass", "middleware") or ordinary.own_hook(cls) is not None:
        return None
    if kind == "middleware" and _room(kind).holds_itself(cls):
        return plans.described(cls, _room(kind).describe, **known)
    fields = plans.listed_fields(cls) if kind == "dataclass" else ()
    if not asked.CALLED.isdisjoint(slot for slot, _ in slots_of(cls)):
        known["check"] = _check_slots
    return plans.object_plan(cls, fields, describe=_filled.class_of, **known)


def _check_slots(value: object) -> None:
    """Checks what an object holds in slots that a text may have chosen the names of.

    Raises:
        RebuildError: `invalid_state`, somebody would call it.
    """
    called = asked.called_in(held_slots(value))
    if called is not None:
        name = f"<made>:{type(value).__qualname__}"
        raise problems.invalid_state(name, f"its field `{called}` holds what would be called")


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object] | None:
    """Returns what builds objects of a class that a text made, None where they are set by state."""
    return functools.partial(_build_tuple, plan) if kind_of(plan.class_) == "namedtuple" else None


def _describe_member(member: Any, context: str, session: Any) -> Pieces | str:
    cls = type(member)
    rest = enums.place_of(member)
    if rest is None:
        return f"it is not a member of `{cls.__qualname__}`"
    return '{"lc":"enum"', [',"class":', (".__class__", _filled.class_of(cls, session)), *rest]


def _describe_tuple(value: Any, context: str, session: Any) -> Pieces | str:
    cls = type(value)
    base = (".__tuple__()", tuple(tuple.__iter__(value)))
    called = asked.called_in(dict(zip(cls._fields, base[1], strict=True)))
    if called is not None:
        return f"it holds in `{called}` what a restore would not set there"
    made = (".__class__", _filled.class_of(cls, session))
    return '{"lc":"object"', [None, ',"class":', made, ',"base":', base, "}"]


def _build_tuple(plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    (base,) = parts_of(parts, "base")
    cls: Any = plan.class_
    if type(base) is not tuple or len(base) != len(cls._fields):
        raise problems.invalid_state(plan.name, "it has another number of elements than fields")
    called = asked.called_in(dict(zip(cls._fields, base, strict=True)))
    if called is not None:
        raise problems.invalid_state(plan.name, f"its field `{called}` holds what would be called")
    return tuple.__new__(cls, base)


def _older_type() -> Any:
    """Returns the type of the models of `pydantic.v1`, None where that is not loaded."""
    module: Any = sys.modules.get("pydantic.v1.main")
    return None if module is None else module.ModelMetaclass


def _is_older(cls: Any) -> bool:
    return type(cls) is _older_type() and bool(_room(OLDER).is_made(cls))


def _describe_class(cls: Any, context: str, session: Any) -> Pieces | str:
    is_named = names.name_of(cls) is not None
    if not is_named and _filled.arguments_of(cls) is not None:
        return _filled.describe(cls, session, "value")
    if is_named or kind_of(cls) is None:
        return values.describe_class(cls, context, session)
    return "", [("", session.proxies.setdefault(id(cls), Made(cls)))]


def _describe_made(made: Made, context: str, session: Any) -> Pieces | str:
    cls = made.cls
    kind = kind_of(cls) or ""
    # Others look for a class under either.
    called = dict.fromkeys((cls.__name__, cls.__qualname__))
    troubles = (homes.trouble_of(kind, cls.__module__, it, kind_of) for it in called)
    trouble = next(filter(None, troubles), None)
    if trouble is not None:
        return f"of its class `{cls.__qualname__}`, made at run time, {trouble}"
    family = _family_of(cls, session)
    if family is not None:
        at = next(at for at, it in enumerate(family.classes) if it is cls)
        return f'{{"lc":{quote(kind)}', [None, ',"family":', ("", family), f',"at":{at}}}']
    try:
        parts = _identity_of(cls) | _room_of(cls).take(cls)
        different = _room_of(cls).difference(cls, build(kind, parts))
    except NameError as error:
        return (
            f"the class `{cls.__qualname__}`, made at run time, has a type by text alone: {error}"
        )
    except Exception as error:
        if _weight_of(error) is not None:
            return f"of its class `{cls.__qualname__}`, made at run time, {_weight_of(error)}"
        different = ""
    if different is not None:
        said = f": `{different}`" if different else ""
        shown = f"the class `{cls.__qualname__}`, made at run time,"
        return f"{shown} is more than its fields say{said}"
    pieces: list[Any] = []
    for name, value in parts.items():
        pieces += [f",{quote(name)}:", (f".{name}", value)]
    return f'{{"lc":{quote(kind)}', [None, *pieces, "}"]


def _weight_of(error: Exception) -> str | None:
    """Returns what an error says of what all classes of a text hold, or None."""
    cost: Any = sys.modules.get(_filled.COST)
    said = (*_notes.REASONS, *(() if cost is None else cost.REASONS))
    return next((it for it in said if str(error) == it), None)


def _family_of(cls: Any, session: Any) -> _family.Family | None:
    """Returns the classes that hold each other with this one, None where it needs no others."""
    if ("family", id(cls)) not in session.proxies:
        for group in _family.families(cls, _held):
            is_own = kind_of(group[0]) != "model" and any(it is group[0] for it in _held(group[0]))
            whole = len(group) > 1 or is_own
            family = _family.Family(tuple(_family.by_bases(group))) if whole else None
            # What is known of others already stands in the text.
            for it in group:
                session.proxies.setdefault(("family", id(it)), family)
    found: _family.Family | None = session.proxies["family", id(cls)]
    return found


def _held(cls: Any) -> list[Any]:
    """Returns the classes made at run time that a class holds in its types, and among its bases."""
    if not _may_hold(cls):
        return []
    try:
        held = _room_of(cls).types_of(cls)
    except Exception:
        # What has a type by text alone says so where it is written.
        held = []
    return _family.mentioned([*held, *_family.bases_of(cls)], _may_hold)


def _may_hold(cls: Any) -> bool:
    return kind_of(cls) in FAMILIES and not _is_older(cls) and _filled.arguments_of(cls) is None


def _describe_family(family: _family.Family, context: str, session: Any) -> Pieces | str:
    classes = family.classes
    shown = ", ".join(f"`{cls.__qualname__}`" for cls in classes[:3])
    if len(classes) > _family.MAX_CLASSES:
        return f"more than {_family.MAX_CLASSES} classes made at run time hold each other: {shown}"
    stands = {id(cls): _family.stand(at) for at, cls in enumerate(classes)}
    try:
        rows = [_member_of(cls, lambda it: stands.get(id(it), it)) for cls in classes]
        pairs = list(zip(classes, _kin(rows).classes, strict=True))
        found = ((it, _room_of(it).difference(it, copy, pairs)) for it, copy in pairs)
        different = next((f"`{it.__qualname__}`: `{name}`" for it, name in found if name), None)
    except NameError as error:
        return f"of the classes {shown}, made at run time, one has a type by text alone: {error}"
    except Exception as error:
        if _weight_of(error) is not None:
            return f"of the classes {shown}, made at run time, {_weight_of(error)}"
        different = shown
    if different is not None:
        return f"a class made at run time is more than its fields say: {different}"
    return '{"lc":"family"', [None, ',"members":', (".__family__", rows), "}"]


def _member_of(cls: Any, swap: Callable[[Any], Any]) -> dict[str, Any]:
    kind, room = kind_of(cls), _room_of(cls)
    parts = room.taken(cls) if kind == "model" else room.take(cls)
    return {"kind": kind} | _identity_of(cls) | _family.swapped(parts, swap)


def _identity_of(cls: Any) -> dict[str, Any]:
    said = {"name": cls.__name__, "module": cls.__module__}
    if cls.__qualname__ != cls.__name__:
        said["qualname"] = cls.__qualname__
    if cls.__doc__ is not None:
        said["doc"] = cls.__doc__
    return said


def build(kind: str, parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    if "family" not in parts:
        return _build(kind, parts)
    kin, at = parts["family"], parts.get("at")
    if parts.keys() != {"family", "at"} or type(kin) is not Kin or type(at) is not int:
        raise problems.Malformed(f"a node `{kind}` has no family, or other members beside it")
    if not 0 <= at < len(kin.classes) or kin.kinds[at] != kind:
        raise problems.Malformed(f"a node `{kind}` is none of its family")
    return kin.classes[at]


def _build_family(parts: dict[str, Any], made: object, admit: object) -> Kin:
    """Returns the classes of a node `family`.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    rows = parts.get("members")
    if parts.keys() != {"members"} or type(rows) is not list:
        raise problems.Malformed("the members of a node `family` are no array")
    if not 0 < len(rows) <= _family.MAX_CLASSES or not all(type(row) is dict for row in rows):
        raise problems.Malformed("a node `family` has too many members, or none, or no maps")
    says = [it for row in rows for it in (row.get("kind"), row.get("by", ""))]
    if any(type(it) is not str for it in says):
        raise problems.Malformed("a member of a node `family` says by no string what it is")
    if any(row.get("kind") not in FAMILIES or row.get("by") == OLDER for row in rows):
        raise problems.Malformed("a member of a node `family` holds no others")
    if sum(len(held) for row in rows if type(held := row.get("fields")) is dict) > MAX_FIELDS:
        raise problems.rebuild("invalid_state", f"a family has more than {MAX_FIELDS:,} fields")
    return _kin(rows)


def _kin(rows: list[dict[str, Any]]) -> Kin:
    """Makes classes that hold each other: first with something else for those not there yet."""
    kinds = [row["kind"] for row in rows]
    members = [{name: it for name, it in row.items() if name != "kind"} for row in rows]
    made: list[Any] = []
    whole = functools.partial(_family.whole, made)
    for kind, parts in zip(kinds, members, strict=True):
        if type(parts.get("bases")) is list:
            parts["bases"] = list(map(whole, parts["bases"]))
        made.append(_begun(kind, parts))
    for kind, cls, parts in zip(kinds, made, members, strict=True):
        _room(kind).tie(cls, parts, functools.partial(forms.rewritten, swap=whole))
    models = [cls for kind, cls in zip(kinds, made, strict=True) if kind == "model"]
    if models:
        _check_whole(made, models)
    for cls in models:
        _room("model").complete(cls)
    return Kin(tuple(kinds), tuple(made))


def _check_whole(made: list[Any], models: list[Any]) -> None:
    """Checks the members of a family again, now that all have their types."""
    cost = importlib.import_module(_filled.COST)
    for cls in made:
        cost.forget(cls)
    for cls in models:
        cost.check(leads_to=[cls])


def _begun(kind: str, parts: Mapping[str, Any]) -> Any:
    if kind == "model":
        return _build(kind, parts, functools.partial(forms.rewritten, swap=_family.by_text))
    return _build(kind, _family.swapped(parts, _family.as_any))


def _build(kind: str, parts: Mapping[str, Any], part: Any = None) -> Any:
    # An array would be compared element by element.
    if kind in ("model", "typeddict") and type(parts.get("by", "")) is not str:
        raise problems.Malformed(f"a node `{kind}` has a member `by` that is no string")
    room = _room(OLDER if kind == "model" and parts.get("by") == OLDER else kind)
    for member in parts.keys() - {*IDENTITY, *room.MEMBERS}:
        raise problems.Malformed(f"a node `{kind}` has no member `{member}`")
    for member in IDENTITY:
        if member in parts or member in ("name", "module"):
            text = problems.text_part(dict(parts), kind, member)
            if member != "doc" and not names.is_told(text):
                raise problems.Malformed(f"the {member} of a node `{kind}` has lone surrogates")
    held = next((parts[it] for it in ("fields", "types", "members") if it in parts), ())
    if kind in COMPILED and isinstance(held, list | dict) and len(held) > MAX_FIELDS:
        raise problems.rebuild("invalid_state", f"a class has more than {MAX_FIELDS:,} fields")
    # What no class of pydantic can lead to yet costs nothing, and models are its classes.
    if kind == "model" or "pydantic.fields" in sys.modules:
        _check_cost(kind, parts)
    _check_notes(parts)
    made = room.build(parts) if part is None else room.build(parts, part)
    made.__module__ = parts["module"]
    made.__qualname__ = parts.get("qualname", parts["name"])
    if made.__doc__ != parts.get("doc"):
        made.__doc__ = parts.get("doc")
    scopes.note(made)
    return made


def checked_type(annotation: Any) -> Any:
    """Returns what a schema is to be made of, where that runs nothing of a text.

    Raises:
        RebuildError: `invalid_state`, it is no type, or says by what it holds how it is read.
    """
    hints.checked(annotation)
    _check_notes({"fields": {"_type": [annotation]}})
    return annotation


def _check_cost(kind: str, parts: Mapping[str, Any]) -> None:
    """Checks that pydantic would soon have made a class, beside all that were made for a text.

    Raises:
        RebuildError: `invalid_state`, it would not.
    """
    rows = [[annotation, *told] for _, annotation, told in _told(parts)]
    importlib.import_module(_filled.COST).check_class(kind, parts, rows)


def _check_notes(parts: Mapping[str, Any]) -> None:
    """Checks what stands beside the types of a class: pydantic asks it, for a schema of the class.

    A model that has the class for a type is asked as soon as it is made.
    """
    # A field of pydantic is among them only where that is loaded.
    module: Any = sys.modules.get("pydantic.fields")
    room = None if module is None else importlib.import_module("persist.adapters._field")
    is_tuple = "types" in parts
    for name, annotation, told in _told(parts):
        kinds = [*_notes.parts_of(annotation)]
        if not _notes.is_soon_read(kinds, told):
            raise problems.rebuild("invalid_state", _notes.NOT_READ)
        found = [note for _, notes in kinds for note in notes]
        # What stands beside the whole type is said of a field, and pydantic does not show it.
        shown = found if is_tuple else found[len(kinds[0][1]) :]
        trouble = _notes.trouble_with(shown, told)
        if trouble is not None:
            raise problems.rebuild("invalid_state", trouble)
        found += [] if module is None else [it for it in told if isinstance(it, module.FieldInfo)]
        is_called = name in asked.CALLED and any(map(callable, told))
        is_bound = any(map(_notes.binds, told))
        is_harmless = all(map(_notes.is_note if room is None else room.is_harmless, found))
        if is_called or is_bound or not is_harmless:
            raise problems.rebuild("invalid_state", f"the field `{name}` would run code at once")


def _told(parts: Mapping[str, Any]) -> Iterator[tuple[str, Any, list[Any]]]:
    """Yields the fields of a node, with the type of each and what it has beside that."""
    maps = {it: held for it, held in parts.items() if type(held) is dict}
    for member in ("fields", "types", "annotations"):
        for name, row in maps.get(member, {}).items():
            annotation, *rest = row if type(row) is list and row else [row]
            said = [it for one in rest if type(one) is dict for it in one.values()]
            yield name, annotation, [*rest, *said]
    for name, value in maps.get("defaults", {}).items():
        yield name, None, [value]
    for name, row in maps.get("private", {}).items():
        yield name, None, [*row.values()] if type(row) is dict else []
    bases = parts.get("bases")
    for base in bases if type(bases) is list else ():
        yield "of a base", base, []


def _room_of(cls: Any) -> Any:
    return _room(OLDER if _is_older(cls) else kind_of(cls) or "")


def _room(kind: str) -> Any:
    """Returns the module that takes classes of a kind apart, makes them, and compares both."""
    return importlib.import_module("persist.adapters._older" if kind == OLDER else ROOMS[kind])


BUILDERS = {"family": _build_family}
