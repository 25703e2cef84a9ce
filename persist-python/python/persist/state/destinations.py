"""Where what is told a secret would send it: the addresses among its attributes and arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from persist import _native
from persist.state import secrets
from persist.state.secrets import Address

__all__ = ["addresses"]


def addresses(cls: type, held: Mapping[str, object], fields: Iterable[str]) -> Iterator[Address]:
    """Yields the addresses that attributes of an object give, in these fields or the usual ones.

    The entries of a map of arguments count as attributes: what is told a key there is told an
    address, too.
    """
    yield from secrets.addresses(cls, held, fields)
    for arguments in _arguments_in(held):
        yield from secrets.addresses(object, arguments, ())


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
