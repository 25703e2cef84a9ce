"""Deep and large states: no recursion, and no more time than their size asks for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import persist
import pytest

from models import Loose
from strict import assert_same
from things import FrozenSlim, Group, Plain, Sealed
from trips import ALLOW

DEPTH = 100_000
HELD_BYTES = 64 * 2**20
"""Above this much text a state is written and read in pieces."""


def nested(wrap: Callable[[Any], Any], depth: int = DEPTH) -> Any:
    value: Any = ["core"]
    for _ in range(depth):
        value = wrap(value)
    return value


def linked(count: int = DEPTH) -> Plain:
    """Returns a chain of objects that know their neighbours on both sides."""
    first = last = Plain(number=0)
    for number in range(1, count):
        one = Plain(number=number, before=last)
        last.after = one
        last = one
    first.last = last
    return first


DEEP: dict[str, Callable[[], Any]] = {
    "lists": lambda: nested(lambda inner: [inner]),
    "dicts": lambda: nested(lambda inner: {"a": inner}),
    "pairs": lambda: nested(lambda inner: {1: inner}),
    "tuples": lambda: nested(lambda inner: (inner,)),
    "tuples and lists": lambda: nested(lambda inner: ([inner], inner), DEPTH // 2),
    "escapes": lambda: nested(lambda inner: {"lc": inner}),
    "what looks like an escape": lambda: nested(lambda inner: {"__lc_escaped__": inner}),
    "almost an escape": lambda: nested(lambda inner: {"__lc_escaped__": inner, "a": 1}),
    "dataclasses": lambda: nested(FrozenSlim),
    "models": lambda: nested(lambda inner: Loose(known=inner), DEPTH // 5),
    "extras": lambda: nested(lambda inner: Loose(more=inner), DEPTH // 5),
    "linked objects": linked,
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_states_come_back(name: str) -> None:
    value = DEEP[name]()
    text = persist.dumps(value)
    back = persist.loads(text, allow=ALLOW)
    assert persist.dumps(back) == text
    if name in ("tuples and lists", "linked objects", "extras"):
        assert_same(value, back)
    persist.snapshot(value, "memory://deep")
    assert persist.dumps(persist.restore("memory://deep", allow=ALLOW)) == text
    persist.delete_snapshot("memory://deep")
    # Taking deep graphs down must not overflow either; what they are made of does that well.
    del value, back


def took(work: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(3):
        begun = time.thread_time()
        work()
        best = min(best, time.thread_time() - begun)
    return best


@pytest.mark.parametrize(
    "make",
    [
        lambda size: list(range(size)),
        lambda size: [{"a": [at]} for at in range(size)],
        lambda size: nested(lambda inner: [inner], size),
        lambda size: nested(lambda inner: (inner,), size),
        lambda size: nested(lambda inner: {"__lc_escaped__": inner, "a": 1}, size),
        lambda size: linked(size),
        lambda size: {f"{at}" for at in range(size)},
        lambda size: nested(lambda inner: Plain(g=Group([Plain(x=inner), 1])), size // 10),
        lambda size: nested(lambda inner: Plain(g=Sealed([Plain(x=inner), 1])), size // 10),
        lambda size: "é" * 10 * size,
        lambda size: [("a", at) for at in range(size)],
    ],
    ids=[
        "ints",
        "maps",
        "nested",
        "tuples",
        "escapes",
        "linked",
        "set",
        "groups",
        "sealed",
        "text",
        "pairs",
    ],
)
def test_time_grows_with_size_and_no_faster(make: Callable[[int], Any]) -> None:
    small, large = make(5_000), make(50_000)
    texts = [persist.dumps(small), persist.dumps(large)]
    # Ten times the size; quadratic would be a hundred times.
    assert took(lambda: persist.dumps(large)) < 40 * took(lambda: persist.dumps(small)) + 0.05
    small_read = took(lambda: persist.loads(texts[0], allow=ALLOW))
    assert took(lambda: persist.loads(texts[1], allow=ALLOW)) < 40 * small_read + 0.05


def test_a_million_numbers_come_back() -> None:
    numbers: list[Any] = list(range(1_000_000))
    back = persist.loads(persist.dumps(numbers))
    assert back == numbers
    assert set(map(type, back)) == {int}
    floats = [number / 7 for number in range(300_000)]
    assert persist.loads(persist.dumps(floats)) == floats


def blocks() -> Any:
    shared = ["shared"]
    return [
        {"at": at, "text": "é" + "x" * 1000, "shared": shared, "t": (at,)} for at in range(70_000)
    ]


LARGE: dict[str, Callable[[], Any]] = {
    "many small things": blocks,
    "one long text": lambda: ["y" * (70 * 2**20), 1],
    "long bytes": lambda: {"b": bytes(range(256)) * (4 * 2**10 * 55)},
}


@pytest.mark.parametrize("name", LARGE)
@pytest.mark.parametrize("ending", ["json.gz", "json"])
def test_a_state_above_what_is_held_streams_both_ways(
    name: str, ending: str, tmp_path: Any
) -> None:
    value = LARGE[name]()
    place = tmp_path / f"agent.{ending}"
    metadata = persist.snapshot(
        value, place, durable=False, compression_level=1 if ending == "json.gz" else None
    )
    assert metadata["uncompressed_size"] > HELD_BYTES
    back = persist.restore(place, allow=ALLOW)
    if name == "many small things":
        assert_same(value[::997], back[::997])
        assert back[0]["shared"] is back[-1]["shared"]
    assert back == value
    assert persist.verify_snapshot(place)


def test_deep_and_large_at_once(tmp_path: Any) -> None:
    value = nested(lambda inner: ["x" * 700, inner], DEPTH)
    persist.snapshot(value, tmp_path / "a.json", durable=False)
    back = persist.restore(tmp_path / "a.json")
    for _ in range(DEPTH):
        (text, value), (other, back) = value, back
        assert text == other
    assert value == back == ["core"]


def test_no_recursion_limit_is_touched() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(120)
    try:
        text = persist.dumps(nested(lambda inner: ({"a": inner},), 1000))
        back = persist.loads(text)
    finally:
        sys.setrecursionlimit(limit)
    assert persist.dumps(back) == text
