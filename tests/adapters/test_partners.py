"""Models of partner packages: the key stays out of the file, is given back, and is used again."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import partners
import persist
import pytest
from persist import MissingSecretError, UntrustedError
from persist.adapters import _registry

from trips import python

KEY = partners.KEY


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    partners.forget_keys(monkeypatch.delenv)


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
        assert raised.value.names == asked
    back = persist.restore(place, secrets_map=dict.fromkeys(asked, KEY))
    partners.assert_same_model(model, back)
    assert partners.keys_of(back) == partners.keys_of(model)


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


OPTED_IN: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: partners.made("ChatOllama", client_kwargs={"verify": False}),
        "httpx:Client",
    ),
    (
        lambda: partners.made("ChatGoogleGenerativeAI", client_args={"verify": False}),
        "httpx:Client",
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
