"""What other processes do to storages in tests: save until they are killed, and race."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

import persist

# More than a cloud takes at once, though not compressed: an upload of two parts.
LARGE_BYTES = 9 << 20


@dataclass(frozen=True)
class Target:
    """A location, and how it is saved to."""

    url: str
    size_bytes: int
    overwrite: bool
    options: dict[str, str]

    def save(self, number: int, **kwargs: Any) -> None:
        """Saves the state with that number."""
        made = state(number, self.size_bytes)
        kwargs = {"overwrite": self.overwrite, "storage_options": self.options, **kwargs}
        persist.snapshot(made, self.url, **kwargs)

    def number(self) -> int | None:
        """Returns the number of the state that lies there, whole; None where nothing does."""
        if not persist.snapshot_exists(self.url, storage_options=self.options):
            return None
        verification = persist.verify_snapshot(self.url, storage_options=self.options)
        assert verification, (self.url, verification.reason, verification.detail)
        found = persist.restore(self.url, storage_options=self.options)
        assert found == state(found["number"], self.size_bytes), self.url
        return int(found["number"])


def state(number: int, size_bytes: int) -> dict[str, Any]:
    return {"number": number, "noise": random.Random(number).randbytes(size_bytes)}


def save_until_killed(targets: list[Target], first: int, news: Connection) -> None:
    """Saves to the targets in turn, and tells before and after each what is saved where."""
    number = first
    while True:
        for target in targets:
            number += 1
            news.send(("begun", target.url, number))
            try:
                target.save(number, durable=number % 2 == 0)
            except persist.SnapshotExistsError:
                news.send(("kept", target.url, number))
            else:
                news.send(("saved", target.url, number))


def race(urls: list[str], options: dict[str, str], start: Barrier, news: Connection) -> None:
    """Saves to each of the locations at the same time as others, and tells what came of it."""
    outcomes: list[str] = []
    for url in urls:
        start.wait()
        try:
            persist.snapshot({"winner": os.getpid()}, url, overwrite=False, storage_options=options)
            outcomes.append("won")
        except persist.PersistError as error:
            outcomes.append(error.kind)
    news.send((os.getpid(), outcomes))
