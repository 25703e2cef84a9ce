"""Any text at all: a value or one of this package's errors, never anything else.

The mutations are repeatable: every seed is a number that the message of a failure names.
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import fractions
import gc
import importlib.util
import json
import os
import random
import re
import uuid
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import hostile
import persist
import pytest
from hostile_texts import forge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutations import SNIPPETS, cut, rewritten

ROUNDS = int(os.environ.get("PERSIST_FUZZ_ROUNDS", "1500"))
"""Mutations of each text; more of them find more."""

FIRST = int(os.environ.get("PERSIST_FUZZ_SEED", "0"))
"""The seed of the first mutation: another one mutates otherwise."""

ALLOW = ["hostile", "hostile:Plain.method"]
HAS_LANGCHAIN = all(
    importlib.util.find_spec(name) is not None for name in ("langchain_classic", "langchain_openai")
)


def plain_graph() -> object:
    """Every node that needs no framework, with sharing and cycles."""
    point = hostile.Point(1, 2)
    ring: list[object] = [point, (1, "x"), {1, 2}, frozenset({(1, 2)}), b"x", bytearray(b"y")]
    ring.append(ring)
    tied: dict[object, object] = {"lc": 1, 5: ring, ("a", 1): point}
    knot: tuple[list[object]] = ([],)
    knot[0].append(knot)
    values = [
        datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"), fold=1),
        datetime.date(2024, 1, 1),
        datetime.time(1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "x")),
        datetime.date(2024, 1, 1).isocalendar(),
        datetime.timedelta(1, 2, 3),
        decimal.Decimal("1.50"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=5),
        PurePosixPath("a/b"),
        re.compile("a+", re.IGNORECASE),
        range(1, 5),
        slice(1, None),
        complex(1, 2),
        ...,
        float("nan"),
        float("-inf"),
        10**5_000,
        "\ud800",
        hostile.Colour.RED,
        hostile.Access.READ | hostile.Access.WRITE,
        hostile.Plain,
        hostile.Plain().method,
        hostile.Extended("x"),
    ]
    slotted = hostile.Slotted()
    slotted.x = slotted
    return {"ring": ring, "tied": tied, "knot": knot, "values": values, "slotted": slotted}


def agents() -> Iterator[object]:
    """Real agents, small enough that a mutation often hits something that matters."""
    from langchain_classic.chains import ConversationChain
    from langchain_classic.memory import ConversationBufferMemory
    from langchain_core.language_models.fake_chat_models import FakeListChatModel
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI

    call = {"name": "f", "args": {"state": 1}, "id": "1", "type": "tool_call"}
    talk = [
        SystemMessage("s"),
        HumanMessage("h", additional_kwargs={"lc": 1}),
        AIMessage("a", tool_calls=[call], extra_field=(1, 2)),
        ToolMessage("t", tool_call_id="1", artifact={"a": {1, 2}}),
    ]
    yield [*talk, talk[0]]
    memory = ConversationBufferMemory(return_messages=True)
    memory.chat_memory.add_messages(talk)
    model = FakeListChatModel(responses=["r"])
    yield ConversationChain(llm=model, memory=memory, prompt=chat_prompt())
    yield ChatPromptTemplate.from_messages([("system", "{x}"), ("placeholder", "{history}")])
    yield ChatOpenAI(model="m", api_key="k-1234567", metadata={"a": hostile.Point(1, 2)})


def chat_prompt() -> object:
    from langchain_core.prompts import PromptTemplate

    return PromptTemplate.from_template("{history}{input}")


def texts() -> list[str]:
    found = [persist.dumps(plain_graph())]
    if HAS_LANGCHAIN:
        found += [persist.dumps(agent) for agent in agents()]
    return found


TEXTS = texts()


def tell(text: str, dialect: str) -> None:
    """Decodes a text; what comes out of it besides values and errors of ours is a bug."""
    try:
        value = persist.loads(
            text,
            allow=ALLOW,
            bind={"bound": 1},
            secrets_map={"OPENAI_API_KEY": "k-1234567"},
            dialect=dialect,  # type: ignore[arg-type]
        )
        del value
    except persist.PersistError as error:
        refusal: persist.PersistError | None = error
    else:
        refusal = None
    check(refusal)


def check(refusal: persist.PersistError | None) -> None:
    """Checks what is left behind: a whole error without secrets, and the collector on."""
    assert refusal is None or (str(refusal) and refusal.kind)
    assert "k-1234567" not in str(refusal)
    assert gc.isenabled()


@pytest.mark.parametrize("change", [rewritten, cut], ids=["tree", "text"])
@pytest.mark.parametrize("dialect", ["persist", "langchain"])
@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_a_mutated_text_is_read_or_refused(
    index: int, dialect: str, change: Callable[[random.Random, str], str]
) -> None:
    rounds = ROUNDS if dialect == "persist" else ROUNDS // 10
    for seed in range(FIRST, FIRST + rounds):
        text = change(random.Random(seed), TEXTS[index])
        try:
            tell(text, dialect)
        except BaseException as error:
            error.add_note(f"seed {seed}: {text[:3_000]!a}")
            raise


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_a_text_is_read_whole_or_refused(index: int) -> None:
    for end in range(0, len(TEXTS[index]), max(1, len(TEXTS[index]) // 300)):
        with pytest.raises(persist.FormatError) as caught:
            persist.loads(TEXTS[index][:end])
        assert caught.value.kind == "bad_state_text"


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_a_file_with_mutated_tables_is_read_or_refused(index: int, tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    persist.snapshot(persist.loads(TEXTS[index], **GIVEN), path)
    metadata = persist.get_metadata(path)
    tables = json.dumps({"classes": metadata["classes"], "needs": metadata["needs"]})
    for seed in range(FIRST, FIRST + ROUNDS // 5):
        mutated = json.loads(rewritten(random.Random(seed), tables))
        fields = mutated if type(mutated) is dict else {}
        changes = {name: fields[name] for name in ("classes", "needs") if name in fields}
        path.write_bytes(forge(TEXTS[index].encode(), **changes))
        refusal = None
        try:
            persist.restore(path, **GIVEN)
        except persist.PersistError as error:
            refusal = error
        except BaseException as error:
            error.add_note(f"seed {seed}: {mutated!a}")
            raise
        check(refusal)


GIVEN: dict[str, Any] = {
    "allow": ALLOW,
    "bind": {"bound": 1},
    "secrets_map": {"OPENAI_API_KEY": "k-1234567"},
}

KINDS = st.sampled_from(
    [
        "tuple",
        "set",
        "frozenset",
        "dict",
        "float",
        "int",
        "str",
        "bytes",
        "bytearray",
        "shared",
        "same",
        "bind",
        "object",
        "enum",
        "class",
        "function",
        "module",
        "method",
        "secret",
        "datetime",
        "time",
        "date",
        "isocalendar",
        "timedelta",
        "timezone",
        "zoneinfo",
        "decimal",
        "fraction",
        "uuid",
        "path",
        "ip",
        "pattern",
        "range",
        "slice",
        "complex",
        "ellipsis",
        "notimplemented",
        *("call", "code", "cell", "generic", "constant", "bare", "model", "typeddict"),
        *("ndarray", "void", "dtype", "generator", "timestamp"),
    ]
)
NAMES = st.sampled_from(
    ["hostile:Point", "hostile:Plain", "hostile:Colour", "hostile:Slotted", "os:system"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | NAMES
)


def nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists, maps, escapes, and nodes with the right and the wrong members."""
    members = st.sampled_from(
        [
            "v",
            "ref",
            "same",
            "id",
            "name",
            "value",
            "dict",
            "slots",
            "set",
            "base",
            "extra",
            "private",
            "self",
            "type",
            "tz",
            "fold",
            "flags",
            "safe",
            *("new", "newkw", "init", "state", "items", "pairs", "args", "cells", "old"),
            *("fields", "config", "module", "by", "dtype", "shape", "class", "members", "cause"),
        ]
    )
    node = st.builds(
        lambda kind, parts: {"lc": kind, **dict(parts)},
        KINDS,
        st.lists(st.tuples(members, inner | NAMES), max_size=4),
    )
    usual = st.builds(
        lambda kind, items: {"lc": kind, "v": items}, KINDS, st.lists(inner, max_size=3)
    )
    thing = st.builds(
        lambda name, ref, parts: {"lc": "object", "id": name, "ref": ref, "dict": parts},
        NAMES,
        st.integers(0, 3),
        st.dictionaries(st.sampled_from(["x", "y", "method"]), inner, max_size=3),
    )
    labelled = st.builds(
        lambda ref, item: {"lc": "shared", "ref": ref, "v": item}, st.integers(0, 3), inner
    )
    mention = st.builds(lambda ref: {"lc": "same", "ref": ref}, st.integers(0, 3))
    escape = st.builds(lambda item: {"__lc_escaped__": item}, inner)
    return (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | node
        | usual
        | thing
        | labelled
        | mention
        | escape
    )


TREES = st.recursive(SCALARS, nodes, max_leaves=20)
QUIET = settings(
    deadline=None,
    max_examples=max(300, ROUNDS),
    suppress_health_check=list(HealthCheck),
    database=None,
)


@QUIET
@given(TREES)
def test_any_tree_of_nodes_is_read_or_refused(tree: Any) -> None:
    tell(json.dumps(tree), "persist")
    tell(json.dumps(tree), "langchain")


@QUIET
@given(st.text() | st.lists(st.sampled_from(SNIPPETS), max_size=30).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    tell(text, "persist")


@QUIET
@given(TREES)
def test_what_was_read_can_be_written_and_read_again(tree: Any) -> None:
    try:
        found = persist.loads(json.dumps(tree), **GIVEN)
    except persist.PersistError:
        return
    text = persist.dumps(found)
    assert persist.dumps(persist.loads(text, **GIVEN)) == text


@pytest.mark.parametrize("text", ["[1]", '{"lc":"nothing"}', '{"lc":"bind","name":"x"}', "["])
def test_a_collector_that_was_off_stays_off(text: str) -> None:
    gc.disable()
    try:
        with contextlib.suppress(persist.PersistError):
            persist.loads(text)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_is_on_again_where_a_class_interrupts() -> None:
    node = {"lc": "set", "v": [{"lc": "object", "id": "hostile:Interrupting", "dict": {}}]}
    with pytest.raises(KeyboardInterrupt):
        persist.loads(json.dumps(node), allow=["hostile"])
    assert gc.isenabled()


MODULES = [
    "abc",
    "array",
    "ast",
    "builtins",
    "collections",
    "contextlib",
    "copy",
    "ctypes",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "mmap",
    "operator",
    "pathlib",
    "pickle",
    "pydantic.fields",
    "pydantic.main",
    "pydantic.types",
    "pydantic_core",
    "queue",
    "random",
    "re",
    "select",
    "selectors",
    "socket",
    "sqlite3",
    "ssl",
    "string",
    "struct",
    "subprocess",
    "tempfile",
    "threading",
    "types",
    "typing",
    "uuid",
    "weakref",
    "zipfile",
    "zlib",
    "zoneinfo",
    "langchain_core.language_models",
    "langchain_core.messages",
    "langchain_core.runnables.base",
    "langchain_core.tools",
]

PARTS: list[dict[str, Any]] = [
    {"dict": {}},
    {"ref": 1, "dict": {"x": {"lc": "same", "ref": 1}}},
    {"slots": {}},
    {"base": "x"},
    {"dict": {}, "extra": {"a": 1}, "private": {}, "set": ["a"]},
]


@pytest.mark.parametrize("module", MODULES)
def test_no_class_can_be_built_in_a_way_that_breaks_the_interpreter(module: str) -> None:
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        pytest.skip(f"{module} is missing")
    found = vars(importlib.import_module(module)).values()
    for cls in [thing for thing in found if isinstance(thing, type)]:
        name = f"{cls.__module__}:{cls.__qualname__}"
        for parts in PARTS:
            with contextlib.suppress(persist.PersistError):
                text = json.dumps({"lc": "object", "id": name, **parts})
                persist.loads(text, allow=[cls.__module__.partition(".")[0]])


def test_a_secret_beside_state_that_is_no_map_is_refused() -> None:
    node = {
        "lc": "object",
        "id": "functools:partial",
        "init": [{"lc": "class", "id": "builtins:int"}],
        "extra": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
        "state": {"lc": "tuple", "v": [{"lc": "class", "id": "builtins:int"}]},
    }
    with pytest.raises(persist.RebuildError) as caught:
        persist.loads(json.dumps(node), secrets_map={"OPENAI_API_KEY": "k-1234567"})
    assert caught.value.kind == "invalid_state"
