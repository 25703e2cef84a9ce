"""Whole files whose state is none: what restoring says, while all else is in order."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import persist
import pytest
from forge import forge
from refused import CHANGED

if TYPE_CHECKING:
    import pathlib

FRAMINGS = ["gzip", "zstd", "none"]
OTHER_WRITER = "it was changed, or written by something else: use a copy that verifies"


def refusal(path: pathlib.Path, allow: str | tuple[str, ...] | None = None) -> persist.PersistError:
    """Returns what restoring raises of a file that verifies and says what it is."""
    with pytest.raises(persist.PersistError) as caught:
        persist.restore(path, allow=() if allow is None else allow)
    verification = persist.verify_snapshot(path)
    assert (verification.reason, verification.detail) == (None, None)
    assert persist.get_metadata(path)["agent_id"] == "forged"
    assert caught.value.location == str(path)
    return caught.value


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    ("state", "offset", "reason"),
    [
        (b"", 0, "it ends early"),
        (b"{", 1, "it ends early"),
        (b"[1,]", 3, "expected a value"),
        (b"NaN", 0, "expected a value"),
        (b"'a'", 0, "expected a value"),
        (b'"\x01"', 1, "a control character stands in a string"),
        (b'"\xff"', 1, "a string is not UTF-8"),
        (b"[1] 2", 4, "more text follows the value"),
        (b"01", 1, "a number begins with 0"),
        (b'{"a":1 "b":2}', 7, "expected `,` or `}`"),
        (b'"\\x"', 2, "no such escape"),
        (b"[" * 100_000, 100_000, "it ends early"),
        (b'{"a":' * 100_000, 500_000, "it ends early"),
    ],
    ids=range(13),
)
def test_a_state_that_is_not_json_is_refused(
    tmp_path: pathlib.Path, framing: str, state: bytes, offset: int, reason: str
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(forge(state, framing))
    error = refusal(path)
    assert (type(error), error.kind) == (persist.FormatError, "bad_state_text")
    assert str(error) == f"the state text of the data is malformed at byte {offset}: {reason}"
    assert error.hint == CHANGED


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize(
    ("state", "at", "reason"),
    [
        ('{"lc":"unheard of"}', "$", "the node kind `unheard of` is not known"),
        (
            '[{"lc":1,"type":"oops"}]',
            "$[0]",
            "a node `1` is of the type `oops`, which is not known",
        ),
        ('{"a":1,"a":2}', "$", "a key stands twice in one map"),
        ('{"a":1,"\\u0061":2}', "$", "a key stands twice in one map"),
        ('{"x":[{"a":1,"b":2,"a":3}]}', "$.x[0]", "a key stands twice in one map"),
    ],
    ids=range(5),
)
def test_a_node_that_nobody_writes_is_refused(
    tmp_path: pathlib.Path, framing: str, state: str, at: str, reason: str
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(forge(state.encode(), framing))
    for allow in (None, "persist"):
        error = refusal(path, allow)
        assert (type(error), error.kind) == (persist.FormatError, "bad_state_text")
        assert str(error) == f"could not read the state text: at `{at}` {reason}"
        assert error.hint == OTHER_WRITER


@pytest.mark.parametrize(
    ("state", "at", "what", "name"),
    [
        ('{"lc":"object","id":"os:system"}', "$", "class", "os:system"),
        ('[{"lc":"object","id":"nowhere_pkg:Thing"}]', "$[0]", "class", "nowhere_pkg:Thing"),
        ('{"a":{"lc":"function","id":"nowhere_pkg:thing"}}', "$.a", "value", "nowhere_pkg:thing"),
        ('{"lc":"function","id":"subprocess:run"}', "$", "value", "subprocess:run"),
    ],
    ids=["elsewhere", "unknown", "function", "dangerous"],
)
def test_a_name_outside_the_policy_is_refused(
    tmp_path: pathlib.Path, state: str, at: str, what: str, name: str
) -> None:
    path = tmp_path / "bad"
    # What else is admitted changes nothing.
    for framing, allow in itertools.product(FRAMINGS, (None, "langchain_core")):
        path.write_bytes(forge(state.encode(), framing))
        error = refusal(path, allow)
        assert isinstance(error, persist.UntrustedError)
        assert (type(error), error.kind) == (persist.UntrustedError, "not_allowed")
        names = f"the state names the {what} `{name}`, which is not admitted"
        assert str(error) == f"could not restore the agent: at `{at}`, {names}"
        assert error.allow == [name]
        assert error.hint == f"if you trust what they name, restore with allow=['{name}']"


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("kind", ["object", "function"])
def test_a_package_that_is_not_there_is_named(
    tmp_path: pathlib.Path, framing: str, kind: str
) -> None:
    path = tmp_path / "bad"
    path.write_bytes(forge(f'[{{"lc":"{kind}","id":"nowhere_pkg:Thing"}}]'.encode(), framing))
    error = refusal(path, "nowhere_pkg")
    assert (type(error), error.kind) == (persist.RebuildError, "missing_package")
    reason = "could not import `nowhere_pkg`: `nowhere_pkg` is not installed"
    assert str(error) == f"could not restore the agent: at `$[0]`, {reason}"
    assert error.hint is None


SEQUENCE = "\x1b]0;owned\x07\x9b2J\u202eno\u2028\ttab"
SHOWN = "\\x1b]0;owned\\x07\\x9b2J\\u202eno\\u2028\\ttab"


@pytest.mark.parametrize(
    "state",
    [
        {"lc": SEQUENCE},
        {"lc": "tuple", SEQUENCE: []},
        {SEQUENCE: {"lc": "tuple"}},
        {"lc": "bind", "name": SEQUENCE},
        {
            "lc": "object",
            "id": "argparse:Namespace",
            "dict": {SEQUENCE: {"lc": "bind", "name": "x"}},
        },
        {"lc": "enum", "id": "http:HTTPMethod", "name": SEQUENCE},
    ],
    ids=range(6),
)
def test_what_a_file_says_moves_no_terminal(tmp_path: pathlib.Path, state: object) -> None:
    path = tmp_path / "bad"
    path.write_bytes(forge(json.dumps(state).encode(), "none"))
    error = refusal(path, ("http", "argparse"))
    notes = getattr(error, "__notes__", [])
    told = [str(error), *notes, *map(str, getattr(error, "problems", ()))]
    assert all(text.replace("\n", "").isprintable() for text in told)
    assert SHOWN in str(error)


def test_a_line_in_what_a_file_says_begins_as_no_other(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bad"
    states = [
        ({"lc": "a\nb"}, "a\n    b"),
        ({"a\nb": {"lc": "nothing"}}, "a\\nb"),
        ({"a\nb": {"lc": "bind", "name": "x"}}, "a\\nb"),
        ({"lc": "bind", "name": "a\nb"}, "a\n    b"),
        ([{"lc": "bind", "name": "a\nb"}, {"lc": "bind", "name": "x"}], "a\n    b"),
    ]
    for state, shown in states:
        path.write_bytes(forge(json.dumps(state).encode(), "none"))
        error = refusal(path)
        assert shown in str(error)


@pytest.mark.parametrize(
    "state",
    [
        {"lc": "bind", "name": "k" * 300_000},
        {"lc": "object", "id": "shapes:Data", "dict": {"k" * 300_000: 1}},
        {"lc": "secret", "type": "SecretStr", "name": "k" * 300_000},
    ],
    ids=range(3),
)
def test_what_is_said_of_a_long_name_is_short(state: object) -> None:
    with pytest.raises(persist.RebuildError) as caught:
        persist.loads(json.dumps(state), allow="shapes")
    assert len(str(caught.value)) < 3_000
    assert len(caught.value.hint or "") < 3_000
    assert all(len(problem.reason) < 3_000 for problem in caught.value.problems)
