"""What a snapshot says about itself, as Python sees it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pathlib
import platform
import re
import typing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import persist
import pytest
import zstandard

FIELDS = [
    "agent_id",
    "session_id",
    "snapshot_index",
    "timestamp",
    "content_hash",
    "format_version",
    "snapshot_id",
    "description",
    "uncompressed_size",
    "compressed_size",
    "compression_algorithm",
    "state_format",
    "environment",
    "classes",
    "needs",
    "tags",
    "extra",
    "stored_hash",
    "metadata_size",
    "metadata_hash",
]

UPSTREAM = pathlib.Path(__file__).parents[1] / "fixtures" / "upstream-0.1.0"


@dataclass
class Needy:
    """A class that no table lists."""

    level: int


STATE = {"name": "Zoë", "goals": ["a", "b"], "step": 3}


@pytest.fixture(params=["gzip", "zstd", "none"])
def compression(request: pytest.FixtureRequest) -> str:
    """Each framing."""
    return str(request.param)


def document(path: pathlib.Path) -> bytes:
    """The JSON document in a file, as any gzip library sees it."""
    data = path.read_bytes()
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def test_metadata_is_a_dict_with_every_field_of_the_format(tmp_path: pathlib.Path) -> None:
    metadata = persist.snapshot(STATE, tmp_path / "a.json.gz")
    assert type(metadata) is dict
    assert list(metadata) == FIELDS
    assert list(typing.get_type_hints(persist.SnapshotMetadata)) == FIELDS
    assert json.loads(json.dumps(metadata)) == metadata


def test_snapshot_returns_what_get_metadata_reads(tmp_path: pathlib.Path, compression: str) -> None:
    metadata = persist.snapshot(STATE, tmp_path / "a", compression=compression)  # type: ignore[arg-type]
    assert persist.get_metadata(tmp_path / "a") == metadata
    assert json.loads(document(tmp_path / "a"))["metadata"] == metadata


def test_metadata_carries_what_the_caller_says(tmp_path: pathlib.Path) -> None:
    extra = {
        "né": [1, 2.5, True, None, "\U0001f600", {"deep": []}],
        "big": 2**1000,
        "tiny": 5e-324,
        "exact": 0.1 + 0.2,
        "text": '"}],\\ \u2028',
    }
    path = tmp_path / "a.json.gz"
    persist.snapshot(
        STATE, path, "agent", "session", 2**63 - 1, "Ünï", tags=("b", "a", "b"), extra=extra
    )
    metadata = persist.get_metadata(path)
    assert metadata["agent_id"] == "agent"
    assert metadata["session_id"] == "session"
    assert metadata["snapshot_index"] == 2**63 - 1
    assert metadata["description"] == "Ünï"
    assert metadata["tags"] == ["b", "a", "b"]
    assert metadata["extra"] == extra


def test_metadata_has_the_defaults_of_the_contract(tmp_path: pathlib.Path) -> None:
    metadata = persist.snapshot(STATE, tmp_path / "a.json.gz")
    assert metadata["agent_id"] == "default_agent"
    assert metadata["session_id"] == "default_session"
    assert metadata["snapshot_index"] == 0
    assert metadata["description"] is None
    assert metadata["tags"] == []
    assert metadata["extra"] == {}
    assert metadata["format_version"] == 1
    assert metadata["state_format"] == "persist/1"
    assert metadata["classes"] == {}
    assert metadata["needs"] == {"secrets": [], "bindings": [], "allow": [], "endpoints": []}


def test_needs_say_what_a_restore_will_ask_for(tmp_path: pathlib.Path) -> None:
    clock, path = object(), tmp_path / "a.json.gz"
    agent = {"at": Needy(1), "clock": clock, "unused": None}
    metadata = persist.snapshot(agent, path, bind={"clock": clock, "idle": object()})
    name = f"{Needy.__module__}:Needy"
    assert metadata["needs"] == {
        "secrets": [],
        "bindings": ["clock"],
        "allow": [name],
        "endpoints": [],
    }
    assert list(metadata["classes"] or {}) == [name]
    restored = persist.restore(path, allow=metadata["needs"]["allow"], bind={"clock": clock})
    assert restored == agent
    assert restored["clock"] is clock


def test_sizes_and_hashes_are_true(tmp_path: pathlib.Path, compression: str) -> None:
    path = tmp_path / "a"
    metadata = persist.snapshot(STATE, path, compression=compression)  # type: ignore[arg-type]
    whole = document(path)
    state = whole[len(b'{"agent_state":') : whole.rindex(b',"metadata":')]
    assert json.loads(state) == STATE
    assert metadata["compression_algorithm"] == compression
    assert metadata["uncompressed_size"] == len(state)
    assert metadata["content_hash"] == hashlib.sha256(state).hexdigest()
    assert metadata["compressed_size"] == os.path.getsize(path)
    assert metadata["metadata_size"] == f"{len(whole) - len(state) - 15:010}"


def test_a_timestamp_is_utc_with_microseconds(tmp_path: pathlib.Path) -> None:
    text = persist.snapshot(STATE, tmp_path / "a.json.gz")["timestamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    distance = datetime.now(UTC) - datetime.fromisoformat(text)
    assert abs(distance) < timedelta(minutes=5)


def test_snapshot_ids_sort_by_time(tmp_path: pathlib.Path) -> None:
    ids = [persist.snapshot(STATE, tmp_path / "a.json.gz")["snapshot_id"] for _ in range(20)]
    assert all(
        re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", str(each)
        )
        for each in ids
    )
    assert ids == sorted(ids)  # type: ignore[type-var]
    assert len(set(ids)) == 20


def test_the_environment_names_python_and_the_platform(tmp_path: pathlib.Path) -> None:
    environment = persist.snapshot(STATE, tmp_path / "a.json.gz")["environment"]
    assert environment is not None
    assert platform.python_version() in json.dumps(environment)


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("a.json.gz", "gzip"),
        ("a.gz", "gzip"),
        ("a.json", "none"),
        ("A.JSON", "none"),
        ("a", "gzip"),
        ("a.txt", "gzip"),
    ],
)
def test_the_name_tells_the_compression(tmp_path: pathlib.Path, name: str, algorithm: str) -> None:
    assert persist.snapshot(STATE, tmp_path / name)["compression_algorithm"] == algorithm
    assert persist.restore(tmp_path / name) == STATE


def test_the_name_does_not_matter_for_reading(tmp_path: pathlib.Path) -> None:
    persist.snapshot(STATE, tmp_path / "a.json.gz").clear()
    (tmp_path / "a.json.gz").rename(tmp_path / "b.json")
    assert persist.restore(tmp_path / "b.json") == STATE
    assert persist.verify_snapshot(tmp_path / "b.json")


def test_an_extra_may_hold_another_snapshots_metadata(
    tmp_path: pathlib.Path, compression: str
) -> None:
    first = persist.snapshot({"first": 1}, tmp_path / "first", "first", compression=compression)  # type: ignore[arg-type]
    whole = json.loads(document(tmp_path / "first"))
    second = persist.snapshot(
        {"agent_state": whole["agent_state"], "metadata": whole["metadata"]},
        tmp_path / "second",
        "second",
        description=document(tmp_path / "first").decode(),
        extra={"metadata": first, "text": document(tmp_path / "first").decode()},
        compression=compression,  # type: ignore[arg-type]
    )
    found = persist.get_metadata(tmp_path / "second")
    assert found == second
    assert found["agent_id"] == "second"
    assert found["extra"] is not None
    assert found["extra"]["metadata"] == first
    assert persist.restore(tmp_path / "second")["metadata"] == first
    assert persist.verify_snapshot(tmp_path / "second")


def test_the_state_may_look_like_a_snapshot(tmp_path: pathlib.Path, compression: str) -> None:
    persist.snapshot({"a": 1}, tmp_path / "one", compression=compression)  # type: ignore[arg-type]
    state = {"text": document(tmp_path / "one").decode(), "metadata": {}, "agent_state": {}}
    persist.snapshot(state, tmp_path / "two", compression=compression)  # type: ignore[arg-type]
    assert persist.restore(tmp_path / "two") == state


@pytest.mark.parametrize("name", ["plain", "chat", "prompt", "stub"])
def test_a_file_of_the_earlier_release_says_what_it_knows(name: str) -> None:
    path = UPSTREAM / f"{name}.json.gz"
    metadata = persist.get_metadata(path)
    assert list(metadata) == FIELDS
    for lacking in FIELDS[FIELDS.index("state_format") :]:
        assert metadata[lacking] is None  # type: ignore[literal-required]
    assert metadata["format_version"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", metadata["timestamp"])
    assert metadata["uncompressed_size"] > 0
    assert metadata["compressed_size"] > 0
    assert persist.verify_snapshot(path)


def test_a_plain_file_of_the_earlier_release_is_restored() -> None:
    path = UPSTREAM / "plain.json.gz"
    metadata = persist.get_metadata(path)
    assert (metadata["agent_id"], metadata["session_id"]) == ("plain_agent", "s-1")
    assert metadata["snapshot_index"] == 7
    assert metadata["description"] == "a plain dict, Ünïcode"
    assert persist.restore(path) == {
        "name": "Zoë",
        "goals": ["a", "b"],
        "step": 3,
        "ratio": 0.5,
        "done": False,
        "note": None,
        "nested": {"z": 1, "a": [1, 2, {"k": "v"}]},
    }


def test_a_verification_says_why(saved: pathlib.Path) -> None:
    good = persist.verify_snapshot(saved)
    assert good
    assert (good.reason, good.detail) == (None, None)
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 1
    saved.write_bytes(data)
    bad = persist.verify_snapshot(saved)
    assert not bad
    assert bad.reason in persist.IntegrityError.kinds
    assert str(saved) in str(bad.detail)


IMPORT = """
    import sys
    before = set(sys.modules)
    import persist
    frameworks = {"langchain_core", "langchain_classic", "langchain", "pydantic", "numpy"}
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & frameworks, loaded
    sys.modules["langchain_core"] = sys.modules["pydantic"] = None
    path = sys.argv[1]
    persist.snapshot({"a": 1}, path, extra={"b": [2]})
    # What only classes, packages and secrets need.
    assert not {"hashlib", "importlib.metadata", "urllib.parse"} & (sys.modules.keys() - before)
    assert persist.get_metadata(path)["extra"] == {"b": [2]}
    assert persist.verify_snapshot(path)
    assert persist.restore(path) == {"a": 1}
    loaded = {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}
    # Nor the modules of values that few agents hold.
    assert not loaded & (frameworks | {"fractions", "zoneinfo"}), loaded
"""


def test_importing_needs_no_framework(tmp_path: pathlib.Path, child: typing.Any) -> None:
    child(IMPORT, tmp_path / "a.json.gz")


def test_the_version_is_the_distributions() -> None:
    from importlib.metadata import version

    assert persist.__version__ == version("persist-agents")
