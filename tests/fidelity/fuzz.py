"""Restores mutated texts in a process that may only grow so far.

`fuzz.py GROUP ROUNDS SEED SECONDS` ends after that many rounds or seconds, whichever comes first.
It prints one line of JSON for each text that gives anything but a value or an error of ours with a
place in it, then one with sums.
"""

from __future__ import annotations

import faulthandler
import gc
import itertools
import json
import random
import re
import sys
import time
import traceback
import warnings
import zlib
from typing import Any

warnings.simplefilter("ignore")

import persist  # noqa: E402
from carrier import LIBRARIES, PROGRAMS, SECRETS  # noqa: E402
from cases import FUZZED, Case, cases  # noqa: E402

import resident  # noqa: E402
from mutations import cut, rewritten  # noqa: E402

PLACE = re.compile(r"`\$|\n  \$|at byte \d")
"""What every refusal has: a path into the tree, or the byte where the text stops being one."""

SECONDS = 5
"""What one text may take."""

LONGEST = 20_000
"""Longer texts are left out: what is in them is in shorter ones."""

ROOM = 3 << 30
"""Bytes of addresses that a process may come to have beyond those it began with."""


def texts(group: str, chance: random.Random, end: float) -> dict[str, tuple[str, Case]]:
    """Returns the text of each case that has one, or of those that chance makes before the end."""
    found = {}
    rows = list(cases(group).items())
    chance.shuffle(rows)
    for name, case in rows:
        try:
            text = persist.dumps(case.make())
        except persist.CaptureError:
            continue
        if len(text) <= LONGEST:
            found[name] = text, case
        if time.monotonic() > end:
            break
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
    assert refusal is None or PLACE.search(str(refusal)), f"no place in {refusal}"
    assert SECRETS["OPENAI_API_KEY"] not in str(refusal)
    assert gc.isenabled()
    spent = time.monotonic() - began
    assert spent < SECONDS, f"it took {spent:.1f} s"


def mutate(group: str, rounds: int, seed: int, seconds: float) -> tuple[int, int]:
    """Decodes mutations of a group's texts, and returns how many texts and mutations they were."""
    now = time.monotonic()
    found = texts(group, random.Random(f"{seed} {group}"), now + seconds / 2)
    resident.bound_growth(ROOM)
    failed, told = set(), 0
    for at, (name, (text, case)) in itertools.product(range(rounds), found.items()):
        if time.monotonic() > now + seconds:
            break
        if name in failed:
            continue
        chance = random.Random(zlib.crc32(f"{seed} {name} {at}".encode()))
        mutated = (rewritten if at % 3 else cut)(chance, text)
        told += 1
        try:
            tell(mutated, case)
        except BaseException:
            failed.add(name)
            trace = traceback.format_exc(limit=-4)
            row = {"case": name, "round": at, "text": mutated[:3_000], "error": trace[-1500:]}
            print(json.dumps(row), flush=True)
    return len(found), told


def main(group: str, rounds: int, seed: int, seconds: float) -> None:
    """Goes through one group, or gives all of them the same part of the time."""
    faulthandler.enable()
    end = time.monotonic() + seconds
    groups = list(FUZZED) if group == "all" else [group]
    random.Random(seed).shuffle(groups)
    sums = []
    for it in groups:
        # What it takes to import what a group needs is no part of the group's time.
        cases(it)
    for left in range(len(groups), 0, -1):
        part = (end - time.monotonic()) / left
        sums.append(mutate(groups[-left], rounds, seed, part))
    done, told = map(sum, zip(*sums, strict=True))
    print(json.dumps({"done": done, "told": told}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
