"""LangChain: messages, prompts, parsers, models, tools, runnables, memories, chains and agents."""

from __future__ import annotations

from typing import Any

import actors
import program
from actors import Echo, Letters, Shelf, Upper, Watcher, WeatherTool, calls, says
from cases import Case
from langchain_classic.agents import (
    AgentExecutor,
    AgentType,
    Tool,
    create_openai_functions_agent,
    create_react_agent,
    create_structured_chat_agent,
    create_tool_calling_agent,
    initialize_agent,
)
from langchain_classic.agents.conversational.output_parser import ConvoOutputParser
from langchain_classic.agents.output_parsers import (
    JSONAgentOutputParser,
    ReActJsonSingleInputOutputParser,
    ReActSingleInputOutputParser,
    SelfAskOutputParser,
    XMLAgentOutputParser,
)
from langchain_classic.chains import (
    ConversationalRetrievalChain,
    ConversationChain,
    LLMChain,
    MapReduceDocumentsChain,
    MultiPromptChain,
    ReduceDocumentsChain,
    RefineDocumentsChain,
    RetrievalQA,
    SequentialChain,
    SimpleSequentialChain,
    StuffDocumentsChain,
    TransformChain,
    create_history_aware_retriever,
    create_retrieval_chain,
)
from langchain_classic.chains.combine_documents import create_stuff_documents_chain
from langchain_classic.embeddings import CacheBackedEmbeddings
from langchain_classic.memory import (
    CombinedMemory,
    ConversationBufferMemory,
    ConversationBufferWindowMemory,
    ConversationEntityMemory,
    ConversationStringBufferMemory,
    ConversationSummaryBufferMemory,
    ConversationSummaryMemory,
    ConversationTokenBufferMemory,
    InMemoryEntityStore,
    ReadOnlySharedMemory,
    SimpleMemory,
    VectorStoreRetrieverMemory,
)
from langchain_classic.output_parsers import (
    BooleanOutputParser,
    CombiningOutputParser,
    DatetimeOutputParser,
    EnumOutputParser,
    OutputFixingParser,
    RegexDictParser,
    RegexParser,
    ResponseSchema,
    RetryOutputParser,
    RetryWithErrorOutputParser,
    StructuredOutputParser,
    YamlOutputParser,
)
from langchain_classic.retrievers import (
    ContextualCompressionRetriever,
    EnsembleRetriever,
    MergerRetriever,
    MultiQueryRetriever,
    MultiVectorRetriever,
    ParentDocumentRetriever,
    RePhraseQueryRetriever,
)
from langchain_core.agents import AgentAction, AgentFinish
from langchain_core.caches import InMemoryCache
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.example_selectors import (
    LengthBasedExampleSelector,
    SemanticSimilarityExampleSelector,
)
from langchain_core.language_models import FakeListChatModel, FakeListLLM
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    ToolMessageChunk,
)
from langchain_core.output_parsers import (
    CommaSeparatedListOutputParser,
    JsonOutputKeyToolsParser,
    JsonOutputParser,
    JsonOutputToolsParser,
    MarkdownListOutputParser,
    NumberedListOutputParser,
    PydanticOutputParser,
    PydanticToolsParser,
    StrOutputParser,
    XMLOutputParser,
)
from langchain_core.output_parsers.openai_functions import (
    JsonKeyOutputFunctionsParser,
    JsonOutputFunctionsParser,
    OutputFunctionsParser,
    PydanticAttrOutputFunctionsParser,
    PydanticOutputFunctionsParser,
)
from langchain_core.outputs import ChatGeneration, Generation, LLMResult
from langchain_core.prompt_values import ChatPromptValue, StringPromptValue
from langchain_core.prompts import (
    AIMessagePromptTemplate,
    ChatMessagePromptTemplate,
    ChatPromptTemplate,
    DictPromptTemplate,
    FewShotChatMessagePromptTemplate,
    FewShotPromptTemplate,
    FewShotPromptWithTemplates,
    HumanMessagePromptTemplate,
    MessagesPlaceholder,
    PromptTemplate,
)
from langchain_core.runnables import (
    ConfigurableField,
    RouterRunnable,
    RunnableBranch,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableWithMessageHistory,
)
from langchain_core.stores import InMemoryByteStore, InMemoryStore
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import CharacterTextSplitter, RecursiveCharacterTextSplitter
from records import Person
from still import made_still

USAGE = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
SAY = PromptTemplate.from_template
DOCUMENTS = ("tea is hot", "coffee is hot", "milk is cold")


def documents() -> list[Document]:
    return [Document(text, metadata={"n": at}) for at, text in enumerate(DOCUMENTS)]


def vectors() -> InMemoryVectorStore:
    store = InMemoryVectorStore(Letters())
    store.add_documents(documents(), ids=["a", "b", "c"])
    return store


def found(store: Any) -> Any:
    store.add_documents([Document("juice")], ids=["d"])
    hits = store.similarity_search_with_score("tea", k=2)
    return [[(hit.page_content, round(score, 9)) for hit, score in hits], sorted(store.store)]


def chat(*more: Any) -> ChatPromptTemplate:
    return ChatPromptTemplate.from_messages([("system", "be {mood}"), *more, ("human", "{input}")])


def invoked(*inputs: Any) -> Any:
    def use(runnable: Any) -> Any:
        return [plain(runnable.invoke(value)) for value in inputs]

    return use


def plain(answer: Any) -> Any:
    """Returns an answer without what is another in each run."""
    if isinstance(answer, dict):
        return {name: plain(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if hasattr(answer, "content"):
        return [answer.type, answer.content]
    return answer.to_string() if hasattr(answer, "to_string") else answer


def weather_asked() -> AIMessage:
    call = {"name": "Weather", "arguments": '{"city": "x"}'}
    return AIMessage("", additional_kwargs={"function_call": call})


def parents() -> ParentDocumentRetriever:
    made = ParentDocumentRetriever(
        vectorstore=InMemoryVectorStore(Letters()),
        docstore=InMemoryStore(),
        child_splitter=CharacterTextSplitter(chunk_size=5, chunk_overlap=0, separator=" "),
        search_kwargs={"k": 1},
    )
    pieces = [Document("tea is", id="1", metadata={"doc_id": "p"})]
    made.vectorstore.add_documents(pieces)
    made.docstore.mset([("p", documents()[0])])
    return made


def few_shots() -> FewShotPromptTemplate:
    return FewShotPromptTemplate(
        examples=[{"q": "1+1", "a": "2"}],
        example_prompt=SAY("{q}={a}"),
        prefix="count",
        suffix="{ask}=",
        input_variables=["ask"],
    )


def selected() -> FewShotPromptTemplate:
    selector = LengthBasedExampleSelector(
        examples=[{"q": "1", "a": "2"}, {"q": "3", "a": "4"}],
        example_prompt=SAY("{q}={a}"),
        max_length=5,
    )
    return FewShotPromptTemplate(
        example_selector=selector,
        example_prompt=SAY("{q}={a}"),
        suffix="{ask}=",
        input_variables=["ask"],
    )


WITH_TEMPLATES = "langchain_core.prompts.few_shot_with_templates:FewShotPromptWithTemplates"


def similar() -> FewShotPromptTemplate:
    selector = SemanticSimilarityExampleSelector.from_examples(
        [{"q": "tea"}, {"q": "milk"}], Letters(), InMemoryVectorStore, k=1
    )
    store = selector.vectorstore
    store.store = {str(at): {**row, "id": str(at)} for at, row in enumerate(store.store.values())}  # type: ignore[attr-defined]
    return FewShotPromptTemplate(
        example_selector=selector,
        example_prompt=SAY("{q}"),
        suffix="{ask}=",
        input_variables=["ask"],
    )


def shots_with_templates() -> FewShotPromptWithTemplates:
    return FewShotPromptWithTemplates(
        examples=[{"q": "1", "a": "2"}],
        example_prompt=SAY("{q}={a}"),
        prefix=SAY("count {how}"),
        suffix=SAY("{ask}="),
        input_variables=["ask", "how"],
    )


# Memories


def talked(memory: Any, **inputs: str) -> Any:
    memory.save_context({"input": "hi, I am ann", **inputs}, {"output": "hello ann"})
    memory.save_context({"input": "more", **inputs}, {"output": "sure"})
    return memory


def remembered(memory: Any) -> Any:
    memory.save_context({"input": "one more"}, {"output": "yes"})
    return plain(memory.load_memory_variables({"input": "hi"}))


def entity_memory() -> Any:
    memory = ConversationEntityMemory(llm=says("Ann", "Ann is kind", "Ann", "Ann is here"))
    memory.load_memory_variables({"input": "Ann is kind"})
    memory.save_context({"input": "Ann is kind"}, {"output": "yes"})
    return memory


# Chains and agents


def conversation() -> ConversationChain:
    made = ConversationChain(llm=says("hello", "again", "bye"), memory=ConversationBufferMemory())
    made.predict(input="hi")
    return made


def sequential() -> SequentialChain:
    first = LLMChain(llm=Echo(prefix="a"), prompt=SAY("one {x}"), output_key="y")
    second = LLMChain(llm=Echo(prefix="b"), prompt=SAY("two {y}"), output_key="z")
    return SequentialChain(
        chains=[first, second], input_variables=["x"], output_variables=["y", "z"]
    )


def stuff(llm: Any = None) -> StuffDocumentsChain:
    inner = LLMChain(llm=llm or Echo(), prompt=SAY("say {text}"))
    return StuffDocumentsChain(llm_chain=inner, document_variable_name="text")


def map_reduce() -> MapReduceDocumentsChain:
    return MapReduceDocumentsChain(
        llm_chain=LLMChain(llm=Echo(prefix="m"), prompt=SAY("map {text}")),
        document_variable_name="text",
        reduce_documents_chain=ReduceDocumentsChain(
            combine_documents_chain=stuff(Echo(prefix="r"))
        ),
    )


def refine() -> RefineDocumentsChain:
    return RefineDocumentsChain(
        initial_llm_chain=LLMChain(llm=Echo(), prompt=SAY("sum {text}")),
        refine_llm_chain=LLMChain(llm=Echo(), prompt=SAY("{existing_answer} and {text}")),
        document_variable_name="text",
        initial_response_name="existing_answer",
    )


def multi_prompt() -> MultiPromptChain:
    choice = '```json\n{"destination": "tea", "next_inputs": "hot?"}\n```'
    infos = [{"name": "tea", "description": "of tea", "prompt_template": "tea: {input}"}]
    return MultiPromptChain.from_prompts(says(choice, "it is tea"), infos)


def combined(chain: Any) -> Any:
    return chain.invoke({"input_documents": documents()})["output_text"]


def retrieval() -> RetrievalQA:
    return RetrievalQA.from_chain_type(llm=Echo(), retriever=vectors().as_retriever())


def conversational_retrieval() -> ConversationalRetrievalChain:
    memory = ConversationBufferMemory(memory_key="chat_history", return_messages=True)
    made = ConversationalRetrievalChain.from_llm(
        llm=says("one", "alone", "two", "alone", "three"),
        retriever=Shelf(held=documents()),
        memory=memory,
    )
    made.invoke({"question": "tea"})
    return made


def react() -> AgentExecutor:
    prompt = SAY("{tools} {tool_names} {input} {agent_scratchpad}")
    llm = says(
        "Thought: a\nAction: lookup\nAction Input: x\n", "Final Answer: one", "Final Answer: two"
    )
    agent = create_react_agent(llm, [text_tool()], prompt)
    return AgentExecutor(agent=agent, tools=[text_tool()], max_iterations=3)


def text_tool() -> Tool:
    return Tool(name="lookup", func=actors.upper, description="Looks up.")


def tool_calling() -> AgentExecutor:
    prompt = chat(MessagesPlaceholder("agent_scratchpad", optional=True)).partial(mood="kind")
    llm = says(calls("add", a=1, b=2), "three", calls("add", a=3, b=4), "seven")
    return executed(create_tool_calling_agent(llm, [actors.adding()], prompt))


def executed(agent: Any) -> AgentExecutor:
    made = AgentExecutor(
        agent=agent,
        tools=[actors.adding()],
        memory=ConversationBufferMemory(memory_key="chat_history", output_key="output"),
        return_intermediate_steps=True,
    )
    made.invoke({"input": "1+2?"})
    return made


def functions_agent() -> AgentExecutor:
    call = {"function_call": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
    prompt = chat(MessagesPlaceholder("agent_scratchpad")).partial(mood="kind")
    llm = says(AIMessage("", additional_kwargs=call), "three", "four")
    return executed(create_openai_functions_agent(llm, [actors.adding()], prompt))


def structured_chat() -> AgentExecutor:
    text = '```\n{"action": "add", "action_input": {"a": 1, "b": 2}}\n```'
    final = '```\n{"action": "Final Answer", "action_input": "three"}\n```'
    prompt = ChatPromptTemplate.from_messages(
        [("system", "{tools} {tool_names}"), ("human", "{input} {agent_scratchpad}")]
    )
    return executed(create_structured_chat_agent(says(text, final), [actors.adding()], prompt))


def initialized() -> AgentExecutor:
    llm = says("Action: lookup\nAction Input: x\n", "Final Answer: one", "Final Answer: two")
    return initialize_agent([text_tool()], llm, agent=AgentType.ZERO_SHOT_REACT_DESCRIPTION)


def next_turn(agent: Any) -> Any:
    answer = agent.invoke({"input": "3+4?"})
    memory = agent.memory.load_memory_variables({}) if agent.memory else None
    return [answer["output"], len(answer.get("intermediate_steps", ())), memory]


def with_history() -> RunnableWithMessageHistory:
    return RunnableWithMessageHistory(
        chat(MessagesPlaceholder("history")).partial(mood="kind") | says("one", "two"),
        actors.history_of,
        input_messages_key="input",
        history_messages_key="history",
    )


def spoken(runnable: Any) -> Any:
    actors.HISTORIES.clear()
    config = {"configurable": {"session_id": "s"}}
    said = [runnable.invoke({"input": text}, config).content for text in ("a", "b")]
    return [said, len(actors.HISTORIES["s"].messages)]


def openai() -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model="m", api_key="sk-0123456789abcdef", temperature=0.5, max_retries=1)  # type: ignore[arg-type]


def tools_used(made: Any) -> Any:
    return [
        made[0].invoke({"a": 1, "b": 2}),
        made[1].invoke("x"),
        made[2]
        .invoke({"type": "tool_call", "name": "fetch", "args": {"url": "u"}, "id": "1"})
        .artifact,
        [one.args for one in made],
    ]


def cache() -> InMemoryCache:
    made = InMemoryCache(maxsize=5)
    made.update("p", "m", [Generation(text="x")])
    return made


def kept(store: Any) -> Any:
    store.mset([("z", b"9")])
    return [store.mget(["a", "z"]), sorted(store.yield_keys())]


MESSAGES: dict[str, Any] = {
    "system message": lambda: SystemMessage("be kind"),
    "human message": lambda: HumanMessage("hi", id="h1", name="ann", example=True),
    "human message in parts": lambda: HumanMessage(
        [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    ),
    "content blocks": lambda: AIMessage(
        content_blocks=[
            {"type": "reasoning", "reasoning": "hm"},
            {"type": "text", "text": "x", "annotations": [{"type": "citation", "url": "u"}]},
        ]
    ),
    "ai message": lambda: AIMessage(
        "hello",
        id="r1",
        usage_metadata=USAGE,
        response_metadata={"model": "m"},  # type: ignore[arg-type]
    ),
    "tool calls": lambda: calls("search", q="x", state={"lc": 1}),
    "invalid tool calls": lambda: AIMessage(
        "",
        invalid_tool_calls=[{"name": "f", "args": "{", "id": "1", "error": "bad"}],  # type: ignore[typeddict-item]
    ),
    "tool message": lambda: ToolMessage(
        "x", tool_call_id="1", artifact={"rows": [(1, 2.5)], "at": {3}}
    ),
    "failed tool": lambda: ToolMessage("x", tool_call_id="1", status="error"),
    "an artifact that is an object": lambda: ToolMessage(
        "x", tool_call_id="1", artifact=program.Plain(a=[1])
    ),
    "extra fields": lambda: HumanMessage("x", lc=1, state={"a": (1, 2)}, mine=program.Card("h")),
    "kwargs like a node": lambda: HumanMessage(
        "", additional_kwargs={"lc": 1, "type": "secret", "id": ["K"]}
    ),
    "chat, function and removal": lambda: [
        ChatMessage("x", role="critic"),
        FunctionMessage("1", name="f"),
        RemoveMessage("h1"),
    ],
    "chunks": Case(
        lambda: [
            AIMessageChunk(
                "a", tool_call_chunks=[{"name": "f", "args": '{"a', "id": "1", "index": 0}]
            ),
            HumanMessageChunk("b"),
            ToolMessageChunk("c", tool_call_id="1"),
        ],
        lambda it: repr(it[0] + AIMessageChunk("z")),
    ),
    "a message shared": lambda: (lambda m: [m, {"again": m}, ChatPromptValue(messages=[m])])(
        AIMessage("x")
    ),
    "documents": lambda: [Document("x"), Document("y", metadata={"lc": 1, "at": (1, 2)}, id="d")],
    "generations": lambda: [
        LLMResult(
            generations=[[Generation(text="t", generation_info={"a": (1,)})]], llm_output={"n": 1}
        ),
        ChatGeneration(message=AIMessage("x")),
        StringPromptValue(text="x"),
    ],
    "agent actions": lambda: [
        AgentAction("f", {"q": (1,)}, "log"),
        AgentFinish({"output": 1}, "log"),
    ],
    "chat history": Case(
        lambda: InMemoryChatMessageHistory(messages=[HumanMessage("a"), AIMessage("b")]),
        lambda it: [it.add_user_message("c"), len(it.messages)],
    ),
    "byte store": Case(lambda: of_store(InMemoryByteStore()), kept),
    "object store": Case(lambda: of_store(InMemoryStore()), kept),
    "cache": Case(cache, lambda it: it.lookup("p", "m")[0].text),
    "vector store": Case(vectors, found),
    "vector store retriever": Case(
        lambda: vectors().as_retriever(search_kwargs={"k": 1}),
        lambda it: [hit.page_content for hit in it.invoke("tea")],
    ),
    "text splitters": Case(
        lambda: [
            CharacterTextSplitter(chunk_size=5, chunk_overlap=0, separator=" "),
            RecursiveCharacterTextSplitter(chunk_size=9, chunk_overlap=2),
        ],
        lambda it: [one.split_text("aa bb cc dd ee ff") for one in it],
    ),
    "fake embedding": Case(
        lambda: DeterministicFakeEmbedding(size=3),
        lambda it: it.embed_query("x") == it.embed_query("x"),
    ),
}


def of_store(store: Any) -> Any:
    store.mset([("a", b"1"), ("b", b"2")])
    return store


PROMPTS: dict[str, Any] = {
    "prompt": Case(lambda: SAY("say {word}"), invoked({"word": "x"})),
    "partial prompt": Case(
        lambda: PromptTemplate(
            template="{a} {b}", input_variables=["a"], partial_variables={"b": "tea"}
        ),
        invoked({"a": "x"}),
    ),
    "a partial that is a function": Case(
        lambda: SAY("{day} {x}").partial(day=actors.today), invoked({"x": "1"})
    ),
    "mustache prompt": Case(
        lambda: SAY("{{word}} {{#many}}{{.}}{{/many}}", template_format="mustache"),
        invoked({"word": "x", "many": ["1", "2"]}),
    ),
    "jinja2 prompt": Case(
        lambda: SAY("{% if a %}{{ a }}{% endif %}", template_format="jinja2"),
        invoked({"a": "x"}),
        ("jinja2.sandbox:SandboxedEnvironment",),
    ),
    "chat prompt": Case(chat, invoked({"mood": "m", "input": "i"})),
    "chat prompt with history": Case(
        lambda: chat(MessagesPlaceholder("history", optional=True, n_messages=2)).partial(mood="m"),
        invoked({"input": "i"}, {"input": "i", "history": [HumanMessage("a")] * 3}),
    ),
    "chat prompt of templates": Case(
        lambda: ChatPromptTemplate.from_messages(
            [
                HumanMessagePromptTemplate.from_template("{a}"),
                AIMessagePromptTemplate.from_template("{a}!"),
                ChatMessagePromptTemplate.from_template("{a}?", role="critic"),
                SystemMessage("fixed"),
            ]
        ),
        invoked({"a": "x"}),
    ),
    "image prompt": Case(
        lambda: ChatPromptTemplate.from_messages(
            [
                (
                    "human",
                    [{"type": "text", "text": "{q}"}, {"type": "image_url", "image_url": "{u}"}],
                )
            ]
        ),
        invoked({"q": "?", "u": "http://u"}),
    ),
    "dict prompt": Case(
        lambda: DictPromptTemplate(template={"a": "{x}", "b": ["{x}"]}, template_format="f-string"),
        invoked({"x": "1"}),
    ),
    "few shots": Case(few_shots, invoked({"ask": "2+2"})),
    "selected shots": Case(selected, invoked({"ask": "2+2"})),
    "few shots with templates": Case(
        shots_with_templates, invoked({"ask": "2", "how": "well"}), (WITH_TEMPLATES,)
    ),
    "similar shots": Case(
        similar, lambda it: [it.format(ask="2+2"), it.example_selector.select_examples({"q": "te"})]
    ),
    "few chat shots": Case(
        lambda: FewShotChatMessagePromptTemplate(
            example_prompt=ChatPromptTemplate.from_messages([("human", "{q}"), ("ai", "{a}")]),
            examples=[{"q": "1", "a": "2"}],
        ),
        invoked({}),
    ),
}

PARSERS: dict[str, Any] = {
    "text parser": Case(StrOutputParser, invoked("x")),
    "json parser": Case(JsonOutputParser, invoked('{"a": [1]}')),
    "typed json parser": Case(
        lambda: JsonOutputParser(pydantic_object=Person),
        lambda it: [it.parse('{"age": 3}'), it.get_format_instructions()],
    ),
    "model parser": Case(
        lambda: PydanticOutputParser(pydantic_object=Person), lambda it: it.parse('{"age": 3}').age
    ),
    "list parsers": Case(
        lambda: [
            CommaSeparatedListOutputParser(),
            NumberedListOutputParser(),
            MarkdownListOutputParser(),
        ],
        lambda it: [it[0].parse("a, b"), it[1].parse("1. a\n2. b"), it[2].parse("- a\n- b")],
    ),
    "xml parser": Case(
        lambda: XMLOutputParser(tags=["a"], parser="xml"), lambda it: it.parse("<a><b>1</b></a>")
    ),
    "tools parsers": Case(
        lambda: [
            JsonOutputToolsParser(),
            JsonOutputKeyToolsParser(key_name="add", first_tool_only=True),
            PydanticToolsParser(tools=[actors.Weather]),
        ],
        lambda it: [
            it[0].invoke(calls("add", a=1)),
            it[2].invoke(calls("Weather", city="x"))[0].city,
        ],
    ),
    "functions parsers": Case(
        lambda: [
            OutputFunctionsParser(),
            JsonOutputFunctionsParser(args_only=False),
            JsonKeyOutputFunctionsParser(key_name="city"),
            PydanticOutputFunctionsParser(pydantic_schema=actors.Weather),
            PydanticAttrOutputFunctionsParser(pydantic_schema=actors.Weather, attr_name="city"),
        ],
        lambda it: [repr(one.invoke(weather_asked())) for one in it],
    ),
    "agents' parsers": Case(
        lambda: [
            ConvoOutputParser(),
            ReActJsonSingleInputOutputParser(),
            ReActSingleInputOutputParser(),
            JSONAgentOutputParser(),
            SelfAskOutputParser(),
            XMLAgentOutputParser(),
        ],
        lambda it: [
            repr(one.parse(text))
            for one, text in zip(
                it,
                [
                    "Action: f\nAction Input: x",
                    'Action:\n```\n{"action": "f", "action_input": "x"}\n```',
                    "Action: f\nAction Input: x",
                    '```json\n{"action": "f", "action_input": "x"}\n```',
                    "Follow up: who?",
                    "<tool>f</tool><tool_input>x</tool_input>",
                ],
                strict=True,
            )
        ],
    ),
    "regex parsers": Case(
        lambda: [
            RegexParser(regex="(.*)-(.*)", output_keys=["a", "b"]),
            RegexDictParser(output_key_to_format={"a": "A"}),
        ],
        lambda it: [it[0].parse("1-2"), it[1].parse("A: x")],
    ),
    "boolean and date parsers": Case(
        lambda: [BooleanOutputParser(), DatetimeOutputParser(format="%Y")],
        lambda it: [it[0].parse("YES"), it[1].parse("2024").year],
    ),
    "enum parser": Case(lambda: EnumOutputParser(enum=program.Shade), lambda it: it.parse("dark")),
    "structured parser": Case(
        lambda: StructuredOutputParser(
            response_schemas=[ResponseSchema(name="a", description="d")]
        ),
        lambda it: it.parse('```json\n{"a": 1}\n```'),
    ),
    "combining parser": lambda: CombiningOutputParser(
        parsers=[
            RegexParser(regex="a(.)", output_keys=["a"]),
            StructuredOutputParser(response_schemas=[ResponseSchema(name="b", description="d")]),
        ]
    ),
    "yaml parser": Case(
        lambda: YamlOutputParser(pydantic_object=Person), lambda it: it.parse("age: 3").age
    ),
    "fixing parser": Case(
        lambda: OutputFixingParser.from_llm(
            llm=says('{"age": 4}'), parser=PydanticOutputParser(pydantic_object=Person)
        ),
        lambda it: it.parse("bad").age,
    ),
    "retry parsers": Case(
        lambda: [
            kind.from_llm(
                llm=says('{"age": 4}'), parser=PydanticOutputParser(pydantic_object=Person)
            )
            for kind in (RetryOutputParser, RetryWithErrorOutputParser)
        ],
        lambda it: [one.parse_with_prompt("hm", StringPromptValue(text="?")).age for one in it],
    ),
    "a parser of a program": Case(Upper, invoked("x")),
}

RUNNABLES: dict[str, Any] = {
    "fake models": Case(
        lambda: [FakeListChatModel(responses=["a", "b"]), FakeListLLM(responses=["c"])],
        lambda it: [it[0].invoke("x").content, it[0].invoke("x").content, it[1].invoke("y")],
    ),
    "a model with state": Case(
        lambda: (lambda m: [m.invoke("x"), m][1])(says("a", "b")), lambda it: it.invoke("y").content
    ),
    "a text model": Case(lambda: Echo(prefix="p"), invoked("x", "y")),
    "a chat model with a secret": Case(
        openai,
        lambda it: [it.openai_api_key.get_secret_value(), it.temperature, it.client is not None],
    ),
    "tools by decorator": Case(lambda: [actors.add, actors.look_up, actors.fetch], tools_used),
    "structured tools": Case(
        lambda: [actors.structured_tool(), actors.inferred_tool()],
        lambda it: [
            it[0].invoke({"city": "x", "days": 2}),
            it[1].invoke({"city": "y"}),
            it[1].args,
        ],
    ),
    "a simple tool": Case(text_tool, lambda it: it.invoke("x")),
    "a tool that is a class": Case(
        lambda: WeatherTool(asked=["a"]), lambda it: [it.invoke({"city": "b"}), it.asked]
    ),
    "a tool with attributes of its own": Case(
        lambda: (lambda place: [actors.Remote(place), place])({"a": "b"}),
        lambda it: [it[0].invoke("q"), it[1]],
    ),
    "a retriever tool": Case(
        lambda: Shelf(held=documents()).as_tool(
            arg_types={"query": str}, name="r", description="d"
        ),
        lambda it: it.name,
    ),
    "a sequence": Case(
        lambda: SAY("say {x}") | Echo() | StrOutputParser(), invoked({"x": "1"}, {"x": "2"})
    ),
    "a parallel": Case(
        lambda: RunnableParallel(a=RunnableLambda(actors.upper), b=RunnableLambda(actors.length)),
        invoked("xyz"),
    ),
    "assign and pick": Case(
        lambda: RunnablePassthrough.assign(y=RunnableLambda(actors.length)).pick(["y"]),
        invoked({"x": 1}),
    ),
    "a branch": Case(
        lambda: RunnableBranch((actors.is_long, actors.upper), actors.length), invoked("abcd", "ab")
    ),
    "a lambda by name": Case(lambda: RunnableLambda(actors.upper, name="up"), invoked("x")),
    "a decorated chain": Case(lambda: actors.shouted, invoked("x")),
    "bound": Case(
        lambda: Echo().bind(stop=["x"]).with_config(tags=["t"], metadata={"a": 1}), invoked("q")
    ),
    "retry": Case(
        lambda: RunnableLambda(actors.upper).with_retry(stop_after_attempt=2), invoked("x")
    ),
    "fallbacks": Case(
        lambda: RunnableLambda(actors.fails).with_fallbacks([RunnableLambda(actors.upper)]),
        invoked("x"),
    ),
    "configurable fields": Case(
        lambda: Echo(prefix="a").configurable_fields(
            prefix=ConfigurableField(id="p", name="prefix")
        ),
        lambda it: [it.invoke("x"), it.with_config(configurable={"p": "z"}).invoke("x")],
    ),
    "configurable alternatives": Case(
        lambda: Echo(prefix="a").configurable_alternatives(
            ConfigurableField(id="which"), default_key="echo", other=Echo(prefix="b")
        ),
        lambda it: it.with_config(configurable={"which": "other"}).invoke("x"),
    ),
    "each": Case(lambda: RunnableLambda(actors.upper).map(), invoked(["a", "b"])),
    "router": Case(
        lambda: RouterRunnable(
            {"up": RunnableLambda(actors.upper), "len": RunnableLambda(actors.length)}
        ),
        invoked({"key": "len", "input": "abc"}),
    ),
    "with message history": Case(with_history, spoken),
    "a retriever": Case(
        lambda: Shelf(held=documents()), lambda it: [d.metadata for d in it.invoke("hot")]
    ),
    "callbacks": Case(
        lambda: RunnableLambda(actors.upper).with_config(callbacks=[Watcher()]),
        lambda it: [it.invoke("x"), it.config["callbacks"][0].seen],
    ),
    "merged retrievers": Case(
        lambda: [
            MergerRetriever(retrievers=[Shelf(held=documents())]),
            EnsembleRetriever(retrievers=[Shelf(held=documents())], weights=[1.0]),
        ],
        lambda it: [len(one.invoke("hot")) for one in it],
    ),
    "multi query retriever": Case(
        lambda: MultiQueryRetriever.from_llm(
            retriever=Shelf(held=documents()), llm=says("tea\nmilk")
        ),
        lambda it: len(it.invoke("hot")),
    ),
    "multi vector retriever": lambda: MultiVectorRetriever(
        vectorstore=vectors(), docstore=InMemoryStore()
    ),
    "rephrasing retriever": Case(
        lambda: RePhraseQueryRetriever.from_llm(Shelf(held=documents()), says("hot")),
        lambda it: len(it.invoke("warm")),
    ),
    "parents' retriever": Case(
        parents, lambda it: [found.page_content for found in it.invoke("tea is hot")]
    ),
    "cached embeddings": Case(
        lambda: CacheBackedEmbeddings(Letters(), of_store(InMemoryByteStore())),
        lambda it: [
            it.embed_documents(["tea"]),
            len(list(it.document_embedding_store.yield_keys())),
        ],
    ),
    "a generator": Case(
        lambda: RunnableGenerator(actors.shouting), lambda it: list(it.stream("ab"))
    ),
    "listened to": Case(
        lambda: RunnableLambda(actors.upper).with_listeners(on_end=actors.heard), invoked("x")
    ),
    "compressing retriever": lambda: ContextualCompressionRetriever(
        base_compressor=compressor(), base_retriever=Shelf(held=documents())
    ),
    "structured output": Case(
        lambda: chat() | says('{"age": 5}') | PydanticOutputParser(pydantic_object=Person),
        lambda it: it.invoke({"mood": "m", "input": "i"}).age,
    ),
}


def compressor() -> Any:
    from langchain_classic.retrievers.document_compressors import LLMChainFilter

    return LLMChainFilter.from_llm(says("YES"))


MEMORIES: dict[str, Any] = {
    "buffer memory": Case(lambda: talked(ConversationBufferMemory()), remembered),
    "message memory": Case(
        lambda: talked(ConversationBufferMemory(return_messages=True)), remembered
    ),
    "window memory": Case(lambda: talked(ConversationBufferWindowMemory(k=1)), remembered),
    "string memory": Case(lambda: talked(ConversationStringBufferMemory()), remembered),
    "summary memory": Case(
        lambda: talked(ConversationSummaryMemory(llm=says("s1", "s2", "s3"))), remembered
    ),
    "summary buffer memory": Case(
        lambda: talked(
            ConversationSummaryBufferMemory(llm=says("s1", "s2", "s3"), max_token_limit=15)
        ),
        remembered,
    ),
    "token memory": Case(
        lambda: talked(ConversationTokenBufferMemory(llm=says("x"), max_token_limit=20)), remembered
    ),
    "entity memory": Case(
        entity_memory, lambda it: [it.entity_store.get("Ann"), it.entity_cache, plain(it.buffer)]
    ),
    "entity store": Case(
        lambda: InMemoryEntityStore(store={"a": "b"}), lambda it: [it.set("c", "d"), it.get("a")]
    ),
    "simple memory": Case(
        lambda: SimpleMemory(memories={"a": "b"}), lambda it: it.load_memory_variables({})
    ),
    "combined memory": Case(
        lambda: CombinedMemory(
            memories=[
                ConversationBufferMemory(memory_key="a", input_key="input"),
                SimpleMemory(memories={"b": "c"}),
            ]
        ),
        remembered,
    ),
    "read-only memory": Case(
        lambda: ReadOnlySharedMemory(memory=talked(ConversationBufferMemory())), remembered
    ),
    "vector memory": Case(
        lambda: VectorStoreRetrieverMemory(
            retriever=vectors().as_retriever(search_kwargs={"k": 1})
        ),
        lambda it: it.load_memory_variables({"prompt": "tea"}),
    ),
}

CHAINS: dict[str, Any] = {
    "conversation": Case(
        conversation,
        lambda it: [it.predict(input="more"), it.memory.load_memory_variables({})],
    ),
    "llm chain": Case(
        lambda: LLMChain(llm=Echo(), prompt=SAY("say {x}")), lambda it: it.run(x="1")
    ),
    "sequential chain": Case(sequential, lambda it: it.invoke({"x": "1"})),
    "simple sequential chain": Case(
        lambda: SimpleSequentialChain(
            chains=[
                LLMChain(llm=Echo(), prompt=SAY("a {x}")),
                LLMChain(llm=Echo(), prompt=SAY("b {x}")),
            ]
        ),
        lambda it: it.run("1"),
    ),
    "transform chain": Case(
        lambda: TransformChain(
            input_variables=["x"], output_variables=["y"], transform=transformed
        ),
        lambda it: it.invoke({"x": "a"}),
    ),
    "stuff documents": Case(stuff, combined),
    "map-reduce documents": Case(map_reduce, combined),
    "refine documents": Case(refine, combined),
    "router chain": Case(multi_prompt, lambda it: it.invoke({"input": "x"})["text"]),
    "retrieval chain": Case(retrieval, lambda it: it.invoke({"query": "tea"})["result"]),
    "conversational retrieval": Case(
        conversational_retrieval, lambda it: it.invoke({"question": "milk"})["answer"]
    ),
    "retrieval by runnables": Case(
        lambda: create_retrieval_chain(
            Shelf(held=documents()), create_stuff_documents_chain(Echo(), SAY("{context} {input}"))
        ),
        lambda it: it.invoke({"input": "tea"})["answer"],
    ),
    "history-aware retriever": Case(
        lambda: create_history_aware_retriever(
            says("tea"), Shelf(held=documents()), SAY("{chat_history} {input}")
        ),
        lambda it: len(it.invoke({"input": "hot"})),
    ),
    "react agent": Case(react, next_turn),
    "tool-calling agent": Case(tool_calling, next_turn),
    "functions agent": Case(functions_agent, next_turn),
    "structured chat agent": Case(structured_chat, next_turn),
    "initialized agent": Case(initialized, next_turn),
}


def transformed(inputs: dict[str, str]) -> dict[str, str]:
    return {"y": inputs["x"].upper()}


TABLE = {**MESSAGES, **PROMPTS, **PARSERS, **RUNNABLES, **MEMORIES, **CHAINS}
CASES = {name: made_still(row) for name, row in TABLE.items()}
