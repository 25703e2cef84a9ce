"""What an instance of a pydantic model may hold beside its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from persist.adapters._row import Row
from persist.adapters._tables import is_listed, maker_of, rows_over
from persist.state import plans
from persist.state.record import Record

__all__ = ["Beside", "beside_of", "private_attributes"]


class Beside(Record):
    """Which attributes an instance may hold beside its fields."""

    names: frozenset[str] = frozenset()
    """Cached properties, and what the row of the class lists."""
    is_open: bool = False
    """Also underscored names that the class does not declare: pydantic takes those from anyone.

    Of the classes in a table none is open: what they read of themselves was reviewed.
    """
    private: frozenset[str] = frozenset()
    """Private attributes that a program's class has beside those of the class that makes it."""
    taken: frozenset[str] | None = None
    """What the class and its bases have: all other names may be held too. `None`: no more names."""
    may_be_called: bool = False
    """What stands under one of those may be something to call."""

    @property
    def open(self) -> tuple[frozenset[str] | None, bool] | None:
        """The same as a plan says it."""
        return (self.taken, self.may_be_called) if self.is_open else None

    def may_hold(self, cls: Any, name: str, value: object) -> bool:
        """Returns whether an instance of the class may hold this attribute."""
        if name in self.names or not self.is_open:
            return name in self.names
        if is_plain(name):
            is_free = self.taken is not None and name not in self.taken
            return is_free and (self.may_be_called or not callable(value))
        is_undeclared = not name.startswith("__") and name not in cls.__private_attributes__
        return is_undeclared and name not in plans.forbidden_names(cls, set())

    def undeclared(self, names: Iterable[str]) -> list[str]:
        """Returns those of the names of attributes, none a field, that a node says twice."""
        return [name for name in names if is_plain(name) and name not in self.names]


def is_plain(name: str) -> bool:
    """Returns whether a name is one that pydantic takes for a field or for nothing."""
    return not name.startswith("_") and not any("\ud800" <= letter <= "\udfff" for letter in name)


def beside_of(cls: type, row: Row | None) -> Beside:
    """Returns which attributes an instance of a model may hold beside its fields."""
    listed = () if row is None else row.own
    if is_listed(row):
        return Beside(plans.cached_names(cls).union(listed))
    maker, private = maker_of(cls), frozenset[str]()
    if row is not None:
        private = frozenset(private_attributes(cls)).difference(private_attributes(maker))
    # What a listed base looks for among the attributes was reviewed of its own instances alone.
    extends = any(it.name.partition(".")[0] != "pydantic" for it in rows_over(cls))
    taken = _taken(cls) if maker is cls else None
    return Beside(plans.cached_names(cls).union(listed), True, private, taken, not extends)


def _taken(cls: Any) -> frozenset[str]:
    found = plans.forbidden_names(cls, set()).union(*map(vars, cls.__mro__))
    return found.union(getattr(cls, "__class_vars__", ()))


def private_attributes(cls: type) -> Mapping[str, Any]:
    """Returns what a model declares of its private attributes."""
    # `BaseModel` itself lacks what all have that extend it.
    held: Mapping[str, Any] = getattr(cls, "__private_attributes__", {})
    return held
