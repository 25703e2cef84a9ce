"""What the hash of an object is made of, where its class leaves no doubt."""

from __future__ import annotations

import datetime
import functools
from types import CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

__all__ = ["add_made_texts", "add_slow", "is_made_text", "names_of", "times_slower"]

MAX_NAMES = 64
"""A hash of more attributes than this is not looked into."""

_MADE_TEXTS: set[type] = {datetime.timezone}
"""Classes of whose instances a text is made each time they are hashed, or what has them is."""

_SLOW: set[type] = set()
"""Classes whose code makes several things each time that it hashes an instance."""

TIMES_SLOWER = 16

_STARRED = 0x0C
"""Flags of code that takes any arguments."""


def add_made_texts(*classes: type) -> None:
    """Says that the hash of an instance of these takes the time that its text takes."""
    _MADE_TEXTS.update(classes)


def is_made_text(cls: type) -> bool:
    """Returns whether the hash of an instance, or of what has it, takes the time of its text."""
    return not _MADE_TEXTS.isdisjoint(cls.__mro__)


def add_slow(*classes: type) -> None:
    """Says that hashing an instance of these takes many times longer than code in Python does."""
    _SLOW.update(classes)


def times_slower(cls: type) -> int:
    """Returns how many times longer than other code in Python that of a class takes to hash."""
    return 1 if _SLOW.isdisjoint(cls.__mro__) else TIMES_SLOWER


def names_of(cls: type) -> list[str] | None:
    """Returns the attributes that an instance's hash reads and no more, None where that is unknown.

    It is known of `return hash(self.a)` and `return hash((self.a, self.b))`, as dataclasses have it
    too, where the attributes are plain ones: those beside them may lead anywhere, also back here.
    """
    function: Any = cls.__hash__
    if type(function) is not FunctionType or not _reads_plainly(cls):
        return None
    names = function.__code__.co_names
    if names[:1] != ("hash",) or "hash" in function.__globals__ or len(names) > MAX_NAMES:
        return None
    attributes = list(names[1:])
    forms = _forms(len(attributes))
    if _likeness(function.__code__) not in forms or not all(
        _is_plain(cls, it) for it in attributes
    ):
        return None
    return attributes


@functools.cache
def _forms(count: int) -> list[tuple[Any, ...]]:
    """Returns the code of hashes of so many attributes, without their names."""
    read = [f"self.a{at}" for at in range(count)]
    texts = [f"hash(({', '.join(read)},))"] if read else []
    texts += [f"hash({read[0]})"] if count == 1 else []
    return [_likeness(compile(f"lambda self: {text}", "", "eval").co_consts[0]) for text in texts]


def _likeness(code: CodeType) -> tuple[Any, ...]:
    outer = (code.co_freevars, code.co_cellvars, code.co_argcount, code.co_kwonlyargcount)
    return code.co_code, code.co_flags & _STARRED, len(code.co_names), outer


def _reads_plainly(cls: type) -> bool:
    """Returns whether instances are asked for attributes in the way of `object`."""
    asked: Any = cls.__getattribute__
    return asked is object.__getattribute__ and not hasattr(cls, "__getattr__")


def _is_plain(cls: type, name: str) -> bool:
    found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    if type(found) is GetSetDescriptorType:
        return False
    return type(found) is MemberDescriptorType or not hasattr(type(found), "__get__")
