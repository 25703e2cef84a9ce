"""What is logged of a storage: who hears it, and what comes of a handler that raises."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Iterator

import persist
import pytest

from storage import proxy
from storage.emulators import Cloud
from storage.proxy import Fault, on

SAVE = """
import sys, persist
url, *options = sys.argv[1:]
persist.snapshot(1, url, storage_options=dict(zip(options[::2], options[1::2])))
"""


@pytest.fixture
def busy(s3: Cloud) -> Iterator[Cloud]:
    """A bucket whose first answer to a put is that it is busy."""
    with proxy.before(s3.endpoint, Fault(on("PUT"), 1, status=503)) as way:
        yield s3.through(way.endpoint)


def save(cloud: Cloud) -> object:
    return persist.snapshot(1, cloud.url("a.json.gz"), storage_options=cloud.options)


class Raising(logging.Handler):
    """Raises what it was made with."""

    def __init__(self, raised: BaseException) -> None:
        super().__init__()
        self.raised = raised

    def emit(self, record: logging.LogRecord) -> None:
        raise self.raised


@pytest.fixture
def raised(request: pytest.FixtureRequest) -> Iterator[BaseException]:
    """What a handler of the log raises."""
    handler = Raising(request.param)
    logging.getLogger("persist").addHandler(handler)
    yield handler.raised
    logging.getLogger("persist").removeHandler(handler)


@pytest.mark.parametrize(
    ("configured", "printed"),
    [
        ("", ""),
        ("import logging; logging.basicConfig(format='%(name)s')\n", "persist\n"),
        ("import logging; logging.basicConfig(level='ERROR')\n", ""),
    ],
)
def test_nothing_is_printed_of_a_retry_unless_somebody_asked(
    busy: Cloud, configured: str, printed: str
) -> None:
    options = [text for pair in busy.options.items() for text in pair]
    command = [sys.executable, "-c", configured + SAVE, busy.url("a.json.gz"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("", printed)


@pytest.mark.parametrize("raised", [ValueError("x"), StopIteration("x")], indirect=True, ids=repr)
def test_a_handler_that_raises_fails_no_save(busy: Cloud, raised: BaseException) -> None:
    assert save(busy)
    assert persist.restore(busy.url("a.json.gz"), storage_options=busy.options) == 1


ENDS = [KeyboardInterrupt("x"), SystemExit("x"), GeneratorExit("x")]


@pytest.mark.parametrize("raised", ENDS, indirect=True, ids=repr)
def test_what_ends_a_program_is_not_lost_in_a_handler(busy: Cloud, raised: BaseException) -> None:
    with pytest.raises(type(raised)) as caught:
        save(busy)
    assert caught.value is raised
    # The next call is as any other.
    logging.getLogger("persist").handlers.clear()
    assert save(busy)


@pytest.mark.parametrize("raised", ENDS, indirect=True, ids=repr)
def test_a_coroutine_ends_by_what_a_handler_raises(busy: Cloud, raised: BaseException) -> None:
    async def work() -> BaseException | None:
        url = busy.url("a.json.gz")
        try:
            async with asyncio.timeout(60):
                await persist.aio.snapshot(1, url, storage_options=busy.options)
        except BaseException as error:
            return error
        return None

    assert asyncio.run(work()) is raised
