"""Which functions may be called with whatever comes, by whatever name.

A tool is called with what a model says, and a channel combines two values that steps have given. A
framework also has functions that call what they are given: those stand where it puts them itself,
and nowhere else. A program's own functions, which its `allow=` names, may stand anywhere.
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Iterator
from typing import Any

from persist.adapters import _tables
from persist.adapters._row import Row
from persist.state import names

__all__ = ["added_to", "is_told", "may_be_called", "runs"]


def is_told(value: Any) -> bool:
    """Returns whether what is called knows what it calls itself: a partial has told it."""
    _, function, count = _taken_apart(value)
    return function is None or all(row.told <= count for row in _rows_of(function))


def may_be_called(value: Any) -> bool:
    """Returns whether what is called may be: a function, a method, a partial of one, a class."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        given, function, count = _taken_apart(one)
        waiting += given
        if function is None:
            continue
        rows = list(_rows_of(function))
        if not all(row.called or 0 < row.told <= count for row in rows):
            return False
        waiting += _captured_by(function) if rows else []
    return True


def added_to(value: Any) -> dict[str, Any]:
    """Returns the arguments that partials give a framework's own function by name."""
    given: dict[str, Any] = {}
    while isinstance(value, functools.partial):
        given = {**value.keywords, **given}
        value = value.func
    function = value.__func__ if type(value) is types.MethodType else value
    is_function = type(function) is types.FunctionType
    module = function.__globals__.get("__name__") if is_function else type(function).__module__
    return given if str(module).partition(".")[0] in _tables.TABLES else {}


def runs(value: Any) -> bool:
    """Returns whether what is called is a method by which a framework's own class is run."""
    _, function, _ = _taken_apart(value)
    return function is not None and any(row.role == "method" for row in _rows_of(function))


def _taken_apart(value: Any) -> tuple[list[Any], types.FunctionType | None, int]:
    """Returns what partials give, the function beneath, if any, and how many go by place."""
    given: list[Any] = []
    count = 0
    while isinstance(value, functools.partial):
        given += [*value.args, *value.keywords.values()]
        count += len(value.args)
        value = value.func
    function = value.__func__ if type(value) is types.MethodType else value
    return given, function if type(function) is types.FunctionType else None, count


def _captured_by(function: types.FunctionType) -> Iterator[object]:
    """Yields what a framework's own function has captured, but for functions beside it."""
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):
            held = cell.cell_contents
            is_function = type(held) is types.FunctionType
            if not (is_function and held.__globals__ is function.__globals__):
                yield held


def _rows_of(function: types.FunctionType) -> Iterator[Row]:
    """Yields the rows of a function, by its name and by where its code stands."""
    # What it says of itself may be a file's.
    placed = f"{function.__globals__.get('__name__')}:{function.__code__.co_qualname}"
    named = names.name_of(function)
    found = (_tables.row_of(name) for name in {placed, named or placed})
    return (row for row in found if row is not None)
