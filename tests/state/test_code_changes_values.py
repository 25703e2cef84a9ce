"""A class that has changed, whose constructor reaches into what was saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trips import python

HEAD = """
from __future__ import annotations
import array, collections, dataclasses, functools, random
from dataclasses import dataclass
from typing import Any
import numpy, pandas
from pydantic import BaseModel, ConfigDict, Field, field_validator

class Log:
    def __init__(self): self.lines = []

class Slotted:
    __slots__ = ("lines",)
    def __init__(self): self.lines = []

class Row(array.array): pass

class Dice(random.Random): pass

def marked():
    def f(): return 1
    return f

class Cached:
    def __init__(self): self.n = 1
    @functools.cached_property
    def twice(self): return 2 * self.n
"""

DATA = "@dataclass\nclass Thing:\n    a: Any\n"
DATA_NOW = DATA + "    b: int = 0\n    def __post_init__(self): {}\n"
LOOSE = "class Thing(BaseModel):\n    model_config = ConfigDict(arbitrary_types_allowed=True)\n"
MODEL = LOOSE + "    a: {}\n"
MODEL_NOW = MODEL + "    b: int = 0\n    def model_post_init(self, _): {}\n"


class Case(NamedTuple):
    made: str
    """What the field holds when it is saved."""
    done: str
    """What the constructor does by now."""
    hint: str = "Any"
    """The type of the field in a model."""


CHANGES = {
    "a list in a map": Case("{'k': [1]}", "self.a['k'].append(5)", "dict[str, Any]"),
    "a count in a map of maps": Case("{'n': {'c': 1}}", "self.a['n']['c'] += 1"),
    "the order of a map": Case("[{'x': 1, 'y': 2}]", "self.a[0].update(x=self.a[0].pop('x'))"),
    "the order of an ordered map": Case(
        "[collections.OrderedDict(x=1, y=2)]", "self.a[0].move_to_end('x')"
    ),
    "an equal value of another type": Case("[[1]]", "self.a[0][0] = True"),
    "an equal list in the place of a shared one": Case("[[[1]]]", "self.a[0][0] = [1]"),
    "a set in a tuple": Case("({1},)", "self.a[0].add(2)"),
    "a deque": Case("[collections.deque([1])]", "self.a[0].append(2)"),
    "an attribute": Case("Log()", "self.a.lines.append(1)", "Log"),
    "a new attribute": Case("Log()", "self.a.more = 1", "Log"),
    "a slot": Case("Slotted()", "self.a.lines = 1", "Slotted"),
    "an array": Case("[numpy.zeros(3)]", "self.a[0][1] = 2"),
    "an array of numbers": Case("[array.array('i', [1])]", "self.a[0].append(2)"),
    "bytes": Case("[bytearray(b'a')]", "self.a[0].append(66)"),
    "a table": Case("[pandas.DataFrame({'x': [1]})]", "self.a[0].loc[0, 'x'] = 2"),
    "a generator of random numbers": Case("[random.Random(1)]", "self.a[0].random()"),
    "an array of a class of one's own": Case("[Row('i', [1])]", "self.a[0].append(2)"),
    "a generator of a class of one's own": Case("[Dice(1)]", "self.a[0].random()"),
    "the name of a function": Case("[marked()]", "self.a[0].__name__ = 'g'"),
    "the docstring of a function": Case("[marked()]", "self.a[0].__doc__ = 'g'"),
}

QUIET = {
    "nothing": Case("{'k': [1]}", "self.b = len(self.a)"),
    "a cached property": Case("Cached()", "self.b = self.a.twice", "Cached"),
    "a text of a path": Case("[__import__('pathlib').Path('a')]", "self.b = len(str(self.a[0]))"),
}

KINDS = {"dataclass": (DATA, DATA_NOW), "model": (MODEL, MODEL_NOW)}

SAVE = """
import importlib, json, sys, persist
for module, made, place in json.loads(sys.argv[1]):
    module = importlib.import_module(module)
    value = eval(made, vars(module))
    persist.snapshot([value, module.Thing(a=value)], place, durable=False)
"""

RESTORE = """
import importlib, json, sys, persist
told = {}
for module, name, place in json.loads(sys.argv[1]):
    try:
        back = persist.restore(place, allow=[module, "pathlib"])
        told[name] = ["held", back[0] is back[1].a or len(back[0])]
    except persist.PersistError as error:
        told[name] = [error.kind, str(error)]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("reached")
    saves, restores = [], []
    for kind, (then, now) in KINDS.items():
        for at, (name, case) in enumerate({**CHANGES, **QUIET}.items()):
            module = f"{kind}{at}"
            for folder, text in (("then", then), ("now", now)):
                (root / folder).mkdir(exist_ok=True)
                filled = text.format(*([case.hint] if kind == "model" else []), case.done)
                (root / folder / f"{module}.py").write_text(HEAD + filled)
            saves.append([module, case.made, str(root / f"{module}.json")])
            restores.append([module, f"{kind}: {name}", str(root / f"{module}.json")])
    python(SAVE, json.dumps(saves), path=[root / "then"])
    told: dict[str, Any] = json.loads(python(RESTORE, json.dumps(restores), path=[root / "now"]))
    return told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CHANGES)
def test_a_constructor_that_reaches_into_a_saved_value_is_refused(
    name: str, kind: str, outcomes: dict[str, Any]
) -> None:
    outcome, said = outcomes[f"{kind}: {name}"]
    assert outcome == "class_changed", said
    assert "its constructor changes" in said
    assert "field `a`" in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", QUIET)
def test_a_constructor_that_only_looks_at_a_saved_value_is_taken(
    name: str, kind: str, outcomes: dict[str, Any]
) -> None:
    outcome, said = outcomes[f"{kind}: {name}"]
    assert outcome == "held", said


BUS = """
from dataclasses import dataclass, field

@dataclass
class Bus:
    subs: list = field(default_factory=list)

@dataclass
class Thing:
    name: str
    bus: Bus
{}
    def __post_init__(self): self.bus.subs.append(self.name)
"""


@pytest.mark.parametrize("is_bound", [False, True], ids=["saved", "bound"])
def test_what_lies_outside_is_changed_only_where_the_caller_gave_it(
    tmp_path: Path, is_bound: bool
) -> None:
    for folder, more in (("then", ""), ("now", "    more: int = 0\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "buses.py").write_text(BUS.format(more))
    bind = "{'bus': bus}" if is_bound else "{}"
    save = "import sys, persist, buses\nbus = buses.Bus()\n"
    save += f"persist.snapshot([buses.Thing('a', bus), bus], sys.argv[1], bind={bind})"
    python(save, tmp_path / "bus.json", path=[tmp_path / "then"])
    load = "import sys, persist, buses\nbus = buses.Bus()\ntry:\n"
    load += f"    made = persist.restore(sys.argv[1], allow=['buses'], bind={bind})\n"
    load += "    print(made[1] is bus, bus.subs)\n"
    load += "except persist.RebuildError as error:\n    print(error.kind, error)\n"
    said = python(load, tmp_path / "bus.json", path=[tmp_path / "now"])
    if is_bound:
        assert said.strip() == "True ['a']"
    else:
        assert said.startswith("class_changed")
        assert (
            "`buses:Thing` has changed: its constructor changes what its field `bus` hold" in said
        )


BESIDE = """
import numpy, threading
from dataclasses import dataclass
from typing import Any

class Line:
    def __init__(self): self.lock = threading.Lock()

@dataclass
class Thing:
    a: Any
{}
    def __post_init__(self): {}
"""
BIND = """
import sys, persist, beside
line = beside.Line()
"""


@pytest.mark.parametrize("done", ["self.a[0] = 5", "len(self.a)"])
def test_what_holds_something_that_the_caller_gave_is_watched_too(
    tmp_path: Path, done: str
) -> None:
    for folder, more, code in (("then", "", "pass"), ("now", "    more: int = 0\n", done)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "beside.py").write_text(BESIDE.format(more, code))
    save = BIND + "held = beside.numpy.array([1, line], dtype=object)\n"
    save += "persist.snapshot(beside.Thing(held), sys.argv[1], bind={'line': line})\n"
    python(save, tmp_path / "beside.json", path=[tmp_path / "then"])
    load = BIND + "try:\n    made = persist.restore(sys.argv[1], allow=['beside'], "
    load += "bind={'line': line})\n    print(made.a[0], made.a[1] is line)\n"
    load += "except persist.RebuildError as error:\n    print(error.kind, error)\n"
    said = python(load, tmp_path / "beside.json", path=[tmp_path / "now"]).strip()
    if done.startswith("len"):
        assert said == "1 True"
    else:
        assert said.startswith("class_changed")
        assert "`beside:Thing` has changed: its constructor changes what its field `a`" in said


SHARING = """
import sys, persist, shared
shared_list = {}
things = [shared.Thing(shared_list) for _ in range(3000)]
persist.snapshot([shared_list, things], sys.argv[1])
"""
SHARED = {
    "numbers": "list(range(10_000))",
    "lists": "[[] for _ in range(3000)]",
    "generators": "[__import__('random').Random(at) for at in range(30)]",
}


@pytest.mark.parametrize("name", SHARED)
def test_looking_at_what_is_shared_again_and_again_comes_to_an_end(
    tmp_path: Path, name: str
) -> None:
    thing = DATA.replace("@dataclass", "from dataclasses import dataclass\nfrom typing import Any\n"
                         "@dataclass")  # fmt: skip
    for folder, more in (("then", ""), ("now", "    b: int = 0\n    def __post_init__(self): 0\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "shared.py").write_text(thing + more)
    place = tmp_path / "shared.json"
    python(SHARING.format(SHARED[name]), place, path=[tmp_path / "then"])
    load = "import sys, time, persist\nbegun = time.process_time()\ntry:\n"
    load += "    persist.restore(sys.argv[1], allow=['shared'])\n"
    load += "except persist.RebuildError as error:\n    print(error)\n"
    load += "print(time.process_time() - begun)\n"
    said, took = python(load, place, path=[tmp_path / "now"]).strip().rsplit("\n", 1)
    assert "what it is given is shared too often to be compared each time" in said
    assert float(took) < 20


KEEPING = """
from dataclasses import dataclass, field
from typing import Any
from pydantic import BaseModel

class Index:
    def __init__(self, items): self.items = items

@dataclass
class Data:
    a: list[int]
{0}
class Model(BaseModel):
    a: list[int]
{1}
class Quiet(BaseModel):
    a: list[int]
{2}
"""
KEPT = (
    "    b: Any = None\n    def __post_init__(self): self.b = Index(self.a)\n",
    "    b: Any = None\n    def model_post_init(self, _): self.b = Index(self.a)\n",
    "    b: Any = None\n    def model_post_init(self, _): self.b = Index([*self.a])\n",
)


@pytest.mark.parametrize("kind", ["Data", "Model", "Quiet"])
def test_what_a_constructor_keeps_a_list_in_has_the_very_list(tmp_path: Path, kind: str) -> None:
    """Pydantic copies the list of a field, and what was made of the copy is none of the list."""
    for folder, more in (("then", ("", "", "")), ("now", KEPT)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "keeping.py").write_text(KEEPING.format(*more))
    save = "import sys, persist, keeping\n"
    save += f"persist.snapshot(keeping.{kind}(a=[1]), sys.argv[1])"
    python(save, tmp_path / "keeping.json", path=[tmp_path / "then"])
    load = "import sys, persist\ntry:\n"
    load += "    made = persist.restore(sys.argv[1], allow=['keeping'])\n"
    load += "    print(made.b.items is made.a)\n"
    load += "except persist.RebuildError as error:\n    print(error.kind, error)\n"
    said = python(load, tmp_path / "keeping.json", path=[tmp_path / "now"]).strip()
    if kind != "Model":
        assert said == str(kind == "Data")
    else:
        assert said.startswith("class_changed")
        assert "its constructor keeps a copy of what its field `a` holds" in said
