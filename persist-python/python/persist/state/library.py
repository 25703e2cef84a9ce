"""Classes that extend one of the standard library which says itself how it is pickled.

Such a hook gives what its own class is made of. What a subclass asks for, or does with that, it
does not know: so instances are read and made by the code of the class that is extended.
"""

from __future__ import annotations

import _random
import array
import collections
import copyreg
import functools
import sys
from collections.abc import Callable, Mapping
from types import BuiltinMethodType
from typing import Any

__all__ = ["is_of_library", "make_of", "owner_of", "take_of"]

Take = Callable[[Any], tuple[Any, ...]]
"""`take(value)`: the class and what it is made of, as a pickling hook gives them."""

Make = Callable[[Any, tuple[Any, ...], dict[str, Any] | None], Any]
"""`make(cls, given, named)`: an instance of what a hook gave."""

HOOKS = frozenset({"__reduce__", "__reduce_ex__"})

QUIET: dict[str, type] = {"collections:Counter": dict, "random:Random": _random.Random}
"""Classes whose own `__init__` calls methods that a subclass may have: what makes them without."""

AS_TEXT = frozenset({"decimal:Decimal", "ipaddress:_IPAddressBase"})
"""Classes whose hook gives `str(value)`, which a subclass may show in another way."""


SPENT: Mapping[type, Callable[[], tuple[Any, ...]]] = {
    type(reversed([])): lambda: (reversed, ([],)),
    type(iter(b"")): lambda: (iter, (b"",), 0),
    type(iter(bytearray())): lambda: (iter, (bytearray(),), 0),
    type(iter(array.array("b"))): lambda: (iter, (array.array("b"),), 0),
    # That over nothing is one over ASCII.
    type(iter("\x80")): lambda: (iter, ("\x80",), 1),
}
"""Iterators that at their end say they are of another class, and what makes one at its end."""


def is_of_library(cls: type) -> bool:
    """Returns whether a class belongs to the standard library."""
    return cls.__module__.partition(".")[0] in sys.stdlib_module_names


def owner_of(cls: type) -> type | None:
    """Returns the class of the standard library whose hook takes instances apart, or None."""
    if cls in copyreg.dispatch_table:
        return None
    owner = next((base for base in cls.__mro__[:-1] if vars(base).keys() & HOOKS), object)
    return owner if owner is not object and is_of_library(owner) else None


def take_of(cls: type) -> Take | None:
    """Returns what takes instances apart, or None.

    There is something where a hook would ask methods of a subclass, or names another class.
    """
    if cls in SPENT:
        return functools.partial(_unless_spent, SPENT[cls])
    owner, base = owner_of(cls), _extended(cls)
    if owner is None or base is None:
        return None
    if owner is collections.Counter:
        return _emptied if base is not collections.defaultdict else _with_factory
    if _called(owner) == "fractions:Fraction":
        return functools.partial(_fraction, base)
    return functools.partial(_as_text, base) if _called(owner) in AS_TEXT else None


def make_of(cls: type) -> Make | None:
    """Returns what makes instances of a subclass, past its own `__new__` and `__init__`, or None.

    None as well where only the class itself can be asked: it is the one of the standard library,
    says what its `__init__` is given, or has room in C that another `__new__` would not fill. A
    Counter is filled as its `__init__` would, at a third of the cost.
    """
    if cls is collections.Counter:
        return _counted
    base = _extended(cls)
    if base is None or hasattr(cls, "__getinitargs__"):
        return None
    base = QUIET.get(_called(base), base)
    return functools.partial(_made, base) if _new_in_c(cls) is _new_in_c(base) else None


def _extended(cls: type) -> type | None:
    """Returns the class of the standard library that a program's class extends, or None."""
    owner = owner_of(cls)
    if owner is None or is_of_library(cls):
        return None
    # A Counter keeps nothing of its own: what else the class extends does, beside the counts.
    if owner is collections.Counter and issubclass(cls, collections.defaultdict):
        return collections.defaultdict
    return next(base for base in cls.__mro__ if owner in base.__mro__ and is_of_library(base))


def _called(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _new_in_c(cls: type) -> object:
    """Returns the `__new__` that the memory of an instance comes from."""
    found = (vars(base).get("__new__") for base in cls.__mro__)
    return next(new for new in found if isinstance(new, BuiltinMethodType))


def _counted(cls: Any, given: tuple[Any, ...], named: dict[str, Any] | None) -> Any:
    made = dict.__new__(cls)
    dict.update(made, *given)
    return made


def _made(base: Any, cls: Any, given: tuple[Any, ...], named: dict[str, Any] | None) -> Any:
    # What a base does not have itself is that of `object`, which takes nothing.
    takes_none = base.__new__ is object.__new__
    made = base.__new__(cls) if takes_none else base.__new__(cls, *given, **(named or {}))
    if base.__init__ is not object.__init__:
        base.__init__(made, *given, **(named or {}))
    return made


def _unless_spent(spent: Callable[[], tuple[Any, ...]], value: Any) -> tuple[Any, ...]:
    told: tuple[Any, ...] = value.__reduce__()
    # Where it stands is told of one that is not yet at its end.
    return told if len(told) > 2 else spent()


def _emptied(value: Any) -> tuple[type, tuple[Any, ...]]:
    """Leaves the counts to those who read and fill the object."""
    return type(value), ()


def _with_factory(value: Any) -> tuple[type, tuple[Any, ...]]:
    factory = vars(collections.defaultdict)["default_factory"].__get__(value)
    return type(value), () if factory is None else (factory,)


def _fraction(base: Any, value: Any) -> tuple[type, tuple[Any, ...]]:
    return type(value), tuple(part.fget(value) for part in (base.numerator, base.denominator))


def _as_text(base: Any, value: Any) -> tuple[type, tuple[Any, ...]]:
    return type(value), (base.__str__(value),)
