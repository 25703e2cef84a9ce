"""Arrays and generators of numpy saved here, restored in a new process, compared and used."""

from __future__ import annotations

import json
import pickle
import sys
from typing import Any

import persist
import pytest
from persist import CaptureError, FormatError, RebuildError, UntrustedError

from trips import python

np = pytest.importorskip("numpy")
lab = pytest.importorskip("lab")

SAVE = """
import lab, pathlib, persist, sys
for name, make in lab.STATES.items():
    persist.snapshot(make(), pathlib.Path(sys.argv[1], name), durable=False)
"""

CHECK = """
import json, lab, pathlib, persist, sys, traceback
outcomes = {}
for name, make in lab.STATES.items():
    try:
        allow = ["lab"] if name == "classes" else []
        lab.assert_alike(make(), persist.restore(pathlib.Path(sys.argv[1], name), allow=allow))
        outcomes[name] = "the same"
    except Exception:
        outcomes[name] = traceback.format_exc()
print(json.dumps(outcomes))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("arrays")
    python(SAVE, folder, seed=1)
    return json.loads(python(CHECK, folder, seed=2))


@pytest.mark.parametrize("name", lab.STATES)
def test_what_numpy_has_comes_back_in_a_new_process(name: str, outcomes: Any) -> None:
    assert outcomes[name] == "the same"


@pytest.mark.parametrize("name", lab.STATES)
def test_what_comes_back_is_written_the_same(name: str) -> None:
    value = lab.STATES[name]()
    text = persist.dumps(value)
    assert persist.dumps(persist.loads(text, allow="lab")) == text
    lab.assert_alike(value, lab.STATES[name]())


def test_importing_persist_imports_no_numpy() -> None:
    assert python("import persist, sys; print('numpy' in sys.modules)").strip() == "False"


def test_restoring_needs_no_allow_and_names_numpy_in_the_metadata() -> None:
    persist.snapshot({"x": np.arange(3)}, "memory://arrays", durable=False)
    assert persist.restore("memory://arrays")["x"].tolist() == [0, 1, 2]
    metadata = persist.get_metadata("memory://arrays")
    assert metadata["environment"]["distributions"]["numpy"] == np.__version__
    assert metadata["needs"]["allow"] == []


def test_views_go_on_sharing_memory() -> None:
    whole = np.arange(6)
    back, rows = persist.loads(persist.dumps([whole, whole.reshape(2, 3)]))
    back[4] = 50
    assert rows[1, 1] == 50
    assert rows.base is back


def test_an_element_of_structures_is_one_wherever_it_is_held() -> None:
    array = np.zeros(3, [("x", "i4"), ("o", "O")])
    alone = pickle.loads(pickle.dumps(np.zeros(2, [("x", "i4")])[0]))
    state = {"one": array[1], "array": array, "alone": alone}
    state |= {"again": [state["one"]], "too": alone}
    back = persist.loads(persist.dumps(state))
    lab.assert_alike(state, back)
    assert back["again"][0] is back["one"]
    assert back["too"] is back["alone"]
    back["one"]["x"] = 7
    assert back["array"]["x"].tolist() == [0, 7, 0]


def test_an_element_that_its_own_array_holds_comes_back_there() -> None:
    array = np.zeros(2, [("x", "i4"), ("o", "O")])
    array["o"][0] = array[1]
    back = persist.loads(persist.dumps(array))
    back["o"][0]["x"] = 7
    assert back["x"].tolist() == [0, 7]


def test_a_generator_draws_on_as_before() -> None:
    for make in (np.random.default_rng, np.random.RandomState):
        generator = make(5)
        generator.normal(size=3)
        back = persist.loads(persist.dumps(generator))
        assert back.normal(size=9).tolist() == generator.normal(size=9).tolist()


def test_a_class_of_the_program_needs_allow() -> None:
    text = persist.dumps(np.zeros(2).view(lab.Series))
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["lab:Series"]


def test_the_comparison_sees_what_differs() -> None:
    whole = np.arange(4.0)
    pairs: list[tuple[Any, Any]] = [
        (np.zeros(2), np.zeros(2, "f4")), (np.array([0.0]), np.array([-0.0])),
        (np.zeros((2, 2)), np.zeros((2, 2), order="F")),
        ([whole, whole[1:]], [whole, whole[1:].copy()]),
        (np.float64(1), np.float32(1)), (np.array([1], object), np.array([True], object)),
        (np.random.default_rng(1), np.random.default_rng(2)), (np.zeros(2), np.matrix([0.0, 0.0])),
    ]  # fmt: skip
    for one, other in pairs:
        with pytest.raises(AssertionError):
            lab.assert_alike(one, other)


NOTED = {"unit": ["m"], 1: (2.5, {"a": b"c"})}


def noted(spec: Any, **settings: Any) -> Any:
    return np.dtype(np.dtype(spec, **settings), metadata=NOTED)


TYPES_WITH_NOTES = {
    "a number": lambda: noted("f8"),
    "bytes turned": lambda: noted(">i2"),
    "one of two C types": lambda: noted("q"),
    "objects": lambda: noted("O"),
    "texts": lambda: noted("U5"),
    "moments": lambda: noted("M8[ms]"),
    "a structure": lambda: noted([("a", noted("i4")), ("b", "f8")], align=True),
    "a record": lambda: noted((np.record, [("a", "i4")])),
    "an array in a structure": lambda: np.dtype([("a", noted("f4"), (2, 3)), ("b", "i1")]),
    "nothing noted": lambda: np.dtype("f8", metadata={}),
}


@pytest.mark.parametrize("name", TYPES_WITH_NOTES)
def test_what_is_noted_of_a_type_comes_back(name: str) -> None:
    dtype = TYPES_WITH_NOTES[name]()
    array = np.zeros((2, 2), dtype)
    text = persist.dumps([dtype, array, array[1:], NOTED["unit"]])
    one, again, view, unit = persist.loads(text)
    for mine, its in ((one, dtype), (again.dtype, array.dtype), (view.dtype, array[1:].dtype)):
        assert_noted(mine, its, unit)
    assert persist.dumps([one, again, view, unit]) == text


def assert_noted(one: Any, other: Any, unit: Any) -> None:
    """Asserts that two types are alike, with what is noted of them and of their parts."""
    assert one == other
    for name in ("char", "type", "isalignedstruct", "names"):
        assert getattr(one, name) == getattr(other, name)
    assert (one.metadata is None) == (other.metadata is None)
    assert dict(one.metadata or {}) == dict(other.metadata or {})
    if one.metadata:
        assert one.metadata["unit"] is unit
    if one.subdtype is not None:
        assert_noted(one.base, other.base, unit)
    for field in one.names or ():
        assert_noted(one.fields[field][0], other.fields[field][0], unit)


def test_what_is_noted_of_a_type_may_hold_itself() -> None:
    notes: dict[str, Any] = {"all": []}
    notes["all"] += [notes["all"], int]
    again = persist.loads(persist.dumps([np.zeros(2, np.dtype("f4", metadata=notes))]))
    held = again[0].dtype.metadata["all"]
    assert held[0] is held
    assert held[1] is int


def test_two_types_that_differ_in_their_notes_alone_stay_two() -> None:
    value = [np.zeros(1, np.dtype("f8", metadata={"unit": unit})) for unit in ("m", "s")]
    again = persist.loads(persist.dumps([*value, np.zeros(1)]))
    assert [it.dtype.metadata and it.dtype.metadata["unit"] for it in again] == ["m", "s", None]


def _mapped(folder: Any) -> Any:
    return np.memmap(folder / "numbers", "u1", "w+", shape=(4,))


def _own_cycle(folder: Any) -> Any:
    held = np.empty(3, object)
    view = held[1:]
    held[:] = [view, 1, 2]
    return view


def _large_cycle(folder: Any) -> Any:
    held = np.empty(2000, object)
    held[0] = held
    return held


REFUSED: list[tuple[Any, str]] = [
    (_mapped, "extends an array that is more than its elements"),
    (lambda folder: np.asarray(_mapped(folder)), "extends an array that is more than its elements"),
    (lambda folder: np.frombuffer(bytearray(8), "u1"), "lies in the memory of a `memoryview`"),
    (lambda folder: np.zeros(2).view(lab.Hooked), "is taken apart by a `__reduce__` of its own"),
    (lambda folder: np.dtype("i4", metadata={"a": [np.zeros(1)]}), "more than plain values"),
    (lambda folder: np.zeros(1, np.dtype("i4", metadata={"a": lab})), "more than plain values"),
    (lambda folder: np.frompyfunc(abs, 1, 1), "no name leads to the function"),
    (lambda folder: np.random.mtrand._rand, "shared by the process"),
    (_own_cycle, "it holds itself"),
    (_large_cycle, "it holds itself"),
    (lambda folder: np.zeros(2, [("a", "O")])["a"], "another type than its base"),
]


@pytest.mark.parametrize(("make", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_would_come_back_different_is_refused(make: Any, reason: str, tmp_path: Any) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([make(tmp_path)])
    assert raised.value.kind == "unsupported_value"
    assert reason in raised.value.problems[0].reason


def node(**members: Any) -> str:
    return json.dumps({"lc": "ndarray"} | members)


FIELDS = {"lc": "dtype", "fields": [["a", "<i8", 0]], "itemsize": 8}
WORD = "AAAAAAAAAAA="
OWNER = {"lc": "ndarray", "dtype": "<i8", "shape": [1], "v": WORD}
HELD = {"lc": "ndarray", "dtype": "|O", "shape": [2], "items": [1, 2]}
PLACE = {"strides": [8], "offset": 0, "shape": [1]}
POINT = {"strides": [], "offset": 0, "shape": []}
ELEMENT = {"lc": "void", "of": OWNER | {"dtype": FIELDS}, "at": [0]}
PAIRS = {"lc": "ndarray", "dtype": "<i4", "shape": [4], "v": "AAAAAAAAAAAAAAAAAAAAAA=="}
COLUMN = {"lc": "ndarray", "base": PAIRS, "dtype": "<i4", "shape": [2], "strides": [8], "offset": 0}
DEEP: Any = "<i8"
for _ in range(40):
    DEEP = {"lc": "dtype", "fields": [["a", DEEP, 0]], "itemsize": 8}


def structure(*fields: Any, itemsize: Any = 8, **more: Any) -> str:
    return json.dumps({"lc": "dtype", "fields": list(fields), "itemsize": itemsize} | more)


HOSTILE = {
    "too little memory": node(dtype="<i8", shape=[2], v=WORD),
    "too much memory": node(dtype="<i4", shape=[1], v=WORD),
    "memory that is text": node(dtype="<i8", shape=[1], v="12345678!"),
    "memory that is a list": node(dtype="<i8", shape=[1], v=[0] * 8),
    "memory whose padding hides bits": node(dtype="<i8", shape=[1], v="AAAAAAAAAAB="),
    "memory in lines": node(dtype="<i8", shape=[1], v="AAAAAAAA\nAAA="),
    "memory twice": node(dtype="<i8", shape=[1], v=WORD)[:-1] + f',"v":"{WORD}"}}',
    "a shape behind the memory": node(dtype="<i8", shape=[1], v=WORD)[:-1] + ',"shape":[1]}',
    "an offset behind the memory": node(dtype="<i8", shape=[1], v=WORD, offset=0),
    "elements behind the memory": node(dtype="<i8", shape=[1], v=WORD, items=[1]),
    "no memory": node(dtype="<i8", shape=[1]),
    "a huge shape": node(dtype="<i8", shape=[2**62, 2**62], v=WORD),
    "a huge shape of objects": node(dtype="|O", shape=[2**40], items=[1]),
    "a huge labelled shape": node(ref=1, dtype="|O", shape=[2**40], items=[1]),
    "a shape that wraps around": node(dtype="<i8", shape=[2**32, 2**32, 1], v=""),
    "a negative shape": node(dtype="<i8", shape=[-1, -1], v=WORD),
    "a shape of truth values": node(dtype="<i8", shape=[True], v=WORD),
    "too many axes": node(dtype="<i8", shape=[1] * 100, v=WORD),
    "objects from memory": node(dtype="|O", shape=[1], v=WORD),
    "objects in a structure from memory": node(
        dtype={"lc": "dtype", "fields": [["a", "|O", 0]], "itemsize": 8}, shape=[1], v=WORD
    ),
    "items that are no objects": node(dtype="<i8", shape=[1], items=[1]),
    "too few items": node(dtype="|O", shape=[2], items=[1]),
    "items that are no list": node(dtype="|O", shape=[1], items={"a": 1}),
    "a view of integers as objects": node(base=OWNER, dtype="|O", **PLACE),
    "a view of objects as integers": node(base=HELD, dtype="<i8", **PLACE),
    "a view between two objects": node(base=HELD, dtype="|O", strides=[8], offset=4, shape=[1]),
    "a view of bytes as objects": node(base={"lc": "bytes", "v": WORD}, dtype="|O", **PLACE),
    "a view beyond its base": node(base=OWNER, dtype="<i8", strides=[8], offset=8, shape=[1]),
    "a view before its base": node(base=OWNER, dtype="<i8", strides=[8], offset=-8, shape=[1]),
    "a view that steps out": node(base=OWNER, dtype="<i1", strides=[9], offset=0, shape=[2]),
    "a view that steps back out": node(base=OWNER, dtype="<i1", strides=[-1], offset=0, shape=[2]),
    "a view whose reach wraps around": node(
        base=OWNER, dtype="<i8", strides=[2**63 - 8], offset=8, shape=[2]
    ),
    "a view whose reaches add up to nothing": node(
        base=OWNER,
        dtype="|u1",
        shape=[1 << 20, 2, 2, 2, 2],
        strides=[1, 2**62, 2**62, 2**62, 2**62 - (1 << 20) + 1],
        offset=0,
    ),
    "a view of objects whose reaches add up to nothing": node(
        base=HELD,
        dtype="|O",
        shape=[4, 2, 2, 2, 2],
        strides=[800, 2**62, 2**62, 2**62, 2**62 - 2400],
        offset=0,
    ),
    "an empty view beyond its base": node(
        base=OWNER, dtype="<i8", strides=[8], offset=16, shape=[0]
    ),
    "a view of a list": node(base=[1], dtype="<i8", **PLACE),
    "a view of text": node(base="12345678", dtype="<i8", **PLACE),
    "a view of an element as another type": node(base=ELEMENT, dtype="<i8", **POINT),
    "a view behind an element": node(base=ELEMENT, dtype=FIELDS, **(POINT | {"offset": 8})),
    "a view of more than an element": node(base=ELEMENT, dtype=FIELDS, **PLACE),
    "a masked view of an element": node(
        id="numpy.ma.core:mvoid", base=ELEMENT, dtype=FIELDS, dict={}, **POINT
    ),
    "a masked element without a mask": node(
        id="numpy.ma.core:mvoid", dtype=FIELDS, shape=[], v=WORD, dict={}
    ),
    "a masked view of some of a column": node(
        id="numpy.ma:MaskedArray", base=COLUMN, dtype="<i4", **(POINT | {"offset": 0})
    ),
    "a view with memory": node(base=OWNER, dtype="<i8", v=WORD, **PLACE),
    "a view with too few strides": node(base=OWNER, dtype="<i8", strides=[], offset=0, shape=[1]),
    "a writable view of bytes": node(base={"lc": "bytes", "v": WORD}, dtype="<i8", **PLACE),
    "an offset without a base": node(dtype="<i8", shape=[1], offset=0, v=WORD),
    "an order that is none": node(dtype="<i4", shape=[2, 1], order=[0, 0], v=WORD),
    "an order that says nothing": node(dtype="<i4", shape=[2, 1], order=[0, 1], v=WORD),
    "a flag that is a number": node(dtype="<i8", shape=[1], readonly=1, v=WORD),
    "attributes of a plain array": node(dtype="<i8", shape=[1], v=WORD, dict={"a": 1}),
    "attributes that are none of a mask": node(
        id="numpy.ma:MaskedArray", dtype="<i8", shape=[1], v=WORD, dict={"filled": 1}
    ),
    "a class that is no name": node(id=5, dtype="<i8", shape=[1], v=WORD),
    "a type with commas": node(dtype="i4,i4", shape=[1], v=WORD),
    "a type that is evaluated": node(dtype="(2,2)i4", shape=[1], v=WORD),
    "a type by name": node(dtype="int64", shape=[1], v=WORD),
    "a type in another spelling": node(dtype="=i8", shape=[1], v=WORD),
    "a type of a huge size": node(dtype="<U9999999999", shape=[1], v=WORD),
    "a type that is a list": node(dtype=[["a", "<i8"]], shape=[1], v=WORD),
    "a structure that overlaps out": structure(["a", "<i8", 4]),
    "a structure before itself": structure(["a", "<i4", -4]),
    "a structure of evaluated text": structure(["a", "i4,i4", 0]),
    "a structure with a number for a title": structure(["a", "<i8", 0, 5]),
    "a structure with one name twice": structure(["a", "<i4", 0], ["a", "<i4", 4]),
    "a structure of a negative size": structure(itemsize=-8),
    "a structure of a huge size": structure(itemsize=2**40),
    "a structure with an odd flag": structure(["a", "<i8", 0], align=1),
    "objects that overlap": structure(["a", "|O", 0], ["b", "<i8", 0]),
    "structures forty deep": json.dumps(DEEP),
    "an array type of a huge shape": json.dumps({"lc": "dtype", "base": "<i8", "shape": [2**40]}),
    "metadata that are no map": json.dumps({"lc": "dtype", "v": "<i8", "metadata": [1]}),
    "metadata with an array": json.dumps({"lc": "dtype", "v": "<i8", "metadata": {"a": OWNER}}),
    "metadata of texts": json.dumps(
        {"lc": "dtype", "v": "StringDType", "metadata": {"a": 1}}
    ),
    "a scalar of objects": json.dumps({"lc": "scalar", "dtype": "|O", "v": 5}),
    "a scalar out of range": json.dumps({"lc": "scalar", "dtype": "|i1", "v": 300}),
    "a scalar that is rounded": json.dumps({"lc": "scalar", "dtype": "<f4", "v": 0.1}),
    "a scalar of another type": json.dumps({"lc": "scalar", "dtype": "<i8", "v": 1.0}),
    "a scalar of too little memory": json.dumps({"lc": "scalar", "dtype": "<c16", "v": WORD}),
    "an element outside": json.dumps(
        {"lc": "void", "of": OWNER | {"dtype": FIELDS}, "at": [1]}
    ),
    "an element before": json.dumps({"lc": "void", "of": OWNER | {"dtype": FIELDS}, "at": [-1]}),
    "a function that is none over elements": json.dumps({"lc": "ufunc", "v": "load"}),
    "a function with a dot": json.dumps({"lc": "ufunc", "v": "linalg.norm"}),
    "text that is a number": node(
        dtype={"lc": "dtype", "v": "StringDType"}, shape=[1], items=[5]
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_array_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as raised:
        persist.loads(text)
    assert raised.value.kind == "bad_state_text"


WRITTEN = {"dtype": "<i4", "shape": [1, 2], "v": "AQAAAAIAAAA="}


@pytest.mark.parametrize("behind", [[], ["shape"], ["dtype"], ["dtype", "shape"]])
@pytest.mark.parametrize(
    "more", [{}, {"readonly": True}, {"order": [1, 0]}, {"id": "numpy:matrix"}], ids=str
)
def test_members_of_an_array_may_stand_behind_its_memory(behind: Any, more: Any) -> None:
    ahead = {name: value for name, value in WRITTEN.items() if name not in behind}
    made = persist.loads(f"[{node(**more, **WRITTEN)},{node(**(ahead | WRITTEN | more))}]")
    lab.assert_alike(made[1], made[0])
    assert made[0].tolist() == [[1, 2]]
    assert made[0].flags.writeable == ("readonly" not in more)


def test_a_plain_array_keeps_its_label() -> None:
    first, second = persist.loads(f'[{node(ref=1, **WRITTEN)},{{"lc":"same","ref":1}}]')
    assert first is second
    assert (first.flags.owndata, first.flags.writeable) == (True, True)


def test_many_claims_of_large_arrays_cost_nothing() -> None:
    claims = "".join(
        f'{{"lc":"ndarray","ref":{label},"dtype":"|O","shape":[1000000000],"items":['
        for label in range(1, 500)
    )
    with pytest.raises(FormatError):
        persist.loads(claims + "]}" * 499)


def stream(name: str, state: Any) -> str:
    module = {"MT19937": "_mt19937", "Philox": "_philox", "PCG64": "_pcg64"}[name]
    content = {"state": state, "seed_seq": None}
    return json.dumps({"lc": "object", "id": f"numpy.random.{module}:{name}", "dict": content})


def twister(count: int = 624, **changed: Any) -> Any:
    key = json.loads(persist.dumps(np.zeros(count, "u4")))
    return {"bit_generator": "MT19937", "state": {"key": key, "pos": 0} | changed}


def seed(**changed: Any) -> str:
    content = {"entropy": 1, "spawn_key": {"lc": "tuple", "v": []}, "pool_size": 4}
    content |= {"n_children_spawned": 0} | changed
    name = "numpy.random.bit_generator:SeedSequence"
    return json.dumps({"lc": "object", "id": name, "dict": content})


def generator(source: Any) -> str:
    content = {"bit_generator": source}
    return json.dumps({"lc": "object", "id": "numpy.random._generator:Generator", "dict": content})


STREAMS = {
    "a position behind its buffer": stream("MT19937", twister(pos=10**6)),
    "a position before its buffer": stream("MT19937", twister(pos=-1)),
    "too few words": stream("MT19937", twister(10)),
    "words that are a list": stream("MT19937", twister(key=[0] * 624)),
    "a state of another stream": stream("PCG64", twister()),
    "a state without parts": stream("MT19937", {}),
    "a seed that is a function": generator({"lc": "function", "id": "os:system"}),
    "a generator of a list": generator([1]),
    "a huge pool": seed(pool_size=10**9),
    "a negative seed": seed(entropy=-1),
    "a seed of text": seed(entropy="1"),
    "a seed that asks the system": seed(entropy=None),
    "a spawn key that is a list": seed(spawn_key=[1]),
}


def polynomial(**content: Any) -> str:
    return json.dumps({"lc": "object", "id": "numpy:poly1d", "dict": content})


STREAMS |= {
    "a polynomial of a list": polynomial(coeffs=[1, 2], variable="x"),
    "a polynomial of two axes": polynomial(coeffs=OWNER | {"shape": [1, 1]}, variable="x"),
    "a polynomial of no variable": polynomial(coeffs=OWNER),
    "a polynomial of another variable": polynomial(coeffs=OWNER, variable=5),
    "a polynomial of more": polynomial(coeffs=OWNER, variable="x", deriv=5),
}


@pytest.mark.parametrize("text", STREAMS.values(), ids=STREAMS)
def test_a_hostile_stream_is_refused(text: str) -> None:
    with pytest.raises((RebuildError, UntrustedError)) as raised:
        persist.loads(text)
    assert raised.value.kind in ("invalid_state", "not_allowed")


def test_nothing_is_imported_for_a_name_that_nobody_admits() -> None:
    text = node(id="antigravity:Array", dtype="<i8", shape=[1], v=WORD)
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["antigravity:Array"]
    assert "antigravity" not in sys.modules
