"""Classes that whoever extends them makes a component of: a tool, a model, a retriever, a store.

They are abstract, so nothing is admitted here. What extends one holds keys in its attributes, also
where it is a pydantic model or a dataclass, which by themselves are made to hold data.
"""

from __future__ import annotations

from persist.adapters._row import Group, rows_of

__all__ = ["CLASSIC", "CORE", "GRAPH", "MIDDLEWARE"]


def _bases_of(module: str, names: str, **fields: object) -> Group:
    return rows_of(module, names, role="base", component=True, **fields)


def _types_of(module: str, names: str) -> Group:
    return rows_of(module, names, role="base", is_type=True)


TOOL_CALLS = ("func", "coroutine", "handle_tool_error", "handle_validation_error")

# Every runnable is one: tools, models, retrievers and chains among them.
CORE = (
    _bases_of("langchain_core.runnables.base", "Runnable", is_type=True),
    _types_of("langchain_core.runnables.base", "RunnableSerializable"),
    _types_of("langchain_core.callbacks.base", "AsyncCallbackHandler"),
    # A tool or model of one's own is given one by its framework.
    _types_of(
        "langchain_core.callbacks.manager",
        "AsyncCallbackManagerForChainRun AsyncCallbackManagerForLLMRun"
        " AsyncCallbackManagerForRetrieverRun AsyncCallbackManagerForToolRun"
        " CallbackManagerForChainRun CallbackManagerForLLMRun CallbackManagerForRetrieverRun"
        " CallbackManagerForToolRun",
    ),
    _types_of("langchain_core.language_models.chat_models", "BaseChatModel SimpleChatModel"),
    _types_of("langchain_core.language_models.llms", "BaseLLM LLM"),
    _types_of("langchain_core.output_parsers.base", "BaseOutputParser"),
    _types_of("langchain_core.retrievers", "BaseRetriever"),
    _bases_of("langchain_core.caches", "BaseCache", is_type=True),
    _bases_of(
        "langchain_core.callbacks.base", "BaseCallbackHandler BaseCallbackManager", is_type=True
    ),
    _bases_of("langchain_core.chat_history", "BaseChatMessageHistory", is_type=True),
    _bases_of("langchain_core.chat_loaders", "BaseChatLoader"),
    _bases_of("langchain_core.document_loaders.base", "BaseBlobParser BaseLoader"),
    _bases_of("langchain_core.documents.compressor", "BaseDocumentCompressor"),
    _bases_of("langchain_core.documents.transformers", "BaseDocumentTransformer"),
    _bases_of("langchain_core.embeddings.embeddings", "Embeddings", is_type=True),
    _bases_of("langchain_core.indexing.base", "RecordManager"),
    _bases_of(
        "langchain_core.language_models.base",
        "BaseLanguageModel",
        is_type=True,
        takes={"custom_get_token_ids": "*"},
        calls=("custom_get_token_ids",),
    ),
    _bases_of("langchain_core.rate_limiters", "BaseRateLimiter"),
    _bases_of("langchain_core.stores", "BaseStore", is_type=True),
    _bases_of(
        "langchain_core.tools.base",
        "BaseTool",
        is_type=True,
        takes=dict.fromkeys(TOOL_CALLS, "*"),
        memos=("_tool_call_schema_memo",),
        schemas=("args_schema",),
        calls=("handle_tool_error", "handle_validation_error"),
    ),
    _bases_of("langchain_core.tools.base", "BaseToolkit"),
    _bases_of("langchain_core.vectorstores.base", "VectorStore", is_type=True),
)

CLASSIC = (
    _bases_of("langchain_classic.agents.agent", "BaseMultiActionAgent BaseSingleActionAgent"),
    _bases_of("langchain_classic.base_memory", "BaseMemory"),
    _bases_of("langchain_classic.memory.entity", "BaseEntityStore"),
)

MIDDLEWARE = (_bases_of("langchain.agents.middleware.types", "AgentMiddleware", is_type=True),)

GRAPH = (
    _bases_of("langgraph.cache.base", "BaseCache", is_type=True),
    _bases_of("langgraph.checkpoint.base", "BaseCheckpointSaver", is_type=True),
)
