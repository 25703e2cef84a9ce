"""Rows that are checked: what a lax row would have allowed, and how it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import persist
import postponed
import pytest
from langchain_classic.chains import LLMChain
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.example_selectors import LengthBasedExampleSelector
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from langchain_core.output_parsers import PydanticToolsParser
from langchain_core.output_parsers.openai_functions import PydanticAttrOutputFunctionsParser
from langchain_core.prompts import FewShotPromptTemplate, PromptTemplate
from langchain_core.prompts.structured import StructuredPrompt
from langchain_core.runnables import (
    RouterRunnable,
    RunnableBranch,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableWithMessageHistory,
)
from langchain_core.runnables.utils import ConfigurableFieldSpec
from langchain_core.tools import Tool
from persist import CaptureError, RebuildError, UntrustedError

from models import Person
from trips import there_and_back

RUN: list[str] = []
"""What text in a file made the program do."""


def run(what: str) -> type:
    RUN.append(what)
    return str


TEXT = "__import__('test_checked_rows').run('evaluated')"

SETTINGS = {
    "lc": "object",
    "id": "things:Plain",
    "dict": {"config_specs": [{"id": "x", "annotation": TEXT}]},
}
"""A thing that is no runnable and has what compositions ask a step for."""


def model() -> FakeListChatModel:
    return FakeListChatModel(responses=["a", "b"])


def bound() -> Any:
    return model().bind(stop=["x"])


def few_shot(**fields: Any) -> FewShotPromptTemplate:
    example_prompt = PromptTemplate.from_template("{q} {a}")
    given = {"examples": [{"q": "1+1", "a": "2"}], "suffix": "{x}", "input_variables": ["x"]}
    return FewShotPromptTemplate(**{"example_prompt": example_prompt, **given, **fields})


def chosen() -> FewShotPromptTemplate:
    example_prompt = PromptTemplate.from_template("{q} {a}")
    selector = LengthBasedExampleSelector(
        examples=[{"q": "1+1", "a": "2"}], example_prompt=example_prompt
    )
    return few_shot(examples=None, example_selector=selector)


def history_of(session_id: str) -> InMemoryChatMessageHistory:
    return InMemoryChatMessageHistory()


HONEST: dict[str, Callable[[], Any]] = {
    "sequence": lambda: RunnableLambda(str) | RunnableLambda(int) | RunnableLambda(str),
    "parallel": lambda: RunnableParallel(a=RunnableLambda(str)),
    "each": lambda: RunnableLambda(str).map(),
    "branch": lambda: RunnableBranch((RunnableLambda(bool), RunnableLambda(str)), model()),
    "router": lambda: RouterRunnable({"a": RunnableLambda(str)}),
    "fallbacks": lambda: model().with_fallbacks([model()]),
    "retry": lambda: RunnableLambda(str).with_retry(stop_after_attempt=2),
    "binding": bound,
    "config": lambda: model().with_config(tags=["a"], configurable={"x": 1}),
    "passthrough": lambda: RunnablePassthrough().pick("a"),
    "few shots": few_shot,
    "chosen shots": chosen,
    "tool": lambda: Tool("t", str, "does it", args_schema=Person),
    "tools parser": lambda: PydanticToolsParser(tools=[Person]),
    "attribute parser": lambda: PydanticAttrOutputFunctionsParser(
        pydantic_schema=Person, attr_name="age"
    ),
    "chain": lambda: LLMChain(
        llm=model(), prompt=PromptTemplate.from_template("{x}"), llm_kwargs={"stop": ["x"]}
    ),
    "structured": lambda: StructuredPrompt.from_messages_and_schema([("human", "{q}")], {"a": "b"}),
    "history": lambda: RunnableWithMessageHistory(model(), history_of),
}
ALLOW = ["models", "test_checked_rows"]


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_one_comes_back(name: str) -> None:
    there_and_back(HONEST[name](), allow=ALLOW)


# Each row: the honest one, the text of it that is changed, into what, and the reason.
CHANGES: list[tuple[str, str, Any, str]] = [
    ("sequence", '"last":{', {"last": SETTINGS}, "last: Input should be an instance of Runnable"),
    ("parallel", '"a":{', {"a": SETTINGS}, "steps__.a: Input should be an instance of Runnable"),
    ("each", '"bound":{', {"bound": SETTINGS}, "bound: Input should be an instance of Runnable"),
    ("branch", '"default":{', {"default": SETTINGS}, "default: Input should be an instance of"),
    ("router", '"a":{', {"a": SETTINGS}, "runnables.a: Input should be an instance of Runnable"),
    ("fallbacks", '"runnable":{', {"runnable": SETTINGS}, "runnable: Input should be an instance"),
    ("retry", '"bound":{', {"bound": SETTINGS}, "bound: Input should be an instance of Runnable"),
    ("binding", '"bound":{', {"bound": SETTINGS}, "bound: Input should be an instance of Runnable"),
    (
        "binding",
        '"kwargs":{"stop"',
        {"kwargs": {"http_options": {"base_url": "https://elsewhere.example"}}},
        "the argument `http_options` would send a model's key to another address",
    ),
    (
        "binding",
        '"kwargs":{"stop"',
        {"kwargs": {"model": "https://elsewhere.example"}},
        "the argument `model` would send a model's key to another address",
    ),
    (
        "few shots",
        '"a":"2"',
        {"a": "{x.__class__.__init__.__globals__}"},
        "Invalid variable name 'x.__class__.__init__.__globals__'",
    ),
    ("few shots", '"a":"2"', {"a": "{x!r:{x.__class__}}"}, "Nested replacement fields"),
    ("few shots", '"a":"2"', {"a": "{x"}, "is no template"),
    ("few shots", '"example_separator":"', {"example_separator": "{x.y}"}, "is no template"),
    ("few shots", '"a":"2"', {"a": [1]}, "an example is no plain text"),
    ("chosen shots", '"a":"2"', {"a": "{x.__class__}"}, "Invalid variable name 'x.__class__'"),
    ("tool", '"args_schema":{', {"args_schema": SETTINGS}, "neither a model class nor a map"),
    ("tool", '"args_schema":{', {"args_schema": TEXT}, "neither a model class nor a map"),
    ("tool", '"func":{', {"func": TEXT}, "`func` is not callable"),
    ("tools parser", '"tools":[', {"tools": [TEXT]}, "something else than model classes"),
    ("attribute parser", '"attr_name":"', {"attr_name": "__class__"}, "no field of its schema"),
    (
        "chain",
        '"llm_kwargs":{',
        {"llm_kwargs": {"base_url": "https://elsewhere.example"}},
        "the argument `base_url` would send a model's key to another address",
    ),
]


def changed(text: str, start: str, member: dict[str, Any]) -> str:
    """Returns the text with the first member that starts so replaced."""
    before, found, behind = text.partition(start)
    assert found, start
    key = start[: start.index(":") + 1]
    _, end = json.JSONDecoder().raw_decode((found + behind)[len(key) :])
    inner = json.dumps(member, separators=(",", ":"))[1:-1]
    return before + inner + (found + behind)[len(key) + end :]


@pytest.mark.parametrize(("name", "start", "member", "reason"), CHANGES)
def test_a_changed_one_is_refused(name: str, start: str, member: Any, reason: str) -> None:
    text = changed(persist.dumps(HONEST[name]()), start, member)
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=[*ALLOW, "things"])
    assert raised.value.kind == "invalid_state"
    assert reason in str(raised.value)
    assert RUN == []


def test_a_lax_row_would_have_evaluated_text() -> None:
    class Settings:
        config_specs = (ConfigurableFieldSpec(id="x", annotation=TEXT),)

    chain = RunnableParallel(a=RunnableLambda(str))
    chain.steps__["a"] = Settings()  # type: ignore[index]
    chain.config_schema().model_rebuild()
    chain.config_schema().model_json_schema()
    assert RUN
    RUN.clear()
    with pytest.raises(CaptureError):
        persist.dumps(chain)


def test_a_lax_row_would_have_shown_what_an_example_names() -> None:
    prompt = few_shot(examples=[{"q": "{x.__class__.__init__.__globals__[BaseMessage]}", "a": ""}])
    assert "langchain_core.messages" in prompt.format(x=HumanMessage("hi"))
    with pytest.raises(CaptureError) as raised:
        persist.dumps([prompt])
    (problem,) = raised.value.problems
    assert problem.kind == "unsupported_value"
    assert "Invalid variable name" in problem.reason


def test_what_a_function_depends_on_is_made_of_runnables() -> None:
    step = RunnableLambda(str)
    chain = step | RunnableLambda(int)
    assert chain.config_specs == []
    there_and_back(chain)
    text = persist.dumps(step)
    assert '"deps":[]' in text
    with pytest.raises(RebuildError) as raised:
        persist.loads(text.replace('"deps":[]', f'"deps":[{json.dumps(SETTINGS)}]'), allow="things")
    assert "`deps` holds something else than runnables" in str(raised.value)


def test_what_a_history_keeps_beside_its_fields_is_a_runnable() -> None:
    text = persist.dumps(HONEST["history"]())
    node = json.loads(text)
    beside = node["state"]["__lc_escaped__"]["dict"]
    node["kwargs"]["bound"]["kwargs"]["bound"]["kwargs"]["first"] = beside["_history_chain"]
    beside["_history_chain"] = SETTINGS
    for changed_text, reason in (
        (json.dumps(node), "`_history_chain` is no runnable"),
        (text.replace('"_history_chain":', '"_other":'), "`_other` is no attribute that an inst"),
        (
            text.replace('{"lc":"class","id":"builtins:str"}', json.dumps(TEXT)),
            "the `annotation` of a configurable field is something else than a class",
        ),
    ):
        with pytest.raises(RebuildError) as raised:
            persist.loads(changed_text, allow=[*ALLOW, "things"])
        assert raised.value.kind == "invalid_state"
        assert reason in str(raised.value)
    assert RUN == []


def test_types_of_a_binding_are_classes() -> None:
    text = persist.dumps(RunnableLambda(str).with_types(input_type=str))
    back = persist.loads(text)
    assert back.custom_input_type is str
    lax = changed(text, '"custom_input_type":{', {"custom_input_type": TEXT})
    with pytest.raises(RebuildError) as raised:
        persist.loads(lax)
    assert "`custom_input_type` holds something else than a type" in str(raised.value)


@pytest.mark.parametrize("text_format", ["jinja2"])
def test_a_template_that_may_call_methods_needs_a_name(text_format: Any) -> None:
    pytest.importorskip("jinja2")
    prompt = PromptTemplate.from_template("{{ x }}", template_format=text_format)
    persist.snapshot(prompt, "memory://jinja2")
    name = "jinja2.sandbox:SandboxedEnvironment"
    assert persist.get_metadata("memory://jinja2")["needs"]["allow"] == [name]
    with pytest.raises(UntrustedError) as raised:
        persist.restore("memory://jinja2")
    assert raised.value.allow == [name]
    assert persist.restore("memory://jinja2", allow=[name]).format(x=1) == "1"
    with pytest.raises(UntrustedError):
        persist.loads(persist.dumps(prompt))
    with pytest.raises(UntrustedError):
        persist.loads(persist.dumps(prompt), dialect="langchain")


def test_a_vector_store_brings_no_template_along() -> None:
    from langchain_core.example_selectors import SemanticSimilarityExampleSelector
    from langchain_core.vectorstores import InMemoryVectorStore

    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=2))
    selector = SemanticSimilarityExampleSelector(vectorstore=store)
    prompt = few_shot(examples=None, example_selector=selector)
    there_and_back(prompt)
    metadata = {"q": "{x.__class__}", "a": ""}
    store.store["1"] = {"id": "1", "vector": [0.0, 1.0], "text": "t", "metadata": metadata}
    with pytest.raises(CaptureError) as raised:
        persist.dumps(prompt)
    assert "Invalid variable name 'x.__class__'" in raised.value.problems[0].reason


def test_where_a_key_goes_is_no_field_to_configure() -> None:
    pytest.importorskip("langchain_anthropic")
    from langchain_anthropic import ChatAnthropic
    from langchain_core.runnables import ConfigurableField
    from persist.adapters import _checks

    llm = ChatAnthropic(model="m", api_key="sk-not-a-real-key-0123456789")  # type: ignore[call-arg]
    lax = llm.configurable_fields(anthropic_api_url=ConfigurableField(id="url"))
    sent, _ = lax._prepare({"configurable": {"url": "https://elsewhere.example"}})  # type: ignore[attr-defined]
    assert sent.anthropic_api_url == "https://elsewhere.example"  # type: ignore[attr-defined]
    reason = "`anthropic_api_url` of `ChatAnthropic` is no field that may be configured"
    assert _checks.CHECKS["configurable"](lax) == reason
    usual = llm.configurable_fields(temperature=ConfigurableField(id="t"))
    assert _checks.CHECKS["configurable"](usual) is None
    prompt = PromptTemplate.from_template("{x}").configurable_fields(
        template_format=ConfigurableField(id="f")
    )
    assert "`template_format`" in str(_checks.CHECKS["configurable"](prompt))


class Echo(FakeListChatModel):
    """A program's own model."""


def test_fields_of_a_programs_own_model_may_be_configured() -> None:
    from langchain_core.runnables import ConfigurableField

    own = Echo(responses=["a"]).configurable_fields(responses=ConfigurableField(id="r"))
    back = there_and_back(own, allow=["test_checked_rows"])
    assert back.with_config(configurable={"r": ["b"]}).invoke("x").content == "b"


def called(what: str = "called") -> str:
    RUN.append(what)
    return what


MAKING = {"lc": "object", "id": "collections:defaultdict"}
MAKING |= {"init": [{"lc": "function", "id": f"{__name__}:called"}]}  # type: ignore[dict-item]
CHAIN = {"lc": "object", "id": "collections:ChainMap", "dict": {"maps": [MAKING, {"a": 1}]}}


@pytest.mark.parametrize("place", ["kwargs", "config", "partial_variables", "nodes"])
def test_no_map_makes_what_it_lacks_while_a_check_goes_through_it(place: str) -> None:
    """A chain asks its first map for each key, and that called what a file names."""
    of_prompt = PromptTemplate.from_template("{a}{b}", partial_variables={"a": "1"})
    made = {"partial_variables": of_prompt, "nodes": postponed.flow}.get(place, bound())
    state = json.loads(persist.dumps(made))
    held = state.get("kwargs") or state["dict"]
    if place == "config":
        held["config"] = {"metadata": CHAIN}
    else:
        held[place] = CHAIN
    RUN.clear()
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(state), allow=[__name__, "postponed"])
    assert raised.value.kind == "invalid_state"
    assert "holds a chain or a view of maps where a map goes" in str(raised.value)
    assert RUN == []
