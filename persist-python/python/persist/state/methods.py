"""Methods bound to an object or class: its name and what it is bound to.

Of a class written in Python its plain functions and class methods, those that operators and
statements call (`__call__`, `__len__`) among them; of a plain value type of the
standard library (`"abc".index`, `datetime.now`, `count().__next__`) what its own namespace holds.
"""

from __future__ import annotations

from collections.abc import Callable
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from persist.state import names, problems
from persist.state.admitted import PROTOCOL
from persist.state.plans import Pieces
from persist.state.policy import Policy
from persist.state.text import quote

__all__ = ["describe", "is_bound", "resolve"]

_OF_INSTANCES = (MethodDescriptorType, WrapperDescriptorType)


def is_bound(function: Any) -> bool:
    """Returns whether a builtin function is a method bound to something."""
    owner = getattr(function, "__self__", None)
    return owner is not None and not isinstance(owner, ModuleType)


def describe(value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of such a method, or why there is none."""
    owner, name = value.__self__, value.__name__
    holder = _holder_of(owner if isinstance(owner, type) else type(owner), name)
    full_name = None if holder is None else names.method_name(holder, name)
    if holder is None or full_name is None or _bound(vars(holder)[name], owner) != value:
        return f"no name leads to the method `{value.__qualname__}` on its object"
    session.name(full_name, "method")
    return f'{{"lc":"method","name":{quote(name)},"self":', [(".__self__", owner), "}"]


def _holder_of(cls: type, name: str) -> type | None:
    """Returns the class that a class has a method from."""
    return next((base for base in cls.__mro__ if name in vars(base)), None)


def _is_native(found: object) -> bool:
    """Returns whether what a class holds is a method written in C."""
    if isinstance(found, staticmethod):
        return isinstance(found.__func__, BuiltinFunctionType)
    return isinstance(found, (*_OF_INSTANCES, ClassMethodDescriptorType))


def _bound(found: Any, owner: object) -> object:
    """Returns a method written in C, bound to its object or class; None where it is none."""
    is_of_class = not isinstance(found, _OF_INSTANCES)
    if not _is_native(found) or is_of_class != isinstance(owner, type):
        return None
    return found.__get__(None, owner) if is_of_class else found.__get__(owner, type(owner))


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
    holder = _holder_of(cls, name)
    found: Any = None if holder is None else vars(holder)[name]
    function = getattr(found, "__func__", found)
    holder_name = None if holder is None else names.name_of(holder)
    is_listed = holder is not None and names.method_name(holder, name) is not None
    is_native = _is_native(found)
    is_function = isinstance(function, FunctionType) or names.is_wrapper(function)
    is_made = holder_name is None and has_made(holder)
    if not (holder_name or is_made) or not (is_listed if is_native else is_function):
        raise problems.rebuild("missing_name", f"`{cls.__qualname__}` has no method `{name}`")
    is_protocol = not is_made and name in PROTOCOL
    is_hidden = name.startswith("__") and not (is_listed or is_protocol)
    if is_hidden or not (is_made or policy.admits_method(holder_name or "", name)):
        raise problems.not_allowed(f"{holder_name}.{name}", "method")
    if is_survey:
        return None
    made: object = None
    if is_native:
        made = _bound(found, owner)
    elif isinstance(found, classmethod) == isinstance(owner, type):
        made = MethodType(function, owner)
    if made is None:
        raise problems.rebuild("invalid_state", f"`{name}` is bound to the wrong thing")
    return made
