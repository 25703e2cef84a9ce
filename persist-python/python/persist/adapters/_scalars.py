"""Single numbers, texts and times as numpy has them, and its functions over elements."""

from __future__ import annotations

import binascii
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from persist.adapters import _dtypes
from persist.adapters._row import parts_of
from persist.state import plans
from persist.state.plans import Pieces, Plan
from persist.state.text import numbers, quote

__all__ = ["BEGINNERS", "BUILDERS", "plan_for"]

Admit = Callable[[str], type]
Parts = dict[str, Any]

_GIVES: tuple[type, ...] = (np.ndarray, np.recarray)
"""Arrays whose elements are views of them."""

_ALONE: Any = np.void(b"").__reduce__()[0]
"""Makes an element of no array, of its type and its memory; numpy has it for pickle alone."""


def plan_for(cls: type) -> Plan:
    """Returns the plan of a scalar type, of the functions and of the one masked element."""
    if issubclass(cls, np.ufunc):
        return _value(cls, _describe_ufunc)
    if cls is type(np.ma.masked):
        return _value(cls, _describe_masked)
    if cls in (np.void, np.record):
        # An element of an array of structures can be changed: two mentions of one are one.
        return plans.described(cls, _describe_void, hashes_by_identity=True)
    if cls not in np.sctypeDict.values():
        return plans.refused(cls, f"its class `{cls.__qualname__}` extends a number of numpy")
    return _value(cls, _describe)


def _value(cls: type, describe: plans.Describe) -> Plan:
    return plans.described(cls, describe, has_identity=False, hashes_by_identity=True)


def _describe(value: Any, context: str, session: Any) -> Pieces | str:
    kind = value.dtype.kind
    if kind == "U":
        return '{"lc":"scalar","dtype":"str"', [',"v":', (".item()", str.__str__(value)), "}"]
    if kind == "S":
        inner = bytes.__bytes__(value)
        return '{"lc":"scalar","dtype":"bytes"', [',"v":', (".item()", inner), "}"]
    text = _dtypes.simple_text(value.dtype)
    head = f'{{"lc":"scalar","dtype":{quote(text or value.dtype.char)}'
    return head, [',"v":', _content_of(value), "}"]


def _content_of(value: Any) -> Any:
    kind, size = value.dtype.kind, value.dtype.itemsize
    if kind in "biu":
        return (".item()", value.item())
    if kind in "mM":
        return (".item()", int(np.array(value).view("i8")))
    if kind == "f" and size <= 8 and math.isfinite(value):
        return (".item()", float(value))
    memory = _dtypes.without_padding(np.array(value)).tobytes()
    return quote(binascii.b2a_base64(memory, newline=False).decode())


def _describe_void(value: Any, context: str, session: Any) -> Pieces | str:
    base = value.base
    if base is None:
        return '{"lc":"void"', [None, ',"of":', ("", np.array(value)), "}"]
    index = _index_of(value, base) if type(base) in _GIVES else None
    if index is None:
        return "it is an element that its array does not give"
    return '{"lc":"void"', [None, ',"of":', (".base", base), f',"at":{numbers(index)}}}']


def _index_of(value: Any, base: Any) -> list[int] | None:
    """Returns where in an array an element lies that shares its memory."""
    rest, found = _address(np.frombuffer(value, "u1")) - _address(base), [0] * base.ndim
    for axis in sorted(range(base.ndim), key=lambda axis: -abs(base.strides[axis])):
        found[axis] = rest // (base.strides[axis] or 1)
        rest -= found[axis] * base.strides[axis]
    is_inside = all(0 <= at < side for at, side in zip(found, base.shape, strict=True))
    return found if is_inside and rest == 0 and base.dtype == value.dtype else None


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _describe_ufunc(value: Any, context: str, session: Any) -> Pieces | str:
    name = value.__name__
    if vars(np).get(name) is not value:
        return f"no name leads to the function `{name}`"
    return '{"lc":"ufunc"', [f',"v":{quote(name)}}}']


def _describe_masked(value: Any, context: str, session: Any) -> Pieces:
    return '{"lc":"masked"', ["}"]


def _build(parts: Parts, made: object, admit: Admit) -> Any:
    code, given = parts_of(parts, "dtype v")
    exact: dict[str, Any] = {"str": (str, np.str_), "bytes": (bytes, np.bytes_)}
    if type(code) is str and code in exact:
        builtin, cls = exact[code]
        if type(given) is not builtin:
            raise ValueError("its value has another type")
        return cls(given)
    dtype = np.dtype(code) if code in tuple("qQgGpP") else _dtypes.built(code)
    if dtype.kind not in "biufcmM" or dtype != dtype.newbyteorder("="):
        raise ValueError(f"there is no scalar of the type `{code}`")
    return _scalar(dtype, given)


def _build_void(parts: Parts, made: object, admit: Admit) -> Any:
    whole, index = parts_of(parts, "of", "at")
    if type(whole) not in _GIVES or whole.dtype.kind != "V":
        raise ValueError("it is not what a structure is an element of")
    if index is None:
        if whole.shape != ():
            raise ValueError("it does not say which element it is")
        alone = whole[()].copy()
        return alone if whole.dtype.hasobject else _ALONE(whole.dtype, alone.tobytes())
    if type(index) is not list or len(index) != whole.ndim:
        raise ValueError("its index has not one number per axis")
    sides = zip(index, whole.shape, strict=True)
    if any(type(at) is not int or not 0 <= at < side for at, side in sides):
        raise ValueError("its index lies outside the array")
    return whole[tuple(index)]


def _scalar(dtype: Any, given: Any) -> Any:
    if type(given) is str:
        memory = binascii.a2b_base64(given, strict_mode=True)
        if dtype.kind not in "fc" or len(memory) != dtype.itemsize:
            raise ValueError("its memory has another size than its type says")
        return np.frombuffer(memory, dtype)[0]
    allowed = {"b": bool, "f": float}.get(dtype.kind, int)
    if (
        type(given) is not allowed
        or dtype.kind == "c"
        or (dtype.kind == "f" and dtype.itemsize > 8)
    ):
        raise ValueError("its value has another type")
    if dtype.kind in "mM":
        return np.array(given, "i8").view(dtype)[()]
    made = np.array(given, dtype)[()]
    if made.item() != given:
        raise ValueError("its value is not one of its type")
    return made


def _build_ufunc(parts: Parts, made: object, admit: Admit) -> Any:
    (name,) = parts_of(parts, "v")
    found = vars(np).get(name) if type(name) is str else None
    if type(found) is not np.ufunc or found.__name__ != name:
        raise ValueError("numpy has no such function over elements")
    return found


def _build_masked(parts: Parts, made: object, admit: Admit) -> Any:
    parts_of(parts, "")
    return np.ma.masked


def _begin_void(parts: Parts, admit: Admit) -> None:
    """Makes nothing yet: an element needs its array."""


BEGINNERS = {"void": _begin_void}
BUILDERS = {
    "masked": _build_masked,
    "scalar": _build,
    "ufunc": _build_ufunc,
    "void": _build_void,
}
