"""Secrets among arguments that a component keeps by their names: `client_kwargs`, `config`."""

from __future__ import annotations

import collections
import json
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import CaptureError, RebuildError

from clients import Client, Settings
from strict import assert_same
from trips import python

KEY, OTHER = "sk-0123456789", "sk-abcdefghij"
ALLOW = (__name__, "clients")


class Table(dict[str, Any]):
    """A map of its own."""


HELD: dict[str, Any] = {
    "an entry": {"api_key": KEY, "retries": 3},
    "bytes": {"password": KEY.encode()},
    "headers in it": {"headers": {"Authorization": KEY, "Accept": "a"}, "timeout": 1.5},
    "pairs of headers in it": {"extra_headers": [["Authorization", KEY]]},
    "arguments in it": {"http_config": {"client_args": [1], "query": {"access_token": KEY}}},
    "several under one name": {"api_keys": [KEY, {"a": KEY}]},
    "a URL": {"proxy": f"http://ada:{KEY}@proxy.example"},
    "keys that are no texts": {3: "a", "token": KEY, None: ()},
    "a key of a node": {"lc": 1, "secret": KEY},
    "an ordered map": collections.OrderedDict(model="a", api_key=KEY),
    "a map with a factory": collections.defaultdict(list, api_key=KEY, a=[1]),
    "a map of its own": Table(api_key=KEY, x=Table()),
}


@pytest.mark.parametrize("attribute", ["client_kwargs", "config", "extraBody", "default_query"])
@pytest.mark.parametrize("kind", HELD)
def test_entries_of_arguments_count_as_attributes(kind: str, attribute: str) -> None:
    client = Client(**{attribute: HELD[kind]}, notes={"api_key": "data"})
    text = persist.dumps(client)
    assert KEY not in text
    assert '"notes":{"api_key":"data"}' in text
    value = HELD[kind].get("proxy", KEY)
    given = {f"Client.{attribute}": value}
    admitted = {"endpoints": ["http://proxy.example"]} if kind == "a URL" else {}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given, **admitted))
    kept = persist.loads(persist.dumps(client, secrets="keep"), allow=ALLOW, **admitted)
    assert_same(client, kept)


DATA: dict[str, Any] = {
    "a map in it": {"filter": {"api_key": "data", "token": "data"}},
    "a schema in it": {"tools": [{"properties": {"password": {"type": "data"}}}]},
    "a map in a list": {"config": [{"api_key": "data"}]},
    "an object in it": {"config": Settings("data"), "query": (("api_key", "data"),)},
    "no text": {"max_tokens": 3, "api_key": None, "token": "", "password": 5},
}


@pytest.mark.parametrize("kind", DATA)
def test_what_lies_deeper_in_arguments_is_data(kind: str) -> None:
    client = Client(config=DATA[kind])
    text = persist.dumps(client)
    assert '"lc":"secret"' not in text
    assert_same(client, persist.loads(text, allow=ALLOW))


def test_arguments_of_what_holds_data_are_data() -> None:
    held = {"config": {"api_key": "data"}, "x": Settings("data", headers={"a": "b"})}
    assert persist.loads(persist.dumps(held), allow=ALLOW) == held


def test_arguments_come_back_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    config = {"api_key": KEY, "headers": {"Authorization": OTHER}, "n": 1}
    persist.snapshot(Client(config=config), path)
    assert KEY not in path.read_text()
    assert persist.get_metadata(path)["needs"]["secrets"] == ["Client.config", "Client.config#2"]
    code = """
import sys, persist
given = {"Client.config": "one", "Client.config#2": "two"}
print(vars(persist.restore(sys.argv[1], allow="clients", secrets_map=given)))
"""
    shown = "{'config': {'api_key': 'one', 'headers': {'Authorization': 'two'}, 'n': 1}}\n"
    assert python(code, path, seed=1) == shown


def test_arguments_that_are_data_elsewhere_too_are_refused() -> None:
    config = {"api_key": KEY}
    with pytest.raises(CaptureError) as caught:
        persist.dumps([config, Client(config=config)])
    assert caught.value.kind == "secret_in_data"
    assert caught.value.problems[0].path == "$[0].api_key"
    both = [Client(config=config), config]
    text = persist.dumps(both)
    assert_same(both, persist.loads(text, allow=ALLOW, secrets_map={"Client.config": KEY}))


def placed(where: dict[str, Any]) -> str:
    """Returns the text of a client whose configuration a file has changed."""
    return json.dumps({"lc": "object", "id": "clients:Client", "dict": where})


NODE = {"lc": "secret", "type": "str", "name": "Client.config"}
MOVED: dict[str, dict[str, Any]] = {
    "into a list": {"config": [{"api_key": NODE}]},
    "into a list in it": {"config": {"query": [{"api_key": NODE}]}},
    "into a map of no arguments": {"config": {"messages": {"api_key": NODE}}},
    "under a name that tells none": {"config": {"prompt": NODE}},
    "into a tuple": {"config": {"lc": "tuple", "v": [{"api_key": NODE}]}},
    "beside arguments": {"config": NODE},
    "into an object": {
        "config": {"lc": "object", "id": "clients:Settings", "dict": {"api_key": NODE}}
    },
    "into what is called": {
        "config": {"lc": "call", "id": "functools:partial", "args": [3, {"api_key": NODE}]}
    },
    "into pairs in a list": {"config": [{"lc": "dict", "v": [["api_key", NODE]]}]},
}


@pytest.mark.parametrize("kind", MOVED)
def test_no_secret_comes_back_where_none_was_left_out(kind: str) -> None:
    allow = (*ALLOW, "functools:partial")
    with pytest.raises(RebuildError) as caught:
        persist.loads(placed(MOVED[kind]), allow=allow, secrets_map={"Client.config": KEY})
    assert caught.value.kind == "invalid_state"
