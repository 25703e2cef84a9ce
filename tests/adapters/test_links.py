"""pydantic's own types, as values and as types of fields: saved here, used in a new process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import links
import persist
import pytest
from persist import CaptureError, RebuildError, UntrustedError
from pydantic import AnyUrl, HttpUrl, PostgresDsn
from pydantic_core import Url

import made
from strict import assert_same
from trips import python

ADDRESS = "https://ada:engine-no-1@example.org/"
HTTP = "pydantic.networks:HttpUrl"


def test_they_go_on_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    persist.snapshot(links.state(), path)
    code = """
import json, sys, links, persist
import made
from strict import assert_same
restored = persist.restore(sys.argv[1], allow="links")
assert_same({**links.state(), "made": None}, {**restored, "made": None})
print(json.dumps(links.used(restored)))
"""
    restored = json.loads(python(code, path, seed=3))
    assert restored == json.loads(json.dumps(links.used(links.state())))
    assert restored[6] == ["http://example.org", None]


def test_types_that_say_how_a_field_is_read_come_back_without_allow(tmp_path: Path) -> None:
    path = tmp_path / "read.json"
    persist.snapshot([links.read_as(), links.read_as()(**links.READ)], path)
    code = """
import json, links, persist, sys
cls, one = persist.restore(sys.argv[1])
assert type(one).__name__ == cls.__name__
print(json.dumps([links.read(cls), str(one)]))
"""
    said, one = json.loads(python(code, path, seed=2))
    assert said == json.loads(json.dumps(links.read(links.read_as())))
    assert one == str(links.read_as()(**links.READ))
    assert said[2] == [
        *("uuid_version", "json_invalid", "is_instance_of"),
        *("int_type", "string_pattern_mismatch", "finite_number"),
    ]


def test_pydantics_own_need_no_allow() -> None:
    state = links.state()
    del state["site"], state["client"], state["plain"][2]
    text = persist.dumps(state)
    assert persist.dumps(persist.loads(text)) == text


def test_a_url_is_one_of_text_and_has_no_identity() -> None:
    url = HttpUrl("http://example.org/")
    one, two = persist.loads(persist.dumps([url, url]))
    assert one == two == url
    assert one is not two


@pytest.mark.parametrize(
    "url", [HttpUrl(ADDRESS), AnyUrl(ADDRESS), PostgresDsn("postgres://u:p@h/d")]
)
def test_credentials_are_data_in_data_and_refused_in_a_component(url: Any) -> None:
    assert_same(persist.loads(persist.dumps({"url": url})), {"url": url})
    with pytest.raises(CaptureError) as raised:
        persist.dumps([url, links.Client(url)])
    (problem,) = raised.value.problems
    assert problem.path == "$[1].address"
    assert "it has credentials in it, in `Client.address`" in problem.reason
    assert str(url) not in str(raised.value)
    kept = persist.loads(persist.dumps(links.Client(url), secrets="keep"), allow="links")
    assert kept.address == url


def test_a_url_without_credentials_stands_in_a_component() -> None:
    restored = persist.loads(
        persist.dumps(links.Client(HttpUrl("https://ada@example.org/"))), allow="links"
    )
    assert str(restored.address) == "https://ada@example.org/"


def test_what_hangs_on_a_url_is_refused() -> None:
    url = HttpUrl("http://example.org/")
    vars(url)["note"] = 1
    with pytest.raises(CaptureError) as raised:
        persist.dumps(url)
    assert "it holds something else than what a `HttpUrl` is made of" in str(raised.value)
    changed = HttpUrl("http://example.org/")
    changed._url = "http://example.org/"  # type: ignore[assignment]
    with pytest.raises(CaptureError):
        persist.dumps(changed)


@pytest.mark.parametrize(
    "held",
    [
        {"url": "http://example.org"},
        {"url": "file:///etc/passwd"},
        {"url": "nowhere"},
        {"url": 5},
        {"url": ["http://example.org/"]},
        {"_url": "http://example.org/"},
        {"url": "http://example.org/", "host": "x"},
        {"url": "http://example.org/", "has_path": True},
        {},
    ],
)
def test_what_no_url_is_written_as_is_refused(held: Any) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps({"lc": "object", "id": HTTP, "dict": held}))
    assert raised.value.kind == "invalid_state"


def test_a_core_url_is_no_other_thing() -> None:
    text = persist.dumps(Url("http://example.org/"))
    assert type(persist.loads(text)) is Url
    with pytest.raises(RebuildError):
        persist.loads(text.replace("Url", "MultiHostUrl").replace("http://", "not a url"))


@pytest.mark.parametrize("name", ["pydantic.types:ImportString", "pydantic.types:PathType"])
def test_what_reaches_out_has_no_row(name: str) -> None:
    for text in (f'{{"lc":"class","id":"{name}"}}', f'[{{"lc":"object","id":"{name}"}}]'):
        with pytest.raises(UntrustedError) as raised:
            persist.loads(text)
        assert raised.value.allow == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [("Note", "is no attribute that an instance may hold"), ("Giver", "would run code at once")],
)
def test_no_argument_of_a_generic_is_asked_how_it_is_read(name: str, said: str) -> None:
    """Pydantic calls what metadata hold under this name, while the class is made."""
    asked = {"__get_pydantic_core_schema__": {"lc": "function", "id": "made:run"}}
    noted = [
        {"lc": "class", "id": "builtins:int"},
        {"lc": "object", "id": f"made:{name}", "dict": asked if name == "Note" else {}},
    ]
    argument = {"lc": "generic", "id": "typing:Annotated", "args": noted}
    root = {"lc": "generic", "id": "pydantic.root_model:RootModel", "old": True, "args": [argument]}

    for text in (root, {"lc": "object", "class": root, "dict": {"root": 1}, "set": ["root"]}):
        with pytest.raises(RebuildError) as raised:
            persist.loads(json.dumps(text), allow="made")
        assert raised.value.kind == "invalid_state"
        assert said in str(raised.value)
        assert made.RAN == []
