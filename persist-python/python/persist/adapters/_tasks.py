"""Tasks of LangGraph's functional API: what `@task` makes of a function.

A task says what its function says of itself: name, docstring, annotations. None of that is written:
it is taken from the function again, which is a name or the place of its code. The function may have
captured the task, to call itself: then it is not whole yet when the task is made of it.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from persist.adapters import _called
from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import names, plans, problems
from persist.state.plans import Plan, Taken

__all__ = ["builder_of", "plan_for"]

PARTS = ("func", "retry_policy", "cache_policy", "timeout")

_FRESH: weakref.WeakSet[Any] = weakref.WeakSet()
"""Tasks that were made of a text whose end is not read yet."""


def plan_for(cls: type) -> Plan:
    """Returns the plan of a task; what extends its class is refused."""
    if names.name_of(cls) != "langgraph.func:_TaskFunction":
        return plans.refused(cls, f"its class `{cls.__qualname__}` extends the one of tasks")
    known = {"has_dict": True, "hashes_by_identity": True, "is_whole": True}
    return plans.described(cls, _describe, check=_finish, **known)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a task from the parts of its node."""
    return functools.partial(_build, plan)


def _describe(value: Any, context: str, session: Any) -> Taken | str:
    held = vars(value)
    said = {name: held[name] for name in PARTS if held.get(name) is not None}
    try:
        again = vars(_made(type(value), said))
    except Exception:
        again = {}
    if held.keys() != again.keys() or not all(_is_same(held[it], again[it]) for it in held):
        return "it says something else of itself than its function does"
    session.name(names.name_of(type(value)) or "", "class")
    head, pieces = plans.node_of(type(value), said, is_whole=False)
    # All of it is needed before the task is there: a mention further in has to be the whole one.
    return head, pieces[:-1], pieces[-1:]


def _is_same(one: object, other: object) -> bool:
    return one is other or (type(one) is str and type(other) is str and one == other)


def _made(cls: Any, said: Mapping[str, Any]) -> Any:
    """Returns a task, made without its constructor: that gives the function another name.

    Raises:
        ValueError: The function calls what it is given, or would hide a method of the task.
    """
    function = said.get("func")
    if not callable(function):
        raise ValueError("its function is none")
    if not _called.may_be_called(function):
        raise ValueError("its function calls what it is given")
    for name in getattr(function, "__dict__", ()):
        if any(name in vars(base) for base in cls.__mro__):
            raise ValueError(f"its function has an attribute `{name}`")
    made = object.__new__(cls)
    for name in PARTS:
        setattr(made, name, said.get(name))
    functools.update_wrapper(made, function)
    return made


def _build(plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    try:
        (said,) = parts_of(parts, "dict")
        parts_of(said, "func", " ".join(PARTS[1:]))
        made = _made(plan.class_, said)
    except PersistError:
        raise
    except Exception as error:
        raise problems.of_state(plan.name, error) from error
    _FRESH.add(made)
    return made


def _finish(task: Any) -> None:
    """Takes from the function once more what it says of itself: by now it says all.

    A task that is saved was not made of a text that is still being read, and stays as it is.
    """
    if task in _FRESH:
        _FRESH.discard(task)
        vars(task).update(vars(_made(type(task), vars(task))))
