"""Graphs grown by chance: what comes back is what was saved, and saving changes nothing."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import growth
import persist
import pytest
from carrier import LIBRARIES, PROGRAMS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strict import assert_same
from trips import python

ROUNDS = int(os.environ.get("PERSIST_FUZZ_ROUNDS", "1500")) // 3
"""Graphs grown; more of them find more."""

HERE = Path(__file__).resolve().parent


class Replay:
    """Draws from another source, or gives again what that gave."""

    def __init__(self, source: growth.Chance) -> None:
        self.source, self.drawn, self.at = source, list[Any](), 0

    def again(self) -> Replay:
        self.at = 0
        return self

    def _next(self, draw: Callable[[], Any]) -> Any:
        if self.at == len(self.drawn):
            self.drawn.append(draw())
        self.at += 1
        return self.drawn[self.at - 1]

    def random(self) -> float:
        return float(self._next(self.source.random))

    def randrange(self, start: int, stop: int | None = None, /) -> int:
        return int(self._next(lambda: self.source.randrange(start, stop)))

    def choice(self, seq: Sequence[Any], /) -> Any:
        return seq[self.randrange(len(seq))]


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


@pytest.mark.parametrize("last", [150])
def test_a_graph_has_one_text_in_any_process(last: int) -> None:
    code = f"import growth; growth.main(0, {last})"
    texts = [python(code, seed=seed, path=[HERE]) for seed in (1, 2)]
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) == last
