"""A text that says much in few words costs little, and no message shows what it says."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import persist
import pytest
from hostile_heavy import CASES, SAVED_AGAIN
from hostile_texts import Case
from pydantic import TypeAdapter, ValidationError
from test_hostile import rows_of, shown

from trips import python

MAX_SECONDS = 20
MAX_CHARACTERS = 3_000


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What came of every case, each restored in one child process."""
    return rows_of("hostile_heavy")


@pytest.mark.parametrize("case", CASES, ids=shown)
def test_what_a_library_would_go_through_is_judged_first(
    case: Case, outcomes: dict[str, Any]
) -> None:
    found = outcomes[case.name]
    assert (found["class"], found["kind"]) == case.refusal, found
    assert case.says in found["message"]
    assert found["size"] < MAX_CHARACTERS
    assert found["seconds"] < MAX_SECONDS


@pytest.mark.parametrize("case", SAVED_AGAIN, ids=shown)
def test_what_holds_one_thing_many_times_is_saved_again(
    case: Case, outcomes: dict[str, Any]
) -> None:
    found = outcomes[case.name]
    assert (found["class"], found.get("is_same")) == (None, True), found
    assert found["seconds"] < MAX_SECONDS


WITHOUT_PYDANTIC = """
import json, sys
import persist
many = {"lc": "shared", "ref": 2, "v": [None] * 10_000}
fields = {f"f{at}": {"lc": "same", "ref": 2} for at in range(5_000)}
node = {"lc": "typeddict", "name": "D", "module": "m", "by": "typing", "fields": fields}
try:
    persist.loads(json.dumps([many, node]))
except persist.RebuildError as error:
    print("pydantic" in sys.modules, error.kind, error)
"""


def test_types_are_judged_first_where_pydantic_is_not_loaded() -> None:
    began = time.perf_counter()
    said = python(WITHOUT_PYDANTIC)
    assert said.startswith("False invalid_state")
    assert "the types of fields hold too much to be gone through" in said
    assert time.perf_counter() - began < MAX_SECONDS


@dataclass
class Unhashed:
    x: Any


def made(name: str, members: Any, **more: Any) -> Any:
    """Returns an enumeration that no name leads to."""
    return enum.Enum(name, members, module=__name__, **more)


@pytest.mark.parametrize(
    "cls",
    [
        made("Texts", {"A": "a", "B": "b", "C": "a"}, type=str),
        made("Decoded", {"A": (b"a", "ascii"), "B": 7}, type=str),
        made("Numbers", {"A": 1, "B": True, "C": "2"}, type=int),
        made("Floats", {"A": 1, "B": "2.5"}, type=float),
        made("Bytes", {"A": 3, "B": b"x"}, type=bytes),
        made("Maps", {"A": {"a": [1, 2]}, "B": [Unhashed(1)], "C": {"a": [1, 2]}}),
        made("Settings", {f"M{at}": {"a": [at, 1 << 9_000], "b": {}} for at in range(400)}),
        made("Long", {"A": list(range(5_000)), "B": [1]}),
        enum.Flag("Flags", {"A": 1, "B": 2, "C": 3}, module=__name__),
        enum.StrEnum("Words", ["A", "B"], module=__name__),
        enum.IntEnum("Places", ["A", "B"], module=__name__),
    ],
    ids=lambda cls: cls.__name__,
)
def test_an_enumeration_of_a_real_program_goes_on(cls: Any) -> None:
    text = persist.dumps(cls)
    copy: Any = persist.loads(text, allow=[Unhashed])
    held = {name: member.value for name, member in cls.__members__.items()}
    assert {name: member.value for name, member in copy.__members__.items()} == held
    assert [*map(type, held.values())] == [type(it.value) for it in copy.__members__.values()]
    assert persist.dumps(copy) == text


def test_members_that_hold_too_much_are_refused_when_they_are_saved() -> None:
    cls = made("Wide", {"A": [[0] * 9_000], "B": [[0] * 9_000, 1]})
    with pytest.raises(persist.CaptureError, match="made at run time, is more than its fields say"):
        persist.dumps(cls)


class Absent:
    def __init__(self) -> None:
        self.reasons = [1, {"a": 2}]

    def __repr__(self) -> str:
        return "-"


@pytest.mark.parametrize(
    "missing",
    [np.nan, None, "", pd.NA, pd.NaT, Absent(), pd.Timestamp(0, tz="UTC"), np.array([1.0])],
    ids=lambda missing: type(missing).__name__,
)
def test_what_stands_for_a_missing_text_goes_on(missing: object) -> None:
    text = persist.dumps(np.dtypes.StringDType(na_object=missing))
    copy: Any = persist.loads(text, allow=[Absent])
    assert repr(copy.na_object) == repr(missing)
    assert persist.dumps(copy) == text


def nested_types(levels: int) -> Any:
    """Each type is small, and shows the one before it twice."""
    made: Any = np.dtypes.StringDType(na_object="x")
    for _ in range(levels):
        made = np.dtypes.StringDType(na_object=(made, made))
    return made


def refused(value: Any) -> ValidationError:
    with pytest.raises(ValidationError) as found:
        TypeAdapter(int).validate_python(value)
    return found.value


@pytest.mark.parametrize(
    "missing", [nested_types(13), refused(["x"])], ids=["types in types", "an error"]
)
def test_what_hides_what_it_shows_stands_for_no_missing_text(missing: object) -> None:
    with pytest.raises(persist.CaptureError, match="holds too much to be shown"):
        persist.dumps(np.dtypes.StringDType(na_object=missing))
