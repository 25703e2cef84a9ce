"""The function that a decorator made something else of: a tool, a task, a middleware.

What stands in a module under the name of a function may be no function any more. Whoever admits it
means the code that was written there.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from persist.state import locations, names
from persist.state.held import attributes_of

__all__ = ["codes_at", "function_of", "leads_to", "reached"]

MAX_THINGS = 1_000
"""Things that are looked at: what a decorator makes holds the function near its surface."""


def function_of(thing: object) -> types.FunctionType | None:
    """Returns the function that a thing holds and whose own name leads to the thing, or None."""
    found: Any = next((held for held in reached(thing) if leads_to(held, thing)), None)
    return found  # type: ignore[no-any-return]


def reached(thing: object) -> Iterator[object]:
    """Yields a thing and what it holds, the nearest first: what functions captured among it."""
    waiting, seen = [thing], {id(thing)}
    for held in waiting:
        yield held
        for inner in _held_in(held):
            if id(inner) not in seen and len(waiting) < MAX_THINGS:
                seen.add(id(inner))
                waiting.append(inner)


def leads_to(function: object, thing: object) -> bool:
    """Returns whether what is held is a function, and the thing stands under its name."""
    if type(function) is not types.FunctionType:
        return False
    module = sys.modules.get(str(function.__module__))
    return isinstance(module, types.ModuleType) and (
        names.walk(vars(module), function.__qualname__) is thing
    )


def codes_at(holder: Mapping[str, Any], qualname: str) -> list[types.CodeType]:
    """Returns the code of this name of the functions that what stands under it is, or holds.

    Those of the module alone whose variables are given, each code once.
    """
    found: list[types.CodeType] = []
    for held in reached(names.walk(holder, qualname)):
        if type(held) is types.FunctionType and held.__globals__ is holder:
            code = held.__code__
            if locations.qualname_of(code) == qualname and code not in found:
                found.append(code)
    return found


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
