"""A program's own models, tools, functions and retrievers for LangChain and LangGraph."""

from __future__ import annotations

import datetime
import warnings
from typing import Any

warnings.simplefilter("ignore")

from langchain_core.callbacks import BaseCallbackHandler  # noqa: E402
from langchain_core.cross_encoders import BaseCrossEncoder  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_core.language_models import LLM, BaseChatModel  # noqa: E402
from langchain_core.messages import AIMessage  # noqa: E402
from langchain_core.output_parsers import BaseOutputParser  # noqa: E402
from langchain_core.outputs import ChatGeneration, ChatResult  # noqa: E402
from langchain_core.retrievers import BaseRetriever  # noqa: E402
from langchain_core.runnables import chain  # noqa: E402
from langchain_core.tools import BaseTool, StructuredTool, tool  # noqa: E402
from langchain_core.vectorstores import InMemoryVectorStore  # noqa: E402
from pydantic import BaseModel, Field, PrivateAttr  # noqa: E402


class Scripted(BaseChatModel):
    """Answers line by line."""

    script: list[AIMessage]
    turn: int = 0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[getattr(it, "name", str(it)) for it in tools], **kwargs)

    def get_num_tokens_from_messages(self, messages: Any, tools: Any = None) -> int:
        return sum(len(str(message.content)) for message in messages)

    def get_num_tokens(self, text: str) -> int:
        return len(text)

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kw: Any) -> Any:
        answer = self.script[self.turn % len(self.script)]
        self.turn += 1
        return ChatResult(
            generations=[ChatGeneration(message=answer.model_copy(update={"id": f"a{self.turn}"}))]
        )


def says(*lines: str | AIMessage) -> Scripted:
    script = [line if isinstance(line, AIMessage) else AIMessage(line) for line in lines]
    return Scripted(script=script)


def calls(name: str, **arguments: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": "c1"}])


class Echo(LLM):
    """A text model that answers with its prompt."""

    prefix: str = ""
    _asked: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _call(self, prompt: str, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> str:
        self._asked += 1
        return f"{self.prefix}{self._asked}: {prompt}"

    def get_num_tokens(self, text: str) -> int:
        return len(text)


class Letters(Embeddings):
    """Counts letters."""

    def __init__(self, size: int = 4) -> None:
        self.size = size

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0 + sum(ord(c) % self.size == at for c in text) for at in range(self.size)]


class Shelf(BaseRetriever):
    """Finds the documents that hold a word."""

    held: list[Document]

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [document for document in self.held if query in document.page_content]


class Upper(BaseOutputParser[str]):
    def parse(self, text: str) -> str:
        return text.upper()


class Watcher(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_chain_start(self, *args: Any, **kwargs: Any) -> None:
        self.seen.append("start")


@tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


def sum_up(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


def adding() -> BaseTool:
    """Returns a tool of its own: one that is used remembers schemas that it made."""
    return tool("add")(sum_up)


@tool("lookup", return_direct=True)
def look_up(word: str) -> str:
    """Looks a word up."""
    return f"{word}!"


@tool(response_format="content_and_artifact")
def fetch(url: str) -> tuple[str, dict[str, Any]]:
    """Fetches a page."""
    return url, {"url": url}


class Weather(BaseModel):
    """What weather is asked for."""

    city: str = Field(description="the city")
    days: int = 1


class WeatherTool(BaseTool):
    """A tool that is a class."""

    name: str = "weather"
    description: str = "Tells the weather."
    args_schema: Any = Weather
    asked: list[str] = Field(default_factory=list)

    def _run(self, city: str, days: int = 1, run_manager: Any = None) -> str:
        self.asked.append(city)
        return f"{city}: sun for {days}"


class Remote(BaseTool):
    """A tool whose constructor keeps what it is given, without declaring it."""

    name: str = "remote"
    description: str = "Asks elsewhere."

    def __init__(self, place: dict[str, str], **fields: Any) -> None:
        super().__init__(**fields)
        self._place = place

    def _run(self, query: str) -> str:
        self._place[query] = str(len(self._place))
        return repr(self._place)


def forecast(city: str, days: int = 1) -> str:
    """Forecasts the weather."""
    return f"{city} {days}"


def structured_tool() -> StructuredTool:
    return StructuredTool.from_function(forecast, name="forecast", args_schema=Weather)


def inferred_tool() -> StructuredTool:
    return StructuredTool.from_function(forecast)


def upper(text: Any) -> Any:
    return str(text).upper()


def length(text: Any) -> int:
    return len(text)


def is_long(text: Any) -> bool:
    return len(text) > 3


def today() -> str:
    return "monday"


def fails(value: Any) -> Any:
    raise ValueError(f"no {value}")


def shouting(texts: Any) -> Any:
    for text in texts:
        yield f"{text}!"


def heard(run: Any) -> None:
    """Listens to the end of a run."""


@chain
def shouted(text: str) -> str:
    return f"{text}!"


NOON = datetime.datetime(2024, 1, 1, 12)


class Library:
    """Holds what an agent may look up."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held

    def search(self, term: str) -> Any:
        return Document(self.held[term]) if term in self.held else "nothing"


class Search:
    """Answers what an agent asks, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, query: str) -> str:
        self.asked.append(query)
        return "ann"

    async def arun(self, query: str) -> str:
        return self.run(query)


class Crossed(BaseCrossEncoder):
    """Likes short texts."""

    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        return [-float(len(text)) for _, text in text_pairs]


def backwards(asked: Any) -> Any:
    """Ranks the last first."""
    return asked["documents"][::-1]


class Scored(InMemoryVectorStore):
    """A store that says how its scores are meant."""

    def _select_relevance_score_fn(self) -> Any:
        return abs


def as_bytes(text: str) -> bytes:
    return text.encode()


def as_text(data: bytes) -> str:
    return data.decode()


def exception_tool() -> BaseTool:
    from langchain_classic.agents.agent import ExceptionTool

    return ExceptionTool()


HISTORIES: dict[str, Any] = {}


def history_of(session: str) -> Any:
    from langchain_core.chat_history import InMemoryChatMessageHistory

    return HISTORIES.setdefault(session, InMemoryChatMessageHistory())
