"""What the pickling hooks of a class may take its instances apart into.

The hooks themselves are run natively, by `__reduce_ex__(4)` or `copyreg`, as pickle's protocol 4
does. What is known here of a class is what a restore holds a text to.
"""

from __future__ import annotations

import collections
import copyreg
import functools
import inspect
import sys
from collections.abc import Callable
from datetime import tzinfo
from types import FunctionType
from typing import Any

from persist.state import asked, hints, library, names
from persist.state.held import has_dict, held_slots, slots_of
from persist.state.record import Record

__all__ = [
    "Complete",
    "Whole",
    "gives_state_alone",
    "is_taken_apart_whole",
    "known_of",
    "trouble_of",
]


class Whole(Record):
    """All that an object is given once it is made."""

    state: Any
    """What the hook gave."""
    held: dict[str, object] | None
    """Attributes that are not in it."""
    slots: dict[str, object] | None


FILLERS = (
    collections.OrderedDict,
    collections.defaultdict,
    collections.deque,
    collections.Counter,
)
"""Containers of which all that lies in them is read and set one by one."""

Complete = Callable[[Any, Any, bool], Whole | str]
"""`complete(value, state, is_call)`: what to write, or a text that says why there is nothing."""


NATIVE = (str, int, float, bytes, complex, tuple, frozenset, bytearray, list, dict, set)
"""Builtins whose own hooks need not be run: what they hold is read as it is."""


def trouble_of(cls: type) -> str | None:
    """Returns why nothing that the hooks of a class give could be put together again, or None."""
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    if issubclass(cls, type) and cls not in copyreg.dispatch_table:
        return f"it is a class of the metaclass {name}"
    if names.name_of(cls) is None and not is_taken_apart_whole(cls):
        return f"no name leads to its class {name}: it was made inside a function, or replaced"
    if is_taken_apart_whole(cls) or hasattr(cls, "__getnewargs_ex__"):
        return None
    if hasattr(cls, "__getnewargs__") or _needs_no_arguments(cls.__new__, cls):
        return None
    return f"the `__new__` of its class {name} needs arguments, and no `__getnewargs__` says which"


def known_of(cls: type, complete: Complete | None = None) -> dict[str, object]:
    """Returns what a plan says of a class with hooks.

    Args:
        complete: Makes whole what the hooks give, where an adapter knows how.
    """
    takes, filler = [], filler_of(cls)
    if filler is not None:
        takes += ["new", "newkw", "init", "initkw", "name"]
        takes.append("pairs" if issubclass(filler, dict) else "items")
    elif is_taken_apart_whole(cls):
        takes += ["new", "newkw", "init", "initkw", "items", "pairs", "name"]
    elif hasattr(cls, "__getnewargs_ex__"):
        takes += ["new", "newkw"]
    elif hasattr(cls, "__getnewargs__"):
        takes += ["new"]
    if issubclass(cls, list):
        takes.append("items")
    if issubclass(cls, dict):
        takes.append("pairs")
    sets_state, complete = hasattr(cls, "__setstate__"), complete or _completion_of(cls)
    if sets_state:
        takes.append("state")
    if sets_state and complete is not None:
        takes += ["dict", "slots"]
    if is_taken_apart_whole(cls):
        takes.append("setter")
    check = hints.check_called if asked.is_called(cls) else None
    known = {"is_whole": True, "sets_state": sets_state, "takes": takes, "check": check}
    known |= {"complete": complete, "filler": filler, "is_all": _is_all(cls) and not complete}
    return known | {"take": library.take_of(cls), "make": library.make_of(cls)}


def _is_all(cls: type) -> bool:
    """Returns whether attributes and slots are told by `object`'s own code: all that are there."""
    if is_taken_apart_whole(cls) or hasattr(cls, "__setstate__"):
        return False
    return getattr(cls, "__getstate__", None) is getattr(object, "__getstate__", None)


def filler_of(cls: type) -> type | None:
    """Returns the container whose own hooks take instances of a class apart, or None.

    They say what lies in it, and nothing of what the methods of a subclass would do with that: so
    neither reading nor filling is left to those.
    """
    hook: object = cls.__reduce_ex__
    if cls in copyreg.dispatch_table or hook is not object.__reduce_ex__:
        return None
    owner = next((base for base in cls.__mro__ if "__reduce__" in vars(base)), object)
    # A Counter itself is made of its counts at once.
    if owner not in FILLERS or cls is collections.Counter:
        return None
    # The order of the keys is kept beside the entries, whoever says what those are.
    return collections.OrderedDict if issubclass(cls, collections.OrderedDict) else owner


def _completion_of(cls: type) -> Complete | None:
    """Returns what makes the state whole that a hook of the standard library gives, or None.

    Such a hook was written for its own class: many leave out what a subclass keeps in a dict or in
    slots. A program's own hook is taken at its word.
    """
    owner = library.owner_of(cls)
    if owner is None:
        return None
    if issubclass(cls, functools.partial):
        return functools.partial(_complete_partial, owner)
    slots = {base for base in cls.__mro__[: cls.__mro__.index(owner)] if "__slots__" in vars(base)}
    if not has_dict(cls) and not slots:
        return None
    return functools.partial(_completed, owner)


def _own_slots(owner: type, value: Any) -> dict[str, object]:
    inherited = {slot for _, slot in slots_of(owner)}
    own = {name for name, slot in slots_of(type(value)) if slot not in inherited}
    return {name: it for name, it in held_slots(value).items() if name in own}


def _complete_partial(owner: type, value: Any, state: Any, is_call: bool) -> Whole | str:
    """Leaves out a dict that is empty: it is there once someone has looked at it."""
    if type(state) is tuple and len(state) == 4:
        state = (*state[:3], state[3] or None)
    return Whole(state, None, _own_slots(owner, value) or None)


def _completed(owner: type, value: Any, state: Any, is_call: bool) -> Whole | str:
    if value is getattr(sys.modules.get("random"), "_inst", None):
        return "it is the generator behind the functions of `random`, shared by the process"
    slots = _own_slots(owner, value)
    held = vars(value) if has_dict(type(value)) else {}
    # What a function makes may be a thing with a name, whose attributes are the program's.
    if is_call:
        left_out = f"the hook of `{owner.__qualname__}` leaves its slots out"
        return left_out if slots else Whole(state, None, None)
    cls = type(value)
    sets_own = not _is_library(cls, "__setstate__")
    if state is None and sets_own and (held or slots):
        return f"the hook of `{owner.__qualname__}` leaves its attributes out"
    if state is not None and (sets_own or not _is_library(cls, "__getstate__")):
        return Whole(state, None, None)
    if state is None or hasattr(cls, "__setstate__"):
        return Whole(state, held or None, slots or None)
    return Whole(None, state, slots) if type(state) is dict else Whole(state, None, None)


def _is_library(cls: type, hook: str) -> bool:
    """Returns whether a hook is none of a program's own, if there is one."""
    owner = next((base for base in cls.__mro__ if hook in vars(base)), object)
    return library.is_of_library(owner)


def is_taken_apart_whole(cls: type) -> bool:
    """Returns whether the class decides for itself how its instances are made."""
    # What a zone holds is in its dict and slots. One of a library asks for the hook of `object`,
    # which looks for itself whether an instance keeps more in C.
    if cls in copyreg.dispatch_table or issubclass(cls, tzinfo):
        return True
    native = next((base for base in cls.__mro__ if base in NATIVE), object)
    hooks = ("__reduce__", "__reduce_ex__")
    return any(getattr(cls, hook) is not getattr(native, hook) for hook in hooks)


def gives_state_alone(cls: Any) -> bool:
    """Returns whether the hooks of a class say nothing but the state of a bare instance."""
    if is_taken_apart_whole(cls) or library.owner_of(cls) is not None:
        return False
    has_arguments = hasattr(cls, "__getnewargs_ex__") or hasattr(cls, "__getnewargs__")
    return cls.__new__ is object.__new__ and not has_arguments


def _needs_no_arguments(new: Any, cls: type) -> bool:
    """Returns whether `cls.__new__(cls)` can work, as far as its signature tells."""
    if not isinstance(new, FunctionType):
        # Written in C: what it says of its arguments is text, and would have to be compiled.
        return True
    try:
        inspect.signature(new).bind(cls)
    except TypeError:
        return False
    return True
