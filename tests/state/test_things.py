"""Things that are given in `allow=`: what the names and code locations of a script mean by them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import persist
import pytest
from persist.adapters._registry import row_of
from persist.exceptions import RebuildError
from persist.state.policy import Policy, allow_line

import closures
import trips

SCRIPT = """
import functools, linecache, sys, persist

def deco(f):
    @functools.wraps(f)
    def w(x):
        return ("wrapped", f(x))
    return w

def bare(f):
    def w(x):
        return ("bare", f(x))
    return w

@deco
def one(x):
    return x + 1

@bare
def two(x):
    return x + 2

def red(x):
    return "old"

old = red

def red(x):
    return "new"

class Table:
    steps = [lambda x: x + 1, lambda x: x + 2]

    @property
    def adder(self):
        return lambda x: x + 3

    @deco
    def step(x):
        return x + 4

steps = [lambda x: x + 1, lambda x: x * 2]
twins = [(lambda x: x + 7), (lambda x: x + 7)]

class Given:
    pass

Old = Given

class Given:
    pass

path, mode, cases = sys.argv[1], sys.argv[2], eval(sys.argv[3])

for at, (state, given) in enumerate(cases):
    state, given = eval(state), eval(given)
    if mode == "save":
        persist.snapshot(state, f"{path}.{at}")
    try:
        restored = persist.restore(f"{path}.{at}", allow=given)
    except persist.PersistError as error:
        print(error.kind, error.allow, repr(str(error)), error.hint, sep=" | ")
    else:
        equal = [f.__code__ == g.__code__ for f, g in zip(state, restored)]
        print([function(1) for function in restored], all(equal))
"""

Told = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def told(*cases: tuple[str, str], mode: str = "save") -> list[str]:
        return trips.script(script, tmp_path / "state", mode, cases).splitlines()

    return told


COMING_BACK = [
    ("[one, one.__wrapped__]", "[one, one.__wrapped__]", "[('wrapped', 2), 2]"),
    ("[one, one.__wrapped__]", "[one.__wrapped__, one, deco]", "[('wrapped', 2), 2]"),
    ("[one, one.__wrapped__]", "[one]", "[('wrapped', 2), 2]"),
    ("[one.__wrapped__]", "one.__wrapped__", "[2]"),
    ("[red, old]", "[red, old]", "['new', 'old']"),
    ("[red, old]", "[old, red]", "['new', 'old']"),
    ("[two]", "[bare, two]", "[('bare', 3)]"),
    ("[two]", "[two]", "[('bare', 3)]"),
    ("steps", "steps", "[2, 2]"),
    ("steps", "steps[::-1]", "[2, 2]"),
    ("twins", "twins", "[8, 8]"),
    ("twins", "twins[::-1]", "[8, 8]"),
    ("twins[1:]", "twins", "[8]"),
    ("Table.steps", "[Table]", "[2, 3]"),
    ("[Table().adder]", "[Table]", "[4]"),
    ("[Table.step, Table.step.__wrapped__]", "[Table.step]", "[('wrapped', 5), 5]"),
    ("[Table.step.__wrapped__]", "[Table]", "[5]"),
]


def test_a_restore_gives_the_very_functions_that_were_saved(told: Told) -> None:
    cases = [(state, given) for state, given, _ in COMING_BACK]
    results = [f"{results} True" for _, _, results in COMING_BACK]
    assert told(*cases) == results
    assert told(*cases, mode="load") == results


ANOTHER = "which is not admitted: what `allow` has of that name is not what stands under it"
NOT_SAVED = "in `allow` has the code that it had when it was saved"

REFUSED = [
    ("[one]", "[one.__wrapped__]", "not_allowed | ['__main__:one']", ANOTHER),
    ("[red]", "[old]", "not_allowed | ['__main__:red']", ANOTHER),
    ("[Given()]", "[Old]", "not_allowed | ['__main__:Given']", ANOTHER),
    ("[old]", "[red]", "class_changed | []", f"no function `__main__:red` {NOT_SAVED}"),
    ("steps", "steps[:1]", "class_changed | []", f"no function `__main__:<lambda>` {NOT_SAVED}"),
    ("steps", "[]", "", "allow=[…], where … is the lambda itself"),
    ("Table.steps", "[]", "", "allow=[Table]"),
    ("[two]", "[]", "", "allow=[bare, two]"),
]


def test_nothing_stands_in_for_another_of_its_name(told: Told) -> None:
    lines = told(*((state, given) for state, given, _, _ in REFUSED))
    for line, (_, _, kind, reason) in zip(lines, REFUSED, strict=True):
        assert line.startswith(kind)
        assert reason in line


def test_the_line_to_type_says_in_words_what_has_no_name() -> None:
    assert allow_line(["__main__:<lambda>", "a.b:C", "m.__main__:D.e.<locals>.<lambda>"]) == (
        "allow=['a.b:C', D.e, …], where … is the lambda itself"
    )


def test_another_program_has_them_in_a_module(told: Told, tmp_path: Path) -> None:
    state = "[one, one.__wrapped__, two, *steps, *twins]"
    results = told((state, "[one, two, bare, *steps, *twins]"))
    (tmp_path / "moved.py").write_text(SCRIPT.partition("path, mode")[0])
    code = """
import importlib.util, sys, persist
given = "[m.one, m.two, m.bare, *m.steps, *m.twins]"
if sys.argv[2] == "loaded":
    import moved as m
else:
    spec = importlib.util.spec_from_file_location("hidden", sys.argv[2])
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    given = given.replace("m.two", "m.two, m.two.__closure__[0].cell_contents, m.one.__wrapped__")
print([function(1) for function in persist.restore(sys.argv[1], allow=eval(given))], True)
"""
    for module in ("loaded", str(tmp_path / "moved.py")):
        said = trips.python(code, tmp_path / "state.0", module, path=[tmp_path])
        assert said.splitlines() == results


def test_code_that_a_given_function_no_longer_has_is_told_as_that() -> None:
    text = persist.dumps(closures.factorial()).replace("closures:", "__main__:")
    assert persist.loads(text, allow=closures.factorial)(3) == 6
    with pytest.raises(RebuildError) as raised:
        persist.loads(text.replace("locals>.f", "locals>.g"), allow=closures.factorial)
    assert raised.value.kind == "missing_name"
    assert "nothing in `allow` has code of a function `__main__:factorial.<locals>.g`" in str(
        raised.value
    )


class Own:
    """Stands in this module."""


def test_what_the_script_here_has_under_the_name_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = type("Own", (), {"__module__": "__main__", "__qualname__": "Own"})
    main = __import__("__main__")
    monkeypatch.setattr(main, "Own", theirs, raising=False)
    monkeypatch.setattr(main, "__spec__", None)
    assert not Policy([Own], row_of).admits_class("__main__:Own")
    assert Policy([Own, theirs], row_of).look_up("__main__:Own") is theirs
    monkeypatch.setattr(main, "Own", Own)
    assert Policy([Own, theirs], row_of).look_up("__main__:Own") is Own


def test_two_that_may_be_meant_are_refused() -> None:
    one, other = (type("Same", (), {"__module__": name}) for name in ("a", "b"))
    with pytest.raises(RebuildError) as raised:
        Policy([one, other, one], row_of).look_up("__main__:Same")
    assert raised.value.kind == "missing_name"
    assert str(raised.value) == "`allow` has several that `__main__:Same` may be"
    assert Policy([one, one], row_of).look_up("__main__:Same") is one


def test_lambdas_that_are_written_the_same_in_two_modules_are_refused(
    told: Told, tmp_path: Path
) -> None:
    told(("steps[:1]", "steps"))
    for name in ("left", "right"):
        (tmp_path / f"{name}.py").write_text("step = lambda x: x + 1\n")
    code = """
import sys, persist, left, right
for given in (left.step, [left.step, right.step]):
    try:
        print(persist.restore(sys.argv[1], allow=given)[0].__module__)
    except persist.RebuildError as error:
        print(error.kind)
"""
    said = trips.python(code, tmp_path / "state.0", path=[tmp_path])
    assert said == "left\nmissing_name\n"


MODULE = """
import sys, persist

def outer(n):
    return lambda m: n + m

if __name__ == "__main__":
    persist.snapshot([outer(3)], sys.argv[1])
    for given in ("started", [lambda: 0, "started:outer.<locals>.<lambda>"]):
        print(persist.restore(sys.argv[1], allow=given)[0](1))
"""


def test_a_module_that_was_started_is_found_under_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "started.py").write_text(MODULE)
    code = "import runpy; runpy.run_module('started', run_name='__main__', alter_sys=True)"
    assert trips.python(code, tmp_path / "state.json", path=[tmp_path]) == "4\n4\n"


CELL = '''
double = lambda x: 2 * x

def outer(n):
    return lambda x: n + x

def shown(f):
    def w(x):
        return ("shown", f(x))
    return w

@shown
def one(x):
    """Is annotated."""
    return x + 1
'''

NOTEBOOK = """
import linecache, sys, persist
path, name, mode = sys.argv[1:]
cell = open(path + ".cell").read()
if name.startswith("<ipython"):
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)
exec(compile(cell, name, "exec"), globals())
try:
    if mode == "save":
        persist.snapshot([double, outer(3), one], path)
    print([f(4) for f in persist.restore(path, allow=[double, outer, shown, one])])
except persist.PersistError as error:
    print(error.kind)
"""


def test_what_a_cell_defines_comes_back_in_a_cell(tmp_path: Path) -> None:
    script, path = tmp_path / "notebook.py", tmp_path / "state.json"
    script.write_text(NOTEBOOK)
    cell = tmp_path / "state.json.cell"
    cell.write_text(CELL)
    # What is compiled under a name that nobody keeps a text for is in no module.
    assert trips.script(script, path, "<string>", "save") == "unsupported_value\n"
    assert trips.script(script, path, "<ipython-1>", "save") == "[8, 7, ('shown', 5)]\n"
    cell.write_text(f"\n# Run again.\n{CELL}")
    assert trips.script(script, path, "<ipython-7>", "load") == "[8, 7, ('shown', 5)]\n"
    cell.write_text(CELL.replace("2 * x", "3 * x"))
    assert trips.script(script, path, "<ipython-8>", "load") == "class_changed\n"


def test_what_only_has_a_name_admits_nothing_under_it() -> None:
    def hidden() -> None: ...

    hidden.__module__, hidden.__qualname__ = __name__, "Own"
    policy: Any = Policy([hidden], row_of)
    for question in (policy.admits_class, policy.admits_value, policy.admits_call):
        assert not question("__main__:Own")
    assert policy.has_another("__main__:Own")
