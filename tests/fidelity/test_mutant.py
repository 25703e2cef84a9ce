"""The strict comparison notices every change of one point, over objects of the corpus."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest
from cases import GROUPS, cases
from mutant import Mutation, mutations

from strict import are_same, assert_same

PER_OBJECT = 10
"""Changes tried on each object, of those there are."""

SHOWN = [group for group in GROUPS if group != "size and depth"]


def tried(original: Any, twin: Any) -> list[Mutation]:
    found = mutations(original, twin)
    return random.Random(len(found)).sample(found, min(PER_OBJECT, len(found)))


def unnoticed(original: Any, twin: Any, changes: list[Mutation]) -> list[str]:
    missed = []
    for change in changes:
        try:
            change.apply()
        except Exception as error:
            error.add_note(change.name)
            raise
        if are_same(original, twin) or are_same(twin, original):
            missed.append(change.name)
        change.undo()
    return missed


FEWEST = {"classes made at run time": 60}
"""Changes that a group offers at least, where its objects are small."""


@pytest.mark.parametrize("group", SHOWN)
def test_a_change_of_one_point_is_noticed(group: str) -> None:
    missed: dict[str, list[str]] = {}
    count = 0
    for name, case in cases(group).items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            original, twin = case.make(), case.make()
        changes = tried(original, twin)
        count += len(changes)
        if found := unnoticed(original, twin, changes):
            missed[name] = found
        assert_same(original, twin)
    assert missed == {}
    assert count > FEWEST.get(group, 100)
