"""The annotations of functions that no name leads to, where somebody else holds the very dict."""

from __future__ import annotations

import functools
import inspect
import json
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import CaptureError, RebuildError

import closures
import hooks
import typed_closures
from trips import python

ALLOW = ("closures", "hooks", "typed_closures", "functools", __name__)


EVIL = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}


def back(value: Any) -> Any:
    text = persist.dumps(value)
    read = persist.loads(text, allow=ALLOW)
    assert persist.dumps(persist.loads(text, allow=ALLOW)) == text
    return read


@pytest.mark.parametrize("make", [typed_closures.plain, lambda: typed_closures.noted(2)])
def test_the_very_dict_comes_back_whichever_comes_first(make: Any) -> None:
    function = make()
    held = function.__annotations__
    for value in ([function, held], [held, function], [{"a": held}, function, held]):
        restored = back(value)
        functions = [it for it in restored if callable(it)]
        (again,) = functions
        found = next(it for it in restored if type(it) is dict)
        assert again.__annotations__ is found.get("a", found)
        assert again.__annotations__ == held
        assert list(again.__annotations__) == list(held)


def local(by: int) -> Any:
    def scale(value: int, *more: list[str]) -> dict[str, int]:
        return {"value": value * by}

    return scale


def test_text_comes_back_as_the_very_dict() -> None:
    function = local(2)
    again, held = back([function, function.__annotations__])
    assert again.__annotations__ is held
    assert held == {"value": "int", "more": "list[str]", "return": "dict[str, int]"}
    assert again(3) == {"value": 6}


def test_a_hook_runs_once_though_the_walk_begins_anew() -> None:
    function = local(2)
    spent, _, held = back([hooks.Spent([1, 2]), function, function.__annotations__])
    assert (type(spent), spent.left) == (hooks.Spent, [1, 2])
    assert held == function.__annotations__


def test_a_partial_shares_what_it_took_over() -> None:
    function = local(2)
    partial = functools.update_wrapper(functools.partial(function, 4), function)
    again = back(partial)
    assert again.__annotations__ is again.func.__annotations__ is again.__wrapped__.__annotations__
    assert again() == {"value": 8}


def test_annotations_that_nobody_else_holds_are_not_written() -> None:
    assert '"annotations"' not in persist.dumps([local(1), {"value": "int"}])


def test_a_function_without_annotations_shares_its_empty_dict() -> None:
    function = closures.Maker().reader()
    assert function.__annotations__ == {}
    again, held = back([function, function.__annotations__])
    assert again.__annotations__ is held


def test_a_dict_shared_in_one_process_is_shared_in_another(tmp_path: Path) -> None:
    path = tmp_path / "shared.json"
    function = typed_closures.noted(3)
    persist.snapshot({"notes": function.__annotations__, "f": function}, path)
    code = """
import sys, persist
state = persist.restore(sys.argv[1], allow="typed_closures")
print(state["f"].__annotations__ is state["notes"], state["notes"], state["f"]())
"""
    shown = "True {'value': <class 'int'>, 'return': 'list[Local]'} [3]\n"
    assert python(code, path, seed=4) == shown


def test_text_that_the_source_does_not_say_is_refused() -> None:
    function = local(2)
    text = persist.dumps([function, function.__annotations__])
    changed = text.replace('"dict[str, int]"', json.dumps(EVIL))
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    assert "the annotations of a function are no types" in str(raised.value)


def test_no_text_comes_into_annotations_behind_the_function() -> None:
    code = json.loads(persist.dumps(typed_closures.plain()))
    code["annotations"] = {"lc": "same", "ref": 1}
    text = {"lc": "shared", "ref": 1, "v": {"b": INT, "x": code, "return": EVIL}}
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(text), allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    assert "at `$.x`, the annotations of a function are no types" in str(raised.value)


def test_annotations_that_were_changed_to_text_are_refused() -> None:
    function = local(2)
    function.__annotations__["value"] = "str"
    with pytest.raises(CaptureError) as raised:
        persist.dumps([function, function.__annotations__])
    assert "neither in its source nor a type" in str(raised.value)


class Counted:
    """Taken apart by a hook."""

    def __init__(self) -> None:
        self.one = 1

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))


def test_all_else_comes_back_where_the_walk_began_anew() -> None:
    function, counted, keys = local(2), Counted(), {frozenset("ab"), frozenset("c")}
    again = back([function, counted, function.__annotations__, {counted}, keys])
    assert again[3] == {again[1]}
    assert again[1].one == 1
    assert again[4] == keys


def partial(**attributes: Any) -> str:
    """Returns the text of a partial of a function without annotations, with these attributes."""
    made = functools.partial(closures.Maker)
    vars(made)["mark"] = 1
    text = persist.dumps(made)
    changed = text.replace('{"mark":1}', json.dumps(attributes))
    assert changed != text
    return changed


SAYS = {
    "__annotations__": "it has other annotations",
    "__signature__": "its `__signature__` is none",
    "__text_signature__": "it has a `__text_signature__`",
}


@pytest.mark.parametrize("name", SAYS)
@pytest.mark.parametrize("value", [{"a": EVIL}, {"a": [EVIL]}, EVIL, [EVIL], 1])
def test_no_text_is_told_by_an_attribute_of_a_partial(name: str, value: Any) -> None:
    """Asked for its types, as tools are, a partial would have text of the file's evaluated."""
    with pytest.raises(RebuildError) as raised:
        persist.loads(partial(**{name: value}), allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    assert SAYS[name] in str(raised.value)


def test_no_text_is_told_by_what_a_partial_of_the_file_wraps() -> None:
    inner = json.loads(partial(__annotations__={"a": EVIL}))
    outer = json.loads(partial(__annotations__={"a": EVIL}, __wrapped__=inner))
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(outer), allow=ALLOW)
    assert raised.value.kind == "invalid_state"


def test_no_text_comes_into_what_a_partial_says_behind_it() -> None:
    same = {"lc": "same", "ref": 1}
    made = json.loads(partial(__annotations__=same))
    text = {"lc": "shared", "ref": 1, "v": {"b": INT, "x": INT, "y": made, "z": EVIL}}
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(text), allow=ALLOW)
    assert SAYS["__annotations__"] in str(raised.value)


def test_a_partial_whose_annotations_were_changed_to_text_is_refused() -> None:
    made = functools.partial(local(2))
    vars(made)["__annotations__"] = {"value": EVIL}
    with pytest.raises(CaptureError) as raised:
        persist.dumps([made])
    assert SAYS["__annotations__"] in str(raised.value)


class Asked:
    """A class whose annotations a partial may take over."""

    number: int


@functools.lru_cache
def cached(value: int) -> str:
    return str(value)


TAKEN_OVER = [Asked, Asked(), functools.partial(local(2)), local(2), len, cached]


@pytest.mark.parametrize("asked", TAKEN_OVER)
def test_a_partial_keeps_what_it_took_over(asked: Any) -> None:
    made = functools.update_wrapper(functools.partial(Asked), asked, updated=())
    outer = functools.update_wrapper(functools.partial(made), made)
    again = back(outer)
    held = vars(outer).get("__annotations__")
    assert vars(again).get("__annotations__") == held == vars(made).get("__annotations__")
    assert type(again.__wrapped__()) is Asked


class Made:
    """Gives another function each time that it is taken apart, and the dict of its annotations."""

    def __init__(self) -> None:
        self.asked = 0

    def __getstate__(self) -> dict[str, Any]:
        self.asked += 1
        assert self.asked == 1, "a hook runs once"
        made = [local(it) for it in range(self.asked)]
        return {"made": made, "held": [it.__annotations__ for it in made]}


def test_a_walk_that_meets_others_each_time_ends() -> None:
    text = persist.dumps([Made()])
    (again,) = persist.loads(text, allow=ALLOW)
    assert len(again.made) == 1
    assert all(it.__annotations__ is held for it, held in zip(again.made, again.held, strict=True))


def signed(**attributes: Any) -> Any:
    """Returns a function with a signature of its own that says what the function's does."""
    function = local(2)
    given = {"__signature__": inspect.signature(function), **attributes}
    vars(function).update(given)
    return function


def test_a_signature_comes_back_with_the_text_of_its_function() -> None:
    function = signed(mark=1)
    wrapper = functools.wraps(function)(functools.partial(function, 4))
    again, partial = back([function, wrapper])
    assert inspect.signature(again) == inspect.signature(function)
    assert partial.__signature__ is again.__signature__
    assert again.__annotations__ == function.__annotations__


@pytest.mark.parametrize("said", ['"int"', '"list[str]"', '"dict[str, int]"'])
@pytest.mark.parametrize(
    "make", [signed, lambda: functools.wraps(signed())(functools.partial(len))]
)
def test_no_text_comes_with_a_signature(make: Any, said: str) -> None:
    text = persist.dumps(make())
    changed = text.replace(said, json.dumps(EVIL))
    assert changed != text
    with pytest.raises(RebuildError) as raised:
        persist.loads(changed, allow=ALLOW)
    assert raised.value.kind == "invalid_state"
    says = ("its `__signature__` has other types", "the annotations of a function are no types")
    assert any(it in str(raised.value) for it in says)


def test_no_signature_comes_behind_the_function() -> None:
    node = json.loads(persist.dumps(signed()))
    signature, node["dict"] = node["dict"]["__signature__"], {"lc": "same", "ref": 1}
    evil = json.loads(json.dumps(signature).replace('"int"', json.dumps(EVIL)))
    text = {"lc": "shared", "ref": 1, "v": {"x": node, "__signature__": evil}}
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(text), allow=ALLOW)
    assert raised.value.kind == "invalid_state"


def test_a_signature_with_other_text_is_refused_when_it_is_saved() -> None:
    other = inspect.Signature(return_annotation=EVIL)
    for wrong in (other, EVIL, local):
        with pytest.raises(CaptureError) as raised:
            persist.dumps(signed(__signature__=wrong))
        assert "`__signature__`" in str(raised.value)


def wrapper_of(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*given):  # type: ignore[no-untyped-def]
        return function(*given)

    return wrapper


def bare() -> Any:
    def bare(value):  # type: ignore[no-untyped-def]
        return value

    return bare


@pytest.mark.parametrize("make", [lambda: wrapper_of(bare()), lambda: wrapper_of(lambda it: it)])
def test_annotations_that_are_shared_stay_shared_also_where_there_are_none(make: Any) -> None:
    function = make()
    assert function.__annotations__ is function.__wrapped__.__annotations__
    again = back([function])[0]
    assert again.__annotations__ is again.__wrapped__.__annotations__
    again.__annotations__["value"] = int
    assert again.__wrapped__.__annotations__ == {"value": int}


def test_annotations_that_are_not_shared_stay_apart() -> None:
    function = wrapper_of(bare())
    function.__annotations__ = {}
    again = back([function])[0]
    assert again.__annotations__ is not again.__wrapped__.__annotations__
