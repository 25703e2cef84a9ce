"""Objects that are taken apart into named parts, and made from these by functions of ours."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

import numpy as np
from persist.adapters import _arrays
from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import effort, fingerprints, names, plans, problems
from persist.state.forms import is_light, trouble_of_keys
from persist.state.plans import Pieces, Plan
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "STEPS_PER_LABEL",
    "Form",
    "Group",
    "Memory",
    "Shared",
    "array_of",
    "builder_of",
    "plan_for",
    "trouble_of_labels",
    "trouble_of_steps",
]

MAX_WORK = 1_000
"""Steps to find out whether two views of one memory have elements in common."""

SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})

PACKAGES = ("datetime", "dateutil", "decimal", "numpy", "pandas", "zoneinfo")
"""Where the classes of parts come from: of any other, a library would ask what a text says."""

FREE, HASHED = ("attrs",), ("name", "names")
"""Parts that are kept and never looked at, and parts of which only the hash is asked."""

PIECE = 32
"""Labels that are looked at together."""

GROWTH = 16
"""How large an array may be for the memory that its elements lie in, which they may share."""

LABEL_BYTES = 2
"""What a look at a label counts: less than its text and that of the elements beside it allow."""

STEPS_PER_LABEL = 160
"""Steps that the text of a label has room for, even where that only says which one it is."""

HEAVY = "its labels hold too much to be hashed"


class Memory(Record):
    """An array of which only the content counts: written in place, and never shared."""

    array: Any


class Shared(Record):
    """Elements whose memory what is saved beside them may be written through.

    They are written by their content, as long as nobody in the graph could tell.
    """

    elements: Any
    """An array, or one of pandas."""
    known: Any = None
    """What the library counts holders of this memory by: those it knows copy before they write."""
    is_fixed: bool = False
    """Nobody writes to it by way of its owner."""
    is_read: bool = False
    """A restore goes through them all."""


class Group(Record):
    """Parts that are written as a list, each in its own way."""

    parts: tuple[Any, ...]


class Refused(Record):
    """Why a part cannot be written."""

    reason: str


class Form(Record):
    """How one class is taken apart and made."""

    take: Callable[[Any], dict[str, Any] | str]
    """Returns the parts by name, or the reason why there are none."""
    make: Callable[..., Any]
    """Returns an instance from its class and its parts; refuses what `take` would not give."""
    has_identity: bool = False


def plan_for(cls: type, forms: Mapping[type, Form], hint: str = plans.HINT) -> Plan:
    """Returns the plan of a class with a form; what extends one is refused."""
    form = forms.get(cls)
    if form is None:
        reason = f"its class `{cls.__module__}.{cls.__qualname__}` has no reviewed form"
        return plans.refused(cls, reason)
    return plans.described(
        cls,
        functools.partial(_describe, form),
        hint=hint,
        has_dict=True,
        has_identity=form.has_identity,
        hashes_by_identity=not form.has_identity,
        record=fingerprints.record_of(cls),
    )


def builder_of(plan: Plan, forms: Mapping[type, Form]) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds an instance from the parts of its node."""
    return functools.partial(_build, forms[plan.class_], plan)


def trouble_with(content: Mapping[str, Any]) -> str | None:
    """Returns which part a library would ask for more than its class has, or None."""
    for name, part in content.items():
        if name in FREE:
            continue
        # A list has no hash: what is in it has.
        inner = part if type(part) is list else [part]
        if not all(map(is_light, inner)) or (name not in HASHED and not _is_plain(part)):
            return f"its part `{name}` is nothing that its class is made of"
    return None


def _is_plain(part: Any) -> bool:
    """Returns whether a part is made of plain values and of what libraries of numbers have."""
    waiting, seen = [part], set[int]()
    while waiting:
        one = waiting.pop()
        if type(one) in SCALARS or id(one) in seen:
            continue
        seen.add(id(one))
        if type(one) in (list, tuple, dict):
            waiting += [*one, *one.values()] if type(one) is dict else one
        elif not _is_of_library(type(one)):
            return False
    return True


def _is_of_library(cls: type) -> bool:
    is_zone = tzinfo in cls.__mro__
    is_named = is_zone or names.name_of(cls) is not None
    return is_named and (is_zone or cls.__module__.partition(".")[0] in PACKAGES)


def trouble_of_labels(elements: Any) -> str | None:
    """Returns why elements should not be hashed, as labels and categories are, or None."""
    if type(elements) is not np.ndarray or not elements.dtype.hasobject:
        return None
    trouble = trouble_of_steps(elements)
    if trouble is not None:
        return trouble
    flat = elements.reshape(-1).tolist()
    pieces = (flat[at : at + PIECE] for at in range(0, len(flat), PIECE))
    return HEAVY if any(map(trouble_of_keys, pieces)) else None


def trouble_of_steps(elements: Any, free: int = 0) -> str | None:
    """Counts what it takes to hash elements; returns why that is too much, or None.

    Args:
        free: Steps for each that a text has room for which is to be written. It says all that is
            met once.
    """
    if type(elements) is not np.ndarray or not elements.dtype.hasobject:
        return None
    count = elements.size
    if effort.is_too_large(0 if free else LABEL_BYTES * count):
        return effort.SWOLLEN
    # A first save that meets no table weighs nothing.
    from persist.state import weight

    flat = elements.reshape(-1).tolist()
    if free and len(set(map(id, flat))) == count:
        return None
    steps = weight.hashing_steps(flat)
    if steps is None:
        return HEAVY
    return effort.SWOLLEN if effort.is_too_large(max(0, steps - free * count)) else None


def _is_too_large(array: Any, is_read: bool) -> bool:
    """Counts an array that is gone through, or what one has beyond the memory it lies in."""
    if not is_read and array.itemsize and array.flags.forc:
        return False
    sides = zip(array.shape, array.strides, strict=True)
    extent = array.itemsize + sum((side - 1) * abs(stride) for side, stride in sides)
    # Elements may have no size, and take time even so.
    whole = max(array.nbytes, array.size)
    return effort.is_too_large(whole if is_read else max(0, whole - GROWTH * extent))


def _describe(form: Form, value: Any, context: str, session: Any) -> Pieces | str:
    taken = form.take(value)
    if isinstance(taken, str):
        return taken
    pieces: list[Any] = [None, ',"dict":{']
    trouble = trouble_with(_unwrapped(taken))
    if trouble is not None:
        return trouble
    own = session.own_views.get(id(value))
    if own is not None:
        taken = {name: _hidden(part, own.is_fixed, session) for name, part in taken.items()}
    for at, (name, part) in enumerate(taken.items()):
        pieces.append(f"{',' if at else ''}{quote(name)}:")
        trouble = _add(pieces, f".{name}", part, session)
        if trouble is not None:
            return trouble
    return f'{{"lc":"object","id":{quote(names.name_of(type(value)) or "")}', [*pieces, "}}"]


def _unwrapped(taken: Mapping[str, Any]) -> dict[str, Any]:
    """Returns parts without those that are written in their own ways: arrays and groups."""
    return {name: it for name, it in taken.items() if not isinstance(it, Record)}


def _add(pieces: list[Any], path: str, part: Any, session: Any) -> str | None:
    """Adds a part: an array by its content, a group as a list, all else as it is."""
    if isinstance(part, Shared):
        part = _seen(part, session)
    if isinstance(part, Memory):
        own = _arrays.content_of(part.array)
        if isinstance(own, str):
            return own
        pieces += own
        return None
    if isinstance(part, Refused):
        return part.reason
    if not isinstance(part, Group):
        pieces.append((path, part))
        return None
    pieces.append("[")
    for at, inner in enumerate(part.parts):
        pieces.append("," if at else "")
        trouble = _add(pieces, f"{path}[{at}]", inner, session)
        if trouble is not None:
            return trouble
    pieces.append("]")
    return None


def _seen(part: Shared, session: Any) -> Any:
    """Returns elements as a view of the memory that something else is a view of, or by content."""
    elements = part.elements
    owner = _owner_of(elements)
    holders = session.memories.setdefault(id(owner), [])
    is_seen = any(_may_be_seen(part, it) for it in holders)
    is_copied_first = any(_is_copied_first(part, it) for it in holders)
    holders.append(part)
    # The owner is told even so: what is met only later has to be known by then.
    is_seen |= session.writes(owner)
    if type(elements) is not np.ndarray:
        if is_seen and not part.is_fixed:
            return Refused("the array of its column is held by something else beside it")
        # A restore copies these, so each has one that is nobody else's.
        view = elements.view()
        session.own_views[id(view)] = part._replace(elements=view)
        return view
    if not is_seen:
        return Memory(elements)
    if is_copied_first:
        return Refused("it shares memory with an array saved beside it, and with another table")
    if _is_too_large(elements, part.is_read):
        return Refused(effort.SWOLLEN)
    return elements


def _hidden(part: Any, is_fixed: bool, session: Any) -> Any:
    """Returns a part of the array of a column: a restore copies it, so nobody else may have it."""
    if not isinstance(part, Shared) or type(part.elements) is not np.ndarray:
        return part
    if session.writes(_owner_of(part.elements)) and not is_fixed:
        return Refused("it shares memory with an array saved beside it")
    return Memory(part.elements)


def _owner_of(array: Any) -> Any:
    """Returns what owns the memory of an array, as far as numpy knows."""
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return array.obj if isinstance(array, memoryview) else array


def _is_copied_first(one: Shared, other: Shared) -> bool:
    """Returns whether the library copies the memory of two before it writes to that of one."""
    is_known = one.known is not None and one.known is other.known
    return is_known and not (one.is_fixed and other.is_fixed)


def _may_be_seen(one: Shared, other: Shared) -> bool:
    """Returns whether what is written to one is read in the other."""
    if _is_copied_first(one, other) or (one.is_fixed and other.is_fixed):
        return False
    if type(one.elements) is not np.ndarray or type(other.elements) is not np.ndarray:
        return True
    try:
        return bool(np.shares_memory(one.elements, other.elements, max_work=MAX_WORK))  # type: ignore[arg-type]
    except Exception:
        return True


def _build(form: Form, plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    try:
        (content,) = parts_of(parts, "dict")
        trouble = trouble_with(content)
        if trouble is not None:
            raise ValueError(trouble)
        return form.make(plan.class_, **content)
    except PersistError:
        raise
    except Exception as error:
        reason = f"the state of `{plan.name}` is not valid: {type(error).__name__}: {error}"
        raise problems.rebuild("invalid_state", reason) from error


def array_of(given: object, is_read: bool = False) -> Any:
    """Returns a part that must be a plain array, of which all elements may be gone through."""
    if type(given) is not np.ndarray:
        raise ValueError("a part is no array")
    if _is_too_large(given, is_read):
        raise ValueError(effort.SWOLLEN)
    return given
