"""What the nodes of a graph call: LangGraph's own runnables around functions.

Such a runnable gives its function settings beside its input, and may take all arguments of the
function from that. A framework's own functions are called so in the forms alone in which LangGraph
makes them.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from typing import Any

from persist.adapters import _called
from persist.state import names

__all__ = ["called_of", "trouble_of"]

WRITE = "langgraph.pregel._write:ChannelWrite"
WRITING = {f"{WRITE}._write", f"{WRITE}._awrite"}
BRANCH = "langgraph.graph._branch:BranchSpec"
ROUTING = {f"{BRANCH}._route", f"{BRANCH}._aroute"}
WRITES = "langgraph.graph.state:CompiledStateGraph.attach_branch.<locals>.get_writes"


def called_of(held: Mapping[str, Any], name: str) -> Any:
    """Returns what a node calls under a name, with the settings that it gives."""
    called, settings = held.get(name), held.get("kwargs")
    return functools.partial(called, **settings) if callable(called) and settings else called


def trouble_of(made: Any, held: Mapping[str, Any], name: str) -> str | None:
    """Returns what is wrong with what a node calls under a name."""
    settings = held.get("kwargs", {})
    if type(settings) is not dict or not all(type(it) is str for it in settings):
        return "`kwargs` is no map of settings"
    called = held.get(name)
    if called is None:
        return None
    if not callable(called):
        return f"`{name}` is not callable"
    takes_all = held.get("explode_args", False) is not False
    if takes_all and not _called.is_programs(called):
        return f"`{name}` would be given all its arguments by its input"
    if _is_own(made, called, settings) or _called.may_be_called(called_of(held, name)):
        return None
    return f"`{name}` calls what it is given"


def _is_own(made: Any, called: Any, settings: Mapping[str, Any]) -> bool:
    """Returns whether a graph made the node so: it writes to its channels, or takes a branch."""
    if type(called) is not types.MethodType:
        return False
    name = _called.name_in_tables(called.__func__)
    if name in WRITING:
        return called.__self__ is made and names.name_of(type(made)) == WRITE and not settings
    if name not in ROUTING or settings.keys() != {"reader", "writer"}:
        return False
    reader = settings["reader"]
    is_read = reader is None or _called.is_reader(reader)
    return is_read and _called.name_in_tables(settings["writer"]) == WRITES
