"""The reviewed names of langchain-classic: chains, agents, memories, parsers, retrievers.

What it adds to langchain-core is mostly prompts around models. Chains that evaluate text, fetch
addresses, talk to databases or import what a name says have no row, nor have stores on disk.
"""

from __future__ import annotations

from persist.adapters import _bases
from persist.adapters._row import Table, rows_of
from persist.adapters.runnables import BOUND

__all__ = ["TABLE"]

C = "langchain_classic"

MEMORIES = (
    rows_of(f"{C}.memory.buffer", "ConversationBufferMemory ConversationStringBufferMemory"),
    rows_of(f"{C}.memory.buffer_window", "ConversationBufferWindowMemory"),
    rows_of(f"{C}.memory.combined", "CombinedMemory"),
    rows_of(f"{C}.memory.entity", "ConversationEntityMemory InMemoryEntityStore"),
    rows_of(f"{C}.memory.readonly", "ReadOnlySharedMemory"),
    rows_of(f"{C}.memory.simple", "SimpleMemory"),
    rows_of(f"{C}.memory.summary", "ConversationSummaryMemory"),
    rows_of(f"{C}.memory.summary_buffer", "ConversationSummaryBufferMemory"),
    rows_of(f"{C}.memory.token_buffer", "ConversationTokenBufferMemory"),
    rows_of(f"{C}.memory.vectorstore", "VectorStoreRetrieverMemory"),
    rows_of(
        f"{C}.memory.vectorstore_token_buffer_memory", "ConversationVectorStoreTokenBufferMemory"
    ),
    rows_of(
        f"{C}.agents.openai_functions_agent.agent_token_buffer_memory", "AgentTokenBufferMemory"
    ),
)

CHAINS = (
    rows_of(f"{C}.chains.combine_documents.base", "AnalyzeDocumentChain"),
    rows_of(f"{C}.chains.combine_documents.map_reduce", "MapReduceDocumentsChain"),
    rows_of(f"{C}.chains.combine_documents.map_rerank", "MapRerankDocumentsChain"),
    rows_of(f"{C}.chains.combine_documents.reduce", "ReduceDocumentsChain"),
    rows_of(f"{C}.chains.combine_documents.refine", "RefineDocumentsChain"),
    rows_of(f"{C}.chains.combine_documents.stuff", "StuffDocumentsChain"),
    rows_of(f"{C}.chains.constitutional_ai.base", "ConstitutionalChain"),
    rows_of(f"{C}.chains.constitutional_ai.models", "ConstitutionalPrinciple"),
    rows_of(f"{C}.chains.conversation.base", "ConversationChain", check="llm_chain"),
    rows_of(
        f"{C}.chains.conversational_retrieval.base",
        "ChatVectorDBChain ConversationalRetrievalChain",
    ),
    rows_of(f"{C}.chains.hyde.base", "HypotheticalDocumentEmbedder", component=True),
    rows_of(f"{C}.chains.llm", "LLMChain", check="llm_chain"),
    rows_of(f"{C}.chains.llm_checker.base", "LLMCheckerChain"),
    rows_of(f"{C}.chains.llm_summarization_checker.base", "LLMSummarizationCheckerChain"),
    rows_of(f"{C}.chains.mapreduce", "MapReduceChain"),
    rows_of(f"{C}.chains.openai_functions.qa_with_structure", "AnswerWithSources", value=True),
    rows_of(f"{C}.chains.prompt_selector", "ConditionalPromptSelector"),
    rows_of(f"{C}.chains.qa_generation.base", "QAGenerationChain"),
    rows_of(f"{C}.chains.qa_with_sources.base", "QAWithSourcesChain"),
    rows_of(f"{C}.chains.qa_with_sources.retrieval", "RetrievalQAWithSourcesChain"),
    rows_of(f"{C}.chains.qa_with_sources.vector_db", "VectorDBQAWithSourcesChain"),
    rows_of(f"{C}.chains.query_constructor.schema", "AttributeInfo"),
    rows_of(f"{C}.chains.retrieval_qa.base", "RetrievalQA VectorDBQA"),
    rows_of(f"{C}.chains.router.base", "MultiRouteChain Route"),
    rows_of(f"{C}.chains.router.embedding_router", "EmbeddingRouterChain"),
    rows_of(f"{C}.chains.router.llm_router", "LLMRouterChain RouterOutputParser"),
    rows_of(f"{C}.chains.router.multi_prompt", "MultiPromptChain"),
    rows_of(f"{C}.chains.router.multi_retrieval_qa", "MultiRetrievalQAChain"),
    rows_of(f"{C}.chains.sequential", "SequentialChain SimpleSequentialChain"),
    rows_of(f"{C}.chains.transform", "TransformChain", calls=("transform_cb", "atransform_cb")),
    rows_of(
        f"{C}.chains.combine_documents.stuff",
        "create_stuff_documents_chain.<locals>.format_docs",
        role="location",
        called=True,
    ),
    rows_of(
        f"{C}.chains.history_aware_retriever",
        "create_history_aware_retriever.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(
        f"{C}.chains.retrieval",
        "create_retrieval_chain.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(f"{C}.chains.prompt_selector", "is_chat_model is_llm", role="function", called=True),
)

AGENTS = (
    rows_of(
        f"{C}.agents.agent",
        "AgentExecutor LLMSingleActionAgent RunnableAgent RunnableMultiActionAgent",
    ),
    rows_of(f"{C}.agents.agent", "ExceptionTool", component=True, check="tool"),
    rows_of(f"{C}.agents.tools", "InvalidTool", component=True, check="tool"),
    rows_of(f"{C}.agents.agent_types", "AgentType"),
    rows_of(f"{C}.agents.chat.base", "ChatAgent"),
    rows_of(f"{C}.agents.conversational.base", "ConversationalAgent"),
    rows_of(f"{C}.agents.conversational_chat.base", "ConversationalChatAgent"),
    rows_of(f"{C}.agents.mrkl.base", "ChainConfig MRKLChain ZeroShotAgent"),
    rows_of(f"{C}.agents.openai_functions_agent.base", "OpenAIFunctionsAgent"),
    rows_of(f"{C}.agents.openai_functions_multi_agent.base", "OpenAIMultiFunctionsAgent"),
    rows_of(f"{C}.agents.react.base", "ReActChain ReActDocstoreAgent ReActTextWorldAgent"),
    rows_of(
        f"{C}.agents.self_ask_with_search.base", "SelfAskWithSearchAgent SelfAskWithSearchChain"
    ),
    rows_of(f"{C}.agents.structured_chat.base", "StructuredChatAgent"),
    rows_of(f"{C}.agents.xml.base", "XMLAgent"),
    rows_of(
        f"{C}.agents.schema",
        "AgentScratchPadChatPromptTemplate",
        validate=True,
        annotations=("input_types",),
        derived=("input_variables",),
    ),
    rows_of(
        f"{C}.runnables.openai_functions", "OpenAIFunctionsRouter", check="binding", types=BOUND
    ),
)

AGENT_PARSERS = (
    rows_of(f"{C}.agents.chat.output_parser", "ChatOutputParser"),
    rows_of(f"{C}.agents.conversational.output_parser", "ConvoOutputParser"),
    rows_of(f"{C}.agents.conversational_chat.output_parser", "ConvoOutputParser"),
    rows_of(f"{C}.agents.mrkl.output_parser", "MRKLOutputParser"),
    rows_of(f"{C}.agents.output_parsers.json", "JSONAgentOutputParser"),
    # The agent holds the class itself.
    rows_of(
        f"{C}.agents.output_parsers.openai_functions",
        "OpenAIFunctionsAgentOutputParser",
        value=True,
    ),
    rows_of(f"{C}.agents.output_parsers.openai_tools", "OpenAIToolsAgentOutputParser"),
    rows_of(
        f"{C}.agents.output_parsers.react_json_single_input", "ReActJsonSingleInputOutputParser"
    ),
    rows_of(f"{C}.agents.output_parsers.react_single_input", "ReActSingleInputOutputParser"),
    rows_of(f"{C}.agents.output_parsers.self_ask", "SelfAskOutputParser"),
    rows_of(f"{C}.agents.output_parsers.tools", "ToolAgentAction ToolsAgentOutputParser"),
    rows_of(f"{C}.agents.output_parsers.xml", "XMLAgentOutputParser"),
    rows_of(f"{C}.agents.react.output_parser", "ReActOutputParser"),
    rows_of(
        f"{C}.agents.structured_chat.output_parser",
        "StructuredChatOutputParser StructuredChatOutputParserWithRetries",
    ),
)

AGENT_FUNCTIONS = (
    rows_of(
        f"{C}.agents.format_scratchpad.log_to_messages",
        "format_log_to_messages",
        role="function",
        called=True,
    ),
    rows_of(f"{C}.agents.format_scratchpad.log", "format_log_to_str", role="function", called=True),
    rows_of(
        f"{C}.agents.format_scratchpad.openai_functions",
        "format_to_openai_function_messages",
        role="function",
        called=True,
    ),
    rows_of(
        f"{C}.agents.format_scratchpad.tools",
        "format_to_tool_messages",
        role="function",
        called=True,
    ),
    rows_of(f"{C}.agents.format_scratchpad.xml", "format_xml", role="function", called=True),
    *(
        rows_of(
            f"{C}.agents.{module}", f"{function}.<locals>.<lambda>", role="location", called=True
        )
        for module, function in (
            ("json_chat.base", "create_json_chat_agent"),
            ("openai_functions_agent.base", "create_openai_functions_agent"),
            ("openai_tools.base", "create_openai_tools_agent"),
            ("react.agent", "create_react_agent"),
            ("self_ask_with_search.base", "create_self_ask_with_search_agent"),
            ("structured_chat.base", "create_structured_chat_agent"),
            ("tool_calling_agent.base", "create_tool_calling_agent"),
            ("xml.base", "create_xml_agent"),
        )
    ),
)

OUTPUT_PARSERS = (
    rows_of(f"{C}.chains.flare.prompts", "FinishedOutputParser"),
    rows_of(f"{C}.output_parsers.boolean", "BooleanOutputParser"),
    rows_of(f"{C}.output_parsers.combining", "CombiningOutputParser"),
    rows_of(f"{C}.output_parsers.datetime", "DatetimeOutputParser"),
    rows_of(f"{C}.output_parsers.enum", "EnumOutputParser", annotations=("enum",)),
    rows_of(f"{C}.output_parsers.fix", "OutputFixingParser"),
    rows_of(f"{C}.output_parsers.regex", "RegexParser"),
    rows_of(f"{C}.output_parsers.regex_dict", "RegexDictParser"),
    rows_of(f"{C}.output_parsers.retry", "RetryOutputParser RetryWithErrorOutputParser"),
    rows_of(f"{C}.output_parsers.structured", "ResponseSchema StructuredOutputParser"),
    rows_of(f"{C}.output_parsers.yaml", "YamlOutputParser", annotations=("pydantic_object",)),
)

RETRIEVERS = (
    rows_of(f"{C}.embeddings.cache", "CacheBackedEmbeddings", component=True),
    rows_of(
        f"{C}.embeddings.cache",
        "_value_deserializer _value_serializer",
        role="function",
        called=True,
    ),
    rows_of(
        f"{C}.embeddings.cache",
        "_make_default_key_encoder.<locals>._key_encoder",
        role="location",
        called=True,
    ),
    rows_of(f"{C}.retrievers.contextual_compression", "ContextualCompressionRetriever"),
    rows_of(f"{C}.retrievers.document_compressors.base", "DocumentCompressorPipeline"),
    rows_of(
        f"{C}.retrievers.document_compressors.chain_extract",
        "LLMChainExtractor NoOutputParser",
    ),
    rows_of(
        f"{C}.retrievers.document_compressors.chain_extract",
        "default_get_input",
        role="function",
        called=True,
    ),
    rows_of(f"{C}.retrievers.document_compressors.chain_filter", "LLMChainFilter"),
    rows_of(
        f"{C}.retrievers.document_compressors.chain_filter",
        "default_get_input",
        role="function",
        called=True,
    ),
    rows_of(f"{C}.retrievers.document_compressors.cross_encoder_rerank", "CrossEncoderReranker"),
    rows_of(f"{C}.retrievers.document_compressors.listwise_rerank", "LLMListwiseRerank"),
    rows_of(f"{C}.retrievers.ensemble", "EnsembleRetriever", component=True, check="fields"),
    rows_of(f"{C}.retrievers.merger_retriever", "MergerRetriever", component=True),
    rows_of(f"{C}.retrievers.multi_query", "LineListOutputParser"),
    rows_of(f"{C}.retrievers.multi_query", "MultiQueryRetriever", component=True),
    rows_of(f"{C}.retrievers.multi_vector", "MultiVectorRetriever", component=True),
    rows_of(f"{C}.retrievers.multi_vector", "SearchType"),
    rows_of(f"{C}.retrievers.parent_document_retriever", "ParentDocumentRetriever", component=True),
    rows_of(f"{C}.retrievers.re_phraser", "RePhraseQueryRetriever", component=True),
    rows_of(
        f"{C}.retrievers.time_weighted_retriever",
        "TimeWeightedVectorStoreRetriever",
        component=True,
    ),
    rows_of(
        f"{C}.storage.encoder_backed",
        "EncoderBackedStore",
        is_type=True,
        component=True,
        calls=("key_encoder", "value_serializer", "value_deserializer"),
    ),
)

TABLE = Table(
    *_bases.CLASSIC,
    *MEMORIES,
    *CHAINS,
    *AGENTS,
    *AGENT_PARSERS,
    *AGENT_FUNCTIONS,
    *OUTPUT_PARSERS,
    *RETRIEVERS,
)
