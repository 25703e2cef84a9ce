"""Tells whether the live things of a model are those that its class makes of the other fields.

They are never written: a restore makes them anew. So one that the caller made, for another region,
with other credentials or behind a proxy, would be replaced by another without a word.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from persist.state.record import Record

__all__ = ["hand_over", "remember", "stranger_of"]

FOLLOWED = frozenset(
    {
        *("_api_client", "_async_httpx_client", "_auth", "_client", "_client_config"),
        *("_credentials", "_httpx_client", "_mounts", "_pool", "_request_signer", "_ssl_context"),
        *("_transport", "client", "meta"),
    }
)
"""Attributes in which a client keeps another thing that says how it talks."""

ASPECTS = frozenset(
    {
        *("_api_version", "_azure_deployment", "_azure_endpoint", "_base_url", "_custom_headers"),
        *("_custom_query", "_endpoint_url", "_event_hooks", "_headers", "_http_options"),
        *("_params", "_proxy_headers", "_proxy_url", "_timeout", "_trust_env"),
        "_user_provided_options",
        *("access_key", "admin_api_key", "api_key", "auth_token", "aws_access_key", "aws_profile"),
        *("aws_region", "aws_secret_key", "aws_session_token", "base_url", "cookies"),
        *("custom_base_url", "follow_redirects", "headers", "location", "max_redirects"),
        *("max_retries", "method", "model", "organization", "profile_name", "project"),
        *("provider", "region_name", "secret_key", "signature_version", "timeout", "token"),
        "vertexai",
    }
)
"""Attributes that say where a client talks, as whom and how: none changes while it is used."""

AGENT = "user_agent"
FEATURES = re.compile(r" m/\S*")
"""What botocore notes there of how a client came about: the first of a session looks for keys."""

DEPTH = 6
PLAIN = (type(None), bool, int, float, str, bytes)


class _Known(Record):
    """A client that was found to be what its class makes of these fields."""

    client: weakref.ref[Any]
    marks: dict[str, object]
    """Plain values as they are, others by their address: a reference would look like sharing."""


_KNOWN: dict[int, _Known] = {}
"""By the address of the client: making one anew for each save would cost more than the save."""


def stranger_of(
    held: Mapping[str, Any], made: tuple[str, ...], fresh: Callable[[], Any]
) -> str | None:
    """Returns the first of these fields that holds another thing than its class makes, or None.

    Raises:
        Exception: Whatever the class's constructor raises, when it is asked for a fresh instance.
    """
    live = {name: held[name] for name in made if held.get(name) is not None}
    marks = _marks_of(held, made)
    unknown = [name for name, client in live.items() if not _is_known(client, marks)]
    if not unknown:
        return None
    twin = fresh()
    for name in unknown:
        if _differs(live[name], getattr(twin, name, None)):
            return name
        _remember(live[name], marks)
    return None


def remember(held: Mapping[str, Any], made: tuple[str, ...]) -> None:
    """Takes the clients that a model holds for those that its class makes of the other fields."""
    marks = _marks_of(held, made)
    for name in made:
        if held.get(name) is not None:
            _remember(held[name], marks)


def _marks_of(held: Mapping[str, Any], made: tuple[str, ...]) -> dict[str, object]:
    return {
        name: value if isinstance(value, PLAIN) else id(value)
        for name, value in held.items()
        if name not in made
    }


def hand_over(clients: Iterable[object], given: Mapping[int, tuple[object, object]]) -> None:
    """Lets clients hold the containers that their model holds, in place of those it was made of.

    Args:
        given: What a client may hold, and what it is to hold instead, by the address of the first.
    """
    pending = [(client, 0) for client in clients]
    while pending:
        client, depth = pending.pop()
        held = getattr(client, "__dict__", {})
        for name, value in list(held.items()):
            if id(value) in given:
                held[name] = given[id(value)][1]
            elif name in FOLLOWED and depth < DEPTH:
                pending.append((value, depth + 1))


def _is_known(client: object, marks: Mapping[str, object]) -> bool:
    known = _KNOWN.get(id(client))
    return known is not None and known.client() is client and known.marks == marks


def _remember(client: object, marks: dict[str, object]) -> None:
    key = id(client)
    try:
        _KNOWN[key] = _Known(weakref.ref(client, lambda _: _KNOWN.pop(key, None)), marks)
    except TypeError:
        # A plain value, which is compared in no time.
        return


def _differs(client: object, made: object) -> bool:
    pending = [(client, made, 0)]
    while pending:
        one, other, depth = pending.pop()
        if one is other:
            continue
        if _shown(one) != _shown(other):
            return True
        for name, value, anew in _common(one, other) if depth < DEPTH else ():
            if name in FOLLOWED or isinstance(one, dict):
                pending.append((value, anew, depth + 1))
            elif name in ASPECTS and _shown(value) != _shown(anew):
                return True
    return False


def _common(one: object, other: object) -> Iterator[tuple[str, object, object]]:
    """Yields what two things both hold: what is made on first use may be in one alone."""
    held, anew = (_parts(thing) for thing in (one, other))
    for name in held.keys() & anew.keys():
        yield name, held[name], anew[name]


def _parts(thing: object) -> dict[str, Any]:
    if isinstance(thing, dict):
        return {_key(key): value for key, value in thing.items()}
    return getattr(thing, "__dict__", {})


def _key(key: object) -> str:
    # The patterns by which a client chooses a transport show themselves by their address.
    return str(getattr(key, "pattern", key))


def _plain_agent(agent: object) -> object:
    return FEATURES.sub("", agent) if isinstance(agent, str) else agent


def _shown(value: Any) -> object:
    """Returns what can be compared of a value: all of a plain one, the class of a live one."""
    # Classes of AWS clients are made anew for each client: their names are compared.
    kind = f"{type(value).__module__}:{type(value).__qualname__}"
    if isinstance(value, PLAIN):
        return kind, value
    if isinstance(value, dict):
        held = {**value, AGENT: _plain_agent(value[AGENT])} if AGENT in value else value
        return kind, sorted((_key(key), repr(_shown(inner))) for key, inner in held.items())
    if isinstance(value, list | tuple | set | frozenset):
        return kind, [_shown(inner) for inner in value]
    if hasattr(value, "verify_mode"):
        return kind, value.verify_mode, value.check_hostname
    if kind == "pydantic.types:SecretStr":
        return kind, value.get_secret_value()
    is_said = type(value).__name__ in ("Headers", "HttpOptions", "QueryParams", "Timeout", "URL")
    # Headers hide in their `repr` what authorizes.
    return kind, sorted(value.multi_items()) if hasattr(value, "multi_items") else (
        str(value) if is_said else None
    )
