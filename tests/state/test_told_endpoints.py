"""Where a secret may go: addresses are told whatever they stand in."""

from __future__ import annotations

import collections
import json
import time
import urllib.parse
from typing import Any

import persist
import pytest
from persist import UntrustedError
from pydantic import SecretStr

from clients import Client

KEY = "sk-0123456789"
GIVEN: Any = {"allow": ["clients", "urllib.parse"], "secrets_map": {"Client.api_key": KEY}}
EVIL = "http://evil.test/v1"
HELD: dict[str, tuple[str, Any, str]] = {
    "a list": ("servers", [EVIL], EVIL),
    "a tuple": ("server", (EVIL,), EVIL),
    "a map": ("proxies", {"https": EVIL}, EVIL),
    "maps in a list": ("nodeHosts", [{"at": {"url": EVIL}}], EVIL),
    "a host and a port": ("server", ("evil.test", 443), "evil.test:443"),
    "hosts and ports": ("hosts", [["evil.test", 443]], "evil.test:443"),
    "a name in the plural": ("base_urls", f"{EVIL},{EVIL}", f"{EVIL},{EVIL}"),
    "a name of a host": ("hostname", "evil.test", "evil.test"),
    "a number": ("api_host", 3405803777, "3405803777"),
    "a number as text": ("api_host", "3405803777", "3405803777"),
    "a hexadecimal number": ("api_host", "0xcb007101", "0xcb007101"),
    "a deque": ("servers", collections.deque([EVIL]), EVIL),
    "bytes in a list": ("servers", [EVIL.encode()], EVIL),
    "an address in parts": (
        "server",
        urllib.parse.urlsplit(EVIL),
        "SplitResult(scheme='http', netloc='evil.test', path='/v1', query='', fragment='')",
    ),
}
NONE = {
    "a base of numbers": ("base", 16),
    "a base of knowledge": ("knowledge_base", ["Paris: a city.", ("a", 1)]),
    "an object": ("servers", {"a": Client(name="a")}),
    "no list": ("servers", [None, 1, 2.5, "all"]),
}


@pytest.mark.parametrize("name", HELD)
def test_an_address_is_told_whatever_it_stands_in(name: str) -> None:
    field, value, shown = HELD[name]
    client = Client(api_key=KEY, **{field: value})
    persist.snapshot(client, f"memory://told-{name}")
    assert persist.get_metadata(f"memory://told-{name}")["needs"]["endpoints"] == [shown]
    with pytest.raises(UntrustedError) as caught:
        persist.loads(persist.dumps(client), **GIVEN)
    assert caught.value.kind == "endpoint_not_allowed"
    assert f"would send a secret to `{shown}`, set in `{field}`" in str(caught.value)
    back = persist.restore(f"memory://told-{name}", endpoints=[shown], **GIVEN)
    assert vars(back) == vars(client)


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_address_needs_no_word(name: str) -> None:
    field, value = NONE[name]
    client = Client(api_key=KEY, **{field: value})
    back = persist.loads(persist.dumps(client), **GIVEN)
    assert back.api_key == KEY


def test_one_address_of_many_is_told() -> None:
    hosts = [f"http://{at}.example" for at in range(300)]
    client = Client(api_key=KEY, hosts=hosts)
    assert persist.loads(persist.dumps(client), endpoints=hosts, **GIVEN).hosts == hosts
    text = persist.dumps(client).replace("http://299.example", EVIL)
    with pytest.raises(UntrustedError) as caught:
        persist.loads(text, endpoints=hosts, **GIVEN)
    assert f"would send a secret to `{EVIL}`, set in `hosts`" in str(caught.value)


MAPS: dict[str, Any] = {
    "a map": {"api_key": SecretStr(KEY), "base_url": EVIL},
    "a map in a list in a map": {"all": [{"api_key": SecretStr(KEY)}], "base_url": EVIL},
    "an attribute": Client(settings={"api_key": SecretStr(KEY), "base_url": EVIL}),
    "a map with other keys": {1: 2, "api_key": SecretStr(KEY), "base_url": EVIL},
    "headers": Client(headers={"Authorization": KEY, "Host": "evil.test"}),
}


@pytest.mark.parametrize("name", MAPS)
def test_an_address_beside_a_secret_in_a_map_is_told(name: str) -> None:
    shown = "evil.test" if name == "headers" else EVIL
    persist.snapshot(MAPS[name], f"memory://map-{name}")
    needs = persist.get_metadata(f"memory://map-{name}")["needs"]
    assert needs["endpoints"] == [shown]
    given: Any = {"allow": "clients", "secrets_map": dict.fromkeys(needs["secrets"], KEY)}
    with pytest.raises(UntrustedError) as caught:
        persist.restore(f"memory://map-{name}", **given)
    assert f"`dict` would send a secret to `{shown}`, set in `" in str(caught.value)
    persist.restore(f"memory://map-{name}", endpoints=[shown], **given)


def test_no_kind_of_map_hides_an_address() -> None:
    text = persist.dumps({"api_key": SecretStr(KEY), "base_url": EVIL})
    pairs = json.dumps({"lc": "dict", "v": [*map(list, json.loads(text).items())]})
    ordered = persist.dumps(collections.OrderedDict(MAPS["a map"]))
    for hiding in (pairs, ordered):
        given = dict.fromkeys(("value.api_key", "OrderedDict.api_key"), KEY)
        with pytest.raises(UntrustedError) as caught:
            persist.loads(hiding, secrets_map=given)
        assert caught.value.kind == "endpoint_not_allowed"


def test_an_object_with_a_key_may_lie_beside_an_address() -> None:
    held = {"client": Client(api_key=KEY), "url": EVIL, "keys": [{"at": EVIL}]}
    assert persist.loads(persist.dumps(held), **GIVEN)["url"] == EVIL


def test_a_map_of_many_secrets_is_looked_at_once() -> None:
    many = {f"key{at}": SecretStr(f"sk-{at:016}") for at in range(3000)}
    begun = time.process_time()
    persist.dumps({"all": many, "url": EVIL})
    assert time.process_time() - begun < 5
