"""Methods bound to an object or class: its name and what it is bound to.

Of a class written in Python its plain functions and class methods; of a builtin value type
(`"abc".index`, `[1].__len__`, `dict.fromkeys`) what its own namespace holds.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from types import (
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from persist.state import names, problems
from persist.state.admitted import METHOD_OWNERS
from persist.state.plans import Pieces
from persist.state.policy import Policy
from persist.state.text import quote

__all__ = ["describe", "is_bound", "resolve"]

_OF_INSTANCES = (MethodDescriptorType, WrapperDescriptorType)
_OF_CLASSES = (ClassMethodDescriptorType, staticmethod)


def is_bound(function: Any) -> bool:
    """Returns whether a builtin function is a method bound to something."""
    owner = getattr(function, "__self__", None)
    return owner is not None and not isinstance(owner, ModuleType)


def _holder_of(cls: type, name: str) -> type | None:
    """Returns the builtin value type that a class has a method from, if it is from one."""
    holder = next((base for base in cls.__mro__ if name in vars(base)), None)
    if holder is None or holder.__name__ not in METHOD_OWNERS:
        return None
    return holder if vars(builtins).get(holder.__name__) is holder else None


def describe(value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of such a method, or why there is none."""
    owner, name = value.__self__, value.__name__
    holder = _holder_of(owner if isinstance(owner, type) else type(owner), name)
    if holder is None or _bound(holder, name, owner) != value:
        return f"no name leads to the method `{value.__qualname__}` on its object"
    session.name(f"builtins:{holder.__name__}.{name}", "method")
    return f'{{"lc":"method","name":{quote(name)},"self":', [(".__self__", owner), "}"]


def _bound(holder: type, name: str, owner: Any) -> object:
    """Returns the method of this name, bound to its object or class; None where it is no method."""
    found = vars(holder)[name]
    is_of_class = isinstance(found, _OF_CLASSES)
    if not is_of_class and not isinstance(found, _OF_INSTANCES):
        return None
    if is_of_class != isinstance(owner, type):
        return None
    if is_of_class:
        return found.__get__(None, owner)
    return found.__get__(owner, type(owner))


def resolve(
    policy: Policy, parts: dict[str, Any], is_survey: bool, has_made: Callable[[object], bool]
) -> object:
    """Returns the method that a node names.

    Args:
        has_made: Says whether the text itself has made a class. What that has, it was given by the
            text, as a value that was admitted.

    Raises:
        UntrustedError: Nobody has admitted it.
        RebuildError: There is no such method, or it is bound to the wrong thing.
    """
    name = problems.text_part(parts, "method", "name")
    owner = parts.get("self")
    # In a survey a class stands for its instances, and None for what is not known.
    if is_survey and owner is None:
        return None
    cls = owner if isinstance(owner, type) else type(owner)
    builtin = _holder_of(cls, name)
    holder = builtin or next((base for base in cls.__mro__ if name in vars(base)), None)
    found = None if holder is None else vars(holder)[name]
    function = getattr(found, "__func__", found)
    holder_name = None if holder is None else names.name_of(holder)
    is_function = isinstance(function, FunctionType) or names.is_wrapper(function)
    is_made = holder_name is None and has_made(holder)
    if not (holder_name or is_made) or not (builtin or is_function):
        raise problems.rebuild("missing_name", f"`{cls.__qualname__}` has no method `{name}`")
    is_hidden = name.startswith("__") and builtin is None
    if is_hidden or not (is_made or policy.admits_method(holder_name or "", name)):
        raise problems.not_allowed(f"{holder_name}.{name}", "method")
    if is_survey:
        return None
    made: object = None
    if builtin is not None:
        made = _bound(builtin, name, owner)
    elif function is not None and isinstance(found, classmethod) == isinstance(owner, type):
        made = MethodType(function, owner)
    if made is None:
        raise problems.rebuild("invalid_state", f"`{name}` is bound to the wrong thing")
    return made
