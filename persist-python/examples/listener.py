"""A chat model that needs no key and no network: it knows what its prompt tells it."""

from __future__ import annotations

import re
from typing import Any

from langchain_core.language_models.chat_models import SimpleChatModel
from langchain_core.messages import BaseMessage

SAID = re.compile(r"^Human: (.*)$", re.MULTILINE)


class ListenerModel(SimpleChatModel):
    """Answers from the conversation that the chain's memory puts into the prompt.

    It keeps nothing of the conversation itself: what it can tell comes from the memory.
    """

    calls: int = 0

    @property
    def _llm_type(self) -> str:
        return "listener"

    def _call(self, messages: list[BaseMessage], *args: Any, **options: Any) -> str:
        self.calls += 1
        *before, question = SAID.findall(messages[-1].text)
        if "what did we talk about" not in question.lower():
            return f"Noted, that makes {len(before) + 1}."
        told = "; ".join(f"“{said}”" for said in before)
        return f"You told me {len(before)} things: {told}."
