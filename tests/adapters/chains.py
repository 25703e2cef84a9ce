"""Chains and agents of langchain-classic: how each is made, and how it takes the next turn."""

from __future__ import annotations

import warnings
from typing import Any

# What LangChain deprecates is still what agents of today are made of.
warnings.simplefilter("ignore")

from langchain_classic.agents import (  # noqa: E402
    AgentExecutor,
    AgentType,
    Tool,
    initialize_agent,
)
from langchain_classic.chains import (  # noqa: E402
    LLMChain,
    MapReduceDocumentsChain,
    RetrievalQA,
    SequentialChain,
    SimpleSequentialChain,
    StuffDocumentsChain,
    TransformChain,
)
from langchain_classic.chains.combine_documents.reduce import ReduceDocumentsChain  # noqa: E402
from langchain_classic.chains.router import MultiPromptChain  # noqa: E402
from langchain_classic.memory import ConversationBufferMemory  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings  # noqa: E402
from langchain_core.language_models import FakeListChatModel  # noqa: E402
from langchain_core.prompts import PromptTemplate  # noqa: E402
from langchain_core.vectorstores import InMemoryVectorStore  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402
from turns import State  # noqa: E402

ALLOW = ["chains"]


class Lengths(Embeddings):
    """Embeddings of a program's own, in plain floats."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [float(len(text)), 1.0]


def counted(text: str) -> list[int]:
    return [len(word) for word in text.split()]


def model(*responses: str) -> FakeListChatModel:
    return FakeListChatModel(responses=list(responses))


def shout(inputs: dict[str, str]) -> dict[str, str]:
    return {"loud": inputs["text"].upper()}


def search(query: str) -> str:
    return f"found {query}"


def chain(template: str, *responses: str, **fields: Any) -> LLMChain:
    return LLMChain(llm=model(*responses), prompt=PromptTemplate.from_template(template), **fields)


def store() -> InMemoryVectorStore:
    held = InMemoryVectorStore(Lengths())
    held.add_documents([Document("short", id="1"), Document("much longer", id="2")])
    return held


def stuffed(*responses: str) -> StuffDocumentsChain:
    return StuffDocumentsChain(
        llm_chain=chain("{context}", *responses), document_variable_name="context"
    )


def map_reduce() -> MapReduceDocumentsChain:
    combined = stuffed("all", "again")
    combined.llm_chain.llm.custom_get_token_ids = counted  # type: ignore[union-attr]
    return MapReduceDocumentsChain(
        llm_chain=chain("{text}", "one", "two", "three"),
        reduce_documents_chain=ReduceDocumentsChain(combine_documents_chain=combined),
        document_variable_name="text",
    )


def router() -> MultiPromptChain:
    places = [
        {"name": "sums", "description": "for sums", "prompt_template": "add {input}"},
        {"name": "words", "description": "for words", "prompt_template": "say {input}"},
    ]
    chosen = '```json\n{"destination": "words", "next_inputs": "hi"}\n```'
    return MultiPromptChain.from_prompts(model(chosen, "said", chosen, "again"), places)


def react(kind: AgentType, *answers: str, **fields: Any) -> AgentExecutor:
    """Returns an executor that has taken one turn of two."""
    tools = [Tool("search", search, "searches")]
    agent = initialize_agent(tools, model(*answers), agent=kind, **fields)
    agent.invoke({"input": "who?"})
    return agent


THOUGHT = "I must look\nAction: search\nAction Input: {}"
ANSWER = "I know\nFinal Answer: {}"
CALL = '```json\n{{"action": "search", "action_input": "{}"}}\n```'
REPLY = '```json\n{{"action": "Final Answer", "action_input": "{}"}}\n```'


def zero_shot() -> AgentExecutor:
    turns = [form.format(what) for what in ("ann", "bob") for form in (THOUGHT, ANSWER)]
    return react(AgentType.ZERO_SHOT_REACT_DESCRIPTION, *turns, return_intermediate_steps=True)


def conversational() -> AgentExecutor:
    said = ["Thought: Do I need to use a tool? No\nAI: hello", "Thought: No tool\nAI: goodbye"]
    memory = ConversationBufferMemory(memory_key="chat_history")
    return react(AgentType.CONVERSATIONAL_REACT_DESCRIPTION, *said, memory=memory)


def structured() -> AgentExecutor:
    turns = [form.format(what) for what in ("ann", "bob") for form in (CALL, REPLY)]
    return react(AgentType.STRUCTURED_CHAT_ZERO_SHOT_REACT_DESCRIPTION, *turns)


def chat_react() -> AgentExecutor:
    calls = ["Thought: look\nAction:\n" + CALL.format(what) for what in ("ann", "bob")]
    ends = [ANSWER.format(what) for what in ("ann", "bob")]
    turns = [calls[0], ends[0], calls[1], ends[1]]
    return react(AgentType.CHAT_ZERO_SHOT_REACT_DESCRIPTION, *turns)


def next_turn(agent: AgentExecutor) -> str:
    return repr(agent.invoke({"input": "and now?"}))


STATES = {
    "LLM": State(lambda: chain("say {x}", "a", "b"), lambda it: it.predict(x="1")),
    "sequential": State(
        lambda: SequentialChain(
            chains=[
                chain("{x}", "first", "third", output_key="y"),
                chain("{y}", "second", "last", output_key="z"),
            ],
            input_variables=["x"],
            output_variables=["y", "z"],
        ),
        lambda it: [it({"x": 1}), it({"x": 2})],
    ),
    "simple sequential": State(
        lambda: SimpleSequentialChain(chains=[chain("{x}", "a"), chain("{y}", "b")]),
        lambda it: it.run("go"),
    ),
    "transform": State(
        lambda: TransformChain(
            input_variables=["text"], output_variables=["loud"], transform=shout
        ),
        lambda it: it.run("quiet"),
    ),
    "stuff": State(lambda: stuffed("x"), lambda it: it.run([Document("a"), Document("b")])),
    "map-reduce": State(map_reduce, lambda it: it.run([Document("a"), Document("b")])),
    "retrieval": State(
        lambda: RetrievalQA(
            combine_documents_chain=stuffed("answer"),
            retriever=store().as_retriever(search_kwargs={"k": 1}),
            return_source_documents=True,
        ),
        lambda it: repr(it("a question")),
    ),
    "router": State(router, lambda it: it.run("hello")),
    "ReAct agent": State(zero_shot, next_turn),
    "chat ReAct agent": State(chat_react, next_turn),
    "conversational agent": State(conversational, next_turn),
    "structured agent": State(structured, next_turn),
    "splitter": State(
        lambda: RecursiveCharacterTextSplitter(chunk_size=9, chunk_overlap=2),
        lambda it: it.split_text("some words to be split into pieces"),
    ),
    "store": State(store, lambda it: repr(it.similarity_search("a query!", k=2))),
    "embedding": State(lambda: DeterministicFakeEmbedding(size=3), lambda it: it.embed_query("x")),
}
