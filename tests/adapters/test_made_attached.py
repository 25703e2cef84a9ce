"""Models made at run time come back with their private attributes and validators."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import attached
import persist
import pytest
from pydantic import ValidationError

from trips import python

ALLOW = ("attached",)


@pytest.fixture(autouse=True)
def _nothing_ran() -> Iterator[None]:
    attached.RAN.clear()
    yield
    attached.RAN.clear()


def back(value: Any) -> Any:
    text = persist.dumps(value)
    attached.RAN.clear()
    read = persist.loads(text, allow=ALLOW)
    assert attached.RAN == []
    assert persist.dumps(read) == text
    return read


def told(cls: Any) -> dict[str, tuple[Any, Any]]:
    held = cls.__private_attributes__
    return {name: (info.default, info.default_factory) for name, info in held.items()}


@pytest.mark.parametrize("make", [attached.private, attached.given, attached.extending])
def test_private_attributes_come_back(make: Callable[[], Any]) -> None:
    cls = make()
    for is_used in (False, True):
        one = cls()
        if is_used:
            setattr(one, next(iter(told(cls))), 7)
        read, thing = back([cls, one])
        assert told(read) == told(cls)
        assert list(told(read)) == list(told(cls))
        assert type(thing) is read
        assert thing.__pydantic_private__ == one.__pydantic_private__
        assert read().__pydantic_private__ == cls().__pydantic_private__


def test_validators_come_back_and_are_called_by_who_uses_the_class() -> None:
    cls = attached.validated()
    read, one = back([cls, cls(number=2)])
    assert (one.number, type(one)) == (4, read)
    assert read(count=3).number == 6
    assert [type(it) for it in attached.RAN] == [int, read]
    with pytest.raises(ValidationError, match="below nothing"):
        read(number=-1)
    assert read.model_json_schema() == cls.model_json_schema()


def test_a_validator_in_the_body_of_a_class_comes_back_as_its_code() -> None:
    (read,) = back([attached.local()])
    assert read(number=9).number == 9
    with pytest.raises(ValidationError, match="too large"):
        read(number=10)


def test_another_process_makes_them_anew() -> None:
    held = [attached.private(), attached.validated(), attached.local(), attached.extending()]
    text = persist.dumps(held + [cls() for cls in held])
    program = f"import persist, sys; held = persist.loads(sys.argv[1], allow={ALLOW})"
    assert python(f"{program}; print(persist.dumps(held), end='')", text, seed=3) == text


@pytest.mark.parametrize(
    ("make", "what"), [(attached.static, "same"), (attached.typed, "__pydantic_decorators__")]
)
def test_a_validator_that_a_node_does_not_say_is_refused(
    make: Callable[[], Any], what: str
) -> None:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([make()])
    assert f"is more than its fields say: `{what}`" in raised.value.problems[0].reason


INT = {"lc": "class", "id": "builtins:int"}
RUN = {"lc": "function", "id": "attached:run"}
NAMED = {"lc": "class", "id": "attached:Named"}
HOOKED = {"lc": "object", "id": "attached:Hooked", "dict": {}}
OF_FIELD = {"func": RUN, "fields": ["a"]}

HOSTILE = [
    ({"private": []}, "bad_state_text"),
    ({"private": {"_a": 1}}, "bad_state_text"),
    ({"private": {"a-b": {}}}, "bad_state_text"),
    ({"private": {"__a": {}}}, "bad_state_text"),
    ({"private": {"b": {}}}, "invalid_state"),
    ({"private": {"_abc_impl": {}}}, "invalid_state"),
    ({"private": {"_a": {"default": 1, "default_factory": INT}}}, "bad_state_text"),
    ({"private": {"_a": {"run": 1}}}, "bad_state_text"),
    ({"private": {"_a": {"default_factory": 5}}}, "invalid_state"),
    ({"private": {"_a": {"default_factory": None}}}, "invalid_state"),
    ({"private": {"_a": {"default_factory": {"lc": "function", "id": "os:getcwd"}}}},
     "not_allowed"),
    ({"private": {"_a": {"default": HOOKED}}}, "invalid_state"),
    ({"private": {"_a": {"default": RUN}}}, "invalid_state"),
    ({"validators": []}, "bad_state_text"),
    ({"validators": {"b": RUN}}, "bad_state_text"),
    ({"validators": {"b": {}}}, "invalid_state"),
    ({"validators": {"b": {"func": INT}}}, "invalid_state"),
    ({"validators": {"_b": OF_FIELD}}, "invalid_state"),
    ({"validators": {"a": OF_FIELD}}, "invalid_state"),
    ({"validators": {"__init__": OF_FIELD}}, "bad_state_text"),
    ({"validators": {"model_dump": OF_FIELD}}, "invalid_state"),
    ({"validators": {"greet": OF_FIELD}, "bases": [NAMED]}, "invalid_state"),
    ({"validators": {"b": {**OF_FIELD, "mode": "never"}}}, "bad_state_text"),
    ({"validators": {"b": {**OF_FIELD, "mode": [1]}}}, "bad_state_text"),
    ({"validators": {"b": {**OF_FIELD, "check_fields": 1}}}, "bad_state_text"),
    ({"validators": {"b": {**OF_FIELD, "fields": []}}}, "bad_state_text"),
    ({"validators": {"b": {**OF_FIELD, "fields": [1]}}}, "bad_state_text"),
    ({"validators": {"b": {**OF_FIELD, "fields": ["c"]}}}, "invalid_state"),
    ({"validators": {"b": {"func": RUN, "mode": "plain"}}}, "bad_state_text"),
    ({"validators": {"b": {"func": RUN, "check_fields": True}}}, "bad_state_text"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "kind"), HOSTILE)
def test_a_hostile_part_is_refused_and_never_run(members: dict[str, Any], kind: str) -> None:
    node = {"lc": "model", "name": "M", "module": "attached", "fields": {"a": [INT]}, **members}
    with pytest.raises(persist.PersistError) as raised:
        persist.loads(json.dumps(node), allow=ALLOW)
    assert raised.value.kind == kind
    assert attached.RAN == []
