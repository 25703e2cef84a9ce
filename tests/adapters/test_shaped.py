"""Dataclasses, named tuples, enumerations and typed dicts made at run time."""

from __future__ import annotations

import collections
import copy
import copyreg
import dataclasses
import importlib
import json
from pathlib import Path
from typing import Any

import persist
import pytest
from ears import assert_refused_unheard
from persist import RebuildError
from persist.adapters import _made
from persist.state import nameless
from pydantic import create_model

import made
import shaped
import trips

RESTORE = """
import json, sys, persist, shaped
told = {}
for name, (cls, held, again) in persist.restore(sys.argv[1], allow="shaped").items():
    told[name] = shaped.facts(cls, held) + [all(map(shaped.operator.is_, held, again))]
print(json.dumps(told, default=repr))
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Returns what is seen of each class in another process."""
    path: Path = tmp_path_factory.mktemp("shaped") / "classes.json.gz"
    state = {}
    for name, (make, fill) in shaped.CLASSES.items():
        cls = make()
        held = fill(cls)
        state[name] = [cls, held, list(held)]
    persist.snapshot(state, path)
    found: dict[str, Any] = json.loads(trips.python(RESTORE, path, seed=4))
    return found


@pytest.mark.parametrize("name", shaped.CLASSES)
def test_a_class_is_made_anew_in_another_process(there: dict[str, Any], name: str) -> None:
    make, fill = shaped.CLASSES[name]
    cls = make()
    told = json.loads(json.dumps(shaped.facts(cls, fill(cls)), default=repr))
    assert there[name] == [*told, True]


@pytest.mark.parametrize("name", shaped.CLASSES)
def test_a_class_is_the_same_once_an_instance_was_copied(name: str) -> None:
    make, fill = shaped.CLASSES[name]
    cls = make()
    held = fill(cls)
    text = persist.dumps([cls, held])
    # Copying and pickling note on the class which slots its instances have.
    noted = [copyreg._slotnames(type(it)) for it in held]  # type: ignore[attr-defined]
    assert len(noted) == len(held)
    assert [copy.copy(it) is not None for it in held] == [it is not None for it in held]
    assert persist.dumps([cls, held]) == text


@pytest.mark.parametrize(("make", "what"), shaped.REFUSED.items())
def test_a_class_that_is_more_than_its_fields_is_refused(make: Any, what: str) -> None:
    with pytest.raises(persist.CaptureError) as caught:
        persist.dumps({"held": [make()]})
    (problem,) = caught.value.problems
    assert problem.path == "$.held[0]"
    assert problem.reason.endswith(f"made at run time, is more than its fields say: `{what}`")


def test_objects_of_a_class_that_is_refused_are_so_by_its_path() -> None:
    with pytest.raises(persist.CaptureError) as caught:
        persist.dumps([shaped.with_method()(1), shaped.tuple_with_method()(1)])
    assert [it.path for it in caught.value.problems] == ["$[0].__class__", "$[1].__class__"]


def test_a_dataclass_that_was_told_no_types_takes_any() -> None:
    cls = dataclasses.make_dataclass("Untyped", ["x", ("y", int, 5)], slots=True)
    back, value = persist.loads(persist.dumps([cls, cls([1])]))
    assert [it.type for it in dataclasses.fields(back)] == [Any, int]
    assert (type(value), value.x, value.y, repr(back("a", 2))) == (
        back,
        [1],
        5,
        "Untyped(x='a', y=2)",
    )


def _wide(name: str) -> Any:
    fields = [f"x{at}" for at in range(130)]
    return dataclasses.make_dataclass("Wide", [*fields, name], slots=True)(*fields, len)


CALLED: dict[str, Any] = {
    "in a slot": lambda: dataclasses.make_dataclass("Made", ["keys"], slots=True)(len),
    "in one of many slots": lambda: _wide("dict"),
    "among attributes": lambda: dataclasses.make_dataclass("Made", ["_asdict"])(len),
    "in a named tuple": lambda: collections.namedtuple("Made", "keys")(len),
    "in a model": lambda: create_model("Made", __module__="nowhere", keys=(Any, ...))(keys=len),
}


@pytest.mark.parametrize("name", CALLED)
def test_what_anybody_would_call_is_refused_in_objects_of_such_classes(name: str) -> None:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([CALLED[name]()])
    assert [problem.path for problem in raised.value.problems] == ["$[0]"]


def test_what_a_program_has_declared_may_be_called() -> None:
    value = made.Keyed(keys=len)
    sub: Any = create_model("Sub", __base__=made.Keyed, __module__="nowhere")(keys=len)
    back = persist.loads(persist.dumps([value, sub]), allow=["made", "builtins"])
    assert [it.keys for it in back] == [len, len]


def test_the_reader_knows_every_kind_that_is_written() -> None:
    assert sorted(_made.ROOMS) == sorted(nameless.KINDS)


CODE = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}
RUN = {"lc": "function", "id": "made:run"}


def node(kind: str, **members: Any) -> dict[str, Any]:
    return {"lc": kind, "name": "M", "module": "made", **members}


def data(**members: Any) -> dict[str, Any]:
    return node("dataclass", **members)


def named(**members: Any) -> dict[str, Any]:
    return node("namedtuple", **members)


def members(*rows: Any, **more: Any) -> dict[str, Any]:
    return node("enumeration", **{"by": "Enum", "members": rows, **more})


def typed(**more: Any) -> dict[str, Any]:
    return node("typeddict", **{"by": "typing", "fields": {"a": INT}, **more})


def thing(cls: Any, **more: Any) -> dict[str, Any]:
    return {"lc": "object", "class": cls, **more}


def member(cls: Any, **more: Any) -> dict[str, Any]:
    return {"lc": "enum", "class": cls, **more}


PAIR = named(fields=["x", "y"])

HOSTILE = [
    (data(fields={"a": [CODE]}), "invalid_state"),
    (data(fields={"a": [{"lc": "generic", "id": "builtins:list", "args": [CODE]}]}),
     "invalid_state"),
    (data(fields={CODE: [INT]}), "bad_state_text"),
    (data(fields={"class": [INT]}), "bad_state_text"),
    (data(fields={"__init__": [INT, {"default": RUN}]}), "bad_state_text"),
    (data(fields={"a": INT}), "bad_state_text"),
    (data(fields={"a": [INT, {}, 1]}), "bad_state_text"),
    (data(fields={"a": [INT, {"run": 1}]}), "invalid_state"),
    (data(fields={"a": [INT, []]}), "invalid_state"),
    (data(fields={"a": [INT, {"default": 1, "default_factory": RUN}]}), "invalid_state"),
    (data(fields={"a": [INT, {"default": []}]}), "invalid_state"),
    (data(fields={}, settings={"frozen": CODE}), "bad_state_text"),
    (data(fields={}, settings={"namespace": True}), "bad_state_text"),
    (data(fields={}, bases=[INT]), "bad_state_text"),
    (data(fields={f"a{at}": [INT] for at in range(1001)}), "invalid_state"),
    (data(fields={}, name=CODE + "\0"), "invalid_state"),
    (named(fields=[CODE]), "invalid_state"),
    (named(fields=["class"]), "invalid_state"),
    (named(fields=["_a"]), "invalid_state"),
    (named(fields=["a", "a"]), "invalid_state"),
    (named(fields="a b"), "bad_state_text"),
    (named(fields=["a"], defaults={"b": 1}), "bad_state_text"),
    (named(fields=["a"], types={}), "bad_state_text"),
    (named(), "bad_state_text"),
    (named(fields=["a"], name=CODE), "invalid_state"),
    (named(types={"a": CODE}), "invalid_state"),
    (named(types={"a": INT, "class": INT}), "invalid_state"),
    (named(types={"a": INT}, defaults={"__new__": RUN}), "bad_state_text"),
    (named(types={"a": INT}, defaults={"run": RUN}), "bad_state_text"),
    (named(types={"a": INT}, bases=[INT]), "bad_state_text"),
    (members(["A", RUN]), "invalid_state"),
    (members(["mro", 1]), "invalid_state"),
    (members(["_missing_", RUN]), "invalid_state"),
    (members(["_generate_next_value_", 1]), "invalid_state"),
    (members([CODE, 1]), "bad_state_text"),
    (members(["A"]), "bad_state_text"),
    (members("AB"), "bad_state_text"),
    (members(["A", 1], ["A", 2]), "invalid_state"),
    (members(["A", {"lc": "tuple", "v": ["7", 8]}], by="IntEnum"), "invalid_state"),
    (members(["A", "7"], type="int"), "invalid_state"),
    (members(["A", 1], by="EnumMeta"), "bad_state_text"),
    (members(["A", 1], type="object"), "bad_state_text"),
    (members(*(["a" * at, at] for at in range(1, 1002))), "invalid_state"),
    (typed(bases=[INT]), "invalid_state"),
    (typed(bases=[CODE]), "invalid_state"),
    (typed(bases=INT), "bad_state_text"),
    (typed(required=["b"]), "invalid_state"),
    (typed(required={"a": 1}), "bad_state_text"),
    (thing(PAIR, base=[1, 2]), "invalid_state"),
    (thing(PAIR, base={"lc": "tuple", "v": [1]}), "invalid_state"),
    (thing(PAIR), "invalid_state"),
    (thing(PAIR, base={"lc": "tuple", "v": [1, 2]}, dict={"a": 1}), "invalid_state"),
    (thing(data(fields={"a": [INT]}), dict={"a": 1, "b": RUN, "__class__": INT}),
     "invalid_state"),
    (thing(data(fields={"a": [INT]}), dict={"__init__": RUN}), "invalid_state"),
    (thing(members(["A", 1])), "invalid_state"),
    (thing(typed(), dict={}), "invalid_state"),
    (member(members(["A", 1]), name="B"), "class_changed"),
    (member(members(["A", 1]), value=1, names=[]), "invalid_state"),
    (member(members(["A", 1]), value=1), "bad_state_text"),
    (member(members(["A", 1]), name="A", id="made:Inner"), "bad_state_text"),
    (member(INT, name="A"), "bad_state_text"),
    (member(data(fields={}), name="A"), "class_changed"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "kind"), HOSTILE)
def test_a_hostile_class_is_refused_and_its_text_never_run(state: Any, kind: str) -> None:
    assert_refused_unheard(json.dumps(state), kind, CODE)
    assert made.RAN == []


@pytest.mark.parametrize("module", ["typing", "typing_extensions"])
def test_what_calls_itself_a_type_with_a_name_is_none(module: str) -> None:
    cls = data(name="TypeAliasType", module=module, fields={"a": [INT]})
    posing = thing(cls, dict={"a": 1})
    if hasattr(importlib.import_module(module), "TypeAliasType"):
        # What is one lies there: no class of a file says that it is that.
        said = assert_refused_unheard(json.dumps(posing), "invalid_state", CODE)
        assert f"it says that it is `{module}:TypeAliasType`, which is something else" in said
        return
    assert persist.loads(json.dumps(posing), allow="made").a == 1
    for state in (node("model", fields={"a": [posing]}), data(fields={"a": [posing]})):
        said = assert_refused_unheard(json.dumps(state), "invalid_state", CODE)
        assert "a field's type is none" in said
    assert made.RAN == []


def noted(held: Any) -> dict[str, Any]:
    return {"lc": "generic", "id": "typing:Annotated", "args": [INT, held]}


def asked(name: str) -> dict[str, Any]:
    return noted({"lc": "object", "id": "made:Note", "dict": {name: RUN}})


HOOKED = noted({"lc": "object", "id": "made:Giver", "dict": {}})
TITLED = {"lc": "object", "id": "pydantic.fields:FieldInfo", "dict": {"field_title_generator": RUN}}
MANY = {"lc": "generic", "id": "builtins:list", "args": [HOOKED]}
BASE = node("model", fields={"a": [INT]}, annotations={"other": HOOKED})
RUNNING = {
    "a dataclass": data(fields={"a": [HOOKED]}),
    "a dataclass, further in": data(fields={"a": [MANY]}),
    "the default of a dataclass": data(fields={"a": [INT, {"default": TITLED}]}),
    "the metadata of a dataclass": data(
        fields={"a": [INT, {"metadata": {"field_title_generator": RUN}}]}
    ),
    "a named tuple": named(types={"a": HOOKED}),
    "the default of a named tuple": named(types={"a": INT}, defaults={"a": TITLED}),
    "an untyped default": named(fields=["a"], defaults={"a": TITLED}),
    "a typed dict": typed(by="typing_extensions", fields={"a": HOOKED}),
    "the title of a typed dict": typed(by="typing_extensions", fields={"a": noted(TITLED)}),
    "the base of a model": node("model", fields={"b": [INT]}, bases=[BASE]),
    "what tells a schema": asked("__get_pydantic_core_schema__"),
    "what shows a type": asked("__get_pydantic_json_schema__"),
    "what stands for others": asked("__is_annotated_types_grouped_metadata__"),
}
SAYING = dict.fromkeys(list(RUNNING)[-3:], "is no attribute that an instance may hold")
SAYING["the metadata of a dataclass"] = "a field says what none says of itself"


@pytest.mark.parametrize("name", RUNNING)
def test_what_a_model_is_made_of_runs_nothing_when_that_asks_it_for_a_schema(name: str) -> None:
    state = node("model", fields={"inner": [RUNNING[name]]})
    said = assert_refused_unheard(json.dumps(state), "invalid_state", CODE)
    assert made.RAN == []
    assert SAYING.get(name, "would run code at once") in said


def test_a_default_that_takes_forever_to_hash_is_refused() -> None:
    held: Any = (1,)
    for _ in range(60):
        held = (held, held)
    (state,) = json.loads(persist.dumps([held]))
    with pytest.raises(RebuildError, match="the default of a field holds too much to be hashed"):
        persist.loads(json.dumps(data(fields={"a": [INT, {"default": state}]})))
