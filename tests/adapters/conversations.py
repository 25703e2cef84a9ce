"""States of real LangChain agents: how each is made, and how it is used once it is back."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# What LangChain deprecates is still what agents of today are made of.
warnings.simplefilter("ignore")

from langchain_classic.chains import ConversationChain, LLMChain  # noqa: E402
from langchain_classic.memory import (  # noqa: E402
    ConversationBufferMemory,
    ConversationBufferWindowMemory,
    ConversationSummaryMemory,
)
from langchain_core.agents import AgentAction, AgentFinish, AgentStep  # noqa: E402
from langchain_core.chat_history import InMemoryChatMessageHistory  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.language_models import FakeListChatModel, FakeListLLM  # noqa: E402
from langchain_core.messages import (  # noqa: E402
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
)
from langchain_core.output_parsers import (  # noqa: E402
    CommaSeparatedListOutputParser,
    JsonOutputParser,
    NumberedListOutputParser,
    PydanticOutputParser,
    StrOutputParser,
)
from langchain_core.outputs import ChatGeneration, ChatResult, Generation, LLMResult  # noqa: E402
from langchain_core.prompt_values import ChatPromptValue, StringPromptValue  # noqa: E402
from langchain_core.prompts import (  # noqa: E402
    ChatPromptTemplate,
    FewShotChatMessagePromptTemplate,
    MessagesPlaceholder,
    PromptTemplate,
)
from langchain_core.prompts.structured import StructuredPrompt  # noqa: E402
from turns import State  # noqa: E402

from models import Person  # noqa: E402

ALLOW = ["conversations", "models"]


@dataclass
class Session:
    """A dataclass of a program's own."""

    chain: Any
    history: Any
    seen: dict[str, Any] = field(default_factory=dict)


class Labelled(HumanMessage):
    """A message that writes an attribute which is no field."""

    @property
    def lc_attributes(self) -> dict[str, Any]:
        return {"label": "urgent"}


def messages() -> list[BaseMessage]:
    """Returns messages of every class, with everything that they can carry."""
    tool_call = {
        "name": "search",
        "args": {"q": "x", "state": {"lc": 1}},
        "id": "call_1",
        "type": "tool_call",
    }
    invalid = {
        "name": "search",
        "args": "{",
        "id": "call_2",
        "error": "bad",
        "type": "invalid_tool_call",
    }
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    parts: list[Any] = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]
    return [
        SystemMessage("be kind"),
        HumanMessage("hi"),
        HumanMessage(parts, id="h1", name="ann", example=True),
        HumanMessage("", additional_kwargs={"lc": 1, "type": "secret", "id": ["KEY"]}),
        HumanMessage("more", lc=1, state={"a": (1, 2)}),
        AIMessage("hello", id="run-1", usage_metadata=usage, response_metadata={"model": "m"}),  # type: ignore[arg-type]
        AIMessage("", tool_calls=[tool_call], additional_kwargs={"__lc_escaped__": {"lc": 1}}),
        AIMessage([], invalid_tool_calls=[invalid]),
        ToolMessage("found", tool_call_id="call_1", artifact={"rows": [(1, 2.5)], "at": {3}}),
        ToolMessage("lost", tool_call_id="call_2", status="error"),
        ToolMessage("none", tool_call_id="call_3", artifact=None),
        ChatMessage("said", role="critic"),
        FunctionMessage("1", name="f"),
        RemoveMessage("h1"),
        AIMessageChunk(
            "par", tool_call_chunks=[{"name": "f", "args": '{"a', "id": "1", "index": 0}]
        ),
        AIMessageChunk("last", chunk_position="last"),
        HumanMessageChunk("h"),
        SystemMessageChunk("s"),
        ToolMessageChunk("t", tool_call_id="1"),
        ChatMessageChunk("c", role="critic"),
        FunctionMessageChunk("f", name="f"),
    ]


def pictured_chunks(chunks: list[Any]) -> str:
    return repr(chunks[14] + AIMessageChunk('": 1}', tool_call_chunks=[])) + repr(chunks)


def templates() -> dict[str, Any]:
    example = ChatPromptTemplate.from_messages([("human", "{q}"), ("ai", "{a}")])
    chat = ChatPromptTemplate.from_messages(
        [("system", "you are {who}"), MessagesPlaceholder("history"), ("human", "{question}")]
    )
    return {
        "text": PromptTemplate.from_template("say {word}"),
        "partial": PromptTemplate(
            template="{a} and {b}", input_variables=["a"], partial_variables={"b": "tea"}
        ),
        "mustache": PromptTemplate.from_template("{{word}}", template_format="mustache"),
        "chat": chat,
        "chat, partly filled": chat.partial(who="kind"),
        "optional history": ChatPromptTemplate.from_messages(
            [MessagesPlaceholder("history", optional=True, n_messages=2), ("human", "{question}")]
        ),
        "fixed messages": ChatPromptTemplate.from_messages([SystemMessage("s"), ("human", "{q}")]),
        "image": ChatPromptTemplate.from_messages(
            [
                (
                    "human",
                    [{"type": "text", "text": "{q}"}, {"type": "image_url", "image_url": "{u}"}],
                )
            ]
        ),
        "structured": StructuredPrompt.from_messages_and_schema([("human", "{q}")], {"title": "t"}),
        "few shots": FewShotChatMessagePromptTemplate(
            example_prompt=example, examples=[{"q": "1+1", "a": "2"}]
        ),
    }


def filled(prompts: dict[str, Any]) -> list[str]:
    given = {"word": "yes", "a": "x", "who": "sir", "question": "why?", "q": "2+2", "u": "http://u"}
    given["history"] = [HumanMessage("before"), AIMessage("indeed"), HumanMessage("so")]  # type: ignore[assignment]
    return [
        prompt.invoke(
            {name: given[name] for name in prompt.input_variables} | _history(prompt)
        ).to_string()
        for prompt in prompts.values()
    ]


def _history(prompt: Any) -> dict[str, Any]:
    return {"history": [HumanMessage("before")]} if prompt.optional_variables else {}


def model(*responses: str) -> FakeListChatModel:
    return FakeListChatModel(responses=list(responses))


def chain(memory: Any, llm: Any = None) -> ConversationChain:
    """Returns a chain that has talked twice."""
    talk = ConversationChain(llm=llm or model("hello ann", "you said hi", "goodbye"), memory=memory)
    talk.predict(input="hi, I am ann")
    talk.predict(input="what did we talk about?")
    return talk


def talked(talk: ConversationChain) -> Any:
    """Goes on with a conversation; what it remembers stands in the answer."""
    answer = talk.predict(input="and now?")
    return [answer, talk.memory.load_memory_variables({})["history"], talk.llm.i]


def summary_chain() -> ConversationChain:
    llm = model("hello ann", "ann came", "she asked", "ann asked", "bye", "the end")
    return chain(ConversationSummaryMemory(llm=llm), llm)


def remembering() -> ConversationChain:
    prompt = ChatPromptTemplate.from_messages(
        [MessagesPlaceholder("history"), ("human", "{input}")]
    )
    talk = ConversationChain(
        llm=model("one", "two"),
        memory=ConversationBufferMemory(return_messages=True),
        prompt=prompt,
    )
    talk.predict(input="first")
    return talk


def history() -> InMemoryChatMessageHistory:
    return InMemoryChatMessageHistory(messages=messages())


def continued(told: InMemoryChatMessageHistory) -> Any:
    told.add_user_message("one more")
    told.add_ai_message("sure")
    return [message.pretty_repr() for message in told.messages[-3:]] + [len(told.messages)]


def session() -> Session:
    talk = chain(ConversationBufferMemory())
    return Session(
        talk,
        history(),
        {
            "prompt": templates()["chat"],
            "memory": talk.memory,
            "at": datetime(2024, 1, 1, tzinfo=UTC),
            "messages": talk.memory.chat_memory.messages,
        },
    )


def resumed(mine: Session) -> Any:
    said = talked(mine.chain)
    # The chain, and what the program kept of its memory, are still one.
    return [said, len(mine.seen["messages"]), mine.seen["memory"] is mine.chain.memory]


def parsers() -> dict[str, Any]:
    return {
        "text": StrOutputParser(),
        "json": JsonOutputParser(),
        "typed json": JsonOutputParser(pydantic_object=Person),
        "model": PydanticOutputParser(pydantic_object=Person),
        "list": CommaSeparatedListOutputParser(),
        "numbered": NumberedListOutputParser(),
    }


def parsed(all_parsers: dict[str, Any]) -> str:
    texts = ["as it is", '{"a": [1]}', '{"age": 3}', '{"age": 3}', "a, b", "1. a\n2. b"]
    return repr(
        [parser.parse(text) for parser, text in zip(all_parsers.values(), texts, strict=True)]
    )


def outputs() -> list[Any]:
    answer = ChatGeneration(message=AIMessage("x", id="1"), generation_info={"why": "stop"})
    return [
        answer,
        ChatResult(generations=[answer], llm_output={"tokens": 3}),
        Generation(text="t"),
        LLMResult(generations=[[Generation(text="t")]]),
        AgentAction("search", {"q": [1, (2,)]}, "log"),
        AgentStep(action=AgentAction("a", "b", "c"), observation={"n": 1}),
        AgentFinish({"output": "done"}, "log"),
        ChatPromptValue(messages=messages()[:3]),
        StringPromptValue(text="x"),
    ]


def documents() -> list[Document]:
    return [
        Document("plain"),
        Document("with more", metadata={"page": 1, "lc": 2, "at": (1, 2)}, id="d1"),
    ]


STATES = {
    "buffer memory": State(lambda: chain(ConversationBufferMemory()), talked),
    "window memory": State(lambda: chain(ConversationBufferWindowMemory(k=1)), talked),
    "summary memory": State(summary_chain, talked),
    "message memory": State(remembering, talked),
    "text model": State(
        lambda: chain(ConversationBufferMemory(), FakeListLLM(responses=["a", "b", "c"])), talked
    ),
    "plain chain": State(
        lambda: LLMChain(llm=model("x", "y"), prompt=PromptTemplate.from_template("say {word}")),
        lambda it: [it.run(word="a"), it.run(word="b")],
    ),
    "messages": State(messages, pictured_chunks),
    "templates": State(templates, filled),
    "history": State(history, continued),
    "a dict": State(
        lambda: {"chain": chain(ConversationBufferMemory()), 1: (history(),)},
        lambda it: talked(it["chain"]),
    ),
    "a dataclass": State(session, resumed),
    "documents": State(documents, repr),
    "parsers": State(parsers, parsed),
    "outputs": State(outputs, repr),
    "a message class": State(lambda: {"cls": AIMessage, "types": [HumanMessage]}, repr),
}
