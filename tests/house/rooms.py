"""What stands where, and what may be named where."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import python, rust
from .arrows import BINDING_ROOMS, CORE_ROOMS, PYTHON_ARROWS
from .budgets import EVERYWHERE
from .tree import BINDING, CORE, GENERATED, PACKAGE, files, place

TOP_LEVEL = {
    ".ci", ".github", ".gitignore", ".rustfmt.toml", "CHANGELOG.md", "CONTRIBUTING.md",
    "Cargo.lock", "Cargo.toml", "LICENSE", "Makefile", "README.md", "docs", "persist-core",
    "persist-python", "requirements", "tests", "zensical.toml",
}  # fmt: skip

FRAMEWORKS = [
    "agent_framework", "agno", "anthropic", "attr._make", "autogen", "boto", "crewai",
    "django", "fastapi", "google_adk", "google_genai", "groq", "haystack", "httpx",
    "huggingface", "langchain", "langgraph", "langsmith", "llama_index", "llamaindex", "mistralai",
    "msgspec", "numpy", "ollama", "openai", "pandas", "polars", "pydantic", "pydantic_ai",
    "smolagents", "strands", "tiktoken", "torch", "transformers",
]  # fmt: skip
FRAMEWORK = re.compile(
    rf"(?<![A-Za-z])({'|'.join(name.replace('_', '[-_. ]?') for name in FRAMEWORKS)})",
    re.IGNORECASE,
)
# The name of the dialect: the word as it is, not the name of a package or a path into one.
DIALECT = re.compile(r"(?<!import )(?<!from )langchain(?![-_.]\w)", re.IGNORECASE)

# Put together, so that this line is not one of those it finds.
LEFT_TO_DO = re.compile(rf"(#|//).*\b({'TO'}DO|{'FIX'}ME|{'XX'}X)\b(?!\(#\d+\))")

FORBIDDEN_TAILS = ("Manager", "Util", "Utils", "Handler", "Impl", "Adapter", "Engine")


def nothing_lies_loose_at_the_top(root: Path) -> list[str]:
    return [
        f"{entry.name} has no place at the top level"
        for entry in sorted(root.iterdir())
        if entry.name not in TOP_LEVEL | GENERATED and not entry.name.startswith(".venv-")
    ]


def every_module_has_a_room(root: Path) -> list[str]:
    rooms = [
        (CORE, set(CORE_ROOMS)),
        (BINDING, BINDING_ROOMS),
        (PACKAGE, {*PYTHON_ARROWS, "py"}),
    ]
    found = []
    for folder, known in rooms:
        for entry in sorted((root / folder).iterdir()):
            room = entry.name.split(".")[0]
            is_private = folder == PACKAGE and re.fullmatch(r"_(?!_)\w+\.py", entry.name)
            if room not in known | GENERATED and not is_private and entry.suffix != ".so":
                found.append(f"{entry.relative_to(root)} is no room of the house")
    return found


def _lines(paths: Iterable[Path]) -> Iterator[tuple[Path, int, str]]:
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield path, number, line


def _code_lines(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Yields every line of Rust, and of the package outside `adapters/`."""
    rust_files = files(root, ".rs", Path("persist-core"), Path("persist-python"))
    python_files = [*files(root, ".py", PACKAGE), *files(root, ".pyi", PACKAGE)]
    adapters = root / PACKAGE / "adapters"
    yield from _lines(rust_files)
    yield from _lines(path for path in python_files if adapters not in path.parents)


def frameworks_are_named_in_adapters_alone(root: Path) -> list[str]:
    found = []
    for path, number, line in _code_lines(root):
        if named := FRAMEWORK.search(DIALECT.sub("", line)):
            where = place(root, path, number)
            found.append(f"{where}: names `{named.group()}`, which belongs in `adapters/`")
    return found


def only_adapters_import_others(root: Path) -> list[str]:
    """Outside `adapters/` the package is made of itself and the standard library."""
    known = sys.stdlib_module_names | {"persist"}
    adapters = root / PACKAGE / "adapters"
    return [
        f"{place(root, path, line)}: imports `{name}`, which belongs in `adapters/`"
        for path in files(root, ".py", PACKAGE)
        if adapters not in path.parents
        for line, name in python.all_imports(python.parse(path))
        if name.partition(".")[0] not in known
    ]


def test_modules_have_names_of_their_own(root: Path) -> list[str]:
    """One run of all tests could not tell two of a name apart."""
    seen: dict[str, Path] = {}
    return [
        f"{path.relative_to(root)} has the name of {seen[path.name].relative_to(root)}"
        for path in files(root, ".py", Path("tests"))
        if path.name.startswith("test_") and seen.setdefault(path.name, path) != path
    ]


def detach_is_written_in_one_file(root: Path) -> list[str]:
    return _only_in(root, "detach", BINDING / "call.rs")


def tokio_is_written_in_one_file(root: Path) -> list[str]:
    return _only_in(root, "tokio", CORE / "storage/object.rs")


def _only_in(root: Path, word: str, allowed: Path) -> list[str]:
    return [
        f"{place(root, path, line)}: `{word}` belongs in {allowed} alone"
        for path in files(root, ".rs", CORE, BINDING)
        if path != root / allowed
        for line, name in rust.identifiers(rust.parse(path))
        if name == word
    ]


def types_are_plain_nouns(root: Path) -> list[str]:
    named = [
        (path, line, name)
        for path in files(root, ".rs", CORE, BINDING)
        for line, name in rust.type_names(rust.parse(path))
    ]
    named += [
        (path, line, name)
        for path in files(root, ".py", PACKAGE)
        for line, name in python.class_names(python.parse(path))
    ]
    return [
        f"{place(root, path, line)}: `{name}` has a tail that says nothing"
        for path, line, name in named
        if name.endswith(FORBIDDEN_TAILS)
    ]


def what_a_save_imports_compiles_no_class(root: Path) -> list[str]:
    """Records do without: the first save of a process waits for all that it imports."""
    return [
        f"{place(root, path, line)}: `{name}` is compiled when it is imported; make it a `Record`"
        for path in files(root, ".py", PACKAGE / "state", PACKAGE / "adapters")
        for line, name in python.compiled_classes(python.parse(path))
    ]


def the_core_forbids_unsafe_code(root: Path) -> list[str]:
    library = (root / CORE / "lib.rs").read_text(encoding="utf-8")
    if "#![forbid(unsafe_code)]" in library:
        return []
    return [f"{CORE / 'lib.rs'}: the core forbids unsafe code"]


def lints_are_expected_and_never_allowed(root: Path) -> list[str]:
    found = []
    for path in files(root, ".rs", Path("persist-core"), Path("persist-python")):
        for line, attribute in rust.all_attributes(rust.parse(path)):
            if re.search(r"\ballow\(", attribute):
                found.append(f"{place(root, path, line)}: `allow` hides a lint; write `expect`")
            elif attribute.startswith("expect(") and "reason" not in attribute:
                found.append(f"{place(root, path, line)}: `expect` without a reason")
    return found


def work_left_to_do_has_a_number(root: Path) -> list[str]:
    sources = [
        path for ending in (".rs", ".py", ".pyi") for path in files(root, ending, *EVERYWHERE)
    ]
    return [
        f"{place(root, path, number)}: left to do, without a number"
        for path, number, line in _lines(sources)
        if LEFT_TO_DO.search(line)
    ]


def every_page_is_in_the_navigation(root: Path) -> list[str]:
    config = tomllib.loads((root / "zensical.toml").read_text(encoding="utf-8"))
    listed = set(_pages(config["project"]["nav"]))
    there = {str(path.relative_to(root / "docs")) for path in files(root, ".md", Path("docs"))}
    return [
        *(f"docs/{page} is not in the navigation" for page in sorted(there - listed)),
        *(f"docs/{page} is in the navigation and not there" for page in sorted(listed - there)),
    ]


def _pages(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict):
        for below in entry.values():
            yield from _pages(below)
    elif isinstance(entry, list):
        for below in entry:
            yield from _pages(below)


def decisions_are_numbered_in_order(root: Path) -> list[str]:
    pages = [path.name for path in files(root, ".md", Path("docs/decisions"))]
    pages = [name for name in pages if name != "index.md"]
    return [
        f"docs/decisions/{name} is not {number:04d}-title.md"
        for number, name in enumerate(pages, 1)
        if not re.fullmatch(rf"{number:04d}(-[a-z0-9]+)+\.md", name)
    ]


RULES = [
    nothing_lies_loose_at_the_top,
    every_module_has_a_room,
    frameworks_are_named_in_adapters_alone,
    only_adapters_import_others,
    test_modules_have_names_of_their_own,
    detach_is_written_in_one_file,
    tokio_is_written_in_one_file,
    types_are_plain_nouns,
    what_a_save_imports_compiles_no_class,
    the_core_forbids_unsafe_code,
    lints_are_expected_and_never_allowed,
    work_left_to_do_has_a_number,
    every_page_is_in_the_navigation,
    decisions_are_numbered_in_order,
]
