"""How much is gone through by what compares, shows or hashes a value: the shared counts each time.

None of these remembers where it has been: a list that holds one list twice, and so on for sixty
levels, is compared and shown for ever.
"""

from __future__ import annotations

import enum
import gc
import types
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from persist.state import effort, hashes, library

__all__ = [
    "hashing_steps",
    "is_soon_compared",
    "is_soon_hashed",
    "is_soon_shown",
    "showing_steps",
]

MAX_STEPS, STEPS_PER_VALUE = 10_000, 256

MAX_REPEATS = 4
"""How often all that a value holds may be shown, on average."""

MAX_STEPS_IN_TEXT, EARNED = 200_000, 64
"""Steps that all looks of one text may take, and what each look adds to that."""

MAX_COMPARISONS = 100_000_000
"""Steps that comparing each of some values with all others may take in one text."""

STEPS_OF_UNTOLD = 16
"""Of what is shown by code in Python that makes a text for each of its attributes."""

STEPS_OF_HASH = 16
"""Of what is hashed by code in Python, or outside the interpreter's own."""

CHARACTERS_PER_STEP = 64

CHAIN = ("__cause__", "__context__", "__traceback__")

UNTOLD = ("tzinfo", "dtype", "na_object", "metadata", "fields", "subdtype")
"""Attributes that are shown, of classes in C that tell the collector nothing of what they hold."""

_IN_C = (types.GetSetDescriptorType, types.MemberDescriptorType)
_TELLS_COLLECTOR = 1 << 14

SCALARS = frozenset({bool, bytes, complex, float, int, str, type(None)})

_BY_NAME = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)

_Within = Callable[[Any], list[Any] | None]


def is_soon_compared(values: Iterable[object]) -> bool:
    """Returns whether comparing each of these with all others, which may be alike, ends soon."""
    waiting = list(values)
    count = len(waiting)
    look = _Look(("__eq__",), MAX_STEPS + STEPS_PER_VALUE * count)
    if not look.ends(waiting):
        return False
    if effort.is_overspent("compared again", look.steps * count, MAX_COMPARISONS):
        return False
    earned = EARNED * count
    return not effort.is_overspent("compared", look.steps - earned, MAX_STEPS_IN_TEXT)


def is_soon_hashed(values: Iterable[object]) -> bool:
    """Returns whether the hashes of these are made soon, beside all that was hashed before."""
    # Whatever a text names once may be hashed: what is shared is gone through each time.
    allowed = EARNED + effort.left("hashed", effort.HASHED)
    look = _Look(("__hash__",), allowed, repeats=1)
    if not look.ends([it for it in values if type(it) not in SCALARS]):
        return False
    fresh = sum(look.seen[it] for it in effort.unseen(look.seen, "hashed"))
    # Nobody saves up for others: a list of small values may be shared as well.
    cost = max(0, look.steps - EARNED - fresh)
    return not effort.is_overspent("hashed", cost, effort.HASHED)


def hashing_steps(values: Iterable[object]) -> int | None:
    """Returns how many steps it takes to hash each of these, None if too many for one of them."""
    compound = [it for it in values if type(it) not in SCALARS]
    times = Counter(map(id, compound))
    look, total = _Look(("__hash__",), 0), 0
    for value in {id(it): it for it in compound}.values():
        if type(value) is tuple and SCALARS.issuperset(map(type, value)):
            total += times[id(value)] * len(value)
            continue
        before = look.steps
        if not look.ends([value], effort.HASHED):
            return None
        total += times[id(value)] * (look.steps - before)
    return total


def is_soon_shown(value: object, within: _Within | None = None) -> bool:
    """Returns whether the text of a value is soon made.

    Args:
        within: Returns what else is shown of a thing that nobody else can look into, None if
            it is no such thing.
    """
    return showing_steps(value, within) is not None


def showing_steps(value: object, within: _Within | None = None) -> int | None:
    """Returns how many steps it takes to make the text of a value, None if too many."""
    look = _Look(("__str__", "__repr__"), MAX_STEPS, MAX_REPEATS, within)
    if not look.ends([value]):
        return None
    # What a text has room for is shown some times more often than it stands there.
    fresh = sum(look.seen[it] for it in effort.unseen(look.seen))
    cost = look.steps - EARNED - fresh * (MAX_REPEATS + 1)
    return None if effort.is_overspent("shown", cost, MAX_STEPS_IN_TEXT) else look.steps


class _Kind:
    """What is known of a class, however many of its instances are met."""

    __slots__ = (
        "array",
        "is_closed",
        "is_error",
        "is_hashed",
        "is_plain",
        "opens_lists",
        "steps",
        "untold",
    )

    def __init__(self, cls: type, methods: tuple[str, ...]) -> None:
        self.is_plain = issubclass(cls, _BY_NAME) or _is_plain(cls, methods)
        self.is_error = issubclass(cls, BaseException)
        self.is_closed = methods[0] == "__str__" and _is_closed(cls)
        self.untold = _untold_by(cls)
        self.is_hashed = methods[0] == "__hash__"
        self.is_plain |= self.is_hashed and _is_quick_to_hash(cls, bool(self.untold))
        self.steps = STEPS_OF_UNTOLD if self.untold else 0
        if self.is_hashed and _hashes_anew(cls):
            self.steps += STEPS_OF_HASH * hashes.times_slower(cls)
        self.opens_lists = self.is_hashed and _hashes_lists(cls)
        told = getattr(cls, "dtype", None)
        self.array = told if isinstance(told, types.GetSetDescriptorType) else None


class _Look:
    """A walk through all that is compared or shown with a value."""

    def __init__(
        self,
        methods: tuple[str, ...],
        allowed: int,
        repeats: int = 0,
        within: _Within | None = None,
    ) -> None:
        self.steps = 0
        self.seen: dict[int, int] = {}
        self._methods, self._allowed, self._repeats = methods, allowed, repeats
        self._within = within
        self._kinds: dict[type, _Kind] = {}

    def ends(self, waiting: list[Any], more: int = 0) -> bool:
        """Returns whether the walk is over in the steps that it may take, and so many more."""
        self._allowed += more
        while waiting:
            value = waiting.pop()
            kind = self._kinds.get(type(value)) or self._kind_of(type(value))
            if kind.is_plain:
                continue
            inner = self._inner_of(value, kind)
            if inner is None:
                return False
            cost = len(inner) + _length_of(value) // CHARACTERS_PER_STEP
            cost += kind.steps
            if id(value) not in self.seen:
                # What a text has room for is shown some times more often than it stands there.
                self.seen[id(value)] = cost
                self._allowed += cost * self._repeats
            self.steps += cost
            if self.steps > self._allowed:
                return False
            if _hides_more(value, kind):
                if not kind.is_hashed:
                    return False
                # Of elements of arrays alone: an array has no hash.
                inner = [*inner, value.item()]
            waiting += inner
        return True

    def _kind_of(self, cls: type) -> _Kind:
        kind = self._kinds[cls] = _Kind(cls, self._methods)
        return kind

    def _inner_of(self, value: Any, kind: _Kind) -> list[Any] | None:
        hidden = None if self._within is None else self._within(value)
        if hidden is not None:
            return hidden
        return None if kind.is_closed else _referents_of(value, kind)


def _is_plain(cls: type, methods: tuple[str, ...]) -> bool:
    """Returns whether such an instance is asked for nothing but what it is."""
    return all(getattr(cls, name) is getattr(object, name) for name in methods)


def _is_quick_to_hash(cls: type, has_untold: bool) -> bool:
    """Returns whether instances have no hash, or one that is made of nothing that they hold."""
    own: object = cls.__hash__
    if cls in SCALARS or own is vars(enum.Enum)["__hash__"]:
        return True
    if hashes.is_made_text(cls):
        return False
    # The dict of an instance stands between that and what it holds.
    is_unhashed = own is None and cls not in (dict, types.MappingProxyType)
    return is_unhashed or not (has_untold or cls.__flags__ & _TELLS_COLLECTOR)


def _hashes_anew(cls: type) -> bool:
    """Returns whether code that nobody can look into, or not look through, hashes an instance."""
    own: Any = cls.__hash__
    if isinstance(own, types.WrapperDescriptorType):
        return own.__objclass__.__module__ != "builtins"
    return own is not None and hashes.names_of(cls) is None


def _hashes_lists(cls: type) -> bool:
    """Returns whether a hash in Python makes tuples of what has no hash itself."""
    names = getattr(getattr(cls.__hash__, "__code__", None), "co_names", ())
    return "tuple" in names or "frozenset" in names


def _is_closed(cls: type) -> bool:
    """Returns whether an error is shown by code outside Python, which need not tell what it holds.

    What else is written so shows plain values, or what has one of the attributes above.
    """
    if not issubclass(cls, BaseException):
        return False
    shown = [getattr(cls, name) for name in ("__str__", "__repr__")]
    owners = [it.__objclass__ for it in shown if isinstance(it, types.WrapperDescriptorType)]
    return not all(map(library.is_of_library, owners))


def _referents_of(value: Any, kind: _Kind) -> list[Any]:
    inner = gc.get_referents(value)
    if kind.untold:
        inner += [_told_by(it, value) for it in kind.untold]
    if kind.opens_lists:
        # A hash in Python may be made of a list, by way of a tuple.
        held = [*inner, *(it for one in inner if type(one) is dict for it in one.values())]
        inner += [it for one in held if type(one) is list for it in one]
    if not kind.is_error:
        return inner
    # An error says nothing of those before it, and nothing of where it was raised.
    chain = [vars(BaseException)[name].__get__(value) for name in CHAIN]
    return [it for it in inner if not any(it is other for other in chain)]


def _untold_by(cls: type) -> list[Any]:
    told = (getattr(cls, name, None) for name in UNTOLD)
    in_c = (it for it in told if isinstance(it, _IN_C))
    return [it for it in in_c if not it.__objclass__.__flags__ & _TELLS_COLLECTOR]


def _told_by(attribute: Any, value: object) -> Any:
    try:
        return attribute.__get__(value)
    except AttributeError:
        return None


def _length_of(value: object) -> int:
    if isinstance(value, int):
        return value.bit_length() // 8
    if hashes.is_made_text(type(value)):
        return len(str(value))
    return len(value) if isinstance(value, str | bytes | bytearray) else 0


def _hides_more(value: object, kind: _Kind) -> bool:
    """Returns whether a value is an array of objects: what lies in its memory nobody can count."""
    return kind.array is not None and bool(getattr(kind.array.__get__(value), "hasobject", False))
