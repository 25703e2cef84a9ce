"""Exceptions keep what the interpreter puts there, and nothing that runs where they are shown."""

from __future__ import annotations

import json
import subprocess
import sys
import traceback
from typing import Any

import persist
import pytest

HAS_NAME_FROM = hasattr(ImportError, "name_from")

WRONG = [
    *("x =", "(", "a b", "def f(:\n", "'abc", "f'{a b}'", "\tif", "if x:\npass", "a\n  b", "\0"),
    *("f(a for a in b, c)", "é é", "x = 5\n" * 3 + "return", "None = 1", "a.b as c", "0777"),
    "print 'x'" + "y" * 3_000,
    "'''abc\n\n" + "x" * 5_000,
    "(a,\n" + "b" * 2_000 + " c)",
    "with (\n a as b,\n c as d\n e",
    "{1: 2,\n **{},\n 3}",
]


def text_of(kind: str, /, **members: Any) -> str:
    return json.dumps({"lc": "object", "id": f"builtins:{kind}", "args": ["x"], "members": members})


def caught(code: str) -> Exception:
    """Returns what compiling or running code raises, without where that was."""
    try:
        exec(compile(code, "f.py", "exec"), {})
    except Exception as error:
        return error.with_traceback(None)
    raise AssertionError(code)


@pytest.mark.parametrize(
    "code", [*WRONG, "import nowhere.x", "from json import decodr", "[].nope", "nope"]
)
def test_a_real_error_is_shown_as_it_was(code: str) -> None:
    error = caught(code)
    copy: Any = persist.loads(persist.dumps(error))
    assert traceback.format_exception(copy) == traceback.format_exception(error)


@pytest.mark.parametrize(
    "details",
    [
        (None, None, None, None),
        ("f.py", 1, 5_000, None),
        ("f.py", 1, 2, "text", 1, -1),
        ("f.py", 1, 0, "text", None, None),
        ("f.py", 1, 2, "text", 1, 0),
        ("f.py", 1, 2, "text", 3, 5_000),
    ],
)
def test_an_error_of_syntax_that_a_program_makes_goes_on(details: Any) -> None:
    error = SyntaxError("bad", details)
    copy: Any = persist.loads(persist.dumps(error))
    assert traceback.format_exception(copy) == traceback.format_exception(error)
    assert (copy.offset, copy.end_offset, copy.end_lineno) == (
        error.offset,
        error.end_offset,
        error.end_lineno,
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            SyntaxError("bad", ("f.py", 1, 1, "abc", 1, 2_000_000_000)),
            "it is an error of syntax at a place outside its text",
        ),
        (
            SyntaxError("bad", ("f.py", 1, 1, "abc", 1, "x")),
            "it is an error of syntax whose text or place is none",
        ),
        (NameError("x", name=[]), "it is an error of a name that is no text"),
    ],
)
def test_what_is_not_restored_is_not_saved(error: Exception, reason: str) -> None:
    with pytest.raises(persist.CaptureError, match=reason):
        persist.dumps(error)


SAYS = {
    "this": "says what the module `this` lacks, which is not loaded",
    "xml.dom": "says what the module `xml.dom` lacks, which is not loaded",
}

PROGRAM = """
import sys, persist
text = sys.argv[1]
for name in sys.argv[2:]:
    try:
        persist.loads(text)
    except persist.RebuildError as error:
        print(error.kind, error.hint, error, name in sys.modules, sep="|")
    __import__(name)
error = persist.loads(text)
print("|" + error.name_from)
"""


@pytest.mark.parametrize("name", SAYS)
def test_an_error_of_an_import_names_a_module_that_is_loaded(name: str) -> None:
    """Who shows such an error imports the module, to suggest another name.

    In a process of its own, where nobody has imported it.
    """
    text = text_of("ImportError", msg="x", name=name, name_from="y")
    if not HAS_NAME_FROM:
        with pytest.raises(persist.RebuildError, match="that its class does not have"):
            persist.loads(text)
        return
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, text, name], capture_output=True, text=True, check=True
    )
    kind, hint, message, is_loaded = done.stdout.partition("\n")[0].split("|")
    assert (kind, is_loaded) == ("missing_name", "False")
    assert hint == "import that module before you restore"
    assert SAYS[name] in message
    assert done.stdout.endswith("|y\n")


@pytest.mark.parametrize(
    "members", [{"name": 7, "name_from": "y"}, {"name": "sys", "name_from": []}], ids=str
)
def test_an_error_of_an_import_has_names_that_are_texts(members: Any) -> None:
    says = "whose names are no texts" if HAS_NAME_FROM else "that its class does not have"
    with pytest.raises(persist.RebuildError, match=says) as found:
        persist.loads(text_of("ImportError", **members))
    assert found.value.kind == "invalid_state"


@pytest.mark.parametrize("name", ["__dir__", "__getattr__", "__class__", "__dict__"])
def test_what_lacks_an_attribute_brings_nothing_that_is_called(name: str) -> None:
    """The standard library asks it for what it has, to suggest another name."""
    integer = {"lc": "class", "id": "builtins:int"}
    node = {"lc": "object", "id": "types:SimpleNamespace", "init": [], "dict": {name: integer}}
    with pytest.raises(persist.RebuildError, match=f"`{name}` is no attribute that") as found:
        persist.loads(text_of("AttributeError", name="nope", obj=node))
    assert found.value.kind == "invalid_state"
