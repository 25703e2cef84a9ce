"""What has to be there before a process forks."""

from __future__ import annotations

import sys


def import_all() -> None:
    """Imports what else a call may, before a process of several threads forks.

    A child that is forked while another thread imports would wait for that thread, which it does
    not have.
    """
    # Threads that nobody made with `threading` count too.
    if len(sys._current_frames()) == 1:
        return
    import hashlib  # noqa: F401
    import importlib.metadata  # noqa: F401
    import urllib.parse  # noqa: F401

    from persist.adapters import _registry
    from persist.state import decorated, environment, likeness, resolve, views  # noqa: F401

    _registry.import_all()
    # Imported anew, it would after this fork release a lock that nothing took before it.
    if "logging" in sys.modules:
        import logging  # noqa: F401
