"""What a file may not have: a key sent to an address of its own, by any way around the model."""

from __future__ import annotations

import functools
import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import partners
import persist
import pytest
from langchain_anthropic import AnthropicLLM, ChatAnthropic
from langchain_aws import ChatBedrockConverse
from langchain_classic.chains import LLMChain
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import (
    ConfigurableField,
    ConfigurableFieldMultiOption,
    ConfigurableFieldSingleOption,
    RunnableBinding,
    RunnableLambda,
)
from langchain_core.tools import StructuredTool
from langchain_google_genai import ChatGoogleGenerativeAI
from listening import Heard, attempt, listening
from persist import PersistError, RebuildError, UntrustedError
from pydantic import BaseModel

sys.path.append(str(Path(__file__).resolve().parents[1] / "api"))

import forge

KEY = partners.KEY


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    partners.forget_keys(monkeypatch.delenv)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def heard() -> Iterator[Heard]:
    with listening() as kept:
        yield kept


def google() -> Any:
    return ChatGoogleGenerativeAI(model="gemini-2.0-flash", google_api_key=KEY, max_retries=1)


def anthropic(cls: Any = ChatAnthropic, **fields: Any) -> Any:
    return cls(model="claude-3-5-haiku-latest", anthropic_api_key=KEY, max_retries=0, **fields)


def one_of(*options: Any) -> Any:
    named = {str(at): option for at, option in enumerate(options)}
    return ConfigurableFieldSingleOption(id="k", options=named, default="0")


def marked(field: str, value: Any) -> Callable[[Any], Any]:
    return lambda made: made.configurable_fields(**{field: one_of(value)})


PLACE = "https://of-a-stranger.example"
"""Stands for the server in what is saved: such a text would not be saved otherwise."""

CONFIGURED: dict[str, Callable[[], Any]] = {
    "further arguments": lambda: marked("model_kwargs", {"base_url": PLACE})(anthropic()),
    "of a completion": lambda: marked("model_kwargs", {"base_url": PLACE})(anthropic(AnthropicLLM)),
    "of a binding": lambda: marked("kwargs", {"http_options": {"base_url": PLACE}})(
        RunnableBinding(bound=google(), kwargs={})
    ),
    "of a chain": lambda: marked("llm_kwargs", {"http_options": {"base_url": PLACE}})(
        LLMChain(llm=google(), prompt=PromptTemplate.from_template("{x}"))
    ),
}
GIVEN = dict.fromkeys(("ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"), KEY)


def lax(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Any]) -> str:
    """Returns what a stranger writes: no check looks at what is saved."""
    from persist.adapters import _checks

    with monkeypatch.context() as patched:
        for name in _checks.CHECKS:
            patched.setitem(_checks.CHECKS, name, lambda made: None)  # type: ignore[arg-type]
        return persist.dumps(make())


@pytest.mark.parametrize("way", ["given", "of the environment", "no node"])
@pytest.mark.parametrize("name", CONFIGURED)
def test_no_option_of_a_field_says_where_a_key_goes(
    name: str, way: str, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lax(monkeypatch, CONFIGURED[name]).replace(PLACE, heard.url)
    given: dict[str, Any] = {"secrets_map": GIVEN} if way == "given" else {}
    if way != "given":
        for variable in GIVEN:
            monkeypatch.setenv(variable, KEY)
        given = {"secrets_from_env": True}
    if way == "no node":
        text, given = without_secrets(text), {}
    said: Any = {"x": "hi"} if "chain" in name else "hi"
    error = attempt(lambda: persist.loads(text, **given).invoke(said))
    assert heard == []
    assert isinstance(error, PersistError)
    assert error.kind == "invalid_state"


FURTHER: dict[str, Callable[[], Any]] = {
    "an embedding": lambda: partners.made("HuggingFaceEndpointEmbeddings", model_kwargs={}),
    "a model": google,
}


def changed(text: str, further: Any) -> Any:
    """Returns a model's node with further arguments."""
    node = json.loads(text)
    node.get("kwargs", node.get("dict"))["model_kwargs"] = further
    return node


@pytest.mark.parametrize("way", ["in it", "below it", "as pairs"])
@pytest.mark.parametrize("name", FURTHER)
def test_no_map_gets_an_address_once_it_was_looked_at(name: str, way: str) -> None:
    made = FURTHER[name]()
    text = persist.dumps(made)
    same, place = {"lc": "same", "ref": 77}, {"model": PLACE, "http_options": {"base_url": PLACE}}
    model = changed(text, same)
    carrier = "langchain_core.runnables.utils:AddableDict"
    held: Any = {"x": model, **place}
    if way == "below it":
        held["x"] = {"lc": "object", "id": carrier, "pairs": [], "dict": {"a": [model]}}
    if way == "as pairs":
        held = {"lc": "dict", "v": [list(pair) for pair in held.items()]}
    open_map = {"lc": "shared", "ref": 77, "v": held}
    given = dict.fromkeys(partners.MODELS[type(made).__name__].secrets, KEY)
    with pytest.raises(UntrustedError) as raised:
        persist.loads(json.dumps(open_map), secrets_map=given)
    assert raised.value.kind == "endpoint_not_allowed"


@pytest.mark.parametrize("name", FURTHER)
def test_a_model_that_lies_in_its_own_arguments_is_carried(name: str) -> None:
    made = FURTHER[name]()
    made.model_kwargs["x"] = [made]
    given = dict.fromkeys(partners.MODELS[type(made).__name__].secrets, KEY)
    text = persist.dumps(made.model_kwargs)
    loaded = persist.loads(text, secrets_map=given)
    assert loaded["x"][0].model_kwargs is loaded


def without_secrets(text: str) -> str:
    """Drops the nodes of secrets: models then ask the environment for them."""

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            held = {key: it for key, it in value.items() if not is_secret(it)}
            return {key: kept(it) for key, it in held.items()}
        return list(map(kept, value)) if isinstance(value, list) else value

    return json.dumps(kept(json.loads(text)))


def is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "secret"


HARMLESS: dict[str, Callable[[], Any]] = {
    "a temperature": lambda: anthropic().configurable_fields(
        temperature=ConfigurableField(id="t"), max_tokens=one_of(1, 2)
    ),
    "a model": lambda: anthropic().configurable_fields(model=one_of("a", "b")),
    "words to stop at": lambda: anthropic().configurable_fields(
        stop_sequences=ConfigurableFieldMultiOption(
            id="s", options={"a": "x", "b": "y"}, default=["a"]
        )
    ),
    "further arguments": lambda: anthropic().configurable_fields(model_kwargs=one_of({"top_k": 1})),
    "of a binding": lambda: RunnableBinding(bound=google(), kwargs={}).configurable_fields(
        kwargs=one_of({"stop": ["x"]}, {})
    ),
    "of a prompt": lambda: PromptTemplate.from_template("{a}{b}").configurable_fields(
        template=one_of("{a}-{b}", "{b}{a}"), partial_variables=ConfigurableField(id="p")
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_options_of_a_field_come_back(name: str) -> None:
    made = HARMLESS[name]()
    back = persist.loads(persist.dumps(made), secrets_map=GIVEN)
    assert back.fields == made.fields


@pytest.mark.parametrize("field", ["model_kwargs", "kwargs"])
def test_what_arguments_a_model_gets_is_configured_by_options_alone(field: str) -> None:
    """A file sets what is configured elsewhere too: `with_config` is a part of it."""
    inner = anthropic() if field == "model_kwargs" else RunnableBinding(bound=google(), kwargs={})
    made = inner.configurable_fields(**{field: ConfigurableField(id="k")})
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([made])
    assert "options" in raised.value.problems[0].reason


def test_what_is_configured_is_not_configured_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = anthropic().configurable_fields(temperature=ConfigurableField(id="t"))
    fields = {"anthropic_api_url": one_of(PLACE)}

    def nested() -> Any:
        cls = type(inner)
        return cls(default=inner, fields={"fields": one_of(fields)})

    text = lax(monkeypatch, nested)
    with pytest.raises(PersistError) as raised:
        persist.loads(text, secrets_map=GIVEN)
    assert raised.value.kind == "invalid_state"
    assert "is configured itself" in str(raised.value)


def test_no_binding_of_langchains_dialect_says_where_a_key_goes(heard: Heard) -> None:
    bound = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain_google_genai", "chat_models", "ChatGoogleGenerativeAI"],
        "kwargs": {
            "model": "gemini-2.0-flash",
            "max_retries": 1,
            "google_api_key": {"lc": 1, "type": "secret", "id": ["GOOGLE_API_KEY"]},
        },
    }
    arguments = {"http_options": {"base_url": heard.url}}
    node = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "runnable", "RunnableBinding"],
        "kwargs": {"bound": bound, "kwargs": arguments},
    }
    text = json.dumps(node)
    error = attempt(lambda: persist.loads(text, dialect="langchain", secrets_map=GIVEN).invoke("x"))
    assert heard == []
    assert isinstance(error, RebuildError)
    assert "`http_options` would send a model's key to another address" in str(error)


def test_no_binding_of_an_old_file_says_where_a_key_goes(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    kwargs = {"model": "gemini-2.0-flash", "max_retries": 1}
    lc_id = ["langchain_google_genai", "chat_models", "ChatGoogleGenerativeAI"]
    bound = {"lc": 1, "type": "constructor", "id": lc_id, "kwargs": kwargs}
    arguments = {"http_options": {"base_url": heard.url}}
    node = {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "runnable"]}
    node["id"] = ["langchain", "schema", "runnable", "RunnableBinding"]
    node["kwargs"] = {"bound": bound, "kwargs": arguments}
    place = tmp_path / "old.json"
    place.write_bytes(forge.forge(json.dumps(node).encode(), "none", state_format=forge.MISSING))
    error = attempt(lambda: persist.restore(place).invoke("x"))
    assert heard == []
    assert isinstance(error, RebuildError)
    assert error.kind == "invalid_state"


def _partial(**named: Any) -> Any:
    step = RunnableLambda(str)
    step.__dict__["func"] = functools.partial(
        RunnableBinding(bound=google(), kwargs={}).invoke, **named
    )
    return step


def _tool_of_partial(**named: Any) -> Any:
    made = StructuredTool.from_function(str, name="t", description="d", args_schema=Asked)
    made.func = functools.partial(RunnableBinding(bound=google(), kwargs={}).invoke, **named)
    return made


class Asked(BaseModel):
    """What a tool is asked."""

    input: str


@pytest.mark.parametrize("make", [_partial, _tool_of_partial])
def test_no_partial_says_where_a_key_goes(
    make: Callable[..., Any], heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lax(monkeypatch, lambda: make(http_options={"base_url": PLACE}))
    text = text.replace(PLACE, heard.url)
    given = {"secrets_map": GIVEN, "allow": __name__}
    error = attempt(lambda: persist.loads(text, **given).invoke("x"))
    assert heard == []
    assert isinstance(error, RebuildError)
    assert "`http_options` would send a model's key to another address" in str(error)
    back = persist.loads(persist.dumps(make(stop=["x"])), **given)
    assert back.func.keywords == {"stop": ["x"]}


def test_a_tool_gives_a_runnable_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    class Redirecting(Asked):
        http_options: dict[str, str] = {"base_url": PLACE}

    def of(schema: Any) -> Any:
        method = RunnableBinding(bound=google(), kwargs={}).invoke
        return StructuredTool.from_function(method, name="t", description="d", args_schema=schema)

    usual = persist.loads(persist.dumps(of(Asked)), secrets_map=GIVEN, allow=__name__)
    assert list(usual.args) == ["input"]
    for schema in (Redirecting, {"type": "object", "properties": {}}):
        text = lax(monkeypatch, functools.partial(of, schema))
        with pytest.raises(RebuildError) as raised:
            persist.loads(text, secrets_map=GIVEN, allow=__name__)
        assert "more than what a runnable is run with" in str(raised.value)


def fetched(url: str, base_url: str = "") -> str:
    return base_url + url


def test_a_programs_own_function_is_given_what_it_takes() -> None:
    step = RunnableLambda(functools.partial(fetched, base_url="https://mine.example/"))
    back = persist.loads(persist.dumps(step), allow=__name__)
    assert back.invoke("a") == "https://mine.example/a"


def sent_in(heard: Heard, name: str, **fields: Any) -> str:
    """Returns a model's text with all its keys in it, and the server's address."""
    row = partners.MODELS[name]
    made = partners.made(name, **{row.address or "base_url": heard.url}, **fields)
    return persist.dumps(made, secrets="keep")


AROUND = [
    ("ChatOllama", "OLLAMA_API_KEY", KEY),
    ("ChatAnthropic", "ANTHROPIC_CUSTOM_HEADERS", f"x-gateway: {KEY}"),
    ("ChatOpenAI", "OPENAI_CUSTOM_HEADERS", f"x-gateway: {KEY}"),
    ("ChatOpenAI", "OPENAI_PROJECT_ID", KEY),
]


@pytest.mark.parametrize(("name", "variable", "value"), AROUND)
def test_no_key_of_the_environment_goes_beside_the_files_own(
    name: str, variable: str, value: str, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"api_key": "of-the-file", "max_retries": 0} if name != "ChatOllama" else {}
    if name == "ChatAnthropic":
        own["mcp_servers"] = [{"type": "url", "url": "https://x.example", "name": "x"}]
    text = sent_in(heard, name, **own)
    # Nothing is refused where there is nothing to be sent.
    assert attempt(lambda: persist.loads(text)) is None
    monkeypatch.setenv(variable, value)
    error = attempt(lambda: persist.loads(text).invoke("x"))
    assert [it for it in heard if KEY in it] == []
    assert isinstance(error, UntrustedError)
    assert error.kind == "endpoint_not_allowed"
    assert heard.url in str(error.hint)
    attempt(lambda: persist.loads(text, endpoints=[heard.url]).invoke("x"))
    assert any(KEY in it for it in heard)


def test_no_token_goes_beside_keys_for_bedrock(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = sent_in(heard, "BedrockEmbeddings", aws_session_token="of-the-file")
    assert attempt(lambda: persist.loads(text)) is None
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    error = attempt(lambda: persist.loads(text).embed_query("x"))
    assert [it for it in heard if "Bearer" in it] == []
    assert isinstance(error, UntrustedError)
    assert error.kind == "endpoint_not_allowed"


@pytest.mark.parametrize("name", [it for it, row in partners.MODELS.items() if "aws" in row.module])
def test_a_region_is_no_more_than_a_label_of_a_hosts_name(name: str) -> None:
    text = persist.dumps(partners.made(name))
    assert '"us-east-1"' in text
    given = dict.fromkeys(partners.MODELS[name].secrets, KEY)
    persist.loads(text, secrets_map=given)
    for region in ("x.evil.example/", "a.b", "", "a" * 64, "A"):
        with pytest.raises(PersistError) as raised:
            persist.loads(text.replace('"us-east-1"', json.dumps(region)), secrets_map=given)
        assert raised.value.kind == "invalid_state"


def test_a_region_is_not_configured() -> None:
    made = partners.made("ChatAnthropicBedrock").configurable_fields(region_name=one_of("a.b/"))
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([made])
    assert "`region_name` of `ChatAnthropicBedrock` is no field" in raised.value.problems[0].reason


PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"


@pytest.mark.parametrize("dialect", ["persist", "langchain"])
@pytest.mark.parametrize("name", ["ChatBedrockConverse", "ChatBedrock", "BedrockLLM"])
def test_no_service_is_asked_for_a_profile_during_a_restore(
    name: str, dialect: Any, heard: Heard
) -> None:
    base = "amazon.titan-text-express-v1" if name == "BedrockLLM" else partners.BEDROCK
    own = {"provider": base.partition(".")[0], "base_model_id": base}
    model = partners.made(name, **own, endpoint_url=heard.url)
    text = persist.dumps(model)
    node = json.loads(text)
    for group in (node["kwargs"], *filter(None, [fields_of(node)])):
        if "model_id" in group:
            group["model_id"] = PROFILE
    given: Any = {"secrets_map": dict.fromkeys(partners.AWS_SECRETS, KEY), "dialect": dialect}
    given["endpoints"] = [heard.url]
    if dialect == "persist":
        persist.loads(json.dumps(node), **given)
        assert heard == []
    node["kwargs"].pop("base_model_id", None)
    (fields_of(node) or {}).pop("base_model_id", None)
    if dialect == "langchain":
        node["kwargs"]["model"] = node["kwargs"].pop("model_id", PROFILE)
    error = attempt(lambda: persist.loads(json.dumps(node), **given))
    assert heard == []
    assert isinstance(error, UntrustedError)
    assert error.allow == ["langchain_aws.utils:create_aws_client"]


def fields_of(node: dict[str, Any]) -> Any:
    return node.get("state", {}).get("__lc_escaped__", {}).get("fields")


class Mine(ChatAnthropic):
    """A program's own, which sends its key as its base does."""


class MineOfBedrock(ChatBedrockConverse):
    """The same, of another."""


class Service:
    """A client of no framework."""

    def __init__(self, api_key: str, api_url: str, name: str = "own") -> None:
        self.api_key = api_key
        self.api_url = api_url
        self.name = name
        self.knowledge_base = "wiki"

    def invoke(self, said: str) -> None:
        shown = {"Authorization": f"Bearer {self.api_key}"}
        urllib.request.urlopen(urllib.request.Request(self.api_url, b"x", shown))


OWN: dict[str, Callable[[str], Any]] = {
    "a model": lambda url: Mine(model="m", api_key=KEY, base_url=url, max_retries=0),
    "a client": lambda url: Service(KEY, url),
}


@pytest.mark.parametrize("name", OWN)
def test_an_address_of_a_programs_own_class_is_admitted_first(name: str, heard: Heard) -> None:
    place = f"memory://own-{name.replace(' ', '-')}"
    persist.snapshot(OWN[name](heard.url), place)
    needs = persist.get_metadata(place)["needs"]
    assert needs["endpoints"] == [heard.url]
    given: Any = {"secrets_map": dict.fromkeys(needs["secrets"], KEY), "allow": __name__}
    error = attempt(lambda: persist.restore(place, **given).invoke("x"))
    assert heard == []
    assert isinstance(error, UntrustedError)
    assert error.kind == "endpoint_not_allowed"
    attempt(lambda: persist.restore(place, **given, endpoints=[heard.url]).invoke("x"))
    assert any(KEY in it for it in heard)


READ_TWICE = ["http://127.0.0.1:+{}/@allowed.example/v1", "http://127.0.0.1:{}\\@allowed.example"]


@pytest.mark.parametrize("address", READ_TWICE)
@pytest.mark.parametrize("name", ["ChatOpenAI", "ChatAnthropic", "ChatBedrockConverse"])
def test_no_address_is_admitted_as_another_than_its_client_reads(
    name: str, address: str, heard: Heard
) -> None:
    row = partners.MODELS[name]
    text = persist.dumps(partners.made(name, **{row.address or "base_url": PLACE}))
    text = text.replace(PLACE, json.dumps(address.format(heard.url.rpartition(":")[2]))[1:-1])
    given = dict.fromkeys(row.secrets, KEY)
    admitted = ["http://allowed.example/v1", "http://allowed.example"]
    error = attempt(lambda: persist.loads(text, secrets_map=given, endpoints=admitted).invoke("x"))
    assert heard == []
    assert isinstance(error, UntrustedError)
    assert error.kind == "endpoint_not_allowed"


def twice(levels: int = 60) -> Any:
    """A list that holds the one before it two times, and so on."""
    held: Any = {"lc": "shared", "ref": 1, "v": ["x"]}
    for ref in range(2, levels):
        again = {"lc": "same", "ref": ref - 1}
        held = {"lc": "shared", "ref": ref, "v": [held, again]}
    return held


NO_ADDRESSES = {
    "lists": json.dumps(twice()),
    "lists in depth": "[" * 100_000 + "]" * 100_000,
    "a number": json.dumps({"lc": "int", "v": "0x" + "f" * 5_000}),
}
ARRAY = {"lc": "ndarray", "dtype": "<i8", "shape": [2], "v": "AQAAAAAAAAACAAAAAAAAAA=="}


@pytest.mark.parametrize("name", NO_ADDRESSES)
def test_what_is_no_address_is_shown_as_none(name: str) -> None:
    text = persist.dumps(partners.made("ChatOpenAI", base_url=PLACE))
    text = text.replace(json.dumps(PLACE), NO_ADDRESSES[name])
    with pytest.raises(UntrustedError, match="an address in which clients may read") as raised:
        persist.loads(text)
    assert raised.value.kind == "endpoint_not_allowed"
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("value", [ARRAY, {"lc": "object", "id": "pandas:NA", "base": None}])
def test_no_key_is_asked_for_its_truth_before_it_is_looked_at(value: Any) -> None:
    strange = {"lc": "class", "id": "nowhere:Strange"}
    held = {"aws_access_key_id": value, "model_id": "amazon.titan", "config": strange}
    name = "langchain_aws.embeddings.bedrock:BedrockEmbeddings"
    with pytest.raises(persist.PersistError):
        persist.loads(json.dumps({"lc": "object", "id": name, "dict": held}))


def test_what_a_base_needs_a_name_for_its_subclass_does_too() -> None:
    kwargs = {"model": partners.BEDROCK, "region_name": "us-east-1"}
    kwargs["credentials_profile_name"] = "another"
    lc_id = [__name__, "MineOfBedrock"]
    node = {"lc": 1, "type": "constructor", "id": lc_id, "kwargs": kwargs}
    with pytest.raises(UntrustedError) as raised:
        persist.loads(json.dumps(node), dialect="langchain", allow=f"{__name__}:MineOfBedrock")
    assert raised.value.allow == ["boto3.session:Session"]
