"""Sentinels: instances and objects that are compared by being that very one."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from pathlib import Path

import persist
import pytest

import sentinels
import sentinels_again
import trips
from trips import python, script, there_and_back

ALLOW = ["sentinels"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (sentinels.MISSING, '{"lc":"object","id":"sentinels:Missing","name":"MISSING"}'),
        (sentinels.MOVED, '{"lc":"object","id":"sentinels:Moved","name":"MOVED"}'),
        (sentinels._unset, '{"lc":"object","id":"sentinels:Unset","name":"_unset"}'),
        (
            dataclasses.MISSING,
            '{"lc":"object","id":"dataclasses:_MISSING_TYPE","name":"MISSING"}',
        ),
    ],
)
def test_an_instance_that_its_module_keeps_is_found_there(value: object, text: str) -> None:
    assert persist.dumps([value, value]) == f"[{text},{text}]"
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(text)
    (name,) = raised.value.allow
    assert '"' + name + '"' in text
    restored = there_and_back({"a": [value], "b": (value,)}, allow=[name])
    assert restored["a"][0] is restored["b"][0] is value


def test_it_is_that_very_one_in_a_new_process() -> None:
    text = persist.dumps([sentinels.MISSING, {sentinels._unset: 1}, {sentinels.MISSING}])
    code = """
import sys, persist
made = persist.loads(sys.argv[1], allow=["sentinels"])
import sentinels
assert made[0] is sentinels.MISSING
assert made[1] == {sentinels._unset: 1}
assert made[2] == {sentinels.MISSING}
"""
    assert python(code, text, seed=7) == ""


def test_one_that_its_module_does_not_keep_is_one_of_its_own() -> None:
    made = sentinels.Missing()
    first, second = persist.loads(persist.dumps([made, made]), allow=ALLOW)
    assert first is second is not sentinels.MISSING
    assert type(first) is sentinels.Missing


def test_one_that_holds_something_is_carried_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    made = sentinels.Kept()
    made.value = 1
    monkeypatch.setattr(sentinels, "kept", made)
    restored = persist.loads(persist.dumps(made), allow=ALLOW)
    assert restored is not made
    assert restored.value == 1


def test_one_that_does_something_is_carried_by_value() -> None:
    restored = persist.loads(persist.dumps(sentinels.working), allow=ALLOW)
    assert restored is not sentinels.working


def test_what_holds_something_by_now_is_no_sentinel(monkeypatch: pytest.MonkeyPatch) -> None:
    text = persist.dumps(sentinels.kept)
    assert persist.loads(text, allow=ALLOW) is sentinels.kept
    monkeypatch.setattr(sentinels.kept, "value", 1, raising=False)
    with pytest.raises(persist.RebuildError) as raised:
        persist.loads(text, allow=ALLOW)
    assert raised.value.kind == "invalid_state"


@pytest.mark.parametrize(
    "text",
    [
        '{"lc":"object","id":"sentinels:Missing","name":"kept"}',
        '{"lc":"object","id":"sentinels:Missing","name":"nothing"}',
        '{"lc":"object","id":"sentinels:Missing","name":"Missing"}',
        '{"lc":"object","id":"sentinels:Missing","name":1}',
        '{"lc":"object","id":"sentinels:Working","name":"working"}',
        '{"lc":"object","id":"sentinels:Missing","dict":{"a":1},"name":"MISSING"}',
        '{"lc":"object","id":"sentinels:Missing","name":"MISSING","dict":{"a":1}}',
        '[{"lc":"object","id":"sentinels:Missing","ref":1,"name":"MISSING"},{"lc":"same","ref":1}]',
    ],
)
def test_a_text_finds_nothing_but_sentinels(text: str) -> None:
    with pytest.raises(persist.RebuildError):
        persist.loads(text, allow=ALLOW)
    assert vars(sentinels.MISSING) == {}


SCRIPT = """
import sys
import persist

class Missing:
    pass

MISSING = Missing()
plain = Missing()

if len(sys.argv) == 1:
    print(persist.dumps([MISSING, plain]), end="")
else:
    first, second = persist.loads(sys.argv[1], allow=[Missing])
    assert first is MISSING
    assert second is not plain and type(second) is Missing
"""


def test_a_constant_of_a_script_is_found_by_its_next_run(tmp_path: Path) -> None:
    file = tmp_path / "agent.py"
    file.write_text(SCRIPT)
    assert script(file, script(file)) == ""


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (sentinels.FIRST, "sentinels:FIRST"),
        (sentinels.SECOND, "sentinels:SECOND"),
        (sentinels.AGAIN, "sentinels:AGAIN"),
    ],
)
def test_an_object_is_named_where_it_is_made(value: object, name: str) -> None:
    assert sentinels_again.mine is sentinels.FIRST
    text = persist.dumps(value)
    assert text == f'{{"lc":"constant","id":"{name}"}}'
    code = """
import sys, importlib, persist
made = persist.loads(sys.argv[1], allow=[sys.argv[2]])
module, _, attribute = sys.argv[2].partition(":")
assert made is getattr(importlib.import_module(module), attribute)
"""
    assert python(code, text, name) == ""


def test_an_object_that_a_script_imports_is_named_where_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "FIRST", sentinels.FIRST, raising=False)
    assert persist.dumps(sentinels.FIRST) == '{"lc":"constant","id":"sentinels:FIRST"}'


def test_an_object_that_no_source_makes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sentinels_again.theirs is sentinels.OTHER
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(sentinels.OTHER)
    assert "under several names: `sentinels:OTHER`" in str(raised.value)
    monkeypatch.setattr(trips, "TWICE", sentinels.TWICE, raising=False)
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(sentinels.TWICE)
    assert "under several names" in str(raised.value)


def test_an_object_that_two_sources_make_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sentinels_own.py").write_text("FIRST = object()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("sentinels_own")
    monkeypatch.setattr(module, "FIRST", sentinels.FIRST)
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(sentinels.FIRST)
    assert "under several names" in str(raised.value)


def test_an_object_of_a_script_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = object()
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys.modules["__main__"], "MADE", made, raising=False)
    monkeypatch.setattr(trips, "MADE", made, raising=False)
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(made)
    assert "it is a sentinel of a script, which no restore could look up" in str(raised.value)
