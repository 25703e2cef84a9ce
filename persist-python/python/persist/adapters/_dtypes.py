"""The types of array elements, taken apart by structure and put together from it.

A text is only ever one type code with a size. What numpy would read as more (lists with commas,
titles, evaluated tuples) is never handed to it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from persist.adapters._row import parts_of
from persist.state import plans, weight
from persist.state.plans import Pieces, Plan
from persist.state.text import numbers, quote

__all__ = ["BUILDERS", "built", "piece_of", "plan_for", "same_type", "simple_text"]

MAX_DEPTH = 32
"""Structures inside structures: numpy itself goes through them by recursion."""

PLAIN = (type(None), bool, int, float, complex, str, bytes)

LONG = "what stands for a missing text holds too much to be shown"

HOLDING = (list, tuple, dict, set, frozenset)

_CODE = re.compile(
    r"\|O|[<>|][biufcSUVMm]\d{1,10}(\[\d{0,9}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?", re.ASCII
)


def plan_for(cls: type) -> Plan:
    """Returns the plan of the classes of `numpy.dtypes`."""
    return plans.described(cls, _describe, has_identity=False, hashes_by_identity=True)


def simple_text(dtype: Any) -> str | None:
    """Returns the code of a type that its code alone says all of, None for any other."""
    return _code_of(dtype) if dtype.metadata is None else None


def _code_of(dtype: Any) -> str | None:
    """Returns the code that says all of a type but its metadata, None where none does."""
    text: str = dtype.str
    if dtype.char in "qQgGpP" and np.dtype(text).char != dtype.char:
        return None
    is_plain = dtype.names is None and dtype.subdtype is None
    if not is_plain or not _CODE.fullmatch(text) or not _same_layout(np.dtype(text), dtype):
        return None
    return text


def same_type(one: Any, other: Any) -> bool:
    """Returns whether two types are one: the same layout, names, titles, class and metadata."""
    if one is other:
        return True
    return _same_metadata(one.metadata, other.metadata) and _same_layout(one, other)


def _same_metadata(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    is_same = len(one) == len(other) and all(map(plans.is_same, one, other))
    return is_same and all(map(operator.is_, one.values(), other.values()))


def _same_layout(one: Any, other: Any) -> bool:
    """Returns whether two types are one, whatever metadata they have."""
    if type(one) is not type(other) or one.type is not other.type:
        return False
    shown = [
        (dtype.str, dtype.char, dtype.itemsize, dtype.isalignedstruct) for dtype in (one, other)
    ]
    return bool(one == other and shown[0] == shown[1] and _parts_agree(one, other))


def _parts_agree(one: Any, other: Any) -> bool:
    if (one.fields or {}).keys() != (other.fields or {}).keys() or one.names != other.names:
        return False
    if (one.subdtype is None) != (other.subdtype is None):
        return False
    if one.subdtype is not None and not same_type(one.base, other.base):
        return False
    pairs = [(one.fields[name], other.fields[name]) for name in one.names or ()]
    return all(mine[1:] == its[1:] and same_type(mine[0], its[0]) for mine, its in pairs)


def piece_of(dtype: Any) -> Any:
    """Returns a type as a piece of a node: its code, or itself to be walked."""
    text = simple_text(dtype)
    return quote(text) if text is not None else (".dtype", dtype)


def without_padding(array: Any) -> Any:
    """Returns an array whose numbers have zeros where their type leaves bytes of memory unused.

    An 80-bit number lies in 12 or 16 bytes, and what is in the rest differs from run to run.
    """
    if array.dtype.char not in "gG" or np.finfo(np.longdouble).nmant != 63:
        return array
    clean = array.copy()
    clean.reshape(-1).view("u1").reshape(-1, np.dtype("g").itemsize)[:, 10:] = 0
    return clean


def depth_of(dtype: Any) -> int:
    """Returns how deep structures lie in a type, at most one more than is read."""
    depth, level = 0, [dtype]
    while level and depth <= MAX_DEPTH:
        inner = [kind.base for kind in level if kind.subdtype is not None]
        inner += [kind.fields[name][0] for kind in level for name in kind.names or ()]
        depth, level = depth + 1, inner
    return depth


def _describe(dtype: Any, context: str, session: Any) -> Pieces | str:
    if depth_of(dtype) > MAX_DEPTH:
        return f"it is a type of structures nested more than {MAX_DEPTH} deep"
    if dtype.metadata is None:
        return _describe_bare(dtype)
    if not _is_note(dict(dtype.metadata)):
        return "it is a type whose metadata are more than plain values"
    bare = _describe_bare(dtype)
    if isinstance(bare, str):
        return bare
    head, pieces = bare
    *pieces, last = pieces
    metadata = (".metadata", dict(dtype.metadata))
    return head, [*pieces, last.removesuffix("}"), ',"metadata":', metadata, "}"]


def _is_note(metadata: dict[Any, Any]) -> bool:
    """Returns whether metadata are plain: a type is read before the array that it belongs to."""
    waiting: list[Any] = [metadata]
    seen: set[int] = set()
    for held in waiting:
        if type(held) not in HOLDING:
            if type(held) not in PLAIN and not isinstance(held, type):
                return False
        elif id(held) not in seen:
            seen.add(id(held))
            waiting += [*held, *held.values()] if type(held) is dict else held
    return True


def _describe_bare(dtype: Any) -> Pieces | str:
    """Returns the node of a type without its metadata, or why there is none."""
    text = _code_of(dtype)
    if text is not None:
        return '{"lc":"dtype"', [f',"v":{quote(text)}}}']
    if type(dtype).__name__ == "StringDType":
        return _describe_strings(dtype)
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return '{"lc":"dtype"', [',"base":', piece_of(base), f',"shape":{numbers(shape)}}}']
    if dtype.names is not None and dtype.type in (np.void, np.record):
        return _describe_fields(dtype)
    code = dtype.char
    if code in "qQgGpP" and _same_layout(np.dtype(code), dtype):
        return '{"lc":"dtype"', [f',"char":{quote(code)}}}']
    return f"there is no form for the type `{type(dtype).__name__}`"


def _describe_strings(dtype: Any) -> Pieces | str:
    pieces: list[Any] = [',"v":"StringDType"']
    if hasattr(dtype, "na_object"):
        if not weight.is_soon_shown(dtype.na_object):
            return LONG
        pieces += [',"na":', (".na_object", dtype.na_object)]
    if not dtype.coerce:
        pieces.append(',"coerce":false')
    return '{"lc":"dtype"', [*pieces, "}"]


def _describe_fields(dtype: Any) -> Pieces | str:
    pieces: list[Any] = [',"fields":[']
    for at, name in enumerate(dtype.names):
        kind, offset, *title = dtype.fields[name]
        if title and type(title[0]) is not str:
            return "it is a type with a title that is not text"
        rest = f",{quote(title[0])}]" if title else "]"
        pieces += [f"{',' if at else ''}[{quote(name)},", piece_of(kind), f",{offset}{rest}"]
    pieces.append(f'],"itemsize":{dtype.itemsize}')
    pieces += [f',"{key}":true' for key, has in _flags(dtype).items() if has]
    return '{"lc":"dtype"', [*pieces, "}"]


def _flags(dtype: Any) -> dict[str, bool]:
    return {"align": dtype.isalignedstruct, "record": dtype.type is np.record}


def built(given: object) -> Any:
    """Returns the type that a member of a node gives: a code, or a type that was built."""
    if isinstance(given, np.dtype):
        return given
    if type(given) is not str or not _CODE.fullmatch(given):
        raise ValueError("a type is no code")
    made = np.dtype(given)
    if made.str != given:
        raise ValueError(f"`{given}` is not how the type is written")
    return made


def _build(parts: dict[str, Any], made: object, admit: Callable[[str], type]) -> Any:
    if "metadata" not in parts:
        return _build_bare(parts)
    bare = _build_bare({name: part for name, part in parts.items() if name != "metadata"})
    metadata = parts["metadata"]
    if type(metadata) is not dict or not _is_note(metadata):
        raise ValueError("the metadata of a type are no map of plain values")
    noted: Any = np.dtype(bare, metadata=metadata)
    if not _same_metadata(noted.metadata, metadata) or not _same_layout(noted, bare):
        raise ValueError("the type takes no such metadata")
    return noted


def _build_bare(parts: dict[str, Any]) -> Any:
    if "fields" in parts:
        return _build_fields(*parts_of(parts, "fields itemsize", "align record"))
    if "base" in parts:
        base, shape = parts_of(parts, "base shape")
        if type(shape) is not list or not all(type(side) is int and side >= 0 for side in shape):
            raise ValueError("the shape of a type is no list of sizes")
        return _checked(np.dtype((built(base), tuple(shape))))
    if "char" in parts:
        (code,) = parts_of(parts, "char")
        if code not in tuple("qQgGpP"):
            raise ValueError("a type is no code")
        return np.dtype(code)
    code, na, coerce = parts_of(parts, "v", "na coerce")
    if code != "StringDType":
        return built(code)
    # numpy keeps the text of what stands for a missing one.
    if not weight.is_soon_shown(na):
        raise ValueError(LONG)
    known = {"na_object": na} if "na" in parts else {}
    if coerce is not None and coerce is not False:
        raise ValueError("a flag is not false")
    return (
        np.dtypes.StringDType(**known)
        if coerce is None
        else np.dtypes.StringDType(coerce=False, **known)
    )


def _build_fields(fields: object, itemsize: object, align: object, record: object) -> Any:
    if type(fields) is not list or type(itemsize) is not int or not _are_flags(align, record):
        raise ValueError("a structure has parts of the wrong type")
    spec: Any = {"names": [], "formats": [], "offsets": [], "itemsize": itemsize}
    titles: list[str | None] = []
    for field in fields:
        if type(field) is not list or len(field) not in (3, 4):
            raise ValueError("a field of a structure is no list of three or four")
        name, kind, offset, *title = field
        if any(type(text) is not str for text in (name, *title)) or type(offset) is not int:
            raise ValueError("a field of a structure has parts of the wrong type")
        spec["names"].append(name)
        spec["formats"].append(built(kind))
        spec["offsets"].append(offset)
        titles.append(title[0] if title else None)
    if any(titles):
        spec["titles"] = titles
    made = np.dtype(spec, align=align is True)
    made = np.dtype((np.record, made)) if record else made
    if made.itemsize != itemsize or made.isalignedstruct != (align is True):
        raise ValueError("a structure is not what its parts say")
    return _checked(made)


def _are_flags(*given: object) -> bool:
    return all(flag is None or flag is True for flag in given)


def _checked(dtype: Any) -> Any:
    if depth_of(dtype) > MAX_DEPTH:
        raise ValueError(f"structures are nested more than {MAX_DEPTH} deep")
    return dtype


BUILDERS = {"dtype": _build}
