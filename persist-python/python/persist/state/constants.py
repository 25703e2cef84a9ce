"""Things that are what they are by being that very object: sentinels and type variables.

A sentinel says nothing of itself, so its name is looked for among the modules that are loaded.
"""

from __future__ import annotations

import gc
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from persist.exceptions import RebuildError
from persist.state import names
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "Bare",
    "describe_bare",
    "describe_named",
    "describe_object",
    "describe_variable",
    "find",
    "is_alias",
]

KINDS = (object, typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple, typing.NewType)

_KIND_NAMES = dict.fromkeys(KINDS[1:4], "type variable")


class Bare(Record):
    """Stands for an `object()` that nothing but the state refers to."""

    thing: object


def is_alias(cls: type) -> bool:
    """Returns whether this is the class of types that have a name: `type Pair = …`.

    A class that a text makes may call itself so, too.
    """
    return cls.__name__ == "TypeAliasType" and any(
        isinstance(loaded, types.ModuleType) and vars(loaded).get("TypeAliasType") is cls
        for loaded in map(names.loaded, ("typing", "typing_extensions"))
    )


def describe_variable(value: Any, context: str, session: Any) -> tuple[str, list[Any]] | str:
    """Returns the node of a type variable or of a type with a name, or why there is none."""
    name = f"{value.__module__}:{value.__name__}"
    if not names.is_name(name) or _at(name) is not value:
        return f"no name leads to the {_KIND_NAMES.get(type(value), 'type')} `{value.__name__}`"
    return _node(name, session)


def describe_named(
    name: str, value: object, context: str, session: Any
) -> tuple[str, list[Any]] | str:
    """Returns the node of the one instance of a class, which has this name."""
    return _node(name, session) if _at(name) is value else f"it is another one than `{name}`"


def describe_object(
    has_row: Callable[[str], bool], value: object, context: str, session: Any
) -> tuple[str, list[Any]] | str:
    """Returns the node of an `object()`: a sentinel by its name, any other as it is.

    Args:
        has_row: Says whether a table lists a name as a constant.
    """
    found = sorted(set(_names_of(value)))
    listed = [name for name in found if has_row(name)]
    of_script = [name for name in found if name.startswith(f"{names.MAIN}:")]
    known = listed if len(listed) == 1 else found
    if len(known) > 1 or (of_script and not listed):
        known = _made_at(found)
    if known:
        return _node(known[0], session)
    if of_script:
        return "it is a sentinel of a script, which no restore could look up"
    if found:
        return f"it is a sentinel under several names: {', '.join(f'`{it}`' for it in found[:3])}"
    if _is_of_a_program(value, session):
        return "it is a sentinel of a class or function: no name leads to it"
    return "", [("", session.proxies.setdefault(id(value), Bare(value)))]


def describe_bare(value: Bare, context: str, session: Any) -> tuple[str, list[Any]]:
    """Returns the node of an object that has nothing but its identity."""
    return '{"lc":"bare"', ["}"]


def find(name: str, is_listed: bool) -> object:
    """Imports the module of an admitted name and returns the constant that it has there.

    Args:
        is_listed: A table lists the name as a constant, of whatever kind.

    Raises:
        RebuildError: `missing_package`, or `missing_name`: there is no such constant.
    """
    module, _, _ = name.partition(":")
    names.find(module)
    found = _at(name)
    is_kind = type(found) in KINDS or is_alias(type(found))
    if not is_kind and (found is None or not is_listed):
        raise RebuildError(f"could not look up `{name}`: it is no constant", kind="missing_name")
    return found


def _node(name: str, session: Any) -> tuple[str, list[Any]]:
    session.name(name, "value")
    return f'{{"lc":"constant","id":{quote(name)}', ["}"]


def _at(name: str) -> object:
    module, _, attribute = name.partition(":")
    loaded = names.loaded(module)
    return vars(loaded).get(attribute) if isinstance(loaded, types.ModuleType) else None


def _loaded() -> list[tuple[str, object]]:
    return list(sys.modules.items())


def _names_of(value: object) -> Iterator[str]:
    for module, loaded in _loaded():
        if not isinstance(loaded, types.ModuleType):
            continue
        for attribute, held in list(vars(loaded).items()):
            name = f"{module}:{attribute}"
            if held is value and names.is_name(name) and _at(name) is value:
                yield f"{names.importable(module)}:{attribute}"


def _made_at(found: list[str]) -> list[str]:
    """Returns the names under which the one module knows a sentinel whose source makes it there.

    Others import it, or keep it in a variable: by the source of their next run it may be another.
    """
    made = [name for name in found if _is_made_at(name)]
    return made if len({name.partition(":")[0] for name in made}) == 1 else []


def _is_made_at(name: str) -> bool:
    from persist.state import locations

    module, _, attribute = name.partition(":")
    if module == names.MAIN:
        return False
    tree = locations.tree_of(module)
    return tree is not None and attribute in tree.made_by("object")


def _is_of_a_program(value: object, session: Any) -> bool:
    """Returns whether a class or the defaults of a function refer to it."""
    if session.sentinels is None:
        session.sentinels = frozenset(
            id(it) for holder in _holders() for it in _held(holder) if type(it) is object
        )
    return id(value) in session.sentinels


def _holders() -> Iterator[object]:
    yield from gc.get_objects()
    if not gc.get_freeze_count():
        return
    # What a program has frozen, as servers do before they fork, is not told: modules lead to it.
    seen, waiting = {id(sys.modules)}, list[object]([sys.modules])
    while waiting:
        for it in gc.get_referents(waiting.pop()):
            if id(it) not in seen:
                seen.add(id(it))
                waiting.append(it)
                yield it


def _held(holder: object) -> Iterable[object]:
    # By the classes and functions themselves: what holds nothing but a sentinel is not tracked.
    if issubclass(type(holder), type):
        return names.namespace(holder).values()
    if type(holder) is not types.FunctionType:
        return ()
    return [*(holder.__defaults__ or ()), *(holder.__kwdefaults__ or {}).values()]
