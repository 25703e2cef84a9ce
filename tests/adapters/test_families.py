"""Every class of LangChain that agents hold is in the corpus, and used once it is back."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import draft_table
import judged
import persist
import pytest
from langchain_classic.agents import AgentExecutor, BaseMultiActionAgent, BaseSingleActionAgent
from langchain_classic.agents.agent import RunnableAgent, RunnableMultiActionAgent
from langchain_classic.agents.types import AGENT_TO_CLASS
from langchain_classic.base_memory import BaseMemory
from langchain_classic.chains.base import Chain
from langchain_core.caches import BaseCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.documents import BaseDocumentCompressor, BaseDocumentTransformer
from langchain_core.embeddings import Embeddings
from langchain_core.example_selectors import BaseExampleSelector
from langchain_core.language_models import BaseLanguageModel
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import BaseLLMOutputParser
from langchain_core.prompts import BasePromptTemplate
from langchain_core.prompts.message import BaseMessagePromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable
from langchain_core.stores import BaseStore
from langchain_core.tools import BaseTool
from langchain_core.vectorstores import VectorStore
from persist.adapters import _registry

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fidelity"))

from cases import cases

FAMILIES: list[type] = [
    BaseLLMOutputParser,
    BaseMemory,
    BaseChatMessageHistory,
    BasePromptTemplate,
    BaseMessagePromptTemplate,
    BaseMessage,
    Chain,
    BaseSingleActionAgent,
    BaseMultiActionAgent,
    BaseRetriever,
    BaseStore,
    BaseCache,
    VectorStore,
    Embeddings,
    BaseDocumentCompressor,
    BaseDocumentTransformer,
    BaseExampleSelector,
    BaseTool,
    BaseCallbackHandler,
    BaseLanguageModel,
    Runnable,
]
PACKAGES = ["langchain_core", "langchain_classic", "langchain_text_splitters"]
GROUPS = ["LangChain", "LangChain, seldom held", "LangGraph"]
MODULES = ["conversations", "chains", "executors"]


def used() -> Iterator[Any]:
    """Yields what makes each object that is used in the process that restored it."""
    for group in GROUPS:
        yield from (case.make for case in cases(group).values() if case.use is not None)
    for module in MODULES:
        yield from (state.make for state in importlib.import_module(module).STATES.values())


class Held(NamedTuple):
    classes: set[str]
    """The names of all classes in what is used."""
    agents: set[type]
    """The classes of the agents in the executors among that."""


@pytest.fixture(scope="module")
def held() -> Held:
    found = Held(set(), set())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for make in used():
            thing = make()
            persist.snapshot(thing, "memory://families", durable=False, compression="none")
            found.classes.update(persist.get_metadata("memory://families")["classes"])
            if isinstance(thing, AgentExecutor):
                found.agents.add(type(thing.agent))
    return found


def has_row(name: str) -> bool:
    row = _registry.row_of(name)
    return row is not None and row.role != "base"


@pytest.fixture(scope="module")
def rows() -> dict[str, type]:
    """Every class of the packages that has instances, and a row."""
    found = [cls for package in PACKAGES for cls in draft_table.classes_of(package)]
    named = {f"{cls.__module__}:{cls.__qualname__}": cls for cls in found}
    return {name: cls for name, cls in named.items() if judged.has_instances(cls) and has_row(name)}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda it: it.__name__)
def test_every_class_of_a_family_is_used_once_it_is_back(
    family: type, rows: dict[str, type], held: Held
) -> None:
    members = {name for name, cls in rows.items() if issubclass(cls, family)}
    assert members
    assert sorted(members - held.classes) == []


def test_executors_are_of_every_kind_and_made_both_ways(held: Held) -> None:
    """A function such as `create_react_agent` makes a runnable of the agent, the older way none."""
    assert {RunnableAgent, RunnableMultiActionAgent} <= held.agents
    assert set(AGENT_TO_CLASS.values()) - held.agents == set()
