"""Tables, indexes and moments of a program that keeps books: one of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

PARIS = ZoneInfo("Europe/Paris")


class Book(pd.DataFrame):
    """A table of a class that a program defines."""


def mixed() -> Any:
    table = pd.DataFrame(
        {
            "int": [1, 2, 3],
            "text": ["x", None, "z"],
            "float": [1.5, np.nan, -0.0],
            "date": pd.date_range("2020", periods=3),
            "zoned": pd.date_range("2020", periods=3, tz=PARIS),
            "category": pd.Categorical(["a", "b", None], ordered=True),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "truth": [True, False, True],
            "span": pd.to_timedelta([1, 2, 3], "h"),
            "period": pd.period_range("2020", periods=3, freq="M"),
            "sparse": pd.arrays.SparseArray([0, 0, 1]),
            "interval": pd.interval_range(0, 3),
            "object": [[1], {"x": 1}, None],
            "string": pd.array(["q", None, "w"], dtype="string"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "more": [4, 5, 6],
            "small": pd.array([1.5, None, 2.0], dtype="Float32"),
        }
    )
    table.attrs = {"source": ["bank"]}
    return table


def levels() -> Any:
    rows = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])
    columns = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)])
    return pd.DataFrame(np.arange(8.0).reshape(4, 2), index=rows, columns=columns)


def series() -> Any:
    alone = pd.Series([1, 2], name=("n", 1))
    alone.flags.allows_duplicate_labels = False
    named = pd.Series(["a", 1, None], dtype=object, index=["x", "y", "z"])
    return [alone, named, *(mixed()[name] for name in mixed())]


def indexes() -> Any:
    return [
        pd.RangeIndex(2, 9, 3, name="x"),
        pd.date_range("2020", periods=3, freq="D"),
        pd.date_range("2020", periods=3, freq="h", tz=PARIS),
        pd.date_range("2020", periods=3, freq="MS", unit="s"),
        pd.DatetimeIndex(["2020-01-01", "NaT"]),
        pd.timedelta_range(0, periods=3, freq="h"),
        pd.period_range("2020", periods=3, freq="Q-JAN"),
        pd.CategoricalIndex(["a", "b"]),
        pd.interval_range(pd.Timestamp("2020"), periods=2),
        pd.Index([1, 2]),
        pd.Index(["a", 1], dtype=object, name=("a", None)),
        pd.Index(["a", "b"]),
        pd.Index([1, None], dtype="Int64"),
    ]


def moments() -> Any:
    fold = pd.Timestamp("2020-10-25 01:30", tz="UTC").tz_convert(PARIS)
    return [
        pd.Timestamp("2020-01-01 00:00:00.123456789"),
        pd.Timestamp("2020", tz="UTC"),
        fold,
        fold - pd.Timedelta("1h"),
        pd.Timestamp("2020").as_unit("s"),
        pd.Timedelta("1D 5ns"),
        pd.Timedelta(5, "s").as_unit("s"),
        pd.Period("2020", "M"),
        pd.Interval(0, 1, "left"),
        pd.Interval(pd.Timestamp("2020"), pd.Timestamp("2021")),
        pd.NaT,
        pd.NA,
        pd.DateOffset(months=1),
        pd.offsets.MonthEnd(2),
        pd.offsets.BDay(),
        pd.offsets.Week(weekday=2),
        pd.offsets.Hour(3),
        pd.offsets.BusinessHour(),
        pd.offsets.FY5253(startingMonth=1, weekday=2, variation="last"),
    ]


def arrays() -> Any:
    return [
        pd.array([1, None], dtype="UInt8"),
        pd.arrays.NumpyExtensionArray(np.array([1, 2])),
        pd.arrays.SparseArray([1.0, np.nan, 2], kind="block"),
        pd.CategoricalDtype(["a"], True),
        pd.CategoricalDtype(),
        pd.DatetimeTZDtype("ns", PARIS),
        pd.IntervalDtype("int64", "left"),
        pd.SparseDtype("f8", 0.0),
        pd.StringDtype("python"),
        pd.Int64Dtype(),
    ]


STATES: dict[str, Callable[[], Any]] = {
    make.__name__: make for make in (mixed, levels, series, indexes, moments, arrays)
}
STATES |= {
    "slice": lambda: mixed().iloc[1:, ::2],
    "turned": lambda: mixed()[["int", "float"]].T,
    "empty": lambda: [pd.DataFrame(), pd.Series(), pd.DataFrame(columns=["a"])],
    "same names": lambda: pd.DataFrame([[1, 2.5]], columns=["a", "a"]),
    "odd names": lambda: pd.DataFrame([[1, 2, 3]], columns=[1, "1", (1,)]),
    "shared": lambda: [mixed().index] * 2,
}


def assert_alike(one: Any, other: Any) -> None:
    """Refuses two tables, or what is in one, that differ in type, element, label or name."""
    assert type(one) is type(other)
    testing = pd.testing
    if isinstance(one, list):
        assert len(one) == len(other)
        assert [one.index(item) for item in one if item is one[0]] == [
            other.index(item) for item in other if item is other[0]
        ]
        for pair in zip(one, other, strict=True):
            assert_alike(*pair)
    elif isinstance(one, pd.DataFrame):
        testing.assert_frame_equal(one, other, check_exact=True, check_column_type="exact")
        assert [block.dtype for block in one._mgr.blocks] == [
            block.dtype for block in other._mgr.blocks
        ]
        assert one.attrs == other.attrs
    elif isinstance(one, pd.Series):
        testing.assert_series_equal(one, other, check_exact=True)
        assert (one.attrs, one.name, one.flags) == (other.attrs, other.name, other.flags)
    elif isinstance(one, pd.Index):
        testing.assert_index_equal(one, other, exact=True, check_exact=True)
        assert getattr(one, "freq", None) == getattr(other, "freq", None)
        assert (one.names, one.dtype) == (other.names, other.dtype)
    elif isinstance(one, pd.api.extensions.ExtensionArray):
        assert one.dtype == other.dtype
        testing.assert_extension_array_equal(one, other, check_exact=True)
    else:
        assert repr(one) == repr(other)
        assert getattr(one, "unit", None) == getattr(other, "unit", None)
