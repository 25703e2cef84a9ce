"""Values of reviewed classes that need a name: a file may put them nowhere."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import partners
import persist
import pytest
from langchain_core.prompts import FewShotPromptTemplate, PromptTemplate
from langchain_core.prompts.image import ImagePromptTemplate
from persist import UntrustedError
from persist.adapters import _registry

sys.path.append(str(Path(__file__).resolve().parents[1] / "api"))

import forge

VALUES: dict[str, Any] = {
    "credentials_profile_name": "another",
    "model_id": "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    "client_args": {"verify": False},
    "credentials": "found",
    "vertexai": True,
    "server_kwargs": {"proxy": "somewhere"},
    "async_client_kwargs": {"proxy": "somewhere"},
    "client_kwargs": {"proxy": "somewhere"},
    "sync_client_kwargs": {"proxy": "somewhere"},
    "validate_model_on_init": True,
    "template_format": "jinja2",
    "tokenizer": None,
}

PROMPTS: dict[str, Any] = {
    "PromptTemplate": PromptTemplate.from_template("{a}"),
    "FewShotPromptTemplate": FewShotPromptTemplate(
        examples=[{"a": "1"}],
        example_prompt=PromptTemplate.from_template("{a}"),
        suffix="{b}",
        input_variables=["b"],
    ),
    "ImagePromptTemplate": ImagePromptTemplate(template={"url": "{u}"}, input_variables=["u"]),
}

CASES = [
    (row.name, field)
    for module in sorted(set(_registry.TABLES.values()))
    for row in importlib.import_module(module).TABLE.values()
    for field in row.opt_in
]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    partners.forget_keys(monkeypatch.delenv)


def made(name: str) -> Any:
    short = name.partition(":")[2]
    return PROMPTS[short] if short in PROMPTS else partners.made(short)


def groups_of(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the maps of fields that a node has or may have."""
    if "kwargs" not in node:
        return [node["dict"]]
    state = node.get("state", {}).get("__lc_escaped__", {})
    return [node["kwargs"], *([state["fields"]] if "fields" in state else [])]


def changed(node: dict[str, Any], field: str, where: str) -> dict[str, Any]:
    """Returns the node with the field set in one place alone; the defaults are not in the node."""
    for group in groups_of(node):
        group.pop(field, None)
    if where == "node":
        groups_of(node)[0][field] = VALUES[field]
    if where == "state" and "kwargs" in node:
        fields = {field: VALUES[field]}
        state = node.get("state", {"__lc_escaped__": {}})["__lc_escaped__"]
        state["fields"] = {**state.get("fields", {}), **fields}
        head = {key: value for key, value in node.items() if key not in ("kwargs", "state")}
        return {**head, "state": {"__lc_escaped__": state}, "kwargs": node["kwargs"]}
    return node


@pytest.mark.parametrize("where", ["node", "state", "defaults", "defaults of another version"])
@pytest.mark.parametrize(("name", "field"), CASES)
def test_a_value_that_needs_a_name_is_refused_wherever_it_stands(
    name: str, field: str, where: str, tmp_path: Path
) -> None:
    place, forged = tmp_path / "whole.json", tmp_path / "forged.json"
    persist.snapshot(made(name), place)
    document = json.loads(place.read_bytes())
    metadata = document["metadata"]
    node = changed(document["agent_state"], field, where)
    if where == "state" and "kwargs" not in node:
        return
    if where.startswith("defaults"):
        metadata["classes"][name].setdefault("defaults", {})[field] = VALUES[field]
    if where.endswith("version"):
        metadata["classes"][name]["fingerprint"] = "0" * 16
    text = json.dumps(node, separators=(",", ":")).encode()
    tables = {key: metadata[key] for key in ("classes", "environment")}
    forged.write_bytes(forge.forge(text, "none", **tables))
    given = dict.fromkeys(metadata["needs"]["secrets"], partners.KEY)
    row = _registry.row_of(name)
    assert row is not None
    (needed,) = row.opt_in[field].values()
    with pytest.raises(UntrustedError) as raised:
        persist.restore(forged, secrets_map=given)
    assert raised.value.allow == [needed]
