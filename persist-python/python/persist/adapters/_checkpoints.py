"""LangGraph's saver and cache in memory: what is in their blobs, never the blobs themselves.

Both keep each value as the bytes that its serializer made. As bytes they would be opaque in a
snapshot, and a changed one makes LangGraph's own loader import and call what it names. So a save
decodes them with the live serializer and writes the values as nodes, and a restore encodes what
was built from these with a fresh default serializer.
"""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from persist.adapters import _contents
from persist.exceptions import PersistError
from persist.state import fingerprints, plans, problems
from persist.state.plans import Describe, Pieces, Plan

__all__ = ["builder_of", "plan_for"]

EMPTY = ("empty", b"")
"""The blob that stands for no value: one for all, as in LangGraph."""

SAVED = ("storage", "writes", "blobs")
"""What a node of a saver has; a saver also has a serializer and a stack of open contexts."""


def plan_for(cls: type) -> Plan:
    """Returns the plan of the saver or the cache; a class that extends one is refused."""
    describers: dict[type, Describe] = {
        InMemorySaver: _describe_saver,
        InMemoryCache: _describe_cache,
    }
    describe = describers.get(cls)
    if describe is None:
        name = cls.__qualname__
        return plans.refused(cls, f"its class `{name}` extends one that keeps values as bytes")
    record = {"fingerprint": fingerprints.fingerprint(cls)}
    return plans.described(cls, describe, has_dict=True, record=record)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a saver or a cache from the parts of its node."""
    fill = _fill_saver if plan.class_ is InMemorySaver else _fill_cache
    return functools.partial(_build, plan.class_, plan.name, fill)


def _describe_saver(saver: InMemorySaver, context: str, session: Any) -> Pieces | str:
    held = vars(saver)
    trouble = _trouble_with(held, {"serde", "stack", *SAVED})
    if trouble is not None:
        return trouble
    if not {type(held[name]) for name in SAVED} <= {dict, defaultdict}:
        return "it keeps its checkpoints in a store of its own"
    if type(held["stack"]) is not contextlib.ExitStack or vars(held["stack"])["_exit_callbacks"]:
        return "it is open as a context manager"
    try:
        return plans.node_of(InMemorySaver, _content_of(held["serde"], held), is_whole=False)
    except _LossyBlob as problem:
        return str(problem)


def _describe_cache(cache: InMemoryCache[Any], context: str, session: Any) -> Pieces | str:
    held = vars(cache)
    trouble = _trouble_with(held, {"serde", "_cache", "_lock"})
    if trouble is not None:
        return trouble
    try:
        kept = {
            space: {
                key: (_value(held["serde"], (kind, data)), expiry)
                for key, (kind, data, expiry) in entries.items()
            }
            for space, entries in held["_cache"].items()
        }
    except _LossyBlob as problem:
        return str(problem)
    return plans.node_of(InMemoryCache, {"_cache": kept}, is_whole=False)


def _trouble_with(held: Mapping[str, Any], attributes: set[str]) -> str | None:
    serde = held.get("serde")
    if type(serde) is not JsonPlusSerializer or _settings(serde) != _settings(JsonPlusSerializer()):
        return "its serializer is not the default one, and serializers are never saved"
    if held.keys() != attributes:
        return "it holds attributes that its class does not give it"
    return None


def _settings(serde: Any) -> dict[str, Any]:
    """Returns what a serializer was told, by its attributes, whatever a release has of them."""
    # The function is made anew for each serializer, of the settings beside it.
    return {name: value for name, value in vars(serde).items() if name != "_unpack_ext_hook"}


def _content_of(serde: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    storage = {
        thread: {
            space: {key: _checkpoint(serde, entry) for key, entry in entries.items()}
            for space, entries in spaces.items()
        }
        for thread, spaces in held["storage"].items()
    }
    writes = {
        key: {
            place: (task, channel, _value(serde, blob), path)
            for place, (task, channel, blob, path) in kept.items()
        }
        for key, kept in held["writes"].items()
    }
    blobs = {
        key: () if blob[0] == EMPTY[0] else (_value(serde, blob),)
        for key, blob in held["blobs"].items()
    }
    return {"storage": storage, "writes": writes, "blobs": blobs}


class _LossyBlob(Exception):  # noqa: N818 - a reason to refuse, not an error of its own
    """A blob that the default serializer does not make again from its value."""


def _checkpoint(serde: Any, entry: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    checkpoint, metadata, parent = entry
    return _value(serde, checkpoint), _value(serde, metadata), parent


def _value(serde: Any, blob: tuple[str, bytes]) -> Any:
    """Returns what a blob holds, where encoding it anew gives the blob again."""
    value = serde.loads_typed(blob)
    kind, again = JsonPlusSerializer().dumps_typed(value)
    # The elements of a set come in another order from time to time, and as the same bytes.
    if kind != blob[0] or (again != blob[1] and sorted(again) != sorted(blob[1])):
        shown = type(value).__qualname__
        raise _LossyBlob(f"its serializer does not give a `{shown}` in a checkpoint back unchanged")
    return value


Encode = Callable[[object], tuple[str, bytes]]


def _build(
    cls: Any,
    name: str,
    fill: Callable[[Any, dict[str, Any], Encode], None],
    parts: dict[str, Any],
    has_secret: bool,
) -> object:
    made = cls(serde=JsonPlusSerializer())
    try:
        if parts.keys() != {"dict"}:
            raise ValueError("it has not just attributes")
        fill(made, parts["dict"], functools.partial(_blob, name, made.serde))
    except PersistError:
        raise
    except Exception as error:
        raise _invalid(name, f"{type(error).__name__}: {error}") from error
    return made


def _check_maps(value: object, depth: int) -> None:
    """Refuses anything but a dict of dicts, so deep, with tuples in them: any other may call."""
    if type(value) is not (dict if depth else tuple):
        raise ValueError("what it holds is no dict of dicts")
    if type(value) is dict:
        for inner in value.values():
            _check_maps(inner, depth - 1)


def _fill_saver(saver: InMemorySaver, content: dict[str, Any], encode: Encode) -> None:
    if content.keys() != set(SAVED):
        raise ValueError("it has not just storage, writes and blobs")
    for name, depth in (("storage", 3), ("writes", 2), ("blobs", 1)):
        _check_maps(content[name], depth)
    for thread, spaces in content["storage"].items():
        # Looked at with `[]`, as the saver does, so that each level is made by its own factory.
        levels = saver.storage[thread]
        for space, entries in spaces.items():
            kept = levels[space]
            for key, (checkpoint, metadata, parent) in entries.items():
                kept[key] = (encode(checkpoint), encode(metadata), parent)
    for (thread, space, key), writes in content["writes"].items():
        places = saver.writes[thread, space, key]
        for (task, index), (task_id, channel, value, path) in writes.items():
            places[task, index] = (task_id, channel, encode(value), path)
    for (thread, space, channel, version), held in content["blobs"].items():
        blob = EMPTY if held == () else encode(*held)
        saver.blobs[thread, space, channel, version] = blob


def _fill_cache(cache: InMemoryCache[Any], content: dict[str, Any], encode: Encode) -> None:
    if content.keys() != {"_cache"}:
        raise ValueError("it has not just a cache")
    _check_maps(content["_cache"], 2)
    for space, entries in content["_cache"].items():
        kept = cache._cache.setdefault(space, {})
        for key, (value, expiry) in entries.items():
            kept[key] = (*encode(value), expiry)


def _blob(name: str, serde: Any, value: object) -> tuple[str, bytes]:
    trouble = _contents.trouble_with(value)
    if trouble is not None:
        raise _invalid(name, trouble)
    kind, data = serde.dumps_typed(value)
    return kind, data


def _invalid(name: str, reason: str) -> PersistError:
    return problems.rebuild("invalid_state", f"the state of `{name}` is not valid: {reason}")
