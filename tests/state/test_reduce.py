"""Classes with pickling hooks, and those that extend a builtin, come back as pickle brings them."""

from __future__ import annotations

import datetime
import pickle
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import persist
import pytest
import uuid_utils
from persist import CaptureError, RebuildError, UntrustedError
from persist.state import calls

import hooks
from trips import python

ALLOW = ["hooks", "hooks:open_account", "hooks:seat", "hooks:Parcel.packed"]


def back(value: Any) -> Any:
    text = persist.dumps(value)
    made = persist.loads(text, allow=ALLOW)
    assert type(made) is type(value)
    assert persist.dumps(made) == text
    assert persist.dumps(value) == text
    return made


def looped(made: Any, fill: Callable[[Any], object]) -> Any:
    fill(made)
    return made


def strict() -> hooks.Strict:
    made = hooks.Strict()
    list.extend(made, [1, made])
    made.mark = made
    return made


def upper() -> hooks.Upper:
    made = hooks.Upper()
    dict.__setitem__(made, "low", made)
    return made


def argued() -> hooks.Argued:
    return hooks.Argued(1, [2], name="x", lc=1)


def stated() -> hooks.Stated:
    made = hooks.Stated()
    made.state = {"me": made}
    return made


def line() -> hooks.Line:
    made = hooks.Line()
    made.items = [1, made, [made]]
    return made


def table() -> hooks.Table:
    made = hooks.Table()
    made.rows = [("a", made), ("a", 2), ((1,), 3)]
    return made


def account() -> hooks.Account:
    made = hooks.open_account(["Ada"])
    made.balance = 7
    return made


def old() -> hooks.Old:
    made = object.__new__(hooks.Old)
    vars(made)["me"] = made
    return made


def slotted() -> hooks.Slotted:
    made = hooks.Slotted()
    made.one, made.two = [1], 2
    return made


def guest() -> hooks.Guest:
    made = hooks.Guest()
    made.seat, made.friends = 3, [made]
    return made


MADE: dict[str, tuple[Callable[[], Any], Callable[[Any], bool]]] = {
    "a list": (lambda: hooks.Listed([1, [2]]), lambda it: list(it) == [1, [2]]),
    "a list in itself": (
        lambda: looped(hooks.Listed(), lambda it: it.append(it)),
        lambda it: it[0] is it,
    ),
    "a list with methods of its own": (
        strict,
        lambda it: list.__getitem__(it, 1) is it and it.mark is it and len(it) == 2,
    ),
    "a dict": (lambda: hooks.Mapped({"b": 1, "a": 2}), lambda it: list(it) == ["b", "a"]),
    "a dict in itself": (
        lambda: looped(hooks.Mapped(), lambda it: it.update({(1,): it})),
        lambda it: it[(1,)] is it,
    ),
    "a dict with methods of its own": (upper, lambda it: it["low"] is it),
    "a set": (lambda: hooks.Grouped({"a", 1}), lambda it: it == {"a", 1}),
    "a tuple": (lambda: hooks.Paired((1, 2)), lambda it: it == (1, 2)),
    "a tuple in itself": (
        lambda: looped(hooks.Paired(([],)), lambda it: it[0].append(it)),
        lambda it: it[0][0] is it,
    ),
    "a frozenset": (lambda: hooks.Fixed({1, 2}), lambda it: it == {1, 2}),
    "a complex": (lambda: hooks.Turned(1, -0.0), lambda it: str(complex(it)) == "(1-0j)"),
    "a bytearray": (lambda: hooks.Buffer(b"ab"), lambda it: it == b"ab"),
    "a named tuple": (lambda: hooks.Place("High", [5]), lambda it: it.number == [5]),
    "a typed named tuple": (lambda: hooks.Person("Ada"), lambda it: it == ("Ada", 0)),
    "init": (lambda: hooks.Initial([1]), lambda it: it.value == [1]),
    "init in itself": (
        lambda: looped(hooks.Initial([]), lambda it: it.value.append(it)),
        lambda it: it.value[0] is it,
    ),
    "a protocol": (lambda: hooks.Versioned(1), lambda it: it.protocol == 4),
    "arguments": (argued, lambda it: it.given == ((1, [2]), {"name": "x", "lc": 1})),
    "state": (stated, lambda it: it.state["me"] is it),
    "state that is false": (hooks.Empty, lambda it: it.state == ("set", 0)),
    "state without a setter": (hooks.Trimmed, lambda it: vars(it) == {"kept": 1}),
    "elements": (line, lambda it: it.items[1] is it and it.items[2][0] is it),
    "entries": (table, lambda it: it.rows == [("a", it), ("a", 2), ((1,), 3)] and it.kind),
    "a call": (account, lambda it: it.owner == ["Ada"] and it.balance == 7),
    "copyreg": (lambda: hooks.Registered([1]), lambda it: it.value == [1]),
    "a bare object": (old, lambda it: it.me is it),
    "a single instance": (hooks.Single, lambda it: it is hooks.Single.instance),
    "a global": (lambda: hooks.UNSET, lambda it: it is hooks.UNSET),
    "a function that sets the state": (guest, lambda it: it.seat == 3 and it.friends[0] is it),
    "a class method": (lambda: hooks.Parcel.packed(1, [2]), lambda it: it.label == [1, [2], {}]),
    "a class method of a base": (
        lambda: hooks.Crate.packed(1, lc=2),
        lambda it: type(it) is hooks.Crate and it.label == [1, {"lc": 2}],
    ),
    "arguments by name": (lambda: hooks.Titled(title=[1]), lambda it: it.title == [1]),
    "an object without anything": (hooks.Nothing, lambda it: type(it) is hooks.Nothing),
    "slots": (slotted, lambda it: it.one == [1] and not hasattr(it, "two")),
}


@pytest.mark.parametrize("name", MADE)
def test_it_comes_back(name: str) -> None:
    make, is_right = MADE[name]
    assert is_right(back(make()))


@pytest.mark.parametrize("name", MADE)
def test_two_mentions_come_back_as_one(name: str) -> None:
    value = MADE[name][0]()
    one, other = persist.loads(persist.dumps([value, (value,)]), allow=ALLOW)
    assert other[0] is one
    assert MADE[name][1](one)


def test_attributes_of_a_builtins_subclass_come_back() -> None:
    for value in (hooks.Listed([1]), hooks.Mapped(a=1), hooks.Grouped([1]), hooks.Fixed([1])):
        value.more = [value]
        made = back(value)
        assert made.more[0] is made
        assert made == value


def test_another_process_reads_them_and_writes_the_same_text() -> None:
    values = [MADE[name][0]() for name in MADE]
    text = persist.dumps(values)
    program = (
        "import persist, sys\n"
        f"made = persist.loads(sys.argv[1], allow={ALLOW!r})\n"
        "sys.stdout.write(persist.dumps(made))"
    )
    assert python(program, text, seed=7) == text
    again = persist.loads(text, allow=ALLOW)
    for name, value in zip(MADE, again, strict=True):
        assert MADE[name][1](value)


def test_a_hook_is_called_once_each() -> None:
    value = hooks.Initial([])
    value.value.append(value)
    persist.dumps([value, value])
    assert value.calls == 1


def test_a_hook_in_a_set_is_called_once_each() -> None:
    values = [hooks.Initial({frozenset({hooks.Initial(at)})}) for at in range(4)]
    held = [it for value in values for inner in value.value for it in inner]
    text = persist.dumps([set(values), {frozenset(values[:2]), values[0]}, values])
    assert [it.calls for it in (*values, *held)] == [1] * 8
    assert persist.dumps([set(values), {frozenset(values[:2]), values[0]}, values]) == text


def test_a_hook_in_a_set_is_refused_once() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({hooks.Shapeless(3), hooks.Shapeless(4)})
    assert [it.path for it in raised.value.problems] == ["${0}", "${1}"]


def test_a_temporary_of_a_hook_is_kept_until_the_text_is_written() -> None:
    made = persist.loads(
        persist.dumps([hooks.Versioned(str(at)) for at in range(500)]), allow=ALLOW
    )
    assert [it.value for it in made] == [str(at) for at in range(500)]


REFUSED: dict[str, tuple[Any, str]] = {
    "a setter": (hooks.Setter(), "state set by a function that no name leads to"),
    "a call that reaches anything": (
        hooks.Shapeless((getattr, (hooks.Held, "x"))),
        "its class `hooks.Shapeless` has it made by `builtins.getattr`, which no name leads to",
    ),
    "arguments that nobody gives": (hooks.Needy(1), "needs arguments"),
    "state that is no dict": (hooks.Wordy(), "no `__setstate__`"),
    "an attribute that hides a method": (hooks.Shadowing(), "`act`"),
    "a function without a name": (hooks.Local(), "no name leads to"),
    "a hook that raises": (hooks.Raising(), "raises `TypeError`"),
    "a number": (hooks.Shapeless(3), "something else than a tuple"),
    "a name": (hooks.Shapeless("name"), "the name of a global that is something else"),
    "a short tuple": (hooks.Shapeless((list,)), "wrong length"),
    "arguments in a list": (hooks.Shapeless((list, [])), "arguments that are no tuple"),
    "elements without a method": (
        hooks.Shapeless((hooks.Shapeless, (), None, iter([1]))),
        "append",
    ),
    "entries that are no pairs": (
        hooks.Shapeless((hooks.Shapeless, (), None, None, iter([1]))),
        "no pairs",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_restore_would_give_back_is_refused(name: str) -> None:
    value, reason = REFUSED[name]
    with pytest.raises(CaptureError) as raised:
        persist.dumps([value])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert reason in problem.reason
    assert "secret words" not in str(raised.value)


def test_the_path_leads_through_a_hook() -> None:
    bad = (it for it in ())
    values = [hooks.Initial(bad), hooks.Listed([1, bad]), hooks.Mapped({"a": bad, (1,): bad})]
    stated = hooks.Stated()
    stated.state = bad
    with pytest.raises(CaptureError) as raised:
        persist.dumps([*values, stated, {"x": hooks.Paired([bad])}])
    assert [problem.path for problem in raised.value.problems] == [
        "$[0].__reduce__()[1][0]",
        "$[1][1]",
        "$[2].a",
        "$[2][(1,)]",
        "$[3].__getstate__()[0]",
        "$[4].x.__tuple__()[0]",
    ]


def test_a_function_to_call_is_admitted_by_its_exact_name_alone() -> None:
    text = persist.dumps(account())
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text, allow="hooks")
    assert raised.value.allow == ["hooks:open_account"]
    assert raised.value.kind == "not_allowed"


def test_the_metadata_names_what_is_called() -> None:
    metadata = persist.snapshot(account(), "memory://account")
    assert metadata["needs"] is not None
    assert metadata["needs"]["allow"] == ["hooks:Account", "hooks:open_account"]
    restored = persist.restore("memory://account", allow=["hooks", hooks.open_account])
    assert restored.balance == 7


def failure() -> BaseException:
    error = hooks.HookError(3, reason="late")
    error.add_note("a note")
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise error from first
    except hooks.HookError as raised:
        return raised


def slot_failure() -> BaseException:
    error = hooks.SlotError(2, "gone", "a.txt")
    error.place = [error]
    return error


EXCEPTIONS: list[BaseException] = [
    failure(),
    slot_failure(),
    ValueError(),
    KeyError([1], 2),
    FileNotFoundError(2, "gone", "a.txt"),
    OSError(1, "a", "from", None, "to"),
    BlockingIOError(11, "later", 7),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    UnicodeEncodeError("ascii", "\xff", 0, 1, "bad"),
    UnicodeTranslateError("\xff", 0, 1, "bad"),
    SystemExit(3),
    StopIteration([4]),
    ImportError("no", name="a", path="b"),
    AttributeError("no", name="a", obj=[1]),
    NameError("no", name="a"),
    SyntaxError("bad", ("a.py", 1, 2, "text", 1, 3)),
    ExceptionGroup("all", [ValueError(1), KeyError(2)]),
]


def told(error: BaseException) -> list[Any]:
    names = ("errno", "strerror", "filename", "filename2", "characters_written", "code", "value")
    names += (
        "encoding",
        "object",
        "start",
        "end",
        "reason",
        "msg",
        "name",
        "path",
        "obj",
        "lineno",
    )
    names += ("offset", "text", "print_file_and_line", "end_lineno", "end_offset", "__notes__")
    held = [getattr(error, name, "unset") for name in names]
    inner = [told(one) for one in getattr(error, "exceptions", ())]
    chain = [
        error.__cause__ and told(error.__cause__),
        error.__context__ and repr(error.__context__),
    ]
    return [type(error), repr(error), held, inner, chain, error.__suppress_context__]


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
def test_an_exception_comes_back(error: BaseException) -> None:
    made = back(error)
    assert told(made) == told(error)
    assert str(made) == str(error)
    assert len(made.args) == len(error.args)
    assert made.__traceback__ is None


def test_an_exception_refers_to_itself() -> None:
    error = ValueError([])
    error.args[0].append(error)
    error.owner = {"error": error}  # type: ignore[attr-defined]
    made = back(error)
    assert made.args[0][0] is made
    assert made.owner["error"] is made


def test_the_code_of_an_error_of_unicode_is_checked_both_ways() -> None:
    error = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")
    error.start = -9
    with pytest.raises(CaptureError, match="do not fit together"):
        persist.dumps(error)
    text = persist.dumps(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"))
    for bad in (text.replace('"object":{"lc":"bytes","v":"/w=="}', '"object":7'),):
        assert bad != text
        with pytest.raises(RebuildError) as raised:
            persist.loads(bad)
        assert raised.value.kind == "invalid_state"


def test_pickle_agrees() -> None:
    """What the classes of this test are for is what pickle makes of them."""
    for name in ("init", "arguments", "state", "elements", "a call", "slots", "copyreg"):
        make, is_right = MADE[name]
        assert is_right(pickle.loads(pickle.dumps(make(), 4)))


def test_what_a_hook_of_the_library_leaves_out_is_refused_where_it_cannot_be_set() -> None:
    for made, owner in ((hooks.StatedVotes("a"), "Counter"), (hooks.SlottedSignal("d"), "array")):
        made.note = 1
        with pytest.raises(CaptureError) as raised:
            persist.dumps([made])
        (problem,) = raised.value.problems
        assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
        assert f"the hook of `{owner}` leaves its" in problem.reason


def numbering() -> Any:
    ids: Any = defaultdict()
    ids.default_factory = ids.__len__
    return ids


class Held:
    """What it is made of is itself."""

    def __init__(self, *given: Any) -> None:
        self.given = given

    def __reduce__(self) -> tuple[Any, ...]:
        return Held, (self,)


class Bound(Held):
    def __reduce__(self) -> tuple[Any, ...]:
        return Bound, (self.act,)

    def act(self) -> None:
        pass


class Named(Held):
    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.act,)

    def __new__(cls, *given: Any) -> Named:
        return super().__new__(cls)

    def act(self) -> None:
        pass


class Paired(Held):
    """Two that are made of each other."""

    other: Any

    def __reduce__(self) -> tuple[Any, ...]:
        return Paired, (self.other,)


def paired() -> Any:
    one, other = Paired(), Paired()
    one.other, other.other = other, one
    return one


ENDLESS: dict[str, Callable[[], Any]] = {
    "a map that numbers its keys": numbering,
    "itself": Held,
    "a method of itself": Bound,
    "a method that its class is called with": Named,
    "two of each other": paired,
}


@pytest.mark.parametrize("make", ENDLESS.values(), ids=ENDLESS)
def test_what_is_made_of_itself_is_refused(make: Callable[[], Any]) -> None:
    for thing in (make(), {"vocabulary": [make()]}):
        with pytest.raises(CaptureError) as raised:
            persist.dumps(thing)
        (problem,) = raised.value.problems
        assert problem.reason == "it is made of itself, with nothing between that is made first"
        assert not persist.check(thing)


def test_elements_go_to_the_method_that_pickle_gives_them_to() -> None:
    value = hooks.Logged()
    list.extend(value, [1, value])
    back, copied = (
        persist.loads(persist.dumps(value), allow="hooks"),
        pickle.loads(pickle.dumps(value)),
    )
    assert (back.given, back[0], back[1] is back) == ([2], 1, True)
    assert (copied.given, copied[0], copied[1] is copied) == ([2], 1, True)


class AsList:
    """Means to come back as a list."""

    def __reduce__(self) -> tuple[Any, ...]:
        return list, ([1],)


def test_a_hook_in_c_must_not_make_something_else_of_a_builtin_class() -> None:
    week = type(datetime.date.min.isocalendar())
    assert calls.makes_other(tuple, week)
    assert calls.makes_other(list, type(iter({1: 2}.keys())))
    assert not calls.makes_other(week, week)
    assert not calls.makes_other(dict, dict)
    assert not calls.makes_other(len, week)


def test_a_hook_of_a_program_is_taken_at_its_word() -> None:
    assert not calls.makes_other(list, AsList)
    assert persist.loads(persist.dumps([AsList()]), allow=["builtins:list"]) == [[1]]


def test_hooks_in_c_give_what_a_class_keeps_there() -> None:
    made = uuid_utils.UUID(int=5)
    text = persist.dumps([made, made, {made: 1}])
    with pytest.raises(UntrustedError):
        persist.loads(text)
    back = persist.loads(text, allow=["uuid_utils:UUID"])
    assert back == [made, made, {made: 1}]
    assert back[0] is back[1]
    assert type(back[0]) is uuid_utils.UUID


def test_a_state_that_is_kept_in_c_is_set_again() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
    names = ["tokenizers:Tokenizer", "tokenizers.models:Model", "tokenizers.models:WordLevel"]
    back = persist.loads(persist.dumps(made), allow=names)
    assert back.to_str() == made.to_str()
    assert back.encode("b").ids == [1]
    model = tokenizers.models.WordLevel({"a": 0}, unk_token="a")
    again = persist.loads(persist.dumps([model]), allow=names)[0]
    assert type(again) is type(model)
    assert again.token_to_id("a") == 0
    made.note = 1
    with pytest.raises(CaptureError, match="in C, leave its attributes out"):
        persist.dumps(made)


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock, threading.local])
def test_state_in_c_without_hooks_of_its_own_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(CaptureError):
        persist.dumps(make())
