"""Every kind of error: who raises it, what it says, and that it survives pickling."""

from __future__ import annotations

import base64
import contextlib
import copy
import http.server
import importlib
import pathlib
import pickle
import random
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import persist
import pytest
from forge import forge
from persist import exceptions
from pydantic import SecretStr

CONTRACT: dict[str, tuple[type[BaseException] | None, str]] = {
    "SnapshotNotFoundError": (FileNotFoundError, "not_found"),
    "SnapshotExistsError": (FileExistsError, "exists"),
    "FormatError": (ValueError, "not_a_snapshot newer_format bad_state_text too_large"),
    "IntegrityError": (None, "truncated hash_mismatch damaged trailing_bytes"),
    "EncryptionError": (None, "wrong_key key_required not_encrypted damaged_ciphertext"),
    "CaptureError": (TypeError, "unsupported_value changed_during_capture secret_in_data"),
    "RebuildError": (
        None,
        "missing_package missing_name class_changed missing_binding invalid_state never_saved",
    ),
    "UntrustedError": (PermissionError, "not_allowed endpoint_not_allowed"),
    "MissingSecretError": (KeyError, "missing_secret"),
    "StorageError": (OSError, "storage unavailable no_such_bucket interrupted"),
    "PermissionDeniedError": (PermissionError, "permission_denied"),
    "ConfigurationError": (ValueError, "bad_argument unknown_scheme unsupported"),
}

UPSTREAM = pathlib.Path(__file__).parents[1] / "fixtures" / "upstream-0.1.0"


@contextlib.contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Serves one answer to everything, on a free port."""

    class Always(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Always) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Stage:
    """A folder, and a module of our own that can change between saving and restoring."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.path = folder / "agent.json.gz"
        self.monkeypatch = monkeypatch
        monkeypatch.syspath_prepend(folder)

    def module(self, source: str) -> Any:
        """Imports `stage_module`, made of that source, anew."""
        sys.modules.pop("stage_module", None)
        file = self.folder / "stage_module.py"
        file.write_text(source)
        # A file rewritten within one second keeps its time stamp, and with it its compiled form.
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        importlib.invalidate_caches()
        try:
            return importlib.import_module("stage_module")
        finally:
            sys.dont_write_bytecode = before

    def forget(self) -> None:
        """Removes the module."""
        sys.modules.pop("stage_module", None)
        (self.folder / "stage_module.py").unlink()
        importlib.invalidate_caches()

    def write(self, data: bytes) -> pathlib.Path:
        self.path.write_bytes(data)
        return self.path


class Case(NamedTuple):
    """How a kind comes about, and what the error says; `…` stands for anything."""

    run: Callable[[Stage], object]
    text: str


CASES: dict[str, Case] = {}

Run = Callable[[Stage], object]


def raises(kind: str, text: str) -> Callable[[Run], Run]:
    """Enters a function as the way to an error of that kind."""

    def enter(run: Run) -> Run:
        CASES[kind] = Case(run, text)
        return run

    return enter


@raises("not_found", "snapshot not found: nothing is stored at `{path}`")
def _(stage: Stage) -> object:
    return persist.restore(stage.path)


@raises("exists", "`{path}` exists already and was not to be replaced")
def _(stage: Stage) -> object:
    persist.snapshot({}, stage.path)
    return persist.snapshot({}, stage.path, overwrite=False)


@raises("not_a_snapshot", "`{path}` is not a snapshot: it is empty")
def _(stage: Stage) -> object:
    return persist.restore(stage.write(b""))


@raises("newer_format", "`{path}` has format version 9, and this release reads up to 1")
def _(stage: Stage) -> object:
    return persist.restore(stage.write(forge(b"{}", format_version=9)))


@raises("bad_state_text", "the state text of … is malformed at byte 1: …")
def _(stage: Stage) -> object:
    return persist.restore(stage.write(forge(b"[")))


@raises("too_large", "the state of `{path}` is too large: more than 5")
def _(stage: Stage) -> object:
    persist.snapshot("text", stage.path)
    return persist.restore(stage.path, max_state_bytes=5)


@raises("truncated", "`{path}` is truncated: it ends before the snapshot does")
def _(stage: Stage) -> object:
    persist.snapshot("text", stage.path)
    return persist.restore(stage.write(stage.path.read_bytes()[:-20]))


@raises("hash_mismatch", "`{path}` is damaged: … hashes to …, its metadata says …")
def _(stage: Stage) -> object:
    persist.snapshot("text", stage.path, compression="none")
    return persist.restore(stage.write(stage.path.read_bytes().replace(b'"text"', b'"TEXT"')))


@raises("damaged", "`{path}` is damaged: …")
def _(stage: Stage) -> object:
    return persist.restore(stage.write(forge(b"{}", compressed_size=7)))


@raises("trailing_bytes", "`{path}` has 1 bytes or more after the end of the snapshot")
def _(stage: Stage) -> object:
    persist.snapshot("text", stage.path)
    return persist.restore(stage.write(stage.path.read_bytes() + b"\n"))


@raises("storage", "could not read `{folder}`: …")
def _(stage: Stage) -> object:
    return persist.restore(stage.folder)


@raises(
    "unavailable", "could not read `s3://bucket/a`: could not reach `127.0.0.1:9`: … (endpoint …)"
)
def _(stage: Stage) -> object:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    options = {"aws_endpoint": "http://127.0.0.1:9", **keys}
    return persist.restore("s3://bucket/a", storage_options=options)


@raises(
    "no_such_bucket",
    "no bucket or container is there for `s3://bucket/a`: the storage answered 404 NoSuchBucket …",
)
def _(stage: Stage) -> object:
    options = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    with answering(404, "<Error><Code>NoSuchBucket</Code></Error>") as endpoint:
        return persist.restore(
            "s3://bucket/a", storage_options={"aws_endpoint": endpoint, **options}
        )


@raises("interrupted", "the work on `{path}` was cancelled before it was finished")
def _(stage: Stage) -> object:
    def stop(done: int, total: int | None) -> None:
        raise StopIteration

    with pytest.raises(StopIteration) as caught:
        persist.snapshot({}, stage.path, progress=stop)
    assert caught.value.__context__ is not None
    raise caught.value.__context__


@raises("permission_denied", "no permission to read `{path}`: …")
def _(stage: Stage) -> object:
    raise NotImplementedError("needs a child without rights; see below")


@raises("bad_argument", "bad argument `tags`: must be an iterable of strings, not `str`")
def _(stage: Stage) -> object:
    return persist.snapshot({}, stage.path, tags="x")


@raises("unknown_scheme", "unknown scheme `pigeon` in `pigeon://coop`")
def _(stage: Stage) -> object:
    return persist.restore("pigeon://coop")


@raises(
    "unsupported",
    "the host `example.com` in a `https` URL is not supported; supported: …",
)
def _(stage: Stage) -> object:
    return persist.snapshot({}, "https://example.com/key")


@raises("wrong_key", "none of the keys given opens `{path}`")
def _(stage: Stage) -> object:
    persist.snapshot({}, stage.path, encryption=persist.generate_identity())
    return persist.restore(stage.path, encryption=persist.generate_identity())


@raises("key_required", "`{path}` is encrypted, and no key was given")
def _(stage: Stage) -> object:
    persist.snapshot({}, stage.path, encryption=persist.generate_identity())
    return persist.restore(stage.path)


@raises("not_encrypted", "`{path}` is not encrypted, and a key was given")
def _(stage: Stage) -> object:
    persist.snapshot({}, stage.path)
    return persist.restore(stage.path, encryption=persist.generate_identity())


@raises(
    "damaged_ciphertext",
    "`{path}` is encrypted and damaged: a part of it is not as it was written",
)
def _(stage: Stage) -> object:
    key = persist.generate_identity()
    persist.snapshot({}, stage.path, encryption=key)
    return persist.restore(stage.write(stage.path.read_bytes() + b"x"), encryption=key)


@raises("unsupported_value", "could not save the agent: 2 values cannot be saved…$.a…$.b[0]…")
def _(stage: Stage) -> object:
    return persist.snapshot({"a": sys.stdout, "b": [(each for each in "x")]}, stage.path)


@raises(
    "changed_during_capture",
    "could not save the agent: a container in it changed while it was read",
)
def _(stage: Stage) -> object:
    # More text than is written in one go: the rest is read while the beginning is compressed.
    noise = base64.b64encode(random.Random(1).randbytes(750_000)).decode()
    last: list[object] = [1]
    agent = [[noise] * 70, last]
    return persist.snapshot(agent, stage.path, progress=lambda done, total: last.append([]))


@raises(
    "secret_in_data",
    "could not save the agent: at `$[1][0]`, a secret that is left out stands in plain data",
)
def _(stage: Stage) -> object:
    return persist.snapshot([SecretStr("not-a-real-key"), ["not-a-real-key"]], stage.path)


POINT = """
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int = 0
"""


def point_saved(stage: Stage) -> None:
    """Saves an object of a class of our own."""
    persist.snapshot({"at": stage.module(POINT).Point(1, 2)}, stage.path)


@raises("missing_package", "…stage_module…")
def _(stage: Stage) -> object:
    point_saved(stage)
    stage.forget()
    return persist.restore(stage.path, allow="stage_module")


@raises("missing_name", "…Point…")
def _(stage: Stage) -> object:
    point_saved(stage)
    stage.module("")
    return persist.restore(stage.path, allow="stage_module")


@raises("class_changed", "…Point…")
def _(stage: Stage) -> object:
    point_saved(stage)
    stage.module(POINT.replace("y: int = 0", "z: int = 0"))
    return persist.restore(stage.path, allow="stage_module")


@raises("missing_binding", "…clock…")
def _(stage: Stage) -> object:
    clock = object()
    persist.snapshot({"a": [clock]}, stage.path, bind={"clock": clock})
    return persist.restore(stage.path)


@raises("invalid_state", "…Point…")
def _(stage: Stage) -> object:
    text = persist.dumps(stage.module(POINT).Point(1, 2))
    assert text.count('"x"') == 1
    return persist.loads(text.replace('"x"', '"__class__"'), allow="stage_module")


@raises("never_saved", "…never saved…")
def _(stage: Stage) -> object:
    return persist.restore(UPSTREAM / "stub.json.gz")


@raises("not_allowed", "…stage_module:Point…")
def _(stage: Stage) -> object:
    point_saved(stage)
    return persist.restore(stage.path)


@raises("missing_secret", "…OPENAI_API_KEY…")
def _(stage: Stage) -> object:
    openai = pytest.importorskip("langchain_openai")
    persist.snapshot(openai.ChatOpenAI(model="m", api_key="sk-0123456789"), stage.path)
    return persist.restore(stage.path)


@raises("endpoint_not_allowed", "…https://elsewhere.example/v1…")
def _(stage: Stage) -> object:
    openai = pytest.importorskip("langchain_openai")
    model = openai.ChatOpenAI(
        model="m", api_key="sk-0123456789", base_url="https://elsewhere.example/v1"
    )
    persist.snapshot(model, stage.path)
    return persist.restore(stage.path, secrets_map={"OPENAI_API_KEY": "sk-0123456789"})


def class_of(kind: str) -> type[persist.PersistError]:
    """The class that has the kind."""
    (name,) = (name for name, (_, kinds) in CONTRACT.items() if kind in kinds.split())
    found: type[persist.PersistError] = getattr(persist, name)
    return found


def assert_same(one: persist.PersistError, other: persist.PersistError) -> None:
    assert type(other) is type(one)
    assert str(other) == str(one)
    assert other.args == one.args
    assert other.__dict__ == one.__dict__
    for name in ("errno", "strerror", "filename"):
        assert getattr(other, name, None) == getattr(one, name, None)


def assert_well_formed(error: BaseException, kind: str) -> None:
    assert isinstance(error, persist.PersistError), traceback.format_exception(error)
    assert type(error) is class_of(kind)
    builtin = CONTRACT[type(error).__name__][0]
    assert builtin is None or isinstance(error, builtin)
    assert error.kind == kind
    assert error.hint is None or error.__notes__ == [error.hint]
    first = str(error).partition("\n")[0]
    assert first
    assert not first.endswith(".")
    assert first[0] == "`" or first[0].islower()
    for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert_same(error, copied)


def matches(pattern: str, text: str) -> bool:
    parts = [re.escape(part) for part in pattern.split("…")]
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


@pytest.fixture
def stage(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stage, with its module forgotten afterwards."""
    yield Stage(tmp_path, monkeypatch)
    sys.modules.pop("stage_module", None)


# They are about an argument, or about a text that lies nowhere.
WITHOUT_LOCATION = {"bad_argument", "unsupported", "invalid_state"}

ALL_KINDS = [kind for _, kinds in CONTRACT.values() for kind in kinds.split()]


@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind != "permission_denied"])
def test_a_kind_is_raised_as_the_contract_says(stage: Stage, kind: str) -> None:
    case = CASES[kind]
    with pytest.raises(persist.PersistError) as caught:
        case.run(stage)
    assert_well_formed(caught.value, kind)
    if kind not in WITHOUT_LOCATION:
        assert caught.value.location is not None
    pattern = case.text.format(path=stage.path, folder=stage.folder)
    assert matches(pattern, str(caught.value)), str(caught.value)


def test_a_refused_permission_is_raised_as_the_contract_says(
    open_folder: pathlib.Path, unprivileged: Any
) -> None:
    path = open_folder / "agent.json.gz"
    persist.snapshot({}, path)
    path.chmod(0)
    error = unprivileged(lambda: persist.restore(path))
    assert_well_formed(error, "permission_denied")
    assert matches(CASES["permission_denied"].text.format(path=path), str(error))


def test_every_kind_has_a_test() -> None:
    assert sorted(CASES) == sorted(ALL_KINDS)


def test_every_class_has_the_kinds_of_the_contract() -> None:
    classes = {
        name: each
        for name in exceptions.__all__
        if isinstance(each := getattr(exceptions, name), type)
        and issubclass(each, persist.PersistError)
        and each is not persist.PersistError
    }
    assert set(classes) == set(CONTRACT)
    for name, (builtin, kinds) in CONTRACT.items():
        assert classes[name].kinds == set(kinds.split()), name
        assert builtin is None or issubclass(classes[name], builtin), name


def test_a_kind_is_named_in_its_class_documentation() -> None:
    for name, (_, kinds) in CONTRACT.items():
        if len(kinds.split()) > 1:
            for kind in kinds.split():
                assert f"`{kind}`" in str(getattr(persist, name).__doc__), (name, kind)


def test_every_kind_of_the_core_has_a_class() -> None:
    for name, (_, kinds) in CONTRACT.items():
        for kind in kinds.split():
            error = getattr(persist, name)("text", kind=kind, location="a", hint="try")
            assert_well_formed(error, kind)
            assert (error.location, error.hint) == ("a", "try")


def test_an_error_of_the_system_keeps_its_number(tmp_path: pathlib.Path) -> None:
    import errno
    import os

    path = tmp_path / ("x" * 300)
    with pytest.raises(persist.StorageError) as caught:
        persist.snapshot({}, path)
    error = caught.value
    assert (error.errno, error.strerror) == (errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    assert error.filename == error.location == str(path)
    assert isinstance(error.__cause__, OSError)
    assert error.__cause__.errno == errno.ENAMETOOLONG
    with pytest.raises(FileNotFoundError) as missing:
        persist.restore(tmp_path / "x")
    assert (missing.value.errno, missing.value.filename) == (errno.ENOENT, str(tmp_path / "x"))


def test_a_hint_is_shown_below_the_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(persist.SnapshotNotFoundError) as caught:
        persist.restore(tmp_path / "x")
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.endswith("relative paths start at the working directory\n")
    assert "[Errno" not in shown


def test_a_hint_fits_the_place_and_what_is_missing(tmp_path: pathlib.Path) -> None:
    with pytest.raises(persist.SnapshotNotFoundError) as caught:
        persist.restore("memory://errors/none")
    assert caught.value.hint == "check the name; what `memory://` holds ends with its process"
    with pytest.raises(persist.StorageError) as unread:
        persist.Identity.from_file(tmp_path / "none")
    assert unread.value.hint == "it or a folder of its path is missing, or was removed meanwhile"


def test_errors_with_problems_list_them_all() -> None:
    problems = [
        persist.Problem("$.a", "no", "missing_name"),
        persist.Problem("$.b", "no", "missing_name"),
    ]
    error = persist.RebuildError(
        "text", kind="missing_name", problems=problems, allow=["a:b"], names=["K"]
    )
    assert (error.problems, error.allow, error.names) == (problems, ["a:b"], ["K"])
    assert_same(error, pickle.loads(pickle.dumps(error)))
    assert str(problems[0]) == "$.a: no"
    for cls in (persist.UntrustedError, persist.MissingSecretError):
        bare = cls("text", kind=next(iter(cls.kinds)))
        assert (bare.problems, bare.allow, bare.names) == ([], [], [])
    with pytest.raises(TypeError):
        persist.RebuildError("text", kind="missing_name", invented=[])  # type: ignore[call-arg]
