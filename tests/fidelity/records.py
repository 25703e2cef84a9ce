"""Pydantic models of a program, of every kind."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

import pydantic
import pydantic.v1
import pydantic.v1.generics
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    SecretBytes,
    SecretStr,
    computed_field,
    field_serializer,
    field_validator,
    model_validator,
)

Content = TypeVar("Content")


class Person(BaseModel):
    age: int
    name: str | None = None
    tags: list[Any] = Field(default_factory=list)
    hidden: Any = Field(default=None, exclude=True)
    nick: int = Field(default=7, alias="nickName")
    _visits: int = PrivateAttr(default=3)
    _trail: list[Any] = PrivateAttr(default_factory=list)


class Child(Person):
    school: Any = None


class Family(BaseModel):
    head: Person
    members: list[Person] = []
    by_name: dict[str, Person] = {}


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")

    known: Any = None


class Still(BaseModel):
    model_config = ConfigDict(frozen=True)

    value: Any


class Numbers(RootModel[list[int]]):
    pass


class Anything(RootModel[Any]):
    pass


class Box(BaseModel, Generic[Content]):
    content: Content


class Crate(Box[Content], Generic[Content]):
    weight: int = 0


class Cup(BaseModel):
    kind: Literal["cup"] = "cup"
    price: Decimal = Decimal("1.50")


class Plate(BaseModel):
    kind: Literal["plate"] = "plate"
    width: int = 20


class Shelf(BaseModel):
    things: list[Annotated[Cup | Plate, Field(discriminator="kind")]] = []


class Counted(BaseModel):
    """Its validators count and change: they must not run again."""

    runs: ClassVar[list[str]] = []
    text: str = ""
    total: int = 0

    @field_validator("text")
    @classmethod
    def _longer(cls, value: str) -> str:
        cls.runs.append(value)
        return value + "!"

    @model_validator(mode="after")
    def _add(self) -> Counted:
        self.__dict__["total"] += 1
        return self


class Area(BaseModel):
    side: Any = 2

    @functools.cached_property
    def squared(self) -> list[Any]:
        return [self.side * self.side]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def twice(self) -> int:
        return int(self.side) * 2


class Vault(BaseModel):
    key: SecretStr
    blob: SecretBytes | None = None


class Renamed(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    inner: int = Field(default=0, validation_alias="outer", serialization_alias="shown")


class Started(BaseModel):
    at: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    _open: Any = PrivateAttr()
    _ready: bool = False

    def model_post_init(self, context: Any) -> None:
        self._ready = True


class Undeclared(BaseModel):
    """Sets an attribute that it does not declare, as pydantic lets it."""

    size: int = 1

    def model_post_init(self, context: Any) -> None:
        self._seen = [self.size]

    def see(self) -> list[int]:
        self._seen.append(self.size)
        return self._seen


class Own(BaseModel):
    """A constructor of its own, which no restore may call."""

    value: Any = None

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)


class Serialized(BaseModel):
    """Writes itself differently."""

    value: int

    @field_serializer("value")
    def _shown(self, value: int) -> str:
        return f"<{value}>"


class Tree(BaseModel):
    name: str
    parent: Tree | None = None
    children: list[Tree] = Field(default_factory=list)
    _index: dict[str, Any] = PrivateAttr(default_factory=dict)


class Callbacks(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    function: Any = None
    cls: type | None = None


@pydantic.dataclasses.dataclass
class Label:
    text: str
    count: int = 1
    tags: list[str] = Field(default_factory=list)


@pydantic.dataclasses.dataclass(frozen=True)
class FrozenLabel:
    text: str


@pydantic.dataclasses.dataclass(config={"extra": "allow"})
class OpenLabel:
    text: str


class Old(pydantic.v1.BaseModel):
    a: int
    b: list[Any] = []
    _secret: int = pydantic.v1.PrivateAttr(default=5)


class OldBox(pydantic.v1.generics.GenericModel, Generic[Content]):
    content: Content


class OldLoose(pydantic.v1.BaseModel):
    class Config:
        extra = "allow"

    a: int = 1


class OldChild(Old):
    c: Any = None


class Kept(BaseModel):
    model_config = ConfigDict(revalidate_instances="always", validate_assignment=True)

    inner: Cup = Cup()
