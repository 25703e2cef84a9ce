"""Tables of pandas saved here, restored in a new process, compared and worked on."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest
from persist import CaptureError, RebuildError

from trips import python

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
ledger = pytest.importorskip("ledger")

SAVE = """
import ledger, pathlib, persist, sys
for name, make in ledger.STATES.items():
    persist.snapshot(make(), pathlib.Path(sys.argv[1], name), durable=False)
"""

CHECK = """
import json, ledger, pathlib, persist, sys, traceback
outcomes = {}
for name, make in ledger.STATES.items():
    try:
        ledger.assert_alike(make(), persist.restore(pathlib.Path(sys.argv[1], name)))
        outcomes[name] = "the same"
    except Exception:
        outcomes[name] = traceback.format_exc()
print(json.dumps(outcomes))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tables")
    python(SAVE, folder, seed=1)
    return json.loads(python(CHECK, folder, seed=2))


@pytest.mark.parametrize("name", ledger.STATES)
def test_what_pandas_has_comes_back_in_a_new_process(name: str, outcomes: Any) -> None:
    assert outcomes[name] == "the same"


@pytest.mark.parametrize("name", ledger.STATES)
def test_what_comes_back_is_written_the_same(name: str) -> None:
    value = ledger.STATES[name]()
    text = persist.dumps(value)
    assert persist.dumps(persist.loads(text)) == text
    ledger.assert_alike(value, ledger.STATES[name]())


def test_a_restored_table_is_worked_on() -> None:
    back = persist.loads(persist.dumps(ledger.mixed()))
    back.iloc[0, 0] = 100
    back["new"] = back["int"] * 2
    back.loc[1, "category"] = "a"
    assert back["new"].tolist() == [200, 4, 6]
    assert back["more"].tolist() == [4, 5, 6]


def test_tables_that_share_memory_are_written_to_apart() -> None:
    table = pd.DataFrame({"a": [1, 2]})
    kept = pd.array([1, 2])
    column = pd.Series(kept, copy=False)
    state = [table, table[:], table["a"], pd.Series(kept), column, column[:]]
    back = persist.loads(persist.dumps(state))
    back[0].iloc[0, 0] = 50
    back[3].iloc[0] = 70
    back[4].iloc[0] = 90
    assert [back[1].iloc[0, 0], back[2].iloc[0], back[5].iloc[0]] == [1, 1, 1]


def array_and_column() -> Any:
    array = np.array([1, 2])
    return [array, pd.Series(array, copy=False)]


def table_and_its_array() -> Any:
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    return [table["a"].to_numpy(), table]


def two_columns_of_one_array() -> Any:
    array = np.array([1, 2])
    return [pd.Series(array, copy=False), pd.Series(array, copy=False)]


def index_of_an_array() -> Any:
    array = np.array([1, 2])
    return [pd.Index(array, copy=False), array]


def moments_and_their_array() -> Any:
    moments = pd.Series(pd.date_range("2024", periods=2))
    return [moments, moments.array, moments.to_numpy()]


def codes_of_a_categorical() -> Any:
    held = pd.Categorical(["a", "b"])
    return [held.codes, held]


def column_of_a_buffer() -> Any:
    held = bytearray(range(16))
    return [pd.Series(np.ndarray((2,), "i8", held), copy=False), held]


SEEN: dict[str, tuple[Any, Any]] = {
    "an array under a column": (array_and_column, lambda it: it[0].put([0], 50)),
    "a column over an array": (array_and_column, lambda it: it[1].iloc.__setitem__(0, 50)),
    "a table and its array": (table_and_its_array, lambda it: it[1].iloc.__setitem__((0, 0), 50)),
    "two columns": (two_columns_of_one_array, lambda it: it[1].iloc.__setitem__(0, 50)),
    "an index": (index_of_an_array, lambda it: it[1].put([0], 50)),
    "moments": (moments_and_their_array, lambda it: it[0].iloc.__setitem__(0, pd.NaT)),
    "a categorical": (codes_of_a_categorical, lambda it: it[1].__setitem__(0, "b")),
    "a buffer": (column_of_a_buffer, lambda it: it[1].__setitem__(0, 50)),
}


@pytest.mark.parametrize(("make", "write"), SEEN.values(), ids=SEEN)
def test_what_is_written_through_one_is_read_in_the_other(make: Any, write: Any) -> None:
    here, text = make(), persist.dumps(make())
    back = persist.loads(text)
    assert persist.dumps(back) == text
    before = list(map(str, here))
    for held in (here, back):
        write(held)
    changed = list(map(str, here))
    assert list(map(str, back)) == changed
    assert all(one != other for one, other in zip(before, changed, strict=True))


def test_sharing_that_no_restore_would_give_is_refused() -> None:
    kept, table = pd.array([1, None]), pd.DataFrame({"a": [1, 2]})
    column = pd.Series(kept, copy=False)
    shared = "it shares memory with an array saved beside it, and with another table"
    held = "the array of its column is held by something else beside it"
    states = {
        "$[0]": ([column, kept], held),
        "$[1]": ([column, pd.Series(kept, copy=False)], held),
        "$[2]": ([table["a"].to_numpy(), table, table["a"]], shared),
    }
    for path, (state, reason) in states.items():
        with pytest.raises(CaptureError) as raised:
            persist.dumps(state)
        assert [(it.path, it.reason) for it in raised.value.problems] == [(path, reason)]
        assert raised.value.hint == "store a copy of it: table.copy()"


def test_labels_may_lie_beside_their_table() -> None:
    table = pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2024", periods=2))
    state = {"table": table, "at": table.index.to_numpy(), "more": table.index[:]}
    back = persist.loads(persist.dumps(state))
    assert (back["table"].index == back["at"]).all()


def test_an_index_of_two_tables_is_one() -> None:
    index = pd.Index(["a", "b"])
    one, other = persist.loads(persist.dumps([pd.Series([1, 2], index), pd.Series([3, 4], index)]))
    assert one.index is other.index


def _cycle() -> Any:
    held: list[Any] = []
    table = pd.Series([held], dtype=object)
    held.append(table)
    return table


def _named() -> Any:
    table = pd.DataFrame({"a": [1]})
    object.__setattr__(table, "unit", "kg")
    return table


REFUSED: list[tuple[Any, str]] = [
    (lambda: ledger.Book({"a": [1]}), "has no reviewed form"),
    (_cycle, "it holds itself"),
    (_named, "an attribute `unit` of its own"),
    (
        lambda: pd.offsets.CustomBusinessDay(calendar=np.busdaycalendar("1100000")),
        "its calendar has other days than it says",
    ),
]


@pytest.mark.parametrize(("make", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_would_come_back_different_is_refused(make: Any, reason: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([make()])
    assert raised.value.kind == "unsupported_value"
    assert any(reason in problem.reason for problem in raised.value.problems), raised.value


def changed(of: Any, /, **parts: Any) -> str:
    """Returns the text of a value in which some parts are others, given as JSON or as values."""
    node = json.loads(persist.dumps(of))
    for name, part in parts.items():
        node["dict"][name] = part
    return json.dumps(node)


def content(value: Any) -> Any:
    return json.loads(persist.dumps(value))


FRAME = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
ZEROS = content(np.zeros(2, np.intp))
LONG = content(np.zeros((2, 9), "i8"))

HOSTILE = {
    "a column twice": changed(FRAME, blocks=[[content(np.zeros((2, 2), "i8")), ZEROS]]),
    "too many rows": changed(FRAME, blocks=[[LONG, content(np.arange(2))]]),
    "no blocks": changed(FRAME, blocks=[]),
    "a block that is a list": changed(FRAME, blocks=[[[1, 2], ZEROS]]),
    "labels that are a list": changed(FRAME, index=[1, 2]),
    "attributes that are text": changed(FRAME, attrs="x"),
    "a part too much": changed(FRAME, more=1),
    "a class for a part": changed(FRAME, cls=1),
    "values of another length": changed(pd.Series([1, 2]), values=content(np.zeros(3))),
    "a name that has no hash": changed(pd.Series([1]), name=[1]),
    "an index of two axes": changed(pd.Index([1]), values=content(np.zeros((2, 2)))),
    "a frequency of numbers": changed(pd.Index([1]), freq=content(pd.offsets.Day())),
    "a frequency that is text": changed(pd.date_range("2020", periods=3), freq="D"),
    "a frequency that is another": changed(
        pd.date_range("2020", periods=3), freq=content(pd.offsets.Hour())
    ),
    "codes beyond the categories": changed(
        pd.Categorical(["a"]), codes=content(np.array([5], "i1"))
    ),
    "codes beyond the levels": changed(
        pd.MultiIndex.from_tuples([(1, 2)]), codes=[content(np.array([7], "i1"))] * 2
    ),
    "places beyond the length": changed(
        pd.arrays.SparseArray([0, 1]), places=content(np.array([9], "i4"))
    ),
    "places out of order": changed(
        pd.arrays.SparseArray([1, 1], fill_value=0), places=content(np.array([1, 0], "i4"))
    ),
    "a mask of another length": changed(
        pd.array([1, None]), mask=content(np.array([True, False, True]))
    ),
    "texts that are numbers": changed(pd.array(["a"], dtype="string"), values=[5]),
    "a zone that is a path": changed(
        pd.DatetimeTZDtype("ns", ledger.PARIS), tz="dateutil//etc/passwd"
    ),
    "a moment in a zone that is text": changed(pd.Timestamp("2020"), tz="Europe/Paris"),
    "a moment too large": changed(pd.Timestamp("2020"), value=2**70),
    "a moment of no unit": changed(pd.Timestamp("2020"), unit="D"),
    "an offset with a calendar": changed(pd.offsets.CDay(), kwds={"calendar": None}),
    "an offset of odd days": changed(pd.offsets.CDay(), kwds={"weekmask": "Mon x"}),
    "an offset of no holidays": changed(pd.offsets.CDay(), kwds={"holidays": [{}]}),
    "an offset of odd words": changed(pd.DateOffset(months=1), kwds={"month_s": 1}),
    "a range of text": changed(pd.RangeIndex(5), start="0"),
    "a period of text": changed(pd.Period("2020", "M"), freq="M"),
    "a type that is a name": changed(pd.IntervalDtype("int64"), subtype="int64"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_table_is_refused(text: str) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(text)
    assert raised.value.kind == "invalid_state"
