"""The reviewed names of langchain-core: messages, prompts, parsers, models, stores.

A class has a row when neither making nor using it reaches the file system, a process, an import
or pickle, whatever its fields hold. Where that depends on what the fields hold, the row names a
check. Runnables and tools stand in `runnables`.
"""

from __future__ import annotations

from persist.adapters import _bases, runnables
from persist.adapters._row import Table, rows_of

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
    # Plain dicts, with the types of their keys.
    rows_of("langchain_core.messages.ai", "UsageMetadata", value=True),
    rows_of("langchain_core.messages.tool", "ToolCall ToolCallChunk", value=True),
    rows_of("langchain_core.messages.content", "InvalidToolCall", value=True),
    rows_of("langchain_core.runnables.config", "RunnableConfig", value=True),
    # What `trim_messages()` and its like make of a function of their name.
    rows_of(
        "langchain_core.messages.utils",
        "filter_messages merge_message_runs trim_messages",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_core.messages.utils",
        "_get_type count_tokens_approximately",
        role="function",
        called=True,
    ),
    rows_of("langchain_core.messages.chat", "ChatMessage ChatMessageChunk", value=True),
    rows_of("langchain_core.messages.function", "FunctionMessage FunctionMessageChunk", value=True),
    rows_of("langchain_core.messages.human", "HumanMessage HumanMessageChunk", value=True),
    rows_of("langchain_core.messages.modifier", "RemoveMessage", value=True),
    rows_of("langchain_core.messages.system", "SystemMessage SystemMessageChunk", value=True),
    rows_of("langchain_core.messages.tool", "ToolMessage ToolMessageChunk", value=True),
)

# A template in jinja2 may call methods of what it is given, `save` with a path for one.
JINJA2 = {"template_format": {"jinja2": "jinja2.sandbox:SandboxedEnvironment"}}

# What a variable is given from may be a function, which is called where a prompt is used.
KEPT = {"partial_variables": "*"}

# Set by state alone, a template may format `{m.__class__.__init__.__globals__[KEY]}`, which its
# validators refuse. The types of its variables are no validator's business: text in them is run.
PROMPTS = (
    rows_of(
        "langchain_core.prompts.chat",
        "ChatPromptTemplate",
        validate=True,
        takes=KEPT,
        attributes=("input_variables",),
        annotations=("input_types",),
        derived=("input_variables",),
    ),
    rows_of(
        "langchain_core.prompts.chat",
        "AIMessagePromptTemplate ChatMessagePromptTemplate HumanMessagePromptTemplate"
        " MessagesPlaceholder SystemMessagePromptTemplate",
        validate=True,
    ),
    rows_of(
        "langchain_core.prompts.dict",
        "DictPromptTemplate",
        validate=True,
        templates=("template",),
    ),
    rows_of(
        "langchain_core.prompts.few_shot",
        "FewShotChatMessagePromptTemplate",
        validate=True,
        takes=KEPT,
        annotations=("input_types",),
    ),
    rows_of(
        "langchain_core.prompts.few_shot",
        "FewShotPromptTemplate",
        validate=True,
        takes=KEPT,
        templates=("prefix", "suffix", "example_separator"),
        annotations=("input_types",),
        derived=("input_variables",),
        opt_in=JINJA2,
        check="few_shot",
    ),
    rows_of(
        "langchain_core.prompts.image",
        "ImagePromptTemplate",
        validate=True,
        takes=KEPT,
        templates=("template",),
        annotations=("input_types",),
        opt_in=JINJA2,
    ),
    rows_of(
        "langchain_core.prompts.prompt",
        "PromptTemplate",
        validate=True,
        takes=KEPT,
        templates=("template",),
        attributes=("template_format",),
        annotations=("input_types",),
        derived=("input_variables",),
        opt_in=JINJA2,
    ),
    rows_of(
        "langchain_core.prompts.structured",
        "StructuredPrompt",
        validate=True,
        takes=KEPT,
        check="structured",
        attributes=("input_variables",),
        annotations=("input_types",),
        derived=("input_variables",),
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
        "langchain_core.output_parsers.openai_functions",
        "PydanticAttrOutputFunctionsParser PydanticOutputFunctionsParser",
        check="functions_parser",
    ),
    rows_of(
        "langchain_core.output_parsers.openai_tools", "PydanticToolsParser", check="tools_parser"
    ),
    rows_of(
        "langchain_core.output_parsers.pydantic",
        "PydanticOutputParser",
        annotations=("pydantic_object",),
    ),
    rows_of("langchain_core.output_parsers.string", "StrOutputParser"),
    rows_of("langchain_core.output_parsers.xml", "XMLOutputParser"),
)

MODELS = (
    rows_of(
        "langchain_core.language_models.fake", "FakeListLLM FakeStreamingListLLM", component=True
    ),
    rows_of("langchain_core.language_models.fake", "FakeListLLMError"),
    rows_of("langchain_core.language_models.fake_chat_models", "FakeListChatModelError"),
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
    rows_of(
        "langchain_core.outputs.chat_generation",
        "ChatGeneration ChatGenerationChunk",
        value=True,
        derived=("text",),
    ),
    rows_of("langchain_core.outputs.chat_result", "ChatResult", value=True),
    rows_of("langchain_core.outputs.generation", "Generation GenerationChunk", value=True),
    rows_of("langchain_core.outputs.llm_result", "LLMResult", value=True),
    rows_of("langchain_core.outputs.run_info", "RunInfo"),
)

DOCUMENTS = (
    rows_of("langchain_core.documents.base", "Document", value=True),
    rows_of("langchain_core.caches", "InMemoryCache", component=True),
    rows_of("langchain_core.chat_history", "InMemoryChatMessageHistory"),
    rows_of("langchain_core.indexing.base", "InMemoryRecordManager", component=True),
    rows_of("langchain_core.indexing.in_memory", "InMemoryDocumentIndex", component=True),
    rows_of("langchain_core.stores", "InMemoryByteStore InMemoryStore", component=True),
    rows_of("langchain_core.vectorstores.base", "VectorStoreRetriever", component=True),
    rows_of(
        "langchain_core.vectorstores.in_memory", "InMemoryVectorStore", is_type=True, component=True
    ),
    # Its constructor formats all examples, and calls what measures them.
    rows_of(
        "langchain_core.example_selectors.length_based",
        "LengthBasedExampleSelector",
        by_state=True,
        calls=("get_text_length",),
    ),
    rows_of(
        "langchain_core.example_selectors.length_based",
        "_get_length_based",
        role="function",
        called=True,
    ),
    rows_of(
        "langchain_core.example_selectors.semantic_similarity",
        "MaxMarginalRelevanceExampleSelector SemanticSimilarityExampleSelector",
    ),
    rows_of("langchain_core.structured_query", "Comparator Comparison Operation Operator"),
    rows_of("langchain_core.structured_query", "StructuredQuery"),
)

# What they count is kept, the lock around it made anew.
COUNTERS = (
    rows_of(
        "langchain_core.callbacks.usage",
        "UsageMetadataCallbackHandler",
        codec="persist.adapters._locked",
        component=True,
    ),
    rows_of(
        "langchain_core.rate_limiters",
        "InMemoryRateLimiter",
        codec="persist.adapters._locked",
        component=True,
    ),
)

AGENTS = (
    rows_of(
        "langchain_core.agents",
        "AgentAction AgentActionMessageLog AgentFinish AgentStep",
        value=True,
    ),
    rows_of(
        "langchain_core.exceptions",
        "ContextOverflowError ErrorCode LangChainException ModelAPIError ModelAuthenticationError"
        " ModelConnectionError ModelError ModelInvalidRequestError ModelNotFoundError"
        " ModelPermissionDeniedError ModelRateLimitError ModelTimeoutError OutputParserException"
        " TracerException",
        value=True,
    ),
    rows_of("langchain_core.indexing.api", "IndexingException", value=True),
    rows_of("langchain_core.stores", "InvalidKeyException", value=True),
)

TABLE = Table(
    *_bases.CORE,
    *MESSAGES,
    *PROMPTS,
    *OUTPUT_PARSERS,
    *MODELS,
    *DOCUMENTS,
    *COUNTERS,
    *AGENTS,
    *runnables.RUNNABLES,
    *runnables.TOOLS,
)
