"""Graphs grown by chance: what comes back is what was saved, and saving changes nothing."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import growth
import persist
import pytest
from carrier import LIBRARIES, PROGRAMS

from strict import assert_same
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


@pytest.mark.parametrize("last", [150])
def test_a_graph_has_one_text_in_any_process(last: int) -> None:
    code = f"import growth; growth.main(0, {last})"
    texts = [python(code, seed=seed, path=[HERE]) for seed in (1, 2)]
    assert texts[0] == texts[1]
    assert len(texts[0].splitlines()) == last
