"""LangGraph's channels: graphs with each of them go on in a process that never built them."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

import channels
import persist
from langgraph import channels as listed
from langgraph import managed
from langgraph.channels.base import BaseChannel
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.managed.base import ManagedValue

from trips import python


def test_graphs_with_every_channel_go_on_in_a_new_process(tmp_path: Path) -> None:
    path = tmp_path / "channels.json"
    save = "import channels, persist, sys; persist.snapshot(channels.state(), sys.argv[1])"
    python(save, path, seed=1)
    use = """
import channels, json, persist, sys
print(json.dumps(channels.used(persist.restore(sys.argv[1], allow="channels"))))
"""
    restored = json.loads(python(use, path, seed=2))
    assert restored == json.loads(json.dumps(channels.used(channels.state())))
    needed = persist.get_metadata(path)["needs"]["allow"]
    assert {name.partition(":")[0] for name in needed} == {"channels"}


def test_a_graph_has_every_channel_and_managed_value() -> None:
    graph = channels.everything()
    used = {type(it) if isinstance(it, BaseChannel) else it for it in graph.channels.values()}
    assert classes_in(listed, BaseChannel) | classes_in(managed, ManagedValue) <= used


def test_a_saver_keeps_its_shots_of_a_channel() -> None:
    _, kept = channels.state()
    saver = kept.checkpointer
    restored = persist.loads(persist.dumps(saver))
    assert restored.blobs == saver.blobs
    blobs = [blob for blob in restored.blobs.values() if blob[0] != "empty"]
    shots = [saver.serde.loads_typed(blob) for blob in blobs]
    assert _DeltaSnapshot(["said 0", 1]) in shots


def classes_in(package: Any, base: type) -> set[type]:
    """Returns the classes in a package that are such and may have instances or stand themselves."""
    found: set[type] = set()
    for part in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        held = vars(importlib.import_module(part.name)).values()
        found |= {it for it in held if inspect.isclass(it) and issubclass(it, base)}
    return {cls for cls in found if not inspect.isabstract(cls)}
