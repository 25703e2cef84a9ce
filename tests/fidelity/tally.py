"""Prints how each codec carries the corpus: `make fidelity`.

Every object is saved in one process and restored in another, by every codec alike. Each cell counts
four outcomes: came back the same, came back different without a word, was refused when it was
saved, was saved and could not be restored.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from carrier import CODECS
from cases import GROUPS, cases
from trial import Outcome, send

WORDS = ("ok", "different", "refused", "unrestorable")


def counted(outcomes: Iterable[Outcome]) -> Counter[str]:
    return Counter(outcome.verdict for outcome in outcomes)


def cell(counts: Counter[str]) -> str:
    """Returns the four numbers; whatever else went wrong counts as different."""
    known = [counts[word] for word in WORDS]
    known[1] += counts.total() - sum(known)
    return " / ".join(map(str, known))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codec", action="append", choices=list(CODECS))
    parser.add_argument("--group", action="append", choices=list(GROUPS))
    given = parser.parse_args()
    codecs = given.codec or list(CODECS)
    totals = {codec: Counter[str]() for codec in codecs}
    print("Each cell: ok / silently different / refused / saved but unrestorable\n")
    print(f"| group | objects | {' | '.join(codecs)} |")
    print(f"|---|--:|{'--:|' * len(codecs)}")
    for group in given.group or GROUPS:
        row = []
        for codec in codecs:
            with tempfile.TemporaryDirectory() as folder:
                counts = counted(send(codec, group, Path(folder)).values())
            totals[codec] += counts
            row.append(cell(counts))
        print(f"| {group} | {len(cases(group))} | {' | '.join(row)} |", flush=True)
    print(f"| all | {totals[codecs[0]].total()} | {' | '.join(map(cell, totals.values()))} |")


if __name__ == "__main__":
    main()
