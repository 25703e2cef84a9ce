"""Classes that no name leads to are looked at once for each save, and are not kept behind it."""

from __future__ import annotations

import collections
import gc
import weakref
from typing import Any

import persist
import pytest
from persist.adapters import _registry
from pydantic import create_model


def objects(count: int) -> list[Any]:
    models: list[Any] = [create_model(f"Made{at}", x=(int, at)) for at in range(count)]
    return [model() for model in models for _ in range(3)]


def test_a_class_without_a_name_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: collections.Counter[type] = collections.Counter()
    plan_for = _registry.plan_for

    def counted(cls: type) -> Any:
        asked[cls] += 1
        return plan_for(cls)

    monkeypatch.setattr(_registry, "plan_for", counted)
    values = objects(40)
    persist.dumps([values, list(reversed(values)), {(1, type(it).__name__): it for it in values}])
    made = {type(it) for it in values}
    assert {cls: count for cls, count in asked.items() if cls in made} == dict.fromkeys(made, 1)


def test_a_class_without_a_name_is_free_to_go() -> None:
    (value, *_) = objects(1)
    watched = weakref.ref(type(value))
    again = persist.loads(persist.dumps(value), allow="pydantic")
    watched_again = weakref.ref(type(again))
    del value, _, again
    gc.collect()
    assert (watched(), watched_again()) == (None, None)
