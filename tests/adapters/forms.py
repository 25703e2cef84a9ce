"""A program's own attrs classes and older pydantic models, and states made of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import attrs
import pydantic.v1
from pydantic.dataclasses import dataclass

RAN: list[str] = []
"""What a converter or validator was called with."""


def note(value: Any) -> Any:
    RAN.append(repr(value))
    return value


@attrs.define
class Slim:
    one: Any = attrs.field(converter=note)
    two: Any = None


@attrs.frozen
class Fixed:
    one: Any
    two: Any = attrs.field(default=2, validator=lambda self, field, value: note(value))


@attrs.define(slots=False)
class Loose:
    one: Any


@attrs.define(eq=False)
class Linked:
    link: Any = None


@attrs.define
class Cached:
    one: int

    @functools.cached_property
    def squares(self) -> list[int]:
        return [self.one**2]


class Older(pydantic.v1.BaseModel):
    one: int
    two: Any = None
    _hidden: Any = pydantic.v1.PrivateAttr(default=3)

    class Config:
        extra = "allow"


@dataclass(frozen=True)
class Checked:
    one: int


def linked() -> Any:
    first = Linked()
    first.link = [first]
    return first


def older() -> Any:
    held = Older(one=1, extra=[2])
    held._hidden = [held.extra]
    return [held, Older(one=2, two=None), Older.construct(one="none")]


STATES: dict[str, Callable[[], Any]] = {
    "slots": lambda: [Slim([1]), Slim(1, 2)],
    "frozen": lambda: {Fixed(1): "key", Fixed((2,), 3): Fixed([1])},
    "dict": lambda: Loose({"a": 1}),
    "cycle": linked,
    "cached": lambda: [Cached(4)],
    "older models": older,
    "checked dataclass": lambda: Checked(1),
}
