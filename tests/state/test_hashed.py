"""What is hashed costs what its text shows, and what programs use as keys is none the worse."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
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
import pydantic
import pytest
from hostile_hashed import CASES, KEPT
from hostile_texts import Case
from persist.state import hashes
from test_hostile import rows_of, shown

from things import Friend, Keyed, Kinded

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


class Side(enum.Enum):
    """What stands at a place of a board."""

    FIRST = 1
    SECOND = 2


SIDES = list(Side)

MANY: dict[str, Any] = {
    "numbers of cryptography": {(2**4096 - at, at) for at in range(2_000)},
    "a number of a million digits": {(10**1_000_000, 1): 1},
    "decimals": {(decimal.Decimal("1." + "3" * 1_000), at) for at in range(2_000)},
    "patterns of a lexer": {(re.compile(f"{'ab?' * 100}{at}"), at): at for at in range(100)},
    "things of one hash": {Alike("a", at) for at in range(600)},
    "tuples of texts": {(f"{at} of many", "texts" * 9) for at in range(100_000)},
    "addresses": dict.fromkeys((f"https://a.test/{at}" for at in range(50_000)), 0),
    "urls": dict.fromkeys(pydantic.AnyUrl(f"https://a.test/{at}") for at in range(5_000)),
    "paths": {pathlib.PurePosixPath(f"a/{at}/{'b' * 99}"): at for at in range(1_000)},
    "periods": {
        (pd.Period(year=1 + at // 12, month=1 + at % 12, freq="M"), "A") for at in range(9_000)
    },
    "fractions of one another": {(fractions.Fraction(at, 7), at % 9) for at in range(5_000)},
    "boards": {tuple(SIDES[at >> bit & 1] for bit in range(64)) for at in range(500)},
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


def ring(size: int, kind: Any) -> Any:
    made = [kind(f"{at}") for at in range(size)]
    for at, one in enumerate(made):
        one.known, one.others = made[at - 1], made[(at + 1) % size]
    return dict.fromkeys(made, 0)


def grid(size: int) -> Any:
    rows = [[Friend(f"{x} {y}") for x in range(size)] for y in range(size)]
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            cell.known, cell.others = rows[y - 1][x], (row[x - 1], rows[y - size + 1][x])
    return {cell for row in rows for cell in row}


def family(kind: Any) -> Any:
    parent = kind("parent")
    parent.others = tuple(kind(f"child {at}") for at in range(20))
    for child in parent.others:
        child.known = parent
    return {parent, *parent.others}


def with_itself(kind: Any) -> Any:
    made = kind("self")
    made.known = made
    return {made: [made]}


FRIENDLY: dict[str, Any] = {
    "a ring": lambda: ring(5_000, Friend),
    "a ring of other hashes": lambda: ring(100, Kinded),
    "a grid": lambda: grid(20),
    "a family": lambda: family(Friend),
    "a family of other hashes": lambda: family(Kinded),
    "itself": lambda: with_itself(Keyed),
    "itself, of another hash": lambda: with_itself(Kinded),
}


@pytest.mark.parametrize("make", FRIENDLY.values(), ids=FRIENDLY)
def test_keys_may_know_each_other_where_their_hash_does_not_need_it(make: Any) -> None:
    text = persist.dumps(make())
    copy = persist.loads(text, allow=["things"])
    assert len(copy) == len(make())
    assert persist.dumps(copy) == text


@dataclasses.dataclass(frozen=True, slots=True)
class Slim:
    left: int
    right: int = 0


class Renamed(Keyed):
    @property
    def key(self) -> int:  # type: ignore[override]
        return 1

    __hash__ = Keyed.__hash__


class Asked(Keyed):
    __hash__ = Keyed.__hash__

    def __getattr__(self, name: str) -> Any:
        return name


class Shown(Keyed):
    def __hash__(self) -> int:
        return hash(f"{self}")


class Spread(Keyed):
    def __hash__(self) -> int:
        return hash((self.key, *self.key))


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (Friend, ["name"]),
        (Keyed, ["key"]),
        (Slim, ["left", "right"]),
        *((cls, None) for cls in (Kinded, Renamed, Asked, Shown, Spread, object, int, tuple)),
    ],
)
def test_a_hash_is_known_only_where_it_reads_plain_attributes(cls: Any, names: Any) -> None:
    assert hashes.names_of(cls) == names


def test_a_hash_that_came_to_need_itself_is_refused() -> None:
    for kind in (Keyed, Kinded):
        key = kind(1)
        held = {key}
        key.key = key
        with pytest.raises(persist.CaptureError, match="has no hash any more"):
            persist.dumps(held)


class Own(frozenset):  # type: ignore[type-arg]
    pass


def doubled(levels: int, cls: Any = frozenset) -> Any:
    """A frozenset that has the one before it in two elements."""
    held: Any = frozenset({1})
    for _ in range(levels):
        held = cls({(held, 0), (held, 1)})
    return held


SHOWN: dict[str, Any] = {
    "alone": lambda held: held,
    "as a key": lambda held: {held: 1},
    "in a key": lambda held: {(0, held): 1},
    "as an element": lambda held: {held, 5},
    "twice": lambda held: [held, {"again": held}],
    "in many keys": lambda held: {(at, held): at for at in range(20)},
}


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("cls", [frozenset, Own])
def test_saving_refuses_the_frozensets_that_reading_refuses(name: str, cls: Any) -> None:
    most = 18 if cls is frozenset and name != "in many keys" else None
    saved = []
    for levels in range(10, 21):
        held = SHOWN[name](doubled(levels, cls))
        try:
            text = persist.dumps(held)
        except persist.CaptureError as refused:
            reasons = {problem.reason for problem in refused.problems}
            said = {"its keys or elements hold too much to be hashed"}
            assert reasons == said
            continue
        # Comparing the two would take as long as showing them.
        assert persist.dumps(persist.loads(text, allow=__name__)) == text
        saved.append(levels)
    assert saved == [*range(10, (most or saved[-1]) + 1)]
