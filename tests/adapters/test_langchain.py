"""LangChain agents saved here, restored in a new process, compared strictly and used."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import conversations
import persist
import pytest
import turns
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from persist import CaptureError, FormatError, RebuildError

from trips import there_and_back


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return turns.outcomes_of("conversations", tmp_path_factory.mktemp("agents"))


@pytest.mark.parametrize("name", conversations.STATES)
def test_an_agent_goes_on_in_a_new_process(name: str, outcomes: Any) -> None:
    turns.assert_went_on(outcomes[name])


def test_a_conversation_remembers_what_was_said_before(outcomes: Any) -> None:
    answer, remembered, turn = outcomes["buffer memory"]["restored"]
    assert answer == "goodbye"
    assert "hi, I am ann" in remembered
    assert turn == 0


def test_saving_leaves_the_agent_as_it_is() -> None:
    talk = conversations.chain(conversations.ConversationBufferMemory())
    text = persist.dumps(talk)
    persist.snapshot(talk, "memory://kept")
    assert persist.dumps(talk) == text
    assert conversations.talked(talk)[0] == "goodbye"


def test_nothing_needs_to_be_allowed_for_langchains_own_classes() -> None:
    talk = conversations.chain(conversations.ConversationBufferMemory())
    persist.snapshot(talk, "memory://own")
    assert persist.get_metadata("memory://own")["needs"] == {
        "secrets": [],
        "bindings": [],
        "allow": [],
        "endpoints": [],
    }
    assert isinstance(persist.restore("memory://own"), conversations.ConversationChain)


def test_a_prompt_that_its_class_would_refuse_is_refused_when_saved() -> None:
    prompt = PromptTemplate.from_template("say {word}")
    object.__setattr__(prompt, "template", "{word.__class__.__init__.__globals__[KEY]}")
    with pytest.raises(CaptureError) as raised:
        persist.dumps([prompt])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert "the class's own validation refuses" in problem.reason


def test_a_prompt_that_its_class_refuses_is_refused_when_restored() -> None:
    text = persist.dumps(PromptTemplate.from_template("say {word}"))
    changed = text.replace("say {word}", "{word.__class__}")
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed)
    assert raised.value.kind == "invalid_state"


def test_a_prompt_whose_types_validation_would_change_is_refused_when_saved() -> None:
    prompt = conversations.templates()["chat"]
    prompt.input_types = {}
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"prompt": prompt})
    (problem,) = raised.value.problems
    assert problem.path == "$.prompt"
    assert "`input_types`" in problem.reason


@pytest.mark.parametrize("change", ["appended", "template", "partial", "nested"])
def test_variables_that_a_prompt_let_go_stale_come_back_as_they_are(change: str) -> None:
    chat = ChatPromptTemplate.from_messages([("human", "say {word}")])
    prompt = PromptTemplate.from_template("say {word}")
    if change == "appended":
        chat.append(("human", "and {other}"))
    elif change == "template":
        prompt.template = "and {other}"
    elif change == "partial":
        chat.partial_variables["word"] = "hello"
    else:
        chat.messages[0].prompt.template = "and {other}"
    back = there_and_back({"chat": chat, "prompt": prompt})
    assert back["chat"].input_variables == ["word"]
    given = {"word": "yes", "other": "no"}
    assert back["chat"].invoke(given) == chat.invoke(given)
    assert back["prompt"].invoke(given) == prompt.invoke(given)


@pytest.mark.parametrize("stale", ["[1]", '[["word"]]', '{"word":1}', '"word"', "[null]"])
def test_only_names_may_stand_where_a_prompt_has_its_variables(stale: str) -> None:
    text = persist.dumps(ChatPromptTemplate.from_messages([("human", "say {word}")]))
    changed = text.replace(
        '"kwargs":{"input_variables":["word"]', f'"kwargs":{{"input_variables":{stale}'
    )
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed)
    assert raised.value.kind == "invalid_state"


def test_an_attribute_that_no_field_takes_back_is_refused_when_saved() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([conversations.Labelled("hi")])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert "`label`" in problem.reason


class Counted(HumanMessage):
    """A message that writes another value for a field than it has."""

    @property
    def lc_attributes(self) -> dict[str, Any]:
        return {"name": f"{self.name} the first"}


def test_a_field_that_is_written_as_another_value_is_refused_when_saved() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(Counted("hi", name="ada"))
    reason = "its `to_json` gives another value for `name` than the field has"
    assert raised.value.problems[0].reason == reason


@pytest.mark.parametrize(
    ("value", "field"),
    [(HumanMessage("x"), "content"), (PromptTemplate.from_template("say {word}"), "template")],
)
def test_a_field_that_a_text_gives_twice_is_refused(value: Any, field: str) -> None:
    node = json.loads(persist.dumps(value))
    kwargs, state = node.pop("kwargs"), node.pop("state", {"__lc_escaped__": {}})
    state["__lc_escaped__"]["fields"] = {field: "other"}
    with pytest.raises(FormatError) as raised:
        persist.loads(json.dumps([node | {"state": state, "kwargs": kwargs}]))
    assert raised.value.kind == "bad_state_text"
    assert f"at `$[0]` the field `{field}` stands in `kwargs` and in `state`" in str(raised.value)


def test_saving_a_prompt_does_not_fill_its_containers() -> None:
    prompt = conversations.templates()["optional history"]
    prompt.partial_variables.clear()
    with contextlib.suppress(CaptureError):
        persist.dumps(prompt)
    assert prompt.partial_variables == {}
