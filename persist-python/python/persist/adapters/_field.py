"""What pydantic knows of a field: written as the arguments of `Field`, and made of them again.

A field stands in annotations, and classes are made of those while a state is read. So nothing that
it holds may run then: `is_harmless` says of which that is so.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import re
import types
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from persist.adapters import _notes
from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import hints, likeness, names, ordinary, plans, problems
from persist.state.held import attributes_of
from persist.state.plans import Pieces, Plan
from persist.state.text import quote
from pydantic import Field
from pydantic.fields import ComputedFieldInfo, FieldInfo
from pydantic_core import PydanticUndefined

__all__ = ["builder_of", "is_by_parts", "is_harmless", "is_like", "plan_for"]

SAID = frozenset(
    {"alias", "alias_priority", "default", "default_factory", "deprecated", "description"}
    | {"discriminator", "examples", "exclude", "exclude_if", "frozen", "init", "init_var"}
    | {"json_schema_extra", "kw_only", "repr", "serialization_alias", "title"}
    | {"validate_default", "validation_alias"}
)
"""What a field may say of itself that is run, if at all, where the class is used."""

CONSTRAINTS: dict[str, str] = {
    "Gt": "gt",
    "Ge": "ge",
    "Lt": "lt",
    "Le": "le",
    "MultipleOf": "multiple_of",
}
CONSTRAINTS |= {"MinLen": "min_length", "MaxLen": "max_length"}
CONSTRAINTS |= {"Strict": "strict", "AllowInfNan": "allow_inf_nan", "FailFast": "fail_fast"}
LIBRARIES = ("annotated_types", "pydantic.types")

GENERAL = frozenset({"pattern", "max_digits", "decimal_places", "union_mode"})
GENERAL |= {"coerce_numbers_to_str"}
"""Constraints that pydantic keeps together in an object of a class of its own."""

ARGUMENTS = SAID | GENERAL | frozenset(CONSTRAINTS.values())

WRITTEN = GENERAL | frozenset(CONSTRAINTS.values())
WRITTEN |= {"deprecated", "description", "examples", "title"}
"""What pydantic writes as JSON, or compares, while it makes a class."""

PLAIN = frozenset(
    {type(None), bool, int, float, complex, str, bytes, decimal.Decimal, fractions.Fraction}
    | {datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone}
    | {re.Pattern, uuid.UUID}
)

FUNCTIONS: tuple[type, ...] = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
FUNCTIONS += (functools.partial,)

UNSAID = ("pydantic.v1.fields:UndefinedType", "pydantic_core._pydantic_core:PydanticUndefinedType")
"""Classes of what stands for nothing said."""

MAX_STEPS = 10_000
"""Values that an example or a constraint may be made of."""

OWN = ("annotated_types", "pydantic", "pydantic_core")
"""Packages of whose constraints pydantic reads what they hold."""

_General: Any = type(Field(pattern="").metadata[0])
_Metadata: Any = _General.__mro__[1]

KEPT: dict[str, type] = {"metadata": list, "_attributes_set": dict, "_qualifiers": set}
KEPT |= {"_complete": bool, "_final": bool}


def plan_for(cls: type) -> Plan:
    """Returns the plan of a field, of its constraints, or of what extends one of these."""
    describe: Callable[[Any, str, Any], Pieces | str] | None
    describe = {FieldInfo: _describe, _General: _describe_general}.get(cls)
    if cls is _Metadata:
        describe = _describe_general
    if describe is None:
        return ordinary.plan_for(cls)
    return plans.described(cls, describe, has_dict=True, hashes_by_identity=True)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a field, or constraints, from the parts of its node."""
    return functools.partial(_build, _make if plan.class_ is FieldInfo else _make_general, plan)


def _build(
    make: Callable[[dict[str, Any]], object], plan: Plan, parts: dict[str, Any], has_secret: bool
) -> object:
    try:
        return make(parts)
    except PersistError:
        raise
    except Exception as error:
        raise problems.of_state(plan.name, error) from error


def _describe(info: Any, context: str, session: Any) -> Pieces | str:
    taken = _take_apart(info)
    if taken is None:
        return "it is a field that cannot be made anew of what it says of itself"
    said, slots = taken
    pieces: list[Any] = _members("dict", said)
    if slots:
        pieces += _members("slots", slots)
    session.name(names.name_of(FieldInfo) or "", "class")
    return '{"lc":"object","id":"pydantic.fields:FieldInfo"', [None, *pieces, "}"]


def _describe_general(value: Any, context: str, session: Any) -> Pieces | str:
    name = names.name_of(_Metadata)
    held = vars(value)
    if name is None or type(value) is not _General or held.keys() - GENERAL:
        return "it holds other constraints than pydantic's own"
    return f'{{"lc":"object","id":{quote(name)}', [None, *_members("dict", held), "}"]


def _members(member: str, held: Mapping[str, Any]) -> list[Any]:
    pieces: list[Any] = [f',"{member}":{{']
    for at, (name, value) in enumerate(held.items()):
        pieces += [f"{',' if at else ''}{quote(name)}:", (f".{name}", value)]
    return [*pieces, "}"]


def _take_apart(info: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Returns the arguments that make a field, and the slots that they leave different."""
    said = dict(info._attributes_set)
    for given in (said | _constraints(info.metadata), said):
        try:
            made = FieldInfo(**given)
        except Exception:
            continue
        slots = {
            slot: getattr(info, slot)
            for slot in FieldInfo.__slots__
            if not is_like(getattr(info, slot), getattr(made, slot))
        }
        if "metadata" not in slots or given is said:
            return given, slots
    return None


def _constraints(metadata: list[Any]) -> dict[str, Any]:
    """Returns constraints as the arguments of `Field` that make them."""
    found: dict[str, Any] = {}
    for item in metadata:
        name = CONSTRAINTS.get(type(item).__name__)
        if type(item) is _General:
            found |= vars(item)
        elif name is not None and type(item).__module__ in LIBRARIES:
            found[name] = getattr(item, name)
    return found


def _make(parts: dict[str, Any]) -> Any:
    said, slots = parts_of(parts, "dict", "slots")
    for name in said.keys() - ARGUMENTS - {"annotation", "field_title_generator"}:
        raise ValueError(f"a field does not say `{name}` of itself")
    made = FieldInfo(**said)
    for name, value in (slots or {}).items():
        kind = KEPT.get(name)
        if name not in FieldInfo.__slots__ or (kind is not None and type(value) is not kind):
            raise ValueError(f"a field keeps no such `{name}`")
        setattr(made, name, value)
    # Of what cannot be called, Python would say in an error what all of it is.
    if made.default_factory is not None and not callable(made.default_factory):
        raise ValueError("what makes its default cannot be called")
    for annotation in (made.annotation, getattr(made, "_original_annotation", None)):
        if annotation is not PydanticUndefined:
            hints.checked(annotation)
    return made


def _make_general(parts: dict[str, Any]) -> Any:
    (held,) = parts_of(parts, "dict")
    if held.keys() - GENERAL:
        raise ValueError("they are other constraints than pydantic's own")
    (made,) = Field(**held).metadata
    return made


def is_harmless(item: Any) -> bool:
    """Returns whether pydantic may find a thing among the metadata of an annotation.

    Of a field it calls what gives it a title. And it writes what a field and its constraints say
    of themselves as JSON, while it makes a class: an object would be asked how that is done.
    """
    waiting, seen = [item], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if not isinstance(one, FieldInfo):
            if not _notes.is_note(one) or not _says_plainly(one):
                return False
            continue
        said = one._attributes_set
        slots = {slot: getattr(one, slot) for slot in WRITTEN if hasattr(one, slot)}
        slots = {name: it for name, it in slots.items() if it is not said.get(name)}
        is_known = said.keys() <= ARGUMENTS | {"annotation"} and one.field_title_generator is None
        if not is_known or not (_is_written_plainly(said) and _is_written_plainly(slots)):
            return False
        types = (one.annotation, getattr(one, "_original_annotation", None))
        given = (getattr(one, "_original_assignment", None), said.get("default"), one.default)
        if any(map(_notes.binds, given)):
            return False
        waiting += [*one.metadata, *(it for it in given if isinstance(it, FieldInfo))]
        waiting += [note for annotation in types for note in _notes.notes_of(annotation)]
    return True


def _is_written_plainly(said: Mapping[str, Any]) -> bool:
    return all(_is_written(said[name]) for name in WRITTEN & said.keys())


def _is_written(value: Any) -> bool:
    is_decorator = type(value).__name__ == "deprecated" and names.name_of(type(value)) is not None
    return value is PydanticUndefined or is_decorator or _is_plain(value)


def _says_plainly(note: Any) -> bool:
    """Returns whether a constraint holds plain values, or functions and classes to be called."""
    cls = type(note)
    if isinstance(note, type) or cls.__module__.partition(".")[0] not in OWN:
        return True
    held = (it for it in attributes_of(note).values() if names.name_of(type(it)) not in UNSAID)
    return all(isinstance(it, (type, *FUNCTIONS)) or _is_plain(it) for it in held)


def _is_plain(value: Any) -> bool:
    """Returns whether a value is plain data, and little of it: what it shares counts each time."""
    waiting, steps = [value], 0
    while waiting:
        one = waiting.pop()
        if type(one) is dict:
            inner = [*one, *one.values()]
        elif type(one) in (list, tuple, set, frozenset):
            inner = one
        elif isinstance(one, enum.Enum):
            inner = [one._value_]
        elif type(one) in PLAIN:
            continue
        else:
            return False
        steps += len(inner)
        if steps > MAX_STEPS:
            return False
        waiting += [it for it in inner if type(it) not in PLAIN]
    return True


def is_by_parts(cls: type) -> bool:
    """Returns whether objects of a class are compared by their attributes."""
    return cls in (FieldInfo, ComputedFieldInfo, _General) or cls.__module__ in LIBRARIES


is_like = likeness.Likeness(by_parts=is_by_parts)
"""Returns whether two parts of fields are the very same, or made of the very same."""
