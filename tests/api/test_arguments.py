"""What the public functions take: their signatures, and what each argument refuses."""

from __future__ import annotations

import inspect
import os
import pathlib
from typing import Any

import persist
import pytest

SIGNATURES = {
    "snapshot": """(agent, path, agent_id='default_agent', session_id='default_session',
        snapshot_index=0, description=None, *, tags=(), extra=None, bind=None, secrets='omit',
        compression='infer', compression_level=None, encryption=None, overwrite=True, durable=True,
        storage_options=None, progress=None)""",
    "restore": """(path, *, allow=(), bind=None, secrets_map=None, secrets_from_env=False,
        endpoints=(), max_state_bytes=17179869184, encryption=None, storage_options=None,
        progress=None)""",
    "get_metadata": "(path, *, encryption=None, storage_options=None)",
    "verify_snapshot": "(path, *, encryption=None, storage_options=None, progress=None)",
    "snapshot_exists": "(path, *, storage_options=None)",
    "check": "(agent, *, bind=None, secrets='omit')",
    "register": "(cls, *, version=1, upgrade=None)",
    "delete_snapshot": "(path, *, missing_ok=False, storage_options=None)",
    "dumps": "(obj, *, bind=None, secrets='omit', dialect='persist')",
    "loads": """(text, *, allow=(), bind=None, secrets_map=None, secrets_from_env=False,
        endpoints=(), dialect='persist')""",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_public_function_has_the_signature_of_the_contract(name: str) -> None:
    signature = inspect.signature(getattr(persist, name))
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    found = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    assert found == " ".join(SIGNATURES[name].split())


def test_nothing_is_exported_beyond_the_contract() -> None:
    functions = {name for name in persist.__all__ if inspect.isfunction(getattr(persist, name))}
    assert functions == set(SIGNATURES)


def refusal(function: Any, *args: object, **kwargs: object) -> tuple[str, str]:
    """Returns kind and text of the ConfigurationError that a call raises."""
    with pytest.raises(persist.ConfigurationError) as caught:
        function(*args, **kwargs)
    assert isinstance(caught.value, ValueError)
    return caught.value.kind, str(caught.value)


SNAPSHOT_REFUSALS: list[tuple[str, object, str]] = [
    ("agent_id", 7, "must be a string, not `int`"),
    ("agent_id", None, "must be a string, not `NoneType`"),
    ("agent_id", "\ud800", "is not valid Unicode: it holds a lone surrogate"),
    ("session_id", b"s", "must be a string, not `bytes`"),
    ("session_id", "a\udfffb", "is not valid Unicode: it holds a lone surrogate"),
    ("snapshot_index", "1", "must be an integer, not `str`"),
    ("snapshot_index", True, "must be an integer, not `bool`"),
    ("snapshot_index", 1.0, "must be an integer, not `float`"),
    ("snapshot_index", -1, "must be from 0 to 9223372036854775807, not -1"),
    (
        "snapshot_index",
        2**63,
        "must be from 0 to 9223372036854775807, not 9223372036854775808",
    ),
    (
        "snapshot_index",
        10**5000,
        "must be from 0 to 9223372036854775807, not an integer of more than 64 bits",
    ),
    ("description", 7, "must be a string, not `int`"),
    ("description", "\ud800", "is not valid Unicode: it holds a lone surrogate"),
    ("tags", "x", "must be an iterable of strings, not `str`"),
    ("tags", b"x", "must be an iterable of strings, not `bytes`"),
    ("tags", None, "must be an iterable of strings, not `NoneType`"),
    ("extra", [1], "must be a dict, not `list`"),
    ("extra", '{"a": 1}', "must be a dict, not `str`"),
    ("bind", ["a"], "must be a mapping, not `list`"),
    ("secrets", "drop", "must be one of `omit`, `keep`, not `drop`"),
    ("secrets", None, "must be one of `omit`, `keep`, not NoneType"),
    ("compression", "brotli", "must be one of `infer`, `gzip`, `zstd`, `none`, not `brotli`"),
    ("compression", "GZIP", "must be one of `infer`, `gzip`, `zstd`, `none`, not `GZIP`"),
    ("compression", None, "must be one of `infer`, `gzip`, `zstd`, `none`, not NoneType"),
    ("compression_level", "6", "must be an integer, not `str`"),
    ("compression_level", True, "must be an integer, not `bool`"),
    ("compression_level", -1, "-1 is not from 0 to 9"),
    ("overwrite", 1, "must be True or False, not `int`"),
    ("overwrite", None, "must be True or False, not `NoneType`"),
    ("durable", "no", "must be True or False, not `str`"),
    ("storage_options", "a=b", "must be a mapping, not `str`"),
    (
        "storage_options",
        {"region": "x"},
        "unknown option `region`; local files and memory have none",
    ),
    ("progress", 5, "must be callable, not `int`"),
]


@pytest.mark.parametrize(
    ("name", "value", "reason"), SNAPSHOT_REFUSALS, ids=range(len(SNAPSHOT_REFUSALS))
)
def test_snapshot_refuses_a_bad_argument_and_writes_nothing(
    tmp_path: pathlib.Path, name: str, value: object, reason: str
) -> None:
    found = refusal(persist.snapshot, {}, tmp_path / "a.json.gz", **{name: value})
    assert found == ("bad_argument", f"bad argument `{name}`: {reason}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "sk-1"], ids=repr)
def test_what_may_be_as_many_objects_is_not_bound(tmp_path: pathlib.Path, value: object) -> None:
    reason = "and one may be as many objects; bind what holds it"
    text = f"bad argument `bind['key']`: is a `{type(value).__name__}`, {reason}"
    path = tmp_path / "a.json.gz"
    assert refusal(persist.snapshot, [value], path, bind={"key": value}) == ("bad_argument", text)
    assert refusal(persist.dumps, [value], bind={"key": value}) == ("bad_argument", text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [(1.5,), b"sk-1", bytearray(), 2j], ids=repr)
def test_a_bound_value_is_written_by_its_name(value: object) -> None:
    text = persist.dumps({"a": [value]}, bind={"key": value})
    assert text == '{"a":[{"lc":"bind","name":"key"}]}'
    assert persist.loads(text, bind={"key": 7}) == {"a": [7]}


@pytest.mark.parametrize(
    ("tags", "name", "reason"),
    [
        (["a", 1], "tags[1]", "must be a string, not `int`"),
        (["\ud800"], "tags[0]", "is not valid Unicode: it holds a lone surrogate"),
    ],
)
def test_snapshot_refuses_a_tag_that_is_no_text(
    tmp_path: pathlib.Path, tags: list[Any], name: str, reason: str
) -> None:
    found = refusal(persist.snapshot, {}, tmp_path / "a.json.gz", tags=tags)
    assert found == ("bad_argument", f"bad argument `{name}`: {reason}")


def nested(depth: int) -> dict[str, Any]:
    """A dict that is `depth` containers deep."""
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


ITSELF: dict[str, Any] = {}
ITSELF["again"] = [ITSELF]

DOUBLED: list[Any] = []
for _ in range(29):
    DOUBLED = [DOUBLED, DOUBLED]


@pytest.mark.parametrize(
    ("extra", "name", "reason"),
    [
        ({1: "a"}, "extra key", "must be a string, not `int`"),
        ({"a": {None: 1}}, "extra.a key", "must be a string, not `NoneType`"),
        ({"\ud800": 1}, "extra key", "is not valid Unicode: it holds a lone surrogate"),
        ({"a": ["\udc00"]}, "extra.a[0]", "is not valid Unicode: it holds a lone surrogate"),
        ({"a": float("nan")}, "extra.a", "is nan, which JSON does not have"),
        ({"a": [0, -float("inf")]}, "extra.a[1]", "is -inf, which JSON does not have"),
        ({"a": (1, 2)}, "extra.a", "is a `tuple`, which JSON does not have"),
        ({"a": b"x"}, "extra.a", "is a `bytes`, which JSON does not have"),
        ({"a": 2**1023}, "extra.a", "is an integer of more than 1,023 bits"),
        (nested(32), "extra", "is nested more than 31 deep, or in itself"),
        (ITSELF, "extra", "is nested more than 31 deep, or in itself"),
        ({"a": DOUBLED}, "extra", "holds more than 1048576 values"),
    ],
)
def test_snapshot_refuses_an_extra_that_json_would_change(
    tmp_path: pathlib.Path, extra: dict[str, Any], name: str, reason: str
) -> None:
    found = refusal(persist.snapshot, {}, tmp_path / "a.json.gz", extra=extra)
    assert found == ("bad_argument", f"bad argument `{name}`: {reason}")


def test_an_extra_may_be_31_deep(tmp_path: pathlib.Path) -> None:
    extra = nested(31)
    persist.snapshot({}, tmp_path / "a.json.gz", extra=extra)
    assert persist.get_metadata(tmp_path / "a.json.gz")["extra"] == extra


def test_metadata_above_its_bound_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(persist.FormatError) as caught:
        persist.snapshot({}, tmp_path / "a.json.gz", description="x" * 2**20)
    path = tmp_path / "a.json.gz"
    text = f"the metadata of `{path}` is too large: more than 1048576"
    assert (caught.value.kind, str(caught.value)) == ("too_large", text)
    assert caught.value.hint == (
        "shorten what is said of the snapshot, or keep it in the state, which has no such bound"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("level", [10, 22])
def test_a_level_that_the_compressor_does_not_have_is_refused(
    tmp_path: pathlib.Path, level: int
) -> None:
    kind, text = refusal(persist.snapshot, {}, tmp_path / "a.gz", compression_level=level)
    assert kind == "bad_argument"
    assert text == f"bad argument `compression_level`: {level} is not from 0 to 9"
    assert list(tmp_path.iterdir()) == []


def test_no_compression_has_no_level(tmp_path: pathlib.Path) -> None:
    kind, text = refusal(
        persist.snapshot, {}, tmp_path / "a", compression="none", compression_level=1
    )
    assert kind == "bad_argument"
    assert text == "bad argument `compression_level`: compression `none` has no levels"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("level", [-131073, 23])
def test_zstd_has_levels_of_its_own(tmp_path: pathlib.Path, level: int) -> None:
    kind, text = refusal(persist.snapshot, {}, tmp_path / "a.json.zst", compression_level=level)
    assert kind == "bad_argument"
    assert text == f"bad argument `compression_level`: {level} is not from -131072 to 22"
    assert list(tmp_path.iterdir()) == []


PLACED = ["restore", "get_metadata", "verify_snapshot", "snapshot_exists", "delete_snapshot"]


@pytest.mark.parametrize("name", PLACED)
@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        (7, "bad_argument", "bad argument `path`: must be a string or a path, not `int`"),
        (None, "bad_argument", "bad argument `path`: must be a string or a path, not `NoneType`"),
        (b"a.gz", "bad_argument", "bad argument `path`: must be a string or a path, not `bytes`"),
        ("a\0b", "bad_argument", "bad argument `path`: contains a NUL character"),
        (
            "a\ud800b",
            "bad_argument",
            "bad argument `path`: holds characters that no file name can have",
        ),
        (
            "wasb://bucket/key",
            "unsupported",
            "the scheme `wasb` is not supported; supported: paths, `file://`, `memory://`, `s3://`,"
            " `az://` and `gs://`",
        ),
        ("pigeon://coop", "unknown_scheme", "unknown scheme `pigeon` in `pigeon://coop`"),
        (
            "file://host/a",
            "bad_argument",
            "bad argument `path`: is a `file://` URL without an absolute path; write `file:///…`",
        ),
    ],
)
def test_a_location_that_says_nothing_is_refused(
    name: str, path: Any, kind: str, text: str
) -> None:
    assert refusal(getattr(persist, name), path) == (kind, text)
    assert refusal(persist.snapshot, {}, path) == (kind, text)


class Sly(str):
    """Says of itself what is not so."""

    __slots__ = ()

    def isascii(self) -> bool:
        return True

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b""


def test_a_subclass_of_text_is_what_it_holds() -> None:
    reason = "bad argument `agent_id`: is not valid Unicode: it holds a lone surrogate"
    assert refusal(persist.snapshot, {}, "memory://sly", Sly("\ud800")) == ("bad_argument", reason)
    options = {"aws_region": Sly("\ud800")}
    reason = "bad argument `storage_options['aws_region']`: is not valid Unicode"
    refused = refusal(persist.snapshot_exists, "s3://a/b", storage_options=options)
    assert refused == ("bad_argument", reason)
    assert persist.snapshot({}, "memory://sly", Sly("zoë"))["agent_id"] == "zoë"


def test_the_empty_path_names_nothing() -> None:
    refused = ("bad_argument", "bad argument `path`: is empty, which names nothing")
    for function in (persist.restore, persist.get_metadata, persist.verify_snapshot):
        assert refusal(function, "") == refused
    assert refusal(persist.snapshot_exists, "") == refused
    assert refusal(persist.delete_snapshot, "", missing_ok=True) == refused
    assert refusal(persist.snapshot, {}, "") == refused


@pytest.mark.parametrize(
    ("kwargs", "name", "reason"),
    [
        (
            {"max_state_bytes": -1},
            "max_state_bytes",
            "must be from 0 to 18446744073709551615, not -1",
        ),
        ({"max_state_bytes": True}, "max_state_bytes", "must be an integer, not `bool`"),
        ({"max_state_bytes": 1.5}, "max_state_bytes", "must be an integer, not `float`"),
        ({"bind": 1}, "bind", "must be a mapping, not `int`"),
        ({"bind": {1: 2}}, "bind key", "must be a string, not `int`"),
        ({"secrets_map": "x"}, "secrets_map", "must be a mapping, not `str`"),
        ({"secrets_map": {"KEY": 1}}, "secrets_map['KEY']", "must be a string, not `int`"),
        (
            {"secrets_from_env": "KEY"},
            "secrets_from_env",
            "must be an iterable of strings, not `str`",
        ),
        ({"secrets_from_env": 1}, "secrets_from_env", "must be an iterable of strings, not `int`"),
        ({"endpoints": "https://x"}, "endpoints", "must be an iterable of strings, not `str`"),
        ({"progress": "x"}, "progress", "must be callable, not `str`"),
        (
            {"storage_options": {"a": "b"}},
            "storage_options",
            "unknown option `a`; local files and memory have none",
        ),
        (
            {"storage_options": {"aws_secret_access_key": 5}},
            "storage_options['aws_secret_access_key']",
            "must be a string, not `int`",
        ),
    ],
)
def test_restore_refuses_a_bad_argument(
    saved: pathlib.Path, kwargs: dict[str, Any], name: str, reason: str
) -> None:
    found = refusal(persist.restore, saved, **kwargs)
    assert found == ("bad_argument", f"bad argument `{name}`: {reason}")


@pytest.mark.parametrize("allow", [7, [7], [None], {}, {"myapp": 1}])
def test_allow_takes_names_classes_and_functions_alone(saved: pathlib.Path, allow: Any) -> None:
    assert refusal(persist.restore, saved, allow=allow)[0] == "bad_argument"


def test_a_lone_class_or_name_counts_as_one(saved: pathlib.Path) -> None:
    for allow in ("myapp", pathlib.PurePath, len, (name for name in ("a", "b"))):
        assert persist.restore(saved, allow=allow) == {"name": "Zoë", "step": 3}


@pytest.mark.parametrize("missing_ok", [None, 1, "yes"])
def test_missing_ok_is_a_bool(saved: pathlib.Path, missing_ok: Any) -> None:
    kind, text = refusal(persist.delete_snapshot, saved, missing_ok=missing_ok)
    assert kind == "bad_argument"
    assert (
        text
        == f"bad argument `missing_ok`: must be True or False, not `{type(missing_ok).__name__}`"
    )
    assert saved.exists()


def test_a_dialect_is_one_of_two() -> None:
    expected = "bad argument `dialect`: must be one of `persist`, `langchain`, not `json`"
    assert refusal(persist.dumps, {}, dialect="json") == ("bad_argument", expected)
    assert refusal(persist.loads, "{}", dialect="json") == ("bad_argument", expected)


def test_loads_takes_a_string_alone() -> None:
    for text in (b"{}", None, 1):
        expected = f"bad argument `text`: must be a string, not `{type(text).__name__}`"
        assert refusal(persist.loads, text) == ("bad_argument", expected)


class Elsewhere(os.PathLike[str]):
    """A path of somebody else's."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return self.path


def test_every_form_of_path_reaches_the_same_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a b%.json.gz"
    persist.snapshot([1], path)
    forms = [str(path), Elsewhere(str(path)), f"file://{str(path).replace('%', '%25')}"]
    for form in forms:
        assert persist.restore(form) == [1]


def test_memory_is_shared_within_a_process() -> None:
    persist.snapshot({"a": 1}, "memory://arguments/one")
    assert persist.restore("memory://arguments/one") == {"a": 1}
    assert persist.snapshot_exists("memory://arguments/one") is True
    persist.delete_snapshot("memory://arguments/one")
    assert persist.snapshot_exists("memory://arguments/one") is False


def test_what_follows_the_star_is_keyword_only(tmp_path: pathlib.Path) -> None:
    with pytest.raises(TypeError):
        persist.snapshot({}, tmp_path / "a", "agent", "session", 0, None, ["tag"])  # type: ignore[misc]
