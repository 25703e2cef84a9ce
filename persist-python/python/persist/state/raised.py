"""Exceptions: taken apart and filled without their `__init__`, whose signature may be any.

What an exception type keeps in C is read and set through the descriptors of the builtin type. The
traceback is left out: frames cannot be carried.
"""

from __future__ import annotations

from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from persist.state import asked, names
from persist.state.held import has_dict, held_slots
from persist.state.text import quote

__all__ = ["describe", "fill", "members_of", "native_of"]

_HEAP_TYPE = 1 << 9

CHAIN = {"cause": "__cause__", "context": "__context__"}

NOT_MEMBERS = {"args", "__cause__", "__context__", "__suppress_context__", "__traceback__"}
NOT_MEMBERS |= {"__dict__", "message", "exceptions"}

TEXTS: dict[type, type] = {UnicodeDecodeError: bytes, UnicodeEncodeError: str}
TEXTS |= {UnicodeTranslateError: str}
"""What the `object` of these is. `str(error)` indexes it in C, unchecked."""

_UNSET = object()


def native_of(cls: type) -> type:
    """Returns the builtin exception type that a class is, or extends."""
    return next(base for base in cls.__mro__ if not base.__flags__ & _HEAP_TYPE)


def members_of(native: type) -> list[str]:
    """Returns the members that a node of such an exception may have."""
    is_group = issubclass(native, BaseExceptionGroup)
    return ["args", "members", "cause", "context", "suppress"] + ["new"] * is_group


def describe(forbidden: frozenset[str], value: BaseException, context: str, session: Any) -> Any:
    """Returns the node of an exception, or why there is none."""
    trouble = asked.trouble_of(value, forbidden)
    if trouble is not None:
        return trouble
    cls, native = type(value), native_of(type(value))
    head = f'{{"lc":"object","id":{quote(names.name_of(cls) or "")}'
    made: list[Any] = []
    if isinstance(value, BaseExceptionGroup):
        # Each by itself: a list of its own would still be empty where a mention within needs it.
        inner = _told("exceptions", value.exceptions, session)
        made = [',"new":[', (".message", value.message), ",", *inner, "]"]
    rest: list[Any] = [',"args":', *_told("args", _get(value, "args"), session)]
    if has_dict(cls) and vars(value):
        rest += [',"dict":', vars(value)]
    slots = held_slots(value)
    if slots:
        rest += [',"slots":', slots]
    members = _members(native, value)
    if members:
        trouble = _trouble(native, members)
        if trouble:
            return trouble
        rest += [',"members":', members]
    for key, name in CHAIN.items():
        if _get(value, name) is not None:
            rest += [f',"{key}":', (f".{name}", _get(value, name))]
    if _get(value, "__suppress_context__"):
        rest.append(',"suppress":true')
    return head, made, [*rest, "}"]


def fill(native: type, value: BaseException, parts: dict[str, Any]) -> None:
    """Gives an exception what its node has beside attributes and slots."""
    arguments: Any = parts.get("args")
    if type(arguments) not in (list, tuple):
        raise ValueError("an exception has no array of arguments")
    # What is a tuple stays that very tuple.
    _set(value, "args", tuple(arguments))
    members = parts.get("members", {})
    known = _descriptors(native)
    if type(members) is not dict or not members.keys() <= known.keys():
        raise ValueError("an exception has members that its class does not have")
    trouble = members and _trouble(native, members)
    if trouble:
        raise ValueError(trouble)
    for name, member in members.items():
        known[name].__set__(value, member)
    for key, name in CHAIN.items():
        if key in parts:
            _set(value, name, parts[key])
    suppress = parts.get("suppress", False)
    if type(suppress) is not bool:
        raise ValueError("whether an exception shows its context is no boolean")
    _set(value, "__suppress_context__", suppress)


def _told(name: str, values: tuple[object, ...], session: Any) -> list[Any]:
    """Returns a tuple as an array, or as itself where it is also met elsewhere."""
    if values and session.writes(values):
        return [(f".{name}", values)]
    pieces: list[Any] = ["["]
    for at, value in enumerate(values):
        pieces += [","] * (at > 0)
        pieces.append((f".{name}[{at}]", value))
    return [*pieces, "]"]


def _get(value: BaseException, name: str) -> Any:
    return vars(BaseException)[name].__get__(value)


def _set(value: BaseException, name: str, member: object) -> None:
    vars(BaseException)[name].__set__(value, member)


def _descriptors(native: type) -> dict[str, Any]:
    return {
        name: found
        for base in reversed(native.__mro__)
        if base is not object
        for name, found in vars(base).items()
        if isinstance(found, MemberDescriptorType | GetSetDescriptorType)
        and name not in NOT_MEMBERS
    }


def _members(native: Any, value: BaseException) -> dict[str, object]:
    """Returns what an exception keeps in C, where a bare one keeps something else."""
    if issubclass(native, BaseExceptionGroup):
        return {}
    bare = native.__new__(native)
    members = {}
    for name, descriptor in _descriptors(native).items():
        found = _held(descriptor, value)
        if found is not _UNSET and found is not _held(descriptor, bare):
            members[name] = found
    return members


def _held(descriptor: Any, value: BaseException) -> object:
    try:
        return descriptor.__get__(value)
    except (AttributeError, TypeError):
        return _UNSET


def _trouble(native: type, members: dict[str, object]) -> str | None:
    """Returns why an error of Unicode cannot have these members, or None."""
    text = next((TEXTS[base] for base in native.__mro__ if base in TEXTS), None)
    if text is None:
        return None
    places = [members.get("start", 0), members.get("end", 0)]
    are_places = all(type(place) is int and place >= 0 for place in places)
    names = [members[name] for name in ("encoding", "reason") if name in members]
    if type(members.get("object")) is text and are_places and all(type(n) is str for n in names):
        return None
    return "it is an error of Unicode whose parts do not fit together"
