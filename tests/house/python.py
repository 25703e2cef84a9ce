"""What the rules ask of Python sources, answered by `ast`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .tree import Function, Import, looked_once

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar,
    ast.Match,
)  # fmt: skip

PUBLIC = {
    "check", "delete_snapshot", "dumps", "get_metadata", "loads", "register", "restore", "snapshot",
    "snapshot_exists", "verify_snapshot",
}  # fmt: skip


def parse(path: Path) -> ast.Module:
    return _parsed(path.read_bytes())


@cache
def _parsed(source: bytes) -> ast.Module:
    return ast.parse(source)


@looked_once
def functions(module: ast.Module, file: str) -> Iterator[Function]:
    for node in ast.walk(module):
        if isinstance(node, FunctionNode):
            yield Function(
                name=node.name,
                line=node.lineno,
                lines=(node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node),
                parameters=_parameters(node),
                nesting=_nesting(node),
                is_public_contract=_is_public(node, file),
            )


def _docstring_lines(node: FunctionNode) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    docstring = node.body[0]
    return (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1


def _parameters(node: FunctionNode) -> int:
    spec = node.args
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    bound = bool(names) and names[0] in {"self", "cls"}
    return len(names) - bound + (spec.vararg is not None) + (spec.kwarg is not None)


def _is_public(node: FunctionNode, file: str) -> bool:
    return file.endswith(".pyi") or (file in {"api.py", "aio.py"} and node.name in PUBLIC)


def _nesting(function: FunctionNode) -> int:
    deepest = 0
    pending: list[tuple[ast.AST, int]] = [(child, 0) for child in function.body]
    while pending:
        node, depth = pending.pop()
        if isinstance(node, (*FunctionNode.__args__, ast.ClassDef)):
            continue
        below = depth + isinstance(node, BLOCKS)
        deepest = max(deepest, below)
        # `elif` stands beside its `if`, not below it.
        chained = node.orelse if isinstance(node, ast.If) and _is_elif(node) else []
        for child in ast.iter_child_nodes(node):
            pending.append((child, depth if child in chained else below))
    return deepest


def _is_elif(node: ast.If) -> bool:
    return len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)


@looked_once
def class_names(module: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            yield node.lineno, node.name


@looked_once
def compiled_classes(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields the classes that methods are compiled for when they are made."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            made_by = [ast.unparse(part) for part in (*node.bases, *node.decorator_list)]
            if any(re.search(r"\b(NamedTuple|dataclass)\b", part) for part in made_by):
                yield node.lineno, node.name


@looked_once
def all_imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields the full name of every module that a file imports from elsewhere."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, node.module or ""
        else:
            yield from ((node.lineno, name) for name in _imported_by_name(node))


def _imported_by_name(node: ast.AST) -> Iterator[str]:
    """Yields the module of a call `import_module("…")`."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
        ("import_module", "__import__")
    ):
        for given in node.args[:1]:
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value


def module_of(package: Path, path: Path) -> tuple[str, ...]:
    """Returns the module that a file is, the package's own name left out."""
    parts = path.relative_to(package).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def imports(module: ast.Module, path: Path, package: Path) -> Iterator[Import]:
    """Yields every module of the package that a file imports, wherever in it the import stands."""
    for node, is_for_types in _importing(module):
        for target in _targets(node, path, package):
            yield Import(node.lineno, target, is_for_types)


@looked_once
def _importing(module: ast.Module) -> Iterator[tuple[ast.stmt | ast.Call, bool]]:
    """Yields what imports something, and whether it stands where only types are looked at."""
    for_types = {
        id(node)
        for block in ast.walk(module)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(module):
        is_call = isinstance(node, ast.Call) and any(_imported_by_name(node))
        if is_call or isinstance(node, ast.Import | ast.ImportFrom):
            yield node, id(node) in for_types


def _targets(node: ast.AST, path: Path, package: Path) -> Iterator[tuple[str, ...]]:
    named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    for name in (*named, *_imported_by_name(node)):
        head, *rest = name.split(".")
        if head == package.name:
            yield _module(package, tuple(rest), None)
    if isinstance(node, ast.ImportFrom):
        base = (node.module or "").split(".") if node.module else []
        if node.level:
            here = list(path.relative_to(package).parts)
            base = [*here[: len(here) - node.level], *base]
        elif base[0] != package.name:
            return
        else:
            base = base[1:]
        for alias in node.names:
            yield _module(package, tuple(base), alias.name)


def _module(package: Path, base: tuple[str, ...], name: str | None) -> tuple[str, ...]:
    """Returns the file that an import leads to: a submodule where the name is one."""
    folder = package.joinpath(*base)
    if name is not None and any(
        candidate.exists()
        for candidate in (folder / f"{name}.py", folder / f"{name}.pyi", folder / name)
    ):
        return (*base, name)
    return base or ("__init__",)
