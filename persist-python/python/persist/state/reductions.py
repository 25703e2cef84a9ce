"""What the pickling hooks of a class may take its instances apart into.

The hooks themselves are run natively, by `__reduce_ex__(4)` or `copyreg`, as pickle's protocol 4
does. What is known here of a class is what a restore holds a text to.
"""

from __future__ import annotations

import copyreg
import inspect
from typing import Any

from persist.state import names

__all__ = ["is_taken_apart_whole", "known_of", "trouble_of"]


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


def known_of(cls: type) -> dict[str, object]:
    """Returns what a plan says of a class with hooks."""
    takes = []
    if is_taken_apart_whole(cls):
        takes += ["new", "newkw", "init", "items", "pairs"]
    elif hasattr(cls, "__getnewargs_ex__"):
        takes += ["new", "newkw"]
    elif hasattr(cls, "__getnewargs__"):
        takes += ["new"]
    if issubclass(cls, list):
        takes.append("items")
    if issubclass(cls, dict):
        takes.append("pairs")
    sets_state = hasattr(cls, "__setstate__")
    if sets_state:
        takes.append("state")
    return {"is_whole": True, "sets_state": sets_state, "takes": takes}


def is_taken_apart_whole(cls: type) -> bool:
    """Returns whether the class decides for itself how its instances are made."""
    if cls in copyreg.dispatch_table:
        return True
    native = next((base for base in cls.__mro__ if base in NATIVE), object)
    hooks = ("__reduce__", "__reduce_ex__")
    return any(getattr(cls, hook) is not getattr(native, hook) for hook in hooks)


def _needs_no_arguments(new: Any, cls: type) -> bool:
    """Returns whether `cls.__new__(cls)` can work, as far as its signature tells."""
    try:
        inspect.signature(new).bind(cls)
    except TypeError:
        return False
    except ValueError:
        # Written in C, and says nothing of its arguments.
        return True
    return True
