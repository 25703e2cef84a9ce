"""The reviewed names of pandas: tables, their labels and columns, and moments in time."""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

_FRAMES = "persist.adapters._frames"
_TIMES = "persist.adapters._times"

TABLE = Table(
    rows_of("pandas", "DataFrame Index Series", codec=_FRAMES, is_type=True),
    rows_of(
        "pandas",
        "RangeIndex DatetimeIndex TimedeltaIndex PeriodIndex"
        " CategoricalIndex IntervalIndex MultiIndex Categorical CategoricalDtype DatetimeTZDtype"
        " PeriodDtype IntervalDtype SparseDtype StringDtype BooleanDtype Int8Dtype Int16Dtype"
        " Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype UInt64Dtype Float32Dtype"
        " Float64Dtype",
        codec=_FRAMES,
    ),
    rows_of(
        "pandas.arrays",
        "BooleanArray DatetimeArray FloatingArray IntegerArray IntervalArray NumpyExtensionArray"
        " PeriodArray SparseArray StringArray TimedeltaArray",
        codec=_FRAMES,
    ),
    rows_of("pandas", "Timestamp Timedelta Period Interval DateOffset", codec=_TIMES),
    rows_of("pandas.api.typing", "NaTType NAType", codec=_TIMES),
    rows_of(
        "pandas._libs.tslibs.offsets",
        "BHalfYearBegin BHalfYearEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd BusinessDay"
        " BusinessHour BusinessMonthBegin BusinessMonthEnd CustomBusinessDay CustomBusinessHour"
        " CustomBusinessMonthBegin CustomBusinessMonthEnd Day Easter FY5253 FY5253Quarter"
        " HalfYearBegin HalfYearEnd Hour LastWeekOfMonth Micro Milli Minute MonthBegin MonthEnd"
        " Nano QuarterBegin QuarterEnd Second SemiMonthBegin SemiMonthEnd Week WeekOfMonth"
        " YearBegin YearEnd",
        codec=_TIMES,
    ),
)
