"""Makes the clock stand and the identifiers count while an object is made.

A graph that runs names its checkpoints by the time and by chance. Two that are made in two
processes can only be compared where both are the same.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import itertools
import random
import uuid
from collections.abc import Iterator
from typing import Any
from unittest import mock

from cases import Case

MODULES = (
    "langgraph.checkpoint.base",
    "langgraph.pregel._checkpoint",
    "langgraph.pregel._loop",
    "langgraph.pregel._messages",
    "langgraph.store.memory",
)
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


class Clock:
    """Stands in for the class `datetime`, and moves a second with each look."""

    def __init__(self) -> None:
        self.seconds = itertools.count()

    def now(self, zone: Any = None) -> datetime.datetime:
        return START + datetime.timedelta(seconds=next(self.seconds))

    def __getattr__(self, name: str) -> Any:
        return getattr(datetime.datetime, name)


@contextlib.contextmanager
def standing() -> Iterator[None]:
    numbers = itertools.count(1)

    def identifier(*_: Any, **__: Any) -> uuid.UUID:
        return uuid.UUID(int=(6 << 76) + (2 << 62) + next(numbers))

    clock = Clock()
    random.seed(1)
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch("uuid.uuid4", identifier))
        stand_ins = {"uuid6": identifier, "uuid4": identifier, "datetime": clock}
        for module, name in itertools.product(map(importlib.import_module, MODULES), stand_ins):
            if hasattr(module, name):
                stack.enter_context(mock.patch.object(module, name, stand_ins[name]))
        yield


def made_still(row: Any) -> Case:
    """Returns the case with a maker that gives the same thing each time."""
    case = row if isinstance(row, Case) else Case(row)

    def make() -> Any:
        with standing():
            return case.make()

    return case._replace(make=make)
