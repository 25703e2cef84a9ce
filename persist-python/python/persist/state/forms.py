"""Types that have no name of their own: `list[int]`, `Optional[X]`, `Literal["a"]`, `Annotated`.

They are written as what they are made of and made by subscription. Text in the place of a type is
run by whoever reads it as one, so it is refused on both ways.
"""

from __future__ import annotations

import collections.abc
import enum
import operator
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from persist.state import names, problems
from persist.state.text import quote

__all__ = ["FORM_TYPES", "ORIGINS", "TEXT", "build", "describe", "is_type", "trouble_of"]

TEXT = "it names a type by text, which would be run to find it"

_ABSTRACT_CALL = type(collections.abc.Callable[[], int])

_ALIASES: tuple[type, ...] = (
    types.GenericAlias,
    types.UnionType,
    _ABSTRACT_CALL,
    type(typing.List[int]),  # noqa: UP006 - the alias of this spelling
    type(typing.Optional[int]),  # noqa: UP045
    type(typing.Literal[1]),
    type(typing.Annotated[int, 1]),
    type(typing.Callable[[], int]),
)

_FORMS: dict[str, Any] = {
    f"typing:{name}": getattr(typing, name)
    for name in typing.__all__
    if type(getattr(typing, name)).__module__ == "typing"
    and not isinstance(getattr(typing, name), (type, typing.TypeVar, *_ALIASES))
}
"""What `typing` has that is neither a class nor made of anything."""

_ANNOTATED: object = typing.Annotated

_SUBSCRIPTED = {**_FORMS, "typing:Annotated": _ANNOTATED}

_NAMES_OF_FORMS = {id(form): name for name, form in _FORMS.items()}

_UNION = "types:UnionType"

_ORIGINS = {
    **_SUBSCRIPTED,
    _UNION: types.UnionType,
    "builtins:type": type,
    "collections.abc:Callable": collections.abc.Callable,
}

ORIGINS = frozenset(_ORIGINS)
"""What may be made a type of other types, beside the classes that may stand as a value."""

FORM_TYPES = frozenset({*_ALIASES, *map(type, _FORMS.values())})


def is_type(value: object) -> bool:
    """Returns whether a value may stand where a type does: never text, nor what holds text."""
    if value is None or value is ... or isinstance(value, type | typing.TypeVar | typing.ParamSpec):
        return True
    if type(value) is list:
        # The arguments of a `Callable`, which are not nested.
        return all(type(inner) is not list and is_type(inner) for inner in value)
    return type(value) in FORM_TYPES


def describe(value: Any, context: str, session: Any) -> tuple[str, list[Any]] | str:
    """Returns the node of a type that has no name of its own, or why there is none."""
    if id(value) in _NAMES_OF_FORMS:
        return f'{{"lc":"generic","id":{quote(_NAMES_OF_FORMS[id(value)])}', ["}"]
    origin, arguments = _taken_apart(value)
    name = _NAMES_OF_FORMS.get(id(origin)) or names.name_of(origin)
    name = _UNION if origin is types.UnionType else name
    if name is None:
        return f"no name leads to what `{str(value)[:100]}` is made of"
    trouble = trouble_of(name, arguments)
    if trouble is not None:
        return trouble
    try:
        made = _made(type(value), origin, arguments)
    except Exception:
        made = None
    if type(made) is not type(value) or made != value:
        return "it is a type that cannot be made anew of what it names"
    if name not in ORIGINS:
        session.name(name, "value")
    head = f'{{"lc":"generic","id":{quote(name)}'
    pieces: list[Any] = [',"old":true'] if _is_old(value, origin) else []
    return head, [*pieces, ',"args":', (".__args__", list(arguments)), "}"]


def build(
    parts: Mapping[str, Any],
    look_up: Callable[[str], Any],
    parametrized: Callable[[Any, list[Any]], object],
) -> object:
    """Returns the type that a node describes.

    Args:
        look_up: Returns the class of a name, once it is admitted.
        parametrized: Gives arguments to a class whose own library makes classes of that.

    Raises:
        RebuildError: `invalid_state`, it holds text, or its class cannot be subscripted.
    """
    name = problems.text_part(dict(parts), "generic", "id")
    arguments = parts.get("args")
    for member in parts.keys() - {"id", "args", "old"}:
        raise problems.Malformed(f"a node `generic` has no member `{member}`")
    if arguments is None:
        if name not in _FORMS or "args" in parts or "old" in parts:
            raise problems.Malformed(f"a node `generic` has `{name[:100]}` and no arguments")
        return _FORMS[name]
    if type(arguments) is not list or parts.get("old", True) is not True:
        raise problems.Malformed("the arguments of a node `generic` are no array")
    trouble = trouble_of(name, arguments)
    if trouble is not None:
        raise problems.rebuild("invalid_state", trouble)
    origin = _ORIGINS[name] if name in ORIGINS else look_up(name)
    alias: Any = {_UNION: types.UnionType, "collections.abc:Callable": _ABSTRACT_CALL}.get(name)
    if alias is None and name not in _SUBSCRIPTED and "old" not in parts:
        alias = types.GenericAlias
    try:
        if "old" in parts and not _is_generic(origin):
            return parametrized(origin, arguments)
        return _made(alias, origin, arguments)
    except Exception as error:
        raise problems.of_state(name, error) from error


def _is_old(value: Any, origin: Any) -> bool:
    """Returns whether a class was subscripted by its own `__class_getitem__`, as `Generic` has."""
    own = (types.GenericAlias, types.UnionType, _ABSTRACT_CALL)
    return isinstance(origin, type) and origin is not _ANNOTATED and type(value) not in own


def _taken_apart(value: Any) -> tuple[Any, list[Any]]:
    kind = type(value)
    if kind is types.UnionType:
        return types.UnionType, list(value.__args__)
    if kind is types.GenericAlias:
        return value.__origin__, list(value.__args__)
    if kind is _ABSTRACT_CALL:
        *given, back = value.__args__
        return value.__origin__, [given if given != [...] else ..., back]
    _, (origin, arguments) = value.__reduce__()
    return origin, list(arguments) if type(arguments) is tuple else [arguments]


def _made(alias: Any, origin: Any, arguments: list[Any]) -> Any:
    if alias is types.UnionType:
        made = arguments[0]
        for argument in arguments[1:]:
            made = operator.or_(made, argument)
        return made
    key = tuple(arguments) if len(arguments) != 1 else arguments[0]
    if alias is types.GenericAlias:
        return types.GenericAlias(origin, tuple(arguments))
    if alias is _ABSTRACT_CALL:
        return collections.abc.Callable[key]
    is_class = isinstance(origin, type) and origin is not _ANNOTATED
    if is_class and not _is_generic(origin):
        raise TypeError("its class is not generic")
    return origin[key]


def _is_generic(cls: type) -> bool:
    """Returns whether subscripting the class runs nothing but the standard library's own code."""
    found = next((vars(it)["__class_getitem__"] for it in cls.__mro__ if _has_item(it)), None)
    return found is vars(typing.Generic)["__class_getitem__"]


def _has_item(cls: type) -> bool:
    return "__class_getitem__" in vars(cls)


def trouble_of(name: str, arguments: list[Any]) -> str | None:
    """Returns why these are no types for this form, or None."""
    if name == "typing:Literal":
        if all(_is_literal(argument) for argument in arguments):
            return None
        return "a literal type holds something else than plain values"
    checked = arguments[:1] if name == "typing:Annotated" else arguments
    for argument in checked:
        if isinstance(argument, str | typing.ForwardRef):
            return TEXT
        if not is_type(argument):
            return f"it is made of something else than types: a `{type(argument).__qualname__}`"
    return None


def _is_literal(value: object) -> bool:
    return type(value) in (str, int, bool, bytes, type(None)) or isinstance(value, enum.Enum)
