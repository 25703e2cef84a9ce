"""Functions that no name leads to: code locations, cells, and what each has of its own."""

from __future__ import annotations

import ast
import json
import py_compile
import types
from pathlib import Path
from typing import Any

import persist
import pytest
from persist.state import locations

import closures
import trips
import typed_closures

ALLOW = ("closures", "typed_closures", "typing")


def back(value: Any, allow: Any = ALLOW) -> Any:
    return trips.there_and_back(value, allow=allow)


def test_functions_share_the_cells_they_shared() -> None:
    add, read = back(closures.counter(5))
    assert (add(3, times=2), read()) == (11, 11)
    assert add.__closure__[0] is read.__closure__[0]


def test_a_function_that_captures_itself_comes_back() -> None:
    restored = back(closures.factorial())
    assert restored(5) == 120
    assert restored.__closure__[0].cell_contents is restored
    even, odd = back(closures.mutual())
    assert (even(4), odd(4)) == (True, False)
    assert even.__closure__[0].cell_contents is odd


def test_an_empty_cell_stays_empty() -> None:
    restored = back(closures.unset())
    with pytest.raises(NameError):
        restored()


def test_lambdas_of_a_module_are_told_apart() -> None:
    restored = back([closures.double, *closures.STEPS, closures.STEPS[2](5)])
    assert [restored[0](4), restored[1](1), restored[2](1)] == [8, 2, 3]
    assert (restored[3](1)(2), restored[4](2)) == (3, 7)


def test_lambdas_of_equal_source_are_told_apart_by_position() -> None:
    text = json.loads(persist.dumps(closures.TWINS))
    assert text[0].get("at") is None
    assert text[1].get("at") in (None, 1)
    back(closures.TWINS)


def test_a_function_keeps_its_identity() -> None:
    function = closures.factorial()
    function.seen = [function]  # type: ignore[attr-defined]
    restored = back([function, {"again": function}, {function}])
    assert restored[0] is restored[1]["again"] is next(iter(restored[2]))
    assert restored[0].seen[0] is restored[0]


def test_what_a_decorator_replaced_and_what_replaced_it_come_back() -> None:
    wrapper, inner = closures.size, closures.size.__wrapped__  # type: ignore[attr-defined]
    restored = back([wrapper, inner, closures.plus_one(inner)])
    assert restored[0] is wrapper
    assert (restored[1]("abc"), restored[2]("abc")) == (3, 4)
    assert restored[2].__wrapped__ is restored[1]
    assert restored[2].__annotations__ is restored[1].__annotations__
    assert restored[2].__doc__ == "Returns the size of a text."
    assert back(closures.length)("abc") == 4


def test_the_annotations_of_a_wrapped_method_are_those_of_the_method() -> None:
    server = closures.Server()
    restored = back([closures.around(server.answer), server])
    assert restored[0]("text") is restored[1]
    assert restored[0].__annotations__ is closures.Server.answer.__annotations__


def test_functions_of_methods_and_local_classes_come_back() -> None:
    maker = closures.Maker()
    restored = back([maker, maker.reader()])
    assert [part() for part in restored[0].parts] == [0, 1, 2]
    assert restored[1]() is restored[0]
    assert back(maker.method())(None) == 3
    assert list(back(closures.Maker.generate())()) == [0, 1]


def test_annotations_are_read_off_the_source() -> None:
    text = persist.dumps(typed_closures.plain())
    assert "annotations" not in text
    restored = back(typed_closures.plain())
    assert restored.__annotations__ == typed_closures.plain().__annotations__


def test_an_annotation_that_was_captured_is_written_as_a_class() -> None:
    by_type, by_text = typed_closures.captured(int, "__import__('os').system('true')")
    assert back(by_type).__annotations__ == {"value": int}
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(by_text)
    assert "neither in its source nor a type" in str(raised.value)


def test_a_comprehension_around_a_lambda_does_not_show() -> None:
    text = json.loads(persist.dumps(closures.Maker().parts[0]))
    assert text["id"] == "closures:Maker.__init__.<locals>.<lambda>"


def test_names_docstring_defaults_and_attributes_are_kept() -> None:
    function, _ = closures.counter(1)
    function.__name__, function.__qualname__ = "other", "far.other"
    function.__module__ = "elsewhere"
    function.__doc__ = "Says so."
    function.__defaults__ = ([],)  # type: ignore[attr-defined]
    restored = back([function, function.__defaults__, function.__kwdefaults__])  # type: ignore[attr-defined]
    assert restored[0].__defaults__ is restored[1]
    assert restored[0].__kwdefaults__ is restored[2]
    assert (restored[0].__name__, restored[0].__qualname__) == ("other", "far.other")
    assert (restored[0].__module__, restored[0].__doc__) == ("elsewhere", "Says so.")


def test_another_process_gets_the_functions_back(tmp_path: Path) -> None:
    path = tmp_path / "functions.json"
    persist.snapshot([closures.counter(5), closures.STEPS, closures.size], path)
    code = """
import sys, persist
(add, read), steps, size = persist.restore(sys.argv[1], allow="closures")
print(add(1), read(), [step(1) for step in steps[:2]], size("abc"))
"""
    assert trips.python(code, path, seed=7) == "6 6 [2, 3] 4\n"


def refusal(value: Any) -> str:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([value])
    assert raised.value.kind == "unsupported_value"
    assert [problem.path for problem in raised.value.problems] == ["$[0]"]
    return raised.value.problems[0].reason


def test_code_that_is_in_no_module_is_refused() -> None:
    made: dict[str, Any] = {}
    exec("def f(): ...", made)
    assert "in no module" in refusal(made["f"])
    made = {"__name__": "closures"}
    exec("def f(): ...", made)
    assert "in no module that can be imported" in refusal(made["f"])
    other = types.FunctionType(made["f"].__code__, vars(closures))
    assert "not in its module as that stands now" in refusal(other)


def test_a_generator_is_refused() -> None:
    assert "generator" in refusal(closures.Maker.generate()())


@pytest.mark.parametrize("name", ["__code__", "__globals__", "__doc__"])
def test_an_attribute_that_functions_have_themselves_is_refused(name: str) -> None:
    function = closures.factorial()
    vars(function)[name] = 1
    assert "an attribute that a restore would not set" in refusal(function)


def node(**members: Any) -> str:
    text = json.loads(persist.dumps(closures.factorial()))
    changed = {key: value for key, value in {**text, **members}.items() if value is not ...}
    order = ["lc", "id", "hash", "ref", "at", "cells"]
    return json.dumps({key: changed[key] for key in order if key in changed} | changed)


def refused(text: str, allow: Any = "closures") -> Any:
    with pytest.raises(persist.PersistError) as raised:
        persist.loads(text, allow=allow)
    return raised.value


def test_a_location_is_admitted_by_its_own_name_alone() -> None:
    name = "closures:factorial.<locals>.f"
    error = refused(node(), allow=())
    assert (type(error), error.kind) == (persist.UntrustedError, "not_allowed")
    assert error.allow == [name]
    assert f"allow=['{name}']" in str(error.hint)
    assert persist.loads(node(), allow=name)(3) == 6
    for other in ("closures:factorial", "closures:factorial.<locals>", "closures:f", "closur"):
        if other == "closures:factorial.<locals>":
            continue
        assert refused(node(), allow=other).kind == "not_allowed"


def test_other_code_under_the_same_name_is_refused() -> None:
    error = refused(node(hash="0" * 16))
    assert (type(error), error.kind) == (persist.RebuildError, "class_changed")
    assert "closures:factorial.<locals>.f" in str(error)
    assert refused(node(at=1)).kind == "class_changed"


CHANGED: list[tuple[dict[str, Any], str]] = [
    ({"id": "closures:nowhere.<locals>.f"}, "missing_name"),
    ({"id": "closures:Maker"}, "missing_name"),
    ({"id": "closures:functools.wraps"}, "missing_name"),
    ({"id": "closures:<module>"}, "bad_state_text"),
    ({"id": "closures:factorial.<locals>.<genexpr>"}, "bad_state_text"),
    ({"id": "closures:..f"}, "bad_state_text"),
    ({"id": "os:system"}, "not_allowed"),
    ({"id": 3}, "bad_state_text"),
    ({"hash": 3}, "bad_state_text"),
    ({"at": 0}, "bad_state_text"),
    ({"at": -1}, "bad_state_text"),
    ({"at": True}, "bad_state_text"),
    ({"cells": ..., "free": ...}, "invalid_state"),
    ({"cells": [{"lc": "cell"}, {"lc": "cell"}]}, "invalid_state"),
    ({"cells": [1]}, "bad_state_text"),
    ({"cells": {}}, "bad_state_text"),
    ({"free": {"g": 1}}, "invalid_state"),
    ({"free": {"f": {"lc": "function", "id": "os:system"}}}, "not_allowed"),
    ({"free": [1]}, "bad_state_text"),
    ({"defaults": [1]}, "bad_state_text"),
    ({"defaults": {"lc": "tuple", "v": [{"lc": "class", "id": "os:_wrap_close"}]}},
     "not_allowed"),
    ({"kwdefaults": [1]}, "bad_state_text"),
    ({"dict": {"__code__": 1}}, "invalid_state"),
    ({"dict": {"__globals__": {}}}, "invalid_state"),
    ({"dict": 1}, "bad_state_text"),
    ({"name": None}, "bad_state_text"),
    ({"module": 1}, "bad_state_text"),
    ({"annotations": {"n": "__import__('os').system('true')"}}, "invalid_state"),
    ({"annotations": "wrapped"}, "invalid_state"),
    ({"annotations": "other"}, "invalid_state"),
    ({"code": "AAAA"}, "bad_state_text"),
    ({"globals": {}}, "bad_state_text"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "kind"), CHANGED)
def test_a_changed_node_is_refused(members: dict[str, Any], kind: str) -> None:
    assert refused(node(**members)).kind == kind


@pytest.mark.parametrize(
    "signature",
    [5, None, "", "(name)", "def (`name`)", "def (\ud800)", "def (a)\n", f"def ({'a, ' * 2000})"],
)
def test_a_changed_signature_is_refused(signature: Any) -> None:
    size = closures.size.__wrapped__  # type: ignore[attr-defined]
    text = json.loads(persist.dumps(size))
    assert text["signature"] == "def (text: fcf0c6f62109f485)"
    assert persist.loads(json.dumps(text | {"hash": "0" * 16}), allow="closures")("abc") == 3
    assert refused(json.dumps(text | {"hash": "0" * 16}), allow=()).allow == ["closures:size"]
    error = refused(json.dumps(text | {"signature": signature}))
    assert (error.kind, "the member `signature`" in str(error)) == ("bad_state_text", True)


@pytest.mark.parametrize(("name", "more"), [("size", {"at": 1}), ("factorial.<locals>.f", {})])
def test_a_signature_is_of_one_function_of_a_module(name: str, more: dict[str, Any]) -> None:
    parts = {"lc": "code", "id": f"closures:{name}", "hash": "1", **more, "signature": "def ()"}
    error = refused(json.dumps(parts))
    assert (error.kind, "the member `signature`" in str(error)) == ("bad_state_text", True)


def test_members_stand_in_their_order() -> None:
    text = '{"lc":"code","id":"closures:nothing","hash":"1","dict":{},"cells":[]}'
    assert refused(text).kind == "bad_state_text"
    text = '{"lc":"code","id":"closures:nothing","hash":"1","dict":{},"ref":1}'
    assert refused(text).kind == "bad_state_text"


SOURCE = """
def outer(flag):
    def inner(a: "int" = 1, *b, c=(1, 2.5, None)) -> str:
        'doc'
        return f"{a!r:>{flag}} {b}" + u'text' + 'x'
    return inner
"""

REFORMATTED = """

def outer(flag):

    def inner(
        a: 'int' = 1,
        *b,
        c=(1, 2.5, None),  # a comment
    ) -> str:
        \"\"\"doc\"\"\"
        return (f'{a!r:>{flag}} {b}' + "text" + "x")
    return inner
"""


def test_the_hash_is_of_what_is_written_and_not_of_how() -> None:
    one, other = (ast.parse(source).body[0] for source in (SOURCE, REFORMATTED))
    assert locations.canonical_hash(one) == locations.canonical_hash(other)
    changed = ast.parse(SOURCE.replace("2.5", "2")).body[0]
    assert locations.canonical_hash(one) != locations.canonical_hash(changed)


def test_the_hash_is_this_value_under_every_interpreter() -> None:
    assert locations.canonical_hash(ast.parse(SOURCE).body[0]) == "0e6c2ff7c77887fa"


def test_without_source_the_interpreter_and_its_code_are_named(tmp_path: Path) -> None:
    source = tmp_path / "sourceless.py"
    source.write_text(SOURCE.replace(': "int"', "").replace(" -> str", ""))
    py_compile.compile(str(source), cfile=str(tmp_path / "sourceless.pyc"))
    source.unlink()
    code = """
import sys, persist, sourceless
text = persist.dumps(sourceless.outer(7))
print(sys.implementation.cache_tag + ":" in text, persist.loads(text, allow="sourceless")(1))
"""
    assert trips.python(code, path=[tmp_path]) == "True       1 ()textx\n"


def test_a_changed_source_is_seen_on_both_sides(tmp_path: Path) -> None:
    source = tmp_path / "moving.py"
    source.write_text(SOURCE)
    code = """
import pathlib, sys, persist, moving
inner = moving.outer(7)
if sys.argv[2] == "save":
    pathlib.Path(sys.argv[1]).write_text(persist.dumps(inner))
text = pathlib.Path(sys.argv[1]).read_text()
try:
    print(persist.loads(text, allow="moving") is not None)
except persist.RebuildError as error:
    print(error.kind, "moving:outer.<locals>.inner" in str(error))
"""
    text = tmp_path / "state.json"
    assert trips.python(code, text, "save", path=[tmp_path]) == "True\n"
    source.write_text(REFORMATTED)
    assert trips.python(code, text, "load", path=[tmp_path]) == "True\n"
    source.write_text(SOURCE.replace("2.5", "2.25"))
    assert trips.python(code, text, "load", path=[tmp_path]) == "class_changed True\n"


SCRIPT = """
import sys, persist

def outer(n):
    return lambda m: n + m

double = lambda n: 2 * n

if sys.argv[2] == "save":
    persist.snapshot([outer(3), double], sys.argv[1])
try:
    persist.restore(sys.argv[1])
except persist.UntrustedError as error:
    print(error.allow, error.hint)
add, twice = persist.restore(sys.argv[1], allow=[outer, double])
print(add(4), twice(4), add.__globals__ is globals())
"""


def test_what_a_script_defines_comes_back_through_the_thing_itself(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    path = tmp_path / "state.json"
    said = trips.script(script, path, "save")
    assert said.splitlines()[1] == "7 8 True"
    assert "'__main__:outer.<locals>.<lambda>'" in said
    assert trips.script(script, path, "load").splitlines()[1] == "7 8 True"
