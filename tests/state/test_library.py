"""Plain types of the standard library come back without `allow`."""

from __future__ import annotations

import array
import collections
import functools
import io
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
from persist import CaptureError, FormatError, RebuildError, UntrustedError

import hooks
from trips import python


def moved(iterator: Iterator[Any], steps: int) -> Iterator[Any]:
    for _ in range(steps):
        next(iterator)
    return iterator


def at(file: Any, position: int) -> Any:
    file.seek(position)
    return file


def written(text: str, kept: int | None = None, newline: str | None = "\n") -> io.StringIO:
    file = io.StringIO(newline=newline)
    file.write(text)
    file.truncate(kept)
    return at(file, 1)


def met(file: io.StringIO) -> Any:
    return file.newlines, file.tell(), file.getvalue(), list(file), file.write("\r"), file.newlines


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
    "iter(more text)": (lambda: moved(iter("aé漢"), 1), list),
    "iter(bytearray)": (lambda: moved(iter(bytearray(b"abc")), 1), list),
    "iter(array)": (lambda: moved(iter(array.array("i", [1, 2])), 1), list),
    "iter(deque)": (lambda: moved(iter(collections.deque([1, 2])), 1), list),
    "reversed(deque)": (lambda: moved(reversed(collections.deque([1, 2])), 1), list),
    "cycle": (lambda: moved(itertools.cycle([1, 2, 3]), 4), lambda it: [next(it), next(it)]),
    "chain": (lambda: moved(itertools.chain([1, 2], (3,)), 1), list),
    "islice": (lambda: moved(itertools.islice([1, 2, 3, 4], 3), 1), list),
    "compress": (lambda: itertools.compress("abc", [1, 0, 1]), list),
    "zip_longest": (lambda: itertools.zip_longest([1], [2, 3], fillvalue=0), list),
    "StringIO": (lambda: at(io.StringIO("a\nb"), 2), lambda it: (it.read(), it.getvalue())),
    "StringIO of any lines": (lambda: io.StringIO("a\r\nb", newline=None), met),
    "StringIO of several lines": (lambda: written("a\r\nb\rc\n\n", newline=None), met),
    "StringIO cut short": (lambda: written("a\r\nb\r", 1, newline=None), met),
    "StringIO of its own lines, cut short": (lambda: written("a\r\nb\r\n", 1, newline=""), met),
    "StringIO of its own lines": (lambda: io.StringIO("a\r\nb", newline=""), lambda it: list(it)),
    "BytesIO": (lambda: at(io.BytesIO(b"abc"), 1), lambda it: (it.read(), it.getvalue())),
    "BytesIO past its end": (
        lambda: at(io.BytesIO(b"a"), 3),
        lambda it: (it.write(b"b"), it.getvalue()),
    ),
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


def test_a_deque_is_no_longer_than_it_may_get() -> None:
    assert persist.dumps(collections.deque([1, 2], 2)) == '{"lc":"deque","maxlen":2,"v":[1,2]}'
    with pytest.raises(FormatError) as raised:
        persist.loads('{"lc":"deque","maxlen":1,"v":[1,2]}')
    assert raised.value.kind == "bad_state_text"


def test_a_file_in_memory_keeps_what_it_has_besides() -> None:
    file = io.StringIO("abc")
    file.name = [file]  # type: ignore[attr-defined]
    made = persist.loads(persist.dumps(file))
    assert made.name[0] is made
    assert made.read() == "abc"
    with pytest.raises(CaptureError, match="also a value"):
        persist.dumps([file, vars(file)])
    file.read = len  # type: ignore[assignment]
    with pytest.raises(CaptureError, match="`read`"):
        persist.dumps(file)
    file.close()
    with pytest.raises(CaptureError, match="it is closed"):
        persist.dumps(io_closed())


def io_closed() -> io.BytesIO:
    file = io.BytesIO(b"a")
    file.close()
    return file


def test_a_cached_function_is_one_by_name() -> None:
    functions = [hooks.doubled, hooks.Doubling.doubled, hooks.Doubling().doubled]
    made = persist.loads(persist.dumps(functions), allow="hooks")
    assert made[:2] == functions[:2]
    assert made[2](4) == 8
    made_inside: Any = functools.cache(lambda: 1)
    with pytest.raises(CaptureError, match="no name leads to the function"):
        persist.dumps(made_inside)


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
