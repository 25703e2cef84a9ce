"""Several secrets under one name: in lists, tuples, maps and sets that a component holds."""

from __future__ import annotations

import base64
import collections
import json
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import CaptureError, RebuildError

from clients import Auth, Client, Settings
from strict import assert_same
from trips import python

KEYS = ("sk-0123456789", "sk-abcdefghij")
ALLOW = (__name__, "clients")


class Queue(collections.deque[Any]):
    """A deque of its own."""


class Shelf(collections.UserDict[str, Any]):
    """A map of its own."""


class Row(collections.UserList[Any]):
    """A list of its own."""


class Pair(collections.namedtuple("Pair", "one other")):
    """Two keys."""

    __slots__ = ()


HELD: dict[str, Any] = {
    "a list": list(KEYS),
    "a tuple": KEYS,
    "a set": set(KEYS),
    "a frozen set": frozenset(KEYS),
    "a map": {"openai": KEYS[0], "other": KEYS[1], "count": 2, "none": "", 3: KEYS[0]},
    "bytes": [KEYS[0].encode(), KEYS[1].encode(), b""],
    "an ordered map": collections.OrderedDict(one=KEYS[0], two=[KEYS[1]]),
    "a map with a factory": collections.defaultdict(list, {"one": [KEYS[0]]}),
    "a named tuple": Pair(*KEYS),
    "a deque": collections.deque(KEYS),
    "a deque with a length": collections.deque([KEYS[0], [KEYS[1]]], 5),
    "a map of its own": collections.UserDict(one=KEYS[0], two={"inner": (KEYS[1],)}),
    "a list of its own": collections.UserList([KEYS[0], {"inner": KEYS[1]}]),
    "deques in lists": [collections.deque([collections.UserList([KEYS[0]])]), (KEYS[1],)],
    "lists in maps in lists": [{"a": [KEYS[0], (KEYS[1], None)]}, 5, [[True]]],
    "a map with a key of a node": {"lc": 1, "inner": {"lc": 2, "x": KEYS[0]}},
}


@pytest.mark.parametrize("attribute", ["api_keys", "apiKey", "access_tokens", "PASSWORDS"])
@pytest.mark.parametrize("kind", HELD)
def test_each_text_under_a_telling_name_is_left_out(kind: str, attribute: str) -> None:
    client = Client(**{attribute: HELD[kind]}, notes=["data"], last="a")
    text = persist.dumps(client)
    assert not [key for key in KEYS if key in text]
    assert '"notes":["data"]' in text
    name = f"Client.{attribute}"
    given = {}
    persist.snapshot(client, "memory://several")
    for needed in persist.get_metadata("memory://several")["needs"]["secrets"]:  # type: ignore[index]
        assert needed in (name, f"{name}#2")
        given[needed] = value_of(client, needed)
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))
    kept = persist.loads(persist.dumps(client, secrets="keep"), allow=ALLOW)
    assert_same(client, kept)


def value_of(client: Client, name: str) -> str:
    """Returns the value that was left out under a name: the second in the order of the text."""
    (held, *_) = vars(client).values()
    found: list[str] = []
    waiting = [held]
    while waiting:
        it = waiting.pop(0)
        if isinstance(it, str | bytes):
            found += [it if isinstance(it, str) else it.decode()] if it else []
        elif isinstance(it, dict | collections.UserDict):
            waiting = [*it.values(), *waiting]
        elif isinstance(it, list | tuple | collections.deque | collections.UserList):
            waiting = [*it, *waiting]
        elif isinstance(it, set | frozenset):
            waiting = [*sorted(it), *waiting]
    return list(dict.fromkeys(found))[1 if name.endswith("#2") else 0]


def test_keys_in_a_list_come_back_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    persist.snapshot(Client(api_keys=list(KEYS), by_name={"secret": "data"}), path)
    assert not [key for key in KEYS if key in path.read_text()]
    code = """
import sys, persist
given = {"Client.api_keys": "one", "Client.api_keys#2": "two"}
print(vars(persist.restore(sys.argv[1], allow="clients", secrets_map=given)))
"""
    shown = "{'api_keys': ['one', 'two'], 'by_name': {'secret': 'data'}}\n"
    assert python(code, path, seed=1) == shown


def test_headers_with_several_values_are_left_out() -> None:
    headers = {"Authorization": [KEYS[0]], "Accept": ["*/*"], "Cookie": {"a": (KEYS[1],)}}
    client = Client(default_headers=headers)
    text = persist.dumps(client)
    assert not [key for key in KEYS if key in text]
    assert '"Accept":["*/*"]' in text
    given = {"Client.default_headers": KEYS[0], "Client.default_headers#2": KEYS[1]}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))


PAIRS: dict[str, Any] = {
    "tuples": [("Authorization", KEYS[0]), ("Accept", "*/*"), ("x-api-key", KEYS[1])],
    "lists": [["Authorization", KEYS[0]], ["Accept", "*/*"], ["x-api-key", KEYS[1]]],
    "a tuple of tuples": (("authorization", KEYS[0]), ("accept", "*/*"), ("cookie", KEYS[1])),
    "bytes": [
        (b"authorization", KEYS[0].encode()),
        (b"accept", b"*/*"),
        (b"cookie", KEYS[1].encode()),
    ],
    "several values": [("Authorization", [KEYS[0]]), ("Accept", ["*/*"]), ("Cookie", (KEYS[1],))],
    "lists of pairs by names": {"one": [("Authorization", KEYS[0])], "two": [("cookie", KEYS[1])]},
}


@pytest.mark.parametrize("attribute", ["headers", "default_headers", "extraHeaders"])
@pytest.mark.parametrize("kind", PAIRS)
def test_headers_as_pairs_are_left_out(kind: str, attribute: str) -> None:
    client = Client(**{attribute: PAIRS[kind]}, notes=[("Authorization", "data")])
    text = persist.dumps(client)
    assert not [
        key for key in KEYS if key in text or base64.b64encode(key.encode()).decode() in text
    ]
    assert '"data"' in text
    given = {f"Client.{attribute}": KEYS[0], f"Client.{attribute}#2": KEYS[1]}
    back = persist.loads(text, allow=ALLOW, secrets_map=given)
    assert_same(client, back)
    assert persist.dumps(back) == text
    assert_same(client, persist.loads(persist.dumps(client, secrets="keep"), allow=ALLOW))


@pytest.mark.parametrize(
    "held",
    [
        ["Authorization", "Cookie"],
        ("Authorization", "Cookie"),
        [["Authorization", "Cookie", "Accept"]],
        [["Authorization"], ["Cookie"]],
        [[1, "a"], [None, "b"], [["Authorization"], "c"]],
        [("Accept", "Authorization")],
        {"names": ["Authorization", "Cookie"]},
    ],
)
def test_names_of_headers_are_data(held: Any) -> None:
    text = persist.dumps(Client(headers=held))
    assert '"lc":"secret"' not in text
    assert_same(held, persist.loads(text, allow=ALLOW).headers)


def test_headers_that_are_also_data_stop_the_save() -> None:
    headers = [("Authorization", KEYS[0])]
    with pytest.raises(CaptureError) as raised:
        persist.dumps([headers, Client(headers=headers)])
    assert raised.value.kind == "secret_in_data"


def test_data_in_a_deque_or_a_map_of_its_own_is_data() -> None:
    value = {
        "api_keys": collections.deque(KEYS),
        "secrets": collections.UserDict(one=KEYS[0]),
        "headers": [("Authorization", KEYS[0])],
    }
    for held in (value, Settings(api_key=value), Client(notes=[value])):
        text = persist.dumps(held)
        assert '"lc":"secret"' not in text
        assert_same(held, persist.loads(text, allow=ALLOW))


@pytest.mark.parametrize(
    ("attribute", "held"),
    [
        ("tokens", ["a", "b"]),
        ("tokens", collections.deque(["a", "b"])),
        ("input_tokens", ["a"]),
        ("api_key_ids", ["a"]),
        ("access_tokens", [1, 2.5, None, ["", True]]),
        ("stop", ["a"]),
    ],
)
def test_other_names_and_values_are_data(attribute: str, held: Any) -> None:
    client = Client(**{attribute: held})
    text = persist.dumps(client)
    assert '"lc":"secret"' not in text
    assert_same(client, persist.loads(text, allow=ALLOW))


def test_an_object_among_secrets_keeps_its_own_rules() -> None:
    client = Client(secrets=[Settings(api_key="data"), Auth(note="more", api_key=KEYS[0]), KEYS[1]])
    text = persist.dumps(client)
    assert not [key for key in KEYS if key in text]
    assert '"data"' in text
    assert '"more"' in text
    given = {"Auth.api_key": KEYS[0], "Client.secrets": KEYS[1]}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))


@pytest.mark.parametrize("held", [Queue(["data"]), Shelf(one="data"), Row(["data"])])
def test_a_container_of_a_class_of_its_own_keeps_its_own_rules(held: Any) -> None:
    client = Client(api_keys=held, more=[held])
    text = persist.dumps(client)
    assert '"data"' in text
    assert_same(client, persist.loads(text, allow=ALLOW))


def test_one_list_of_two_objects_stays_one() -> None:
    keys = [KEYS[0]]
    value = [Client(api_keys=keys), Client(api_keys=keys)]
    text = persist.dumps(value)
    back = persist.loads(text, allow=ALLOW, secrets_map={"Client.api_keys": KEYS[0]})
    assert_same(value, back)
    assert back[0].api_keys is back[1].api_keys


def test_each_is_looked_for_in_the_text() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([Client(api_keys=list(KEYS)), {"note": f"use {KEYS[1]}"}])
    assert raised.value.kind == "secret_in_data"
    assert [it.path for it in raised.value.problems] == ["$[1].note"]


class Giving:
    """Its hook gives its keys away as an argument."""

    def __init__(self, keys: str) -> None:
        self.api_keys = {"all": keys.split(",")}

    def __reduce__(self) -> tuple[Any, ...]:
        return Giving, (",".join(self.api_keys["all"]),)


def test_keys_that_a_hook_gives_away_stop_the_save() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"client": Giving(",".join(KEYS))})
    assert raised.value.kind == "secret_in_data"


class Sending:
    """Its hook gives the headers away as an argument."""

    def __init__(self, key: str, headers: Any) -> None:
        self.headers = headers
        self.queue_secrets = collections.deque([collections.UserDict(one=key)])

    def __reduce__(self) -> tuple[Any, ...]:
        return Sending, (self.queue_secrets[0]["one"], [])


@pytest.mark.parametrize(
    ("key", "headers"),
    [(KEYS[0], []), ("x", [("Authorization", "x" + KEYS[0])]), ("x", (["cookie", [KEYS[1]]],))],
)
def test_keys_in_other_containers_that_a_hook_gives_away_stop_the_save(
    key: str, headers: Any
) -> None:
    data = [pair[1] for pair in headers]
    with pytest.raises(CaptureError) as raised:
        persist.dumps([Sending(key, headers), data])
    assert raised.value.kind == "secret_in_data"


def node(name: str) -> dict[str, str]:
    return {"lc": "secret", "type": "str", "name": name}


def obj(name: str, **attributes: Any) -> dict[str, Any]:
    return {"lc": "object", "id": f"clients:{name}", "dict": attributes}


MESSAGE = {
    "lc": 1,
    "type": "constructor",
    "id": ["langchain", "schema", "messages", "HumanMessage"],
    "kwargs": {"content": node("Client.api_keys"), "type": "human"},
}
MOVED = {
    "a list of another name": obj("Client", notes=[node("Client.notes")]),
    "a map of another name": obj("Client", notes={"api_keys": [node("Client.notes")]}),
    "a message": obj("Client", api_keys=[MESSAGE]),
    "data": obj("Client", api_keys=[obj("Settings", api_key=node("Client.api_keys"))]),
    "a list in data": obj("Client", api_keys=[obj("Settings", headers=[node("Client.api_keys")])]),
    "a class of data": obj("Settings", api_key=[node("Settings.api_key")]),
    "a component in it": obj("Client", api_keys=[obj("Auth", notes=[node("Auth.notes")])]),
    "a header that tells none": obj("Client", headers={"accept": [node("Client.headers")]}),
    "a pair of another name": obj("Client", headers=[["accept", node("Client.headers")]]),
    "a pair by itself": obj("Client", headers=["cookie", node("Client.headers")]),
    "a pair behind another": obj("Client", headers=[["a", "cookie", node("Client.headers")]]),
    "a pair in data": obj("Client", notes=[["cookie", node("Client.notes")]]),
    "a pair in a class of data": obj("Settings", headers=[["cookie", node("Settings.headers")]]),
    "no object": {"api_keys": [node("value.api_keys")]},
}


@pytest.mark.parametrize("name", MOVED)
def test_a_secret_out_of_place_among_several_is_refused(name: str) -> None:
    names = ("Client.notes", "Client.api_keys", "Settings.api_key", "Auth.notes", "Client.headers")
    names += ("Settings.headers",)
    given = dict.fromkeys((*names, "value.api_keys"), KEYS[0])
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(MOVED[name]), allow=ALLOW, secrets_map=given)
    assert raised.value.kind == "invalid_state"
    assert KEYS[0] not in str(raised.value)
