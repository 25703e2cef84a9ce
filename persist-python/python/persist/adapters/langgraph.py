"""The reviewed names of langgraph and its checkpoint and prebuilt packages.

A compiled graph is an object like any other: nodes, channels and the functions that its builder
made. A row stands for what neither imports, opens nor evaluates anything by itself, whatever its
fields hold; what a graph *runs* are its nodes, each admitted by its own name. Serializers, clients
of LangGraph's servers, executors and stream handlers have no row: they are made anew for each run.
"""

from __future__ import annotations

from persist.adapters import _bases
from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

VALUES = (
    rows_of(
        "langgraph.types",
        "Overwrite PregelTask StateSnapshot StateUpdate TimeoutPolicy",
        is_type=True,
    ),
    rows_of("langgraph.types", "Command", value=True),
    # What it is made of may be a type that an answer is read by.
    rows_of("langgraph.types", "Interrupt", is_type=True),
    rows_of("langgraph.types", "CachePolicy", is_type=True, calls=("key_func",)),
    rows_of("langgraph.types", "RetryPolicy", is_type=True, calls=("retry_on",)),
    rows_of("langgraph.types", "TracePolicy", calls=("process_inputs", "process_outputs")),
    rows_of("langgraph.types", "Send", value=True),
    rows_of("langgraph.store.base", "Item SearchItem", is_type=True),
    # What a store is asked to do, as data.
    rows_of("langgraph.store.base", "GetOp ListNamespacesOp MatchCondition PutOp SearchOp"),
    rows_of("langgraph.store.base", "InvalidNamespaceError NotProvided"),
    # Abstract: the type of what a tool is given.
    rows_of("langgraph.store.base", "BaseStore", value=True, component=True),
    rows_of("langgraph.checkpoint.base", "CheckpointTuple EmptyChannelError"),
    # What a saver keeps of a `DeltaChannel` now and then: the value, in a tuple.
    rows_of("langgraph.checkpoint.serde.types", "_DeltaSnapshot"),
    rows_of(
        "langgraph.errors",
        "EmptyInputError GraphInterrupt GraphRecursionError InvalidUpdateError"
        " NodeInterrupt ParentCommand TaskNotFound",
        value=True,
    ),
)

# Each keeps values as bytes that LangGraph's own loader would import and call from.
KEPT_AS_BYTES = (
    rows_of(
        "langgraph.checkpoint.memory",
        "InMemorySaver",
        is_type=True,
        component=True,
        codec="persist.adapters._checkpoints",
    ),
    rows_of(
        "langgraph.cache.memory",
        "InMemoryCache",
        component=True,
        codec="persist.adapters._checkpoints",
    ),
)

STORES = (
    rows_of("langgraph.store.memory", "InMemoryStore", is_type=True, component=True),
    rows_of(
        "langgraph.store.base.embed", "EmbeddingsLambda", component=True, calls=("func", "afunc")
    ),
)

# Their type is asked for by the graph that holds them, which is checked.
CHANNELS = (
    rows_of("langgraph.channels.any_value", "AnyValue", value=True),
    rows_of("langgraph.channels.binop", "BinaryOperatorAggregate", value=True, check="channel"),
    rows_of("langgraph.channels.delta", "DeltaChannel", value=True, check="channel"),
    rows_of("langgraph.channels.ephemeral_value", "EphemeralValue", value=True),
    rows_of(
        "langgraph.channels.last_value",
        "LastValue LastValueAfterFinish",
        value=True,
    ),
    rows_of(
        "langgraph.channels.named_barrier_value",
        "NamedBarrierValue NamedBarrierValueAfterFinish",
        value=True,
    ),
    rows_of("langgraph.channels.topic", "Topic", value=True),
    rows_of("langgraph.channels.untracked_value", "UntrackedValue", value=True),
)

CONTEXT = ("context_schema",)

GRAPHS = (
    rows_of(
        "langgraph.graph.state", "CompiledStateGraph", value=True, check="compiled", types=CONTEXT
    ),
    rows_of(
        "langgraph.graph.state",
        "StateGraph",
        value=True,
        check="graph",
        types=(*CONTEXT, "state_schema", "input_schema", "output_schema"),
    ),
    rows_of("langgraph.graph.state", "_NodeDefaults"),
    rows_of("langgraph.graph._branch", "BranchSpec", types=("input_schema",)),
    rows_of("langgraph.graph._node", "StateNodeSpec", types=("input_schema",)),
    rows_of("langgraph.graph.message", "MessagesState", value=True),
    rows_of("langgraph.pregel.main", "Pregel", check="compiled", types=CONTEXT),
    rows_of("langgraph.pregel._read", "ChannelRead", check="node", calls=("mapper",)),
    rows_of("langgraph.pregel._read", "PregelNode", check="settings", calls=("mapper",)),
    rows_of("langgraph.pregel._write", "ChannelWrite", check="node"),
    rows_of(
        "langgraph.pregel._write", "ChannelWriteEntry ChannelWriteTupleEntry", calls=("mapper",)
    ),
    rows_of(
        "langgraph._internal._runnable",
        "RunnableCallable",
        check="node",
        listed=("langgraph.pregel._read:DEFAULT_BOUND",),
    ),
    rows_of("langgraph._internal._runnable", "RunnableSeq", calls=("trace_inputs",)),
    rows_of("langgraph.func", "_TaskFunction", codec="persist.adapters._tasks"),
    rows_of("langgraph.func", "entrypoint.final", value=True),
    rows_of(
        "langgraph.managed.is_last_step", "IsLastStepManager RemainingStepsManager", value=True
    ),
    rows_of(
        "langgraph.prebuilt.tool_node",
        "ToolNode",
        component=True,
        check="tool_node",
        calls=("_handle_tool_errors",),
    ),
    rows_of("langgraph.prebuilt.tool_node", "_InjectedArgs", check="injected"),
    rows_of("langgraph.prebuilt.tool_node", "InjectedState", value=True, check="injected_state"),
    rows_of("langgraph.prebuilt.tool_node", "InjectedStore ToolRuntime", value=True),
    rows_of(
        "langgraph.prebuilt.tool_validator",
        "ValidationNode",
        component=True,
        calls=("_format_error",),
    ),
    rows_of("langgraph.prebuilt._tool_call_transformer", "ToolCallTransformer", value=True),
    rows_of(
        "langgraph.prebuilt.chat_agent_executor",
        "AgentState AgentStatePydantic AgentStateWithStructuredResponse"
        " AgentStateWithStructuredResponsePydantic",
        value=True,
    ),
    rows_of("langgraph.runtime", "Runtime", value=True),
)

METHODS = (
    # These call what their settings hold: a node of a graph's own making may be made of them.
    rows_of("langgraph.graph._branch", "BranchSpec._aroute BranchSpec._route", role="method"),
    rows_of("langgraph.pregel._write", "ChannelWrite._awrite ChannelWrite._write", role="method"),
    rows_of(
        "langgraph.prebuilt.tool_node",
        "ToolNode._afunc ToolNode._func",
        role="method",
        called=True,
    ),
    rows_of(
        "langgraph.prebuilt.tool_validator",
        "ValidationNode._func",
        role="method",
        called=True,
    ),
)

FUNCTIONS = (
    rows_of("langgraph._internal._cache", "default_cache_key", role="function", called=True),
    rows_of("langgraph._internal._retry", "default_retry_on", role="function", called=True),
    rows_of("langgraph.graph.state", "_control_branch _get_root", role="function", called=True),
    rows_of("langgraph.types", "omit_payload", role="function", called=True),
    rows_of("langgraph.graph.state", "_coerce_state", role="function"),
    rows_of(
        "langgraph.prebuilt.tool_node",
        "_default_handle_tool_errors tools_condition",
        role="function",
        called=True,
    ),
    rows_of("langgraph.pregel._read", "ChannelRead.do_read", role="function"),
)

LOCATIONS = (
    # The module's `add_messages` is what a decorator made of the function of that name.
    rows_of(
        "langgraph.graph.message",
        "_add_messages_wrapper.<locals>._add_messages add_messages",
        role="location",
        called=True,
    ),
    rows_of(
        "langgraph.graph.state",
        "CompiledStateGraph.attach_branch.<locals>.get_writes"
        " CompiledStateGraph.attach_node.<locals>._get_root"
        " CompiledStateGraph.attach_node.<locals>._get_updates",
        role="location",
        called=True,
    ),
    rows_of("langgraph.pregel._read", "<lambda>", role="location", called=True),
    # What nobody listens to what a node writes by: it does nothing.
    rows_of("langgraph._internal._runnable", "<lambda>", role="location", called=True),
    rows_of(
        "langgraph.prebuilt.chat_agent_executor",
        "create_react_agent.<locals>.acall_model create_react_agent.<locals>.call_model"
        " create_react_agent.<locals>.agenerate_structured_response"
        " create_react_agent.<locals>.generate_structured_response"
        " create_react_agent.<locals>._get_model_input_state"
        " create_react_agent.<locals>._are_more_steps_needed"
        " create_react_agent.<locals>.post_model_hook_router"
        " create_react_agent.<locals>.should_continue"
        " create_react_agent.<locals>.route_tool_responses"
        " create_react_agent.<locals>._aresolve_model create_react_agent.<locals>._resolve_model"
        " _get_prompt_runnable.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(
        "langgraph.func",
        "entrypoint.__call__.<locals>._pluck_return_value"
        " entrypoint.__call__.<locals>._pluck_save_value",
        role="location",
        called=True,
    ),
    rows_of(
        "langgraph.store.memory",
        "InMemoryStore.__init__.<locals>.<lambda>",
        role="location",
        called=True,
    ),
)

SENTINELS = (
    rows_of("langgraph._internal._typing", "MISSING", role="sentinel"),
    # What a node without one is given for its step: it is left out of what runs.
    rows_of("langgraph.pregel._read", "DEFAULT_BOUND", role="sentinel"),
    rows_of("langgraph.pregel._write", "PASSTHROUGH SKIP_WRITE", role="sentinel"),
    rows_of("langgraph.store.base", "NOT_PROVIDED", role="sentinel"),
    # Type variables, which a graph's class is parametrized with.
    rows_of("langgraph.prebuilt.chat_agent_executor", "StateSchema", role="sentinel"),
    rows_of("langgraph.types", "KeyFuncT N OutputT ResponseT StateT", role="sentinel"),
    rows_of(
        "langgraph.typing",
        "ContextT ContextT_contra InputT NodeInputT NodeInputT_contra OutputT StateT StateT_co"
        " StateT_contra",
        role="sentinel",
    ),
)

TABLE = Table(
    *_bases.GRAPH,
    *VALUES,
    *KEPT_AS_BYTES,
    *STORES,
    *CHANNELS,
    *GRAPHS,
    *METHODS,
    *FUNCTIONS,
    *LOCATIONS,
    *SENTINELS,
)
