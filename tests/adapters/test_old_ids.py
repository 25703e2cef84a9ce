"""Every id that LangChain once wrote: ours reads what its loader reads, or it is said why not."""

from __future__ import annotations

import functools
import json
import warnings
from typing import Any, NamedTuple

import persist
import pytest
import serializable
from langchain_core.load import dumps
from test_dialect import OLD, ours_of, picture, theirs_of


class Reason(NamedTuple):
    """Why a text with an id is read by neither."""

    theirs: tuple[str, ...]
    """What LangChain's loader raises."""
    ours: str
    """The kind of our error."""
    ids: str


REASONS = {
    "its class is abstract": Reason(
        ("TypeError",),
        "not_allowed",
        """
        langchain_core.prompts.base.BasePromptTemplate
        langchain_core.prompts.chat.BaseChatPromptTemplate
        langchain_core.prompts.chat.BaseMessagePromptTemplate
        langchain_core.prompts.chat.BaseStringMessagePromptTemplate
        langchain_core.prompts.string.StringPromptTemplate
        langchain_core.prompt_values.PromptValue
        langchain_core.runnables.configurable.DynamicRunnable
        langchain.prompts.base.StringPromptTemplate
        langchain.prompts.chat.BaseMessagePromptTemplate
        langchain.prompts.chat.BaseStringMessagePromptTemplate
        langchain.schema.prompt.PromptValue
        langchain.schema.prompt_template.BaseChatPromptTemplate
        langchain.schema.prompt_template.BasePromptTemplate
        langchain.schema.runnable.DynamicRunnable
        """,
    ),
    "it leads to a module and to no class": Reason(
        ("AttributeError",),
        "not_allowed",
        "langchain_core.prompts.pipeline langchain.prompts.pipeline",
    ),
    "the module that it leads to is gone": Reason(
        ("ModuleNotFoundError", "ValueError"),
        "not_allowed",
        """
        langchain.chains.llm.LLMChain
        langchain.chat_models.google_palm.ChatGooglePalm
        langchain.llms.google_palm.GooglePalm
        langchain.llms.openai.BaseOpenAI
        langchain.llms.replicate.Replicate
        langchain.output_parsers.combining.CombiningOutputParser
        langchain.output_parsers.fix.OutputFixingParser
        langchain.output_parsers.regex.RegexParser
        langchain.schema.agent.OpenAIToolAgentAction
        langchain.schema.agent.ToolAgentAction
        langchain.schema.runnable.HubRunnable
        langchain.schema.runnable.OpenAIFunctionsRouter
        """,
    ),
    "its package is none of those with rows": Reason(
        ("ModuleNotFoundError", "ValueError"),
        "not_allowed",
        """
        langchain.chat_models.fireworks.ChatFireworks
        langchain.chat_models.vertexai.ChatVertexAI
        langchain.llms.fireworks.Fireworks
        langchain.llms.vertexai.VertexAI
        langchain_baseten.chat_models.ChatBaseten
        langchain_openrouter.chat_models.ChatOpenRouter
        langchain_xai.chat_models.ChatXAI
        """,
    ),
    "its constructor takes no text of LangChain": Reason(
        ("TypeError", "ValidationError"),
        "invalid_state",
        """
        langchain_core.runnables.branch.RunnableBranch
        langchain_core.runnables.history.RunnableWithMessageHistory
        langchain.schema.runnable.RunnableBranch
        langchain.schema.runnable.RunnableWithMessageHistory
        """,
    ),
    "its exceptions have no form in LangChain's text": Reason(
        ("NotImplementedError",),
        "never_saved",
        """
        langchain_core.runnables.fallbacks.RunnableWithFallbacks
        langchain_core.runnables.retry.RunnableRetry
        langchain.schema.runnable.RunnableRetry
        langchain.schema.runnable.RunnableWithFallbacks
        """,
    ),
}

UNREAD = {one: why for why, reason in REASONS.items() for one in reason.ids.split()}


@functools.cache
def samples() -> dict[str, tuple[str, Any]]:
    """Returns an object of each class that LangChain serializes, by the name of the class."""
    found: dict[str, tuple[str, Any]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, make in serializable.MADE.items():
            made = make()
            for one in made if isinstance(made, list) else [made]:
                found.setdefault(type(one).__name__, (name, one))
    return found


def text_of(lc_id: tuple[str, ...]) -> tuple[str, str]:
    """Returns the name of a sample and its text with an id; where there is none, a bare node."""
    name, one = samples().get(OLD[lc_id][-1], ("", None))
    bare = {"lc": 1, "type": "constructor", "kwargs": {}}
    return name, json.dumps({**(bare if one is None else json.loads(dumps(one))), "id": lc_id})


def test_each_id_is_judged_once() -> None:
    known = [".".join(lc_id) for lc_id in OLD]
    listed = [one for reason in REASONS.values() for one in reason.ids.split()]
    assert len(known) == 161
    assert sorted(set(listed)) == sorted(listed)
    assert sorted(set(listed) - set(known)) == []
    # All others have a sample that both read.
    others = [lc_id for lc_id in OLD if ".".join(lc_id) not in UNREAD]
    assert len(others) == 118
    assert [lc_id for lc_id in others if OLD[lc_id][-1] not in samples()] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("lc_id", OLD, ids=".".join)
def test_an_old_id_is_read_as_langchain_reads_it(lc_id: tuple[str, ...]) -> None:
    name, text = text_of(lc_id)
    shown = ".".join(lc_id)
    if shown in UNREAD:
        reason = REASONS[UNREAD[shown]]
        with pytest.raises(Exception) as theirs:  # noqa: PT011 - its type is what is asked
            theirs_of(text)
        assert type(theirs.value).__name__ in reason.theirs
        with pytest.raises(persist.PersistError) as ours:
            ours_of(name, text, dialect="langchain")
        assert ours.value.kind == reason.ours
        return
    theirs_read = theirs_of(text)
    assert picture(ours_of(name, text, dialect="langchain")) == picture(theirs_read)


@pytest.mark.filterwarnings("ignore")
def test_what_a_constructor_alone_makes_must_be_what_it_makes() -> None:
    name, text = text_of(("langchain_google_genai", "chat_models", "ChatGoogleGenerativeAI"))
    told = json.loads(text)
    told["kwargs"]["default_metadata"] = [["x-goog-user-project", "another"]]
    with pytest.raises(persist.RebuildError) as refused:
        ours_of(name, json.dumps(told), dialect="langchain")
    assert refused.value.kind == "invalid_state"
    assert "`default_metadata` is made by its constructor and is never saved" in str(refused.value)
