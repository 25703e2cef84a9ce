"""LangChain's classes that agents seldom hold: each that has a row and is in no other group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import actors
from actors import Echo, Letters, Shelf, says
from cases import Case
from chain import SAY, documents, next_turn, plain, stuff, vectors
from langchain_classic.agents import AgentExecutor, Tool
from langchain_classic.agents.mrkl.base import ChainConfig, MRKLChain
from langchain_classic.agents.openai_functions_agent.agent_token_buffer_memory import (
    AgentTokenBufferMemory,
)
from langchain_classic.agents.react.base import (
    ReActChain,
    ReActDocstoreAgent,
    ReActTextWorldAgent,
)
from langchain_classic.agents.react.output_parser import ReActOutputParser
from langchain_classic.agents.schema import AgentScratchPadChatPromptTemplate
from langchain_classic.agents.self_ask_with_search.base import SelfAskWithSearchChain
from langchain_classic.agents.tools import InvalidTool
from langchain_classic.chains import (
    AnalyzeDocumentChain,
    ChatVectorDBChain,
    ConstitutionalChain,
    HypotheticalDocumentEmbedder,
    LLMChain,
    LLMCheckerChain,
    LLMSummarizationCheckerChain,
    MapReduceChain,
    MapRerankDocumentsChain,
    QAGenerationChain,
    QAWithSourcesChain,
    RetrievalQAWithSourcesChain,
    VectorDBQA,
    VectorDBQAWithSourcesChain,
)
from langchain_classic.chains.constitutional_ai.models import ConstitutionalPrinciple
from langchain_classic.chains.flare.prompts import FinishedOutputParser
from langchain_classic.chains.router import MultiRetrievalQAChain, MultiRouteChain
from langchain_classic.chains.router.embedding_router import EmbeddingRouterChain
from langchain_classic.memory.vectorstore_token_buffer_memory import (
    ConversationVectorStoreTokenBufferMemory,
)
from langchain_classic.output_parsers import (
    CombiningOutputParser,
    RegexParser,
    ResponseSchema,
    StructuredOutputParser,
)
from langchain_classic.retrievers import (
    ContextualCompressionRetriever,
    MultiVectorRetriever,
    TimeWeightedVectorStoreRetriever,
)
from langchain_classic.retrievers.document_compressors import (
    CrossEncoderReranker,
    DocumentCompressorPipeline,
    LLMChainExtractor,
    LLMChainFilter,
    LLMListwiseRerank,
)
from langchain_classic.retrievers.document_compressors.chain_extract import NoOutputParser
from langchain_classic.runnables.openai_functions import OpenAIFunctionsRouter
from langchain_classic.storage import EncoderBackedStore
from langchain_core.agents import AgentAction, AgentActionMessageLog
from langchain_core.callbacks import (
    StdOutCallbackHandler,
    StreamingStdOutCallbackHandler,
    UsageMetadataCallbackHandler,
)
from langchain_core.documents import Document
from langchain_core.embeddings import FakeEmbeddings
from langchain_core.example_selectors import MaxMarginalRelevanceExampleSelector
from langchain_core.indexing.in_memory import InMemoryDocumentIndex
from langchain_core.language_models import (
    FakeMessagesListChatModel,
    FakeStreamingListLLM,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)
from langchain_core.language_models.fake_chat_models import FakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, BaseMessageChunk, HumanMessage
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.runnables.base import RunnableBindingBase, RunnableEachBase
from langchain_core.stores import InMemoryByteStore, InMemoryStore
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import (
    CharacterTextSplitter,
    LatexTextSplitter,
    MarkdownTextSplitter,
    PythonCodeTextSplitter,
)
from langchain_text_splitters.jsx import JSFrameworkTextSplitter
from still import made_still

REACT = "langchain_classic.agents.react.base:"
EXPLORER = tuple(f"{REACT}DocstoreExplorer{part}" for part in ("", ".search", ".lookup"))


def shelved(*names: str) -> list[Tool]:
    return [Tool(name=name, func=actors.upper, description=f"{name}s.") for name in names]


def acted(agent: Any, tools: list[Tool]) -> AgentExecutor:
    """Returns an executor that has taken one turn of two."""
    made = AgentExecutor(agent=agent, tools=tools, return_intermediate_steps=True)
    made.invoke({"input": "first?"})
    return made


def lines(tool: str) -> list[str]:
    turns = ("Action: {}[tea]", "Action: Finish[one]", "Action: {}[milk]", "Action: Finish[two]")
    return [line.format(tool) for line in turns]


def searching() -> AgentExecutor:
    tools = shelved("Search", "Lookup")
    return acted(ReActDocstoreAgent.from_llm_and_tools(says(*lines("Search")), tools), tools)


def playing() -> AgentExecutor:
    # `from_llm_and_tools` asks it for one tool and for two.
    chain = LLMChain(llm=says(*lines("Play")), prompt=ReActTextWorldAgent.create_prompt([]))
    return acted(ReActTextWorldAgent(llm_chain=chain, allowed_tools=["Play"]), shelved("Play"))


def exploring() -> ReActChain:
    library = actors.Library({"tea": "hot", "milk": "cold"})
    return ReActChain(llm=says(*lines("Search")), docstore=library)


def scratched(prompt: Any) -> Any:
    steps = [(AgentAction("f", "x", "I look it up"), "seen")]
    return prompt.format(input="?", intermediate_steps=steps)


def ranked() -> MapRerankDocumentsChain:
    parser = RegexParser(regex="(.*)#(.*)", output_keys=["answer", "score"])
    prompt = SAY("say {text}").model_copy(update={"output_parser": parser})
    chain = LLMChain(llm=says("a#1", "b#3", "c#2"), prompt=prompt)
    return MapRerankDocumentsChain(
        llm_chain=chain, document_variable_name="text", rank_key="score", answer_key="answer"
    )


def constitutional() -> ConstitutionalChain:
    principle = ConstitutionalPrinciple(critique_request="is it kind?", revision_request="be kind")
    llm = says("bad. Critique Needed.", "kind")
    return ConstitutionalChain.from_llm(
        llm,
        chain=LLMChain(llm=Echo(), prompt=SAY("say {x}")),
        constitutional_principles=[principle],
    )


def sourced(documents: Sequence[Document]) -> list[Document]:
    return [Document(it.page_content, metadata={"source": f"s{at}"})
            for at, it in enumerate(documents)]  # fmt: skip


def with_sources() -> InMemoryVectorStore:
    store = InMemoryVectorStore(Letters())
    store.add_documents(sourced(documents()), ids=["a", "b", "c"])
    return store


SOURCED = ("it is hot\nSOURCES: s0", "it is cold\nSOURCES: s2")


def routed() -> MultiRouteChain:
    store = InMemoryVectorStore(Letters())
    named = [Document(name, metadata={"name": name}) for name in ("tea", "milk")]
    store.add_documents(named, ids=["a", "b"])
    chains = {
        name: LLMChain(llm=Echo(prefix=name), prompt=SAY("say {query}")) for name in ("tea", "milk")
    }
    return MultiRouteChain(
        router_chain=EmbeddingRouterChain(vectorstore=store, routing_keys=["query"]),
        destination_chains=chains,
        default_chain=chains["tea"],
    )


def retrieving() -> MultiRetrievalQAChain:
    choice = '```json\n{"destination": "tea", "next_inputs": "hot"}\n```'
    infos = [{"name": "tea", "description": "of tea", "retriever": Shelf(held=documents())}]
    return MultiRetrievalQAChain.from_retrievers(
        says(choice, "hot it is"),
        infos,
        default_chain=LLMChain(llm=Echo(), prompt=SAY("{query}"), output_key="result"),
    )


def weighted() -> TimeWeightedVectorStoreRetriever:
    made = TimeWeightedVectorStoreRetriever(vectorstore=actors.Scored(Letters()), k=2)
    made.memory_stream = [
        Document(it.page_content, metadata={"buffer_idx": at, "last_accessed_at": actors.NOON})
        for at, it in enumerate(documents())
    ]
    return made


def indexed() -> InMemoryDocumentIndex:
    made = InMemoryDocumentIndex()
    made.upsert([Document(it.page_content, id=str(at)) for at, it in enumerate(documents())])
    return made


def encoded() -> EncoderBackedStore[Any, Any]:
    made = EncoderBackedStore(InMemoryByteStore(), actors.upper, actors.as_bytes, actors.as_text)
    made.mset([("a", "1")])
    return made


def margins() -> MaxMarginalRelevanceExampleSelector:
    made = MaxMarginalRelevanceExampleSelector.from_examples(
        [{"q": "tea"}, {"q": "milk"}], Letters(), InMemoryVectorStore, k=1
    )
    store: Any = made.vectorstore
    store.store = {str(at): {**row, "id": str(at)} for at, row in enumerate(store.store.values())}
    return made


def counted() -> UsageMetadataCallbackHandler:
    made = UsageMetadataCallbackHandler()
    made.usage_metadata = {"m": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}}
    return made


def texts(found: Any) -> list[str]:
    return [it.page_content for it in found]


def compressed(compressor: Any) -> list[str]:
    return texts(compressor.compress_documents(documents(), "hot"))


def called() -> AIMessage:
    call = {"name": "add", "arguments": '{"a": 1, "b": 2}'}
    return AIMessage("", additional_kwargs={"function_call": call})


AGENTS: dict[str, Any] = {
    "docstore agent": Case(searching, next_turn),
    "text world agent": Case(playing, next_turn),
    "docstore chain": Case(
        exploring,
        lambda it: [it.invoke({"input": "?"})["output"], it.tools[0].func.__self__.document],
        EXPLORER,
    ),
    "self-ask chain": Case(
        lambda: SelfAskWithSearchChain(
            llm=says("Follow up: who?", "So the final answer is: ann"), search_chain=actors.Search()
        ),
        lambda it: [it.invoke({"input": "?"})["output"], it.tools[0].func.__self__.asked],
    ),
    "MRKL chain": Case(
        lambda: MRKLChain.from_chains(
            says("Action: up\nAction Input: x\n", "Final Answer: X"),
            [ChainConfig(action_name="up", action=actors.upper, action_description="raises")],
        ),
        lambda it: it.invoke({"input": "?"})["output"],
    ),
    "tools of an executor": Case(
        lambda: [InvalidTool(), actors.exception_tool()],
        lambda it: [
            it[0].invoke({"requested_tool_name": "a", "available_tool_names": ["b"]}),
            it[1].invoke("x"),
        ],
    ),
    "scratchpad prompt": Case(
        lambda: AgentScratchPadChatPromptTemplate.from_messages(
            [("human", "{input} {agent_scratchpad}")]
        ),
        scratched,
    ),
}

PARSERS: dict[str, Any] = {
    "parsers of chains": Case(
        lambda: [ReActOutputParser(), FinishedOutputParser(finished_value="END"), NoOutputParser()],
        lambda it: [
            repr(it[0].parse("Action: f[x]")),
            it[1].parse("all END"),
            it[2].parse("NO_OUTPUT"),
        ],
    ),
    "combining parser that parses": Case(
        lambda: CombiningOutputParser(
            parsers=[
                RegexParser(regex="a(.)", output_keys=["a"]),
                StructuredOutputParser(
                    response_schemas=[ResponseSchema(name="b", description="d")]
                ),
            ]
        ),
        lambda it: it.parse('ax\n\n```json\n{"b": 1}\n```'),
    ),
}

CHAINS: dict[str, Any] = {
    "analyzed document": Case(
        lambda: AnalyzeDocumentChain(combine_docs_chain=stuff()),
        lambda it: it.invoke({"input_document": "tea"})["output_text"],
    ),
    "map-rerank documents": Case(
        ranked, lambda it: it.invoke({"input_documents": documents()})["output_text"]
    ),
    "constitutional chain": Case(constitutional, lambda it: it.invoke({"x": "1"})["output"]),
    "chat vector chain": Case(
        lambda: ChatVectorDBChain.from_llm(says("tea?", "hot"), vectors()),
        lambda it: it.invoke({"question": "tea", "chat_history": [("a", "b")]})["answer"],
    ),
    "hypothetical embeddings": Case(
        lambda: HypotheticalDocumentEmbedder.from_llm(says("tea is hot"), Letters(), "web_search"),
        lambda it: list(map(float, it.embed_query("tea"))),
    ),
    "checker chain": Case(
        lambda: LLMCheckerChain.from_llm(says("a", "b", "c", "d"), verbose=False),
        lambda it: it.invoke({"query": "?"})["result"],
    ),
    "summarization checker": Case(
        lambda: LLMSummarizationCheckerChain.from_llm(says("facts", "checked", "sum", "True")),
        lambda it: it.invoke({"query": "?"})["result"],
    ),
    "map-reduce chain": Case(
        lambda: MapReduceChain.from_params(
            Echo(), SAY("say {text}"), CharacterTextSplitter(chunk_size=4, chunk_overlap=0)
        ),
        lambda it: it.invoke({"input_text": "a\n\nb"})["output_text"],
    ),
    "questions generated": Case(
        lambda: QAGenerationChain.from_llm(says('{"question": "q", "answer": "a"}')),
        lambda it: it.invoke({"text": "tea"})["questions"],
    ),
    "answers with sources": Case(
        lambda: QAWithSourcesChain.from_chain_type(says(*SOURCED), chain_type="stuff"),
        lambda it: plain(it.invoke({"question": "?", "docs": sourced(documents())})["sources"]),
    ),
    "retrieved answers with sources": Case(
        lambda: RetrievalQAWithSourcesChain.from_chain_type(
            says(*SOURCED), retriever=with_sources().as_retriever(search_kwargs={"k": 1})
        ),
        lambda it: [it.invoke({"question": text})["sources"] for text in ("tea", "milk")],
    ),
    "vector answers with sources": Case(
        lambda: VectorDBQAWithSourcesChain.from_chain_type(
            says(*SOURCED), vectorstore=with_sources(), k=1
        ),
        lambda it: [it.invoke({"question": text})["sources"] for text in ("tea", "milk")],
    ),
    "vector answers": Case(
        lambda: VectorDBQA.from_chain_type(Echo(), vectorstore=vectors(), k=1),
        lambda it: it.invoke({"query": "tea"})["result"],
    ),
    "embedding router": Case(
        routed, lambda it: [it.invoke({"query": text})["text"] for text in ("tea", "milk")]
    ),
    "retrieval router": Case(retrieving, lambda it: it.invoke({"input": "x"})["result"]),
}

RETRIEVERS: dict[str, Any] = {
    "compressing retriever that retrieves": Case(
        lambda: ContextualCompressionRetriever(
            base_compressor=LLMChainFilter.from_llm(says("YES", "NO", "YES")),
            base_retriever=Shelf(held=documents()),
        ),
        lambda it: texts(it.invoke("hot")),
    ),
    "multi vector retriever that retrieves": Case(
        lambda: MultiVectorRetriever(
            vectorstore=vectors(), docstore=of_documents(), id_key="n", search_kwargs={"k": 1}
        ),
        lambda it: texts(it.invoke("tea is hot")),
    ),
    "time-weighted retriever": Case(weighted, lambda it: sorted(texts(it.invoke("tea")))),
    "document index": Case(
        indexed,
        lambda it: [texts(it.invoke("hot")), it.delete(["1"])["num_deleted"], len(it.store)],
    ),
    "encoded store": Case(encoded, lambda it: [it.mget(["a", "b"]), it.mset([("b", "2")])]),
    "fake embeddings": Case(
        lambda: FakeEmbeddings(size=3), lambda it: list(map(len, it.embed_documents(["a", "b"])))
    ),
    "pipeline of compressors": Case(
        lambda: DocumentCompressorPipeline(
            transformers=[CharacterTextSplitter(chunk_size=4, chunk_overlap=0, separator=" ")]
        ),
        compressed,
    ),
    "extractor": Case(lambda: LLMChainExtractor.from_llm(says("a", "NO_OUTPUT", "b")), compressed),
    "cross-encoder": Case(
        lambda: CrossEncoderReranker(model=actors.Crossed(), top_n=2), compressed
    ),
    "list-wise rerank": Case(
        lambda: LLMListwiseRerank(reranker=RunnableLambda(actors.backwards), top_n=2), compressed
    ),
    "splitters of code": Case(
        lambda: [
            kind(chunk_size=12, chunk_overlap=0)
            for kind in (
                JSFrameworkTextSplitter,
                LatexTextSplitter,
                MarkdownTextSplitter,
                PythonCodeTextSplitter,
            )
        ],
        lambda it: [one.split_text("<a>x</a>\n# b\n\ndef f(): return 1") for one in it],
    ),
    "examples apart": Case(margins, lambda it: it.select_examples({"q": "tea"})),
}

RUNNABLES: dict[str, Any] = {
    "handlers": Case(
        lambda: [StdOutCallbackHandler("red"), StreamingStdOutCallbackHandler(), counted()],
        lambda it: [
            it[0].color,
            RunnableLambda(actors.upper).invoke("x", {"callbacks": it[1:]}),
            it[2].usage_metadata,
        ],
    ),
    "fake chat models": Case(
        lambda: [
            FakeChatModel(),
            FakeMessagesListChatModel(responses=[AIMessage("a"), AIMessage("b")]),
            GenericFakeChatModel(messages=iter([AIMessage("c"), AIMessage("d")])),
            ParrotFakeChatModel(),
        ],
        lambda it: [[one.invoke("x").content, one.invoke("y").content] for one in it],
    ),
    "a model that streams": Case(
        lambda: FakeStreamingListLLM(responses=["ab", "cd"]),
        lambda it: [list(it.stream("x")), it.invoke("y")],
    ),
    "router of functions": Case(
        lambda: OpenAIFunctionsRouter({"add": RunnableLambda(actors.upper)}),
        lambda it: it.invoke(called()),
    ),
    "bases of runnables": Case(
        lambda: [
            RunnableBindingBase(bound=RunnableLambda(actors.upper), config={"tags": ["t"]}),
            RunnableEachBase(bound=RunnableLambda(actors.upper)),
            RunnablePassthrough(actors.upper),
        ],
        lambda it: [it[0].invoke("a"), it[1].invoke(["a", "b"]), it[2].invoke("a")],
    ),
    "bases of messages": Case(
        lambda: [
            BaseMessage(content="b", type="mine"),
            BaseMessageChunk(content="b", type="mine"),
            HumanMessage("h"),
        ],
        lambda it: [one.pretty_repr() for one in it],
    ),
}


AT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1), "CET"))


def stored() -> ConversationVectorStoreTokenBufferMemory:
    """Returns a memory of four turns, the first of which lie in its store of vectors."""
    memory = ConversationVectorStoreTokenBufferMemory(
        llm=says("x"),
        retriever=InMemoryVectorStore(Letters()).as_retriever(search_kwargs={"k": 1}),
        previous_history_template="before: {previous_history}",
        max_token_limit=100_000,
        return_messages=True,
    )
    for name in ("ann", "bob", "tea", "milk"):
        memory.save_context({"input": f"I like {name}"}, {"output": f"{name} it is"})
    # The clock is another in each run.
    memory._timestamps[:] = [AT + timedelta(minutes=at) for at in range(4)]
    for _ in range(2):
        memory._pop_and_store_interaction(memory.chat_memory.messages)
    return memory


def recalled(memory: ConversationVectorStoreTokenBufferMemory) -> Any:
    before = memory.load_memory_variables({"prompt": "bob"})
    memory.save_remainder()
    after = memory.load_memory_variables({"prompt": "milk"})
    return [plain(before), plain(after), memory.memory_retriever is memory._memory_retriever]


def turned(memory: Any, *steps: Any) -> Any:
    answer = {"output": [AIMessage("sure")], "intermediate_steps": [*steps]}
    memory.save_context({"input": [HumanMessage("more")]}, answer)
    return memory


def acting() -> AgentTokenBufferMemory:
    memory = AgentTokenBufferMemory(llm=says("x"), max_token_limit=100_000)
    action = AgentActionMessageLog("add", "1", "adding", message_log=[AIMessage("adding")])
    return turned(memory, (action, "2"))


def acted_more(memory: AgentTokenBufferMemory) -> Any:
    return plain(turned(memory).load_memory_variables({}))


MEMORIES: dict[str, Any] = {
    "memory in a store of vectors": Case(stored, recalled),
    "memory of an agent": Case(acting, acted_more),
}


def of_documents() -> InMemoryStore:
    store = InMemoryStore()
    store.mset([(at, document) for at, document in enumerate(documents())])  # type: ignore[misc]
    return store


TABLE = {**AGENTS, **MEMORIES, **PARSERS, **CHAINS, **RETRIEVERS, **RUNNABLES}
CASES = {name: made_still(row) for name, row in TABLE.items()}
