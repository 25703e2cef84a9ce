"""Every block of the pages does what it shows.

The Python blocks of a page run as one script, in a fresh process and an empty folder; what they
print is what the `text` blocks after them show, `…` standing for anything. Rust blocks are
compiled and run against the crate. Shell blocks run where the page's Python has run, but those
that build or test are only checked: what they name must be there.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import dropwhile, pairwise
from pathlib import Path

import pytest

import pages
from pages import ROOT, Block

BLOCKS = [block for page in pages.PAGES for block in pages.blocks_of(page)]
KNOWN = {"python", "rust", "shell", "json", "text"}


def having(language: str) -> list[Path]:
    return list(dict.fromkeys(block.page for block in BLOCKS if block.language == language))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def environment() -> dict[str, str]:
    """Returns the variables of this process but its keys: a reader may have none."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return kept | {"PYTHONWARNINGS": "ignore", "PYTHONIOENCODING": "utf-8"}


def run(command: list[str], folder: Path, variables: dict[str, str] | None = None) -> str:
    env = environment() | (variables or {})
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode()


def run_python(page: Path, folder: Path, variables: dict[str, str] | None = None) -> str:
    """Runs the Python of a page; its lines keep their numbers, so that errors point at the page."""
    script: list[str] = []
    for block in pages.blocks_of(page):
        if block.language != "python":
            continue
        if block.module:
            (folder / block.module).write_text(block.text, encoding="utf-8")
            continue
        script += [""] * (block.line - 1 - len(script))
        script += block.text.splitlines()
    path = folder / f"{page.stem.replace('-', '_')}_blocks.py"
    path.write_text("\n".join(script) + "\n", encoding="utf-8")
    return run([sys.executable, path.name], folder, variables)


def outputs_of(page: Path) -> str:
    """What the page says that its Python prints."""
    shown = [
        block.text
        for block in pages.blocks_of(page)
        if block.language == "text" and block.follows == "python"
    ]
    return "".join(shown)


def test_every_block_says_what_it_is() -> None:
    assert [str(block) for block in BLOCKS if block.language not in KNOWN] == []
    fences = sum(page.read_text(encoding="utf-8").count("```") for page in pages.PAGES)
    assert fences == 2 * len(BLOCKS)


@pytest.fixture
def credentials(page: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """The variables by which a page that shows clouds reaches those of this machine."""
    shown = "".join(block.text for block in pages.blocks_of(page) if block.language == "python")
    kinds = {"s3": "s3://", "azure": "az://", "gcs": "gs://"}
    reached = [kind for kind, scheme in kinds.items() if scheme in shown]
    clouds = [request.getfixturevalue(f"emulated_{kind}") for kind in reached]
    return {name: value for cloud in clouds for name, value in cloud.environment().items()}


@pytest.mark.parametrize("page", having("python"), ids=name_of)
def test_the_python_of_a_page_prints_what_the_page_shows(
    page: Path, tmp_path: Path, credentials: dict[str, str]
) -> None:
    pytest.importorskip("langchain_classic")
    pytest.importorskip("langchain_openai")
    pattern = re.escape(outputs_of(page)).replace("…", ".*")
    assert re.fullmatch(pattern, printed := run_python(page, tmp_path, credentials)), printed


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "json"], ids=str)
def test_a_json_block_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.fixture(scope="module")
def core() -> Path:
    """The library of the core, with the features that `make embed` has built it with."""
    if shutil.which("cargo") is None:
        pytest.skip("running the Rust blocks needs cargo")
    options = ["--quiet", "--locked", "--workspace", "--example", "embed"]
    printed = run(["cargo", "build", *options, "--message-format", "json"], ROOT)
    built = [json.loads(line) for line in printed.splitlines()]
    (library,) = [
        file
        for one in built
        if one["reason"] == "compiler-artifact" and one["target"]["name"] == "persist_core"
        for file in one["filenames"]
        if file.endswith(".rlib")
    ]
    return Path(library)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "rust"], ids=str)
def test_a_rust_block_runs(block: Block, core: Path, tmp_path: Path) -> None:
    source = tmp_path / "block.rs"
    source.write_text(block.text, encoding="utf-8")
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    edition = ["--edition", workspace["package"]["edition"]]
    libraries = ["-L", f"dependency={core.parent}", "--extern", f"persist_core={core}"]
    run(["rustc", *edition, *libraries, source.name], tmp_path)
    run([str(tmp_path / "block")], tmp_path)


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))


def check_make(arguments: list[str], folder: Path) -> None:
    assert {word for word in arguments if "=" not in word} <= targets()


def check_cargo(arguments: list[str], folder: Path) -> None:
    assert arguments[0] in {"test", "build", "run", "doc"}
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    for flag, value in pairwise(arguments):
        if flag == "-p":
            assert value in workspace["members"]
        elif flag == "--example":
            assert (ROOT / "persist-core" / "examples" / f"{value}.rs").is_file()


def check_maturin(arguments: list[str], folder: Path) -> None:
    assert arguments[0] in {"develop", "build"}
    assert (folder / "pyproject.toml").is_file()


def check_pytest(arguments: list[str], folder: Path) -> None:
    assert all((folder / word).exists() for word in arguments if not word.startswith("-"))


CHECKED: dict[str, Callable[[list[str], Path], None]] = {
    "make": check_make,
    "cargo": check_cargo,
    "maturin": check_maturin,
    "pytest": check_pytest,
}


def commands_of(block: Block) -> list[list[str]]:
    lines = block.text.replace("\\\n", " ").splitlines()
    split = [shlex.split(line, comments=True) for line in lines]
    # What stands before a command is a variable for it.
    bare = [[*dropwhile(re.compile(r"\w+=").match, words)] for words in split]
    return [words for words in bare if words]


def builds(block: Block) -> bool:
    return any(words[0] in CHECKED for words in commands_of(block))


@pytest.mark.parametrize(
    "block", [b for b in BLOCKS if b.language == "shell" and builds(b)], ids=str
)
def test_a_shell_block_that_builds_names_what_is_there(block: Block) -> None:
    folder = ROOT
    for words in commands_of(block):
        if words[0] == "cd":
            folder = folder / words[1]
            assert folder.is_dir()
        else:
            CHECKED[words[0]](words[1:], folder)


@pytest.mark.parametrize("page", having("shell"), ids=name_of)
def test_the_other_shell_blocks_of_a_page_run(
    page: Path, tmp_path: Path, credentials: dict[str, str]
) -> None:
    shells = [block for block in pages.blocks_of(page) if block.language == "shell"]
    scripts = [block.text for block in shells if not builds(block)]
    if not scripts:
        return
    words = {word for script in scripts for word in re.findall(r"(?:^|\| )(\w+)", script, re.M)}
    if missing := sorted(word for word in words if shutil.which(word) is None):
        pytest.skip(f"running the shell blocks needs {', '.join(missing)}")
    pytest.importorskip("langchain_classic")
    run_python(page, tmp_path, credentials)
    for script in scripts:
        run(["bash", "-euo", "pipefail", "-c", script], tmp_path)
