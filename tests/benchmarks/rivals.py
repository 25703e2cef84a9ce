"""The ways to a file and back that are compared, each whole and its codec alone."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import pickle
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import persist
import zstandard
from langchain_core.load import dumps, loads
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from persist import _native, api
from persist.adapters import _registry
from persist.state.secrets import Session

# That the loader is in beta is said once per process, in the middle of a table.
warnings.filterwarnings("ignore", message="The function `loads` is in beta")
# LangGraph warns of each class that it may refuse one day.
logging.getLogger("langgraph").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Rival:
    """One way: object → text → file, and back."""

    name: str
    ending: str
    encode: Callable[[Any], Any]
    dump: Callable[[Any], Any]
    """Encodes, and returns the text as a Python object."""
    decode: Callable[[Any], Any]
    save: Callable[[Any, Path], object]
    load: Callable[[Path], Any]


def put_durably(path: Path, data: bytes) -> None:
    """Writes as `snapshot` does: a file beside the target, fsync, rename, fsync of the folder."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# persist. Its codec alone has no public door: these are the calls that `snapshot` and `restore`
# make between the arguments and the file.


ALLOW = ("states",)
"""Where the classes of the benchmarks' own are."""


def capture(obj: Any) -> _native.Capture:
    """Scans and encodes: the part of `snapshot` that holds the GIL.

    The text, below 64 MiB, is complete then, and lies where the compressor reads it.
    """
    session = Session(keeps_secrets=False)
    return _native.capture(obj, _registry.plan_for, [], session, "persist")


def build(text: bytes, metadata: persist.SnapshotMetadata) -> Any:
    """Decodes under a fresh policy: the part of `restore` that makes objects."""
    resolver = api._resolver(api._Given(ALLOW, None, None, False, ()))
    resolver.use_metadata(metadata)
    return _native.decode(text, resolver, "persist")


# The path of someone who has LangChain and the standard library.


def load_text(text: str) -> Any:
    return loads(text, allowed_objects="core")


def save_text(obj: Any, path: Path) -> None:
    state = dumps(obj).encode()
    header = json.dumps({"content_hash": hashlib.sha256(state).hexdigest()}).encode()
    put_durably(path, gzip.compress(header + b"\n" + state, 6))


def load_checked_text(path: Path) -> Any:
    header, _, state = gzip.decompress(path.read_bytes()).partition(b"\n")
    if hashlib.sha256(state).hexdigest() != json.loads(header)["content_hash"]:
        raise ValueError("the state is not as it was written")
    return load_text(state.decode())


# Pickle, which neither checks nor limits what a file may call.


def pickled(obj: Any) -> bytes:
    return pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)


def save_gzip(obj: Any, path: Path) -> None:
    put_durably(path, gzip.compress(pickled(obj), 6))


def load_gzip(path: Path) -> Any:
    return pickle.loads(gzip.decompress(path.read_bytes()))


def save_zstd(obj: Any, path: Path) -> None:
    put_durably(path, zstandard.ZstdCompressor(level=3).compress(pickled(obj)))


def load_zstd(path: Path) -> Any:
    return pickle.loads(zstandard.ZstdDecompressor().decompress(path.read_bytes()))


# LangGraph's serializer for checkpoints.


def packed(obj: Any) -> tuple[str, bytes]:
    return JsonPlusSerializer().dumps_typed(obj)


def unpacked(data: tuple[str, bytes]) -> Any:
    return JsonPlusSerializer().loads_typed(data)


def save_packed(obj: Any, path: Path) -> None:
    kind, data = packed(obj)
    put_durably(path, gzip.compress(kind.encode() + b"\n" + data, 6))


def load_packed(path: Path) -> Any:
    kind, _, data = gzip.decompress(path.read_bytes()).partition(b"\n")
    return unpacked((kind.decode(), data))


LANGCHAIN = Rival("LangChain", ".lc.gz", dumps, dumps, load_text, save_text, load_checked_text)
PICKLE_GZIP = Rival("pickle+gzip", ".pkl.gz", pickled, pickled, pickle.loads, save_gzip, load_gzip)
PICKLE_ZSTD = Rival("pickle+zstd", ".pkl.zst", pickled, pickled, pickle.loads, save_zstd, load_zstd)
LANGGRAPH = Rival("LangGraph", ".lg.gz", packed, packed, unpacked, save_packed, load_packed)
RIVALS = [LANGCHAIN, LANGGRAPH, PICKLE_GZIP, PICKLE_ZSTD]


def product(metadata: persist.SnapshotMetadata) -> Rival:
    """Returns persist as a rival, for states whose snapshot has this metadata."""
    return Rival(
        "persist",
        ".json.gz",
        capture,
        lambda obj: capture(obj).to_bytes(),
        lambda text: build(text, metadata),
        persist.snapshot,
        lambda path: persist.restore(path, allow=ALLOW),
    )
