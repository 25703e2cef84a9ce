"""Classes of a program that extend one which is carried in a way of its own."""

from __future__ import annotations

from persist.state import names, ordinary
from persist.state.held import slots_of

__all__ = ["trouble_of"]


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
