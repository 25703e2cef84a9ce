"""Classes that functions make and that hold each other, or are named by text there alone."""

from __future__ import annotations

import dataclasses
import typing
from typing import Annotated, Any, Literal, Optional, Required

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field, create_model
from typing_extensions import TypedDict


def pair() -> list[Any]:
    """Two models of `create_model`, each with a field of the other."""
    first: Any = create_model(
        "First",
        __module__="circles",
        second=(Optional["Second"], Field(None, description="d")),  # type: ignore[name-defined]  # noqa: F821
        number=(int, 1),
    )
    second: Any = create_model(
        "Second",
        __module__="circles",
        firsts=(list[first], Field(default_factory=list, max_length=2)),
        own=(Optional["Second"], None),  # type: ignore[name-defined]  # noqa: F821
    )
    for cls in (first, second):
        cls.model_rebuild(_types_namespace={"Second": second})
    return [first, second]


def shapes() -> list[Any]:
    """A model that holds what extends it, by a mark."""

    class Shape(BaseModel):
        kind: Literal["shape"] = "shape"
        parts: Annotated[list[Annotated[Leaf | Group, Field(discriminator="kind")]], "all"] = []

    class Leaf(Shape):
        kind: Literal["leaf"] = "leaf"  # type: ignore[assignment]

    class Group(Shape):
        """Has more of them."""

        kind: Literal["group"] = "group"  # type: ignore[assignment]
        by_name: dict[str, Shape] = Field(default_factory=dict)

    for cls in (Shape, Leaf, Group):
        cls.model_rebuild(force=True, _types_namespace=locals())
    return [Shape, Leaf, Group]


def mixed() -> list[Any]:
    """A model, dataclasses and a typed dict that hold each other."""

    @dataclasses.dataclass(slots=True)
    class Inner:
        of: list[Outer] = dataclasses.field(default_factory=list)

    @dataclasses.dataclass(frozen=True)
    class Outer:
        inner: Inner | None = None
        state: State | None = None

    class State(TypedDict, total=False):
        outer: Required[Outer]
        more: list[State]
        model: Model

    class Longer(State):
        last: Longer | None

    class Model(BaseModel):
        outer: Outer
        models: list[Model] = []

    Model.model_rebuild()
    return [Inner, Outer, State, Longer, Model]


def node() -> Any:
    @dataclasses.dataclass
    class Node:
        value: int
        next: Node | None = None

    return Node


def beside() -> list[Any]:
    """A dataclass, a named tuple and a typed dict that name another class of the function."""

    @dataclasses.dataclass
    class Item:
        number: int = 1

    @dataclasses.dataclass
    class Holder:
        item: Annotated[Item, "noted"]
        items: dict[str, list[Item]]

    class Pair(typing.NamedTuple):
        left: Item
        right: Item | None = None

    class Thread(TypedDict):
        items: list[Item]

    return [Holder, Pair, Thread, Item]


def graft() -> BaseTool:
    """A tool whose arguments are models of each other."""
    first, _ = pair()

    def graft(**given: Any) -> str:
        """Grafts."""
        return str(sorted(given))

    return StructuredTool.from_function(graft, args_schema=first)


def told(cls: Any) -> Any:
    """Returns a model with the types in the place of the texts that it was made of."""
    fields = cls.model_fields
    cls.__annotations__ = {name: fields[name].rebuild_annotation() for name in cls.__annotations__}
    return cls
