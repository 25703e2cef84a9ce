"""What HTTP clients keep keys in: it is refused where a key stands in it, and else any object."""

from __future__ import annotations

from typing import Any

import httpx
import persist
import pytest
import requests
from persist import CaptureError
from requests.structures import CaseInsensitiveDict

from clients import Client

KEY = "sk-0123456789abcdef"
ALLOW = ["clients", "httpx", "requests", "http.cookiejar", "urllib3"]


def session(**headers: str) -> requests.Session:
    made = requests.Session()
    made.headers.update(headers)
    return made


HIDING: dict[str, tuple[Any, str]] = {
    "a URL": (httpx.URL(f"https://ada:{KEY}@h.example/"), "it has credentials in it"),
    "a token in a URL": (httpx.URL(f"https://h.example/?api_key={KEY}"), "it has credentials"),
    "headers": (httpx.Headers({"Authorization": f"Bearer {KEY}"}), "`authorization` is a secret"),
    "headers by pairs": (httpx.Headers([("x-api-key", KEY)]), "its entry `x-api-key` is a secret"),
    "a user and password": (httpx.BasicAuth("ada", KEY), "a user and password in one text"),
    "headers of a session": (session(Cookie=KEY), "its entry `Cookie` is a secret"),
    "headers by any case": (CaseInsensitiveDict({"API-KEY": KEY}), "`API-KEY` is a secret"),
}


@pytest.mark.parametrize("where", ["an attribute", "a list"])
@pytest.mark.parametrize("name", HIDING)
def test_what_hides_a_key_is_not_saved(name: str, where: str) -> None:
    held, reason = HIDING[name]
    value = Client(wire=held) if where == "an attribute" else [held]
    with pytest.raises(CaptureError) as caught:
        persist.dumps(value)
    assert caught.value.kind == "unsupported_value"
    (problem,) = caught.value.problems
    assert reason in problem.reason
    assert "which cannot be left out of a `" in problem.reason
    assert "save with secrets='keep'" in problem.hint
    assert not persist.check(value)


@pytest.mark.parametrize("name", HIDING)
def test_what_hides_a_key_is_kept_where_secrets_are(name: str) -> None:
    held, _ = HIDING[name]
    text = persist.dumps(held, secrets="keep")
    back = persist.loads(text, allow=ALLOW)
    assert type(back) is type(held)
    assert persist.dumps(back, secrets="keep") == text


PLAIN = {
    "a URL": httpx.URL("https://ada@h.example/v1?page=2"),
    "headers": httpx.Headers([("accept", "a"), ("accept", "b")]),
    "headers by any case": CaseInsensitiveDict({"Accept": "a"}),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_hides_none_is_any_object(name: str) -> None:
    held: Any = PLAIN[name]
    held.mark = [held]
    first, again = persist.loads(persist.dumps([held, held]), allow=ALLOW)
    assert first is again
    assert first == held
    assert first.mark[0] is first
    with pytest.raises(persist.UntrustedError):
        persist.loads(persist.dumps(held))


def test_a_session_without_keys_is_saved() -> None:
    back = persist.loads(persist.dumps(session(Accept="a")), allow=ALLOW)
    assert back.headers["accept"] == "a"
