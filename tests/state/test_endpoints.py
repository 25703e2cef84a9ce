"""Where a secret may go: addresses are compared as clients read them, or refused."""

from __future__ import annotations

import collections
import ipaddress
import json
import urllib.parse
from typing import Any

import httpx
import persist
import pytest
import urllib3
from hypothesis import example, given
from hypothesis import strategies as st
from persist import CaptureError, UntrustedError
from persist.state import text as texts
from pydantic import AnyUrl, BaseModel, SecretStr

from clients import Client

KEY = "sk-0123456789"
ALLOWED = "http://allowed.example/v1"
ALLOW = (__name__, "clients")

AMBIGUOUS = [
    # A port that some clients read, and a host behind it that none does.
    *(f"http://evil.test:{port}/@allowed.example/v1" for port in ("+443", " 443", "4_43", "-1")),
    "http://evil.test:４４３/@allowed.example/v1",
    "http://evil.test:/@allowed.example/v1",
    "http://evil.test:x/@allowed.example/v1",
    "http://evil.test:x?@allowed.example/v1",
    "http://evil.test:x#@allowed.example/v1",
    "evil.test:+443/@allowed.example/v1",
    "//evil.test:+443/@allowed.example/v1",
    # Who ends a host at a backslash connects to the one before it.
    "http://evil.test:port\\@allowed.example/v1",
    "http://evil.test\\@allowed.example/v1",
    "http:ada@allowed.example/v1",
    "http:/\\allowed.example/v1",
    "http:\\\\allowed.example/v1",
    # Signs that a client drops, maps to others or unescapes.
    "http://evil.test\t@allowed.example/v1",
    "http://allowed.example\n/v1",
    " http://allowed.example/v1",
    "http://allowed.example/v1 ",
    "http://allowed.example\u3002evil.test/v1",
    "http://ａllowed.example/v1",
    "http://аllowed.example/v1",
    "http://allowed.example\u200b/v1",
    "http://allowed%2eexample/v1",
    "http://evil.test%00.allowed.example/v1",
    # More than one way to part it, or nothing to connect to.
    "http://ada@evil.test@allowed.example/v1",
    "http://@@allowed.example/v1",
    "http://ada:[@allowed.example/v1",
    "http://[::1]@allowed.example]/v1",
    "http:///v1",
    "http://@/v1",
    "http://:80/v1",
    "http://allowed.example:80:80/v1",
    "http://allowed.example:65536/v1",
    "http://allowed.example:/v1",
    "http://[allowed.example]/v1",
    "http://a;b/v1",
    "HTTP://allowed.example\u0130/v1",
    "redis://ada:pw/x@allowed.example",
    "redis://evil.test:+1/@allowed.example",
]


class Talking(BaseModel):
    """Holds data, so its URL stays in the text."""

    key: SecretStr
    base_url: Any


def text_with(address: Any) -> str:
    text = persist.dumps(Talking(key=SecretStr(KEY), base_url=ALLOWED))
    return text.replace(json.dumps(ALLOWED), json.dumps(address))


def restored(address: Any, *endpoints: str) -> Any:
    given = {"Talking.key": KEY}
    return persist.loads(
        text_with(address), allow=ALLOW, secrets_map=given, endpoints=list(endpoints)
    )


@pytest.mark.parametrize("address", AMBIGUOUS)
@pytest.mark.parametrize("kind", ["text", "bytes", "in a map"])
def test_an_address_that_clients_read_in_different_ways_is_never_admitted(
    address: str, kind: str
) -> None:
    held: Any = address
    if kind == "bytes":
        held = json.loads(persist.dumps(address.encode()))
    elif kind == "in a map":
        held = {"http_options": {"base_url": [address]}}
    endpoints = [ALLOWED, "http://allowed.example", address, str(held)]
    with pytest.raises(UntrustedError) as caught:
        restored(held, *endpoints)
    assert caught.value.kind == "endpoint_not_allowed"
    told = "would send a secret to an address in which clients may read different hosts"
    assert f"{told}, set in `base_url`" in str(caught.value)
    assert str(caught.value.hint).startswith("it cannot be admitted: give it an address in plain")
    assert "allowed.example" not in str(caught.value) + str(caught.value.hint)


@pytest.mark.parametrize("address", AMBIGUOUS)
def test_an_address_that_none_could_admit_is_not_saved_beside_a_secret(address: str) -> None:
    talking = Talking(key=SecretStr(KEY), base_url=address)
    with pytest.raises(CaptureError) as caught:
        persist.snapshot(talking, "memory://ambiguous")
    assert caught.value.kind == "unsupported_value"
    (problem,) = caught.value.problems
    told = "`base_url` of a `Talking` with a secret holds an address in which clients may read"
    assert told in problem.reason
    report = persist.check(talking)
    assert not report
    assert report.needs["endpoints"] == []
    # Where no secret lies in it, nothing is sent anywhere.
    persist.snapshot(Talking.model_construct(key=None, base_url=address), "memory://no-secret")


ADMITTED = [
    (ALLOWED, ALLOWED),
    (ALLOWED, "http://ada:pw@allowed.example/v1"),
    ("HTTP://Allowed.Example/v1", ALLOWED),
    ("http://allowed.example:8080/users/@ada", "http://allowed.example:8080/users/@ada"),
    ("allowed.example:8080/v1", "allowed.example:8080/v1"),
    ("http+unix://%2Frun%2Fdocker.sock", "http+unix://%2Frun%2Fdocker.sock"),
    ({"base_url": ALLOWED}, str({"base_url": ALLOWED})),
]
OTHERS = [
    (ALLOWED, f"{ALLOWED}/"),
    (f"{ALLOWED}/more", ALLOWED),
    ("http://allowed.example.evil.test/v1", ALLOWED),
    ("https://allowed.example/v1", ALLOWED),
    ("//allowed.example/v1", ALLOWED),
    ("allowed.example/v1", ALLOWED),
    ("http://allowed.example:80/v1", ALLOWED),
    ("http:/allowed.example/v1", ALLOWED),
    ("http://allowed.example@evil.test/v1", ALLOWED),
    ("http://evil.test/v1@allowed.example/v1", ALLOWED),
    ("http://evil.test?@allowed.example/v1", ALLOWED),
    ("http://evil.test#@allowed.example/v1", ALLOWED),
    ("http://evil.test:443/@allowed.example/v1", ALLOWED),
    ({"base_url": "http://evil.test/v1"}, str({"base_url": ALLOWED})),
]


@pytest.mark.parametrize(("address", "endpoint"), ADMITTED)
def test_an_address_is_admitted_by_what_is_shown_of_it(address: Any, endpoint: str) -> None:
    assert restored(address, endpoint).base_url == address


@pytest.mark.parametrize(("address", "endpoint"), OTHERS)
def test_an_address_is_not_admitted_by_another(address: Any, endpoint: str) -> None:
    with pytest.raises(UntrustedError) as caught:
        restored(address, endpoint)
    shown = str(address).replace("allowed.example@evil", "evil")
    assert f"would send a secret to `{shown}`, set in `base_url`" in str(caught.value)


class Named:
    def __init__(self, api_key: str, server_url: Any) -> None:
        self.api_key = api_key
        self.server_url = server_url


@pytest.mark.parametrize(
    "address",
    [
        collections.UserString("http://evil.test/v1"),
        bytearray(b"http://evil.test/v1"),
        ipaddress.ip_address("203.0.113.1"),
        AnyUrl("http://evil.test/v1"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_an_address_is_one_whatever_holds_its_text(address: Any) -> None:
    text = persist.dumps(Named(KEY, address))
    with pytest.raises(UntrustedError) as caught:
        persist.loads(text, allow=ALLOW, secrets_map={"Named.api_key": KEY})
    assert caught.value.kind == "endpoint_not_allowed"


HOSTS = ["allowed.example", "Allowed.Example", "evil.test", "[::1]", "", "а.example"]
SIGNS = [
    *"@@/\\?#:;,.%&=+ \t\n-_[]{}<>|^`~'\"(0aZ",
    "%40",
    "%2f",
    "４",
    "。",
    "\u200b",
    "ſ",
    "\u0130",
]
PORTS = ["", ":", ":80", ":+80", ": 80", ":8_0", ":８０", ":080", ":x", ":99999"]
SCHEMES = [
    "http://",
    "https://",
    "HTTP://",
    "http:/",
    "http:",
    "//",
    "",
    "http:\\\\",
    "ws://",
    "x://",
]


def some(signs: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(signs), max_size=most).map("".join)


PLACE = st.tuples(st.sampled_from(HOSTS), st.sampled_from(PORTS), some(SIGNS, 3)).map("".join)
ADDRESS = st.tuples(st.sampled_from(SCHEMES), some(SIGNS, 2), PLACE, PLACE).map("".join)


USUAL = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def of_httpx(text: str) -> Any:
    url = httpx.URL(text)
    return url.scheme, url.raw_host.lower(), url.port or USUAL.get(url.scheme)


def of_urllib3(text: str) -> Any:
    url = urllib3.util.parse_url(text)
    return url.scheme, url.host and url.host.lower(), url.port


def of_urllib(text: str) -> Any:
    url = urllib.parse.urlsplit(text)
    return url.scheme, url.hostname, url.port


@given(ADDRESS | st.text(max_size=40).map("http://{}".format))
@example("http://evil.test:+443/@allowed.example/v1")
@example("http://evil.test:port\\@allowed.example")
@example("http://user:a@b@allowed.example")
def test_what_is_shown_leads_every_client_where_the_address_does(text: str) -> None:
    shown = texts.plain(text)
    if shown is None:
        return
    assert texts.plain(shown) == shown
    for read in (of_httpx, of_urllib3, of_urllib):
        try:
            found = read(text)
        except (ValueError, httpx.InvalidURL, urllib3.exceptions.LocationParseError):
            continue
        # Who reads no host in it connects to nothing.
        assert read(shown) == found or not found[1]


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    shown = texts.plain(text)
    assert shown is None or (shown.isascii() and len(shown) <= len(text))


def test_a_component_keeps_its_address_by_a_user_with_a_slash() -> None:
    """Credentials are still found by the wide reading, and come from the caller whole."""
    client = Client(api_key=KEY, http_proxy="http://ada:a/0123456789@proxy.example")
    text = persist.dumps(client)
    assert "0123456789" not in text
    given = {"Client.api_key": KEY, "Client.http_proxy": client.http_proxy}
    assert persist.loads(text, allow=ALLOW, secrets_map=given).http_proxy == client.http_proxy
