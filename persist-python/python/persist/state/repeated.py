"""Whether newer code makes the same of a state that was still being read as of all of it.

An object, or a list around it, that lies in its own state is there before what it holds. A
constructor that is shown it so may work something out of what is not there yet: a length, a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from persist.state import effort, plans, problems
from persist.state.held import attributes_of
from persist.state.untouched import MAX_STEPS, OVERSPENT, Lookup, steps_of, text_of

__all__ = ["check", "is_alike", "overspent"]


def check(
    name: str, pair: tuple[object, object], anew: Callable[[], object], lookup: Lookup
) -> None:
    """Refuses an object that differs from the one that is made by now, and that is always the same.

    Args:
        name: Its class.
        pair: The object, and what its constructor has made of its parts once more.
        anew: Makes another one: what differs again, an id or a time, is made anew each time.

    Raises:
        RebuildError: `class_changed`.
    """
    made, again = map(attributes_of, pair)
    differing = _differing(made, again, lookup)
    if differing and (lasting := differing - _differing(again, attributes_of(anew()), lookup)):
        shown = min(lasting)
        raise _refused(name, f"its constructor makes its `{shown}` of what was not all there yet")
    if (reason := overspent()) is not None:
        raise _refused(name, reason)


def _refused(name: str, reason: str) -> Exception:
    return problems.rebuild(
        "class_changed", f"the class `{name}` has changed: {reason}", hint=problems.UPGRADE
    )


def _differing(one: Mapping[str, Any], other: Mapping[str, Any], lookup: Lookup) -> set[str]:
    """Returns the names of what only one of two has, or each has otherwise."""
    both = one.keys() & other.keys()
    return {*(one.keys() ^ other.keys())} | {
        name for name in both if not is_alike(one[name], other[name], lookup)
    }


def overspent() -> str | None:
    """Returns why nothing more is compared in this reading, None where it is."""
    return OVERSPENT if effort.is_overspent("untouched", 0, MAX_STEPS) else None


def is_alike(one: Any, other: Any, lookup: Lookup) -> bool:
    """Returns whether two are one, or a save would write the same of each.

    Where too much has been compared they are taken to be alike: `overspent` says so.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) in plans.SCALARS:
        return plans.is_same(one, other)
    if effort.is_overspent("untouched", 0, MAX_STEPS):
        return True
    texts = [text_of(it, lookup) for it in (one, other)]
    effort.is_overspent("untouched", sum(map(steps_of, texts)), MAX_STEPS)
    return texts[0] == texts[1]
