"""Models within models are looked at each time something is made of them: only so often."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import persist
import pytest
from langchain_core.prompts import ChatPromptTemplate
from persist import CaptureError, RebuildError
from persist.adapters import _called

REASON = "models lie in each other, or are shared, too often to be looked at each time"


def prompt_in_prompts(levels: int) -> Any:
    prompt = ChatPromptTemplate.from_messages([("human", "{question}")])
    for _ in range(levels):
        prompt = ChatPromptTemplate(messages=[prompt], input_variables=["question"])
    return prompt


def text_of_prompt_in_prompts(levels: int) -> str:
    inner, outer = persist.dumps(prompt_in_prompts(0)), persist.dumps(prompt_in_prompts(1))
    begins, ends = outer.split(inner)
    return begins * levels + inner + ends * levels


def test_prompts_in_prompts_come_back() -> None:
    text = persist.dumps(prompt_in_prompts(50))
    restored = persist.loads(text)
    assert persist.dumps(restored) == text
    assert restored.invoke({"question": "why?"}).to_string() == "Human: why?"


def test_many_prompts_beside_each_other_come_back() -> None:
    shared = [("human", f"{{question}} {number}") for number in range(60)]
    prompts = [ChatPromptTemplate.from_messages(shared) for _ in range(40)]
    assert len(persist.loads(persist.dumps(prompts))) == 40


def test_many_long_prompts_come_back() -> None:
    messages = [("human", f"{{question}} {number}") for number in range(700)]
    prompts = [ChatPromptTemplate.from_messages(messages) for _ in range(20)]
    assert len(persist.loads(persist.dumps(prompts))) == 20


def test_too_many_in_each_other_are_refused_both_ways() -> None:
    with pytest.raises(RebuildError, match=REASON) as raised:
        persist.loads(text_of_prompt_in_prompts(900))
    assert raised.value.kind == "invalid_state"
    with pytest.raises(CaptureError, match=REASON):
        persist.dumps(prompt_in_prompts(900))


CALLED = "is one of many that lead to each other too often to be judged each time"


def in_chains(chains: int, length: int, outer: Callable[[Any], Any]) -> list[Any]:
    """Partials that are given to partials, each of which is judged with all that it leads to."""
    made = []
    for _ in range(chains):
        one: Any = functools.partial(len)
        for _ in range(length):
            one = outer(one)
        made.append(one)
    return made


OUTER = {
    "by their places": lambda one: functools.partial(len, one),
    "by name": lambda one: functools.partial(len, a=one),
}


@pytest.mark.parametrize("name", OUTER)
def test_partials_given_to_partials_are_judged_so_often_only(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    taken_apart = _called._taken_apart

    def counting(value: Any, is_callee: bool) -> Any:
        nonlocal steps
        steps += 1
        return taken_apart(value, is_callee)

    few = in_chains(5, 90, OUTER[name])
    assert len(persist.loads(persist.dumps(few))) == 5
    text = persist.dumps(in_chains(1, 150, OUTER[name]))
    many = f"[{','.join([text] * 20)}]"
    monkeypatch.setattr(_called, "_taken_apart", counting)
    with pytest.raises(RebuildError, match=CALLED) as raised:
        persist.loads(many)
    assert raised.value.kind == "invalid_state"
    assert steps < 2 * _called.MAX_STEPS
    with pytest.raises(CaptureError, match=CALLED):
        persist.dumps(in_chains(20, 150, OUTER[name]))
