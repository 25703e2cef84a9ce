"""Methods that operators and statements call, bound to their objects."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import persist
import pytest
from langchain_core.runnables import Runnable, RunnableLambda
from persist import CaptureError, UntrustedError
from pydantic import BaseModel

from strict import assert_same
from trips import there_and_back

HERE = __name__


class Shelf:
    def __init__(self, *books: str) -> None:
        self.books = list(books)

    def __call__(self, book: str) -> int:
        self.books.append(book)
        return len(self.books)

    def __len__(self) -> int:
        return len(self.books)

    def __getitem__(self, at: int) -> str:
        return self.books[at]

    def __contains__(self, book: object) -> bool:
        return book in self.books

    def __iter__(self) -> Any:
        return iter(self.books)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shelf) and self.books == other.books

    def __hash__(self) -> int:
        return len(self.books)

    def __radd__(self, other: list[str]) -> list[str]:
        return other + self.books

    def __str__(self) -> str:
        return ", ".join(self.books)

    def __enter__(self) -> Shelf:
        return self

    def __await__(self) -> Generator[None, None, str]:
        yield from asyncio.sleep(0).__await__()
        return self.books[0]

    def __init_subclass__(cls) -> None:
        pass

    def __class_getitem__(cls, item: object) -> object:
        return cls

    def __getattr__(self, name: str) -> str:
        raise AttributeError(name)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def __dir__(self) -> list[str]:
        return ["books"]

    def __format__(self, spec: str) -> str:
        return spec

    def __del__(self) -> None:
        pass


class Long(Shelf):
    pass


@dataclass
class Pair:
    left: int


class Book(BaseModel):
    title: str = ""


CARRIED = """
    __call__ __len__ __getitem__ __contains__ __iter__ __eq__ __hash__ __radd__ __str__ __enter__
    __await__
"""

NAMELESS = "__init__ __class_getitem__ __init_subclass__ __getattr__ __setattr__ __dir__ __format__"


@pytest.mark.parametrize("name", CARRIED.split())
@pytest.mark.parametrize("cls", [Shelf, Long])
def test_what_an_operator_calls_is_bound_to_the_restored_object(name: str, cls: Any) -> None:
    shelf = cls("Emma")
    back = there_and_back([shelf, getattr(shelf, name)], allow=[HERE])
    assert back[1].__self__ is back[0]
    assert type(back[0]) is cls
    assert back[1].__func__ is vars(Shelf)[name]


def test_such_a_method_is_used_as_before() -> None:
    shelf = Shelf("Emma")
    call, size, book, text, item = there_and_back(
        [shelf.__call__, shelf.__len__, shelf.__getitem__, shelf.__str__, shelf.__await__], [HERE]
    )
    assert (size(), book(0), text(), call("Ulysses"), size()) == (1, "Emma", "Emma", 2, 2)
    assert asyncio.run(_awaited(item.__self__)) == "Emma"


async def _awaited(shelf: Any) -> str:
    return str(await shelf)


def test_what_a_dataclass_makes_is_bound_too() -> None:
    is_equal, show = there_and_back([Pair(1).__eq__, Pair(2).__repr__], [HERE])
    assert (is_equal(Pair(1)), is_equal(Pair(2)), show()) == (True, False, "Pair(left=2)")


def test_such_a_method_itself_has_a_name() -> None:
    assert there_and_back(Shelf.__call__, [f"{HERE}:Shelf.__call__"]) is Shelf.__call__


def test_it_needs_a_name_of_its_own_in_allow() -> None:
    shelf = Shelf("Emma")
    text = persist.dumps(shelf.__call__)
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text, allow=[f"{HERE}:Shelf"])
    assert list(raised.value.allow) == [f"{HERE}:Shelf.__call__"]
    allow = [f"{HERE}:Shelf", *raised.value.allow]
    assert persist.loads(text, allow=allow)("Ulysses") == 2
    assert persist.loads(text, allow=[Shelf, Shelf.__call__])("Ulysses") == 2


@pytest.mark.parametrize("name", NAMELESS.split())
def test_what_makes_or_reads_an_object_past_all_checks_has_no_name(name: str) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps([getattr(Shelf("Emma"), name)])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert problem.reason == f"the method `Shelf.{name}` has a name that no restore looks up"


@pytest.mark.parametrize(
    ("made", "package", "name"),
    [
        (lambda: Book().__eq__, "pydantic", "pydantic.main:BaseModel.__eq__"),
        (
            lambda: RunnableLambda(len).__or__,
            "langchain_core",
            "langchain_core.runnables.base:Runnable.__or__",
        ),
        (
            lambda: Runnable.__or__,
            "langchain_core",
            "langchain_core.runnables.base:Runnable.__or__",
        ),
    ],
)
def test_that_of_a_listed_class_is_not_admitted_with_its_package(
    made: Any, package: str, name: str
) -> None:
    text = persist.dumps(made())
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text, allow=[package, HERE])
    assert list(raised.value.allow) == [name]
    assert_same(made(), persist.loads(text, allow=[name, HERE]))


def test_what_a_class_made_at_run_time_has_of_its_decorator_is_refused() -> None:
    @dataclass
    class Local:
        left: int

    with pytest.raises(CaptureError) as raised:
        persist.dumps(Local(1).__eq__)
    (problem,) = raised.value.problems
    assert "has a name that no restore looks up" in problem.reason
