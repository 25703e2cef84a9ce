"""Where somebody asks for types: what may stand there, in anything that a restore builds.

Frameworks ask functions, classes and things of their own what types they take and give, and whoever
is told text runs it as code. So there are types, and nothing else but the text by which the program
itself annotates what a thing is made of.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from persist.state import asked, problems
from persist.state.held import has_dict

__all__ = [
    "check_called",
    "checked",
    "is_hint",
    "texts_of",
    "trouble_of",
    "trouble_with",
]

MAX_BENEATH = 100
"""Things that one wraps or calls, one beneath the other: each is asked for all of them."""


_NO_NOTES: dict[str, object] = {}


def is_hint(value: object, said: Collection[str] = ()) -> bool:
    """Returns whether a value may stand where a type is asked for, or a map or list of types.

    Args:
        said: Texts by which the program annotates what is asked.
    """
    if type(value) is dict:
        return all(type(inner) is not dict and is_hint(inner, said) for inner in value.values())
    return value in said if type(value) is str else _is_type(value)


def _is_type(value: object) -> bool:
    # A first save imports this module for the rows of its classes, and asks for no type.
    from persist.state import forms

    return forms.is_type(value)


def checked(annotation: object) -> Any:
    """Returns what a class is to be made of, where that is a type.

    Raises:
        RebuildError: `invalid_state`, it is none.
    """
    if not _is_type(annotation):
        raise problems.rebuild("invalid_state", "a field's type is none: text would be run")
    return annotation


def trouble_with(
    held: Mapping[str, Any], names: Iterable[str], said: Collection[str] = ()
) -> str | None:
    """Returns which of these attributes holds something else than types, or None."""
    strange = (name for name in names if not is_hint(held.get(name), said))
    return next((f"`{name}` holds something else than a type" for name in strange), None)


def trouble_of(function: Any) -> str | None:
    """Returns why a function, or what else is called, may not say what it does of its types."""
    held = vars(function)
    strange = asked.NAMES & held.keys() - asked.CHECKED
    if strange:
        return f"it has a `{min(strange)}`"
    called = asked.trouble_with(held, type(function))
    if called is not None:
        return f"it has a `{called}`, which anybody would call"
    beneath = [*itertools.islice(_beneath(function), 1, MAX_BENEATH + 2)]
    if len(beneath) > MAX_BENEATH:
        return f"it wraps more than {MAX_BENEATH} others"
    if any(map(_answers, beneath)):
        return "it wraps what may say anything of its types"
    notes, signature = held.get("__annotations__", _NO_NOTES), held.get("__signature__")
    if notes is _NO_NOTES and signature is None:
        return None
    said = texts_of(function)
    if type(notes) is not dict or not is_hint(notes, said):
        return "it has other annotations than what it was made of gives it"
    if signature is None:
        return None
    parts = signature.parameters.values() if type(signature) is inspect.Signature else None
    if parts is None or not all(type(it) is inspect.Parameter for it in parts):
        return "its `__signature__` is none"
    hints = [signature.return_annotation, *(it.annotation for it in parts)]
    is_said = all(is_hint(it, said) for it in hints)
    return None if is_said else "its `__signature__` has other types than what it wraps"


def check_called(thing: Any) -> None:
    """Checks what an instance of such a class says of its types.

    Raises:
        RebuildError: `invalid_state`, text would be run that the program does not have.
    """
    trouble = trouble_of(thing)
    if trouble is not None:
        shown = f"a `{type(thing).__qualname__}` cannot be what was saved"
        raise problems.rebuild("invalid_state", f"{shown}: {trouble}")


def texts_of(*things: Any) -> set[str]:
    """Returns the texts by which the program annotates things, what they call and what they wrap.

    A state gives no function and no class text, so all of it is the program's own.
    """
    notes = (held for one in _beneath(*things) for held in _annotations_of(one))
    return {text for held in notes for text in held.values() if type(text) is str}


def _annotations_of(thing: Any) -> list[dict[str, Any]]:
    if isinstance(thing, functools.partial | types.MethodType):
        return []
    if type(thing) is types.FunctionType:
        return [thing.__annotations__]
    cls = thing if isinstance(thing, type) else type(thing)
    told = (vars(base).get("__annotations__") for base in cls.__mro__)
    return [held for held in told if type(held) is dict]


def _beneath(*things: Any) -> Iterator[Any]:
    """Yields things, what they call, and what they say that they wrap."""
    waiting, seen = list(things), set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, functools.partial):
            waiting.append(one.func)
        elif type(one) is types.MethodType:
            waiting.append(one.__func__)
        wrapped = vars(one).get("__wrapped__") if has_dict(type(one)) else None
        waiting += [] if wrapped is None else [wrapped]


def _answers(thing: Any) -> bool:
    """Returns whether a thing may answer by what a file gave it, under any name: by code for that.

    Any other has just the attributes that lie in it and in its class.
    """
    if isinstance(thing, type):
        return False
    held = [vars(base) for base in type(thing).__mro__]
    is_own = any(type(it.get("__getattribute__")) is types.FunctionType for it in held)
    return is_own or any("__getattr__" in it for it in held)
