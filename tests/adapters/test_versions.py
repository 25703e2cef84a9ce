"""States that earlier releases of langchain-core wrote: restored under the locked one, the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from langchain_core.language_models import FakeListChatModel
from persist.adapters._stamps import is_stamped

from trips import python

FILES = Path(__file__).resolve().parents[1] / "fixtures" / "versions"

RELEASES = ("0.3", "1.0")

NAMES = "messages prompt template history document strings json chain result steps store commas"

COMPARE = """
import json, sys
sys.dont_write_bytecode = True
import make, persist
from strict import DifferenceError, assert_same

release, place = sys.argv[1:]
expected = make.things()
if release == "0.3":
    # That release kept these in the order in which they were given.
    order = ["name", "args", "id", "error", "type"]
    for message in expected["messages"]:
        for call in getattr(message, "invalid_tool_calls", None) or ():
            held = {key: call[key] for key in order}
            call.clear()
            call.update(held)
# Neither release had what the classes of today add: versions of packages, a text of another type.
model = expected["chain"].steps[2]
vars(model)["metadata"] = None
object.__setattr__(model, "__pydantic_fields_set__", {"responses"})
generation = expected["result"].generations[0][0]
vars(generation)["text"] = "hello"
back = persist.restore(place)
outcomes = {}
for name in expected:
    try:
        assert_same(expected[name], back[name])
        outcomes[name] = "the same"
    except DifferenceError as error:
        outcomes[name] = str(error)
said = back["chain"].invoke({"question": "what?"})
print(json.dumps([outcomes, said, back["prompt"].format(question="what?", past=[])]))
"""


@pytest.mark.parametrize("release", RELEASES)
def test_an_older_state_restores_the_same(release: str) -> None:
    place = FILES / f"langchain-core-{release}.json.gz"
    outcomes, said, prompt = json.loads(python(COMPARE, release, place, seed=3, path=[FILES]))
    assert outcomes == dict.fromkeys(NAMES.split(), "the same")
    assert said == "one"
    assert prompt == "System: You are a cook.\nHuman: what?"


WRITTEN = """
import json, sys, persist
found = persist.get_metadata(sys.argv[1])
changed = 0
import make
persist.snapshot(make.things(), "memory://now")
now = persist.get_metadata("memory://now")["classes"]
for name, record in found["classes"].items():
    changed += record["fingerprint"] != now.get(name, {}).get("fingerprint")
print(json.dumps([found["environment"]["distributions"]["langchain_core"], changed > 10]))
"""


@pytest.mark.parametrize("release", RELEASES)
def test_the_older_state_is_of_other_classes(release: str) -> None:
    place = FILES / f"langchain-core-{release}.json.gz"
    version, is_changed = json.loads(python(WRITTEN, place, seed=3, path=[FILES]))
    assert version.startswith(f"{release}.")
    assert is_changed


SAVE_MODEL = """
import sys, persist
from langchain_openai import ChatOpenAI
model = ChatOpenAI(model="m", api_key="a-key-of-tests", metadata={"team": "tea"})
persist.snapshot(model, sys.argv[1])
"""

RESTORE_MODEL = """
import json, sys
import langchain_core.version
langchain_core.version.VERSION = "9.9.9"
import persist
from langchain_openai import ChatOpenAI
model = persist.restore(sys.argv[1], secrets_map={"OPENAI_API_KEY": "a-key-of-tests"})
fresh = ChatOpenAI(model="m", api_key="a-key-of-tests")
print(json.dumps([model.metadata, fresh.metadata]))
"""


def test_a_model_keeps_the_versions_that_it_was_saved_with(tmp_path: Path) -> None:
    place = tmp_path / "model.json.gz"
    python(SAVE_MODEL, place, seed=1)
    held, fresh = json.loads(python(RESTORE_MODEL, place, seed=2))
    assert held["team"] == "tea"
    assert held["lc_versions"]["langchain-core"] != "9.9.9"
    assert fresh["lc_versions"]["langchain-core"] == "9.9.9"


@pytest.mark.parametrize(
    ("cls", "field", "made", "saved", "expected"),
    [
        (FakeListChatModel, "metadata", {"lc_versions": {"a": "2"}}, None, True),
        (FakeListChatModel, "metadata", {"lc_versions": 2, "b": 1}, {"b": 1}, True),
        (FakeListChatModel, "metadata", {"lc_versions": 2, "b": 1}, {"b": 2}, False),
        (FakeListChatModel, "metadata", {"lc_versions": 2, "b": 1}, None, False),
        (FakeListChatModel, "metadata", {"lc_versions": 2}, "text", False),
        (FakeListChatModel, "tags", {"lc_versions": 2}, None, False),
        (dict, "metadata", {"lc_versions": 2}, None, False),
    ],
)
def test_only_the_entry_of_the_constructor_is_left_aside(
    cls: type, field: str, made: object, saved: object, expected: bool
) -> None:
    assert is_stamped(cls, field, made, saved) is expected
