"""Exceptions: taken apart and filled without their `__init__`, whose signature may be any.

What an exception type keeps in C is read and set through the descriptors of the builtin type. The
traceback is left out: frames cannot be carried.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from persist.state import asked, declared, names, plans, problems, weight
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

SLACK, SLACK_OF_LINES = 1_000, 10_000
"""Characters after its text at which an error of syntax may end, in its line and in a later one."""

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
    rest += _lacking(value)
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


def _lacking(value: BaseException) -> list[Any]:
    """Returns what says which declared fields an exception lacks, and what it shows there."""
    if not declared.fields_of(type(value)):
        return []
    from persist.state import shown

    missing = shown.lacking(value)
    found = shown.shown_by(type(value), missing)
    said = [f',"missing":[{",".join(map(quote, missing))}]'] if missing else []
    return [*said, ',"shown":', found] if found else said


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
    _check_import(members)
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
    """Returns why an exception cannot have these members, or None.

    What shows an exception takes them for what the interpreter itself has put there.
    """
    found = next((JUDGES[base] for base in native.__mro__ if base in JUDGES), None)
    return None if found is None else found(native, members)


def _trouble_of_unicode(native: type, members: dict[str, object]) -> str | None:
    text = next(TEXTS[base] for base in native.__mro__ if base in TEXTS)
    places = [members.get("start", 0), members.get("end", 0)]
    are_places = all(type(place) is int and place >= 0 for place in places)
    names = [members[name] for name in ("encoding", "reason") if name in members]
    if type(members.get("object")) is text and are_places and all(type(n) is str for n in names):
        return None
    return "it is an error of Unicode whose parts do not fit together"


def _trouble_of_syntax(native: type, members: dict[str, object]) -> str | None:
    """Looks for a place outside the text: a mark of that length is drawn under the text."""
    text, line = members.get("text"), members.get("lineno")
    numbers: list[Any] = [
        members.get(name) for name in ("lineno", "end_lineno", "offset", "end_offset")
    ]
    if not isinstance(text, str | None) or {*map(type, numbers)} - {int, type(None)}:
        return "it is an error of syntax whose text or place is none"
    # What ends in another line ends at a place in that one, and only the first line is told.
    slack = SLACK if numbers[1] in (None, line) else SLACK_OF_LINES
    places = [] if text is None else [place or 0 for place in numbers[2:]]
    if not all(-1 <= place <= len(text or "") + slack for place in places):
        return "it is an error of syntax at a place outside its text"
    is_shown = all(weight.is_soon_shown(members.get(name)) for name in ("filename", "msg"))
    return None if is_shown else "it is an error of syntax whose file or message is none"


def _trouble_of_name(native: type, members: dict[str, object]) -> str | None:
    """Looks for a name that is hashed, among those of modules, and may be anything."""
    is_name = type(members.get("name")) in plans.SCALARS
    return None if is_name else "it is an error of a name that is no text"


def _trouble_of_import(native: type, members: dict[str, object]) -> str | None:
    """Looks for a name that is no text where one was missing in a module."""
    if members.get("name_from") is None:
        return None
    are_names = all(type(members.get(name)) in (str, type(None)) for name in ("name", "name_from"))
    return None if are_names else "it is an error of an import whose names are no texts"


JUDGES: dict[type, Callable[[type, dict[str, object]], str | None]] = {
    UnicodeDecodeError: _trouble_of_unicode,
    UnicodeEncodeError: _trouble_of_unicode,
    UnicodeTranslateError: _trouble_of_unicode,
    SyntaxError: _trouble_of_syntax,
    NameError: _trouble_of_name,
    ImportError: _trouble_of_import,
}


def _check_import(members: dict[str, Any]) -> None:
    """Checks that the module which lacked a name is loaded: who shows the error imports it.

    The standard library does so to suggest another name, since Python 3.12.

    Raises:
        RebuildError: `missing_name`, it is not loaded.
    """
    module = members.get("name")
    if members.get("name_from") is None or module is None:
        return
    if not {module, module.partition(".")[0]} <= sys.modules.keys():
        raise problems.rebuild(
            "missing_name",
            f"an error says what the module `{module[:100]}` lacks, which is not loaded",
            "import that module before you restore",
        )
