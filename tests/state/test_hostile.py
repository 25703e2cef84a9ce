"""What strangers wrote is refused by name, and nothing is imported, opened, connected or run."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import hostile_files
import hostile_given
import hostile_makers
import hostile_others
import hostile_reached
import hostile_texts
import persist
import pytest
from hostile_bombs import BOMBS
from hostile_texts import (
    EVIL,
    HARMLESS,
    UNTRUSTED,
    Case,
    chat,
    made,
    named,
    obj,
    prompt,
    same,
    shared,
)

CASES = [*hostile_texts.CASES, *hostile_makers.CASES, *hostile_files.CASES]
CASES += [*hostile_given.CASES, *hostile_reached.CASES]

HERE = Path(__file__).resolve().parent

for package in ("langchain_classic", "langchain_openai"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is missing", allow_module_level=True)


LEAKS = ("k-1234567", "another-1234567", "k-of-the-environment")

MAX_SECONDS = 60
"""Of one bomb, on a slow machine that does other things as well; none takes more than some."""

MAX_MEBIBYTES = 2_000


def rows_of(module: str) -> dict[str, Any]:
    """Returns what a child process wrote, by the name of each row; a later row wins."""
    beside = [HERE.parent / room for room in ("", "adapters", "format")]
    paths = [str(HERE), *map(str, beside), *filter(None, sys.path)]
    variables = {
        "PYTHONPATH": os.pathsep.join(paths),
        # What a module is compiled to would be written while it is listened to.
        "PYTHONDONTWRITEBYTECODE": "1",
        # Of all that a system trusts each HTTP client would read everything.
        "SSL_CERT_FILE": str(HERE.parent / "fixtures" / "authority.pem"),
    }
    child = subprocess.run(
        [sys.executable, "-m", module],
        cwd=HERE,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert child.returncode == 0, (child.stdout[-300:], child.stderr[-4_000:])
    rows = [json.loads(line) for line in child.stdout.splitlines()]
    return {row["name"]: row for row in rows}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What came of every case, all restored in one child process."""
    return rows_of("hostile")


@pytest.fixture(scope="module")
def bombs() -> dict[str, Any]:
    """What came of every bomb."""
    return rows_of("hostile_bombs")


def shown(case: Case) -> str:
    text = case.text if len(case.text) < 90 else f"{case.text[:45]}...{case.text[-42:]}"
    return ascii(text)


@pytest.mark.parametrize("case", CASES, ids=shown)
def test_a_hostile_text_is_refused_by_name(case: Case, outcomes: dict[str, Any]) -> None:
    found = outcomes[case.name]
    assert (found["class"], found["kind"]) == case.refusal, found
    assert case.says in found["message"]
    if case.wants:
        assert found["allow"] == sorted(case.wants)
        assert all(name in found["hint"] for name in case.wants)
    assert not any(leak in json.dumps(found) for leak in LEAKS)


@pytest.mark.parametrize("case", CASES, ids=shown)
def test_a_hostile_text_reaches_nothing(case: Case, outcomes: dict[str, Any]) -> None:
    innocent = {event for it in HARMLESS for event in outcomes[it.name]["events"]}
    found = outcomes[case.name]
    heard, modules = set(found["events"]), found["modules"]
    if case in hostile_reached.CASES:
        # Some describe a class first, and what is wrong is an instance of it.
        heard = {event for event in heard if not is_making(event)}
    if case is hostile_texts.NOWHERE:
        heard = {event for event in heard if "zoneinfo" not in event and "tzdata" not in event}
        modules = [name for name in modules if not name.startswith("tzdata")]
    assert heard <= innocent
    assert modules == []
    assert found["collects"]


@pytest.mark.parametrize("case", hostile_files.HARMLESS, ids=lambda case: case.name)
def test_what_metadata_say_is_neither_looked_up_nor_a_right(
    case: Case, outcomes: dict[str, Any]
) -> None:
    found = outcomes[case.name]
    assert (found["class"], found["message"]) == (None, "[7]")
    assert (found["events"], found["modules"]) == ([], [])


def test_only_what_looks_like_a_version_is_told_as_one(outcomes: dict[str, Any]) -> None:
    undated = [case for case in hostile_files.CASES if case.says == "has changed"]
    messages = {outcomes[case.name]["message"] for case in undated}
    assert len(undated) > len(hostile_files.UNDATED)
    assert len(messages) == 1
    assert "wrote it" not in messages.pop()


MAKING = (
    "sys._getframe(",
    # What the library makes classes with; of a node it takes names of fields into that.
    "compile(b'lambda _cls, ",
    "compile(b'def __create_fn__(",
)
"""How events begin that a harmless class made at run time brings about as well."""


def is_making(event: str) -> bool:
    is_made = event.startswith("exec(<code object <module>") and 'file "<string>"' in event
    return is_made or event.startswith(MAKING)


def test_the_hostile_texts_of_other_tests_reach_nothing(outcomes: dict[str, Any]) -> None:
    others = [row for name, row in outcomes.items() if name.startswith("other ")]
    tables = {*hostile_others.TABLES, *hostile_others.MADE_HERE, "state.test_code"}
    assert {row["of"] for row in others} == tables
    assert len(others) > 4_000
    for row in others:
        assert row["class"] is not None, row
        assert [event for event in row["events"] if not is_making(event)] == [], row
        assert "__import__" not in str(row["events"])
        assert (row["modules"], row["collects"]) == ([], True), row


def test_what_needs_a_name_is_named_and_never_imported(outcomes: dict[str, Any]) -> None:
    rows = [row for row in outcomes.values() if row.get("of") and row["wants"]]
    assert {row["of"] for row in rows} == {*hostile_others.MADE_HERE} - {"adapters.test_langgraph"}
    assert len(rows) > 3_600
    for row in rows:
        assert (row["class"], row["kind"]) == UNTRUSTED, row
        assert row["allow"] == row["wants"], row


def test_a_hostile_text_has_a_node_of_every_kind(outcomes: dict[str, Any]) -> None:
    page = (HERE.parent.parent / "docs/format/state-v1.md").read_text(encoding="utf-8")
    texts = " ".join(
        [*(case.text for case in CASES), *(str(row.get("text")) for row in outcomes.values())]
    )
    kinds = re.compile(r'"lc": ?"(\w+)"')
    assert set(kinds.findall(page)) - set(kinds.findall(texts)) == set()


def test_a_folder_is_not_heard_to_be_listed_again_by_an_import(tmp_path: Path) -> None:
    code = """
import importlib.util, os, sys
from heard import Events
sys.path.append(sys.argv[1])
events, times = Events(), iter((1, 2, 3))
for listed in (importlib.util.find_spec, importlib.util.find_spec, os.listdir):
    os.utime(sys.argv[1], (0, next(times)))
    events.start()
    listed("not_there" if listed is not os.listdir else sys.argv[1])
    print(sum("listdir" in event and sys.argv[1] in event for event in events.stop()))
"""
    paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", code, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": paths}
    assert subprocess.check_output(command, env=environment, text=True).split() == ["1", "0", "1"]


def test_what_a_case_would_reach_is_heard(outcomes: dict[str, Any]) -> None:
    found = outcomes["control"]
    assert any(event.startswith("exec(") for event in found["events"])
    assert any("hostile_bombs.py" in event for event in found["events"])
    assert "hostile_bombs" in found["modules"]


@pytest.mark.parametrize(
    "case", [*HARMLESS, *hostile_given.HARMLESS, *hostile_reached.HARMLESS], ids=shown
)
def test_a_harmless_text_restores_and_reaches_nothing(case: Case, outcomes: dict[str, Any]) -> None:
    found = outcomes[case.name]
    assert (found["class"], found["modules"]) == (None, [])
    assert case.says in found["message"]
    assert not any(
        event.startswith(("import", "exec", "open", "socket.connect")) for event in found["events"]
    )


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little(name: str, bombs: dict[str, Any]) -> None:
    found = bombs[name]
    assert (found["class"], found["kind"]) == (BOMBS[name][1] or (None, None)), found
    assert found["seconds"] < MAX_SECONDS
    assert found["mebibytes"] < MAX_MEBIBYTES
    assert (found["events"], found["modules"]) == ([], [])
    assert found["collects"]


def test_a_setting_is_read_once_however_often_it_is_shared() -> None:
    shared_lists = hostile_reached.a_list()
    node = hostile_reached.a_model(
        hostile_reached.INTEGER, config={"json_schema_extra": {"a": shared_lists}}
    )
    began = time.perf_counter()
    assert persist.loads(json.dumps(node)).model_fields.keys() == {"x"}
    assert time.perf_counter() - began < MAX_SECONDS


@pytest.mark.parametrize("name", ["keys", "_asdict", "__deepcopy__", "__array__"])
def test_what_a_restore_would_not_set_is_refused_when_it_is_saved(name: str) -> None:
    for held in (types.SimpleNamespace(), ValueError(), functools.partial(len)):
        vars(held)[name] = json.dumps
        with pytest.raises(persist.CaptureError) as caught:
            persist.dumps(held)
        assert caught.value.kind == "unsupported_value"
        assert f"`{name}`" in str(caught.value)


def test_sharing_multiplies_nothing() -> None:
    parts: list[Any] = [shared(1, ["x"])]
    parts += [shared(ref, [same(ref - 1)] * 9) for ref in range(2, 200)]
    found = persist.loads(json.dumps(parts))
    assert all(inner is found[-2] for inner in found[-1])


def test_data_that_looks_like_a_node_stays_data() -> None:
    data = [
        {"lc": 1, "type": "secret", "id": ["X"]},
        {"__lc_escaped__": {"lc": 1}},
        {"__lc_escaped__": {"__lc_escaped__": 1}},
        {"__lc_escaped__": 1, "lc": 1},
        {"lc": "function", "id": "os:system"},
        {"lc": True, "type": "secret", "id": ["X"]},
        {"a": 1, "lc": {"lc": "same", "ref": 1}},
    ]
    for value in (data, {"state": data}, {"kwargs": {"state": data[0]}}, {"lc": data}):
        assert persist.loads(persist.dumps(value)) == value


def test_an_escape_is_no_place_for_nodes() -> None:
    text = (
        '{"__lc_escaped__":{"lc":"function","id":"os:system","b":{"__lc_escaped__":{"lc":"same"}}}}'
    )
    found = persist.loads(text)
    assert found == {"lc": "function", "id": "os:system", "b": {"__lc_escaped__": {"lc": "same"}}}


EVERYTHING = {
    "class": obj("no_such_package.shop:Basket", ref=1, dict={"again": same(1)}),
    "function": named("function", "os:system"),
    "again": [named("function", "os:system")] * 3,
    "method": {"lc": "method", "name": "method", "self": obj("hostile:Plain", dict={"x": 1})},
    "bound": {"lc": "bind", "name": "client"},
    "model": chat(openai_api_base=EVIL, openai_proxy="http://proxy.test"),
    "gone": named("function", "hostile:Plain.gone"),
    "strange": obj(
        "strange:Thing", dict={"key": {"lc": "secret", "type": "SecretStr", "name": "Thing.key"}}
    ),
    "unknown model": made("strange.Model", key=hostile_texts.secret("STRANGE_KEY")),
}


def test_one_error_names_everything_that_is_missing() -> None:
    with pytest.raises(persist.UntrustedError) as caught:
        persist.loads(json.dumps(EVERYTHING), allow=["hostile:Plain", "hostile:Plain.gone"])
    error = caught.value
    assert error.kind == "not_allowed"
    assert error.allow == [
        "no_such_package.shop:Basket",
        "os:system",
        "hostile:Plain.method",
        "strange:Thing",
        "strange:Model",
    ]
    assert error.names == ["OPENAI_API_KEY", "Thing.key", "STRANGE_KEY"]
    assert sorted((problem.path, problem.kind) for problem in error.problems) == [
        ("$.bound", "missing_binding"),
        ("$.class", "not_allowed"),
        ("$.function", "not_allowed"),
        ("$.gone", "missing_name"),
        ("$.method", "not_allowed"),
        ("$.model", "endpoint_not_allowed"),
        ("$.model.openai_api_key", "missing_secret"),
        ("$.strange", "not_allowed"),
        ("$.strange.key", "missing_secret"),
        ("$.unknown model", "not_allowed"),
        ("$.unknown model.key", "missing_secret"),
    ]
    assert repr(error.allow) in str(error.hint)
    assert "'http://evil.test/v1', 'http://proxy.test'" in str(error.hint)


def test_what_is_given_is_no_longer_missing() -> None:
    given: dict[str, Any] = {"allow": ["hostile", "os:system", "strange", "no_such_package"]}
    with pytest.raises(persist.RebuildError) as caught:
        persist.loads(json.dumps(EVERYTHING), endpoints=[EVIL, "http://proxy.test"], **given)
    assert caught.value.kind == "missing_package"
    with pytest.raises(persist.MissingSecretError) as missing:
        persist.loads(json.dumps(EVERYTHING["model"]), endpoints=[EVIL, "http://proxy.test"])
    assert missing.value.names == ["OPENAI_API_KEY"]


def test_the_class_is_the_first_that_applies() -> None:
    nodes = {
        "secret": chat(),
        "bound": {"lc": "bind", "name": "x"},
        "name": named("function", "os:system"),
    }
    expected = [persist.MissingSecretError, persist.RebuildError, persist.UntrustedError]
    for count, cls in enumerate(expected, start=1):
        with pytest.raises(persist.PersistError) as caught:
            persist.loads(json.dumps(list(nodes.values())[:count]))
        assert type(caught.value) is cls
        assert len(caught.value.problems) == count  # type: ignore[attr-defined]


def test_a_secret_goes_to_an_admitted_endpoint() -> None:
    node = chat(openai_api_base=EVIL)
    model = persist.loads(json.dumps(node), endpoints=[EVIL], **hostile_texts.KEY)
    assert model.openai_api_base == EVIL
    assert model.openai_api_key.get_secret_value() == "k-1234567"


def test_a_secret_in_a_dict_of_an_object_comes_back() -> None:
    from langchain_core.messages import HumanMessage
    from pydantic import SecretStr

    message = HumanMessage("x", additional_kwargs={"token": SecretStr("s-1234567")})
    text = persist.dumps(message)
    assert "s-1234567" not in text
    found = persist.loads(text, secrets_map={"HumanMessage.additional_kwargs": "s-1234567"})
    assert found.additional_kwargs["token"].get_secret_value() == "s-1234567"


def test_what_a_constructor_refuses_is_said_without_what_was_given() -> None:
    node = chat(temperature="s-1234567")
    with pytest.raises(persist.RebuildError) as caught:
        persist.loads(json.dumps(node), **hostile_texts.KEY)
    assert "temperature" in str(caught.value)
    assert "s-1234567" not in str(caught.value)


def test_a_prompt_in_a_cycle_of_its_own_is_checked_and_comes_back() -> None:
    node = shared(1, {"prompt": prompt("{x}", metadata=same(1)), "x": 1})
    found = persist.loads(json.dumps(node))
    assert found["prompt"].metadata is found


def test_a_kept_secret_goes_where_it_went() -> None:
    from langchain_openai import ChatOpenAI

    text = persist.dumps(ChatOpenAI(model="m", api_key="k-1234567", base_url=EVIL), secrets="keep")
    assert persist.loads(text).openai_api_key.get_secret_value() == "k-1234567"
