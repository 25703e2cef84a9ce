"""Arrays, scalars, types and generators of a program that computes: one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class Series(np.ndarray):
    """An array with attributes, of a class that a program defines."""


class Hooked(np.ndarray):
    def __reduce__(self) -> Any:
        return (Hooked, ())


CODES = (
    "? b B h H i I l L q Q e f d g F D G S3 U4 V5 M8[ns] M8[D] m8[25s] M8 >i4 >f8 >c16 >U3 >M8[s]"
)

SCALARS: list[Any] = [
    np.bool_(True), np.int8(-5), np.uint64(2**64 - 1), np.longlong(5), np.float16(1.1),
    np.float32(0.1), np.float64(0.1), np.float64(-0.0), np.float32("nan"), np.float64("-inf"),
    np.frombuffer(b"\1\0\xa0\x7f", "<f4")[0], np.longdouble("1.1"), np.complex64(1 + 2j),
    np.clongdouble(2), np.str_("a\0"), np.str_("\ud800"), np.bytes_(b"a\0"),
    np.datetime64("2020-01-01T00", "h"), np.datetime64("NaT"), np.timedelta64(5, "D"),
    np.timedelta64(5), np.void(b"abc"),
]  # fmt: skip

TYPES = [
    np.dtype([("x", "i4"), ("y", "O")]),
    np.dtype(("i4", (2, 3))),
    np.dtype((np.record, [("a", "i4")])),
    np.dtype([("a", "i1"), ("b", "f8")], align=True),
    np.dtype({"names": ["a"], "formats": ["i4"], "offsets": [4], "itemsize": 12}),
    np.dtype([(("Title", "a"), "i4"), ("b", ("f4", (2,)))]),
    np.dtype([("p", [("q", [("r", "M8[s]")])])]),
    np.dtypes.StringDType(),
    np.dtypes.StringDType(na_object=None, coerce=False),
]


def views() -> Any:
    whole = np.arange(12.0)
    rows = whole.reshape(3, 4)
    return [whole, rows, rows.T, rows[:, 1], whole[::-2], whole[5:5], rows[None], whole.view("u1")]


def overlapping() -> Any:
    whole = np.arange(5)
    return [np.broadcast_to(whole, (2, 5)), np.lib.stride_tricks.sliding_window_view(whole, 3)]


def read_only() -> Any:
    whole = np.arange(3)
    early = whole[1:]
    whole.flags.writeable = False
    return [whole, early, whole[:1], np.frombuffer(b"12345678", "<i4")]


def buffered() -> Any:
    memory = bytearray(b"12345678")
    return [memory, np.ndarray((2,), "<i4", buffer=memory)]


def structures() -> Any:
    flat = np.zeros(3, [("x", "i4"), ("y", "f8", (2,)), ("z", "U3")])
    flat["z"] = ["a", "", "\0b"]
    held = np.zeros(2, [("a", "O"), ("b", "f4")])
    held["a"] = [[1], held]
    held["b"] = [np.nan, 2]
    return [flat, flat[1], flat["y"], flat[["x", "z"]], held, np.array(flat[0])[()].copy()]


def objects() -> Any:
    cycle = np.empty(2, object)
    around = [cycle]
    cycle[:] = [cycle, 5]
    cycle[1] = around
    grid = np.array([[1, "x"], [None, 2.5]], dtype=object, order="F")
    large = np.array(list(range(3000)), dtype=object)
    return [around, grid, grid[:, 1], large, np.array([*around, []], dtype=object)]


def classes() -> Any:
    kept = np.arange(3).view(Series).copy()
    kept.unit = "kg"
    kept.me = [kept]
    records = np.rec.array([(1, 2.0, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U2")])
    return [kept, np.matrix([[1, 2], [3, 4]]), records, records[0], records.copy()]


def masked() -> Any:
    hard = np.ma.array([[1, 2], [3, 4]], mask=[[1, 0], [0, 0]], hard_mask=True)
    filled = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-1)
    return [np.ma.array([1, 2, 3]), hard, hard[1:], filled, np.ma.masked, filled.copy()]


def masked_structures() -> Any:
    kind = [("a", "i4"), ("b", [("c", "f8", (2,)), ("d", "O")])]
    deep = np.ma.array([(1, ([2, 3], "x"))], mask=[(0, ([1, 0], 1))], dtype=kind)
    rows = [(1, 2.0), (3, 4.0)]
    pairs: dict[str, Any] = {"dtype": [("a", "i4"), ("b", "f8")], "mask": [(0, 1), (1, 0)]}
    shared = np.ma.array(rows, **pairs)
    hard = np.ma.array(rows, hard_mask=True, fill_value=(-1, 9.5), **pairs)
    plain = np.ma.array(rows, dtype=pairs["dtype"])
    records = np.ma.array(np.rec.array(rows, names="a,b"), mask=[(1, 0), (0, 0)])
    single = np.ma.array((1, 2.0), dtype=pairs["dtype"], mask=(0, 1))
    made = [deep, deep[0], shared, shared["a"], shared[0], shared[:1], hard, hard[0], plain, single]
    return [*made, np.ma.mvoid((1, 2.0), dtype=pairs["dtype"]), records, plain._fill_value]


def texts() -> Any:
    missing = np.dtypes.StringDType(na_object=np.nan, coerce=False)
    plain = np.array([["a", "bb"], ["", "\0"]], dtype=np.dtypes.StringDType())
    return [plain, np.array(["a", np.nan], dtype=missing)]


def generators() -> Any:
    drawn = []
    for stream in (np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox):
        generator = np.random.Generator(stream(5))
        generator.random(7)
        generator.integers(0, 5, 3, dtype="i4")
        drawn += [generator, generator.bit_generator, generator.bit_generator.seed_seq.spawn(2)]
    legacy = np.random.RandomState(3)
    legacy.randn(3)
    seed = np.random.SeedSequence([1, 2**70], spawn_key=(3, 4))
    return [drawn, legacy, np.random.RandomState(np.random.SFC64(3)), seed]


STATES: dict[str, Callable[[], Any]] = {
    "codes": lambda: [np.zeros(4, code) for code in CODES.split()],
    "types": lambda: [*TYPES, *map(np.dtype, CODES.split())],
    "scalars": lambda: list(SCALARS),
    "keys": lambda: {np.int64(1): "a", np.str_("b"): 2, np.datetime64("2020"): 3},
    "bits": lambda: np.array([np.nan, -0.0, np.inf, 5e-324]),
    "shapes": lambda: [np.array(5), np.empty((0, 5)), np.zeros((2, 0, 3), "U2"), np.ones([1] * 9)],
    "order": lambda: [
        np.array([[1, 2, 3], [4, 5, 6]], order="F"),
        np.ones((2, 3, 4)).transpose(1, 0, 2).copy(order="K"),
        np.arange(24).reshape(2, 3, 4).copy().transpose(2, 0, 1).copy(order="K"),
    ],
    "functions": lambda: [np.add, np.sin],
    "shared": lambda: [np.arange(2)] * 2,
}
STATES |= {
    make.__name__: make
    for make in (views, overlapping, read_only, buffered, structures, objects, classes, masked)
}
STATES |= {"masked_structures": masked_structures}
STATES |= {"texts": texts, "generators": generators}


def anatomy(thing: Any) -> Iterator[tuple[str, Any]] | None:
    """Returns what a thing of numpy is made of, None for any other."""
    if isinstance(thing, np.ndarray):
        return _array(thing)
    if isinstance(thing, np.dtype):
        return _type(thing)
    if isinstance(thing, np.generic):
        is_raw = not thing.dtype.hasobject and thing.dtype.char not in "gG"
        memory = thing.tobytes() if is_raw else repr(thing)
        return iter([("dtype", thing.dtype), ("base", thing.base), ("memory", memory)])
    if isinstance(thing, np.random.BitGenerator):
        return iter([("state", _plain(thing.state)), ("seed", thing._seed_seq)])
    if isinstance(thing, np.random.SeedSequence):
        return iter([("state", _plain(thing.state)), ("pool", thing.pool.tolist())])
    if isinstance(thing, np.random.Generator):
        return iter([("stream", thing.bit_generator)])
    if isinstance(thing, np.random.RandomState):
        state = _plain(thing.get_state(legacy=False))
        return iter([("stream", thing._bit_generator), ("state", state)])
    return None


def _array(array: Any) -> Iterator[tuple[str, Any]]:
    bare = np.ndarray.view(array, np.ndarray)
    base = array.base.base if type(array.base).__name__ == "DummyArray" else array.base
    yield "dtype", array.dtype
    yield "layout", (array.shape, bare.strides)
    yield "flags", tuple(array.flags[flag] for flag in ("WRITEABLE", "OWNDATA", "ALIGNED"))
    yield "base", base
    if isinstance(base, np.ndarray) and array.size:
        address = bare.__array_interface__["data"][0]
        yield "offset", address - np.asarray(base).__array_interface__["data"][0]
    if bare.dtype.hasobject:
        yield "elements", bare.ravel().tolist()
    elif bare.dtype.char in "gG":
        yield "elements", [repr(element) for element in bare.flat]
    else:
        yield "memory", bare.tobytes("A")
    if hasattr(array, "__dict__"):
        yield "dict", vars(array)


def _type(dtype: Any) -> Iterator[tuple[str, Any]]:
    yield "code", (dtype.str, dtype.char, dtype.itemsize, dtype.alignment, dtype.isalignedstruct)
    yield "class", dtype.type
    yield "shape", dtype.shape
    if dtype.subdtype is not None:
        yield "element", dtype.base
    for name in dtype.names or ():
        inner, *place = dtype.fields[name]
        yield f"[{name!r}]", inner
        yield f"[{name!r}] lies at", place
    yield "missing", [getattr(dtype, name, "none") for name in ("na_object", "coerce")]


def _plain(state: Any) -> Any:
    if isinstance(state, dict):
        return {key: _plain(value) for key, value in state.items()}
    return state.tolist() if hasattr(state, "tolist") else state


def assert_alike(one: Any, other: Any) -> None:
    """Refuses two things of numpy, or lists and dicts of them, that a program could tell apart."""
    met: dict[Any, Any] = {}
    held: list[Any] = []
    todo = [("$", one, other)]
    while todo:
        path, left, right = todo.pop()
        assert type(left) is type(right), f"{path}: {type(left)} is not {type(right)}"
        parts = anatomy(left)
        if parts is None and not isinstance(left, list | tuple | dict):
            assert repr(left) == repr(right), f"{path}: {left!r:.80} is not {right!r:.80}"
            continue
        if not isinstance(left, np.generic | np.dtype | tuple):
            known = met.setdefault(("left", id(left)), right), met.setdefault(id(right), left)
            assert known[0] is right, f"{path}: sharing differs"
            assert known[1] is left, f"{path}: sharing differs"
            if ("both", id(left)) in met:
                continue
            met["both", id(left)] = right
        held += [left, right]
        todo += _pairs(path, left, right)


def _pairs(path: str, left: Any, right: Any) -> list[tuple[str, Any, Any]]:
    sides = []
    for side in (left, right):
        if isinstance(side, dict):
            rows = [("keys", tuple(side)), *side.items()]
        elif isinstance(side, list | tuple):
            rows = [("len", len(side)), *enumerate(side)]
        else:
            rows = list(anatomy(side) or ())
        sides.append(rows)
    assert len(sides[0]) == len(sides[1]), f"{path}: {len(sides[0])} parts, not {len(sides[1])}"
    pairs = zip(*sides, strict=True)
    return [(f"{path}.{name}", value, other) for (name, value), (_, other) in pairs]
