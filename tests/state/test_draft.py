"""What is written in one pass has the text that two passes give it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import persist
import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from trips import python


def answer() -> AIMessage:
    call = {"name": "search", "args": {"query": "é\n", "filters": {"year": 2020}}, "id": "1"}
    return AIMessage("", tool_calls=[call], response_metadata={"model": "m", "tokens": [1, 2.5]})


def with_shared(make: Callable[[Any], list[Any]]) -> list[Any]:
    return make([1])


def same_set_twice() -> list[Any]:
    one, other = HumanMessage("a"), HumanMessage("b")
    object.__setattr__(other, "__pydantic_fields_set__", one.__pydantic_fields_set__)
    return [one, other]


def set_as_a_value() -> list[Any]:
    message = HumanMessage("a")
    return [message, message.__pydantic_fields_set__]


def dict_as_a_value() -> list[Any]:
    message = HumanMessage("a")
    return [message, vars(message)]


def extra_as_a_value(**extra: Any) -> list[Any]:
    message = HumanMessage("a", **extra)
    return [message, message.__pydantic_extra__]


def left_out_and_shared() -> list[Any]:
    one, other = HumanMessage("a"), HumanMessage("b")
    other.additional_kwargs = one.additional_kwargs
    return [one, other]


def foreign_attribute() -> list[Any]:
    message = HumanMessage("a")
    vars(message)["foreign"] = 1
    return [message]


def out_of_order() -> list[Any]:
    message = answer()
    vars(message)["content"] = vars(message).pop("content")
    return [message]


def field_missing() -> list[Any]:
    message = answer()
    del vars(message)["content"]
    return [message]


STATES: dict[str, Callable[[], Any]] = {
    "messages": lambda: [HumanMessage("a", id="1"), answer(), ToolMessage("b", tool_call_id="1")],
    "documents": lambda: {
        "documents": [Document("a", metadata={"page": 1})],
        "floats": [0.1, -0.0],
    },
    "set differs": lambda: [HumanMessage(content="a", name=None), answer().model_copy()],
    "extras": lambda: [HumanMessage("a", more=[1])],
    "shared at the end": lambda: with_shared(lambda x: [answer(), x, {"a": 1, "b": x, "c": 2}]),
    "same message twice": lambda: [answer()] * 2,
    "cycle": lambda: (lambda x: x.append(x) or x)([answer()]),
    "node in data": lambda: [answer(), {"a": {"b": 1}, "lc": 1}],
    "escape in data": lambda: [answer(), {"__lc_escaped__": {"b": 1}}, {"__lc_escaped__": []}],
    "keys": lambda: [answer(), {"a": {"b": 1}, 2: 3}, {"\ud800": [1], "\ud800\udc00": 1}],
    "tuple": lambda: [answer(), (1, 2)],
    "numbers": lambda: [10**30, {"a": 1, "nan": float("nan"), "b": 2}, float("inf"), 10**5000],
    "strings": lambda: ["\ud800\udc00", {"a": "\ud83d\ude00", "b": ["\ud800"]}, "x" * 40_000 + '"'],
    "shared set": same_set_twice,
    "set as a value": set_as_a_value,
    "dict as a value": dict_as_a_value,
    "empty extra as a value": extra_as_a_value,
    "extra as a value": lambda: extra_as_a_value(more=1),
    "left out and shared": left_out_and_shared,
    "foreign attribute": foreign_attribute,
    "order": out_of_order,
    "missing": field_missing,
}


def outcome(state: Any) -> str:
    try:
        return persist.dumps(state)
    except persist.CaptureError as error:
        return repr([(problem.path, problem.reason) for problem in error.problems])


@pytest.mark.parametrize("make", STATES.values(), ids=STATES)
def test_one_pass_gives_what_two_passes_give(make: Callable[[], Any]) -> None:
    state = make()
    outcome([])
    # A tuple takes two passes, and so does whatever is captured next.
    outcome((1,))
    twice = outcome(state)
    # What fits one pass is written in one from then on.
    outcome([])
    assert outcome(state) == twice
    assert outcome(state) == twice


def test_a_class_met_for_the_first_time_ends_a_draft() -> None:
    # Its plan is made by Python code, beside which other threads run.
    code = textwrap.dedent("""
        import persist
        from langchain_core.messages import FunctionMessage
        from persist.adapters import _registry

        plan_for = _registry.plan_for
        state = ["before", FunctionMessage("x", name="f")]

        def plan(cls):
            state[0] = "after"
            return plan_for(cls)

        _registry.plan_for = plan
        print(persist.dumps(state)[:9])
    """)
    assert python(code).strip() == '["after",'
