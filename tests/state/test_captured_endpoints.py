"""Where a secret may go that a function captured: to what it captured beside it, which is told."""

from __future__ import annotations

from typing import Any

import persist
import pytest
from persist import UntrustedError
from pydantic import SecretStr

import calling
from clients import Client

KEY = "sk-0123456789"
EVIL = "http://evil.test/v1"
PLACE = "http://allowed.example/v1"
ALLOW = ["calling", "clients"]
MAKERS = ("caller", "by_default", "by_keyword", "marked", "partial", "partial_alone")


def holding(name: str, kind: str) -> Any:
    held: Any = SecretStr(KEY) if kind == "a secret" else Client(api_key=KEY)
    return getattr(calling, name)(held, PLACE)


@pytest.mark.parametrize("kind", ["a secret", "a component"])
@pytest.mark.parametrize("name", MAKERS)
def test_an_address_beside_a_captured_secret_is_admitted_by_name(name: str, kind: str) -> None:
    place = f"memory://captured-{name}-{kind}"
    persist.snapshot(holding(name, kind), place)
    needs = persist.get_metadata(place)["needs"]
    assert needs["endpoints"] == [PLACE]
    given = dict.fromkeys(needs["secrets"], KEY)
    with pytest.raises(UntrustedError) as caught:
        persist.restore(place, allow=ALLOW, secrets_map=given)
    assert caught.value.kind == "endpoint_not_allowed"
    assert f"would send a secret to `{PLACE}`, set in `" in str(caught.value)
    back = persist.restore(place, allow=ALLOW, secrets_map=given, endpoints=[PLACE])
    assert callable(back)


@pytest.mark.parametrize("name", MAKERS)
def test_a_captured_secret_is_not_sent_to_the_address_of_a_stranger(name: str) -> None:
    text = persist.dumps(holding(name, "a secret")).replace(PLACE, EVIL)
    names = ["caller.<locals>.call.key", "by_keyword.<locals>.call.key", "partial", "partial.key"]
    names += ["by_default.<locals>.call", "marked.<locals>.call.secret"]
    with pytest.raises(UntrustedError) as caught:
        persist.loads(text, allow=ALLOW, secrets_map=dict.fromkeys(names, KEY), endpoints=[PLACE])
    assert caught.value.kind == "endpoint_not_allowed"
    assert f"would send a secret to `{EVIL}`" in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_function_without_a_secret_may_have_any_address() -> None:
    text = persist.dumps([calling.caller(1, EVIL), calling.partial(2, EVIL)])
    assert persist.loads(text, allow=ALLOW)[0]() == (1, EVIL)


def test_a_secret_that_comes_behind_the_function_is_its_own_too() -> None:
    """The function mentions an object that is still being read."""
    client = Client(api_key=KEY, name="c")
    client.hook = calling.caller(client, EVIL)
    text = persist.dumps(client)
    with pytest.raises(UntrustedError) as caught:
        persist.loads(text, allow=ALLOW, secrets_map={"Client.api_key": KEY})
    assert caught.value.kind == "endpoint_not_allowed"
