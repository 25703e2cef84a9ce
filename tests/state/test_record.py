"""Records: named tuples that are made without compiling anything."""

from __future__ import annotations

import re
from typing import Any

import pytest
from persist.state.record import Record


class Parcel(Record):
    """Something with fields of every kind."""

    cls: object
    weight: int
    """In grams."""
    stamps: tuple[str, ...] = ()
    is_open: bool = False

    def twice(self) -> int:
        return 2 * self.weight


def test_a_record_is_a_tuple_whose_elements_have_names() -> None:
    parcel = Parcel("a", 3, ("b",), True)
    assert tuple(parcel) == ("a", 3, ("b",), True)
    assert (parcel.cls, parcel.weight, parcel.stamps, parcel.is_open) == tuple(parcel)
    assert parcel == Parcel("a", 3, ("b",), True)
    assert hash(parcel) == hash(tuple(parcel))
    assert parcel.twice() == 6


@pytest.mark.parametrize(
    "parcel",
    [
        Parcel("a", 3),
        Parcel("a", weight=3),
        Parcel(weight=3, cls="a"),
        Parcel("a", 3, is_open=False),
    ],
)
def test_fields_left_out_have_their_defaults(parcel: Parcel) -> None:
    assert parcel == ("a", 3, (), False)


def test_a_field_by_name_leaves_those_between_at_their_default() -> None:
    assert Parcel("a", 3, is_open=True) == ("a", 3, (), True)


def test_a_replaced_field_leaves_the_record_as_it_was() -> None:
    parcel = Parcel("a", 3)
    assert parcel._replace(is_open=True, cls="b") == ("b", 3, (), True)
    assert parcel == ("a", 3, (), False)


def test_a_field_cannot_be_set() -> None:
    with pytest.raises(AttributeError):
        Parcel("a", 3).weight = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        (("a",), {}),
        (("a",), {"stamps": ()}),
        (("a", 3, (), False, 5), {}),
        (("a", 3), {"colour": "red"}),
        (("a",), {"colour": "red"}),
        (("a", 3), {"cls": "b"}),
    ],
)
def test_what_lacks_a_field_or_has_another_is_no_record(
    values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    said = re.escape("`Parcel` is made of cls, weight, stamps, is_open")
    with pytest.raises(TypeError, match=f"^{said}$"):
        Parcel(*values, **named)
