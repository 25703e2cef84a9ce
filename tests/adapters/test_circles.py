"""Classes made at run time that hold each other, and those that a function's texts name."""

from __future__ import annotations

import dataclasses
import gc
import json
import typing
from pathlib import Path
from typing import Any

import persist
import pytest
from ears import assert_refused_unheard
from pydantic import BaseModel, ValidationError

import circles
import trips

ALLOW = ("circles", "annotated_types")


def back(value: Any) -> Any:
    text = persist.dumps(value)
    read = persist.loads(text, allow=ALLOW)
    assert persist.dumps(read) == text
    return read


def test_two_models_of_each_other_come_back() -> None:
    first, second = circles.pair()
    one, other, held = back([first, second, first(second={"firsts": [{}], "own": {}})])
    assert type(held) is one is not first
    assert type(held.second) is type(held.second.own) is other
    assert type(held.second.firsts[0]) is one
    assert one.model_json_schema() == first.model_json_schema()
    assert other.model_json_schema() == second.model_json_schema()
    with pytest.raises(ValidationError):
        other(firsts=[{}, {}, {}])


def test_whichever_is_met_first_brings_the_other() -> None:
    first, second = circles.pair()
    (held,) = back([second(firsts=[first(number=3)])])
    assert type(held).__name__ == "Second"
    assert type(held.firsts[0]).model_fields["second"].description == "d"
    assert typing.get_args(type(held.firsts[0]).model_fields["second"].annotation)[0] is type(held)


def test_a_model_that_holds_what_extends_it_comes_back() -> None:
    shape, leaf, group = circles.shapes()
    value = group(parts=[{"kind": "leaf"}, {"kind": "group", "by_name": {"a": {}}}])
    again, other, whole, held = back([leaf, shape, group, value])
    assert again.__bases__ == whole.__bases__ == (other,)
    assert [type(it) for it in held.parts] == [again, whole]
    assert held.model_dump() == value.model_dump()
    assert whole.model_json_schema() == group.model_json_schema()


def test_models_dataclasses_and_typed_dicts_of_each_other_come_back() -> None:
    inner, outer, state, longer, model = circles.mixed()
    value = outer(inner([outer()]), {"outer": outer(), "more": []})
    classes = [inner, outer, state, longer, model]
    *read, held = back([*classes, value])
    assert [type(held), type(held.inner), type(held.inner.of[0])] == [read[1], read[0], read[1]]
    assert typing.get_type_hints(read[2]) == {
        "outer": read[1], "more": list[read[2]], "model": read[4]
    }  # fmt: skip
    assert typing.get_type_hints(read[3])["last"] == read[3] | None
    assert read[3].__orig_bases__ == (read[2],)
    assert [it.type for it in dataclasses.fields(read[1])] == [read[0] | None, read[2] | None]
    assert read[1].__init__.__annotations__["inner"] == read[0] | None
    assert read[4](outer={"inner": {"of": []}}, models=[]).outer.inner.of == []
    for one, other in zip(classes, read, strict=True):
        assert getattr(one, "__required_keys__", 1) == getattr(other, "__required_keys__", 1)


def test_a_dataclass_of_itself_comes_back() -> None:
    node = circles.node()
    read, held = back([node, node(1, node(2))])
    assert [type(held), type(held.next)] == [read, read]
    assert dataclasses.fields(read)[1].type == read | None


def test_what_a_text_names_beside_a_class_comes_back() -> None:
    holder, pair, thread, item = circles.beside()
    value = holder(item(), {"a": [item(2)]})
    one, two, three, four, held = back([holder, pair, thread, item, value])
    assert type(held.item) is type(held.items["a"][0]) is four
    hints = typing.get_type_hints(one, include_extras=True)
    assert hints == {"item": typing.Annotated[four, "noted"], "items": dict[str, list[four]]}
    assert typing.get_type_hints(two) == {"left": four, "right": four | None}
    assert typing.get_type_hints(three) == {"items": list[four]}


def test_another_process_makes_all_of_them_anew(tmp_path: Path) -> None:
    path = tmp_path / "circles.json"
    first, second = circles.pair()
    node, (_, outer, *_) = circles.node(), circles.mixed()
    tool = circles.graft()
    persist.snapshot([first(second={"own": {}}), second, node(1, node(2)), outer(), tool], path)
    code = """
import sys, persist
allow = ["circles", "annotated_types"]
held, second, nodes, outer, tool = persist.restore(sys.argv[1], allow=allow)
assert type(held.second) is type(held.second.own) is second
assert type(nodes) is type(nodes.next)
print(held, nodes, outer, tool.invoke({"second": {"firsts": [{}]}}))
print(sorted(tool.tool_call_schema.model_json_schema()["$defs"]))
# A text of a class that the function makes here names what it made beside that.
import circles
print(persist.loads(persist.dumps(circles.node()(5)), allow=["circles"]))
"""
    shown = (
        "second=Second(firsts=[], own=Second(firsts=[], own=None)) number=1 "
        "node.<locals>.Node(value=1, next=node.<locals>.Node(value=2, next=None)) "
        "mixed.<locals>.Outer(inner=None, state=None) ['number', 'second']\n"
        "['First', 'Second']\nnode.<locals>.Node(value=5, next=None)\n"
    )
    assert trips.python(code, path, seed=3) == shown


def test_classes_that_were_dropped_are_no_others() -> None:
    for _ in range(3):
        back(circles.mixed())
        back(circles.beside())


def test_a_text_that_names_any_of_several_classes_is_refused() -> None:
    kept = [circles.beside(), circles.beside()]
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([kept[0][0]])
    reason = raised.value.problems[0].reason
    assert reason.endswith("has a type by text alone: `Item` may be one of several classes")
    kept.pop()
    assert back([kept[0][0]])


def test_a_family_that_is_more_than_its_fields_is_refused_by_its_class() -> None:
    class One(BaseModel):
        other: Two | None = None

        def run(self) -> None: ...

    class Two(BaseModel):
        one: One | None = None

    One.model_rebuild(_types_namespace=locals())
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps({"a": [Two]})
    (problem,) = raised.value.problems
    assert problem.path == "$.a[0]"
    where = "test_a_family_that_is_more_than_its_fields_is_refused_by_its_class.<locals>.One"
    assert problem.reason == (
        f"a class made at run time is more than its fields say: `{where}`: `run`"
    )


def test_a_circle_of_too_many_classes_is_refused() -> None:
    names = [f"M{at}" for at in range(17)]
    made = {
        name: type(name, (BaseModel,), {"__annotations__": {"next": f"{names[at - 1]} | None"}})
        for at, name in enumerate(names)
    }
    for cls in made.values():
        cls.model_rebuild(_types_namespace=made)  # type: ignore[attr-defined]
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([made["M3"]])
    assert "more than 16 classes made at run time hold each other" in str(raised.value)


INT = {"lc": "class", "id": "builtins:int"}
RUN = {"lc": "function", "id": "made:run"}
CODE = "__import__('os').system('true')"


def stand(at: Any) -> dict[str, Any]:
    nothing = {"lc": "class", "id": "types:NotImplementedType"}
    place = {"lc": "generic", "id": "typing:Literal", "args": [at]}
    return {"lc": "generic", "id": "builtins:tuple", "args": [nothing, place]}


def row(kind: str = "model", **members: Any) -> dict[str, Any]:
    return {"kind": kind, "name": "M", "module": "made", "fields": {}, **members}


def of(*rows: Any, at: Any = 0, kind: str = "model", **more: Any) -> dict[str, Any]:
    return {"lc": kind, "family": {"lc": "family", "members": list(rows)}, "at": at, **more}


HOSTILE = [
    (of(row(), at=1), "bad_state_text"),
    (of(row(), at=-1), "bad_state_text"),
    (of(row(), at=True), "bad_state_text"),
    (of(row(), name="M"), "bad_state_text"),
    (of(row(), kind="dataclass"), "bad_state_text"),
    (of(), "bad_state_text"),
    (of(*[row()] * 17), "bad_state_text"),
    (of(row("enumeration")), "bad_state_text"),
    (of(row(by="pydantic.v1")), "bad_state_text"),
    (of(row(run=1)), "bad_state_text"),
    (of([]), "bad_state_text"),
    ({"lc": "model", "family": [INT], "at": 0}, "bad_state_text"),
    ({"lc": "model", "family": INT, "at": 0}, "bad_state_text"),
    ({"lc": "family", "members": {}}, "bad_state_text"),
    ({"lc": "family"}, "bad_state_text"),
    (of(row(fields={"a": [stand(1)]})), "bad_state_text"),
    (of(row(fields={"a": [stand(-1)]})), "bad_state_text"),
    (of(row(bases=[stand(0)])), "bad_state_text"),
    (of(row(bases=[stand(1)]), row()), "bad_state_text"),
    (of(row(fields={"a": [CODE]})), "invalid_state"),
    (of(row(fields={"a": [stand(CODE)]})), "invalid_state"),
    (of(row(fields={"_a": [stand(0)]})), "invalid_state"),
    (of(row(fields={"model_dump": [stand(0)]})), "invalid_state"),
    (of(row(config={"alias_generator": RUN})), "invalid_state"),
    (of(row("dataclass", fields={"a": [CODE]}), kind="dataclass"), "invalid_state"),
    (of(row("dataclass", fields={"a": stand(0)}), kind="dataclass"), "bad_state_text"),
    (of(row("typeddict", fields={"a": CODE}, by="typing"), kind="typeddict"), "invalid_state"),
    (of(row(fields={f"a{at}": [stand(0)] for at in range(1001)})), "invalid_state"),
]


@pytest.mark.parametrize(("node", "kind"), HOSTILE)
def test_a_hostile_family_is_refused(node: dict[str, Any], kind: str) -> None:
    assert_refused_unheard(json.dumps([node]), kind, CODE, ("made",))


def test_what_stands_for_a_class_is_a_type_as_any_outside_a_family() -> None:
    kind = tuple[type(NotImplemented), typing.Literal[0]]
    assert persist.loads(persist.dumps([kind])) == [kind]


def test_no_class_is_kept_alive() -> None:
    before = len(BaseModel.__subclasses__())
    back(circles.pair())
    gc.collect()
    assert len(BaseModel.__subclasses__()) <= before
