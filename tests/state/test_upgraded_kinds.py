"""What an upgrade gets of named tuples, attrs, pydantic.v1 and classes with pickling hooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trips import python

HEADER = "def make(): return object.__new__(Bag)\n"
HEADER += "import collections, dataclasses, functools, typing\nimport attr, attrs\n"
HEADER += "from pydantic import BaseModel, v1\nfrom typing import NamedTuple, Any\nimport persist\n"

TYPED = "class Bag(NamedTuple):\n    a: int\n    b: int = 2\n"
CLASSIC = "Bag = collections.namedtuple('Bag', 'a b', defaults=[2])\n"
ROOMY = "class Bag(collections.namedtuple('Bag', 'a b')):\n    pass\n"
ATTRS = "@attr.s(auto_attribs=True)\nclass Bag:\n    a: int\n    b: int = 2\n"
HASHED = ATTRS.replace("=True)", "=True, frozen=True, cache_hash=True)")
SLOTS = "@attrs.define\nclass Bag:\n    a: int\n    b: int = 2\n"
FROZEN = SLOTS.replace("define", "frozen")
HIDDEN = "@attrs.define\nclass Bag:\n    _a: int\n    b: int = 2\n"
NEWER = "class Bag(BaseModel):\n    a: int\n    b: int = 2\n"
OLDER = "class Bag(v1.BaseModel):\n    a: int\n    b: int = 2\n"
DATA = "@dataclasses.dataclass(slots=True)\nclass Bag:\n    a: int\n    b: int = 2\n"
FROZEN_DATA = DATA.replace("slots=True", "slots=True, frozen=True")

SHOW = """
def show(it):
    held = dict(getattr(it, "__dict__", {}))
    for base in reversed(type(it).__mro__):
        for name in vars(base).get("__slots__", ()):
            is_shown = name not in ("__weakref__", "__dict__") and name[:6] != "__pyda"
            if is_shown and hasattr(it, name):
                held[name] = getattr(it, name)
    if isinstance(it, tuple):
        held["()"] = list(it)
    if "__fields_set__" in held:
        held["__fields_set__"] = sorted(held["__fields_set__"])
    return held
"""

SAVE = """
import json, sys, persist
for module, make, place in json.loads(sys.argv[1]):
    module = __import__(module)
    persist.snapshot(eval(make, vars(module)), place, durable=False)
"""

RESTORE = """
import json, sys, persist
told = []
for name, place in json.loads(sys.argv[1]):
    module = __import__(name)
    module.seen = []
    try:
        back = persist.restore(place, allow=[name, f"{name}:make"])
        told.append([module.show(back), module.seen, hash(back) != 0 if "Hashed" in name else 0])
    except persist.PersistError as error:
        told.append([f"{type(error).__name__} {error.kind}: {error}", module.seen, error.hint])
print(json.dumps(told))
"""

RENAME = "state['c'] = state.pop('b')"
KEEP = "pass"

UPGRADE = """
def plain(it):
    return sorted(it) if type(it) is set else dict(it) if type(it) is dict else it
def upgrade(state, version):
    seen.append([dict((name, plain(it)) for name, it in state.items()), version])
    {}
    return state
persist.register(Bag, version=2, upgrade=upgrade)
"""


class Case(NamedTuple):
    then: str
    now: str
    upgrade: str
    expected: dict[str, Any] | str
    """What the restored object shows, or the end of the error."""
    saved: dict[str, Any] | None = {"a": 5, "b": 7}  # noqa: RUF012
    """What the upgrade is given, None where it is not asked."""
    make: str = "Bag(5, 7)"


def renamed(source: str) -> str:
    return source.replace("b: int", "c: int").replace("a b", "a c")


def refuses(reason: str) -> str:
    return f"could not upgrade `{{}}:Bag` from version 1: {reason}"


def gives(name: str) -> str:
    return refuses(f"its upgrade gives `{name}`, which no instance may hold")


GIVES_NONE = refuses("its upgrade gives no `a`")
NO_DICT = refuses("its upgrade returns no dict of attributes by their names")
MORE = refuses("its state is more than attributes, and no upgrade gets that")

TUPLES = {
    "typed": Case(TYPED, renamed(TYPED), RENAME, {"()": [5, 7]}),
    "typed, in another order": Case(
        TYPED,
        "class Bag(NamedTuple):\n    b: int\n    a: int\n",
        KEEP,
        {"()": [7, 5]},
    ),
    "typed, a field is gone": Case(
        TYPED, "class Bag(NamedTuple):\n    a: int\n", "del state['b']", {"()": [5]}
    ),
    "typed, a field is left to its default": Case(
        TYPED, renamed(TYPED), "del state['b']", {"()": [5, 2]}
    ),
    "classic": Case(CLASSIC, renamed(CLASSIC), RENAME, {"()": [5, 7]}),
    "with attributes": Case(
        ROOMY,
        renamed(ROOMY),
        RENAME + "; state['more'] += 1",
        {"()": [5, 7], "more": 2},
        {"a": 5, "b": 7, "more": 1},
        "(lambda it: (setattr(it, 'more', 1), it)[1])(Bag(5, 7))",
    ),
    "another version of the same fields": Case(
        TYPED, TYPED, "state['a'] += version", {"()": [6, 7]}
    ),
    "it raises": Case(TYPED, TYPED, "1 / 0", refuses("its upgrade raises `ZeroDivisionError`")),
    "it gives too little": Case(TYPED, renamed(TYPED), "del state['a']", GIVES_NONE),
    "it gives too much": Case(TYPED, TYPED, "state['z'] = 1", gives("z")),
    "it gives what hides a method": Case(ROOMY, ROOMY, "state['index'] = 1", gives("index")),
    "it gives a class": Case(ROOMY, ROOMY, "state['__class__'] = Bag", gives("__class__")),
    "it gives a tuple": Case(TYPED, TYPED, "return (1, 2)", NO_DICT),
    "it gives an instance": Case(TYPED, TYPED, "return Bag(**state)", NO_DICT),
    "it gives nothing": Case(TYPED, TYPED, "return None", NO_DICT),
    "it gives names that are none": Case(TYPED, TYPED, "state[5] = 1", NO_DICT),
    "it became a plain class": Case(TYPED, "class Bag: pass\n", RENAME, {"a": 5, "c": 7}),
    "it became a dataclass": Case(TYPED, DATA, KEEP, {"a": 5, "b": 7}),
    "it was a dataclass": Case(DATA, TYPED, KEEP, {"()": [5, 7]}),
    "it became a list": Case(TYPED, "class Bag(list): pass\n", KEEP, MORE, None),
    "it was a text": Case(
        "class Bag(str):\n    def __new__(cls, *given): return str.__new__(cls, given)\n", TYPED,
        KEEP, MORE, None,
    ),
}  # fmt: skip


ATTRIBUTES = {
    "with a dict": Case(ATTRS, renamed(ATTRS), RENAME, {"a": 5, "c": 7}),
    "with a cached hash": Case(
        HASHED,
        renamed(HASHED),
        RENAME,
        {"a": 5, "c": 7, "_attrs_cached_hash": None},
        make="(lambda it: (hash(it), it)[1])(Bag(5, 7))",
    ),
    "with slots": Case(SLOTS, renamed(SLOTS), RENAME, {"a": 5, "c": 7}),
    "frozen": Case(FROZEN, renamed(FROZEN), RENAME, {"a": 5, "c": 7}),
    "with a private name": Case(
        HIDDEN, renamed(HIDDEN), RENAME, {"_a": 5, "c": 7}, {"_a": 5, "b": 7}
    ),
    "a field is left to its default": Case(
        SLOTS, renamed(SLOTS), "del state['b']", {"a": 5, "c": 2}
    ),
    "a field that no constructor takes": Case(
        SLOTS, SLOTS + "    c: int = attrs.field(init=False, default=9)\n", "state['c'] = 3",
        {"a": 5, "b": 7, "c": 3},
    ),
    "it gives too little": Case(
        SLOTS, SLOTS, "del state['a']",
        "its constructor refuses it: Bag.__init__() missing 1 required positional argument: 'a'",
    ),
    "it gives too much": Case(SLOTS, SLOTS, "state['z'] = 1", "it has no field `z` any more"),
    "it gives another type": Case(
        SLOTS, SLOTS, "state['a'] = 'five'", "its field `a` holds what no finished instance does"
    ),
    "a converter would change it": Case(
        SLOTS, SLOTS.replace("b: int = 2", "b: int = attrs.field(converter=abs)"),
        "state['b'] = -7", "its constructor changes the field `b`",
    ),
    "a validator refuses it": Case(
        SLOTS,
        SLOTS.replace("b: int = 2", "b: int = attrs.field(validator=attrs.validators.lt(3))"),
        KEEP, "its constructor refuses it: 'b' must be < 3: 7",
    ),
    "a cached property": Case(
        SLOTS + "    @functools.cached_property\n    def c(self): return 7\n",
        SLOTS + "    d: int = 1\n    @functools.cached_property\n    def c(self): return 8\n",
        KEEP, {"a": 5, "b": 7, "d": 1, "c": 7}, {"a": 5, "b": 7, "c": 7},
        "(lambda it: (it.c, it)[1])(Bag(5, 7))",
    ),
    "a subclass with a dict": Case(
        SLOTS.replace("Bag", "Base") + "class Bag(Base): pass\n",
        SLOTS.replace("Bag", "Base") + "    d: int = 1\nclass Bag(Base): pass\n",
        "state['more'] += 1", {"a": 5, "b": 7, "d": 1, "more": 2}, {"a": 5, "b": 7, "more": 1},
        "(lambda it: (setattr(it, 'more', 1), it)[1])(Bag(5, 7))",
    ),
    "its constructor makes something else": Case(
        SLOTS, SLOTS + "    def __new__(cls, *given, **named): return []\n", KEEP,
        "its constructor makes something else",
    ),
    "slots went": Case(SLOTS, renamed(ATTRS), RENAME, {"a": 5, "c": 7}),
    "slots came": Case(ATTRS, renamed(SLOTS), RENAME, {"a": 5, "c": 7}),
    "it became a dataclass": Case(SLOTS, renamed(DATA), RENAME, {"a": 5, "c": 7}),
    "it became a plain class": Case(SLOTS, "class Bag: pass\n", RENAME, {"a": 5, "c": 7}),
}  # fmt: skip


def model(fields: str, *more: str) -> str:
    return f"class Bag(v1.BaseModel):\n    {fields}\n" + "".join(f"    {line}\n" for line in more)


ALLOW = "Config = type('Config', (), {'extra': 'allow'})"
PRIVATE = "_p: int = v1.PrivateAttr(3)"
VALIDATED = OLDER + "    @v1.validator('b')\n    def check(cls, v):\n        {}\n        return v\n"

MODELS = {
    "renamed": Case(
        OLDER, renamed(OLDER), RENAME, {"a": 5, "c": 7, "__fields_set__": ["a", "c"]},
        make="Bag(a=5, b=7)",
    ),
    "renamed, and was not set": Case(
        OLDER, renamed(OLDER), "del state['b']", {"a": 5, "c": 2, "__fields_set__": ["a"]},
        {"a": 5, "b": 2}, "Bag(a=5)",
    ),
    "kept as not set": Case(
        OLDER, OLDER + "    c: int = 3\n", KEEP, {"a": 5, "b": 2, "c": 3, "__fields_set__": ["a"]},
        {"a": 5, "b": 2}, "Bag(a=5)",
    ),
    "with extras": Case(
        OLDER + f"    {ALLOW}\n", renamed(OLDER) + f"    {ALLOW}\n", RENAME,
        {"a": 5, "c": 7, "z": 9, "__fields_set__": ["a", "c", "z"]}, {"a": 5, "b": 7, "z": 9},
        "Bag(a=5, b=7, z=9)",
    ),
    "with a private attribute": Case(
        OLDER + f"    {PRIVATE}\n", renamed(OLDER) + f"    {PRIVATE}\n",
        RENAME + "; state['_p'] += 1",
        {"a": 5, "c": 7, "_p": 5, "__fields_set__": ["a", "c"]}, {"a": 5, "b": 7, "_p": 4},
        "(lambda it: (setattr(it, '_p', 4), it)[1])(Bag(a=5, b=7))",
    ),
    "it gives what is refused": Case(
        OLDER, OLDER, "state['a'] = [1]", "its field `a` holds what no finished instance does",
        make="Bag(a=5, b=7)",
    ),
    "it gives what would be changed": Case(
        OLDER, OLDER, "state['a'] = '5'", "its constructor changes the field `a`",
        make="Bag(a=5, b=7)",
    ),
    "it gives too little": Case(
        OLDER, OLDER, "del state['a']", "its constructor refuses it: a: field required",
        make="Bag(a=5, b=7)",
    ),
    "it gives too much": Case(
        OLDER, OLDER, "state['z'] = 1", "it has no field `z` any more", make="Bag(a=5, b=7)"
    ),
    "it gives what a validator refuses": Case(
        OLDER, VALIDATED.format("assert v < 3"), KEEP, "its constructor refuses it: b: ",
        make="Bag(a=5, b=7)",
    ),
}  # fmt: skip

MADE = "class Bag:\n    def __init__(self, a, b): self.a, self.b = a, b\n"
LEFT = "    def __getstate__(self): return {{**super().__getstate__(), **dict({})}}\n"
SET = "    def __setstate__(self, state): super().__setstate__(state)\n"
MAKES = "    def __reduce__(self):\n"
LOCKED = """
class Bag:
    def __init__(self, a, b): self.a, self.b, self.lock = a, b, len
    def __getstate__(self): return {%s}
"""
SETS = """    def __setstate__(self, state):
        %s
        self.__dict__.update(state)
"""
OLD_STATE, NEW_STATE = "'a': self.a, 'b': self.b", "'b': self.b, 'a': self.a"

HOOKS = {
    "a plain dict": Case(LOCKED % OLD_STATE, LOCKED % NEW_STATE, KEEP, {"a": 5, "b": 7}),
    "its own setter": Case(
        LOCKED % OLD_STATE + SETS % "pass", LOCKED % NEW_STATE + SETS % "self.lock = 1",
        "state['a'] += 1", {"a": 6, "b": 7, "lock": 1},
    ),
    "a setter came": Case(
        LOCKED % OLD_STATE, LOCKED % NEW_STATE + SETS % "self.lock = 1", KEEP,
        {"a": 5, "b": 7, "lock": 1},
    ),
    "the hooks came": Case(
        MADE, LOCKED % NEW_STATE + SETS % "self.lock = 1", KEEP, {"a": 5, "b": 7, "lock": 1},
    ),
    "the hooks went": Case(
        LOCKED % OLD_STATE + SETS % "pass", MADE, RENAME, {"a": 5, "c": 7},
    ),
    "another version of the same code": Case(
        LOCKED % OLD_STATE, LOCKED % OLD_STATE, "state['a'] = 1", {"a": 1, "b": 7}
    ),
    "slots": Case(
        MADE.replace("Bag:\n", "Bag:\n    __slots__ = ('a', 'b')\n")
        + "    def __getstate__(self): return None, {'a': self.a}\n",
        "class Bag:\n    __slots__ = ('a', 'b', 'c')\n"
        "    def __getstate__(self): return None, {'a': self.a, 'c': self.c}\n",
        "state['c'] = state.pop('a')", {"c": 5}, {"a": 5},
    ),
    "a dataclass": Case(
        "@dataclasses.dataclass\nclass Bag:\n    a: int\n    b: int\n"
        "    def __getstate__(self): return {'a': self.a}\n",
        "@dataclasses.dataclass\nclass Bag:\n    a: int\n    b: int\n"
        "    def __getstate__(self): return {'a': self.a, 'b': self.b}\n",
        "state['b'] = 1", {"a": 5, "b": 1}, {"a": 5},
    ),
    "a model of pydantic": Case(
        NEWER + LEFT.format("__dict__={'a': self.a}") + SET,
        NEWER + LEFT.format("__dict__=dict(a=1)") + SET,
        "state['__dict__']['b'] = 1", {"a": 5, "b": 1},
        {"__dict__": {"a": 5}, "__pydantic_extra__": None, "__pydantic_fields_set__": ["a", "b"],
         "__pydantic_private__": None},
        "Bag(a=5, b=7)",
    ),
    "a model of pydantic.v1": Case(
        OLDER + LEFT.format("__dict__={'a': self.a}"),
        OLDER + LEFT.format("__dict__=dict(a=1)"),
        "state['__dict__']['b'] = 1", {"a": 5, "b": 1, "__fields_set__": ["a", "b"]},
        {"__dict__": {"a": 5}, "__fields_set__": ["a", "b"], "__private_attribute_values__": {}},
        "Bag(a=5, b=7)",
    ),
    "it hides a method": Case(
        LOCKED % OLD_STATE, LOCKED % NEW_STATE + "    def run(self): pass\n", "state['run'] = 1",
        refuses("its upgrade gives `run`, which no instance may hold"),
    ),
    "it gives something else": Case(LOCKED % OLD_STATE, LOCKED % NEW_STATE, "return [1]", NO_DICT),
    "its setter raises": Case(
        LOCKED % OLD_STATE, LOCKED % NEW_STATE + SETS % "raise ValueError('no')", KEEP,
        "the class `{}:Bag` does not accept its saved state: no",
    ),
    "a state that is no dict": Case(
        MADE + "    def __getstate__(self): return [self.a]\n" + SETS % "state = {}",
        MADE + "    def __getstate__(self): return [self.a, 1]\n" + SETS % "state = {}",
        KEEP, MORE, None,
    ),
    "arguments": Case(
        "class Bag:\n    def __new__(cls, a, b=0): return object.__new__(cls)\n"
        "    def __getnewargs__(self): return (1,)\n",
        "class Bag:\n    def __new__(cls, a, b=0): return object.__new__(cls)\n"
        "    def __getnewargs__(self): return (2,)\n",
        KEEP, MORE, None,
    ),
    "a call of another function": Case(
        MADE + MAKES + "        return make, (), {'a': self.a, 'b': self.b}\n",
        MADE + MAKES + "        return make, (), {'a': self.a, 'c': self.b}\n",
        KEEP, "the class `{}:Bag` has changed since the state was written", None,
    ),
    "a call of another function, and nothing but another version": Case(
        MADE + MAKES + "        return make, (), {'a': self.a, 'b': self.b}\n",
        MADE + MAKES + "        return make, (), {'a': self.a, 'b': self.b}\n",
        KEEP, "the class `{}:Bag` has changed since the state was written", None,
    ),
    "a call": Case(
        MADE + "    def __reduce__(self): return Bag, (self.a, self.b)\n",
        MADE + "    def __reduce__(self): return Bag, (self.b, self.a)\n",
        KEEP, MORE, None,
    ),
}  # fmt: skip

DATACLASSES = {
    "with slots": Case(DATA, renamed(DATA), RENAME, {"a": 5, "c": 7}),
    "frozen, with slots": Case(FROZEN_DATA, renamed(FROZEN_DATA), RENAME, {"a": 5, "c": 7}),
}

CASES = {
    f"{kind}: {name}": case
    for kind, cases in {
        "named tuple": TUPLES,
        "attrs": ATTRIBUTES,
        "pydantic.v1": MODELS,
        "hooks": HOOKS,
        "dataclass": DATACLASSES,
    }.items()
    for name, case in cases.items()
}


def program(root: Path, version: str, at: int, source: str) -> str:
    folder = root / version
    folder.mkdir(exist_ok=True)
    name = f"bag{at}"
    (folder / f"{name}.py").write_text(HEADER + source + SHOW)
    return name


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("upgraded")
    saves, restores = [], []
    for at, case in enumerate(CASES.values()):
        name, place = program(root, "then", at, case.then), str(root / f"{at}.json")
        saves.append([name, case.make, place])
        program(root, "now", at, case.now + UPGRADE.format(case.upgrade))
        restores.append([name, place])
    python(SAVE, json.dumps(saves), path=[root / "then"])
    told = json.loads(python(RESTORE, json.dumps(restores), path=[root / "now"]))
    return dict(zip(CASES, zip(restores, told, strict=True), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_an_upgrade_gets_the_state_by_its_names(name: str, outcomes: dict[str, Any]) -> None:
    case, ((module, _), (found, seen, _)) = CASES[name], outcomes[name]
    if isinstance(case.expected, dict):
        assert found == case.expected
    else:
        assert found.startswith("RebuildError ")
        assert case.expected.format(module) in found
    assert seen == ([] if case.saved is None else [[case.saved, 1]])
