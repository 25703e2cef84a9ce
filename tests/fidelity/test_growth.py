"""Graphs grown by chance: what comes back is what was saved, and saving changes nothing."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import growth
import persist
import pytest
from carrier import LIBRARIES, PROGRAMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutant import Mutation, mutations
from replay import Replay, text_of

from strict import DifferenceError, assert_same
from trips import python

ROUNDS = int(os.environ.get("PERSIST_FUZZ_ROUNDS", "1500")) // 3
"""Graphs grown; more of them find more."""

HERE = Path(__file__).resolve().parent


def trip(seed: int) -> bool:
    """Sends a graph there and back; False where it is refused when it is saved."""
    graph = growth.grown(seed)
    try:
        text = persist.dumps(graph)
    except persist.CaptureError:
        assert_same(growth.grown(seed), graph)
        return False
    assert_same(growth.grown(seed), graph)
    back = persist.loads(text, allow=[*PROGRAMS, *LIBRARIES])
    assert_same(graph, back)
    assert persist.dumps(back) == text
    return True


def test_every_kind_of_thing_is_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = Counter[int]()

    def counted(at: int, kind: growth.Kind) -> growth.Kind:
        def grow(graph: growth.Growth) -> Any:
            grown[at] += 1
            return kind(graph)

        return grow

    kinds = list(itertools.starmap(counted, enumerate(growth.KINDS)))
    monkeypatch.setattr(growth, "KINDS", kinds)
    for seed in range(ROUNDS):
        growth.grown(seed)
    assert set(grown) == set(range(len(kinds)))


def test_any_graph_comes_back_as_it_was() -> None:
    carried = 0
    for seed in range(ROUNDS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                carried += trip(seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    assert carried > ROUNDS * 0.9


@settings(max_examples=ROUNDS // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_any_graph_that_is_drawn_comes_back_as_it_was(chance: Any) -> None:
    """The same, where a graph that does not is made smaller until it is small."""
    drawn = Replay(chance)
    graph = growth.grown(drawn)
    try:
        text = persist.dumps(graph)
    except persist.CaptureError:
        assert_same(growth.grown(drawn.again()), graph)
        return
    assert_same(growth.grown(drawn.again()), graph)
    back = persist.loads(text, allow=[*PROGRAMS, *LIBRARIES])
    assert_same(graph, back)
    assert persist.dumps(back) == text


class Elsewhere:
    """A process under another hash seed, which grows what it is told and sends its text."""

    def __init__(self, before: str = "") -> None:
        seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
        roots = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
        self.child = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-c",
                f"import persist, replay\n{before}\nreplay.main()",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(roots), "PYTHONHASHSEED": seed},
        )

    def text_of(self, drawn: list[Any]) -> str:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        print(json.dumps(drawn), file=self.child.stdin, flush=True)
        return str(json.loads(self.child.stdout.readline()))

    def close(self) -> None:
        self.child.communicate()
        assert self.child.returncode == 0


@contextlib.contextmanager
def elsewhere(before: str = "") -> Iterator[Elsewhere]:
    process = Elsewhere(before)
    try:
        yield process
    finally:
        process.close()


def compare_with(process: Elsewhere, examples: int) -> None:
    """Draws graphs and compares their texts with those of another process."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def compare(chance: Any) -> None:
        drawn = Replay(chance)
        here = text_of(growth.grown(drawn))
        assert process.text_of(drawn.drawn) == here

    compare()


def test_any_graph_that_is_drawn_has_one_text_in_any_process() -> None:
    with elsewhere() as process:
        compare_with(process, ROUNDS // 5)


def test_a_drawn_graph_whose_text_a_hash_seed_decides_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = persist.dumps
    monkeypatch.setattr(persist, "dumps", lambda it: write(it) + str({*"abcdefgh"}))
    fault = "write = persist.dumps\npersist.dumps = lambda it: write(it) + str({*'abcdefgh'})"
    with elsewhere(fault) as process, pytest.raises(AssertionError):
        compare_with(process, 5)


PLANTED = 60
"""Graphs with faults put into them, and how many each gets."""

FAULTS = 8


def faults(original: Any, twin: Any, seed: int) -> list[Mutation]:
    found = mutations(original, twin)
    return random.Random(seed).sample(found, min(FAULTS, len(found)))


def read_graphs() -> Iterator[tuple[int, Any, Any]]:
    """Yields the seed of each graph that is carried, the graph, and what came back."""
    for seed in range(PLANTED):
        graph = growth.grown(seed)
        with contextlib.suppress(persist.CaptureError):
            text = persist.dumps(graph)
            yield seed, graph, persist.loads(text, allow=[*PROGRAMS, *LIBRARIES])


def test_a_fault_in_what_comes_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `loads` that changes one point of what it read never passes."""
    found = []
    for seed, graph, back in list(read_graphs()):
        monkeypatch.setattr(persist, "loads", lambda *_, back=back, **__: back)
        for fault in faults(graph, back, seed):
            fault.apply()
            with pytest.raises(DifferenceError):
                trip(seed)
            fault.undo()
            found.append(fault.name.partition(" at ")[0])
    assert len(found) > PLANTED * FAULTS / 2
    assert len(set(found)) > 20


def test_a_save_that_changes_something_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `dumps` that changes one point of what it reads never passes."""
    write, planted = persist.dumps, 0
    for seed in range(PLANTED):

        def dumps(graph: Any, seed: int = seed) -> str:
            nonlocal planted
            text = write(graph)
            for fault in faults(growth.grown(seed), graph, seed)[:1]:
                fault.apply()
                planted += 1
            return text

        monkeypatch.setattr(persist, "dumps", dumps)
        before = planted
        try:
            trip(seed)
        except DifferenceError:
            assert planted > before
        else:
            assert planted == before
    assert planted > PLANTED / 2


def test_a_text_that_a_hash_seed_decides_is_found() -> None:
    code = "import growth, persist; write = persist.dumps\n"
    code += "persist.dumps = lambda it: write(it) + str({'a', 'b', 'c', 'd', 'e'})\n"
    code += "growth.main(0, 3)"
    texts = [python(code, seed=seed, path=[HERE]).splitlines() for seed in (1, 2)]
    assert all(one != other for one, other in zip(*texts, strict=True))


@pytest.mark.parametrize("last", [150])
def test_a_graph_has_one_text_in_any_process(last: int) -> None:
    code = f"import growth; growth.main(0, {last})"
    texts = [python(code, seed=seed, path=[HERE]) for seed in (1, 2)]
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) == last
