"""LangGraph's saver and cache in memory: what is in their blobs, never the blobs themselves.

Both keep each value as the bytes that its serializer made. As bytes they would be opaque in a
snapshot, and a changed one makes LangGraph's own loader import and call what it names. So a save
decodes them with the live serializer and writes the values as nodes, and a restore encodes what
was built from these with a fresh serializer. Of that only the names of the classes are kept which
it gives back, where it does not give back any.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from persist.adapters import _contents, _extended
from persist.exceptions import PersistError
from persist.state import asked, fingerprints, plans, problems
from persist.state.plans import Pieces, Plan
from persist.state.record import Record

__all__ = ["EXTENSIBLE", "builder_of", "plan_for"]

EXTENSIBLE = (False,)

EMPTY = ("empty", b"")
"""The blob that stands for no value: one for all, as in LangGraph."""

SERDE = "serde"
"""The part of a node that names what its serializer gives back."""

SHARED = "it keeps its values where another does, as the one that a strict graph is compiled with"
"""A restore would give each its own."""

ALLOWED = "_allowed_msgpack_modules"
"""Where LangGraph's serializer keeps that: releases before 4 do not."""

SAVED = ("storage", "writes", "blobs")
"""What a node of a saver has; a saver also has a serializer and a stack of open contexts."""


Encode = Callable[[object], tuple[str, bytes]]


class Kept(Record):
    """How one of the two classes keeps values."""

    cls: Any
    attributes: frozenset[str]
    """What every instance has."""
    trouble_with: Callable[[Mapping[str, Any]], str | None]
    take: Callable[[Any, Mapping[str, Any]], dict[str, Any]]
    """Returns the values, of the serializer and what the instance holds."""
    parts: tuple[str, ...]
    fill: Callable[[Any, Mapping[str, Any], Encode], None]


def plan_for(cls: type) -> Plan:
    """Returns the plan of the saver or the cache, or of a class that extends one."""
    kept = _kept_of(cls)
    trouble = _extended.trouble_of(cls, kept.cls)
    if trouble is not None:
        return plans.refused(cls, trouble)
    describe = functools.partial(_describe, kept, plans.forbidden_names(cls, set()))
    record = fingerprints.record_of(cls)
    return plans.described(cls, describe, has_dict=True, record=record)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a saver or a cache from the parts of its node."""
    return functools.partial(_build, _kept_of(plan.class_), plan)


def _kept_of(cls: type) -> Kept:
    return next(kept for kept in (SAVER, CACHE) if issubclass(cls, kept.cls))


def _describe(
    kept: Kept, forbidden: frozenset[str], value: Any, context: str, session: Any
) -> Pieces | str:
    cls, held = type(value), vars(value)
    own = {name: it for name, it in held.items() if name not in kept.attributes}
    serde = held.get("serde")
    if type(serde) is not JsonPlusSerializer or _settings(serde) != _settings(JsonPlusSerializer()):
        return "its serializer is not the default one, and serializers are never saved"
    allowed = _allowed_by(serde)
    if allowed is None:
        return "its serializer allows what it does not name by texts"
    if kept.attributes - held.keys() or (own and cls is kept.cls):
        return "it holds attributes that its class does not give it"
    trouble = kept.trouble_with(held) or asked.trouble_of(value, forbidden)
    if trouble is None and not own.keys().isdisjoint(kept.parts):
        trouble = f"it holds an attribute `{min(own.keys() & {*kept.parts})}` that is none"
    if trouble is not None:
        return trouble
    if session.proxies.setdefault(("checkpoints", id(held[kept.parts[0]])), value) is not value:
        return SHARED
    try:
        content = allowed | kept.take(_LAX, held) | own
        return plans.node_of(cls, content, is_whole=cls is not kept.cls)
    except _LossyBlob as problem:
        return str(problem)


def _trouble_with_saver(held: Mapping[str, Any]) -> str | None:
    # A restore fills those that a new one has: they make what they lack, a plain dict does not.
    usual = _usual()
    if any(type(held[name]) is not usual[name] for name in SAVED):
        return "it keeps its checkpoints in a store of its own"
    if type(held["stack"]) is not contextlib.ExitStack or vars(held["stack"])["_exit_callbacks"]:
        return "it is open as a context manager"
    return None


@functools.cache
def _usual() -> Mapping[str, type]:
    """Returns what a new saver keeps its checkpoints in."""
    return {name: type(it) for name, it in vars(InMemorySaver()).items()}


def _cached(serde: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        space: {
            key: (_value(serde, (kind, data)), expiry)
            for key, (kind, data, expiry) in entries.items()
        }
        for space, entries in held["_cache"].items()
    }
    return {"_cache": kept}


_LAX: Any = JsonPlusSerializer()
if hasattr(_LAX, ALLOWED):
    _LAX = JsonPlusSerializer(allowed_msgpack_modules=True)


def _settings(serde: Any) -> dict[str, Any]:
    """Returns what a serializer was told, by its attributes, whatever a release has of them."""
    # The function is made anew for each serializer, of the settings beside it.
    others = ("_unpack_ext_hook", ALLOWED)
    return {name: value for name, value in vars(serde).items() if name not in others}


def _allowed_by(serde: Any) -> dict[str, list[list[str]]] | None:
    """Returns the classes that a serializer gives back, as a part of the node, or None.

    Nothing where it gives back any. Otherwise their names, beside those that LangGraph always
    gives back: `LANGGRAPH_STRICT_MSGPACK` has graphs compiled so.
    """
    allowed: Any = getattr(serde, ALLOWED, True)
    if allowed is True:
        return {}
    names = [] if allowed is None else list(allowed)
    if not all(type(it) is tuple and all(type(part) is str for part in it) for it in names):
        return None
    return {SERDE: [list(name) for name in sorted(names)]}


def _serializer(parts: Mapping[str, Any]) -> Any:
    """Returns a serializer that gives back these classes, or any, whatever the process is told."""
    if not hasattr(_LAX, ALLOWED):
        return JsonPlusSerializer()
    if SERDE not in parts:
        return JsonPlusSerializer(allowed_msgpack_modules=True)
    names = parts[SERDE]
    is_listed = type(names) is list and all(type(it) is list for it in names)
    if not is_listed or any(type(part) is not str for name in names for part in name):
        raise ValueError("the classes that its serializer gives back are no names")
    return JsonPlusSerializer(allowed_msgpack_modules=[tuple(name) for name in names])


def _saved(serde: Any, held: Mapping[str, Any]) -> dict[str, Any]:
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


def _build(kept: Kept, plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    cls: Any = plan.class_
    # The constructor of a program's class does not run, as that of any class whose state is set.
    made = cls.__new__(cls)
    try:
        if parts.keys() != {"dict"}:
            raise ValueError("it has not just attributes")
        kept.cls.__init__(made, serde=_serializer(parts["dict"]))
        held = {name: it for name, it in parts["dict"].items() if name != SERDE}
        content = {name: it for name, it in held.items() if name in kept.parts}
        own = {name: it for name, it in held.items() if name not in kept.parts}
        if len(content) != len(kept.parts) or (own and cls is kept.cls):
            raise ValueError(f"it has not just {' and '.join(kept.parts)}")
        if not kept.attributes.isdisjoint(own):
            raise ValueError("it has what its class makes itself")
        kept.fill(made, content, functools.partial(_blob, plan.name, made.serde))
        vars(made).update(own)
        trouble = asked.trouble_of(made, plans.forbidden_names(cls, set()))
        if trouble is not None:
            raise ValueError(trouble)
    except PersistError:
        raise
    except Exception as error:
        raise _invalid(plan.name, f"{type(error).__name__}: {error}") from error
    return made


def _check_maps(value: object, depth: int) -> None:
    """Refuses anything but a dict of dicts, so deep, with tuples in them: any other may call."""
    if type(value) is not (dict if depth else tuple):
        raise ValueError("what it holds is no dict of dicts")
    if type(value) is dict:
        for inner in value.values():
            _check_maps(inner, depth - 1)


def _fill_saver(saver: InMemorySaver, content: Mapping[str, Any], encode: Encode) -> None:
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


def _fill_cache(cache: InMemoryCache[Any], content: Mapping[str, Any], encode: Encode) -> None:
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


SAVER = Kept(
    InMemorySaver,
    frozenset({"serde", "stack", *SAVED}),
    _trouble_with_saver,
    _saved,
    SAVED,
    _fill_saver,
)
CACHE = Kept(
    InMemoryCache,
    frozenset({"serde", "_cache", "_lock"}),
    lambda held: None,
    _cached,
    ("_cache",),
    _fill_cache,
)
