"""Lists the classes of an installed package with what their source touches, to draft a table from.

    python tests/adapters/draft_table.py langchain_core

The list is where a reviewer starts, not what decides: each class is read before it gets a row in
`persist/adapters/`, because what a class reaches through its attributes leaves no word here.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MODULES = frozenset(
    [
        "aiohttp",
        "builtins",
        "ctypes",
        "dill",
        "ftplib",
        "glob",
        "httpx",
        "importlib",
        "marshal",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "pkgutil",
        "pty",
        "requests",
        "runpy",
        "shelve",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "urllib",
        "webbrowser",
        "yaml",
        "zipfile",
    ]
)
CALLS = frozenset(
    [
        "Path",
        "Popen",
        "__import__",
        "compile",
        "create_model",
        "create_model_v2",
        "eval",
        "exec",
        "get_type_hints",
        "getattr",
        "guard_import",
        "import_module",
        "input",
        "load_module",
        "open",
        "setattr",
    ]
)
HOOKS = frozenset(
    [
        "__del__",
        "__getattr__",
        "__getattribute__",
        "__getstate__",
        "__init__",
        "__init_subclass__",
        "__new__",
        "__post_init__",
        "__reduce__",
        "__reduce_ex__",
        "__set_name__",
        "__setstate__",
        "model_post_init",
        "InputType",
        "OutputType",
        "config_specs",
    ]
)
VALIDATORS = frozenset(
    {"field_validator", "model_validator", "validator", "root_validator", "pre_init"}
)


@dataclass(frozen=True)
class Finding:
    """One class and what its own source touches; its bases have findings of their own."""

    name: str
    bases: tuple[str, ...]
    kind: str
    touches: tuple[str, ...]


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yields the words of a class's source that a reviewer wants to see."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {part.name}" for part in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"import {node.module}"
        elif isinstance(node, ast.Name) and node.id in MODULES:
            yield node.id
        elif isinstance(node, ast.Call):
            called = (
                node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            )
            if called in CALLS:
                yield f"{called}()"
        elif isinstance(node, ast.FunctionDef) and node.name in HOOKS:
            yield node.name
        elif isinstance(node, ast.FunctionDef):
            yield from decorators_in(node)


def decorators_in(node: ast.FunctionDef) -> Iterator[str]:
    """Yields `validator name` for each validator among a function's decorators."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        if name in VALIDATORS:
            yield f"{name} {node.name}"


def touches(cls: type) -> tuple[str, ...]:
    """Returns what the class's own source touches, or `no source`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return ("no source",)
    return tuple(dict.fromkeys(names_in(tree)))


def kind_of(cls: type) -> str:
    """Returns how the class would be taken apart.

    `serializable` and `not serializable` are LangChain's words for its own classes, the others
    are `model` (pydantic), `dataclass`, `protocol` and `plain`.
    """
    if callable(getattr(cls, "is_lc_serializable", None)):
        return "serializable" if cls.is_lc_serializable() else "not serializable"
    if hasattr(cls, "model_fields"):
        return "model"
    if hasattr(cls, "__dataclass_fields__"):
        return "dataclass"
    return "protocol" if getattr(cls, "_is_protocol", False) else "plain"


def modules_of(package: str) -> list[str]:
    """Returns the names of a package's modules, also of those in folders without `__init__`.

    `pkgutil` leaves such folders out, and whatever is below a package that cannot be imported.
    """
    found = {package}
    for folder in map(Path, importlib.import_module(package).__path__):
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            found.add(".".join([package, *parts]).removesuffix(".__init__"))
    return sorted(found)


def unreached(package: str) -> dict[str, str]:
    """Returns the modules of a package that cannot be imported here, each with what it lacks."""
    lacking = {}
    for name in modules_of(package):
        try:
            importlib.import_module(name)
        except Exception as problem:
            lacking[name] = getattr(problem, "name", None) or str(problem)
    return lacking


def classes_of(package: str) -> Iterator[type]:
    """Yields every class defined in a module of the package, nested ones too; imports all of it."""
    for name in modules_of(package):
        try:
            module = importlib.import_module(name)
        except Exception as problem:
            print(f"# {name}: {problem}", file=sys.stderr)
            continue
        waiting = [value for value in vars(module).values() if isinstance(value, type)]
        seen: set[type] = set()
        while waiting:
            cls = waiting.pop(0)
            if cls.__module__ != name or cls in seen:
                continue
            seen.add(cls)
            yield cls
            waiting += [value for value in vars(cls).values() if isinstance(value, type)]


def findings(package: str) -> list[Finding]:
    """Returns one finding per class of the package, by name."""
    listed = []
    for cls in classes_of(package):
        bases = tuple(
            f"{base.__module__}:{base.__qualname__}" for base in cls.__bases__ if base is not object
        )
        listed.append(
            Finding(f"{cls.__module__}:{cls.__qualname__}", bases, kind_of(cls), touches(cls))
        )
    return sorted(listed, key=lambda finding: finding.name)


def main(packages: list[str]) -> None:
    """Prints the findings of each package, one class a line, tab separated."""
    warnings.simplefilter("ignore")
    for package in packages:
        for finding in findings(package):
            print(
                finding.name,
                finding.kind,
                ", ".join(finding.bases),
                ", ".join(finding.touches),
                sep="\t",
            )


if __name__ == "__main__":
    main(sys.argv[1:])
