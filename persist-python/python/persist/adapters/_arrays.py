"""Arrays: their type, their shape, and the memory behind them.

An array that owns its memory is written with it, once. A view is written as a view of its base,
which is a node of its own, so that what shared memory does so again. Memory of objects is never
written as bytes and never looked at under another type: their elements are nodes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.ma import MaskedArray
from numpy.ma.core import mvoid
from persist.adapters import _dtypes
from persist.adapters._row import parts_of
from persist.state import effort, fingerprints, names, plans
from persist.state.held import slots_of
from persist.state.plans import Pieces, Plan
from persist.state.text import numbers, quote

__all__ = ["BEGINNERS", "BUILDERS", "MAKERS", "content_of", "plan_for"]

KNOWN: dict[str, Any] = {
    "numpy:matrix": np.matrix,
    "numpy.rec:recarray": np.recarray,
    "numpy.ma:MaskedArray": MaskedArray,
    "numpy.ma.core:mvoid": mvoid,
}
"""Classes of numpy that extend its array, by the name that the text gives them."""

MASKED = {
    "_mask",
    "_fill_value",
    "_hardmask",
    "_sharedmask",
    "_isfield",
    "_baseclass",
    "_optinfo",
    "_basedict",
}
"""What a masked array keeps in its dict."""

ELEMENTS = (np.void, np.record)
"""Elements of structures, in whose memory an array may lie: it has just that one."""

EARLY_BYTES = 8_192
"""An array of objects is made before its elements are read, so that these may mention it, only up
to this size: what a text claims to hold costs nothing before it is there."""

LARGE_BYTES = 65_536
"""What is counted while it is written, for what its text is said to stand for."""

_NAMES = {cls: name for name, cls in KNOWN.items()}
_HOOKS = ("__reduce__", "__reduce_ex__", "__setstate__", "__getstate__")

Admit = Callable[[str], type]
Parts = dict[str, Any]


def plan_for(cls: type) -> Plan:
    """Returns the plan of arrays and of what extends them."""
    trouble = _trouble_with_class(cls)
    if trouble is not None:
        return plans.refused(cls, trouble, "store a copy as a plain array: numpy.array(value)")
    record = fingerprints.record_of(cls)
    hint = "store a copy of it: array.copy()"
    return plans.described(
        cls, _describe, hint=hint, record=record if cls is np.ndarray or cls not in _NAMES else {}
    )


def _trouble_with_class(cls: type) -> str | None:
    if cls is np.ndarray or cls in _NAMES:
        return None
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    if issubclass(cls, np.memmap | MaskedArray):
        return f"its class {name} extends an array that is more than its elements"
    if names.name_of(cls) is None:
        return f"no name leads to its class {name}: it was made inside a function, or replaced"
    if slots_of(cls):
        return f"its class {name} is an array with slots"
    for hook in _HOOKS:
        if getattr(cls, hook, None) is not getattr(np.ndarray, hook, None):
            return f"its class {name} is taken apart by a `{hook}` of its own"
    return None


def _plain_heads() -> dict[int, tuple[str, Any]]:
    heads = {}
    for code in "?bBhHiIlLfdFDeMmqQ":
        dtype = np.dtype(code)
        text = _dtypes.simple_text(dtype)
        if text is not None:
            heads[id(dtype)] = f',"dtype":{quote(text)},"shape":', dtype
    return heads


_PLAIN = _plain_heads()
"""How arrays of numpy's own types begin, by the address of the type, which is kept with it."""


def _describe(array: Any, context: str, session: Any) -> Pieces | str:
    # Most arrays are of this kind, and there may be many.
    head = _PLAIN.get(id(array.dtype))
    if head is not None and type(array) is np.ndarray and array.base is None and array.flags.carray:
        if array.nbytes >= LARGE_BYTES:
            effort.add_room(array.nbytes)
        text = f'{head[0]}{numbers(array.shape)},"v":'
        return '{"lc":"ndarray"', [text, (array, array.nbytes), "}"]
    pieces: list[Any] = []
    cls = type(array)
    if cls is not np.ndarray:
        name = _NAMES.get(cls) or names.name_of(cls) or ""
        if cls not in _NAMES:
            session.name(name, "class")
        pieces.append(f',"id":{quote(name)}')
    bare = np.ndarray.view(array, np.ndarray) if cls is not np.ndarray else array
    own = _describe_view(array, bare) if array.base is not None else _describe_owner(array, bare)
    if isinstance(own, str):
        return own
    pieces += own
    if cls is not np.ndarray:
        held = vars(array)
        trouble = _trouble_with_names(cls, held)
        if trouble is not None:
            return trouble
        if held:
            pieces += [',"dict":', held]
    return '{"lc":"ndarray"', [*pieces, "}"]


def content_of(array: Any) -> list[Any] | str:
    """Returns the node of an array that owns what another one holds: its content, in place."""
    whole = array if array.flags.forc else array.copy(order="K")
    own = _describe_owner(whole, whole, is_readonly=False)
    return own if isinstance(own, str) else ['{"lc":"ndarray"', *own, "}"]


def _trouble_with_names(cls: Any, held: Any) -> str | None:
    if cls in _NAMES:
        allowed = MASKED if issubclass(cls, MaskedArray) else set()
        allowed = {"_getitem"} if cls is np.matrix else allowed
        foreign = held.keys() - allowed
    else:
        foreign = held.keys() & plans.forbidden_names(cls, set())
    return (
        f"it holds an attribute `{min(foreign)}` that a restore would not set" if foreign else None
    )


def _head_of(array: Any) -> list[Any]:
    return [',"dtype":', _dtypes.piece_of(array.dtype), f',"shape":{numbers(array.shape)}']


def _describe_owner(array: Any, bare: Any, is_readonly: bool | None = None) -> list[Any] | str:
    pieces = [*_head_of(bare)]
    axes = _axes_of(bare)
    if not np.ndarray.transpose(bare, axes).flags.c_contiguous:
        return "its elements do not lie side by side in memory"
    if axes != list(range(bare.ndim)):
        pieces.append(f',"order":{numbers(axes)}')
    if is_readonly is None and not array.flags.writeable:
        pieces.append(',"readonly":true')
    if not _dtypes.same_type(np.empty(0, bare.dtype).dtype, bare.dtype):
        return "its elements have a type that numpy makes no array of"
    if bare.dtype.itemsize == 0 and effort.is_too_large(bare.size):
        return effort.SWOLLEN
    if bare.dtype.hasobject and bare.nbytes > EARLY_BYTES:
        pieces.append(None)
    if bare.dtype.names is not None and bare.dtype.hasobject:
        return _describe_fields(bare, pieces)
    if bare.dtype.hasobject:
        return [*pieces, ',"items":', ("", list(bare.flat))]
    effort.add_room(bare.nbytes)
    return [*pieces, ',"v":', (_dtypes.without_padding(bare.transpose(axes)), bare.nbytes)]


def _describe_fields(bare: Any, pieces: list[Any]) -> list[Any] | str:
    inner = [(f"[{name!r}]", bare[name].copy()) for name in bare.dtype.names]
    # What lies between the fields is not written.
    gap_bytes = bare.nbytes - sum(field.nbytes for _, field in inner)
    if effort.is_too_large(max(0, gap_bytes)):
        return effort.SWOLLEN
    pieces.append(',"fields":[')
    for at, child in enumerate(inner):
        pieces += [",", child] if at else [child]
    return [*pieces, "]"]


def _axes_of(array: Any) -> list[int]:
    """Returns the axes from the outermost to the innermost, as they lie in memory."""
    if array.flags.c_contiguous:
        return list(range(array.ndim))
    if array.flags.f_contiguous:
        return list(range(array.ndim))[::-1]
    return sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))


def _describe_view(array: Any, bare: Any) -> list[Any] | str:
    base = array.base
    # What numpy hangs into views with strides of their own: it stands for what it holds.
    if type(base).__name__ == "DummyArray" and type(base).__module__.startswith("numpy."):
        base = base.base
    if type(base) in ELEMENTS and base.base is not None:
        return _describe_element(array, base)
    if not isinstance(base, np.ndarray) and type(base) not in (bytes, bytearray):
        return f"it lies in the memory of a `{type(base).__qualname__}`"
    flat = _memory_of(base)
    if flat is None and not _is_all_of(base, bare.dtype, (bare.shape, bare.strides)):
        return "it is a view of what does not lie side by side in memory"
    offset = _address(bare) - _address(base if flat is None else flat) if bare.size else 0
    if array.flags.writeable and not _may_be_writeable(base):
        return "it may be written through, and its base may not"
    given = {
        "base": base,
        "dtype": bare.dtype,
        "shape": list(bare.shape),
        "strides": list(bare.strides),
        "offset": offset,
        "readonly": None if array.flags.writeable else True,
    }
    try:
        again = _view(type(array), given)
    except (ValueError, TypeError) as error:
        return f"it is a view that numpy does not make again: {error}"
    if bare.size and _address(again) != _address(bare):
        return "it is a view that numpy does not make again"
    pieces = [',"base":', (".base", base), *_head_of(bare)]
    pieces.append(f',"strides":{numbers(bare.strides)},"offset":{offset}')
    if given["readonly"]:
        pieces.append(',"readonly":true')
    return [None, *pieces]


def _describe_element(array: Any, base: Any) -> list[Any] | str:
    """Returns the members of an array that has the memory of an element, and nothing else."""
    given = {"base": base, "dtype": array.dtype, "shape": [], "strides": [], "offset": 0}
    try:
        again = _view(type(array), given)
    except (ValueError, TypeError) as error:
        return f"it is a view that numpy does not make again: {error}"
    if array.shape != () or _address(again) != _address(array):
        return "it is a view that numpy does not make again"
    if array.flags.writeable and not again.flags.writeable:
        return "it may be written through, and its base may not"
    pieces = [',"base":', (".base", base), *_head_of(array), ',"strides":[],"offset":0']
    return [None, *pieces, *([] if array.flags.writeable else [',"readonly":true'])]


def _may_be_writeable(base: Any) -> bool:
    if isinstance(base, np.ndarray):
        return bool(base.flags.writeable) or base.base is None
    return type(base) is bytearray


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _lies_plain(base: Any) -> bool:
    return not isinstance(base, np.ndarray) or bool(base.flags.forc)


def _memory_of(base: Any) -> Any:
    """Returns the memory of a base as one piece, None where it lies in several."""
    if not isinstance(base, np.ndarray):
        return np.ndarray((len(base),), "u1", buffer=base)
    bare = np.ndarray.view(base, np.ndarray)
    bare = bare.transpose(_axes_of(bare))
    return bare if bare.flags.c_contiguous else None


def _is_all_of(base: Any, dtype: Any, layout: tuple[Any, Any]) -> bool:
    """Returns whether a view by this shape and these strides has just the elements of its base."""
    return bool(layout == (base.shape, base.strides) and _dtypes.same_type(dtype, base.dtype))


def _begin(parts: Parts, admit: Admit) -> Any:
    """Makes an array that its elements or attributes may mention; None where that is too large."""
    cls = _class_of(parts, admit)
    if "base" in parts:
        return _view(cls, parts)
    dtype, shape = _dtypes.built(parts.get("dtype")), _shape_of(parts.get("shape"))
    count, memory = math.prod(shape), parts.get("v")
    if dtype.subdtype is not None:
        raise ValueError("its class or type makes another array of it")
    if dtype.hasobject or memory is None:
        is_filled = "items" in parts or "fields" in parts
        if not is_filled and count * dtype.itemsize > EARLY_BYTES:
            return None
        _check_objects(parts, dtype, count)
    elif type(memory) is not bytes or len(memory) != count * dtype.itemsize:
        raise ValueError("its memory has another size than its type and shape say")
    # What it is made of may stand in many others too, and elements of no size take time.
    if effort.is_too_large(count * max(dtype.itemsize, 1)):
        raise ValueError(effort.SWOLLEN)
    made = _empty(cls, shape, dtype, _order_of(parts.get("order"), len(shape)))
    if memory:
        bare = np.ndarray.view(made, np.ndarray)
        bare.transpose(_axes_of(bare)).reshape(-1).view("u1")[:] = np.frombuffer(memory, "u1")
    return made


def _class_of(parts: Parts, admit: Admit) -> Any:
    if "id" not in parts:
        return np.ndarray
    name = parts["id"]
    if type(name) is not str:
        raise ValueError("its class is no name")
    cls = KNOWN.get(name) or admit(name)
    if not issubclass(cls, np.ndarray) or _trouble_with_class(cls) is not None:
        raise ValueError(f"`{name}` is no class of arrays")
    return cls


def _shape_of(given: object) -> tuple[int, ...]:
    if type(given) is not list or not all(type(side) is int and side >= 0 for side in given):
        raise ValueError("its shape is no list of sizes")
    return tuple(given)


def _order_of(given: object, count: int) -> list[int]:
    axes = list(range(count))
    if given is None:
        return axes
    if type(given) is not list or any(type(axis) is not int for axis in given):
        raise ValueError("its order is no list of axes")
    if sorted(given) != axes or given == axes:
        raise ValueError("its order is not one of its axes")
    return given


def _check_objects(parts: Parts, dtype: Any, count: int) -> None:
    """Refuses elements of another number than the shape says, before anything is allocated."""
    if not dtype.hasobject or "v" in parts:
        raise ValueError("its memory is bytes where it has objects, or the other way round")
    member = "fields" if dtype.names is not None else "items"
    if {"fields", "items"} & parts.keys() - {member}:
        raise ValueError(f"its elements do not stand under `{member}`")
    given = parts.get(member)
    if given is None:
        return
    expected = count if member == "items" else len(dtype.names)
    if type(given) is not list or len(given) != expected:
        raise ValueError("it has another number of elements than its type and shape say")
    # A view may have any number of elements, of the memory of one.
    if member == "fields" and not all(type(it) is np.ndarray and it.base is None for it in given):
        raise ValueError("its fields are no arrays with memory of their own")


def _empty(cls: Any, shape: tuple[int, ...], dtype: Any, axes: list[int]) -> Any:
    reversed_axes = list(range(len(shape)))[::-1]
    if axes in (reversed_axes[::-1], reversed_axes):
        order: Any = "C" if axes == reversed_axes[::-1] else "F"
        return np.ndarray.__new__(cls, shape, dtype, order=order)
    lying = np.empty([shape[axis] for axis in axes], dtype).transpose(np.argsort(axes))
    return np.ndarray.copy(lying.view(cls), order="K")


def _view(cls: Any, parts: Parts) -> Any:
    """Makes a view of memory that is there."""
    base, dtype = parts["base"], _dtypes.built(parts.get("dtype"))
    shape, offset = _shape_of(parts.get("shape")), parts.get("offset")
    strides = parts.get("strides")
    if type(offset) is not int or type(strides) is not list or "v" in parts:
        raise ValueError("a view has no offset and strides, or memory of its own")
    if not all(type(stride) is int for stride in strides) or len(strides) != len(shape):
        raise ValueError("the strides of a view are no list of sizes")
    if type(base) in ELEMENTS:
        return _element(cls, base, dtype, [*shape, *strides, offset])
    if not isinstance(base, np.ndarray) and type(base) not in (bytes, bytearray):
        raise ValueError("a view has a base that is no memory")
    _check_types(dtype, base, [offset, *strides])
    flat = _memory_of(base)
    is_all = flat is None and offset == 0 and _is_all_of(base, dtype, (shape, tuple(strides)))
    if is_all and issubclass(cls, MaskedArray):
        return np.ndarray.view(base, cls)
    if flat is None:
        raise ValueError("the base of a view does not lie side by side in memory")
    # Of its own class, a view keeps what it is given as its base; else that one's base.
    buffer = base if _lies_plain(base) else flat
    if buffer is flat and cls is not np.ndarray:
        raise ValueError("the base of a view does not lie in memory as a plain array does")
    _check_bounds(shape, strides, (offset, dtype.itemsize, flat.nbytes))
    make = np.ndarray.__new__
    return make(cls, shape, dtype, buffer=buffer, offset=offset, strides=tuple(strides))


def _check_bounds(shape: Sequence[int], strides: list[int], place: tuple[int, int, int]) -> None:
    """Refuses a view that reaches beyond its memory: numpy's own check lets sums wrap around."""
    offset, item_bytes, memory_bytes = place
    reaches = [(size - 1) * stride for size, stride in zip(shape, strides, strict=True)]
    first = offset + sum(min(0, reach) for reach in reaches)
    end = offset + sum(max(0, reach) for reach in reaches) + item_bytes
    if 0 in shape:
        first, end = offset, offset
    if first < 0 or end > memory_bytes:
        raise ValueError("a view reaches beyond the memory of its base")


def _element(cls: Any, base: Any, dtype: Any, place: list[int]) -> Any:
    if cls is not np.ndarray or place != [0] or not _dtypes.same_type(base.dtype, dtype):
        raise ValueError("a view of an element has another class, type or shape than that")
    return np.asarray(base)


def _check_types(dtype: Any, base: Any, steps: list[int]) -> None:
    """Refuses to look at memory of objects as anything else, and at anything else as objects."""
    if not dtype.hasobject and not getattr(base, "dtype", dtype).hasobject:
        return
    is_same = isinstance(base, np.ndarray) and _dtypes.same_type(dtype, base.dtype)
    if not is_same or dtype.char == "T" or any(step % dtype.itemsize for step in steps):
        raise ValueError("a view of objects has another type than its base")


def _finish(parts: Parts, made: Any, admit: Admit) -> Any:
    """Gives an array its elements and attributes, and checks that it is what the text says."""
    parts_of(parts, "dtype shape", "id base order strides offset readonly v items fields dict")
    array = _begin(parts, admit) if made is None else made
    dtype, shape = _dtypes.built(parts["dtype"]), _shape_of(parts["shape"])
    if "base" in parts:
        if {"order", "items", "fields"} & parts.keys():
            raise ValueError("a view has memory of its own")
        array = _writeable(array, parts)
    elif {"strides", "offset"} & parts.keys():
        raise ValueError("what is no view has an offset or strides")
    elif dtype.hasobject:
        _check_objects(parts, dtype, math.prod(shape))
        _fill(np.ndarray.view(array, np.ndarray), parts)
    elif {"items", "fields"} & parts.keys():
        raise ValueError("its memory is bytes, and it has elements beside it")
    if parts.get("readonly", True) is not True:
        raise ValueError("a flag is not true")
    if "dict" in parts:
        _set_attributes(array, parts["dict"])
    if parts.get("readonly"):
        array.flags.writeable = False
    bare = np.ndarray.view(array, np.ndarray)
    is_same = array.shape == shape and _dtypes.same_type(bare.dtype, dtype)
    if not is_same or array.flags.writeable == bool(parts.get("readonly")):
        raise ValueError("its class or type makes another array of it")
    return array


def _writeable(array: Any, parts: Parts) -> Any:
    """Returns a view that may be written through though its base may not be."""
    base = parts["base"]
    is_readonly = parts.get("readonly") or array.flags.writeable
    if is_readonly or not isinstance(base, np.ndarray) or base.base is not None:
        return array
    base.flags.writeable = True
    try:
        return _view(type(array), parts)
    finally:
        base.flags.writeable = False


def _fill(bare: Any, parts: Parts) -> None:
    if "fields" in parts:
        for name, given in zip(bare.dtype.names, parts["fields"], strict=True):
            place = bare[name]
            is_same = type(given) is np.ndarray and given.shape == place.shape
            if not is_same or not _dtypes.same_type(given.dtype, place.dtype):
                raise ValueError(f"its field `{name}` has another type or shape")
            place[...] = given
    elif "items" in parts:
        items = np.fromiter(parts["items"], object, len(parts["items"]))
        if bare.dtype.char == "T" and not all(_may_hold(bare.dtype, item) for item in items.flat):
            raise ValueError("its elements are no text")
        bare[...] = items.reshape(bare.shape)
    else:
        raise ValueError("it has no elements")


def _may_hold(dtype: Any, item: object) -> bool:
    """Returns whether a text or the object that stands for a missing one is an element."""
    if type(item) is str or not hasattr(dtype, "na_object"):
        return type(item) is str
    missing = dtype.na_object
    return item is missing or (type(item) is type(missing) is float and item != item)


def _set_attributes(array: Any, held: dict[str, Any]) -> None:
    cls = type(array)
    if cls is np.ndarray or type(held) is not dict:
        raise ValueError("a plain array has no attributes")
    trouble = _trouble_with_names(cls, held)
    if trouble is not None:
        raise ValueError(trouble)
    if issubclass(cls, MaskedArray) and held.keys() != MASKED:
        raise ValueError("a masked array lacks an attribute")
    vars(array).clear()
    vars(array).update(held)


def _maker(text: str) -> tuple[Callable[[list[int]], object], int] | None:
    """Returns what makes a plain array of a shape, and the bytes of an element.

    None for a type whose arrays have to be looked at once they are made: objects, and what numpy
    makes an array of another type of.
    """
    dtype = _dtypes.built(text)
    is_kept = _dtypes.same_type(np.empty(0, dtype).dtype, dtype)
    if dtype.hasobject or dtype.itemsize == 0 or not is_kept:
        return None
    return functools.partial(np.empty, dtype=dtype), dtype.itemsize


BEGINNERS = {"ndarray": _begin}
MAKERS = {"ndarray": _maker}
BUILDERS = {"ndarray": _finish}
