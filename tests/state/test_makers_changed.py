"""A class whose hook says what it is made of, and that takes it in another way by now."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from trips import python, then_and_now

HEAD = "import copyreg\n"
INIT = "    def __init__(self, {}): self.a, self.b = a, b\n"
NEW = (
    "    def __new__(cls, {}):\n        made = object.__new__(cls)\n"
    "        made.a, made.b = a, b\n        return made\n"
)
REDUCE = "class Thing:\n{}    def __reduce__(self): return Thing, (self.a, self.b)\n"
GIVEN = (
    "class Thing:\n{}    def __getnewargs__(self): return self.a, self.b\n"
    "    def __getstate__(self): return None\n"
)
NAMED = (
    "class Thing:\n{}    def __getnewargs_ex__(self): return (self.a,), {{'b': self.b}}\n"
    "    def __getstate__(self): return None\n"
)
LISTED = "class Thing:\n{}copyreg.pickle(Thing, lambda it: (Thing, (it.a, it.b)))\n"
BELOW = "class Base:\n{}" + REDUCE.format("").replace("Thing:", "Thing(Base):")


class Case(NamedTuple):
    body: str
    before: str
    after: str
    is_refused: bool = True


CASES = {
    "a constructor": Case(REDUCE, INIT.format("a, b"), INIT.format("b, a")),
    "that of a base": Case(BELOW, INIT.format("a, b"), INIT.format("b, a")),
    "what makes an instance": Case(REDUCE, NEW.format("a, b"), NEW.format("b, a")),
    "what is given arguments": Case(GIVEN, NEW.format("a, b"), NEW.format("b, a")),
    "what is given named ones": Case(NAMED, NEW.format("a, b"), NEW.format("a, b=0, *more")),
    "one that is listed": Case(LISTED, INIT.format("a, b"), INIT.format("b, a")),
    "that of an exception, whose base has the hook": Case(
        "class Thing(Exception):\n{}", INIT.format("a, b"), INIT.format("b, a"), False
    ),
    "nothing": Case(REDUCE, INIT.format("a, b"), INIT.format("a, b"), False),
    "a comment": Case(REDUCE, INIT.format("a, b"), "    # more\n" + INIT.format("a, b"), False),
    "a constructor that nobody calls": Case(
        GIVEN, NEW.format("a, b"), NEW.format("a, b") + "    def __init__(self, *a): 0\n", False
    ),
}

SAVE = """
import importlib, json, sys, persist
for module, place in json.loads(sys.argv[1]):
    persist.snapshot(importlib.import_module(module).Thing(1, 2), place, durable=False)
"""
RESTORE = """
import json, sys, persist
told = []
for module, place in json.loads(sys.argv[1]):
    try:
        back = persist.restore(place, allow=[module])
        told.append([back.a, back.b])
    except persist.PersistError as error:
        told.append(f"{error.kind}: {error}")
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("makers")
    codes = ((HEAD + case.body, case.before, case.after) for case in CASES.values())
    bodies = [(body.format(before), body.format(after)) for body, before, after in codes]
    then, now = then_and_now(root, "maker", bodies)
    rows = [[f"maker{at}", str(root / f"{at}.json")] for at in range(len(CASES))]
    python(SAVE, json.dumps(rows), path=[then])
    told = json.loads(python(RESTORE, json.dumps(rows), path=[now]))
    return dict(zip(CASES, told, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_what_makes_an_object_of_what_its_hook_gave_must_be_what_it_was(
    name: str, outcomes: dict[str, Any]
) -> None:
    if CASES[name].is_refused:
        assert str(outcomes[name]).startswith("class_changed: ")
        assert ":Thing` has changed since the state was written" in outcomes[name]
    else:
        assert outcomes[name] == [1, 2]
