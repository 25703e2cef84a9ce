"""A class that is not what it was: through its own validation, or `class_changed`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from persist.state import fingerprints

from trips import python

HEAD = """
from __future__ import annotations
from dataclasses import dataclass, field
from typing import Annotated, Any
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr
from pydantic import field_validator, model_validator
from langchain_core.load.serializable import Serializable

class Sent(Serializable):
    @classmethod
    def is_lc_serializable(cls): return True
"""

SHOW = """
def show(it):
    held = dict(getattr(it, "__dict__", {}))
    if isinstance(it, BaseModel):
        held["set"] = sorted(it.model_fields_set)
    if hasattr(it, "old"):
        held["old"] = it.old()
    return held
"""


class Case(NamedTuple):
    before: str
    after: str
    expected: dict[str, Any] | str
    """What the restored object shows, or a part of the error's text."""


SAME_MODEL = "class Thing(BaseModel):\n    a: int = 1\n"
ANNOTATED = "class Thing(BaseModel):\n    a: Annotated[int, AfterValidator(ok)] = 1\n"
SAME_DATA = "@dataclass\nclass Thing:\n    a: int = 1\n"

MEMBERS = (
    "import enum\nclass Kind(enum.{}):\n    {}\n"
    "class Thing:\n    def __init__(self): self.kind = Kind['A']\n"
)

CASES = {
    "nothing changed": Case(SAME_MODEL, SAME_MODEL, {"a": 5, "set": ["a"]}),
    "only a comment and a method changed": Case(
        SAME_MODEL, SAME_MODEL + "    # more\n    def run(self): return 1\n", {"a": 5, "set": ["a"]}
    ),
    "a field was added with a default": Case(
        SAME_MODEL, SAME_MODEL + "    b: int = 2\n", {"a": 5, "b": 2, "set": ["a"]}
    ),
    "a field was added without a default": Case(
        SAME_MODEL, SAME_MODEL + "    b: int\n", "its constructor refuses it"
    ),
    "a field was removed": Case(SAME_MODEL + "    b: int = 2\n", SAME_MODEL, "`b`"),
    "a field that held nothing was removed": Case(
        SAME_MODEL + "    b: int | None = None\n", SAME_MODEL, {"a": 5, "set": ["a"]}
    ),
    "a type was widened": Case(
        SAME_MODEL, SAME_MODEL.replace("int", "int | str"), {"a": 5, "set": ["a"]}
    ),
    "a type would convert the value": Case(
        SAME_MODEL, SAME_MODEL.replace("int", "float"), "its constructor changes the field `a`"
    ),
    "a type refuses the value": Case(
        SAME_MODEL, SAME_MODEL.replace("int", "list[int]"), "`a` holds what no finished instance"
    ),
    "a constraint refuses the value": Case(
        SAME_MODEL,
        SAME_MODEL.replace("= 1", "= Field(default=1, gt=9)"),
        "its constructor refuses it",
    ),
    "a constraint takes the value": Case(
        SAME_MODEL, SAME_MODEL.replace("= 1", "= Field(default=1, lt=9)"), {"a": 5, "set": ["a"]}
    ),
    "a default changed": Case(
        SAME_MODEL + "    b: int = 2\n",
        SAME_MODEL + "    b: int = 3\n",
        {"a": 5, "b": 2, "set": ["a"]},
    ),
    "a validator was added that takes the value": Case(
        SAME_MODEL,
        SAME_MODEL + "    @field_validator('a')\n    @classmethod\n    def ok(cls, v): return v\n",
        {"a": 5, "set": ["a"]},
    ),
    "a validator was added that changes the value": Case(
        SAME_MODEL,
        SAME_MODEL
        + "    @field_validator('a')\n    @classmethod\n    def ok(cls, v): return v + 1\n",
        "its constructor changes the field `a`",
    ),
    "an annotated validator changed": Case(
        "def ok(v): return v\n" + ANNOTATED,
        "def ok(v): return v + 1\n" + ANNOTATED,
        "its constructor changes the field `a`",
    ),
    "a validator refuses by now": Case(
        SAME_MODEL + "    @model_validator(mode='after')\n    def ok(self): return self\n",
        SAME_MODEL
        + "    @model_validator(mode='after')\n    def ok(self): raise ValueError('no')\n",
        "its constructor refuses it",
    ),
    "extras are not allowed any more": Case(
        SAME_MODEL + "    model_config = ConfigDict(extra='allow')\n",
        SAME_MODEL,
        "extra",
    ),
    "a private attribute went": Case(
        SAME_MODEL + "    _p: int = PrivateAttr(default=1)\n",
        SAME_MODEL + "    _q: int = PrivateAttr(default=1)\n",
        "`_p` is no private attribute of the class",
    ),
    "a private default changed": Case(
        SAME_MODEL + "    _q: int = PrivateAttr(default=1)\n    def old(self): return self._q\n",
        SAME_MODEL + "    _q: int = PrivateAttr(default=2)\n    def old(self): return self._q\n",
        {"a": 5, "set": ["a"], "old": 1},
    ),
    "a private attribute was added": Case(
        SAME_MODEL,
        SAME_MODEL + "    _q: int = PrivateAttr(default=2)\n    def old(self): return self._q\n",
        {"a": 5, "set": ["a"], "old": 2},
    ),
    "a model with private attributes became a dataclass": Case(
        SAME_MODEL + "    _p: int = PrivateAttr(default=1)\n", SAME_DATA, "`private`"
    ),
    "a model became a dataclass": Case(SAME_MODEL, SAME_DATA, {"a": 5}),
    "a dataclass got a field": Case(SAME_DATA, SAME_DATA + "    b: int = 2\n", {"a": 5, "b": 2}),
    "a dataclass lost a field": Case(
        SAME_DATA + "    b: int = 2\n", SAME_DATA, "it has no field `b` any more"
    ),
    "a dataclass got a check": Case(
        SAME_DATA,
        SAME_DATA + "    def __post_init__(self):\n        assert self.a < 3\n",
        "its constructor refuses it",
    ),
    "a dataclass changes the value": Case(
        SAME_DATA,
        SAME_DATA + "    def __post_init__(self): self.a += 1\n",
        "its constructor changes the field `a`",
    ),
    "a dataclass got slots": Case(
        SAME_DATA, SAME_DATA.replace("@dataclass", "@dataclass(slots=True)"), {}
    ),
    "a plain class got a base": Case(
        "class Thing: pass\n",
        "class Base: pass\nclass Thing(Base): pass\n",
        "has changed since the state was written",
    ),
    "a serializable class got a field": Case(
        "class Thing(Sent):\n    a: int = 0\n",
        "class Thing(Sent):\n    a: int = 0\n    b: list = Field(default_factory=list)\n",
        {"a": 5, "b": [], "set": ["a"]},
    ),
    "a default that was left out changed": Case(
        "class Thing(Sent):\n    a: int = 0\n    b: int = 0\n",
        "class Thing(Sent):\n    a: int = 0\n    b: int = 7\n",
        {"a": 5, "b": 0, "set": ["a"]},
    ),
    "a factory that was left out changed": Case(
        "class Thing(Sent):\n    a: int = 0\n    b: list = Field(default_factory=list)\n",
        "class Thing(Sent):\n    a: int = 0\n    b: list = Field(default_factory=lambda: [1])\n",
        {"a": 5, "b": [], "set": ["a"]},
    ),
    "a field that was left out went": Case(
        "class Thing(Sent):\n    a: int = 0\n    b: int = 0\n",
        "class Thing(Sent):\n    a: int = 0\n",
        {"a": 5, "set": ["a"]},
    ),
    "an enumeration lost a member": Case(
        "import enum\nclass Kind(enum.Enum):\n    A = 1\nclass Thing:\n    def __init__(self):"
        " self.kind = Kind.A\n",
        "import enum\nclass Kind(enum.Enum):\n    B = 1\nclass Thing: pass\n",
        "has no member `A`",
    ),
    "a member has another value": Case(
        MEMBERS.format("IntEnum", "A = 1"),
        MEMBERS.format("IntEnum", "NONE = 1\n    A = 2"),
        "the member `A` of the enumeration",
    ),
    "a member is another one by now": Case(
        MEMBERS.format("Enum", "B = 'b'\n    A = 'a'"),
        MEMBERS.format("Enum", "B = 'b'\n    A = 'b'"),
        "the member `A` of the enumeration",
    ),
    "a member of several values has others": Case(
        MEMBERS.format("Enum", "A = 1, 'a'"),
        MEMBERS.format("Enum", "A = 1, 'b'"),
        "the member `A` of the enumeration",
    ),
    "a member that is a list has another": Case(
        MEMBERS.format("Enum", "A = [1, ['a']]"),
        MEMBERS.format("Enum", "A = [1, ['b']]"),
        "the member `A` of the enumeration",
    ),
    "a member that is a map has other keys": Case(
        MEMBERS.format("Enum", "A = {'a': (1, 2)}"),
        MEMBERS.format("Enum", "A = {'b': (1, 2)}"),
        "the member `A` of the enumeration",
    ),
    "a member that is a number has another": Case(
        "from decimal import Decimal\n" + MEMBERS.format("Enum", "A = Decimal('1.0')"),
        "from decimal import Decimal\n" + MEMBERS.format("Enum", "A = Decimal('1.00')"),
        "the member `A` of the enumeration",
    ),
    "a flag has another bit": Case(
        MEMBERS.format("IntFlag", "A = 1\n    B = 2"),
        MEMBERS.format("IntFlag", "B = 1\n    A = 2"),
        "the member `A` of the enumeration",
    ),
    "a member is kept under its old name": Case(
        MEMBERS.format("IntEnum", "A = 1"),
        MEMBERS.format("IntEnum", "B = 1\n    A = 1"),
        {"kind": 1},
    ),
    "members were added around one": Case(
        MEMBERS.format("IntEnum", "A = 1"),
        MEMBERS.format("IntEnum", "B = 0\n    A = 1\n    C = 2"),
        {"kind": 1},
    ),
    "a class went": Case("class Thing: pass\n", "", "Thing"),
}

MAKE = """
def make():
    try:
        it = Thing(a=5)
    except TypeError:
        it = Thing()
    if getattr(Thing, "model_config", {}).get("extra") == "allow":
        it = Thing(a=5, more=1)
    if hasattr(it, "_p"):
        it._p = 2
    return it
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return outcomes_of(CASES, tmp_path_factory.mktemp("versions"))


def outcomes_of(cases: dict[str, Case], root: Path) -> dict[str, Any]:
    """Saves every case under the class as it was, restores it under the class as it is now."""
    saves, restores = [], []
    for at, (name, case) in enumerate(cases.items()):
        for version, body in (("before", case.before), ("after", case.after)):
            folder = root / version
            folder.mkdir(exist_ok=True)
            (folder / f"agent{at}.py").write_text(HEAD + body + SHOW + MAKE)
        saves.append([f"agent{at}", str(root / f"{at}.json.gz")])
        restores.append([name, f"agent{at}", str(root / f"{at}.json.gz")])
    python(SAVE_ALL, json.dumps(saves), seed=1, path=[root / "before"])
    told: dict[str, Any] = json.loads(
        python(RESTORE_ALL, json.dumps(restores), seed=2, path=[root / "after"])
    )
    return told


SAVE_ALL = """
import importlib, json, sys, persist
for module, place in json.loads(sys.argv[1]):
    persist.snapshot(importlib.import_module(module).make(), place, durable=False)
"""

RESTORE_ALL = """
import importlib, json, sys, persist
outcomes = {}
for name, module, place in json.loads(sys.argv[1]):
    try:
        back = persist.restore(place, allow=[module])
    except persist.PersistError as error:
        outcome = {"class": type(error).__name__, "kind": error.kind, "text": str(error)}
    else:
        outcome = {"state": importlib.import_module(module).show(back)}
    outcomes[name] = outcome
print(json.dumps(outcomes))
"""


@pytest.mark.parametrize("name", CASES)
def test_a_changed_class_validates_or_refuses(name: str, outcomes: dict[str, Any]) -> None:
    check(CASES[name], outcomes[name])


def check(case: Case, outcome: dict[str, Any]) -> None:
    expected = case.expected
    if isinstance(expected, dict):
        assert outcome.get("state") == expected, outcome
    else:
        assert outcome.get("class") == "RebuildError", outcome
        assert outcome["kind"] in ("class_changed", "missing_name")
        assert expected in outcome["text"]


def test_a_fingerprint_is_the_same_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "hashed.py").write_text(HASHED)
    code = "import hashed, json, models, persist, things\n"
    code += "made = [things.Frozen(models.Person(age=1)), things.Plain(), *hashed.MADE]\n"
    code += "persist.snapshot(made, 'memory://a')\n"
    code += "print(json.dumps(persist.get_metadata('memory://a')['classes'], sort_keys=True))"
    first = python(code, seed=1, path=[tmp_path])
    names = {f"hashed:{name}" for name in ("A", "B", "Marked", "Slots", "Old", "Deep", "Dated")}
    assert names | {"things:Frozen", "models:Person"} <= set(json.loads(first))
    assert first == python(code, seed=2, path=[tmp_path])


MAPPED = """
import datetime, enum, persist
class Kind(enum.Enum):
    A = {"a": [1, (2, None)], 3: b"x", "d": datetime.date(2026, 12, 1), "t": 1.5}
    B = {"a": object}
persist.snapshot([Kind.A, Kind.B], "memory://kinds")
(told,) = persist.get_metadata("memory://kinds")["classes"].values()
print(told["members"])
"""


def test_what_is_told_of_a_member_is_the_same_in_every_process() -> None:
    said = {python(MAPPED, seed=seed) for seed in (1, 2)}
    assert len(said) == 1
    assert "{'A': 'dict " in said.pop()


ROWS = """
import importlib, json, sys
from persist.adapters import _registry, _tables
made = {}
for module in sorted(set(_tables.TABLES.values())):
    for name, row in importlib.import_module(module).TABLE.items():
        if row.role == "class":
            cls = _registry.names.find(name)
            made[name] = _registry.plan_for(cls)[0].record.get("fingerprint")
print(json.dumps(made, sort_keys=True))
"""


def test_the_fingerprints_of_all_admitted_classes_are_the_same_in_every_process() -> None:
    first, second = (json.loads(python(ROWS, seed=seed)) for seed in (1, 2))
    assert len(first) > 500
    assert {name for name in first if first[name] != second[name]} == set()


def test_code_that_is_put_into_a_function_gives_another_fingerprint() -> None:
    def counted() -> int:
        return 1

    def other() -> int:
        return 2

    before = fingerprints.code_of(counted)
    assert before != fingerprints.code_of(other)
    counted.__code__ = other.__code__
    assert fingerprints.code_of(counted) == fingerprints.code_of(other)


HASHED = """
import enum
from dataclasses import dataclass
from typing import Annotated, Any
from pydantic import BaseModel, Field, PrivateAttr, v1

class A(BaseModel):
    a: frozenset[str] = frozenset({"one", "two", "three"})

@dataclass
class B:
    b: frozenset = frozenset({"one", "two", "three"})

class Group(enum.Enum):
    ALL = frozenset({"one", "two", "three"})

@dataclass(frozen=True)
class Marked:
    marks: frozenset[str] = frozenset({"one", "two", "three"})

class Bag:
    def __repr__(self):
        return repr({"one", "two", "three"})

class Slots:
    __slots__ = {"one", "two", "three"}

class Old(v1.BaseModel):
    a: int = 1

class Deep(BaseModel):
    a: Any = (1, [frozenset({"one", "two", "three"})], {"k": {"one", "two"}}, Group.ALL)
    b: list[Annotated[int, frozenset({"one", "two", "three"})]] = []
    c: Annotated[int, Marked(), {"one", "two", "three"}] = 3
    d: Any = Field(default=Bag())
    _e: Any = PrivateAttr(default=(frozenset({"one", "two", "three"}),))

@dataclass
class Dated:
    a: list[Annotated[int, Marked()]] = None

MADE = [A(), B(), Group.ALL, Marked(), Slots(), Old(), Deep(d=0), Dated()]
"""
