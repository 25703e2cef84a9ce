"""Classes of a program that extend one which is carried in a way of its own.

Where a constructor makes live things, that of the listed class makes them: the program's own never
runs, and what its class has besides is set as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from persist.adapters import _construct
from persist.adapters._tables import listed_over
from persist.state import names, ordinary
from persist.state.held import slots_of

__all__ = ["trouble_of", "trouble_with_fields", "trouble_with_model"]


def trouble_of(cls: type, base: type) -> str | None:
    """Returns why instances cannot be carried as those of the class that theirs extends, or None.

    What they have beside that lies in their dict: nothing else is written.
    """
    shown = f"its class `{cls.__module__}.{cls.__qualname__}`"
    if names.name_of(cls) is None:
        return f"no name leads to {shown}: it was made inside a function, or replaced"
    hook = ordinary.own_hook(cls)
    if hook is not None:
        return f"{shown} is taken apart by a {hook} of its own"
    if slots_of(cls) != slots_of(base):
        return f"{shown} has slots of its own, and extends `{base.__qualname__}`"
    return None


def trouble_with_model(cls: type) -> str | None:
    """Returns why no instance of a listed class could be made one of a model, or None."""
    made = [base for base, row in listed_over(cls) if row.is_rebuilt]
    shown = f"its class `{cls.__module__}.{cls.__qualname__}`"
    if len(made) > 1:
        both = " and ".join(f"`{base.__qualname__}`" for base in made)
        return f"{shown} extends {both}, which their constructors build"
    if slots_of(cls) != slots_of(made[0]):
        return f"{shown} has slots of its own, and extends `{made[0].__qualname__}`"
    return None


def trouble_with_fields(maker: Any, given: Mapping[str, object]) -> str | None:
    """Returns why a listed class would not make an instance of fields that a program retypes."""
    shown = f"the constructor of `{maker.__qualname__}`"
    try:
        twin = vars(_construct.fresh(maker, given))
    except Exception as error:
        return _construct.reason_of(error, f"{shown} refuses its fields")
    for name, value in given.items():
        if type(twin.get(name)) is not type(value) or twin[name] != value:
            return f"{shown} changes its field `{name}`"
    return None
