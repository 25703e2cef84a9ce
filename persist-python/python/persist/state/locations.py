"""Where the code of a function stands: a module, a qualified name, and a hash of what is written.

A function made inside another has no name that leads to it, but its code lies in the code of its
module, which is loaded anyway. A hash over the source finds it there: of the syntax tree, so that
it is the same under every interpreter, from source or `.pyc`, and after reformatting.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import re
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any

from persist.state import names
from persist.state.record import Record

__all__ = [
    "Location",
    "Tree",
    "canonical_hash",
    "home_of",
    "qualname_of",
    "tree_of",
    "tree_with",
]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

# These scopes exist in some interpreters alone.
_INLINED = re.compile(r"<(?:list|set|dict)comp>\.(?:<locals>\.)?")

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment"})


class Location(Record):
    """One function's code among those of its module."""

    qualname: str
    digest: str
    at: int
    """Position among those of the same name and hash."""


class Tree:
    """The code objects of one root, by qualified name, and the source they were compiled from."""

    def __init__(self, root: CodeType, source: str | None) -> None:
        self.codes: dict[str, list[CodeType]] = {}
        # The bodies of modules, classes and generator expressions are no functions.
        for code in filter(_is_function, _codes(root)):
            self.codes.setdefault(qualname_of(code), []).append(code)
        for group in self.codes.values():
            group.sort(key=_start)
        self._source = source
        self._nodes: dict[tuple[int, str], list[ast.AST]] | None = None
        self._digests: dict[CodeType, str] = {}

    def locate(self, code: CodeType) -> Location | None:
        """Returns where a live code object stands, None where it is not one of these."""
        qualname = qualname_of(code)
        group = self.codes.get(qualname, ())
        found = next((known for known in group if known is code), None)
        found = found or next((known for known in group if known == code), None)
        if found is None:
            return None
        digest = self.digest(found)
        equals = [known for known in group if self.digest(known) == digest]
        return Location(qualname, digest, next(at for at, it in enumerate(equals) if it is found))

    def find(self, location: Location) -> CodeType | None:
        """Returns the code object that stands there, None where there is none like it."""
        equals = self.equals(location)
        return equals[location.at] if 0 <= location.at < len(equals) else None

    def equals(self, location: Location) -> list[CodeType]:
        """Returns the code objects of that name which are written the same."""
        digest_of = self.digest if ":" not in location.digest else structural_hash
        group = self.codes.get(location.qualname, ())
        return [code for code in group if digest_of(code) == location.digest]

    def digest(self, code: CodeType) -> str:
        """Returns the hash of a code object's source, or of itself where there is no source."""
        known = self._digests.get(code)
        if known is None:
            node = self.node(code)
            known = structural_hash(code) if node is None else canonical_hash(node)
            self._digests[code] = known
        return known

    def node(self, code: CodeType) -> Any:
        """Returns the `def` or `lambda` that a code object was compiled from, where it is known."""
        if self._nodes is None:
            self._nodes = self._parsed()
        group = self._nodes.get((code.co_firstlineno, code.co_name), [])
        if len(group) < 2:
            return group[0] if group else None
        spans = [span for span in code.co_positions() if None not in span and span[3]]
        around = [node for node in group if _encloses(node, spans)]
        return min(around, key=_extent, default=None) if spans else None

    def made_by(self, function: str) -> set[str]:
        """Returns the variables of a module that its source gives what a builtin makes: once."""
        made: list[str] = []
        given: list[str] = []
        module = self._module()
        for node in ast.walk(module):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                given.append(node.id)
        for node in module.body:
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            value: Any = getattr(node, "value", None)
            is_call = isinstance(value, ast.Call) and not (value.args or value.keywords)
            if is_call and isinstance(value.func, ast.Name) and value.func.id == function:
                made += [it.id for it in targets if isinstance(it, ast.Name)]
        return {name for name in made if given.count(name) == 1 and function not in given}

    def _module(self) -> ast.Module:
        try:
            return ast.parse(self._source or "")
        except (SyntaxError, ValueError):
            return ast.Module([], [])

    def _parsed(self) -> dict[tuple[int, str], list[ast.AST]]:
        nodes: dict[tuple[int, str], list[ast.AST]] = {}
        for node in ast.walk(self._module()):
            if isinstance(node, FUNCTIONS):
                first = [node.lineno, *(it.lineno for it in getattr(node, "decorator_list", ()))]
                key = (min(first), getattr(node, "name", "<lambda>"))
                nodes.setdefault(key, []).append(node)
        return nodes


def qualname_of(code: CodeType) -> str:
    """Returns the qualified name as every interpreter has it: some run comprehensions inline."""
    return _INLINED.sub("", code.co_qualname)


_trees: dict[str, tuple[object, Tree]] = {}


def tree_of(module: str, *, is_fresh: bool = False) -> Tree | None:
    """Returns the code of a loaded module, None where its loader does not give it; runs none.

    Args:
        is_fresh: Read it again: the module may have been loaded anew.
    """
    loaded = names.loaded(module)
    known = _trees.get(module)
    if known is not None and known[0] is loaded and not is_fresh:
        return known[1]
    found = vars(loaded) if isinstance(loaded, ModuleType) else {}
    spec = found.get("__spec__")
    loader: Any = getattr(spec, "loader", None) or found.get("__loader__")
    if not hasattr(loader, "get_code"):
        # One that only executes, such as a test runner's: the file has the code all the same.
        loader = _file_loader(module, getattr(spec, "origin", None))
    try:
        root = loader.get_code(getattr(loader, "name", module))
        source = loader.get_source(getattr(loader, "name", module))
    except Exception:
        return None
    if not isinstance(root, CodeType):
        return None
    tree = Tree(root, source)
    _trees[module] = (loaded, tree)
    return tree


def _file_loader(module: str, origin: object) -> Any:
    is_source = isinstance(origin, str) and origin.endswith(".py")
    return SourceFileLoader(module, str(origin)) if is_source else None


def tree_with(function: FunctionType, module: str) -> Tree | None:
    """Returns the code that a function's is to be a part of, None where no loader gives it."""
    tree = tree_of(module)
    if tree is not None and tree.locate(function.__code__) is None:
        # The module may have been loaded anew.
        tree = tree_of(module, is_fresh=True)
    is_found = tree is not None and tree.locate(function.__code__) is not None
    if module == names.MAIN and not is_found and (tree is None or _is_entered(function)):
        return _tree_of_function(function)
    return tree


def home_of(function: FunctionType) -> Tree:
    """Returns the code that a function's is a part of: its module's, or else its own."""
    module = function.__globals__.get("__name__")
    tree = tree_with(function, module) if type(module) is str else None
    is_found = tree is not None and tree.locate(function.__code__) is not None
    return tree if tree is not None and is_found else _tree_of_function(function)


def _is_entered(function: FunctionType) -> bool:
    """Returns whether code was entered at a prompt or in a cell, whose text is kept as a file's.

    What is kept so has no time at which it changed.
    """
    kept = linecache.cache.get(function.__code__.co_filename, ())
    return len(kept) == 4 and kept[1] is None


def _tree_of_function(function: FunctionType) -> Tree:
    """Returns the code of one function and of all in it."""
    return Tree(function.__code__, "".join(linecache.getlines(function.__code__.co_filename)))


def canonical_hash(node: ast.AST) -> str:
    """Returns 16 hex digits over a syntax tree: names of nodes, and their fields that are set.

    Positions, contexts and spellings of text do not count.
    """
    pieces: list[str] = []
    waiting: list[Any] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            pieces.append(part)
        elif isinstance(part, ast.Constant):
            pieces.append(_constant(part.value))
        elif isinstance(part, ast.AST):
            waiting.extend(reversed(["(", type(part).__name__, *_fields(part), ")"]))
        elif isinstance(part, list):
            waiting.extend(reversed(["[", *(_text(item) for item in part), "]"]))
        else:
            pieces.append(_constant(part))
    text = "\x1f".join(pieces)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def structural_hash(code: CodeType) -> str:
    """Returns the interpreter's tag and a hash over a code object, line numbers aside."""
    pieces: list[str] = []
    waiting: list[Any] = [code]
    while waiting:
        part = waiting.pop()
        if isinstance(part, CodeType):
            pieces.append(f"{part.co_qualname} {part.co_flags} {part.co_code.hex()}")
            pieces.append(f"{part.co_argcount} {part.co_posonlyargcount} {part.co_kwonlyargcount}")
            pieces.append(repr((part.co_names, part.co_varnames, part.co_freevars)))
            pieces.append(repr((part.co_cellvars, part.co_exceptiontable)))
            waiting.extend(reversed(part.co_consts))
        elif isinstance(part, tuple):
            waiting.extend(reversed(["(", *part, ")"]))
        elif isinstance(part, frozenset):
            pieces.append(repr(sorted(map(_constant, part))))
        else:
            pieces.append(_constant(part))
    text = "\x1f".join(pieces).encode("utf-8", "surrogatepass")
    return f"{sys.implementation.cache_tag}:{hashlib.sha256(text).hexdigest()[:16]}"


def _codes(root: CodeType) -> Iterator[CodeType]:
    waiting = [root]
    while waiting:
        code = waiting.pop()
        yield code
        inner = [const for const in code.co_consts if isinstance(const, CodeType)]
        waiting.extend(reversed(inner))


def _is_function(code: CodeType) -> bool:
    is_named = code.co_name == "<lambda>" or code.co_name.isidentifier()
    return is_named and bool(code.co_flags & inspect.CO_OPTIMIZED)


def _start(code: CodeType) -> tuple[int, int]:
    columns = (span[2] for span in code.co_positions() if None not in span and span[3])
    return code.co_firstlineno, min(filter(None, columns), default=0)


def _extent(node: Any) -> tuple[int, int]:
    body = node.body
    return body.end_lineno - body.lineno, body.end_col_offset - body.col_offset


def _encloses(node: Any, spans: list[Any]) -> bool:
    if not isinstance(node, ast.Lambda):
        return True
    body: Any = node.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return all(start <= (span[0], span[2]) and (span[1], span[3]) <= end for span in spans)


def _fields(node: ast.AST) -> Iterator[Any]:
    for name in sorted(set(node._fields) - _LEFT_OUT):
        value = getattr(node, name, None)
        if isinstance(node, ast.JoinedStr):
            value = _joined(value)
        if value is not None and value != []:
            yield name
            yield _text(value)


def _text(value: Any) -> Any:
    """Returns a field as it counts; a name in it must not look like punctuation of ours."""
    return _constant(value) if isinstance(value, str) else value


def _joined(parts: Any) -> list[Any]:
    """Returns the pieces of a formatted string, cut where every interpreter cuts them."""
    merged: list[Any] = []
    for part in parts:
        text: Any = part.value if isinstance(part, ast.Constant) else None
        before: Any = getattr(merged[-1], "value", None) if merged else None
        if text == "":
            continue
        if type(text) is str and type(before) is str:
            merged[-1] = ast.Constant(before + text)
        else:
            merged.append(part)
    return merged


def _constant(value: object) -> str:
    shown = hex(value) if type(value) is int else repr(value)
    return f"{type(value).__name__} {shown}"
