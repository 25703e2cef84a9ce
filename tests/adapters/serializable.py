"""One instance or more of each class that LangChain serializes, made of what it serializes."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

warnings.simplefilter("ignore")

import partners  # noqa: E402
from conversations import messages, templates  # noqa: E402
from langchain_classic.agents.output_parsers.tools import ToolAgentAction  # noqa: E402
from langchain_classic.chains import LLMChain  # noqa: E402
from langchain_classic.output_parsers import (  # noqa: E402
    CombiningOutputParser,
    OutputFixingParser,
    RegexParser,
)
from langchain_core.agents import AgentAction, AgentActionMessageLog, AgentFinish  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.language_models.chat_models import _ChatModelBinding  # noqa: E402
from langchain_core.messages import (  # noqa: E402
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    BaseMessageChunk,
    HumanMessage,
)
from langchain_core.output_parsers import (  # noqa: E402
    CommaSeparatedListOutputParser,
    StrOutputParser,
)
from langchain_core.outputs import (  # noqa: E402
    ChatGeneration,
    ChatGenerationChunk,
    Generation,
    GenerationChunk,
)
from langchain_core.prompt_values import (  # noqa: E402
    ChatPromptValue,
    ChatPromptValueConcrete,
    ImagePromptValue,
    StringPromptValue,
)
from langchain_core.prompts import (  # noqa: E402
    AIMessagePromptTemplate,
    ChatMessagePromptTemplate,
    FewShotPromptWithTemplates,
    HumanMessagePromptTemplate,
    MessagesPlaceholder,
    PromptTemplate,
    SystemMessagePromptTemplate,
)
from langchain_core.prompts.dict import DictPromptTemplate  # noqa: E402
from langchain_core.prompts.image import ImagePromptTemplate  # noqa: E402
from langchain_core.runnables import (  # noqa: E402
    ConfigurableField,
    RouterRunnable,
    RunnableBinding,
    RunnableBranch,
    RunnableParallel,
    RunnablePassthrough,
    RunnablePick,
    RunnableSequence,
)
from langchain_core.runnables.base import (  # noqa: E402
    RunnableBindingBase,
    RunnableEach,
    RunnableEachBase,
)
from langchain_core.runnables.passthrough import RunnableAssign  # noqa: E402

WORD = PromptTemplate.from_template("say {word}")


def parser() -> Any:
    return StrOutputParser()


def prompt() -> Any:
    return PromptTemplate.from_template("say {word}")


def llm() -> Any:
    return partners.made("ChatOpenAI")


def azure(module: str, name: str, **fields: Any) -> Any:
    cls = getattr(importlib.import_module(module), name)
    endpoint = "https://mine.openai.azure.example"
    return cls(azure_endpoint=endpoint, api_key=partners.KEY, api_version="2024-06-01", **fields)


def action() -> AgentAction:
    return AgentAction("search", {"q": ["x"]}, "log")


MADE: dict[str, Callable[[], Any]] = {
    "messages": lambda: [made for at, made in enumerate(messages()[:13]) if at not in (4, 8)],
    "chunks": lambda: messages()[14:],
    "base message": lambda: [
        BaseMessage(content="b", type="mine"),
        BaseMessageChunk(content="b", type="mine"),
    ],
    "removed": lambda: messages()[13],
    "action": action,
    "logged action": lambda: AgentActionMessageLog(
        tool="t", tool_input="x", log="l", message_log=[HumanMessage("a")]
    ),
    "tool action": lambda: ToolAgentAction(
        tool="t", tool_input={}, log="", message_log=[AIMessage("")], tool_call_id="1"
    ),
    "finish": lambda: AgentFinish({"output": "x"}, "l"),
    "document": lambda: Document("text", metadata={"page": 1}, id="d"),
    "text": parser,
    "list": CommaSeparatedListOutputParser,
    "chat generation": lambda: ChatGeneration(message=AIMessage("x"), generation_info={"a": 1}),
    "chat chunk": lambda: ChatGenerationChunk(message=AIMessageChunk("x")),
    "generation": lambda: Generation(text="x"),
    "chunk": lambda: GenerationChunk(text="x"),
    "prompt value": lambda: StringPromptValue(text="x"),
    "chat value": lambda: ChatPromptValue(messages=[HumanMessage("a")]),
    "concrete value": lambda: ChatPromptValueConcrete(messages=[HumanMessage("a")]),
    "image value": lambda: ImagePromptValue(image_url={"url": "u"}),
    "parts": lambda: [
        MessagesPlaceholder("history", optional=True),
        ChatMessagePromptTemplate(prompt=prompt(), role="critic"),
        HumanMessagePromptTemplate(prompt=prompt()),
        AIMessagePromptTemplate(prompt=prompt()),
        SystemMessagePromptTemplate(prompt=prompt()),
    ],
    "dict": lambda: DictPromptTemplate(template={"a": "{b}"}, template_format="f-string"),
    "image": lambda: ImagePromptTemplate(template={"url": "{u}"}, input_variables=["u"]),
    "sequence": lambda: RunnableSequence(prompt(), llm(), parser()),
    "parallel": lambda: RunnableParallel(a=parser(), b=prompt()),
    "each": lambda: [RunnableEach(bound=parser()), RunnableEachBase(bound=parser())],
    "binding": lambda: [
        RunnableBinding(bound=parser(), kwargs={"a": 1}),
        RunnableBindingBase(bound=parser(), config={"tags": ["t"]}),
    ],
    "model binding": lambda: llm().bind(stop=["x"]),
    "branch": lambda: RunnableBranch((RunnablePick("a"), parser()), parser()),
    "fallbacks": lambda: parser().with_fallbacks([parser()]),
    "passthrough": lambda: RunnablePassthrough(),
    "assign": lambda: RunnableAssign(RunnableParallel(a=parser())),
    "pick": lambda: RunnablePick(["a", "b"]),
    "retry": lambda: parser().with_retry(stop_after_attempt=2),
    "router": lambda: RouterRunnable({"a": parser()}),
    "chain": lambda: LLMChain(llm=llm(), prompt=prompt()),
    "combined": lambda: CombiningOutputParser(parsers=[regex(), regex()]),
    "fixing": lambda: OutputFixingParser(parser=parser(), retry_chain=parser()),
    "regex": lambda: regex(),
    "twice formatted": lambda: FewShotPromptWithTemplates(
        examples=[{"word": "a"}], example_prompt=prompt(), suffix=prompt(), input_variables=["word"]
    ),
    "configurable fields": lambda: prompt().configurable_fields(template=ConfigurableField("t")),
    "configurable alternatives": lambda: prompt().configurable_alternatives(
        ConfigurableField("t"), other=prompt()
    ),
    "azure": lambda: [
        azure("langchain_openai", "AzureChatOpenAI"),
        azure("langchain_openai", "AzureOpenAI", model="m"),
    ],
    "OpenAI": lambda: importlib.import_module("langchain_openai").OpenAI(api_key=partners.KEY),
}
MADE |= {
    name: lambda name=name: partners.made(name)
    for name in (
        "AnthropicLLM",
        "BedrockLLM",
        "ChatAnthropic",
        "ChatAnthropicBedrock",
        "ChatBedrock",
        "ChatBedrockConverse",
        "ChatGoogleGenerativeAI",
        "ChatGroq",
        "ChatMistralAI",
        "ChatOpenAI",
    )
}

MADE |= {
    f"template {name}": lambda name=name: templates()[name]
    for name in templates()
    if name not in ("few shots", "chat, partly filled")
}

CLASSIC: list[Any] = [LLMChain, CombiningOutputParser, OutputFixingParser, RegexParser]

NOT_CARRIED = {
    "tool action": "its id leads to a module that is gone",
    "image value": "its id leads to a module that is gone",
    "branch": "its constructor takes no branches by name",
    "fallbacks": "exceptions have no form",
    "retry": "exceptions have no form",
    "AnthropicLLM": "its clients are fields",
    "ChatBedrockConverse": "a tuple comes back as a list",
    "ChatGoogleGenerativeAI": "an empty tuple comes back as a list",
}
"""What LangChain's own text does not bring back as it was."""

OURS_ALONE = {
    "chat generation": "its text is a subclass of `str`",
    "chat chunk": "its text is a subclass of `str`",
    "configurable fields": "its named tuples are written as lists",
    "configurable alternatives": "its named tuples are written as lists",
}
"""What LangChain brings back only because a validator makes it again."""

CARRIED = [name for name in MADE if name not in NOT_CARRIED and name not in OURS_ALONE]

ALLOW = {
    "twice formatted": ["langchain_core.prompts"],
}
"""What LangChain serializes and no row admits."""

NEVER = {
    "langchain_aws.chat_models.bedrock_nova_sonic:ChatBedrockNovaSonic": "needs a package more",
    "langchain_classic.runnables.hub:HubRunnable": "is fetched when it is made",
    "langchain_classic.runnables.openai_functions:OpenAIFunctionsRouter": "holds a function",
    "langchain_core.prompts.chat:_StringImageMessagePromptTemplate": "a base class",
    "langchain_core.runnables.history:RunnableWithMessageHistory": "holds a function",
    "langchain_openai.decisions.base:OpenAIDecisions": "keeps its clients beside its fields",
}
"""Classes that no sample is made of, or whose samples LangChain itself does not carry whole."""


def regex() -> RegexParser:
    return RegexParser(regex="(a)", output_keys=["a"])


assert _ChatModelBinding  # The class of "model binding".
