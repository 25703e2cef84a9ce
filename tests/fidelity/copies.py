"""Saves one state in every framing, from several threads at once: `copies.py FOLDER THREADS`."""

from __future__ import annotations

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import growth  # noqa: E402
import persist  # noqa: E402
from chain import CASES  # noqa: E402

FRAMINGS = {"gzip": ".json.gz", "zstd": ".json.zst", "none": ".json"}
GRAPHS = 40
SEVERAL = 72 << 20
"""Bytes of a text that is written in pieces, as it is more than is held."""


def is_carried(graph: Any) -> bool:
    try:
        persist.dumps(graph)
    except persist.CaptureError:
        return False
    return True


def small() -> Any:
    """Returns graphs of every kind, agents, and sets in an order that a hash seed decides."""
    graphs = [growth.grown(seed) for seed in range(GRAPHS)]
    agents = [CASES[name].make() for name in ("conversation", "react agent", "a model with state")]
    words = {f"word {at}" for at in range(500)}
    return [[graph for graph in graphs if is_carried(graph)], agents, words, frozenset(words)]


def large() -> Any:
    texts = [
        " ".join(f"{at * at % 997} tea" for at in range(first, first + 9_000)) for first in range(9)
    ]
    return [
        {"at": at, "set": {f"a{at}", f"b{at}"}, "text": texts[at % 9]}
        for at in range(SEVERAL >> 16)
    ]


STATES = {"small": small, "large": large}


def save(folder: Path, thread: int) -> None:
    for name, make in STATES.items():
        state = make()
        for framing, ending in FRAMINGS.items():
            path = folder / f"{thread}-{name}{ending}"
            level = None if framing == "none" else 1
            persist.snapshot(
                state,
                path,
                agent_id="copied",
                tags=["a"],
                extra={"b": [1]},
                compression=framing,
                compression_level=level,
                durable=False,
            )


if __name__ == "__main__":
    count = int(sys.argv[2])
    # Two threads that are the first to give a generic model its arguments may get two classes of
    # pydantic's, of which it keeps one: those it has already, it gives to all.
    kept = small()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(partial(save, Path(sys.argv[1])), range(count)))
