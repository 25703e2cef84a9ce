"""pydantic's own errors, which an agent keeps of an answer that did not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import persist
import pydantic_core
import pytest
from persist import CaptureError, RebuildError
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
    field_validator,
)

from things import Plain
from trips import python

NAME = "pydantic_core._pydantic_core:ValidationError"


class Inner(BaseModel):
    count: int


class Order(BaseModel):
    amount: int = Field(gt=3)
    inner: Inner
    kind: Literal["x", "y"]
    more: int | list[int] = 0

    @field_validator("kind")
    @classmethod
    def _check(cls, value: str) -> str:
        if value == "y":
            raise ValueError("no more y", [1])
        return value

    @field_validator("more")
    @classmethod
    def _check_more(cls, value: Any) -> Any:
        if value == 1:
            raise pydantic_core.PydanticCustomError("value_error", "not {n}", {"n": 1})
        if value == 2:
            raise pydantic_core.PydanticKnownError("less_than", {"lt": 2})
        raise AssertionError("more")


class Silent(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, title="Other")
    amount: int


def raised(call: Callable[[], object]) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        call()
    caught.value.__traceback__ = None
    return caught.value


SHAPES: dict[str, Callable[[], ValidationError]] = {
    "lines": lambda: raised(lambda: Order(amount=1, inner={"count": "q"}, kind="y", more={})),
    "JSON": lambda: raised(lambda: Order.model_validate_json('{"amount":1,"inner":3}')),
    "no JSON": lambda: raised(lambda: Order.model_validate_json('{"amount')),
    "custom": lambda: raised(lambda: Order(amount=4, inner={"count": 1}, kind="x", more=1)),
    "known": lambda: raised(lambda: Order(amount=4, inner={"count": 1}, kind="x", more=2)),
    "assertion": lambda: raised(lambda: Order(amount=4, inner={"count": 1}, kind="x", more=3)),
    "no line": lambda: ValidationError.from_exception_data("none", []),
    "hidden input": lambda: raised(lambda: Silent(amount="secret")),
}


def told(error: ValidationError) -> Any:
    held = [error.title, str(error), repr(error), vars(error), error.__suppress_context__]
    return [*held, repr(error.errors()), error.__reduce__()[1][2:]]  # type: ignore[index]


@pytest.mark.parametrize("name", SHAPES)
def test_an_error_comes_back_with_its_lines(name: str) -> None:
    error = SHAPES[name]()
    if name == "no line":
        # One that a program built shows as arguments what it was built of.
        error.args = ()
    text = persist.dumps(error)
    back = persist.loads(text)
    assert type(back) is ValidationError
    assert told(back) == told(error)
    assert (back.args, error.args) == ((), ())
    assert persist.dumps(back) == text


def test_an_error_goes_to_another_process() -> None:
    error = SHAPES["lines"]()
    error.add_note("asked twice")
    error.__cause__ = KeyError("a")
    code = (
        "import persist, sys\n"
        "error = persist.loads(sys.argv[1])\n"
        "print(repr([error.errors(), str(error), error.__notes__, error.__cause__]))"
    )
    shown = repr([error.errors(), str(error), error.__notes__, error.__cause__])
    assert python(code, persist.dumps(error), seed=5).strip() == shown


def test_what_an_error_holds_is_what_the_state_holds() -> None:
    given = {"amount": Plain(a=1), "inner": {"count": 1}, "kind": "y"}
    error = raised(lambda: Order(**given))
    back, amount, again = persist.loads(
        persist.dumps([error, given["amount"], error]), allow="things"
    )
    assert back is again
    assert back.errors()[0]["input"] is amount
    fault = back.errors()[1]["ctx"]["error"]
    assert (type(fault), fault.args) == (ValueError, ("no more y", [1]))


def test_an_error_that_was_raised_from_another_is_saved_with_it() -> None:
    try:
        try:
            Silent(amount="q")
        except ValidationError as error:
            raise ValueError("asked") from error
    except ValueError as error:
        back = persist.loads(persist.dumps(error))
    assert isinstance(back.__cause__, ValidationError)
    assert back.__cause__ is back.__context__


def test_an_error_that_its_own_input_holds_is_carried_with_that_or_refused() -> None:
    given = Plain()
    given.error = raised(lambda: Silent(amount=given))
    back = persist.loads(persist.dumps(given), allow="things")
    assert back.error.errors()[0]["input"] is back
    with pytest.raises(CaptureError) as caught:
        persist.dumps(given.error)
    (problem,) = caught.value.problems
    assert problem.path == "$.lines[0].input.error"


def test_an_error_of_which_pydantic_makes_another_is_refused() -> None:
    kind = pydantic_core.PydanticCustomError("mine", "{n} of it", {"n": "{n}"})
    line: Any = {"type": kind, "loc": ("a",), "input": 1}
    error = ValidationError.from_exception_data("x", [line])
    error.args = ()
    with pytest.raises(CaptureError) as caught:
        persist.dumps([error])
    (problem,) = caught.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert "pydantic makes" in problem.reason
    assert problem.hint


LINE = '{"type":"missing","msg":"Field required","input":1,"loc":[]}'


@pytest.mark.parametrize(
    ("lines", "rest"),
    [
        ("1", ""),
        ("[1]", ""),
        ('[{"type":"missing"}]', ""),
        (f"[{LINE[:-1]}" + ',"url":"x"}]', ""),
        ('[{"type":"no such","msg":"x","input":1,"loc":[]}]', ""),
        ('[{"type":"missing","msg":1,"input":1,"loc":[]}]', ""),
        ('[{"type":"missing","msg":"x","input":1,"loc":[[]]}]', ""),
        (f"[{LINE[:-1]}" + ',"ctx":[]}]', ""),
        ('[{"type":"a","msg":"{b}{b}","input":1,"loc":[],"custom":true,"ctx":{"b":"x"}}]', ""),
        (f"[{LINE}]", ',"dict":{"errors":1}'),
        (f"[{LINE}]", ',"slots":{"a":1}'),
        (f"[{LINE}]", ',"extra":{}'),
    ],
)
def test_an_error_that_no_writer_makes_is_refused(lines: str, rest: str) -> None:
    members = f'{{"title":"x","lines":{lines},"mode":"python","hides_input":false}}'
    text = f'{{"lc":"object","id":"{NAME}","args":[]{rest},"members":{members}}}'
    with pytest.raises(RebuildError) as caught:
        persist.loads(text)
    assert caught.value.kind == "invalid_state"


def test_the_text_of_an_error_stays_where_pydantic_has_another_by_now() -> None:
    text = persist.dumps(SHAPES["hidden input"]())
    old = text.replace("unable to parse string", "cannot read text")
    assert old != text
    row = persist.loads(old).errors()[0]
    assert "cannot read text" in row["msg"]
    assert row["type"] == "int_parsing"


def test_nothing_is_shown_of_a_hostile_error_while_it_is_restored() -> None:
    nested = '{"lc":"shared","ref":1,"v":["x"]}'
    for label in range(2, 40):
        again = f'{{"lc":"same","ref":{label - 1}}}'
        nested = f'{{"lc":"shared","ref":{label},"v":[{nested},{again}]}}'
    line = (
        f'{{"type":"value_error","msg":"x","input":1,"loc":[],"ctx":{{"error":'
        f'{{"lc":"object","id":"builtins:ValueError","args":[{nested}]}}}}}}'
    )
    members = f'{{"title":"x","lines":[{line}],"mode":"python","hides_input":false}}'
    with pytest.raises(persist.RebuildError, match="holds too much to be shown") as found:
        persist.loads(f'{{"lc":"object","id":"{NAME}","args":[],"members":{members}}}')
    assert found.value.kind == "invalid_state"


class Rows(BaseModel):
    rows: list[int]


def nested(value: Any) -> Any:
    return Rows(rows=[*map(str, range(30_000)), "x"])


def custom(value: Any) -> Any:
    raise pydantic_core.PydanticCustomError("own", "it is wrong", {"rows": list(range(30_000))})


def plain(value: Any) -> Any:
    raise ValueError("it is wrong", [0] * 30_000)


@pytest.mark.parametrize("validator", [nested, custom, plain])
def test_a_context_may_hold_as_much_as_it_likes(validator: Callable[[Any], Any]) -> None:
    kind: Any = create_model("Outer", x=(Annotated[Any, BeforeValidator(validator)], ...))
    with pytest.raises(ValidationError) as caught:
        kind(x=1)
    text = persist.dumps(caught.value.with_traceback(None))
    back: Any = persist.loads(text)
    assert back.errors()[0]["msg"] == caught.value.errors()[0]["msg"]
    assert persist.dumps(back) == text


@pytest.mark.parametrize("text", ["x", "\u00e9", "\U0001f600"])
def test_texts_of_lines_may_be_as_long_as_they_like(text: str) -> None:
    def refuse(value: Any) -> Any:
        raise pydantic_core.PydanticCustomError("own", text * 1_000_000)

    with pytest.raises(ValidationError) as raised:
        TypeAdapter(list[Annotated[int, BeforeValidator(refuse)]]).validate_python([1] * 10)
    copy: Any = persist.loads(persist.dumps(raised.value))
    assert copy.errors() == raised.value.errors()
