"""Generic models with their arguments: pydantic makes the same class of them each time."""

from __future__ import annotations

import importlib
import itertools
import sys
from typing import Any

from persist.adapters import _notes
from persist.state import forms, names, plans, problems
from persist.state.held import attributes_of
from persist.state.plans import Pieces
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "COST",
    "Filled",
    "arguments_of",
    "class_of",
    "describe",
    "describe_filled",
    "is_model_type",
    "origin_of",
    "parametrized",
]

COST = "persist.adapters._cost"
"""The module that says how long pydantic takes to make classes."""

MAX_ARGUMENTS = 5
"""Arguments among which those are looked for that a model was given in a second step."""

GIVEN = ("_abc_impl", "model_config", "model_post_init")
"""What pydantic gives a generic model with its arguments, beside names of its own."""


class Filled(Record):
    """Stands for a generic model with its arguments, where it is the class of an object."""

    cls: Any


def class_of(cls: Any, session: Any) -> object:
    """Returns what is written for the class of an object that no name leads to."""
    if arguments_of(cls) is None:
        return cls
    return session.proxies.setdefault(("class", id(cls)), Filled(cls))


def is_model_type(cls: type) -> bool:
    """Returns whether a class is a metaclass of pydantic's models."""
    module: Any = sys.modules.get("pydantic._internal._model_construction")
    return module is not None and issubclass(cls, module.ModelMetaclass)


def origin_of(cls: Any) -> Any:
    """Returns the generic model that a class is with arguments, None for any other class."""
    generic = arguments_of(cls)
    return None if generic is None else generic[0]


def arguments_of(cls: Any) -> tuple[Any, list[Any]] | None:
    """Returns the generic model that a class is made of, and its arguments; None for others."""
    given = _older_given(cls)
    if given is not None:
        origin = cls.__bases__[0]
        return origin, [given[parameter] for parameter in origin.__parameters__]
    metadata = getattr(cls, "__pydantic_generic_metadata__", None)
    if not is_model_type(type(cls)) or not metadata or metadata["origin"] is None:
        return None
    return metadata["origin"], list(metadata["args"])


def _older_given(cls: Any) -> Any:
    """Returns what stands for the variables of a generic of `pydantic.v1`, None for others.

    That is nowhere else but in the name of the class.
    """
    older = _older_room(cls)
    return None if older is None else older._assigned_parameters.get(cls)


def _older_room(cls: Any) -> Any:
    """Returns the module of generics of `pydantic.v1` for one of these, None for other classes."""
    older: Any = sys.modules.get("pydantic.v1.generics")
    is_one = older is not None and older.GenericModel in getattr(cls, "__mro__", ())
    return older if is_one else None


def _parameters_of(origin: Any) -> Any:
    """Returns the variables of a generic model, nothing where it is none."""
    if is_model_type(type(origin)):
        return origin.__pydantic_generic_metadata__["parameters"]
    return getattr(origin, "__parameters__", ()) if _older_room(origin) else ()


def parametrized(origin: Any, arguments: list[Any], late: Any = ()) -> object:
    """Returns a generic model with its arguments: pydantic gives the same class each time.

    Args:
        late: Places of the arguments that it is given only in a second step.

    Raises:
        TypeError: The class is no generic model, or making it would run what the arguments hold.
    """
    if not _parameters_of(origin):
        raise TypeError("its class is not generic")
    from persist.adapters import _field

    cost = importlib.import_module(COST)
    cost.check([[arguments]])
    trouble = _notes.trouble_with(_notes.notes_of(arguments), ())
    if trouble is not None:
        raise problems.rebuild("invalid_state", trouble)
    if not all(map(_field.is_harmless, _notes.notes_of(arguments))):
        raise TypeError("its arguments would run code at once")
    made = _given_twice(origin, arguments, late) if late else origin[tuple(arguments)]
    if made.__module__ == __name__:
        # One of `pydantic.v1` says that it is from where it was asked for.
        made.__module__ = origin.__module__
    cost.check_filled(made, origin)
    # pydantic keeps what it has made, and finds it by arguments that equal these.
    generic = arguments_of(made)
    if not _is_given([] if generic is None else generic[1], arguments, {}):
        raise TypeError("this process already has it with other arguments, which equal these")
    return made


def _given_twice(origin: Any, arguments: list[Any], late: Any) -> Any:
    parameters = _parameters_of(origin)
    places = range(min(len(arguments), MAX_ARGUMENTS))
    if len(parameters) != len(arguments) or not all(
        type(at) is int and at in places for at in late
    ):
        raise TypeError("it has no such arguments")
    first = [parameters[at] if at in late else it for at, it in enumerate(arguments)]
    return origin[tuple(first)][tuple(arguments[at] for at in sorted({*late}))]


def _is_given(one: Any, other: Any, known: dict[tuple[int, int], Any]) -> bool:
    """Returns whether equal things are also of the same types, wherever that can be seen."""
    if one is other or (id(one), id(other)) in known:
        return True
    if type(one) is not type(other):
        return False
    if type(one) in plans.SCALARS:
        return plans.is_same(one, other)
    known[id(one), id(other)] = one, other
    if type(one) in (list, tuple):
        pairs: list[tuple[Any, Any]] = list(zip(one, other, strict=False))
    elif forms.has_node(type(one)):
        pairs = list(zip(forms.taken_apart(one), forms.taken_apart(other), strict=True))
    else:
        mine, its = attributes_of(one), attributes_of(other)
        pairs = [(mine[name], its[name]) for name in mine if name in its]
    return all(_is_given(mine, its, known) for mine, its in pairs)


def describe_filled(filled: Filled, context: str, session: Any) -> Pieces | str:
    return describe(filled.cls, session, "class")


def describe(cls: Any, session: Any, role: str) -> Pieces | str:
    """Returns the node of a generic model with its arguments, or why there is none."""
    generic: Any = arguments_of(cls)
    origin, arguments = generic
    name = names.name_of(origin)
    if name is None:
        return f"no name leads to the class `{origin.__qualname__}`"
    trouble = forms.trouble_of(name, arguments)
    if trouble is not None:
        return trouble
    shown = f"`{cls.__qualname__}`"
    # Its class gives it the same on every restore, and nothing else.
    is_inherited = getattr(cls, "Config", None) is getattr(origin, "Config", cls)
    given = (*GIVEN, "Config") if is_inherited else GIVEN
    own = [it for it in vars(cls) if not it.startswith("__") and it not in given]
    if own:
        return f"{shown} has an attribute `{own[0]}` that its class does not give it"
    late = _late_of(cls, origin, arguments)
    if late is None:
        return f"{shown} is not what its class gives for its arguments"
    session.name(name, role)
    head = f'{{"lc":"generic","id":{quote(name)}'
    old = f"[{','.join(map(str, late))}]" if late else "true"
    return head, [f',"old":{old},"args":', (".__args__", arguments), "}"]


def _late_of(cls: Any, origin: Any, arguments: list[Any]) -> tuple[int, ...] | None:
    """Returns which arguments a class was given in a second step, None where that is not found.

    pydantic makes of `Pair[int, B]` with `str` another class than `Pair[int, str]` is, whatever
    the variable between them.
    """
    places = range(min(len(arguments), MAX_ARGUMENTS))
    counts = range(len(places)) or range(1)
    tried = itertools.chain(*(itertools.combinations(places, count) for count in counts))
    return next((late for late in tried if _is_made_so(cls, origin, arguments, late)), None)


def _is_made_so(cls: Any, origin: Any, arguments: list[Any], late: tuple[int, ...]) -> bool:
    try:
        return parametrized(origin, arguments, late) is cls
    except Exception:
        return False
