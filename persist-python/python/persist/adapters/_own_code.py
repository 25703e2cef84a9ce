"""Whether code of a program runs while an instance of its class is made."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["is_written", "runs_for"]

_MAKES, _SETS = (vars(object)[name] for name in ("__new__", "__setattr__"))


def runs_for(cls: Any) -> bool:
    """Returns whether a constructor may do with its arguments more than keep them.

    That of a dataclass does not, where the standard library wrote all of it; of any other class it
    is taken to.
    """
    params = vars(cls).get("__dataclass_params__")
    if params is None or type(cls) is not type or hasattr(cls, "__post_init__"):
        return True
    makes, sets = _found(cls, "__new__"), _found(cls, "__setattr__")
    is_made = params.init and is_written(vars(cls)["__init__"]) and makes is _MAKES
    if not is_made or not (sets is _SETS or (params.frozen and is_written(sets))):
        return True
    return any(hasattr(_found(cls, field.name), "__set__") for field in dataclasses.fields(cls))


def is_written(function: Any) -> bool:
    """Returns whether the standard library wrote a function: its code is of no file."""
    return getattr(getattr(function, "__code__", None), "co_filename", "") == "<string>"


def _found(cls: type, name: str) -> object:
    """Returns what a class has under the name of a field; a slot only keeps what it is given."""
    held = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return None if type(held).__name__ == "member_descriptor" else held
