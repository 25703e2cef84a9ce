"""Keys among the arguments that frameworks keep for a model, a client or a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import persist
import pytest
from langchain.chat_models import init_chat_model
from langchain_core.language_models import FakeListChatModel
from langchain_ollama import ChatOllama
from langchain_openai import ChatOpenAI

from strict import assert_same
from trips import python

KEY, OTHER = "sk-0123456789", "sk-abcdefghij"

CHOSEN = "langchain.chat_models.base:_ConfigurableModel"
"""A class without a row: it imports what it is configured with."""

ALLOW = (__name__, CHOSEN, "httpx:Client")


def model(**fields: Any) -> ChatOpenAI:
    return ChatOpenAI(api_key=OTHER, **fields)  # type: ignore[arg-type]


HOLDING: dict[str, tuple[str, Callable[[], Any]]] = {
    "a model to be chosen": (
        "_ConfigurableModel._default_config",
        lambda: init_chat_model("gpt-4o", configurable_fields="any", api_key=KEY),
    ),
    "a model to be chosen, with tools": (
        "_ConfigurableModel._default_config",
        lambda: init_chat_model("gpt-4o", configurable_fields=["model"], api_key=KEY).bind_tools(
            [{"name": "login", "parameters": {"properties": {"password": {"type": "string"}}}}]
        ),
    ),
    "a client's headers": (
        "ChatOllama.client_kwargs",
        lambda: ChatOllama(model="m", client_kwargs={"headers": {"Authorization": KEY}}),
    ),
    "a query": ("ChatOpenAI.default_query", lambda: model(default_query={"api-key": KEY})),
    "a body": ("ChatOpenAI.extra_body", lambda: model(extra_body={"api_key": KEY, "top_k": 1})),
    "further arguments": (
        "ChatOpenAI.model_kwargs",
        lambda: model(model_kwargs={"extra_headers": {"X-Api-Key": KEY}}),
    ),
}


@pytest.mark.parametrize("kind", HOLDING)
def test_a_key_among_arguments_is_left_out(kind: str) -> None:
    name, make = HOLDING[kind]
    made = make()
    text = persist.dumps(made)
    assert KEY not in text
    given = {name: KEY, "OPENAI_API_KEY": OTHER}
    loaded = persist.loads(text, allow=ALLOW, secrets_map=given)
    assert persist.dumps(loaded) == text
    kept = persist.dumps(made, secrets="keep")
    assert KEY in kept
    assert persist.dumps(loaded, secrets="keep") == kept


EVIL = "http://evil.example/v1"

SENDING: dict[str, tuple[str, Callable[[], Any]]] = {
    "a model to be chosen": (
        "_ConfigurableModel._default_config",
        lambda: init_chat_model("gpt-4o", configurable_fields="any", api_key=KEY, base_url=EVIL),
    ),
    "a proxy of a client": (
        "ChatOllama.client_kwargs",
        lambda: ChatOllama(
            model="m", client_kwargs={"headers": {"Authorization": KEY}, "proxy": EVIL}
        ),
    ),
}


@pytest.mark.parametrize("kind", SENDING)
def test_an_address_beside_a_key_among_arguments_is_asked_for(kind: str, tmp_path: Path) -> None:
    name, make = SENDING[kind]
    path = tmp_path / "agent.json"
    persist.snapshot(make(), path)
    assert persist.get_metadata(path)["needs"]["endpoints"] == [EVIL]
    given = {name: KEY, "OPENAI_API_KEY": OTHER}
    with pytest.raises(persist.UntrustedError) as raised:
        persist.restore(path, allow=ALLOW, secrets_map=given)
    assert raised.value.kind == "endpoint_not_allowed"
    restored = persist.restore(path, allow=ALLOW, secrets_map=given, endpoints=[EVIL])
    assert persist.dumps(restored) == persist.dumps(make())


def test_addresses_deeper_in_the_arguments_around_a_key_are_data() -> None:
    tools = [{"type": "mcp", "server_label": "a", "server_url": "https://tools.example"}]
    bound = model().bind(tools=tools, stop=["http://a.example"])
    run = bound.with_config(configurable={"thread_id": "https://a.example/1"})
    text = persist.dumps(run)
    assert persist.dumps(persist.loads(text, secrets_map={"OPENAI_API_KEY": OTHER})) == text


def test_what_tools_ask_for_by_a_telling_name_is_data() -> None:
    schema = {"type": "object", "properties": {"password": {"type": "string"}, "token": {}}}
    tool = {"type": "function", "function": {"name": "login", "parameters": schema}}
    bound = FakeListChatModel(responses=["a"]).bind(tools=[tool], tool_choice="login")
    text = persist.dumps(bound)
    assert '"secret"' not in text
    assert_same(bound, persist.loads(text))


def test_a_model_to_be_chosen_is_given_its_key_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    made = init_chat_model("gpt-4o", configurable_fields=["temperature"], api_key=KEY)
    persist.snapshot(made, path)
    assert KEY not in path.read_text()
    code = """
import sys, persist
name, = persist.get_metadata(sys.argv[1])["needs"]["secrets"]
given = {name: "sk-another-one"}
model = persist.restore(sys.argv[1], allow=sys.argv[2], secrets_map=given)
chosen = model.with_config(configurable={"temperature": 0.5})._model({})
print(chosen.openai_api_key.get_secret_value())
"""
    assert python(code, path, CHOSEN, seed=1) == "sk-another-one\n"
