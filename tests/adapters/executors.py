"""AgentExecutors: how each is made by runnables or by the agent classes, and its next turn."""

from __future__ import annotations

import json
import warnings
from typing import Any

# What LangChain deprecates is still what agents of today are made of.
warnings.simplefilter("ignore")

from graphs import Scripted  # noqa: E402
from langchain_classic.agents import (  # noqa: E402
    AgentExecutor,
    AgentType,
    LLMSingleActionAgent,
    Tool,
    XMLAgent,
    create_json_chat_agent,
    create_openai_functions_agent,
    create_openai_tools_agent,
    create_react_agent,
    create_self_ask_with_search_agent,
    create_structured_chat_agent,
    create_tool_calling_agent,
    create_xml_agent,
    initialize_agent,
)
from langchain_classic.agents.mrkl.output_parser import MRKLOutputParser  # noqa: E402
from langchain_classic.agents.openai_functions_agent.agent_token_buffer_memory import (  # noqa: E402
    AgentTokenBufferMemory,
)
from langchain_classic.chains import LLMChain  # noqa: E402
from langchain_classic.memory import ConversationBufferMemory  # noqa: E402
from langchain_core.messages import AIMessage  # noqa: E402
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate  # noqa: E402
from langchain_core.tools import BaseTool, tool  # noqa: E402
from langchain_core.utils.function_calling import convert_to_openai_tool  # noqa: E402
from turns import State  # noqa: E402

ALLOW = ["executors"]


class Speaker(Scripted):
    """A model of a program's own: answers line by line, and shows what it was bound with."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(one) for one in tools], **kwargs)

    def get_num_tokens_from_messages(self, messages: Any, tools: Any = None) -> int:
        return len(str(messages))


class Patient(Speaker):
    """A model that the old function agents can ask: they give `invoke` callbacks by that name."""

    def invoke(self, asked: Any, config: Any = None, *, callbacks: Any = None, **more: Any) -> Any:
        return super().invoke(asked, {**(config or {}), "callbacks": callbacks}, **more)


def says(*lines: str | AIMessage, kind: type[Speaker] = Speaker) -> Speaker:
    script = [line if isinstance(line, AIMessage) else AIMessage(line) for line in lines]
    return kind(script=script)


def summed(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


def adding() -> BaseTool:
    """Returns a tool of its own: one that is used remembers schemas that it made."""
    return tool("add")(summed)


def found(query: str) -> str:
    return f"found {query}"


def looking(name: str = "search") -> Tool:
    return Tool(name=name, func=found, description="Searches.")


def asked(agent: Any, **inputs: str) -> Any:
    """Returns the agent after its first turn, which used a tool."""
    answer = agent.invoke({"input": "1+2?", **inputs})
    steps = answer.get("intermediate_steps", ())
    assert len(steps) == 1, steps
    for one in agent.tools:
        # A tool keeps the schema it was described with; its own `__getstate__` leaves that out.
        one.description = one.description
    return agent


def executed(agent: Any, one: BaseTool, key: str = "chat_history", **fields: Any) -> AgentExecutor:
    """Returns an executor that has taken one turn of two, and remembers it."""
    memory = ConversationBufferMemory(
        memory_key=key, output_key="output", return_messages=fields.pop("return_messages", True)
    )
    return asked(
        AgentExecutor(
            agent=agent, tools=[one], memory=memory, return_intermediate_steps=True, **fields
        )
    )


def next_turn(agent: AgentExecutor) -> Any:
    answer = agent.invoke({"input": "3+4?"})
    steps = [
        (action.tool, action.tool_input, str(seen)) for action, seen in answer["intermediate_steps"]
    ]
    memory = agent.memory.load_memory_variables({}) if agent.memory else {}
    turns = sum(len(held) for held in memory.values() if isinstance(held, list))
    return [answer["output"], steps, turns, repr(memory)]


# By runnables


def chat(*more: Any, system: str = "be kind") -> ChatPromptTemplate:
    return ChatPromptTemplate.from_messages(
        [("system", system), MessagesPlaceholder("chat_history", optional=True), *more]
    )


WITH_MESSAGES = (("human", "{input}"), MessagesPlaceholder("agent_scratchpad"))
TOOLS = "{tools} {tool_names}"
THOUGHT = "I must look\nAction: search\nAction Input: {}"
ANSWER = "I know\nFinal Answer: {}"


def in_turns(*forms: str) -> list[str]:
    return [form.format(what) for what in ("ann", "bob") for form in forms]


def called(a: int, b: int) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "add", "args": {"a": a, "b": b}, "id": f"c{a}"}])


def function_call(a: int, b: int) -> AIMessage:
    call = {"name": "add", "arguments": json.dumps({"a": a, "b": b})}
    return AIMessage("", additional_kwargs={"function_call": call})


def snippet(action: str, given: Any) -> str:
    return f"```json\n{json.dumps({'action': action, 'action_input': given})}\n```"


def react() -> AgentExecutor:
    prompt = PromptTemplate.from_template(
        f"{TOOLS} {{chat_history}} {{input}} {{agent_scratchpad}}"
    )
    agent = create_react_agent(says(*in_turns(THOUGHT, ANSWER)), [looking()], prompt)
    return executed(agent, looking(), return_messages=False, handle_parsing_errors=True)


def tool_calling() -> AgentExecutor:
    llm = says(called(1, 2), "three", called(3, 4), "seven")
    return executed(create_tool_calling_agent(llm, [adding()], chat(*WITH_MESSAGES)), adding())


def openai_tools() -> AgentExecutor:
    llm = says(called(1, 2), "three", called(3, 4), "seven")
    return executed(create_openai_tools_agent(llm, [adding()], chat(*WITH_MESSAGES)), adding())


def openai_functions() -> AgentExecutor:
    llm = says(function_call(1, 2), "three", function_call(3, 4), "seven")
    return executed(create_openai_functions_agent(llm, [adding()], chat(*WITH_MESSAGES)), adding())


def structured_chat() -> AgentExecutor:
    lines = [
        snippet("add", {"a": 1, "b": 2}),
        snippet("Final Answer", "three"),
        snippet("add", {"a": 3, "b": 4}),
        snippet("Final Answer", "seven"),
    ]
    prompt = chat(("human", "{input} {agent_scratchpad}"), system=TOOLS)
    return executed(create_structured_chat_agent(says(*lines), [adding()], prompt), adding())


def json_chat() -> AgentExecutor:
    lines = [
        line
        for who in ("ann", "bob")
        for line in (snippet("search", who), snippet("Final Answer", f"it is {who}"))
    ]
    prompt = chat(*WITH_MESSAGES, system=TOOLS)
    return executed(create_json_chat_agent(says(*lines), [looking()], prompt), looking())


def xml() -> AgentExecutor:
    call = "<tool>search</tool><tool_input>{}</tool_input>"
    lines = in_turns(call, "<final_answer>{}</final_answer>")
    prompt = PromptTemplate.from_template("{tools} {chat_history} {input} {agent_scratchpad}")
    agent = create_xml_agent(says(*lines), [looking()], prompt)
    return executed(agent, looking(), return_messages=False)


def self_ask() -> AgentExecutor:
    lines = in_turns("Follow up: who is {}?", "So the final answer is: {}")
    prompt = PromptTemplate.from_template("{chat_history} {input} {agent_scratchpad}")
    one = looking("Intermediate Answer")
    agent = create_self_ask_with_search_agent(says(*lines), [one], prompt)
    return executed(agent, one, return_messages=False)


# By the agent classes


def initialized(kind: AgentType, one: BaseTool, *lines: Any, **fields: Any) -> AgentExecutor:
    agent = initialize_agent(
        [one], says(*lines, kind=Patient), agent=kind, return_intermediate_steps=True, **fields
    )
    return asked(agent)


def legacy_functions(kind: AgentType) -> AgentExecutor:
    if kind is AgentType.OPENAI_MULTI_FUNCTIONS:
        lines: list[Any] = [multi_call(1, 2), "three", multi_call(3, 4), "seven"]
    else:
        lines = [function_call(1, 2), "three", function_call(3, 4), "seven"]
    memory = AgentTokenBufferMemory(llm=says(), max_token_limit=100_000, memory_key="chat_history")
    placed = {"extra_prompt_messages": [MessagesPlaceholder("chat_history")]}
    return initialized(kind, adding(), *lines, memory=memory, agent_kwargs=placed)


def multi_call(a: int, b: int) -> AIMessage:
    action = {"action_name": "add", "action": {"a": a, "b": b}}
    call = {"name": "tool_selection", "arguments": json.dumps({"actions": [action]})}
    return AIMessage("", additional_kwargs={"function_call": call})


def chat_conversational() -> AgentExecutor:
    lines = [
        line
        for who in ("ann", "bob")
        for line in (snippet("search", who), snippet("Final Answer", f"it is {who}"))
    ]
    memory = ConversationBufferMemory(
        memory_key="chat_history", output_key="output", return_messages=True
    )
    kind = AgentType.CHAT_CONVERSATIONAL_REACT_DESCRIPTION
    return initialized(kind, looking(), *lines, memory=memory)


def legacy_self_ask() -> AgentExecutor:
    lines = in_turns("Follow up: who is {}?", "So the final answer is: {}")
    kind = AgentType.SELF_ASK_WITH_SEARCH
    return initialized(kind, looking("Intermediate Answer"), *lines)


def single_action() -> AgentExecutor:
    prompt = PromptTemplate.from_template("{chat_history} {input} {intermediate_steps}")
    agent = LLMSingleActionAgent(
        llm_chain=LLMChain(llm=says(*in_turns(THOUGHT, ANSWER)), prompt=prompt),
        output_parser=MRKLOutputParser(),
        stop=["\nObservation:"],
    )
    return executed(agent, looking(), return_messages=False)


def legacy_xml() -> AgentExecutor:
    call = "<tool>search</tool><tool_input>{}</tool_input>"
    lines = in_turns(call, "<final_answer>{}</final_answer>")
    prompt = XMLAgent.get_default_prompt()
    chain = LLMChain(
        llm=says(*lines), prompt=prompt, output_parser=XMLAgent.get_default_output_parser()
    )
    memory = ConversationBufferMemory(memory_key="chat", input_key="question", output_key="output")
    made = AgentExecutor(
        agent=XMLAgent(tools=[looking()], llm_chain=chain),
        tools=[looking()],
        memory=memory,
        return_intermediate_steps=True,
    )
    return asked(made, question="1+2?")


def next_question(agent: AgentExecutor) -> Any:
    return agent.invoke({"input": "", "question": "3+4?"})["output"]


STATES: dict[str, State] = {
    "react": State(react, next_turn),
    "tool calling": State(tool_calling, next_turn),
    "openai tools": State(openai_tools, next_turn),
    "openai functions": State(openai_functions, next_turn),
    "structured chat": State(structured_chat, next_turn),
    "json chat": State(json_chat, next_turn),
    "xml": State(xml, next_turn),
    "self ask": State(self_ask, next_turn),
    "functions by class": State(lambda: legacy_functions(AgentType.OPENAI_FUNCTIONS), next_turn),
    "multi functions by class": State(
        lambda: legacy_functions(AgentType.OPENAI_MULTI_FUNCTIONS), next_turn
    ),
    "chat conversational by class": State(chat_conversational, next_turn),
    "self ask by class": State(legacy_self_ask, next_turn),
    "single action by class": State(single_action, next_turn),
    "xml by class": State(
        legacy_xml, lambda it: it.invoke({"input": "", "question": "3+4?"})["output"]
    ),
}
