"""Keys and settings in the environment of a process that restores: nothing takes them unasked."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import partners
import persist
import pytest
from langchain_core.load import dumps as langchain_text
from langchain_core.load.serializable import Serializable
from langchain_core.utils import secret_from_env
from persist import CaptureError, RebuildError
from pydantic import Field, SecretStr

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from langchain_anthropic import ChatAnthropic
    from langchain_aws import BedrockEmbeddings, BedrockLLM, ChatBedrock, ChatBedrockConverse
    from langchain_mistralai import ChatMistralAI
    from langchain_openai import (
        AzureChatOpenAI,
        AzureOpenAIEmbeddings,
        ChatOpenAI,
        OpenAI,
        OpenAIEmbeddings,
    )

PLACE = "https://x.openai.azure.com"
AZURE = {"azure_endpoint": PLACE, "api_version": "1"}
MODEL = {"model": partners.BEDROCK, "region_name": "us-east-1"}
KEYS = {"aws_access_key_id": "held", "aws_secret_access_key": "held"}
SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY")
AZURE_SECRETS = ("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_API_KEY")
GIVEN = dict.fromkeys(SECRETS + AZURE_SECRETS, "held")

AROUND = {
    "ANTHROPIC_API_KEY": "the-environment's-anthropic-key",
    "AWS_ACCESS_KEY_ID": "the-environment's-access-key",
    "AWS_SECRET_ACCESS_KEY": "the-environment's-secret-key",
    "AWS_SESSION_TOKEN": "the-environment's-session",
    "AZURE_OPENAI_AD_TOKEN": "the-environment's-token",
    "AZURE_OPENAI_API_KEY": "the-environment's-azure-key",
    "GROQ_API_KEY": "the-environment's-groq-key",
    "MISTRAL_API_KEY": "the-environment's-mistral-key",
    "OPENAI_API_KEY": "the-environment's-openai-key",
    "OPENAI_ORG_ID": "the-environment's-organization",
}

KEYLESS: dict[str, tuple[Callable[[], Any], str]] = {
    "converse": (lambda: ChatBedrockConverse(**MODEL, **KEYS), "aws_session_token"),
    "converse without": (lambda: ChatBedrockConverse(**MODEL), "aws_access_key_id"),
    "bedrock": (lambda: ChatBedrock(**MODEL, **KEYS), "aws_session_token"),
    "bedrock llm": (
        lambda: BedrockLLM(**{**MODEL, "model": "amazon.titan-text-express-v1"}),
        "aws_secret_access_key",
    ),
    "bedrock embeddings": (
        lambda: BedrockEmbeddings(model_id="amazon.titan-embed-text-v1", region_name="us-east-1"),
        "aws_access_key_id",
    ),
    "azure by token": (lambda: AzureChatOpenAI(**AZURE, azure_ad_token="held"), "openai_api_key"),
    "azure by key": (lambda: AzureChatOpenAI(**AZURE, api_key="held"), "azure_ad_token"),
    "azure embeddings": (
        lambda: AzureOpenAIEmbeddings(**AZURE, api_key="held"),
        "azure_ad_token",
    ),
    "mistral": (lambda: ChatMistralAI(), "mistral_api_key"),
    "anthropic": (lambda: ChatAnthropic(model="claude-x"), "mcp_servers"),
}


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    partners.forget_keys(monkeypatch.delenv)
    for name in ("OPENAI_ORG_ID", "OPENAI_ORGANIZATION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def surround(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Sets the variables that the classes read."""

    def set_all() -> None:
        for name, value in AROUND.items():
            monkeypatch.setenv(name, value)

    return set_all


@pytest.mark.parametrize("name", KEYLESS)
def test_a_key_that_was_none_stays_none(
    name: str, surround: Callable[[], None], tmp_path: Path
) -> None:
    make, field = KEYLESS[name]
    model, place = make(), tmp_path / "model.json"
    text = persist.dumps(model)
    persist.snapshot(model, place)
    surround()
    given: dict[str, Any] = {"secrets_map": GIVEN, "endpoints": [PLACE]}
    for back in (persist.loads(text, **given), persist.restore(place, **given)):
        assert getattr(back, field) is None
        assert back.model_fields_set == model.model_fields_set
        assert list(vars(back)) == list(vars(model))
        assert persist.dumps(back) == text
    assert all(os.environ[name] == value for name, value in AROUND.items())


def test_a_key_that_was_none_stays_none_though_keys_may_come_from_the_environment(
    surround: Callable[[], None],
) -> None:
    text = persist.dumps(ChatBedrockConverse(**MODEL, **KEYS))
    surround()
    back = persist.loads(text, secrets_from_env=True)
    assert back.aws_access_key_id.get_secret_value() == AROUND["AWS_ACCESS_KEY_ID"]
    assert back.aws_session_token is None


def test_a_key_that_was_empty_stays_empty(surround: Callable[[], None]) -> None:
    text = persist.dumps(ChatAnthropic(model="claude-x"))
    surround()
    assert persist.loads(text).anthropic_api_key.get_secret_value() == ""


def test_a_key_that_the_constructor_takes_all_the_same_is_refused(
    surround: Callable[[], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Its constructor asks the environment itself where the field holds None.
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "held-by-an-administrator")
    model, place = ChatOpenAI(model="m"), tmp_path / "model.json"
    assert model.openai_api_key is None
    text = persist.dumps(model)
    persist.snapshot(model, place)
    assert persist.loads(text).openai_api_key is None
    surround()
    for restore in (lambda: persist.loads(text), lambda: persist.restore(place)):
        with pytest.raises(RebuildError) as caught:
            restore()
        assert caught.value.kind == "invalid_state"
        shown = f"{caught.value} {caught.value.hint}"
        assert "`openai_api_key`" in shown
        assert "`OPENAI_API_KEY`" in shown
        assert AROUND["OPENAI_API_KEY"] not in shown
        assert "wrote it" not in shown


def test_a_null_for_a_key_is_no_word_for_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = persist.dumps(ChatAnthropic(model="m", api_key="sk-held"), secrets="keep")
    kept = '"anthropic_api_key":{"lc":"secret","type":"SecretStr","v":"sk-held"}'
    assert kept in node
    text = node.replace(kept, '"anthropic_api_key":null')
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-around")
    with pytest.raises(RebuildError, match="`ANTHROPIC_API_KEY`"):
        persist.loads(text)


CLIENTS = {
    "langchain_openai.embeddings.base:OpenAIEmbeddings": ("OPENAI_API_KEY", {"model": "m"}),
    "langchain_openai.llms.base:OpenAI": ("OPENAI_API_KEY", {"model_name": "m"}),
    "langchain_groq.chat_models:ChatGroq": ("GROQ_API_KEY", {"model_name": "m"}),
}


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("name", CLIENTS)
def test_no_client_takes_a_key_that_its_model_does_not_have(
    name: str, told: bool, surround: Callable[[], None]
) -> None:
    surround()
    variable, fields = CLIENTS[name]
    null = {variable.lower() if "groq" in name else "openai_api_key": None}
    text = json.dumps({"lc": "object", "id": name, "dict": fields | (null if told else {})})
    with pytest.raises(RebuildError, match=variable) as raised:
        persist.loads(text)
    assert raised.value.kind == "invalid_state"


def test_a_text_of_langchains_takes_no_key_either(surround: Callable[[], None]) -> None:
    text = langchain_text(ChatBedrockConverse(**MODEL, **KEYS))
    surround()
    for dialect in ("langchain", "persist"):
        back = persist.loads(text, secrets_map=GIVEN, dialect=dialect)
        assert back.aws_session_token is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: ChatOpenAI(model="m", api_key="held"),
        lambda: OpenAI(model="m", api_key="held"),
        lambda: OpenAIEmbeddings(model="m", api_key="held"),
        lambda: AzureChatOpenAI(**AZURE, api_key="held"),
        lambda: AzureOpenAIEmbeddings(**AZURE, api_key="held"),
    ],
    ids=["chat", "llm", "embeddings", "azure", "azure embeddings"],
)
def test_an_organization_that_was_none_stays_none(
    make: Callable[[], Any], surround: Callable[[], None], tmp_path: Path
) -> None:
    model, place = make(), tmp_path / "model.json"
    text = persist.dumps(model)
    persist.snapshot(model, place)
    surround()
    given: dict[str, Any] = {"secrets_map": GIVEN, "endpoints": [PLACE]}
    for back in (persist.loads(text, **given), persist.restore(place, **given)):
        assert back.openai_organization is None
        assert (back.client._client.organization, back.async_client._client.organization) == (
            None,
            None,
        )
        assert "OpenAI-Organization" not in back.client._client.default_headers.values()
        assert back.model_fields_set == model.model_fields_set
        assert persist.dumps(back) == text


def test_a_class_that_extends_one_keeps_its_organization(surround: Callable[[], None]) -> None:
    text = persist.dumps(Mine(model="m", api_key="held"))
    surround()
    back = persist.loads(text, secrets_map=GIVEN, allow=[Mine])
    assert type(back) is Mine
    assert back.openai_organization is None
    assert back.root_client.organization is None
    assert persist.dumps(back) == text


class Mine(ChatOpenAI):
    """A model of a program."""

    tenant: str = "a"


def test_an_organization_that_was_the_environments_comes_back(
    surround: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    surround()
    text = persist.dumps(ChatOpenAI(model="m", api_key="held"))
    monkeypatch.delenv("OPENAI_ORG_ID")
    back = persist.loads(text, secrets_map=GIVEN)
    assert back.openai_organization == AROUND["OPENAI_ORG_ID"] == back.root_client.organization


def test_a_client_with_an_organization_that_its_model_does_not_have_is_refused(
    surround: Callable[[], None],
) -> None:
    surround()
    with pytest.raises(CaptureError) as caught:
        persist.dumps(OpenAIEmbeddings(model="m", api_key="held", organization=None))
    assert "`organization` of the environment" in str(caught.value)


def test_a_field_that_the_environment_sets_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # LangChain itself asks for this one where the field holds None.
    model, place = ChatOpenAI(model="m", api_key="held"), tmp_path / "model.json"
    text = persist.dumps(model)
    persist.snapshot(model, place)
    monkeypatch.setenv("OPENAI_API_BASE", "http://elsewhere:1")
    for restore in (
        lambda: persist.loads(text, secrets_map=GIVEN),
        lambda: persist.restore(place, secrets_map=GIVEN),
    ):
        with pytest.raises(RebuildError) as caught:
            restore()
        assert "`openai_api_base`" in str(caught.value)
        assert "`OPENAI_API_BASE`" in str(caught.value)


class Own(Serializable):
    """A class of a program with a key, which extends no model."""

    token: SecretStr | None = Field(default_factory=secret_from_env("OWN_TOKEN", default=None))

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"token": "OWN_TOKEN"}


class OwnModel(ChatOpenAI):
    """One that does."""

    token: SecretStr | None = Field(default_factory=secret_from_env("OWN_TOKEN", default=None))

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"openai_api_key": "OPENAI_API_KEY", "token": "OWN_TOKEN"}


@pytest.mark.parametrize("keeps", ["omit", "keep"])
@pytest.mark.parametrize("token", [None, SecretStr("its-very-own-token")])
@pytest.mark.parametrize("make", [Own, lambda **own: OwnModel(model="m", api_key="held", **own)])
def test_a_key_of_a_programs_own_class_that_was_none_stays_none(
    make: Any, token: Any, keeps: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = make(token=token)
    text = persist.dumps(live, secrets=keeps)
    monkeypatch.setenv("OWN_TOKEN", "the-environment's")
    given = {**GIVEN, "OWN_TOKEN": "its-very-own-token"}
    back = persist.loads(text, allow=[Own, OwnModel], secrets_map=given)
    assert back.token == token
    assert persist.dumps(back, secrets=keeps) == text
