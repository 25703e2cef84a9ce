"""The functions from `snapshot` to `delete_snapshot` as coroutines: same names, same arguments.

Objects are read on the caller's thread, before the first await; everything else, building restored
objects included, happens on threads that end with the work. Works under any event loop of
`asyncio`'s kind.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from persist import _arguments, api
from persist.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from persist._arguments import Allow, Encryption, Location, Progress
    from persist.api import SnapshotMetadata, Verification

__all__ = [
    "delete_snapshot",
    "get_metadata",
    "restore",
    "snapshot",
    "snapshot_exists",
    "verify_snapshot",
]

MAX_THREADS = 64
"""Calls that are under way at once; what is more waits for one of them to end."""

_T = TypeVar("_T")


async def snapshot(
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
    """Save the whole state of an agent at `path`, as `persist.snapshot` does.

    The agent is read before the first await, so it may change as soon as this is awaited or its
    task has begun. A state of more than 64 MiB of text is compressed meanwhile, and waits in memory
    as the compressed snapshot, whose bytes are then what `progress` hears of, on another thread.
    Cancelling waits until the save has ended, which leaves the old snapshot or the new one; a wait
    for a cloud ends within a second.

    Raises:
        PersistError: As `persist.snapshot`.
    """
    _check_loop()
    stop = _Stop(progress)
    asked = api._Asked(
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
    captured, target = api._prepared(agent, path, asked)
    if captured.state.is_held:
        write = functools.partial(api._save, captured, target._replace(progress=stop))
    else:
        composed = api._composed(captured, target._replace(progress=None))
        write = functools.partial(api._store, composed, target._replace(progress=stop))
    return await _outcome(write, stop, is_patient=True)


async def restore(
    path: Location,
    *,
    allow: Allow = (),
    bind: Mapping[str, object] | None = None,
    secrets_map: Mapping[str, str | bytes] | None = None,
    secrets_from_env: bool | Iterable[str] = False,
    endpoints: Iterable[str] = (),
    max_state_bytes: int = api.DEFAULT_MAX_STATE_BYTES,
    encryption: Encryption | None = None,
    storage_options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Any:
    """Bring an agent back from `path`, as `persist.restore` does.

    Its objects are made on another thread. Cancelling stops the reading.

    Raises:
        PersistError: As `persist.restore`.
    """
    stop = _Stop(progress)
    read = functools.partial(
        api.restore,
        path,
        allow=allow,
        bind=bind,
        secrets_map=secrets_map,
        secrets_from_env=secrets_from_env,
        endpoints=endpoints,
        max_state_bytes=max_state_bytes,
        encryption=encryption,
        storage_options=storage_options,
        progress=stop,
    )
    return await _read(read, stop)


async def get_metadata(
    path: Location,
    *,
    encryption: Encryption | None = None,
    storage_options: Mapping[str, str] | None = None,
) -> SnapshotMetadata:
    """Read what a snapshot says about itself, as `persist.get_metadata` does."""
    read = functools.partial(
        api.get_metadata, path, encryption=encryption, storage_options=storage_options
    )
    return await _read(read)


async def verify_snapshot(
    path: Location,
    *,
    encryption: Encryption | None = None,
    storage_options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check every byte of a snapshot, as `persist.verify_snapshot` does."""
    stop = _Stop(progress)
    verify = functools.partial(
        api.verify_snapshot,
        path,
        encryption=encryption,
        storage_options=storage_options,
        progress=stop,
    )
    return await _read(verify, stop)


async def snapshot_exists(
    path: Location, *, storage_options: Mapping[str, str] | None = None
) -> bool:
    """Tell whether anything is stored at `path`, as `persist.snapshot_exists` does."""
    ask = functools.partial(api.snapshot_exists, path, storage_options=storage_options)
    return await _read(ask)


async def delete_snapshot(
    path: Location,
    *,
    missing_ok: bool = False,
    storage_options: Mapping[str, str] | None = None,
) -> None:
    """Remove the snapshot at `path`, as `persist.delete_snapshot` does."""
    delete = functools.partial(
        api.delete_snapshot, path, missing_ok=missing_ok, storage_options=storage_options
    )
    await _read(delete)


class _StoppedError(Exception):
    """Work was given up since nobody waits for it any more."""


class _Stop:
    """Hears of the progress of work, and ends it once that is asked for."""

    def __init__(self, progress: Progress | None = None) -> None:
        # What is no callable is refused where the work begins.
        self._progress = _arguments.progress(progress)
        # Nothing is heard of work that waits for a network.
        self._wait = api._Stop()

    def ask(self) -> None:
        self._wait.ask()

    def over(self, work: Callable[[], _T]) -> _T:
        """Does work that can be ended, on this thread."""
        return self._wait.over(work)

    def __call__(self, done_bytes: int, total_bytes: int | None) -> None:
        if self._progress is not None and not self._wait.is_asked:
            self._progress(done_bytes, total_bytes)
        # Also where it was asked for meanwhile: the end is told while it can still be given up.
        if self._wait.is_asked:
            raise _StoppedError


def _check_loop() -> None:
    """Refuses what could not be awaited, before anything is read or written."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "no event loop of asyncio's kind runs here, which `persist.aio` needs",
            kind="unsupported",
            hint="under another library, call the function of `persist` in a thread of its own",
        ) from None


async def _read(work: Callable[[], _T], stop: _Stop | None = None) -> _T:
    """Waits for work that leaves nothing behind when nobody waits for it."""
    _check_loop()
    return await _outcome(work, stop or _Stop())


async def _outcome(work: Callable[[], _T], stop: _Stop, *, is_patient: bool = False) -> _T:
    """Waits for work on another thread, and gives it up once nobody waits for it any more.

    Who is patient does not go before the work has ended, whatever else is cancelled meanwhile.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: Future[_T]) -> None:
        # Nobody hears of it once the loop is closed.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(ended.set)

    future = _threads.submit(functools.partial(stop.over, work))
    future.add_done_callback(tell)
    try:
        await ended.wait()
        # Raised here: a future of the loop takes no StopIteration, and copies some others.
        return future.result()
    except (asyncio.CancelledError, GeneratorExit) as error:
        stop.ask()
        future.cancel()
        while is_patient and not ended.is_set() and not isinstance(error, GeneratorExit):
            with contextlib.suppress(asyncio.CancelledError):
                await ended.wait()
        raise
    finally:
        # An exception would hold itself by the frame it went through.
        del future


class _Threads:
    """Threads that live for as long as there is work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._count = 0

    def submit(self, work: Callable[[], _T]) -> Future[_T]:
        """Has work done by the next thread that is free, in the caller's context."""
        future: Future[_T] = Future()
        inner = functools.partial(contextvars.copy_context().run, work)
        with self._lock:
            self._waiting.append((future, inner))
            if self._count < MAX_THREADS:
                self._begin()
        return future

    def _begin(self) -> None:
        """Starts one thread more; where the system gives none, those that there are go on."""
        self._count += 1
        try:
            threading.Thread(target=self._run, name="persist-aio").start()
        except RuntimeError:
            self._count -= 1
            if self._count == 0:
                # Its caller is told that it failed, so no later thread may do it.
                self._waiting.pop()
                raise

    def _run(self) -> None:
        while (item := self._next()) is not None:
            future, work = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            # What was done is not kept while the next is awaited.
            del item, future, work

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._count -= 1
            return None


_threads = _Threads()


def _forget() -> None:
    """Begins anew in a forked child, which has none of the threads and maybe a taken lock."""
    global _threads
    _threads = _Threads()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
