"""Models of a program that extend those of partner packages: the listed constructor makes them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import httpx
import openai
import persist
import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_ollama import ChatOllama
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from persist import CaptureError, RebuildError, UntrustedError
from pydantic import Field, PrivateAttr, SecretStr, model_validator

KEY = "sk-0123456789abcdef"
OTHER = "ot-0123456789abcdef"
MADE: list[str] = []
"""Whose constructors ran."""


class Chat(ChatOpenAI):
    """Has all that a program gives a model of its own."""

    tenant: str = "nobody"
    notes: list[str] = Field(default_factory=list)
    label: str
    temperature: float | None = 0.25
    own_key: SecretStr | None = None
    api_token: str = ""
    _seen: int = PrivateAttr(default=0)
    _log: list[str] = PrivateAttr(default_factory=list)

    def __init__(self, label: str, **fields: Any) -> None:
        MADE.append(label)
        super().__init__(label=label, **fields)

    @model_validator(mode="after")
    def looked_at(self) -> Any:
        MADE.append("validated")
        return self


class Loose(ChatOpenAI, extra="allow"):
    """Takes anything."""


class Gate(ChatOpenAI):
    """Has another address, and another model, than its base has."""

    model_name: str = Field(default="gpt-x", alias="model")
    openai_api_base: str | None = Field(default="https://gate.example", alias="base_url")


class Plain(Chat):
    """Extends what extends."""


class Claude(ChatAnthropic):
    tenant: str = "a"


class Gemini(ChatGoogleGenerativeAI):
    tenant: str = "a"


class Local(ChatOllama):
    tenant: str = "a"


class Vectors(OpenAIEmbeddings):
    tenant: str = "a"


class Prompt(PromptTemplate):
    tenant: str = "a"


class Talk(ChatPromptTemplate):
    tenant: str = "a"


class Parser(JsonOutputParser):
    tenant: str = "a"


def chat(cls: Any = Chat, **fields: Any) -> Any:
    return cls(**{"label": "x", "model": "gpt-4o", "api_key": KEY, **fields})


def loose() -> Any:
    made = Loose(model="gpt-4o", api_key=SecretStr(KEY))
    made.__pydantic_extra__["more"] = [1]
    return made


def seen() -> Any:
    made = chat()
    made._seen = 3
    made._log.append("a")
    return made


def noted() -> Any:
    made = chat(notes=["a"], tenant="b")
    made._undeclared = [1]
    return made


MODELS: dict[str, Callable[[], Any]] = {
    "by default": chat,
    "with fields": lambda: chat(notes=["a"], tenant="b", temperature=0.5),
    "without a default": lambda: chat(temperature=None),
    "with secrets": lambda: chat(own_key=OTHER, api_token=OTHER),
    "with private attributes": seen,
    "with what it does not declare": noted,
    "with more fields": loose,
    "with another address": lambda: Gate(api_key=SecretStr(KEY)),
    "further off": lambda: chat(Plain),
    "Anthropic": lambda: Claude(model="claude-x", api_key=SecretStr(KEY), tenant="b"),
    "Google": lambda: Gemini(model="gemini-2.0", google_api_key=SecretStr(KEY), tenant="b"),
    "Ollama": lambda: Local(model="x", tenant="b"),
    "embeddings": lambda: Vectors(api_key=SecretStr(KEY), tenant="b"),
    "a prompt": lambda: Prompt.from_template("{x}", tenant="b"),
    "a chat prompt": lambda: Talk.from_messages([("human", "{x}")]),
    "a parser": lambda: Parser(tenant="b"),
}


def seen_of(made: Any) -> list[Any]:
    """Returns what can be seen of a model, but for what its constructor makes."""
    live = ("client", "async_client", "root_client", "root_async_client", "_client")
    held = {name: repr(it) for name, it in vars(made).items() if name not in live}
    kept = dict(made.__pydantic_private__ or {})
    private = {name: it for name, it in kept.items() if type(it) in (int, list)}
    return [
        type(made),
        list(vars(made)),
        held,
        made.model_fields_set,
        made.__pydantic_extra__,
        private,
    ]


@pytest.mark.parametrize("is_text", [False, True], ids=["file", "text"])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_ones_own_comes_back(name: str, is_text: bool) -> None:
    value = MODELS[name]()
    made = list(MADE)
    persist.snapshot(value, "memory://model")
    needs = persist.get_metadata("memory://model")["needs"]
    assert needs["allow"] == [f"{__name__}:{type(value).__name__}"]
    text = persist.dumps(value)
    assert not any(key in text for key in (KEY, OTHER))
    given: Any = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "GOOGLE_API_KEY": KEY}
    given = {it: given.get(it, OTHER) for it in needs["secrets"]}
    if is_text:
        back = persist.loads(text, allow=__name__, secrets_map=given)
    else:
        back = persist.restore("memory://model", allow=__name__, secrets_map=given)
    assert seen_of(back) == seen_of(value)
    assert persist.dumps(back) == text
    # No constructor and no validator of the program has run, on either way.
    assert made == MADE


def test_its_client_is_made_by_the_class_that_it_extends() -> None:
    text = persist.dumps(chat(timeout=7, temperature=0.5))
    back = persist.loads(text, allow=__name__, secrets_map={"OPENAI_API_KEY": KEY})
    assert type(back.root_client) is openai.OpenAI
    assert (back.root_client.api_key, back.root_client.timeout) == (KEY, 7)
    assert back._default_params["temperature"] == 0.5


def test_a_client_of_ones_own_is_refused() -> None:
    made = chat()
    made.root_client = openai.OpenAI(api_key=KEY, base_url="https://x.example")
    made.client = made.root_client.chat.completions
    with pytest.raises(CaptureError) as raised:
        persist.dumps(made)
    assert "is another than its class makes of its other fields" in str(raised.value)


def forged(made: Any, **changes: Any) -> str:
    node = json.loads(persist.dumps(made))
    state = node["state"]["__lc_escaped__"]
    for name, value in changes.items():
        place = state if name in ("private", "fields", "dict", "missing") else node["kwargs"]
        place[name] = value if place is node["kwargs"] else {**state.get(name, {}), **value}
    return json.dumps(node)


FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "a client": ({"client": {"x": 1}}, "is made by its constructor and is never saved"),
    "a root client": ({"fields": {"root_client": 1}}, "is made by its constructor"),
    "another's private attribute": (
        {"private": {"_resolved": 1}},
        "its private attributes are made by its constructor",
    ),
    "a method": ({"dict": {"_generate": 1}}, "is no attribute that an instance may hold"),
    "a field of a class": (
        {"max_retries": {"lc": "class", "id": "builtins:int"}},
        "holds what no finished instance does",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_its_base_takes_from_no_file_it_does_not_either(name: str) -> None:
    changes, says = FORGED[name]
    with pytest.raises(RebuildError) as raised:
        persist.loads(
            forged(chat(), **changes), allow=__name__, secrets_map={"OPENAI_API_KEY": KEY}
        )
    assert (raised.value.kind, says in str(raised.value)) == ("invalid_state", True)


def test_its_own_fields_are_all_there() -> None:
    node = json.loads(persist.dumps(chat()))
    del node["kwargs"]["label"]
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(node), allow=__name__, secrets_map={"OPENAI_API_KEY": KEY})
    assert "it lacks its field `label`" in str(raised.value)


def test_its_key_goes_to_no_address_of_a_file() -> None:
    text = persist.dumps(chat(base_url="https://x.example"))
    given = {"OPENAI_API_KEY": KEY}
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text, allow=__name__, secrets_map=given)
    assert raised.value.kind == "endpoint_not_allowed"
    back = persist.loads(text, allow=__name__, secrets_map=given, endpoints=["https://x.example"])
    assert str(back.root_client.base_url) == "https://x.example"


OPTING: dict[str, tuple[Callable[[], Any], str]] = {
    "a template": (
        lambda: Prompt.from_template("{{ x }}", template_format="jinja2"),
        "jinja2.sandbox:SandboxedEnvironment",
    ),
    "settings of a client": (
        lambda: Local(model="x", client_kwargs={"verify": False}),
        "httpx:Client",
    ),
}


@pytest.mark.parametrize("name", OPTING)
def test_what_needs_more_trust_needs_it_there_too(name: str) -> None:
    make, needed = OPTING[name]
    persist.snapshot(make(), "memory://opting")
    assert needed in persist.get_metadata("memory://opting")["needs"]["allow"]
    with pytest.raises(UntrustedError) as raised:
        persist.restore("memory://opting", allow=__name__)
    assert needed in raised.value.allow
    assert persist.restore("memory://opting", allow=[__name__, needed]) is not None


class Retyped(ChatOllama):
    """Takes what its base would change, or does not take."""

    temperature: Any = None  # type: ignore[assignment]
    num_ctx: Any = None  # type: ignore[assignment]


RETYPED = {
    "what it changes": ({"temperature": "0.5"}, "changes its field `temperature`"),
    "what it refuses": ({"num_ctx": "many"}, "refuses its fields"),
    "what it is not given": ({"num_ctx": [len]}, "`num_ctx` holds what no finished instance does"),
}


@pytest.mark.parametrize("name", RETYPED)
def test_a_field_of_another_type_is_refused_where_its_base_would_change_it(name: str) -> None:
    fields, says = RETYPED[name]
    with pytest.raises(CaptureError) as raised:
        persist.dumps(Retyped(model="x", **fields))
    assert says in str(raised.value)
    back = persist.loads(persist.dumps(Retyped(model="x", temperature=0.5)), allow=__name__)
    assert back.temperature == 0.5


def slotted() -> Any:
    body = {"__module__": __name__, "__slots__": ("kept",), "__annotations__": {}}
    return type("Slotted", (ChatOpenAI,), body)


def double() -> Any:
    body = {"__module__": __name__, "__annotations__": {}}
    return type("Double", (Prompt, ChatPromptTemplate), body)


def test_a_class_with_slots_of_its_own_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cls = slotted()
    monkeypatch.setattr(sys.modules[__name__], "Slotted", cls, raising=False)
    with pytest.raises(CaptureError) as raised:
        persist.dumps(cls(model="gpt-4o", api_key=KEY))
    assert "has slots of its own, and extends `ChatOpenAI`" in str(raised.value)


def test_a_class_that_two_constructors_build_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cls = double()
    monkeypatch.setattr(sys.modules[__name__], "Double", cls, raising=False)
    with pytest.raises(CaptureError) as raised:
        persist.dumps(cls.model_construct())
    assert "extends `PromptTemplate` and `ChatPromptTemplate`" in str(raised.value)


def test_a_class_that_has_changed_goes_through_its_own_constructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = Vectors(api_key=SecretStr(KEY), tenant="b")
    persist.snapshot(value, "memory://changed")

    class Newer(OpenAIEmbeddings):
        tenant: str = "a"
        more: int = 3

    Newer.__qualname__ = Newer.__name__ = "Vectors"
    monkeypatch.setattr(sys.modules[__name__], "Vectors", Newer)
    back = persist.restore("memory://changed", allow=__name__, secrets_map={"OPENAI_API_KEY": KEY})
    assert (type(back), back.tenant, back.more) == (Newer, "b", 3)
    assert back.client._client.api_key == KEY


def test_an_http_client_is_refused_by_its_path() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(chat(http_client=httpx.Client()))
    assert all("http_client" in problem.path for problem in raised.value.problems)
