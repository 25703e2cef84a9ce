"""Classes of a program that extend one which is carried in a way of its own.

Where a constructor makes live things, that of the listed class makes them: the program's own never
runs, and what its class has besides is set as it was.
"""

from __future__ import annotations

from persist.adapters._tables import listed_over
from persist.state import names, ordinary
from persist.state.held import slots_of

__all__ = ["trouble_of", "trouble_with_model"]


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
