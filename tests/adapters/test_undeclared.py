"""Models come back with what was put beside their fields without a declaration."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import persist
import pytest
import undeclared
from persist import CaptureError, RebuildError
from pydantic import BaseModel
from undeclared import given

from trips import python, there_and_back

ALLOW = ["undeclared"]


@pytest.mark.parametrize("name", undeclared.STATES)
def test_what_no_class_declares_comes_back(name: str) -> None:
    made = undeclared.STATES[name]()
    back = there_and_back(made, allow=ALLOW, secrets_map={"HIDDEN_KEY": "abc"})
    assert list(vars(back)) == list(vars(made))


def test_another_process_reads_and_writes_it() -> None:
    states = [make() for name, make in undeclared.STATES.items() if name != "with a secret"]
    text = persist.dumps(states)
    program = (
        f"import persist, sys; print(persist.dumps(persist.loads(sys.argv[1], allow={ALLOW})))"
    )
    assert python(program, text, seed=3) == f"{text}\n"


def test_a_node_names_what_is_not_declared() -> None:
    node = json.loads(persist.dumps(undeclared.STATES["plain"]()))
    assert node["undeclared"] == ["note", "client"]
    state = json.loads(persist.dumps(undeclared.STATES["with a constructor node"]()))["state"]
    assert state["__lc_escaped__"]["undeclared"] == ["note"]


@pytest.mark.parametrize("name", ["x\ud800", "\ud83d\ude00", "é"], ids=ascii)
def test_the_names_of_fields_set_may_be_any_text_beside_a_secret(name: str) -> None:
    made = undeclared.Hidden()
    made.model_fields_set.add(name)
    assert there_and_back(made, allow=ALLOW).model_fields_set == {name}


def test_text_of_langchain_has_no_room_for_it() -> None:
    with pytest.raises(CaptureError, match="no place for"):
        persist.dumps(undeclared.STATES["with a constructor node"](), dialect="langchain")


def node_of(undeclared: Any, **held: Any) -> str:
    node = {"lc": "object", "id": "undeclared:Plain", "dict": {"size": 1, **held}}
    return json.dumps({**node, "undeclared": undeclared})


@pytest.mark.parametrize(
    "name",
    [
        *("half", "run", "shade", "bare", "model_config", "model_fields", "model_dump", "dict"),
        *("__class__", "__pydantic_extra__", "_seen"),
    ],
)
def test_what_a_class_has_is_not_replaced(name: str) -> None:
    made = undeclared.Plain()
    vars(made)[name] = 1
    with pytest.raises(CaptureError) as refused:
        persist.dumps([made])
    assert f"`{name}` that a restore would not set" in refused.value.problems[0].reason
    for names in ([name], []):
        with pytest.raises(RebuildError) as raised:
            persist.loads(node_of(names, **{name: 1}), allow=ALLOW)
        assert raised.value.kind == "invalid_state"


@pytest.mark.parametrize(
    ("names", "held"),
    [
        ([], {"note": 1}),
        (["note"], {}),
        (["size"], {}),
        (["twice"], {"twice": 1}),
        (["_at"], {"_at": 1}),
        (["keys"], {"keys": {"lc": "function", "id": "undeclared:given"}}),
        (["note", "other"], {"note": 1}),
        (None, {"note": 1}),
        ([1], {}),
        ({"note": 1}, {"note": 1}),
    ],
)
def test_a_mark_that_is_wrong_is_refused(names: Any, held: dict[str, Any]) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(node_of(names, **held), allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    assert "instance of 'list'" not in str(raised.value)


def test_only_a_model_says_so() -> None:
    text = '{"lc":"object","id":"types:SimpleNamespace","init":[],"undeclared":[]}'
    with pytest.raises(RebuildError, match="not taken apart into a member `undeclared`"):
        persist.loads(text)


def test_no_instance_of_a_listed_class_holds_it() -> None:
    from langchain_core.messages import HumanMessage

    with pytest.raises(CaptureError, match="`note` that a restore would not set"):
        persist.dumps(given(HumanMessage("a"), note=1))
    with pytest.raises(CaptureError, match="`note` that a restore would not set"):
        persist.dumps(given(undeclared.Chat(api_key="k" * 9), note=1))
    state = '"state":{"__lc_escaped__":{"dict":{"note":1},"undeclared":["note"]}},"kwargs"'
    with pytest.raises(RebuildError, match="`note` is no attribute that an instance may hold"):
        persist.loads(persist.dumps(HumanMessage("a")).replace('"kwargs"', state))


def test_what_extends_a_listed_class_brings_nothing_to_call() -> None:
    with pytest.raises(CaptureError, match="`func` that a restore would not set"):
        persist.dumps(given(undeclared.Tool(), func=given))
    text = persist.dumps(given(undeclared.Tool(), func="undeclared:given"))
    changed = text.replace('"undeclared:given"', '{"lc":"function","id":"undeclared:given"}')
    with pytest.raises(RebuildError, match="`func` is no attribute that an instance may hold"):
        persist.loads(changed, allow=ALLOW)


def replaced(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    names = {"__module__": "undeclared", "__qualname__": "Small"}
    annotations = dict.fromkeys(fields, int)
    made = type("Small", (BaseModel,), {**names, **fields, "__annotations__": annotations})
    monkeypatch.setattr(undeclared, "Small", made)


def test_a_class_that_has_changed_takes_it_unless_it_is_a_field_now(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    persist.snapshot(given(undeclared.Small(size=2), note=3), tmp_path / "state")
    replaced(monkeypatch, size=1, other=5)
    back = persist.restore(tmp_path / "state", allow=ALLOW)
    assert vars(back) == {"size": 2, "other": 5, "note": 3}
    replaced(monkeypatch, size=1, note=5)
    with pytest.raises(RebuildError) as raised:
        persist.restore(tmp_path / "state", allow=ALLOW)
    assert raised.value.kind == "class_changed"
    assert "its attribute `note` is a field now" in str(raised.value)


def test_a_field_that_is_gone_is_no_such_attribute(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, size=1, note=5)
    persist.snapshot(undeclared.Small(note=3), tmp_path / "state")
    replaced(monkeypatch, size=1)
    with pytest.raises(RebuildError) as raised:
        persist.restore(tmp_path / "state", allow=ALLOW)
    assert raised.value.kind == "class_changed"
    assert "no field `note` any more" in str(raised.value)
