"""What its constructor builds exists only at its end: none of what it holds may lead back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import persist
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.prompts import ChatPromptTemplate, FewShotPromptTemplate, PromptTemplate
from langchain_ollama import ChatOllama
from persist import CaptureError

REASON = "it holds itself, and it is made when all it holds is there"
ALLOW = ("test_built_whole",)


class Handler(BaseCallbackHandler):
    model: Any = None


class Bot:
    prompt: Any = None

    def day(self) -> str:
        return "today"


def watched_model() -> Any:
    handler = Handler()
    model = ChatOllama(model="m", callbacks=[handler])
    handler.model = model
    return model


def bot() -> Any:
    made = Bot()
    made.prompt = PromptTemplate(
        template="{day}", input_variables=[], partial_variables={"day": made.day}
    )
    return made


def told(prompt: Any) -> Any:
    prompt.metadata = {"me": (prompt,)}
    return prompt


def few_shot() -> Any:
    example = PromptTemplate.from_template("{a}")
    return FewShotPromptTemplate(
        example_prompt=example, examples=[{"a": "1"}], suffix="{b}", input_variables=["b"]
    )


CYCLES: dict[str, tuple[Callable[[], Any], str]] = {
    "a model that its handler holds": (watched_model, "$.callbacks[0].model"),
    "a prompt of a bot's method": (
        lambda: {"prompt": bot().prompt},
        "$.prompt.partial_variables.day.__self__.prompt",
    ),
    "a prompt in its metadata": (
        lambda: [told(PromptTemplate.from_template("a"))],
        "$[0].metadata.me[0]",
    ),
    "a chat prompt": (
        lambda: told(ChatPromptTemplate.from_messages([("human", "a")])),
        "$.metadata.me[0]",
    ),
    "a few-shot prompt": (lambda: told(few_shot()), "$.metadata.me[0]"),
    "a model in its metadata": (lambda: told(ChatOllama(model="m")), "$.metadata.me[0]"),
}


@pytest.mark.parametrize(("make", "path"), CYCLES.values(), ids=CYCLES)
def test_what_is_built_of_itself_is_refused_when_it_is_saved(
    make: Callable[[], Any], path: str
) -> None:
    value = make()
    with pytest.raises(CaptureError) as raised:
        persist.snapshot(value, "memory://whole")
    assert raised.value.kind == "unsupported_value"
    assert [(it.path, it.reason) for it in raised.value.problems] == [(path, REASON)]
    assert not persist.snapshot_exists("memory://whole")
    assert [it.path for it in persist.check(value).problems] == [path]


def test_met_behind_what_holds_it_a_prompt_and_a_model_come_back() -> None:
    value = [bot(), watched_model().callbacks[0]]
    persist.snapshot(value, "memory://behind")
    again, handler = persist.restore("memory://behind", allow=ALLOW)
    assert again.prompt.partial_variables["day"].__self__ is again
    assert again.prompt.format() == "today"
    assert handler.model.callbacks[0] is handler
