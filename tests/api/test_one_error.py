"""One error says all that is to be admitted: who follows it is not asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import persist
import pytest
from persist import UntrustedError

import shapes
from api.forge import forge


def refusal(path: Path, **given: Any) -> UntrustedError:
    with pytest.raises(UntrustedError) as caught:
        persist.restore(path, **given)
    return caught.value


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_what_one_error_names_is_all_that_is_asked(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    metadata = persist.snapshot(shapes.SHAPES[shape](), path)
    error = refusal(path)
    assert error.kind == "not_allowed"
    assert sorted(error.allow) == metadata["needs"]["allow"]
    assert repr(error.allow) in str(error.hint)
    persist.restore(path, allow=error.allow)


def test_the_method_of_a_class_that_is_not_admitted_is_named_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    persist.snapshot([shapes.Heir().method], path)
    assert str(refusal(path)) == (
        "could not restore the agent: 2 things are missing\n"
        "  $[0].self: the state names the class `shapes:Heir`, which is not admitted\n"
        "  metadata.needs.allow[1]: the snapshot needs `shapes:Plain.method`, which is not admitted"
    )
    error = refusal(path, allow="shapes:Plain.method")
    assert error.allow == ["shapes:Heir"]
    error = refusal(path, allow="shapes:Heir")
    assert error.allow == ["shapes:Plain.method"]
    assert [problem.path for problem in error.problems] == ["$[0]"]


def test_a_package_that_was_admitted_is_not_named_again(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    persist.snapshot(shapes.Stated(shapes.Plain().method), path)
    error = refusal(path, allow="shapes")
    assert error.allow == ["shapes:stated"]
    persist.restore(path, allow=["shapes", *error.allow])


OF_NOBODY = b'{"lc":"object","id":"strange:Thing","dict":{}}'


@pytest.mark.parametrize(
    ("needs", "asked"),
    [
        ({}, []),
        ({"allow": None}, []),
        ({"allow": "os:system"}, []),
        ({"allow": [3, None, "a b", "x" * 5000, "strange:Thing"]}, []),
        ({"allow": ["langchain_core.messages.human:HumanMessage", "builtins:list"]}, []),
        ({"allow": ["os:system", "m:f.<locals>.g"]}, ["os:system", "m:f.<locals>.g"]),
    ],
    ids=str,
)
def test_what_a_file_says_it_needs_is_advice(
    needs: dict[str, Any], asked: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "agent.json.gz"
    path.write_bytes(forge(OF_NOBODY, needs=needs))
    assert refusal(path).allow == ["strange:Thing", *asked]


def test_what_a_file_says_it_needs_admits_nothing(tmp_path: Path) -> None:
    path = tmp_path / "agent.json.gz"
    path.write_bytes(forge(OF_NOBODY, needs={"allow": ["strange:Thing"]}))
    assert refusal(path).allow == ["strange:Thing"]
    path.write_bytes(forge(b'{"lc":"function","id":"os:getcwd"}', needs={"allow": ["os:getcwd"]}))
    assert refusal(path).allow == ["os:getcwd"]


def test_what_a_file_says_it_needs_is_no_reason_to_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "agent.json.gz"
    path.write_bytes(forge(b"[1]", needs={"allow": ["os:system"]}))
    assert persist.restore(path) == [1]
