"""Whatever frameworks ask for types: text of a file stands nowhere that they look."""

from __future__ import annotations

import functools
import inspect
import json
import operator
from typing import Annotated, Any

import pandas
import persist
import pytest
from ears import assert_refused_unheard
from langchain.agents.structured_output import OutputToolBinding, ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableBinding, RunnableLambda
from langchain_core.tools import BaseTool
from langgraph.graph import START, StateGraph
from persist import CaptureError
from pydantic import BaseModel
from typing_extensions import TypedDict

EVIL = "__import__('os').system('true')"
ALLOW = [__name__]


class Held(TypedDict):
    a: int


class Wrapping:
    """What a decorator of a program makes of a function."""

    def __init__(self, function: Any) -> None:
        functools.update_wrapper(self, function)

    def __call__(self, value: int) -> str:
        return str(self.__wrapped__(value))  # type: ignore[attr-defined]


class Keeping(Wrapping):
    """The same, taken apart by a hook."""

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))


class Extended(BaseModel, extra="allow"):
    def __call__(self, value: int) -> str:
        return str(value)


def shown(value: int) -> str:
    return f"<{value}>"


def signed() -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature([inspect.Parameter("a", kind, annotation=EVIL)])


def node(made: Any) -> Any:
    return json.loads(persist.dumps(made))


def replaced(text: str, old: Any, new: Any) -> str:
    """Returns a text with one node in the place of another that stands in it once."""
    found, put = (json.dumps(it, separators=(",", ":")) for it in (old, new))
    assert text.count(found) == 1, text
    return text.replace(found, put)


def step(function: Any) -> Any:
    return RunnableLambda(function, name="step")


# What is called


ANSWERS: dict[str, Any] = {
    "a message": AIMessage("a", __signature__=signed()),
    "a series": pandas.Series([signed()], index=["__signature__"]),
}
"""What answers, by code of its class, under a name that the file gives it."""

PARTIAL = functools.partial(shown)
vars(PARTIAL)["mark"] = 1

CALLED: dict[str, Any] = {
    "a partial": lambda: PARTIAL,
    "an instance": lambda: Wrapping(shown),
    "an instance with a hook": lambda: Keeping(shown),
}


@pytest.mark.parametrize("name", CALLED)
@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_that_is_called_wraps_what_says_anything(name: str, answer: str) -> None:
    """`inspect.signature` follows what is wrapped, and takes the signature that it says it has."""
    text = persist.dumps(step(CALLED[name]()))
    old = '{"mark":1}' if name == "a partial" else '"__wrapped__":'
    new = f'"__wrapped__":{persist.dumps(ANSWERS[answer])},"was":'
    if name == "a partial":
        new = f'{{"__wrapped__":{persist.dumps(ANSWERS[answer])}}}'
    assert text.count(old) == 1
    assert "it wraps what may say anything of its types" in assert_refused_unheard(
        text.replace(old, new), "invalid_state", EVIL, ALLOW
    )


@pytest.mark.parametrize("name", ["an instance", "an instance with a hook"])
@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("__annotations__", {"value": EVIL}, "it has other annotations"),
        ("__annotations__", EVIL, "it has other annotations"),
        ("__signature__", node(signed()), "`__signature__` has other types than what it wraps"),
        ("__signature__", EVIL, "its `__signature__` is none"),
    ],
)
def test_an_instance_that_is_called_says_no_types_by_text_of_a_file(
    name: str, attribute: str, value: Any, reason: str
) -> None:
    tree = node(CALLED[name]())
    held = tree.get("dict") or tree["state"]
    held[attribute] = value
    assert reason in assert_refused_unheard(json.dumps(tree), "invalid_state", EVIL, ALLOW)


@pytest.mark.parametrize("name", ["an instance", "an instance with a hook"])
def test_an_instance_that_wraps_a_function_comes_back(name: str) -> None:
    made = CALLED[name]()
    again = persist.loads(persist.dumps(made), allow=ALLOW)
    assert again(2) == "<2>"
    assert vars(again) == vars(made)
    assert vars(again)["__annotations__"] == {"value": "int", "return": "str"}
    assert inspect.signature(again) == inspect.signature(made)


@pytest.mark.parametrize(
    ("name", "value"),
    [("__signature__", signed()), ("__wrapped__", ANSWERS["a message"]), ("__globals__", {})],
)
def test_a_model_that_is_called_has_no_extra_that_says_its_types(name: str, value: Any) -> None:
    text = persist.dumps(Extended(mark=1))
    assert persist.loads(text, allow=ALLOW).mark == 1
    changed = replaced(text, {"mark": 1}, {name: node(value)})
    assert f"`{name}` is no extra that it may hold" in assert_refused_unheard(
        changed, "invalid_state", EVIL, ALLOW
    )
    with pytest.raises(CaptureError):
        persist.dumps(Extended(**{name: value}))


# What extends a class of a framework


class Binding(RunnableBinding):  # type: ignore[type-arg]
    pass


class Prompt(PromptTemplate):
    pass


class Doubling(BaseTool):
    name: str = "double"
    description: str = "Doubles."

    def _run(self, value: int) -> int:
        return value * 2


EXTENDED: dict[str, tuple[Any, str, str, str]] = {
    "binding": (
        Binding(bound=step(shown), custom_input_type=int),
        '"custom_input_type":{"lc":"class","id":"builtins:int"}',
        f'"custom_input_type":"{EVIL}"',
        "`custom_input_type` holds something else than a type",
    ),
    "prompt": (
        Prompt(template="{a}", input_variables=["a"], input_types={"a": int}),
        '"input_types":{"a":{"lc":"class","id":"builtins:int"}}',
        f'"input_types":{{"a":"{EVIL}"}}',
        "`input_types` holds something else than a type",
    ),
    "tool": (
        Doubling(args_schema={"type": "object"}),
        '"args_schema":{"type":"object"}',
        f'"args_schema":"{EVIL}"',
        "`args_schema` holds something else than a type",
    ),
}


@pytest.mark.parametrize("name", EXTENDED)
def test_what_extends_a_class_is_asked_for_types_like_it(name: str) -> None:
    made, old, new, reason = EXTENDED[name]
    text = persist.dumps(made)
    assert persist.dumps(persist.loads(text, allow=ALLOW)) == text
    assert text.count(old) == 1
    assert reason in assert_refused_unheard(text.replace(old, new), "invalid_state", EVIL, ALLOW)


# Graphs


def compiled() -> Any:
    graph = StateGraph(Held)
    graph.add_node("b", len)
    graph.add_edge(START, "b")
    return graph.compile()


def says(**parts: Any) -> dict[str, Any]:
    return {"lc": "object", "id": "types:SimpleNamespace", "dict": parts}


INT = {"lc": "class", "id": "builtins:int"}
ROOT = {"__root__": says(UpdateType=EVIL, ValueType=EVIL)}
SCHEMAS = {"lc": "dict", "v": [[INT, {"__root__": 1}]]}
ASKED = {"input_schema": INT, "output_schema": INT, "schemas": SCHEMAS, "channels": ROOT}


def test_what_builds_a_graph_is_a_graph() -> None:
    """Asked for its schema, a compiled graph asks what it was built by for channels."""
    tree = node(compiled())
    tree["dict"]["builder"] = says(**ASKED)
    told = assert_refused_unheard(json.dumps(tree), "invalid_state", EVIL, ALLOW)
    assert "CompiledStateGraph` is not valid: `builder` is no graph" in told


def test_the_channels_of_a_graph_are_channels() -> None:
    tree = node(compiled().builder)
    tree["dict"] |= ASKED
    told = assert_refused_unheard(json.dumps(tree), "invalid_state", EVIL, ALLOW)
    assert "StateGraph` is not valid: `__root__` is no channel" in told


def test_a_graph_whose_state_is_one_value_needs_no_name() -> None:
    graph = StateGraph(Annotated[list[int], operator.add])  # type: ignore[type-var]
    graph.add_node("count", step(lambda held: [len(held)]))
    graph.add_edge(START, "count")
    made = graph.compile()
    again = persist.loads(persist.dumps(made), allow=ALLOW)
    assert again.invoke([5, 6]) == made.invoke([5, 6]) == [5, 6, 2]
    assert again.get_input_jsonschema() == made.get_input_jsonschema()


# Schemas, which may be maps of data


SCHEMED: dict[str, tuple[Any, str]] = {
    "tool": (ToolStrategy(Held), "schema"),
    "provider": (ProviderStrategy(Held), "schema"),
    "binding": (OutputToolBinding(Held, "typed_dict", step(shown)), "schema"),
}


@pytest.mark.parametrize("name", SCHEMED)
@pytest.mark.parametrize("value", [EVIL, [EVIL]])
def test_a_schema_is_a_type_or_data(name: str, value: Any) -> None:
    made, attribute = SCHEMED[name]
    text = persist.dumps(made)
    persist.loads(text, allow=ALLOW)
    tree = json.loads(text)
    tree["dict"][attribute] = value
    assert f"`{attribute}` holds something else than a type" in assert_refused_unheard(
        json.dumps(tree), "invalid_state", EVIL, ALLOW
    )
