"""Combinations of flags: a class keeps each that it was ever asked for."""

from __future__ import annotations

import enum
import json
import re
from typing import Any

import persist
import pytest


class Kept(enum.IntFlag):
    ONE = 1
    TWO = 2


class Strict(enum.Flag):
    ONE = 1
    TWO = 2


class Conforming(enum.Flag, boundary=enum.CONFORM):
    ONE = 1
    TWO = 2


def flags(cls: type[enum.Flag], *values: int) -> str:
    name = f"{cls.__module__}:{cls.__qualname__}"
    return json.dumps([{"lc": "enum", "id": name, "value": it, "names": []} for it in values])


def known(cls: Any) -> dict[int, Any]:
    return dict(cls._value2member_map_)


def test_a_text_adds_few_flags_to_a_class_of_the_standard_library() -> None:
    before = len(known(re.RegexFlag))
    for values in (range(1 << 30, (1 << 30) + (4_000 << 10), 1 << 10), [1 << 200]):
        with pytest.raises(
            persist.RebuildError, match="one too many of the combinations"
        ) as caught:
            persist.loads(flags(re.RegexFlag, *values))
        assert caught.value.kind == "invalid_state"
    assert len(known(re.RegexFlag)) - before <= 200


@pytest.mark.parametrize("cls", [Strict, Conforming])
@pytest.mark.parametrize("value", [4, 1 << 5_000, -9])
def test_flags_that_a_class_does_not_have_are_not_asked_for(
    cls: type[enum.Flag], value: int
) -> None:
    before = known(cls)
    with pytest.raises(persist.RebuildError, match="no members for the saved value") as caught:
        persist.loads(flags(cls, value), allow=[cls])
    assert caught.value.kind == "class_changed"
    assert known(cls) == before


HELD = {
    "unknown bits": [Kept(at << 4 | 1) for at in range(2_000)],
    "long": [Kept(1 << 5_000)],
    "inverted": [~Kept.ONE, ~Strict.ONE, ~Conforming.ONE, ~re.IGNORECASE],
    "patterns": [re.RegexFlag(at << 1) for at in range(250)],
    "an unknown bit of a pattern": [re.IGNORECASE | re.RegexFlag(1 << 40)],
}


@pytest.mark.parametrize("name", HELD)
def test_flags_of_a_program_come_back(name: str) -> None:
    text = persist.dumps(HELD[name])
    back = persist.loads(text, allow=[Kept, Strict, Conforming])
    assert [(type(it), it.value) for it in back] == [(type(it), it.value) for it in HELD[name]]
