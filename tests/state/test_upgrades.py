"""State of another version of a class: it works, or one error names class, field and version."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import ConfigurationError, RebuildError

from api.forge import forge
from things import Plain
from trips import python

HEADER = """
import dataclasses, enum
from pydantic import BaseModel, SecretStr
"""

PLAIN = "class Bag:\n    def __init__(self, **held): self.__dict__.update(held)\n    VERSION = {}\n"
SLOTS = "class Bag:\n    __slots__ = ({!r},)\n    def __init__(self, **held):\n" + (
    "        for name, value in held.items(): setattr(self, name, value)\n"
)
DATA = "@dataclasses.dataclass\nclass Bag:\n    {}: int = 0\n"
REDUCED = PLAIN.format(1) + "    def __reduce__(self): return Bag, (), {}\n"
MODEL = "class Bag(BaseModel):\n    {}: int = 0\n    note: str = 'n'\n"

SAVE = """
import sys, persist, stall
if sys.argv[2] != '0':
    persist.register(stall.Bag, version=int(sys.argv[2]))
persist.snapshot(stall.Bag(**eval(sys.argv[3])), sys.argv[1])
"""

RESTORE = """
import json, sys, persist, stall
seen = []
def upgrade(state, version):
    seen.append([dict(state), version])
    exec(sys.argv[3])
    return state
if sys.argv[2] != '0':
    persist.register(stall.Bag, version=int(sys.argv[2]), upgrade=upgrade if sys.argv[3] else None)
try:
    bag = persist.restore(sys.argv[1], allow="stall")
    held = getattr(bag, "__dict__", None) or {name: getattr(bag, name) for name in bag.__slots__}
    print(json.dumps(["held", held, seen]))
except persist.PersistError as error:
    print(json.dumps([error.kind, str(error), seen]))
"""


class Trip:
    """Saves under one version of the module `stall`, and restores under another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def program(self, source: str, release: str) -> Path:
        root = self.folder / release
        root.mkdir(exist_ok=True)
        (root / "stall.py").write_text(HEADER + source, encoding="utf-8")
        info = root / f"stall-{release}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: stall\nVersion: {release}\n")
        return root

    def save(self, source: str, version: int = 0, **held: Any) -> None:
        root = self.program(source, "1.0")
        python(SAVE, self.folder / "bag.json", version, repr(held), path=[root])

    def restore(self, source: str, version: int = 0, upgrade: str = "") -> list[Any]:
        root = self.program(source, "2.0")
        found: list[Any] = json.loads(
            python(RESTORE, self.folder / "bag.json", version, upgrade, path=[root])
        )
        return found


@pytest.fixture
def trip(tmp_path: Path) -> Trip:
    return Trip(tmp_path)


RENAME = "state['b'] = state.pop('a')"


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (PLAIN.format(1), "class Base: pass\n" + PLAIN.format(1).replace("Bag", "Bag(Base)")),
        (SLOTS.format("a"), SLOTS.format("b")),
        (DATA.format("a"), DATA.format("b")),
        (MODEL.format("a"), MODEL.format("b")),
    ],
    ids=["plain", "slots", "dataclass", "model"],
)
def test_an_upgrade_renames_a_field(trip: Trip, then: str, now: str) -> None:
    trip.save(then, a=5)
    kind, text, seen = trip.restore(now)
    assert kind == "class_changed"
    assert "`stall:Bag`" in text
    assert "`stall` 1.0 wrote it, and 2.0 is installed" in text
    assert seen == []
    kind, held, seen = trip.restore(now, 2, RENAME)
    assert kind == "held", held
    assert held["b"] == 5
    assert "a" not in held
    assert [version for _, version in seen] == [1]


def test_an_upgrade_is_told_the_version_and_is_not_asked_without_need(trip: Trip) -> None:
    trip.save(PLAIN.format(1), 3, a=1)
    assert trip.restore(PLAIN.format(1), 3, "1/0") == ["held", {"a": 1}, []]
    assert trip.restore(PLAIN.format(1), 4, "state['a'] += version") == [
        "held",
        {"a": 4},
        [[{"a": 1}, 3]],
    ]


def test_the_metadata_say_the_version(trip: Trip) -> None:
    trip.save(PLAIN.format(1), 3, a=1)
    classes = persist.get_metadata(trip.folder / "bag.json")["classes"]
    assert classes is not None
    assert classes["stall:Bag"]["version"] == 3


@pytest.mark.parametrize(
    ("version", "upgrade", "says"),
    [
        (2, "", "was written as version 3, and this program has version 2"),
        (4, "1 / 0", "from version 3: its upgrade raises `ZeroDivisionError`"),
        (4, "state[5] = 1", "returns no dict of attributes by their names"),
        (4, "state['__class__'] = 1", "gives `__class__`, which no instance may hold"),
        (4, "state['describe'] = 1", "gives `describe`, which no instance may hold"),
    ],
)
def test_what_an_upgrade_must_not_do_is_named(
    trip: Trip, version: int, upgrade: str, says: str
) -> None:
    source = PLAIN.format(1) + "    def describe(self): pass\n"
    trip.save(source, 3, a=1)
    kind, text, _ = trip.restore(source, version, upgrade)
    assert kind == "class_changed"
    assert says in text


@pytest.mark.parametrize("version", [-(2**40), -1, 0, 4, True, 1.0, "3", None, [3]], ids=str)
def test_an_upgrade_is_not_asked_for_a_version_that_nobody_writes(
    trip: Trip, version: object
) -> None:
    trip.save(PLAIN.format(1), 3, a=1)
    path = trip.folder / "bag.json"
    classes: Any = persist.get_metadata(path)["classes"]
    classes["stall:Bag"]["version"] = version
    text = json.loads(path.read_text())["agent_state"]
    path.write_bytes(forge(json.dumps(text).encode(), "none", classes=classes))
    says = "at `$`, `stall:Bag` was written as version"
    kind, found, seen = trip.restore(PLAIN.format(1), 3, "state['a'] = 2")
    assert (kind, seen) == ("class_changed", [])
    assert says in found


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("class Bag(dict): pass\n", "class Bag(dict): pass\n"),
        (PLAIN.format(1), "class Bag(list): pass\n"),
        (REDUCED.format("dict(self.__dict__)"), REDUCED.format("{**self.__dict__}")),
    ],
    ids=["a dict", "it became a list", "a call"],
)
def test_no_upgrade_gets_what_is_more_than_attributes(trip: Trip, then: str, now: str) -> None:
    trip.save(then, a=5)
    kind, text, seen = trip.restore(now, 2, RENAME)
    assert (kind, seen) == ("class_changed", [])
    assert (
        "at `$`, could not upgrade `stall:Bag` from version 1: "
        "its state is more than attributes, and no upgrade gets that" in text
    )


def test_an_upgrade_goes_through_the_constructor(trip: Trip) -> None:
    trip.save(MODEL.format("a"), a=5)
    kind, text, _ = trip.restore(MODEL.format("b"), 2, "state['b'] = 'five'; del state['a']")
    assert kind == "class_changed"
    assert "its constructor refuses it: b:" in text


CHANGES = {
    "a field was added with a default": (
        MODEL.format("a"), MODEL.format("a") + "    more: int = 3\n", None,
    ),
    "a field was removed": (MODEL.format("a") + "    more: int = 3\n", MODEL.format("a"), "`more`"),
    "a field was renamed": (MODEL.format("a"), MODEL.format("b"), "`a`"),
    "a type was changed": (
        MODEL.format("a"), MODEL.format("a").replace("a: int", "a: list[int]"), "`a` holds",
    ),
    "the class is gone": (MODEL.format("a"), "Bag = None\n", "`stall:Bag`"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_works_or_is_named(trip: Trip, name: str) -> None:
    then, now, says = CHANGES[name]
    held = {"a": 5, "more": 4} if "more" in then else {"a": 5}
    trip.save(then, **held)
    kind, found, _ = trip.restore(now)
    if says is None:
        assert (kind, found["a"], found["more"]) == ("held", 5, 3)
        return
    assert kind in ("class_changed", "missing_name")
    assert "stall:Bag" in found
    assert says in found
    assert "`stall` 1.0 wrote it, and 2.0 is installed" in found


def test_a_package_that_is_gone_is_named_with_its_version(trip: Trip) -> None:
    trip.save(MODEL.format("a"), a=5)
    sys.modules.pop("stall", None)
    with pytest.raises(RebuildError) as caught:
        persist.restore(trip.folder / "bag.json", allow="stall")
    assert caught.value.kind == "missing_package"
    assert "`stall` 1.0 wrote it, and none is installed" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"cls": 5}, "`cls`: must be a class, not `int`"),
        ({"cls": "things:Plain"}, "`cls`: must be a class, not `str`"),
        ({"cls": Plain, "version": 0}, "`version`: must be an integer from 1 on"),
        ({"cls": Plain, "version": True}, "`version`: must be an integer from 1 on"),
        ({"cls": Plain, "version": "1"}, "`version`: must be an integer from 1 on"),
        ({"cls": Plain, "upgrade": 5}, "`upgrade`: must be callable, not `int`"),
        ({"cls": type("Local", (), {})}, "`cls`: is `Local`, which no name leads to"),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        persist.register(**arguments)
    assert caught.value.kind == "bad_argument"
    assert str(caught.value) == f"bad argument {reason}"


def test_registering_admits_nothing(trip: Trip) -> None:
    persist.register(Plain)
    with pytest.raises(persist.UntrustedError):
        persist.loads(persist.dumps(Plain()))


ATTRS = "import attrs\n@attrs.define\nclass Bag:\n    {}: int = 0\n"
LISTED = "class Bag(list):\n    {}\n"
FLAGS = "class Bag(enum.Flag):\n    A = 1\n    {} = 2\ndef make(): return Bag(3)\n"

ADVICE = {
    "a dataclass": (DATA.format("a"), DATA.format("b"), "persist.register(cls, version=2"),
    "a model": (MODEL.format("a"), MODEL.format("b"), "persist.register(cls, version=2"),
    "a plain class": (
        PLAIN.format(1), "class Base: pass\n" + PLAIN.format(1).replace("Bag", "Bag(Base)"),
        "persist.register(cls, version=2",
    ),
    "attrs": (ATTRS.format("a"), ATTRS.format("b"), "persist.register(cls, version=2"),
    "a named tuple": (
        "from typing import NamedTuple\nclass Bag(NamedTuple):\n    a: int = 0\n",
        "from typing import NamedTuple\nclass Bag(NamedTuple):\n    b: int = 0\n",
        "persist.register(cls, version=2",
    ),
    "pydantic.v1": (
        "from pydantic import v1\nclass Bag(v1.BaseModel):\n    a: int = 0\n",
        "from pydantic import v1\nclass Bag(v1.BaseModel):\n    b: int = 0\n",
        "persist.register(cls, version=2",
    ),
    "hooks": (
        PLAIN.format(1) + "    def __getstate__(self): return dict(self.__dict__)\n",
        PLAIN.format(1) + "    def __getstate__(self): return {**self.__dict__}\n",
        "persist.register(cls, version=2",
    ),
    "hooks that give arguments": (
        REDUCED.format("dict(self.__dict__)"), REDUCED.format("{**self.__dict__}"),
        "no upgrade gets state of this kind",
    ),
    "a list": (
        LISTED.format("pass"), "class Base: pass\nclass Bag(Base, list): pass\n",
        "no upgrade gets state of this kind",
    ),
    "a class that moved": (
        "class Bag: pass\n", "import stall_moved\nfrom stall_moved import Bag\n",
        "let it keep its name",
    ),
}  # fmt: skip

ADVISED = """
import sys, persist, stall
try:
    persist.restore(sys.argv[1], allow=["stall", "stall_moved"])
except persist.RebuildError as error:
    print(error.kind, error, "HINT", error.hint)
"""


@pytest.mark.parametrize("name", ADVICE)
def test_the_advice_names_an_upgrade_only_where_one_is_asked(trip: Trip, name: str) -> None:
    then, now, advice = ADVICE[name]
    trip.save(then)
    root = trip.program(now, "2.0")
    (root / "stall_moved.py").write_text("class Bag: pass\n")
    said = python(ADVISED, trip.folder / "bag.json", path=[root])
    assert advice in said
    assert ("`stall_moved:Bag` by now" in said) == (name == "a class that moved")


def test_a_flag_that_is_gone_is_named(trip: Trip) -> None:
    root = trip.program(FLAGS.format("B"), "1.0")
    save = "import sys, persist, stall\npersist.snapshot(stall.make(), sys.argv[1])"
    python(save, trip.folder / "bag.json", path=[root])
    for source in (FLAGS.format("C"), "class Bag(enum.Flag):\n    A = 1\n"):
        root = trip.program(source, "2.0")
        said = python(ADVISED, trip.folder / "bag.json", path=[root])
        assert said.startswith("class_changed")
        assert "it has no member `B` any more" in said
