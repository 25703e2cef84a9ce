"""What cannot be carried is refused: all of it at once, by path, before anything is written."""

from __future__ import annotations

import enum
import functools
import json
import logging
import pickle
import re
import socket
import sys
import threading
import time
import types
import typing
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import persist
import pytest
from langchain_core.messages import HumanMessage
from persist import CaptureError
from pydantic import SecretStr

import things
from models import Loose, Person, Still
from things import Frozen, Plain, Slotted, Text


class Whispered(SecretStr):
    pass


class Shadowed:
    def act(self) -> None:
        pass


class Number(int):
    pass


class FailedError(Exception):
    pass


class Told:
    def __reduce__(self) -> tuple[type, tuple[()]]:
        return Told, ()


def local() -> None:
    pass


UNSUPPORTED: dict[str, Any] = {
    "a lock": threading.Lock(),
    "a file": sys.__stdin__,
    "a generator": (letter for letter in "ab"),
    "a memoryview": memoryview(b"x"),
    "a weak reference": weakref.ref(Plain),
    "a socket": socket.socket(),
    "a class made here": type("Made", (), {}),
    "an instance of it": type("Made", (), {})(),
}


@pytest.mark.parametrize("value", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_a_value_that_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"a": [1, {"b": value}]})
    error = raised.value
    assert error.kind == "unsupported_value"
    (problem,) = error.problems
    assert problem.path == "$.a[1].b"
    assert problem.kind == "unsupported_value"
    assert problem.reason
    assert problem.hint
    assert "$.a[1].b" in str(error)


def test_the_object_whose_private_parts_cannot_be_saved_is_named_as_what_to_bind() -> None:
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(CaptureError) as raised:
            persist.dumps({"tools": [pool], "lock": threading.Lock()})
        assert len(raised.value.problems) > 3
        count = sum(problem.path.startswith("$.tools[0]._") for problem in raised.value.problems)
        advice = f"{count} of them lie inside the object at `$.tools[0]`, which can be bound"
        assert advice in str(raised.value.hint)
        text = persist.dumps({"tools": [pool]}, bind={"pool": pool})
    assert persist.loads(text, bind={"pool": "another"}) == {"tools": ["another"]}


PLACES: dict[str, tuple[Any, str]] = {}


def lock() -> Any:
    return threading.Lock()


def places() -> dict[str, tuple[Any, str]]:
    """Returns graphs that hold one lock each, and the path to it."""
    slotted = Slotted()
    slotted.one = [lock()]
    text = Text("a")
    text.lock = lock()  # type: ignore[attr-defined]
    person = Person(age=1)
    person._trail.append(lock())
    message = HumanMessage("x", response_metadata={"a": [lock()]})
    return {
        "the root": (lock(), "$"),
        "a list": ([0, lock()], "$[1]"),
        "a tuple in a tuple": (((1, lock()),), "$[0][1]"),
        "a set": ({lock()}, "${0}"),
        "a dict": ({"key": lock()}, "$.key"),
        "a key that is no identifier": ({"a b": {"": lock()}}, '$["a b"][""]'),
        "a value under a long key": ({"k" * 1_000: [lock()]}, f'$["{"k" * 200}…"][0]'),
        "a value under a number": ({-1: lock()}, "$[-1]"),
        "a value under a truth": ({True: lock()}, "$[True]"),
        "a value under nothing": ({None: lock()}, "$[None]"),
        "a value under a fraction": ({1.5: lock()}, "$[1.5]"),
        "a value under a tuple": ({("a", 1): lock()}, '$[("a", 1)]'),
        "a value under a tuple of one": ({("a",): lock()}, '$[("a",)]'),
        "a value under a long tuple": ({(1, 2, 3, 4, 5): lock()}, "$[…]"),
        "a value under a long number": ({2**64: lock()}, "$[…]"),
        "a value under what has code of its own": ({Text("a"): lock(), frozenset(): 1}, "$.a"),
        "a value under a key of another type": ({frozenset(): lock()}, "$[…]"),
        "a key": ({(1, lock()): 2}, "$.keys()[…][1]"),
        "an attribute": (Plain(a=lock()), "$.a"),
        "a slot": (slotted, "$.one[0]"),
        "a dataclass": (Frozen([lock()]), "$.left[0]"),
        "an attribute of a string": (text, "$.lock"),
        "a model": (Person(age=1, traits={"x": lock()}), "$.traits.x"),
        "an excluded field": (Person(age=1, hidden=lock()), "$.hidden"),
        "a private attribute": (person, "$._trail[0]"),
        "an extra": (Loose(more=lock()), "$.more"),
        "a message": ([message], "$[0].response_metadata.a[0]"),
        "an extra of a message": (HumanMessage("x", more=(lock(),)), "$.more[0]"),
        "an escaped dict": ({"lc": 1, "a": lock()}, "$.a"),
        "a method's object": (Plain(a=lock()).greet, "$.__self__.a"),
        "deep data": ({"a": [[({"b": Plain(c={"d": lock()})},)]]}, "$.a[0][0][0].b.c.d"),
    }


@pytest.mark.parametrize("name", places())
def test_the_path_leads_to_the_value(name: str) -> None:
    graph, path = places()[name]
    with pytest.raises(CaptureError) as raised:
        persist.dumps(graph)
    assert [problem.path for problem in raised.value.problems] == [path]


def test_all_refusals_come_at_once() -> None:
    graph = {"first": lock(), "then": [lock(), 1, {"deep": Plain(a=lock(), b=lock())}]}
    with pytest.raises(CaptureError) as raised:
        persist.dumps(graph)
    paths = [problem.path for problem in raised.value.problems]
    assert paths == ["$.first", "$.then[0]", "$.then[2].deep.a", "$.then[2].deep.b"]
    assert "4 values cannot be saved" in str(raised.value)


def test_a_thousand_refusals_are_listed_and_twenty_shown() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([lock() for _ in range(1000)])
    assert len(raised.value.problems) == 1000
    assert "$[19]" in str(raised.value)
    assert "$[20]" not in str(raised.value)
    assert "and 980 more" in str(raised.value)
    assert pickle.loads(pickle.dumps(raised.value)).problems == raised.value.problems


def test_a_thing_met_twice_is_refused_where_it_is_met_first() -> None:
    shared = Plain(lock=lock())
    with pytest.raises(CaptureError) as raised:
        persist.dumps([shared, shared])
    assert [problem.path for problem in raised.value.problems] == ["$[0].lock"]


def test_nothing_is_written_and_the_old_file_stays(tmp_path: Path) -> None:
    place = tmp_path / "agent.json.gz"
    persist.snapshot([1], place)
    before = place.read_bytes()
    for graph in ({"lock": lock()}, ["x" * 1000] * 100 + [lock()]):
        with pytest.raises(CaptureError) as raised:
            persist.snapshot(graph, place)
        assert raised.value.location == str(place)
    assert place.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["agent.json.gz"]
    with pytest.raises(CaptureError):
        persist.snapshot(lock(), tmp_path / "new.json.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["agent.json.gz"]


def test_an_attribute_that_hides_a_method_is_refused() -> None:
    thing = Shadowed()
    thing.act = None  # type: ignore[method-assign,assignment]
    with pytest.raises(CaptureError) as raised:
        persist.dumps([thing])
    (problem,) = raised.value.problems
    assert problem.path == "$[0]"
    assert "`act`" in problem.reason


def secret(value: object, **attributes: object) -> SecretStr:
    """Returns a secret that its constructor would not have made."""
    made = SecretStr("")
    vars(made).update(_secret_value=value, **attributes)
    return made


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Whispered("a text to hide"), "hides a secret, and is not `SecretStr` itself"),
        (secret(12345), "something else than what a `SecretStr` hides"),
        (secret(Text("hidden")), "something else than what a `SecretStr` hides"),
        (secret("hidden", note=1), "something else than what a `SecretStr` hides"),
        (SecretStr.__new__(SecretStr), "something else than what a `SecretStr` hides"),
        (Plain().__init__, "has a name that no restore looks up"),
        (re.compile(Text("a+")), "its pattern is a `Text`"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("secrets", ["omit", "keep"])
def test_what_no_restore_would_give_back_is_refused(
    value: Any, reason: str, secrets: Literal["omit", "keep"]
) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([value], secrets=secrets)
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert reason in problem.reason


def test_an_attribute_that_would_hide_one_of_a_model_is_refused() -> None:
    person = Person(age=1)
    person.__dict__["model_dump"] = 1
    with pytest.raises(CaptureError) as raised:
        persist.dumps(person)
    assert "`model_dump`" in raised.value.problems[0].reason


@pytest.mark.parametrize("name", ["_hidden", "_\ud800"])
def test_a_private_attribute_that_a_model_does_not_declare_is_refused(name: str) -> None:
    for made in (Still(value=1), HumanMessage("a")):
        object.__setattr__(made, "__pydantic_private__", {name: 1})
        with pytest.raises(CaptureError) as raised:
            persist.dumps([made])
        (problem,) = raised.value.problems
        assert problem.path == "$[0]"
        assert "a private attribute it does not declare" in problem.reason


def test_names_with_lone_surrogates_are_refused_by_their_place() -> None:
    class Odd:
        pass

    Odd.__qualname__ = "Odd\ud800"
    message = HumanMessage("a")
    message.__dict__ = {"x\ud800": 1, **message.__dict__}
    module = types.ModuleType("m\ud800")
    kind = typing.NewType("K\ud800", int)
    made = enum.Enum("Made", "A")
    made.__qualname__ = "Made\ud800"
    values = [Odd, Odd(), message, module, kind, made]
    with pytest.raises(CaptureError) as raised:
        persist.dumps(values)
    assert [it.path for it in raised.value.problems] == [f"$[{at}]" for at in range(len(values))]
    assert [*persist.check(values).problems] == raised.value.problems
    assert str(raised.value).isascii()


@pytest.mark.parametrize("key", [1, Text("a"), ("a",)])
def test_an_attribute_whose_name_is_no_plain_text_is_refused(key: Any) -> None:
    thing = Plain()
    vars(thing)[key] = 1
    with pytest.raises(CaptureError) as raised:
        persist.dumps(thing)
    assert raised.value.problems[0].path == "$"


@pytest.mark.parametrize("held", [{}, {"a": 1}], ids=["empty", "filled"])
def test_the_dict_behind_an_object_is_no_value(held: dict[str, int]) -> None:
    thing = Plain(**held)
    for graph in ([thing, vars(thing)], [vars(thing), thing]):
        with pytest.raises(CaptureError) as raised:
            persist.dumps(graph)
        assert "the dict behind an object's attributes" in raised.value.problems[0].reason


@pytest.mark.parametrize("extra", [{}, {"tone": "warm"}], ids=["empty", "filled"])
def test_the_dict_behind_the_extras_of_a_model_is_no_value(extra: dict[str, str]) -> None:
    message = HumanMessage("hi", **extra)
    for graph in ([message, message.model_extra], [message.model_extra, message]):
        with pytest.raises(CaptureError) as raised:
            persist.dumps(graph)
        assert "the dict behind an object's attributes" in raised.value.problems[0].reason


def test_the_set_of_fields_set_is_no_value() -> None:
    message, other = HumanMessage("hi"), HumanMessage("ho")
    object.__setattr__(other, "__pydantic_fields_set__", message.model_fields_set)
    graphs: list[list[Any]] = [[message, message.model_fields_set], [message, other]]
    for graph in graphs:
        with pytest.raises(CaptureError) as raised:
            persist.dumps(graph)
        assert "fields set is also a value" in raised.value.problems[0].reason


@pytest.mark.parametrize("held", [{}, {"a": 1}], ids=["empty", "filled"])
def test_two_objects_that_share_their_dict_are_refused(held: dict[str, int]) -> None:
    one, other = Plain(**held), Plain()
    other.__dict__ = one.__dict__
    with pytest.raises(CaptureError) as raised:
        persist.dumps([one, other])
    (problem,) = raised.value.problems
    assert problem.path == "$[1]"
    assert problem.hint.endswith("each need their own: obj.__dict__ = dict(vars(obj))")


@pytest.mark.parametrize("class_", [Number, FailedError, Told], ids=["value", "exception", "hook"])
def test_two_that_are_taken_apart_and_share_an_empty_dict_are_refused(class_: type) -> None:
    one, other = class_(), class_()
    other.__dict__ = one.__dict__
    with pytest.raises(CaptureError) as raised:
        persist.dumps([one, other])
    (problem,) = raised.value.problems
    assert problem.path == "$[1]"
    assert "is also a value" in problem.reason


def test_a_value_that_a_descriptor_worked_out_is_refused_with_another_way() -> None:
    thing = Shadowed()
    thing.__dict__["act"] = [1]
    with pytest.raises(CaptureError) as raised:
        persist.dumps(thing)
    assert raised.value.problems[0].hint.endswith("may be a functools.cached_property")


def test_a_name_that_does_not_lead_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    shadowed = things.Outer
    monkeypatch.setattr(things, "Outer", things.Computed)
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"f": shadowed})
    assert "no name leads to the class `Outer`" in raised.value.problems[0].reason


def test_a_bound_thing_is_taken_as_it_is() -> None:
    held = threading.Lock()
    text = persist.dumps([held, {"again": held}], bind={"lock": held})
    assert text == '[{"lc":"bind","name":"lock"},{"again":{"lc":"bind","name":"lock"}}]'
    other = threading.Lock()
    first, second = persist.loads(text, bind={"lock": other})
    assert first is second["again"] is other


def test_a_class_of_main_is_named_by_its_file() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(local.__get__(lock()))
    assert raised.value.problems


def deep_key(levels: int) -> tuple[Any, ...]:
    key: tuple[Any, ...] = ()
    for _ in range(levels):
        key = (key,)
    return key


# What a reader would refuse for what it costs to hash must not be written either.
ALIKE = [number * (2**61 - 1) for number in range(1, 1_500)]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (dict.fromkeys(ALIKE), "more than 1000 keys or elements share a hash"),
        (set(ALIKE), "more than 1000 keys or elements share a hash"),
        ({deep_key(10_500): 1}, "a key or element is nested more than 10000 deep"),
    ],
    ids=["keys", "elements", "depth"],
)
def test_what_a_reader_would_not_hash_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps([value])
    assert [(it.path, it.reason) for it in caught.value.problems] == [("$[0]", reason)]


class Owned(set[Any]):
    pass


class Changing:
    """A key whose hash stays and whose equality follows its value."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Changing) and self.value == other.value


@pytest.mark.parametrize(
    "hold",
    [dict.fromkeys, set, frozenset, Owned],
    ids=["dict", "set", "frozenset", "subclass"],
)
def test_keys_that_have_become_equal_are_refused_where_they_are(hold: Any) -> None:
    one, other = Changing(1), Changing(2)
    held = hold([one, other])
    other.value = 1
    for _ in range(2):
        with pytest.raises(CaptureError) as caught:
            persist.dumps({"a": [held]})
        assert caught.value.kind == "unsupported_value"
        (problem,) = caught.value.problems
        assert problem.path == "$.a[0]"
        assert problem.reason == "two of its keys or elements have become equal"
        assert problem.hint == "use other keys, or a list of pairs"


def wide_patterns(count: int) -> list[re.Pattern[str]]:
    return [re.compile(f"[a-\uffff]{at}", re.IGNORECASE) for at in range(count)]


def test_patterns_that_a_reader_would_not_compile_are_refused() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"few": {re.compile("[^\u4e00]")}, "many": wide_patterns(183)})
    reason = "with it the patterns have more than 2000 wide sets of characters"
    assert [(it.path, it.reason) for it in raised.value.problems] == [
        ("$.many[181]", reason),
        ("$.many[182]", reason),
    ]


@pytest.mark.parametrize(
    "node",
    [
        {"lc": "pattern", "v": "(?i)" + "[\u0100-\U0010ffff]" * 60, "flags": 34},
        {"lc": "pattern", "v": "(?i)" + r"[\u0100-\U0010ffff]" * 60, "flags": 34},
        {"lc": "pattern", "v": {"lc": "bytes", "v": "W1wwLVx4ZmZd" * 12_000}, "flags": 2},
        {"lc": "pattern", "v": "(?i)" + "(?#[)[]!-~]" * 14_000, "flags": 34},
        {"lc": "pattern", "v": "(?ix)" + "#[\n[]!-~]" * 14_000, "flags": 98},
    ],
    ids=["all characters", "all characters by number", "bytes", "comments", "verbose"],
)
def test_ranges_blind_to_case_are_weighed_as_what_they_are(node: Any) -> None:
    with pytest.raises(persist.FormatError) as raised:
        persist.loads(json.dumps([node]))
    assert raised.value.kind == "bad_state_text"
    assert str(raised.value).startswith(
        "could not read the state text: at `$[0]` with it the patterns have more than 2000"
        " wide sets of characters"
    )


LONG = "a" * 40_000 + "|" + "a" * 50_000


@pytest.mark.parametrize("pattern", [LONG, LONG.encode()], ids=["text", "bytes"])
def test_alternatives_that_a_reader_would_not_compile_are_refused(pattern: str | bytes) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"found": [re.compile(pattern)]})
    (problem,) = raised.value.problems
    assert problem.path == "$.found[0]"
    assert problem.reason == (
        "with it the patterns have alternatives or groups that take too long to compile"
    )
    assert problem.hint == "pass it in bind={name: object} and give it back when restoring"


@pytest.mark.parametrize(
    "pattern",
    [
        r"\b(?:" + "|".join(f"word{at}" for at in range(30_000)) + r")\b",
        "|".join(f"(?P<n{at}>{'a' * 99}{at})" for at in range(2_000)),
        "(?:" * 9 + "a" * 200_000 + ")" * 9,
        "a" * 100_000 + "|" + "b" * 100_000,
        "(?x)" + "\n".join(f"(?: a{at} | b ) # | {'(' * 40}" for at in range(3_000)),
        "(?i)" + "|".join(f"[a-z0-9_-]+x{at}" for at in range(1_000)),
        r"(?i)\b(?:" + "|".join(f"well-known-{at}" for at in range(20_000)) + r")\b",
        "(?i)" + "[\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\u2600-\u27bf]+" * 30,
        b"(?i)" + b"|".join(b"[a-z\x80-\xff]+x%d" % at for at in range(1_000)),
    ],
    ids=["words", "names", "groups", "texts", "verbose", "ranges", "hyphens", "pictures", "bytes"],
)
def test_long_patterns_of_programs_are_carried(pattern: str | bytes) -> None:
    made = re.compile(pattern)
    assert persist.loads(persist.dumps([made])) == [made]


def test_patterns_that_are_met_again_count_once() -> None:
    patterns = wide_patterns(181)
    back = persist.loads(persist.dumps([patterns, {*patterns}, patterns[::-1]]))
    assert [(it.pattern, it.flags) for it in back[0]] == [(it.pattern, it.flags) for it in patterns]
    assert back[2][::-1] == back[0]


@pytest.mark.parametrize(
    ("value", "cls", "maker"),
    [
        (iter({1: 2}), "dict_keyiterator", "builtins.iter"),
        (iter({1}), "set_iterator", "builtins.iter"),
        (logging.getLogger("x" * 3_000), "logging.Logger", "logging.getLogger"),
    ],
    ids=["keys", "elements", "a long name"],
)
def test_a_refusal_says_which_function_would_make_it(value: Any, cls: str, maker: str) -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps([value])
    (problem,) = caught.value.problems
    way = "which no name leads to, or which would make something else"
    assert problem.reason == f"its class `{cls}` has it made by `{maker}`, {way}"
    assert problem.hint


def around(depth: int) -> functools.partial[object]:
    made: functools.partial[object] = functools.partial(len)
    for _ in range(depth):
        # What has attributes of its own is not merged with what is around it.
        vars(made)["note"] = 1
        made = functools.partial(made)
    return made


def given(depth: int) -> functools.partial[object]:
    made = functools.partial(len)
    for _ in range(depth):
        made = functools.partial(len, made)
    return made


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (around(101), "a `partial` cannot be what was saved: it wraps more than 100 others"),
        (given(200), "a partial or method is not valid: it leads to more than 200 others"),
    ],
    ids=["around", "given"],
)
def test_partials_that_a_reader_would_not_follow_are_refused(value: object, reason: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"found": [value]})
    (problem,) = raised.value.problems
    assert (problem.path, problem.reason) == ("$.found[0]", reason)
    assert problem.hint == "build it anew with its constructor, so that its fields agree"


def test_partials_in_partials_are_carried() -> None:
    back = persist.loads(persist.dumps([around(99), given(199)]))
    assert persist.dumps(back) == persist.dumps([around(99), given(199)])


class Taker:
    def take(self, *given: object) -> object:
        return given


def test_a_partial_may_be_given_any_number_of_methods() -> None:
    wide = functools.partial(Taker().take, *[Taker().take for _ in range(300)])
    text = persist.dumps([wide, functools.partial(Taker().take, *map(given, [2] * 100))])
    assert persist.dumps(persist.loads(text, allow=["test_refusals"])) == text


def test_partials_around_one_that_is_given_much_cost_little() -> None:
    inner = functools.partial(print, *range(2_000))
    begun = time.process_time()
    text = persist.dumps([functools.partial(print, inner) for _ in range(2_000)])
    assert len(text) < 1_000_000
    assert time.process_time() - begun < 5
