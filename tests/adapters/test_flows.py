"""The functional API of LangGraph: tasks and workflows go on in a process that never ran them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import flows
import persist
import pytest
from langgraph.func import task
from persist import CaptureError, RebuildError, UntrustedError

from trips import python

TASK = "langgraph.func:_TaskFunction"


def test_workflows_go_on_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "flows.json"
    python("import flows, persist, sys; persist.snapshot(flows.state(), sys.argv[1])", path, seed=1)
    code = """
import flows, json, persist, sys
print(json.dumps(flows.used(persist.restore(sys.argv[1], allow="flows"))))
"""
    restored = json.loads(python(code, path, seed=2))
    assert restored == json.loads(json.dumps(flows.used(flows.state())))
    asked, answers, said, policies, stepped, ran = restored
    assert asked == [{"scaled": 40}]
    assert answers == [8, 11, ["2", "3", "4"], [40, "yes", 120, 20], 2, 4]
    assert said[0] == [
        "double",
        "Doubles a number.",
        "{'value': <class 'int'>, 'return': <class 'int'>}",
    ]
    assert [it[0] for it in said] == ["double", "thrice", "stepped"]
    assert policies == [[], [2], []]
    # What a task had given before the workflow asked is not worked out again.
    assert (stepped, ran) == (6, [])


def test_a_task_within_a_function_shares_what_it_captured() -> None:
    kept: list[int] = []

    @task
    def keep(value: int) -> None:
        kept.append(value)

    again, held = persist.loads(persist.dumps([keep, kept]), allow="test_flows")
    again.func(3)
    assert held == [3]
    assert again.__wrapped__ is again.func
    assert again.__annotations__ is again.func.__annotations__


def test_tasks_that_call_themselves_and_each_other_go_on_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "counting.json"
    persist.snapshot(flows.counting(10), path)
    code = "import persist, sys; print(persist.restore(sys.argv[1], allow='flows').invoke(2))"
    assert (
        python(code, path, seed=3) == f"{flows.counting(10).invoke(2)}\n" == "[20, True, False]\n"
    )


def repeated() -> Any:
    def local(value: int, step: int = 1) -> int:
        """Calls itself."""
        return 0 if value <= 0 else again(value - step).result()

    vars(local).update(mark=[1])
    again = task(local, name="repeated")
    return again


@pytest.mark.parametrize("is_function_first", [False, True])
def test_a_task_that_its_function_captured_says_all_that_the_function_says(
    is_function_first: bool,
) -> None:
    made = repeated()
    value = [made.func, made] if is_function_first else [made, made.func]
    text = persist.dumps(value)
    read = persist.loads(text, allow="test_flows")
    assert persist.dumps(read) == text
    function, again = read if is_function_first else reversed(read)
    assert again.func is again.__wrapped__ is function
    assert [cell.cell_contents for cell in function.__closure__] == [again]
    assert vars(again).keys() == vars(made).keys()
    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        assert getattr(again, name) == getattr(made, name)
    assert again.__annotations__ is function.__annotations__
    assert again.__annotations__ == made.__annotations__
    assert again.mark is function.mark == [1]


def test_saving_leaves_a_task_as_it_is() -> None:
    made = repeated()
    made.__doc__ = "another"
    with pytest.raises(CaptureError):
        persist.dumps(made)
    assert made.__doc__ == "another"


def test_a_task_holds_nothing_that_its_function_would_hide() -> None:
    text = persist.dumps(repeated()).replace('"mark"', '"clear_cache"')
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow="test_flows")
    assert raised.value.kind == "invalid_state"


def named(**attributes: Any) -> Any:
    def local(value: int) -> int:
        return value

    vars(local).update(attributes)
    return task(local)


def test_what_a_function_has_of_its_own_comes_along() -> None:
    again = persist.loads(persist.dumps(named(mark=[1])), allow="test_flows")
    assert again.mark is again.func.mark
    assert again.mark == [1]


def test_a_task_that_was_changed_is_refused() -> None:
    changed = named()
    changed.__doc__ = "another"
    with pytest.raises(CaptureError) as raised:
        persist.dumps(changed)
    assert "says something else of itself than its function" in str(raised.value)
    with pytest.raises(CaptureError):
        persist.dumps(named(clear_cache=1))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"func": 1},
        {"func": {"lc": "function", "id": "flows:later"}, "clear_cache": 1},
        {"func": {"lc": "function", "id": "flows:later"}, "__wrapped__": 1},
        {"func": {"lc": "object", "id": "flows:Step", "dict": {"by": 1}}},
    ],
)
def test_what_no_task_is_written_as_is_refused(said: Any) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps({"lc": "object", "id": TASK, "dict": said}), allow="flows")
    assert raised.value.kind == "invalid_state"


def test_a_function_cannot_bring_a_method_of_the_task_along() -> None:
    text = persist.dumps(named(mark=1)).replace('"mark"', '"clear_cache"')
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow="test_flows")
    assert "its function has an attribute `clear_cache`" in str(raised.value)


def test_what_a_task_calls_must_be_admitted() -> None:
    said = {"func": {"lc": "function", "id": "os:system"}}
    with pytest.raises(UntrustedError) as raised:
        persist.loads(json.dumps({"lc": "object", "id": TASK, "dict": said}))
    assert raised.value.allow == ["os:system"]
