"""Models of pydantic, both versions."""

from __future__ import annotations

from typing import Any

import program
import pydantic
from cases import Case
from records import (
    Anything,
    Area,
    Box,
    Callbacks,
    Child,
    Counted,
    Crate,
    Cup,
    Family,
    FrozenLabel,
    Kept,
    Label,
    Loose,
    Numbers,
    Old,
    OldBox,
    OldChild,
    OldLoose,
    OpenLabel,
    Own,
    Person,
    Plate,
    Renamed,
    Serialized,
    Shelf,
    Started,
    Still,
    Tree,
    Undeclared,
    Vault,
)


def touched() -> Person:
    made = Person(age=1)
    made._visits = 9
    made._trail.append(made.tags)
    return made


def set_and_unset() -> list[Person]:
    made = [Person(age=1, name=None), Person(age=1), Person(age=1, tags=[])]
    made[1].model_fields_set.add("nick")
    made[2].model_fields_set.discard("tags")
    return made


def extras() -> Loose:
    made = Loose(known=1, b=2, a=[3])
    made.c = made.a  # type: ignore[attr-defined]
    return made


def without_field() -> Person:
    made = Person(age=1)
    del made.__dict__["name"]
    return made


def no_privates() -> Person:
    made = Person.model_construct(age="not a number")
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def area() -> Area:
    made = Area(side=3)
    assert made.squared
    return made


def unset_private() -> Started:
    made = Started()
    made._open = [1]
    return made


def wrong_types() -> Person:
    made = Person(age=1)
    made.age = "text"  # type: ignore[assignment]
    made.__dict__["tags"] = (1, 2)
    return made


def old() -> Old:
    made = Old(a=1, b=[2])
    made._secret = 6
    return made


def counted() -> Counted:
    return Counted(text="a")


CASES: dict[str, Any] = {
    "fields": Case(lambda: Person(age=3, name="x", nickName=5), lambda it: it.model_dump_json()),
    "fields set": Case(
        set_and_unset, lambda it: [one.model_dump(exclude_unset=True) for one in it]
    ),
    "private attributes": touched,
    "a private attribute without a value": lambda: [Started(), unset_private()],
    "attributes that no class declares": Case(
        lambda: [Undeclared(size=3), *[one := Undeclared()], one], lambda it: it[0].see()
    ),
    "extras": Case(extras, lambda it: [it.b, it.model_extra]),
    "extras with odd names": lambda: Loose(**{"lc": 1, "a b": 2, "__lc_escaped__": {}}),
    "an excluded field": lambda: Person(age=1, hidden=[1]),
    "an aliased field": Case(lambda: Renamed(outer=3), lambda it: it.model_dump(by_alias=True)),  # type: ignore[call-arg]
    "a computed field": Case(lambda: Area(side=4), lambda it: it.model_dump()),
    "a cached property": area,
    "root models": lambda: [
        Numbers([1, 2]),
        Anything(Numbers([3])),
        Anything({"a": Person(age=1)}),
    ],
    "a generic": lambda: Box(content=[1]),
    "a parametrized generic": Case(lambda: Box[int](content=1), lambda it: type(it) is Box[int]),
    "a nested generic": Case(
        lambda: Box[Box[str]](content=Box[str](content="x")),
        lambda it: type(it.content) is Box[str],
    ),
    "a generic that extends one": lambda: Crate[int](content=1, weight=2),
    "a generic of a model": lambda: [Box[Person](content=Person(age=1)), Box[list[int]]],
    "an older generic": lambda: OldBox(content=[1]),
    "an older parametrized generic": Case(
        lambda: [OldBox[int](content=1), OldBox[int], OldBox[OldBox[str]]],
        lambda it: type(it[0]) is OldBox[int] is it[1] and it[2] is OldBox[OldBox[str]],
    ),
    "a generic of any": lambda: Box[Any](content={1: 2}),
    "a discriminated union": lambda: Shelf(things=[Cup(), Plate(width=3), {"kind": "plate"}]),  # type: ignore[list-item]
    "a subclass in a field": Case(
        lambda: Family(
            head=Child(age=1, school="s"), members=[Child(age=2)], by_name={"x": Child(age=3)}
        ),
        lambda it: it.head.school,
    ),
    "frozen": Case(lambda: {Still(value=1): Still(value=(2,))}, lambda it: it[Still(value=1)]),
    "construct with wrong types": lambda: Person.model_construct(age="x", name=5),
    "construct with leftovers": lambda: Person.model_construct(
        _fields_set={"age"}, age=1, tags=None
    ),
    "a field that is missing": without_field,
    "no private attributes at all": no_privates,
    "fields of wrong types": wrong_types,
    "validators that must not run": Case(counted, lambda it: it.text),
    "a constructor of its own": lambda: Own([Own(1)]),
    "a serializer of its own": Case(lambda: Serialized(value=3), lambda it: it.model_dump()),
    "secrets": Case(
        lambda: Vault(key="sk-0123456789abcdef"),  # type: ignore[arg-type]
        lambda it: it.key.get_secret_value(),
    ),
    "a tree": lambda: Tree(name="a", children=[Tree(name="b"), Tree(name="c")]),
    "functions and classes in fields": Case(
        lambda: Callbacks(function=program.double, cls=program.Plain), lambda it: it.function(4)
    ),
    "a dataclass of pydantic": lambda: [Label("a", tags=["t"]), Label(text="b", count=3)],
    "a frozen dataclass of pydantic": Case(lambda: FrozenLabel("x"), lambda it: {it: 1}[it]),
    "a dataclass of pydantic with extras": lambda: OpenLabel(text="x", more=[1]),  # type: ignore[call-arg]
    "version 1": Case(old, lambda it: it.dict(exclude_unset=True)),
    "version 1 with extras": lambda: OldLoose(a=2, z=[1]),  # type: ignore[call-arg]
    "version 1 that extends one": lambda: OldChild(a=1, c=Old(a=2)),
    "version 1 and 2 together": lambda: Anything(OldChild(a=1, c=Person(age=1))),
    "revalidated instances": lambda: Kept(inner=Cup.model_construct(price="cheap")),
    "a model in a set": lambda: {Still(value=1), Still(value="b")},
    "a model with attributes past its fields": lambda: past_fields(),
    "model classes": lambda: [Person, Child, Box, Label, Old, pydantic.BaseModel],
}


def past_fields() -> Area:
    made = area()
    object.__setattr__(made, "side", 5)
    return made
