"""Classes made at run time, and what makes them; importable by every process of a test."""

from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator

Item = TypeVar("Item")


class Crate(BaseModel, Generic[Item]):
    content: Item


class Inner(BaseModel):
    number: int = 0


def schema() -> type[BaseModel]:
    return create_model(
        "Search",
        __config__=ConfigDict(arbitrary_types_allowed=True),
        __doc__="Searches.",
        __module__="made",
        query=(str, Field(description="what for", min_length=1)),
        limit=(int, Field(5, gt=0, multiple_of=1)),
        kind=(Literal["a", "b"] | None, None),
        inner=(list[Inner], Field(default_factory=list)),
        options=(dict[str, Any], {"deep": [1]}),
    )


def assigned() -> type[BaseModel]:
    """Returns a model whose fields were assigned in every way there is."""
    given: dict[str, Any] = {
        "needed": (int, ...),
        "usual": (int, 3),
        "field": (int, Field()),
        "filled": (int, Field(3)),
        "bounded": (int, Field(gt=1)),
        "filled_anew": (list[int], Field(default_factory=list)),
    }
    return create_model("Given", __module__="made", **given)


def checked() -> type[BaseModel]:
    class Local(BaseModel):
        number: int

        @field_validator("number")
        @classmethod
        def is_small(cls, value: int) -> int:
            return value

    return Local


def state() -> Any:
    return TypedDict("State", {"messages": Annotated[list[Inner], schema], "step": int})


def partial_state() -> Any:
    return TypedDict("Partial", {"step": int}, total=False)
