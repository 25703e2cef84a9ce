"""Who may use whom."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from . import python, rust
from .tree import BINDING, CORE, PACKAGE, Import, cycle, files, place

CORE_ROOMS = [
    "error", "id", "limits", "progress", "metadata", "json", "compression", "encryption", "format",
    "storage", "snapshot", "repository", "lib",
]  # fmt: skip
BINDING_ROOMS = {"state", "snapshot", "encryption", "call", "errors", "lib"}

DOORS = {"cli", "ui", "schedule"}
PYTHON_ARROWS = {
    "__init__": {"api", "aio", "exceptions"},
    "aio": {"api", "exceptions"},
    "api": {"adapters", "state", "exceptions", "_native"},
    "adapters": {"state", "exceptions"},
    "state": {"exceptions", "_native"},
    "exceptions": set(),
    "_native": set(),
    **{door: {"__init__", "aio"} for door in DOORS},
}


def core_modules_use_only_those_above_them(root: Path) -> list[str]:
    source = root / CORE
    known = rust.reexports(rust.parse(source / "lib.rs"))
    found = []
    for path in files(root, ".rs", CORE):
        module = rust.module_of(source, path)
        room = module[0] if module else "lib"
        if room not in CORE_ROOMS:
            continue
        for used in rust.imports(rust.parse(path), module):
            target = _room_of(used, known)
            if room != "lib" and CORE_ROOMS.index(target) > CORE_ROOMS.index(room):
                found.append(f"{place(root, path, used.line)}: `{room}` uses `{target}`, below it")
    return found


def _room_of(used: Import, known: dict[str, str]) -> str:
    head = used.path[0] if used.path else "lib"
    head = known.get(head, head)
    return head if head in CORE_ROOMS else "lib"


def rust_rooms_have_no_cycles(root: Path) -> list[str]:
    trails = [(folder, cycle(_rust_edges(root, folder))) for folder in (CORE, BINDING)]
    return [f"{folder}: an import cycle: {' → '.join(trail)}" for folder, trail in trails if trail]


def _rust_edges(root: Path, folder: Path) -> dict[str, set[str]]:
    """Returns which rooms of a crate use which."""
    edges: dict[str, set[str]] = defaultdict(set)
    known = rust.reexports(rust.parse(root / folder / "lib.rs"))
    for path in files(root, ".rs", folder):
        module = rust.module_of(root / folder, path)
        for used in rust.imports(rust.parse(path), module):
            head = used.path[0] if used.path else "lib"
            target = known.get(head, head)
            if module and target != module[0] and target.islower():
                edges[module[0]].add(target)
    return edges


def python_modules_follow_the_arrows(root: Path) -> list[str]:
    package = root / PACKAGE
    found = []
    for path in files(root, ".py", PACKAGE):
        room = _python_room(python.module_of(package, path))
        for used in python.imports(python.parse(path), path, package):
            target = _python_room(used.path)
            if target != room and target not in PYTHON_ARROWS.get(room, set()):
                where = place(root, path, used.line)
                found.append(f"{where}: `{room}` may not import `{'.'.join(used.path)}`")
    return found


def _python_room(module: tuple[str, ...]) -> str:
    """Returns the room of a module; a private module of the package is part of `api`."""
    head = module[0] if module else "__init__"
    return "api" if re.fullmatch(r"_(?!native|_)\w+", head) else head


def python_modules_have_no_cycles(root: Path) -> list[str]:
    package = root / PACKAGE
    edges: dict[str, set[str]] = defaultdict(set)
    for path in files(root, ".py", PACKAGE):
        module = ".".join(python.module_of(package, path))
        for used in python.imports(python.parse(path), path, package):
            target = ".".join(used.path)
            if target != module and not used.is_for_types:
                edges[module].add(target)
    trail = cycle(edges)
    return [f"{PACKAGE}: an import cycle: {' → '.join(trail)}"] if trail else []


def state_never_names_a_row(root: Path) -> list[str]:
    """`api` hands the registry's lookup down; nothing below it may fetch it by name."""
    found = []
    for path in files(root, ".py", PACKAGE / "state"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if "persist.adapters" in line:
                found.append(f"{place(root, path, number)}: `state` names `persist.adapters`")
    return found


RULES = [
    core_modules_use_only_those_above_them,
    rust_rooms_have_no_cycles,
    python_modules_follow_the_arrows,
    python_modules_have_no_cycles,
    state_never_names_a_row,
]
