"""Classes that hold keys, and classes that hold data: what the tests of secrets save."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, SecretStr


class Client:
    """A component: whatever is in no table and is not made to hold data."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Auth(Client):
    """What a client is given its key in."""


class Slotted:
    """A component whose attributes are slots."""

    __slots__ = ("api_key", "name")

    def __init__(self, api_key: str, name: str) -> None:
        self.api_key, self.name = api_key, name


class Hooked(Client):
    """A component that is given its state back by a hook of its own."""

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


class Named(str):
    """A text of a class of its own."""


@dataclass
class Settings:
    """Data by its kind, whatever its names."""

    api_key: str
    headers: dict[str, str] = field(default_factory=dict)


class Marked(BaseModel):
    """A model whose default is recorded in the metadata."""

    mark: str = "sk-0123456789"


class Reading(BaseModel):
    """Data by its kind."""

    password: str


class Vault(BaseModel):
    """Two fields that declare what they hold."""

    one: SecretStr
    other: SecretStr
