"""Models of `pydantic.v1` that are made at run time, and what they are made of."""

import datetime
import decimal
import enum
import warnings
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar, Union

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pydantic.v1 import (
        BaseConfig,
        BaseModel,
        Extra,
        Field,
        PrivateAttr,
        create_model,
        root_validator,
        validator,
    )
    from pydantic.v1.generics import GenericModel

Item = TypeVar("Item")

RAN: list[Any] = []
"""What was called while a text was read."""


def run(*given: Any, **named: Any) -> Any:
    RAN.append((given, named))
    return given[-1] if given else None


def today() -> datetime.date:
    return datetime.date(2026, 1, 2)


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


class Part(BaseModel):
    """A model with a name, and with code of its own."""

    number: int = 1
    label: Optional[str] = None  # noqa: UP045

    @validator("number")
    def is_not_seven(cls, value: int) -> int:  # noqa: N805
        if value == 7:
            raise ValueError("seven")
        return value

    def greet(self) -> str:
        return f"hello {self.number}"


class Counted(BaseModel):
    """A model with a name that says itself what of it is kept."""

    number: int = 1

    def __getstate__(self) -> Any:
        return super().__getstate__()


class Strict(BaseConfig):
    extra = Extra.forbid


class Giver:
    """Says by an attribute how it is copied."""

    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


class Crate(GenericModel, Generic[Item]):
    content: Item


def schema() -> Any:
    return create_model(
        "Search",
        __module__="older",
        query=(str, Field(..., description="what for", min_length=2, max_length=5)),
        limit=(int, 5),
        ratio=(float, Field(0.5, gt=0, le=1, title="Ratio", unit="percent")),
        kind=(Literal["a", "b"], "a"),
        parts=(list[Part], Field(default_factory=list, min_items=0, max_items=3)),
        by_name=(dict[str, Optional[int]], {"deep": 1}),  # noqa: UP045
        either=(Union[int, str, None], None),  # noqa: UP007
        on=(datetime.date, Field(default_factory=today, alias="when")),
        cost=(decimal.Decimal, decimal.Decimal("1.50")),
        size=(Size, Size.LARGE),
        note=(Annotated[str, Field(max_length=3)], "abc"),
        code=(str, Field("aa", regex="^a+$")),
        guessed=3,
        anything=(Any, ...),
    )


def rooted() -> Any:
    return create_model("Numbers", __module__="older", __root__=(list[int], ...))


def empty() -> Any:
    return create_model("Nothing", __module__="older")


def configured() -> Any:
    class Config:
        extra = "allow"
        frozen = True
        title = "Set"

    return create_model("Set", __module__="older", __config__=Config, x=(int, 1))


def by_many() -> Any:
    class Local(
        BaseModel,
        extra="forbid",
        validate_assignment=True,
        frozen=False,
        title="Many",
        smart_union=True,
        use_enum_values=True,
    ):
        x: int = 1

    return Local


def by_keywords() -> Any:
    class Local(BaseModel, extra="forbid", validate_assignment=True):
        """Is local, and names a type by text."""

        x: "int"
        word: str = Field("w", min_length=1)

    return Local


def extended() -> Any:
    class Local(Part):
        """Extends a model that has a name."""

        number: int = 3
        words: list[str] = Field(default_factory=list)

        class Config:
            allow_mutation = False
            extra = Extra.ignore

    class Again(Local):
        more: Optional[Local] = None  # noqa: UP045

    return Again


def with_method() -> Any:
    return type("Sub", (schema(),), {"__module__": "older", "run": run})


def with_private() -> Any:
    class Local(BaseModel):
        x: int = 1
        _hidden: int = PrivateAttr(default=3)

    return Local


def is_even(value: int) -> int:
    if value % 2:
        raise ValueError("odd")
    return value


def validated() -> Any:
    """Returns a class that is given a validator by name, and extends another one with two."""

    class Local(BaseModel):
        parts: list[int] = []
        total: int = 0

        @validator("parts", each_item=True, pre=True, allow_reuse=True)
        def is_positive(cls, value: Any) -> Any:  # noqa: N805
            assert value > 0
            return value

        @root_validator(skip_on_failure=True, allow_reuse=True)
        def agree(cls, values: Any) -> Any:  # noqa: N805
            if values["total"] != sum(values["parts"]):
                raise ValueError("total")
            return values

    checks = {"even": validator("count", "total", always=True, allow_reuse=True)(is_even)}
    return create_model(
        "Checked", __module__="older", __base__=Local, __validators__=checks, count=(int, 2)
    )


MADE = {
    "schema": (schema, {"query": "abc", "anything": 1}, {"query": "a", "anything": 1}),
    "rooted": (rooted, {"__root__": ["1", 2]}, {"__root__": ["x"]}),
    "empty": (empty, {}, None),
    "configured": (configured, {"x": "3", "other": [1]}, {"x": "no"}),
    "by_keywords": (by_keywords, {"x": 1}, {"x": 1, "other": 2}),
    "validated": (validated, {"parts": [1, 3], "total": 4}, {"parts": [0], "total": 1, "count": 3}),
    "extended": (extended, {"number": 4, "more": {"words": ["a"]}}, {"number": 7}),
}
"""What makes a class, what it takes, and what it refuses."""


def with_named_config() -> Any:
    return create_model("Named", __module__="older", __config__=Strict, x=(int, 1))


def with_coder() -> Any:
    class Config:
        json_encoders = {int: str}  # noqa: RUF012

    return create_model("Coded", __module__="older", __config__=Config, x=(int, 1))


def with_copied() -> Any:
    class Config:
        arbitrary_types_allowed = True

    return create_model("Copied", __module__="older", __config__=Config, x=(Giver, Giver(a=1)))


def with_other_validators() -> Any:
    made = schema()
    made.__fields__["limit"].validators.append(run)
    return made


def of_itself() -> Any:
    class Tree(BaseModel):
        left: "Optional[Tree]" = None  # noqa: UP045

    Tree.update_forward_refs(Tree=Tree)
    return Tree


def call_tool(word: str, times: int = 1) -> str:
    """Repeats a word."""
    return word * times


def arguments() -> Any:
    return create_model(
        "Arguments", __module__="older", word=(str, Field(..., description="w")), times=(int, 2)
    )
