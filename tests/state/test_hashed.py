"""What is hashed costs what its text shows, and what programs use as keys is none the worse."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import fractions
import functools
import inspect
import ipaddress
import pathlib
import re
import uuid
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import persist
import pytest
from hostile_hashed import CASES, KEPT
from hostile_texts import Case
from test_hostile import rows_of, shown

MAX_SECONDS = 20


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What came of every case, each restored in one child process."""
    return rows_of("hostile_hashed")


@pytest.mark.parametrize("case", CASES, ids=shown)
def test_what_would_be_hashed_for_ever_is_refused(case: Case, outcomes: dict[str, Any]) -> None:
    found = outcomes[case.name]
    assert (found["class"], found["kind"]) == case.refusal, found
    assert case.says in found["message"]
    assert found["seconds"] < MAX_SECONDS


@pytest.mark.parametrize("name", [name for name, _ in KEPT])
def test_numbers_that_a_library_would_confuse_are_sorted(
    name: str, outcomes: dict[str, Any]
) -> None:
    found = outcomes[name]
    assert (found["class"], found.get("is_same")) == (None, True), found
    assert found["seconds"] < MAX_SECONDS


COUNT = 20_000

NUMBERS: dict[str, list[Any]] = {
    "places": list(range(COUNT)),
    "backwards": list(range(COUNT, 0, -1)),
    **{f"multiples of 2**{bits}": [at << bits for at in range(COUNT)] for bits in range(4, 61, 4)},
    "hundreds": [at * 100 for at in range(COUNT)],
    "nanoseconds": [1_700_000_000_000_000_000 + at * 60_000_000_000 for at in range(COUNT)],
    "seconds": [1.7e9 + at / 1_000 for at in range(COUNT)],
    "tenths": [at / 10 for at in range(COUNT)],
    "binary fractions": [at * 2.0**-20 for at in range(COUNT)],
    "two in one": [at // 1_000 << 32 | at % 1_000 for at in range(COUNT)],
    "two in one, shifted": [at // 1_000 << 40 | at % 1_000 << 20 for at in range(COUNT)],
    "snowflakes": [1_700_000_000_000 + at // 50 << 22 | at % 50 for at in range(COUNT)],
    "read backwards": [int(f"{at:040b}"[::-1], 2) for at in range(COUNT)],
    "squares": [at * at for at in range(COUNT)],
    "pairs": [(at // 100, at % 100) for at in range(COUNT)],
    "decimals": [decimal.Decimal(at) / 100 for at in range(COUNT)],
}


@pytest.mark.parametrize("keys", NUMBERS.values(), ids=NUMBERS)
def test_keys_of_real_programs_are_not_crowded(keys: list[Any]) -> None:
    for value in (dict.fromkeys(keys, 0), set(keys)):
        assert persist.loads(persist.dumps(value)) == value


def frozen_element() -> Any:
    array = np.array([(1, ("a", 2))], dtype=[("a", "i4"), ("b", "O")])
    array.setflags(write=False)
    return array[0]


HASHED: dict[str, Any] = {
    "moment": datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "offset": datetime.timezone(datetime.timedelta(hours=2)),
    "span": datetime.timedelta(1, 2, 3),
    "decimal": decimal.Decimal("1.50"),
    "fraction": fractions.Fraction(1, 3),
    "path": pathlib.PurePosixPath("a/b"),
    "uuid": uuid.UUID(int=5),
    "address": ipaddress.ip_address("::1"),
    "network": ipaddress.ip_network("10.0.0.0/8"),
    "pattern": re.compile("a+"),
    "signature": inspect.Signature(
        [inspect.Parameter("a", inspect.Parameter.KEYWORD_ONLY, default=(1, (2, 3)))]
    ),
    "number of numpy": np.float32(1.5),
    "moment of numpy": np.datetime64(5, "s"),
    "text of numpy": np.str_("a"),
    "type of numpy": np.dtype([("a", "i4"), ("b", [("c", "O")])]),
    "type of texts": np.dtypes.StringDType(na_object=None),
    "element": frozen_element(),
    "moment of pandas": pd.Timestamp("2024-01-01", tz="UTC"),
    "span of pandas": pd.Timedelta(5, "s"),
    "period": pd.Period("2024-01", "M"),
    "interval": pd.Interval(1, 2),
    "offset of pandas": pd.offsets.DateOffset(months=2),
    "type of periods": pd.PeriodDtype("M"),
    "type of categories": pd.CategoricalDtype([("a", 1), ("b", 2)]),
    "missing": pd.NA,
    "no time": pd.NaT,
    "type": list[dict[str, int | None]],
    "partial": functools.partial(len, [1]),
}


@dataclasses.dataclass(frozen=True)
class Alike:
    """Something whose hash tells nothing."""

    name: str
    at: int

    def __hash__(self) -> int:
        return 7


MANY: dict[str, Any] = {
    "numbers of cryptography": {(2**4096 - at, at) for at in range(2_000)},
    "a number of a million digits": {(10**1_000_000, 1): 1},
    "decimals": {(decimal.Decimal("1." + "3" * 1_000), at) for at in range(2_000)},
    "patterns of a lexer": {(re.compile(f"{'ab?' * 100}{at}"), at): at for at in range(100)},
    "things of one hash": {Alike("a", at) for at in range(600)},
}


@pytest.mark.parametrize("keys", MANY.values(), ids=MANY)
def test_large_keys_of_real_programs_go_on(keys: Any) -> None:
    assert persist.loads(persist.dumps(keys), allow=__name__) == keys


@pytest.mark.parametrize("key", HASHED.values(), ids=HASHED)
def test_what_real_programs_use_as_keys_goes_on(key: Any) -> None:
    for value in ({key: 1}, {(1, (key, key)): 1}):
        text = persist.dumps(value)
        copy: Any = persist.loads(text)
        assert len(copy) == 1
        assert persist.dumps(copy) == text
