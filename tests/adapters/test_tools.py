"""Tools in every shape: saved here, called in a process that never made them."""

from __future__ import annotations

import asyncio
import functools
import json
import warnings
from pathlib import Path
from typing import Any

import persist
import pytest
import toolbox

import trips

ALLOW = ("toolbox", "datetime")

RESTORE = """
import asyncio, json, sys, persist, toolbox
tools = persist.restore(sys.argv[1], allow=["toolbox", "datetime"])
used = {name: asyncio.run(toolbox.use(tools[name], toolbox.TOOLS[name][1])) for name in tools}
print(json.dumps(used))
"""


def made() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: make() for name, (make, _) in toolbox.TOOLS.items()}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Returns what each tool says in another process."""
    path: Path = tmp_path_factory.mktemp("tools") / "tools.json.gz"
    persist.snapshot(made(), path)
    found: dict[str, str] = json.loads(trips.python(RESTORE, path, seed=9))
    return found


@functools.cache
def here(name: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make, given = toolbox.TOOLS[name]
        return asyncio.run(toolbox.use(make(), given))


@pytest.mark.parametrize("name", toolbox.TOOLS)
def test_a_restored_tool_is_called_in_another_process(there: dict[str, str], name: str) -> None:
    assert "Error" not in here(name) or name == "errors"
    assert there[name] == here(name)


def test_a_tool_asks_for_the_names_of_the_program_alone() -> None:
    with pytest.raises(persist.UntrustedError) as caught:
        persist.loads(persist.dumps(list(made().values())))
    outside = [name for name in caught.value.allow if not name.startswith("toolbox:")]
    assert outside == []


@pytest.mark.parametrize("calls", [0, 2])
def test_the_schema_a_tool_remembers_is_left_out_and_nothing_else(calls: int) -> None:
    fresh, used = toolbox.Counting(), toolbox.Counting()
    for held in (fresh, used):
        for _ in range(calls):
            held.invoke({"word": "a"})
    used.tool_call_schema  # noqa: B018
    assert used.__pydantic_private__["_tool_call_schema_memo"] is not None
    # LangChain's own rule, which the row for tools repeats.
    kept = used.__getstate__()["__pydantic_private__"]
    assert kept == {"_tool_call_schema_memo": None, "_calls": calls}

    text = persist.dumps(used)
    assert text == persist.dumps(fresh)
    assert f'"_calls":{calls}' in text
    assert used.__pydantic_private__["_tool_call_schema_memo"] is not None
    back = persist.loads(text, allow=ALLOW)
    assert back.__pydantic_private__ == kept
    assert back.invoke({"word": "b"}) == f"b {calls + 1}"


@pytest.mark.parametrize("calls", [0, 2])
def test_what_a_tool_remembers_may_not_stand_elsewhere_too(calls: int) -> None:
    tool = toolbox.Counting()
    tool._calls = calls
    tool.tool_call_schema  # noqa: B018
    with pytest.raises(persist.CaptureError, match="behind an object's attributes is also a value"):
        persist.dumps([tool, tool.__pydantic_private__])
