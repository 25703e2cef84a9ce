"""Things that free what they hold on the C stack lie in each other only so deep.

Python frees lists, maps, tuples and objects of its own classes level by level, so those may lie as
deep as they like: `test_large.py` has them.
"""

from __future__ import annotations

import itertools
import json
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
import persist
import pytest
from persist import CaptureError, FormatError
from pydantic import BaseModel, ValidationError

import closures
from things import Plain
from trips import ALLOW

MOST = 128
MOST_ARRAYS = 16
REASON = (
    f"more than {MOST} things, or {MOST_ARRAYS} arrays, lie in each other that are freed one "
    "within the other"
)


class Asked(BaseModel):
    n: int


def array_of(inner: Any) -> Any:
    made = np.empty(1, dtype=object)
    made[0] = inner
    return made


def error_about(inner: Any) -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        Asked.model_validate({"n": [inner]})
    return raised.value


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "deques": lambda inner: deque([inner]),
    "maps that make what they lack": lambda inner: defaultdict(None, {"a": inner}),
    "arrays of objects": array_of,
    "iterators": lambda inner: itertools.repeat(inner, 3),
    "errors of pydantic": error_about,
}

TEXTS = {
    "deques": ('{"lc":"deque","v":[', "1", "]}"),
    "arrays of objects": ('{"lc":"ndarray","dtype":"|O","shape":[1],"items":[', "1", "]}"),
    "maps that make what they lack": (
        '{"lc":"object","id":"collections:defaultdict","init":[],"pairs":[["a",',
        "1",
        "]]}",
    ),
}


MOSTS = {"arrays of objects": MOST_ARRAYS, "errors of pydantic": MOST_ARRAYS}
"""Of what takes more of the stack, and tells nobody what it holds, fewer."""


def nested(wrap: Callable[[Any], Any], levels: int) -> Any:
    made: Any = ["core"]
    for _ in range(levels):
        made = wrap(made)
    return made


def reasons_of(thing: Any) -> list[str]:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(thing)
    return [problem.reason for problem in raised.value.problems]


@pytest.mark.parametrize("name", WRAPPERS)
def test_they_lie_in_each_other_as_deep_as_that(name: str) -> None:
    wrap, most = WRAPPERS[name], MOSTS.get(name, MOST)
    text = persist.dumps(nested(wrap, most))
    assert persist.dumps(persist.loads(text)) == text
    assert reasons_of(nested(wrap, most + 1)) == [REASON]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_has_them_deeper_is_refused(name: str) -> None:
    begins, core, ends = TEXTS[name]
    most = MOSTS.get(name, MOST)
    persist.loads(begins * most + core + ends * most)
    for levels in (most + 1, 200_000):
        with pytest.raises(FormatError, match=REASON) as raised:
            persist.loads(begins * levels + core + ends * levels)
        assert raised.value.kind == "bad_state_text"


def test_what_is_mentioned_again_counts() -> None:
    chain = [deque([1])]
    for _ in range(MOST):
        chain.append(deque([chain[-1]]))
    assert reasons_of(chain) == [REASON]
    parts: list[Any] = [{"lc": "deque", "ref": 1, "v": [1]}]
    for label in range(2, MOST + 2):
        parts.append({"lc": "deque", "ref": label, "v": [{"lc": "same", "ref": label - 1}]})
    assert len(persist.loads(json.dumps(parts[:MOST]))) == MOST
    with pytest.raises(FormatError, match=REASON):
        persist.loads(json.dumps(parts))


def test_a_way_through_what_is_not_at_its_end_counts() -> None:
    # Each inner one leads back to its outer one, and from there to the inner one before.
    parts: list[Any] = []
    for label in range(1, 2 * MOST, 2):
        inner = {"lc": "deque", "ref": label + 1, "v": [{"lc": "same", "ref": label}]}
        before = [{"lc": "same", "ref": label - 1}] if label > 1 else []
        parts.append({"lc": "deque", "ref": label, "v": [inner, *before]})
    with pytest.raises(FormatError, match=REASON):
        persist.loads(json.dumps(parts))


def test_circles_beside_each_other_do_not_count() -> None:
    circles = []
    for _ in range(3 * MOST):
        one: deque[Any] = deque()
        one.append(deque([one]))
        circles.append(one)
    restored = persist.loads(persist.dumps(circles))
    assert len(restored) == 3 * MOST
    assert all(one[0][0] is one for one in restored)


BETWEEN: dict[str, Callable[[Any], Any]] = {
    "objects": lambda inner: Plain(inner=inner),
    "lists": lambda inner: [inner],
    "maps": lambda inner: {"a": inner},
    "tuples": lambda inner: (inner,),
    "ordered maps": lambda inner: OrderedDict(a=inner),
    "proxies of maps": lambda inner: MappingProxyType({"a": inner}),
}


@pytest.mark.parametrize("wrap", BETWEEN.values(), ids=BETWEEN)
def test_what_lies_between_them_frees_them_one_by_one(wrap: Callable[[Any], Any]) -> None:
    made = nested(lambda inner: deque([wrap(inner)]), 20_000)
    text = persist.dumps(made)
    assert persist.dumps(persist.loads(text, allow=ALLOW)) == text


def test_turns_that_keep_the_ones_before_come_back() -> None:
    turns: list[dict[str, Any]] = []
    for number in range(700):
        turns.append({"id": number, "recent": deque(turns[-2:], maxlen=2)})
    restored = persist.loads(persist.dumps(turns))
    assert restored[699]["recent"][1] is restored[698]
    assert restored[698]["recent"].maxlen == 2


def test_neighbours_in_lists_come_back() -> None:
    nodes: list[Any] = [defaultdict(list) for _ in range(200)]
    for node in nodes:
        node["neighbours"] = [other for other in nodes if other is not node]
    restored = persist.loads(persist.dumps(nodes))
    assert restored[7]["neighbours"][7] is restored[8]


def test_functions_around_functions_come_back() -> None:
    text = persist.dumps(nested(closures.renamed, 400))
    assert persist.dumps(persist.loads(text, allow="closures")) == text


# Of arrays and the like nobody is told what they hold, so all that lies in them counts.
SPARSE = '{"lc":"object","id":"types:SimpleNamespace","init":[],"dict":{"a":'


def test_what_lies_between_now_and_then_is_of_no_use() -> None:
    begins, _, ends = TEXTS["arrays of objects"]
    inner = "1"
    for _ in range(60):
        inner = SPARSE + begins * MOST_ARRAYS + inner + ends * MOST_ARRAYS + "}}"
    with pytest.raises(FormatError, match=REASON):
        persist.loads(inner)
    inner = "1"
    begins, _, ends = TEXTS["deques"]
    for _ in range(60):
        inner = SPARSE + begins * (MOST - 1) + inner + ends * (MOST - 1) + "}}"
    assert persist.dumps(persist.loads(inner))


def test_many_beside_each_other_do_not_count() -> None:
    many = [deque([number]) for number in range(10 * MOST)]
    assert persist.loads(persist.dumps(many)) == many


PARAMETER = (
    '{"lc":"object","id":"inspect:Parameter","init":["a",{"lc":"enum","id":"inspect:_ParameterKind",'
    '"name":"POSITIONAL_ONLY"}],"state":{"_annotation":{"lc":"class","id":"inspect:_empty"},"_default":'
)


def test_arrays_take_more_of_the_stack_than_others() -> None:
    begins, _, ends = TEXTS["arrays of objects"]
    inner = "1"
    for _ in range(60):
        inner = PARAMETER + begins * MOST_ARRAYS + inner + ends * MOST_ARRAYS + "}}"
    made = persist.loads(inner)
    del made
    with pytest.raises(FormatError, match=REASON):
        persist.loads(PARAMETER + begins * (MOST - 1) + "1" + ends * (MOST - 1) + "}}")


def test_cells_stand_nowhere_but_in_functions() -> None:
    add, read = closures.counter(1)
    nodes = json.loads(persist.dumps([add, read]))
    assert nodes[1]["cells"] == [{"lc": "same", "ref": nodes[0]["cells"][0]["ref"]}]
    nodes.append({"lc": "deque", "v": nodes[1]["cells"]})
    with pytest.raises(FormatError, match="a cell stands outside the cells of a function"):
        persist.loads(json.dumps(nodes), allow="closures")
