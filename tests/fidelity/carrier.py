"""What is asked to carry the corpus: persist and its peers, each as it is used by default."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import persist
from cases import GROUPS, Case

PROGRAMS = ["program", "records", "actors", "circles", *GROUPS.values()]
LIBRARIES = ["builtins", "collections", "functools", "itertools", "json", "logging", "math"]
LIBRARIES += ["operator", "os", "posixpath", "random", "string", "time", "types", "typing"]
LIBRARIES += ["_operator", "_functools", "collections.abc"]
LIBRARIES += ["numpy", "pandas", "pydantic", "attr", "attrs", "zoneinfo", "contextlib"]


class Codec(NamedTuple):
    save: Callable[[Any, Path], None]
    load: Callable[[Path, Case], Any]


def persist_save(thing: Any, path: Path) -> None:
    persist.snapshot(thing, path, durable=False)


def persist_load(path: Path, case: Case) -> Any:
    allow = [*PROGRAMS, *LIBRARIES, *case.allow]
    return persist.restore(path, allow=allow, secrets_map=SECRETS)


SECRETS = dict.fromkeys(("OPENAI_API_KEY", "Vault.key", "Vault.blob"), "sk-0123456789abcdef")
"""What the objects of the corpus hold in fields declared secret."""


def of_bytes(dumps: Callable[[Any], bytes], loads: Callable[[bytes], Any]) -> Codec:
    return Codec(
        lambda thing, path: path.write_bytes(dumps(thing)) and None,
        lambda path, case: loads(path.read_bytes()),
    )


def of_module(name: str) -> Codec:
    module = importlib.import_module(name)
    return of_bytes(module.dumps, module.loads)


def by_jsonpickle() -> Codec:
    import jsonpickle
    import jsonpickle.ext.numpy
    import jsonpickle.ext.pandas

    jsonpickle.ext.numpy.register_handlers()
    jsonpickle.ext.pandas.register_handlers()
    return of_bytes(
        lambda thing: jsonpickle.encode(thing, keys=True).encode("utf-8", "surrogatepass"),
        lambda text: jsonpickle.decode(text.decode("utf-8", "surrogatepass"), keys=True),
    )


def by_langchain() -> Codec:
    from langchain_core.load import dumps, loads

    def revived(text: bytes) -> Any:
        return loads(
            text.decode("utf-8", "surrogatepass"),
            allowed_objects="all",
            secrets_map=SECRETS,
            valid_namespaces=PROGRAMS,
        )

    return of_bytes(lambda thing: dumps(thing).encode("utf-8", "surrogatepass"), revived)


def by_langgraph() -> Codec:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    def save(thing: Any, path: Path) -> None:
        kind, content = JsonPlusSerializer().dumps_typed(thing)
        path.write_bytes(kind.encode() + b"\n" + content)

    def load(path: Path, case: Case) -> Any:
        kind, _, content = path.read_bytes().partition(b"\n")
        serializer = JsonPlusSerializer(allowed_json_modules=True, allowed_msgpack_modules=True)
        return serializer.loads_typed((kind.decode(), content))

    return Codec(save, load)


CODECS: dict[str, Callable[[], Codec]] = {
    "persist": lambda: Codec(persist_save, persist_load),
    "pickle": lambda: of_bytes(lambda thing: pickle.dumps(thing, 5), pickle.loads),
    "cloudpickle": lambda: of_module("cloudpickle"),
    "dill": lambda: of_module("dill"),
    "jsonpickle": by_jsonpickle,
    "LangChain": by_langchain,
    "LangGraph": by_langgraph,
}
