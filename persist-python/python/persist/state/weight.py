"""How much is gone through by what compares a value or shows it: what is shared counts each time.

Neither remembers where it has been: a list that holds one list twice, and so on for sixty levels,
is compared and shown for ever.
"""

from __future__ import annotations

import gc
import types
from collections.abc import Callable, Iterable
from typing import Any

from persist.state import library

__all__ = ["is_soon_compared", "is_soon_shown"]

MAX_STEPS, STEPS_PER_VALUE = 10_000, 256

MAX_REPEATS = 4
"""How often all that a value holds may be shown, on average."""

CHARACTERS_PER_STEP = 64

CHAIN = ("__cause__", "__context__", "__traceback__")

UNTOLD = ("tzinfo", "dtype", "na_object", "metadata", "fields", "subdtype")
"""Attributes that are shown, of classes in C that tell the collector nothing of what they hold."""

_IN_C = (types.GetSetDescriptorType, types.MemberDescriptorType)
_TELLS_COLLECTOR = 1 << 14

_BY_NAME = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


def is_soon_compared(values: Iterable[object]) -> bool:
    """Returns whether comparing each of these with another that is the same ends soon."""
    waiting = list(values)
    steps = MAX_STEPS + STEPS_PER_VALUE * len(waiting)
    return _is_light(waiting, ("__eq__",), steps, _referents_of)


def is_soon_shown(value: object, within: Callable[[Any], list[Any] | None] | None = None) -> bool:
    """Returns whether the text of a value is soon made.

    Args:
        within: Returns what else is shown of a thing that nobody else can look into, None if
            it is no such thing.
    """

    def inner(thing: object) -> list[Any] | None:
        hidden = None if within is None else within(thing)
        if hidden is not None:
            return hidden
        return None if _is_closed(thing) else _referents_of(thing)

    return _is_light([value], ("__str__", "__repr__"), MAX_STEPS, inner, MAX_REPEATS)


def _is_light(
    waiting: list[Any],
    methods: tuple[str, ...],
    steps_left: int,
    referents_of: Callable[[Any], list[Any] | None],
    repeats: int = 0,
) -> bool:
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, _BY_NAME) or _is_plain(type(value), methods):
            continue
        inner = referents_of(value)
        if inner is None:
            return False
        cost = len(inner) + _length_of(value) // CHARACTERS_PER_STEP
        # What a text has room for is shown some times more often than it stands there.
        steps_left += cost * repeats if id(value) not in seen else 0
        steps_left -= cost
        if steps_left < 0 or _hides_more(value):
            return False
        seen.add(id(value))
        waiting += inner
    return True


def _is_plain(cls: type, methods: tuple[str, ...]) -> bool:
    """Returns whether such an instance is asked for nothing but what it is."""
    return all(getattr(cls, name) is getattr(object, name) for name in methods)


def _is_closed(value: object) -> bool:
    """Returns whether an error is shown by code outside Python, which need not tell what it holds.

    What else is written so shows plain values, or what has one of the attributes above.
    """
    if not isinstance(value, BaseException):
        return False
    shown = [getattr(type(value), name) for name in ("__str__", "__repr__")]
    owners = [it.__objclass__ for it in shown if isinstance(it, types.WrapperDescriptorType)]
    return not all(map(library.is_of_library, owners))


def _referents_of(value: object) -> list[Any]:
    inner = gc.get_referents(value) + _untold_of(value)
    if not isinstance(value, BaseException):
        return inner
    # An error says nothing of those before it, and nothing of where it was raised.
    chain = [vars(BaseException)[name].__get__(value) for name in CHAIN]
    return [it for it in inner if not any(it is other for other in chain)]


def _untold_of(value: object) -> list[Any]:
    told = (getattr(type(value), name, None) for name in UNTOLD)
    in_c = (it for it in told if isinstance(it, _IN_C))
    return [_told_by(it, value) for it in in_c if not it.__objclass__.__flags__ & _TELLS_COLLECTOR]


def _told_by(attribute: Any, value: object) -> Any:
    try:
        return attribute.__get__(value)
    except AttributeError:
        return None


def _length_of(value: object) -> int:
    return len(value) if isinstance(value, str | bytes | bytearray) else 0


def _hides_more(value: object) -> bool:
    """Returns whether a value is an array of objects: what lies in its memory nobody can count."""
    told: Any = getattr(type(value), "dtype", None)
    is_array = isinstance(told, types.GetSetDescriptorType)
    return is_array and bool(getattr(told.__get__(value), "hasobject", False))
