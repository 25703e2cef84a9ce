"""A field that an object lacks, and of which its class shows a default: the same, or an error."""

from __future__ import annotations

import dataclasses
import decimal
import json
import threading
from pathlib import Path
from typing import Any, NamedTuple

import persist
import pytest

from trips import python, then_and_now

HEAD = """
import dataclasses, decimal, enum, typing
from dataclasses import dataclass, field
import attrs
from pydantic import BaseModel, v1

class Level(enum.Enum):
    LOW, HIGH = 1, 2

@dataclass(frozen=True)
class Rate:
    percent: int

def lacking(it, *names):
    for name in names:
        object.__delattr__(it, name)
    return it
"""

TOLD = (
    "@dataclass\nclass Thing:\n    a: int = 5\n    x: typing.Any = field(init=False, default={})\n"
)
GIVEN = "@dataclass\nclass Thing:\n    a: int = 5\n    x: typing.Any = {}\n"
BLIND = "Rate.__repr__ = object.__repr__\n"
BASE = "@dataclass\nclass Base:\n    x: int = field(init=False, default={})\n"
HOOK = "    def __getstate__(self): return dict(vars(self))\n"
SETTER = "    def __setstate__(self, state): vars(self).update(state)\n"
PLAIN = "class Thing(Base):\n    x = {}\n"
NARROWED = "@dataclass\nclass Thing(Base):\n    a: int = 5\n"
ATTRS = "@attrs.define(slots={})\nclass Base:\n    x: int = 1\n"
V1 = "class Base(v1.BaseModel):\n    x: int = 1\n"
MODEL = "class Mixin:\n    x = {}\nclass Thing(BaseModel, Mixin):\n    x: int\n"

LACKS = "lacking(Thing(), 'x')"
CHANGED = "has changed: its field `x` was not set and showed {}, and would show {} now"


class Case(NamedTuple):
    then: str
    now: str
    says: str = ""
    """What the error says; nothing where the object comes back."""
    make: str = "Thing()"


CASES = {
    "the default is the same": Case(TOLD.format(1), TOLD.format(1)),
    "the default changed": Case(TOLD.format(1), TOLD.format(2), CHANGED.format("`1`", "`2`")),
    "the type of the default changed": Case(
        TOLD.format(1), TOLD.format("True"), CHANGED.format("`1`", "`True`")
    ),
    "a text as the default changed": Case(
        TOLD.format("'a b'"), TOLD.format("'c d'"), CHANGED.format("a `str`", "something else")
    ),
    "the default went": Case(
        TOLD.format(1),
        TOLD.replace(", default={}", ""),
        CHANGED.format("`1`", "nothing"),
    ),
    "a default came": Case(
        TOLD.replace(", default={}", ""), TOLD.format(2), CHANGED.format("nothing", "`2`")
    ),
    "it is a property by now": Case(
        TOLD.format(1),
        TOLD.format(1) + "Thing.x = property(lambda self: 2)\n",
        CHANGED.format("`1`", "nothing"),
    ),
    "it always was a property": Case(
        TOLD.format(1) + "Thing.x = property(lambda self: 2)\n",
        TOLD.format(1) + "Thing.x = property(lambda self: 2)\n",
    ),
    "an object as the default is the same": Case(TOLD.format("Rate(3)"), TOLD.format("Rate(3)")),
    "an object as the default changed": Case(
        TOLD.format("Rate(3)"), TOLD.format("Rate(4)"), CHANGED.format("a `Rate`", "something else")
    ),
    "an object without a repr as the default changed": Case(
        BLIND + TOLD.format("Rate(3)"),
        BLIND + TOLD.format("Rate(4)"),
        CHANGED.format("a `Rate`", "something else"),
    ),
    "a member as the default is the same": Case(TOLD.format("Level.LOW"), TOLD.format("Level.LOW")),
    "a member as the default changed": Case(
        TOLD.format("Level.LOW"),
        TOLD.format("Level.HIGH"),
        CHANGED.format("a `Level`", "something else"),
    ),
    "a tuple as the default is the same": Case(TOLD.format("(1, (2,))"), TOLD.format("(1, (2,))")),
    "a tuple as the default changed": Case(
        TOLD.format("(1, (2,))"),
        TOLD.format("(1, (3,))"),
        CHANGED.format("a `tuple`", "something else"),
    ),
    "a decimal as the default changed": Case(
        TOLD.format("decimal.Decimal('1.0')"),
        TOLD.format("decimal.Decimal('1.00')"),
        CHANGED.format("a `Decimal`", "something else"),
    ),
    "a field that was deleted: the same": Case(GIVEN.format(1), GIVEN.format(1), make=LACKS),
    "a field that was deleted": Case(
        GIVEN.format(1), GIVEN.format(2), CHANGED.format("`1`", "`2`"), LACKS
    ),
    "a field that was deleted, of slots": Case(
        GIVEN.format(1).replace("dataclass", "dataclass(slots=True)"),
        GIVEN.format(2).replace("dataclass", "dataclass(slots=True)"),
        make=LACKS,
    ),
    "a field by name only that was deleted": Case(
        GIVEN.format(1).replace("dataclass", "dataclass(kw_only=True)"),
        GIVEN.format(2).replace("dataclass", "dataclass(kw_only=True)"),
        CHANGED.format("`1`", "`2`"),
        LACKS,
    ),
    "the default of a base changed": Case(
        BASE.format(1) + NARROWED, BASE.format(2) + NARROWED, CHANGED.format("`1`", "`2`")
    ),
    "a subclass has another default": Case(
        BASE.format(1) + PLAIN.format(7),
        BASE.format(1) + PLAIN.format(8),
        CHANGED.format("`7`", "`8`"),
    ),
    "a subclass has another default no more": Case(
        BASE.format(1) + PLAIN.format(7),
        BASE.format(1) + "class Thing(Base): pass\n",
        CHANGED.format("`7`", "`1`"),
    ),
    "a subclass of slots has another default": Case(
        BASE.format(1).replace("dataclass", "dataclass(slots=True)") + PLAIN.format(7),
        BASE.format(1).replace("dataclass", "dataclass(slots=True)") + PLAIN.format(8),
        CHANGED.format("`7`", "`8`"),
        LACKS,
    ),
    "a subclass of attrs has another default": Case(
        ATTRS.format(False) + PLAIN.format(7),
        ATTRS.format(False) + PLAIN.format(8),
        CHANGED.format("`7`", "`8`"),
        LACKS,
    ),
    "a subclass of pydantic.v1 has another default": Case(
        V1 + PLAIN.format(7) + "Thing.x = 7\n",
        V1 + PLAIN.format(7) + "Thing.x = 8\n",
        CHANGED.format("`7`", "`8`"),
        LACKS,
    ),
    "a base of a model shows another": Case(
        MODEL.format(7),
        MODEL.format(7) + "Mixin.x = 8\n",
        CHANGED.format("`7`", "`8`"),
        LACKS,
    ),
    "a dict of fields": Case(
        TOLD.format(1).replace("Thing", "Thing(dict)"),
        TOLD.format(2).replace("Thing", "Thing(dict)"),
        CHANGED.format("`1`", "`2`"),
    ),
    "a text with fields": Case(
        TOLD.format(1).replace("Thing", "Thing(str)"),
        TOLD.format(2).replace("Thing", "Thing(str)"),
        CHANGED.format("`1`", "`2`"),
    ),
    "a text with fields: the same": Case(
        TOLD.format(1).replace("Thing", "Thing(str)"),
        TOLD.format(1).replace("Thing", "Thing(str)"),
    ),
    "fields that a hook tells": Case(
        TOLD.format(1) + HOOK, TOLD.format(2) + HOOK, CHANGED.format("`1`", "`2`")
    ),
    "fields that a hook tells: the same": Case(TOLD.format(1) + HOOK, TOLD.format(1) + HOOK),
    "fields that a hook sets": Case(
        TOLD.format(1) + HOOK + SETTER, TOLD.format(2) + HOOK + SETTER, CHANGED.format("`1`", "`2`")
    ),
    "fields that a hook sets: the same": Case(
        TOLD.format(1) + HOOK + SETTER, TOLD.format(1) + HOOK + SETTER
    ),
    "an exception with fields": Case(
        TOLD.format(1).replace("Thing", "Thing(Exception)"),
        TOLD.format(2).replace("Thing", "Thing(Exception)"),
        CHANGED.format("`1`", "`2`"),
    ),
    "an exception with fields: the same": Case(
        TOLD.format(1).replace("Thing", "Thing(Exception)"),
        TOLD.format(1).replace("Thing", "Thing(Exception)"),
    ),
}

SAVE = """
import importlib, json, sys, persist
texts = []
for at, make in enumerate(json.loads(sys.argv[1])):
    module = importlib.import_module(f"shown{at}")
    it = eval(make, vars(module))
    texts.append(persist.dumps(it))
    persist.snapshot(it, f"{sys.argv[2]}/{at}.json")
print(json.dumps(texts))
"""

LOAD = """
import json, sys, persist
told = []
for at, text in enumerate(json.loads(sys.argv[1])):
    allow = [f"shown{at}", "decimal"]
    for read in (
        lambda: persist.loads(text, allow=allow),
        lambda: persist.restore(f"{sys.argv[2]}/{at}.json", allow=allow),
    ):
        try:
            told.append(["held", repr(getattr(read(), "x", None)) ])
        except persist.RebuildError as error:
            told.append([error.kind, str(error)])
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("shown")
    bodies = [(HEAD + case.then, HEAD + case.now) for case in CASES.values()]
    then, now = then_and_now(root, "shown", bodies)
    makes = json.dumps([case.make for case in CASES.values()])
    texts = python(SAVE, makes, root, path=[then])
    read = json.loads(python(LOAD, texts, root, path=[now]))
    pairs = zip(read[::2], read[1::2], strict=True)
    return dict(zip(CASES, zip(json.loads(texts), pairs, strict=True), strict=True))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("form", ["text", "snapshot"])
def test_what_an_object_shows_is_what_it_showed(
    form: str, name: str, outcomes: dict[str, Any]
) -> None:
    case, (text, told) = CASES[name], outcomes[name]
    kind, said = told[form == "snapshot"]
    if case.says:
        assert kind == "class_changed", (said, text)
        assert case.says in said
    else:
        assert kind == "held", (said, text)


UPGRADES = {
    "one that says what the field was": ("{**state, 'x': state['x'] + 10}", "11"),
    "one that leaves it to the class": ("{'a': state['a']}", "2"),
}

UPGRADED = """
import sys, persist, shown0
print(persist.restore(sys.argv[1], allow="shown0").x)
"""


@pytest.mark.parametrize("kind", ["dataclass", "dataclass with slots"])
@pytest.mark.parametrize("name", UPGRADES)
def test_an_upgrade_is_told_what_the_object_showed(name: str, kind: str, tmp_path: Path) -> None:
    said, expected = UPGRADES[name]
    registered = "import persist\npersist.register(Thing, version=2, upgrade={})\n"
    base = "@dataclass\nclass Base:\n    x: int = field(init=False, default={})\n"
    thing = "@dataclass(slots=True)\nclass Thing(Base):\n    a: int = 5\n"
    then, now = (TOLD.format(at) for at in (1, 2))
    if kind != "dataclass":
        then, now = (base.format(at) + thing for at in (1, 2))
    now += registered.format(f"lambda state, version: {said}")
    folders = then_and_now(tmp_path, "shown", [(HEAD + then, HEAD + now)])
    place = tmp_path / "thing.json"
    save = "import sys, persist, shown0; persist.snapshot(shown0.Thing(), sys.argv[1])"
    python(save, place, path=folders[:1])
    assert python(UPGRADED, place, path=folders[1:]).strip() == expected


NODE = '{"lc":"object","id":"test_shown_defaults:Told","dict":{"a":5}'


@dataclasses.dataclass
class Told:
    a: int = 5
    x: Any = dataclasses.field(init=False, default=1)


def test_an_object_that_lacks_a_field_says_what_it_showed() -> None:
    it = Told()
    text = f'{NODE},"missing":["x"],"shown":{{"x":1}}}}'
    assert persist.dumps(it) == text
    back = persist.loads(text, allow=Told)
    assert vars(back) == {"a": 5}
    assert back.x == 1
    # What has all its fields says nothing of its class.
    it.x = 1
    assert persist.dumps(it) == f'{NODE[:-1]},"x":1}}}}'


@pytest.mark.parametrize(
    ("rest", "says"),
    {
        '"shown":{"x":1}': "the state has no value for its field `x`",
        '"missing":["x"],"shown":{"x":1,"y":2}': "is not of fields that it lacks",
        '"missing":["x"],"shown":[1]': "an array stands where a node has none",
        '"missing":["x"],"shown":null': "its field `x` was not set and showed nothing",
        '"missing":["x"]': "its field `x` was not set and showed nothing",
        '"missing":["x"],"shown":{"x":1.0}': "showed `1.0`, and would show `1` now",
        '"missing":["x"],"shown":{"x":{"lc":"object","id":"test_shown_defaults:Told",'
        '"dict":{"a":1,"x":2}}}': "showed a `Told`, and would show `1` now",
    }.items(),
)
def test_what_no_writer_says_is_refused(rest: str, says: str) -> None:
    with pytest.raises((persist.RebuildError, persist.FormatError), match=says):
        persist.loads(f"{NODE},{rest}}}", allow=Told)


def test_a_default_that_nothing_carries_is_refused_when_it_is_saved() -> None:
    it = Told()
    lock = threading.Lock()
    Told.x = lock
    try:
        with pytest.raises(persist.CaptureError, match=r"\$\.x"):
            persist.dumps(it)
        text = persist.dumps(it, bind={"lock": lock})
        assert persist.loads(text, allow=Told, bind={"lock": lock}).x is lock
        with pytest.raises(persist.RebuildError, match="showed a `lock`, and would show something"):
            persist.loads(text, allow=Told, bind={"lock": threading.Lock()})
    finally:
        Told.x = 1


def test_thousands_show_one_thing_that_is_compared_once() -> None:
    Told.x = Told()
    vars(Told.x)["x"] = (1, b"two", decimal.Decimal("3.0"))
    try:
        back = persist.loads(persist.dumps([Told() for _ in range(8_000)]), allow=[Told, "decimal"])
    finally:
        Told.x = 1
    assert len(back) == 8_000
