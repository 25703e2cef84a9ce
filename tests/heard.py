"""What the interpreter says it does, to those who show that nothing was done."""

from __future__ import annotations

import sys

__all__ = ["Events"]

TELLING = frozenset(
    {"code", "compile", "cpython", "ctypes", "exec", "import", "marshal", "open", "os", "pickle"}
    | {"shutil", "signal", "socket", "subprocess", "sys", "urllib", "webbrowser"}
)
"""Groups of audit events that tell of code, files, processes and the network."""


class Events:
    """What the interpreter says it did, while someone listens."""

    def __init__(self) -> None:
        self.heard: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.heard is not None and event.partition(".")[0] in TELLING:
            self.heard.append(f"{event}{arguments[:1]!r}")

    def start(self) -> None:
        self.heard = []

    def stop(self) -> list[str]:
        heard, self.heard = self.heard or [], None
        return heard
