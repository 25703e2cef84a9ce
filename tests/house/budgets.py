"""How large a thing may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from . import python, rust
from .tree import Function, files, place

SOURCES = (
    Path("persist-core"),
    Path("persist-python"),
)
EVERYWHERE = (*SOURCES, Path("tests"))

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 600
MAX_TEST_MODULE_LINES = 100
MAX_PARAMETERS = 5
MAX_NESTING = 3


def _functions(
    root: Path, is_too_much: Callable[[Function], bool]
) -> Iterator[tuple[str, Function]]:
    """Yields the functions that are too much of something, and where each is."""
    parsed = [(path, rust.functions(rust.parse(path))) for path in files(root, ".rs", *EVERYWHERE)]
    for ending in (".py", ".pyi"):
        for path in files(root, ending, *EVERYWHERE):
            parsed.append((path, python.functions(python.parse(path), path.name)))
    for path, functions in parsed:
        for function in filter(is_too_much, functions):
            yield f"{place(root, path, function.line)}: `{function.name}`", function


def functions_are_short(root: Path) -> list[str]:
    return [
        f"{where} has {function.lines} lines, more than {MAX_FUNCTION_LINES}"
        for where, function in _functions(root, lambda it: it.lines > MAX_FUNCTION_LINES)
        if not function.is_public_contract
    ]


def functions_take_few_parameters(root: Path) -> list[str]:
    return [
        f"{where} takes {function.parameters} parameters, more than {MAX_PARAMETERS}"
        for where, function in _functions(root, lambda it: it.parameters > MAX_PARAMETERS)
        if not function.is_public_contract
    ]


def functions_are_not_deep(root: Path) -> list[str]:
    return [
        f"{where} nests {function.nesting} deep, more than {MAX_NESTING}"
        for where, function in _functions(root, lambda it: it.nesting > MAX_NESTING)
    ]


def files_are_short(root: Path) -> list[str]:
    """Test files are not counted, nor what `#[cfg(test)]` marks."""
    found = []
    for ending in (".rs", ".py", ".pyi"):
        for path in files(root, ending, *SOURCES):
            if "tests" in path.relative_to(root).parts:
                continue
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if ending == ".rs":
                lines -= sum(map(rust.lines_of, rust.test_modules(rust.parse(path))))
            if lines > MAX_FILE_LINES:
                where = path.relative_to(root)
                found.append(f"{where} has {lines} lines, more than {MAX_FILE_LINES}")
    return found


def tests_inside_a_file_are_short(root: Path) -> list[str]:
    found = []
    for path in files(root, ".rs", *SOURCES):
        for module in rust.test_modules(rust.parse(path)):
            if (lines := rust.lines_of(module)) > MAX_TEST_MODULE_LINES:
                where = place(root, path, rust.line(module))
                found.append(f"{where}: {lines} lines of tests, more than {MAX_TEST_MODULE_LINES}")
    return found


RULES = [
    functions_are_short,
    functions_take_few_parameters,
    functions_are_not_deep,
    files_are_short,
    tests_inside_a_file_are_short,
]
