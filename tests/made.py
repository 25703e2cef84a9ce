"""Classes made at run time, and what makes them; importable by every process of a test."""

from typing import Annotated, Any, Generic, List, Literal, Optional, TypedDict, TypeVar  # noqa: UP035

from annotated_types import Gt, Len
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    computed_field,
    create_model,
    field_validator,
)

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


class Note:
    """What an annotation may hold beside a type."""

    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


class Giver:
    """Says that it has whatever it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__get_pydantic"):
            return run
        raise AttributeError(name)


class Named(BaseModel):
    """A model with code of its own, which others extend."""

    number: int = 1
    label: str = ""

    @field_validator("number")
    @classmethod
    def is_not_seven(cls, value: int) -> int:
        if value == 7:
            raise ValueError("seven")
        return value

    def greet(self) -> str:
        return f"hello {self.number}"


class Keyed(BaseModel):
    """Declares a field of a name that anybody calls."""

    keys: Any


class Totalled(BaseModel):
    """A model with values that it works out."""

    number: int = 1

    @computed_field
    @property
    def double(self) -> int:
        return 2 * self.number

    @computed_field(alias="all", description="both", examples=[[1]])
    @property
    def both(self) -> list[int]:
        return [self.number, self.double]


RAN: list[Any] = []
"""What was called by a hostile text."""


def run(*given: Any, **named: Any) -> Any:
    RAN.append((given, named))
    return given[-1] if given else None


def annotated() -> type[BaseModel]:
    """Returns a model whose annotations say all that an annotation can."""
    shared = Note(of="both")
    fields: dict[str, Any] = {
        "text": Annotated[str, "a description", Field(description="d", pattern="^a+$")],
        "bounded": (Annotated[int, Gt(0), Field(le=9, examples=[1])], 3),
        "aliased": (int, Field(alias="other", validation_alias=AliasChoices("one", "two"))),
        "inner": list[Annotated[str, StringConstraints(max_length=3)]],
        "noted": Annotated[dict[str, Any], shared, Note],
        "noted_again": Annotated[list[Any], shared, Len(0, 2)],
        "exact": Annotated[int, 1, True, 1.0],
        "decimal": (float, Field(default=0.5, decimal_places=2, strict=True)),
        "filled": (list[Any], Field(default_factory=run, exclude=True, repr=False)),
    }
    return create_model("Notes", __module__="made", **fields)


def reused() -> type[BaseModel]:
    """Returns a model of fields that belong to another one."""
    given: dict[str, Any] = {
        name: (info.annotation, info) for name, info in annotated().model_fields.items()
    }
    return create_model("Reused", __module__="made", **given)


def extended() -> type[BaseModel]:
    class Local(Named):
        """Extends a model that has a name."""

        model_config = ConfigDict(frozen=True, protected_namespaces=())

        number: int = 3
        words: list[str] = Field(default_factory=list)

    class Again(Local):
        model_words: tuple[Local, ...] = ()

    return Again


def tree() -> type[BaseModel]:
    """A model of itself, as a class and in forms of both spellings."""

    class Tree(BaseModel):
        value: int = 1
        left: "Tree | None" = None
        rest: "Annotated[list[Tree], Len(0, 2)]" = []
        by_name: "dict[str, Optional[Tree]]" = Field(default_factory=dict, title="n")  # noqa: UP045

    return Tree


def created_tree() -> Any:
    rest = Optional[List["Node"]]  # type: ignore[name-defined]  # noqa: F821, UP006, UP045
    made = create_model("Node", __module__="made", rest=(rest, None))
    made.model_rebuild(_types_namespace={"Node": made})
    return made


def one_of_another() -> Any:
    """Returns a model whose fields name another model of the same function, which comes later."""

    class One(BaseModel):
        other: "Two"
        all: "Annotated[list[Two], Len(0, 2)]" = []

    class Two(BaseModel):
        number: int = 1

    One.model_rebuild()
    return One


def two_of_each_other() -> Any:
    class One(BaseModel):
        other: "Two | None" = None

    class Two(BaseModel):
        other: One | None = None

    One.model_rebuild(_types_namespace={"Two": Two})
    return One


def checked() -> type[BaseModel]:
    class Local(BaseModel):
        number: int

        def is_small(self) -> bool:
            return self.number < 10

    return Local


def state() -> Any:
    return TypedDict("State", {"messages": Annotated[list[Inner], schema], "step": int})


def partial_state() -> Any:
    return TypedDict("Partial", {"step": int}, total=False)
