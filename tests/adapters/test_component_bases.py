"""What extends a tool, a model or a store of a framework keeps its keys out of a snapshot."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path
from typing import Any

import persist
import pytest
from langchain.agents.middleware import AgentMiddleware
from langchain_classic.base_memory import BaseMemory
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import LLM, BaseChatModel
from langchain_core.prompts import PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableSerializable
from langchain_core.stores import BaseStore
from langchain_core.tools import BaseTool, BaseToolkit
from langchain_core.vectorstores import VectorStore
from persist.adapters import _bases, _registry
from persist.adapters._row import Table
from persist.state.policy import Policy
from pydantic import BaseModel, PrivateAttr

from strict import assert_same

KEY = "sk-0123456789abcdef"
URL = f"redis://ada:{KEY}@localhost"
GROUPS = (*_bases.CORE, *_bases.CLASSIC, *_bases.MIDDLEWARE, *_bases.GRAPH)
BASES = tuple(Table(*GROUPS).values())


class Keys(BaseModel):
    """What the classes below declare; by itself it holds data."""

    api_key: str = ""
    headers: dict[str, str] = {}
    url: str = ""
    notes: dict[str, str] = {}


class Tool(BaseTool, Keys):  # type: ignore[override]
    name: str = "tool"
    description: str = "a tool"

    def _run(self) -> str:
        return self.api_key


class Chat(BaseChatModel, Keys):  # type: ignore[override]
    api_key: str = "sk-the-default-of-the-class"
    _api_token: str = PrivateAttr(default="sk-the-default-of-the-private")

    @property
    def _llm_type(self) -> str:
        return "chat"

    def _generate(self, *given: Any, **named: Any) -> Any:
        raise NotImplementedError


class Model(LLM, Keys):  # type: ignore[override]
    @property
    def _llm_type(self) -> str:
        return "model"

    def _call(self, *given: Any, **named: Any) -> str:
        return "a"


class Retriever(BaseRetriever, Keys):  # type: ignore[override]
    def _get_relevant_documents(self, query: str, **named: Any) -> Any:
        return []


class Step(RunnableSerializable[str, str], Keys):
    def invoke(self, value: str, *given: Any, **named: Any) -> str:  # type: ignore[override]
        return value


class Toolkit(BaseToolkit, Keys):
    def get_tools(self) -> Any:
        return []


class Compressor(BaseDocumentCompressor, Keys):
    def compress_documents(self, documents: Any, *given: Any, **named: Any) -> Any:
        return documents


class Memory(BaseMemory, Keys):  # type: ignore[override]
    @property
    def memory_variables(self) -> list[str]:
        return []

    def load_memory_variables(self, inputs: Any) -> dict[str, Any]:
        return {}

    def save_context(self, inputs: Any, outputs: Any) -> None: ...

    def clear(self) -> None: ...


class Embedder(Keys, Embeddings):
    def embed_documents(self, texts: Any) -> Any:
        return []

    def embed_query(self, text: Any) -> Any:
        return []


class History(Keys, BaseChatMessageHistory):
    messages: list[Any] = []

    def clear(self) -> None: ...


class Handler(Keys, BaseCallbackHandler):
    pass


@dataclasses.dataclass
class Middleware(AgentMiddleware):  # type: ignore[type-arg]
    api_key: str
    headers: dict[str, str]
    url: str
    notes: dict[str, str]


class Shelf(Keys, BaseStore[str, str]):
    def mget(self, keys: Any) -> Any:
        return []

    def mset(self, pairs: Any) -> None: ...

    def mdelete(self, keys: Any) -> None: ...

    def yield_keys(self, **named: Any) -> Any:
        return iter(())


class Vectors(Keys, VectorStore):
    def similarity_search(self, *given: Any, **named: Any) -> Any:
        return []

    @classmethod
    def from_texts(cls, *given: Any, **named: Any) -> Any:
        return cls()


COMPONENTS = (Tool, Chat, Model, Retriever, Step, Toolkit, Compressor, Memory, Embedder)
COMPONENTS += (History, Handler, Middleware, Shelf, Vectors)


PRIVATE = {"Chat._api_token": "sk-the-default-of-the-private"}


def kept(value: Any, path: Path) -> Any:
    """Saves a value, looks for the key in the file, and returns what is restored."""
    metadata = persist.snapshot(value, path, compression="none", durable=False)
    text = path.read_text()
    assert "sk-" not in text
    assert "needs" in metadata
    needs = metadata["needs"] or {}
    given = {name: URL if name.endswith(".url") else KEY for name in needs["secrets"]}
    given |= PRIVATE if PRIVATE.keys() <= given.keys() else {}
    return persist.restore(path, allow=__name__, secrets_map=given, endpoints=needs["endpoints"])


@pytest.mark.parametrize("cls", COMPONENTS, ids=lambda cls: cls.__name__)
def test_the_keys_of_what_extends_a_base_stay_out(cls: Any, tmp_path: Path) -> None:
    held = {"api_key": KEY, "headers": {"Authorization": KEY, "Accept": "*/*"}, "url": URL}
    value = cls(**held, notes={"api_key": "data"})
    back = kept(value, tmp_path / "a.json")
    assert back.notes == {"api_key": "data"}
    assert_same(value, back)


def test_a_default_that_is_a_secret_is_told_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    persist.snapshot(Chat(), path, compression="none")
    assert "sk-" not in path.read_text()
    classes = persist.get_metadata(path)["classes"] or {}
    defaults = classes[f"{__name__}:Chat"]["defaults"]
    assert defaults.keys() & {"api_key", "_api_token", "url"} == {"url"}
    given = {"Chat.api_key": "sk-the-default-of-the-class", **PRIVATE}
    back = persist.restore(path, allow=__name__, secrets_map=given)
    assert_same(Chat(), back)
    persist.snapshot(Chat(), path, compression="none", secrets="keep")
    assert "sk-the-default-of-the-private" in path.read_text()


def test_what_a_model_without_such_a_base_holds_is_data() -> None:
    assert KEY in persist.dumps(Keys(api_key=KEY, headers={"Authorization": KEY}))


class Shown(PromptTemplate):
    api_key: str = ""


def test_a_runnable_of_ones_own_is_a_component() -> None:
    assert KEY not in persist.dumps(
        Shown.from_template("a {b}").model_copy(update={"api_key": KEY})
    )


@pytest.mark.parametrize("row", BASES, ids=lambda row: row.name)
def test_a_base_is_admitted_for_nothing_that_is_made_or_called(row: Any) -> None:
    policy = Policy((), _registry.row_of)
    assert _registry.row_of(row.name) == row
    assert not policy.admits_class(row.name)
    # Some may stand where a type is asked for, and are called for nothing all the same.
    assert policy.admits_value(row.name) == row.is_type
    assert not row.value
    assert not policy.admits_call(row.name)
    assert not policy.admits_location(row.name)
    assert not policy.admits_method(*row.name.rpartition(".")[::2])
    module, _, name = row.name.partition(":")
    found = getattr(importlib.import_module(module), name)
    assert found.__module__ == module
