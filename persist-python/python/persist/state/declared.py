"""Fields that classes list in a way of their own, beside annotations: what each says of itself."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator
from typing import Any

from persist.state.held import slots_of

__all__ = [
    "KEPT_HASH",
    "arguments_of",
    "elements_of",
    "fields_of",
    "functions_of",
    "is_mapped",
    "is_tuple_of_names",
    "lines_of",
    "listed_in",
    "names_of",
]


KEPT_HASH = "_attrs_cached_hash"
"""What an object that was hashed may keep beside its fields: never more than that it is not."""


def lines_of(cls: Any, text_of: Callable[[object], str]) -> Iterator[str]:
    """Yields a line for each field: its place, name, annotation, and how it is given.

    Defaults do not count: the state has every field.

    Args:
        text_of: Gives the text of an annotation.
    """
    for name in elements_of(cls):
        yield f"field {name} {text_of(_annotation_of(cls, name))}"
    for field in _of_attributes(cls):
        # What the class says, also after its types were resolved.
        said = _annotation_of(cls, field.name)
        given = f"{field.init} {field.kw_only} {field.alias}"
        yield f"field {field.name} {text_of(field.type if said is None else said)} {given}"
    for name, field in _of_map(cls).items():
        yield f"field {name} {text_of(field.outer_type_)} {field.alias}"


def functions_of(cls: Any) -> list[object]:
    """Returns the validators of fields that are listed in a map, and of the whole."""
    fields = _of_map(cls).values()
    own = [rule.func for field in fields for rule in (field.class_validators or {}).values()]
    if not fields:
        return own
    after = [function for _, function in cls.__post_root_validators__]
    return [*own, *cls.__pre_root_validators__, *after]


def names_of(cls: Any) -> list[str]:
    """Returns the names of the fields that a class lists, and of its slots."""
    if dataclasses.is_dataclass(cls):
        return fields_of(cls)
    slots = (name for name, _ in slots_of(cls) if name.isidentifier())
    seen = (name for name in slots if not name.startswith("__"))
    return list(dict.fromkeys([*elements_of(cls), *fields_of(cls), *seen]))


def listed_in(cls: Any) -> list[str]:
    """Returns the names of the fields that a class lists in a way of its own, in their order."""
    return [*elements_of(cls), *(field.name for field in _of_attributes(cls)), *_of_map(cls)]


def arguments_of(cls: Any) -> dict[str, tuple[str | None, object]]:
    """Returns by each of these the name by which the constructor takes it, and its type.

    The name is None where the constructor does not take it.
    """
    found: dict[str, tuple[str | None, object]] = {}
    for name in elements_of(cls):
        hint = _annotation_of(cls, name)
        found[name] = (name, Any if hint is None else hint)
    for field in _of_attributes(cls):
        hint = Any if field.type is None else field.type
        found[field.name] = (field.alias if field.init else None, hint)
    for name, field in _of_map(cls).items():
        hint = field.outer_type_
        found[name] = (field.alias, typing.Optional[hint] if field.allow_none else hint)  # noqa: UP045
    return found


def fields_of(cls: Any) -> list[str]:
    """Returns the names of the fields that a class lists and its instances have as attributes."""
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls)]
    return [*(field.name for field in _of_attributes(cls)), *_of_map(cls)]


def elements_of(cls: Any) -> tuple[str, ...]:
    """Returns the names that a named tuple gives its elements."""
    return cls._fields if is_tuple_of_names(cls) else ()


def is_tuple_of_names(cls: Any) -> bool:
    """Returns whether a class is a named tuple."""
    if not issubclass(cls, tuple) or type(getattr(cls, "_field_defaults", None)) is not dict:
        return False
    names = getattr(cls, "_fields", None)
    return type(names) is tuple and all(type(name) is str for name in names)


def is_mapped(cls: Any) -> bool:
    """Returns whether a class lists its fields in a map, each with its validators."""
    return type(vars(cls).get("__fields__")) is dict and hasattr(cls, "__pre_root_validators__")


def _of_attributes(cls: Any) -> tuple[Any, ...]:
    fields = getattr(cls, "__attrs_attrs__", ())
    return fields if isinstance(fields, tuple) else ()


def _of_map(cls: Any) -> dict[str, Any]:
    return vars(cls)["__fields__"] if is_mapped(cls) else {}


def _annotation_of(cls: type, name: str) -> object:
    return next(
        (
            vars(base)["__annotations__"][name]
            for base in cls.__mro__
            if name in vars(base).get("__annotations__", ())
        ),
        None,
    )
