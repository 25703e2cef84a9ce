"""Pydantic models that say themselves how they are pickled."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import persist
import pytest
from langchain_core.tools import BaseTool
from persist import CaptureError, RebuildError, UntrustedError
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel, SecretStr

from trips import there_and_back

HERE = __name__


class Guarded(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    items: list[int] = []
    parent: Guarded | None = None
    lock: Any = Field(default_factory=threading.Lock, exclude=True)
    _seen: int = PrivateAttr(default=0)

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        state["__dict__"] = {**state["__dict__"]}
        state["__dict__"].pop("lock")
        return state

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__({**state, "__dict__": {**state["__dict__"], "lock": threading.Lock()}})

    def add(self, item: int) -> None:
        with self.lock:
            self.items.append(item)


class Young(Guarded):
    name: str


class Lazy(BaseModel):
    """Keeps a lock that it does not declare."""

    model_config = ConfigDict(extra="allow")
    count: int = 0

    def model_post_init(self, context: Any) -> None:
        vars(self)["lock"] = threading.Lock()

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        held = {name: it for name, it in state["__dict__"].items() if name != "lock"}
        return {**state, "__dict__": held}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        vars(self)["lock"] = threading.Lock()

    def __call__(self) -> int:
        return self.count


class Packed(BaseModel):
    left: int
    right: int = 2

    def __getstate__(self) -> Any:
        return (self.left, self.right)

    def __setstate__(self, state: Any) -> None:
        left, right = state
        made = type(self)(left=left, right=right)
        super().__setstate__(BaseModel.__getstate__(made))


class Reduced(BaseModel):
    text: str

    def __reduce__(self) -> Any:
        return (rebuilt, (self.text,))


def rebuilt(text: str) -> Reduced:
    return Reduced(text=text)


class Steps(RootModel[list[int]]):
    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)


class Client(BaseModel):
    key: SecretStr
    url: str = ""

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)


class Worker(BaseTool):
    name: str = "work"
    description: str = "works"

    def _run(self) -> str:
        return ""

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)


def test_a_lock_that_the_hooks_leave_out_is_made_anew() -> None:
    model = Guarded(items=[1])
    model._seen = 3
    back = persist.loads(persist.dumps([model, model.items]), allow=HERE)
    assert back[0].items is back[1]
    assert (back[0].model_fields_set, back[0]._seen) == ({"items"}, 3)
    back[0].add(2)
    assert back[1] == [1, 2]
    assert back[0].lock is not model.lock
    # Saving left the model as it was.
    assert model.lock is not None


def test_models_with_hooks_lead_to_each_other() -> None:
    young = Young(name="Ada")
    young.parent = young
    back = persist.loads(persist.dumps(young), allow=HERE)
    assert back.parent is back
    assert (back.name, type(back)) == ("Ada", Young)


def test_a_lock_that_no_field_declares_is_made_anew() -> None:
    model = Lazy(count=2, other=[1])
    back = persist.loads(persist.dumps(model), allow=HERE)
    assert (back(), back.model_extra, back.model_fields_set) == (
        2,
        {"other": [1]},
        {"count", "other"},
    )
    with vars(back)["lock"]:
        assert persist.dumps(back) == persist.dumps(model)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Packed(left=1, right=2),
        lambda: [Packed(left=1, right=3)] * 2,
        lambda: Reduced(text="a"),
        lambda: Steps([1, 2]),
    ],
)
def test_what_other_hooks_give_comes_back(make: Callable[[], Any]) -> None:
    there_and_back(make(), [HERE, f"{HERE}:rebuilt"])


def test_what_a_hook_calls_needs_its_exact_name() -> None:
    text = persist.dumps(Reduced(text="a"))
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text, allow=HERE)
    assert list(raised.value.allow) == [f"{HERE}:rebuilt"]


def test_the_class_needs_a_word() -> None:
    with pytest.raises(UntrustedError) as raised:
        persist.loads(persist.dumps(Guarded()))
    assert list(raised.value.allow) == [f"{HERE}:Guarded"]


def test_a_secret_field_is_left_out_of_the_state() -> None:
    client = Client(key=SecretStr("sk-1234567890"), url="https://a.example")
    text = persist.dumps(client)
    assert "sk-1234567890" not in text
    persist.snapshot(client, "memory://hooked")
    (name,) = persist.get_metadata("memory://hooked")["needs"]["secrets"]
    back: dict[str, Any] = {"allow": HERE, "secrets_map": {name: "sk-1234567890"}}
    with pytest.raises(UntrustedError) as raised:
        persist.restore("memory://hooked", **back)
    assert "would send a secret to `https://a.example`" in str(raised.value)
    assert persist.restore("memory://hooked", endpoints=[client.url], **back) == client


def test_a_listed_class_is_not_taken_apart_by_hooks_of_a_program() -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(Worker())
    (problem,) = raised.value.problems
    assert "is taken apart by a `__setstate__` of its own" in problem.reason


def test_a_class_that_has_changed_is_not_built_by_its_constructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    persist.snapshot(Steps([1]), "memory://changed")
    changed = type("Steps", (BaseModel,), {"__annotations__": {"root": int}, "__module__": HERE})
    changed.__setstate__ = Steps.__setstate__  # type: ignore[attr-defined]
    changed.__qualname__ = "Steps"
    monkeypatch.setitem(globals(), "Steps", changed)
    with pytest.raises(RebuildError) as raised:
        persist.restore("memory://changed", allow=HERE)
    assert raised.value.kind == "class_changed"


def given(name: str, **state: Any) -> str:
    whole = {
        "__dict__": {"count": 1},
        "__pydantic_extra__": None,
        "__pydantic_fields_set__": {"lc": "set", "v": ["count"]},
        "__pydantic_private__": None,
    }
    node = {"lc": "object", "id": f"{HERE}:{name}", "state": whole | state}
    return json.dumps(node)


LEN = {"lc": "function", "id": "builtins:len"}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (
            {"__dict__": {"count": 1, "model_dump": LEN}},
            "it has a `model_dump`, which anybody would",
        ),
        ({"__dict__": {"count": 1, "model_dump": 1}}, "`model_dump` is no attribute"),
        ({"__dict__": {"count": 1, "__call__": LEN}}, "`__call__` is no attribute"),
        ({"__dict__": {"count": 1, "__deepcopy__": LEN}}, "`__deepcopy__` is no attribute"),
        ({"__dict__": {"count": 1, "keys": LEN}}, "it has a `keys`, which anybody would call"),
        ({"__dict__": {"count": 1, "model_fields_set": []}}, "`model_fields_set` is no attribute"),
        ({"__pydantic_extra__": {"count": 1}}, "`count` is no attribute"),
        ({"__pydantic_extra__": {"__signature__": 1}}, "`__signature__` is no attribute"),
        ({"__pydantic_extra__": {"keys": LEN}}, "`keys` is no attribute"),
        ({"__pydantic_extra__": [1]}, "`__pydantic_extra__` is no dict of names"),
        ({"__pydantic_private__": {"_x": 1}}, "`_x` is no attribute"),
        ({"__pydantic_fields_set__": [1]}, "the fields set are no set of names"),
    ],
)
def test_hooks_give_no_attribute_that_another_model_may_not_have(state: Any, says: str) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(given("Lazy", **state), allow=HERE)
    assert raised.value.kind == "invalid_state"
    assert says in str(raised.value)


def test_what_a_restore_would_refuse_is_refused_when_it_is_saved() -> None:
    model = Lazy()
    vars(model)["copy"] = len
    with pytest.raises(CaptureError) as raised:
        persist.dumps([model])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert "`copy` is no attribute that an instance may hold" in problem.reason


def test_its_state_alone_makes_it() -> None:
    text = json.dumps({"lc": "object", "id": f"{HERE}:Lazy", "dict": {"count": 1}})
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=HERE)
    assert raised.value.kind == "invalid_state"
