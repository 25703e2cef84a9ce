"""The reviewed names of langchain: what `create_agent` makes, and the middleware for it.

A compiled agent is a graph of LangGraph whose nodes are functions made inside `create_agent`. Its
middleware has rows where neither making nor running it reaches a shell, files or an import: the
shell tool and the file search have none, and what stands beside them in a module or shares their
base class is not admitted by that.
"""

from __future__ import annotations

from persist.adapters import _bases, _middleware
from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

MIDDLEWARE = "langchain.agents.middleware"

RETRY = ("retry_on", "on_failure")

CLASSES = (
    rows_of(f"{MIDDLEWARE}._redaction", "PIIMatch"),
    rows_of(f"{MIDDLEWARE}._redaction", "RedactionRule ResolvedRedactionRule", calls=("detector",)),
    rows_of(f"{MIDDLEWARE}.context_editing", "ClearToolUsesEdit"),
    rows_of(f"{MIDDLEWARE}.context_editing", "ContextEditingMiddleware", calls=("token_counter",)),
    rows_of(f"{MIDDLEWARE}.human_in_the_loop", "HumanInTheLoopMiddleware", check="interrupts"),
    # What the types of channels are made of.
    rows_of(
        f"{MIDDLEWARE}.human_in_the_loop",
        "Action ActionRequest ApproveDecision EditDecision HITLRequest HITLResponse"
        " InterruptOnConfig RejectDecision RespondDecision ReviewConfig ToolApprovalRequest",
        value=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.internal_call_transformer",
        "InternalCallTransformer",
        value=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.model_call_limit", "ModelCallLimitExceededError ModelCallLimitMiddleware"
    ),
    rows_of(f"{MIDDLEWARE}.model_call_limit", "ModelCallLimitState", value=True),
    rows_of(f"{MIDDLEWARE}.model_fallback", "ModelFallbackMiddleware"),
    rows_of(f"{MIDDLEWARE}.model_retry", "ModelRetryMiddleware", calls=RETRY),
    rows_of(f"{MIDDLEWARE}.pii", "PIIMiddleware", calls=("detector",)),
    rows_of(f"{MIDDLEWARE}.pii", "_PIIStreamTransformer", value=True),
    rows_of(f"{MIDDLEWARE}.provider_tool_search", "ProviderToolSearchMiddleware"),
    rows_of(
        f"{MIDDLEWARE}.summarization",
        "SummarizationMiddleware",
        calls=("token_counter", "_partial_token_counter"),
    ),
    rows_of(f"{MIDDLEWARE}.todo", "TodoListMiddleware"),
    rows_of(f"{MIDDLEWARE}.todo", "PlanningState Todo WriteTodosInput", value=True),
    rows_of(f"{MIDDLEWARE}.tool_call_limit", "ToolCallLimitExceededError ToolCallLimitMiddleware"),
    rows_of(f"{MIDDLEWARE}.tool_call_limit", "ToolCallLimitState", value=True),
    rows_of(f"{MIDDLEWARE}.tool_emulator", "LLMToolEmulator"),
    rows_of(f"{MIDDLEWARE}.tool_error", "ToolErrorMiddleware", calls=("on_error", "aon_error")),
    rows_of(f"{MIDDLEWARE}.tool_retry", "ToolRetryMiddleware", calls=RETRY),
    rows_of(f"{MIDDLEWARE}.tool_selection", "LLMToolSelectorMiddleware"),
    rows_of(
        f"{MIDDLEWARE}.types",
        "AgentState ExtendedModelResponse ModelRequest ModelResponse",
        value=True,
    ),
    rows_of(f"{MIDDLEWARE}.types", "OmitFromSchema"),
    rows_of(
        "langchain.agents.structured_output",
        "AutoStrategy OutputToolBinding ProviderStrategy ProviderStrategyBinding ToolStrategy"
        " _SchemaSpec",
        schemas=("schema",),
    ),
    rows_of(
        "langchain.agents.structured_output",
        "MultipleStructuredOutputsError StructuredOutputError StructuredOutputValidationError",
        value=True,
    ),
    rows_of("langchain.agents._subagent_transformer", "SubagentTransformer", value=True),
)

HOOKS = (
    # What a middleware inherits, it does not have: these return nothing, or raise.
    rows_of(
        f"{MIDDLEWARE}.types",
        "AgentMiddleware.aafter_agent AgentMiddleware.aafter_model"
        " AgentMiddleware.abefore_agent AgentMiddleware.abefore_model"
        " AgentMiddleware.after_agent AgentMiddleware.after_model AgentMiddleware.before_agent"
        " AgentMiddleware.before_model",
        role="method",
        called=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.human_in_the_loop",
        "HumanInTheLoopMiddleware.aafter_model HumanInTheLoopMiddleware.after_model",
        role="method",
        called=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.model_call_limit",
        "ModelCallLimitMiddleware.aafter_model ModelCallLimitMiddleware.abefore_model"
        " ModelCallLimitMiddleware.after_model ModelCallLimitMiddleware.before_model",
        role="method",
        called=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.pii",
        "PIIMiddleware.aafter_model PIIMiddleware.abefore_model PIIMiddleware.after_model"
        " PIIMiddleware.before_model",
        role="method",
        called=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.summarization",
        "SummarizationMiddleware.abefore_model SummarizationMiddleware.before_model",
        role="method",
        called=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.todo",
        "TodoListMiddleware.aafter_model TodoListMiddleware.after_model",
        role="method",
        called=True,
    ),
    rows_of(
        f"{MIDDLEWARE}.tool_call_limit",
        "ToolCallLimitMiddleware.aafter_model ToolCallLimitMiddleware.after_model",
        role="method",
        called=True,
    ),
)

# Each calls the handler that it is given: a graph puts it around its own.
WRAPS = (
    rows_of(
        f"{MIDDLEWARE}.types",
        "AgentMiddleware.awrap_model_call AgentMiddleware.awrap_tool_call"
        " AgentMiddleware.wrap_model_call AgentMiddleware.wrap_tool_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.context_editing",
        "ContextEditingMiddleware.awrap_model_call ContextEditingMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.human_in_the_loop",
        "HumanInTheLoopMiddleware.awrap_tool_call HumanInTheLoopMiddleware.wrap_tool_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.model_fallback",
        "ModelFallbackMiddleware.awrap_model_call ModelFallbackMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.model_retry",
        "ModelRetryMiddleware.awrap_model_call ModelRetryMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.provider_tool_search",
        "ProviderToolSearchMiddleware.awrap_model_call"
        " ProviderToolSearchMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.todo",
        "TodoListMiddleware.awrap_model_call TodoListMiddleware.wrap_model_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.tool_emulator",
        "LLMToolEmulator.awrap_tool_call LLMToolEmulator.wrap_tool_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.tool_error",
        "ToolErrorMiddleware.awrap_tool_call ToolErrorMiddleware.wrap_tool_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.tool_retry",
        "ToolRetryMiddleware.awrap_tool_call ToolRetryMiddleware.wrap_tool_call",
        role="method",
    ),
    rows_of(
        f"{MIDDLEWARE}.tool_selection",
        "LLMToolSelectorMiddleware.awrap_model_call LLMToolSelectorMiddleware.wrap_model_call",
        role="method",
    ),
)

FUNCTIONS = (
    rows_of(
        f"{MIDDLEWARE}._redaction",
        "detect_credit_card detect_email detect_ip detect_mac_address detect_url",
        role="function",
        called=True,
    ),
    rows_of(f"{MIDDLEWARE}._retry", "default_retry_on", role="function", called=True),
    rows_of(f"{MIDDLEWARE}.todo", "_awrite_todos _write_todos", role="function", called=True),
)

LOCATIONS = (
    # What finds a pattern, or normalizes what a function of the program finds.
    rows_of(
        f"{MIDDLEWARE}._redaction",
        "resolve_detector.<locals>._normalizing_detector resolve_detector.<locals>.regex_detector",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain.agents.factory",
        "_add_middleware_edge.<locals>.jump_edge"
        " _make_model_to_model_edge.<locals>.model_to_model"
        " _make_model_to_tools_edge.<locals>.model_to_tools"
        " _make_tools_to_model_edge.<locals>.tools_to_model"
        " _wrap_trace_kwargs.<locals>.<lambda>"
        " create_agent.<locals>.amodel_node create_agent.<locals>.model_node",
        role="location",
        called=True,
    ),
    # What nodes call themselves, with handlers and requests of their own.
    rows_of(
        "langchain.agents.factory",
        "_chain_async_model_call_handlers.<locals>._to_composed_result"
        " _chain_async_model_call_handlers.<locals>.compose_two.<locals>.composed"
        " _chain_async_model_call_handlers.<locals>.normalized_single"
        " _chain_async_tool_call_wrappers.<locals>.compose_two.<locals>.composed"
        " _chain_model_call_handlers.<locals>._to_composed_result"
        " _chain_model_call_handlers.<locals>.compose_two.<locals>.composed"
        " _chain_model_call_handlers.<locals>.normalized_single"
        " _chain_tool_call_wrappers.<locals>.compose_two.<locals>.composed"
        " create_agent.<locals>._execute_model_async create_agent.<locals>._execute_model_sync"
        " create_agent.<locals>._get_bound_model create_agent.<locals>._handle_model_output",
        role="location",
    ),
    rows_of(
        f"{MIDDLEWARE}._trace_policy",
        "_resolved_transform.<locals>.process",
        role="location",
        called=True,
    ),
    # What a decorator makes of a function: it calls that one with what it is given.
    rows_of(_middleware.MODULE, _middleware.NODES, role="location", called=True),
    rows_of(_middleware.MODULE, _middleware.WRAPPERS, role="location"),
)

# Type variables, which classes of middleware are parametrized with.
VARIABLES = (
    rows_of(
        f"{MIDDLEWARE}.types",
        "CallableT ResponseT StateT StateT_co StateT_contra",
        role="sentinel",
    ),
    rows_of("langchain.agents.structured_output", "SchemaT", role="sentinel"),
)

TABLE = Table(*_bases.MIDDLEWARE, *CLASSES, *HOOKS, *WRAPS, *FUNCTIONS, *LOCATIONS, *VARIABLES)
