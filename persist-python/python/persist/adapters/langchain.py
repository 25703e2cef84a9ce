"""The reviewed classes of langchain-core and langchain-classic.

A class has a row when neither making nor using it reaches the file system, a process, an import
or pickle, whatever its fields hold. Three kinds have none although they look harmless: what
builds a pydantic model from attributes of other objects (compositions of runnables ask any step
for its `config_specs`, and text in them is evaluated), what formats text that it has formatted
before (few-shot string prompts), and what makes an object anew with other fields (configurable
runnables would send a model's key elsewhere).
"""

from __future__ import annotations

from persist.adapters._row import Row, rows_of, table_of

__all__ = ["TABLE"]

# A message class may stand as a value: `summary_message_cls` of a memory holds one.
MESSAGES = (
    rows_of(
        "langchain_core.messages.ai",
        "AIMessage AIMessageChunk",
        value=True,
        attributes=("tool_calls", "invalid_tool_calls"),
    ),
    rows_of("langchain_core.messages.base", "BaseMessage BaseMessageChunk", value=True),
    rows_of("langchain_core.messages.base", "TextAccessor"),
    rows_of("langchain_core.messages.chat", "ChatMessage ChatMessageChunk", value=True),
    rows_of("langchain_core.messages.function", "FunctionMessage FunctionMessageChunk", value=True),
    rows_of("langchain_core.messages.human", "HumanMessage HumanMessageChunk", value=True),
    rows_of("langchain_core.messages.modifier", "RemoveMessage", value=True),
    rows_of("langchain_core.messages.system", "SystemMessage SystemMessageChunk", value=True),
    rows_of("langchain_core.messages.tool", "ToolMessage ToolMessageChunk", value=True),
)

# Set by state alone, a template may format `{m.__class__.__init__.__globals__[KEY]}`, which its
# validators refuse. The types of its variables are no validator's business: text in them is run.
PROMPTS = (
    rows_of(
        "langchain_core.prompts.chat",
        "ChatPromptTemplate",
        validate=True,
        attributes=("input_variables",),
        annotations=("input_types",),
    ),
    rows_of(
        "langchain_core.prompts.chat",
        "AIMessagePromptTemplate ChatMessagePromptTemplate HumanMessagePromptTemplate"
        " MessagesPlaceholder SystemMessagePromptTemplate",
        validate=True,
    ),
    rows_of("langchain_core.prompts.dict", "DictPromptTemplate", validate=True),
    rows_of(
        "langchain_core.prompts.few_shot",
        "FewShotChatMessagePromptTemplate",
        validate=True,
        annotations=("input_types",),
    ),
    rows_of(
        "langchain_core.prompts.image",
        "ImagePromptTemplate",
        validate=True,
        annotations=("input_types",),
    ),
    rows_of(
        "langchain_core.prompts.prompt",
        "PromptTemplate",
        validate=True,
        attributes=("template_format",),
        annotations=("input_types",),
    ),
    rows_of(
        "langchain_core.prompts.structured",
        "StructuredPrompt",
        validate=True,
        attributes=("input_variables",),
        annotations=("input_types",),
    ),
    rows_of(
        "langchain_core.prompt_values",
        "ChatPromptValue ChatPromptValueConcrete ImagePromptValue StringPromptValue",
    ),
)

OUTPUT_PARSERS = (
    rows_of(
        "langchain_core.output_parsers.json", "JsonOutputParser", annotations=("pydantic_object",)
    ),
    rows_of(
        "langchain_core.output_parsers.list",
        "CommaSeparatedListOutputParser MarkdownListOutputParser NumberedListOutputParser",
    ),
    rows_of(
        "langchain_core.output_parsers.openai_functions",
        "JsonKeyOutputFunctionsParser JsonOutputFunctionsParser OutputFunctionsParser",
    ),
    rows_of(
        "langchain_core.output_parsers.openai_tools",
        "JsonOutputKeyToolsParser JsonOutputToolsParser",
    ),
    rows_of(
        "langchain_core.output_parsers.pydantic",
        "PydanticOutputParser",
        annotations=("pydantic_object",),
    ),
    rows_of("langchain_core.output_parsers.string", "StrOutputParser"),
    rows_of("langchain_core.output_parsers.xml", "XMLOutputParser"),
    rows_of("langchain_classic.output_parsers.boolean", "BooleanOutputParser"),
    rows_of("langchain_classic.output_parsers.combining", "CombiningOutputParser"),
    rows_of("langchain_classic.output_parsers.datetime", "DatetimeOutputParser"),
    rows_of("langchain_classic.output_parsers.enum", "EnumOutputParser", annotations=("enum",)),
    rows_of("langchain_classic.output_parsers.regex", "RegexParser"),
    rows_of("langchain_classic.output_parsers.structured", "ResponseSchema StructuredOutputParser"),
)

MODELS = (
    rows_of(
        "langchain_core.language_models.fake", "FakeListLLM FakeStreamingListLLM", component=True
    ),
    rows_of(
        "langchain_core.language_models.fake_chat_models",
        "FakeChatModel FakeListChatModel FakeMessagesListChatModel GenericFakeChatModel"
        " ParrotFakeChatModel",
        component=True,
    ),
    rows_of(
        "langchain_core.embeddings.fake",
        "DeterministicFakeEmbedding FakeEmbeddings",
        component=True,
    ),
    rows_of("langchain_core.outputs.chat_generation", "ChatGeneration ChatGenerationChunk"),
    rows_of("langchain_core.outputs.chat_result", "ChatResult"),
    rows_of("langchain_core.outputs.generation", "Generation GenerationChunk"),
    rows_of("langchain_core.outputs.llm_result", "LLMResult"),
    rows_of("langchain_core.outputs.run_info", "RunInfo"),
    rows_of("langchain_core.runnables.utils", "AddableDict"),
    rows_of("langchain_core.callbacks.stdout", "StdOutCallbackHandler"),
    rows_of("langchain_core.callbacks.streaming_stdout", "StreamingStdOutCallbackHandler"),
)

DOCUMENTS = (
    rows_of("langchain_core.documents.base", "Document"),
    rows_of("langchain_core.caches", "InMemoryCache", component=True),
    rows_of("langchain_core.indexing.base", "InMemoryRecordManager", component=True),
    rows_of("langchain_core.stores", "InMemoryByteStore InMemoryStore", component=True),
    rows_of("langchain_core.vectorstores.base", "VectorStoreRetriever", component=True),
    rows_of("langchain_core.vectorstores.in_memory", "InMemoryVectorStore", component=True),
    rows_of("langchain_core.example_selectors.length_based", "LengthBasedExampleSelector"),
    [
        Row(
            "langchain_core.example_selectors.length_based:_get_length_based",
            role="function",
        )
    ],
    rows_of(
        "langchain_core.example_selectors.semantic_similarity",
        "MaxMarginalRelevanceExampleSelector SemanticSimilarityExampleSelector",
    ),
    rows_of("langchain_core.structured_query", "Comparator Comparison Operation Operator"),
    rows_of("langchain_core.structured_query", "StructuredQuery"),
)

AGENTS = (
    rows_of("langchain_core.agents", "AgentAction AgentActionMessageLog AgentFinish AgentStep"),
    rows_of("langchain_classic.agents.output_parsers.tools", "ToolAgentAction"),
    rows_of(
        "langchain_core.exceptions",
        "ErrorCode LangChainException OutputParserException TracerException",
    ),
    rows_of("langchain_core.tools.base", "ToolException"),
)

MEMORIES = (
    rows_of("langchain_core.chat_history", "InMemoryChatMessageHistory"),
    rows_of(
        "langchain_classic.memory.buffer", "ConversationBufferMemory ConversationStringBufferMemory"
    ),
    rows_of("langchain_classic.memory.buffer_window", "ConversationBufferWindowMemory"),
    rows_of("langchain_classic.memory.combined", "CombinedMemory"),
    rows_of("langchain_classic.memory.entity", "ConversationEntityMemory InMemoryEntityStore"),
    rows_of("langchain_classic.memory.readonly", "ReadOnlySharedMemory"),
    rows_of("langchain_classic.memory.simple", "SimpleMemory"),
    rows_of("langchain_classic.memory.summary", "ConversationSummaryMemory"),
    rows_of("langchain_classic.memory.summary_buffer", "ConversationSummaryBufferMemory"),
    rows_of("langchain_classic.memory.token_buffer", "ConversationTokenBufferMemory"),
    rows_of("langchain_classic.memory.vectorstore", "VectorStoreRetrieverMemory"),
)

CHAINS = (
    rows_of("langchain_classic.chains.conversation.base", "ConversationChain"),
    rows_of("langchain_classic.chains.llm", "LLMChain"),
)

TABLE = table_of(
    *MESSAGES,
    *PROMPTS,
    *OUTPUT_PARSERS,
    *MODELS,
    *DOCUMENTS,
    *AGENTS,
    *MEMORIES,
    *CHAINS,
)
