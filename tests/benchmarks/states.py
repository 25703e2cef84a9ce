"""The states that are measured; the same ones in every run."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

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


STATES: dict[str, Callable[[], Any]] = {
    "20 messages": lambda: messages(20),
    "2,000 messages": lambda: messages(2000),
    "500 documents, 100,000 floats": documents,
    "8 MB of base64": image,
    "60,000 dicts in a tree": tree,
}
