"""Types made of types, type variables, sentinels."""

from __future__ import annotations

import collections.abc
import json
import sys
import typing
from typing import Any

import persist
import pytest
import typing_extensions

import trips
import typed

OPTIONAL = typing.Optional[int]  # noqa: UP045
LIST = typing.List[int]  # noqa: UP006

TYPES = [
    list[int], LIST, OPTIONAL, int | None, typing.Literal["a", 1, None, b"b"],
    typing.Annotated[list[int], "text", 3, typed.MISSING], typing.Callable[[int, str], bool],
    typing.Callable[..., int], collections.abc.Callable[[int], str],
    collections.abc.Callable[..., str], dict[str, list[OPTIONAL]], tuple[()], tuple[int, ...],
    type[int], typing.Callable, typing.Any, typing.Union, typing.Required[int],
    typing.ClassVar[int], collections.abc.Iterable[int], typed.Item, typed.Given,
    typed.Box[int], typed.Box[typed.Item], list[typed.Box[str]], typing.AnyStr,
    typed.UserId, list[typed.UserId], typed.Items, typed.Pair, dict[str, typed.Pair],
    typing.Unpack[typed.Items], tuple[*typed.Items],
    tuple[int, *tuple[str, ...]], typing.Concatenate[int, typed.Given],
    typing.Callable[typed.Given, int], collections.abc.Callable[typed.Given, int],
    typing.Callable[typing.Concatenate[int, typed.Given], str],
    collections.abc.Callable[typing.Concatenate[int, typed.Given], str],
    collections.abc.Callable[[], int], typed.Given.args, typed.Given.kwargs,
    typing.NotRequired[int], typing.Self, typing.Never, typing.LiteralString,
    typing_extensions.ReadOnly[int], typing_extensions.ReadOnly, typing_extensions.TypeIs[int],
    typing_extensions.Unpack[typed.Items], typing_extensions.NotRequired[list[int]],
    typing.Annotated[int, (1, True, 1.0)], typing.Literal[True, 1],
    typed.Wrapped[[int], str], typed.Wrapped[[], str], typed.Wrapped[..., str],
    typed.Wrapped[typing.Concatenate[int, typed.Given], str], typed.Handed[int, list[str]],
    typed.Wrapped[[int, typed.Wrapped[[str], int]], int],
]  # fmt: skip


@pytest.mark.parametrize("value", TYPES, ids=str)
def test_a_type_comes_back_as_it_was(value: Any) -> None:
    restored = trips.there_and_back([value], allow=["typed", "typing"])[0]
    assert type(restored) is type(value)
    assert repr(restored) == repr(value)


def test_an_object_keeps_the_arguments_of_the_function_it_is_for() -> None:
    live = typed.Wrapped[[int, bytes], int](len)
    (back,) = trips.there_and_back([live], allow=["typed"])
    assert back.__orig_class__ == typed.Wrapped[[int, bytes], int]
    assert back.__orig_class__.__args__ == ((int, bytes), int)


def test_types_that_are_equal_and_not_the_same_are_told_apart() -> None:
    held = [typing.Annotated[str, value] for value in (2,)]
    text = persist.dumps([held[0], typing.List[held[0]]])  # type: ignore[valid-type]  # noqa: UP006
    for other, kind in (("2.0", float), ("2", int)):
        read = persist.loads(text.replace(",2]", f",{other}]"))
        assert type(read[0].__metadata__[0]) is kind
        assert type(read[1].__args__[0].__metadata__[0]) is kind


def test_a_type_that_only_a_function_has_is_refused() -> None:
    with pytest.raises(persist.CaptureError) as caught:
        persist.dumps([typed.local_type()])
    assert "no name leads to the type `Local`" in str(caught.value)


TEXTS = [
    list["x"], typing.List["x"], typing.Optional["x"], typing.Annotated["x", 1],  # noqa: F821, UP006
    typing.Callable[["x"], int], typing.ForwardRef("x"), list[list["x"]],  # noqa: F821
    typed.Box["x"], typed.Wrapped[["x"], int], typing.Unpack["x"],  # noqa: F821
    collections.abc.Callable[["x"], int],  # noqa: F821
    typing_extensions.ReadOnly["x"],
]  # fmt: skip


@pytest.mark.parametrize("value", TEXTS, ids=str)
def test_a_type_named_by_text_is_refused(value: Any) -> None:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(value)
    assert raised.value.kind == "unsupported_value"


def generic(name: str, *arguments: object, **members: object) -> str:
    return json.dumps({"lc": "generic", "id": name, **members, "args": arguments})


CODE = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}

HOSTILE = [
    (generic("builtins:list", CODE), "invalid_state"),
    (generic("typing:Optional", CODE), "invalid_state"),
    (generic("typing:Annotated", CODE, 1), "invalid_state"),
    (generic("typing:Callable", [CODE], INT), "invalid_state"),
    (generic("types:UnionType", INT, CODE), "invalid_state"),
    (generic("typed:Box", CODE, old=True), "invalid_state"),
    (generic("typing:Unpack", CODE), "invalid_state"),
    (generic("typing:Concatenate", INT, CODE), "invalid_state"),
    (generic("typing:ParamSpecArgs", INT), "invalid_state"),
    (generic("typing:ParamSpecArgs", INT, INT), "invalid_state"),
    (generic("types:GenericAlias", INT), "invalid_state"),
    (generic("types:GenericAlias", CODE), "invalid_state"),
    # Starred, the text of a literal would be the argument of a class.
    (generic("types:GenericAlias", json.loads(generic("typing:Literal", CODE))), "invalid_state"),
    (generic("typing_extensions:ReadOnly", CODE), "invalid_state"),
    (generic("typing_extensions:TypedDict", INT), "not_allowed"),
    ('{"lc":"generic","id":"typing_extensions:TypeVar"}', "bad_state_text"),
    ('{"lc":"constant","id":"typed:local_type"}', "missing_name"),
    (generic("typing:Literal", {"a": 1}), "invalid_state"),
    (generic("typing:Literal", {"lc": "function", "id": "typed:use"}), "invalid_state"),
    (generic("builtins:list", {"lc": "function", "id": "typed:use"}), "invalid_state"),
    (generic("builtins:list", [[INT]]), "invalid_state"),
    (generic("typed:Greedy", INT, old=True), "invalid_state"),
    (generic("typed:use", INT, old=True), "missing_name"),
    (generic("typing:ForwardRef", INT), "not_allowed"),
    (generic("os:_wrap_close", INT), "not_allowed"),
    (generic("typing:Nothing", INT), "not_allowed"),
    (generic("builtins:list", INT, old=False), "bad_state_text"),
    ('{"lc":"generic","id":"builtins:list"}', "bad_state_text"),
    ('{"lc":"generic","id":"typing:List","args":null}', "bad_state_text"),
    ('{"lc":"generic","args":[]}', "bad_state_text"),
    ('{"lc":"constant","id":"os:environ"}', "not_allowed"),
    ('{"lc":"constant","id":"typed:Box"}', "missing_name"),
    ('{"lc":"constant","id":"typed:use"}', "missing_name"),
    ('{"lc":"constant","id":"typed:nothing"}', "missing_name"),
    ('{"lc":"constant","id":"typed:Holder.sentinel"}', "missing_name"),
    ('{"lc":"object","id":"builtins:object"}', "not_allowed"),
    ('{"lc":"bare","dict":{"a":1}}', "bad_state_text"),
]


def lists(levels: int) -> Any:
    made: Any = int
    for _ in range(levels):
        made = list[made]
    return made


LARGE = {
    "lists in lists": lambda: lists(300),
    "a literal type of many names": lambda: typing.Literal[tuple(map(str, range(50_000)))],
    "literal types": lambda: [
        typing.Optional[list[typing.Literal[tuple(f"{at} {of}" for at in range(1_000))]]]  # noqa: UP045
        for of in range(100)
    ],
    "one long note of many types": lambda: [typing.Annotated[int, tuple(range(5_000))]] * 40,
    "a union of many": lambda: (
        [
            typing.Optional[typing.Union[tuple(list[typing.Literal[at]] for at in range(300))]]  # noqa: UP007, UP045
        ]
        * 30
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_type_goes_on(name: str) -> None:
    live = LARGE[name]()
    assert persist.loads(persist.dumps(live)) == live


def test_types_that_take_too_long_to_hash_are_refused_when_they_are_saved() -> None:
    with pytest.raises(persist.CaptureError, match="hold too much to be hashed"):
        persist.dumps(lists(800))


class Ears:
    """Hears what the interpreter compiles and runs."""

    heard: typing.ClassVar[list[str] | None] = None


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if Ears.heard is not None and event in ("compile", "exec", "os.system", "import"):
        Ears.heard.append(f"{event} {arguments!r}")


sys.addaudithook(_hear)


@pytest.mark.parametrize(("text", "kind"), HOSTILE)
def test_a_hostile_type_is_refused_and_runs_nothing(text: str, kind: str) -> None:
    Ears.heard = []
    try:
        with pytest.raises(persist.PersistError) as raised:
            persist.loads(text, allow="typed")
        heard, Ears.heard = Ears.heard, None
    finally:
        Ears.heard = None
    assert raised.value.kind == kind
    assert not [event for event in heard if CODE in event or "exec" in event]
    assert typed.Greedy.seen == []


def test_a_sentinel_is_a_name() -> None:
    text = persist.dumps([typed.MISSING])
    assert text == '[{"lc":"constant","id":"typed:MISSING"}]'
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["typed:MISSING"]
    assert persist.loads(text, allow=raised.value.allow)[0] is typed.MISSING


@pytest.mark.usefixtures("thawed")
def test_an_object_that_nothing_else_has_keeps_its_identity() -> None:
    thing = [object()]
    restored = persist.loads(persist.dumps([thing, thing[0], object()]))
    assert type(restored[1]) is object
    assert restored[0][0] is restored[1] is not restored[2]


@pytest.mark.usefixtures("thawed")
def test_a_sentinel_that_no_name_leads_to_is_refused() -> None:
    for sentinel in (typed.Holder.sentinel, typed.use()):
        with pytest.raises(persist.CaptureError) as raised:
            persist.dumps(sentinel)
        assert "no name leads to it" in str(raised.value)


def test_a_sentinel_of_a_program_that_froze_what_it_has_is_refused() -> None:
    code = """
import gc, persist, typed
gc.collect()
gc.freeze()
for take in (lambda: typed.Holder.sentinel, typed.use):
    try:
        print(persist.dumps(take()))
    except persist.CaptureError as error:
        print("no name leads to it" in str(error))
print(persist.dumps([object()]))
"""
    assert trips.python(code).splitlines() == ["True", "True", '[{"lc":"bare"}]']


def test_a_sentinel_of_several_modules_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sentinel = object()
    monkeypatch.setattr(trips, "OTHER", sentinel, raising=False)
    monkeypatch.setattr(typed, "OTHER", sentinel, raising=False)
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(sentinel)
    assert "under several names: `trips:OTHER`, `typed:OTHER`" in str(raised.value)
