"""Restores mutated texts in a process that may only grow so far: `fuzz.py GROUP ROUNDS`.

It prints one line of JSON for each text that gives anything but a value or an error of ours.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import random
import resource
import sys
import time
import traceback
import warnings
import zlib
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import persist  # noqa: E402
from carrier import LIBRARIES, PROGRAMS, SECRETS  # noqa: E402
from cases import Case, cases  # noqa: E402

from mutations import cut, rewritten  # noqa: E402

SECONDS = 5
"""What one text may take."""

LONGEST = 20_000
"""Longer texts are left out: what is in them is in shorter ones."""

ROOM = 3 << 30
"""Bytes of addresses that a process may come to have beyond those it began with."""


def texts(group: str) -> dict[str, tuple[str, Case]]:
    """Returns the text of each case that has one."""
    found = {}
    for name, case in cases(group).items():
        try:
            text = persist.dumps(case.make())
        except persist.CaptureError:
            continue
        if len(text) <= LONGEST:
            found[name] = text, case
    return found


def tell(text: str, case: Case) -> None:
    """Decodes a text; what it reads must be a value, and how long it takes is measured."""
    began = time.monotonic()
    refusal: persist.PersistError | None = None
    try:
        value: Any = persist.loads(
            text, allow=[*PROGRAMS, *LIBRARIES, *case.allow], secrets_map=SECRETS
        )
        del value
    except persist.PersistError as error:
        refusal = error
    assert refusal is None or (str(refusal) and refusal.kind)
    assert SECRETS["OPENAI_API_KEY"] not in str(refusal)
    assert gc.isenabled()
    spent = time.monotonic() - began
    assert spent < SECONDS, f"it took {spent:.1f} s"


def main(group: str, rounds: int) -> None:
    faulthandler.enable()
    found = texts(group)
    pages = Path("/proc/self/statm").read_text().split()[0]
    limit = int(pages) * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    for name, (text, case) in found.items():
        for at in range(rounds):
            seed = zlib.crc32(f"{name} {at}".encode())
            change = rewritten if at % 3 else cut
            mutated = change(random.Random(seed), text)
            try:
                tell(mutated, case)
            except BaseException:
                trace = traceback.format_exc(limit=-4)
                row = {"case": name, "round": at, "text": mutated[:3_000], "error": trace[-1500:]}
                print(json.dumps(row), flush=True)
                break
    print(json.dumps({"done": len(found)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
