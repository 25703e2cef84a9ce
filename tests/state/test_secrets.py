"""Keys of components stay out of the text, and come back where they were and nowhere else."""

from __future__ import annotations

import collections
import json
import threading
from typing import Any

import persist
import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from persist import (
    CaptureError,
    MissingSecretError,
    PersistError,
    RebuildError,
    SnapshotNotFoundError,
    UntrustedError,
)
from pydantic import SecretBytes, SecretStr

from clients import Auth, Client, Hooked, Marked, Named, Reading, Settings, Slotted, Vault
from strict import assert_same

KEY = "sk-0123456789"
ALLOW = ("clients",)
URL = "postgresql://ada:p4ssw0rd-1@db.example/agents"
PLACE = "memory://secrets"

SECRET_NAMES = """
    api_key apiKey APIKey API_KEY openai_api_key x-api-key apikey MY_APIKEY secret clientSecret
    client_secret secret_key aws_secret_access_key private_key privateKey password db_password
    passwd passphrase authorization Proxy-Authorization cookie Set-Cookie access_token refreshToken
    auth_token bearer_token session_token id_token api_token token _token _api_key __password
    api_keys accessTokens CLIENT_SECRETS
"""

OTHER_NAMES = """
    max_tokens token_usage tokenizer api_key_id tokens user_token csrf_token key keys secrets
    secret_name password_hint cookies authorizations token_count secretary passwords public_key
"""


def node(name: str, kind: str = "str") -> dict[str, str]:
    return {"lc": "secret", "type": kind, "name": name}


def obj(name: str, ref: int | None = None, **attributes: Any) -> dict[str, Any]:
    label = {} if ref is None else {"ref": ref}
    return {"lc": "object", "id": f"clients:{name}", **label, "dict": attributes}


@pytest.mark.parametrize("name", SECRET_NAMES.split())
@pytest.mark.parametrize("value", [KEY, KEY.encode()], ids=["str", "bytes"])
def test_an_attribute_is_left_out_by_its_name(name: str, value: str | bytes) -> None:
    text = persist.dumps(Client(**{name: value}))
    kind = type(value).__name__
    assert json.loads(text)["dict"] == {name: node(f"Client.{name}", kind)}
    back = persist.loads(text, allow=ALLOW, secrets_map={f"Client.{name}": KEY})
    assert_same(Client(**{name: value}), back)


@pytest.mark.parametrize("name", OTHER_NAMES.split())
def test_other_names_never_match(name: str) -> None:
    assert json.loads(persist.dumps(Client(**{name: KEY})))["dict"] == {name: KEY}


@pytest.mark.parametrize("value", [None, "", b"", 5, 1.5, True, [""], {"a": 5}, len])
def test_only_text_that_is_not_empty_matches(value: Any) -> None:
    assert_same(
        Client(api_key=value),
        persist.loads(persist.dumps(Client(api_key=value)), allow=(*ALLOW, "builtins")),
    )


@pytest.mark.parametrize(
    "value",
    [
        {"api_key": KEY},
        [KEY, {"headers": {"authorization": KEY}}],
        Settings(KEY, {"authorization": KEY}),
        Reading(password=KEY),
        HumanMessage(KEY, additional_kwargs={"api_key": KEY}),
        Client(memory={"api_key": KEY}, notes=[{"token": KEY}]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_data_is_never_rewritten(value: Any) -> None:
    text = persist.dumps(value)
    assert KEY in text
    assert "secret" not in text.replace(KEY, "")


def test_headers_are_looked_into() -> None:
    headers = {"Authorization": "Bearer abc", "Accept": "*/*", "X-Api-Key": KEY, b"cookie": b"c=1"}
    client = Client(default_headers=headers, Headers={"cookie": "a"}, headings={"cookie": "b"})
    text = persist.dumps(client)
    assert "Bearer" not in text
    assert KEY not in text
    names = {
        "Client.default_headers": "Bearer abc",
        "Client.default_headers#2": KEY,
        "Client.default_headers#3": "c=1",
        "Client.Headers": "a",
    }
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=names))


def test_shared_headers_stay_shared() -> None:
    headers = {"authorization": KEY}
    value = [Client(headers=headers), Auth(headers=headers)]
    text = persist.dumps(value)
    assert KEY not in text
    back = persist.loads(text, allow=ALLOW, secrets_map={"Client.headers": KEY})
    assert back[0].headers is back[1].headers
    assert_same(value, back)


@pytest.mark.parametrize("name", ["api_keys", "headers"])
@pytest.mark.parametrize("kind", [dict, collections.OrderedDict])
def test_what_was_written_as_data_before_stops_the_save(name: str, kind: type) -> None:
    held = kind(authorization=KEY)
    with pytest.raises(CaptureError) as caught:
        persist.dumps([held, Client(**{name: held})])
    assert caught.value.kind == "secret_in_data"


@pytest.mark.parametrize("kind", [list, tuple, set])
def test_keys_that_were_written_as_data_before_stop_the_save(kind: type) -> None:
    held = kind([KEY])
    with pytest.raises(CaptureError) as caught:
        persist.dumps([held, Client(api_keys=held)])
    assert caught.value.kind == "secret_in_data"


def test_bytes_that_are_no_text_are_given_back_as_bytes() -> None:
    text = persist.dumps(Client(token=b"\xff\xfe", hidden=SecretBytes(b"\x80")))
    given = {"Client.token": b"\xff\xfe", "Client.hidden": b"\x80"}
    back = persist.loads(text, allow=ALLOW, secrets_map=given)
    assert_same(Client(token=b"\xff\xfe", hidden=SecretBytes(b"\x80")), back)
    with pytest.raises(RebuildError) as caught:
        persist.loads(
            persist.dumps(Client(token="a")), allow=ALLOW, secrets_map={"Client.token": b"a"}
        )
    assert caught.value.kind == "invalid_state"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "redis://:p4ssw0rd@host:6379/0",
        "https://ada:secret@example.com/a?b=c#d",
        "mongodb+srv://a:b%40c@one,two/x",
        "mysql+pymysql://a:b/c@host/db",
    ],
)
def test_an_address_with_a_password_is_left_out_whole(url: str) -> None:
    client = Client(dsn=url)
    text = persist.dumps(client)
    assert json.loads(text)["dict"] == {"dsn": node("Client.dsn")}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map={"Client.dsn": url}))


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/a",
        "https://ada@example.com",
        "https://ada:@example.com",
        "http://host:8080/users/@ada",
        "http://[::1]:80/@a",
        "write to ada:pw@example.com",
        "://a:b@c",
        "see https://ada:secret@example.com",
    ],
)
def test_other_addresses_are_data(text: str) -> None:
    assert json.loads(persist.dumps(Client(dsn=text)))["dict"] == {"dsn": text}


def test_a_password_alone_must_not_stand_in_the_text_either() -> None:
    for password, shown in (("p4ssw0rd-1", "p4ssw0rd-1"), ("p4ss%2Fw0rd", "p4ss/w0rd")):
        client = Client(dsn=f"redis://a:{password}@h", note=f"it is {shown}")
        with pytest.raises(CaptureError) as caught:
            persist.dumps(client)
        assert caught.value.problems[0].path == "$.note"


def test_slots_models_and_private_attributes_are_looked_at() -> None:
    slotted = Slotted(KEY, "a")
    text = persist.dumps(slotted)
    assert KEY not in text
    assert_same(slotted, persist.loads(text, allow=ALLOW, secrets_map={"Slotted.api_key": KEY}))
    model = FakeListChatModel(responses=["a"], metadata={"api_key": "data"}, cache=None)
    model.__dict__["custom_get_token_ids"] = None
    assert "data" in persist.dumps(model)


def test_two_that_differ_get_two_names_and_equal_ones_share_one() -> None:
    value = [Client(api_key="one-12345"), Client(api_key="two-12345"), Client(api_key="one-12345")]
    persist.snapshot(value, PLACE)
    needs = persist.get_metadata(PLACE)["needs"]
    assert needs is not None
    assert needs["secrets"] == ["Client.api_key", "Client.api_key#2"]
    given = {"Client.api_key": "one-12345", "Client.api_key#2": "two-12345"}
    assert_same(value, persist.restore(PLACE, allow=ALLOW, secrets_map=given))
    back = persist.restore(
        PLACE, allow=ALLOW, secrets_from_env=["Client.api_key#2"], secrets_map={**given}
    )
    assert back[1].api_key == "two-12345"


def test_all_missing_secrets_are_named_at_once() -> None:
    text = persist.dumps(Client(api_key=KEY, headers={"cookie": "c"}, token=b"b"))
    with pytest.raises(MissingSecretError) as caught:
        persist.loads(text, allow=ALLOW)
    assert caught.value.names == ["Client.api_key", "Client.headers", "Client.token"]
    assert [problem.path for problem in caught.value.problems] == [
        "$.api_key",
        "$.headers.cookie",
        "$.token",
    ]


def test_kept_secrets_are_written_and_not_looked_for() -> None:
    client = Client(api_key=KEY, dsn=URL, token=KEY.encode(), note=KEY)
    persist.snapshot(client, PLACE, secrets="keep")
    assert (persist.get_metadata(PLACE)["needs"] or {})["secrets"] == []
    assert_same(client, persist.restore(PLACE, allow=ALLOW))


def test_attributes_that_are_written_as_pairs_are_looked_at() -> None:
    client = Client(lc=1, api_key=KEY, headers={"lc": 1, "cookie": "c"}, hidden=SecretStr("x"))
    text = persist.dumps(client)
    assert KEY not in text
    given = {"Client.api_key": KEY, "Client.headers": "c", "Client.hidden": "x"}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))


def test_state_for_a_hook_is_looked_at() -> None:
    client = Hooked(api_key=KEY, headers={"cookie": "c"}, note="n")
    text = persist.dumps(client)
    assert KEY not in text
    given = {"Hooked.api_key": KEY, "Hooked.headers": "c"}
    assert_same(client, persist.loads(text, allow=ALLOW, secrets_map=given))


def test_a_bound_secret_is_a_binding() -> None:
    key = KEY.encode()
    text = persist.dumps(Client(token=key), bind={"key": key})
    assert json.loads(text)["dict"] == {"token": {"lc": "bind", "name": "key"}}


def test_a_secret_of_a_class_of_its_own_is_refused() -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps(Client(api_key=Named(KEY)))
    assert [(it.path, it.kind) for it in caught.value.problems] == [
        ("$.api_key", "unsupported_value")
    ]
    assert "clients:Named" in caught.value.problems[0].reason
    assert_same(
        Client(api_key=Named(KEY)),
        persist.loads(persist.dumps(Client(api_key=Named(KEY)), secrets="keep"), allow=ALLOW),
    )


def test_langchains_dialect_refuses_a_plain_secret() -> None:
    with pytest.raises(CaptureError):
        persist.dumps(Client(api_key=KEY), dialect="langchain")


LEAKS = {
    "text": (KEY, "$.memory"),
    "a list in a dict": ({"a b": ["x", f"say {KEY}!"]}, '$.memory["a b"][1]'),
    "a key": ({KEY: 1}, "$.memory"),
    "bytes": (b"ab" + KEY.encode(), "$.memory"),
    "bytes at another place": (b"abc" + KEY.encode() + b"d", "$.memory"),
    "a message": (
        [HumanMessage("a"), HumanMessage([{"type": "text", "text": KEY}])],
        "$.memory[1].content[0].text",
    ),
    "what looks like a node": ({"lc": "x", "id": KEY}, "$.memory.id"),
    "an object": (Client(note=KEY), "$.memory.note"),
    "a tuple": ((1, (KEY,)), "$.memory[1][0]"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_secret_that_stands_in_data_stops_the_save(name: str) -> None:
    held, path = LEAKS[name]
    value = Client(api_key=KEY, memory=held)
    persist.delete_snapshot(PLACE, missing_ok=True)
    for save in (persist.dumps, lambda it: persist.snapshot(it, PLACE)):
        with pytest.raises(CaptureError) as caught:
            save(value)
        assert caught.value.kind == "secret_in_data"
        assert [(it.path, it.kind) for it in caught.value.problems] == [(path, "secret_in_data")]
        assert KEY not in str(caught.value) + str(caught.value.hint)
    assert not persist.snapshot_exists(PLACE)
    persist.snapshot(1, PLACE)
    with pytest.raises(CaptureError):
        persist.snapshot(value, PLACE)
    assert persist.restore(PLACE) == 1


LABELS: list[tuple[dict[str, Any], str]] = [
    ({"agent_id": KEY}, "metadata.agent_id"),
    ({"session_id": f"a {KEY}"}, "metadata.session_id"),
    ({"description": f"uses {KEY}"}, "metadata.description"),
    ({"tags": ["a", KEY]}, "metadata.tags[1]"),
    ({"extra": {"run": [{"key": KEY}]}}, "metadata.extra.run[0].key"),
    ({"extra": {KEY: 1}}, "metadata.extra"),
    ({"extra": {"lc": 1, "type": "secret", "id": [KEY]}}, "metadata.extra.id[0]"),
]


def test_a_secret_that_is_the_name_of_an_attribute_stops_the_save() -> None:
    for held in (Client(**{KEY: 1}), Client(**{f"of_{KEY}": {"a": 1}})):
        value = Client(api_key=KEY, memory=held)
        for save in (persist.dumps, lambda it: persist.snapshot(it, PLACE)):
            with pytest.raises(CaptureError) as caught:
                save(value)
            told = [(it.path, it.kind) for it in caught.value.problems]
            assert told == [("$.memory", "secret_in_data")]
        assert [it.path for it in persist.check(value).problems] == ["$.memory"]


@pytest.mark.parametrize("key", [KEY, (1, KEY), f"{KEY}{'x' * 300}", 's\\k-"0123456789'])
def test_no_path_shows_a_secret(key: Any) -> None:
    secret = key if isinstance(key, str) else KEY
    value = {key: [Client(api_key=secret), threading.Lock()]}
    for save in (persist.dumps, lambda it: persist.snapshot(it, PLACE)):
        with pytest.raises(CaptureError) as caught:
            save(value)
        assert caught.value.kind == "unsupported_value"
        assert secret[:150] not in str(caught.value) + repr(caught.value.problems)
        assert json.dumps(secret)[1:-1][:150] not in str(caught.value)
        assert caught.value.problems[0].path.endswith("[1]")
    for report in (persist.check(value), persist.check({key: Client(api_key=secret)})):
        assert [it.name for it in report.secrets] == ["Client.api_key"]
        assert secret[:150] not in str(report) + repr(report)
        assert json.dumps(secret)[1:-1][:150] not in str(report)


@pytest.mark.parametrize(("labels", "path"), LABELS)
def test_a_secret_that_stands_in_the_metadata_stops_the_save(labels: Any, path: str) -> None:
    persist.delete_snapshot(PLACE, missing_ok=True)
    with pytest.raises(CaptureError) as caught:
        persist.snapshot(Client(api_key=KEY), PLACE, **labels)
    assert [(it.path, it.kind) for it in caught.value.problems] == [(path, "secret_in_data")]
    assert KEY not in str(caught.value) + str(caught.value.hint)
    assert not persist.snapshot_exists(PLACE)
    persist.snapshot(Client(api_key=KEY), PLACE, secrets="keep", **labels)
    persist.snapshot(Client(note=KEY), PLACE, **labels)


def test_a_secret_that_is_the_default_of_a_field_stops_the_save() -> None:
    value = [Client(api_key=KEY), Marked(mark="another")]
    path = 'metadata.classes["clients:Marked"].defaults.mark'
    with pytest.raises(CaptureError) as caught:
        persist.snapshot(value, PLACE)
    assert [(it.path, it.kind) for it in caught.value.problems] == [(path, "secret_in_data")]
    assert [it.path for it in persist.check(value).problems] == [path]
    persist.snapshot(value, PLACE, secrets="keep")


def test_a_password_in_an_address_is_not_shown_by_what_a_restore_needs() -> None:
    client = Client(api_key=KEY, base_url=URL)
    persist.snapshot(client, PLACE)
    needs = persist.get_metadata(PLACE)["needs"]
    assert needs is not None
    assert needs["endpoints"] == []
    given = {"Client.api_key": KEY, "Client.base_url": URL}
    assert_same(client, persist.restore(PLACE, allow=ALLOW, secrets_map=given))


@pytest.mark.parametrize("secret", ['quote"d\\and\nmore', "zoë-zoë-zoë", "lone-\ud800-half"])
def test_a_secret_is_looked_for_as_json_writes_it(secret: str) -> None:
    assert persist.dumps(Client(api_key=secret))
    with pytest.raises(CaptureError) as caught:
        persist.dumps(Client(api_key=secret, note=f"a {secret} b"))
    assert caught.value.problems[0].path == "$.note"


@pytest.mark.parametrize("secret", [SecretStr(KEY), SecretBytes(KEY.encode())])
def test_what_hides_a_secret_is_looked_for_too(secret: Any) -> None:
    with pytest.raises(CaptureError) as caught:
        persist.dumps({"key": secret, "note": [KEY]})
    assert caught.value.problems[0].path == "$.note[0]"


def test_short_secrets_and_names_of_code_are_no_hits() -> None:
    persist.dumps(Client(api_key="1234567", note="1234567"))
    # The names that the program itself gives its classes and fields tell nothing.
    persist.dumps(Client(api_key="password", password="api_key_x"))
    persist.dumps({"a": SecretStr("clients:Client"), "b": Client()})
    with pytest.raises(CaptureError):
        persist.dumps(Client(api_key="password", note="password"))


def test_a_long_text_is_searched_as_it_is_written() -> None:
    filler = ["x" * 1_000_000] * 70
    value = Client(api_key=KEY, memory=[*filler, "y" * 999_990 + KEY, "z"])
    persist.delete_snapshot(PLACE, missing_ok=True)
    for save in (persist.dumps, lambda it: persist.snapshot(it, PLACE, compression="none")):
        with pytest.raises(CaptureError) as caught:
            save(value)
        assert caught.value.problems[0].path == "$.memory[70]"
    with pytest.raises(SnapshotNotFoundError):
        persist.get_metadata(PLACE)
    value.memory[70] = "y"
    persist.snapshot(value, PLACE, compression="none")
    assert persist.verify_snapshot(PLACE)
    persist.delete_snapshot(PLACE)


GIVEN = {
    "Client.api_key": KEY,
    "Client.note": "hello",
    "Client.items": KEY,
    "Client.x_headers": KEY,
    "Client.dsn": URL,
    "Client.base_url": URL,
    "Auth.api_key": KEY,
    "Settings.api_key": KEY,
    "HumanMessage.content": KEY,
    "value": KEY,
}
EVIL = "http://evil.example"

OUT_OF_PLACE = {
    "a plain value": node("value"),
    "a list": [node("value")],
    "a dict": {"api_key": node("value")},
    "an attribute that tells none": obj("Client", note=node("Client.note")),
    "a list in an attribute": obj("Client", items=[node("Client.items")]),
    "a dict in an attribute": obj("Client", items={"api_key": node("Client.items")}),
    "an entry that tells none": obj("Client", x_headers={"accept": node("Client.x_headers")}),
    "another name": obj("Client", api_key=node("Client.dsn")),
    "another class": obj("Client", api_key=node("Auth.api_key")),
    "a class of data": obj("Settings", api_key=node("Settings.api_key"), headers={}),
    "a message": {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "HumanMessage"],
        "kwargs": {"content": node("HumanMessage.content"), "type": "human"},
    },
    "a key": {"lc": "dict", "v": [[node("value"), 1]]},
}


@pytest.mark.parametrize("name", OUT_OF_PLACE)
def test_a_secret_out_of_place_is_refused(name: str) -> None:
    with pytest.raises(RebuildError) as caught:
        persist.loads(json.dumps(OUT_OF_PLACE[name]), allow=ALLOW, secrets_map=GIVEN)
    assert caught.value.kind == "invalid_state"
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "kind", ["int", "SecretStr", "list", "Str"], ids=lambda kind: f"type {kind}"
)
def test_another_kind_of_secret_does_not_pass(kind: str) -> None:
    text = json.dumps(obj("Client", note=node("Client.note", kind)))
    if kind == "SecretStr":
        back = persist.loads(text, allow=ALLOW, secrets_map=GIVEN)
        assert back.note == SecretStr("hello")
        return
    with pytest.raises(RebuildError) as caught:
        persist.loads(text, allow=ALLOW, secrets_map=GIVEN)
    assert caught.value.kind == "invalid_state"


def test_a_secret_with_a_value_of_its_own_is_no_writers() -> None:
    text = json.dumps(obj("Client", api_key={"lc": "secret", "type": "str", "v": KEY}))
    with pytest.raises(PersistError) as caught:
        persist.loads(text, allow=ALLOW)
    assert caught.value.kind == "bad_state_text"


AUTH = obj("Auth", 1, api_key=node("Auth.api_key"))
SAME = {"lc": "same", "ref": 1}

SENDERS = {
    "the object itself": obj("Client", api_key=node("Client.api_key"), base_url=EVIL),
    "the object around": obj("Client", auth=obj("Auth", api_key=node("Auth.api_key")), host=EVIL),
    "far around": obj("Client", url=EVIL, a=[{"b": obj("Client", c=AUTH)}]),
    "by a label": [AUTH, obj("Client", auth=SAME, proxy=EVIL)],
    "by a label of a list": [
        {"lc": "shared", "ref": 2, "v": [AUTH]},
        obj("Client", auth={"lc": "same", "ref": 2}, proxy=EVIL),
    ],
    "by a label that is still open": obj(
        "Auth", 1, client=obj("Client", auth=SAME, endpoint=EVIL), api_key=node("Auth.api_key")
    ),
    "by way of another": [
        obj("Auth", 1, other=obj("Client", 2, auth=SAME), api_key=node("Auth.api_key")),
        obj("Client", client={"lc": "same", "ref": 2}, endpoint=EVIL),
    ],
    "an address given back beside": obj("Client", dsn=node("Client.dsn"), proxy=EVIL),
}


@pytest.mark.parametrize("name", SENDERS)
def test_an_address_of_the_files_own_is_refused(name: str) -> None:
    text = json.dumps(SENDERS[name])
    with pytest.raises(UntrustedError) as caught:
        persist.loads(text, allow=ALLOW, secrets_map=GIVEN)
    assert caught.value.kind == "endpoint_not_allowed"
    assert EVIL in str(caught.value)
    persist.loads(text, allow=ALLOW, secrets_map=GIVEN, endpoints=[EVIL])


def test_an_address_that_reaches_no_secret_needs_no_word() -> None:
    value = [obj("Client", 2, note="a"), AUTH, obj("Client", url=EVIL)]
    persist.loads(json.dumps(value), allow=ALLOW, secrets_map=GIVEN)


def test_an_address_that_is_the_secret_is_the_callers() -> None:
    text = json.dumps(obj("Client", base_url=node("Client.base_url")))
    assert persist.loads(text, allow=ALLOW, secrets_map=GIVEN).base_url == URL


@pytest.mark.parametrize("secrets", ["omit", "keep"])
def test_needs_names_the_addresses_around_a_secret(secrets: Any) -> None:
    client = Client(auth=[Auth(key=SecretStr(KEY))], base_url="http://one")
    value = Client(url="http://two", inner=[client], others=[Client(url="http://three")])
    persist.snapshot(value, PLACE, secrets=secrets)
    needs = persist.get_metadata(PLACE)["needs"]
    assert needs is not None
    assert needs["endpoints"] == ["http://one", "http://two"]


def test_equal_secrets_are_values_without_identity() -> None:
    secret = SecretStr(KEY)
    vault = Vault(one=secret, other=secret)
    text = persist.dumps(vault)
    back = persist.loads(text, allow=ALLOW, secrets_map={"Vault.one": KEY, "Vault.other": KEY})
    assert back == vault
