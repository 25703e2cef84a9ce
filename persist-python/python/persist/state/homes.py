"""Where a class that was made at run time says it comes from: others look it up there.

A framework's serializer may write an object as a module, a name and arguments, and read it by
calling what lies under that name. A file that may give its classes any name would have anything
called, of any module.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from persist.state import names, problems
from persist.state.policy import Policy

__all__ = ["check", "trouble_of"]

KINDS = ("dataclass", "enumeration", "middleware", "model", "namedtuple")
"""Kinds of classes of whose objects a serializer may write where they are from."""

MEMBERS = ("kind", "module", "name")
"""What a class says of itself in any case; others may know it by its `qualname` instead."""

KindOf = Callable[[Any], str | None]

_vars_of = vars(ModuleType)["__dict__"].__get__
_NOTHING: Any = object()


def trouble_of(kind: str, module: str, name: str, kind_of: KindOf) -> str | None:
    """Returns why a class of this kind may not say that it comes from there, or None.

    It may where nothing is: then nobody finds anything else in its place. And it may where a class
    of its kind is, as after a class was defined anew.
    """
    found = _found_at(module, name) if kind in KINDS else _NOTHING
    if found is _NOTHING or (isinstance(found, type) and kind_of(found) == kind):
        return None
    shown = ascii(f"{module}:{name}"[:100])[1:-1]
    return f"it says that it is `{shown}`, which is something else"


def check(kind: str, parts: Mapping[str, Any], policy: Policy, kind_of: KindOf) -> None:
    """Refuses a class that a node makes, where others would find what nobody has admitted.

    Args:
        kind_of: The kind of node that a class would have if it were made at run time.

    Raises:
        UntrustedError: Its module, or another class under its name, is not admitted.
        RebuildError: `invalid_state`, something else is there.
    """
    # Asked for every node that has an identity: arrays of a large state among them.
    if kind != "family" and kind not in KINDS:
        return
    members = parts.get("members") if kind == "family" else [{**parts, "kind": kind}]
    for row in members if type(members) is list else ():
        said: list[Any] = [row.get(it) for it in MEMBERS] if type(row) is dict else [None]
        # What is no text is refused by whoever makes the class.
        if all(type(it) is str for it in said):
            longer = row.get("qualname")
            _check(said, policy, kind_of)
            if type(longer) is str and longer != row["name"]:
                _check([*said[:2], longer], policy, kind_of)


def _check(said: list[str], policy: Policy, kind_of: KindOf) -> None:
    kind, module, name = said
    if kind not in KINDS:
        return
    if module not in sys.modules and _is_installed(module):
        if not policy.admits_class(f"{module}:{name}"):
            raise problems.not_allowed(f"{module}:{name}", "class")
        names.imported(module)
    reason = trouble_of(kind, module, name, kind_of)
    if reason is not None:
        raise problems.rebuild("invalid_state", f"a class cannot be made: {reason}")
    found = _found_at(module, name)
    known = None if found is _NOTHING else names.name_of(found)
    # Others call what they find: a table admits no class for that.
    if found is not _NOTHING and (known is None or not policy.admits_call(known)):
        raise problems.not_allowed(known or f"{module}:{name}", "class")


def _found_at(module: str, name: str) -> Any:
    """Returns what others find under the name, a thing of no use to anyone where there is none."""
    home = sys.modules.get(module)
    if home is None:
        return _NOTHING
    if type(home) is not ModuleType:
        return None
    held = _vars_of(home)
    first, *inner = name.split(".")
    if first in held and inner:
        # Where a step is missing, nobody finds anything either.
        found = names.walk(held, name)
        return _NOTHING if found is None else found
    if name in held:
        return held[name]
    # A module may make what it is asked for, and has what every module has.
    is_there = "__getattr__" in held or any(name in vars(base) for base in ModuleType.__mro__)
    return None if is_there else _NOTHING


def _is_installed(module: str) -> bool:
    """Returns whether there is a module to import; nothing is imported to tell."""
    top = module.partition(".")[0]
    if top in sys.modules or top in sys.builtin_module_names:
        return True
    try:
        return any(finder.find_spec(top, None) is not None for finder in sys.meta_path)
    except Exception:
        # A finder that fails may find it another time.
        return True
