"""Classes that extend those of the standard library come back whatever their `__init__` takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from typing import Any

import persist
import pytest

import extending
from strict import assert_same
from trips import python

ALLOW = ["extending", "decimal"]

MADE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "counts of words": (extending.words, lambda it: (dict(it), it.language)),
    "counts in small letters": (lambda: extending.Lower(["A", "a", "B"]), dict),
    "counts above nothing": (extending.positive, dict),
    "counts that begin with one": (lambda: extending.Preset("a"), dict),
    "the highest counts": (extending.top, dict),
    "counts that tell others": (extending.shown, lambda it: list(dict.items(it))),
    "counts in themselves": (extending.looped, lambda it: (it["a"], it["me"] is it)),
    "a number": (lambda: extending.Cents("1.5"), lambda it: Decimal.__str__(it)),
    "a context of numbers": (lambda: extending.Precise("..."), lambda it: it.prec),
    "a fraction": (lambda: extending.Doubled(1, 3), lambda it: Fraction.__str__(it)),
    "a fraction with a label": (
        lambda: extending.Ratio(30),
        lambda it: (it.numerator, it.denominator, it.label),
    ),
    "a bounded queue": (extending.bounded, lambda it: (list(it), it.maxlen)),
    "an index": (extending.index, lambda it: (dict(it), it.default_factory)),
    "a cache": (extending.cache, lambda it: (list(it.items()), it.size)),
    "counts in an order": (extending.ordered_counter, lambda it: (list(it), dict.copy(it))),
    "counts in no order": (extending.OrderedCounter, lambda it: (list(it), len(it))),
    "counts in an order by name": (
        lambda: extending.OrderedCounter(b=1, a=2),
        lambda it: (list(reversed(it)), it.most_common()),
    ),
    "counts with a factory": (
        extending.grouped,
        lambda it: (list(dict.items(it)), it.default_factory),
    ),
    "counts without a factory": (
        lambda: extending.Grouped("ab"),
        lambda it: (list(dict.items(it)), it.default_factory),
    ),
    "a span": (lambda: extending.Span(5), lambda it: it.total_seconds()),
    "a day": (lambda: extending.Day("2026-01-02"), lambda it: it.isoformat()),
    "a moment": (lambda: extending.Moment("2026-1-2-3"), lambda it: (it.isoformat(), it.fold)),
    "an hour": (lambda: extending.Hour("3"), lambda it: it.isoformat()),
    "a zone": (lambda: extending.Zone(2), lambda it: it.hours),
    "dice": (extending.dice, lambda it: (it.getstate(), it.sides, it.seeds)),
    "settings": (extending.settings, vars),
    "a call with arguments": (lambda: extending.Bound("2"), lambda it: it("101")),
    "ticks": (lambda: extending.Ticks("abc"), repr),
    "a host": (lambda: extending.Host(7), lambda it: IPv4Address.__str__(it)),
    "a page": (lambda: extending.Page("one"), lambda it: PurePosixPath.__str__(it)),
}


def back(value: Any) -> Any:
    text = persist.dumps(value)
    made = persist.loads(text, allow=ALLOW)
    assert type(made) is type(value)
    assert persist.dumps(made) == text == persist.dumps(value)
    return made


@pytest.mark.parametrize("name", MADE)
def test_it_comes_back(name: str) -> None:
    make, show = MADE[name]
    made = make()
    shown = show(made)
    assert show(back(made)) == shown


def test_another_process_reads_them_and_writes_the_same_text() -> None:
    text = persist.dumps([make() for make, _ in MADE.values()])
    code = f"""
import persist, sys
sys.stdout.write(persist.dumps(persist.loads(sys.argv[1], allow={ALLOW!r})))
"""
    assert python(code, text, seed=7) == text


def test_counts_that_stand_in_one_argument_are_read() -> None:
    text = '{"lc":"object","id":"extending:Top","init":[{"a":1,"b":2,"c":3}]}'
    made = persist.loads(text, allow=ALLOW)
    assert type(made) is extending.Top
    assert dict(made) == {"a": 1, "b": 2, "c": 3}


def test_counts_stand_in_one_place() -> None:
    text = '{"lc":"object","id":"extending:Top","init":[{"b":1}],"pairs":[["a",2]]}'
    with pytest.raises(persist.RebuildError) as raised:
        persist.loads(text, allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    assert "two of its keys are equal" in str(raised.value)


def test_a_counter_itself_is_made_of_its_counts() -> None:
    made = Counter("aab")
    text = persist.dumps(made)
    assert text == '{"lc":"object","id":"collections:Counter","init":[{"a":2,"b":1}]}'
    assert_same(made, persist.loads(text))


def test_what_new_gives_out_for_two_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extending.Connection, "pool", {})
    text = persist.dumps([extending.Connection("x"), extending.Connection("y")])
    with pytest.raises(persist.RebuildError) as raised:
        persist.loads(text, allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    assert "its `__new__` gave the same object for two that are to be made" in str(raised.value)


def test_one_that_new_gives_out_again_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extending.Connection, "pool", {})
    made = extending.Connection("x")
    one, other = persist.loads(persist.dumps([made, made]), allow=ALLOW)
    assert one is other
    assert one.name == "x"


def test_what_new_sets_is_not_there_where_it_was_deleted() -> None:
    gone, kept = extending.Begun(), extending.Begun()
    del gone.turn
    slots = extending.BegunSlots()
    del slots.turn
    made = back([gone, kept, slots])
    assert [vars(it) for it in made[:2]] == [{}, {"turn": 0}]
    assert not hasattr(made[2], "turn")
    assert made[2].mark == 0


def test_what_new_sets_stays_where_a_hook_leaves_it_out() -> None:
    made = extending.BegunApart()
    made.turn = 3
    assert back(made).turn == 0
