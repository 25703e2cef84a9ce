"""The text itself: the same in every process, and LangChain's own form where that has one."""

from __future__ import annotations

import json
import sys
from typing import Any

import persist
import pytest
from langchain_core.load import dumps as langchain_dumps
from langchain_core.load import loads as langchain_loads
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from persist import CaptureError, FormatError, RebuildError, UntrustedError

from strict import assert_same
from things import Plain
from trips import TESTS, python

DIGEST = """
import hashlib, persist, states
for name, make in states.STATES.items():
    print(name, hashlib.sha256(persist.dumps(make()).encode()).hexdigest())
"""

STATES = """
import conversations, models, things
from things import Color, Frozen, Group, Node, Plain, Sealed

def peers(kind):
    group = kind()
    group |= {Plain(number=number, group=group) for number in range(20)}
    return group

def friends(kind):
    people = [Plain(name=f"p{at}") for at in range(30)]
    for at, person in enumerate(people):
        person.friends = kind(people[at * step % 30] for step in range(1, 5))
    return people

STATES = {
    "texts": lambda: {f"text {at}" for at in range(200)},
    "mixed": lambda: {1, 1.5, None, "a", b"b", (1, "c"), frozenset({"d", "e"}), Color.RED},
    "sets in sets": lambda: {
        frozenset({f"{at}", frozenset({f"{at}{to}" for to in range(5)})}) for at in range(20)
    },
    "sets of objects": lambda: {Frozen(f"{at}", frozenset({f"x{at}", "y"})) for at in range(20)},
    "peers": lambda: [peers(set), peers(Group)],
    "friends": lambda: [friends(set), friends(Group)],
    "groups in groups": lambda: Group(
        Plain(a=kind(f"{at}{to}" for to in range(at % 5)), b=kind([f"{at}"]), c=kind("xy"))
        for at in range(20)
        for kind in (set, Group, Sealed)
    ),
    "models": lambda: [
        models.Person(age=1, name="x", tags=[1]),
        models.Loose(**{f"k{at}": at for at in range(20)}),
    ],
    "fields set": lambda: models.Person.model_construct({"nick", "name", "age", "tags"}, age=1),
    **{name: state.make for name, state in conversations.STATES.items()},
}
"""


def test_one_state_gives_one_text_in_every_process(tmp_path: Any) -> None:
    (tmp_path / "states.py").write_text(STATES)
    digests = {python(DIGEST, seed=seed, path=[tmp_path]) for seed in (0, 1, 77)}
    assert len(digests) == 1
    assert len(digests.pop().splitlines()) > 20


def test_editing_one_message_changes_its_own_bytes_alone() -> None:
    def text(middle: str) -> str:
        return persist.dumps([HumanMessage("a"), HumanMessage(middle), HumanMessage("c")])

    before, after = text("one"), text("another")
    assert before.replace("one", "another") == after


def messages() -> list[Any]:
    sys.path.insert(0, str(TESTS / "adapters"))
    import conversations

    made = conversations.messages()
    made += conversations.documents()
    made += conversations.templates().values()
    made += conversations.outputs()
    made += conversations.parsers().values()
    return made


CARRIED = messages()


def plain(value: Any) -> bool:
    """Tells whether LangChain's own text holds all of a value, its fields set aside."""
    text = persist.dumps(value)
    return '"lc":"' not in text


def without_state(node: Any) -> Any:
    """Drops the key that only we read."""
    if isinstance(node, list):
        return [without_state(child) for child in node]
    if not isinstance(node, dict):
        return node
    is_constructor = node.get("lc") == 1 and node.get("type") == "constructor"
    return {
        name: without_state(child)
        for name, child in node.items()
        if not (is_constructor and name == "state")
    }


LOSSLESS = [value for value in CARRIED if plain(value)]


def named(value: Any) -> str:
    return f"{type(value).__name__}"


@pytest.mark.parametrize("value", LOSSLESS, ids=named)
def test_the_text_is_langchains_beside_the_state(value: Any) -> None:
    ours = without_state(json.loads(persist.dumps(value)))
    theirs = json.loads(langchain_dumps(value))
    assert ours == theirs
    assert json.dumps(ours) == json.dumps(theirs)


@pytest.mark.parametrize("value", LOSSLESS, ids=named)
@pytest.mark.filterwarnings("ignore")
def test_langchain_reads_the_text(value: Any) -> None:
    read = langchain_loads(persist.dumps(value), allowed_objects="all")
    assert type(read) is type(value)
    assert langchain_dumps(read) == langchain_dumps(value)


def in_langchains_dialect(value: Any) -> str | None:
    """Returns the text in LangChain's dialect, None where it is refused."""
    try:
        return persist.dumps(value, dialect="langchain")
    except CaptureError as error:
        if error.kind != "unsupported_value":
            raise
        return None


@pytest.mark.parametrize("value", CARRIED, ids=named)
@pytest.mark.filterwarnings("ignore")
def test_langchains_dialect_is_langchains_text_or_a_refusal(value: Any) -> None:
    text = in_langchains_dialect(value)
    if text is None:
        return
    assert json.loads(text) == json.loads(langchain_dumps(value))
    back = persist.loads(text, dialect="langchain", allow=["models"])
    assert back == value
    assert langchain_loads(text, allowed_objects="all") == value


def test_most_of_langchains_classes_have_its_dialect() -> None:
    written = sum(in_langchains_dialect(value) is not None for value in CARRIED)
    assert written > 25


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ((1,), "$"),
        ({"a": [b"x"]}, "$.a[0]"),
        ({1: 2}, "$"),
        ([float("nan")], None),
        ([10**5000], None),
        ([Plain()], "$[0]"),
        ({"a": HumanMessage("x", more=1)}, "$.a"),
        ([ToolMessage("x", tool_call_id="1", artifact=(1,))], "$[0].artifact"),
        ([HumanMessage("x", example=True)], "$[0]"),
        ({"lc": {"a": (1,)}}, None),
        ([{"shared"}], "$[0]"),
    ],
)
def test_langchains_dialect_refuses_what_it_would_lose(value: Any, path: str | None) -> None:
    with pytest.raises(CaptureError) as raised:
        persist.dumps(value, dialect="langchain")
    assert raised.value.kind == "unsupported_value"
    paths = [problem.path for problem in raised.value.problems]
    assert path is None or path in paths


def test_langchains_dialect_refuses_sharing() -> None:
    shared = [1]
    with pytest.raises(CaptureError):
        persist.dumps([shared, shared], dialect="langchain")


def test_langchains_dialect_reads_keys_in_any_order() -> None:
    text = '{"kwargs":{"content":"x"},"type":"constructor","more":1,"lc":1,'
    text += '"id":["langchain","schema","messages","HumanMessage"]}'
    assert_same(persist.loads(text, dialect="langchain"), HumanMessage("x"))


def test_langchains_dialect_reads_what_dumps_writes() -> None:
    value = [AIMessage("x"), {"lc": 1}, {"a": {"__lc_escaped__": {"b": 1}}}, {"lc": {"lc": 2}}]
    back = persist.loads(langchain_dumps(value), dialect="langchain")
    assert back == value
    assert langchain_loads(langchain_dumps(value), allowed_objects="all") == back


def test_langchains_dialect_takes_our_nodes_for_data() -> None:
    text = '{"lc":"tuple","v":[{"lc":"object","id":"os:system"},{"lc":2},{"lc":true},{"lc":1.0}]}'
    assert persist.loads(text, dialect="langchain") == json.loads(text)


@pytest.mark.parametrize(
    ("text", "error", "kind"),
    [
        (
            '{"lc":1,"type":"constructor","id":["os","system"],"kwargs":{}}',
            UntrustedError,
            "not_allowed",
        ),
        (
            '{"lc":1,"type":"not_implemented","id":["a","B"],"repr":"B()"}',
            RebuildError,
            "never_saved",
        ),
        (
            '{"lc":1,"type":"constructor","id":["langchain","schema","messages","HumanMessage"],'
            '"kwargs":{"content":1}}',
            RebuildError,
            "invalid_state",
        ),
        ('{"a":1,"a":2}', FormatError, "bad_state_text"),
        ('{"a":NaN}', FormatError, "bad_state_text"),
    ],
)
def test_langchains_dialect_refuses(text: str, error: type[Exception], kind: str) -> None:
    with pytest.raises(error) as raised:
        persist.loads(text, dialect="langchain")
    assert raised.value.kind == kind  # type: ignore[attr-defined]


def test_langchain_never_sees_our_state_as_something_to_revive() -> None:
    text = persist.dumps(HumanMessage("x", more=AIMessage("y")))
    assert langchain_loads(text, allowed_objects="messages") == HumanMessage("x")


def test_a_text_is_one_line_of_json_that_any_reader_takes() -> None:
    text = persist.dumps(CARRIED)
    assert "\n" not in text
    assert isinstance(json.loads(text), list)
