"""Containers of the standard library that a program extends: read and filled by their own code."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import persist
import pytest

import filled
from strict import assert_same
from trips import python, there_and_back

MADE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "a cache that lets the oldest go": (filled.cache, lambda it: (list(it.items()), it.maxsize)),
    "a window that counts": (filled.window, lambda it: (list(it), it.maxlen, it.turn)),
    "a log of what was set": (filled.log, lambda it: (dict(it), it.log)),
    "keys in capitals": (filled.capitals, lambda it: list(OrderedDict.items(it))),
    "values as text": (filled.texts, lambda it: (dict(it), it.default_factory)),
    "a frozen one": (filled.frozen, lambda it: (dict(it), it.is_frozen)),
    "a queue that refuses more": (filled.closed, lambda it: list(it)),
    "one that begins with something": (filled.begun, lambda it: list(it.items())),
    "a queue that begins with something": (filled.begun_queue, lambda it: list(it)),
    "an emptied one": (filled.emptied, lambda it: list(it.items())),
    "one that tells others": (filled.telling, lambda it: list(OrderedDict.items(it))),
    "a queue that tells others": (filled.telling_queue, lambda it: list(deque.__iter__(it))),
    "one in itself": (filled.looped, lambda it: (it["me"] is it, it.me is it)),
}


@pytest.mark.parametrize(("make", "show"), MADE.values(), ids=MADE)
def test_what_lies_in_a_container_comes_back(
    make: Callable[[], Any], show: Callable[[Any], Any]
) -> None:
    made = make()
    restored = there_and_back(made, allow=["filled"])
    assert show(restored) == show(made)


@pytest.mark.parametrize("name", ["cache", "window", "log", "frozen", "closed", "begun", "emptied"])
def test_it_comes_back_in_a_new_process(name: str) -> None:
    text = persist.dumps(getattr(filled, name)())
    code = f"""
import sys, persist, filled
from strict import assert_same
assert_same(filled.{name}(), persist.loads(sys.argv[1], allow=["filled"]))
"""
    assert python(code, text) == ""


def test_a_container_is_filled_by_no_code_of_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [persist.dumps(make()) for make in (filled.cache, filled.window, filled.texts)]

    def fail(*given: object) -> None:
        raise AssertionError

    for cls in (filled.Cache, filled.Window, filled.Texts):
        for name in ("__setitem__", "extend", "append", "update", "clear", "__iter__", "items"):
            monkeypatch.setattr(cls, name, fail, raising=False)
    for text in texts:
        persist.loads(text, allow=["filled"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"lc":"object","id":"filled:Window","init":[],"pairs":[[0,1]]}', "a member `pairs`"),
        ('{"lc":"object","id":"filled:Cache","init":[],"items":[1]}', "a member `items`"),
        (
            '{"lc":"object","id":"filled:Log","init":[],"pairs":[["a",1],["a",2]]}',
            "two of its keys are equal",
        ),
    ],
)
def test_a_container_is_given_only_what_it_holds(text: str, reason: str) -> None:
    with pytest.raises(persist.RebuildError) as raised:
        persist.loads(text, allow=["filled"])
    assert raised.value.kind == "invalid_state"
    assert reason in str(raised.value)


def test_the_containers_themselves_are_filled_so_too() -> None:
    counts: defaultdict[str, list[int]] = defaultdict(list)
    counts["a"].append(1)
    made = [OrderedDict([("b", 1), ("a", 2)]), counts]
    restored = persist.loads(persist.dumps(made))
    assert_same(made, restored)
    assert list(restored[0]) == ["b", "a"]


def test_a_hook_of_a_program_is_taken_at_its_word() -> None:
    made = filled.Told([1, 2])
    restored = persist.loads(persist.dumps(made), allow=["filled"])
    assert list(list.__iter__(restored)) == [1, 2]
    assert restored.given == [1, 2]
