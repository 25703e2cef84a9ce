"""Every example of `docs/format/state-v1.md`: written as it stands there, read, written again."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import persist
import pytest
from persist.adapters import _registry
from persist.state import nameless, values

import pages
import strict

pytest.importorskip("langchain_core")
pytest.importorskip("numpy")
pytest.importorskip("pandas")

PAGE = pages.ROOT / "docs" / "format" / "state-v1.md"
BLOCKS = pages.blocks_of(PAGE)
MODULE = next(block for block in BLOCKS if block.module)

# An expression and a text that is no name of a member: those begin with a letter or a brace.
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)

NAMES = """
import re, struct, typing
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Network
from pathlib import PurePosixPath
from uuid import UUID
from zoneinfo import ZoneInfo

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from pydantic import Secret, SecretStr

import myapp
from myapp import *

client = object()
"""

SECRETS = {
    "Login.token": "abcdefgh",
    "value.key": "abcdefgh",
    "value.pin": "12345678",
    "CALLER_KEY": "12345678",
    "Client.api_key": "abcdefgh",
    "Client.headers": "abc",
}

# What the walk itself writes; `persist.state.values` and the adapters build the other kinds.
NATIVE_KINDS = {
    "tuple", "set", "frozenset", "deque", "dict", "float", "int", "str", "bytes", "bytearray",
    "shared", "same", "bind", "object", "enum", "class", "function", "module", "method", "secret",
    "bare", "call", "code", "cell", "constant", "generic", *nameless.KINDS,
}  # fmt: skip
KINDS = NATIVE_KINDS | set(values.BUILDERS) | set(_registry.NODES)


class Vector(NamedTuple):
    """One example: Python that makes a value, and its text."""

    source: str
    text: str


def vectors() -> Iterator[Vector]:
    """Yield the rows of tables, then the blocks."""
    page = pages.FENCE.sub("", PAGE.read_text(encoding="utf-8"))
    for source, text in ROW.findall(page):
        yield Vector("value = " + source.replace("\\|", "|"), text)
    for block, following in pairwise(BLOCKS):
        if block.language == "python" and following.language == "json":
            yield Vector(block.text, following.text.rstrip("\n"))
        elif "\ntext = " in block.text:
            yield Vector(block.text, "")


VECTORS = list(vectors())

REFUSED = re.findall(
    r"^\| `([^`]+)` \| [^|]+ \|$",
    PAGE.read_text(encoding="utf-8").partition("## 13. ")[2],
    re.MULTILINE,
)


class Example(NamedTuple):
    """A vector, made."""

    value: Any
    text: str
    client: object

    def write(self, value: object) -> str:
        keeps = '"lc":"secret"' in self.text and '"v":' in self.text
        secrets = "keep" if keeps else "omit"
        return persist.dumps(value, bind={"client": self.client}, secrets=secrets)

    def read(self) -> Any:
        bind = {"client": self.client}
        return persist.loads(
            self.text,
            allow=["myapp", "myapp:open_account", "myapp:Parcel.packed", "myapp:seat"],
            bind=bind,
            secrets_map=SECRETS,
        )


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the examples are made with, the page's own module among it."""
    folder = tmp_path_factory.mktemp("vectors")
    (folder / str(MODULE.module)).write_text(MODULE.text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    found: dict[str, Any] = {}
    exec(NAMES, found)
    yield found
    sys.path.remove(str(folder))
    sys.modules.pop("myapp")


@pytest.fixture(params=VECTORS, ids=lambda vector: vector.source.split("value = ")[-1][:40])
def example(request: pytest.FixtureRequest, names: dict[str, Any]) -> Example:
    made = dict(names)
    exec(request.param.source, made)
    return Example(made["value"], request.param.text or made["text"], made["client"])


@pytest.mark.usefixtures("thawed")
def test_a_value_is_written_as_the_page_says(example: Example) -> None:
    assert example.write(example.value) == example.text


@pytest.mark.usefixtures("thawed")
def test_a_text_of_the_page_comes_back_equal_and_is_written_the_same(example: Example) -> None:
    made = example.read()
    strict.assert_same(example.value, made)
    assert example.write(made) == example.text


def test_every_node_kind_has_an_example() -> None:
    texts = " ".join([vector.text or vector.source for vector in VECTORS])
    shown = set(re.findall(r'"lc":"(\w+)"', texts))
    assert shown == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_member_that_a_node_does_not_have_is_refused(kind: str) -> None:
    text = json.dumps({"lc": kind, "unknown": 1})
    with pytest.raises(persist.FormatError) as raised:
        persist.loads(text)
    assert raised.value.kind == "bad_state_text"


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_the_page_refuses_is_refused(text: str, names: dict[str, Any]) -> None:
    with pytest.raises(persist.FormatError) as raised:
        persist.loads(text, allow="myapp")
    assert raised.value.kind == "bad_state_text"


@pytest.mark.parametrize("marker", ["true", "1.0", "2", "null", '"node"', "[]", "{}"])
def test_nothing_else_under_lc_makes_a_node(marker: str) -> None:
    with pytest.raises(persist.FormatError) as raised:
        persist.loads(f'{{"a":[{{"lc":{marker},"v":1}}]}}')
    assert raised.value.kind == "bad_state_text"
    assert "$.a[0]" in str(raised.value)
