"""What a caller gives as it is: what the names and code locations of a script lead to.

Another process has other objects than the script that wrote a state, so what that defined is found
by its qualified name. What a decorator wraps and what was defined anew have the same one: a name
means only what it leads to, which the writer made sure of, and a location means code by its hash.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from persist.state import decorated, locations, names, problems
from persist.state.locations import Location, Tree
from persist.state.record import Record

__all__ = ["Found", "Things"]


class Found(Record):
    """The code of a function that was given, or that lies in one."""

    code: CodeType
    function: Any
    home: Tree


class Things:
    """The classes and functions that one restore was given."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[Any]] = {}
        self._given: list[tuple[Any, Any]] = []
        self._by_place: dict[str, list[FunctionType]] | None = None

    def add(self, thing: Any, named: Any) -> None:
        """Takes one thing, and the class or function that is meant by it."""
        given = self._by_name.setdefault(named.__qualname__, [])
        if not any(it is named for it in given):
            given.append(named)
        self._given.append((thing, named))

    def has(self, qualname: str) -> bool:
        """Returns whether something was given that the name may lead to."""
        return any(map(_may_be_led_to, self._by_name.get(qualname, ())))

    def has_another(self, qualname: str) -> bool:
        """Returns whether something has the name, and none of it may be what the name leads to."""
        return qualname in self._by_name and not self.has(qualname)

    def find(self, qualname: str) -> object | None:
        """Returns what a script's name leads to, None where nothing of that name was given.

        Raises:
            RebuildError: `missing_name`, several may be meant.
        """
        given = list(filter(_may_be_led_to, self._by_name.get(qualname, ())))
        standing = _standing(names.MAIN, qualname)
        # Of two with the same name the script's own comes first.
        own = [it for it in given if it is standing] or [
            it for it in given if it.__module__ == names.MAIN
        ]
        found = own or given
        if len(found) > 1:
            raise _ambiguous(f"{names.MAIN}:{qualname}")
        return found[0] if found else self.written(qualname)

    def written(self, qualname: str) -> object | None:
        """Returns the function that one of the classes has under its own name, None for any other.

        Raises:
            RebuildError: `missing_name`, several classes may be meant.
        """
        owner, _, name = qualname.rpartition(".")
        cls = self.find(owner) if owner in self._by_name else None
        if not isinstance(cls, type):
            return None
        part: Any = names.namespace(cls).get(name)
        part = part.__func__ if isinstance(part, staticmethod | classmethod) else part
        if type(part) is not FunctionType and not names.is_wrapper(part):
            return None
        is_own = part.__qualname__ == qualname and part.__module__ == cls.__module__
        return part if is_own else None

    def functions_at(self, qualname: str) -> list[FunctionType] | None:
        """Returns the functions whose code is, or holds, code of that name.

        None of them where what should have it was given, and None where that was not.
        """
        if self._by_place is None:
            self._by_place = {}
            for function in (it for given in self._given for it in _functions_of(*given)):
                for place in Tree(function.__code__, None).codes:
                    self._by_place.setdefault(place, []).append(function)
        outer = qualname.partition(".<locals>")[0]
        is_given = outer in self._by_name or outer.rpartition(".")[0] in self._by_name
        return self._by_place.get(qualname, [] if is_given else None)


def code_at(location: Location, functions: Iterable[FunctionType]) -> Found | None:
    """Returns the code that a location of a script says, of that of functions which were given.

    The one at its position comes first, then one that is written the same.

    Raises:
        RebuildError: `missing_name`, functions of several modules may be meant.
    """
    ranked: dict[tuple[bool, bool], list[Found]] = {}
    for is_there, found in _alike(location, functions):
        is_own = found.function.__globals__ is vars(sys.modules[names.MAIN])
        ranked.setdefault((is_own, is_there), []).append(found)
    best = ranked[max(ranked)] if ranked else []
    if any(it.function.__globals__ is not best[0].function.__globals__ for it in best):
        raise _ambiguous(f"{names.MAIN}:{location.qualname}")
    return best[0] if best else None


def alone_at(qualname: str, functions: Iterable[FunctionType]) -> Found | None:
    """Returns the one function of a name that was given, None where several have it, or none."""
    named = [it for it in functions if locations.qualname_of(it.__code__) == qualname]
    if not named or any(
        it.__code__ != named[0].__code__ or it.__globals__ is not named[0].__globals__
        for it in named
    ):
        return None
    return Found(named[0].__code__, named[0], locations.home_of(named[0]))


def _alike(location: Location, functions: Iterable[FunctionType]) -> Iterator[tuple[bool, Found]]:
    """Yields code that is written as the location says, and whether it is at its position."""
    for function in functions:
        home = locations.home_of(function)
        equals = home.equals(location)
        own = Tree(function.__code__, None).codes.get(location.qualname, ())
        for code in filter(equals.__contains__, own):
            is_there = location.at < len(equals) and equals[location.at] == code
            yield is_there, Found(code, function, home)


def _functions_of(thing: Any, named: Any) -> list[FunctionType]:
    """Returns a function with what a decorator made it of, or those that a class is written with.

    For scripts and prompts, whose code no loader gives to another program.
    """
    if not isinstance(named, type):
        held = [it for it in decorated.reached(thing) if decorated.leads_to(it, thing)]
        own = [named] if isinstance(named, FunctionType) else []
        return own + [it for it in held if isinstance(it, FunctionType) and it is not named]
    written = [part for it in names.namespace(named).values() for part in _parts(it)]
    reached = [it for it in decorated.reached(written) if isinstance(it, FunctionType)]
    within = f"{named.__qualname__}."
    return [it for it in reached if locations.qualname_of(it.__code__).startswith(within)]


def _parts(attribute: Any) -> list[object]:
    if isinstance(attribute, staticmethod | classmethod):
        return [attribute.__func__]
    if isinstance(attribute, property):
        return [attribute.fget, attribute.fset, attribute.fdel]
    return [attribute]


def _may_be_led_to(thing: Any) -> bool:
    """Returns whether a thing's name leads to it, or to nothing where it could be told."""
    qualname = thing.__qualname__
    script = _standing(names.MAIN, qualname)
    if script is thing:
        return True
    if script is not None and names.name_of(script) == f"{names.importable(names.MAIN)}:{qualname}":
        return False
    found = _standing(thing.__module__, qualname)
    if found is None and isinstance(thing, FunctionType):
        held = thing.__globals__
        if held.get("__name__") == thing.__module__:
            # Of a module that nobody has entered among those that are loaded.
            found = names.walk(held, qualname)
        elif thing.__module__ not in sys.modules:
            return True
        # What wraps a function may have its name.
        return found is thing or (found is None and thing.__code__.co_qualname == qualname)
    return found is None or found is thing


def _standing(module: Any, qualname: str) -> object | None:
    """Returns what a loaded module has under a name, None where there is none."""
    loaded = sys.modules.get(module)
    if not isinstance(loaded, ModuleType):
        return None
    found = names.walk(vars(loaded), qualname)
    return found.__func__ if isinstance(found, classmethod) else found


def _ambiguous(name: str) -> Exception:
    return problems.rebuild(
        "missing_name",
        f"`allow` has several that `{name}` may be",
        hint="give only the one that is meant, and others that have a module by their names",
    )
