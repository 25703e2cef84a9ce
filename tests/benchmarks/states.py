"""The states that are measured; the same ones in every run."""

from __future__ import annotations

import base64
import random
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.types import Send

SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ha", "lo", "mu", "na", "qui", "ra", "so", "ve", "zy"]


class Prose:
    """Text of invented words, some of it in phrases that come again, as in people's messages.

    Of messages made of it gzip -6 makes 6.5 times fewer bytes, as it does of recorded ones.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = [self.word() for _ in range(4000)]
        self.phrases = [
            " ".join(self.random.choices(self.words, k=self.random.randint(3, 6)))
            for _ in range(300)
        ]

    def word(self) -> str:
        return "".join(self.random.choices(SYLLABLES, k=self.random.randint(1, 4)))

    def text(self, size_bytes: int) -> str:
        """Returns a text of `size_bytes`."""
        parts: list[str] = []
        while sum(map(len, parts)) < size_bytes:
            is_phrase = self.random.random() < 0.4
            parts.append(self.random.choice(self.phrases if is_phrase else self.words))
        return " ".join(parts)[: size_bytes - 1].capitalize() + "."


def messages(count: int) -> list[BaseMessage]:
    """Returns rounds of a question, a call of a tool, its answer and the reply to the question."""
    prose = Prose(count)
    turns = (turn(prose, number) for number in range(count // 4))
    return [message for four in turns for message in four]


def turn(prose: Prose, number: int) -> list[BaseMessage]:
    call_id = f"call_{prose.random.getrandbits(96):024x}"
    arguments = {"query": prose.text(60), "limit": number % 20, "filters": {"year": 2020}}
    call = {"name": "search", "args": arguments, "id": call_id, "type": "tool_call"}
    finished = {"model_name": "offline-chat", "finish_reason": "tool_calls"}
    spent = {"input_tokens": 400 + number, "output_tokens": 60, "total_tokens": 460 + number}
    return [
        HumanMessage(prose.text(440), id=f"human-{number}"),
        AIMessage(
            prose.text(60),
            id=f"run-{number}",
            tool_calls=[call],
            response_metadata=finished,
            usage_metadata=spent,
        ),
        ToolMessage(prose.text(380), tool_call_id=call_id, name="search", id=f"tool-{number}"),
        AIMessage(prose.text(400), id=f"reply-{number}", usage_metadata=spent),
    ]


def documents() -> dict[str, Any]:
    """Returns 500 documents, and 100,000 floats as their embeddings would be."""
    prose = Prose(500)
    pages = [
        Document(prose.text(800), metadata={"source": f"page-{number}.txt", "page": number})
        for number in range(500)
    ]
    return {"documents": pages, "vectors": [prose.random.uniform(-1, 1) for _ in range(100_000)]}


def image() -> dict[str, str]:
    """Returns 8 MB of base64, as a picture comes in a message."""
    picture = random.Random(8).randbytes(6_000_000)
    return {"type": "image", "base64": base64.b64encode(picture).decode()}


def tree() -> dict[str, Any]:
    """Returns 60,000 dicts, each below another; six levels of at most nine."""
    nodes: list[dict[str, Any]] = [{"id": number, "done": False} for number in range(60_000)]
    for number in range(1, len(nodes)):
        nodes[(number - 1) // 9][f"child-{number % 9}"] = nodes[number]
    return nodes[0]


def thread() -> dict[str, Any]:
    """Returns the values of a long thread of LangGraph: what its checkpoints hold."""
    prose = Prose(7)
    return {
        "messages": messages(1000),
        "documents": [Document(prose.text(300), metadata={"page": page}) for page in range(200)],
        "plan": [{"step": step, "text": prose.text(60), "done": step < 40} for step in range(50)],
        "next": Send("research", {"query": prose.text(60), "depth": 2}),
        "seen": {f"page-{number}" for number in range(300)},
    }


class Order:
    """An object that says itself how it is taken apart."""

    def __init__(self, number: int, lines: list[str]) -> None:
        self.number = number
        self.lines = lines

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Order) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return self.number

    def __reduce__(self) -> tuple[Any, ...]:
        return Order, (self.number, self.lines)


class Place(NamedTuple):
    """A named tuple."""

    x: float
    y: float


def reduced() -> list[Any]:
    """Returns 10,000 objects that are taken apart by a hook, as pickle does it."""
    prose = Prose(3)
    made: list[Any] = []
    for number in range(2000):
        word = prose.word()
        made.append(Order(number, [word, prose.word()]))
        made.append(OrderedDict([(word, number), ("other", None)]))
        made.append(deque([number, word], maxlen=5))
        made.append(Place(number / 2, 1.5))
        made.append(Counter([word, word, "x"]))
    return made


def arrays() -> dict[str, Any]:
    """Returns embeddings as one array, and many small ones."""
    source = np.random.default_rng(1)
    return {
        "embeddings": source.standard_normal((4000, 384), dtype=np.float32),
        "ids": np.arange(4000),
        "names": np.array([f"page-{number}" for number in range(4000)]),
        "scores": [source.random(16) for _ in range(500)],
    }


def conversation() -> Any:
    """Returns a LangChain agent that has talked for 2,000 messages."""
    from langchain_classic.chains import ConversationChain
    from langchain_classic.memory import ConversationBufferMemory
    from langchain_core.language_models import FakeListLLM

    chain = ConversationChain(llm=FakeListLLM(responses=["yes"]), memory=ConversationBufferMemory())
    chain.memory.chat_memory.messages.extend(messages(2000))
    return chain


def found(query: str) -> str:
    return f"found {query}"


def executor() -> Any:
    """Returns an AgentExecutor with ten tools that has talked for 200 messages."""
    from langchain_classic.agents import AgentExecutor, Tool, ZeroShotAgent
    from langchain_classic.memory import ConversationBufferMemory
    from langchain_core.language_models import FakeListLLM

    prose = Prose(9)
    tools = [
        Tool(name=f"search-{number}", func=found, description=prose.text(120))
        for number in range(10)
    ]
    memory = ConversationBufferMemory(memory_key="chat_history", output_key="output")
    memory.chat_memory.messages.extend(messages(200))
    agent = ZeroShotAgent.from_llm_and_tools(FakeListLLM(responses=["Final Answer: yes"]), tools)
    return AgentExecutor(agent=agent, tools=tools, memory=memory, return_intermediate_steps=True)


def large_strings(share: int) -> dict[str, str]:
    return {f"part-{number}": f"{number:08d}" * 62_500 for number in range(2000 // share)}


def small_dicts(share: int) -> list[dict[str, Any]]:
    return [
        {"id": number, "role": "user", "content": f"hello number {number}, how are you? " * 14}
        for number in range(2_000_000 // share)
    ]


LARGE: dict[str, Callable[[int], Any]] = {"strings": large_strings, "dicts": small_dicts}
"""States of 2,000 strings and of 2 million small dicts, divided by what is given."""

LARGE_MB = 1000
"""About how much text each of them has, undivided."""


def is_same(one: Any, other: Any) -> bool:
    """Returns whether two states are equal and of the same types, arrays included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and bool(np.array_equal(one, other))
    return bool(one == other)


STATES: dict[str, Callable[[], Any]] = {
    "20 messages": lambda: messages(20),
    "2,000 messages": lambda: messages(2000),
    "500 documents, 100,000 floats": documents,
    "8 MB of base64": image,
    "60,000 dicts in a tree": tree,
    "a LangGraph thread": thread,
    "an AgentExecutor": executor,
    "10,000 reduced objects": reduced,
    "7 MB of numpy": arrays,
}
