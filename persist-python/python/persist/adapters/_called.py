"""What may be called with whatever comes: by steps, tools, channels and fields of their kind.

A tool is called with what a model says, a step with what the one before has given. A framework also
has functions that call what they are given: those stand where it puts them itself, and nowhere
else. So of its functions those may be called whose rows say so, and a few in the one form in which
it uses them. A program's own functions, which its `allow=` names, may stand anywhere.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import re
import types
import typing
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from persist.adapters import _tables
from persist.adapters._row import Row
from persist.exceptions import RebuildError
from persist.state import effort, names, problems
from persist.state.admitted import ADMITTED, ADMITTED_TYPES, ADMITTED_VALUES, MAKING_CLASSES
from persist.state.record import Record

__all__ = [
    "added_to",
    "check_partial",
    "is_own",
    "is_programs",
    "is_reader",
    "may_be_called",
    "name_in_tables",
    "runs",
]

BUILTIN = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)
PARTIAL = (functools.partial, functools.partialmethod)
ALIAS: Any = (types.GenericAlias, typing._GenericAlias)  # type: ignore[attr-defined]

UNCALLED = (type(None), bool, int, float, str)

# A map that makes what it lacks calls what it is made of; a namespace has what it is given as
# methods.
ADMITTED_MAKERS = (ADMITTED_VALUES | ADMITTED_TYPES) - {
    *MAKING_CLASSES,
    "collections:defaultdict",
    "types:SimpleNamespace",
}
"""Classes of the standard library that may be called: what they make calls nothing."""

THREAD = "langchain_core.runnables.config:run_in_executor"
COERCION = "langgraph.graph.state:_coerce_state"
TASK = "langgraph.func:_TaskFunction"
PARSER = "langchain_openai.chat_models.base:_oai_structured_outputs_parser"
REDACTOR = "langchain.agents.middleware.pii:_PIIStreamTransformer"
RULE = "langchain.agents.middleware._redaction:ResolvedRedactionRule"
ENDING = "langsmith.run_helpers:_handle_container_end"

MAX_LAYERS = 100
"""Partials and methods that are around one another; functools makes one of partials of partials."""

MAX_REACHED = 200
"""Partials and methods that one leads to. Each is judged with all that it leads to."""

REACHED_PER_ARGUMENT = 4
"""As many more for each further argument that it is given itself: these it holds, once each."""

MAX_STEPS, FREE_STEPS = 100_000, 16
"""What all that is judged in one reading or writing may lead to, beyond so much for each."""

MAX_MERGED = 10_000
"""Arguments that partials around one another give together."""
READER = "langgraph.pregel._read:ChannelRead.do_read"


_OWN: weakref.WeakKeyDictionary[types.FunctionType, types.CodeType] = weakref.WeakKeyDictionary()
"""Functions that were found to be no framework's, with the code that they had."""


class _Call(Record):
    """What is called, or what that may call, with what partials give it."""

    callee: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    is_callee: bool
    """Whether it is called for sure: anything else may be mere data to what is."""
    layers: int = 0
    """Partials and methods that are around it."""


def may_be_called(value: Any) -> bool:
    """Returns whether what is called may be: it calls nothing that it is given."""
    return type(value) in UNCALLED or is_own(value) or all(map(_fits, _calls_of(value)))


def is_own(value: Any) -> bool:
    """Returns whether this is a function that no framework has, alone: most of what is called is.

    Whatever else is asked here of such a function has the same answer each time.
    """
    if type(value) is not types.FunctionType:
        return False
    if _OWN.get(value) is not value.__code__:
        if _is_frameworks(value) or any(True for _ in _rows_of(value)):
            return False
        _OWN[value] = value.__code__
    return True


def check_partial(value: Any) -> None:
    """Checks a partial, which anybody may call: it is around nothing that calls what comes.

    Raises:
        RebuildError: `invalid_state`.
    """
    # One of these stands where a framework's own function has captured it.
    call = _taken_apart(value, True)
    is_held = is_reader(value) or _is_ending(call)
    around = (it for it in _calls_of(value) if it.is_callee)
    reason = None
    if not all(_fits(it) for it in around if not (is_held and it.callee is value.func)):
        reason = "it is around a function that calls what it is given"
    elif _hands_on(call):
        reason = "it would give what runs, or what has a key, as data"
    if reason is not None:
        raise problems.rebuild(
            "invalid_state", f"the state of `{type(value).__qualname__}` is not valid: {reason}"
        )


def _hands_on(call: _Call) -> bool:
    """Returns whether a class or a builtin is given a framework's component, to make data of.

    What flows through a flow may be joined, asked and run.
    """
    if not isinstance(call.callee, (type, *BUILTIN)):
        return False
    waiting, seen = [*call.args, *call.keywords.values()], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        _count(len(seen) > FREE_STEPS)
        seen.add(id(one))
        if type(one) in (list, tuple, set, frozenset):
            waiting += one
        elif type(one) is dict:
            waiting += [*one, *one.values()]
        elif any(row.component or row.secrets for row in _tables.rows_over(type(one))):
            return True
    return False


def is_reader(value: Any) -> bool:
    """Returns whether this is what reads a graph's state for its branches, told what to read."""
    call = _taken_apart(value, True)
    if name_in_tables(call.callee) != READER or call.args:
        return False
    known = {"select", "fresh", "mapper"}
    select, fresh, mapper = map(call.keywords.get, ("select", "fresh", "mapper"))
    texts = select if type(select) is list else [select]
    are_plain = type(fresh) is bool and all(type(text) is str for text in texts)
    return call.keywords.keys() <= known and are_plain and may_be_called(mapper)


def added_to(value: Any) -> dict[str, Any]:
    """Returns the arguments that partials give a framework's own function by name."""
    given: dict[str, Any] = {}
    for call in () if value is None or is_own(value) else _calls_of(value):
        if _is_frameworks(call.callee):
            given |= call.keywords
    return given


def runs(value: Any) -> bool:
    """Returns whether what is called is a method by which a framework's own class is run."""
    if value is None or is_own(value):
        return False
    callees = (call.callee for call in _calls_of(value))
    return any(row.role == "method" for callee in callees for row in _rows_of(callee))


def is_programs(value: Any) -> bool:
    """Returns whether all that is called is a program's own function, or an object of its own."""
    return not any(
        _is_frameworks(call.callee) or isinstance(call.callee, BUILTIN) or _is_plain(call.callee)
        for call in _calls_of(value)
        if call.is_callee and name_in_tables(call.callee) != THREAD
    )


def name_in_tables(function: Any) -> str | None:
    """Returns the name by which a table lists a function, or None."""
    return next((row.name for row in _rows_of(function)), None)


def _calls_of(value: Any) -> Iterator[_Call]:
    """Yields what is called, and all that it has been given or has captured to call.

    Raises:
        RebuildError: `invalid_state`, it leads to too much: what lies behind is not judged.
    """
    waiting, seen, reached = [(value, True)], dict[tuple[int, bool], Any](), 0
    most: int | None = None
    while waiting:
        one, is_callee = waiting.pop()
        # What is seen is kept: another object may get the number of one that is gone.
        if (id(one), is_callee) in seen:
            continue
        seen[id(one), is_callee] = one
        call = _taken_apart(one, is_callee)
        inner = _next_of(call)
        _count(1 + call.layers - (FREE_STEPS if most is None else 0))
        if most is None:
            most = MAX_REACHED + REACHED_PER_ARGUMENT * max(0, len(inner) - 1)
        reached += call.layers
        if reached > most:
            raise _too_much(f"leads to more than {most} others")
        yield call
        waiting += inner


def _count(steps: int) -> None:
    """Counts what has been led to.

    Raises:
        RebuildError: `invalid_state`, it is too much, of all that is judged together.
    """
    if effort.is_overspent("called", steps, MAX_STEPS):
        raise _too_much("is one of many that lead to each other too often to be judged each time")


def _taken_apart(value: Any, is_callee: bool) -> _Call:
    args: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    for layers in range(MAX_LAYERS + 1):
        if layers > 1 and len(args) + len(keywords) > MAX_MERGED:
            raise _too_much(f"gives more than {MAX_MERGED} arguments with those that it is around")
        if isinstance(value, PARTIAL):
            args = (*value.args, *args)
            keywords = {**value.keywords, **keywords}
            value = value.func
        elif type(value) is types.MethodType:
            value = value.__func__
        elif isinstance(value, ALIAS):
            value = value.__origin__
        elif names.name_of(type(value)) == TASK:
            value = vars(value).get("func")
        else:
            return _Call(value, args, keywords, is_callee, layers)
    raise _too_much(f"is around more than {MAX_LAYERS} others")


def _too_much(what: str) -> RebuildError:
    return problems.rebuild("invalid_state", f"a partial or method is not valid: it {what}")


def _next_of(call: _Call) -> list[tuple[Any, bool]]:
    """Returns what a call leads to, each with whether that is called for sure."""
    given = [*call.args, *call.keywords.values()]
    name = name_in_tables(call.callee)
    if _replaces(call.callee):
        return [(it, True) for it in given]
    if name == THREAD:
        return [(_run_there(call), True)] if _is_told_function(call) else []
    if name in (COERCION, PARSER, ENDING):
        return [(it, True) for it in given]
    if not _is_frameworks(call.callee):
        # A program knows which classes it gives its own functions.
        given = [it for it in given if not isinstance(it, type)]
    captured = _captured_by(call.callee) if name is not None else ()
    # Plain values are never more than data, and what holds many may be led to by many.
    return [(it, False) for it in (*given, *captured) if type(it) not in UNCALLED]


def _run_there(call: _Call) -> Any:
    _, function, *rest = call.args
    return functools.partial(function, *rest, **call.keywords)


def _fits(call: _Call) -> bool:
    """Returns whether what is called calls nothing of what comes."""
    callee = call.callee
    if type(callee) is types.FunctionType:
        return all(_row_fits(row, call) for row in _rows_of(callee))
    if isinstance(callee, type):
        form = FORMS.get(names.name_of(callee) or "")
        return form(call) if form else _may_make(callee) or _is_told_factory(call)
    if _replaces(callee):
        return not call.is_callee or _is_told_replacement(call)
    row = _tables.row_of(names.name_of(type(callee)) or "")
    return row is None or row.called or not (call.is_callee and callable(callee))


def _row_fits(row: Row, call: _Call) -> bool:
    if row.name in FORMS:
        return FORMS[row.name](call)
    if row.role == "method" and (call.args or not _RUN_WITH.isdisjoint(call.keywords)):
        return False
    return row.called


_RUN_WITH = {"input", "config"}
"""What the methods of runnables are run with: settings of a file would stand where data comes."""


def _replaces(callee: Any) -> bool:
    """Returns whether this is the method of a pattern that calls what it is given to put in."""
    if not isinstance(callee, BUILTIN) or callee.__name__ not in ("sub", "subn"):
        return False
    owner = getattr(callee, "__objclass__", None) or type(getattr(callee, "__self__", None))
    return owner is re.Pattern


def _is_told_replacement(call: _Call) -> bool:
    is_bound = hasattr(call.callee, "__self__")
    return "repl" in call.keywords or len(call.args) > (0 if is_bound else 1)


def _is_told_function(call: _Call) -> bool:
    return len(call.args) > 1 and callable(call.args[1])


def _is_told_class(call: _Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], type) and not call.keywords


def _is_told_factory(call: _Call) -> bool:
    """Returns whether this makes maps that make plain values, or such maps, of what they lack."""
    for _ in range(MAX_LAYERS):
        if call.callee is not collections.defaultdict or not call.args:
            break
        call = _taken_apart(call.args[0], True)
    factory = call.callee
    return is_own(factory) or (
        isinstance(factory, type) and names.name_of(factory) in ADMITTED_MAKERS
    )


def _is_told_schema(call: _Call) -> bool:
    is_alone = not call.args and call.keywords.keys() == {"schema"}
    return is_alone and isinstance(call.keywords["schema"], type)


def _is_ending(call: _Call) -> bool:
    """Returns whether this ends what is traced: it is told how to show what a function gave."""
    is_alone = not call.args and call.keywords.keys() == {"outputs_processor"}
    return is_alone and name_in_tables(call.callee) == ENDING


def _is_told_rule(call: _Call) -> bool:
    """Returns whether this redacts what is streamed, by a rule whose own functions were judged."""
    is_alone = not call.args and call.keywords.keys() == {"rule"}
    return is_alone and names.name_of(type(call.keywords["rule"])) == RULE


FORMS: Mapping[str, Callable[[_Call], bool]] = {
    THREAD: _is_told_function,
    COERCION: _is_told_class,
    PARSER: _is_told_schema,
    REDACTOR: _is_told_rule,
    ENDING: lambda call: not call.is_callee and _is_ending(call),
}
"""Functions and classes that call what they are given, and how a partial tells them of it."""


def _may_make(cls: type) -> bool:
    """Returns whether calling a class makes an object, and calls nothing for that."""
    name = names.name_of(cls) or ""
    if _is_of_library(name):
        return name in ADMITTED_MAKERS
    row = _tables.row_of(name)
    # Graphs and channels make things of the types that they are given.
    return row is None or (row.value and not (row.check or row.types or row.schemas))


def _is_frameworks(callee: Any) -> bool:
    is_function = type(callee) is types.FunctionType
    if is_function:
        module = callee.__globals__.get("__name__")
    else:
        module = (callee if isinstance(callee, type) else type(callee)).__module__
    return str(module).partition(".")[0] in _tables.TABLES


def _is_plain(callee: Any) -> bool:
    """Returns whether this is a class of the standard library, or an object of one."""
    cls = callee if isinstance(callee, type) else type(callee)
    return _is_of_library(names.name_of(cls))


def _is_of_library(name: str | None) -> bool:
    return name in ADMITTED or name in ADMITTED_VALUES or name in ADMITTED_TYPES


def _captured_by(function: types.FunctionType) -> Iterator[object]:
    """Yields what a framework's own function has captured, but for functions beside it."""
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):
            held = cell.cell_contents
            is_function = type(held) is types.FunctionType
            if not (is_function and held.__globals__ is function.__globals__):
                yield held


def _rows_of(function: Any) -> Iterator[Row]:
    """Yields the rows of a function, by its name and by where its code stands."""
    if type(function) is not types.FunctionType:
        return
    # What it says of itself may be a file's.
    placed = f"{function.__globals__.get('__name__')}:{function.__code__.co_qualname}"
    named = names.name_of(function)
    found = (_tables.row_of(name) for name in {placed, named or placed})
    yield from (row for row in found if row is not None)
