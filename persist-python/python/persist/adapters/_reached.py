"""What a framework may be told to ask of whatever flows through it, by what a file says.

Of any function, frame or coroutine attributes lead to all that its program has loaded.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Mapping
from typing import Any

from persist.state import names

__all__ = ["hidden", "is_awaited", "reserved_in", "strange_asked"]

RESERVED = "__pregel"
"""What LangGraph's own settings begin with: it puts them there itself, when a graph is run."""

LIVE = (
    *(types.AsyncGeneratorType, types.CodeType, types.CoroutineType, types.FrameType),
    *(types.FunctionType, types.GeneratorType, types.MethodType, types.TracebackType),
)

OWN = frozenset(
    name
    for kind in LIVE
    for name, it in vars(kind).items()
    if isinstance(it, types.GetSetDescriptorType | types.MemberDescriptorType)
)
"""What the interpreter's own things hold, such as `f_builtins` of a frame."""


def hidden(field: object) -> str | None:
    """Returns what is wrong with the name of an attribute that whatever comes is asked for."""
    if field is None or (type(field) is str and not names.is_dunder(field) and field not in OWN):
        return None
    return "a tool would be given a hidden attribute of its graph's state"


def strange_asked(accepts: object) -> str | None:
    """Returns what a step would ask of its run that LangGraph never asks it for, or None."""
    known = _askable()
    for name, asked in accepts.items() if type(accepts) is dict else ():
        pair = asked if type(asked) is tuple and len(asked) == 2 else (None, None)
        if type(name) is not str or type(pair[0]) is not str or pair[0] not in known.get(name, ()):
            return f"it would be given as `{name}` what no step is given"
    return None


@functools.cache
def _askable() -> Mapping[str, frozenset[str]]:
    """Returns what a step may ask its run for, by the name of its argument."""
    rows: Any = getattr(sys.modules.get("langgraph._internal._runnable"), "KWARGS_CONFIG_KEYS", ())
    return {name: frozenset(it[2] for it in rows if it[0] == name) for name, *_ in rows}


def reserved_in(config: object) -> str | None:
    """Returns what is wrong with the settings that a runnable is always run with, or None."""
    settings = config.get("configurable") if type(config) is dict else None
    for name in settings if type(settings) is dict else ():
        if type(name) is str and name.startswith(RESERVED):
            return f"its `config` has `{name}`, which only a running graph has"
    return None


def is_awaited(called: Any) -> bool:
    """Returns whether a call only makes what is to be awaited: its frame would flow on."""
    while isinstance(called, functools.partial):
        called = called.func
    function = getattr(called, "__func__", called)
    waits = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    return type(function) is types.FunctionType and bool(function.__code__.co_flags & waits)
