"""What the metadata says of where a state was written."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import attr
import persist
import pytest
import yaml
from google.genai import types
from persist import UntrustedError

import things
from api.forge import forge

SCRIPT = """
import json, sys, persist

class Mine:
    pass

persist.snapshot([Mine()], sys.argv[1])
print(json.dumps(persist.get_metadata(sys.argv[1])["environment"].get("script")))
"""


def distributions(value: Any) -> dict[str, str]:
    environment: Any = persist.snapshot(value, "memory://environment")["environment"]
    assert "script" not in environment
    found: dict[str, str] = environment["distributions"]
    return found


@pytest.mark.parametrize(
    ("value", "package", "distribution"),
    [
        (types.Blob(data=b"a"), "google.genai", "google-genai"),
        (attr.Factory(list), "attr", "attrs"),
        (yaml.Token, "yaml", "PyYAML"),
    ],
    ids=["part of a namespace", "another name", "a known name"],
)
def test_the_version_is_that_of_the_distribution(
    value: Any, package: str, distribution: str
) -> None:
    assert distributions(value) == {package: importlib.metadata.version(distribution)}


def test_a_module_of_ones_own_has_no_version() -> None:
    assert distributions(things.Plain()) == {}


def test_a_class_of_a_script_is_told_with_the_name_of_the_script(tmp_path: Path) -> None:
    script, place = tmp_path / "my agent.py", tmp_path / "agent.json.gz"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, str(script), str(place)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == "my agent.py"
    with pytest.raises(UntrustedError) as refused:
        persist.restore(place)
    assert str(refused.value) == (
        "could not restore the agent: at `$[0]`, the state names the class `__main__:Mine`, "
        "which is not admitted; the script `my agent.py` wrote it"
    )
    assert refused.value.allow == ["__main__:Mine"]


@pytest.mark.parametrize("script", [5, None, "", "a/b.py", "a\nb.py", "a`.py", "a" * 129, ["a.py"]])
def test_only_the_name_of_a_file_is_repeated(script: object, tmp_path: Path) -> None:
    place = tmp_path / "agent.json"
    text = b'[{"lc":"object","id":"__main__:Mine","dict":{}}]'
    place.write_bytes(forge(text, "none", environment={"script": script}))
    with pytest.raises(UntrustedError) as refused:
        persist.restore(place)
    assert str(refused.value).endswith("`__main__:Mine`, which is not admitted")
