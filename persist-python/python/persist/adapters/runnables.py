"""The reviewed runnables, tools and callbacks of langchain-core.

A composition asks each step for the types of its settings, and text among those would be run; a
configurable runnable makes its object anew with other fields. So these rows are checked: steps are
runnables by the class's own fields, types are classes, and no field that says where a secret goes
may be configured. Functions stand in them by name, each admitted by itself.
"""

from __future__ import annotations

from persist.adapters._row import rows_of

__all__ = ["RUNNABLES", "TOOLS"]

BASE = "langchain_core.runnables.base"

BOUND = ("custom_input_type", "custom_output_type")
"""What a binding says of its types."""

RUNNABLES = (
    rows_of(
        BASE, "RunnableEach RunnableEachBase RunnableParallel RunnableSequence", check="fields"
    ),
    rows_of(BASE, "RunnableBinding RunnableBindingBase", check="binding", types=BOUND),
    rows_of(BASE, "RunnableGenerator RunnableLambda", check="function"),
    rows_of("langchain_core.runnables.branch", "RunnableBranch", check="fields"),
    rows_of(
        "langchain_core.runnables.configurable",
        "RunnableConfigurableAlternatives",
        check="alternatives",
    ),
    rows_of(
        "langchain_core.runnables.configurable", "RunnableConfigurableFields", check="configurable"
    ),
    rows_of("langchain_core.runnables.fallbacks", "RunnableWithFallbacks", check="fields"),
    rows_of(
        "langchain_core.runnables.history",
        "RunnableWithMessageHistory",
        check="history",
        types=BOUND,
        own=("_history_chain",),
    ),
    rows_of("langchain_core.runnables.passthrough", "RunnableAssign RunnablePick", check="fields"),
    rows_of(
        "langchain_core.runnables.passthrough",
        "RunnablePassthrough",
        check="fields",
        types=("input_type",),
    ),
    rows_of("langchain_core.runnables.retry", "RunnableRetry", check="binding", types=BOUND),
    rows_of("langchain_core.runnables.router", "RouterRunnable", check="fields"),
    rows_of(
        "langchain_core.runnables.utils",
        "AddableDict ConfigurableField ConfigurableFieldMultiOption ConfigurableFieldSingleOption"
        " ConfigurableFieldSpec",
    ),
    rows_of(
        "langchain_core.language_models.chat_models",
        "_ChatModelBinding",
        check="binding",
        types=BOUND,
    ),
    rows_of(
        "langchain_core.runnables.history",
        "RunnableWithMessageHistory._aenter_history RunnableWithMessageHistory._aexit_history"
        " RunnableWithMessageHistory._enter_history RunnableWithMessageHistory._exit_history",
        role="method",
        called=True,
    ),
    rows_of(
        "langchain_core.runnables.history",
        "RunnableWithMessageHistory.__init__.<locals>._call_runnable_async"
        " RunnableWithMessageHistory.__init__.<locals>._call_runnable_sync",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_core.language_models.chat_models",
        "BaseChatModel.with_structured_output.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(
        BASE,
        "Runnable.with_alisteners.<locals>.<lambda> Runnable.with_listeners.<locals>.<lambda>",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_core.runnables.passthrough", "aidentity identity", role="function", called=True
    ),
    rows_of("langchain_core.runnables.config", "run_in_executor", role="function"),
    rows_of("langchain_core.callbacks.manager", "AsyncCallbackManager CallbackManager"),
    rows_of("langchain_core.callbacks.stdout", "StdOutCallbackHandler"),
    rows_of("langchain_core.callbacks.streaming_stdout", "StreamingStdOutCallbackHandler"),
)

TOOLS = (
    # A runnable made a tool is called by its own methods.
    rows_of(
        BASE,
        "RunnableBindingBase.ainvoke RunnableBindingBase.invoke RunnableLambda.ainvoke"
        " RunnableLambda.invoke RunnableParallel.ainvoke RunnableParallel.invoke"
        " RunnableSequence.ainvoke RunnableSequence.invoke",
        role="method",
        called=True,
    ),
    rows_of(
        "langchain_core.retrievers",
        "BaseRetriever.ainvoke BaseRetriever.invoke",
        role="method",
        called=True,
    ),
    rows_of("langchain_core.tools.base", "InjectedToolArg InjectedToolCallId", value=True),
    rows_of("langchain_core.tools.base", "SchemaAnnotationError ToolException", value=True),
    rows_of("langchain_core.tools.retriever", "RetrieverInput", value=True),
    rows_of("langchain_core.tools.simple", "Tool", component=True, check="tool"),
    rows_of("langchain_core.tools.structured", "StructuredTool", component=True, check="tool"),
    rows_of(
        "langchain_core.tools.convert",
        "convert_runnable_to_tool.<locals>.ainvoke_wrapper"
        " convert_runnable_to_tool.<locals>.invoke_wrapper"
        " tool.<locals>._create_tool_factory.<locals>._tool_factory.<locals>.ainvoke_wrapper"
        " tool.<locals>._create_tool_factory.<locals>._tool_factory.<locals>.invoke_wrapper",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_core.tools.retriever",
        "create_retriever_tool.<locals>.afunc create_retriever_tool.<locals>.func",
        role="location",
        called=True,
    ),
    rows_of(
        "langchain_core.tools.render",
        "render_text_description render_text_description_and_args",
        role="function",
        called=True,
    ),
)
