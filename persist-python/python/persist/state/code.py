"""Functions that no name leads to: where their code stands, and all that each one has of its own.

A function made inside another, a lambda, and what a decorator replaced are written as a code
location, the cells they captured, and their defaults and attributes; never as code. They are made
anew from the code of their module and its real globals.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from types import CellType, FunctionType
from typing import Any

from persist.state import annotations as notes
from persist.state import edited, hints, locations, names, plans, problems, things
from persist.state.locations import Location, Tree
from persist.state.plans import Pieces
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "Captured",
    "Closure",
    "Place",
    "cell",
    "describe",
    "fill",
    "make",
    "place_among",
    "place_of",
    "plan_of",
]

_EMPTY = object()

_OWN = frozenset(vars(FunctionType))
"""What a function answers for itself, whatever its `__dict__` holds."""

_NAMES = {"name": "__name__", "qualname": "__qualname__", "module": "__module__", "doc": "__doc__"}


class Closure(Record):
    """Stands for a function while it is written: functions that have a name have no identity."""

    function: object


class Captured(Record):
    """Stands for a cell while it is written: what it holds stands beside it."""

    cell: CellType


class Place(Record):
    """A function's code, found in the program that is running."""

    code: types.CodeType
    globals: dict[str, Any]
    node: Any
    """Its `def` or `lambda`, None where there is no source."""
    is_edited: bool = False
    """Whether other code stood there when the state was written."""


def plan_of(cls: type) -> plans.Plan | None:
    """Returns the plan of what stands for a function or a cell, None for any other class."""
    if cls is Closure:
        return plans.described(cls, _describe_closure, hashes_by_identity=True)
    if cls is Captured:
        return plans.described(cls, _describe_cell, hashes_by_identity=True)
    return None


def describe(function: FunctionType, session: Any) -> Pieces | str:
    """Returns the node of a function that no name leads to, or why there is none."""
    found = _located(function)
    if isinstance(found, str):
        return found
    trouble = _trouble(function)
    if trouble is not None:
        return trouble
    return "", [("", session.proxies.setdefault(id(function), Closure(function)))]


def _located(function: FunctionType) -> tuple[str, Location, Tree] | str:
    """Returns the name and location of a function's code and where it lies, or why it has none."""
    code = function.__code__
    shown = f"the code of the function `{code.co_qualname}`"
    module: Any = function.__globals__.get("__name__")
    if names.split(module) != (module, ""):
        return f"{shown} is in no module"
    loaded = names.loaded(names.importable(module))
    if not isinstance(loaded, types.ModuleType) or vars(loaded) is not function.__globals__:
        return f"{shown} is in no module that can be imported"
    tree = locations.tree_with(function, module)
    if tree is None:
        return f"the loader of `{module}` does not give {shown}"
    found = tree.locate(code)
    if found is None:
        return f"{shown} is not in its module as that stands now"
    name = f"{names.importable(module)}:{found.qualname}"
    if names.split_location(name) is None:
        return f"{shown} has a name that no restore looks up"
    return name, found, tree


def _trouble(function: FunctionType) -> str | None:
    shown = function.__code__.co_qualname
    if getattr(function, "__type_params__", ()):
        return f"the function `{shown}` has type parameters"
    if _OWN & vars(function).keys() or any(type(key) is not str for key in vars(function)):
        return f"the function `{shown}` has an attribute that a restore would not set"
    if type(function.__module__) not in (str, types.NoneType):
        return f"the function `{shown}` has a `__module__` that is no text"
    if type(function.__doc__) not in (str, types.NoneType):
        return f"the function `{shown}` has a docstring that is no text"
    trouble = hints.trouble_of(function)
    return None if trouble is None else f"of the function `{shown}`: {trouble}"


def _describe_closure(proxy: Closure, context: str, session: Any) -> Pieces | str:
    function: Any = proxy.function
    found = _located(function)
    if isinstance(found, str):
        return found
    name, location, tree = found
    place = Place(function.__code__, function.__globals__, tree.node(function.__code__))
    told = notes.told(function, place, session)
    if isinstance(told, str):
        return told
    session.name(name, "location")
    signature = edited.told(function, location.qualname, tree)
    pieces: list[Any] = [f',"at":{location.at}'] if location.at else []
    pieces += [f',"signature":{quote(signature)}'] if signature is not None else []
    pieces += _cells(function, session)
    for key, attribute in (("defaults", "__defaults__"), ("kwdefaults", "__kwdefaults__")):
        if getattr(function, attribute) is not None:
            pieces += [f',"{key}":', (f".{attribute}", getattr(function, attribute))]
    if vars(function):
        pieces += [',"dict":', (".__dict__", vars(function))]
    made = FunctionType(function.__code__, function.__globals__, closure=function.__closure__)
    for key, attribute in _NAMES.items():
        value = getattr(function, attribute)
        if value != getattr(made, attribute):
            pieces += [f',"{key}":', "null" if value is None else quote(value)]
    head = f'{{"lc":"code","id":{quote(name)},"hash":{quote(location.digest)}'
    return head, [*pieces, *told, "}"]


def _cells(function: FunctionType, session: Any) -> list[Any]:
    cells = function.__closure__ or ()
    if not cells:
        return []
    pieces: list[Any] = [',"cells":[']
    for at, cell in enumerate(cells):
        path = f".__closure__[{at}]"
        proxy = session.proxies.setdefault(id(cell), Captured(cell))
        pieces += ["," if at else "", (path, proxy)]
    held = zip(function.__code__.co_freevars, map(_content, cells), strict=True)
    free = {name: value for name, value in held if value is not _EMPTY}
    return [*pieces, "]", *([',"free":', (".__closure__", free)] if free else [])]


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _describe_cell(proxy: Captured, context: str, session: Any) -> Pieces:
    return '{"lc":"cell"', ["}"]


def cell(parts: Mapping[str, Any]) -> CellType:
    """Returns a cell; what it holds is given by a function that captures it."""
    return CellType()


def place_of(parts: Mapping[str, Any], module: Any, *, may_differ: bool) -> Place:
    """Returns the code that a node says where to find in a module.

    Args:
        may_differ: Today's code may stand for what was edited since, where it is called the same.

    Raises:
        RebuildError: `missing_name`, nothing has the name; `class_changed`, what has is other code.
    """
    location = _location(parts)
    is_module = isinstance(module, types.ModuleType)
    tree = locations.tree_of(module.__name__) if is_module else None
    if tree is None or location.qualname not in tree.codes:
        raise problems.rebuild("missing_name", f"there is no code of a function `{parts['id']}`")
    found = tree.find(location)
    if found is None:
        told = parts if may_differ else {"id": parts["id"]}
        code = edited.find(told, location.qualname, tree, vars(module))
        return Place(code, vars(module), tree.node(code), True)
    return Place(found, vars(module), tree.node(found))


def place_among(parts: Mapping[str, Any], functions: list[FunctionType]) -> Place:
    """Returns the code of a script that a node means, of that of functions which were given.

    Raises:
        RebuildError: `class_changed`, none has this code; `missing_name`, several may be meant.
    """
    if not functions:
        reason = f"nothing in `allow` has code of a function `{parts['id']}`"
        raise problems.rebuild("missing_name", reason, hint="give the function itself")
    location = _location(parts)
    found = things.code_at(location, functions)
    if found is not None:
        return Place(found.code, found.function.__globals__, found.home.node(found.code))
    given = things.alone_at(location.qualname, functions)
    if "signature" not in parts or given is None:
        raise problems.rebuild(
            "class_changed",
            f"no function `{parts['id']}` in `allow` has the code that it had when it was saved",
            hint=f"give the very one that was saved too, or {problems.OTHER_VERSION}",
        )
    code = edited.find(parts, location.qualname, given.home, given.function.__globals__)
    return Place(code, given.function.__globals__, given.home.node(code), True)


def _location(parts: Mapping[str, Any]) -> Location:
    location = Location(parts["id"].partition(":")[2], _hash(parts), _at(parts))
    edited.checked(parts, location.qualname)
    return location


def make(parts: Mapping[str, Any], place: Place) -> FunctionType:
    """Returns the function with its cells, before anything that they hold is there."""
    cells = parts.get("cells", [])
    count = len(place.code.co_freevars)
    if type(cells) is not list or any(type(cell) is not CellType for cell in cells):
        raise problems.Malformed("the cells of a node `code` are no cells")
    if len(cells) != count:
        reason = f"the function `{parts['id']}` captures {count} variables, not {len(cells)}"
        raise problems.rebuild("invalid_state", reason)
    return FunctionType(place.code, place.globals, closure=tuple(cells) or None)


def fill(function: FunctionType, parts: dict[str, Any], place: Place) -> None:
    """Gives a function what it captured and what it has of its own."""
    free = _part(parts, "free", dict) or {}
    cells = dict(zip(place.code.co_freevars, function.__closure__ or (), strict=True))
    for name, value in free.items():
        if name not in cells:
            # A key may be anything, and its text far longer than what is written of it.
            shown = f"`{name}`" if type(name) is str else f"a {type(name).__name__}"
            raise problems.rebuild("invalid_state", f"{shown} is no variable that it captures")
        if _content(cells[name]) is _EMPTY:
            cells[name].cell_contents = value
    function.__defaults__ = _part(parts, "defaults", tuple)
    function.__kwdefaults__ = _part(parts, "kwdefaults", dict)
    held = _part(parts, "dict", dict)
    if held is not None:
        if _OWN & held.keys() or any(type(key) is not str for key in held):
            raise problems.rebuild("invalid_state", "a function may not hold such an attribute")
        function.__dict__ = held
    for key, attribute in _NAMES.items():
        if key in parts:
            value = parts[key]
            if type(value) is not str and (value is not None or key in ("name", "qualname")):
                raise problems.Malformed(f"the member `{key}` of a node `code` is no text")
            setattr(function, attribute, value)
    notes.give(function, parts, place)
    trouble = hints.trouble_of(function)
    if trouble is not None:
        raise problems.rebuild("invalid_state", f"of the function `{parts['id']}`: {trouble}")
    if held is not None:
        # One that is given annotations is filled again at the end: by then its dict is whole too.
        parts.setdefault("annotations", function.__annotations__)


def _part(parts: Mapping[str, Any], name: str, cls: type) -> Any:
    found = parts.get(name)
    if name in parts and type(found) is not cls:
        raise problems.Malformed(f"the member `{name}` of a node `code` is no `{cls.__name__}`")
    return found


def _hash(parts: Mapping[str, Any]) -> str:
    return problems.text_part(dict(parts), "code", "hash")


def _at(parts: Mapping[str, Any]) -> int:
    at = parts.get("at", 0)
    if type(at) is not int or at < 0 or ("at" in parts and not at):
        raise problems.Malformed("the member `at` of a node `code` is no position")
    return at
