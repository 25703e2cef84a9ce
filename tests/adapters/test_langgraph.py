"""LangGraph's savers, stores and graphs, saved here and used in a process that never built them."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from typing import Any

import graphs
import persist
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage
from langgraph._internal._runnable import RunnableCallable
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.pregel._read import DEFAULT_BOUND
from persist import CaptureError, RebuildError, UntrustedError
from persist.state import registered

from trips import python

CODE = "import pathlib, sys, graphs; graphs.{}(pathlib.Path(sys.argv[1]))"
KEY = "sk-0123456789abcdef"
SAVER = "langgraph.checkpoint.memory:InMemorySaver"


def saver_with(value: Any, serde: Any = None) -> InMemorySaver:
    made = InMemorySaver(serde=serde)
    made.blobs["t", "", "x", 1] = made.serde.dumps_typed(value)
    return made


def reason_of(value: Any) -> str:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(value)
    (problem,) = raised.value.problems
    return problem.reason


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("graphs")
    python(CODE.format("save"), folder, seed=1)
    return json.loads(python(CODE.format("main"), folder, seed=2))


@pytest.mark.parametrize("name", graphs.STATES)
def test_a_graph_goes_on_in_a_process_that_never_built_it(name: str, outcomes: Any) -> None:
    outcome = outcomes[name]
    assert "error" not in outcome, outcome["error"]
    assert outcome["restored"] == outcome["expected"]


def test_an_agent_goes_on_from_a_pending_interrupt(outcomes: Any) -> None:
    waiting, said = outcomes["waiting agent"]["restored"]
    assert waiting == ["HumanInTheLoopMiddleware.after_model"]
    assert said[-2:] == [["tool", "3"], ["ai", "it is three"]]


@pytest.mark.parametrize("name", ["agent", "guarded agent"])
def test_an_agent_needs_nothing_allowed_but_what_is_ones_own(name: str) -> None:
    persist.snapshot(graphs.STATES[name].make(), "memory://agent")
    needed = persist.get_metadata("memory://agent")["needs"]["allow"]
    own = ["graphs:said_of"] if name == "guarded agent" else []
    assert needed == ["graphs:Scripted", "graphs:add", *own]


def test_a_saver_comes_back_byte_for_byte() -> None:
    saver = graphs.saver()
    saver.blobs["other", "", "m", "2"] = saver.serde.dumps_typed(
        {"messages": [HumanMessage("hi", id="1")], "n": (1, 2), "f": {1}, "none": None, "b": b"\0"}
    )
    restored = persist.loads(persist.dumps(saver))
    assert restored.storage == saver.storage
    assert restored.writes == saver.writes
    assert list(restored.blobs.items()) == list(saver.blobs.items())
    assert restored.storage["new"]["ns"] == {}
    assert type(restored.serde) is JsonPlusSerializer


def test_a_cache_comes_back_with_its_values_and_times() -> None:
    cache: InMemoryCache[Any] = InMemoryCache()
    cache.set({(("a", "b"), "k"): ({"x": [1]}, None), (("a",), "l"): (HumanMessage("hi"), 60)})
    restored = persist.loads(persist.dumps(cache))
    assert restored._cache == cache._cache
    assert restored.get([(("a", "b"), "k")]) == {(("a", "b"), "k"): {"x": [1]}}


def test_no_blob_stands_in_the_text() -> None:
    text = persist.dumps(saver_with({"secret word": "hello"}))
    assert '"secret word":"hello"' in text
    assert '"lc":"bytes"' not in text


@pytest.mark.parametrize(
    "serde",
    [
        JsonPlusSerializer(pickle_fallback=True),
        JsonPlusSerializer(allowed_json_modules=[("things", "Plain")]),
        JsonPlusSerializer(__unpack_ext_hook__=lambda code, data: None),
        pickle,
    ],
    ids=["pickle fallback", "JSON modules", "hook", "own"],
)
def test_a_serializer_that_is_not_the_default_one_is_refused(serde: Any) -> None:
    saver = InMemorySaver()
    saver.serde = serde
    assert "serializer is not the default one" in reason_of(saver)


class Keeper(InMemorySaver):
    """A saver of a program's own, whose constructor does more."""

    def __init__(self, tenant: str, api_key: str = "") -> None:
        super().__init__()
        self.tenant, self.api_key = [tenant], api_key
        self.blobs["made", "", "x", 1] = self.serde.dumps_typed(1)


class Remembering(InMemoryCache[Any]):
    """A cache of a program's own."""


def keeper() -> Keeper:
    made = Keeper("a", KEY)
    made.blobs = saver_with({"words": [HumanMessage("hi", id="1")]}).blobs
    return made


def test_a_saver_of_ones_own_keeps_what_it_has_besides() -> None:
    persist.snapshot({"saver": keeper()}, "memory://keeper")
    needs = persist.get_metadata("memory://keeper")["needs"]
    assert needs["allow"] == ["test_langgraph:Keeper"]
    assert KEY not in persist.dumps(keeper())
    restored = persist.restore(
        "memory://keeper", allow=__name__, secrets_map={"Keeper.api_key": KEY}
    )["saver"]
    assert type(restored) is Keeper
    assert (restored.tenant, restored.api_key) == (["a"], KEY)
    assert dict(restored.blobs) == dict(keeper().blobs)
    assert restored.storage["new"]["ns"] == {}


def test_a_cache_of_ones_own_comes_back() -> None:
    cache = Remembering()
    cache.set({(("a",), "k"): ({"x": [1]}, None)})
    restored = persist.loads(persist.dumps(cache), allow=__name__)
    assert (type(restored), restored._cache) == (Remembering, cache._cache)


def test_a_saver_of_ones_own_that_has_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    persist.snapshot(keeper(), "memory://keeper")
    body = {"__module__": __name__, "__post_init__": lambda self: None}
    monkeypatch.setattr(sys.modules[__name__], "Keeper", type("Keeper", (InMemorySaver,), body))
    with pytest.raises(RebuildError) as raised:
        persist.restore("memory://keeper", allow=__name__, secrets_map={"Keeper.api_key": KEY})
    assert raised.value.kind == "class_changed"


def test_no_upgrade_sets_what_it_keeps_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    persist.snapshot(keeper(), "memory://keeper")
    registration = registered.Registration(2, lambda state, version: state)
    monkeypatch.setitem(registered._KNOWN, "test_langgraph:Keeper", registration)
    with pytest.raises(RebuildError) as raised:
        persist.restore("memory://keeper", allow=__name__, secrets_map={"Keeper.api_key": KEY})
    assert raised.value.kind == "class_changed"
    assert "is built in a way of its own" in str(raised.value)


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({"serde": 1}, "the classes that its serializer gives back are no names"),
        ({"stack": 1}, "it has what its class makes itself"),
        ({"put": 1}, "an attribute `put`"),
        ({"keys": {"lc": "function", "id": "test_langgraph:called"}}, "an attribute `keys`"),
    ],
)
def test_a_saver_of_ones_own_brings_no_more_than_any_object(held: Any, says: str) -> None:
    kept = {"storage": {}, "writes": {}, "blobs": {}}
    text = json.dumps({"lc": "object", "id": "test_langgraph:Keeper", "dict": kept | held})
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=__name__)
    assert raised.value.kind == "invalid_state"
    assert says in str(raised.value)


def slotted() -> Any:
    return type("Slotted", (InMemorySaver,), {"__module__": __name__, "__slots__": ("x",)})


def hooked() -> Any:
    body = {"__module__": __name__, "__reduce__": lambda self: (Keeper, ("a",))}
    return type("Hooked", (InMemorySaver,), body)


UNCARRIED: dict[str, tuple[Callable[[], Any], str]] = {
    "slots": (slotted, "has slots of its own"),
    "a hook": (hooked, "is taken apart by a `__reduce__` of its own"),
    "no name": (hooked, "no name leads to its class"),
}


@pytest.mark.parametrize("name", UNCARRIED)
def test_a_saver_that_keeps_more_than_attributes_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, says = UNCARRIED[name]
    cls = make()
    if name != "no name":
        monkeypatch.setattr(sys.modules[__name__], cls.__name__, cls, raising=False)
    assert says in reason_of(cls())


def test_an_open_saver_is_refused() -> None:
    saver = InMemorySaver()
    saver.stack.callback(print)
    assert reason_of(saver) == "it is open as a context manager"


@pytest.mark.parametrize("name", ["storage", "writes", "blobs"])
@pytest.mark.parametrize("make", [InMemorySaver, keeper])
def test_a_saver_with_a_plain_dict_is_refused(name: str, make: Callable[[], Any]) -> None:
    saver = make()
    setattr(saver, name, dict(getattr(saver, name)))
    assert reason_of(saver) == "it keeps its checkpoints in a store of its own"


def test_a_value_that_its_serializer_changes_is_refused() -> None:
    saver = saver_with([1])
    saver.blobs["t", "", "x", 1] = ("json", b"[1]")
    expected = "its serializer does not give a `list` in a checkpoint back unchanged"
    assert reason_of(saver) == expected


def forged(content: str) -> str:
    parts = f'{{"storage":{{}},"writes":{{}},"blobs":{content}}}'
    return f'{{"lc":"object","id":"{SAVER}","dict":{parts}}}'


def key_of(value: str) -> str:
    key = '{"lc":"tuple","v":["t","","x",1]}'
    return f'{{"lc":"dict","v":[[{key},{{"lc":"tuple","v":[{value}]}}]]}}'


MISSHAPEN = [
    "[]",
    '{"x":1}',
    '{"lc":"dict","v":[[{"lc":"tuple","v":["t"]},{"lc":"tuple","v":[1]}]]}',
]


@pytest.mark.parametrize("content", MISSHAPEN)
def test_content_of_another_shape_is_refused(content: str) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(forged(content))
    assert raised.value.kind == "invalid_state"


CALLED = ["model_dump", "get_secret_value", "dict", "_asdict"]


def calling(name: str, held: object = None) -> str:
    """Returns the text of a saver with a value that has a function, or else, of that name."""
    value = Bag()
    value.__dict__["innocent"] = held or called
    text = persist.dumps([{"deep": value}]).replace('"innocent"', f'"{name}"')
    return forged(key_of(text))


def test_bytes_in_a_file_are_never_decoded_as_a_blob() -> None:
    evil = JsonPlusSerializer(pickle_fallback=True).dumps_typed([1])[1].hex()
    restored = persist.loads(forged(key_of(f'"{evil}"')))
    assert restored.serde.loads_typed(restored.blobs["t", "", "x", 1]) == evil


@pytest.mark.parametrize("name", CALLED)
def test_a_value_cannot_have_a_function_called_by_the_serializer(name: str) -> None:
    """`_msgpack_default` calls whatever answers to these names on a value."""
    with pytest.raises(RebuildError) as raised:
        persist.loads(calling(name), allow=[Bag, called])
    assert raised.value.kind == "invalid_state"
    assert f"`{name}` is no attribute that an instance may hold" in str(raised.value)
    with pytest.raises(RebuildError) as plain:
        persist.loads(calling(name, "x"), allow=[Bag])
    assert f"has an attribute `{name}` of its own" in str(plain.value)


class Bag:
    """An innocent class."""


def called() -> None:
    raise AssertionError("it was called")


def test_a_value_in_a_checkpoint_is_admitted_like_any_other() -> None:
    text = persist.dumps(saver_with(graphs.Answer(total=1)))
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["graphs:Answer"]


EVIL = "\"__import__('os').system('true')\""

TYPES = {
    "typ": "builtins:int",
    "state_schema": "graphs:Tally",
    "input_schema": "graphs:Tally",
}
"""Attributes where a graph reads a type, and which one it finds there."""


def misled(attribute: str) -> str:
    """Returns the text of a graph that has text of a stranger where it reads a type."""
    text = persist.dumps(graphs.counting(graphs.Tally))
    found = f'"{attribute}":{{"lc":"class","id":"{TYPES[attribute]}"}}'
    changed = text.replace(found, f'"{attribute}":{EVIL}', 1)
    assert changed != text
    return changed


@pytest.mark.parametrize("attribute", TYPES)
def test_text_where_a_graph_reads_a_type_is_refused(attribute: str) -> None:
    """Asked for its schemas, a graph makes models of these: text among them would be evaluated."""
    with pytest.raises(RebuildError) as raised:
        persist.loads(misled(attribute), allow=graphs.ALLOW)
    assert raised.value.kind == "invalid_state"
    assert f"`{attribute}` holds something else than a type" in str(raised.value)


@pytest.mark.parametrize(
    "name",
    [
        "langchain.agents.middleware.shell_tool:ShellToolMiddleware",
        "langchain.agents.middleware.file_search:FilesystemFileSearchMiddleware",
        "langgraph.checkpoint.serde.jsonplus:JsonPlusSerializer",
        "langgraph.pregel.remote:RemoteGraph",
    ],
)
def test_what_reaches_out_has_no_row(name: str) -> None:
    text = f'{{"middleware":[{{"lc":"object","id":"{name}","dict":{{}}}}]}}'
    with pytest.raises(UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == [name]


@pytest.mark.parametrize("attribute", ["__annotations__", "__signature__", "__text_signature__"])
def test_no_object_brings_along_what_typing_evaluates(attribute: str) -> None:
    text = f'{{"lc":"object","id":"{__name__}:Bag","dict":{{"{attribute}":{{"x":{EVIL}}}}}}}'
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow=[Bag])
    assert raised.value.kind == "invalid_state"


class Told(BaseCallbackHandler):
    """Keeps the names of what is run."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def on_chain_start(self, *_: object, **more: Any) -> None:
        self.names.append(more["name"])


def runs_of(graph: Any) -> list[str]:
    told = Told()
    graph.invoke({"topic": "tea", "parts": [], "done": False}, {"callbacks": [told]})
    return told.names


def test_a_graph_that_never_ran_runs_what_the_saved_one_runs() -> None:
    graph = graphs.work_graph()
    restored = persist.loads(persist.dumps(graph), allow=graphs.ALLOW)
    assert restored.nodes["__start__"].bound is DEFAULT_BOUND
    assert runs_of(restored) == runs_of(graph)


def test_what_is_like_the_step_of_a_node_without_one_stays_another() -> None:
    text = persist.dumps(DEFAULT_BOUND)
    assert text == '{"lc":"constant","id":"langgraph.pregel._read:DEFAULT_BOUND"}'
    assert persist.loads(text) is DEFAULT_BOUND
    like = RunnableCallable(graphs.plan)
    assert persist.loads(persist.dumps(like), allow=graphs.ALLOW) is not DEFAULT_BOUND
