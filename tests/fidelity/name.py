"""What is written as a name: functions, classes, modules, code inside functions."""

from __future__ import annotations

import collections.abc
import functools
import json
import math
import operator
import os.path
import typing
from typing import Any

import program
import pydantic
import records
from cases import Case

OF = typing.TypeVar("OF")

CASES: dict[str, Any] = {
    "a function": Case(lambda: program.double, lambda it: it(2)),
    "builtin functions": Case(lambda: [len, math.sqrt, sorted, print], lambda it: it[0]([1])),
    "operators": Case(
        lambda: [operator.add, operator.or_], lambda it: it[0](1, 2), allow=("_operator:or_",)
    ),
    "a static method": Case(lambda: program.Plain.twice, lambda it: it(4)),
    "a class method": Case(lambda: program.Plain.kind, lambda it: it()),
    "a method of the class": Case(lambda: program.Plain.greet, lambda it: it(None)),
    "classes": lambda: [program.Plain, program.Card, program.Color, program.Meta, int, dict],
    "interpreter types": lambda: [type(None), type(...), type(NotImplemented)],
    "nested classes": lambda: [program.Outer.Inner, program.Outer.Inner.Innermost],
    "exception classes": lambda: [ValueError, program.OddError, KeyboardInterrupt],
    "modules": lambda: [json, os.path, program, collections.abc],
    "methods of builtin types": Case(
        lambda: [str.join, list.__len__, dict.get, dict.fromkeys], lambda it: it[0]("-", ["a", "b"])
    ),
    "a closure": Case(lambda: program.maker(3), lambda it: [it(1), it(1, more=5), it.__doc__]),
    "a closure with other defaults": Case(
        lambda: defaulted(program.maker(3)), lambda it: [it(1), it.__kwdefaults__]
    ),
    "a closure with attributes": lambda: attributed(program.maker(3)),
    "closures that share a cell": Case(program.counter, lambda it: [it[0](), it[0](), it[1]()]),
    "a closure that calls itself": Case(program.recursive, lambda it: it(5)),
    "an empty cell": program.unset_cell,
    "lambdas on one line": Case(program.lambdas, lambda it: [it[0](1), it[1](5)]),
    "a lambda of a module": Case(lambda: program.adder, lambda it: it(1, 2)),
    "a wrapped function": Case(lambda: program.shown, lambda it: it(1)),
    "a function that wraps": Case(lambda: program.wrapper, lambda it: it(1)),
    "what a wrapper makes": Case(
        lambda: program.decorated(program.double), lambda it: [it(1), it.__name__]
    ),
    "a cached function": Case(lambda: program.cached, lambda it: it(2)),
    "dispatch": Case(lambda: program.dispatched, lambda it: it(1)),
    "a closure over an object": Case(
        lambda: closed_over(), lambda it: [it[0](), it[0].__closure__[0].cell_contents is it[1]]
    ),
    "generic aliases": lambda: [list[int], dict[str, list[int]], tuple[int, ...], type[int]],
    "typing aliases": lambda: [
        typing.List[int],  # noqa: UP006
        typing.Optional[int],  # noqa: UP045
        typing.Union[int, str],  # noqa: UP007
        typing.Callable[[int], str],
        typing.Any,
        typing.Literal["a", 1, True],
        typing.Annotated[int, "note", records.Person],
        int | None,
        collections.abc.Callable[[int], str],
        typing.ClassVar[int],
    ],
    "a type variable": lambda: [program.Item, list[program.Item]],  # type: ignore[valid-type]
    "a generic of a program": lambda: [program.Box[int], program.Boxed[str]],
    "a generic model": lambda: [records.Box[int], records.Box[records.Box[str]]],
    "typed dicts": lambda: [program.Movie, program.Proto],
    "partials of classes": Case(lambda: functools.partial(program.Plain, a=1), lambda it: it().a),
    "a model made at run time": Case(
        lambda: pydantic.create_model(
            "Made",
            __module__="name",
            x=(int, ...),
            y=(list[str], pydantic.Field(default_factory=list)),
        ),
        lambda it: [it(x=1).model_dump(), it.model_json_schema()],
    ),
    "an instance of a model made at run time": Case(
        lambda: pydantic.create_model("Made", __module__="name", x=(int, 3))(x=4),
        lambda it: it.model_dump(),
    ),
    "a typed dict made at run time": lambda: typing.TypedDict(  # type: ignore[misc]
        "Run", {"a": int, "b": typing.NotRequired[str]}
    ),
    "method objects": lambda: [object().__init__.__name__, "x".upper, [].append],
    "functools.cmp_to_key": lambda: functools.reduce,
}


def defaulted(function: Any) -> Any:
    function.__defaults__ = (10,)
    function.__kwdefaults__ = {"more": 20}
    return function


def attributed(function: Any) -> Any:
    function.note, function.self = [1], function
    return function


def closed_over() -> Any:
    plain = program.Plain(a=1)

    def read() -> Any:
        return plain.a

    return [read, plain]
