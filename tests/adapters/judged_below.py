"""Public classes of the libraries under the frameworks that have no row, as `judged` lists its own.

These libraries are large and few of their classes are ever held: what a user can import from the
modules of `PUBLIC` was looked at, no more.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

PUBLIC = {
    "annotated_types": "annotated_types",
    "attr": "attr",
    "google": "google.genai.types",
    "langsmith": "langsmith langsmith.run_helpers langsmith.schemas",
    "numpy": """
        numpy numpy.ctypeslib numpy.dtypes numpy.exceptions numpy.lib numpy.linalg numpy.ma
        numpy.polynomial numpy.random numpy.rec
    """,
    "pandas": """
        pandas pandas.api.extensions pandas.api.indexers pandas.api.typing pandas.arrays
        pandas.errors pandas.tseries.offsets
    """,
    "pydantic": """
        pydantic pydantic.types pydantic.networks pydantic.fields pydantic.functional_validators
        pydantic.functional_serializers pydantic.v1
    """,
    "pydantic_core": "pydantic_core",
}
"""Package → its public modules."""

REFUSED = {
    "reaches files, processes or imports": """
        numpy: memmap
        pandas: ExcelFile ExcelWriter HDFStore
        pandas.api.typing: JsonReader StataReader
        pydantic.types: ImportString
        pydantic.v1.env_settings: BaseSettings
        pydantic.v1.parse: Protocol
        pydantic.v1.types: DirectoryPath FilePath PyObject
    """,
    "talks to a service, or holds what is running": """
        langsmith._base_client: _DefaultAioHttpClient _DefaultAsyncHttpxClient _DefaultHttpxClient
        langsmith._client: AsyncLangsmith Langsmith
        langsmith._models: BaseModel
        langsmith._response: APIResponse AsyncAPIResponse
        langsmith._streaming: AsyncStream Stream
        langsmith._types: NotGiven Omit
        langsmith.async_client: AsyncClient
        langsmith.client: Client
        langsmith.prompt_cache: AsyncCache AsyncPromptCache Cache PromptCache
        langsmith.run_helpers: trace
        langsmith.run_trees: RunTree
        langsmith.secret: LangSmithSecret
        langsmith.utils: ContextThreadPoolExecutor
    """,
    "calls what it was given, or builds what it was told to": """
        annotated_types: Predicate
        attr._make: Attribute Converter Factory
        numpy: vectorize
        pydantic.aliases: AliasGenerator
        pydantic.annotated_handlers: GetCoreSchemaHandler GetJsonSchemaHandler
        pydantic.functional_serializers: PlainSerializer WrapSerializer
        pydantic.functional_validators: AfterValidator BeforeValidator PlainValidator ValidateAs
            WrapValidator
        pydantic.json_schema: WithJsonSchema
        pydantic.types: GetPydanticSchema
        pydantic_core._pydantic_core: SchemaSerializer SchemaValidator
    """,
    "a request to a service or an answer of it, which agents keep in messages of their own": """
        google.genai.types: ActivityEnd ActivityHandling ActivityStart AdapterSize AggregationMetric
            AggregationOutput AggregationResult ApiAuth ApiAuthApiKeyConfig ApiKeyConfig ApiSpec
            AspectRatio AudioChunk AudioResponseFormat AudioTranscriptionConfig
            AudioTranscriptionConfigMode AuthConfig AuthConfigGoogleServiceAccountConfig
            AuthConfigHttpBasicAuthConfig AuthConfigOauthConfig AuthConfigOidcConfig AuthToken
            AuthType AutomaticActivityDetection AutomaticFunctionCallingConfig AutoraterConfig
            AvatarConfig BatchJob BatchJobDestination BatchJobOutputInfo BatchJobSource Behavior
            BigQuerySource BleuMetricValue BleuSpec Blob BlockedReason CachedContent
            CachedContentUsageMetadata CancelBatchJobConfig CancelTuningJobConfig
            CancelTuningJobResponse Candidate Checkpoint ChunkingConfig Citation CitationMetadata
            CodeExecutionResult CompletionStats CompositeReinforcementTuningRewardConfig
            CompositeReinforcementTuningRewardConfigWeightedRewardConfig ComputationBasedMetricSpec
            ComputationBasedMetricType ComputeTokensConfig ComputeTokensResponse ComputeTokensResult
            ComputerUse Content ContentEmbedding ContentEmbeddingStatistics ContentReferenceImage
            ContextWindowCompressionConfig ControlReferenceConfig ControlReferenceImage
            ControlReferenceType CountTokensConfig CountTokensResponse CountTokensResult
            CreateAuthTokenConfig CreateAuthTokenParameters CreateBatchJobConfig
            CreateCachedContentConfig CreateEmbeddingsBatchJobConfig CreateFileConfig
            CreateFileResponse CreateFileSearchStoreConfig CreateTuningJobConfig
            CreateTuningJobParameters CustomCodeExecutionResult CustomCodeExecutionSpec
            CustomMetadata CustomOutput CustomOutputFormatConfig CustomizedAvatar
            DatasetDistribution DatasetDistributionDistributionBucket DatasetStats
            DeleteBatchJobConfig DeleteCachedContentConfig DeleteCachedContentResponse
            DeleteDocumentConfig DeleteFileConfig DeleteFileResponse DeleteFileSearchStoreConfig
            DeleteModelConfig DeleteModelResponse DeleteResourceJob Delivery DistillationDataStats
            DistillationHyperParameters DistillationSamplingSpec DistillationSpec Document
            DocumentState DownloadFileConfig DownloadMediaConfig DynamicRetrievalConfig
            DynamicRetrievalConfigMode EditImageConfig EditImageResponse EditMode EmbedContentBatch
            EmbedContentConfig EmbedContentMetadata EmbedContentParameters EmbedContentResponse
            EmbeddingApiType EmbeddingsBatchJobSource EncryptionSpec EndSensitivity Endpoint
            EnterpriseWebSearch EntityLabel Environment EvaluateDatasetResponse EvaluateDatasetRun
            EvaluationConfig EvaluationDataset EvaluationParserConfig
            EvaluationParserConfigCustomCodeParserConfig ExactMatchMetricValue ExecutableCode
            ExternalApi ExternalApiElasticSearchParams ExternalApiSimpleSearchParams
            FeatureSelectionPreference FetchPredictOperationConfig File FileData FileSearch
            FileSearchStore FileSource FileState FileStatus FinishReason FullFineTuningSpec
            FunctionCall FunctionCallingConfig FunctionCallingConfigMode FunctionDeclaration
            FunctionResponse FunctionResponseBlob FunctionResponseFileData FunctionResponsePart
            FunctionResponseScheduling GcsDestination GcsSource GeminiPreferenceExample
            GeminiPreferenceExampleCompletion GenerateContentConfig GenerateContentResponse
            GenerateContentResponsePromptFeedback GenerateContentResponseUsageMetadata
            GenerateImagesConfig GenerateImagesResponse GenerateVideosConfig GenerateVideosOperation
            GenerateVideosResponse GenerateVideosSource GeneratedImage GeneratedImageMask
            GeneratedVideo GenerationConfig GenerationConfigRoutingConfig
            GenerationConfigRoutingConfigAutoRoutingMode
            GenerationConfigRoutingConfigManualRoutingMode GenerationConfigThinkingConfig
            GenerationOutputConfig GetBatchJobConfig GetCachedContentConfig GetDocumentConfig
            GetFileConfig GetFileSearchStoreConfig GetModelConfig GetOperationConfig
            GetTuningJobConfig GoogleMaps GoogleMapsGroundingTypes GoogleMapsPlaces
            GoogleMapsRouting GoogleRpcStatus GoogleSearch GoogleSearchRetrieval GoogleTypeDate
            GroundingChunk GroundingChunkCustomMetadata GroundingChunkImage GroundingChunkMaps
            GroundingChunkMapsPlaceAnswerSources
            GroundingChunkMapsPlaceAnswerSourcesAuthorAttribution
            GroundingChunkMapsPlaceAnswerSourcesReviewSnippet GroundingChunkMapsRoute
            GroundingChunkRetrievedContext GroundingChunkStringList GroundingChunkWeb
            GroundingMetadata GroundingMetadataSourceFlaggingUri GroundingSupport HarmBlockMethod
            HarmProbability HarmSeverity HistoryConfig HttpElementLocation HttpOptions HttpResponse
            HttpRetryOptions Image ImageConfig ImageConfigImageOutputOptions ImagePromptLanguage
            ImageResizeMode ImageResponseFormat ImageSearch ImageSize ImportFileConfig
            ImportFileOperation ImportFileResponse InlinedEmbedContentResponse InlinedRequest
            InlinedResponse InteractionStatus Interval JSONSchema JSONSchemaType JobError JobState
            LLMBasedMetricSpec Language LanguageAuto LanguageHints LatLng ListBatchJobsConfig
            ListBatchJobsResponse ListCachedContentsConfig ListCachedContentsResponse
            ListDocumentsConfig ListDocumentsResponse ListFileSearchStoresConfig
            ListFileSearchStoresResponse ListFilesConfig ListFilesResponse ListModelsConfig
            ListModelsResponse ListTuningJobsConfig ListTuningJobsResponse LiveClientContent
            LiveClientContextUpdate LiveClientContextUpdateTools LiveClientMessage
            LiveClientRealtimeInput LiveClientSetup LiveClientToolResponse LiveConnectConfig
            LiveConnectConstraints LiveConnectParameters LiveMusicClientContent
            LiveMusicClientMessage LiveMusicClientSetup LiveMusicConnectParameters
            LiveMusicFilteredPrompt LiveMusicGenerationConfig LiveMusicPlaybackControl
            LiveMusicServerContent LiveMusicServerMessage LiveMusicServerSetupComplete
            LiveMusicSetConfigParameters LiveMusicSetWeightedPromptsParameters
            LiveMusicSourceMetadata LiveSendRealtimeInputParameters LiveServerContent
            LiveServerGoAway LiveServerMessage LiveServerSessionResumptionUpdate
            LiveServerSetupComplete LiveServerToolCall LiveServerToolCallCancellation LogprobsResult
            LogprobsResultCandidate LogprobsResultTopCandidates MaskReferenceConfig
            MaskReferenceImage MaskReferenceMode MatchOperation McpServer MediaModality
            MediaProcessing Metric ModalityTokenCount Model ModelArmorConfig ModelContent
            ModelSelectionConfig ModelStage ModelStatus MultiSpeakerVoiceConfig MusicGenerationMode
            Outcome OutputConfig OutputInfo PairwiseChoice PairwiseMetricResult PairwiseMetricSpec
            Part PartMediaResolution PartMediaResolutionLevel PartialArg PartnerModelTuningSpec
            PersonGeneration PhishBlockThreshold PointwiseMetricResult PointwiseMetricSpec
            PreTunedModel PrebuiltVoiceConfig PredefinedMetricSpec PreferenceOptimizationDataStats
            PreferenceOptimizationHyperParameters PreferenceOptimizationSpec ProactivityConfig
            ProductImage ProjectOperation ProminentPeople RagChunk RagChunkPageSpan
            RagRetrievalConfig RagRetrievalConfigFilter RagRetrievalConfigHybridSearch
            RagRetrievalConfigRanking RagRetrievalConfigRankingLlmRanker
            RagRetrievalConfigRankingRankService RawOutput RawReferenceImage RealtimeInputConfig
            RecontextImageConfig RecontextImageResponse RecontextImageSource RegisterFilesConfig
            RegisterFilesResponse ReinforcementTuningAutoraterScorer
            ReinforcementTuningAutoraterScorerExactMatchScorer
            ReinforcementTuningAutoraterScorerParsedResponseConversionScorer
            ReinforcementTuningCloudRunRewardScorer ReinforcementTuningCodeExecutionRewardScorer
            ReinforcementTuningExample ReinforcementTuningHyperParameters
            ReinforcementTuningParseResponseConfig ReinforcementTuningRewardInfo
            ReinforcementTuningSpec ReinforcementTuningStringMatchRewardScorer
            ReinforcementTuningStringMatchRewardScorerJsonMatchExpression
            ReinforcementTuningStringMatchRewardScorerStringMatchExpression
            ReinforcementTuningThinkingLevel ReinforcementTuningUserDatasetExamples ReplayFile
            ReplayInteraction ReplayRequest ReplayResponse ReplicatedVoiceConfig ResourceScope
            ResponseFormat ResponseParseType Retrieval RetrievalConfig RetrievalMetadata
            RougeMetricValue RougeSpec RubricContentType RubricGenerationSpec SafetyAttributes
            SafetyFilterLevel SafetyPolicy SafetyRating SafetySetting Scale Schema ScribbleImage
            SearchEntryPoint SearchTypes Segment SegmentImageConfig SegmentImageResponse
            SegmentImageSource SegmentMode ServiceTier SessionResumptionConfig
            SingleEmbedContentResponse SingleReinforcementTuningRewardConfig SlidingWindow
            SpeakerVoiceConfig SpeechConfig SpeechMetadata StartSensitivity StreamableHttpTransport
            StringList StyleReferenceConfig StyleReferenceImage SubjectReferenceConfig
            SubjectReferenceImage SubjectReferenceType SupervisedHyperParameters
            SupervisedTuningDataStats SupervisedTuningDatasetDistribution
            SupervisedTuningDatasetDistributionDatasetBucket SupervisedTuningSpec TestTableFile
            TestTableItem TextResponseFormat TokensInfo Tool ToolCall ToolCodeExecution ToolConfig
            ToolExaAiSearch ToolParallelAiSearch ToolResponse ToolType TrafficType Transcription
            TranslationConfig TunedModel TunedModelCheckpoint TunedModelInfo TuningDataStats
            TuningDataset TuningExample TuningJob TuningJobMetadata TuningJobState TuningMethod
            TuningMode TuningOperation TuningSpeed TuningTask TuningValidationDataset
            TurnCompleteReason TurnCoverage Type UnifiedMetric UpdateCachedContentConfig
            UpdateModelConfig UploadFileConfig UploadToFileSearchStoreConfig
            UploadToFileSearchStoreOperation UploadToFileSearchStoreResponse
            UploadToFileSearchStoreResumableResponse UpscaleImageConfig UpscaleImageParameters
            UpscaleImageResponse UrlContext UrlContextMetadata UrlMetadata UrlRetrievalStatus
            UsageMetadata UserContent VadSignalType ValidateRewardConfig ValidateRewardResponse
            VeoHyperParameters VeoLoraTuningSpec VeoTuningSpec VertexAISearch
            VertexAISearchDataStoreSpec VertexMultimodalDatasetDestination VertexRagStore
            VertexRagStoreRagResource Video VideoCompressionQuality VideoGenerationMask
            VideoGenerationMaskMode VideoGenerationReferenceImage VideoGenerationReferenceType
            VideoMetadata VideoOrientation VideoResponseFormat VoiceActivity
            VoiceActivityDetectionSignal VoiceActivityType VoiceConfig VoiceConsentSignature
            WebSearch WebhookConfig WeightedPrompt WhiteSpaceConfig WordInfo
        langsmith.evaluation.evaluator: EvaluationResult RunEvaluator
        langsmith.schemas: APIFeedbackSource AgentContext AgentEntry AnnotationQueue
            AnnotationQueueWithDetails Attachment AttachmentsOperations ComparativeExperiment
            DataType Dataset DatasetBase DatasetDiffInfo DatasetVersion DirectoryCommitInfo
            DirectoryCommitResponse Example ExampleBase ExampleCreate ExampleUpdate
            ExampleUpsertWithAttachments ExampleWithRuns Feedback FeedbackBase FeedbackConfigSchema
            FeedbackCreate FeedbackFormula FeedbackFormulaCreate FeedbackFormulaUpdate
            FeedbackFormulaWeightedVariable FeedbackIngestToken FeedbackSourceBase
            FeedbackSourceType FileEntry InsightsCluster InsightsHighlightedTrace InsightsReport
            InsightsReportResult InsightsSummaryReport LangSmithInfo LangSmithSettings
            ListPromptsResponse ListedPromptCommit ModelFeedbackSource Prompt PromptCommit
            PromptSortField Run RunBase RunTypeEnum RunWithAnnotationQueueInfo SkillContext
            SkillEntry TracerSession TracerSessionResult
    """,
    "only stands in annotations or as the type of an array, and needs a name there": """
        numpy: object_ record void
        numpy.dtypes: BoolDType BytesDType CLongDoubleDType Complex128DType Complex64DType
            DateTime64DType Float16DType Float32DType Float64DType Int16DType Int32DType Int64DType
            Int8DType LongDoubleDType LongLongDType ObjectDType StrDType StringDType
            TimeDelta64DType UInt16DType UInt32DType UInt64DType UInt8DType ULongLongDType VoidDType
        pandas: ArrowDtype
        pandas.arrays: ArrowExtensionArray ArrowStringArray
        pydantic.deprecated.config: Extra
        pydantic.types: PaymentCardNumber
    """,
    "a part of pydantic v1, which reviewed classes do not hold": """
        pydantic.v1.config: BaseConfig
        pydantic.v1.main: BaseModel
        pydantic.v1.networks: AmqpDsn AnyHttpUrl AnyUrl CockroachDsn EmailStr FileUrl HttpUrl
            IPvAnyAddress IPvAnyInterface IPvAnyNetwork KafkaDsn MongoDsn NameEmail PostgresDsn
            RedisDsn
        pydantic.v1.types: ByteSize ConstrainedBytes ConstrainedDate ConstrainedDecimal
            ConstrainedFloat ConstrainedFrozenSet ConstrainedInt ConstrainedList ConstrainedSet
            ConstrainedStr FiniteFloat FutureDate Json JsonWrapper NegativeFloat NegativeInt
            NonNegativeFloat NonNegativeInt NonPositiveFloat NonPositiveInt PastDate
            PaymentCardNumber PositiveFloat PositiveInt SecretBytes SecretStr StrictBool StrictBytes
            StrictFloat StrictInt StrictStr UUID1 UUID3 UUID4 UUID5
    """,
    "a base class or a mixin, of which there are no instances": """
        annotated_types: BaseMetadata
        numpy: character complexfloating flexible floating inexact integer number signedinteger
            unsignedinteger
        numpy.random.bit_generator: BitGenerator
        pandas._libs.tslibs.offsets: BaseOffset Tick
        pandas.api.extensions: ExtensionArray ExtensionDtype ExtensionScalarOpsMixin
        pandas.api.indexers: BaseIndexer
        pydantic.deprecated.config: BaseConfig
    """,
    "part of a computation, and of no agent's state": """
        numpy: broadcast busdaycalendar errstate finfo flatiter iinfo ndenumerate ndindex nditer
        numpy.lib: Arrayterator NumpyVersion
        numpy.polynomial.chebyshev: Chebyshev
        numpy.polynomial.hermite: Hermite
        numpy.polynomial.hermite_e: HermiteE
        numpy.polynomial.laguerre: Laguerre
        numpy.polynomial.legendre: Legendre
        numpy.polynomial.polynomial: Polynomial
        numpy.rec: format_parser
        pandas: Flags Grouper NamedAgg
        pandas.api.indexers: FixedForwardWindowIndexer VariableOffsetWindowIndexer
        pandas.api.typing: DataFrameGroupBy DatetimeIndexResamplerGroupBy Expanding ExpandingGroupBy
            ExponentialMovingWindow ExponentialMovingWindowGroupBy Expression FrozenList
            PeriodIndexResamplerGroupBy Resampler Rolling RollingGroupBy SeriesGroupBy TimeGrouper
            TimedeltaIndexResamplerGroupBy Window
        pydantic_core._pydantic_core: ArgsKwargs Some
    """,
    "a warning or an error, which may hold what was read": """
        langsmith: APIConnectionError APIError APIResponseValidationError APIStatusError
            APITimeoutError AuthenticationError BadRequestError ConflictError InternalServerError
            LangsmithError NotFoundError PermissionDeniedError RateLimitError
            UnprocessableEntityError
        numpy.exceptions: AxisError ComplexWarning DTypePromotionError ModuleDeprecationWarning
            TooHardError VisibleDeprecationWarning
        numpy.linalg: LinAlgError
        numpy.ma.core: MAError MaskError
        pandas.errors: AbstractMethodError AttributeConflictWarning CSSWarning
            CategoricalConversionWarning ChainedAssignmentError ClosedFileError DataError
            DatabaseError DtypeWarning DuplicateLabelError EmptyDataError IncompatibilityWarning
            IncompatibleFrequency IndexingError IntCastingNaNError InvalidColumnName
            InvalidComparison InvalidIndexError InvalidVersion LossySetitemError MergeError
            NoBufferPresent NullFrequencyError NumExprClobberingError NumbaUtilError OptionError
            OutOfBoundsDatetime OutOfBoundsTimedelta Pandas4Warning Pandas5Warning
            PandasChangeWarning PandasDeprecationWarning PandasFutureWarning
            PandasPendingDeprecationWarning ParserError ParserWarning PerformanceWarning
            PossibleDataLossError PossiblePrecisionLoss PyperclipException PyperclipWindowsException
            SpecificationError UndefinedVariableError UnsortedIndexError UnsupportedFunctionCall
            ValueLabelTypeMismatch
        pydantic.errors: PydanticForbiddenQualifier PydanticImportError PydanticInvalidForJsonSchema
            PydanticSchemaGenerationError PydanticUndefinedAnnotation PydanticUserError
        pydantic.v1.error_wrappers: ValidationError
        pydantic.warnings: ArbitraryTypeWarning PydanticDeprecatedSince20 PydanticDeprecatedSince210
            PydanticDeprecatedSince211 PydanticDeprecatedSince212 PydanticDeprecatedSince214
            PydanticDeprecatedSince26 PydanticDeprecatedSince29 PydanticDeprecationWarning
            PydanticExperimentalWarning
        pydantic_core._pydantic_core: PydanticCustomError PydanticKnownError PydanticOmit
            PydanticSerializationError PydanticSerializationUnexpectedValue PydanticUseDefault
            SchemaError
    """,
}


def classes_of(package: str) -> Iterator[type]:
    """Yields the classes of a package that its public modules offer."""
    for module in map(importlib.import_module, PUBLIC[package].split()):
        offered = getattr(module, "__all__", vars(module))
        for name in [name for name in offered if not name.startswith("_")]:
            value = getattr(module, name, None)
            if isinstance(value, type) and value.__module__.partition(".")[0] == package:
                yield value
