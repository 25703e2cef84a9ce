"""Texts from strangers that say in few words what takes much memory, or time, once it is made.

Run as `python -m hostile_swollen`: it writes one line of JSON per case.
"""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import persist
from hostile_heavy import outcome
from hostile_texts import BAD, INVALID, UNTRUSTED, case, named, obj, same, shared

import resident

ROOM_BYTES = 512 << 20

MANY = 10**8

SWOLLEN = "it takes far more memory than what is written of it"
SHARED = "what it shares would be written again and again"
EACH_ONCE = "the blocks do not give each column once"

SAVER = "langgraph.checkpoint.memory:InMemorySaver"
OFFSETS = "pandas._libs.tslibs.offsets"


def array(dtype: Any, shape: list[int], v: str = "", **parts: Any) -> Any:
    return {"lc": "ndarray", "dtype": dtype, "shape": shape, **parts, "v": v}


def objects(shape: list[int], *items: Any) -> Any:
    return {"lc": "ndarray", "dtype": "|O", "shape": shape, "items": [*items]}


def structures(fields: list[Any], itemsize: int, shape: list[int], *given: Any) -> Any:
    dtype = {"lc": "dtype", "fields": fields, "itemsize": itemsize}
    return {"lc": "ndarray", "dtype": dtype, "shape": shape, "fields": [*given]}


NUMBER = array("<i8", [1], "AAAAAAAAAAA=")
SMALL = array("|i1", [1], "AA==")
MOMENT = array("<M8[us]", [1], "AAAAAAAAAAA=")


def view(count: int, base: Any = NUMBER, **parts: Any) -> Any:
    """A number that is said to be many."""
    place = {"dtype": base["dtype"], "shape": [count], "strides": [0], "offset": 0}
    return {"lc": "ndarray", **parts, "base": base, **place}


def labels(stop: int) -> Any:
    return obj("pandas:RangeIndex", dict={"start": 0, "stop": stop, "step": 1, "name": None})


def index(values: Any, kind: str = "Index", freq: Any = None) -> Any:
    return obj(f"pandas:{kind}", dict={"values": values, "name": None, "freq": freq})


def series(values: Any, of: Any) -> Any:
    content = {"values": values, "index": of, "name": None, "attrs": {}, "duplicates": True}
    return obj("pandas:Series", dict=content)


def table(columns: Any, rows: Any, *blocks: Any) -> Any:
    content = {"columns": columns, "index": rows, "blocks": [*blocks], "attrs": {}}
    return obj("pandas:DataFrame", dict=content | {"duplicates": True})


def levels(of: list[Any], *codes: Any) -> Any:
    content = {"levels": of, "codes": [*codes], "names": [None] * len(of), "sortorder": None}
    return obj("pandas:MultiIndex", dict=content)


def categories(of: Any) -> Any:
    return obj("pandas:CategoricalDtype", dict={"categories": of, "ordered": False})


def moments(values: Any, **parts: Any) -> Any:
    content = {"values": values, "dtype": {"lc": "dtype", "v": "<M8[us]"}, "freq": None}
    return obj("pandas.arrays:DatetimeArray", **parts, dict=content)


def sparse(length: int) -> Any:
    dtype = obj(
        "pandas:SparseDtype", dict={"subtype": {"lc": "dtype", "v": "<i8"}, "fill_value": 0}
    )
    content = {"values": NUMBER, "places": array("<i4", [1], "AgAAAA=="), "length": length}
    return obj("pandas.arrays:SparseArray", dict=content | {"kind": "integer", "dtype": dtype})


def texts(values: Any) -> Any:
    dtype = obj("pandas:StringDtype", dict={"storage": "python", "na_value": obj_nan()})
    return obj("pandas.arrays:StringArray", dict={"values": values, "dtype": dtype})


def obj_nan() -> Any:
    return {"lc": "float", "v": "nan"}


def offset(kind: str) -> Any:
    return obj(f"{OFFSETS}:{kind}", dict={"n": 1, "normalize": False, "kwds": {}})


def a_tuple(*elements: Any) -> Any:
    return {"lc": "tuple", "v": [*elements]}


def saver(*values: Any) -> Any:
    blobs = [[a_tuple("a", "b", "c", str(at)), a_tuple(it)] for at, it in enumerate(values)]
    content = {"storage": {}, "writes": {}, "blobs": {"lc": "dict", "v": blobs}}
    return obj(SAVER, dict=content)


def cache(value: Any) -> Any:
    space = {
        "lc": "dict",
        "v": [[a_tuple("a"), {"lc": "dict", "v": [["k", a_tuple(value, None)]]}]],
    }
    return obj("langgraph.cache.memory:InMemoryCache", dict={"_cache": space})


def doubled(held: Any, levels: int) -> Any:
    """Each list holds the one before it twice."""
    made = shared(1, [held, held])
    for ref in range(2, levels + 1):
        made = shared(ref, [made, same(ref - 1)])
    return made


def again(make: Any, first: Any, count: int) -> Any:
    return [make(first), *(make(same(1)) for _ in range(count - 1))]


def place(number: int) -> Any:
    return array("<i8", [1], ["AAAAAAAAAAA=", "AQAAAAAAAAA=", "AgAAAAAAAAA="][number])


NONE = structures([["a", {"lc": "dtype", "base": "|O", "shape": [0]}, 0]], 0, [MANY])
NONE["fields"] = [objects([MANY, 0])]
WIDE = structures([["a", "|O", 0]], 1 << 29, [1], objects([1], 1))
SHARED_MOMENTS = moments(view(2_000_000, MOMENT), ref=1)

ARRAYS = [
    NONE,
    array("|V0", [MANY, 2, 2], order=[1, 0, 2]),
    array({"lc": "dtype", "fields": [], "itemsize": 0}, [MANY]),
    array("|S0", [MANY]),
    WIDE,
    [structures([["a", "|O", 0]], 15 << 20, [1], objects([1], 1))] * 40,
    again(lambda items: objects([10_000]) | {"items": items}, shared(1, [1] * 10_000), 2_000),
]

TABLES = [
    *(
        index(array(dtype, [MANY // 10]) | {"v": {"lc": "bytes", "v": ""}})
        for dtype in ("|S0", "|V0")
    ),
    categories(labels(MANY)),
    {"lc": "set", "v": [categories(labels(MANY))]},
    levels([labels(MANY)], SMALL),
    levels([labels(3)], view(MANY, SMALL)),
    [levels([labels(70_000)], view(1 << 21, SMALL))] * 40,
    index(sparse(MANY)),
    categories(index(sparse(MANY))),
    table(
        labels(3),
        labels(2_000_000),
        *([SHARED_MOMENTS if at == 0 else same(1), place(at)] for at in range(3)),
    ),
    [series(view(2_000_000), labels(2_000_000))] * 3,
    [series(view(1 << 24, SMALL), labels(1 << 24))] * 3,
    [index(view(1 << 21, objects([1], "x"))), *[index(view(1 << 21, objects([1], "x")))] * 4],
    table(labels(0), index(view(1_000_000, objects([1], a_tuple(*range(310)))))),
    obj("pandas:Categorical", dict={"codes": view(MANY, SMALL), "dtype": categories(labels(3))}),
    again(texts, shared(1, ["x"] * 10_000), 1_000),
    obj(
        "pandas.arrays:IntervalArray",
        dict={
            "left": view(1 << 21),
            "right": view(1 << 21),
            "dtype": obj(
                "pandas:IntervalDtype",
                dict={"subtype": {"lc": "dtype", "v": "<i8"}, "closed": "right"},
            ),
        },
    ),
]

UNLIKE = b"".join(at.to_bytes(4, "little") for at in range(50_000))
LABELS = {"lc": "ndarray", "ref": 1} | array("<i4", [50_000], base64.b64encode(UNLIKE).decode())

WORDS = [str(at) for at in range(20_000)]
TYPES = [shared(1, WORDS), *[{"lc": "generic", "id": "typing:Literal", "args": same(1)}] * 200]

HASHED = [
    [LABELS, *[levels([index(same(1))], SMALL)] * 300],
    [LABELS, *[categories(index(same(1)))] * 300],
]

LONG_KEY = "k" * 240_000
CLASS = {"lc": "model", "ref": 1, "name": "M", "module": "m", "fields": {}}
MANY_BELOW = [{"lc": "object", "class": same(1), "dict": {}}] * 4_500

MANY_PRIVATE = CLASS | {"private": {f"_p{at}": {"default": 0} for at in range(10_000)}}
MANY_SLOTS = {"lc": "dataclass", "ref": 1, "name": "D", "module": "m", "settings": {"slots": True}}
MANY_SLOTS["fields"] = {f"f{at}": [named("class", "builtins:int")] for at in range(1_000)}

CASES = [
    case(
        [MANY_PRIVATE, *[{"lc": "object", "class": same(1), "dict": {}}] * 1_000], INVALID, SWOLLEN
    ),
    case([MANY_SLOTS, *[{"lc": "object", "class": same(1)}] * 15_000], INVALID, SWOLLEN),
    case([CLASS, {LONG_KEY: MANY_BELOW}, [same(2)]], BAD, "nothing has the label 2"),
    case(
        {LONG_KEY: [named("function", f"a:b{at}") for at in range(2_500)]},
        UNTRUSTED,
        "2500 things are missing",
    ),
    *(case(node, BAD, SWOLLEN) for node in ARRAYS),
    case(
        {**objects([1], 1), "dtype": {"lc": "dtype", "base": "|O", "shape": [1 << 26]}},
        BAD,
        "its class or type makes another array of it",
    ),
    *(case(node, INVALID, SWOLLEN) for node in (*TABLES, *HASHED, TYPES)),
    case(table(labels(MANY), labels(0)), INVALID, EACH_ONCE),
    case(table(labels(MANY), labels(1), [array("<i8", [1, 1], "AAAAAAAAAAA="), place(0)]), INVALID),
    case(
        series(NUMBER, labels(MANY)),
        INVALID,
        "it has another number of elements than of labels",
    ),
    case(
        index(moments(view(500_000, MOMENT)), "DatetimeIndex", offset("MonthEnd")),
        INVALID,
        "it has a frequency, and its moments are in no order",
    ),
    *(case(make(view(MANY)), INVALID, SHARED) for make in (saver, cache)),
    case(saver(view(MANY, array("|V0", [1]))), INVALID, SHARED),
    case(saver(*[view(1_000_000)] * 40), INVALID, SHARED),
    case(
        saver(doubled("x" * 1_000, 13), *[same(13)] * 249),
        INVALID,
        SHARED,
    ),
    case(saver(doubled({"lc": "date", "v": "2024-01-01"}, 20)), INVALID, SHARED),
    case(saver(doubled({"lc": "pattern", "v": "x" * 5_000, "flags": 32}, 13)), INVALID, SHARED),
    case([saver(doubled("x" * 1_000, 13)), *[saver(same(13))] * 40], INVALID, SHARED),
]


def main() -> None:
    """Restores each case in turn, with little memory."""
    for node in (saver(1), cache(1), table(labels(0), labels(0)), saver(SMALL)):
        with contextlib.suppress(persist.PersistError):
            persist.loads(json.dumps(node))
    resident.bound_growth(ROOM_BYTES)
    for one in CASES:
        print(json.dumps(outcome(one, saves=False)), flush=True)


if __name__ == "__main__":
    main()
