"""Pydantic models of a program that the tests save."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel, SecretBytes, SecretStr


class Person(BaseModel):
    age: int
    name: str | None = None
    tags: list[Any] = Field(default_factory=list)
    traits: dict[str, Any] = Field(default_factory=lambda: {"mood": 1})
    hidden: Any = Field(default=None, exclude=True)
    nick: int = Field(default=7, alias="nickName")
    _visits: int = PrivateAttr(default=3)
    _trail: list[Any] = PrivateAttr(default_factory=list)


class Child(Person):
    school: Any = None


class Loose(BaseModel):
    """Takes any field."""

    model_config = ConfigDict(extra="allow")

    known: Any = None


class Still(BaseModel):
    model_config = ConfigDict(frozen=True)

    value: Any


class Numbers(RootModel[list[int]]):
    pass


class Anything(RootModel[Any]):
    pass


class Area(BaseModel):
    side: Any = 2

    @functools.cached_property
    def squared(self) -> list[Any]:
        return [self.side * self.side]


class Vault(BaseModel):
    key: SecretStr
    blob: SecretBytes | None = None


class Renamed(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    inner: int = Field(default=0, validation_alias="outer", serialization_alias="shown")
