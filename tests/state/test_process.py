"""What belongs to the process and not to a state: its environment, its hidden generator."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import persist
import pytest

from trips import python


def refused(value: object) -> Any:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([value])
    (problem,) = raised.value.problems
    assert problem.kind == "unsupported_value"
    return problem


@pytest.mark.parametrize(
    "make",
    [
        lambda: os.environ,
        lambda: getattr(os, "environb", os.environ),
        lambda: os.environ.get,
        lambda: {"env": os.environ},
    ],
)
def test_the_environment_is_refused(
    make: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-verysecret-123456")
    problem = refused(make())
    assert problem.reason == "it is the environment of this process, with every secret in it"
    assert "os.getenv" in problem.hint
    assert "bind=" in problem.hint


def test_a_text_makes_no_environment() -> None:
    text = '{"lc":"object","id":"os:_Environ","dict":{"_data":{}}}'
    with pytest.raises(persist.RebuildError):
        persist.loads(text, allow=["os:_Environ"])


def test_a_copy_of_the_environment_is_a_dict() -> None:
    assert persist.loads(persist.dumps({"env": {"A": "1"}})) == {"env": {"A": "1"}}


DRAWING = ["choice", "shuffle", "seed", "random", "getrandbits", "gauss", "uniform", "randint"]


@pytest.mark.parametrize("name", DRAWING)
def test_a_function_of_random_is_a_name(name: str) -> None:
    function = getattr(random, name)
    text = persist.dumps([function, function])
    assert text.count(f'{{"lc":"function","id":"random:{name}"}}') == 2
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == [f"random:{name}"]
    restored = persist.loads(text, allow=raised.value.allow)
    assert restored[0] is restored[1] is function
    code = f"""
import sys, persist
made, _ = persist.loads(sys.argv[1], allow=["random:{name}"])
import random
assert made is random.{name}
"""
    assert python(code, text) == ""


@pytest.mark.parametrize(
    "make",
    [
        lambda: random._inst,  # type: ignore[attr-defined]
        lambda: random._inst.choice,  # type: ignore[attr-defined]
        lambda: [random._inst.shuffle],  # type: ignore[attr-defined]
    ],
)
def test_the_generator_behind_them_is_refused(make: Callable[[], object]) -> None:
    reason = "it is the generator behind the functions of `random`, shared by the process"
    assert refused(make()).reason == reason


def test_a_generator_of_its_own_goes_on_where_it_was() -> None:
    made = random.Random(3)
    pick = made.choice
    restored, own = persist.loads(persist.dumps([pick, made]), allow=["random"])
    assert restored.__self__ is own
    assert restored(range(1000)) == pick(range(1000))
