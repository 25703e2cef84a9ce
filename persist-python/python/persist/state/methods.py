"""Methods of builtin value types, bound to a value: `"abc".index`, `[1].__len__`, `dict.fromkeys`.

Written as the method's name and what it is bound to. Only what the namespace of one of the listed
builtin types itself holds is taken, whatever the class that extends it defines beside it.
"""

from __future__ import annotations

import builtins
from types import (
    ClassMethodDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from persist.state.admitted import METHOD_OWNERS
from persist.state.plans import Pieces
from persist.state.text import quote

__all__ = ["bound", "describe", "holder_of", "is_bound"]

_OF_INSTANCES = (MethodDescriptorType, WrapperDescriptorType)
_OF_CLASSES = (ClassMethodDescriptorType, staticmethod)


def is_bound(function: Any) -> bool:
    """Returns whether a builtin function is a method bound to something."""
    owner = getattr(function, "__self__", None)
    return owner is not None and not isinstance(owner, ModuleType)


def holder_of(cls: type, name: str) -> type | None:
    """Returns the builtin value type that a class has a method from, if it is from one."""
    holder = next((base for base in cls.__mro__ if name in vars(base)), None)
    if holder is None or holder.__name__ not in METHOD_OWNERS:
        return None
    return holder if vars(builtins).get(holder.__name__) is holder else None


def describe(value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of such a method, or why there is none."""
    owner, name = value.__self__, value.__name__
    holder = holder_of(owner if isinstance(owner, type) else type(owner), name)
    if holder is None or bound(holder, name, owner) != value:
        return f"no name leads to the method `{value.__qualname__}` on its object"
    session.name(f"builtins:{holder.__name__}.{name}", "method")
    return f'{{"lc":"method","name":{quote(name)},"self":', [(".__self__", owner), "}"]


def bound(holder: type, name: str, owner: Any) -> object:
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
