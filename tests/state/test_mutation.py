"""A graph that changes while it is read: a consistent picture or `CaptureError`, never a crash."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import persist
import pytest
from langchain_core.load.serializable import Serializable
from persist import CaptureError

from models import Loose
from things import Node, Plain, Slotted
from trips import ALLOW

SAVES = 10_000


ACTS: list[Callable[[], object]] = []
"""What happens whenever a hook is called."""


def strike() -> None:
    for act in ACTS:
        act()


class Evil:
    """Runs code when it is asked for its truth."""

    def __bool__(self) -> bool:
        strike()
        return True


class Asked(Serializable):
    """Its field is asked for its truth while it is walked, as LangChain's `to_json` does."""

    thing: Any = None

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True


class Described(Asked):
    """Taken apart by a `to_json` of its own, which runs code."""

    def to_json(self) -> Any:
        strike()
        return super().to_json()


class Loud(Plain):
    pass


@contextmanager
def beside(change: Callable[[], object]) -> Iterator[None]:
    """Calls `change` over and over on another thread, with switches as often as can be."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            change()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)


def capture(value: Any) -> str | None:
    """Returns the text of a value, None where it was found to be changing."""
    try:
        return persist.dumps(value)
    except CaptureError as error:
        if error.kind != "changed_during_capture":
            raise
        return None


def stored(value: Any, place: str) -> str | None:
    """Saves a value there; returns the place, None where the value was found to be changing."""
    try:
        persist.snapshot(value, place)
    except CaptureError as error:
        if error.kind != "changed_during_capture":
            raise
        return None
    return place


def changing() -> tuple[Any, Callable[[], object]]:
    """Returns a graph of every kind of container, and what changes it at random."""
    chance = random.Random(1)
    numbers: list[Any] = list(range(20))
    by_name: dict[Any, Any] = {str(at): [at] for at in range(20)}
    by_number: dict[Any, Any] = {at: (at, numbers) for at in range(20)}
    elements: set[Any] = {(at, str(at)) for at in range(20)}
    plain, slotted, model = Plain(numbers=numbers, of=by_name), Slotted(), Loose(known=by_number)
    slotted.one, array = elements, bytearray(b"ab" * 50)
    graph = [numbers, by_name, by_number, elements, plain, slotted, model, array]
    # Taking these apart runs Python, between whose instructions the other thread gets its turn.
    graph = [part for thing in graph for part in (thing, PurePosixPath(f"/{len(graph)}"))]
    graph.append(tuple(graph))
    paths = {f"p{at}": PurePosixPath(f"/{at}") for at in range(10)}
    by_name.update(paths)

    def change() -> None:
        at = chance.randrange(40)
        for container, key in ((by_name, str(at)), (by_number, at)):
            if key in container:
                del container[key]
            else:
                container[key] = [numbers, {"lc": at}]
        elements.symmetric_difference_update({(at, str(at))})
        numbers[at % 10 :] = [by_name, Node(at), f"{at}" * at, 1.5][: at % 4 + 1] * 6
        plain.numbers, slotted.one = numbers[:3], {*list(elements)[:5], at}
        setattr(plain, f"more{at}", at)
        if at == 0:
            vars(plain).clear()
            plain.numbers, plain.of = [], {}
        array[at : at + 2] = b"z" * (at % 5)

    return graph, change


def test_ten_thousand_saves_beside_a_thread_that_changes_everything() -> None:
    graph, change = changing()
    texts, places = [], []
    with beside(change):
        for number in range(SAVES):
            # One in ten is a whole snapshot.
            if number % 10:
                texts.append(capture(graph))
            else:
                places.append(stored(graph, f"memory://changing/{number}"))
    whole, kept = ([found for found in each if found is not None] for each in (texts, places))
    assert whole
    assert kept
    assert len(whole) + len(kept) < SAVES, "nothing ever changed during a save"
    for text in whole[:: max(1, len(whole) // 200)]:
        # Whatever was written is a graph that can be read, and saved again.
        again = persist.dumps(persist.loads(text, allow=ALLOW))
        assert len(again) == len(text)
    for place in kept[:: max(1, len(kept) // 100)]:
        assert persist.verify_snapshot(place)
        again = persist.dumps(persist.restore(place, allow=ALLOW))
        assert len(again.encode()) == persist.get_metadata(place)["uncompressed_size"]


def test_saving_is_one_picture_when_nothing_runs_code() -> None:
    pair = [0, 0]

    def change() -> None:
        pair[:] = [pair[0] + 1] * 2

    with beside(change):
        for _ in range(2000):
            text = capture([pair, list(range(50)), pair[:]])
            if text is not None:
                first, second = persist.loads(text)[0]
                assert first == second


Scene = Callable[[], tuple[Any, Callable[[], object]]]

SCENES: list[Scene] = []


def scene(make: Scene) -> Scene:
    SCENES.append(make)
    return make


@scene
def a_dict_grows() -> tuple[Any, Callable[[], object]]:
    victim: dict[Any, Any] = {"before": 1, "after": [1]}
    return victim, lambda: victim.update({f"{len(victim)}": [2]})


@scene
def a_dict_is_emptied() -> tuple[Any, Callable[[], object]]:
    victim: dict[Any, Any] = {"before": [1], "after": [2]}
    return victim, victim.clear


@scene
def a_value_of_a_dict_is_replaced() -> tuple[Any, Callable[[], object]]:
    victim: dict[Any, Any] = {1: [1], 2: [2], 3: [3]}
    return victim, lambda: victim.update({2: Plain(), 3: [4]})


@scene
def a_list_is_emptied() -> tuple[Any, Callable[[], object]]:
    victim: list[Any] = [[number] for number in range(100)]
    return victim, victim.clear


@scene
def a_list_is_replaced() -> tuple[Any, Callable[[], object]]:
    victim: list[Any] = [[1], [2], [3]]
    return victim, lambda: victim.__setitem__(slice(None), [[4], [5], [6]])


@scene
def a_set_shrinks() -> tuple[Any, Callable[[], object]]:
    victim: set[Any] = set(range(50))
    return victim, lambda: victim.discard(len(victim) - 1)


@scene
def a_set_holds_others() -> tuple[Any, Callable[[], object]]:
    victim: set[Any] = {"one", "two"}
    return victim, lambda: (victim.clear(), victim.update({"three", "four"}))


@scene
def attributes_are_replaced() -> tuple[Any, Callable[[], object]]:
    victim = Plain(first=[1], then=[2])
    return victim, lambda: setattr(victim, "__dict__", {"first": [3]})


@scene
def attributes_are_cleared() -> tuple[Any, Callable[[], object]]:
    victim = Plain(first=[1], then=[2])
    return victim, lambda: vars(victim).clear()


@scene
def a_slot_is_replaced() -> tuple[Any, Callable[[], object]]:
    victim = Slotted()
    victim.one = [1]
    return victim, lambda: setattr(victim, "one", [2])


@scene
def extras_are_replaced() -> tuple[Any, Callable[[], object]]:
    victim = Loose(known=1, other=[1])
    return victim, lambda: object.__setattr__(victim, "__pydantic_extra__", {"new": [3]})


@scene
def fields_set_are_replaced() -> tuple[Any, Callable[[], object]]:
    victim = Loose(known=1)
    return victim, lambda: object.__setattr__(victim, "__pydantic_fields_set__", {"known", "x"})


@scene
def the_class_changes() -> tuple[Any, Callable[[], object]]:
    victim = Plain(first=[1])
    return victim, lambda: setattr(victim, "__class__", Loud)


@pytest.mark.parametrize("make", SCENES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("hook", [Asked(thing=Evil()), Described()], ids=["bool", "to_json"])
@pytest.mark.parametrize("order", ["before", "after", "around"])
def test_code_that_runs_during_the_walk_does_no_harm(make: Scene, hook: Any, order: str) -> None:
    victim, act = make()
    graph = {"before": [hook, victim], "after": [victim, hook], "around": [victim, hook, (victim,)]}
    calls: list[int] = []
    ACTS[:] = [lambda: calls.append(1), act]
    try:
        text = capture(graph[order])
        if text is not None:
            back = persist.loads(text, allow=[*ALLOW, "test_mutation"])
            del ACTS[:]
            assert persist.dumps(back) == text
    finally:
        del ACTS[:]
    assert calls


def test_a_change_while_a_large_state_streams_is_an_error(tmp_path: Any) -> None:
    graph: list[Any] = [["x" * 1000, at] for at in range(80_000)]
    place = tmp_path / "agent.json.gz"
    persist.snapshot(["old"], place)

    def change() -> None:
        graph[-1].append([len(graph[-1])])
        time.sleep(0.001)

    with beside(change), pytest.raises(CaptureError) as raised:
        persist.snapshot(graph, place, durable=False)
    assert raised.value.kind == "changed_during_capture"
    assert persist.restore(place) == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["agent.json.gz"]
