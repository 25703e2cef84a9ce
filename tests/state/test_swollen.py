"""What a short text says of much memory is refused; what a program holds of that kind goes on."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import persist
import pytest
from hostile_swollen import CASES, CLASS, SWOLLEN
from hostile_texts import Case, named, same
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from test_hostile import rows_of, shown

MAX_SECONDS = 20


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What came of every case, each restored in one child process with little memory."""
    return rows_of("hostile_swollen")


@pytest.mark.parametrize("case", CASES, ids=shown)
def test_what_no_text_stands_for_is_refused(case: Case, outcomes: dict[str, Any]) -> None:
    found = outcomes[case.name]
    assert (found["class"], found["kind"]) == case.refusal, found
    assert case.says in found["message"]
    assert found["seconds"] < MAX_SECONDS


def test_many_objects_of_a_class_with_many_private_attributes_come_back() -> None:
    private = {f"_p{at}": {"default": at} for at in range(100)}
    made = {"lc": "object", "class": same(1), "dict": {}}
    copies: Any = persist.loads(json.dumps([CLASS | {"private": private}, *[made] * 10_000]))
    assert copies[-1]._p99 == 99
    assert persist.loads(persist.dumps(copies))[-1]._p99 == 99


def sliding() -> Any:
    numbers = np.arange(200_000)
    return [numbers, pd.Series(np.lib.stride_tricks.sliding_window_view(numbers, 9)[:, 0])]


def columns_over_one_array() -> Any:
    numbers = np.arange(1_000_000, dtype="i2")
    return [numbers, *(pd.Series(numbers, copy=False) for _ in range(30))]


def categories_beside_their_codes() -> Any:
    kinds = pd.Categorical(range(200_000))
    return [kinds, kinds.codes]


HONEST: dict[str, Callable[[], Any]] = {
    "no elements": lambda: [np.empty((0, 10**9)), np.empty((10**9, 0), "O")],
    "no size": lambda: [np.zeros(100_000, "V0"), np.zeros((2, 3), []), np.zeros((3, 4, 5), "V0").T],
    "structures": lambda: np.array([(1, "x", 2.5)] * 9_000, "i1,O,f8"),
    "aligned structures": lambda: np.zeros(5_000, np.dtype("i1,O,i1", align=True)),
    "texts": lambda: np.array(["", "", "a"] * 1_000),
    "rows": lambda: pd.DataFrame({"a": np.zeros(9_000_000, "i1")}),
    "no columns": lambda: pd.DataFrame(index=pd.RangeIndex(10**12)),
    "columns": lambda: pd.DataFrame(np.zeros((2, 5_000))),
    "labels of text": lambda: pd.Series(True, index=[f"x{at}" for at in range(300_000)]),
    "labels of many parts": lambda: [
        pd.Index([tuple(range(at, at + 60)) for at in range(3_000)], tupleize_cols=False),
        pd.Index([(at, "x") for at in range(20_000)] * 2, tupleize_cols=False),
        pd.Index([(1, 2, 3)] * 100_000, tupleize_cols=False),
        pd.Index([datetime.date(2024, 1, 1)] * 10_000),
        pd.Index([pd.Timestamp(at, tz="UTC") for at in range(1_000)] * 10, dtype="O"),
    ],
    "levels": lambda: pd.Series(
        0, index=pd.MultiIndex.from_product([range(3), range(200_000), ["a", "b"]])
    ),
    "levels beyond what is used": lambda: pd.Series(
        0, index=pd.MultiIndex.from_product([range(3), range(200_000)])
    ).iloc[:5],
    "categories": lambda: pd.Categorical(range(5_000_000)),
    "categories of rows": lambda: pd.DataFrame({"a": pd.Categorical(range(3_000_000))}),
    "categories beside their codes": categories_beside_their_codes,
    "sparse rows": lambda: pd.Series(pd.arrays.SparseArray(np.zeros(10_000_000))),
    "one number as many": lambda: [
        (it := np.ndarray(900_000, buffer=np.zeros(1), strides=(0,))),
        pd.Series(it, copy=False),
        pd.Series(np.broadcast_to(np.float64(1), 100_000), copy=False),
    ],
    "windows": sliding,
    "columns over one array": columns_over_one_array,
    "months": lambda: pd.date_range("2024-01-31", periods=900, freq="ME"),
    "months apart": lambda: pd.date_range("2024-01-05", periods=900, freq=pd.DateOffset(months=1)),
    "days before": lambda: pd.date_range("2024-01-31", periods=3, freq="D")[::-1],
    "one day": lambda: pd.date_range("2024-01-31", periods=1, freq="B"),
    "no day": lambda: pd.date_range("2024-01-31", periods=0, freq="B"),
    "own types": lambda: pd.DataFrame(
        {
            "a": pd.array([1, None] * 1_000_000, dtype="Int8"),
            "b": pd.array([True, None] * 1_000_000, dtype="boolean"),
            "c": pd.interval_range(0, 2_000_000),
        }
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_what_a_program_holds_goes_on(name: str) -> None:
    value = HONEST[name]()
    text = persist.dumps(value)
    copy = persist.loads(text)
    assert persist.dumps(copy) == text


def test_checkpoints_of_long_conversations_go_on() -> None:
    saver = InMemorySaver()
    for at in range(30):
        checkpoint = empty_checkpoint()
        said = [HumanMessage(f"{at} {number} " + "x" * 500) for number in range(500)]
        checkpoint["channel_values"] = {"messages": said, "seen": np.zeros(100_000), "at": {at}}
        checkpoint["channel_versions"] = {"messages": at, "seen": at, "at": at}
        config: Any = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        saver.put(config, checkpoint, {}, checkpoint["channel_versions"])
    text = persist.dumps(saver)
    copy = persist.loads(text)
    assert persist.dumps(copy) == text


def test_names_beside_many_private_attributes_are_looked_up_at_once() -> None:
    private = {f"_a{at}": {} for at in range(12_000)}
    held = {f"_b{at}": at for at in range(24_000)}
    cls = {"lc": "model", "name": "M", "module": "m", "fields": {}, "private": private}
    text = json.dumps({"lc": "object", "class": cls, "dict": held, "private": {}})
    began = time.perf_counter()
    assert len(vars(persist.loads(text))) == 24_000
    assert time.perf_counter() - began < 6


def test_a_path_shows_the_beginning_of_a_long_key_and_its_own_two_ends() -> None:
    node: Any = {"k" * 240_000: [named("function", f"a:b{at}") for at in range(100)]}
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(json.dumps(node))
    assert raised.value.problems[99].path == f"$.{'k' * 200}…[99]"
    for _ in range(50):
        node = {"a" * 50: node}
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(json.dumps(node))
    path = raised.value.problems[99].path
    assert (len(path), path[:4], path[500], path[-5:]) == (1_001, "$.aa", "…", "…[99]")


REFUSED: dict[str, Callable[[], Any]] = {
    "no size": lambda: np.zeros(20_000_000, "V0"),
    "gaps": lambda: np.zeros(5, np.dtype({"names": ["a"], "formats": ["O"], "itemsize": 15 << 20})),
    "categories": lambda: pd.CategoricalDtype(pd.RangeIndex(10**8)),
    "labels of many parts": lambda: pd.Index([tuple(range(2_000))] * 10_000, tupleize_cols=False),
    "levels": lambda: pd.MultiIndex([pd.RangeIndex(10**7)], [[0, 1]]),
    "sparse labels": lambda: pd.Index(pd.arrays.SparseArray(np.zeros(3_000_000))),
    "one number as many": lambda: [
        (it := np.ndarray(3_000_000, buffer=np.zeros(1), strides=(0,))),
        pd.Series(it, copy=False),
    ],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_be_restored_is_not_saved(name: str) -> None:
    with pytest.raises(persist.CaptureError, match=SWOLLEN) as caught:
        persist.dumps(REFUSED[name]())
    assert caught.value.kind == "unsupported_value"
