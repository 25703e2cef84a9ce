"""Classes made at run time that say they are something else, and what may lie in a checkpoint."""

from __future__ import annotations

import enum
import functools
import importlib
import itertools
import json
import subprocess
import sys
from typing import Any, NamedTuple

import persist
import pytest
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from persist import CaptureError, PersistError, RebuildError, UntrustedError
from persist.adapters import _tables
from pydantic import create_model

SAVER = "langgraph.checkpoint.memory:InMemorySaver"
CACHE = "langgraph.cache.memory:InMemoryCache"
INT: Any = {"lc": "class", "id": "builtins:int"}


def made(kind: str, module: str, name: str) -> dict[str, Any]:
    """Returns the node of a class, as a file may have it."""
    own: dict[str, dict[str, Any]] = {
        "dataclass": {"fields": {"x": [INT]}},
        "enumeration": {"by": "Enum", "members": [["A", "true"]]},
        "model": {"fields": {"x": [INT, {}]}},
        "namedtuple": {"fields": ["x"]},
    }
    return {"lc": kind, "name": name, "module": module, **own[kind]}


ELSEWHERE = [
    ("os", "system"),
    ("subprocess", "Popen"),
    ("builtins", "eval"),
    ("posix", "system"),
    ("json", "decoder"),
    ("langchain_core.runnables", "Whatever"),
    (__name__, "INT"),
    ("os", "__getattribute__"),
    ("json", "__setattr__"),
    ("os", "__delattr__"),
    ("json", "__class__"),
    ("json", "__doc__"),
]
"""What lies under a name, and a module that makes what it is asked for."""


@pytest.mark.parametrize("place", ELSEWHERE, ids=[":".join(place) for place in ELSEWHERE])
@pytest.mark.parametrize("kind", ["dataclass", "enumeration", "model", "namedtuple"])
def test_no_class_says_that_it_is_something_else(kind: str, place: tuple[str, str]) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps(made(kind, *place)))
    assert raised.value.kind == "invalid_state"
    home = ":".join(place)
    shown = f"a class cannot be made: it says that it is `{home}`, which is something else"
    assert shown in str(raised.value)


def test_a_member_of_a_family_says_no_more() -> None:
    row = {"kind": "model"} | made("model", "os", "system")
    del row["lc"]
    family = {"lc": "family", "members": [row]}
    with pytest.raises(RebuildError, match="it says that it is `os:system`"):
        persist.loads(json.dumps({"lc": "model", "family": family, "at": 0}))


def test_a_module_that_is_not_loaded_is_not_imported_for_a_class() -> None:
    module = next(it for it in ("antigravity", "this", "idlelib.idle") if it not in sys.modules)
    with pytest.raises(UntrustedError) as raised:
        persist.loads(json.dumps(made("model", module, "Anything")))
    assert raised.value.allow == [f"{module}:Anything"]
    assert module not in sys.modules


def test_a_module_that_nobody_has_is_no_harm() -> None:
    back = persist.loads(json.dumps(made("model", "nobody_has_this", "Anything")))
    assert (back.__module__, back.__name__) == ("nobody_has_this", "Anything")


class Level(enum.Enum):
    LOW = 1


def test_a_class_that_was_defined_anew_needs_the_one_of_today_admitted() -> None:
    text = json.dumps(made("enumeration", __name__, "Level"))
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == [f"{__name__}:Level"]
    assert persist.loads(text, allow=Level).__members__.keys() == {"A"}


def test_no_class_passes_for_one_that_a_table_admits() -> None:
    module, name = "langchain_openai.chat_models.base", "ChatOpenAI"
    importlib.import_module(module)
    text = json.dumps(made("model", module, name))
    for allow in ((), "langchain_openai"):
        with pytest.raises(UntrustedError) as raised:
            persist.loads(text, allow=allow)
        assert raised.value.allow == [f"{module}:{name}"]


@pytest.mark.parametrize("kind", ["dataclass", "enumeration", "model", "namedtuple"])
def test_no_class_passes_for_one_by_its_longer_name(kind: str) -> None:
    module, name = "langchain_openai.chat_models.base", "ChatOpenAI"
    importlib.import_module(module)
    text = json.dumps(made(kind, module, "Harmless") | {"qualname": name})
    with pytest.raises((UntrustedError, RebuildError), match=f"{module}:{name}"):
        persist.loads(text)


PROMPT = ("langchain_core.prompts.prompt", "PromptTemplate")


def test_a_made_class_is_not_made_as_one_whose_names_it_has() -> None:
    cls = create_model(PROMPT[1], __module__=PROMPT[0], x=(int, 1))
    assert _tables.row_of(":".join(PROMPT)) is not None
    assert _tables.row_at(cls) is None
    assert [row.name for row in _tables.rows_over(cls)] == ["pydantic.main:BaseModel"]


def test_a_class_of_a_function_may_have_the_longer_name() -> None:
    text = json.dumps(made("model", __name__, "Local") | {"qualname": "made.<locals>.Local"})
    assert persist.loads(text, allow=__name__).__qualname__ == "made.<locals>.Local"


@pytest.mark.parametrize("name", ["before_model", "__setattr__", "AgentState"])
def test_a_middleware_has_no_name_of_its_module(name: str) -> None:
    hooked = json.dumps({"lc": "hooked", "name": name, "fields": {}})
    plain = {"name": name, "module": "langchain.agents.middleware.types", "schema": INT}
    for text in (hooked, json.dumps({"lc": "middleware", "tools": [], "hooks": {}} | plain)):
        with pytest.raises(RebuildError, match="which is something else"):
            persist.loads(text)


def test_a_save_refuses_what_a_restore_would() -> None:
    cls = create_model("INT", __module__=__name__, x=(int, 1))
    with pytest.raises(CaptureError) as raised:
        persist.dumps({"it": cls()})
    (problem,) = raised.value.problems
    assert problem.path == "$.it.__class__"
    assert f"it says that it is `{__name__}:INT`, which is something else" in problem.reason


class Pair(NamedTuple):
    x: int
    y: int


def cached(value: str) -> str:
    content = f'{{"lc":"dict","v":[[{{"lc":"tuple","v":["n"]}},{{"k":{value}}}]]}}'
    return f'{{"lc":"object","id":"{CACHE}","dict":{{"_cache":{content}}}}}'


def kept(value: str) -> str:
    return cached(f'{{"lc":"tuple","v":[{value},null]}}')


def counted(calls: list[int]) -> int:
    calls.append(1)
    return 1


def bag(name: str) -> str:
    """Returns the text of a plain namespace with something to call under this name."""
    call = persist.dumps(functools.partial(counted, []))
    return f'{{"lc":"object","id":"types:SimpleNamespace","dict":{{"{name}":{call}}}}}'


IN = {
    "itself": "{}",
    "a list": "[{}]",
    "a deque": '{{"lc":"deque","v":[{}]}}',
    "a tuple": '{{"lc":"tuple","v":[1,{}]}}',
    "a map": '{{"deep":[{}]}}',
    "a UserList": '{{"lc":"object","id":"collections:UserList","dict":{{"data":[{}]}}}}',
    "a UserDict": '{{"lc":"object","id":"collections:UserDict","dict":{{"data":{{"a":{}}}}}}}',
    "a slice": '{{"lc":"slice","v":[{},null,null]}}',
}


@pytest.mark.parametrize("around", IN.values(), ids=IN)
@pytest.mark.parametrize("name", ["model_dump", "_asdict", "harmless"])
def test_nothing_of_a_checkpoint_is_called(around: str, name: str) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(kept(around.format(bag(name))), allow=__name__)
    assert raised.value.kind == "invalid_state"
    # Some names may not even stand there.
    held = f"`{name}` is no attribute that an instance may hold"
    said = f"the state of `{CACHE}` is not valid" if name == "harmless" else held
    assert said in str(raised.value)


@pytest.mark.parametrize("part", ["_cache", "storage", "writes", "blobs", "an entry"])
def test_what_should_hold_values_is_not_asked_for_them(part: str) -> None:
    parts = dict.fromkeys(("storage", "writes", "blobs"), "{}") | {part: bag("items")}
    content = ",".join(f'"{name}":{text}' for name, text in parts.items())
    text = f'{{"lc":"object","id":"{SAVER}","dict":{{{content}}}}}'
    if part == "_cache":
        text = f'{{"lc":"object","id":"{CACHE}","dict":{{"_cache":{bag("items")}}}}}'
    if part == "an entry":
        text = cached(bag("__iter__"))
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=__name__)
    assert raised.value.kind == "invalid_state"


def test_a_checkpoint_does_not_grow_without_bound() -> None:
    text = '"laughs"'
    for at in range(1, 41):
        text = f'[{{"lc":"shared","ref":{at},"v":[{text}]}},{{"lc":"same","ref":{at}}}]'
    with pytest.raises(RebuildError, match="what it shares would be written again and again"):
        persist.loads(kept(text))


def test_what_a_checkpoint_can_hold_comes_back() -> None:
    cache: InMemoryCache[Any] = InMemoryCache()
    value = {"level": Level.LOW, "pair": Pair(1, 2), "set": {1}, "words": ["a", b"b", None, 2.5]}
    cache.set({(("n",), "k"): (value, None)})
    back = persist.loads(persist.dumps(cache), allow=__name__)
    assert back.get([(("n",), "k")]) == {(("n",), "k"): value}


SCRIPT = """
import sys, persist
from langchain_core.runnables import RunnablePassthrough
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

thread = {"configurable": {"thread_id": "1"}}
graph = StateGraph(MessagesState)
graph.add_node("n", RunnablePassthrough())
graph.add_edge(START, "n")
graph = graph.compile(checkpointer=InMemorySaver())
graph.invoke({"messages": [("user", "MARK")]}, thread)
evil = (
    '{"lc":"enum","class":{"lc":"enumeration","name":"system","module":"os","by":"Enum",'
    '"members":[["A","echo it ran"]]},"name":"A"}'
)
try:
    persist.loads(persist.dumps(graph).replace('"MARK"', evil)).get_state(thread)
except persist.RebuildError as error:
    print(error.kind)
"""


def test_no_checkpoint_runs_a_command_of_the_file() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ran.stdout == "invalid_state\n"


def test_nothing_endless_is_gone_through_in_settings() -> None:
    text = persist.dumps(RunnablePassthrough().with_config(tags=["TTT"]))
    for endless in (itertools.repeat("x"), itertools.count()):
        with pytest.raises(RebuildError, match="holds what the class does not declare"):
            persist.loads(text.replace('["TTT"]', persist.dumps(endless)))


def test_a_template_of_many_tags_is_refused() -> None:
    text = persist.dumps(PromptTemplate(template="QQ", template_format="mustache"))
    with pytest.raises(RebuildError, match="its template has more than 10000 tags"):
        persist.loads(text.replace("QQ", "{{a.b.c}}" * 10_001))
    text = persist.dumps(PromptTemplate.from_template("QQ{a}"))
    with pytest.raises(RebuildError, match="its template asks for more than 67108864 characters"):
        persist.loads(text.replace("QQ{a}", "{a:>999}" * 67_200))


def test_every_error_is_one_of_ours() -> None:
    for kind in ("dataclass", "enumeration", "model", "namedtuple"):
        for module in ("", ".", "..x", "a b", "\ud800", "x" * 2000, "sys", "os.path"):
            try:
                persist.loads(json.dumps(made(kind, module, "Named")))
            except PersistError:
                continue


def test_an_empty_saver_comes_back() -> None:
    assert type(persist.loads(persist.dumps(InMemorySaver()))) is InMemorySaver
