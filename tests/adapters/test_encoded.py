"""Types that pydantic reads and writes in a code: annotations of models made at run time."""

from __future__ import annotations

import json
from typing import Any

import encoded
import persist
import pytest
from ears import assert_refused_unheard

from trips import python

GIVEN = {"url": "aGk_", "turned": "cba", "turned_raw": [b"ba"], "kept": [1, "x", "2"]}


def test_what_a_model_reads_in_a_code_it_reads_when_it_is_back() -> None:
    cls = encoded.coded()
    one, value = persist.loads(persist.dumps([cls, cls(**GIVEN)]), allow="encoded")
    assert type(value) is one is not cls
    assert value.model_dump_json() == cls(**GIVEN).model_dump_json()
    assert one(**GIVEN) == value
    assert one.model_json_schema() == cls.model_json_schema()
    assert (value.turned, value.turned_raw, value.kept) == ("abc", [b"ab"], [1, 2])


def test_only_the_encoder_of_the_program_has_to_be_allowed() -> None:
    text = persist.dumps(encoded.coded())
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(text)
    assert raised.value.allow == ["encoded:Turned"]


def test_another_process_reads_in_the_same_codes(tmp_path: Any) -> None:
    path = tmp_path / "coded.json"
    persist.snapshot(encoded.coded(), path)
    code = """
import sys, persist
cls = persist.restore(sys.argv[1], allow="encoded")
print(cls(url="aGk_", turned="cba", text="YQ==").model_dump(include={"url", "turned", "text"}))
"""
    shown = "{'text': 'YQ==\\n', 'url': 'aGk_', 'turned': 'cba'}\n"
    assert python(code, path, seed=5) in (shown, shown.replace("\\n'", "'"))


def coded(encoder: Any) -> str:
    """Returns the text of a model whose field is read by an encoder."""
    note = {"lc": "object", "id": "pydantic.types:EncodedStr", "slots": {"encoder": encoder}}
    kind = {"lc": "class", "id": "builtins:str"}
    field = [{"lc": "generic", "id": "typing:Annotated", "args": [kind, note]}]
    node = {"lc": "model", "name": "M", "module": "encoded", "fields": {"a": field}}
    return json.dumps(node)


CODE = "__import__('os').system('true')"
RUN = {"lc": "function", "id": "encoded:run"}
HOSTILE = [
    CODE,
    RUN,
    None,
    {"lc": "object", "id": "encoded:Giver", "dict": {"decode": RUN}},
    {"lc": "module", "id": "encoded"},
    {"lc": "dataclass", "name": "D", "module": "encoded",
     "fields": {"decode": [{"lc": "class", "id": "builtins:int"}, {"default": RUN}]}},
]  # fmt: skip


@pytest.mark.parametrize("encoder", HOSTILE)
def test_what_is_no_class_with_a_name_encodes_nothing(encoder: Any) -> None:
    assert_refused_unheard(coded(encoder), "invalid_state", CODE, allow="encoded")
    assert encoded.RAN == []


def test_an_encoder_that_no_name_leads_to_is_refused_when_it_is_saved() -> None:
    from pydantic import EncodedStr

    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([EncodedStr(encoder=encoded.Giver())])  # type: ignore[arg-type]
    assert "`encoder` is no class that has a name" in raised.value.problems[0].reason
