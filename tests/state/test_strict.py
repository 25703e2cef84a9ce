"""The strict comparison itself: it passes a copy, and notices any change of one point."""

from __future__ import annotations

import copy
import math
import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from models import Loose, Person
from strict import are_same, assert_same
from things import Frozen, Plain, Slotted, Text

SIGNED_NAN = struct.unpack("<d", b"\1\0\0\0\0\0\xf8\xff")[0]


def graph() -> dict[str, Any]:
    """Returns a graph with one of each thing that can change."""
    shared = [1, 2]
    slotted = Slotted()
    slotted.one = shared
    text = Text("text")
    text.note = 1  # type: ignore[attr-defined]
    circle: list[Any] = []
    circle.append((circle,))
    return {
        "number": 1,
        "float": -0.0,
        "nan": math.nan,
        "text": text,
        "shared": [shared, shared, {"again": shared}],
        "tuple": (1, (2, 3)),
        "set": {1, "one", (1, frozenset({2}))},
        "plain": Plain(first=1, second=shared),
        "slotted": slotted,
        "frozen": Frozen(1, [2]),
        "person": Person(age=3),
        "loose": Loose(known=1, other=2),
        "circle": circle,
        "time": datetime(2024, 1, 1, fold=1),
        "array": bytearray(b"ab"),
    }


def put(key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda graph: graph.__setitem__(key, value)


def reorder(graph: dict[str, Any]) -> None:
    graph["number"] = graph.pop("number")


def swap_attributes(graph: dict[str, Any]) -> None:
    first = vars(graph["plain"]).pop("first")
    graph["plain"].first = first


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a bool for an int": put("number", True),
    "a float for an int": put("number", 1.0),
    "another sign of zero": put("float", 0.0),
    "another nan": put("nan", SIGNED_NAN),
    "another order of keys": reorder,
    "a copy for a shared list": lambda graph: graph["shared"].__setitem__(1, [1, 2]),
    "a copy far away": lambda graph: graph["shared"][2].update(again=[1, 2]),
    "a list for a tuple": put("tuple", [1, (2, 3)]),
    "another inner tuple": put("tuple", (1, (2, 4))),
    "another element": lambda graph: graph["set"].add(2),
    "an element of another type": lambda graph: (
        graph["set"].remove(1),
        graph["set"].add(1.0),
    ),
    "an attribute more": lambda graph: vars(graph["plain"]).update(third=3),
    "attributes in another order": swap_attributes,
    "a slot more": lambda graph: setattr(graph["slotted"], "two", None),
    "a slot less": lambda graph: delattr(graph["slotted"], "one"),
    "a plain string": put("text", "text"),
    "another attribute of a string": lambda graph: setattr(graph["text"], "note", 2),
    "another field set": lambda graph: graph["person"].model_fields_set.add("name"),
    "another private attribute": lambda graph: setattr(graph["person"], "_visits", 4),
    "another extra": lambda graph: graph["loose"].__pydantic_extra__.update(other=3),
    "a set for none": lambda graph: object.__setattr__(graph["person"], "__pydantic_extra__", {}),
    "another fold": lambda graph: graph.update(time=graph["time"].replace(fold=0)),
    "a circle that is longer": put("circle", [([([],)],)]),
    "another class": put("plain", Loose()),
    "other bytes": lambda graph: graph["array"].append(0),
}


def test_a_copy_is_the_same() -> None:
    assert_same(graph(), copy.deepcopy(graph()))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_one_point_is_noticed(change: Callable[[dict[str, Any]], object]) -> None:
    changed = graph()
    change(changed)
    assert not are_same(graph(), changed)
    assert not are_same(changed, graph())
