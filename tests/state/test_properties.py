"""Any graph at all: what comes back is what was saved, and saving changes nothing."""

from __future__ import annotations

import copy
import json
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any

import persist
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage

from models import Anything, Loose, Person
from strict import assert_same
from things import Card, Color, Count, Frozen, FrozenSlim, Node, Plain, Slotted, Text
from trips import ALLOW, there_and_back

QUICK = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=12)
KEYWORDS = [
    "lc",
    "__lc_escaped__",
    "type",
    "id",
    "state",
    "kwargs",
    "v",
    "ref",
    "base",
    "",
    "constructor",
]
NAMES = st.sampled_from(KEYWORDS) | st.text(alphabet="ab_é", min_size=1, max_size=3)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**300), max_value=2**300)
    | st.floats(allow_nan=True, allow_infinity=True)
    | TEXTS
    | st.sampled_from(KEYWORDS)
    | st.binary(max_size=8)
)

VALUES = (
    SCALARS
    | st.datetimes()
    | st.datetimes(timezones=st.timezones())
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)  # a signaling nan cannot be hashed
    | st.fractions()
    | st.uuids()
    | st.complex_numbers()
    | st.builds(PurePosixPath, st.sampled_from(["a/b", "/x", ".."]))
    | st.sampled_from([Color.RED, Color.GREEN, ..., NotImplemented, int, Plain, len, UTC])
    | st.builds(lambda value: Text(value), TEXTS)
    | st.builds(Count, st.integers())
)

HASHABLE = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)


def fill(thing: Any, values: dict[str, Any]) -> Any:
    vars(thing).update(values)
    return thing


def slotted(one: Any, two: Any) -> Slotted:
    thing = Slotted()
    thing.one, thing.two = one, two
    thing.hide(one)
    return thing


def branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=4)
    maps = st.dictionaries(NAMES, inner, max_size=4)
    attributes = st.dictionaries(st.text(alphabet="xyz", min_size=1, max_size=2), inner, max_size=3)
    return (
        lists
        | lists.map(tuple)
        | maps
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.sets(HASHABLE, max_size=4)
        | st.binary(max_size=4).map(bytearray)
        | attributes.map(lambda values: fill(Plain(), values))
        | st.builds(Frozen, inner, inner)
        | st.builds(FrozenSlim, inner, inner)
        | st.builds(Node, inner)
        | st.builds(Card, TEXTS, lists)
        | st.builds(slotted, inner, inner)
        | st.builds(lambda a, b: Person(age=1, hidden=a, tags=b), inner, lists)
        | attributes.map(lambda values: Loose(**values))
        | st.builds(Anything, inner)
        | st.builds(lambda a, b: HumanMessage("x", additional_kwargs=a, more=b), maps, inner)
        | st.builds(lambda a: AIMessage("y", response_metadata=a), maps)
        | st.builds(lambda one: [one, one, {"twice": one}], inner)
    )


TREES = st.recursive(VALUES, branches, max_leaves=25)


def containers(root: Any) -> list[Any]:
    """Returns everything in a graph that can take one more thing."""
    found, todo, seen = [], [root], set()
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if type(thing) in (list, dict, Plain):
            found.append(thing)
        if type(thing) in (list, tuple, set, frozenset):
            todo += thing
        elif type(thing) is dict:
            todo += [*thing.keys(), *thing.values()]
        elif hasattr(thing, "__dict__") and not isinstance(thing, type):
            todo += vars(thing).values()
    return found


def tangle(graph: Any, choose: Any) -> None:
    """Ties a graph into itself: puts parts of it into other parts."""
    places = containers(graph)
    if not places:
        return
    for at in range(choose(st.integers(0, 4))):
        place, part = choose(st.sampled_from(places)), choose(st.sampled_from(places))
        if choose(st.booleans()):
            part = (part, [at], (part,))
        if type(place) is list:
            place.append(part)
        elif type(place) is dict:
            place[f"tied {at}"] = part
        else:
            setattr(place, f"tied{at}", part)


@QUICK
@given(TREES)
def test_any_tree_comes_back(tree: Any) -> None:
    there_and_back(tree)


@QUICK
@given(st.lists(TREES, max_size=4), st.data())
def test_any_graph_comes_back(trees: Any, data: st.DataObject) -> None:
    tangle(trees, data.draw)
    there_and_back(trees)


@QUICK
@given(st.lists(TREES, max_size=3), st.data())
def test_saving_changes_nothing(trees: Any, data: st.DataObject) -> None:
    tangle(trees, data.draw)
    before = copy.deepcopy(trees)
    persist.dumps(trees)
    persist.snapshot(trees, "memory://unchanged")
    assert_same(before, trees)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)


def looks_like_a_node(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(looks_like_a_node, value))
    if not isinstance(value, dict):
        return False
    return "lc" in value or "__lc_escaped__" in value or any(map(looks_like_a_node, value.values()))


@QUICK
@given(JSON)
def test_json_is_written_as_json(value: Any) -> None:
    back = there_and_back(value)
    if not looks_like_a_node(value):
        assert_same(json.loads(json.dumps(value)), back)


def nodes() -> st.SearchStrategy[Any]:
    """Returns JSON that is made of the words of nodes."""
    kinds = st.sampled_from(
        ["tuple", "set", "dict", "shared", "same", "object", "bytes", "enum", 1, True, None]
    )
    keys = st.sampled_from(
        ["lc", "v", "ref", "id", "type", "kwargs", "state", "__lc_escaped__", "name", "dict"]
    )
    return st.recursive(
        kinds
        | st.integers(0, 3)
        | st.sampled_from(["things:Plain", "things:Color", "constructor", "RED", ""]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(keys, inner, max_size=4)
            | st.builds(
                lambda kind, rest: {"lc": kind, **rest},
                kinds,
                st.dictionaries(keys, inner, max_size=3),
            )
        ),
        max_leaves=12,
    )


@QUICK
@given(nodes())
def test_data_made_of_the_words_of_nodes_comes_back(data: Any) -> None:
    there_and_back(data)
    there_and_back({"wrapped": data, "lc": [data]})


@QUICK
@given(nodes())
def test_any_text_is_read_or_refused_and_what_is_read_can_be_saved(data: Any) -> None:
    try:
        read = persist.loads(json.dumps(data), allow=ALLOW)
    except persist.PersistError:
        return
    there_and_back(read)
