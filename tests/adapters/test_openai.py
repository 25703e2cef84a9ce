"""Chat models with a key: the key stays out of the file, and is given back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import persist
import pytest
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from persist import CaptureError, MissingSecretError, UntrustedError

from strict import assert_same
from things import Plain
from trips import python

KEY = "sk-not-a-real-key-0123456789"
GIVEN = {"OPENAI_API_KEY": KEY}
MADE = ("client", "async_client", "root_client", "root_async_client")


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "OPENAI_BASE_URL", "OPENAI_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A place for a snapshot that must never hold the key."""
    path = tmp_path / "agent.json.gz"
    yield path
    if path.exists():
        assert KEY.encode() not in gzip.decompress(path.read_bytes())


def chat(**fields: Any) -> ChatOpenAI:
    fields = {"model": "gpt-4o-mini", "temperature": 0.5, "api_key": KEY, **fields}
    return ChatOpenAI(**fields)


def assert_same_model(one: Any, other: Any) -> None:
    """Compares all but the clients that the constructor makes."""
    assert type(one) is type(other)
    held, restored = dict(vars(one)), dict(vars(other))
    for name in MADE:
        assert (held.pop(name, None) is None) == (restored.pop(name, None) is None), name
    secrets = [held.pop("openai_api_key"), restored.pop("openai_api_key")]
    assert type(secrets[0]) is type(secrets[1])
    assert secrets[0].get_secret_value() == secrets[1].get_secret_value()
    assert list(vars(one)) == list(vars(other))
    assert_same(held, restored)
    assert one.model_fields_set == other.model_fields_set


def test_a_chat_model_comes_back_with_its_key_given_back(place: Path) -> None:
    model = chat(max_tokens=5, model_kwargs={"user": "ann"}, default_headers={"x": "y"})
    persist.snapshot(model, place)
    assert persist.get_metadata(place)["needs"]["secrets"] == ["OPENAI_API_KEY"]
    back = persist.restore(place, secrets_map=GIVEN)
    assert_same_model(model, back)
    assert back.root_client.api_key == KEY
    assert back._get_request_payload("hi") == model._get_request_payload("hi")


@pytest.mark.parametrize(
    "model",
    [
        lambda: OpenAI(api_key=KEY, temperature=0.1),
        lambda: OpenAIEmbeddings(api_key=KEY, dimensions=3),
        lambda: chat(stop=["a"], seed=1, logprobs=True, timeout=3, extra_body={"a": (1, 2)}),
        lambda: chat(streaming=True, logit_bias={1: 2}, metadata={"a": 1}, tags=["t"]),
        lambda: chat(name="mine", verbose=True, cache=False, custom_get_token_ids=None),
    ],
)
def test_models_of_every_kind_come_back(model: Any, place: Path) -> None:
    made = model()
    persist.snapshot(made, place)
    assert persist.get_metadata(place)["needs"]["secrets"] == ["OPENAI_API_KEY"]
    assert_same_model(made, persist.restore(place, secrets_map=GIVEN))


def test_what_a_model_and_its_client_share_they_share_again() -> None:
    model = chat(default_headers={"x": "y"}, default_query={"q": "1"})
    headers = model.default_headers
    back = persist.loads(persist.dumps([model, headers]), secrets_map=GIVEN)
    for one, shared in ([model, headers], back):
        shared["late"] = one.default_query["late"] = "7"
        for client in (one.root_client, one.client._client, one.root_async_client):
            assert client.default_headers["late"] == "7"
            assert client.default_query == {"q": "1", "late": "7"}


def test_a_model_met_twice_is_one_and_its_key_is_asked_once(place: Path) -> None:
    model = chat()
    persist.snapshot([model, Plain(llm=model), model], place)
    back = persist.restore(place, secrets_map=GIVEN, allow=["things"])
    assert back[0] is back[1].llm is back[2]


def test_two_keys_get_two_names(place: Path) -> None:
    persist.snapshot([chat(), chat(api_key="sk-another-key-987654321"), chat()], place)
    names = persist.get_metadata(place)["needs"]["secrets"]
    assert names == ["OPENAI_API_KEY", "OPENAI_API_KEY#2"]
    secrets = dict(zip(names, (KEY, "sk-another-key-987654321"), strict=True))
    back = persist.restore(place, secrets_map=secrets)
    keys = [model.openai_api_key.get_secret_value() for model in back]
    assert keys == [KEY, "sk-another-key-987654321", KEY]


def test_a_missing_key_is_named(place: Path) -> None:
    persist.snapshot({"llm": chat()}, place)
    with pytest.raises(MissingSecretError) as raised:
        persist.restore(place)
    assert raised.value.kind == "missing_secret"
    assert raised.value.names == ["OPENAI_API_KEY"]
    assert [problem.path for problem in raised.value.problems] == ["$.llm.openai_api_key"]


@pytest.mark.parametrize("asked", [True, ["OPENAI_API_KEY"]])
def test_a_key_is_taken_from_the_environment_only_when_asked(
    asked: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    persist.snapshot(chat(), place)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(MissingSecretError):
        persist.restore(place)
    back = persist.restore(place, secrets_from_env=asked)
    assert back.openai_api_key.get_secret_value() == KEY


def test_a_model_that_read_its_key_from_the_environment_is_no_other(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = ChatOpenAI(model="gpt-4o-mini")
    monkeypatch.delenv("OPENAI_API_KEY")
    persist.snapshot(model, place)
    assert_same_model(model, persist.restore(place, secrets_map=GIVEN))


def test_an_address_must_be_admitted_before_a_key_is_sent_to_it(place: Path) -> None:
    address = "https://elsewhere.example/v1"
    model = chat(base_url=address)
    persist.snapshot([model], place)
    assert persist.get_metadata(place)["needs"]["endpoints"] == [address]
    with pytest.raises(UntrustedError) as raised:
        persist.restore(place, secrets_map=GIVEN)
    assert raised.value.kind == "endpoint_not_allowed"
    assert address in str(raised.value)
    assert KEY not in str(raised.value)
    (back,) = persist.restore(place, secrets_map=GIVEN, endpoints=[address])
    assert_same_model(model, back)


@pytest.mark.parametrize("make", [chat, lambda **given: OpenAIEmbeddings(api_key=KEY, **given)])
def test_the_address_of_the_class_itself_needs_no_word(make: Any, place: Path) -> None:
    model = make(base_url="https://api.openai.com/v1")
    persist.snapshot(model, place)
    assert persist.get_metadata(place)["needs"]["endpoints"] == []
    assert_same_model(model, persist.restore(place, secrets_map=GIVEN))


@pytest.mark.parametrize("make", [chat, lambda **given: OpenAIEmbeddings(api_key=KEY, **given)])
def test_a_model_behind_a_proxy_comes_back_behind_it(make: Any, place: Path) -> None:
    address = "http://proxy.example:1"
    model = make(openai_proxy=address)
    persist.snapshot([model], place)
    assert persist.get_metadata(place)["needs"]["endpoints"] == [address]
    with pytest.raises(UntrustedError):
        persist.restore(place, secrets_map=GIVEN)
    (back,) = persist.restore(place, secrets_map=GIVEN, endpoints=[address])
    assert type(back.http_client) is type(model.http_client)
    for client in (back.http_client, back.client._client._client):
        (route,) = client._mounts.values()
        assert route._pool._proxy_url.host == b"proxy.example"
    for name in ("http_client", "http_async_client"):
        for one in (model, back):
            vars(one)[name] = None
    assert_same_model(model, back)


def test_a_model_made_where_the_environment_names_a_proxy_is_saved(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    model = chat()
    persist.snapshot(model, place)
    assert_same_model(model, persist.restore(place, secrets_map=GIVEN))


def test_a_key_can_be_kept(tmp_path: Path) -> None:
    place = tmp_path / "kept.json"
    model = chat()
    persist.snapshot(model, place, secrets="keep")
    assert KEY in place.read_text()
    assert persist.get_metadata(place)["needs"]["secrets"] == []
    assert_same_model(model, persist.restore(place))


def test_clients_never_reach_the_file(tmp_path: Path) -> None:
    place = tmp_path / "plain.json"
    persist.snapshot(chat(), place)
    text = place.read_text()
    assert KEY not in text
    state = json.loads(text)["agent_state"]
    assert state["kwargs"]["model_name"] == "gpt-4o-mini"
    assert not any(f'"{name}":' in json.dumps(state) for name in MADE)


def test_a_client_of_the_callers_own_is_bound_or_refused(place: Path) -> None:
    import httpx

    client = httpx.Client()
    model = chat(http_client=client)
    with pytest.raises(CaptureError) as raised:
        persist.snapshot({"llm": model}, place)
    paths = [problem.path for problem in raised.value.problems]
    assert paths
    assert all(path.startswith("$.llm.http_client") for path in paths)
    assert not place.exists()
    persist.snapshot(model, place, bind={"http": client})
    other = httpx.Client()
    back = persist.restore(place, bind={"http": other}, secrets_map=GIVEN)
    assert back.http_client is other


def test_a_model_goes_to_another_process(place: Path) -> None:
    persist.snapshot({"llm": chat(max_retries=7)}, place)
    code = "import persist, sys\n"
    code += f"llm = persist.restore(sys.argv[1], secrets_map={GIVEN!r})['llm']\n"
    code += "print(llm.max_retries, llm.root_client.max_retries, llm.temperature, llm.model_name)"
    assert python(code, place, seed=3).split() == ["7", "7", "0.5", "gpt-4o-mini"]
