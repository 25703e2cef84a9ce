"""Arrays, tables and generators of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import program
from cases import Case
from pandas.tseries.holiday import AbstractHolidayCalendar, Holiday


class Closed(AbstractHolidayCalendar):
    rules = [Holiday("closed", month=1, day=2)]  # noqa: RUF012 - as pandas has it


CODES = "?bBhHiIlLqQefdgFDG"


def advanced(generator: Any) -> Any:
    generator.normal(size=3)
    return generator


def read_only() -> Any:
    made = np.arange(3.0)
    made.flags.writeable = False
    return made


def of_objects() -> Any:
    inner = [1]
    made = np.empty((2, 2), dtype=object)
    made[0, 0], made[0, 1], made[1, 0] = inner, inner, {"a": program.Plain(b=1)}
    return made


def object_cycle() -> Any:
    made = np.empty(2, dtype=object)
    made[0], made[1] = made, [made]
    return made


def masked() -> Any:
    return np.ma.masked_array([1, 2, 3], mask=[False, True, False], fill_value=-1)


def masked_structures() -> list[Any]:
    kind = np.dtype([("a", "<i4"), ("b", "<f8", (2,)), ("c", "S2")])
    rows = [(1, (2.5, -0.0), b"x"), (2, (0.1, 1), b"")]
    mask = [(False, (True, False), True), (True, (False, False), False)]
    made = np.ma.array(rows, mask=mask, dtype=kind)
    hard = np.ma.array(rows, mask=mask, dtype=kind, hard_mask=True, fill_value=(-1, 9.5, b"?"))
    held = np.ma.array([(1, [2])], mask=[(True, False)], dtype=[("a", "<i4"), ("o", "O")])
    single = np.ma.array((1, (2.5, 3), b"y"), mask=(True, (False, True), False), dtype=kind)
    unmasked = np.ma.array(rows, dtype=kind)
    return [made, made["a"], made[1:], made[0], hard, hard[1], held, held[0], single, unmasked]


def used_structures(made: list[Any]) -> list[Any]:
    whole, column, rest, first, hard, _, held, *_ = made
    column[0], rest["c"][0] = 50, b"z"
    first["b"] = (7, 7)
    hard["a"][1] = 70
    held["o"][0].append(3)
    shown = [one.filled().tolist() for one in (whole, rest, hard, held)]
    return [shown, [repr(one) for one in made], [one.mask.tolist() for one in made]]


def used_polynomials(made: list[Any]) -> Any:
    made[0][3], made[4][0] = 4, 9
    return [one.coeffs.tolist() for one in made[:4]]


def structured() -> Any:
    kind = np.dtype([("x", "<i4"), ("y", ">f8", (2,)), ("s", "S3")])
    return np.array([(1, (2.5, -0.0), b"abc"), (2, (0.1, 1), b"")], dtype=kind)


def strings() -> Any:
    return np.array(["a", "bb", "é"], dtype=np.dtypes.StringDType())


def views() -> Any:
    base = np.arange(6)
    return [base, base[2:4]]


def view_written(pair: Any) -> Any:
    pair[0][2] = 99
    return int(pair[1][0])


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": [1, 2, 3],
            "f": [1.5, np.nan, -0.0],
            "s": ["a", None, "c"],
            "b": [True, False, True],
            "t": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
            "c": pd.Categorical(["x", "y", "x"], categories=["y", "x", "z"], ordered=True),
            "n": pd.array([1, None, 3], dtype="Int64"),
        },
        index=["r1", "r2", "r3"],
    )


def described() -> pd.DataFrame:
    made = frame()
    made.attrs["source"] = [1]
    made.index.name = "rows"
    made.columns.name = "cols"
    return made


def multi() -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", None])
    return pd.DataFrame({("x", "p"): [1, 2, 3], ("x", "q"): [4.0, 5.0, 6.0]}, index=index)


def summed(table: Any) -> Any:
    return [float(table["i"].sum()), table["c"].cat.categories.tolist(), table.shape]


def drawn(generator: Any) -> Any:
    return [float(generator.normal()), [int(n) for n in generator.integers(0, 100, 4)]]


CASES: dict[str, Any] = {
    "every number type": lambda: [np.array([0, 1, 2], dtype=code) for code in CODES],
    "scalars of every number type": lambda: [np.array([1], dtype=code)[0] for code in CODES],
    "special floats": lambda: np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
    "big-endian": lambda: [np.arange(3, dtype=">i4"), np.array([1.5], dtype=">f8")],
    "a 0-d array": Case(lambda: np.array(5), lambda it: it.shape),
    "empty arrays": lambda: [np.empty(0), np.empty((0, 3), dtype="i2"), np.empty((2, 0))],
    "Fortran order": Case(
        lambda: np.asfortranarray(np.arange(6).reshape(2, 3)),
        lambda it: [it.flags.f_contiguous, it.sum()],
    ),
    "a view with gaps": Case(lambda: np.arange(10)[::3], lambda it: it.tolist()),
    "a transposed array": lambda: np.arange(6).reshape(2, 3).T,
    "three dimensions": lambda: np.arange(24).reshape(2, 3, 4),
    "read-only": Case(read_only, lambda it: bool(it.flags.writeable)),
    "bytes and text": lambda: [np.array([b"a", b"bcd"]), np.array(["é", "abc\0d"]), np.array([""])],
    "variable text": strings,
    "dates": lambda: [
        np.array(["2024-01-01", "NaT"], dtype="datetime64[D]"),
        np.array([1, 2], dtype="timedelta64[ns]"),
        np.datetime64("2024-01-01T00:00:00", "s"),
        np.timedelta64(5, "h"),
    ],
    "structured": Case(structured, lambda it: it["x"].tolist()),
    "a structured scalar": lambda: structured()[0],
    "a record array": Case(lambda: np.rec.array([(1, 2.0)], names="a,b"), lambda it: it.a.tolist()),
    "aligned structures": lambda: np.zeros(2, dtype=np.dtype("i1,f8", align=True)),
    "raw bytes": lambda: np.array([b"ab", b"cd"], dtype="V2"),
    "objects": of_objects,
    "an array in itself": object_cycle,
    "arrays as values": lambda: {"a": np.arange(3), "b": [np.float32(1.5), np.int8(-1)]},
    "a shared array": lambda: (lambda a: [a, {"again": a}])(np.arange(3)),
    "an array and a view of it": Case(views, view_written),
    "masked": Case(masked, lambda it: [it.filled().tolist(), it.sum()]),
    "masked structures": Case(masked_structures, used_structures),
    "masked without a mask": lambda: np.ma.masked_array([1, 2]),
    "the masked constant": lambda: np.ma.masked,
    "a matrix": lambda: np.matrix([[1, 2]]),
    "polynomials": Case(
        lambda: (lambda one, held: [one, np.poly1d(one), one, np.poly1d(held), held])(
            np.poly1d([1.5, 0, -2], variable="z"), np.arange(1, 4)
        ),
        lambda it: [it[0](2), str(it[1]), it[3].roots.tolist(), used_polynomials(it)],
    ),
    "dtypes": lambda: [
        np.dtype("f4"),
        np.dtype([("a", "i4"), ("b", "O")]),
        np.dtype("M8[ms]"),
        np.dtype("U5"),
        np.dtype("f4", metadata={"unit": "m"}),
    ],
    "scalar types": lambda: [np.float64, np.ndarray, np.int8],
    "functions": Case(lambda: [np.add, np.mean], lambda it: it[0](1, 2)),
    "numbers of numpy as keys": lambda: {np.int64(1): "a", np.str_("b"): "c"},
    "generator": Case(lambda: advanced(np.random.default_rng(5)), drawn),
    "every bit generator": Case(
        lambda: [
            advanced(np.random.Generator(kind(5)))
            for kind in (
                np.random.MT19937,
                np.random.PCG64DXSM,
                np.random.Philox,
                np.random.SFC64,
            )
        ],
        lambda it: [drawn(one) for one in it],
    ),
    "half a word left in a generator": Case(
        lambda: half_drawn(), lambda it: [int(it.integers(0, 9, dtype="uint32")), drawn(it)]
    ),
    "random state": Case(
        lambda: advanced(np.random.RandomState(5)), lambda it: [float(it.normal()), it.randint(9)]
    ),
    "seed sequence": Case(
        lambda: spawned(), lambda it: [int(s.generate_state(1)[0]) for s in it.spawn(2)]
    ),
    "two generators on one stream": Case(
        lambda: one_stream(), lambda it: [float(one.random()) for one in it]
    ),
    "series": Case(lambda: pd.Series([1.5, 2.5], index=["a", "b"], name="s"), lambda it: it.sum()),
    "series of objects": lambda: pd.Series([[1], {"a": 2}, None], dtype=object),
    "series of text": lambda: pd.Series(["a", None, "é"]),
    "a frame": Case(frame, summed),
    "a frame with attributes": described,
    "a frame with levels": Case(multi, lambda it: it.loc["a"].shape),
    "an empty frame": lambda: [pd.DataFrame(), pd.DataFrame(columns=["a"])],
    "indexes": lambda: [
        pd.RangeIndex(1, 9, 2, name="r"),
        pd.Index([1, 2], name="x"),
        pd.Index(["a", "b"]),
        pd.date_range("2024-01-01", periods=3, freq="D"),
        pd.period_range("2024-01", periods=2, freq="M"),
        pd.interval_range(0, 3),
        pd.CategoricalIndex(["a", "b"]),
        pd.timedelta_range("1h", periods=2, freq="h"),
    ],
    "time zones": lambda: pd.Series(pd.date_range("2024-10-26", periods=3, tz="Europe/Paris")),
    "categoricals": lambda: pd.Series(pd.Categorical(["b", None], categories=["b", "a"])),
    "extension types": lambda: pd.DataFrame(
        {
            "i": pd.array([1, None], dtype="Int8"),
            "b": pd.array([True, None], dtype="boolean"),
            "f": pd.array([1.5, None], dtype="Float32"),
            "s": pd.array(["a", None], dtype="string"),
            "p": pd.array(["2024-01", None], dtype="period[M]"),
        }
    ),
    "sparse and intervals": lambda: [
        pd.arrays.SparseArray([0, 0, 1, 2]),
        pd.arrays.IntervalArray.from_breaks([0, 1, 2], closed="left"),
    ],
    "timestamps": lambda: [
        pd.Timestamp("2024-01-01 00:00:00.123456789"),
        pd.Timestamp("2024-07-01", tz="Europe/Paris"),
        pd.Timestamp("2024-01-01").as_unit("s"),
        pd.Timedelta("1 days 00:00:00.000000001"),
        pd.Period("2024-01", "M"),
        pd.Interval(0, 1, closed="both"),
    ],
    "missing values": Case(lambda: [pd.NaT, pd.NA], lambda it: [it[0] is pd.NaT, it[1] is pd.NA]),
    "offsets": lambda: [pd.offsets.BDay(2), pd.offsets.MonthEnd(), pd.offsets.Hour(3)],
    "offsets with holidays": Case(
        lambda: [
            pd.offsets.CustomBusinessDay(2, holidays=["2024-01-02"], weekmask="Mon Tue Fri"),
            pd.offsets.CustomBusinessDay(calendar=Closed()),
            pd.offsets.CustomBusinessHour(start="10:00", holidays=["2024-01-02"]),
            pd.offsets.CustomBusinessMonthEnd(holidays=["2024-01-31"]),
            pd.offsets.CustomBusinessMonthBegin(holidays=["2024-02-01"]),
            pd.date_range("2024-01-01", periods=3, freq=pd.offsets.CDay(holidays=["2024-01-02"])),
        ],
        lambda it: [[str(pd.Timestamp("2024-01-01 12:00") + one) for one in it[:-1]], str(it[-1])],
    ),
    "duplicate labels": lambda: pd.DataFrame({"a": [1, 2]}, index=["x", "x"]),
    "columns of one name": lambda: pd.DataFrame([[1, 2.5]], columns=["a", "a"]),
    "flags of a frame": lambda: pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
    "a shared frame": lambda: (lambda f: [f, program.Plain(table=f)])(pd.DataFrame({"a": [1]})),
    "an index shared by frames": lambda: shared_index(),
}


def half_drawn() -> Any:
    made = np.random.default_rng(3)
    made.integers(0, 9, dtype="uint32")
    return made


def spawned() -> Any:
    made = np.random.SeedSequence(7, spawn_key=(1,))
    made.spawn(2)
    return made


def one_stream() -> Any:
    bits = np.random.PCG64(1)
    return [np.random.Generator(bits), np.random.Generator(bits)]


def shared_index() -> Any:
    index = pd.Index(["a", "b"], name="i")
    return [pd.Series([1, 2], index=index), pd.Series([3, 4], index=index)]
