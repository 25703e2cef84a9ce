"""Properties of other libraries that keep what they worked out in the object's dict."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import persist
import pytest
from persist import CaptureError, RebuildError

from trips import there_and_back

HERE = __name__


class reify:  # noqa: N801
    """As that of pyramid."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class cached_property:  # noqa: N801
    """As that of Django."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.func(instance)
        return value


class Computed:
    """Works its value out each time."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return 1


class Kept(cached_property):
    def __set__(self, instance: Any, value: Any) -> None:
        raise AttributeError


class Command(cached_property):
    def __call__(self) -> None:
        pass


class Positive:
    """A validated attribute, which keeps its value in the instance's own dict."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance: Any, value: Any) -> None:
        if value <= 0:
            raise ValueError("it is not positive")
        instance.__dict__[self.name] = value


class Hidden(Positive):
    """Shows another value than it keeps, and has no word to say where."""

    def __set__(self, instance: Any, value: Any) -> None:
        raise AttributeError


class Item:
    price = Positive()
    hidden = Hidden()

    def __init__(self, price: int) -> None:
        self.text = "a"
        self.price = price


class Sale(Item):
    def price(self) -> int:  # type: ignore[override]
        return 3


class Shelf:
    __slots__ = ("__dict__",)
    price = Positive()


class Page:
    def __init__(self, text: str) -> None:
        self.text = text

    @reify
    def words(self) -> list[str]:
        return self.text.split()

    @cached_property
    def size(self) -> int:
        return len(self.text)

    @cached_property
    def join(self) -> Any:
        return ",".join

    computed = Computed()
    kept = Kept(len)
    command = Command(len)

    def method(self) -> None:
        pass


class Long(Page):
    def size(self) -> int:  # type: ignore[override]
        return 3


@dataclass
class Note:
    text: str

    @reify
    def words(self) -> list[str]:
        return self.text.split()


@pytest.mark.parametrize("make", [Page, Note])
def test_what_was_worked_out_comes_back(make: Any) -> None:
    page = make("a b")
    assert page.words == ["a", "b"]
    back = there_and_back([page, page.words], [HERE])
    assert vars(back[0])["words"] is back[1]


def test_what_was_not_is_worked_out_later() -> None:
    page = Page("a b")
    assert page.size == 3
    back = there_and_back(page, [HERE])
    assert list(vars(back)) == ["text", "size"]
    assert back.words == ["a", "b"]


CALLED = "its `join` is kept by a property, and may not be anything to call"


def test_what_could_be_called_is_refused() -> None:
    page = Page("a")
    assert page.join(["b"]) == "b"
    with pytest.raises(CaptureError) as raised:
        persist.dumps([page])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert CALLED in problem.reason


def text_of(cls: str, name: str, value: Any) -> str:
    return json.dumps({"lc": "object", "id": f"{HERE}:{cls}", "dict": {"text": "a", name: value}})


def test_no_file_brings_anything_to_call() -> None:
    node = {"lc": "function", "id": "builtins:len"}
    with pytest.raises(RebuildError) as raised:
        persist.loads(text_of("Page", "join", node), allow=HERE)
    assert raised.value.kind == "invalid_state"
    assert CALLED in str(raised.value)


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        ("Page", "computed"),
        ("Page", "kept"),
        ("Page", "command"),
        ("Page", "method"),
        ("Long", "size"),
    ],
)
def test_no_other_descriptor_is_replaced(cls: str, name: str) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(text_of(cls, name, 1), allow=HERE)
    assert raised.value.kind == "invalid_state"
    assert f"`{name}` is no attribute that an instance may hold" in str(raised.value)
    page = globals()[cls]("a")
    vars(page)[name] = 1
    with pytest.raises(CaptureError) as refused:
        persist.dumps(page)
    (problem,) = refused.value.problems
    assert f"holds an attribute `{name}` that a restore would not set" in problem.reason


def test_a_validated_attribute_comes_back_past_its_code() -> None:
    item, shelf = Item(3), Shelf()
    shelf.price = 4
    back = there_and_back([item, shelf], [HERE])
    assert [list(vars(it).items()) for it in back] == [
        [("text", "a"), ("price", 3)],
        [("price", 4)],
    ]
    assert [it.price for it in back] == [3, 4]
    with pytest.raises(ValueError, match="positive"):
        back[0].price = 0
    # What it would not take now is what it had, and no code of it runs.
    vars(item)["price"] = -1
    assert there_and_back(item, [HERE]).price == -1


@pytest.mark.parametrize(
    ("cls", "name"), [("Sale", "price"), ("Item", "hidden"), ("Page", "kept"), ("Page", "method")]
)
def test_no_other_name_of_a_class_is_set(cls: str, name: str) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(text_of(cls, name, 1), allow=[HERE])
    assert raised.value.kind == "invalid_state"


def test_no_validated_attribute_is_anything_to_call() -> None:
    item = Item(3)
    vars(item)["price"] = len
    with pytest.raises(CaptureError):
        persist.dumps(item)
    text = text_of("Item", "price", {"lc": "function", "id": "builtins:len"})
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=[HERE])
    assert raised.value.kind == "invalid_state"
