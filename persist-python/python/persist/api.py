"""The functions of the package: agents on one side, locations on the other.

Each is made of two halves, so that other doors can put a thread between them: one reads or builds
Python objects, on the caller's thread; the other reads or writes bytes, anywhere.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, Literal

from persist import _arguments, _fork, _native
from persist._answer import SnapshotMetadata, Verification, metadata_of
from persist._native import Identity, Passphrase, Recipients, generate_identity
from persist._report import FoundSecret, Needs, Report
from persist.exceptions import CaptureError, ConfigurationError, PersistError, StorageError
from persist.state.record import Record

# What knows of classes is imported by the first call that needs it: metadata and verification, and
# importing this package, do without.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from persist._arguments import Encryption, Location, Progress
    from persist.exceptions import Problem
    from persist.state.policy import Allow
    from persist.state.resolve import Resolver
    from persist.state.secrets import Session

__all__ = [
    "Identity",
    "Passphrase",
    "Recipients",
    "SnapshotMetadata",
    "Verification",
    "__version__",
    "check",
    "delete_snapshot",
    "dumps",
    "generate_identity",
    "get_metadata",
    "loads",
    "register",
    "restore",
    "snapshot",
    "snapshot_exists",
    "verify_snapshot",
]

__version__ = _native.__version__

DEFAULT_MAX_STATE_BYTES = 16 * 2**30

_STATE_FORMAT = "persist/1"

Dialect = Literal["persist", "langchain"]

_Stop = _native.Stop
"""Ends the halves below from another thread; for doors that let a caller give up."""


class _Captured(Record):
    """What the reading half of a save hands to the writing half."""

    state: _native.Capture
    labels: _native.Labels


class _Target(Record):
    """Where the writing half writes, how, and who hears of it."""

    place: _arguments.Place
    manner: _native.Manner
    progress: Progress | None


class _Asked(Record):
    """What a caller of `snapshot` says beside the agent and the path."""

    agent_id: str
    session_id: str
    snapshot_index: int
    description: str | None
    tags: Iterable[str]
    extra: dict[str, Any] | None
    bind: Mapping[str, object] | None
    secrets: Literal["omit", "keep"]
    compression: Literal["infer", "gzip", "zstd", "none"]
    compression_level: int | None
    encryption: Encryption | None
    overwrite: bool
    durable: bool
    storage_options: Mapping[str, str] | None
    progress: Progress | None


class _Given(Record):
    """What a caller of `restore` or `loads` admits and gives back."""

    allow: Allow
    bind: Mapping[str, object] | None
    secrets_map: Mapping[str, str | bytes] | None
    secrets_from_env: bool | Iterable[str]
    endpoints: Iterable[str]


def snapshot(
    agent: object,
    path: Location,
    agent_id: str = "default_agent",
    session_id: str = "default_session",
    snapshot_index: int = 0,
    description: str | None = None,
    *,
    tags: Iterable[str] = (),
    extra: dict[str, Any] | None = None,
    bind: Mapping[str, object] | None = None,
    secrets: Literal["omit", "keep"] = "omit",
    compression: Literal["infer", "gzip", "zstd", "none"] = "infer",
    compression_level: int | None = None,
    encryption: Encryption | None = None,
    overwrite: bool = True,
    durable: bool = True,
    storage_options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> SnapshotMetadata:
    """Save the whole state of an agent at `path`, or refuse and write nothing.

    The file appears at once and whole: a reader, or a crash, sees the old snapshot or the new one.

    Args:
        path: A path, or a URL: `file://…`, `memory://…`, `s3://…`, `az://…`, `gs://…`. Missing
            parent folders are made.
        extra: Any JSON object, nested at most 31 deep; kept in the metadata as it is.
        bind: Name to live object, which is no text and no number: wherever that very object
            occurs, its name is written.
        secrets: `"omit"` leaves keys and passwords out and names them in `needs`.
        compression: `"infer"` goes by the name: `.zst` zstd, `.json` none, anything else gzip.
        encryption: A `Passphrase`, or any number of `Recipients` and `Identity`, all of which will
            open it. The metadata is encrypted too.
        overwrite: False refuses to replace a snapshot, also when two processes race.
        durable: When True, the snapshot survives power loss once this returns.
        storage_options: What else to say of a cloud, such as `{"aws_region": "eu-west-1"}`.
        progress: Called with bytes done and bytes in all; what it raises aborts the save.

    Returns:
        The metadata as it stands in the file.

    Raises:
        CaptureError: Something in the agent cannot be saved; `problems` lists every path.
        SnapshotExistsError: A snapshot is there and `overwrite` is False.
        StorageError: The bytes could not be written; the old file is as it was.
        ConfigurationError: An argument says nothing that can be done.
    """
    asked = _Asked(
        agent_id,
        session_id,
        snapshot_index,
        description,
        tags,
        extra,
        bind,
        secrets,
        compression,
        compression_level,
        encryption,
        overwrite,
        durable,
        storage_options,
        progress,
    )
    return _save(*_prepared(agent, path, asked))


def restore(
    path: Location,
    *,
    allow: Allow = (),
    bind: Mapping[str, object] | None = None,
    secrets_map: Mapping[str, str | bytes] | None = None,
    secrets_from_env: bool | Iterable[str] = False,
    endpoints: Iterable[str] = (),
    max_state_bytes: int = DEFAULT_MAX_STATE_BYTES,
    encryption: Encryption | None = None,
    storage_options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Any:
    """Bring an agent back from `path`, or say everything that is missing for it.

    Args:
        allow: What the file may name beyond the reviewed tables, such as `"myapp"`,
            `"myapp.tools:search"` or a class.
        bind: Name to what to put there, for what was saved under `bind`.
        secrets_map: Name to value, for the secrets that were left out.
        secrets_from_env: Names to take from the environment; True for exactly the names that the
            classes declare.
        endpoints: Addresses that an object with a secret may talk to, beside its class's own.
        max_state_bytes: The most that is read of a state, whatever the file declares.
        encryption: The `Identity` or `Passphrase` that opens it; of several, each is tried.

    Raises:
        SnapshotNotFoundError: Nothing is stored there.
        FormatError: The file is not a snapshot this release reads.
        IntegrityError: The file is not as it was written.
        EncryptionError: The key is missing, wrong or not needed, or encrypted bytes were changed.
        UntrustedError: It names what nobody has admitted; `allow` says what to add.
        RebuildError: A package, name, binding or matching class is missing.
        MissingSecretError: A secret was not given back; `names` lists them.
    """
    keys = _native.opening_keys(encryption)
    limit = _arguments.integer("max_state_bytes", max_state_bytes, high=2**64 - 1)
    listener = _arguments.progress(progress)
    resolver = _resolver(_Given(allow, bind, secrets_map, secrets_from_env, endpoints))
    place = _arguments.place(path, storage_options)
    load = functools.partial(_load, place, limit, keys)
    with _About(place[0]):
        return _brought_back(load, resolver, listener)


def get_metadata(
    path: Location,
    *,
    encryption: Encryption | None = None,
    storage_options: Mapping[str, str] | None = None,
) -> SnapshotMetadata:
    """Read what a snapshot says about itself, without reading its state.

    At most 64 KiB more than the metadata are read (192 KiB from an encrypted file or one of an
    earlier release), and no framework is needed.

    Args:
        path: A path, or a URL such as `file://…` or `s3://…`.

    Returns:
        The fields of `docs/format/file-v1.md` §1. `timestamp` is RFC 3339 in UTC.

    Raises:
        SnapshotNotFoundError: Nothing is stored there.
        FormatError: The file is not a snapshot, or from a newer format than this release reads.
        IntegrityError: The metadata is not as it was written.
        EncryptionError: The key is missing, wrong or not needed, or encrypted bytes were changed.
    """
    keys = _native.opening_keys(encryption)
    return metadata_of(_native.read_metadata(_arguments.place(path, storage_options), keys))


def verify_snapshot(
    path: Location,
    *,
    encryption: Encryption | None = None,
    storage_options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check every byte of a snapshot, without building anything.

    Returns:
        True in a condition when all is well; else false, with `reason` (a kind, such as
        `not_found` or `hash_mismatch`) and `detail`.

    Raises:
        StorageError: The question could not be answered.
        EncryptionError: Neither could it: the key is missing or wrong.
    """
    keys = _native.opening_keys(encryption)
    listener = _arguments.progress(progress)
    place = _arguments.place(path, storage_options)
    return Verification(*_native.verify(place, keys, listener))


def snapshot_exists(path: Location, *, storage_options: Mapping[str, str] | None = None) -> bool:
    """Tell whether anything is stored at `path`.

    Returns:
        False only when nothing is there.

    Raises:
        StorageError: The answer is unknown, as where a folder may not be searched.
    """
    return _native.exists(_arguments.place(path, storage_options))


def delete_snapshot(
    path: Location,
    *,
    missing_ok: bool = False,
    storage_options: Mapping[str, str] | None = None,
) -> None:
    """Remove the snapshot at `path`.

    Raises:
        SnapshotNotFoundError: Nothing is stored there and `missing_ok` is False.
        StorageError: It could not be removed.
    """
    place = _arguments.place(path, storage_options)
    _native.delete(place, _arguments.flag("missing_ok", missing_ok))


def check(
    agent: object,
    *,
    bind: Mapping[str, object] | None = None,
    secrets: Literal["omit", "keep"] = "omit",
) -> Report:
    """Tell what `snapshot` would refuse, leave out and bind; nothing is written.

    Costs what reading the agent costs: its text is made, searched for secrets, and dropped.

    Returns:
        True in a condition when the agent can be saved; printing it shows everything at once.

    Raises:
        CaptureError: `changed_during_capture`, another thread changed the agent meanwhile.
    """
    from persist.adapters import _registry
    from persist.state import environment

    session = _session(secrets, "persist", wants_paths=True)
    bindings: tuple[str, ...] = ()
    allow: list[str] = []
    problems: tuple[Problem, ...] = ()
    try:
        state = _read(agent, bind, session, "persist")
        bindings = tuple(sorted(state.bindings))
        described = environment.describe(state, session, _registry.row_of)
        allow = described.needs["allow"]
        session.check_labels(described.texts())
        state.search()
    except CaptureError as error:
        if not error.problems:
            raise
        problems = tuple(error.problems)
    found = tuple(map(FoundSecret._make, session.concealed(session.places)))
    needs: Needs = {
        "secrets": sorted({secret.name for secret in found}),
        "bindings": list(bindings),
        "allow": allow,
        "endpoints": session.endpoints(),
    }
    return Report(problems, found, bindings, needs)


def register(
    cls: type,
    *,
    version: int = 1,
    upgrade: Callable[[dict[str, Any], int], dict[str, Any]] | None = None,
) -> None:
    """Give a class of your own a version, and say how older state is brought up to date.

    The version stands in the metadata of each snapshot. When a state of another version, or of a
    class with another fingerprint, is restored, `upgrade` gets the attributes as they were and the
    version that wrote them (1 where the class had none), and returns those of today, which are
    checked as any others. Of a named tuple these are its fields, and of a class with pickling
    hooks the dict that `__getstate__` gave. Nothing is admitted by this: `allow=` still is.
    Registering a class again replaces what was said before.

    Raises:
        ConfigurationError: `bad_argument`, as where no name leads to the class.
    """
    from persist.state import registered

    registered.register(cls, version, upgrade)


def dumps(
    obj: object,
    *,
    bind: Mapping[str, object] | None = None,
    secrets: Literal["omit", "keep"] = "omit",
    dialect: Dialect = "persist",
) -> str:
    """Return the state text of an object: JSON, as a snapshot holds it.

    Args:
        dialect: `"langchain"` writes what LangChain's own loader reads, or refuses.

    Raises:
        CaptureError: Something in the object cannot be written; `problems` lists every path.
    """
    form = _dialect(dialect)
    return _read(obj, bind, _session(secrets, form), form, whole=True).text()


def loads(
    text: str,
    *,
    allow: Allow = (),
    bind: Mapping[str, object] | None = None,
    secrets_map: Mapping[str, str | bytes] | None = None,
    secrets_from_env: bool | Iterable[str] = False,
    endpoints: Iterable[str] = (),
    dialect: Dialect = "persist",
) -> Any:
    """Return the object that a state text describes; `allow` and the rest as in `restore`.

    A text has no table of classes, so what it names is rebuilt through today's constructors.

    Raises:
        FormatError: The text is not state text.
        UntrustedError: It names what nobody has admitted; `allow` says what to add.
        RebuildError: A package, name, binding or matching class is missing.
        MissingSecretError: A secret was not given back; `names` lists them.
    """
    if not isinstance(text, str):
        raise _arguments.bad_argument("text", f"must be a string, not `{type(text).__qualname__}`")
    resolver = _resolver(_Given(allow, bind, secrets_map, secrets_from_env, endpoints))
    # A lone surrogate that is not escaped becomes bytes that the lexer refuses, with their place.
    return _decoded(text.encode("utf-8", "surrogatepass"), len(text), resolver, _dialect(dialect))


class _About:
    """Tells errors raised where no location is seen which one they are about.

    A generator would end by an exception, at whose making the collector, due after a restore, would
    go through all that was built before it is handed out.
    """

    __slots__ = ("_location",)

    def __init__(self, location: str) -> None:
        self._location = location

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if (
            isinstance(error, PersistError)
            and error.location is None
            and not isinstance(error, ConfigurationError)
        ):
            error.location = self._location


def _session(secrets: str, dialect: str, wants_paths: bool = False) -> Session:
    from persist.adapters import _registry
    from persist.state.secrets import Session

    keeps = _arguments.choice("secrets", secrets, ("omit", "keep")) == "keep"
    return Session(keeps, dialect == "langchain", _registry.senders_of, wants_paths)


def _read(
    obj: object,
    bind: Mapping[str, object] | None,
    session: Session,
    dialect: str,
    whole: bool = False,
) -> _native.Capture:
    from persist.adapters import _registry
    from persist.state import effort, views

    bound = list(_arguments.bindings(bind).items())
    root = views.referent_of(obj)
    arguments = (root, _registry.plan_for, bound, session, dialect, whole)
    return effort.during(0, _native.capture, *arguments)


def _prepared(agent: object, path: Location, asked: _Asked) -> tuple[_Captured, _Target]:
    """Reads the agent: the half of a save that needs the caller's thread."""
    manner: _native.Manner = {
        "compression": _arguments.compression(asked.compression),
        "level": _arguments.compression_level(asked.compression_level),
        "keys": _native.sealing_keys(asked.encryption),
        "overwrite": _arguments.flag("overwrite", asked.overwrite),
        "durable": _arguments.flag("durable", asked.durable),
    }
    place = _arguments.place(path, asked.storage_options)
    target = _Target(place, manner, _arguments.progress(asked.progress))
    labels: _native.OwnLabels = {
        "agent_id": _arguments.text("agent_id", asked.agent_id),
        "session_id": _arguments.text("session_id", asked.session_id),
        "snapshot_index": _arguments.integer("snapshot_index", asked.snapshot_index),
        "description": _arguments.optional_text("description", asked.description),
        "tags": _arguments.texts("tags", asked.tags),
        "extra": _arguments.extra(asked.extra),
    }
    with _About(place[0]):
        return _captured(agent, labels, asked), target


def _captured(agent: object, own: _native.OwnLabels, asked: _Asked) -> _Captured:
    from persist.adapters import _registry
    from persist.state import environment

    session = _session(asked.secrets, "persist")
    state = _read(agent, asked.bind, session, "persist")
    found = environment.describe(state, session, _registry.row_of)
    session.check_labels({**_own_texts(own), **found.texts()})
    labels: _native.Labels = {
        **own,
        "state_format": _STATE_FORMAT,
        "environment": _arguments.to_json(found.environment),
        "classes": _arguments.to_json(found.classes),
        "needs": _arguments.to_json(found.needs),
    }
    return _Captured(state, labels)


def _own_texts(own: _native.OwnLabels) -> dict[str, str]:
    """Returns what the caller says of a snapshot, as JSON, by where it stands in the metadata."""
    said = {name: own[name] for name in ("agent_id", "session_id", "description", "tags")}
    texts = {f"metadata.{name}": _arguments.to_json(value) for name, value in said.items()}
    return {**texts, "metadata.extra": own["extra"]}


def _save(captured: _Captured, target: _Target) -> SnapshotMetadata:
    """Writes what was read: the half of a save that reads the agent only where it is large."""
    place, manner, progress = target
    with _About(place[0]):
        return metadata_of(_native.save(place, captured.state, captured.labels, manner, progress))


def _composed(captured: _Captured, target: _Target) -> _native.Composed:
    """Returns the whole snapshot, read to its end: what is written of it needs no agent."""
    place, manner, progress = target
    with _About(place[0]):
        return _native.compose(place, captured.state, captured.labels, manner, progress)


def _store(composed: _native.Composed, target: _Target) -> SnapshotMetadata:
    """Writes a snapshot that was composed."""
    return metadata_of(_native.store(target.place, composed, target.manner, target.progress))


def _load(
    place: _arguments.Place,
    max_state_bytes: int,
    keys: _native.Keys | None,
    progress: Progress | None,
) -> tuple[SnapshotMetadata, _native.State]:
    """Reads and checks the bytes: the half of a restore that builds nothing."""
    metadata, state = _native.load(place, max_state_bytes, keys, progress)
    return metadata_of(metadata), state


def _brought_back(
    load: Callable[[Progress | None], tuple[SnapshotMetadata, _native.State]],
    resolver: Resolver,
    progress: Progress | None,
) -> Any:
    """Loads and builds, and does so anew where the snapshot is replaced and its storage kept none.

    What was built by then is thrown away, and nobody hears of its bytes a second time.
    """
    for _ in range(1, _native.READINGS):
        metadata, state = load(progress)
        try:
            return _build(metadata, state, resolver)
        except StorageError:
            if not state.is_replaced:
                raise
        resolver, progress = resolver.anew(), None
    return _build(*load(progress), resolver)


def _build(metadata: SnapshotMetadata, state: _native.State, resolver: Resolver) -> Any:
    """Builds the agent: the half of a restore that imports and makes objects."""
    form = metadata["state_format"]
    if form not in (None, _STATE_FORMAT):
        from persist.state import problems

        raise problems.other_format(form, _STATE_FORMAT)
    resolver.use_metadata(metadata)
    size, dialect = metadata["uncompressed_size"], "persist" if form else "langchain"
    return _decoded(state, size, resolver, dialect)


def _decoded(source: _native.State | bytes, size: int, resolver: Resolver, dialect: str) -> Any:
    from persist.state import effort

    return effort.during(size, _native.decode, source, resolver, dialect)


def _resolver(given: _Given) -> Resolver:
    from persist.adapters import _registry
    from persist.state import policy, resolve

    secrets_map = _arguments.mapping("secrets_map", given.secrets_map)
    for name, value in secrets_map.items():
        if not isinstance(value, bytes):
            _arguments.text(f"secrets_map[{name!r}]", value)
    from_env = given.secrets_from_env
    if not isinstance(from_env, bool):
        from_env = _arguments.texts("secrets_from_env", from_env)
    admitted = policy.Policy(given.allow, _registry.row_of)
    bind = _arguments.mapping("bind", given.bind)
    endpoints = _arguments.texts("endpoints", given.endpoints)
    return resolve.Resolver(
        admitted, _registry, resolve.Given(bind, secrets_map, from_env, endpoints)
    )


def _dialect(value: object) -> str:
    return _arguments.choice("dialect", value, ("persist", "langchain"))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_fork.import_all)
