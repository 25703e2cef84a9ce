"""What is told of a pattern before it is compiled is never less than what `re` does with it."""

from __future__ import annotations

import contextlib
import random
import re
import warnings
from typing import Any

import pytest
from persist.state import branching

parser: Any = getattr(re, "_parser")  # noqa: B009 - no stub knows it

PARTS = ["a", "b", "|", "(?:", ")", "(", "[ab]", "[a|(]", "[]a]", r"\(", r"\x61", "a*", "b?", "{2}"]
PARTS += ["(?#|(c)", "#|(\n", "# [", "\n", " ", "(?x:", "(?-x:", "(?i:", "(?=", "(?!)", "(?>"]
PARTS += ["(?P<n>", "(?(1)", r"\1", "$", r"[a\]|", "]", "\\", "(?x)", "\\)", "(?#", "\\\n", "#"]


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many elements `re` has moved."""
    found = [0]
    for is_verbose in (False, True):
        branching._tokens(is_verbose)

    def delete(self: Any, index: int) -> None:
        found[0] += len(self.data) - 1
        del self.data[index]

    def replace(self: Any, index: Any, code: Any) -> None:
        if isinstance(index, slice):
            found[0] += len(self.data) - index.stop + branching.COPY * len(code)
        self.data[index] = code

    monkeypatch.setattr(parser.SubPattern, "__delitem__", delete)
    monkeypatch.setattr(parser.SubPattern, "__setitem__", replace)
    monkeypatch.setattr(branching, "SMALL", 0)
    monkeypatch.setattr(branching, "FREE", 0)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_no_pattern_moves_more_than_is_told(seed: int, moved: list[int]) -> None:
    source = random.Random(seed)
    has_moved = 0
    for _ in range(1_000):
        parts = [*source.sample(PARTS, source.randrange(3, 10)), "|", "(?:", ")", "a"]
        text = "".join(source.choices(parts, k=source.randrange(1, 40)))
        text += ")" * max(0, text.count("(") - text.count(")"))
        flags = source.choice([0, re.VERBOSE])
        moved[0] = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(re.error):
                parser.parse(text, flags)
        assert branching.excess(text, flags) >= moved[0], text
        has_moved += moved[0] > 0
    assert has_moved > 50


def test_alternatives_that_differ_at_once_are_told_to_move_nothing(moved: list[int]) -> None:
    assert branching.excess("a" * 100 + "|" + "b" * 100, 0) == 0
    assert branching.excess("ab(c)d|ab(e)f", 0) == 2 * 8
