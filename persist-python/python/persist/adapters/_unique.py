"""Whether labels and categories of pandas are all different, told without its own tables.

Those keep a number by a hash that anybody can choose numbers for: each of them is then compared
with all others. Numbers are sorted here, and the rest is put into a set once that is judged.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from persist.adapters import _taken
from persist.state.forms import trouble_of_keys

__all__ = ["require"]

arrays = pd.arrays

MASKED = (arrays.IntegerArray, arrays.FloatingArray, arrays.BooleanArray)
_NO_NUMBER = object()

MOMENTS = (arrays.DatetimeArray, arrays.TimedeltaArray, arrays.PeriodArray)


def require(index: Any) -> None:
    """Has pandas know that the labels of an index are all different.

    Raises:
        ValueError: Two of them are equal, or it would take too long to hash them.
    """
    if isinstance(index, pd.RangeIndex):
        return
    keys = list(index.codes) if isinstance(index, pd.MultiIndex) else _keys_of(index._values)
    if keys is not None and not _differ(keys):
        raise ValueError("two of its labels are equal")
    if keys is not None:
        index._cache["is_unique"] = True


def _keys_of(values: Any) -> list[Any] | None:
    """Returns arrays of numbers that are equal together where two elements are, None if unknown."""
    if isinstance(values, np.ndarray):
        return [_numbered(values) if values.dtype.hasobject else values]
    if isinstance(values, MOMENTS):
        return [values._ndarray.view("i8")]
    if isinstance(values, MASKED):
        data, mask = values._data, values._mask
        return [np.where(mask, data.dtype.type(0), data), mask]
    if isinstance(values, pd.Categorical):
        return [values.codes]
    if isinstance(values, arrays.IntervalArray):
        left, right = _keys_of(values._left), _keys_of(values._right)
        return None if left is None or right is None else left + right
    if isinstance(values, arrays.NumpyExtensionArray | arrays.StringArray):
        return _keys_of(values._ndarray)
    return _keys_of_sparse(values) if isinstance(values, arrays.SparseArray) else None


def _keys_of_sparse(values: Any) -> list[Any] | None:
    left_out = len(values) - len(values.sp_values)
    # One more says the same as all that are left out.
    more = np.array([values.fill_value] * min(left_out, 2), values.sp_values.dtype)
    return _keys_of(np.concatenate([values.sp_values, more]))


def _numbered(values: Any) -> Any:
    """Returns numbers for objects, all different if and only if the objects are."""
    elements = values.reshape(-1).tolist()
    trouble = _taken.trouble_of_steps(values) or trouble_of_keys(elements)
    if trouble is not None:
        raise ValueError(trouble)
    # As pandas has it, a number that is none is equal to any other such.
    held = {_NO_NUMBER if type(it) is float and it != it else it for it in elements}
    is_new = len(held) == len(elements)
    return np.arange(len(elements)) if is_new else np.zeros(len(elements), np.intp)


def _differ(keys: list[Any]) -> bool:
    """Returns whether no two places have the same in each of some arrays of one length."""
    first = keys[0]
    if len(keys) == 1 and bool((first[1:] > first[:-1]).all()):
        return True
    order = np.lexsort(keys)
    same = np.ones(max(len(first) - 1, 0), bool)
    for key in keys:
        ordered = key[order]
        one, other = ordered[1:], ordered[:-1]
        same &= (one == other) | ((one != one) & (other != other))
    return not same.any()
