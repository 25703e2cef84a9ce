"""LangChain's view: its loader reads our text, ours reads its, and they say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import draft_table
import judged
import partners
import persist
import pytest
import serializable
from langchain_core.load import dumps, loads
from langchain_core.load import mapping as legacy
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import PromptTemplate
from langchain_openai import ChatOpenAI
from persist import CaptureError

from strict import assert_same

ALL: Any = "all"
PACKAGES = [
    "langchain",
    "langchain_anthropic",
    "langchain_aws",
    "langchain_classic",
    "langchain_core",
    "langchain_google_genai",
    "langchain_groq",
    "langchain_huggingface",
    "langchain_mistralai",
    "langchain_ollama",
    "langchain_openai",
    "langgraph",
]


@pytest.fixture(autouse=True)
def _no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    partners.forget_keys(monkeypatch.delenv)


def without_state(node: Any) -> Any:
    """Drops `state` beside the kwargs of constructor nodes, nowhere else."""
    if isinstance(node, list):
        return [without_state(child) for child in node]
    if not isinstance(node, dict) or "__lc_escaped__" in node:
        return node
    is_node = node.get("lc") == 1 and node.get("type") == "constructor"
    return {
        key: without_state(child) for key, child in node.items() if not (is_node and key == "state")
    }


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("lc") == 1 and value.get("type") == "constructor":
            yield value
        for child in value.values():
            yield from nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes(child)


def secrets_in(text: str) -> dict[str, str]:
    return dict.fromkeys(("OPENAI_API_KEY", *SECRETS), partners.KEY)


SECRETS = {name for model in partners.MODELS.values() for name in model.secrets} | {
    "AZURE_OPENAI_API_KEY"
}


def theirs_of(text: str) -> Any:
    # LangChain's "all" has nothing of langchain-classic.
    is_classic = "langchain_classic" in text or '"RegexParser"' in text
    known = [*serializable.CLASSIC, PromptTemplate, ChatOpenAI, StrOutputParser]
    return loads(
        text,
        allowed_objects=known if is_classic else ALL,
        secrets_map=secrets_in(text),
        valid_namespaces=list(PACKAGES),
    )


def ours_of(name: str, text: str, **given: Any) -> Any:
    endpoints = ["https://mine.openai.azure.example"]
    allow = serializable.ALLOW.get(name, ())
    return persist.loads(
        text, allow=allow, secrets_map=secrets_in(text), endpoints=endpoints, **given
    )


@pytest.mark.parametrize("name", serializable.CARRIED)
def test_our_text_parses_equal_to_langchains(name: str) -> None:
    value = serializable.MADE[name]()
    ours, theirs = json.loads(persist.dumps(value)), json.loads(dumps(value))
    assert "not_implemented" not in json.dumps(theirs)
    assert without_state(ours) == theirs


@pytest.mark.parametrize("name", serializable.CARRIED)
def test_langchains_loader_reads_from_our_text_what_it_reads_from_its_own(name: str) -> None:
    value = serializable.MADE[name]()
    one, other = theirs_of(dumps(value)), theirs_of(persist.dumps(value))
    assert picture(one) == picture(other)


@pytest.mark.parametrize("name", [*serializable.CARRIED, *serializable.OURS_ALONE])
def test_we_read_from_langchains_text_what_its_loader_reads(name: str) -> None:
    text = dumps(serializable.MADE[name]())
    assert picture(ours_of(name, text, dialect="langchain")) == picture(theirs_of(text))


@pytest.mark.parametrize("name", serializable.MADE)
def test_we_write_langchains_text_where_that_loses_nothing(name: str) -> None:
    value = serializable.MADE[name]()
    problems: Sequence[Any] = ()
    text = ""
    try:
        text = persist.dumps(value, dialect="langchain")
    except CaptureError as error:
        problems = error.problems
    assert all("LangChain" in problem.reason for problem in problems), problems
    assert bool(text) != bool(problems)
    assert text or name not in PLAIN
    assert not text or json.loads(text) == json.loads(dumps(value))


@pytest.mark.parametrize("name", serializable.NOT_CARRIED)
def test_what_is_said_not_to_be_carried_is_not(name: str) -> None:
    value = serializable.MADE[name]()
    text = dumps(value)
    try:
        back = theirs_of(text)
    except Exception:
        return
    assert picture(back) != picture(value)


def picture(value: Any) -> Any:
    """Returns all fields of a value, without what constructors make and the keys."""
    if isinstance(value, list | tuple):
        return type(value), [picture(child) for child in value]
    if isinstance(value, dict):
        return {key: picture(child) for key, child in value.items()}
    if not hasattr(type(value), "model_fields"):
        return value if isinstance(value, str | int | float | type(None)) else type(value)
    row = partners.row_of(value)
    made = () if row is None else row.made
    fields = {
        name: picture(child)
        for name, child in vars(value).items()
        if name not in made and name not in ("client", "async_client")
    }
    return type(value), fields, sorted(value.model_fields_set - set(made)), value.model_extra


PLAIN = ("document", "text", "list", "generation", "action", "finish", "template text")
"""Samples without anything that only `state` could carry."""

OLD = {
    **legacy.OLD_CORE_NAMESPACES_MAPPING,
    **legacy._OG_SERIALIZABLE_MAPPING,
    **legacy.SERIALIZABLE_MAPPING,
}


@pytest.mark.parametrize("name", serializable.CARRIED)
def test_old_and_new_namespaces_load(name: str) -> None:
    value = serializable.MADE[name]()
    for one in value if isinstance(value, list) else [value]:
        text = dumps(one)
        written = json.loads(text)
        home = (*type(one).__module__.split("."), type(one).__name__)
        ids = {old for old, new in OLD.items() if new == home} | {home}
        for lc_id in sorted(ids):
            moved = json.dumps({**written, "id": list(lc_id)})
            back = ours_of(name, moved, dialect="langchain")
            assert type(back) is type(one), lc_id
            # A class that shares its id with another is told apart by its own path alone.
            assert picture(back)[1:] == picture(ours_of(name, text, dialect="langchain"))[1:]


def test_every_serializable_class_has_a_sample() -> None:
    sampled = {
        f"{type(one).__module__}:{type(one).__qualname__}"
        for make in serializable.MADE.values()
        for made in [make()]
        for one in (made if isinstance(made, list) else [made])
    }
    found = {
        f"{cls.__module__}:{cls.__qualname__}"
        for package in PACKAGES
        for cls in draft_table.classes_of(package)
        if judged.has_instances(cls)
        and callable(getattr(cls, "is_lc_serializable", None))
        and cls.is_lc_serializable()  # type: ignore[attr-defined]
    }
    assert found - sampled - serializable.NEVER.keys() == set()
    assert serializable.NEVER.keys() - found == set()


class Named(str):
    """A text of a class of its own."""


NAMES: dict[str, Any] = {
    "none": None,
    "empty": "",
    "one of its own": "ada",
    "with quotes and more": 'a "b"\n\u2028é😀',
    "half a character": "a\ud800b",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_runnable_says_the_name_that_langchain_says(name: str | None) -> None:
    parser = StrOutputParser(name="before")
    parser.name = name
    for state in (parser, {"twice": [parser, parser]}):
        text = persist.dumps(state)
        assert_same(persist.loads(text), state)
    ours, theirs = json.loads(persist.dumps(parser)), json.loads(dumps(parser))
    assert without_state(ours) == theirs
    assert list(ours)[-1] == "name"
    assert ours["name"] == (name or "StrOutputParser")
    assert json.loads(persist.dumps(parser, dialect="langchain")) == theirs


def test_a_runnable_whose_name_is_no_text_goes_by_its_class() -> None:
    for odd in (7, Named("ada")):
        parser = StrOutputParser.model_construct(name=odd)
        text = persist.dumps(parser)
        assert json.loads(text)["name"] == "StrOutputParser"
        assert_same(persist.loads(text, allow=Named), parser)


SHARED = HumanMessage("once")
REFUSED: list[tuple[Any, str]] = [
    ([SHARED, SHARED], "$[1]"),
    ({"a": (1, 2)}, "$.a"),
    ([AIMessage("x", additional_kwargs={"s": {1}})], "$[0].additional_kwargs.s"),
    ({"n": float("nan")}, "$.n"),
    ({1: "one"}, "$"),
    ([HumanMessage("x", more=b"1")], "$[0]"),
]


@pytest.mark.parametrize(("value", "path"), REFUSED, ids=[path for _, path in REFUSED])
def test_what_langchain_lacks_is_refused_by_its_dialect(value: Any, path: str) -> None:
    assert_same(value, persist.loads(persist.dumps(value)))
    with pytest.raises(CaptureError) as raised:
        persist.dumps(value, dialect="langchain")
    assert [problem.path for problem in raised.value.problems] == [path]


def test_what_stands_for_a_thing_is_refused_in_its_place_once() -> None:
    # Of the last there is no form in any dialect, and that is what is said.
    count = iter([]).__next__
    values = {"bare": object(), "code": lambda: count, "twice": [object(), (lambda: 1, object())]}
    with pytest.raises(CaptureError) as raised:
        persist.dumps(values, dialect="langchain")
    paths = [problem.path for problem in raised.value.problems]
    assert paths[:3] == ["$.bare", "$.code", "$.code.__closure__[0]"]
    assert len(paths) == len({*paths})
    (method,) = [it for it in raised.value.problems if it.path.endswith(".count")]
    assert method.reason == "no name leads to the method `list_iterator.__next__` on its object"
    assert {"$.twice[0]", "$.twice[1]", "$.twice[1][0]", "$.twice[1][1]"} <= {*paths}


def test_extra_fields_are_named_where_langchain_drops_them() -> None:
    prompt = PromptTemplate.from_template("say {word}")
    assert persist.loads(persist.dumps(prompt)) == prompt
    with pytest.raises(CaptureError) as raised:
        persist.dumps([HumanMessage("x", more=1)], dialect="langchain")
    (problem,) = raised.value.problems
    assert problem.path == "$[0]"
