"""Classes that were looked at and have no row: reason to the names that it holds for.

Their instances are restored only where the caller names them in `allow`. A module is followed
by the classes of it. Classes without instances of their own are not listed: abstract ones,
protocols, typed dicts, and generics with arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

REFUSED = {
    "reaches files, processes or imports": """
        langchain.agents.middleware._execution: CodexSandboxExecutionPolicy DockerExecutionPolicy
            HostExecutionPolicy
        langchain.agents.middleware.file_search: FilesystemFileSearchMiddleware
        langchain.agents.middleware.shell_tool: CommandExecutionResult ShellSession
            ShellToolMiddleware _SessionResources _ShellToolInput
        langchain.chat_models.base: _ConfigurableModel
        langchain_anthropic.middleware.anthropic_tools: FilesystemClaudeMemoryMiddleware
            FilesystemClaudeTextEditorMiddleware _FilesystemClaudeFileToolMiddleware
        langchain_anthropic.middleware.bash: ClaudeBashToolMiddleware
        langchain_classic.chat_models.base: _ConfigurableModel
        langchain_classic.chains.flare.base: FlareChain QuestionGeneratorChain
        langchain_classic.indexes._sql_record_manager: SQLRecordManager UpsertionRecord
        langchain_classic.indexes.vectorstore: VectorStoreIndexWrapper VectorstoreIndexCreator
        langchain_classic.memory.entity: SQLiteEntityStore
        langchain_classic.retrievers.document_compressors.embeddings_filter: EmbeddingsFilter
        langchain_classic.storage.file_system: LocalFileStore
        langchain_core.callbacks.file: FileCallbackHandler
        langchain_core.documents.base: Blob
        langchain_core.load.load: Reviver
        langchain_core.runnables.graph_png: PngDrawer
        langchain_huggingface.embeddings.huggingface: HuggingFaceEmbeddings
        langchain_huggingface.llms.huggingface_pipeline: HuggingFacePipeline
        langchain_openai.chatgpt_oauth: _FileChatGPTOAuthTokenProvider
        langchain_text_splitters.base: TokenTextSplitter
        langchain_text_splitters.html: HTMLHeaderTextSplitter HTMLSectionSplitter
            HTMLSemanticPreservingSplitter
        langchain_text_splitters.konlpy: KonlpyTextSplitter
        langchain_text_splitters.nltk: NLTKTextSplitter
        langchain_text_splitters.sentence_transformers: SentenceTransformersTokenTextSplitter
        langchain_text_splitters.spacy: SpacyTextSplitter
        langgraph.checkpoint.memory: PersistentDict
        langgraph.checkpoint.serde.base: SerializerCompat
        langgraph.checkpoint.serde.encrypted: EncryptedSerializer
        langgraph.checkpoint.serde.jsonplus: JsonPlusSerializer
    """,
    "evaluates text, or formats it twice": """
        langchain_classic.chains.llm_math.base: LLMMathChain
        langchain_classic.output_parsers.pandas_dataframe: PandasDataFrameOutputParser
        langchain_core.prompts.few_shot_with_templates: FewShotPromptWithTemplates
    """,
    "talks to an address or a service when made, or to one that no field names": """
        langchain_aws.agents.base: BedrockAgentsRunnable BedrockInlineAgentsRunnable
        langchain_aws.chat_models.bedrock_nova_sonic: ChatBedrockNovaSonic NovaSonicSession
        langchain_aws.chat_models.openai: ChatOpenAIMantle
        langchain_aws.chat_models.sagemaker_endpoint: ChatSagemakerEndpoint
        langchain_aws.document_compressors.rerank: BedrockRerank
        langchain_aws.graphs.neptune_graph: NeptuneAnalyticsGraph NeptuneGraph
        langchain_aws.graphs.neptune_rdf_graph: NeptuneRdfGraph
        langchain_aws.llms.sagemaker_endpoint: SagemakerEndpoint
        langchain_aws.retrievers.bedrock: AmazonKnowledgeBasesRetriever
        langchain_aws.retrievers.kendra: AmazonKendraRetriever
        langchain_aws.retrievers.s3_vectors: AmazonS3VectorsRetriever
        langchain_aws.runnables.q_business: AmazonQ
        langchain_aws.vectorstores.dynamodb.base: DynamoDBVectorStore
        langchain_aws.vectorstores.inmemorydb.base: InMemoryVectorStore InMemoryVectorStoreRetriever
        langchain_aws.vectorstores.inmemorydb.cache: InMemorySemanticCache
        langchain_aws.vectorstores.s3_vectors.base: AmazonS3Vectors
        langchain_aws.vectorstores.valkey.base: ValkeyVectorStore
        langchain_classic.agents.openai_assistant.base: OpenAIAssistantAction OpenAIAssistantFinish
            OpenAIAssistantRunnable
        langchain_classic.chains.api.base: APIChain
        langchain_classic.chains.elasticsearch_database.base: ElasticsearchDatabaseChain
        langchain_classic.chains.moderation: OpenAIModerationChain
        langchain_classic.chains.natbot.base: NatBotChain
        langchain_classic.chains.natbot.crawler: Crawler
        langchain_classic.chains.openai_functions.openapi: SimpleRequestChain
        langchain_classic.memory.entity: RedisEntityStore UpstashRedisEntityStore
        langchain_classic.retrievers.document_compressors.cohere_rerank: CohereRerank
        langchain_classic.runnables.hub: HubRunnable
        langchain_core.document_loaders.langsmith: LangSmithLoader
        langchain_core.tracers.evaluation: EvaluatorCallbackHandler
        langchain_core.tracers.langchain: LangChainTracer
        langchain_google_genai._image_utils: ImageBytesLoader
        langchain_openai.chat_models.codex: _ChatOpenAICodex
        langchain_openai.decisions.base: OpenAIDecisions
        langchain_openai.middleware.auto_mode: OpenAIAutoModeMiddleware
        langchain_openai.middleware.model_router: OpenAIModelRouterMiddleware
        langchain_openai.middleware.openai_moderation: OpenAIModerationMiddleware
        langgraph.cache.redis: RedisCache
        langgraph.pregel.remote: RemoteGraph
    """,
    "holds a lock, a queue, a thread, a stream or what is running": """
        langchain.agents._subagent_transformer: AsyncSubagentRunStream SubagentRunStream
        langchain_aws.chat_models.sagemaker_endpoint: ChatLineIterator
        langchain_aws.llms.sagemaker_endpoint: LineIterator
        langchain_classic.agents.agent_iterator: AgentExecutorIterator
        langchain_classic.callbacks.streaming_aiter: AsyncIteratorCallbackHandler
        langchain_classic.callbacks.streaming_aiter_final_only: AsyncFinalIteratorCallbackHandler
        langchain_classic.smith.evaluation.progress: ProgressBarCallback
        langchain_core.callbacks.manager: AsyncCallbackManagerForChainGroup
            AsyncCallbackManagerForChainRun AsyncCallbackManagerForLLMRun
            AsyncCallbackManagerForRetrieverRun AsyncCallbackManagerForToolRun BaseRunManager
            CallbackManagerForChainGroup CallbackManagerForChainRun CallbackManagerForLLMRun
            CallbackManagerForRetrieverRun CallbackManagerForToolRun ParentRunManager RunManager
        langchain_core.language_models.chat_model_stream: AsyncChatModelStream AsyncProjection
            AsyncTextProjection ChatModelStream SyncProjection SyncTextProjection
            _AsyncProjectionIterator _AsyncTextProjectionIterator _ChatModelStreamBase
            _ProjectionBase
        langchain_core.output_parsers.xml: _StreamingParser
        langchain_core.runnables.config: ContextThreadPoolExecutor
        langchain_core.tracers._streaming: _V2StreamingCallbackHandler
        langchain_core.tracers.event_stream: _AstreamEventsCallbackHandler
        langchain_core.tracers.log_stream: LogStreamCallbackHandler RunLog RunLogPatch
        langchain_core.tracers.memory_stream: _MemoryStream _ReceiveStream _SendStream
        langchain_core.utils.aiter: NoLock Tee aclosing
        langchain_core.utils.iter: NoLock Tee
        langchain_google_genai.chat_models: _ClientCleanup _StreamBlockIndexer
        langgraph._internal._queue: AsyncQueue Semaphore SyncQueue
        langgraph._internal._replay: ReplayState
        langgraph._internal._scratchpad: PregelScratchpad
        langgraph.callbacks: _AsyncGraphCallbackManager _GraphCallbackManager
        langgraph.prebuilt._tool_call_stream: ToolCallStream
        langgraph.prebuilt.tool_node: ToolCallRequest
        langgraph.pregel._algo: Call LazyAtomicCounter PregelTaskWrites
        langgraph.pregel._call: SyncAsyncFuture
        langgraph.pregel._executor: AsyncBackgroundExecutor BackgroundExecutor
        langgraph.pregel._loop: AsyncPregelLoop PregelLoop SyncPregelLoop
        langgraph.pregel._messages: StreamMessagesHandler StreamMessagesHandlerV2
        langgraph.pregel._remote_run_stream: _AsyncRemoteGraphRunStream _ChannelProjection
            _ProjectionRegistry _RemoteGraphRunStream
        langgraph.pregel._retry: _AttemptContext _AttemptEvent _IdleProgressCallbackHandler
            _ResolvedTimeout _TimedAttemptScope
        langgraph.pregel._runner: FuturesDict PregelRunner
        langgraph.pregel._task_status: TaskStatus
        langgraph.pregel._tools: StreamToolCallHandler
        langgraph.pregel.protocol: StreamProtocol
        langgraph.runtime: ExecutionInfo RunControl ServerInfo
        langgraph.stream._mux: StreamMux
        langgraph.stream.run_stream: AsyncGraphRunStream AsyncSubgraphRunStream GraphRunStream
            SubgraphRunStream _SubgraphRunStreamMixin
        langgraph.stream.stream_channel: StreamChannel
        langgraph.types: PregelExecutableTask
    """,
    "calls what it was given with whatever happens": """
        langchain_classic.callbacks.tracers.logging: LoggingCallbackHandler
        langchain_core.tracers.root_listeners: AsyncRootListenersTracer RootListenersTracer
        langchain_core.tracers.run_collector: RunCollectorCallbackHandler
        langchain_core.tracers.stdout: ConsoleCallbackHandler FunctionCallbackHandler
    """,
    "a base class or a mixin, of which there are no instances": """
        langchain.agents.middleware.types: AgentMiddleware
        langchain_aws.chat_models.bedrock: ChatPromptAdapter
        langchain_aws.chat_models.sagemaker_endpoint: ChatModelContentHandler
        langchain_aws.function_calling: _RepairingParserMixin
        langchain_aws.llms.bedrock: LLMInputOutputAdapter
        langchain_aws.llms.sagemaker_endpoint: LLMContentHandler
        langchain_aws.utils: ContentHandlerBase
        langchain_aws.vectorstores.inmemorydb.filters: InMemoryDBFilterField
        langchain_anthropic.middleware.anthropic_tools: _StateClaudeFileToolMiddleware
        langchain_classic.evaluation.schema: _EvalArgsMixin
        langchain_classic.memory.summary: SummarizerMixin
        langchain_classic.smith.evaluation.config: EvalConfig SingleKeyEvalConfig
        langchain_core.callbacks.base: AsyncCallbackHandler BaseCallbackHandler BaseCallbackManager
            CallbackManagerMixin ChainManagerMixin LLMManagerMixin RetrieverManagerMixin
            RunManagerMixin ToolManagerMixin
        langchain_core.document_loaders.base: BaseLoader
        langchain_core.documents.base: BaseMedia
        langchain_core.load.serializable: Serializable
        langchain_core.messages.tool: ToolOutputMixin
        langchain_core.prompts.chat: _StringImageMessagePromptTemplate
        langchain_core.prompts.few_shot: _FewShotPromptTemplateMixin
        langchain_core.stores: InMemoryBaseStore
        langchain_core.structured_query: Expr FilterDirective
        langchain_core.tools.base: _DirectlyInjectedToolArg
        langchain_google_genai._common: _BaseGoogleGenerativeAI
        langchain_openai.chat_models.base: BaseChatOpenAI
        langchain_openai.llms.base: BaseOpenAI
        langgraph.callbacks: GraphCallbackHandler
        langgraph.checkpoint.base: BaseCheckpointSaver
        langgraph.errors: GraphBubbleUp
    """,
    "part of a call, a drawing or a test, and of no agent's state": """
        langchain.agents.factory: _ComposedExtendedModelResponse
        langchain.agents.middleware.tool_selection: _SelectionRequest
        langchain_aws.retrievers.kendra: AdditionalResultAttribute AdditionalResultAttributeValue
            DocumentAttribute DocumentAttributeValue Highlight QueryResult QueryResultItem
            RetrieveResult RetrieveResultItem TextWithHighLights
        langchain_aws.utilities.redis: TokenEscaper
        langchain_aws.utilities.utils: DistanceStrategy
        langchain_classic.chains.conversational_retrieval.base: InputType
        langchain_classic.evaluation.agents.trajectory_eval_chain: TrajectoryEvalChain
            TrajectoryOutputParser
        langchain_classic.evaluation.comparison.eval_chain: LabeledPairwiseStringEvalChain
            PairwiseStringEvalChain PairwiseStringResultOutputParser
        langchain_classic.evaluation.criteria.eval_chain: Criteria CriteriaEvalChain
            CriteriaResultOutputParser LabeledCriteriaEvalChain
        langchain_classic.evaluation.embedding_distance.base: EmbeddingDistance
            EmbeddingDistanceEvalChain PairwiseEmbeddingDistanceEvalChain
        langchain_classic.evaluation.exact_match.base: ExactMatchStringEvaluator
        langchain_classic.evaluation.parsing.base: JsonEqualityEvaluator JsonValidityEvaluator
        langchain_classic.evaluation.parsing.json_distance: JsonEditDistanceEvaluator
        langchain_classic.evaluation.parsing.json_schema: JsonSchemaEvaluator
        langchain_classic.evaluation.qa.eval_chain: ContextQAEvalChain CotQAEvalChain QAEvalChain
        langchain_classic.evaluation.qa.generate_chain: QAGenerateChain
        langchain_classic.evaluation.regex_match.base: RegexMatchStringEvaluator
        langchain_classic.evaluation.schema: EvaluatorType
        langchain_classic.evaluation.scoring.eval_chain: LabeledScoreStringEvalChain
            ScoreStringEvalChain ScoreStringResultOutputParser
        langchain_classic.evaluation.string_distance.base: PairwiseStringDistanceEvalChain
            StringDistance StringDistanceEvalChain
        langchain_classic.model_laboratory: ModelLaboratory
        langchain_classic.smith.evaluation.config: RunEvalConfig RunEvalConfig.CoTQA
            RunEvalConfig.ContextQA RunEvalConfig.Criteria RunEvalConfig.EmbeddingDistance
            RunEvalConfig.ExactMatch RunEvalConfig.JsonEqualityEvaluator RunEvalConfig.JsonValidity
            RunEvalConfig.LabeledCriteria RunEvalConfig.LabeledScoreString RunEvalConfig.QA
            RunEvalConfig.RegexMatch RunEvalConfig.ScoreString RunEvalConfig.StringDistance
        langchain_classic.smith.evaluation.runner_utils: EvalError InputFormatError TestResult
            _DatasetRunContainer
        langchain_classic.smith.evaluation.string_run_evaluator: ChainStringRunMapper
            LLMStringRunMapper StringExampleMapper StringRunEvaluatorChain ToolStringRunMapper
        langchain_core.indexing.api: _HashedDocument
        langchain_core.runnables.configurable: StrEnum
        langchain_core.runnables.graph: Branch CurveStyle Edge Graph MermaidDrawMethod Node
            NodeStyles
        langchain_core.runnables.graph_ascii: AsciiCanvas VertexViewer _EdgeViewer
        langchain_core.runnables.utils: FunctionNonLocals GetLambdaSource IsFunctionArgDict
            IsLocalDict NonLocals _RootEventFilter
        langchain_core.tools.base: _SchemaConfig
        langchain_core.utils.formatting: StrictFormatter
        langchain_core.utils.pydantic: _IgnoreUnserializable
        langchain_core.utils.utils: _NoDefaultType
        langchain_google_genai._image_utils: Route
        langchain_huggingface.chat_models.huggingface: TGI_MESSAGE TGI_RESPONSE
        langchain_text_splitters.base: Tokenizer
        langgraph._internal._config: _DefaultRecursionLimit
        langgraph._internal._runnable: StrEnum
        langgraph.callbacks: GraphInterruptEvent GraphResumeEvent
        langgraph.checkpoint.base.id: UUID
        langgraph.pregel._draw: Edge TriggerEdge
        langgraph.stream.transformers: CheckpointsTransformer CustomTransformer DebugTransformer
            LifecycleTransformer MessagesTransformer SubgraphTransformer TasksTransformer
            UpdatesTransformer ValuesTransformer
        langgraph.types: CacheKey GraphOutput
    """,
    "helps with HTTP, addresses or tokens": """
        langchain_anthropic._client_utils: _AsyncHttpxClientWrapper _SyncHttpxClientWrapper
        langchain_aws.utils: _BedrockApiKeyProvider _StaticCredentialProvider _StaticTokenProvider
        langchain_core._security._policy: SSRFPolicy
        langchain_core._security._transport: SSRFSafeSyncTransport SSRFSafeTransport
        langchain_core.utils._gateway: GatewayConfig
        langchain_openai.chat_models._client_utils: _AsyncHttpxClientWrapper
            _SyncHttpxClientWrapper
        langchain_openai.chat_models.codex: _SyncTokenCallable
        langchain_openai.chatgpt_oauth: _CallbackHandler _ChatGPTToken
    """,
    "a warning or an error, which may hold the response of a service": """
        langchain.agents.middleware._redaction: PIIDetectionError
        langchain_anthropic.chat_models: AnthropicAPIError AnthropicAuthenticationError
            AnthropicConnectionError AnthropicContextOverflowError AnthropicInvalidRequestError
            AnthropicModelNotFoundError AnthropicOverloadedError AnthropicPermissionDeniedError
            AnthropicRateLimitError AnthropicTimeoutError
        langchain_aws.chat_models.bedrock_converse: BedrockContextOverflowError
        langchain_aws.chat_models.openai: MantleAPIContextOverflowError MantleContextOverflowError
        langchain_aws.graphs.neptune_graph: NeptuneQueryException
        langchain_core._api.beta_decorator: LangChainBetaWarning
        langchain_core._api.deprecation: LangChainDeprecationWarning
            LangChainPendingDeprecationWarning
        langchain_core._security._exceptions: SSRFBlockedError
        langchain_core.utils.mustache: ChevronError
        langchain_google_genai._common: GoogleGenerativeAIError
        langchain_google_genai.chat_models: ChatGoogleGenerativeAIError GoogleAPIError
            GoogleAuthenticationError GoogleContextOverflowError GoogleInvalidRequestError
            GoogleModelNotFoundError GooglePermissionDeniedError GoogleRateLimitError
        langchain_openai.chat_models._client_utils: StreamChunkTimeoutError
        langchain_openai.chat_models.base: OpenAIAPIContextOverflowError OpenAIAPIError
            OpenAIAuthenticationError OpenAIConnectionError OpenAIContextOverflowError
            OpenAIInvalidRequestError OpenAIModelNotFoundError OpenAIPermissionDeniedError
            OpenAIRateLimitError OpenAIRefusalError OpenAITimeoutError
        langchain_openai.chatgpt_oauth: _ChatGPTOAuthRefreshError
        langchain_openai.middleware.openai_moderation: OpenAIModerationError
        langgraph.checkpoint.serde.jsonplus: InvalidModuleError
        langgraph.errors: ErrorCode GraphDrained NodeCancelledError NodeError NodeTimeoutError
            UnknownInterruptError
        langgraph.prebuilt.tool_node: ToolInvocationError
        langgraph.pregel.remote: RemoteException
        langgraph.warnings: LangGraphDeprecatedSinceV05 LangGraphDeprecatedSinceV10
            LangGraphDeprecatedSinceV11 LangGraphDeprecationWarning
    """,
    "holds classes or functions that no row admits": """
        langchain_anthropic.middleware.anthropic_tools: StateClaudeMemoryMiddleware
            StateClaudeTextEditorMiddleware
        langchain_anthropic.middleware.file_search: StateFileSearchMiddleware
        langchain_aws.agents.types: BedrockAgentAction BedrockAgentFinish
        langchain_aws.retrievers.bedrock: ManagedSearchConfig RetrievalConfig SearchFilter
            VectorSearchConfig
        langchain_aws.tools.nova_tools: NovaCodeInterpreterTool NovaGroundingTool NovaSystemTool
            _EmptyInput
        langchain_aws.vectorstores.inmemorydb.filters: InMemoryDBFilter InMemoryDBFilterExpression
            InMemoryDBFilterOperator InMemoryDBNum InMemoryDBTag InMemoryDBText
        langchain_aws.vectorstores.inmemorydb.schema: FlatVectorField HNSWVectorField
            InMemoryDBDistanceMetric InMemoryDBField InMemoryDBModel InMemoryDBVectorField
            NumericFieldSchema TagFieldSchema TextFieldSchema
        langchain_classic.agents.agent_toolkits.vectorstore.toolkit: VectorStoreInfo
            VectorStoreRouterToolkit VectorStoreToolkit
        langchain_classic.agents.react.base: DocstoreExplorer
        langchain_classic.callbacks.streaming_stdout_final_only: FinalStreamingStdOutCallbackHandler
        langchain_classic.chains.openai_functions.citation_fuzzy_match: FactWithEvidence
            QuestionAnswer
        langchain_classic.chains.query_constructor.base: StructuredQueryOutputParser
        langchain_classic.retrievers.self_query.base: SelfQueryRetriever
        langchain_openai.decisions.types: Choice ChoiceAnswer DecisionResponse Level Predicate
            PredicateAnswer RefusalAnswer Score ScoreAnswer Usage
        langchain_openai.middleware.model_router: ModelChoice
        langgraph.func: entrypoint
        langgraph.graph.message: MessageGraph
        langgraph.pregel.main: NodeBuilder
    """,
}

UNREACHED = {
    # The message stands in place of a package: SQLAlchemy does not say which one it lacks.
    "SQLAlchemy": """
        langchain_classic.indexes langchain_classic.indexes._sql_record_manager
        langchain_classic.indexes.vectorstore
    """,
    "bedrock_agentcore": """
        langchain_aws.tools.browser_session_manager langchain_aws.tools.browser_toolkit
        langchain_aws.tools.browser_tools langchain_aws.tools.code_interpreter_toolkit
        langchain_aws.tools.web_search_toolkit
    """,
    "fastmcp": """
        langchain.mcp langchain.mcp.adapter langchain.mcp.elicitation langchain.mcp.tools
    """,
}
"""What a locked release does not bring, to the modules that nobody can import without it."""


def names_of(text: str) -> Iterator[str]:
    """Yields `module:class` for each class in such a list."""
    module = ""
    for word in text.split():
        if word.endswith(":"):
            module = word.removesuffix(":")
        else:
            yield f"{module}:{word}"


def has_instances(cls: type) -> bool:
    """Tells whether there can be instances whose class this is, by this very name."""
    is_typed_dict = issubclass(cls, dict) and hasattr(cls, "__total__")
    is_protocol = getattr(cls, "_is_protocol", False)
    is_generic = "[" in cls.__qualname__
    return not (is_typed_dict or is_protocol or is_generic or inspect.isabstract(cls))
