"""Changed classes that list their fields in a way of their own: tuples, attrs, pydantic.v1."""

from __future__ import annotations

from typing import Any

import pytest
from test_class_changed import Case, check, outcomes_of

TUPLE = "from typing import NamedTuple\nclass Thing(NamedTuple):\n    a: int = 1\n    b: int = 2\n"
CLASSIC = (
    "from collections import namedtuple\nThing = namedtuple('Thing', 'a b', defaults=(1, 2))\n"
)
ATTRS = "import attr\n@attr.s(auto_attribs=True)\nclass Thing:\n    a: int = 1\n    b: int = 2\n"
SLOTS = "import attrs\n@attrs.define\nclass Thing:\n    a: int = 1\n    b: int = 2\n"
OLDER = "from pydantic import v1\nclass Thing(v1.BaseModel):\n    a: int = 1\n    b: int = 2\n"
CHECKED = OLDER + "    @v1.validator('a')\n    def check(cls, value):\n        return value\n"
ROOTED = OLDER + "    @v1.root_validator\n    def check(cls, values):\n        return values\n"
RULED = (
    "from pydantic import dataclasses as checked\n@checked.dataclass\n"
    "class Thing:\n    a: int = 1\n    b: int = 2\n"
)


FIRST, SECOND = "    a: int = 1\n", "    b: int = 2\n"


def lists(*names: str, but: str = "") -> str:
    """Returns what an error says of a class that has these fields by now.

    Args:
        but: What it says of those that it had.
    """
    shown = ", ".join(f"`{name}`" for name in names)
    return f"has changed since the state was written: its fields are {shown} now{but}"


OTHER_TYPE = "has changed: its field `b` holds what no finished instance does"


def changes(
    kind: str, before: str, same: dict[str, Any], retyped: str = OTHER_TYPE
) -> dict[str, Case]:
    """Returns what may happen to a class of two fields, each with the refusal it gives.

    Args:
        same: What an instance shows where its state is what was saved: its `__dict__`.
        retyped: What an error says of a value of another type.
    """
    return {
        f"{kind}: renamed": Case(
            before,
            before.replace("b: int", "c: int"),
            lists("a", "c", but=", `b` is gone, `c` is new"),
        ),
        f"{kind}: removed": Case(
            before, before.replace(SECOND, ""), lists("a", but=", `b` is gone")
        ),
        f"{kind}: added": Case(
            before, before + "    c: int = 3\n", same | {"c": 3} if same else {}
        ),
        f"{kind}: another type": Case(before, before.replace("b: int", "b: str"), retyped),
        f"{kind}: another default": Case(before, before.replace("= 2", "= 3"), same),
    }


def swapped(before: str) -> str:
    return before.replace(FIRST + SECOND, SECOND + FIRST)


CASES = {
    "named tuple: the same": Case(TUPLE, TUPLE + "    def run(self): return 1\n", {}),
    **changes("named tuple", TUPLE, {}),
    "named tuple: swapped": Case(
        TUPLE, swapped(TUPLE), lists("b", "a", but=", they were `a`, `b`")
    ),
    "named tuple: added in front": Case(
        TUPLE,
        TUPLE.replace(FIRST, "    c: int = 3\n" + FIRST),
        lists("c", "a", "b", but=", `c` is new"),
    ),
    "named tuple: added without a default": Case(
        "from typing import NamedTuple\nclass Thing(NamedTuple):\n    a: int\n",
        "from typing import NamedTuple\nclass Thing(NamedTuple):\n    a: int\n    b: int\n",
        lists("a", "b", but=", `b` is new"),
    ),
    "classic: swapped": Case(
        CLASSIC, CLASSIC.replace("'a b'", "'b a'"), lists("b", "a", but=", they were `a`, `b`")
    ),
    "classic: all renamed": Case(
        CLASSIC,
        CLASSIC.replace("'a b'", "'c d'"),
        lists("c", "d", but=", `a`, `b` are gone, `c`, `d` are new"),
    ),
    "classic: another default": Case(CLASSIC, CLASSIC.replace("(1, 2)", "(1, 3)"), {}),
    "attrs: the same": Case(ATTRS, ATTRS + "    def run(self): return 1\n", {"a": 5, "b": 2}),
    "attrs: swapped": Case(ATTRS, swapped(ATTRS), {"a": 5, "b": 2}),
    **changes("attrs", ATTRS, {"a": 5, "b": 2}),
    "attrs with slots: swapped": Case(SLOTS, swapped(SLOTS), {}),
    **changes("attrs with slots", SLOTS, {}),
    "pydantic.v1: the same": Case(OLDER, OLDER, {"a": 5, "b": 2}),
    "pydantic.v1: swapped": Case(OLDER, swapped(OLDER), {"a": 5, "b": 2}),
    **changes(
        "pydantic.v1", OLDER, {"a": 5, "b": 2}, "has changed: its constructor changes the field `b`"
    ),
    "pydantic.v1: a validator changes the value by now": Case(
        CHECKED,
        CHECKED.replace("return value", "return value + 1"),
        "its constructor changes the field `a`",
    ),
    "pydantic.v1: a root validator that takes the value changed": Case(
        ROOTED, ROOTED.replace("return values", "return dict(values)"), {"a": 5, "b": 2}
    ),
    "pydantic.v1: a root validator refuses by now": Case(
        ROOTED,
        ROOTED.replace("return values", "raise ValueError('no more')"),
        "its constructor refuses it: __root__: no more",
    ),
    "pydantic's dataclass: added": Case(
        RULED, RULED + "    c: int = 3\n", {"a": 5, "b": 2, "c": 3}
    ),
    "pydantic's dataclass: removed": Case(
        RULED, RULED.replace("    b: int = 2\n", ""), "it has no field `b` any more"
    ),
    "pydantic's dataclass: another type": Case(
        RULED, RULED.replace("a: int = 1", "a: str = 'x'"), "its constructor refuses it"
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return outcomes_of(CASES, tmp_path_factory.mktemp("listed"))


@pytest.mark.parametrize("name", CASES)
def test_a_change_of_listed_fields_is_noticed(name: str, outcomes: dict[str, Any]) -> None:
    check(CASES[name], outcomes[name])
