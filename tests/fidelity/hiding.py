"""A `SecretStr` in place of leaves of the corpus: `hiding.py save|restore FOLDER GROUP…`.

`save` puts one in place of some leaves of each object, one at a time, and saves what can be saved;
`restore` gives the names in `needs.secrets` back and compares. Each prints what went wrong, one
line of JSON each, and how much was looked at.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import persist  # noqa: E402
from carrier import LIBRARIES, PROGRAMS, SECRETS  # noqa: E402
from cases import Case, cases  # noqa: E402
from mutant import ATOMS, Place, places, reachable  # noqa: E402
from pydantic import SecretStr  # noqa: E402

from strict import DifferenceError, assert_same, shown  # noqa: E402

KEY = "sk-in-place-of-a-leaf"

PER_OBJECT = 6
"""Leaves tried of each object, of those there are."""

RUN_BY_CODE = (".__pydantic_", "._numerator", "._denominator", ".state", "['made']", ".blob")
"""Places whose value the class itself makes or insists on, whatever a file says, or that hold a
secret of their own."""


def leaves(case: Case) -> tuple[Any, list[Place]]:
    """Returns an object that is its own, and some of its leaves: the same in each process."""
    original, twin = case.make(), case.make()
    shared = reachable(original)
    things = [thing for at, thing in reachable(twin).items() if at not in shared]
    held = [place for thing in things for place in places(thing) if type(place.held) in ATOMS]
    found = [place for place in held if not place.name.startswith(RUN_BY_CODE)]
    chosen = random.Random(len(found)).sample(range(len(found)), min(PER_OBJECT, len(found)))
    return twin, [found[at] for at in sorted(chosen)]


def hidden(groups: list[str]) -> Iterator[tuple[str, Case, Any]]:
    """Yields each object with a secret in it, as long as it lies there.

    What the secret replaced is in the name: elements of a set come in another order elsewhere.
    """
    named = [(f"{group} / {name}", it) for group in groups for name, it in cases(group).items()]
    for name, case in named:
        root, found = leaves(case)
        for at, place in enumerate(found):
            if not takes(place):
                continue
            yield f"{name} / {at} {place.name} {shown(place.held)}", case, root
            place.put(place.held)


def takes(place: Place) -> bool:
    try:
        place.put(SecretStr(KEY))
    except Exception:
        return False
    return True


def save(root: Any, path: Path) -> str | None:
    path.unlink(missing_ok=True)
    try:
        persist.snapshot(root, path, durable=False)
    except Exception:
        # The place takes none: what checks an object of a framework raises whatever it likes.
        return None
    if KEY in path.read_text("utf-8", "surrogatepass"):
        return "the secret stands in the file"
    return None


def restore(root: Any, path: Path, case: Case) -> str | None:
    given = {**dict.fromkeys(persist.get_metadata(path)["needs"]["secrets"], KEY), **SECRETS}
    try:
        back = persist.restore(path, allow=[*PROGRAMS, *LIBRARIES, *case.allow], secrets_map=given)
        assert_same(root, back)
    except (persist.PersistError, DifferenceError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def main(half: str, folder: Path, groups: list[str]) -> None:
    count = 0
    for name, case, root in hidden(groups):
        # By name: an object may have another leaf in its place in another process.
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        path = folder / f"{digest}.json"
        if half == "restore" and not path.exists():
            continue
        count += 1
        trouble = save(root, path) if half == "save" else restore(root, path, case)
        if trouble is not None:
            print(json.dumps({"case": name, "trouble": trouble}), flush=True)
    print(json.dumps({"count": count}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
