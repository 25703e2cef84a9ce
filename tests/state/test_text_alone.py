"""A text alone, which does not say what its classes were like: whole, or `class_changed`."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from trips import python, then_and_now

HEAD = """
import collections, dataclasses, functools, typing
import attrs
from langchain_core.load.serializable import Serializable
from pydantic import BaseModel, Field, PrivateAttr, v1
"""

KINDS = {
    "named tuple": "class Thing(typing.NamedTuple):\n    a: int\n",
    "attrs": "@attrs.define\nclass Thing:\n    a: int\n",
    "attrs with a dict": "@attrs.define(slots=False)\nclass Thing:\n    a: int\n",
    "attrs that is frozen": "@attrs.frozen\nclass Thing:\n    a: int\n",
    "pydantic.v1": "class Thing(v1.BaseModel):\n    a: int\n",
    "dataclass": "@dataclasses.dataclass\nclass Thing:\n    a: int\n",
    "dataclass with slots": "@dataclasses.dataclass(slots=True)\nclass Thing:\n    a: int\n",
    "model": "class Thing(BaseModel):\n    a: int\n",
}

B = "    b: int = 2\n"
PAIR = "class Thing(typing.NamedTuple):\n    {}: int\n    {}: int\n"
PRIVATE = "class Thing(BaseModel):\n    a: int\n"
SENT = "class Thing(Serializable):\n    a: int\n    @classmethod\n"
SENT += "    def is_lc_serializable(cls): return True\n"


class Case(NamedTuple):
    then: str
    now: str
    says: str
    """What the error says; nothing where the text is whole."""
    make: str = "Thing(a=5)"
    shows: str = "repr(it)"


ADDED = {"named tuple": "has changed: its fields are `a`, `b` now, they were `a`"}

GONE = {
    "named tuple": "has changed: its fields are `a` now, they were `a`, `b`",
    "dataclass with slots": "`b` is no slot of the class",
    "model": "`b` is no attribute that an instance may hold",
}

CASES = {
    **{
        f"{kind}: a field was added": Case(
            head,
            head + B,
            ADDED.get(kind, "has changed: the state has no value for its field `b`"),
        )
        for kind, head in KINDS.items()
    },
    **{
        f"{kind}: a field was removed": Case(
            head + B, head, GONE.get(kind, "has changed: it has no field `b` any more")
        )
        for kind, head in KINDS.items()
    },
    **{f"{kind}: nothing changed": Case(head, head, "") for kind, head in KINDS.items()},
    "fields of a named tuple changed places": Case(
        PAIR.format("a", "b"),
        PAIR.format("b", "a"),
        "has changed: its fields are `b`, `a` now, they were `a`, `b`",
        "Thing(a=5, b=7)",
    ),
    "fields of a named tuple are the same": Case(
        PAIR.format("a", "b"),
        PAIR.format("a", "b"),
        "",
        "Thing(a=5, b=7)",
    ),
    "a named tuple was classic": Case(
        "Thing = collections.namedtuple('Thing', 'a b')\n",
        "Thing = collections.namedtuple('Thing', 'b a')\n",
        "has changed: its fields are `b`, `a` now, they were `a`, `b`",
        "Thing(a=5, b=7)",
    ),
    "a named tuple became a plain class": Case(
        PAIR.format("a", "b"),
        "class Thing: pass\n",
        "has changed: its fields are none now, they were `a`, `b`",
        "Thing(a=5, b=7)",
    ),
    "a named tuple had no fields": Case(
        "class Thing(typing.NamedTuple): pass\n",
        PAIR.format("a", "b"),
        "the state does not say which fields of `text",
        "Thing()",
    ),
    "a private attribute was added": Case(
        PRIVATE,
        PRIVATE + "    _p: int = PrivateAttr(default=1)\n",
        "has changed: the state has no value for its field `_p`",
    ),
    "a private attribute at its default": Case(
        PRIVATE + "    _p: int = 3\n    _q: bytes = b'a'\n    _r: type = int\n",
        PRIVATE + "    _p: int = 4\n    _q: bytes = b'b'\n    _r: type = str\n",
        "",
        shows="str(it.__pydantic_private__)",
    ),
    "a constructor node at a default that JSON has no form for": Case(
        SENT + "    b: bytes = b''\n    c: bytes = Field(default=b'c', exclude=True)\n"
        "    d: float = Field(default=float('inf'), exclude=True)\n    _p: bytes = b'p'\n",
        SENT + "    b: bytes = b'2'\n    c: bytes = Field(default=b'd', exclude=True)\n"
        "    d: float = Field(default=0.5, exclude=True)\n    _p: bytes = b'q'\n",
        "",
        shows="str([vars(it), it.__pydantic_private__, sorted(it.model_fields_set)])",
    ),
    "a private attribute with a factory was added": Case(
        PRIVATE,
        PRIVATE + "    _p: list = PrivateAttr(default_factory=list)\n",
        "has changed: the state has no value for its field `_p`",
    ),
    "another private attribute was added": Case(
        PRIVATE + "    _q: list = PrivateAttr(default_factory=list)\n",
        PRIVATE + "    _q: list = PrivateAttr(default_factory=list)\n    _p: int = 3\n",
        "has changed: the state has no value for its field `_p`",
    ),
    "a constructor node lacks a private attribute": Case(
        SENT,
        SENT + "    _p: list = PrivateAttr(default_factory=list)\n",
        "has changed: the state has no value for its field `_p`",
    ),
    "a private attribute that was never set": Case(
        PRIVATE + "    _p: int\n",
        PRIVATE + "    _p: int\n",
        "",
        shows="str(it.__pydantic_private__)",
    ),
    "a private attribute that was deleted": Case(
        PRIVATE + "    _p: int = 3\n",
        PRIVATE + "    _p: int = 3\n",
        "",
        make="(lambda it: [delattr(it, '_p'), it][1])(Thing(a=5))",
        shows="str(it.__pydantic_private__)",
    ),
    "an attribute beside the fields of a dataclass": Case(
        KINDS["dataclass"],
        KINDS["dataclass"],
        "",
        make="(lambda it: [vars(it).update(more=1, _less=2), it][1])(Thing(a=5))",
        shows="str(vars(it))",
    ),
    "a cached property of a dataclass": Case(
        KINDS["dataclass"] + "    @functools.cached_property\n    def c(self): return 7\n",
        KINDS["dataclass"] + "    @functools.cached_property\n    def c(self): return 7\n",
        "",
        make="(lambda it: [it.c, it][1])(Thing(a=5))",
        shows="str(vars(it))",
    ),
    "an attribute of an object of attrs": Case(
        KINDS["attrs with a dict"],
        KINDS["attrs with a dict"],
        "",
        make="(lambda it: [vars(it).update(more=1), it][1])(Thing(a=5))",
        shows="str(vars(it))",
    ),
    "a field of attrs that was never set": Case(
        KINDS["attrs with a dict"] + "    b: int = attrs.field(init=False)\n",
        KINDS["attrs with a dict"] + "    b: int = attrs.field(init=False)\n",
        "",
        shows="str(vars(it))",
    ),
    "an extra of pydantic.v1": Case(
        KINDS["pydantic.v1"] + "    class Config: extra = 'allow'\n",
        KINDS["pydantic.v1"] + "    class Config: extra = 'allow'\n",
        "",
        make="Thing(a=5, more=1)",
        shows="str(vars(it))",
    ),
    "a field of a serializable class was removed": Case(
        SENT + B,
        SENT,
        "`b` is no field of the class, or stands twice, in a `text",
        "Thing(a=1, b=4)",
    ),
}

SAVE = """
import importlib, json, sys, persist
told = []
for module, make, shows in json.loads(sys.argv[1]):
    module = importlib.import_module(module)
    it = eval(make, vars(module))
    told.append([persist.dumps(it), eval(shows, {"it": it})])
print(json.dumps(told))
"""

LOAD = """
import json, sys, persist
told = []
for text, shows in json.loads(sys.argv[1]):
    try:
        told.append(["held", eval(shows, {"it": persist.loads(text, allow=sys.argv[2])})])
    except persist.RebuildError as error:
        told.append([error.kind, str(error)])
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("alone")
    bodies = [(HEAD + case.then, HEAD + case.now) for case in CASES.values()]
    then, now = then_and_now(root, "text", bodies)
    rows = [[f"text{at}", case.make, case.shows] for at, case in enumerate(CASES.values())]
    saved = json.loads(python(SAVE, json.dumps(rows), path=[then]))
    asked = [[text, row[2]] for (text, _), row in zip(saved, rows, strict=True)]
    names = [row[0] for row in rows]
    load = LOAD.replace("sys.argv[2]", repr(names))
    read = json.loads(python(load, json.dumps(asked), path=[now]))
    pairs = zip(CASES, saved, read, strict=True)
    return {name: (text, shown, found) for name, (text, shown), found in pairs}


@pytest.mark.parametrize("name", CASES)
def test_a_text_alone_gives_a_whole_object_or_none(name: str, outcomes: dict[str, Any]) -> None:
    case, (_, shown, (kind, said)) = CASES[name], outcomes[name]
    if case.says:
        assert kind in ("class_changed", "invalid_state"), said
        assert case.says in said
    else:
        assert (kind, said) == ("held", shown)


def test_a_text_says_what_a_class_does_not_declare(outcomes: dict[str, Any]) -> None:
    text, _, _ = outcomes["an attribute beside the fields of a dataclass"]
    assert json.loads(text)["undeclared"] == ["more", "_less"]
    text, _, _ = outcomes["a private attribute that was deleted"]
    assert json.loads(text)["missing"] == ["_p"]
    assert '"undeclared"' not in outcomes["a cached property of a dataclass"][0]
