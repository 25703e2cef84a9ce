"""What a restore calls to make an object: a function or class, or a class method by its class."""

from __future__ import annotations

import builtins
import copyreg
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from persist.state import names, problems, reconstructors
from persist.state.policy import Policy

__all__ = ["class_of", "find", "makes", "makes_other", "name_of"]


REACHING = frozenset(
    [
        *("builtins:__import__", "builtins:breakpoint", "builtins:compile", "builtins:delattr"),
        *("builtins:eval", "builtins:exec", "builtins:getattr", "builtins:globals"),
        *("builtins:input", "builtins:locals", "builtins:open", "builtins:setattr"),
        "builtins:vars",
    ]
)
"""What reaches anything when it is called: to admit one of these is to admit everything."""


def name_of(function: Any) -> str | None:
    """Returns the name under which a restore finds what is called, None where none leads to it.

    None as well for what nobody should be told to admit.
    """
    name = _name_of(function) if callable(function) else None
    return None if name in REACHING else name


def _name_of(function: Any) -> str | None:
    if type(function) is not MethodType or not isinstance(function.__self__, type):
        return names.name_of(function)
    name = function.__func__.__name__
    holder = _holder_of(function.__self__, name)
    found = None if holder is None else vars(holder)[name]
    if type(found) is not classmethod or found.__func__ is not function.__func__:
        return None
    owner = names.name_of(holder)
    return f"{owner}.{name}" if owner and names.is_name(f"{owner}.{name}") else None


def class_of(function: Any) -> type | None:
    """Returns the class that a class method is bound to, where another one defines it."""
    owner = getattr(function, "__self__", None)
    if type(function) is not MethodType or not isinstance(owner, type):
        return None
    return None if _holder_of(owner, function.__func__.__name__) is owner else owner


def makes(function: Any, arguments: tuple[Any, ...], cls: type) -> bool:
    """Returns whether a listed function makes instances of a class, as its arguments tell."""
    known = reconstructors.RECONSTRUCTORS.get(name_of(function) or "")
    try:
        return known is not None and known.makes(list(arguments)) is cls
    except ValueError:
        return False


def makes_other(function: Any, cls: type) -> bool:
    """Returns whether what is called is a builtin class, and no instance of another one is made.

    A program's own hook is taken at its word: it may mean just that.
    """
    if function is cls or not isinstance(function, type) or cls in copyreg.dispatch_table:
        return False
    if function is reversed:
        # It makes what the class of its argument has for that: an iterator of its own.
        return False
    if vars(builtins).get(function.__name__) is not function:
        return False
    from persist.state import library

    hooks = (vars(base).get(hook) for base in cls.__mro__ for hook in library.HOOKS)
    return not any(type(hook) is FunctionType for hook in hooks)


def find(
    policy: Policy, name: str, admit: Callable[[], type] | None = None
) -> Callable[..., object]:
    """Returns what an admitted name says is to be called.

    Args:
        admit: Returns the class that a class method is bound to, where another one defines it.

    Raises:
        RebuildError: `missing_name`, there is nothing of that name that could be called.
    """
    made = _class_method(policy, name, admit)
    if made is None and admit is None:
        function: Any = policy.look_up(name)
        made = function if callable(function) else None
    if made is None:
        raise problems.rebuild("missing_name", f"`{name}` is no function")
    return made


def _class_method(policy: Policy, name: str, admit: Callable[[], type] | None) -> MethodType | None:
    owner_name, _, method = name.rpartition(".")
    halves = names.split(owner_name)
    if halves is None or not halves.qualname:
        return None
    owner = policy.look_up(owner_name)
    found = names.namespace(owner).get(method) if isinstance(owner, type) else None
    if type(found) is not classmethod or not isinstance(found.__func__, FunctionType):
        return None
    bound = owner if admit is None else admit()
    return MethodType(found.__func__, bound) if _holder_of(bound, method) is owner else None


def _holder_of(cls: Any, name: str) -> type | None:
    return next((base for base in cls.__mro__ if name in vars(base)), None)
