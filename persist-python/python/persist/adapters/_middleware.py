"""Classes of middleware that a decorator made of a function: `@before_model` and its like.

Such a class has a schema, tools, and hooks: functions of the decorators' own, each of which calls
what was decorated. A text may give it no other function than one of these, and no other attribute.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

from persist.state import decorated, likeness, problems

__all__ = ["HOOKS", "MEMBERS", "MODULE", "build", "difference", "is_made", "take"]

MEMBERS = ("schema", "tools", "hooks")

MODULE = "langchain.agents.middleware.types"

_MAKE = {
    "before_agent": "before_agent",
    "before_model": "before_model",
    "after_model": "after_model",
    "after_agent": "after_agent",
    "wrap_model_call": "wrap_model_call dynamic_prompt",
    "wrap_tool_call": "wrap_tool_call",
}
"""Hook to the decorators that make it."""


def _inside(decorators: str, *names: str) -> frozenset[str]:
    return frozenset(
        f"{maker}.<locals>.decorator.<locals>.{name}"
        for maker in decorators.split()
        for name in names
        if name != "async_wrapped_from_sync" or maker == "dynamic_prompt"
    )


HOOKS: Mapping[str, frozenset[str]] = {
    **{hook: _inside(makers, "wrapped") for hook, makers in _MAKE.items()},
    **{
        f"a{hook}": _inside(makers, "async_wrapped", "async_wrapped_from_sync")
        for hook, makers in _MAKE.items()
    },
}
"""Hook to the functions, by qualified name, that a decorator makes for it."""


def is_made(cls: Any) -> bool:
    """Returns whether one of the decorators has made the class."""
    module = sys.modules.get(MODULE)
    base = None if module is None else vars(module).get("AgentMiddleware")
    return base is not None and cls.__bases__ == (base,) and cls.__module__ == MODULE


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names."""
    hooks = {name: it for name, it in vars(cls).items() if name in HOOKS}
    return {"schema": cls.state_schema, "tools": cls.tools, "hooks": hooks}


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `missing_package`, or `invalid_state`: a hook is not what a decorator makes.
    """
    hooks = problems.map_part(parts, "middleware", "hooks")
    if not hooks or hooks.keys() - HOOKS.keys() or parts["module"] != MODULE:
        raise problems.Malformed("a node `middleware` says nothing that makes one")
    if type(parts.get("tools")) is not list or not isinstance(parts.get("schema"), type):
        raise problems.Malformed("a node `middleware` lacks its tools or its schema")
    # A hook that is a function was found in its module, so that is loaded.
    module = sys.modules.get(MODULE)
    for name, hook in hooks.items():
        if module is None or not _is_of_decorator(name, hook, vars(module)):
            reason = f"the hook `{name}` is no function that a decorator makes"
            raise problems.rebuild("invalid_state", reason)
    namespace = {"state_schema": parts["schema"], "tools": parts["tools"], **hooks}
    try:
        base: Any = vars(module)["AgentMiddleware"]
        return type(parts["name"], (base,), namespace | {"__module__": MODULE})
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error


def _is_of_decorator(name: str, hook: object, held: dict[str, Any]) -> bool:
    return (
        type(hook) is types.FunctionType
        and hook.__globals__ is held
        and hook.__code__.co_qualname in HOOKS[name]
    )


def difference(cls: Any, copy: Any) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing.

    A hook around the middleware itself counts: it would be needed before it is there.
    """
    for name in sorted(HOOKS.keys() & vars(cls).keys()):
        if any(type(held) is cls for held in decorated.reached(vars(cls)[name])):
            return str(name)
    return likeness.difference(likeness.Likeness(cls, copy), cls, copy)
