"""Classes of middleware that a decorator made of a function: `@before_model` and its like.

Such a class has a schema, tools, and hooks: functions of the decorators' own, each of which calls
what was decorated. A text may give it no other function than one of these, and no other attribute.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from persist.adapters._row import parts_of
from persist.state import decorated, homes, likeness, problems
from persist.state.plans import Pieces
from persist.state.text import quote

__all__ = [
    "BEGINNERS",
    "BUILDERS",
    "HOOKS",
    "MEMBERS",
    "MODULE",
    "NODES",
    "WRAPPERS",
    "build",
    "describe",
    "difference",
    "holds_itself",
    "is_made",
    "take",
]

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


def _made_for(is_wrapper: bool) -> str:
    found = (made for hook, made in HOOKS.items() if ("wrap_" in hook) is is_wrapper)
    return " ".join(sorted(frozenset[str]().union(*found)))


NODES, WRAPPERS = _made_for(False), _made_for(True)
"""The names of functions for nodes, and of those that call the handler that they are given."""


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
    check(parts)
    namespace = {"state_schema": parts["schema"], "tools": parts["tools"], **parts["hooks"]}
    try:
        base: Any = vars(sys.modules[MODULE])["AgentMiddleware"]
        return type(parts["name"], (base,), namespace | {"__module__": MODULE})
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error


def check(parts: Mapping[str, Any]) -> None:
    """Checks that a decorator makes a class of such parts.

    Raises:
        Malformed: The parts are not what any writer makes.
        RebuildError: `invalid_state`, a hook is not what a decorator makes.
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
    own = next((name for name in _hooks_of(cls) if _around(cls, name)), None)
    return own or likeness.difference(likeness.Likeness(cls, copy), cls, copy)


def holds_itself(cls: Any) -> bool:
    """Returns whether a hook is around a middleware of the class."""
    return any(_around(cls, name) for name in _hooks_of(cls))


def _hooks_of(cls: Any) -> list[str]:
    return sorted(HOOKS.keys() & vars(cls).keys())


def _around(cls: Any, name: str) -> bool:
    return any(type(held) is cls for held in decorated.reached(vars(cls)[name]))


def describe(value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of a middleware that its own function refers to: the only one of its class.

    It is there, without hooks, before the function is.
    """
    cls = type(value)
    shown = f"a middleware `{cls.__name__}`, whose function refers to it,"
    if session.proxies.setdefault(("hooked", id(cls)), value) is not value:
        return f"{shown} is not the only one of its class"
    if vars(value):
        return f"{shown} has attributes of its own"
    held = [it for name in _hooks_of(cls) for it in decorated.reached(vars(cls)[name])]
    if any(type(it) is types.MethodType and type(it.__self__) is cls for it in held):
        return f"{shown} is held there by one of its methods"
    parts = take(cls)
    copy = type(_made(cls.__name__, cls.__bases__[0]))
    _give(copy, parts)
    different = likeness.difference(likeness.Likeness(cls, copy), cls, copy)
    if different is not None or (cls.__qualname__, cls.__doc__) != (cls.__name__, None):
        return f"{shown} has more than its fields say: `{different or '__doc__'}`"
    fields = [f',"name":{quote(cls.__name__)},"fields":', (".__class__", parts), "}"]
    return '{"lc":"hooked"', fields


def _made(name: str, base: Any) -> Any:
    cls = type(name, (base,), {"__module__": MODULE})
    return object.__new__(cls)


def _give(cls: Any, parts: Mapping[str, Any]) -> None:
    for name, value in (("state_schema", parts["schema"]), ("tools", parts["tools"])):
        setattr(cls, name, value)
    for name, hook in parts["hooks"].items():
        setattr(cls, name, hook)


def _begin(parts: Mapping[str, Any], admit: Callable[[str], type]) -> Any:
    """Makes a middleware without hooks, of a name that was read."""
    name = parts.get("name")
    if type(name) is not str:
        raise ValueError("it has no name")
    # It is where the base is, and the tables have it.
    admit(f"{MODULE}:AgentState")
    trouble = homes.trouble_of("middleware", MODULE, name, lambda cls: None)
    if trouble is not None:
        raise problems.rebuild("invalid_state", f"a class cannot be made: {trouble}")
    return _made(name, vars(sys.modules[MODULE])["AgentMiddleware"])


def _finish(parts: Mapping[str, Any], made: Any, admit: Callable[[str], type]) -> Any:
    """Gives a middleware its hooks."""
    _, fields = parts_of(parts, "name fields")
    if type(fields) is not dict or fields.keys() != set(MEMBERS):
        raise ValueError("its class has other parts")
    check({**fields, "module": MODULE})
    _give(type(made), fields)
    return made


BEGINNERS = {"hooked": _begin}
BUILDERS = {"hooked": _finish}
