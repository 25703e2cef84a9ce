"""State that names what the program no longer has as it was: it works, or one error says what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trips import python

SAVE = "import sys, persist, bazaar; persist.snapshot(bazaar.make(), sys.argv[1])"

RESTORE = """
import json, sys, persist
try:
    back = persist.restore(sys.argv[1], allow="bazaar")
    print(json.dumps(sys.modules["bazaar"].show(back)))
except persist.PersistError as error:
    print(json.dumps([type(error).__name__, error.kind, str(error)]))
"""

DATED = "`bazaar` 1.0 wrote it, and 2.0 is installed"
GONE = "`bazaar` 1.0 wrote it, and none is installed"

PRICE = "`bazaar:pricing.<locals>.price`"
IMPORT = "could not import `bazaar`: `bazaar` is not installed"


class Case(NamedTuple):
    before: dict[str, str]
    """The modules of release 1.0: `bazaar.make()` is what is saved."""
    after: dict[str, str]
    """Those of release 2.0; without any the package is gone."""
    expected: Any
    """What `bazaar.show(back)` returns, or the kind and text of a `RebuildError`."""


def one(source: str) -> dict[str, str]:
    return {"bazaar/__init__.py": source}


KIND = "import enum\nclass Kind(enum.Enum):\n    {} = 1\n    {} = 2\n    TEA = 1\n"
KIND += "def make(): return {{'kind': Kind['A']}}\ndef show(it): return it['kind'].name\n"
ACCESS = "import enum\nclass Access(enum.Flag):\n    READ = 1\n    {} = {}\n"
ACCESS += "def make(): return Access(3)\ndef show(it): return it.value\n"
FLAGS = "import enum\nclass Access(enum.Flag):\n    SEE = 4\n    READ = {}\n    WRITE = {}\n"
FLAGS += "def make(): return Access(5)\ndef show(it): return it.value\n"
BAG = "class Bag:\n    def __init__(self): self.a = 5\n"
USE_BAG = "def make(): return [Bag()]\ndef show(it): return it[0].a\n"
BY_NAME = "def price(n): return n * {}\ndef make(): return [price]\ndef show(it): return it[0](3)\n"
PLACED = "def pricing(rate):\n    def price(n):\n        return {}\n    return price\n"
PLACED += "def make(): return [pricing(2)]\ndef show(it): return it[0](3)\n"
STATIC = "class Till:\n    @staticmethod\n    def {}(n): return n\n"
STATIC += "def make(): return getattr(Till, 'add', None)\ndef show(it): return it(3)\n"

CASES = {
    "an enumeration lost a member": Case(
        one(KIND.format("A", "B")),
        one(KIND.format("C", "B")),
        ["class_changed", f"at `$.kind`, the enumeration `bazaar:Kind` has no member `A`; {DATED}"],
    ),
    "an enumeration gave a member another value": Case(
        one(KIND.format("A", "B")),
        one(KIND.format("B", "A")),
        [
            "class_changed",
            "at `$.kind`, the member `A` of the enumeration `bazaar:Kind` has another value now"
            f" than the `1` that it had when the state was written; {DATED}",
        ],
    ),
    "a flag lost a bit": Case(
        one(ACCESS.format("WRITE", 2)),
        one(ACCESS.format("WRITE", 4)),
        [
            "class_changed",
            f"at `$`, the enumeration `bazaar:Access` has no members for the saved value; {DATED}",
        ],
    ),
    "the flags of a value changed places": Case(
        one(FLAGS.format(1, 2)),
        one(FLAGS.format(2, 1)),
        [
            "class_changed",
            f"at `$`, the flags of `bazaar:Access` mean something else by now; {DATED}",
        ],
    ),
    "an enumeration of flags got one more": Case(
        one(FLAGS.format(1, 2)), one(FLAGS.format(1, "2\n    RUN = 8")), 5
    ),
    "an enumeration became a plain class": Case(
        one(KIND.format("A", "B")),
        one("class Kind: pass\n"),
        ["class_changed", f"at `$.kind`, `bazaar:Kind` is no enumeration any more; {DATED}"],
    ),
    "a class moved": Case(
        one(BAG + USE_BAG),
        {**one(USE_BAG), "bazaar/bags.py": BAG},
        [
            "missing_name",
            f"at `$[0]`, could not look up `bazaar:Bag`: `bazaar` does not define it; {DATED}",
        ],
    ),
    "a class moved and is still imported where it was": Case(
        one(BAG + USE_BAG),
        {**one("from bazaar.bags import Bag\n" + USE_BAG), "bazaar/bags.py": BAG},
        [
            "missing_name",
            f"at `$[0]`, could not look up `bazaar:Bag`: what `bazaar` has there is"
            f" `bazaar.bags:Bag` by now; {DATED}",
        ],
    ),
    "a class moved and keeps its name": Case(
        one(BAG + USE_BAG),
        {
            **one("from bazaar.bags import Bag\nBag.__module__ = 'bazaar'\n" + USE_BAG),
            "bazaar/bags.py": BAG,
        },
        5,
    ),
    "a module moved": Case(
        {**one("from bazaar.bags import Bag\n" + USE_BAG), "bazaar/bags.py": BAG},
        one(BAG + USE_BAG),
        [
            "missing_name",
            f"at `$[0]`, could not look up `bazaar.bags`: its package no longer has it; {DATED}",
        ],
    ),
    "a function by name has other code": Case(one(BY_NAME.format(2)), one(BY_NAME.format(7)), 21),
    "a function by name went": Case(
        one(BY_NAME.format(2)),
        one("price = None\n"),
        [
            "missing_name",
            f"at `$[0]`, could not look up `bazaar:price`: `bazaar` does not define it; {DATED}",
        ],
    ),
    "a static method was renamed": Case(
        one(STATIC.format("add")),
        one(STATIC.format("sum")),
        [
            "missing_name",
            f"at `$`, could not look up `bazaar:Till.add`: `bazaar` does not define it; {DATED}",
        ],
    ),
    "a function by location has other code": Case(
        one(PLACED.format("n * rate")),
        one(PLACED.format("n + rate")),
        [
            "class_changed",
            f"at `$[0]`, the code of the function {PRICE} has changed since the state was written; "
            f"{DATED}",
        ],
    ),
    "a function by location is only laid out otherwise": Case(
        one(PLACED.format("n * rate")), one("# more\n" + PLACED.format("(n *\n  rate)")), 6
    ),
    "a function by location went": Case(
        one(PLACED.format("n * rate")),
        one(PLACED.replace("price(", "cost(").format("n * rate")),
        ["missing_name", f"at `$[0]`, there is no code of a function {PRICE}; {DATED}"],
    ),
    "the package of a class is gone": Case(
        one(BAG + USE_BAG), {}, ["missing_package", f"at `$[0]`, {IMPORT}; {GONE}"]
    ),
    "the package of an enumeration is gone": Case(
        one(KIND.format("A", "B")), {}, ["missing_package", f"at `$.kind`, {IMPORT}; {GONE}"]
    ),
    "the package of a function by name is gone": Case(
        one(BY_NAME.format(2)), {}, ["missing_package", f"at `$[0]`, {IMPORT}; {GONE}"]
    ),
    "the package of a function by location is gone": Case(
        one(PLACED.format("n * rate")), {}, ["missing_package", f"at `$[0]`, {IMPORT}; {GONE}"]
    ),
}

ITEM = "class Item:\n    def __init__(self, n): self.n = n\n"
ITEM += "    def __eq__(self, other): return {0}\n    def __hash__(self): return hash({1})\n"
ITEM += "class Own(dict): pass\nclass Bag(set): pass\n"
ITEM += "def make(): return {{'it': {2}}}\ndef show(it): return len(it['it'])\n"
BY_NUMBER, ALL_ALIKE = ("self.n == other.n", "self.n"), ("type(other) is Item", "1")

EQUAL = {
    "keys": "{Item(1): 1, 5: 2, Item(2): 3}",
    "elements": "{Item(1), Item(2)}",
    "elements of a frozenset": "frozenset({Item(1), Item(2)})",
    "keys in tuples": "{(1, Item(1)): 1, (1, Item(2)): 3}",
    "keys in frozensets": "{frozenset({Item(1)}): 1, frozenset({Item(2)}): 3}",
    "keys of a dict of its own": "Own({Item(1): 1, Item(2): 3})",
    "elements of a set of its own": "Bag({Item(1), Item(2)})",
}
CASES |= {
    f"{name} became equal": Case(
        one(ITEM.format(*BY_NUMBER, made)),
        one(ITEM.format(*ALL_ALIKE, made)),
        [
            "class_changed",
            "at `$.it`, two keys or elements that were different when the state was written are"
            f" equal by now, as their class `bazaar:Item` has it; {DATED}",
        ],
    )
    for name, made in EQUAL.items()
}
CASES["members that are keys became one"] = Case(
    one(KIND.format("A", "B").replace("Kind['A']}", "{Kind['A']: 1, Kind['B']: 2}}")),
    one(
        "import enum\nclass Kind(enum.Enum):\n    A = 1\n    B = 2\n"
        "    def __eq__(self, other): return True\n    def __hash__(self): return 1\n"
    ),
    [
        "class_changed",
        "at `$.kind`, two keys or elements that were different when the state was written are"
        f" equal by now, as their class `bazaar:Kind` has it; {DATED}",
    ],
)

CACHED = "import dataclasses, functools\n@dataclasses.dataclass\nclass Bag:\n    a: int = 5\n{}"
CACHED += (
    "def make():\n    bag = Bag()\n    bag.{}\n    return bag\ndef show(it): return vars(it)\n"
)
CASES["a cached property went"] = Case(
    one(CACHED.format("    @functools.cached_property\n    def c(self): return 7\n", "c")),
    one(CACHED.format("", "a")),
    {"a": 5, "c": 7},
)

# Saved under a newer release than the one that is installed where it is restored.

NEWER = "`bazaar` 3.0 wrote it, and 2.0 is installed"

DATA = "from dataclasses import dataclass\n@dataclass\nclass Bag:\n    a: int = 5\n{}"
DATA += "def make(): return [Bag()]\ndef show(it): return [it[0].a, sorted(vars(it[0]))]\n"
MODEL = "import pydantic\nclass Bag(pydantic.BaseModel):\n    a: {} = {}\n{}"
MODEL += "def make(): return [Bag()]\ndef show(it): return [it[0].a, sorted(vars(it[0]))]\n"
SET_MODEL = MODEL.replace("[Bag()]", "[Bag(b=[1])]")
OLD_MODEL = MODEL.replace("import pydantic\n", "import pydantic.v1 as pydantic\n")
PLAIN = "class Bag:\n    def __init__(self):\n        self.a = 5\n{}"
PLAIN += "def make(): return [Bag()]\ndef show(it): return sorted(vars(it[0]))\n"
PAIR = "import typing\nclass Bag(typing.NamedTuple):\n    a: int = 5\n{}"
PAIR += "def make(): return [Bag()]\ndef show(it): return list(it[0])\n"
SLOTS = "class Bag:\n    __slots__ = ('a', {})\n    def __init__(self):\n        self.a = 5\n{}"
SLOTS += "def make(): return [Bag()]\ndef show(it): return it[0].a\n"
MORE = "    b: list = None\n"

CHANGED = "`$[0]`, the class `bazaar:Bag` has changed"
SINCE = " since the state was written: its fields are `a` now"
REFUSED = "its constructor refuses it"
UNPARSED = "Input should be a valid integer, unable to parse string as an integer"
NO_MODULE = "its package no longer has it"

OLDER_CASES: dict[str, Case] = {
    "a dataclass has a field less": Case(
        one(DATA.format(MORE)),
        one(DATA.format("")),
        ("class_changed", f"{CHANGED}: it has no field `b` any more"),
    ),
    "a model has a field less": Case(
        one(MODEL.format("int", 5, MORE)), one(MODEL.format("int", 5, "")), [5, ["a"]]
    ),
    "a model has a field less, which was set": Case(
        one(SET_MODEL.format("int", 5, MORE)),
        one(MODEL.format("int", 5, "")),
        ("class_changed", f"{CHANGED}: it has no field `b` any more"),
    ),
    "a field takes fewer values": Case(
        one(MODEL.format("str", "'five'", "")),
        one(MODEL.format("int", 5, "")),
        ("class_changed", f"{CHANGED}: {REFUSED}: a: {UNPARSED}"),
    ),
    "a field that was dropped since has no default": Case(
        one(MODEL.format("int", 5, "")),
        one(MODEL.format("int", 5, "    c: int\n")),
        ("class_changed", f"{CHANGED}: {REFUSED}: c: Field required"),
    ),
    "a model of pydantic.v1 has a field less": Case(
        one(OLD_MODEL.format("int", 5, MORE)),
        one(OLD_MODEL.format("int", 5, "")),
        ("class_changed", f"{CHANGED}{SINCE}, `b` is gone"),
    ),
    "a named tuple has a field less": Case(
        one(PAIR.format(MORE)),
        one(PAIR.format("")),
        ("class_changed", f"{CHANGED}{SINCE}, `b` is gone"),
    ),
    "a class has a slot less": Case(
        one(SLOTS.format("'b'", "        self.b = 6\n")),
        one(SLOTS.format("", "")),
        ("class_changed", f"{CHANGED}{SINCE}"),
    ),
    "a plain class sets an attribute less": Case(
        one(PLAIN.format("        self.b = 6\n")), one(PLAIN.format("")), ["a", "b"]
    ),
    "a class is not there yet": Case(
        one(BAG + USE_BAG),
        one("def show(it): ...\n"),
        ("missing_name", "`$[0]`, could not look up `bazaar:Bag`: `bazaar` does not define it"),
    ),
    "a module is not there yet": Case(
        {**one("from bazaar.bags import Bag\n" + USE_BAG), "bazaar/bags.py": BAG},
        one(""),
        ("missing_name", f"`$[0]`, could not look up `bazaar.bags`: {NO_MODULE}"),
    ),
    "a member is not there yet": Case(
        one(KIND.format("A", "B")),
        one(KIND.format("C", "B")),
        ("class_changed", "`$.kind`, the enumeration `bazaar:Kind` has no member `A`"),
    ),
    "a function by location is not there yet": Case(
        one(PLACED.format("n * rate")),
        one("def pricing(rate): ...\n"),
        ("missing_name", f"`$[0]`, there is no code of a function {PRICE}"),
    ),
}


def release(folder: Path, number: str, modules: dict[str, str]) -> Path:
    """Lays out one release of the package `bazaar`, and returns the folder to import it from."""
    root = folder / number
    root.mkdir()
    for name, source in modules.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(source, encoding="utf-8")
    if modules:
        (root / f"bazaar-{number}.dist-info").mkdir()
        text = f"Metadata-Version: 2.1\nName: bazaar\nVersion: {number}\n"
        (root / f"bazaar-{number}.dist-info" / "METADATA").write_text(text)
    return root


@pytest.mark.parametrize("name", CASES)
def test_a_changed_program_works_or_says_what_changed(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    place = tmp_path / "state.json.gz"
    python(SAVE, place, seed=1, path=[release(tmp_path, "1.0", case.before)])
    now = release(tmp_path, "2.0", case.after)
    found = json.loads(python(RESTORE, place, seed=2, path=[now]))
    expected = case.expected
    if isinstance(expected, list):
        kind, text = expected
        expected = ["RebuildError", kind, f"could not restore the agent: {text}"]
    assert found == expected


@pytest.mark.parametrize("name", OLDER_CASES)
def test_a_state_of_a_newer_release_works_or_says_which_wrote_it(name: str, tmp_path: Path) -> None:
    case = OLDER_CASES[name]
    place = tmp_path / "state.json.gz"
    python(SAVE, place, seed=1, path=[release(tmp_path, "3.0", case.before)])
    now = release(tmp_path, "2.0", case.after)
    found = json.loads(python(RESTORE, place, seed=2, path=[now]))
    expected = case.expected
    if isinstance(expected, tuple):
        kind, text = expected
        expected = ["RebuildError", kind, f"could not restore the agent: at {text}; {NEWER}"]
    assert found == expected
