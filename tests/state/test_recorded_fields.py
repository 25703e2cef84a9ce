"""The names of fields in the metadata: what a changed class had."""

from __future__ import annotations

import json
import time
from collections import namedtuple
from typing import Any, NamedTuple

import attr
import attrs
import persist
import pytest
from persist import RebuildError
from persist.state import registered
from pydantic import v1
from test_upgrades import RENAME, Trip

from api.forge import forge

TUPLE = "from typing import NamedTuple\nclass Bag(NamedTuple):\n    {}: int = 0\n    z: int = 1\n"
ATTRS = "import attrs\n@attrs.define\nclass Bag:\n    {}: int = 0\n    z: int = 1\n"
OLDER = "from pydantic import v1\nclass Bag(v1.BaseModel):\n    {}: int = 0\n    z: int = 1\n"

LOCATION = "memory://fields"


class Typed(NamedTuple):
    x: int
    y: int = 0


Classic = namedtuple("Classic", ["x", "y"])


class Roomy(Classic):
    """A named tuple whose instances have attributes."""


@attrs.define
class Listed:
    x: int = 1
    _y: int = 2


@attr.s
class Held:
    x = attr.ib(default=1)


class Older(v1.BaseModel):
    x: int = 1
    _p: int = v1.PrivateAttr(2)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (Typed(1), ["x", "y"]),
        (Classic(1, 2), ["x", "y"]),
        (Roomy(1, 2), ["x", "y"]),
        (Listed(), ["x", "_y"]),
        (Held(), ["x"]),
        (Older(), ["x"]),
    ],
    ids=lambda it: type(it).__name__ if not isinstance(it, list) else "",
)
def test_the_metadata_say_which_fields_a_class_lists(value: Any, fields: list[str]) -> None:
    persist.snapshot(value, LOCATION)
    classes = persist.get_metadata(LOCATION)["classes"]
    assert classes is not None
    (record,) = classes.values()
    assert record["fields"] == fields


@pytest.fixture
def trip(tmp_path: Any) -> Trip:
    return Trip(tmp_path)


@pytest.mark.parametrize("source", [TUPLE, ATTRS, OLDER], ids=["tuple", "attrs", "pydantic.v1"])
def test_an_error_names_the_class_its_fields_and_the_version(trip: Trip, source: str) -> None:
    trip.save(source.format("a"), a=5)
    assert trip.restore(source.format("b")) == [
        "class_changed",
        "could not restore the agent: at `$`, the class `stall:Bag` has changed since the state"
        " was written: its fields are `b`, `z` now, `a` is gone, `b` is new; `stall` 1.0 wrote it,"
        " and 2.0 is installed",
        [],
    ]


def written_with(record: dict[str, Any], value: Any = None, state: Any = None) -> None:
    """Writes a snapshot of an object, a `Typed` unless given, whose metadata say this of its class.

    Args:
        state: What stands in the place of its node, which does not say its fields itself.
    """
    value = Typed(5, 7) if value is None else value
    persist.snapshot(value, LOCATION)
    classes: Any = persist.get_metadata(LOCATION)["classes"]
    (name,) = classes
    classes[name] = record
    text = persist.dumps(value).replace("(x y)", "") if state is None else json.dumps(state)
    with open(PATH, "wb") as file:
        file.write(forge(text.encode(), "none", classes=classes))


PATH = "fields.json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registered, "_KNOWN", {})


def refused(match: str) -> str:
    with pytest.raises(RebuildError) as caught:
        persist.restore(PATH, allow=__name__)
    assert caught.value.kind == "class_changed"
    assert match in str(caught.value)
    return str(caught.value)


CHANGED = {"fingerprint": "0" * 16}
SAME = "the class `test_recorded_fields:Typed` has changed since the state was written"
ODD: dict[str, Any] = {
    "none": None,
    "a text": "xy",
    "a map": {"x": 1, "y": 2},
    "numbers": [5, 6],
    "a name twice": ["x", "x"],
    "no names": ["", "y"],
    "words": ["x y", "y"],
    "lists": [["x"], "y"],
    "line ends": ["x\n", "y"],
}


@pytest.mark.parametrize("name", ODD)
def test_what_are_no_names_of_fields_says_nothing(name: str) -> None:
    seen: list[Any] = []
    written_with({**CHANGED, "fields": ODD[name]})
    text = refused(SAME)
    assert text.endswith(": its fields are `x`, `y` now")
    persist.register(Typed, version=2, upgrade=lambda state, version: seen.append(state) or state)
    refused(
        "could not upgrade `test_recorded_fields:Typed` from version 1: "
        "the snapshot does not say what its fields were"
    )
    assert seen == []


def test_names_that_nothing_may_hold_are_refused() -> None:
    written_with({**CHANGED, "fields": ["__class__", "__reduce__"]})
    refused("its fields are `x`, `y` now, `__class__`, `__reduce__` are gone, `x`, `y` are new")
    persist.register(Typed, version=2, upgrade=lambda state, version: {"x": 1, "y": 2, **state})
    refused("its upgrade gives `__class__`, which no instance may hold")


def test_as_many_names_as_metadata_hold_are_refused_at_once() -> None:
    names = [f"f{at}" for at in range(100_000)]
    written_with({**CHANGED, "fields": names})
    begun = time.process_time()
    assert len(refused(SAME)) < 2_200
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("fields", "says"),
    [([], "0 fields"), (["x"], "1 field"), (["x", "y", "z"], "3 fields")],
    ids=str,
)
def test_another_number_of_names_than_values_is_refused(fields: list[str], says: str) -> None:
    written_with({**CHANGED, "fields": fields})
    persist.register(Typed, version=2, upgrade=lambda state, version: state)
    refused(f"the state has 2 values, and it had {says}")


def test_fewer_names_than_values_are_refused_without_an_upgrade() -> None:
    written_with({**CHANGED, "fields": ["x"]})
    refused("has changed: the state has 2 values, and it had 1")


def test_names_are_not_looked_at_where_the_class_is_the_same() -> None:
    persist.snapshot(Typed(5, 7), LOCATION)
    classes: Any = persist.get_metadata(LOCATION)["classes"]
    record = classes["test_recorded_fields:Typed"]
    written_with({**record, "fields": ["y", "x"]})
    assert persist.restore(PATH, allow=__name__) == Typed(5, 7)
    written_with({"fingerprint": record["fingerprint"]})
    assert persist.restore(PATH, allow=__name__) == Typed(5, 7)


def test_a_snapshot_without_names_is_upgraded_where_the_class_is_the_same() -> None:
    persist.snapshot(Typed(5, 7), LOCATION)
    classes: Any = persist.get_metadata(LOCATION)["classes"]
    written_with({"fingerprint": classes["test_recorded_fields:Typed"]["fingerprint"]})
    persist.register(Typed, version=2, upgrade=lambda state, version: {**state, "y": state["x"]})
    assert persist.restore(PATH, allow=__name__) == Typed(5, 5)


def test_a_field_at_the_end_is_filled_in() -> None:
    written_with({**CHANGED, "fields": ["x"]}, Typed(5), node("Typed", 5))
    assert persist.restore(PATH, allow=__name__) == Typed(5, 0)


def node(name: str, *values: Any, **more: Any) -> dict[str, Any]:
    base = {"lc": "tuple", "v": list(values)}
    return {"lc": "object", "id": f"test_recorded_fields:{name}", "base": base, **more}


HOSTILE: dict[str, tuple[Any, str]] = {
    "no value": (
        {"lc": "object", "id": "test_recorded_fields:Roomy"}, "its state is no tuple of values",
    ),
    "a list": (
        {"lc": "object", "id": "test_recorded_fields:Roomy", "base": [1, 2]},
        "its state is no tuple of values",
    ),
    "a state": (node("Roomy", 1, 2, state={"x": 1}), "its state is no tuple of values"),
    "slots": (node("Roomy", 1, 2, slots={"x": 1}), "its state is no tuple of values"),
    "an attribute that hides a field": (
        node("Roomy", 1, 2, dict={"x": 5}), "its attribute `x` is a field now",
    ),
    "an attribute that hides a method": (
        node("Roomy", 1, 2, dict={"index": 5}), "`index` is no attribute that an instance may hold",
    ),
    "a class": (
        node("Roomy", 1, 2, dict={"__class__": {"lc": "class", "id": "builtins:int"}}),
        "`__class__` is no attribute that an instance may hold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_changed_named_tuple_takes_nothing_else_from_a_file(name: str) -> None:
    state, says = HOSTILE[name]
    written_with({**CHANGED, "fields": ["x", "y"]}, Roomy(1, 2), state)
    refused(f"the class `test_recorded_fields:Roomy` has changed: {says}")


def test_attributes_of_a_changed_named_tuple_come_back() -> None:
    thing = Roomy(1, 2)
    thing.more = [3]  # type: ignore[attr-defined]
    written_with({**CHANGED, "fields": ["x", "y"]}, thing)
    back = persist.restore(PATH, allow=__name__)
    assert (type(back), back, vars(back)) == (Roomy, (1, 2), {"more": [3]})


@pytest.mark.parametrize(
    "state",
    [
        {"state": {"x": 1, "_y": 2}, "dict": {"z": 1}},
        {"state": {"x": 1, "_y": 2, "z": 1}},
        {"state": {"x": 1, "_y": 2}, "slots": {"z": 1}},
        {"state": [1, 2]},
        {"state": {"x": 1, "__class__": 2}},
        {"state": {"x": 1, "_y": 2}, "base": 5},
    ],
    ids=str,
)
def test_a_changed_class_of_attrs_takes_nothing_else_from_a_file(state: Any) -> None:
    head = {"lc": "object", "id": "test_recorded_fields:Listed"}
    written_with({**CHANGED, "fields": ["x", "_y"]}, Listed(), head | state)
    refused("the class `test_recorded_fields:Listed` has changed: ")


@pytest.mark.parametrize("fields", ["y x", "x", "x y z", "x x", "x  y", "__class__ y", "x y)"])
def test_names_in_the_state_are_those_in_the_metadata(fields: str) -> None:
    seen: list[Any] = []
    persist.register(Typed, version=2, upgrade=lambda state, version: seen.append(state) or state)
    written_with({**CHANGED, "fields": ["x", "y"]}, None, node(f"Typed({fields})", 5, 7))
    refused("the state and the metadata name other fields of `test_recorded_fields:Typed`")
    assert seen == []


def test_names_in_the_state_are_enough() -> None:
    written_with(CHANGED, None, node("Typed(x)", 5))
    assert persist.restore(PATH, allow=__name__) == Typed(5, 0)
    persist.register(Typed, version=2, upgrade=lambda state, version: {"x": 1, "y": state["z"]})
    written_with(CHANGED, None, node("Typed(z)", 5))
    assert persist.restore(PATH, allow=__name__) == Typed(1, 5)


@pytest.mark.parametrize("fields", ["x x", "x y-z", "", " "])
def test_names_in_the_state_that_are_none_are_refused(fields: str) -> None:
    written_with(CHANGED, None, node(f"Typed({fields})", 5, 7))
    refused("the state and the metadata name other fields of `test_recorded_fields:Typed`")


def test_names_in_the_state_are_those_of_a_class_that_is_the_same() -> None:
    persist.snapshot(Typed(5, 7), LOCATION)
    classes: Any = persist.get_metadata(LOCATION)["classes"]
    record = classes["test_recorded_fields:Typed"]
    written_with(record, None, node("Typed(y x)", 5, 7))
    refused("`test_recorded_fields:Typed` has changed: its fields are `x`, `y` now, they were `y`")
    written_with(record, None, node("Typed(x y)", 5, 7))
    assert persist.restore(PATH, allow=__name__) == Typed(5, 7)


def test_an_upgrade_that_forgets_a_field_is_told_so(trip: Trip) -> None:
    trip.save(TUPLE.format("a"), a=5)
    kind, held, seen = trip.restore(TUPLE.format("b").replace("z: int", "y: int"), 2, RENAME)
    assert (kind, seen) == ("class_changed", [[{"a": 5, "z": 1}, 1]])
    assert "its upgrade gives `z`, which no instance may hold" in held
