"""The versions that programs give their own classes, and what brings older state up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from persist.exceptions import ConfigurationError
from persist.state import names
from persist.state.record import Record

__all__ = ["Registration", "Upgrade", "of", "register"]

Upgrade = Callable[[dict[str, Any], int], dict[str, Any]]
"""`upgrade(state, version)`: the attributes as that version had them, to those of today."""


class Registration(Record):
    """What a program says of one class."""

    version: int
    upgrade: Upgrade | None


_KNOWN: dict[str, Registration] = {}
# One assignment to a dict needs no lock, which a fork could leave taken.


def register(cls: object, version: object, upgrade: object) -> None:
    """Notes a class's version; what was said of the same name before no longer holds.

    Raises:
        ConfigurationError: `bad_argument`.
    """
    if not isinstance(cls, type):
        raise _bad("cls", f"must be a class, not `{type(cls).__qualname__}`")
    name = names.name_of(cls)
    if name is None:
        raise _bad("cls", f"is `{cls.__qualname__}`, which no name leads to")
    if type(version) is not int or version < 1:
        raise _bad("version", "must be an integer from 1 on")
    if upgrade is not None and not callable(upgrade):
        raise _bad("upgrade", f"must be callable, not `{type(upgrade).__qualname__}`")
    _KNOWN[name] = Registration(version, upgrade)


def of(name: str) -> Registration | None:
    """Returns what was said of a class, None where nothing was."""
    return _KNOWN.get(name)


def _bad(argument: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"bad argument `{argument}`: {reason}", kind="bad_argument")
