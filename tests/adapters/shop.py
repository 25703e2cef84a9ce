"""A program's own models, of every kind that pydantic has, and states made of them."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

import pydantic
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    computed_field,
    field_validator,
    model_validator,
)

Content = TypeVar("Content")


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Cup(BaseModel):
    kind: Literal["cup"] = "cup"
    size: Size = Size.SMALL
    price: Decimal = Decimal("1.50")


class Plate(BaseModel):
    kind: Literal["plate"] = "plate"
    width: Annotated[int, AfterValidator(lambda width: width)] = 20


class Basket(BaseModel):
    """Validates, counts and remembers."""

    model_config = ConfigDict(validate_assignment=True)

    made: ClassVar[list[int]] = []

    things: list[Annotated[Cup | Plate, Field(discriminator="kind")]] = Field(default_factory=list)
    at: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    id: UUID = UUID(int=1)
    place: PurePosixPath = PurePosixPath("/x")
    notes: dict[str, tuple[int, ...]] = {}
    parent: Basket | None = None
    _seen: set[str] = PrivateAttr(default_factory=set)
    _count: int = 0

    @field_validator("place", mode="before")
    @classmethod
    def _absolute(cls, value: Any) -> Any:
        return value

    @model_validator(mode="after")
    def _note(self) -> Basket:
        type(self).made.append(1)
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return len(self.things)

    def model_post_init(self, context: Any) -> None:
        self._count += 1


class Wrapped(BaseModel):
    """A constructor of its own, which no restore may call."""

    value: Any = None

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)


class Counter(BaseModel):
    """Sets attributes that it does not declare, as pydantic lets it."""

    start: int = 0
    _step: int = PrivateAttr(default=1)

    def model_post_init(self, context: Any) -> None:
        self._at = [self.start]
        self.__hidden = self._at

    def _next(self) -> int:
        self._at.append(self._at[-1] + self._step)
        return self._at[-1] + len(self.__hidden)


class Tagged(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    def __hash__(self) -> int:
        return hash(self.name)


class Table(RootModel[dict[str, Cup]]):
    pass


class Box(BaseModel, Generic[Content]):
    content: Content


@pydantic.dataclasses.dataclass
class Label:
    text: str
    count: int = 1
    tags: list[str] = Field(default_factory=list)


def basket() -> Basket:
    inner = Basket(things=[Cup(), Plate(width=3)], notes={"a": (1, 2)})
    outer = Basket(things=[{"kind": "cup", "size": "l"}], parent=inner)  # type: ignore[list-item]
    outer._seen |= {"one", "two"}
    inner._seen.add("x")
    inner.parent = outer
    return outer


def shared_cup() -> list[Any]:
    cup = Cup(size=Size.LARGE)
    return [cup, Basket.model_construct(things=[cup, cup]), {"cup": cup}, Table({"a": cup})]


Wide: Any = pydantic.create_model(
    "Wide", __module__=__name__, f0=(int, ...), **{f"f{at}": (Any, at) for at in range(1, 200)}
)


STATES = {
    "basket": basket,
    "shared cup": shared_cup,
    "a constructor of its own": lambda: Wrapped([Wrapped(1)]),
    "attributes that no class declares": lambda: Counter(start=3),
    "keys": lambda: {Tagged(name="a", colour="red"): Tagged(name="b")},
    "root": lambda: Table({"a": Cup()}),
    "a generic without arguments": lambda: Box(content=[1]),
    "a dataclass": lambda: [Label("a", tags=["t"]), Label(text="b", count=3)],
    "classes": lambda: {"model": Basket, "size": Size, "labels": [Label]},
    "more fields than bits": lambda: [Wide(f0=1, f150=[7]), Wide(f0=2, f1=1)],
    "a failed assignment left no trace": lambda: _after_failed_assignment(),
}


def _after_failed_assignment() -> Cup:
    cup = Cup()
    try:
        cup.price = "no number"  # type: ignore[assignment]
        Cup.model_validate({"price": "no number"})
    except pydantic.ValidationError:
        cup.price = Decimal(2)
    return cup
