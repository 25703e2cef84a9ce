"""Types that have no name of their own: `list[int]`, `Optional[X]`, `Literal["a"]`, `Annotated`.

They are written as what they are made of and made by subscription. Text in the place of a type is
run by whoever reads it as one, so it is refused on both ways.
"""

from __future__ import annotations

import collections.abc
import enum
import functools
import importlib
import itertools
import operator
import sys
import types
import typing
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from persist import _native
from persist.state import constants, effort, names, problems
from persist.state.held import attributes_of
from persist.state.text import quote

__all__ = [
    "ORIGINS",
    "TEXT",
    "alike",
    "build",
    "describe",
    "has_node",
    "has_text",
    "is_light",
    "is_type",
    "replaced",
    "taken_apart",
    "trouble_of",
    "trouble_of_keys",
]

TEXT = "it names a type by text, which would be run to find it"

_ABSTRACT_CALL = type(collections.abc.Callable[[], int])

SCALARS = frozenset({bool, bytes, complex, float, int, str, type(None)})

_P = typing.ParamSpec("_P")

_ALIASES: tuple[type, ...] = (
    types.GenericAlias,
    types.UnionType,
    _ABSTRACT_CALL,
    type(typing.List[int]),  # noqa: UP006 - the alias of this spelling
    type(typing.Optional[int]),  # noqa: UP045
    type(typing.Literal[1]),
    type(typing.Annotated[int, 1]),
    type(typing.Callable[[], int]),
    type(typing.Concatenate[int, _P]),
    type(typing.Unpack[tuple[int]]),
    typing.ParamSpecArgs,
    typing.ParamSpecKwargs,
)

_FORMS: dict[str, Any] = {
    f"typing:{name}": getattr(typing, name)
    for name in typing.__all__
    if type(getattr(typing, name)).__module__ == "typing"
    and not isinstance(getattr(typing, name), (type, typing.TypeVar, *_ALIASES))
}
"""What `typing` has that is neither a class nor made of anything."""

_EXTENSIONS = "typing_extensions"

_LATER = ("ReadOnly", "TypeForm", "TypeIs", "Unpack")
"""Forms that older interpreters have in `typing_extensions` alone."""

_ANNOTATED: object = typing.Annotated

_STARRED = "types:GenericAlias"

_SUBSCRIPTED = {**_FORMS, "typing:Annotated": _ANNOTATED, _STARRED: types.GenericAlias}
_SUBSCRIPTED |= {
    f"typing:{cls.__name__}": cls for cls in (typing.ParamSpecArgs, typing.ParamSpecKwargs)
}

_NAMES_OF_FORMS = {id(form): name for name, form in _FORMS.items()}

_OF_ALIASES = {*vars(typing.List[int]), "__module__", "__metadata__"}  # noqa: UP006
"""What an alias of `typing` has in its dict."""

_UNION = "types:UnionType"

_ORIGINS = {
    **_SUBSCRIPTED,
    _UNION: types.UnionType,
    "builtins:type": type,
    "collections.abc:Callable": collections.abc.Callable,
}

ORIGINS = frozenset({*_ORIGINS, *(f"{_EXTENSIONS}:{name}" for name in _LATER)})
"""What may be made a type of other types, beside the classes that may stand as a value."""

_FORM_TYPES = frozenset({*_ALIASES, *map(type, _FORMS.values())})

MAX_STEPS = 1_000
"""Types that one may be made of, and values of a literal that may have the same hash."""

STEPS_PER_TYPE, FREE_TYPES, VALUES_PER_STEP = 4, 16, 4
"""What types within a type, and the values of literal types among them, take to be hashed."""

ARGUMENT_BYTES = 32
"""What an argument counts, in time and memory: a text has room for more than it spells out."""

FEW = 32
"""Elements of a tuple that need no look, where they are plain values."""

TOO_MUCH = "its keys or elements hold too much to be hashed"

_BROUGHT = {*functools.WRAPPER_ASSIGNMENTS, "__wrapped__", "__orig_class__", "__signature__"}
"""What decorators and `typing` give to an object."""

_VARIABLES = (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple, typing.NewType)


def has_node(cls: type) -> bool:
    """Returns whether this is a class of types that have no name of their own."""
    if cls in _FORM_TYPES:
        return True
    return cls.__module__ == _EXTENSIONS and cls in _later_types()


def _later() -> dict[str, Any]:
    """Returns the forms that only `typing_extensions` has, where that is loaded."""
    module = sys.modules.get(_EXTENSIONS)
    found = {} if module is None else {name: vars(module).get(name) for name in _LATER}
    return {
        f"{_EXTENSIONS}:{name}": form
        for name, form in found.items()
        if form is not None and id(form) not in _NAMES_OF_FORMS
    }


def _later_types() -> set[type]:
    forms = _later()
    aliases = {type(form[typing.Tuple[int]]) for form in forms.values()}  # noqa: UP006
    return aliases | set(map(type, forms.values()))


def _name_of_form(value: object) -> str | None:
    name = _NAMES_OF_FORMS.get(id(value))
    if name is None and type(value).__module__ == _EXTENSIONS:
        return next((name for name, form in _later().items() if form is value), None)
    return name


def _form(name: str) -> Any:
    """Returns a form by its name, None for any other name."""
    module, _, form = name.partition(":")
    if module == _EXTENSIONS and form in _LATER:
        return getattr(importlib.import_module(module), form)
    return _FORMS.get(name)


def is_type(value: object) -> bool:
    """Returns whether a value may stand where a type does: never text, nor what holds text."""
    if value is None or value is ... or isinstance(value, (type, *_VARIABLES)):
        return True
    if type(value) is list:
        # The arguments of a `Callable`, which are not nested.
        return all(type(inner) is not list and is_type(inner) for inner in value)
    return has_node(type(value)) or constants.is_alias(type(value))


def describe(value: Any, context: str, session: Any) -> tuple[str, list[Any]] | str:
    """Returns the node of a type that has no name of its own, or why there is none."""
    form = _name_of_form(value)
    if form is not None:
        return f'{{"lc":"generic","id":{quote(form)}', ["}"]
    origin, arguments = taken_apart(value)
    name = _name_of_form(origin) or names.name_of(origin)
    if origin is types.UnionType:
        name = _UNION
    if name is None:
        return f"no name leads to what `{str(value)[:100]}` is made of"
    trouble = trouble_of(name, arguments)
    if trouble is not None:
        return trouble
    try:
        made = _made(type(value), origin, arguments)
    except Exception:
        made = None
    if not alike(made, value) or not _is_bare(value):
        return "it is a type that cannot be made anew of what it names"
    if name not in ORIGINS:
        session.name(name, "value")
    head = f'{{"lc":"generic","id":{quote(name)}'
    pieces: list[Any] = [',"old":true'] if _is_old(value, origin) else []
    return head, [*pieces, ',"args":', (".__args__", list(arguments)), "}"]


def alike(one: Any, other: Any) -> bool:
    """Returns whether two types are made of the very same, in the same order.

    Equality is not enough: `Annotated[int, 1] == Annotated[int, True]`.
    """
    return _are_alike(one, other, {})


def _are_alike(one: Any, other: Any, known: dict[Any, Any]) -> bool:
    if one is other or (id(one), id(other)) in known:
        return True
    if type(one) is not type(other):
        return False
    if type(one) in (str, int, bool, bytes):
        return bool(one == other)
    # Whatever is not alike in one place is not alike at all. An id is kept from being another's.
    known[id(one), id(other)] = one, other
    if type(one) is list:
        return len(one) == len(other) and all(
            _are_alike(mine, its, known) for mine, its in zip(one, other, strict=True)
        )
    if not has_node(type(one)) or _name_of_form(one) is not None:
        return False
    (origin, arguments), (other_origin, others) = taken_apart(one), taken_apart(other)
    return origin is other_origin and _are_alike(arguments, others, known)


def build(
    parts: Mapping[str, Any],
    look_up: Callable[[str], Any],
    parametrized: Callable[[Any, list[Any], object], object],
) -> object:
    """Returns the type that a node describes.

    Args:
        look_up: Returns the class of a name, once it is admitted.
        parametrized: Gives arguments to a class whose own library makes classes of that: those at
            some places only in a second step.

    Raises:
        RebuildError: `invalid_state`, it holds text, or its class cannot be subscripted.
    """
    name = problems.text_part(dict(parts), "generic", "id")
    arguments = parts.get("args")
    for member in parts.keys() - {"id", "args", "old"}:
        raise problems.Malformed(f"a node `generic` has no member `{member}`")
    if arguments is None:
        form = _form(name)
        if form is None or "args" in parts or "old" in parts:
            raise problems.Malformed(f"a node `generic` has `{name[:100]}` and no arguments")
        return form
    late = parts.get("old", True)
    if type(arguments) is not list or not (late is True or type(late) is list):
        raise problems.Malformed("the arguments of a node `generic` are no array")
    # A text may name one list of arguments again and again; what is saved has each of them.
    if effort.is_too_large(ARGUMENT_BYTES * len(_flat(arguments))):
        raise problems.rebuild("invalid_state", effort.SWOLLEN)
    trouble = trouble_of(name, arguments)
    if trouble is not None:
        raise problems.rebuild("invalid_state", trouble)
    origin = _ORIGINS.get(name) or _form(name) or look_up(name)
    alias: Any = {_UNION: types.UnionType, "collections.abc:Callable": _ABSTRACT_CALL}.get(name)
    if alias is None and name not in ORIGINS - {"builtins:type"} and "old" not in parts:
        alias = types.GenericAlias
    try:
        if "old" in parts and not _is_generic(origin):
            return parametrized(origin, arguments, [] if late is True else late)
        if late is not True:
            raise TypeError("its class takes all of its arguments at once")
        return _made(alias, origin, arguments)
    except Exception as error:
        raise problems.of_state(name, error) from error


def has_text(annotation: object) -> bool:
    """Returns whether an annotation, or a type in it, is text that somebody has to run."""
    waiting = [annotation]
    while waiting:
        held: Any = waiting.pop()
        if isinstance(held, str | typing.ForwardRef):
            return True
        if type(held) is list:
            waiting += held
        elif typing.get_origin(held) is typing.Annotated:
            waiting.append(held.__origin__)
        elif typing.get_origin(held) is not typing.Literal:
            waiting += getattr(held, "__args__", None) or ()
    return False


def replaced(annotation: Any, old: object, new: object) -> Any:
    """Returns a type with one thing in the place of another, itself where that is nowhere in it."""
    return rewritten(annotation, lambda it: new if it is old else it)


def rewritten(annotation: Any, swap: Callable[[Any], Any]) -> Any:
    """Returns a type with what `swap` gives in the place of it, or of the types that it is made of.

    Itself, where that is the same all over.
    """
    return _rewritten(annotation, swap, {})


def _rewritten(annotation: Any, swap: Callable[[Any], Any], known: dict[int, Any]) -> Any:
    if id(annotation) in known:
        return known[id(annotation)][1]
    found = swap(annotation)
    if found is not annotation:
        return found
    if type(annotation) is list:
        others = [_rewritten(inner, swap, known) for inner in annotation]
        made: Any = annotation if all(map(operator.is_, annotation, others)) else others
        known[id(annotation)] = annotation, made
        return made
    is_plain = not has_node(type(annotation)) or _name_of_form(annotation) is not None
    if is_plain or typing.get_origin(annotation) is typing.Literal:
        return annotation
    origin, arguments = taken_apart(annotation)
    others = [_rewritten(inner, swap, known) for inner in arguments]
    is_same = all(map(operator.is_, arguments, others)) or alike(arguments, others)
    made = annotation if is_same else _made(type(annotation), origin, others)
    known[id(annotation)] = annotation, made
    return made


def _is_bare(value: Any) -> bool:
    """Returns whether a type holds nothing but what subscription gives it."""
    if type(value).__module__ != "typing":
        return True
    held = vars(value)
    module = getattr(value.__origin__, "__module__", None)
    return bool(held.keys() <= _OF_ALIASES and held.get("__module__", module) == module)


def _is_old(value: Any, origin: Any) -> bool:
    """Returns whether a class was subscripted by its own `__class_getitem__`, as `Generic` has."""
    own = (types.GenericAlias, types.UnionType, _ABSTRACT_CALL, *_OF_PARAMETERS)
    return isinstance(origin, type) and origin is not _ANNOTATED and type(value) not in own


def taken_apart(value: Any) -> tuple[Any, list[Any]]:
    """Returns what a type is made of: a form or a class, and its arguments."""
    kind = type(value)
    if kind is types.UnionType:
        return types.UnionType, list(value.__args__)
    if kind is types.GenericAlias and value.__unpacked__:
        return types.GenericAlias, [types.GenericAlias(value.__origin__, value.__args__)]
    if kind is types.GenericAlias:
        return value.__origin__, list(value.__args__)
    if kind in _OF_PARAMETERS:
        return kind, [value.__origin__]
    if kind is _ABSTRACT_CALL:
        *given, back = value.__args__
        is_list = given != [...] and not _is_for_parameters(given)
        return value.__origin__, [given if is_list else given[0], back]
    _, (origin, arguments) = value.__reduce__()
    taken = list(arguments) if type(arguments) is tuple else [arguments]
    if isinstance(origin, type) and origin is not _ANNOTATED:
        # What a class of one's own has for a `ParamSpec` stands there as it does in a call.
        taken = [list(one) if type(one) is tuple else one for one in taken]
    return origin, taken


_OF_PARAMETERS = (typing.ParamSpecArgs, typing.ParamSpecKwargs)


def _is_for_parameters(given: list[Any]) -> bool:
    """Returns whether the arguments of a call are those that a `ParamSpec` stands for."""
    kinds = (typing.ParamSpec, type(typing.Concatenate[int, _P]))
    return len(given) == 1 and isinstance(given[0], kinds)


def _made(alias: Any, origin: Any, arguments: list[Any]) -> Any:
    made = _subscripted(alias, origin, arguments)
    if _is_of(made, arguments):
        return made
    # `typing` gives an equal type that it keeps: `Annotated[int, True]` for `Annotated[int, 1]`.
    for clear in typing._cleanups:  # type: ignore[attr-defined]
        clear()
    return _subscripted(alias, origin, arguments)


def _is_of(made: Any, arguments: list[Any]) -> bool:
    """Returns whether a type holds the very arguments that it was given."""
    given = {id(it) for it in _flat(arguments)}
    whole = (it if type(it) is tuple else (it,) for it in getattr(made, "__args__", ()))
    held = (*itertools.chain(*whole), *getattr(made, "__metadata__", ()))
    return all(it is type(None) or id(it) in given for it in held)


def _flat(arguments: list[Any]) -> list[Any]:
    """Returns the arguments of a type, those of a call one by one."""
    nested = (one if type(one) is list else [one] for one in arguments)
    return [*itertools.chain.from_iterable(nested)]


def _subscripted(alias: Any, origin: Any, arguments: list[Any]) -> Any:
    if alias is types.UnionType:
        made = arguments[0]
        for argument in arguments[1:]:
            made = operator.or_(made, argument)
        return made
    if origin is types.GenericAlias:
        (whole,) = arguments
        # The values of a literal type would stand where types do.
        kind: type = type(whole)
        if kind is not types.GenericAlias:
            raise TypeError("it stars what is no class with arguments")
        return next(iter(types.GenericAlias(whole.__origin__, whole.__args__)))
    if origin in _OF_PARAMETERS:
        (parameters,) = arguments
        if not isinstance(parameters, typing.ParamSpec):
            raise TypeError("it is of no parameters")
        return origin(parameters)
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


def is_light(value: object) -> bool:
    """Returns whether a value may be hashed: what it shares counts each time."""
    if type(value) is tuple and len(value) <= FEW and SCALARS.issuperset(map(type, value)):
        return True
    return trouble_of_keys([value]) is None and _trouble_beside([value]) is None


def trouble_of_keys(values: list[Any]) -> str | None:
    """Returns why different values should not be put into a set, whatever else is, or None."""
    return _native.hashing_trouble(values)


def _trouble_of_hash(arguments: list[Any]) -> str | None:
    """Returns why a type of these is hashed for too long, with all others of its text, or None.

    The interpreter's stack has one frame for each that is deep inside while `typing` asks for it.
    """
    waiting, steps, values, notes = list(arguments), 0, 0, list[Any]()
    while waiting:
        held = waiting.pop()
        inner: list[Any] = []
        if type(held) is list and all(map(is_type, held)):
            inner = held
        elif has_node(type(held)) and _name_of_form(held) is None:
            is_literal = typing.get_origin(held) is typing.Literal
            inner = [] if is_literal else taken_apart(held)[1]
            values += len(held.__args__) if is_literal else 0
        elif type(held) not in SCALARS and not is_type(held):
            notes.append(held)
        steps += len(inner)
        if steps > MAX_STEPS:
            return f"it is made of more than {MAX_STEPS:,} types"
        waiting += inner
    cost = STEPS_PER_TYPE * (steps - FREE_TYPES) + values // VALUES_PER_STEP
    if effort.is_overspent("hashed", max(0, cost), effort.HASHED):
        return TOO_MUCH
    # `typing` looks up in a table what it was asked for before, the arguments of a call one by one.
    return _native.hashing_trouble(_flat(arguments)) or _trouble_beside(notes)


def _trouble_beside(values: list[Any]) -> str | None:
    """Returns why these should not be hashed again, or None."""
    if all(type(it) in SCALARS for it in values):
        return None
    # A first save that meets nothing of the kind weighs nothing.
    from persist.state import weight

    return None if weight.is_soon_hashed(values) else TOO_MUCH


def trouble_of(name: str, arguments: list[Any]) -> str | None:
    """Returns why these are no types for this form, or None."""
    if name == "typing:Literal":
        if not all(map(_is_literal, arguments)):
            return "a literal type holds something else than plain values"
        alike = max(Counter(map(hash, arguments)).values(), default=0)
        return None if alike <= MAX_STEPS else "too many of its values have the same hash"
    checked = arguments[:1] if name == "typing:Annotated" else arguments
    for argument in checked:
        if isinstance(argument, str | typing.ForwardRef):
            return TEXT
        if not is_type(argument):
            return f"it is made of something else than types: a `{type(argument).__qualname__}`"
    if name == "typing:Annotated" and any(map(_answers, arguments[1:])):
        return "what stands beside a type would say by what it holds what is called for that"
    return _trouble_of_hash(arguments)


def _answers(note: object) -> bool:
    """Returns whether a thing holds what its class alone is to say, under a name like `__call__`.

    Whoever makes something of an annotation asks all that stands in it under such names.
    """
    held = attributes_of(note) if not isinstance(note, type) else ()
    return any(it.startswith("__") and it.endswith("__") for it in held if it not in _BROUGHT)


def _is_literal(value: object) -> bool:
    return type(value) in (str, int, bool, bytes, type(None)) or isinstance(value, enum.Enum)
