"""Models of partner packages: the key stays out of the file, is given back, and is used again."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import partners
import persist
import pytest
import tokenizers
from persist import MissingSecretError, UntrustedError
from persist.adapters import _registry

from trips import python

KEY = partners.KEY


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    partners.forget_keys(monkeypatch.delenv)


@pytest.fixture(autouse=True)
def fetched() -> Iterator[mock.Mock]:
    with partners.without_tokenizers() as fetch:
        yield fetch


@pytest.fixture
def server() -> Iterator[str]:
    """Answers as OpenAI and Anthropic do, and only who shows the key."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            shown = self.headers.get("Authorization") or self.headers.get("x-api-key") or ""
            is_known = shown.removeprefix("Bearer ") == KEY
            text = json.dumps(partners.answer_of(self.path) if is_known else {}).encode()
            self.send_response(200 if is_known else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None: ...

    web = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{web.server_address[1]}"
    web.shutdown()
    web.server_close()


@pytest.mark.parametrize("name", partners.MODELS)
def test_a_model_comes_back_with_its_keys_given_back(name: str, tmp_path: Path) -> None:
    model = partners.made(name)
    place = tmp_path / "model.json.gz"
    persist.snapshot(model, place)
    assert KEY.encode() not in gzip.decompress(place.read_bytes())
    needs = persist.get_metadata(place)["needs"]
    assert (needs["allow"], needs["endpoints"], needs["bindings"]) == ([], [], [])
    asked = needs["secrets"]
    assert asked == sorted(set(partners.MODELS[name].secrets))
    if asked:
        with pytest.raises(MissingSecretError) as raised:
            persist.restore(place)
        assert sorted(raised.value.names) == asked
    back = persist.restore(place, secrets_map=dict.fromkeys(asked, KEY))
    partners.assert_same_model(model, back)
    assert partners.keys_of(back) == partners.keys_of(model)


@pytest.mark.parametrize("name", partners.MODELS)
def test_a_class_that_extends_a_model_comes_back_as_that_does(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = type(partners.made(name))
    body = {"__module__": __name__, "__annotations__": {"tenant": str}, "tenant": "a"}
    own: Any = type("Own", (base,), body)
    monkeypatch.setattr(sys.modules[__name__], "Own", own, raising=False)
    model = own(**partners.MODELS[name].fields, tenant="b")
    partners.touch(model)
    text = persist.dumps(model)
    assert KEY not in text
    asked = dict.fromkeys(partners.MODELS[name].secrets, KEY)
    back: Any = persist.loads(text, allow=__name__, secrets_map=asked)
    assert (type(back), back.tenant) == (own, "b")
    assert partners.keys_of(back) == partners.keys_of(model)
    assert persist.dumps(back) == text


@pytest.mark.parametrize("name", partners.MODELS)
def test_a_used_model_is_saved_without_its_clients(name: str) -> None:
    model = partners.made(name)
    text = persist.dumps(model)
    partners.touch(model)
    assert persist.dumps(model) == text
    assert KEY not in text


@pytest.mark.parametrize("name", [name for name, row in partners.MODELS.items() if row.address])
def test_another_address_must_be_admitted(name: str, tmp_path: Path) -> None:
    place = tmp_path / "model.json.gz"
    address = "https://elsewhere.example/v1"
    row = partners.MODELS[name]
    persist.snapshot(partners.made(name, **{row.address: address}), place)
    given = dict.fromkeys(persist.get_metadata(place)["needs"]["secrets"], KEY)
    assert persist.get_metadata(place)["needs"]["endpoints"] == [address]
    with pytest.raises(UntrustedError) as raised:
        persist.restore(place, secrets_map=given)
    assert raised.value.kind == "endpoint_not_allowed"
    assert KEY not in str(raised.value)
    persist.restore(place, secrets_map=given, endpoints=[address])


@pytest.mark.parametrize("name", ["ChatOpenAI", "ChatAnthropic"])
def test_a_restored_model_answers_in_another_process(
    name: str, server: str, tmp_path: Path
) -> None:
    place = tmp_path / "model.json.gz"
    row = partners.MODELS[name]
    persist.snapshot({"llm": partners.made(name, **{row.address: server})}, place)
    code = (
        "import persist, sys, partners\n"
        "place, server, secret = sys.argv[1:]\n"
        "llm = persist.restore(place, secrets_map={secret: partners.KEY}, endpoints=[server])\n"
        "print(llm['llm'].invoke('hi').content)"
    )
    assert python(code, place, server, row.secrets[0], seed=5).strip() == "hello from the server"


STRUCTURED = [
    (name, method)
    for name in partners.MODELS
    if name.startswith("Chat") and name != "ChatAnthropicBedrock"
    for method in ("json_schema", "function_calling")
]


@pytest.mark.parametrize(("name", "method"), STRUCTURED)
def test_structured_output_needs_nothing_allowed_but_its_schema(name: str, method: str) -> None:
    chain = partners.made(name).with_structured_output(
        partners.Answer, method=method, include_raw=True
    )
    persist.snapshot(chain, "memory://structured")
    needs = persist.get_metadata("memory://structured")["needs"]
    assert needs["allow"] == ["partners:Answer"]
    keys = dict.fromkeys(needs["secrets"], KEY)
    back = persist.restore("memory://structured", allow=["partners"], secrets_map=keys)
    assert type(back) is type(chain)


def of_aws(service: str, **given: Any) -> Any:
    import boto3

    keys = {name: value for name, value in partners.AWS.items() if name != "region_name"}
    return boto3.client(service, **{"region_name": "us-east-1", **keys, **given})


def replaced(name: str, field: str, client: Any) -> Any:
    model = partners.made(name)
    model.__dict__[field] = client
    return model


def of_httpx(**given: Any) -> Any:
    import httpx

    return httpx.Client(base_url="https://api.mistral.ai/v1", **given)


def of_openai(**given: Any) -> Any:
    import openai

    return openai.OpenAI(api_key=KEY, **given)


def proxied(place: str) -> Any:
    """Returns a model that says one proxy, and has a client behind another."""
    model = partners.made("ChatOpenAI", openai_proxy="http://p:1", http_socket_options=())
    client = type(model.http_client)(proxy=f"http://{place}:1")
    model.__dict__["root_client"] = model.root_client.with_options(http_client=client)
    return model


STRANGERS: dict[str, tuple[Callable[[], Any], str]] = {
    "another region": (
        lambda: partners.made(
            "ChatBedrock", client=of_aws("bedrock-runtime", region_name="eu-west-1")
        ),
        "client",
    ),
    "other credentials": (
        lambda: partners.made(
            "ChatBedrockConverse", client=of_aws("bedrock-runtime", aws_access_key_id="another")
        ),
        "client",
    ),
    "another address": (
        lambda: partners.made(
            "BedrockEmbeddings",
            client=of_aws("bedrock-runtime", endpoint_url="https://elsewhere.example"),
        ),
        "client",
    ),
    "another client beside": (
        lambda: partners.made(
            "BedrockLLM", bedrock_client=of_aws("bedrock", region_name="eu-west-1")
        ),
        "bedrock_client",
    ),
    "another key": (
        lambda: partners.made("ChatMistralAI", client=of_httpx(headers={"Authorization": "x"})),
        "client",
    ),
    "an openai client's address": (
        lambda: replaced(
            "ChatOpenAI", "client", of_openai(base_url="https://elsewhere.example").chat.completions
        ),
        "client",
    ),
    "an openai client's transport": (
        lambda: replaced("ChatOpenAI", "root_client", of_openai(http_client=of_httpx())),
        "root_client",
    ),
    "another proxy": (
        lambda: proxied("q"),
        "root_client",
    ),
    "another's name at the proxy": (
        lambda: proxied("x:y@p"),
        "root_client",
    ),
    "a key that it has no use for": (
        lambda: partners.made("ChatAnthropicMantle", anthropic_api_key=KEY),
        "anthropic_api_key",
    ),
    "a client of one's own": (
        lambda: replaced("ChatAnthropic", "_client", of_openai()),
        "_client",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_client_that_its_class_would_not_make_is_refused(name: str, tmp_path: Path) -> None:
    """A restore makes another, which would talk elsewhere or as someone else."""
    make, field = STRANGERS[name]
    model = make()
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([model])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert problem.reason == f"its `{field}` is another than its class makes of its other fields"
    assert KEY not in str(raised.value)
    assert "bind={name: object}" in str(raised.value.hint)
    text = persist.dumps([model], bind={"llm": model})
    assert persist.loads(text, bind={"llm": model})[0] is model


def test_a_model_that_only_its_client_lets_be_made_is_refused() -> None:
    client = of_aws("bedrock-runtime")
    model = partners.made("ChatBedrockConverse", client=client, bedrock_client=of_aws("bedrock"))
    model.region_name = None
    model.aws_access_key_id = None
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(model)
    assert "its class makes no client of its other fields" in raised.value.problems[0].reason


def test_a_secret_that_is_no_text_is_refused() -> None:
    servers = [{"type": "url", "url": "https://mcp.example", "authorization_token": KEY}]
    model = partners.made("ChatAnthropic", mcp_servers=servers)
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(model)
    assert "`mcp_servers` is declared secret, and is no text" in raised.value.problems[0].reason
    kept = persist.loads(persist.dumps(model, secrets="keep"))
    assert kept.mcp_servers == servers


def test_a_client_like_that_of_its_class_is_no_other() -> None:
    persist.dumps(proxied("p"))


def test_a_client_is_compared_once() -> None:
    from persist.adapters import _clients

    model = partners.made("ChatOpenAI")
    persist.dumps(model)
    held = [id(it) for it in vars(model).values() if id(it) in _clients._KNOWN]
    assert id(model.client) in held
    known = [_clients._KNOWN[it] for it in held]
    persist.dumps(model)
    assert [_clients._KNOWN[it] for it in held] == known
    model.max_retries = 7
    with pytest.raises(persist.CaptureError):
        persist.dumps(model)


OPTED_IN: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: partners.made("ChatOllama", client_kwargs={"verify": False}),
        "httpx:Client",
    ),
    (
        lambda: partners.made("ChatGoogleGenerativeAI", client_args={"verify": False}),
        "httpx:Client",
    ),
    (
        lambda: partners.made("ChatAnthropicMantle", credentials_profile_name="mine"),
        "boto3.session:Session",
    ),
]


@pytest.mark.parametrize(("make", "name"), OPTED_IN)
def test_arguments_for_a_client_need_a_name(make: Any, name: str, tmp_path: Path) -> None:
    place = tmp_path / "model.json.gz"
    model = make()
    persist.snapshot(model, place)
    needs = persist.get_metadata(place)["needs"]
    assert needs["allow"] == [name]
    given = dict.fromkeys(needs["secrets"], KEY)
    with pytest.raises(UntrustedError) as raised:
        persist.restore(place, secrets_map=given)
    assert raised.value.allow == [name]
    back = persist.restore(place, secrets_map=given, allow=[name])
    partners.assert_same_model(model, back)


def test_no_tokenizer_is_fetched_while_embeddings_are_restored(fetched: mock.Mock) -> None:
    text = persist.dumps(partners.made("MistralAIEmbeddings"))
    persist.loads(text, secrets_map={"MISTRAL_API_KEY": KEY})
    tokenizer = '{"lc":"object","id":"langchain_mistralai.embeddings:DummyTokenizer"}'
    for changed in (text.replace(tokenizer, "null"), text.replace(f'"tokenizer":{tokenizer},', "")):
        assert changed != text
        with pytest.raises(UntrustedError) as raised:
            persist.loads(changed, secrets_map={"MISTRAL_API_KEY": KEY})
        assert raised.value.allow == ["tokenizers:Tokenizer.from_pretrained"]
    assert not fetched.called


def test_embeddings_come_back_with_the_tokenizer_that_was_fetched() -> None:
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({"a": 0, "b": 1}, []))
    text = persist.dumps(partners.made("MistralAIEmbeddings", tokenizer=tokenizer))
    given = {"MISTRAL_API_KEY": KEY}
    back: Any = persist.loads(text, secrets_map=given, allow="tokenizers")
    assert back.tokenizer.to_str() == tokenizer.to_str()
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text, secrets_map=given)
    assert raised.value.allow == ["tokenizers:Tokenizer", "tokenizers.models:Model"]


def test_no_model_is_asked_for_while_it_is_restored() -> None:
    text = persist.dumps(partners.made("ChatOllama"))
    changed = text.replace('"validate_model_on_init":false', '"validate_model_on_init":1')
    assert changed != text
    with pytest.raises(UntrustedError) as raised:
        persist.loads(changed)
    assert raised.value.allow == ["langchain_ollama._utils:validate_model"]


def test_every_model_with_a_row_is_tried() -> None:
    rows = {
        row.name.partition(":")[2]
        for module in set(_registry.TABLES.values())
        for row in _registry.table(module).values()
        if row.construct and not row.name.startswith("langchain_openai")
    }
    assert rows <= set(partners.MODELS)
