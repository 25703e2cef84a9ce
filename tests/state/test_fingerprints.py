"""A class that is as it was is known again: whatever it runs as, and wherever its code lies."""

from __future__ import annotations

import json
import py_compile
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import persist
import pytest
from persist.state import fingerprints

from trips import python, script

PROGRAM = '''
import dataclasses, enum, logging, time
from typing import Annotated, Any, NamedTuple
import attrs
import persist
from pydantic import AfterValidator, BaseModel, PrivateAttr, field_validator, v1

ran = []

class Base:
    """What others extend."""

class Plain(Base):
    def __init__(self): self.a = 1

class Slots:
    __slots__ = ("a",)
    def __init__(self): self.a = 1

class Hooked:
    def __init__(self): self.a = 1
    def __getstate__(self): return {"kept": self.a}
    def __setstate__(self, state): self.a = state["kept"]

class Sub(dict):
    pass

class Broken(Exception):
    pass

class Pair(NamedTuple):
    a: Plain
    at: float = time.time()

@dataclasses.dataclass
class Noted:
    a: Plain
    b: Any = dataclasses.field(default_factory=Plain)
    at: float = time.time()
    def __post_init__(self): ran.append("dataclass")

def ruled(value):
    ran.append("annotated")
    return value

class Model(BaseModel, arbitrary_types_allowed=True):
    a: int
    b: Plain = Plain()
    c: Annotated[int, AfterValidator(ruled)] = 1
    _log: Any = PrivateAttr(default=logging.getLogger(str(time.time())))
    @field_validator("a")
    @classmethod
    def check(cls, value):
        ran.append("model")
        return value

class Older(v1.BaseModel):
    a: int
    at: float = time.time()

@attrs.define
class Listed:
    a: "Plain"
    at: float = time.time()

ALL = {
    "plain": Plain, "slots": Slots, "hooked": Hooked, "sub": Sub, "broken": lambda: Broken(1),
    "pair": lambda: Pair(Plain()), "noted": lambda: Noted(Plain()), "model": lambda: Model(a=1),
    "older": lambda: Older(a=1), "listed": lambda: Listed(Plain()),
}

if __name__ == "__main__":
    for name, make in ALL.items():
        persist.snapshot(make(), f"memory://{name}", durable=False)
    import json
    told = persist.get_metadata
    print(json.dumps({name: told(f"memory://{name}")["classes"] for name in ALL}))
'''

SAVE = """
import sys, persist, stall
for name, make in stall.ALL.items():
    persist.snapshot(make(), f"{sys.argv[1]}/{name}.json", durable=False)
"""

RESTORE = """
import json, sys, persist, stall
stall.attrs.resolve_types(stall.Listed)
told = {}
for name, make in stall.ALL.items():
    del stall.ran[:]
    try:
        back = persist.restore(f"{sys.argv[1]}/{name}.json", allow=["stall"])
        told[name] = "".join(stall.ran) or ("" if type(back) is type(make()) else "another")
    except persist.PersistError as error:
        told[name] = str(error)
    if stall.ran[len(stall.ran) - 1:] == ["made"]:
        told[name] = "ran"
print(json.dumps(told))
"""


@pytest.fixture
def stall(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "stall.py").write_text(PROGRAM)
    return source


def kept(told: str) -> dict[str, str]:
    """Returns what went wrong, by what was restored."""
    return {name: said for name, said in json.loads(told).items() if said}


def test_a_class_is_the_same_where_its_module_runs_as_a_program(stall: Path) -> None:
    (stall / "stall.py").write_text(
        PROGRAM.replace('persist.snapshot(make(), f"memory://', 'persist.snapshot(make(), f"./')
        .replace("durable=False)\n    import", "durable=False)\nif 0:\n    import")
        .replace('./{name}"', './{name}.json"')
    )
    command = [sys.executable, "-W", "ignore", "-m", "stall"]
    subprocess.run(command, check=True, cwd=stall)
    assert kept(python(RESTORE, stall, path=[stall])) == {}


def test_a_class_has_one_fingerprint_as_a_script_and_as_a_module(stall: Path) -> None:
    run: dict[str, Any] = json.loads(script(stall / "stall.py"))
    imported = python(
        "import json, persist, stall\n"
        "for name, make in stall.ALL.items(): persist.snapshot(make(), f'memory://{name}')\n"
        "told = persist.get_metadata\n"
        "print(json.dumps({n: told(f'memory://{n}')['classes'] for n in stall.ALL}))",
        path=[stall],
    )
    assert json.loads(json.dumps(run).replace("__main__:", "stall:")) == json.loads(imported)


@pytest.mark.parametrize("saved", ["source", "zip", "compiled", "edited"])
@pytest.mark.parametrize("restored", ["source", "zip", "compiled"])
def test_a_class_is_the_same_wherever_its_code_lies(
    stall: Path, tmp_path: Path, saved: str, restored: str
) -> None:
    homes = {"source": stall, "edited": tmp_path / "edited", "zip": tmp_path / "stall.zip"}
    homes["compiled"] = tmp_path / "compiled"
    with zipfile.ZipFile(homes["zip"], "w") as packed:
        packed.write(stall / "stall.py", "stall.py")
    py_compile.compile(str(stall / "stall.py"), str(homes["compiled"] / "stall.pyc"))
    homes["edited"].mkdir()
    (homes["edited"] / "stall.py").write_text(PROGRAM)
    save = SAVE
    if saved == "edited":
        edit = "open(stall.__file__, 'w').write('# moved\\n# down\\n' + text)"
        save = SAVE.replace("\nfor", f"\ntext = open(stall.__file__).read()\n{edit}\nfor")
    python(save, tmp_path, path=[homes[saved]])
    assert kept(python(RESTORE, tmp_path, path=[homes[restored]])) == {}


EDITS = {
    "a comment": (
        'return {"kept": self.a}',
        'return {\n            "kept": self.a  # it\n        }',
    ),
    "a validator's comment": ('ran.append("model")\n', 'ran.append("model")  # it\n'),
    "a migration": ('self.a = state["kept"]', 'self.a = state.get("kept", 0)'),
    "defaults": ("= time.time()", "= time.time() - 9"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_reads_no_state_differently_does_not_count(
    stall: Path, tmp_path: Path, name: str
) -> None:
    python(SAVE, tmp_path, path=[stall])
    changed = PROGRAM.replace(*EDITS[name])
    assert changed != PROGRAM
    (stall / "stall.py").write_text(changed)
    assert kept(python(RESTORE, tmp_path, path=[stall])) == {}


COUNTED = {
    "what takes a state apart": ("hooked", '{"kept": self.a}', '{"kept": self.a, "b": 1}'),
    "what sets a state is gone": (
        "hooked", '    def __setstate__(self, state): self.a = state["kept"]\n', "",
    ),
    "a validator": ("model", 'ran.append("model")\n', 'ran.append("models")\n'),
    "a check": ("noted", 'ran.append("dataclass")', 'ran.append("dataclasses")'),
    "a base": ("plain", "class Plain(Base)", "class Plain"),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("home", ["source", "compiled"])
def test_an_edit_that_may_read_a_state_differently_counts(
    stall: Path, tmp_path: Path, name: str, home: str
) -> None:
    python(SAVE, tmp_path, path=[stall])
    which, before, after = COUNTED[name]
    changed = PROGRAM.replace(before, after)
    assert changed != PROGRAM
    (stall / "stall.py").write_text(changed)
    place = stall
    if home == "compiled":
        place = tmp_path / "compiled"
        py_compile.compile(str(stall / "stall.py"), str(place / "stall.pyc"))
    assert which in kept(python(RESTORE, tmp_path, path=[place]))


def test_a_migration_takes_the_state_that_was_saved(tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    body = "class Bag:\n    def __init__(self): self.a = 1\n"
    body += "    def __getstate__(self): return {'a': self.a}\n"
    body += "    def __setstate__(self, state): self.__dict__.update(state)\n"
    (folder / "bag.py").write_text(body)
    save = "import bag, persist, sys; persist.snapshot(bag.Bag(), sys.argv[1])"
    python(save, tmp_path / "bag.json", path=[folder])
    (folder / "bag.py").write_text(
        body[:-1] + "; self.__dict__.setdefault('b', 2)\n    # Since then.\n"
    )
    code = "import persist, sys; print(vars(persist.restore(sys.argv[1], allow='bag')))"
    assert python(code, tmp_path / "bag.json", path=[folder]).strip() == "{'a': 1, 'b': 2}"


def test_a_version_says_that_a_member_is_still_the_one_that_is_meant(tmp_path: Path) -> None:
    source, place = tmp_path / "kinds.py", tmp_path / "kinds.json"
    source.write_text("import enum\nclass Kind(enum.Enum):\n    A = 1\n    B = 'text'\n")
    save = "import kinds, persist, sys; persist.snapshot([*kinds.Kind], sys.argv[1])"
    python(save, place, path=[tmp_path])
    classes: Any = persist.get_metadata(place)["classes"]
    members = classes["kinds:Kind"]["members"]
    assert members == {"A": "1", "B": f"str {fingerprints.digest([repr('text')])}"}
    source.write_text("import enum\nclass Kind(enum.Enum):\n    A = 3\n    B = 'other'\n")
    code = "import kinds, persist, sys\n"
    code += "if sys.argv[2] != '0': persist.register(kinds.Kind, version=int(sys.argv[2]))\n"
    code += "try: print(persist.restore(sys.argv[1], allow='kinds'))\n"
    code += "except persist.RebuildError as error: print(error.kind, error, error.hint)"
    for version in (0, 1):
        told = python(code, place, version, path=[tmp_path])
        assert told.startswith("class_changed could not restore the agent: ")
        assert (
            "member `A` of the enumeration `kinds:Kind` has another value now than the `1`" in told
        )
        assert (
            "member `B` of the enumeration `kinds:Kind` has another value now than the one" in told
        )
    assert "[<Kind.A: 3>, <Kind.B: 'other'>]" in python(code, place, 2, path=[tmp_path])


def test_the_metadata_say_what_a_program_without_source_compares(stall: Path) -> None:
    classes = json.loads(script(stall / "stall.py"))["hooked"]
    assert set(classes["__main__:Hooked"]) == {"fingerprint", "compiled"}
    persist.snapshot([ValueError(1)], "memory://prints", durable=False)
    told = persist.get_metadata("memory://prints")["classes"]
    assert told is not None
    assert set(told["builtins:ValueError"]) == {"fingerprint"}
