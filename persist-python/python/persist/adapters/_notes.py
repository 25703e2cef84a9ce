"""What stands beside a type in an annotation, and may be found there by who makes a schema."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterable, Iterator, Sized
from typing import Any

from persist.state import effort, forms, names

__all__ = [
    "NOT_HASHED",
    "NOT_READ",
    "NOT_SHOWN",
    "REASONS",
    "binds",
    "is_note",
    "is_soon_hashed",
    "is_soon_read",
    "notes_of",
    "parts_of",
    "trouble_with",
]

HOOKS = (
    "__get_pydantic_core_schema__",
    "__prepare_pydantic_annotations__",
    "__get_pydantic_json_schema__",
    "__is_annotated_types_grouped_metadata__",
)
"""What pydantic asks the metadata of an annotation for, where it is asked for a schema."""


BINDING = frozenset(
    {types.FunctionType, types.MethodType, types.MethodWrapperType, types.MethodDescriptorType}
    | {types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType}
    | {functools.partial}
)
"""Classes of what becomes a method where it lies in a class, and runs nothing by that."""


SCALARS = (str, int, float, bool, bytes, type(None))

NOT_SHOWN = "what stands beside a type, or a member of an enumeration, holds too much to be shown"
NOT_HASHED = "the default of a field holds too much to be hashed"
NOT_READ = "the types of fields hold too much to be gone through"
REASONS = (NOT_SHOWN, NOT_HASHED, NOT_READ)

MAX_STEPS, EARNED = 1 << 21, 64
"""Types that are gone through for all classes of one text, and what each field adds to that."""


def trouble_with(notes: Iterable[Any], defaults: Iterable[Any]) -> str | None:
    """Returns why a class may not have these beside its types, or None.

    Pydantic hashes defaults.

    Args:
        notes: Those that pydantic shows.
    """
    # A first save imports this module for the rows of its classes, and weighs nothing.
    from persist.state import weight

    if not all(map(weight.is_soon_shown, notes)):
        return NOT_SHOWN
    return None if all(map(is_soon_hashed, defaults)) else NOT_HASHED


def is_soon_hashed(value: object) -> bool:
    """Returns whether a value may be hashed. A flat tuple may be as long as it likes."""
    parts = value if type(value) is tuple else (value,)
    return all(map(forms.is_light, [it for it in parts if type(it) not in SCALARS]))


def binds(value: object) -> bool:
    """Returns whether a class would run what a thing holds, each time it is asked for the thing.

    A `partialmethod` in a class asks what it is around for a method, by what that holds.
    """
    return hasattr(type(value), "__get__") and type(value) not in BINDING


def is_note(item: Any) -> bool:
    """Returns whether a thing may stand among the metadata of an annotation.

    Pydantic asks any of them for a schema: that must be a method of its class, never what it holds.
    """
    # A class with a name has methods of its own, too: those of its program.
    is_named = isinstance(item, type) and names.name_of(item) is not None
    bases = [*type(item).__mro__, *(item.__mro__ if is_named else ())]
    return forms.is_light(item) and not any(
        hasattr(item, hook) and not any(hook in vars(base) for base in bases) for hook in HOOKS
    )


def parts_of(annotation: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yields an annotation and the types that it is made of, each with the metadata beside it.

    What is shared is yielded once.
    """
    waiting, known = [annotation], dict[int, Any]()
    while waiting:
        held = waiting.pop()
        if id(held) in known:
            continue
        known[id(held)] = held
        yield held, tuple(getattr(held, "__metadata__", ()))
        waiting += _inner_of(held)


def is_soon_read(parts: Iterable[tuple[Any, Any]], told: Sized) -> bool:
    """Returns whether types, and what stands beside them, are soon gone through.

    What fields share counts for each of them.
    """
    steps = sum(1 + len(_inner_of(kind)) for kind, _ in parts) + len(told)
    return not effort.is_overspent("types", steps - EARNED, MAX_STEPS)


def _inner_of(kind: Any) -> Any:
    return kind if type(kind) is list else getattr(kind, "__args__", None) or ()


def notes_of(annotation: Any) -> Iterator[Any]:
    """Yields the metadata of an annotation, and of the types that it is made of."""
    return (note for _, notes in parts_of(annotation) for note in notes)
