"""A class that has changed, whose objects lie in their own state."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from trips import python, then_and_now

HEAD = """
import dataclasses, functools, weakref
from typing import Any
import attr, attrs, persist
from pydantic import BaseModel, ConfigDict, v1
KEPT = []
"""


class Case(NamedTuple):
    then: str
    now: str
    make: str
    expected: Any
    """What the restored object shows, or a part of the error."""
    shows: str = "[it.n, it.kids[0].p is it, type(it.kids[0]).__name__]"


KIDS = "(lambda it: (it.kids.append(Kid(it)), it)[1])(Thing())"
KID = "@dataclasses.dataclass\nclass Kid:\n    p: Any\n"
DATA = KID + "@dataclasses.dataclass\nclass Thing:\n    kids: list = dataclasses.field("
DATA += "default_factory=list)\n"
SLOTTED = DATA.replace(
    "@dataclasses.dataclass\nclass Thing", "@dataclasses.dataclass(slots=True)\nclass Thing"
)
MODEL = KID + "class Thing(BaseModel):\n    kids: list[Kid] = []\n"
PLAIN = KID + "class Thing:\n    def __init__(self): self.kids = []\n"
ATTRS = KID + "@attr.s(auto_attribs=True)\nclass Thing:\n    kids: list = attr.Factory(list)\n"
LISTED = KID + "@attrs.define\nclass Thing:\n    kids: list = attrs.field(factory=list)\n"
OLDER = KID + "class Thing(v1.BaseModel):\n    kids: list = []\n"
HOOKED = PLAIN + "    def __getstate__(self): return dict({}kids=self.kids)\n"
HELD = HOOKED + "    def __setstate__(self, state):\n        self.__dict__.update(state)\n"
N = "    n: int = 3\n"
POST = "    def __post_init__(self): {}\n"
UPGRADE = "persist.register(Thing, version=2, upgrade=lambda state, version: {**state, 'n': 3})\n"

CASES = {
    "a dataclass got a field": Case(DATA, DATA + N, KIDS, [3, True, "Kid"]),
    "a dataclass with slots got a field": Case(SLOTTED, SLOTTED + N, KIDS, [3, True, "Kid"]),
    "a model got a field": Case(MODEL, MODEL + N, KIDS, [3, True, "Kid"]),
    "a plain class is upgraded": Case(PLAIN, PLAIN + UPGRADE, KIDS, [3, True, "Kid"]),
    "a dataclass is upgraded": Case(DATA, DATA + N + UPGRADE, KIDS, [3, True, "Kid"]),
    "a class of attrs got a field": Case(ATTRS, ATTRS + N, KIDS, [3, True, "Kid"]),
    "a class of attrs with slots got a field": Case(LISTED, LISTED + N, KIDS, [3, True, "Kid"]),
    "a class of attrs with slots is upgraded": Case(
        LISTED, LISTED + N + UPGRADE, KIDS, [3, True, "Kid"]
    ),
    "a model of pydantic.v1 got a field": Case(OLDER, OLDER + N, KIDS, [3, True, "Kid"]),
    "a class with hooks is upgraded": Case(
        HOOKED.format(""), HOOKED.format("n=self.n, ") + UPGRADE, KIDS, [3, True, "Kid"]
    ),
    "a class that sets its state is upgraded": Case(
        HELD.format(""), HELD.format("n=self.n, ") + UPGRADE, KIDS, [3, True, "Kid"]
    ),
    "a class that sets its state gives itself to something else": Case(
        HELD.format(""),
        HELD.format("n=self.n, ") + "        KEPT.append(self)\n" + UPGRADE,
        KIDS,
        "its constructor gives that to something else",
    ),
    "a dataclass holds itself": Case(
        "@dataclasses.dataclass\nclass Thing:\n    me: Any = None\n",
        "@dataclasses.dataclass\nclass Thing:\n    me: Any = None\n" + N,
        "(lambda it: (setattr(it, 'me', it), it)[1])(Thing())",
        [3, True],
        "[it.n, it.me is it]",
    ),
    "two changed classes hold each other": Case(
        DATA, DATA.replace("    p: Any\n", "    p: Any\n    m: int = 4\n") + N, KIDS, [3, True, 4],
        "[it.n, it.kids[0].p is it, it.kids[0].m]",
    ),
    "the constructor keeps what it makes": Case(
        DATA, DATA + N + POST.format("KEPT.append(self)"), KIDS,
        "its constructor gives that to something else",
    ),
    "the constructor keeps a weak reference": Case(
        DATA, DATA + N + POST.format("KEPT.append(weakref.ref(self))"), KIDS,
        "its constructor gives that to something else",
    ),
    "the constructor asks what is not there yet": Case(
        DATA, DATA + N + POST.format("self.kids[0].p.kids"), KIDS, "its constructor refuses it",
    ),
    "a cached property of a dataclass": Case(
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n    @functools.cached_property\n"
        "    def c(self): return 7\n",
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n" + N
        + "    @functools.cached_property\n    def c(self): return 8\n",
        "(lambda it: (it.c, it)[1])(Thing())",
        {"a": 5, "n": 3, "c": 7},
        "vars(it)",
    ),
    "an attribute beside the fields of a dataclass": Case(
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n",
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n" + N,
        "(lambda it: (setattr(it, 'more', 1), it)[1])(Thing())",
        {"a": 5, "n": 3, "more": 1},
        "vars(it)",
    ),
    "an attribute of a dataclass became a field": Case(
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n",
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n    more: int = 3\n",
        "(lambda it: (setattr(it, 'more', 1), it)[1])(Thing())",
        "its attribute `more` is a field now",
    ),
    "an attribute of a dataclass became a method": Case(
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n",
        "@dataclasses.dataclass\nclass Thing:\n    a: int = 5\n" + N
        + "    def more(self): return 3\n",
        "(lambda it: (setattr(it, 'more', 1), it)[1])(Thing())",
        "`more` is no attribute that an instance may hold",
    ),
}  # fmt: skip

PEERS = "@dataclasses.dataclass\nclass Thing:\n    peers: Any = None\n"
COUNTED = PEERS + "    n: int = 0\n" + POST.format("self.n = len(self.peers)")
LISTED = "(lambda it: (it.extend([Thing(it), Thing(it)]), it)[1])([])"
MAPPED = "(lambda it: (it.update(a=Thing(it), b=Thing(it)), it)[1])({})"
NAMED = "@dataclasses.dataclass\nclass Kid:\n    p: Any = None\n{}"
NAMED += "@dataclasses.dataclass\nclass Thing:\n    name: str = ''\n    kid: Any = None\n"
PATH = "    path: str = ''\n" + POST.format("self.path = self.p.name")
NAME = "(lambda it: (setattr(it, 'kid', Kid(it)), it)[1])(Thing('a'))"
ANEW = "    n: Any = dataclasses.field(default_factory={})\n"
CASES |= {
    "the length of a list around it": Case(
        PEERS, COUNTED, LISTED, "its constructor makes its `n` of what was not all there yet"
    ),
    "the length of a map around it": Case(
        PEERS, COUNTED, MAPPED, "its constructor makes its `n` of what was not all there yet"
    ),
    "what lies in a list around it": Case(
        PEERS,
        COUNTED.replace("len(self.peers)", "[type(it) for it in self.peers]"),
        LISTED,
        "its constructor makes its `n` of what was not all there yet",
    ),
    "what its owner has by default as yet": Case(
        NAMED.format(""),
        NAMED.format(PATH)+ N,
        NAME,
        "its constructor makes its `path` of what was not all there yet",
    ),
    "what does not depend on the list around it": Case(
        PEERS,
        COUNTED.replace("len(self.peers)", "[{'a': type(self)}]"),
        LISTED,
        [[True, True], True],
        "[[x.n == [{'a': type(x)}] for x in it], it[0].peers is it]",
    ),
    "what is anew each time": Case(
        PEERS, PEERS + ANEW.format("__import__('uuid').uuid4"), LISTED, [True, 16],
        "[it[0].n != it[1].n, len(it[0].n.bytes)]",
    ),
    "what cannot be saved": Case(
        PEERS, PEERS + ANEW.format("__import__('threading').Lock"), LISTED, [True],
        "[it[0].n.acquire()]",
    ),
}  # fmt: skip

SAVE = """
import importlib, json, sys, persist
for module, make, place in json.loads(sys.argv[1]):
    module = importlib.import_module(module)
    persist.snapshot(eval(make, vars(module)), place, durable=False)
"""

RESTORE = """
import json, sys, persist
told = []
for module, shows, place in json.loads(sys.argv[1]):
    __import__(module)
    try:
        told.append(eval(shows, {"it": persist.restore(place, allow=[module])}))
    except persist.RebuildError as error:
        told.append(f"{error.kind}: {error}")
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("circles")
    bodies = [(HEAD + case.then, HEAD + case.now) for case in CASES.values()]
    then, now = then_and_now(root, "round", bodies)
    saves, restores = [], []
    for at, case in enumerate(CASES.values()):
        place = str(root / f"{at}.json")
        saves.append([f"round{at}", case.make, place])
        restores.append([f"round{at}", case.shows, place])
    python(SAVE, json.dumps(saves), path=[then])
    told = json.loads(python(RESTORE, json.dumps(restores), path=[now]))
    return dict(zip(CASES, told, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_changed_object_that_holds_itself(name: str, outcomes: dict[str, Any]) -> None:
    expected, outcome = CASES[name].expected, outcomes[name]
    if isinstance(expected, str):
        assert outcome.startswith("class_changed: ")
        assert expected in outcome
        assert ":Thing`" in outcome or ":Kid`" in outcome
    else:
        assert outcome == expected
