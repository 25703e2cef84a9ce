"""Credentials in URLs, in headers of every kind, and in what hooks give away."""

from __future__ import annotations

import collections
import enum
import json
import types
from typing import Any
from urllib.parse import quote

import numpy as np
import persist
import pytest
from persist import CaptureError, RebuildError, UntrustedError, _native
from persist.state import secrets
from persist.state import text as texts
from pydantic import BaseModel, SecretStr, v1

from clients import Auth, Client
from strict import assert_same

KEY = "sk-0123456789"
TOKEN = "ghp0123456789abcdef"
ALLOW = (__name__, f"{__name__}:made", "clients", "clients:Client")
PLACE = "memory://credentials"

URLS = {
    f"https://{TOKEN}@example.com/a": [TOKEN],
    f"https://{TOKEN}:@example.com": [TOKEN],
    f"https://example.com/v1?api_key={KEY}&page=2": [KEY],
    f"https://example.com/v1?page=2;access_token={KEY}#top": [KEY],
    f"https://example.com/a#id_token={KEY}": [KEY],
    f"jdbc:postgresql://host/db?user=ada&password={KEY}": [KEY],
    f"https://ada:{KEY}@example.com/?token={TOKEN}": [KEY, TOKEN],
    f"redis://ada@work:{KEY}@host": [KEY],
}

HARMLESS = [
    "https://git@example.com/a.git",
    "ssh://deploy-account-of-ours@example.com",
    "https://example.com/?max_tokens=5&page=1",
    "https://example.com/?api_key=",
    "https://example.com/?page=1 and api_key=abc",
    "http://host:8080/users/@0123456789abcdefgh",
    f"{TOKEN}@example.com",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_url_with_credentials_is_left_out_whole(url: str, kind: Any) -> None:
    assert _native.credentials_of(url) == URLS[url]
    client = Client(dsn=kind(url))
    text = persist.dumps(client)
    assert not [it for it in URLS[url] if it in text]
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map={"Client.dsn": url}))


BARE = {
    "host": f"ada:{KEY}@db.example",
    "db_host": f"ada:{KEY}@db.example:5432/agents",
    "proxyUrl": f"ada:{KEY}@10.0.0.1:8080",
    "base_url": f"ada:{KEY}@[::1]/v1",
    "http_proxy": f"ada:a/{KEY}@proxy",
}


@pytest.mark.parametrize("name", BARE)
@pytest.mark.parametrize("kind", [str, str.encode])
def test_an_address_without_a_scheme_is_known_by_its_name(name: str, kind: Any) -> None:
    client = Client(**{name: kind(BARE[name])})
    text = persist.dumps(client)
    assert KEY not in text
    given = {f"Client.{name}": BARE[name]}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))
    # In one whose password holds a `/`, clients read another host: it is not shown at all.
    assert (texts.plain(BARE[name]) is None) is (name == "http_proxy")
    assert KEY not in (texts.plain(BARE[name]) or "")
    with pytest.raises(CaptureError) as caught:
        persist.dumps([client, f"it is {_native.credentials_of(BARE[name], True)[0]}"])
    assert caught.value.kind == "secret_in_data"
    assert json.loads(persist.dumps(Client(note=BARE[name])))["dict"] == {"note": BARE[name]}


class OwnText(str):
    pass


class OwnBytes(bytes):
    pass


class Mode(enum.StrEnum):
    BASIC = "basic-authorization"


OWN_KINDS: dict[str, Any] = {
    "text of its own class": (OwnText(KEY), OwnText(f"https://ada:{KEY}@example.com")),
    "bytes of its own class": (OwnBytes(KEY.encode()), OwnBytes(f"https://ada:{KEY}@h".encode())),
    "a bytearray": (bytearray(KEY.encode()), None),
    "text of numpy": (np.str_(KEY), np.str_(f"https://ada:{KEY}@example.com")),
    "bytes of numpy": (np.bytes_(KEY.encode()), np.bytes_(f"https://ada:{KEY}@h".encode())),
    "an address of v1": (
        OwnText(KEY),
        v1.parse_obj_as(v1.AnyUrl, f"https://ada:{KEY}@example.com"),
    ),
}


@pytest.mark.parametrize("kind", OWN_KINDS)
def test_a_key_of_a_class_of_its_own_is_refused(kind: str) -> None:
    key, address = OWN_KINDS[kind]
    agents = [Client(api_key=key), Client(secrets=[key]), Client(headers={"Cookie": key})]
    agents += [] if address is None else [Client(url=address)]
    for agent in agents:
        with pytest.raises(CaptureError) as caught:
            persist.dumps(agent)
        (problem,) = caught.value.problems
        assert "it is a secret of the class" in problem.reason
        assert "make it a plain str or bytes" in str(problem.hint)
        assert KEY not in str(caught.value)
    assert persist.dumps(Client(note=key))
    assert persist.dumps(Client(api_key=key), secrets="keep")


def test_a_member_of_an_enumeration_is_no_key() -> None:
    client = Client(authorization=Mode.BASIC)
    assert_same(client, persist.loads(persist.dumps(client), allow=ALLOW))


NO_PASSWORD = ["ada@db.example", "db.example:80", "mailto:ada@example.com", "git@h.example:a/b"]
NO_PASSWORD += ["a:b@", "see a:b@c for more", "C:\\ada@work", f"{TOKEN}@example.com"]


@pytest.mark.parametrize("address", NO_PASSWORD)
def test_an_address_without_a_password_is_data(address: str) -> None:
    assert json.loads(persist.dumps(Client(host=address)))["dict"] == {"host": address}
    assert texts.plain(address) == (None if "\\" in address else address)


@pytest.mark.parametrize("url", HARMLESS)
def test_a_url_without_credentials_is_data(url: str) -> None:
    assert json.loads(persist.dumps(Client(dsn=url)))["dict"] == {"dsn": url}


@pytest.mark.parametrize("url", URLS)
def test_what_stands_in_a_url_must_not_stand_in_the_text(url: str) -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps(Client(dsn=url, note=f"it is {URLS[url][0]}"))
    assert [it.path for it in caught.value.problems] == ["$.note"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ada:pw@example.com/v1?a=1", "https://example.com/v1?a=1"),
        ("https://ada@example.com", "https://example.com"),
        (f"https://h/?a=1&token={KEY}&b=2#c", "https://h/?a=1&token=&b=2#c"),
        ("http://host:8080/users/@ada", "http://host:8080/users/@ada"),
        ("host:80", "host:80"),
        ("HTTPS://Ada:pw@Example.com/V1", "https://example.com/V1"),
        ("//ada:pw@example.com/v1", "//example.com/v1"),
        (
            "mongodb://ada:pw@One.example:1,two.example:2/db",
            "mongodb://one.example:1,two.example:2/db",
        ),
        ("http+unix://%2Frun%2Fdocker.sock/v1", "http+unix://%2Frun%2Fdocker.sock/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("server=tcp:db.example,1433", "server=tcp:db.example,1433"),
        ("lone-\ud800", None),
    ],
)
def test_an_address_is_shown_without_credentials(address: str, shown: str | None) -> None:
    assert texts.plain(address) == shown


class Talking(BaseModel):
    """Holds data, so its URL stays in the text."""

    key: SecretStr
    base_url: str


def test_no_credentials_stand_among_the_endpoints() -> None:
    client = Client(api_key=KEY, base_url=f"https://ada:{TOKEN}@example.com/v1")
    persist.snapshot(client, PLACE)
    needs = persist.get_metadata(PLACE)["needs"] or {}
    assert needs["endpoints"] == []
    given = {"Client.api_key": KEY, "Client.base_url": client.base_url}
    assert_same(client, persist.restore(PLACE, allow=ALLOW, secrets_map=given))
    without = {**given, "Client.base_url": "https://example.com/v1"}
    with pytest.raises(RebuildError) as caught:
        persist.restore(PLACE, allow=ALLOW, secrets_map=without)
    assert caught.value.hint == "give back an address with the credentials that it had"

    client = Client(api_key=KEY, base_url=f"https://ada:{TOKEN}@example.com/v1".encode())
    persist.snapshot(client, PLACE)
    needs = persist.get_metadata(PLACE)["needs"] or {}
    assert needs["endpoints"] == []
    assert_same(client, persist.restore(PLACE, allow=ALLOW, secrets_map=given))

    talking = Talking(
        key=SecretStr(KEY), base_url="https://ada:pw-0123456@example.com/v1?token=abcdef"
    )
    persist.snapshot(talking, PLACE)
    needs = persist.get_metadata(PLACE)["needs"] or {}
    assert needs["endpoints"] == ["https://example.com/v1?token="]
    given = {"Talking.key": KEY}
    with pytest.raises(UntrustedError) as caught:
        persist.restore(PLACE, allow=ALLOW, secrets_map=given)
    assert "pw-0123456" not in str(caught.value) + str(caught.value.hint)
    assert needs["endpoints"][0] in str(caught.value)
    for endpoint in (needs["endpoints"][0], talking.base_url):
        back = persist.restore(PLACE, allow=ALLOW, secrets_map=given, endpoints=[endpoint])
        assert_same(talking, back)
    with pytest.raises(UntrustedError):
        persist.restore(PLACE, allow=ALLOW, secrets_map=given, endpoints=["https://example.org/v1"])


class Headers(dict[str, Any]):
    pass


HEADERS: dict[str, Any] = {
    "an ordered dict": collections.OrderedDict(Authorization=KEY, Accept="*/*"),
    "a dict with a factory": collections.defaultdict(str, {"Authorization": KEY}),
    "a dict of the user's": collections.UserDict({"Authorization": KEY, "Accept": "*/*"}),
    "a dict of a class of its own": Headers(Authorization=KEY, Accept=["*/*"]),
    "a view": types.MappingProxyType({"Authorization": KEY, "Accept": "*/*"}),
    "a chain": collections.ChainMap({"Accept": "*/*"}, {"Authorization": KEY}),
    "dicts in a dict": {"common": {"Authorization": KEY}, "post": {b"Cookie": KEY.encode()}},
    "dicts in a list": [{"Authorization": KEY}, ({"Accept": "*/*"},)],
    "a dict with a key of a node": {"lc": 1, "inner": {"lc": 2, "Authorization": KEY}},
}


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_are_left_out_whatever_holds_them(kind: str) -> None:
    client = Client(default_headers=HEADERS[kind], notes={"Authorization": "data"}, last="a")
    text = persist.dumps(client)
    assert KEY not in text
    assert '"notes":{"Authorization":"data"}' in text
    given = dict.fromkeys(("Client.default_headers", "Client.default_headers#2"), KEY)
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))


def test_a_component_among_headers_has_attributes_of_its_own() -> None:
    inner = Auth(settings={"Authorization": "data"}, api_key=KEY)
    client = Client(headers={"auth": inner, "cookie": KEY})
    text = persist.dumps(client)
    assert "data" in text
    given = {"Client.headers": KEY, "Auth.api_key": KEY}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))


def node(name: str) -> dict[str, str]:
    return {"lc": "secret", "type": "str", "name": name}


def obj(name: str, **attributes: Any) -> dict[str, Any]:
    return {"lc": "object", "id": f"clients:{name}", "dict": attributes}


MOVED = {
    "an entry that tells none": obj("Client", headers={"a": {"accept": node("Client.headers")}}),
    "a list": obj("Client", headers={"accept": [node("Client.headers")]}),
    "another attribute": obj("Client", notes={"cookie": node("Client.notes")}),
    "a message": obj(
        "Client",
        headers={
            "cookie": {
                "lc": 1,
                "type": "constructor",
                "id": ["langchain", "schema", "messages", "HumanMessage"],
                "kwargs": {"content": node("HumanMessage.content"), "type": "human"},
            }
        },
    ),
    "an attribute of a component in it": obj(
        "Client", headers={"a": obj("Auth", notes={"cookie": node("Auth.notes")})}
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_secret_out_of_place_in_headers_is_refused(name: str) -> None:
    names = ("Client.headers", "Client.notes", "HumanMessage.content", "Auth.notes")
    given = dict.fromkeys(names, KEY)
    with pytest.raises(RebuildError) as caught:
        persist.loads(json.dumps(MOVED[name]), allow=ALLOW, secrets_map=given)
    assert caught.value.kind == "invalid_state"
    assert KEY not in str(caught.value)


class Giving:
    """Its hook gives its key away as an argument."""

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key

    def __reduce__(self) -> tuple[Any, ...]:
        return Giving, (self.api_key,)


class Slotted:
    __slots__ = ("headers",)

    def __init__(self, key: str) -> None:
        self.headers = {"Authorization": key}

    def __reduce__(self) -> tuple[Any, ...]:
        return Slotted, (self.headers["Authorization"],)


@pytest.mark.parametrize("cls", [Giving, Slotted])
def test_a_key_that_a_hook_gives_away_stops_the_save(cls: Any) -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps({"client": cls(KEY)})
    assert caught.value.kind == "secret_in_data"
    kept = persist.loads(persist.dumps(cls(KEY), secrets="keep"), allow=ALLOW, secrets_map={})
    assert_same(cls(KEY), kept)


class Called:
    """Made by a function, and given its attributes then."""

    def __reduce__(self) -> tuple[Any, ...]:
        return made, (), vars(self)


def made() -> Called:
    return Called()


def test_attributes_of_what_a_function_makes_are_left_out_and_come_back() -> None:
    called = Called()
    called.__dict__.update(api_key=KEY, headers={"Cookie": KEY})
    text = persist.dumps(called)
    assert KEY not in text
    given = {"made.api_key": KEY, "made.headers": KEY}
    assert_same(called, persist.loads(text, allow=ALLOW, secrets_map=given))


@pytest.mark.parametrize(
    "held",
    [np.array(["a", f"x{KEY}"]), np.array([KEY]), f"https://h/?q={quote('abc/def+0123', safe='')}"],
    ids=["an array", "the first of an array", "a URL"],
)
def test_a_key_is_looked_for_in_arrays_and_urls(held: Any) -> None:
    key = "abc/def+0123" if isinstance(held, str) else KEY
    with pytest.raises(CaptureError) as caught:
        persist.dumps([Client(api_key=key), held])
    assert caught.value.kind == "secret_in_data"


def test_addresses_are_searched_too() -> None:
    client = Client(api_key=KEY, base_url=f"https://example.com/{KEY}")
    with pytest.raises(CaptureError):
        persist.snapshot(client, PLACE)
    session = secrets.Session(keeps_secrets=False)
    session.omit("Client.api_key", KEY)
    with pytest.raises(CaptureError) as caught:
        session.check_labels({"metadata.needs.endpoints[0]": json.dumps(client.base_url)})
    assert [it.path for it in caught.value.problems] == ["metadata.needs.endpoints[0]"]
