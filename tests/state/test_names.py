"""Names: what has one, what a name leads to, and what is no name at all."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import enum
import json
import math
import os
import subprocess
import sys
import textwrap
import uuid
import zoneinfo
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import persist
import pytest
from persist.exceptions import RebuildError, UntrustedError
from persist.state import names, values
from persist.state.admitted import ADMITTED, ADMITTED_VALUES

BAD_NAMES = [
    "",
    ":",
    "os:",
    ":system",
    "os::system",
    "os:system:x",
    ".os:system",
    "os.:system",
    "os..path:join",
    "os:.system",
    "os:system.",
    "os:a..b",
    " os:system",
    "os :system",
    "os:system\n",
    "os\x00:system",
    "os:sys\x00tem",
    "os/path:join",
    "../os:system",
    "os\\path:join",
    "pkg.__init__:A",
    "__init__:A",
    "__future__:A",
    "os:__class__",
    "os:system.__globals__",
    "os:__dict__.system",
    "json.decoder:JSONDecoder.__init__.__globals__",
    "builtins:object.__subclasses__",
    "builtins:type.__call__",
    "builtins:list.__class__.__base__",
    "__main__.x:A",
    "pkg.__main__.x:A",
    "collections:deque.__init__",
    "builtins:str.__getattribute__",
    "uuid:UUID.__str__.__globals__",
    "uuid:SafeUUID.__str__",
    "mod:f.<locals>.g",
    "mod:<lambda>",
    "mod:Model[int]",
    "mod:1a",
    "1mod:a",
    "-mod:a",
    "mod-:a",
    "mod:a-b",
    "\u24des:system",
    "os:\uff53ystem",
    "os:\ufb01nd",
    "os:sys\u200btem",
    "os:sys\ud800tem",
    "m" * 1001,
]


def free_function() -> None:
    """Has a name of its own."""


class Outer:
    class Inner:
        pass

    def method(self) -> None:
        """Is found through its class."""

    @staticmethod
    def static() -> None:
        """Is the plain function it wraps when taken from the class."""

    @classmethod
    def bound(cls) -> None:
        """Has no name: it is bound to its class."""


class Lying(type):
    """A metaclass that answers for its classes."""

    def __getattribute__(cls, name: str) -> object:
        if name in ("__module__", "__qualname__", "__dict__"):
            raise AssertionError(f"asked for {name}")
        return super().__getattribute__(name)


class Liar(metaclass=Lying):
    pass


MODULE = __name__

NAMED = [
    (free_function, f"{MODULE}:free_function"),
    (Outer, f"{MODULE}:Outer"),
    (Outer.Inner, f"{MODULE}:Outer.Inner"),
    (Outer.method, f"{MODULE}:Outer.method"),
    (Outer.static, f"{MODULE}:Outer.static"),
    (Liar, f"{MODULE}:Liar"),
    (json.JSONDecoder, "json.decoder:JSONDecoder"),
    (collections.OrderedDict, "collections:OrderedDict"),
    (os.path.join, f"{os.path.__name__}:join"),
    (len, "builtins:len"),
    (math.sin, "math:sin"),
    (int, "builtins:int"),
    (str.join, "builtins:str.join"),
    (list.__len__, "builtins:list.__len__"),
    (collections.deque.append, "collections:deque.append"),
    (collections.UserDict.__getitem__, "collections:UserDict.__getitem__"),
    (json, "json"),
    (os.path, os.path.__name__),
]

NAMELESS = [
    lambda: None,
    Outer.bound,
    Outer().method,
    [].append,
    type(None),
    type(free_function),
    object.__str__,
    type.mro,
    array.array.tofile,
    str.__getattribute__,
    dict.fromkeys,
    dataclasses.make_dataclass("Made", []),
    ModuleType("json"),
    ModuleType("nowhere"),
    enum.Enum("Color", "RED", module="os").RED,
    3,
    "json",
    None,
]


@pytest.mark.parametrize(("thing", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_name_leads_back_to_the_very_thing(thing: object, name: str) -> None:
    assert names.name_of(thing) == name
    assert names.find(name) is thing


@pytest.mark.parametrize("thing", NAMELESS, ids=lambda thing: repr(thing)[:40])
def test_what_cannot_be_found_again_has_no_name(thing: object) -> None:
    assert names.name_of(thing) is None


def test_a_class_shadowed_by_another_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    shadowed = Outer
    monkeypatch.setattr(sys.modules[MODULE], "Outer", type("Outer", (), {"__module__": MODULE}))
    assert names.name_of(shadowed) is None
    assert names.name_of(shadowed.Inner) is None


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_what_no_compiler_would_write_is_no_name(name: str) -> None:
    assert not names.is_name(name)
    assert names.split(name) is None


@pytest.mark.parametrize("value", [None, 1, b"os:system", ["os"], type("S", (str,), {})("os")])
def test_only_a_plain_string_is_a_name(value: object) -> None:
    assert not names.is_name(value)


@pytest.mark.parametrize(
    ("name", "halves"),
    [
        ("os", ("os", "")),
        ("a.b:C.d", ("a.b", "C.d")),
        ("my-agent:Agent", ("my-agent", "Agent")),
        ("pkg._private:_Cls__x", ("pkg._private", "_Cls__x")),
        ("módulo:función", ("módulo", "función")),
        ("__main__:Agent", ("__main__", "Agent")),
        ("pkg.__main__:Agent", ("pkg.__main__", "Agent")),
        ("builtins:list.__len__", ("builtins", "list.__len__")),
    ],
)
def test_a_name_has_a_module_and_a_qualified_name(name: str, halves: tuple[str, str]) -> None:
    assert names.split(name) == halves


@pytest.mark.parametrize(
    "name",
    [
        "json:decoder",
        "json:JSONDecoder",
        "json.decoder:scanner",
        "json.decoder:re",
        "json.decoder:re.compile",
        "os.path:join",
        "os.path",
        "json.decoder:NaN",
        "json.decoder:JSONDecoder.nowhere",
        "json:nowhere",
        "json.nowhere:A",
        "builtins:type.mro",
    ],
)
def test_find_refuses_what_is_not_defined_under_the_name(name: str) -> None:
    with pytest.raises(RebuildError) as caught:
        names.find(name)
    assert caught.value.kind == "missing_name"
    assert str(caught.value).startswith(f"could not look up `{name.partition(':')[0]}")


def test_find_says_which_package_is_missing() -> None:
    with pytest.raises(RebuildError) as caught:
        names.find("no_such_package.part:Thing")
    assert caught.value.kind == "missing_package"
    assert str(caught.value) == (
        "could not import `no_such_package.part`: `no_such_package` is not installed"
    )


def test_find_never_asks_a_module_for_names_it_makes_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made_up_names.py").write_text(
        "def __getattr__(name):\n    raise AssertionError(name)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RebuildError, match="does not define it") as caught:
        names.find("made_up_names:anything")
    assert caught.value.kind == "missing_name"


def test_find_reports_a_module_that_fails_to_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_on_import.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RebuildError) as caught:
        names.find("broken_on_import:Thing")
    assert caught.value.kind == "missing_package"
    assert str(caught.value) == (
        "could not import `broken_on_import`: ZeroDivisionError: division by zero"
    )


def test_find_takes_no_module_that_is_only_posing_as_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "posing", type("Posing", (), {"A": Outer})())
    with pytest.raises(RebuildError, match="does not define it"):
        names.find("posing:A")


def test_the_admitted_tables_hold_names_that_exist() -> None:
    for name in (ADMITTED | ADMITTED_VALUES) - values.INTERPRETER_TYPES.keys():
        found = names.find(name)
        assert names.name_of(found) == name, name


def test_a_type_of_the_interpreter_is_named_and_admitted_like_any_class() -> None:
    for name, found in values.INTERPRETER_TYPES.items():
        persist.snapshot([found], "memory://interpreter")
        needed = persist.get_metadata("memory://interpreter")["needs"]["allow"]
        assert needed == ([] if name in ADMITTED_VALUES else [name])
        assert persist.restore("memory://interpreter", allow=needed)[0] is found


def test_a_class_of_plain_values_may_stand_where_a_type_does() -> None:
    held = [datetime.datetime, datetime.date, Decimal, uuid.UUID, Path, collections.deque]
    assert persist.loads(persist.dumps({"types": held, "form": list[datetime.datetime]})) == {
        "types": held,
        "form": list[datetime.datetime],
    }
    with pytest.raises(UntrustedError) as caught:
        persist.loads(persist.dumps([Path.home, zoneinfo.ZoneInfo]))
    assert caught.value.allow == ["pathlib:Path.home", "zoneinfo:ZoneInfo"]


def test_no_admitted_table_holds_what_makes_classes_or_runs_text() -> None:
    assert not {"builtins:type", "builtins:object", "builtins:eval"} & (ADMITTED | ADMITTED_VALUES)


SCRIPT = """
    class Agent:
        pass

    if __name__ == "__main__":
        from persist.state import names
        name = names.name_of(Agent)
        print(name, names.find(name) is Agent, names.main_script())
"""


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (["script.py"], "__main__:Agent True script.py"),
        (["-m", "script"], "script:Agent True script.py"),
        (["-m", "package.part"], "package.part:Agent True part.py"),
        (["-m", "package"], "package.__main__:Agent True __main__.py"),
    ],
)
def test_a_script_is_named_by_what_can_be_imported(
    tmp_path: Path, command: list[str], printed: str
) -> None:
    (tmp_path / "package").mkdir()
    for part in ("script.py", "package/part.py", "package/__main__.py"):
        (tmp_path / part).write_text(textwrap.dedent(SCRIPT))
    (tmp_path / "package" / "__init__.py").touch()
    result = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == printed


def test_the_script_of_another_program_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other_program").mkdir()
    (tmp_path / "other_program" / "__init__.py").touch()
    (tmp_path / "other_program" / "__main__.py").write_text("raise AssertionError\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RebuildError) as caught:
        names.find("other_program.__main__:Agent")
    assert caught.value.kind == "missing_name"
    assert caught.value.hint == "pass the class or function itself in `allow`"


class Equal(type):
    """A metaclass whose classes equal anything."""

    def __eq__(cls, other: object) -> bool:
        return True

    def __hash__(cls) -> int:
        return 1


class Incomparable(type):
    def __eq__(cls, other: object) -> bool:
        raise ValueError("it cannot be compared")

    def __hash__(cls) -> int:
        return 1


class Unasked(type):
    def __getattr__(cls, name: str) -> object:
        raise RuntimeError(name)


class ByName(type):
    """A metaclass whose classes are compared by their names."""

    def __eq__(cls, other: object) -> bool:
        return isinstance(other, ByName) and cls.__name__ == other.__name__

    def __hash__(cls) -> int:
        return hash(cls.__name__)


class Same(metaclass=Equal):
    pass


class Apart(metaclass=Incomparable):
    pass


class Silent(metaclass=Unasked):
    pass


class Alike(metaclass=ByName):
    pass


@pytest.mark.parametrize(
    ("cls", "says"),
    [(Same, "equals any other"), (Apart, "raises a `ValueError`"), (Silent, "a `RuntimeError`")],
)
@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: [it]], ids=["alone", "in a list"])
def test_objects_of_a_class_that_cannot_be_told_apart_are_refused(
    cls: Any, says: str, wrap: Any
) -> None:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(wrap(cls()))
    assert says in str(raised.value)
    with pytest.raises(persist.PersistError):
        persist.loads(f'{{"lc":"object","id":"{MODULE}:{cls.__name__}","dict":{{}}}}', allow=cls)


def test_classes_that_are_compared_by_their_names_are_saved() -> None:
    assert type(persist.loads(persist.dumps(Alike()), allow=Alike)) is Alike
