"""What the interpreter says it does, to those who show that nothing was done."""

from __future__ import annotations

import sys
from importlib.machinery import FileFinder
from typing import Any

__all__ = ["Events"]

TELLING = frozenset(
    {"code", "compile", "cpython", "ctypes", "exec", "import", "marshal", "open", "os", "pickle"}
    | {"shutil", "signal", "socket", "subprocess", "sys", "urllib", "webbrowser"}
)
"""Groups of audit events that tell of code, files, processes and the network."""


_LISTING: Any = vars(FileFinder)["_fill_cache"].__code__
"""What lists a folder of modules for whoever looks one up."""


class Events:
    """What the interpreter says it did, while someone listens."""

    def __init__(self) -> None:
        self.heard: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        heard = self.heard
        if heard is None or event.partition(".")[0] not in TELLING:
            return
        if event != "os.listdir" or not self._is_listed_again():
            heard.append(f"{event}{arguments[:1]!r}")

    def _is_listed_again(self) -> bool:
        """Returns whether a folder that modules were found in is listed since its time has changed.

        Another process changes that whenever it makes a folder there for bytecode, which says
        nothing of what is looked up here.
        """
        heard, self.heard = self.heard, None
        asking: Any = sys._getframe(2)
        self.heard = heard
        is_listing = asking is not None and asking.f_code is _LISTING
        return is_listing and asking.f_locals["self"]._path_mtime != -1

    def start(self) -> None:
        self.heard = []

    def stop(self) -> list[str]:
        heard, self.heard = self.heard or [], None
        return heard
