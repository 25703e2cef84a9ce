"""The price list of classes that are made at run time, in the units of `_cost`.

A class costs a fixed amount, something for each class that it extends, for each field that it
inherits, and for each validator as often as that runs over a field. What a text spells out of a
class pays for itself, once: what many classes share was written for the first of them alone.
"""

from __future__ import annotations

import datetime
import decimal
import typing
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from persist.state import effort
from persist.state.held import attributes_of

__all__ = ["ANEW", "EARNED", "NAMED", "OLDER", "SCALARS", "of_class", "of_part"]

CLASS, ANCESTOR = 60, 2

FIELD: Mapping[str, int] = {"dataclass": 6, "model": 6, "pydantic.v1": 12}
OTHER_FIELD = 2
"""Of what the standard library makes and compiles nothing for."""

ANEW = 2
"""Of a field of a class that pydantic makes a schema of for each class that leads to it."""

NAMED = 8
"""Of a class with a name, where pydantic has its schema."""

EARNED = 16
"""What a field adds to the units that all classes of one text may cost."""

OLDER, EARNED_OLDER = "pydantic.v1", 32
"""The first interface makes more of each field and of each part of its type: a field of its own."""

SCALARS = frozenset({bool, bytes, complex, float, int, object, str, type(None)})
"""Types of which pydantic makes next to nothing."""

CONTAINERS = frozenset({dict, frozenset, list, set, tuple})
SMALL = SCALARS | CONTAINERS | {datetime.date, datetime.datetime, datetime.time}
SMALL |= {datetime.timedelta, decimal.Decimal, uuid.UUID, type}
OF_CONTAINER, OF_PROTOCOL, OF_OTHER, OF_OLDER = 2, 5, 12, 11
"""Of a part of a type, beyond the one unit of any: most classes have a schema of several steps,
with functions of their own, which takes a hundred microseconds and some kilobytes each time."""

FIELDS_AGAIN = ("namedtuple", "typeddict", "dataclass")
"""Kinds of which the first interface makes a model at each mention."""

RUN, WHOLE = 3, 8
"""Of a validator, for each field that it runs over, or where it is one of the whole."""

ANCESTORS_PER_UNIT, PLAIN_PER_UNIT, RESERVED_PER_UNIT = 8, 16, 32

MAPS = ("fields", "types", "annotations", "defaults", "private")

LISTS = ("fields", "members")

DECORATORS, OLDER_DECORATORS = "__pydantic_decorators__", "__validators__"

PRIVATE = "__private_attributes__"


def of_class(kind: str, parts: Mapping[str, Any], bases: Sequence[type]) -> tuple[int, int]:
    """Returns the units of a class without those of its types, and what its text earns.

    Args:
        kind: What the class is made by.
    """
    maps = [it for name in MAPS if type(it := parts.get(name)) is dict]
    lists = [it for name in LISTS if type(it := parts.get(name)) is list]
    shared = {id(it) for it in (*maps, *lists) if not effort.is_first(it)}
    again = sum(len(it) for it in (*maps, *lists) if id(it) in shared)
    inherited = sum(map(_number_of_fields, bases))
    number = inherited + max(map(len, (*maps, *lists)), default=0)
    ancestors = sum(len(base.__mro__) for base in bases)
    units = CLASS + ANCESTOR * ancestors + inherited * ancestors // ANCESTORS_PER_UNIT
    units += FIELD.get(kind, OTHER_FIELD) * (again + inherited)
    units += _running([*_validators(parts, bases)], number)
    units += _reserving(parts.get("config"), number)
    plain = sum(len(it) for it in parts.values() if type(it) in (dict, list))
    plain += sum(len(getattr(base, PRIVATE, ())) for base in bases)
    earned = EARNED_OLDER if kind == OLDER else EARNED
    earned *= sum(len(it) for it in maps if id(it) not in shared)
    return units + plain // PLAIN_PER_UNIT, earned


def of_part(part: Any, kind: str | None, is_older: bool) -> int:
    """Returns the units of a part of a type, beyond the one of any and what it leads to.

    Args:
        kind: The kind of class that may be made at run time, which it may be.
    """
    units = OF_OLDER if is_older else 0
    if kind is not None:
        again = is_older and kind in FIELDS_AGAIN
        return units + (2 * CLASS + OF_OLDER * _number_of_fields(part) if again else 0)
    origin = part if type(part) is type else typing.get_origin(part) or part
    if not isinstance(origin, type) or origin.__module__ == "typing":
        return units
    if type(origin) is type and origin in SMALL:
        return units + (OF_CONTAINER if origin is part and origin in CONTAINERS else 0)
    return units + (OF_PROTOCOL if origin.__module__ == "collections.abc" else OF_OTHER)


def _number_of_fields(base: Any) -> int:
    # Those of a model that pydantic has, of one of its first interface, and of a typed dict.
    told = ("__pydantic_fields__", "__fields__", "__annotations__")
    found: Any = next((it for name in told if (it := vars(base).get(name))), ())
    return len(found)


def _validators(parts: Mapping[str, Any], bases: Sequence[Any]) -> Iterator[Any]:
    """Yields the names of the fields of each validator, None for one of the whole."""
    rows: Any = parts.get("validators")
    for row in rows.values() if type(rows) is dict else ():
        yield row.get("fields") if type(row) is dict else None
    for base in bases:
        for held in attributes_of(getattr(base, DECORATORS, None)).values():
            for it in held.values() if type(held) is dict else ():
                yield getattr(getattr(it, "info", None), "fields", None)
        for name, these in getattr(base, OLDER_DECORATORS, {}).items():
            yield from [[name]] * len(these)


def _running(validators: Collection[Any], fields: int) -> int:
    of_fields = [it for it in validators if type(it) in (list, tuple)]
    names = (fields if _is_of_all(it) else len(it) for it in of_fields)
    units = RUN * sum(names) + WHOLE * (len(validators) - len(of_fields))
    # Each field looks for its own among all of them.
    return units + len(validators) * fields // PLAIN_PER_UNIT


def _is_of_all(names: Sequence[Any]) -> bool:
    return any(type(name) is str and name == "*" for name in names)


def _reserving(config: Any, fields: int) -> int:
    """Returns what it costs to look whether a field has a name that is none for fields."""
    names: Any = config.get("protected_namespaces") if type(config) is dict else None
    return len(names) * fields // RESERVED_PER_UNIT if type(names) in (list, tuple) else 0
