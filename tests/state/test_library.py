"""Plain types of the standard library come back without `allow`."""

from __future__ import annotations

import array
import collections
import functools
import gc
import io
import itertools
import logging
import operator
import random
import re
import time
import types
import uuid
import weakref
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import persist
import pytest
from persist import CaptureError, FormatError, RebuildError, UntrustedError

import hooks
from trips import python, there_and_back


def moved(iterator: Iterator[Any], steps: int) -> Iterator[Any]:
    for _ in range(steps):
        next(iterator)
    return iterator


def spent(sequence: Any) -> Iterator[Any]:
    iterator = iter(sequence)
    list(iterator)
    return iterator


def bytes_behind(view: Any) -> object:
    (mapping,) = gc.get_referents(view)
    return type(mapping), bytes(mapping)


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
    "a view of bytes": (lambda: types.MappingProxyType(bytearray(b"a")), bytes_behind),
    "a view of text": (lambda: types.MappingProxyType("a"), lambda it: it[0]),
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
    "reversed at its end": (lambda: moved(reversed([1]), 1), list),
    "reversed of nothing": (lambda: reversed([]), list),
    "iter(bytes) at its end": (lambda: spent(b"a"), list),
    "iter(bytearray) at its end": (lambda: spent(bytearray(b"a")), list),
    "iter(array) at its end": (lambda: spent(array.array("d", [1.0])), list),
    "iter(str) at its end": (lambda: spent("é"), list),
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


def test_iterators_at_their_end_share_nothing() -> None:
    text = persist.dumps([spent(bytearray(b"a")), spent(bytearray(b"a"))])
    assert "shared" not in text


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


def test_a_map_of_maps_that_make_plain_values_needs_no_word() -> None:
    made = collections.defaultdict(functools.partial(collections.defaultdict, list))
    made["a"]["b"].append(1)
    back = persist.loads(persist.dumps(made))
    assert back == made
    back["c"]["d"].append(2)
    deep: Any = int
    for _ in range(5):
        deep = functools.partial(collections.defaultdict, deep)
    assert persist.loads(persist.dumps(deep))()[1][2][3][4][5] == 0
    own = functools.partial(collections.defaultdict, hooks.open_account)
    assert persist.loads(persist.dumps(own), allow=["hooks"]).args == (hooks.open_account,)


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


METHODS: dict[str, tuple[Callable[[], Any], Callable[[Any], object], list[str]]] = {
    "a clock": (lambda: datetime.now, lambda it: type(it()), ["datetime:datetime.now"]),
    "a clock of days": (lambda: date.today, lambda it: type(it()), ["datetime:date.today"]),
    "a reader of moments": (
        lambda: datetime.fromtimestamp,
        lambda it: it(0),
        ["datetime:datetime.fromtimestamp"],
    ),
    "a maker of numbers": (
        lambda: Decimal.from_float,
        lambda it: it(0.5),
        ["decimal:Decimal.from_float"],
    ),
    "a maker in Python": (
        lambda: Fraction.from_decimal,
        lambda it: it(Decimal("0.5")),
        ["fractions:Fraction.from_decimal"],
    ),
    "a search": (
        lambda: re.compile("b+").search,
        lambda it: it("abbc").span(),
        ["re:Pattern.search"],
    ),
    "a replacement": (lambda: re.compile("b").sub, lambda it: it("-", "abc"), ["re:Pattern.sub"]),
    "a queue's end": (
        lambda: collections.deque([1]).append,
        lambda it: (it(2), it.__self__),
        ["collections:deque.append"],
    ),
    "an order": (
        lambda: collections.OrderedDict(a=1, b=2).move_to_end,
        lambda it: (it("a"), list(it.__self__)),
        ["collections:OrderedDict.move_to_end"],
    ),
    "what a base has": (
        lambda: collections.OrderedDict(a=1).get,
        lambda it: it("a"),
        ["builtins:dict.get"],
    ),
    "what makes what lacks": (
        lambda: collections.defaultdict(list).__missing__,
        lambda it: (it("a"), it.__self__),
        ["collections:defaultdict.__missing__"],
    ),
    "a class's own": (
        lambda: collections.OrderedDict.fromkeys,
        lambda it: it("ab"),
        ["collections:OrderedDict.fromkeys"],
    ),
    "a count": (lambda: itertools.count(3).__next__, lambda it: it(), ["itertools:count.__next__"]),
    "one after the other": (
        lambda: moved(itertools.cycle("ab"), 1).__next__,
        lambda it: [it(), it()],
        ["itertools:cycle.__next__"],
    ),
    "an array": (
        lambda: array.array("i", [1]).append,
        lambda it: (it(2), it.__self__),
        ["array:array.append"],
    ),
    "a file in memory": (
        lambda: written("ab").write,
        lambda it: (it("c"), it.__self__.getvalue()),
        ["_io:StringIO.write"],
    ),
    "a generator": (
        lambda: random.Random(3).random,
        lambda it: it(),
        ["_random:Random.random"],
    ),
    "a slot in Python": (
        lambda: uuid.UUID(int=3).__str__,
        lambda it: it(),
        ["uuid:UUID.__str__"],
    ),
    "a counter": (
        lambda: collections.Counter("a").update,
        lambda it: (it("b"), it.__self__),
        ["collections:Counter.update"],
    ),
    "of a class of one's own": (
        lambda: hooks.Late.now,
        lambda it: type(it()),
        ["datetime:datetime.now", "hooks:Late"],
    ),
    "not bound": (
        lambda: [datetime.isoformat, collections.deque.append, re.Pattern.match],
        lambda it: it[0](datetime(2026, 1, 2)),
        ["collections:deque.append", "datetime:datetime.isoformat", "re:Pattern.match"],
    ),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_plain_values_come_back_by_their_names(name: str) -> None:
    make, use, allow = METHODS[name]
    persist.snapshot(make(), "memory://methods")
    assert persist.get_metadata("memory://methods")["needs"]["allow"] == allow
    with pytest.raises(UntrustedError) as raised:
        persist.restore("memory://methods")
    assert sorted(raised.value.allow) == allow
    assert use(there_and_back(make(), allow=allow)) == use(make())


def test_a_method_is_bound_to_the_very_thing_that_is_saved() -> None:
    queue: collections.deque[Any] = collections.deque()
    queue.append(queue.append)
    count = itertools.count()
    state = {"queue": queue, "count": count, "next": count.__next__}
    back = persist.loads(
        persist.dumps(state), allow=["collections:deque.append", "itertools:count.__next__"]
    )
    assert back["queue"][0].__self__ is back["queue"]
    assert [back["next"](), next(back["count"])] == [0, 1]


UNNAMED: dict[str, Any] = {
    "what reads files": array.array("i").fromfile,
    "what writes files": array.array("i").tofile,
    "what reads attributes": "a".__getattribute__,
    "what makes another thing": collections.defaultdict(list).__init__,  # type: ignore[misc]
    "what sets a state": io.StringIO().__setstate__,
    "of an iterator without a name": iter([1]).__next__,
    "of any object": object().__repr__,
}


@pytest.mark.parametrize("name", UNNAMED)
def test_no_name_leads_to_methods_that_do_more(name: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(UNNAMED[name])
    assert "no name leads to the method" in str(raised.value)


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
