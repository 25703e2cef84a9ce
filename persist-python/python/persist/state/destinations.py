"""Where what is told a secret would send it: the addresses among its attributes and arguments."""

from __future__ import annotations

import collections
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from persist import _native
from persist.state import effort
from persist.state.record import Record
from persist.state.text import plain, text_of

__all__ = ["Address", "addresses", "is_endpoint"]

ENDPOINT_FIELDS = (
    "api_base",
    "azure_endpoint",
    "base_url",
    "endpoint",
    "endpoint_url",
    "host",
    "proxy",
    "url",
)
"""Attributes that say where an object sends things, in classes that no table lists."""


# Compiled by the first that asks: a save without secrets does not wait for that.
_ENDS = (
    r"(^|_)(?i:(base|endpoint|host(name)?|server|ur[il])s?|prox(y|ies))$"
    r"|[a-z]((Base|Endpoint|Host(name)?|Server|Ur[il])s?|Prox(y|ies))$"
)


def is_endpoint(name: str) -> bool:
    """Returns whether an attribute of this name says where an object sends things."""
    return name.endswith(ENDPOINT_FIELDS) or re.search(_ENDS, name) is not None


MOST_PARTS = 200
"""Parts of a map or list of addresses that are shown, and may be compared."""

WORD_BITS = 64

LEAST_HOST = 10_000_000
"""Clients take a number for a host, too; below this one are no hosts that anybody reaches."""

_NUMBER = r"0[xX][0-9a-fA-F]{7,}|[0-9]{8,}"

MOST_LOOKED_AT = 1 << 20
"""Things in containers of addresses that are looked at in one reading or writing."""

TEXTS = (str, bytes, bytearray, collections.UserString)

CONTAINERS = (list, tuple, set, frozenset, collections.deque, collections.UserList)

UNSHOWN = "\\"
"""Stands for what is no address, nor a few of them: it is equal to none."""


class Address(Record):
    """Where an object sends what it sends, where that is not its class's own default.

    Attributes:
        parts: The texts in it: of a map or a list all that lie in it, else the address itself.
    """

    field: str
    text: str
    parts: tuple[str, ...]

    def plain(self) -> str | None:
        """Returns it as all clients read it, None where two might read different hosts in it."""
        is_plain = all(plain(it) is not None for it in self.parts)
        return plain(self.text) if is_plain else None


def addresses(cls: type, held: Mapping[str, object], fields: Iterable[str]) -> Iterator[Address]:
    """Yields the addresses that attributes of an object give, in these fields or the usual ones.

    `field=address` is a field whose usual address is not its declared default, `field.key` a key
    of a map, and `field://` counts only where it holds an address with a scheme. The entries of a
    map of arguments count as attributes: what is told a key there is told an address, too.
    """
    yield from _in_attributes(cls, held, fields)
    for arguments in _arguments_in(held):
        yield from _in_attributes(object, arguments, ())


def _arguments_in(held: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Yields the maps of arguments that attributes hold, and those in them, each once."""
    seen: set[int] = set()
    waiting: list[Mapping[str, Any]] = [held]
    while waiting:
        for name, value in waiting.pop().items():
            if type(name) is not str or dict not in type(value).__mro__ or id(value) in seen:
                continue
            if _native.is_arguments(name):
                seen.add(id(value))
                # What extends `dict` may have a way of its own to be gone through.
                arguments = dict(dict.items(value))
                waiting.append(arguments)
                yield arguments


def _in_attributes(
    cls: type, held: Mapping[str, object], fields: Iterable[str]
) -> Iterator[Address]:
    listed = [field.partition("=") for field in fields]
    usual = {field: address for field, _, address in listed}
    named = (it for it in held if type(it) is str and is_endpoint(it) and _is_address(held[it]))
    for field in dict.fromkeys((*usual, *ENDPOINT_FIELDS, *named)):
        name, _, key = field.removesuffix("://").partition(".")
        value = held.get(name)
        if key:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            continue
        if not _is_shown(value):
            yield Address(field.removesuffix("://"), UNSHOWN, (UNSHOWN,))
        elif field.endswith("://") and "://" not in text_of(value):
            continue
        elif key or value not in (_default_of(cls, name), usual.get(field) or None):
            parts = tuple(_texts_in(value))
            yield Address(field.removesuffix("://"), text_of(value), parts)
    # Of what the tables list all fields were looked at: what lies in any other is data.
    for name, value in () if usual else held.items():
        is_known = type(name) is not str or name in ENDPOINT_FIELDS
        if not (is_known or _is_address(value)) and is_endpoint(name):
            yield from (Address(name, text, (text,)) for text in _told_in(value))


def _told_in(value: object) -> Iterator[str]:
    """Yields the addresses in a container of the program's own, each by itself."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, (Mapping, *CONTAINERS)) and id(held) not in seen:
            seen.add(id(held))
            inner = [*(held.values() if isinstance(held, Mapping) else held)]
            if effort.is_overspent("addresses", len(inner), MOST_LOOKED_AT):
                yield UNSHOWN
                return
            if len(inner) == 2 and _is_place(inner[0]) and type(inner[1]) is int:
                yield f"{text_of(inner[0])}:{inner[1]}"
            else:
                waiting += inner
        elif held is not value and _is_place(held):
            yield text_of(held)


def _is_place(value: object) -> bool:
    """Returns whether something in a container is an address: no text with spaces is."""
    return _is_address(value) and not any(map(str.isspace, text_of(value)))


def _is_shown(value: object) -> bool:
    """Returns whether a text can be made of an address, or of a map or list of few.

    A file may have put anything there, and nothing has looked at it yet.
    """
    waiting = [value]
    for _ in range(MOST_PARTS):
        if not waiting:
            return True
        held = waiting.pop()
        if isinstance(held, Mapping):
            waiting += [*held, *held.values()]
        elif isinstance(held, list | tuple | set | frozenset):
            waiting += held
        elif isinstance(held, int):
            if held.bit_length() > WORD_BITS:
                return False
        elif held is not None and not isinstance(held, float) and not _is_address_like(held):
            return False
    return False


def _texts_in(value: object) -> Iterator[str]:
    """Yields an address, or the texts in a map or a list of such."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if not isinstance(held, Mapping | list | tuple | set | frozenset):
            if held is value or isinstance(held, str | bytes):
                yield text_of(held)
        elif id(held) not in seen:
            seen.add(id(held))
            waiting.extend(held.values() if isinstance(held, Mapping) else held)


def _is_address(value: object) -> bool:
    """Returns whether a value is an address, and not a word or a thing by a name like that."""
    if isinstance(value, TEXTS):
        text = text_of(value)
        return any(mark in text for mark in ".:/") or re.fullmatch(_NUMBER, text) is not None
    if type(value) is int:
        return value >= LEAST_HOST and value.bit_length() <= WORD_BITS
    return _is_address_like(value)


def _is_address_like(value: object) -> bool:
    """Returns whether a value is of a class of texts or addresses; none that a text has made is."""
    of = type(value)
    if isinstance(value, TEXTS):
        return True
    is_named = of.__module__ in ("ipaddress", "urllib.parse")
    is_named = is_named or of.__name__.lower().endswith(("url", "dsn"))
    return is_named and getattr(sys.modules.get(of.__module__), of.__name__, None) is of


def _default_of(cls: type, field: str) -> object:
    """Returns the default a class declares for an attribute, None where it declares none."""
    for table in ("model_fields", "__dataclass_fields__"):
        fields = getattr(cls, table, None)
        if isinstance(fields, Mapping) and field in fields:
            return getattr(fields[field], "default", None)
    return vars(cls).get(field)
