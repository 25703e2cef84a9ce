"""Grows a graph again from what was drawn for it, here or in another process."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

import growth
import persist


class Replay:
    """Draws from another source, or gives again what that gave."""

    def __init__(self, source: growth.Chance, drawn: Sequence[Any] = ()) -> None:
        self.source, self.drawn, self.at = source, list(drawn), 0

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


def text_of(graph: Any) -> str:
    """Returns the text of a graph, or why it has none."""
    try:
        return persist.dumps(graph)
    except persist.CaptureError as error:
        return str(error.problems)


def main() -> None:
    """Grows what each line of input says and prints its text, both as JSON."""
    for line in sys.stdin:
        drawn = json.loads(line)
        replay = Replay(random.Random(0), drawn)
        text = text_of(growth.grown(replay))
        assert replay.drawn == drawn, "it grew otherwise here"
        print(json.dumps(text), flush=True)
