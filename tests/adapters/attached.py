"""Models made at run time that have more than fields; importable by every process of a test."""

from typing import Any

from pydantic import BaseModel, PrivateAttr, create_model, field_validator, model_validator

RAN: list[Any] = []


def run(*given: Any) -> Any:
    RAN.append(given)


class Hooked:
    """Asked for what it is by the class that it is given to."""

    def __set_name__(self, owner: type, name: str) -> None:
        RAN.append(name)


class Named(BaseModel):
    number: int = 0
    _seen: int = 1
    _notes: list[str] = PrivateAttr(default_factory=list)

    def greet(self) -> int:
        return self.number


def positive(cls: type, value: int) -> int:
    RAN.append(value)
    if value < 0:
        raise ValueError("below nothing")
    return value


def doubled(value: int, handler: Any) -> Any:
    return handler(value) * 2


def renamed(cls: type, held: Any) -> Any:
    return {"number": held["count"]} if "count" in held else held


def same(value: int) -> int:
    return value


def whole(self: Any) -> Any:
    RAN.append(self)
    return self


def private() -> Any:
    class Local(BaseModel):
        number: int = 0
        _count: int = 2
        _kinds: list[int] = PrivateAttr(default=[1])
        _made: dict[str, int] = PrivateAttr(default_factory=dict)
        _unset: str
        _bare = PrivateAttr(default=None)

    return Local


def given() -> Any:
    return create_model("Given", __module__="attached", number=(int, 1), _count=(int, 5))


def extending() -> Any:
    own: dict[str, Any] = {"_seen": (int, 3), "_own": (int, 4)}
    return create_model("More", __module__="attached", __base__=Named, **own)


def validated() -> Any:
    checks: dict[str, Any] = {
        "positive": field_validator("number")(positive),
        "doubled": field_validator("number", "other", mode="wrap", check_fields=False)(doubled),
        "renamed": model_validator(mode="before")(renamed),
        "whole": model_validator(mode="after")(whole),
    }
    return create_model(
        "Checked", __module__="attached", __validators__=checks, number=(int, 1), other=(int, 0)
    )


def local() -> Any:
    class Local(BaseModel):
        number: int = 0

        @field_validator("number")
        @classmethod
        def is_small(cls, value: int) -> int:
            if value > 9:
                raise ValueError("too large")
            return value

    return Local


def static() -> Any:
    return create_model(
        "Static",
        __module__="attached",
        __validators__={"same": field_validator("number")(staticmethod(same))},
        number=(int, 1),
    )


def typed() -> Any:
    check = field_validator("number", mode="before", json_schema_input_type=str)(positive)
    return create_model(
        "Typed", __module__="attached", __validators__={"check": check}, number=(int, 1)
    )
