"""The annotations of functions that are made anew.

Text in an annotation is run by whoever resolves it, so none is taken from a state: annotations are
read off the function's own `def`, or are classes and typing forms.
"""

from __future__ import annotations

import ast
import builtins
import operator
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from persist.state import forms, hints, problems

__all__ = ["give", "told"]

_FUTURE = 0x1000000
"""`co_flags` of code under `from __future__ import annotations`."""


class Place(Protocol):
    """Code and where it stands."""

    @property
    def code(self) -> types.CodeType: ...

    @property
    def globals(self) -> dict[str, Any]: ...

    @property
    def node(self) -> Any: ...

    @property
    def is_edited(self) -> bool: ...


class Unknown(Exception):  # noqa: N818 - says that one annotation cannot be read off its source
    """An annotation is no plain expression over names that are known here."""


def told(function: types.FunctionType, place: Place, session: Any) -> list[Any] | str:
    """Returns the member of the node that says what the annotations are, or why there is none."""
    held = function.__annotations__
    wrapped = _wrapped(function)
    # Also where its own source gives as much: what is set in one of the two shows in the other.
    if wrapped is not None and wrapped.__annotations__ is held:
        return [',"annotations":"wrapped"']
    if _are_same(held, _derived(function, place)):
        # Whoever holds the very dict has to find it again.
        is_written = session.writes(held)
        return [',"annotations":', (".__annotations__", held)] if is_written else []
    for name, value in held.items():
        if type(name) is not str or not forms.is_type(value):
            shown = function.__code__.co_qualname
            where = f"the annotation `{name}` of the function `{shown}`"
            return f"{where} is neither in its source nor a type"
    return [',"annotations":', (".__annotations__", held)]


def give(function: types.FunctionType, parts: Mapping[str, Any], place: Place) -> None:
    """Gives a function its annotations.

    Raises:
        RebuildError: `class_changed`, they can no longer be read off; `invalid_state`.
    """
    if "annotations" not in parts:
        derived = _derived(function, place)
        if derived is None:
            raise problems.rebuild(
                "class_changed",
                f"the annotations of the function `{parts['id']}` name what is not there",
            )
        function.__annotations__ = derived
        return
    found = parts["annotations"]
    if found == "wrapped" and type(found) is str:
        wrapped = _wrapped(function)
        if wrapped is None:
            raise problems.rebuild("invalid_state", "a function wraps no other")
        found = wrapped.__annotations__
    elif not _are_types(found) and not _are_same(found, _derived(function, place)):
        if place.is_edited:
            raise problems.rebuild(
                "class_changed",
                f"the annotations of the function `{parts['id']}` have changed since the state was"
                " written",
                hint=problems.OTHER_VERSION,
            )
        raise problems.rebuild("invalid_state", "the annotations of a function are no types")
    function.__annotations__ = found


def _are_types(found: object) -> bool:
    is_named = type(found) is dict and all(type(name) is str for name in found)
    return is_named and hints.is_hint(found)


def _wrapped(function: types.FunctionType) -> types.FunctionType | None:
    """Returns the function that a decorator says it wraps; of a method its function."""
    found = vars(function).get("__wrapped__")
    if type(found) is types.MethodType:
        found = found.__func__
    return found if type(found) is types.FunctionType else None


def _are_same(held: Any, derived: Mapping[str, Any] | None) -> bool:
    if derived is None or type(held) is not dict or list(held) != list(derived):
        return False
    return all(
        type(value) is type(derived[name]) and (value is derived[name] or value == derived[name])
        for name, value in held.items()
    )


def _derived(function: types.FunctionType, place: Place) -> dict[str, Any] | None:
    """Returns the annotations that the source gives, None where it does not tell."""
    if place.node is None:
        return None if function.__annotations__ else {}
    is_text = bool(place.code.co_flags & _FUTURE)
    scope = _scope(place)
    try:
        return {
            name: ast.unparse(node) if is_text else _value(node, scope)
            for name, node in _annotated(place.node)
        }
    except Unknown:
        return None


def _annotated(node: Any) -> Iterator[tuple[str, Any]]:
    arguments = node.args
    # The order in which the compiler takes them.
    plain = [*arguments.args, *arguments.posonlyargs]
    for one in (*plain, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg):
        if one is not None and one.annotation is not None:
            yield one.arg, one.annotation
    if getattr(node, "returns", None) is not None:
        yield "return", node.returns


def _scope(place: Place) -> dict[str, Any]:
    # What a function captured is given by the state: it is neither read as a type nor asked.
    scope = {**vars(builtins), **place.globals}
    return {name: value for name, value in scope.items() if name not in place.code.co_freevars}


def _value(node: Any, scope: Mapping[str, Any]) -> Any:
    """Returns what a plain expression stands for: names, attributes, subscripts, `|`."""
    read = _READ.get(type(node))
    if read is None:
        raise Unknown
    return read(node, scope)


def _name(node: Any, scope: Mapping[str, Any]) -> Any:
    if node.id not in scope:
        raise Unknown
    return scope[node.id]


def _attribute(node: Any, scope: Mapping[str, Any]) -> Any:
    owner = _value(node.value, scope)
    if not isinstance(owner, types.ModuleType | type) or node.attr not in vars(owner):
        raise Unknown
    return vars(owner)[node.attr]


def _subscript(node: Any, scope: Mapping[str, Any]) -> Any:
    return _applied(operator.getitem, _value(node.value, scope), _value(node.slice, scope))


def _union(node: Any, scope: Mapping[str, Any]) -> Any:
    if not isinstance(node.op, ast.BitOr):
        raise Unknown
    return _applied(operator.or_, _value(node.left, scope), _value(node.right, scope))


def _applied(function: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    try:
        return function(one, other)
    except Exception as error:
        raise Unknown from error


_READ: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {
    ast.Constant: lambda node, scope: node.value,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _union,
    ast.Tuple: lambda node, scope: tuple(_value(part, scope) for part in node.elts),
    ast.List: lambda node, scope: [_value(part, scope) for part in node.elts],
}
