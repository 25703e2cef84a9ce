"""Pydantic models that hold what their classes do not declare; importable by every process."""

import functools
from typing import Any, ClassVar

from langchain_core.load.serializable import Serializable
from langchain_core.tools import BaseTool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, ConfigDict, PrivateAttr, create_model


class Plain(BaseModel):
    size: int = 1
    shade: ClassVar[str] = "red"
    bare: ClassVar[int]
    _seen: int = PrivateAttr(default=1)

    @property
    def half(self) -> float:
        return self.size / 2

    @functools.cached_property
    def twice(self) -> int:
        return self.size * 2

    def run(self) -> int:
        return self.size


class Small(BaseModel):
    size: int = 1


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")

    size: int = 1


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = 1


class Hidden(BaseModel):
    """Its secret is declared, so its attributes are written one by one."""

    key: str = ""

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"key": "HIDDEN_KEY"}


class Memo(Serializable):
    text: str

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True


class Tool(BaseTool):
    name: str = "a tool"
    description: str = "Does nothing."

    def _run(self, query: str) -> str:
        return query


class Chat(ChatOpenAI):
    tenant: str = ""


wide: dict[str, Any] = {f"f{number}": (int, number) for number in range(140)}

Wide = create_model("Wide", __module__="undeclared", **wide)


def given(made: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


STATES: dict[str, Any] = {
    "plain": lambda: given(Plain(size=2), note=[1], _at=2, client={"a": 1}),
    "with a value worked out": lambda: given(given(Plain(), note=1), twice=2, last=3),
    "by model_construct": lambda: given(Plain.model_construct(), note=1),
    "with more fields": lambda: given(Loose(more=2), note=[1]),
    "under the name of an extra": lambda: given(Loose(note=2), note=1),
    "closed": lambda: given(Closed(), note=[1]),
    "with a secret": lambda: given(Hidden(key="abc"), note=[1]),
    "with a constructor node": lambda: given(Memo(text="a"), note=[1], _at=2),
    "a tool": lambda: given(Tool(), note=[1]),
    "wide": lambda: given(Wide(), note=[1]),
    "a function": lambda: given(Plain(), note=given),
}
