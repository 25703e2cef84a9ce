"""A comparison of object graphs that sees what `==` does not.

Types, order, float bits, sharing and cycles, the instance dict and its order, slots, what pydantic
keeps beside the fields, cells and code of functions, members of exceptions, positions of iterators,
layout of arrays. It runs no `__eq__` of the things compared, and takes nothing from an iterator.
`strict_parts` says what a thing is made of.
"""

from __future__ import annotations

import struct
import sys
import types
from typing import Any, NamedTuple, NoReturn

from strict_parts import (
    IS_HEAP_TYPE,
    SINGLES,
    VALUES,
    OpaqueError,
    is_importable,
    is_single,
    take_apart,
)

LEAVES = (type(None), bool, int, str, bytes)
NO_IDENTITY = (tuple, frozenset)
"""Types whose empty thing is one for all."""


class Path(NamedTuple):
    """Where a pair stands; a linked list, so that deep graphs cost no long strings."""

    parent: Path | None
    segment: str

    def __truediv__(self, segment: str) -> Path:
        return Path(self, segment)

    def __str__(self) -> str:
        segments = []
        step: Path | None = self
        while step is not None:
            segments.append(step.segment)
            step = step.parent
        return "".join(reversed(segments[:40]))


class DifferenceError(AssertionError):
    """Two graphs are not one; the message says where and how."""


class Walk:
    """Pairs of things still to compare, and which thing stands for which."""

    def __init__(self) -> None:
        self.left: dict[int, int] = {}
        self.right: dict[int, int] = {}
        self.held: list[Any] = []
        self.arrays: list[tuple[Any, Any, Path]] = []
        self.todo: list[tuple[Any, Any, Path]] = []

    def copy(self) -> Walk:
        twin = Walk()
        twin.left, twin.right, twin.held = dict(self.left), dict(self.right), list(self.held)
        return twin

    def run(self) -> None:
        while self.todo:
            self.compare(*self.todo.pop())

    def push(self, one: Any, other: Any, path: Path) -> None:
        if not (is_leaf(one) and type(other) is type(one) and one == other):
            self.todo.append((one, other, path))

    def compare(self, one: Any, other: Any, path: Path) -> None:
        self.types(one, other, path)
        cls = type(one)
        if cls in LEAVES:
            if one != other:
                differ(path, f"{shown(one)} is not {shown(other)}")
        elif cls is float:
            same(struct.pack("<d", one), struct.pack("<d", other), path / ".bits")
        elif one is other and isinstance(one, type | types.FunctionType):
            return
        elif is_single(one) or is_named(one) or is_named(other):
            if one is not other:
                differ(path, f"{shown(one)} is not the very {shown(other)}")
        elif not self.is_known(one, other, path):
            self.parts(one, other, path)

    def types(self, one: Any, other: Any, path: Path) -> None:
        """Compares the types; of two that no name leads to, what they are made of."""
        cls, other_cls = type(one), type(other)
        if cls is other_cls:
            return
        both = cls.__flags__ & other_cls.__flags__ & IS_HEAP_TYPE
        if not both or is_importable(cls) or is_importable(other_cls):
            differ(path, f"{cls!r} is not {other_cls!r}")
        self.push(cls, other_cls, path / ".__class__")

    def is_known(self, one: Any, other: Any, path: Path) -> bool:
        """Tells whether the pair was met; what stands for two things is a difference."""
        # What was taken apart may be made anew each time, and must not give its address away.
        self.held += (one, other)
        if is_value(one):
            return False
        met = self.left.get(id(one)), self.right.get(id(other))
        if met == (None, None):
            self.left[id(one)], self.right[id(other)] = id(other), id(one)
            return False
        if met != (id(other), id(one)):
            differ(path, f"sharing differs at {shown(one)}")
        return True

    def parts(self, one: Any, other: Any, path: Path) -> None:
        if type(one) in (list, tuple):
            self.items(one, other, path)
            return
        if isinstance(one, set | frozenset):
            self.elements(one, other, path)
        try:
            left, right = take_apart(one), take_apart(other)
        except OpaqueError as error:
            if one is not other:
                differ(path, str(error))
            return
        for (name, fact), (other_name, other_fact) in zip(left.facts, right.facts, strict=False):
            if name != other_name or fact != other_fact:
                differ(path / f"{name}", f"{fact!r:.200} is not {other_name} {other_fact!r:.200}")
        same(len(left.facts), len(right.facts), path / ".facts")
        same(len(left.parts), len(right.parts), path / ".parts")
        if "numpy" in sys.modules and isinstance(one, sys.modules["numpy"].ndarray):
            self.overlaps(one, other, path)
        for (name, child), (_, other_child) in zip(left.parts, right.parts, strict=True):
            if not (is_leaf(child) and type(other_child) is type(child) and child == other_child):
                self.todo.append((child, other_child, path / name))

    def items(self, one: Any, other: Any, path: Path) -> None:
        """Compares plain sequences, of which some are long."""
        same(len(one), len(other), path / ".len()")
        for at, (child, other_child) in enumerate(zip(one, other, strict=True)):
            if not (
                type(child) in LEAVES and type(other_child) is type(child) and child == other_child
            ):
                self.todo.append((child, other_child, path / f"[{at}]"))

    def overlaps(self, one: Any, other: Any, path: Path) -> None:
        """Compares which arrays met before stand on the same memory."""
        shares = sys.modules["numpy"].shares_memory
        for met, other_met, _ in self.arrays:
            same(bool(shares(one, met)), bool(shares(other, other_met)), path / ".memory")
        self.arrays.append((one, other, path))

    def elements(self, one: Any, other: Any, path: Path) -> None:
        """Pairs elements by a text of each; where several have one text, by trying."""
        base = set if isinstance(one, set) else frozenset
        same(base.__len__(one), base.__len__(other), path / ".len()")
        left = sorted(((outline(child), child) for child in base.__iter__(one)), key=text_of)
        rest = sorted(((outline(child), child) for child in base.__iter__(other)), key=text_of)
        same([text for text, _ in left], [text for text, _ in rest], path / "{}")
        for text, child in left:
            candidates = [row for row in rest if row[0] == text]
            chosen = candidates[0] if len(candidates) == 1 else self.match(child, candidates, path)
            rest = [row for row in rest if row[1] is not chosen[1]]
            self.push(child, chosen[1], path / f"{{{text:.40}}}")

    def match(self, child: Any, candidates: list[Any], path: Path) -> Any:
        for row in candidates:
            trial = self.copy()
            trial.push(child, row[1], path)
            try:
                trial.run()
            except DifferenceError:
                continue
            return row
        return differ(path, f"nothing in the other set is {shown(child)}")


def text_of(row: tuple[str, Any]) -> str:
    return row[0]


def is_leaf(thing: Any) -> bool:
    return type(thing) in LEAVES


def is_value(thing: object) -> bool:
    """Tells whether a thing is what it says: two of one content cannot be told apart."""
    cls = type(thing)
    if cls in NO_IDENTITY and not thing:
        return True
    modules = ("datetime", "decimal", "_decimal", "fractions", "uuid", "ipaddress", "pathlib")
    # Constraints of fields are frozen, and made anew by every `Field`.
    modules += ("annotated_types",)
    if cls.__module__.partition(".")[0] in modules or cls in VALUES:
        return True
    module = cls.__module__.partition(".")[0]
    known = module in sys.stdlib_module_names or module in ("numpy", "pandas")
    return known and any(base in VALUES for base in cls.__mro__)


def is_named(thing: Any) -> bool:
    """Tells whether a thing is only itself: what an importable name leads to, or a mere mark."""
    if isinstance(thing, type | types.FunctionType):
        return is_importable(thing)
    return type(thing) in SINGLES


def shown(thing: Any) -> str:
    """Returns a short text that runs no code of a program."""
    if is_leaf(thing) or type(thing) is float:
        return f"{leaf_text(thing):.80}"
    if isinstance(thing, type | types.FunctionType):
        return f"{thing.__module__}.{thing.__qualname__}"
    return f"{type(thing).__qualname__} {outline(thing, 1):.60}"


def leaf_text(thing: Any) -> str:
    """Returns the text of a leaf; an integer may have more digits than `repr` writes."""
    return hex(thing) if type(thing) is int and thing.bit_length() > 1000 else repr(thing)


def outline(thing: Any, depth: int = 3) -> str:
    """Returns a text of what a thing holds, without identities and as deep as told."""
    cls = type(thing)
    if cls in LEAVES or cls is float:
        return f"{cls.__qualname__} {leaf_text(thing)}"
    if isinstance(thing, type | types.FunctionType):
        return f"{thing.__module__}.{thing.__qualname__}"
    if is_single(thing) or depth == 0:
        return f"{cls.__qualname__} {getattr(thing, 'name', '')!r}"
    inner: list[str] = []
    if isinstance(thing, set | frozenset):
        base = set if isinstance(thing, set) else frozenset
        inner = sorted(outline(child, depth - 1) for child in base.__iter__(thing))
    try:
        facts, parts = take_apart(thing)
    except OpaqueError:
        return cls.__qualname__
    inner += [f"{name}={fact!r}" for name, fact in facts if name != "globals"]
    inner += [f"{name}={outline(part, depth - 1)}" for name, part in parts]
    return f"{cls.__qualname__}({', '.join(inner)})"


def differ(path: Path, reason: str) -> NoReturn:
    raise DifferenceError(f"{path}: {reason}")


def same(one: object, other: object, path: Path) -> None:
    """Compares two things made of exact builtin values."""
    if one != other:
        differ(path, f"{one!r:.200} is not {other!r:.200}")


def assert_same(one: object, other: object) -> None:
    """Refuses two graphs that any program could tell apart, addresses and hashes aside."""
    if "numpy" in sys.modules and "pandas" in sys.modules:
        import strict_arrays  # noqa: F401 - its rules register themselves

    walk = Walk()
    walk.push(one, other, Path(None, "$"))
    walk.run()


def are_same(one: object, other: object) -> bool:
    """Tells whether `assert_same` would pass."""
    try:
        assert_same(one, other)
    except DifferenceError:
        return False
    return True
