"""The function that a decorator made something else of: a tool, a task, a middleware.

What stands in a module under the name of a function may be no function any more. Whoever admits it
means the code that was written there.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from persist.state import names
from persist.state.held import attributes_of

__all__ = ["function_of", "reached"]

MAX_THINGS = 1_000
"""Things that are looked at: what a decorator makes holds the function near its surface."""


def function_of(thing: object) -> types.FunctionType | None:
    """Returns the function that a thing holds and whose own name leads to the thing, or None."""
    functions = (held for held in reached(thing) if type(held) is types.FunctionType)
    return next((held for held in functions if _leads_to(held, thing)), None)


def reached(thing: object) -> Iterator[object]:
    """Yields a thing and what it holds, the nearest first: what functions captured among it."""
    waiting, seen = [thing], {id(thing)}
    for held in waiting:
        yield held
        for inner in _held_in(held):
            if id(inner) not in seen and len(waiting) < MAX_THINGS:
                seen.add(id(inner))
                waiting.append(inner)


def _leads_to(function: types.FunctionType, thing: object) -> bool:
    module = sys.modules.get(str(function.__module__))
    return isinstance(module, types.ModuleType) and (
        vars(module).get(function.__qualname__) is thing
    )


def _held_in(thing: Any) -> Iterable[object]:
    cls = type(thing)
    if cls is types.FunctionType:
        return [*(thing.__closure__ or ()), *vars(thing).values()]
    if cls is types.CellType:
        return _content(thing)
    if cls is types.MethodType:
        return [thing.__func__, thing.__self__]
    if cls is dict:
        return list(thing.values())
    if cls in (list, tuple):
        return list(thing)
    if isinstance(thing, type | types.ModuleType):
        return ()
    # A class that no name leads to was made for this very thing.
    own = [] if names.name_of(cls) is not None else list(names.namespace(cls).values())
    return [*own, *attributes_of(thing).values()]


def _content(cell: Any) -> Iterable[object]:
    try:
        return [cell.cell_contents]
    except ValueError:
        return ()
