"""Plain types of the standard library come back without `allow`."""

from __future__ import annotations

import array
import collections
import functools
import itertools
import logging
import operator
import random
import time
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import persist
import pytest
from persist import CaptureError, RebuildError, UntrustedError

import hooks
from trips import python


def moved(iterator: Iterator[Any], steps: int) -> Iterator[Any]:
    for _ in range(steps):
        next(iterator)
    return iterator


def reordered() -> Any:
    made = collections.OrderedDict(a=1, b=2, c=3)
    made.move_to_end("a")
    return made


MADE: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "OrderedDict": (reordered, lambda it: list(it.items())),
    "defaultdict": (
        lambda: collections.defaultdict(list, {1: [2]}),
        lambda it: (it.default_factory, dict(it)),
    ),
    "Counter": (lambda: collections.Counter("aab"), lambda it: it.most_common()),
    "ChainMap": (lambda: collections.ChainMap({1: 2}, {"a": 3}), lambda it: it.maps),
    "deque": (lambda: collections.deque([1, 2], 5), lambda it: (list(it), it.maxlen)),
    "endless deque": (lambda: collections.deque([1]), lambda it: (list(it), it.maxlen)),
    "UserDict": (lambda: collections.UserDict({1: 2}), lambda it: it.data),
    "UserList": (lambda: collections.UserList([1]), lambda it: it.data),
    "UserString": (lambda: collections.UserString("x"), lambda it: it.data),
    "SimpleNamespace": (lambda: types.SimpleNamespace(a=[1], lc=2), vars),
    "MappingProxyType": (lambda: types.MappingProxyType({1: 2}), dict),
    "array": (lambda: array.array("d", [1.5, -0.0]), lambda it: (it.typecode, it.tobytes())),
    "array of text": (lambda: array.array("u", "ab"), lambda it: it.tounicode()),
    "Random": (lambda: random.Random(3), lambda it: [it.random() for _ in range(3)]),
    "struct_time": (lambda: time.gmtime(1000), lambda it: (tuple(it), it.tm_zone, it.tm_gmtoff)),
    "itemgetter": (lambda: operator.itemgetter(1, 0), lambda it: it("ab")),
    "count": (lambda: moved(itertools.count(3, 2), 2), next),
    "repeat": (lambda: itertools.repeat(1, 3), list),
    "Logger": (lambda: logging.getLogger("a.b"), lambda it: it.name),
    "iter(list)": (lambda: moved(iter([1, 2, 3]), 1), list),
    "iter(tuple)": (lambda: moved(iter((1, 2)), 1), list),
    "iter(range)": (lambda: moved(iter(range(5)), 2), list),
    "iter(long range)": (lambda: moved(iter(range(2**70)), 2), next),
    "iter(str)": (lambda: moved(iter("abc"), 1), list),
    "iter(bytes)": (lambda: moved(iter(b"abc"), 1), list),
    "reversed": (lambda: moved(reversed([1, 2, 3]), 1), list),
    "reversed(tuple)": (lambda: moved(reversed((1, 2, 3)), 1), list),
    "an iterator at its end": (lambda: moved(iter([1]), 1), list),
    "enumerate": (lambda: moved(iter(enumerate("ab")), 1), list),
    "zip": (lambda: zip([1], [2], strict=True), list),
}


@pytest.mark.parametrize("name", MADE)
def test_it_comes_back(name: str) -> None:
    make, shown = MADE[name]
    text = persist.dumps([value := make(), value])
    one, other = persist.loads(text)
    assert one is other
    assert type(one) is type(value)
    assert persist.dumps([one, one]) == text
    assert shown(one) == shown(make())


def test_another_process_reads_them_and_writes_the_same_text() -> None:
    text = persist.dumps([make() for make, _ in MADE.values()])
    program = "import persist, sys; sys.stdout.write(persist.dumps(persist.loads(sys.argv[1])))"
    assert python(program, text, seed=3) == text


def test_a_view_shows_the_same_mapping() -> None:
    mapping: dict[str, Any] = {}
    mapping["view"] = types.MappingProxyType(mapping)
    made = persist.loads(persist.dumps([mapping, mapping["view"]]))
    assert made[1] is made[0]["view"]
    made[0]["more"] = 1
    assert made[1]["more"] == 1


def test_an_iterator_goes_on_over_the_same_list() -> None:
    items = [1, 2]
    again, iterator = persist.loads(persist.dumps([items, moved(iter(items), 1)]))
    again.append(3)
    assert list(iterator) == [2, 3]


def test_a_deque_lies_in_itself() -> None:
    loop: collections.deque[Any] = collections.deque([1], 3)
    loop.append(loop)
    made = persist.loads(persist.dumps(loop))
    assert made[1] is made
    assert made.maxlen == 3


def test_a_factory_is_admitted_on_its_own() -> None:
    text = persist.dumps(collections.defaultdict(hooks.open_account))
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["hooks:open_account"]
    assert persist.loads(text, allow="hooks").default_factory is hooks.open_account


def test_the_function_of_a_partial_is_admitted_on_its_own() -> None:
    assert persist.loads(persist.dumps(functools.partial(int, base=2)))("10") == 2
    text = persist.dumps(functools.partial(hooks.open_account, "Ada"))
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["hooks:open_account"]
    assert persist.loads(text, allow="hooks")().owner == "Ada"


def test_methods_of_builtin_values_come_back() -> None:
    methods: list[Any] = ["abc".index, [1].__len__, dict.fromkeys, bytearray.maketrans, str.join]
    text = persist.dumps(methods)
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert "builtins:str.index" in raised.value.allow
    made = persist.loads(text, allow=raised.value.allow)
    assert made[0]("b") == 1
    assert made[1]() == 1
    assert made[2:] == [dict.fromkeys, bytearray.maketrans, str.join]


def test_what_is_saved_may_be_handed_over_by_a_weak_proxy() -> None:
    held = hooks.Held([1])
    text = persist.dumps(weakref.proxy(held))
    assert text == persist.dumps(held)


LINE = hooks.Line()

WEAK: dict[str, Any] = {
    "a reference": weakref.ref(hooks.Held),
    "a proxy": weakref.proxy(hooks.Held),
    "a proxy of what is saved too": weakref.proxy(hooks.UNSET),
    "a method": weakref.WeakMethod(LINE.append),
    "a finalizer": weakref.finalize(LINE, len, ()),
    "keys": weakref.WeakKeyDictionary(),
    "values": weakref.WeakValueDictionary(),
    "a set": weakref.WeakSet(),
}


@pytest.mark.parametrize("name", WEAK)
def test_what_keeps_nothing_alive_is_refused(name: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"held": hooks.UNSET, "weak": WEAK[name]})
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$.weak", "unsupported_value")
    assert problem.reason == "it refers to something without keeping it alive"


REFUSED: dict[str, Any] = {
    "an iterator over a set": iter({1}),
    "an iterator over a dict": iter({1: 2}),
    "a view of a class": types.MappingProxyType(vars(hooks.Held)),
    "a memoryview": memoryview(b"x"),
    "an own random source": random.SystemRandom(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_come_back_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([REFUSED[name]])
    assert raised.value.kind == "unsupported_value"


ARRAY = "array:_array_reconstructor"
NO_BYTES = '{"lc":"bytes","v":""}'
BAD_CALLS = {
    "an iterator of an object": ("builtins:iter", '[{"lc":"set","v":[]}]'),
    "an iterator with a stop value": ("builtins:iter", "[[],1]"),
    "a reversed text": ("builtins:reversed", '["ab"]'),
    "an array of a list": (
        ARRAY,
        f'[{{"lc":"class","id":"builtins:list"}},"d",16,{NO_BYTES}]',
    ),
    "a huge array": (
        ARRAY,
        f'[{{"lc":"class","id":"array:array"}},"d",99,{NO_BYTES}]',
    ),
    "a logger of a number": ("logging:getLogger", "[1]"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_reconstructor_refuses_other_arguments(name: str) -> None:
    function, arguments = BAD_CALLS[name]
    with pytest.raises(RebuildError) as raised:
        persist.loads(f'{{"lc":"call","id":"{function}","args":{arguments}}}')
    assert raised.value.kind == "invalid_state"
