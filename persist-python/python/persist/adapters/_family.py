"""Classes made at run time that hold each other: in the types of their fields, or as their bases.

None of them is there before the others are, so all are written at once, as a family. In the types
of its members something else stands for each of them.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import GenericAlias
from typing import Any

from persist.adapters import _notes
from persist.state import forms, names, problems
from persist.state.record import Record

__all__ = [
    "MAX_CLASSES",
    "Family",
    "as_any",
    "bases_of",
    "by_bases",
    "by_text",
    "families",
    "mentioned",
    "stand",
    "swapped",
    "whole",
]

MAX_CLASSES = 16
"""Classes of one family: pydantic goes through all of them for each, and into depth."""

NOWHERE = "_persist_has_not_made_it_yet"

_HOLDERS = ("fields", "annotations")


class Family(Record):
    """Classes that hold each other: those that others extend come first."""

    classes: tuple[Any, ...]


def stand(at: int) -> Any:
    """Returns what stands for a class of a family, by its place: a type of what nobody makes."""
    return GenericAlias(tuple, (type(NotImplemented), typing.Literal[at]))


def place_of(thing: Any) -> int | None:
    """Returns the place of the class that a thing stands for, None where it stands for none."""
    if type(thing) is not GenericAlias or thing.__origin__ is not tuple:
        return None
    kind, *rest = thing.__args__ or (None,)
    is_stand = kind is type(NotImplemented) and len(rest) == 1
    values = typing.get_args(rest[0]) if is_stand else ()
    return values[0] if len(values) == 1 and type(values[0]) is int else None


def whole(made: list[Any], thing: Any) -> Any:
    """Returns the class that a thing stands for, the thing where it stands for none.

    Raises:
        Malformed: There is no such class, or not yet.
    """
    at = place_of(thing)
    if at is None:
        return thing
    if not 0 <= at < len(made):
        raise problems.Malformed("a member of a node `family` holds what is none of it")
    return made[at]


def as_any(thing: Any) -> Any:
    """Returns any type for what stands for a class, the thing where it stands for none."""
    return thing if place_of(thing) is None else typing.Any


def by_text(thing: Any) -> Any:
    """Returns text for what stands for a class, the thing where it stands for none.

    It leads nowhere, and makes pydantic wait for what it will be replaced by.
    """
    return thing if place_of(thing) is None else typing.ForwardRef(NOWHERE)


def mentioned(types: Iterable[Any], is_made: Callable[[Any], bool]) -> list[Any]:
    """Returns the classes made at run time that types are made of."""
    kinds = (kind for annotation in types for kind, _ in _notes.parts_of(annotation))
    found = (it for it in kinds if isinstance(it, type) and is_made(it))
    return list({id(it): it for it in found if names.name_of(it) is None}.values())


def families(cls: Any, held: Callable[[Any], list[Any]]) -> list[list[Any]]:
    """Returns the classes that a class leads to, those that lead to each other together.

    Args:
        held: Returns what a class holds.
    """
    search = _Search(held)
    search.run(cls)
    return search.found


class _Search:
    """Tarjan's search for what lies on circles, over a stack of its own."""

    def __init__(self, held: Callable[[Any], list[Any]]) -> None:
        self._held = held
        self._lowest: dict[int, int] = {}
        self._open: dict[int, Any] = {}
        self._path: list[tuple[Any, int, Iterator[Any]]] = []
        self.found: list[list[Any]] = []

    def run(self, cls: Any) -> None:
        self._enter(cls)
        while self._path:
            one, order, rest = self._path[-1]
            other = next(rest, None)
            if other is None:
                self._leave(one, order)
            elif id(other) not in self._lowest:
                self._enter(other)
            elif id(other) in self._open:
                self._lower(one, self._lowest[id(other)])

    def _enter(self, cls: Any) -> None:
        order = self._lowest[id(cls)] = len(self._lowest)
        self._open[id(cls)] = cls
        self._path.append((cls, order, iter(self._held(cls))))

    def _lower(self, cls: Any, order: int) -> None:
        self._lowest[id(cls)] = min(self._lowest[id(cls)], order)

    def _leave(self, cls: Any, order: int) -> None:
        self._path.pop()
        if self._path:
            self._lower(self._path[-1][0], self._lowest[id(cls)])
        if self._lowest[id(cls)] == order:
            inside = list(self._open)
            group = inside[inside.index(id(cls)) :]
            self.found.append([self._open.pop(it) for it in group])


def bases_of(cls: Any) -> tuple[Any, ...]:
    """Returns what a class was made of: of a typed dict, its class keeps that apart."""
    return tuple(vars(cls).get("__orig_bases__", cls.__bases__))


def by_bases(classes: list[Any]) -> list[Any]:
    """Returns the classes in their order, but none before one that it extends."""
    placed: list[Any] = []
    while len(placed) < len(classes):
        waiting = [it for it in classes if not any(it is done for done in placed)]
        placed.append(next(it for it in waiting if not _is_among(bases_of(it), waiting)))
    return placed


def _is_among(bases: tuple[Any, ...], waiting: list[Any]) -> bool:
    return any(base is it for base in bases for it in waiting)


def swapped(parts: Mapping[str, Any], swap: Callable[[Any], Any]) -> dict[str, Any]:
    """Returns the parts of a class with other things in its types, and among its bases."""
    made = dict(parts)
    for member in _HOLDERS:
        if type(made.get(member)) is dict:
            made[member] = {name: _in_row(it, swap) for name, it in made[member].items()}
    if type(made.get("bases")) is list:
        made["bases"] = [swap(base) for base in made["bases"]]
    return made


def _in_row(row: Any, swap: Callable[[Any], Any]) -> Any:
    if type(row) is list and row:
        return [forms.rewritten(row[0], swap), *row[1:]]
    return forms.rewritten(row, swap)
