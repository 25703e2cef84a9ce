"""Tables of pandas: their columns, their labels, and the types of both.

What is restored owns its memory: pandas copies before it writes to what two tables share, so that
such sharing cannot be seen, and memory of one text is never in two such tables. What pandas does
not know of can be seen: an array that a table was made of without a copy, or that it has given out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from pandas._libs import sparse
from pandas.api.extensions import ExtensionArray, ExtensionDtype
from persist.adapters import _taken, _times, _unique
from persist.adapters._taken import Form, Group, Memory, Shared, array_of
from persist.state import effort, hashes, plans
from persist.state.plans import Plan

__all__ = ["builder_of", "plan_for"]

Taken = dict[str, Any]
arrays = pd.arrays
SparseArray = arrays.SparseArray

LABEL_BYTES, FEW_LABELS = 8, 512
"""What each of many labels takes that are not written, as those of a range."""

CODE_BYTES = 4
"""What a place of a row in its level counts, as pandas may make a tuple of them all."""

COPIES_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3


hashes.add_slow(pd.IntervalDtype, pd.SparseDtype)


def plan_for(cls: type) -> Plan:
    """Returns the plan of a table, an index, an array of pandas or a type of its elements."""
    if cls in (pd.DataFrame, pd.Series) and not COPIES_ON_WRITE:
        return plans.refused(cls, "before pandas 3 tables may share what they write to")
    hint = "store a copy of it: table.copy()" if cls in (pd.DataFrame, pd.Series) else plans.HINT
    return _taken.plan_for(cls, FORMS, hint)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds one from the parts of its node."""
    return _taken.builder_of(plan, FORMS)


def _owned(given: Any, is_read: bool = False) -> Any:
    """Returns elements that nothing else holds: those of a text may be in two tables."""
    if type(given) is np.ndarray:
        return array_of(given, is_read)
    if isinstance(given, ExtensionArray) and type(given) in FORMS:
        own: Any = given.codes if isinstance(given, pd.Categorical) else given
        _need_room(own.nbytes)
        return given.copy()
    raise ValueError("the elements of a column are no array")


def _need_room(extra_bytes: int) -> None:
    """Refuses what there would be too much of beside what the text has."""
    if effort.is_too_large(extra_bytes):
        raise ValueError(effort.SWOLLEN)


def _index(given: Any) -> Any:
    if not isinstance(given, pd.Index):
        raise ValueError("the labels are no index")
    # Of these pandas would make the labels now, and keep them; and they were looked at before.
    if isinstance(given, pd.RangeIndex | pd.MultiIndex):
        return given
    trouble = _taken.trouble_of_labels(given._values)
    if trouble is not None:
        raise ValueError(trouble)
    return given


def _need_unique(*labels: Any) -> None:
    """Refuses labels of which two are equal, and counts what pandas makes to find that out."""
    made = (it for it in labels if not isinstance(it, pd.RangeIndex) and "_engine" not in it._cache)
    _need_room(sum(LABEL_BYTES * len(it) for it in made))
    for index in labels:
        _unique.require(index)


def _unwritten_bytes(labels: Any) -> int:
    """Returns what labels take, once somebody asks for them, that are said in few words."""
    is_range = isinstance(labels, pd.RangeIndex)
    is_written = not is_range and type(getattr(labels, "_data", None)) is not SparseArray
    return 0 if is_written or len(labels) <= FEW_LABELS else LABEL_BYTES * len(labels)


def _frame_extras(value: Any) -> Taken:
    return {"attrs": value._attrs, "duplicates": value.flags.allows_duplicate_labels}


def _with_extras(made: Any, attrs: Any, duplicates: Any) -> Any:
    if type(attrs) is not dict or type(duplicates) is not bool:
        raise ValueError("its attributes or flags have another type")
    if not duplicates:
        _need_unique(*made.axes)
    object.__setattr__(made, "_attrs", attrs)
    made.flags.allows_duplicate_labels = duplicates
    return made


def _take_frame(value: Any) -> Taken | str:
    trouble = _trouble_with(value)
    if trouble is not None:
        return trouble
    blocks = []
    for block in value._mgr.blocks:
        values = block.values
        is_plain = type(values) is not np.ndarray and isinstance(values.dtype, np.dtype)
        values = values._ndarray if is_plain else values
        own = Shared(values, block.refs)
        blocks.append(Group((own, Memory(block.mgr_locs.as_array))))
    return {
        "columns": value.columns,
        "index": value.index,
        "blocks": Group(tuple(blocks)),
        **_frame_extras(value),
    }


def _trouble_with(value: Any) -> str | None:
    foreign = vars(value).keys() - {"_mgr", "_attrs", "_flags", "_item_cache", "_name", "_cache"}
    return f"it holds an attribute `{min(foreign)}` of its own" if foreign else None


def _make_frame(
    cls: Any, columns: Any, index: Any, blocks: Any, attrs: Any, duplicates: Any
) -> Any:
    from pandas.api.internals import create_dataframe_from_blocks

    count, placed, made = len(_index(index)), [], []
    if type(blocks) is not list or len(_index(columns)) != sum(
        len(array_of(places)) for _, places in blocks
    ):
        raise ValueError("the blocks do not give each column once")
    for values, places in blocks:
        owned = _owned(values)
        places = array_of(places, is_read=True)
        if places.dtype != np.intp or places.ndim != 1:
            raise ValueError("the places of columns are no whole numbers")
        expected = (len(places), count)
        if owned.shape != expected and (owned.shape != (count,) or len(places) != 1):
            raise ValueError("a block has another size than the labels say")
        if type(owned) is np.ndarray and owned.ndim != 2:
            raise ValueError("a block of plain elements has no rows and columns")
        placed += places.tolist()
        made.append((owned, places))
    if sorted(placed) != list(range(len(columns))):
        raise ValueError("the blocks do not give each column once")
    frame = create_dataframe_from_blocks(made, index=index, columns=columns)
    return _with_extras(frame, attrs, duplicates)


def _take_series(value: Any) -> Taken | str:
    trouble = _trouble_with(value)
    if trouble is not None:
        return trouble
    (block,) = value._mgr.blocks
    values = block.values
    is_plain = type(values) is not np.ndarray and isinstance(values.dtype, np.dtype)
    return {
        "values": Shared(values._ndarray if is_plain else values, block.refs),
        "index": value.index,
        "name": value.name,
        **_frame_extras(value),
    }


def _make_series(cls: Any, values: Any, index: Any, name: Any, attrs: Any, duplicates: Any) -> Any:
    owned = _owned(values)
    if len(_index(index)) != len(owned):
        raise ValueError("it has another number of elements than of labels")
    made = pd.Series(owned, index=index, dtype=owned.dtype, name=name, copy=False)
    if made.dtype != owned.dtype:
        raise ValueError("pandas makes another type of its elements")
    return _with_extras(made, attrs, duplicates)


def _take_index(value: Any) -> Taken | str:
    trouble = _trouble_with_index(value)
    if trouble is not None:
        return trouble
    freq = getattr(value, "_freq", None)
    if not _times.is_offset(freq):
        return "its frequency has no reviewed form"
    if type(value._data) is SparseArray and effort.is_too_large(_unwritten_bytes(value)):
        return effort.SWOLLEN
    trouble = _taken.trouble_of_steps(value._data, _taken.STEPS_PER_LABEL)
    if trouble is not None:
        return trouble
    values = Shared(value._data, value._references, is_fixed=True)
    return {"values": values, "name": value.name, "freq": freq}


def _trouble_with_index(value: Any) -> str | None:
    known = {
        "_data",
        "_name",
        "_names",
        "_cache",
        "_id",
        "_engine",
        "_freq",
        "_reset_identity",
        "_range",
    }
    known |= {"_reset_identity", "_range", "_levels", "_codes", "sortorder", "_references"}
    foreign = vars(value).keys() - known
    return f"it holds an attribute `{min(foreign)}` of its own" if foreign else None


def _make_index(cls: Any, values: Any, name: Hashable, freq: Any) -> Any:
    owned = _owned(values)
    made = pd.Index(owned, dtype=owned.dtype, name=name, copy=False)
    if type(made) is not cls or made.dtype != owned.dtype or made.ndim != 1:
        raise ValueError("pandas makes another index of its elements")
    _need_room(_unwritten_bytes(made))
    if freq is not None:
        if not _times.is_offset(freq) or cls not in (pd.DatetimeIndex, pd.TimedeltaIndex):
            raise ValueError("its frequency has no reviewed form")
        _set_frequency(made, freq)
    return made


def _set_frequency(made: Any, freq: Any) -> None:
    """Gives moments their frequency, for which pandas may make each of them by code of Python."""
    _need_room(made.asi8.nbytes)
    # One moment that a view says often has none.
    steps = np.diff(made.asi8)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise ValueError("it has a frequency, and its moments are in no order")
    made.freq = freq


def _make_range(cls: Any, start: Any, stop: Any, step: Any, name: Any) -> Any:
    if {type(start), type(stop), type(step)} != {int}:
        raise ValueError("its bounds are no whole numbers")
    return pd.RangeIndex(start, stop, step, name=name)


def _take_levels(value: Any) -> Taken | str:
    trouble = _trouble_with_index(value)
    if trouble is not None:
        return trouble
    for level, codes in zip(value._levels, value.codes, strict=True):
        of_codes = effort.WRITTEN_GROWTH * codes.nbytes
        if effort.is_too_large(max(0, _unwritten_bytes(level) - of_codes)):
            return f"{effort.SWOLLEN}: one of its levels is a range of {len(level)} labels"
    return {
        "levels": Group(tuple(level._view() for level in value._levels)),
        "codes": Group(tuple(map(Memory, value.codes))),
        "names": Group(tuple(value.names)),
        "sortorder": value.sortorder,
    }


def _make_levels(cls: Any, levels: Any, codes: Any, names: Any, sortorder: Any) -> Any:
    kinds = [_index(level) for level in levels]
    numbers = [array_of(code) for code in codes]
    _need_room(sum(map(_unwritten_bytes, kinds)) + CODE_BYTES * sum(map(np.size, numbers)))
    if any(number.dtype.kind != "i" for number in numbers):
        raise ValueError("its codes are no whole numbers")
    _need_unique(*kinds)
    return pd.MultiIndex(kinds, numbers, sortorder=sortorder, names=names, verify_integrity=True)


def _take_backed(value: Any) -> Taken | str:
    freq = getattr(value, "_freq", None)
    if not _times.is_offset(freq):
        return "its frequency has no reviewed form"
    return {"values": Shared(value._ndarray), "dtype": value.dtype, "freq": freq}


def _make_backed(cls: Any, values: Any, dtype: Any, freq: Any) -> Any:
    kind = "m" if cls is arrays.TimedeltaArray else "M"
    plain = array_of(values)
    is_zoned = cls is arrays.DatetimeArray and type(dtype) is pd.DatetimeTZDtype
    if not is_zoned and not isinstance(dtype, np.dtype):
        raise ValueError("its type is none of moments")
    unit = getattr(dtype, "unit", None) or np.datetime_data(dtype)[0]
    if plain.dtype != np.dtype(f"{kind}8[{unit}]") or not _times.is_offset(freq):
        raise ValueError("its memory is of another type")
    made = cls._simple_new(plain, dtype=dtype)
    if freq is not None:
        _set_frequency(made, freq)
    return made


def _make_period(cls: Any, values: Any, dtype: Any, freq: Any) -> Any:
    if type(dtype) is not pd.PeriodDtype or array_of(values).dtype != np.int64 or freq is not None:
        raise ValueError("its memory is of another type")
    return arrays.PeriodArray(values, dtype=dtype)


def _make_plain(cls: Any, values: Any) -> Any:
    return arrays.NumpyExtensionArray(array_of(values))


def _make_categorical(cls: Any, codes: Any, dtype: Any) -> Any:
    if type(dtype) is not pd.CategoricalDtype or array_of(codes, is_read=True).dtype.kind != "i":
        raise ValueError("its codes or its type are none")
    made = pd.Categorical.from_codes(codes, dtype=dtype)
    if made.codes.dtype != codes.dtype:
        raise ValueError("its codes have another size than its categories ask for")
    return made


def _make_masked(cls: Any, values: Any, mask: Any) -> Any:
    return cls(array_of(values), array_of(mask))


def _take_texts(value: Any) -> Taken | str:
    elements = value._ndarray.tolist()
    missing = value.dtype.na_value
    for element in elements:
        if type(element) is not str and element is not missing and element == element:
            return f"one of its texts is a `{type(element).__qualname__}`"
    texts = [element if type(element) is str else None for element in elements]
    return {"values": texts, "dtype": value.dtype}


def _make_texts(cls: Any, values: Any, dtype: Any) -> Any:
    if type(dtype) is not pd.StringDtype or dtype.storage != "python":
        raise ValueError("its type is none of texts")
    if type(values) is not list or not all(type(text) in (str, type(None)) for text in values):
        raise ValueError("its elements are no texts")
    _need_room(LABEL_BYTES * len(values))
    held = [dtype.na_value if text is None else text for text in values]
    return arrays.StringArray(np.fromiter(held, object, len(held)), dtype=dtype)


def _take_intervals(value: Any) -> Taken:
    return {
        "left": Shared(value._left, is_read=True),
        "right": Shared(value._right, is_read=True),
        "dtype": value.dtype,
    }


def _make_intervals(cls: Any, left: Any, right: Any, dtype: Any) -> Any:
    if type(dtype) is not pd.IntervalDtype:
        raise ValueError("its type is none of intervals")
    ends = (_owned(left, is_read=True), _owned(right, is_read=True))
    return arrays.IntervalArray.from_arrays(*ends, dtype.closed, dtype=dtype)


def _take_sparse(value: Any) -> Taken:
    return {
        "values": Shared(value.sp_values),
        "places": Memory(value.sp_index.indices),
        "length": value.sp_index.length,
        "kind": value.kind,
        "dtype": value.dtype,
    }


def _make_sparse(cls: Any, values: Any, places: Any, length: Any, kind: Any, dtype: Any) -> Any:
    if type(dtype) is not pd.SparseDtype or array_of(places, is_read=True).dtype != np.int32:
        raise ValueError("its places or its type are none")
    if type(length) is not int:
        raise ValueError("its length is no whole number")
    steps = np.diff(places, prepend=-1, append=length)
    if places.ndim != 1 or (steps < 1).any():
        raise ValueError("its places are not in order, or lie outside it")
    whole = sparse.IntIndex(length, places)
    if len(array_of(values)) != len(places) or values.dtype != dtype.subtype:
        raise ValueError("it has another number or type of elements than places")
    index = whole if kind == "integer" else whole.to_block_index()
    return cls(values, sparse_index=index, dtype=dtype, fill_value=dtype.fill_value)


def _is_type(given: Any) -> bool:
    return isinstance(given, np.dtype) or (
        isinstance(given, ExtensionDtype) and type(given) in FORMS
    )


def _take_category_type(value: Any) -> Taken | str:
    labels = value.categories
    if labels is not None and effort.is_too_large(_unwritten_bytes(labels)):
        return f"{effort.SWOLLEN}: its categories are a range of {len(labels)} labels"
    return {"categories": labels, "ordered": value.ordered}


def _make_category_type(cls: Any, categories: Any, ordered: Any) -> Any:
    if ordered is not None and type(ordered) is not bool:
        raise ValueError("its order is no flag")
    if categories is not None:
        _need_room(_unwritten_bytes(_index(categories)))
        _need_unique(categories)
    return cls(categories, ordered)


def _make_interval_type(cls: Any, subtype: Any, closed: Any) -> Any:
    if subtype is not None and not _is_type(subtype):
        raise ValueError("its elements have no type")
    if type(closed) not in (str, type(None)):
        raise ValueError("it does not say which ends its elements hold")
    return cls(subtype, closed)


def _make_sparse_type(cls: Any, subtype: Any, fill_value: Any) -> Any:
    if not isinstance(subtype, np.dtype):
        raise ValueError("its elements have no type")
    # pandas shows in an error what is none, however much that holds.
    if not pd.api.types.is_scalar(fill_value):
        raise ValueError("what it leaves out is no scalar")
    return cls(subtype, fill_value)


def _make_text_type(cls: Any, storage: Any, na_value: Any) -> Any:
    if type(storage) is not str or type(na_value) not in (float, type(pd.NA)):
        raise ValueError("its storage or its missing value is none")
    return cls(storage, na_value)


def _make_period_type(cls: Any, freq: Any) -> Any:
    if freq is None or not _times.is_offset(freq):
        raise ValueError("its frequency has no reviewed form")
    return cls(freq)


def _make_zoned_type(cls: Any, unit: Any, tz: Any) -> Any:
    # Of a text it would make a zone, from a file that the text names.
    if not isinstance(tz, tzinfo) or unit not in _times.UNITS:
        raise ValueError("its zone or its unit is none")
    return cls(unit, tz)


def _attributes(*names: str) -> Callable[[Any], Taken]:
    return lambda value: {name: getattr(value, name) for name in names}


FORMS: dict[type, Form] = {
    pd.DataFrame: Form(_take_frame, _make_frame, True),
    pd.Series: Form(_take_series, _make_series, True),
    pd.RangeIndex: Form(_attributes("start", "stop", "step", "name"), _make_range, True),
    pd.MultiIndex: Form(_take_levels, _make_levels, True),
    pd.Categorical: Form(
        lambda value: {"codes": Shared(value._ndarray, is_read=True), "dtype": value.dtype},
        _make_categorical,
        True,
    ),
    arrays.DatetimeArray: Form(_take_backed, _make_backed, True),
    arrays.TimedeltaArray: Form(_take_backed, _make_backed, True),
    arrays.PeriodArray: Form(_take_backed, _make_period, True),
    arrays.NumpyExtensionArray: Form(
        lambda value: {"values": Shared(value._ndarray)}, _make_plain, True
    ),
    arrays.StringArray: Form(_take_texts, _make_texts, True),
    arrays.IntervalArray: Form(_take_intervals, _make_intervals, True),
    arrays.SparseArray: Form(_take_sparse, _make_sparse, True),
    pd.CategoricalDtype: Form(_take_category_type, _make_category_type),
    pd.DatetimeTZDtype: Form(_attributes("unit", "tz"), _make_zoned_type),
    pd.PeriodDtype: Form(_attributes("freq"), _make_period_type),
    pd.IntervalDtype: Form(_attributes("subtype", "closed"), _make_interval_type),
    pd.SparseDtype: Form(_attributes("subtype", "fill_value"), _make_sparse_type),
    pd.StringDtype: Form(
        _attributes("storage", "na_value"),
        _make_text_type,
    ),
}
FORMS |= {
    cls: Form(_take_index, _make_index, True)
    for cls in (
        pd.Index,
        pd.DatetimeIndex,
        pd.TimedeltaIndex,
        pd.PeriodIndex,
        pd.CategoricalIndex,
        pd.IntervalIndex,
    )
}
FORMS |= {
    cls: Form(
        lambda value: {"values": Shared(value._data), "mask": Shared(value._mask)},
        _make_masked,
        True,
    )
    for cls in (arrays.BooleanArray, arrays.FloatingArray, arrays.IntegerArray)
}
FORMS |= {
    getattr(pd, f"{kind}{bits}Dtype"): Form(lambda value: {}, lambda cls: cls())
    for kind in ("Int", "UInt", "Float")
    for bits in (8, 16, 32, 64)
    if kind != "Float" or bits >= 32
}
FORMS[pd.BooleanDtype] = Form(lambda value: {}, lambda cls: cls())
