"""Hears what the interpreter compiles and runs while a hostile text is refused."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

import persist
import pytest


class Ears:
    """Hears what the interpreter compiles and runs."""

    heard: ClassVar[list[str] | None] = None


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if Ears.heard is not None:
        # What the collector is asked about may hold itself over and over.
        Ears.heard.append(event if event.startswith("gc.") else f"{event} {arguments!r}")


sys.addaudithook(_hear)


def assert_refused_unheard(text: str, kind: str, code: str, allow: Any = "made") -> str:
    """Asserts that a text is refused so, and that the code in it was neither compiled nor run.

    Returns:
        What the refusal says.
    """
    Ears.heard = []
    try:
        with pytest.raises(persist.PersistError) as raised:
            persist.loads(text, allow=allow)
        heard, Ears.heard = Ears.heard, None
    finally:
        Ears.heard = None
    assert raised.value.kind == kind
    assert not [event for event in heard if code in event or event.startswith("os.system")]
    return str(raised.value)
