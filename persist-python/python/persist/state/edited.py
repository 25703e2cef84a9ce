"""Functions of a module that were edited after a state was written: what is called is today's code.

Who edits the body of a tool means that tool. It stands in the state by the place of its code, since
a decorator replaced it; but as a function that a name leads to it is today's code of its name, if
that means one function on both sides, and is called in the way that the state was written for.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from persist.exceptions import RebuildError
from persist.state import decorated, locations, problems
from persist.state.locations import Tree

__all__ = ["checked", "find", "told"]

MAX_CHARACTERS = 4_000
"""Of a signature: one that is longer is not written."""

MAX_SHOWN = 300

_FORM = re.compile(r"(async def|def) \(([\w:*/=, ]*)\)( yield)?")
_ANNOTATION = re.compile(r": [0-9a-f]{16}")


def told(function: FunctionType, qualname: str, tree: Tree) -> str | None:
    """Returns how a function is called that today's code may stand for later, None for any other.

    Such a one captures nothing and alone has its name: in its source, and in what stands under it.
    """
    code = function.__code__
    if "<" in qualname or code.co_freevars or len(tree.codes[qualname]) != 1:
        return None
    is_there = decorated.codes_at(function.__globals__, qualname) == [code]
    return _signature(code, tree) if is_there else None


def checked(parts: Mapping[str, Any], qualname: str) -> re.Match[str] | None:
    """Returns how the saved function was called, None where the node does not say.

    Raises:
        Malformed: No writer says such a thing, or of such a function.
    """
    if "signature" not in parts:
        return None
    found = _form(parts["signature"])
    if found is None or "<" in qualname or "at" in parts or parts.get("cells"):
        raise problems.Malformed("the member `signature` of a node `code` is none")
    return found


def find(parts: Mapping[str, Any], qualname: str, tree: Tree, holder: Mapping[str, Any]) -> Any:
    """Returns the code of today of a function that had other code when the state was written.

    Raises:
        RebuildError: `class_changed`, several may be meant, or it is called otherwise.
    """
    signature = checked(parts, qualname)
    group = tree.codes.get(qualname, [])
    if signature is None:
        raise _changed(parts)
    if len(group) != 1:
        raise _changed(parts, "several have its name now")
    # The source may have been edited after its module was loaded, and a program may have put
    # something else in the place of what that made.
    if decorated.codes_at(holder, qualname) != group:
        raise _changed(parts, "what stands under its name now does not hold it")
    now = _form(_signature(group[0], tree))
    if now is None or group[0].co_freevars:
        raise _changed(parts, "its source does not say how it is called now")
    if signature[0] != now[0]:
        raise _otherwise(parts["id"], signature, now)
    return group[0]


def _signature(code: CodeType, tree: Tree) -> str | None:
    """Returns how a function is called, None where there is no source that says it.

    Its kind, its parameters with a hash of each annotation, and which have a default: what callers
    and the schema of a tool's arguments were made for.
    """
    node: Any = tree.node(code)
    is_named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if not is_named or getattr(node, "type_params", None):
        return None
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    flags = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
    ending = " yield" if code.co_flags & flags else ""
    text = f"{kind} ({', '.join(_parameters(node.args))}){ending}"
    return text if len(text) <= MAX_CHARACTERS else None


def _parameters(given: ast.arguments) -> Iterator[str]:
    plain = [*given.posonlyargs, *given.args]
    first = len(plain) - len(given.defaults)
    for at, one in enumerate(plain):
        yield _parameter(one, at >= first)
        if at + 1 == len(given.posonlyargs):
            yield "/"
    if given.vararg is not None:
        yield f"*{_parameter(given.vararg, False)}"
    elif given.kwonlyargs:
        yield "*"
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _parameter(one, default is not None)
    if given.kwarg is not None:
        yield f"**{_parameter(given.kwarg, False)}"


def _parameter(one: ast.arg, has_default: bool) -> str:
    hashed = "" if one.annotation is None else f": {locations.canonical_hash(one.annotation)}"
    return f"{one.arg}{hashed}{'=' * has_default}"


def _form(signature: object) -> re.Match[str] | None:
    """Returns the parts of a signature: its kind, its parameters, and whether it yields."""
    is_text = type(signature) is str and len(signature) <= MAX_CHARACTERS
    return _FORM.fullmatch(str(signature)) if is_text else None


def _otherwise(name: str, saved: re.Match[str], now: re.Match[str]) -> RebuildError:
    """Returns the error that says in what a function is called otherwise than it was."""
    since = "since the state was written"
    before, after = (_ANNOTATION.sub("", form[2]) for form in (saved, now))
    if (saved[1], saved[3]) != (now[1], now[3]):
        kinds = [f"`{form[1]}`{' with `yield`' if form[3] else ''}" for form in (saved, now)]
        reason = f"the function `{name}` has changed {since}: it was {kinds[0]} and is {kinds[1]}"
    elif before != after:
        were, are = (text[:MAX_SHOWN] + "…" * (len(text) > MAX_SHOWN) for text in (before, after))
        reason = f"the parameters of the function `{name}` have changed {since}:"
        reason += f" they were `({were})` and are `({are})`"
    else:
        pairs = zip(before.split(", "), saved[2].split(", "), now[2].split(", "), strict=True)
        shown = next(shown for shown, one, other in pairs if one != other).strip("*=")
        reason = f"the annotation of the parameter `{shown}` of the function `{name}` has"
        return _refused(f"{reason} changed {since}")
    return _refused(f"{reason} now")


def _changed(parts: Mapping[str, Any], rest: str = "") -> RebuildError:
    reason = f"the code of the function `{parts['id']}` has changed since the state was written"
    reason += f", and {rest}" if rest else ""
    return problems.rebuild("class_changed", reason, hint=problems.OTHER_VERSION)


def _refused(reason: str) -> RebuildError:
    hint = f"let it be called as it was, or {problems.OTHER_VERSION}"
    return problems.rebuild("class_changed", reason, hint=hint)
