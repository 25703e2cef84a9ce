"""Models of `pydantic.v1` made at run time: as classes, of objects, as what a tool takes."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar

import older
import persist
import pytest
from ears import assert_refused_unheard
from langchain_core.tools import StructuredTool
from pydantic.v1.fields import FieldInfo
from pydantic.v1.generics import GenericModel

import trips
from strict import assert_same

ALLOW = ("older", "datetime", "decimal")


def back(value: Any) -> Any:
    text = persist.dumps(value)
    read = persist.loads(text, allow=ALLOW)
    assert persist.dumps(read) == text
    return read


def outcome(cls: Any, given: Any) -> Any:
    """Returns what a class makes of what it is given, or how it refuses that."""
    try:
        made = cls(**given)
    except ValueError as error:
        return error.errors()  # type: ignore[attr-defined]
    return made.dict(), sorted(made.__fields_set__)


@pytest.mark.parametrize("name", older.MADE)
def test_a_class_comes_back_and_reads_as_before(name: str) -> None:
    make, good, bad = older.MADE[name]
    cls = make()
    one, again = back([cls, {"again": cls}])
    assert one is again["again"] is not cls
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        assert getattr(one, name) == getattr(cls, name)
    assert one.schema_json() == cls.schema_json()
    assert list(one.__fields__) == list(cls.__fields__)
    assert one.__annotations__.keys() == cls.__annotations__.keys()
    assert ("Config" in vars(one)) == ("Config" in vars(cls))
    assert outcome(one, good) == outcome(cls, good)
    assert type(outcome(cls, good)) is tuple
    if bad is not None:
        assert outcome(one, bad) == outcome(cls, bad)
        assert type(outcome(cls, bad)) is list


@pytest.mark.parametrize("name", older.MADE)
def test_an_object_comes_back_with_its_class(name: str) -> None:
    make, good, _ = older.MADE[name]
    cls = make()
    value = cls(**good)
    one, kind, again = back([value, cls, value])
    assert one is again
    assert type(one) is kind is not cls
    assert_same(vars(value), vars(one))
    assert one.__fields_set__ == value.__fields_set__
    assert type(one.__fields_set__) is set


def test_an_object_that_was_built_past_the_validation_comes_back() -> None:
    value = older.schema().construct(_fields_set={"limit"}, limit="no number", extra=[1])
    one = back(value)
    assert one.__dict__ == value.__dict__
    assert one.__fields_set__ == {"limit"}


def test_an_object_that_holds_itself_comes_back() -> None:
    value = older.schema()(query="abc", anything=None)
    value.anything = [value]
    one = back(value)
    assert one.anything[0] is one


def test_what_a_field_says_of_itself_comes_back() -> None:
    cls = older.schema()
    one = back(cls)
    for name, field in cls.__fields__.items():
        read = one.__fields__[name]
        assert repr(read) == repr(field)
        for slot in type(field.field_info).__slots__:
            assert getattr(read.field_info, slot) == getattr(field.field_info, slot), (name, slot)
    assert one.__fields__["on"].default_factory is older.today


def test_another_process_makes_the_classes_and_their_objects(tmp_path: Any) -> None:
    path = tmp_path / "older.json"
    made = {name: make() for name, (make, _, _) in older.MADE.items()}
    objects = {name: made[name](**good) for name, (_, good, _) in older.MADE.items()}
    metadata = persist.snapshot([made, objects], path)
    named = ["older:Part", "older:Size", "older:is_even", "older:today"]
    located = [f"older:validated.<locals>.Local.{name}" for name in ("agree", "is_positive")]
    assert metadata["needs"]["allow"] == sorted([*named, *located])
    code = """
import sys, persist
made, objects = persist.restore(sys.argv[1], allow=["older"])
import older
for name, (make, good, bad) in older.MADE.items():
    fresh = make()(**good)
    assert type(objects[name]) is made[name], name
    assert objects[name].dict() == fresh.dict() == made[name](**good).dict(), name
    assert objects[name].__fields_set__ == fresh.__fields_set__, name
    if bad is not None:
        try:
            made[name](**bad)
        except ValueError as error:
            pass
        else:
            raise AssertionError(name)
print(objects["extended"].greet(), objects["configured"].other)
"""
    assert trips.python(code, path, seed=3) == "hello 4 [1]\n"


def test_a_tool_is_called_by_its_schema_in_another_process(tmp_path: Any) -> None:
    path = tmp_path / "tool.json"
    tool = StructuredTool.from_function(older.call_tool, args_schema=older.arguments())
    persist.snapshot(tool, path)
    code = """
import sys, persist
tool = persist.restore(sys.argv[1], allow=["older"])
print(tool.invoke({"word": "ab"}), tool.invoke({"word": "c", "times": "3"}), tool.args["word"])
try:
    tool.invoke({"times": 1})
except ValueError as error:
    print(error.errors()[0]["type"])
"""
    shown = "abab ccc {'title': 'Word', 'description': 'w', 'type': 'string'}"
    assert trips.python(code, path, seed=3) == f"{shown}\nvalue_error.missing\n"


REFUSED = {
    "with_method": "is more than its fields say: `run`",
    "with_private": "is more than its fields say: `__private_attributes__`",
    "with_named_config": "is more than its fields say: `Config`",
    "with_coder": "is more than its fields say",
    "with_copied": "is more than its fields say",
    "with_other_validators": "is more than its fields say: `__fields__`",
    "of_itself": "has a type by text alone",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_more_than_its_fields_is_refused_by_its_path(name: str) -> None:
    made = getattr(older, name)()
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps({"a": [made]})
    assert raised.value.problems[0].path == "$.a[0]"
    assert REFUSED[name] in raised.value.problems[0].reason


CODE = "__import__('os').system('true')"
INT = {"lc": "class", "id": "builtins:int"}
RUN = {"lc": "function", "id": "older:run"}
UNDEFINED = {"lc": "constant", "id": "pydantic.v1.fields:Undefined"}
NO_INFO = dict.fromkeys(FieldInfo.__slots__)


def model(fields: Any, **members: Any) -> str:
    node = {"lc": "model", "name": "M", "module": "older", "by": "pydantic.v1", **members}
    return json.dumps({**node, "fields": fields})


def info(**said: Any) -> dict[str, Any]:
    slots = {**NO_INFO, "default": UNDEFINED, "repr": True, "allow_mutation": True, "extra": {}}
    return {"lc": "object", "id": "pydantic.v1.fields:FieldInfo", "slots": slots | said}


def noted(*metadata: Any) -> dict[str, Any]:
    return {"lc": "generic", "id": "typing:Annotated", "args": [INT, *metadata]}


def giver(name: str) -> dict[str, Any]:
    return {"lc": "object", "id": "older:Giver", "dict": {name: RUN}}


def config(settings: Any, **members: Any) -> dict[str, Any]:
    named = {"name": "Config", "module": "older", "qualname": "Config"}
    return {"config": {**named, "settings": settings, **members}}


COPIED = giver("__deepcopy__")
FUNC = {"func": RUN}
HELD = {"lc": "dataclass", "name": "D", "module": "older",
        "fields": {"x": [INT, {"default": COPIED}]}}  # fmt: skip

HOSTILE = [
    (model({"a": [CODE]}), "invalid_state"),
    (model({"a": [{"lc": "generic", "id": "builtins:list", "args": [CODE]}]}), "invalid_state"),
    (model({"a": [INT]}, annotations={"a": CODE}), "invalid_state"),
    (model({"a": [INT, COPIED]}), "invalid_state"),
    (model({"a": [INT, [COPIED]]}), "invalid_state"),
    (model({"a": [INT, giver("__validator_config__")]}), "invalid_state"),
    (model({"a": [INT, giver("__root_validator_config__")]}), "invalid_state"),
    (model({"a": [INT, RUN]}), "invalid_state"),
    (model({"a": [INT, info(default=COPIED)]}), "invalid_state"),
    (model({"a": [INT, info(extra={"x": COPIED})]}), "invalid_state"),
    (model({"a": [INT, info(default_factory=COPIED)]}), "invalid_state"),
    (model({"a": [INT, info(exclude=COPIED)]}), "invalid_state"),
    (model({"a": [INT, info(extra=1)]}), "invalid_state"),
    (model({"a": [INT, {**info(), "slots": {}}]}), "invalid_state"),
    (model({"a": [INT, info(other=1)]}), "invalid_state"),
    (model({"a": [noted(COPIED)]}), "invalid_state"),
    (model({"a": [noted(info(default=COPIED))]}), "invalid_state"),
    (model({"a": [{"lc": "generic", "id": "builtins:list", "args": [noted(1, COPIED)]}]}),
     "invalid_state"),
    (model({"a": [HELD]}), "invalid_state"),
    (model({"_a": [INT]}), "invalid_state"),
    (model({"__validators__": [INT]}), "bad_state_text"),
    (model({"__root__": [INT], "a": [INT]}), "bad_state_text"),
    (model({"__root__": [INT, COPIED]}), "invalid_state"),
    (model({"Config": [INT, 1]}), "invalid_state"),
    (model({"dict": [INT]}), "invalid_state"),
    (model({"a": [INT]}, **config({"json_encoders": {CODE: 1}})), "invalid_state"),
    (model({"a": [INT]}, **config({"alias_generator": RUN})), "invalid_state"),
    (model({"a": [INT]}, **config({"prepare_field": RUN})), "invalid_state"),
    (model({"a": [INT]}, **config({"getter_dict": INT})), "invalid_state"),
    (model({"a": [INT]}, **config({"title": RUN})), "invalid_state"),
    (model({"a": [INT]}, settings={"extra": "no"}), "invalid_state"),
    (model({"a": [INT]}, settings={"metaclass": INT}), "invalid_state"),
    (model({"a": [INT]}, settings={"json_dumps": RUN}), "invalid_state"),
    (model({"a": [INT]}, **config({"extra": "allow"}), settings={"frozen": True}), "invalid_state"),
    (model({"a": [INT]}, **config([])), "invalid_state"),
    (model({"a": [INT]}, **config({}, prepare_field=RUN)), "bad_state_text"),
    (model({"a": [INT]}, **config({}, given=1)), "bad_state_text"),
    (model({"a": [INT]}, **config({}, module=INT)), "bad_state_text"),
    (model({"a": [INT]}, config=None), "bad_state_text"),
    (model({"a": [INT]}, settings=None), "invalid_state"),
    (model({"a": [INT]}, bases=[INT]), "invalid_state"),
    (model({"a": [INT]}, bases=[]), "bad_state_text"),
    (model({"greet": [INT, 1]}, bases=[{"lc": "class", "id": "older:Part"}]), "invalid_state"),
    (model({"a": [INT]}, validators={"_b": FUNC}), "invalid_state"),
    (model({"a": [INT]}, validators={"__init__": FUNC}), "bad_state_text"),
    (model({"a": [INT]}, validators={"dict": FUNC}), "invalid_state"),
    (model({"a": [INT, 1]}, validators={"a": FUNC}), "invalid_state"),
    (model({"a": [INT]}, validators={"b": {"func": COPIED}}), "invalid_state"),
    (model({"a": [INT]}, validators={"b": {}}), "invalid_state"),
    (model({"a": [INT]}, validators={"b": {**FUNC, "always": True}}), "bad_state_text"),
    (model({"a": [INT]}, validators={"b": {**FUNC, "fields": [], "pre": True}}), "bad_state_text"),
    (model({"a": [INT]}, validators={"b": {**FUNC, "fields": ["a"], "pre": 1}}), "bad_state_text"),
    (model({"a": [INT]}, validators={"b": {**FUNC, "fields": ["c"]}}), "invalid_state"),
    (model({"a": [INT]}, validators=[]), "bad_state_text"),
    (model({"a": [INT]}, recursive=["a"]), "bad_state_text"),
    (model({"a": [INT]}, by="pydantic.v2"), "bad_state_text"),
    (model({"a": [INT]}, by="os"), "bad_state_text"),
    (model({"a": INT}), "bad_state_text"),
    (model({"a": [INT, 1, 2]}), "bad_state_text"),
    (model([]), "bad_state_text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), HOSTILE)
def test_a_hostile_class_is_refused_and_its_text_never_run(text: str, kind: str) -> None:
    older.RAN.clear()
    assert_refused_unheard(text, kind, CODE, allow=("older", "builtins"))
    assert older.RAN == []


MODEL = json.loads(model({"a": [INT, 1]}))

OBJECTS = [
    ({"dict": {"a": 1}}, "invalid_state"),
    ({"dict": {"a": 1}, "slots": {"__fields_set__": [1]}}, "invalid_state"),
    ({"dict": {"a": 1}, "slots": {"__fields_set__": {"lc": "set", "v": [1]}}}, "invalid_state"),
    ({"dict": {"dict": RUN}, "slots": {"__fields_set__": {"lc": "set", "v": []}}},
     "invalid_state"),
    ({"dict": {"__class__": INT}, "slots": {"__fields_set__": {"lc": "set", "v": []}}},
     "invalid_state"),
    ({"dict": {}, "state": {}}, "invalid_state"),
    *(
        ({"dict": {"a": 1, name: RUN}, "slots": {"__fields_set__": {"lc": "set", "v": []}}},
         "invalid_state")
        for name in ("__config__", "__fields__", "__custom_root_type__", "Config")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("members", "kind"), OBJECTS)
def test_a_hostile_object_is_refused(members: dict[str, Any], kind: str) -> None:
    text = json.dumps({"lc": "object", "class": MODEL, **members})
    assert_refused_unheard(text, kind, CODE, allow=("older", "builtins"))


@pytest.mark.parametrize("name", ["list", "tuple", "dict"])
def test_a_default_that_takes_forever_to_copy_is_refused(name: str) -> None:
    held: Any = (1,)
    for _ in range(60):
        held = {"a": held, "b": held} if name == "dict" else (held, held)
    if name == "list":
        held = []
        held.append(held)
    state = json.loads(persist.dumps([held]))[0]
    said = assert_refused_unheard(model({"a": [INT, state]}), "invalid_state", CODE, "older")
    reason = "the default of a field holds too much to be hashed"
    assert (reason if name != "list" else "the field `a` would run code at once") in said


def test_a_text_is_the_same_under_any_order_of_sets() -> None:
    code = "import older, persist; print(persist.dumps(older.by_many()))"
    assert trips.python(code, seed=1) == trips.python(code, seed=2) == trips.python(code, seed=4)


def named(**attributes: Any) -> Any:
    """Returns the node of an object of a model with a name."""
    node = json.loads(persist.dumps(older.Part(number=3)))
    node["dict"] |= attributes
    return node


CONFIG = {"lc": "class", "id": "older:Part"}
SET = {"lc": "set", "v": ["number"]}

NAMED = [
    named(__config__=CONFIG),
    named(__fields__={}),
    named(__validators__={}),
    named(Config=CONFIG),
    named(dict=RUN),
    named(greet=RUN),
    named(__class__=CONFIG),
    named() | {"slots": {"__fields_set__": [1]}},
    named() | {"slots": {"__fields_set__": {"lc": "set", "v": [1]}}},
    named() | {"slots": {"__fields_set__": SET, "__class__": CONFIG}},
    named() | {"slots": {"__fields_set__": SET, "__dict__": {}}},
    named() | {"slots": {}},
]


@pytest.mark.parametrize("node", NAMED)
def test_an_object_of_a_named_model_takes_nothing_of_its_class_from_a_file(node: Any) -> None:
    with pytest.raises(persist.RebuildError) as raised:
        persist.loads(json.dumps([node]), allow=ALLOW)
    assert raised.value.kind == "invalid_state"


STATE = {"__dict__": {"number": 3, "label": None}, "__fields_set__": SET}


@pytest.mark.parametrize(
    "state",
    [
        STATE | {"__dict__": {"number": 3, "__config__": CONFIG}},
        STATE | {"__private_attribute_values__": {"__config__": CONFIG}},
        STATE | {"__private_attribute_values__": {"__class__": CONFIG}},
        STATE | {"__fields_set__": [1]},
    ],
)
def test_a_named_model_is_not_handed_a_state_of_a_file(state: Any) -> None:
    node = {"lc": "object", "id": "older:Part", "state": state}
    with pytest.raises(persist.PersistError):
        persist.loads(json.dumps([node]), allow=ALLOW)


def test_an_object_of_a_named_model_is_refused_if_it_hides_what_its_class_has() -> None:
    value = older.Part(number=3)
    value.__dict__["__config__"] = older.Part
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([value])
    assert "it hides its class's `__config__`" in raised.value.problems[0].reason


def test_a_model_with_hooks_of_its_own_hides_nothing_either() -> None:
    text = persist.dumps([older.Counted(number=3)])
    assert persist.loads(text, allow=ALLOW) == [older.Counted(number=3)]
    for hostile in ('"__config__":{"lc":"class","id":"older:Part"}', '"dict":1'):
        changed = text.replace('"number":3', f'"number":3,{hostile}')
        with pytest.raises(persist.RebuildError) as raised:
            persist.loads(changed, allow=ALLOW)
        assert raised.value.kind == "invalid_state"


T = TypeVar("T")
U = TypeVar("U")


class Page(GenericModel, Generic[T]):
    items: list[T]


class Pair(GenericModel, Generic[T, U]):
    one: T
    two: U


FILLED: dict[str, Any] = {
    "one argument": lambda: Page[int](items=[1]),
    "in itself": lambda: Page[Page[int]](items=[Page[int](items=[2])]),
    "a map": lambda: Page[dict[str, int]](items=[{"a": 1}]),
    "two arguments": lambda: Pair[int, str](one=1, two="x"),
    "a variable": lambda: Pair[int, U](one=1, two="x"),
}


@pytest.mark.parametrize("name", FILLED)
def test_a_generic_comes_back_as_the_very_class(name: str) -> None:
    made = FILLED[name]()
    for it in (made, type(made), [type(made), made, made]):
        read = persist.loads(persist.dumps(it), allow=__name__)
        assert read == it
    assert type(persist.loads(persist.dumps(made), allow=__name__)) is type(made)


FRESH = """
import persist, sys
made, cls = persist.loads(sys.argv[1], allow=sys.argv[2])
assert type(made) is cls and cls.__module__ == sys.argv[2], cls.__module__
print(cls.__name__, made.items, sorted(made.__fields_set__))
try:
    cls(items=["no number"])
except ValueError:
    print("refused")
"""


def test_another_process_makes_a_generic_of_its_arguments() -> None:
    text = persist.dumps([Page[int](items=[1]), Page[int]])
    printed = trips.python(FRESH, text, __name__)
    assert printed.splitlines() == ["Page[int] [1] ['items']", "refused"]


def test_a_generic_that_no_name_leads_to_is_refused_when_it_is_saved() -> None:
    class Local(GenericModel, Generic[T]):
        items: list[T]

    for made in (Local[int](items=[1]), Pair[int, U][str](one=1, two="x")):
        with pytest.raises(persist.CaptureError, match="no name leads to"):
            persist.dumps(made)
