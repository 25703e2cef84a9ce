"""A comparison of a class with the one that was made anew of its parts.

Nothing is taken to be equal because it says so: what is compared is the very same thing, a plain
value, a type made of the very same, or is made of parts for which all of that is true again.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import operator
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from persist.state import forms, plans
from persist.state.held import attributes_of

__all__ = ["Likeness", "Pairs", "difference", "is_told"]

DERIVED = frozenset(
    {"__annotate_func__", "__annotations_cache__", "__dict__", "__doc__", "__firstlineno__"}
    | {"__module__", "__slotnames__", "__static_attributes__", "__weakref__"}
)
"""What is worked out from the rest of a class, by `copy` too, or says where it was made."""

BY_PARTS = (dataclasses.Field, getattr(dataclasses, "_DataclassParams"))  # noqa: B009


_One: Any = collections.namedtuple("_One", "it")

GETTERS = (type(_One.it), operator.attrgetter, operator.itemgetter)


Pairs = Sequence[tuple[Any, Any]]


def _none(cls: type) -> bool:
    return False


class Likeness:
    """Compares two classes, and whatever they hold, where one stands for the other."""

    def __init__(
        self,
        cls: Any = None,
        copy: Any = None,
        by_parts: Callable[[type], bool] = _none,
        others: Pairs = (),
    ) -> None:
        """Takes the two classes, where there are any.

        Args:
            by_parts: Says of which further classes objects are compared by their attributes.
            others: Classes that were made anew together with this one, each with its copy.
        """
        self._pair = (cls, copy)
        self._pairs = [self._pair, *others] if cls is not None else []
        self._by_parts = by_parts
        # What is shared is compared once. An id is kept from being another's.
        self._alike: dict[tuple[int, int], tuple[Any, Any]] = {}

    def __call__(self, one: Any, other: Any) -> bool:
        """Returns whether two things are the very same, or made of the very same."""
        if one is other or self._is_pair(one, other):
            return True
        if (id(one), id(other)) in self._alike:
            return True
        if type(one) is not type(other) or not self._are_of_same(one, other):
            return False
        self._alike[id(one), id(other)] = one, other
        return True

    def _are_of_same(self, one: Any, other: Any) -> bool:
        if isinstance(one, list | tuple) and type(one) in (list, tuple):
            return len(one) == len(other) and all(map(self, one, other))
        if isinstance(one, dict | types.MappingProxyType):
            return list(one) == list(other) and all(self(one[key], other[key]) for key in one)
        if type(one) in (set, frozenset) and all(type(item) is str for item in one | other):
            return bool(one == other)
        return self._is_alike(one, other)

    def _is_pair(self, one: Any, other: Any) -> bool:
        """Returns whether one is the class, or what slots have replaced of it, and so the other."""
        for cls, copy in self._pairs:
            if one is cls or other is copy:
                return one is cls and other is copy
        cls, copy = self._pair
        if not (isinstance(one, type) and isinstance(other, type)) or "__slots__" not in vars(cls):
            return False
        said = [(it.__module__, it.__qualname__) for it in (one, cls, other, copy)]
        return said[0] == said[1] and said[2] == said[3]

    def _is_alike(self, one: Any, other: Any) -> bool:
        if isinstance(one, classmethod | staticmethod):
            return self(one.__func__, other.__func__)
        if type(one) is types.FunctionType:
            return self._are_same_code(one, other)
        if type(one) in GETTERS:
            return self(one.__reduce__()[1], other.__reduce__()[1])
        if type(one) is types.MemberDescriptorType:
            return bool(one.__name__ == other.__name__)
        if type(one) in BY_PARTS or self._by_parts(type(one)):
            return self._parts(attributes_of(one), attributes_of(other))
        return plans.is_same(one, other) or (forms.is_type(one) and self._are_types(one, other))

    def _are_types(self, one: Any, other: Any) -> bool:
        return forms.alike(forms.rewritten(one, self._copy_of), other)

    def _copy_of(self, thing: Any) -> Any:
        return next((copy for cls, copy in self._pairs if cls is thing), thing)

    def _parts(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Compares attributes; the type of a field may have been told by text."""
        told = functools.partial(is_told, self)
        return list(one) == list(other) and all(
            (told if name == "type" else self)(one[name], other[name]) for name in one
        )

    def _are_same_code(self, one: Any, other: Any) -> bool:
        """Returns whether a library made both of two functions, in the same way."""
        code = one.__code__
        is_made = code.co_filename == other.__code__.co_filename and code == other.__code__
        return (
            is_made
            and (code is other.__code__ or code.co_filename.startswith("<"))
            and self(one.__defaults__, other.__defaults__)
            and self(one.__kwdefaults__, other.__kwdefaults__)
            and self(_captured(one), _captured(other))
        )


def _captured(function: Any) -> list[Any]:
    return [cell.cell_contents for cell in function.__closure__ or ()]


def is_told(like: Callable[[Any, Any], bool], one: object, other: object) -> bool:
    """Returns whether an annotation, maybe by text, says the type that another is."""
    return forms.has_text(one) or like(one, other)


def difference(
    like: Callable[[Any, Any], bool], cls: Any, copy: Any, aside: frozenset[str] = frozenset()
) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing.

    Args:
        like: Compares what both have under one name.
        aside: Names that are compared elsewhere.
    """
    one, other = vars(cls), vars(copy)
    for name in map(str, sorted((one.keys() | other.keys()) - DERIVED - aside)):
        if name == "__annotations__":
            told, again = one.get(name, {}), other.get(name, {})
            is_told_here = functools.partial(is_told, like)
            if list(told) != list(again) or not all(
                map(is_told_here, told.values(), again.values())
            ):
                return name
        elif name not in one or name not in other or not like(one[name], other[name]):
            return name
    return None if like(cls.__bases__, copy.__bases__) else "__bases__"
