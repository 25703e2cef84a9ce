"""The hostile texts of other tests, which assert how each is refused: here they are listened to."""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Iterator
from typing import Any

import persist
from hostile_texts import Case, made, named, obj
from langchain_core.callbacks.manager import handle_event
from langchain_core.runnables import RunnableBinding, RunnableLambda
from langchain_core.utils.utils import guard_import
from persist.adapters import _registry
from persist.state.policy import Policy

MADE_HERE = ("adapters.judged", "adapters.test_langgraph", "adapters.test_opt_in", "composed")
"""Where the texts come from that no table holds, beside code locations."""

TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "state.test_forms": ("HOSTILE", ("typed",)),
    "adapters.test_made": ("HOSTILE", ("made",)),
    "adapters.test_made_objects": ("HOSTILE", ("made",)),
    "adapters.test_middleware": ("HOSTILE", ("watched", "builtins")),
    "adapters.test_numpy": ("HOSTILE", ()),
    "adapters.test_pandas": ("HOSTILE", ()),
    "adapters.test_shaped": ("HOSTILE", ("made",)),
    "format.test_state_vectors": ("REFUSED", ("myapp",)),
}
"""Module → where its texts stand, and what is admitted with them."""


def texts(table: Any) -> Iterator[str]:
    """Yields the texts of a table: its values, or what stands first in each row."""
    for row in table.values() if isinstance(table, dict) else table:
        first = row[0] if isinstance(row, tuple) else row
        yield first if isinstance(first, str) else json.dumps(first)


def code_nodes() -> Iterator[str]:
    module = importlib.import_module("state.test_code")
    yield from (module.node(**members) for members, _ in module.CHANGED)


def refused_classes() -> Iterator[Case]:
    """Yields nodes of each class of the frameworks that has a reason why it has no row."""
    judged, below = map(importlib.import_module, ("adapters.judged", "adapters.judged_below"))
    policy = Policy((), _registry.row_of)
    for listed in (*judged.REFUSED.values(), *below.REFUSED.values()):
        for name in judged.names_of(listed):
            nodes = [obj(name, dict={})]
            # Some may stand where a type is asked for, and nothing is made of them.
            nodes += [] if policy.admits_value(name) else [named("class", name)]
            # The form of LangChain leads to no class within another.
            if "." not in name.partition(":")[2]:
                nodes += [made(name.replace(":", "."), path="/etc/passwd", url="http://evil.test")]
            for node in nodes:
                yield Case(json.dumps([node]), "adapters.judged", wants=(name,))


def opted_in() -> Iterator[Case]:
    """Yields models and prompts with a value that opens files or sockets, or finds keys."""
    module = importlib.import_module("adapters.test_opt_in")
    for name, field in module.CASES:
        row = _registry.row_of(name)
        partner = module.partners.MODELS.get(name.partition(":")[2])
        assert row is not None
        keys = {} if partner is None else dict.fromkeys(partner.secrets, module.partners.KEY)
        node = json.loads(persist.dumps(module.made(name)))
        for where in ("node", "state"):
            text = json.dumps(module.changed(copy.deepcopy(node), field, where))
            if where == "node" or "kwargs" in node:
                wants, given = tuple(row.opt_in[field].values()), {"secrets_map": keys}
                yield Case(text, "adapters.test_opt_in", wants=wants, given=given)


def savers_and_graphs() -> Iterator[Case]:
    """Yields savers with other content than LangGraph keeps, and graphs with text for types."""
    module = importlib.import_module("adapters.test_langgraph")
    texts = [*map(module.forged, module.MISSHAPEN), *map(module.calling, module.CALLED)]
    for text in (*texts, *map(module.misled, module.TYPES)):
        yield Case(text, module.__name__, allow=("graphs", module.__name__))


def composed() -> Iterator[Case]:
    """Yields runnables of LangChain that import a module and call what is in it."""
    importer, caller = (RunnableLambda(function) for function in (guard_import, handle_event))
    bound = RunnableBinding(
        bound=caller, kwargs={"event_name": "system", "ignore_condition_name": None}
    )
    wants = (
        "langchain_core.callbacks.manager:handle_event",
        "langchain_core.utils.utils:guard_import",
    )
    yield Case(persist.dumps(importer.map() | bound), "composed", wants=wants)
    yield Case(persist.dumps(bound), "composed", wants=wants[:1])
    yield Case(persist.dumps(importer.map()), "composed", wants=wants[1:])


def cases() -> Iterator[Case]:
    yield from refused_classes()
    yield from opted_in()
    yield from savers_and_graphs()
    yield from composed()
    for name, (attribute, allow) in TABLES.items():
        module = importlib.import_module(name)
        for text in texts(getattr(module, attribute)):
            yield Case(text, name, allow=allow)
    for text in code_nodes():
        yield Case(text, "state.test_code", allow=("closures",))
