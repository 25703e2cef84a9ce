"""What a process holds in memory, by the account that its system gives of it."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

__all__ = ["bound_growth", "forget", "held", "peak_bytes"]


def peak_bytes() -> int:
    """Returns the most that was held; 0 where the system does not tell."""
    try:
        import resource
    except ModuleNotFoundError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def bound_growth(room_bytes: int) -> None:
    """Lets this process have so much more memory than it has, on Linux."""
    if sys.platform != "linux":
        return
    import resource

    pages = Path("/proc/self/statm").read_text().split()[0]
    limit = int(pages) * resource.getpagesize() + room_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def held(name: str) -> int:
    """Returns one of Linux's figures in bytes: `VmRSS` now, `VmHWM` at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def forget() -> int:
    """Sets the most that was held to what is held now, on Linux, and returns that."""
    gc.collect()
    # What the kernel takes a 5 for.
    Path("/proc/self/clear_refs").write_text("5")
    return held("VmRSS")
