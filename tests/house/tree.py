"""Which files there are, and what a function in any language may be asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

CORE = Path("persist-core/src")
BINDING = Path("persist-python/src")
PACKAGE = Path("persist-python/python/persist")

GENERATED = {
    ".cache", ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv",
    "__pycache__", "artifacts", "corpus", "site", "target",
}  # fmt: skip


@dataclass(frozen=True)
class Function:
    """A function as the budgets see it."""

    name: str
    line: int
    lines: int
    parameters: int
    nesting: int
    is_public_contract: bool
    """Its parameters are settled in the product's description, or mirror such a function."""


@dataclass(frozen=True)
class Import:
    """A path that a module names: `persist_core`'s `crate::json::Token`, `persist.state.plans`."""

    line: int
    path: tuple[str, ...]
    is_for_types: bool = False


Given = ParamSpec("Given")
Found = TypeVar("Found")


def looked_once(
    look: Callable[Given, Iterator[Found]],
) -> Callable[Given, tuple[Found, ...]]:
    """Keeps what was found in a parsed file: each rule is shown the whole house many times."""

    @cache
    @wraps(look)
    def found(*given: Given.args, **named: Given.kwargs) -> tuple[Found, ...]:
        return tuple(look(*given, **named))

    return found


def files(root: Path, ending: str, *folders: Path) -> Iterator[Path]:
    """Yields the files with that ending below some folders of the tree, generated ones left out."""
    for start in folders:
        for folder, below, names in os.walk(root / start):
            below[:] = sorted(name for name in below if name not in GENERATED)
            yield from (Path(folder, name) for name in sorted(names) if name.endswith(ending))


def place(root: Path, path: Path, line: int) -> str:
    """Returns where something is, as compilers write it."""
    return f"{path.relative_to(root)}:{line}"


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """Returns the first cycle that following the edges leads into, or nothing."""
    done: set[str] = set()
    for start in sorted(edges):
        trail = [start]
        branches = [iter(sorted(edges[start]))]
        while branches:
            target = next(branches[-1], None)
            if target is None:
                branches.pop()
                done.add(trail.pop())
            elif target in trail:
                return [*trail[trail.index(target) :], target]
            elif target in edges and target not in done:
                trail.append(target)
                branches.append(iter(sorted(edges[target])))
    return []
