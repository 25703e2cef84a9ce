"""Objects come back with all their state: attributes, slots, fields set, extras, private ones."""

from __future__ import annotations

import pickle
from typing import Any

import persist
import pytest
from persist import MissingSecretError

import things
from models import Anything, Area, Child, Loose, Numbers, Person, Renamed, Still, Vault
from strict import assert_same
from things import (
    Bits,
    Blob,
    Card,
    Color,
    Computed,
    Count,
    Frozen,
    FrozenSlim,
    Node,
    Outer,
    Plain,
    Rank,
    Redeclared,
    Right,
    Shade,
    Slim,
    SlimText,
    Slotted,
    SlottedMore,
    Text,
    Weight,
)
from trips import there_and_back


def slotted(**values: Any) -> Slotted:
    thing = Slotted()
    for name, value in values.items():
        setattr(thing, name, value)
    return thing


def hidden() -> Slotted:
    thing = slotted(one=1)
    thing.hide([thing])
    return thing


def redeclared() -> Redeclared:
    thing = Redeclared()
    thing.one, thing.two, thing.three = [1], 2, thing
    return thing


def with_hidden_slot() -> Redeclared:
    thing = redeclared()
    vars(Slotted)["one"].__set__(thing, thing.one)
    return thing


def slots_and_dict() -> SlottedMore:
    thing = SlottedMore()
    thing.three, thing.one, thing.other = 3, [1], {"a": 1}
    return thing


def without(thing: Any, *names: str) -> Any:
    for name in names:
        delattr(thing, name)
    return thing


def computed() -> Computed:
    thing = Computed()
    assert thing.squares == [4]
    return thing


def beside_its_fields() -> Card:
    card = Card("hearts")
    card.extra = [1]  # type: ignore[attr-defined]
    return card


def frozen_with_more() -> Frozen:
    thing = Frozen(1)
    object.__setattr__(thing, "more", 2)
    return thing


def text_with_attributes() -> Text:
    text = Text("a\ud800")
    text.one, text.two = [1], {"lc": 1}  # type: ignore[attr-defined]
    return text


OBJECTS: dict[str, Any] = {
    "a plain object": Plain(b=1, a=[2], _private=3),
    "an empty object": Plain(),
    "a nested class": Outer.Inner(),
    "odd attribute names": Plain(**{"": 1, "a b": 2, "lc": 3, "é": 4, "__x": 5}),
    "slots": slotted(one=1, two=[2]),
    "empty slots": Slotted(),
    "one slot": slotted(two=None),
    "a hidden slot": hidden(),
    "a slot declared again": redeclared(),
    "a slot that one of its name hides": with_hidden_slot(),
    "slots and a dict": slots_and_dict(),
    "a dataclass": Card("hearts", [1]),
    "a dataclass with more": beside_its_fields(),
    "a dataclass without a field": without(Card("hearts"), "suit"),
    "a slim dataclass": Slim(1, [2]),
    "a slim dataclass without a field": without(Slim(1), "left"),
    "a frozen dataclass": Frozen(1, (2,)),
    "a frozen dataclass with more": frozen_with_more(),
    "a frozen slim dataclass": FrozenSlim({"a": 1}),
    "a dataclass hashed by identity": Node([Node()]),
    "a cached property": computed(),
    "a text": Text("a"),
    "a text with attributes": text_with_attributes(),
    "an empty text": Text(""),
    "a slim text": SlimText("a"),
    "a count": Count(10**30),
    "a weight": Weight("nan"),
    "a blob": Blob(b"\x00"),
    "an enumeration": [Color.RED, Color.CRIMSON, Color.GREEN],
    "a text enumeration": {Shade.DARK: Shade.DARK},
    "a number enumeration": [Rank.LOW, 1],
    "flags": [Right.READ, Right.READ | Right.WRITE, Right(0)],
    "number flags": [Bits.ONE | Bits.TWO, Bits(8), Bits(0)],
}


@pytest.mark.parametrize("value", OBJECTS.values(), ids=OBJECTS)
def test_an_object_comes_back(value: Any) -> None:
    there_and_back(value)
    there_and_back({"k": [value, value]})


def test_a_member_of_an_enumeration_is_the_member() -> None:
    back = there_and_back([Color.RED, Shade.DARK, Right.READ])
    assert back[0] is Color.RED
    assert back[1] is Shade.DARK
    assert back[2] is Right.READ


def test_no_constructor_and_no_post_init_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    thing, card = Plain(a=1), Card("hearts")
    text = persist.dumps([thing, card])

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a constructor ran")

    monkeypatch.setattr(Plain, "__init__", refuse)
    monkeypatch.setattr(Card, "__init__", refuse)
    back = persist.loads(text, allow=["things"])
    assert vars(back[0]) == {"a": 1}
    assert back[1].rank == things.DATACLASS_DEFAULT


def private() -> Person:
    person = Person(age=1)
    person._visits = 9
    person._trail.append(person)
    return person


def reordered() -> Person:
    person = Person(age=1)
    held = dict(reversed(vars(person).items()))
    vars(person).clear()
    vars(person).update(held)
    return person


def with_fields_set(*names: str) -> Person:
    person = Person(age=1)
    object.__setattr__(person, "__pydantic_fields_set__", set(names))
    return person


def raw(name: str, value: Any, thing: Any = None) -> Any:
    thing = Loose(more=1) if thing is None else thing
    object.__setattr__(thing, name, value)
    return thing


def squared() -> Area:
    area = Area(side=3)
    assert area.squared == [9]
    return area


MODELS: dict[str, Any] = {
    "a model": Person(age=1),
    "a default that was set": Person(age=1, name=None),
    "all fields": Person(age=1, name="x", tags=[1], traits={}, nickName=8),
    "an alias": Person(age=1, nickName=7),
    "an excluded field": Person(age=1, hidden=[Plain()]),
    "another alias": Renamed(outer=1),
    "a model by its own names": Renamed(inner=2),
    "private attributes": private(),
    "a deleted private attribute": without(Person(age=1), "_visits"),
    "all private attributes deleted": without(Person(age=1), "_visits", "_trail"),
    "a derived model": Child(age=1, school=Person(age=2)),
    "extras": Loose(a=1, lc=2, known=[1]),
    "no extras": Loose(),
    "extras named as in the text": Loose(dict=1, set=2, private=3, extra=4, ref=5),
    "extras that are null": raw("__pydantic_extra__", None),
    "private attributes that are null": raw("__pydantic_private__", None, Person(age=1)),
    "a frozen model": Still(value=[1]),
    "a frozen model as key": {Still(value=1): Still(value=(2,))},
    "a root model": Numbers([1, 2]),
    "a root of anything": Anything({"lc": Anything(None)}),
    "a cached property of a model": squared(),
    "a model of unchecked values": Person.model_construct(age="old", name=3),
    "a model without its required field": Person.model_construct(),
    "a model of chosen fields": Person.model_construct({"name"}, name="x", age=2),
    "a model without a field": without(Person(age=1), "tags"),
    "unchecked extras": Loose.model_construct(other=[1]),
    "attributes in another order": reordered(),
    "no fields set": with_fields_set(),
    "fields set that are defaults": with_fields_set("name", "tags"),
    "a field set that is none": with_fields_set("age", "nothing"),
    "values that only equal the default": Person.model_construct(age=True, nick=7.0, name=None),
    "a copy": Person(age=1).model_copy(update={"age": 2, "nick": 7}),
}


@pytest.mark.parametrize("value", MODELS.values(), ids=MODELS)
def test_a_model_comes_back(value: Any) -> None:
    there_and_back(value)
    there_and_back({"k": (value, value)})


def test_a_model_is_what_pickle_would_give() -> None:
    for value in MODELS.values():
        assert_same(pickle.loads(pickle.dumps(value)), there_and_back(value))


def test_no_validator_runs_when_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = persist.dumps(Person.model_construct(age="not a number"))

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a constructor ran")

    monkeypatch.setattr(Person, "__init__", refuse)
    assert persist.loads(text, allow=["models"]).age == "not a number"


def test_a_restored_model_works() -> None:
    back = there_and_back(Person(age=1, tags=["a"], nickName=3))
    assert back.model_dump(exclude_unset=True) == {"age": 1, "tags": ["a"], "nick": 3}
    assert Person.model_validate(back.model_dump(by_alias=True)) == Person(
        age=1, tags=["a"], nickName=3
    )
    assert there_and_back(Numbers([1])).root == [1]


def test_a_secret_of_a_model_is_left_out_and_given_back() -> None:
    vault = Vault(key="open sesame", blob=b"\x00\xff")
    text = persist.dumps(Vault(key="open sesame"))
    assert "open sesame" not in text
    with pytest.raises(MissingSecretError) as raised:
        persist.loads(text, allow=["models"])
    (name,) = raised.value.names
    assert name == "Vault.key"
    back = persist.loads(text, allow=["models"], secrets_map={name: "open sesame"})
    assert back.key.get_secret_value() == "open sesame"
    kept = persist.loads(persist.dumps(vault, secrets="keep"), allow=["models"])
    assert (kept.key, kept.blob) == (vault.key, vault.blob)
