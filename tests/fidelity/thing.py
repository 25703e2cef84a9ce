"""Objects of a program, and objects of the standard library that have a state."""

from __future__ import annotations

import array
import collections
import functools
import io
import itertools
import json
import logging
import operator
import random
import string
import types
from typing import Any

import program
from cases import Case


def slotted(cls: Any = program.Slotted) -> Any:
    made = cls()
    made.one = [1]
    return made.hide({"a": 1})


def cached(made: Any) -> Any:
    made.seen.append(made)
    if hasattr(made, "__dict__"):
        vars(made).update({"extra": made.seen, "x_of": made.x})
    return made


def seen(made: Any) -> Any:
    return made.seen[0], len(made.seen), hasattr(made, "extra")


def ends_met() -> io.StringIO:
    made = io.StringIO(newline=None)
    made.write("a\r\nb\r")
    return made


def slotted_more() -> Any:
    made = slotted(program.SlottedMore)
    made.three, made.free = made.one, 4
    return made


def advanced(iterator: Any, steps: int) -> Any:
    for _ in range(steps):
        next(iterator)
    return iterator


def rest(iterators: Any) -> Any:
    return [list(itertools.islice(iterator, 5)) for iterator in iterators]


def covered() -> Any:
    made = program.Loose(level=2, tags=["own"])
    made.extra = made.tags
    return made


def with_registered_state(cls: Any, **attributes: Any) -> Any:
    made = cls()
    vars(made).update(attributes)
    return made


def dice() -> Any:
    made = program.Dice(7)
    made.random()
    made.gauss(0, 1)
    return made


def os_errors() -> list[Any]:
    return [
        OSError(2, "no such file", "a.txt"),
        FileNotFoundError(2, "gone", "a", None, "b"),
        PermissionError("only text"),
        program.OldError(13, "denied"),
        TimeoutError(),
    ]


def grown_error() -> BaseException:
    error = program.OddError(4, reason="x")
    error.more = [1]  # type: ignore[attr-defined]
    error.again = error.more  # type: ignore[attr-defined]
    return error


def error_fields() -> list[Any]:
    try:
        raise AttributeError("no x", name="x", obj=[1])
    except AttributeError as error:
        named = error.with_traceback(None)
    return [
        named,
        NameError("no y", name="y"),
        ImportError("no z", name="z", path="/z"),
        StopIteration([1]),
        SystemExit(3),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        UnicodeEncodeError("ascii", "é", 0, 1, "bad"),
        SyntaxError("bad", ("f.py", 1, 2, "x =", 1, 3)),
        KeyError("k"),
        json.JSONDecodeError("bad", "doc", 1),
    ]


CASES: dict[str, Any] = {
    "plain": Case(lambda: program.Plain(a=1, b=[2]), lambda it: it.greet("x")),
    "no attributes": lambda: program.Plain(),
    "attributes with odd names": lambda: program.Plain(**{"a b": 1, "lc": 2, "": 3, "é": 4}),
    "slots": Case(slotted, lambda it: it.shown()),
    "slots and a dict": slotted_more,
    "an unset slot": lambda: program.Slotted(),
    "slots with weak references": lambda: with_slot(program.SlottedWeak(), "value", [1]),
    "own state": lambda: program.Stateful([1]),
    "a state that is a tuple": lambda: with_registered_state(program.TupleState, a=[1]),
    "a state that is false": lambda: program.FalseState(state=0),
    "reduce to a class": lambda: program.Reduced(1, [2]),
    "reduce with everything": lambda: reduced_fully(),
    "reduce to a function": Case(
        lambda: program.ReducedByFunction([1]), allow=("program:rebuilt",)
    ),
    "reduce to a name": lambda: [program.ONLY, program.ONLY],
    "arguments of new": lambda: program.NewArguments(1, [2]),
    "keywords of new": lambda: program.NewKeywords(name="n"),
    "copyreg": lambda: program.Registered([1]),
    "no attributes from outside": Case(lambda: program.WithSetattr([1]), lambda it: it.anything),
    "an equality that raises": lambda: program.LyingEquality(a=1),
    "a dataclass": Case(
        lambda: program.Card("hearts", [1]), lambda it: [repr(it), program.fields_of(it)]
    ),
    "a dataclass with attributes": lambda: with_registered_state(
        lambda: program.Card("x"), extra=1
    ),
    "a dataclass without a field": lambda: without(program.Card("x"), "notes"),
    "a frozen dataclass": Case(lambda: program.Frozen(1, (2,)), hash),
    "a dataclass with slots": lambda: program.Slim([1], {2: 3}),
    "a frozen dataclass with slots": lambda: program.FrozenSlim((1,), "x"),
    "keyword-only fields": lambda: program.Keywords(1, second=3, third=[4]),
    "an ordered dataclass": Case(
        lambda: [program.Ranked(2, "b"), program.Ranked(1, "a")],
        lambda it: [r.name for r in sorted(it)],
    ),
    "a generic dataclass": lambda: program.Boxed([1]),
    "a dataclass that extends one": lambda: program.CardChild("x", owner=program.Plain(a=1)),
    "attrs": Case(lambda: program.Attributed(1, [2]), repr),
    "frozen attrs": Case(lambda: program.AttributedFrozen((1,), 3), hash),
    "attrs with a dict": lambda: program.AttributedDict(5),
    "attrs with a cached hash": Case(
        lambda: hashed(program.AttributedHashed("x")), lambda it: {it: 1}[it]
    ),
    "attrs with a cached property": Case(lambda: cached(program.AttributedCached(1)), seen),
    "attrs with a cached property not asked": Case(lambda: program.AttributedCached(1), seen),
    "what extends attrs with slots": Case(lambda: cached(program.AttributedChild(1)), seen),
    "attrs with a dict and slots": lambda: cached(program.AttributedMore(1, [2])),
    "attrs with slots beside a dict": lambda: cached(program.AttributedLast(1, [2], 3)),
    "a text that has met ends of lines": Case(lambda: ends_met(), lambda it: it.newlines),
    "an attrs error": lambda: program.AttributedError(3),
    "enum": lambda: [program.Color.RED, program.Color.CRIMSON, program.Color.GREEN],
    "text enum": Case(lambda: [program.Shade.DARK, program.Shade.GLOOM], lambda it: it[0] + "!"),
    "int enum": lambda: program.Rank.LOW,
    "flags": Case(
        lambda: [program.Right.READ, program.Right.READ | program.Right.WRITE, program.Right(0)],
        lambda it: it[1] is program.Right.BOTH,
    ),
    "int flags": lambda: [program.Bits.ONE | program.Bits.TWO, program.Bits(8), program.Bits(0)],
    "an enum with a constructor": Case(lambda: program.Planet.MARS, lambda it: it.mass),
    "an enum made by a call": lambda: [program.Made.TWO, program.Made],
    "an exception": lambda: ValueError("x", [1], {"a": 2}),
    "an exception with a cause": lambda: program.raised(ValueError("a"), KeyError("b")),
    "an exception with a context": program.chained,
    "an exception with notes": program.noted,
    "an exception with an odd constructor": lambda: program.OddError(4, reason="x"),
    "an exception that forgets its arguments": lambda: program.BareError(1, [2]),
    "an exception with a slot": lambda: with_slot(program.SlottedError("v"), "detail", [1]),
    "an exception with attributes": grown_error,
    "errors of the system": os_errors,
    "errors with members": error_fields,
    "an exception group": lambda: ExceptionGroup(
        "many", [ValueError(1), program.OddError(1, reason="r")]
    ),
    "an error in itself": lambda: tied_error(),
    "an inner class": lambda: [program.Outer.Inner(3), program.Outer.Inner.Innermost(a=1)],
    "a generic": lambda: program.Box([1]),
    "a generic that knows its arguments": lambda: program.Box[int](1),
    "a metaclass": lambda: program.Metaed(1),
    "an abstract class": Case(lambda: program.Square(3), lambda it: it.area()),
    "a property": Case(lambda: program.Temperature(1.5), lambda it: it.degrees),
    "a cached property": Case(program.computed, lambda it: [it.squares, it.calls]),
    "an uncached property": Case(lambda: program.Computed(2), lambda it: [it.squares, it.calls]),
    "a class that is made once": lambda: program.Singleton(),
    "attributes that cover the class": covered,
    "slots and a generic": lambda: with_slot(slotted(program.Mixed), "item", 1),
    "typed dict": lambda: program.Movie(title="x", year=1),
    "a context manager": lambda: program.Manager(),
    "a random generator": Case(
        lambda: advanced_random(random.Random(3)), lambda it: [it.random(), it.gauss(0, 1)]
    ),
    "a subclass of random": Case(dice, lambda it: [it.random(), it.gauss(0, 1), it.name]),
    "iterators over lists": Case(
        lambda: [advanced(iter([1, 2, 3]), 1), iter([]), advanced(iter([1]), 1)], rest
    ),
    "a list and its iterator": Case(
        lambda: list_and_iterator(), lambda it: [it[0].append(9), list(it[1])]
    ),
    "an exhausted iterator": Case(lambda: exhausted(), lambda it: [it[0].append(1), list(it[1])]),
    "iterators over tuples and ranges": Case(
        lambda: [
            advanced(iter((1, [2], 3)), 2),
            advanced(iter(range(9)), 3),
            advanced(iter(range(2**70, 2**70 + 9)), 1),
            advanced(iter("abc"), 1),
            advanced(iter(b"abc"), 1),
        ],
        rest,
    ),
    "reversed": Case(lambda: [advanced(reversed([1, 2, 3]), 1), reversed((1, 2))], rest),
    "enumerate, zip and map": Case(
        lambda: [
            advanced(enumerate([5, 6, 7], 2), 1),
            advanced(zip([1, 2, 3], "abc", strict=True), 1),
            map(program.double, [1, 2]),
            filter(None, [0, 1, 2]),
        ],
        rest,
    ),
    "iterators over more": Case(
        lambda: [
            advanced(iter("aé漢"), 1),
            advanced(iter(bytearray(b"abc")), 1),
            advanced(iter(array.array("i", [1, 2, 3])), 1),
            advanced(iter(collections.deque([1, 2, 3])), 1),
            advanced(reversed(collections.deque([1, 2, 3])), 1),
            advanced(iter(program.Stack([1, [2]])), 1),
        ],
        rest,
    ),
    "files in memory": Case(
        lambda: [placed(io.StringIO("a\nb"), 2), placed(io.BytesIO(b"abc"), 1), io.StringIO("")],
        lambda it: [one.read() for one in it],
    ),
    "a file in memory with attributes": lambda: with_slot(io.StringIO("a"), "name", ["x"]),
    "a subclass of random with attributes": Case(
        lambda: with_slot(dice(), "log", [1]), lambda it: [it.random(), it.log]
    ),
    "what a cached function is": Case(
        lambda: [program.Kept.count, program.Kept().count], lambda it: it[1]()
    ),
    "a function that sets the state": Case(
        lambda: program.Seated("Ada", [1]), allow=("program:seat",)
    ),
    "made by a class method": Case(
        lambda: [program.Packed.of(1, [2]), program.PackedTwice.of(3)],
        allow=("program:Packed.of",),
    ),
    "arguments by name": lambda: program.Worded(text="a"),
    "an object that is only its class": lambda: [program.Bare(), program.Bare()],
    "itertools": Case(
        lambda: [
            advanced(itertools.count(3, 2), 2),
            advanced(itertools.cycle([1, 2, 3]), 4),
            itertools.repeat("x", 2),
            advanced(itertools.chain([1, 2], (3,)), 1),
            itertools.islice([1, 2, 3], 1, None),
        ],
        rest,
    ),
    "partial": Case(
        lambda: functools.partial(program.maker, 3),
        lambda it: it()(1),
    ),
    "a partial with keywords": Case(
        lambda: functools.partial(sorted, key=len, reverse=True), lambda it: it(["a", "bb"])
    ),
    "a partial with attributes": lambda: with_registered_state(
        lambda: functools.partial(program.double, 3), note=[1]
    ),
    "a partial of a partial": Case(
        lambda: functools.partial(functools.partial(max, 1), 5), lambda it: it(3)
    ),
    "a partial of a method": Case(
        lambda: functools.partial(program.Plain(a=1).greet, "x"), lambda it: it()
    ),
    "bound methods": Case(
        lambda: shared_methods(), lambda it: [it[0](), it[1](), it[0].__self__ is it[2]]
    ),
    "bound builtin methods": Case(
        lambda: bound_builtins(), lambda it: [it[0](3), it[1], it[2]("-"), it[3]("k")]
    ),
    "operator getters": Case(
        lambda: [
            operator.itemgetter(1),
            operator.itemgetter("a", "b"),
            operator.attrgetter("real"),
            operator.methodcaller("upper"),
        ],
        lambda it: [it[0]("ab"), it[1]({"a": 1, "b": 2}), it[2](3), it[3]("x")],
    ),
    "loggers": Case(
        lambda: [logging.getLogger("corpus.a"), logging.getLogger()], lambda it: it[0].name
    ),
    "templates of text": Case(lambda: string.Template("$a"), lambda it: it.substitute(a=1)),
    "a namespace of objects": lambda: types.SimpleNamespace(a=program.Plain(b=1)),
    "a struct time": lambda: time_tuple(),
}


def with_slot(made: Any, name: str, value: Any) -> Any:
    setattr(made, name, value)
    return made


def placed(made: Any, position: int) -> Any:
    made.seek(position)
    return made


def without(made: Any, name: str) -> Any:
    delattr(made, name)
    return made


def hashed(made: Any) -> Any:
    hash(made)
    return made


def reduced_fully() -> Any:
    made = program.ReducedFully("n")
    made.list += [1, [2]]
    made.dict["k"] = made.list[1]
    made.note = "x"  # type: ignore[attr-defined]
    return made


def tied_error() -> Any:
    error = ValueError("x")
    error.args = (error, [error])
    return error


def advanced_random(made: random.Random) -> random.Random:
    made.random()
    made.gauss(0, 1)
    return made


def list_and_iterator() -> Any:
    held = [1, 2, 3]
    return [held, advanced(iter(held), 1)]


def exhausted() -> Any:
    held = [1]
    iterator = iter(held)
    list(iterator)
    return [held, iterator]


def shared_methods() -> Any:
    plain = program.Plain(a=1)
    return [plain.greet, program.Plain.kind, plain, program.Outer.Inner]


def bound_builtins() -> Any:
    held = [1, 2]
    return [held.append, held, "{}".join, {"k": 5}.get]


def time_tuple() -> Any:
    import time

    return time.struct_time((2024, 1, 2, 3, 4, 5, 1, 2, 0))
