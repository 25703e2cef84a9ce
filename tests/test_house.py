"""The house keeps its rules, and each rule is shown to see what it forbids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("tree_sitter_rust", reason="tree-sitter's Rust grammar is not installed")

from house import arrows, budgets, rooms
from house.tree import GENERATED

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "persist-python/python/persist"
RULES = [*arrows.RULES, *budgets.RULES, *rooms.RULES]

Rule = Callable[[Path], list[str]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


def nested(opening: str, depth: int) -> str:
    """Returns Python blocks, one inside the other."""
    levels = [f"{'    ' * (level + 1)}{opening}:\n" for level in range(depth)]
    return "def planted(it):\n" + "".join(levels) + "    " * (depth + 1) + "pass\n"


LONG_RUST = "fn planted() {\n" + "    let _ = 1;\n" * 60 + "}\n"
LONG_PYTHON = "def planted():\n" + "    pass\n" * 60
DEEP_RUST = "fn planted(a: u8) { loop { if a > 0 { while a > 1 { match a { _ => {} } } } } }\n"
LONG_TESTS = "#[cfg(test)]\nmod planted {\n" + "    // a line\n" * 100 + "}\n"
CORE_CYCLE = "use crate::snapshot::save as _;\n"

# Each row: the rule, the file that is made or added to, what is added, what the rule says then.
PLANTED: list[tuple[Rule, str, str, str]] = [
    (arrows.core_modules_use_only_those_above_them, "persist-core/src/json/planted.rs",
     "use crate::storage::Storage;\n", "`json` uses `storage`"),
    (arrows.core_modules_use_only_those_above_them, "persist-core/src/json/planted.rs",
     'fn planted() { println!("{}", crate::storage::planted()); }\n', "`json` uses `storage`"),
    (arrows.core_modules_use_only_those_above_them, "persist-core/src/error.rs",
     "use {super::limits::Limits};\n", "`error` uses `limits`"),
    (arrows.core_modules_use_only_those_above_them, "persist-core/src/metadata.rs",
     "fn planted() { crate::format::write(); }\n", "`metadata` uses `format`"),
    (arrows.core_modules_use_only_those_above_them, "persist-core/src/id.rs",
     "use crate::{error::Result, Location};\n", "`id` uses `storage`"),
    (arrows.rust_rooms_have_no_cycles, "persist-core/src/storage/planted.rs", CORE_CYCLE,
     "an import cycle: snapshot → storage → snapshot"),
    (arrows.rust_rooms_have_no_cycles, "persist-python/src/errors.rs",
     "use crate::snapshot::planted;\n", "an import cycle: "),
    (arrows.python_modules_follow_the_arrows, f"{PACKAGE}/state/planted.py",
     "def planted():\n    from ..adapters import planted\n", "`state` may not import `adapters"),
    (arrows.python_modules_follow_the_arrows, f"{PACKAGE}/adapters/planted.py",
     "from persist import _native\n", "`adapters` may not import `_native`"),
    (arrows.python_modules_follow_the_arrows, f"{PACKAGE}/adapters/planted.py",
     "native = importlib.import_module('persist._native')\n",
     "`adapters` may not import `_native`"),
    (arrows.python_modules_follow_the_arrows, f"{PACKAGE}/exceptions.py",
     "import persist.state.plans\n", "`exceptions` may not import `state.plans`"),
    (arrows.python_modules_follow_the_arrows, f"{PACKAGE}/aio.py",
     "from persist._native import save\n", "`aio` may not import `_native`"),
    (arrows.python_modules_follow_the_arrows, f"{PACKAGE}/cli.py",
     "from persist.api import snapshot\n", "`cli` may not import `api`"),
    (arrows.python_modules_have_no_cycles, f"{PACKAGE}/state/planted.py",
     "from persist.state import planted_too\n", "planted → state.planted_too → state.planted"),
    (arrows.state_never_names_a_row, f"{PACKAGE}/state/planted.py",
     'NAME = "persist.adapters._registry"\n', "`state` names `persist.adapters`"),
    (budgets.functions_are_short, "persist-core/src/id.rs", LONG_RUST,
     "`planted` has 62 lines, more than 60"),
    (budgets.functions_are_short, f"{PACKAGE}/api.py", LONG_PYTHON,
     "`planted` has 61 lines, more than 60"),
    (budgets.functions_take_few_parameters, "persist-python/src/call.rs",
     "fn planted(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) {}\n", "takes 6 parameters"),
    (budgets.functions_take_few_parameters, f"{PACKAGE}/api.py",
     "def planted(a, b, *, c, d, e=1, **f): ...\n", "takes 6 parameters, more than 5"),
    (budgets.functions_are_not_deep, "persist-core/src/id.rs", DEEP_RUST, "nests 4 deep"),
    (budgets.functions_are_not_deep, f"{PACKAGE}/api.py", nested("for x in it", 4), "nests 4 deep"),
    (budgets.functions_are_not_deep, f"{PACKAGE}/api.py", nested("with it", 4), "nests 4 deep"),
    (budgets.files_are_short, "persist-core/src/planted.rs", "// a line\n" * 601, "has 601 lines"),
    (budgets.files_are_short, f"{PACKAGE}/state/planted.py", "pass\n" * 601, "has 601 lines"),
    (budgets.tests_inside_a_file_are_short, "persist-core/src/id.rs", LONG_TESTS,
     "102 lines of tests, more than 100"),
    (rooms.nothing_lies_loose_at_the_top, "notes.md", "later\n", "notes.md has no place"),
    (rooms.every_module_has_a_room, "persist-core/src/helper.rs", "\n", "helper.rs is no room"),
    (rooms.every_module_has_a_room, "persist-python/src/misc/mod.rs", "\n", "misc is no room"),
    (rooms.every_module_has_a_room, f"{PACKAGE}/tools.py", "\n", "tools.py is no room"),
    (rooms.frameworks_are_named_in_adapters_alone, "persist-core/src/id.rs",
     '// as NumPy has it\n', "names `NumPy`"),
    (rooms.frameworks_are_named_in_adapters_alone, "persist-python/src/call.rs",
     'const PLANTED: &str = "langchain_core.load";\n', "names `langchain`"),
    (rooms.frameworks_are_named_in_adapters_alone, f"{PACKAGE}/state/planted.py",
     "import pydantic\n", "names `pydantic`"),
    (rooms.frameworks_are_named_in_adapters_alone, f"{PACKAGE}/state/planted.py",
     "from langchain import agents\n", "names `langchain`"),
    (rooms.frameworks_are_named_in_adapters_alone, f"{PACKAGE}/state/planted.py",
     "HOOKS = 'attr._make'\n", "names `attr._make`"),
    (rooms.only_adapters_import_others, f"{PACKAGE}/state/planted.py",
     "import attr\n", "imports `attr`"),
    (rooms.only_adapters_import_others, f"{PACKAGE}/api.py",
     "def planted():\n    return importlib.import_module('yaml')\n", "imports `yaml`"),
    (rooms.detach_is_written_in_one_file, "persist-python/src/snapshot.rs",
     "fn planted(py: Python<'_>) { py.detach(|| ()); }\n", "`detach` belongs in"),
    (rooms.tokio_is_written_in_one_file, "persist-core/src/snapshot.rs",
     "use tokio::runtime::Runtime;\n", "`tokio` belongs in"),
    (rooms.types_are_plain_nouns, "persist-core/src/id.rs", "struct IdManager;\n", "`IdManager`"),
    (rooms.types_are_plain_nouns, f"{PACKAGE}/api.py", "class StateUtil: ...\n", "`StateUtil`"),
    (rooms.what_a_save_imports_compiles_no_class, f"{PACKAGE}/state/planted.py",
     "class Planted(typing.NamedTuple): ...\n", "`Planted` is compiled when it is imported"),
    (rooms.what_a_save_imports_compiles_no_class, f"{PACKAGE}/adapters/planted.py",
     "@dataclass(frozen=True)\nclass Planted: ...\n", "`Planted` is compiled when it is imported"),
    (rooms.lints_are_expected_and_never_allowed, "persist-core/src/id.rs",
     "#[allow(dead_code)]\nfn planted() {}\n", "write `expect`"),
    (rooms.lints_are_expected_and_never_allowed, "persist-core/src/id.rs",
     "#[cfg_attr(unix, allow(dead_code))]\nfn planted() {}\n", "write `expect`"),
    (rooms.lints_are_expected_and_never_allowed, "persist-core/src/id.rs",
     "#[expect(dead_code)]\nfn planted() {}\n", "`expect` without a reason"),
    (rooms.work_left_to_do_has_a_number, f"{PACKAGE}/api.py", f"# {'TO'}DO: more\n", "left to do"),
    (rooms.every_page_is_in_the_navigation, "docs/planted.md", "# Planted\n",
     "docs/planted.md is not in the navigation"),
    (rooms.decisions_are_numbered_in_order, "docs/decisions/planted.md", "# Planted\n",
     "docs/decisions/planted.md is not"),
]  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house without its tests and what is generated in it."""
    ignore = shutil.ignore_patterns(".*", *GENERATED, "*.so")
    for name in ("persist-core", "persist-python", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("rule", "file", "text", "sentence"),
    PLANTED,
    ids=[f"{row[0].__name__}-{row[1]}" for row in PLANTED],
)
def test_the_rule_sees_a_violation(
    rule: Rule, file: str, text: str, sentence: str, copy: Path
) -> None:
    planted = copy / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    with planted.open("a", encoding="utf-8") as out:
        out.write("\n" + text if planted.stat().st_size else text)
    if "planted_too" in text:
        planted.with_name("planted_too.py").write_text("import persist.state.planted\n")
    seen = [found for found in rule(copy) if sentence in found]
    assert seen, rule(copy)


def test_two_tests_of_a_name_are_seen(tmp_path: Path) -> None:
    for folder in ("state", "storage"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / "test_planted.py").touch()
    sentence = "tests/storage/test_planted.py has the name of tests/state/test_planted.py"
    assert rooms.test_modules_have_names_of_their_own(tmp_path) == [sentence]


def test_unsafe_code_in_the_core_is_seen(copy: Path) -> None:
    library = copy / "persist-core/src/lib.rs"
    library.write_text(library.read_text().replace("#![forbid(unsafe_code)]", ""))
    assert rooms.the_core_forbids_unsafe_code(copy) == [
        "persist-core/src/lib.rs: the core forbids unsafe code"
    ]


def test_a_page_that_is_gone_is_seen(copy: Path) -> None:
    (copy / "zensical.toml").write_text('[project]\nnav = [{ "Gone" = ["gone.md"] }]\n')
    assert "docs/gone.md is in the navigation and not there" in (
        rooms.every_page_is_in_the_navigation(copy)
    )


def test_every_rule_is_shown_to_fail() -> None:
    alone = {rooms.the_core_forbids_unsafe_code, rooms.test_modules_have_names_of_their_own}
    shown = {row[0] for row in PLANTED} | alone
    assert {rule.__name__ for rule in RULES} == {rule.__name__ for rule in shown}


@pytest.mark.parametrize(
    "line",
    ['dialect="langchain"', "the dialect `langchain`", 'Some("langchain") => Dialect::Langchain,'],
)
def test_the_name_of_the_dialect_is_no_framework(line: str) -> None:
    assert rooms.FRAMEWORK.search(rooms.DIALECT.sub("", line)) is None


def test_a_condition_chain_is_one_level(tmp_path: Path) -> None:
    chain = "".join(f"    elif a == {n}:\n        pass\n" for n in range(1, 9))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/chain.py").write_text(f"def f(a):\n    if a == 0:\n        pass\n{chain}")
    rust_chain = "".join(f" else if a == {n} {{}}" for n in range(1, 9))
    (tmp_path / "tests/chain.rs").write_text(f"fn f(a: u8) {{ if a == 0 {{}}{rust_chain} }}\n")
    assert budgets.functions_are_not_deep(tmp_path) == []


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("1", 1)])
def test_a_skip_is_a_failure_where_every_tool_must_be_there(
    ci: str, status: int, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    (tmp_path / "test_left_out.py").write_text(
        "import pytest\ndef test_one(): pass\ndef test_two(): pytest.skip('no tool')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    roots = os.pathsep.join([str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PERSIST_CI": ci, "PYTHONPATH": roots}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert ("PERSIST_CI is set, and this was left out: Skipped: no tool" in done.stdout) == bool(ci)
