"""Members of enumerations: by name, combinations of flags by value and the names of their flags.

What the value of a member was stands beside the state: one that has another by now is told.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from persist.state import effort, fingerprints, library, problems, registered
from persist.state.text import quote

__all__ = ["describe", "find", "parts_of", "place_of"]

MAX_BITS, MAX_NEW = 128, 200
"""Of flags of the standard library: their length, and how many a text may have that are new."""

SHOWN = (int, float, bool, type(None))
"""Types of the values of members that the metadata show; of others they have a hash at most."""

HASHED = (*SHOWN, str, bytes)
"""Types whose values have a text that is the same in every process."""

_PLAIN = frozenset({complex, date, datetime, time, timedelta, Decimal})
"""Other types whose `repr` says all of a value that is in no time zone."""

MAX_PARTS = 10_000
"""Parts of one value that are hashed."""

_IS_SHOWN = re.compile(r"-?[0-9A-Za-z.+-]{1,40}")

NO_MEMBERS = "the enumeration `{}` has no members for the saved value"


def describe(
    class_name: str, member: enum.Enum, context: str, session: Any
) -> tuple[str, list[Any]] | str:
    """Returns the node of a member, or why there is none."""
    session.name(class_name, "class")
    rest = place_of(member)
    if rest is None:
        return f"it is not a member of `{class_name}`"
    if member._name_ is not None:
        told = session.members.setdefault(class_name, {})
        if member._name_ not in told:
            told[member._name_] = _told(member._value_)
    return f'{{"lc":"enum","id":{quote(class_name)}', rest


def place_of(member: enum.Enum) -> list[Any] | None:
    """Returns what a node says after the class, None of what is no member of it."""
    # A combination of flags that has no name of its own has None here.
    key: str | None = member._name_
    if key is not None and type(member).__members__.get(key) is member:
        return [f',"name":{quote(key)}}}']
    if not isinstance(member, enum.Flag):
        return None
    names = f',"names":[{",".join(map(quote, _flag_names(member)))}]}}'
    return [',"value":', (".value", member._value_), names]


def find(
    cls: type[enum.Enum], class_name: str, parts: Mapping[str, Any], record: object
) -> enum.Enum:
    """Returns the member that a node names.

    Args:
        record: What the metadata say of the class.

    Raises:
        RebuildError: `class_changed`, there is none, it has another value, or its flags mean
            something else by now; `invalid_state`, it is no value of flags.
    """
    if "name" not in parts:
        return _combination(cls, class_name, parts)
    name = problems.text_part(dict(parts), "enum", "name")
    member = cls.__members__.get(name)
    if member is None:
        raise problems.rebuild(
            "class_changed", f"the enumeration `{class_name}` has no member `{name}`"
        )
    if isinstance(record, dict):
        _check_value(class_name, name, member, record)
    return member


def _check_value(class_name: str, name: str, member: enum.Enum, record: Mapping[str, Any]) -> None:
    """Refuses a member whose value is another by now, where no version of the class says so."""
    told, now = record.get("members"), _told(member._value_)
    known = told.get(name) if type(told) is dict else None
    registration = registered.of(class_name)
    is_dated = registration is not None and registration.version != record.get("version", 1)
    if known is None or known == now or is_dated:
        return
    # What the file says is repeated only where it can be nothing but a number.
    shown = f" `{known}`" if type(known) is str and _IS_SHOWN.fullmatch(known) else ""
    raise problems.rebuild(
        "class_changed",
        f"the member `{name}` of the enumeration `{class_name}` has another value now than the"
        f"{shown or ' one'} that it had when the state was written",
        hint=f"{problems.OTHER_VERSION}; or, if the member of this name is still what is meant,"
        " give the enumeration another version: persist.register(cls, version=2)",
    )


def _told(value: Any) -> str | None:
    """Returns what the metadata say of a value: of a text a hash alone, for it may be anything."""
    if type(value) in SHOWN and not (type(value) is int and value.bit_length() > MAX_BITS):
        return repr(value)
    shown = parts_of(value if type(value) is tuple else [value])
    return None if shown is None else f"{type(value).__name__} {fingerprints.digest(shown)}"


def parts_of(values: Iterable[Any]) -> list[str] | None:
    """Returns texts of values that are the same in every process, None where one has no such."""
    shown: list[str] = []
    waiting = [*values][::-1]
    while waiting:
        value = waiting.pop()
        if type(value) in HASHED:
            shown.append(hex(value) if type(value) is int else repr(value))
        elif type(value) in (list, tuple, dict):
            shown.append(f"{type(value).__name__} of {len(value)}")
            inner = [*value, *value.values()] if type(value) is dict else [*value]
            waiting += inner[::-1]
        elif type(value) in _PLAIN and getattr(value, "tzinfo", None) is None:
            shown.append(f"{type(value).__name__} {value!r}")
        else:
            return None
        if len(shown) + len(waiting) > MAX_PARTS:
            return None
    return shown


def _combination(cls: type[enum.Enum], class_name: str, parts: Mapping[str, Any]) -> enum.Flag:
    if not issubclass(cls, enum.Flag) or type(parts["value"]) is not int:
        raise problems.rebuild("invalid_state", f"a member of `{class_name}` has no such value")
    gone = NO_MEMBERS.format(class_name) + _gone_from(cls, parts.get("names"))
    _check_flags(cls, class_name, parts["value"], gone)
    try:
        made = cls(parts["value"])
    except Exception as error:
        raise problems.rebuild("class_changed", gone) from error
    if _flag_names(made) != parts.get("names"):
        said = f"the flags of `{class_name}` mean something else by now"
        raise problems.rebuild("class_changed", said + _gone_from(cls, parts.get("names")))
    return made


def _gone_from(cls: type[enum.Enum], written: Any) -> str:
    """Returns which flags of a saved combination a class does not have any more, for an error."""
    told = written if type(written) is list else []
    gone = [name for name in told if type(name) is str and name not in cls.__members__]
    return f": it has no member `{gone[0]}` any more" if gone else ""


def _check_flags(cls: type[enum.Flag], class_name: str, value: int, gone: str) -> None:
    """Refuses flags that a class does not have, and too many new ones of a class of a library.

    A class keeps every combination that it was once asked for, as long as the process lasts.
    """
    is_kept = cls._boundary_ is enum.KEEP  # type: ignore[attr-defined]
    if not is_kept and value & ~cls._flag_mask_:  # type: ignore[attr-defined]
        raise problems.rebuild("class_changed", gone)
    if value in cls._value2member_map_ or not library.is_of_library(cls):
        return
    if value.bit_length() > MAX_BITS or effort.is_overspent("flags", 1, MAX_NEW):
        reason = f"it is one too many of the combinations of `{class_name}`"
        raise problems.rebuild("invalid_state", reason)


def _flag_names(member: enum.Flag) -> list[str]:
    """Returns the names of the single flags in a combination, in the order of the class.

    They tell whether its bits still mean what they did when it was written.
    """
    value: int = member._value_
    flags = [(name, flag._value_) for name, flag in type(member).__members__.items()]
    return [name for name, bit in flags if bit.bit_count() == 1 and value & bit]
