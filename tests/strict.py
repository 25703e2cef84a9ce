"""A comparison of object graphs that sees what `==` does not.

Types, order, float bits, sharing and cycles, the instance dict and its order, slots, and what
pydantic keeps beside the fields. It runs no `__eq__` of the things compared.
"""

from __future__ import annotations

import contextlib
import enum
import re
import struct
import types
import typing
from collections.abc import Iterator
from datetime import datetime, time, timezone
from typing import Any, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from persist.state import names

LEAVES = (type(None), bool, int, str, bytes)
NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, enum.Enum)
NAMED += (types.MethodDescriptorType, types.WrapperDescriptorType)
NAMED += (type(...), type(NotImplemented), ZoneInfo)
BASES = (str, int, float, bytes)
PYDANTIC = ("__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")


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
        self.todo: list[tuple[Any, Any, Path]] = []

    def copy(self) -> Walk:
        twin = Walk()
        twin.left, twin.right, twin.held = dict(self.left), dict(self.right), list(self.held)
        return twin

    def run(self) -> None:
        while self.todo:
            self.compare(*self.todo.pop())

    def push(self, one: Any, other: Any, path: Path) -> None:
        self.todo.append((one, other, path))

    def compare(self, one: Any, other: Any, path: Path) -> None:
        if type(one) is not type(other):
            differ(path, f"{type(one)!r} is not {type(other)!r}")
        cls = type(one)
        if cls in LEAVES:
            if one != other:
                differ(path, f"{one!r:.80} is not {other!r:.80}")
        elif cls is float:
            same(struct.pack("<d", one), struct.pack("<d", other), path / ".bits")
        elif typing.get_origin(one) is not None:
            same(one, other, path)
        elif cls is types.FunctionType and one is not other and names.name_of(one) is None:
            if not self.is_known(one, other, path):
                self.function(one, other, path)
        elif isinstance(one, NAMED):
            if one is not other:
                differ(path, f"{one!r:.80} is not the very {other!r:.80}")
        elif not self.is_known(one, other, path):
            self.parts(one, other, path)

    def is_known(self, one: Any, other: Any, path: Path) -> bool:
        """Tells whether the pair was met; what stands for two things is a difference."""
        if (isinstance(one, tuple | frozenset) and not one) or is_value(one):
            return False
        met = self.left.get(id(one)), self.right.get(id(other))
        if met == (None, None):
            self.left[id(one)], self.right[id(other)] = id(other), id(one)
            self.held += (one, other)
            return False
        if met != (id(other), id(one)):
            differ(path, f"sharing differs at {one!r:.80}")
        return True

    def parts(self, one: Any, other: Any, path: Path) -> None:
        cls = type(one)
        if cls in (list, tuple):
            same(len(one), len(other), path / ".len()")
            for at, pair in enumerate(zip(one, other, strict=True)):
                self.push(*pair, path / f"[{at}]")
        elif cls is dict:
            self.entries(one, other, path)
        elif cls in (set, frozenset):
            self.elements(one, other, path)
        elif cls is bytearray:
            same(bytes(one), bytes(other), path)
        elif is_value(one):
            self.value(one, other, path)
        else:
            self.instance(one, other, path)

    def entries(self, one: dict[Any, Any], other: dict[Any, Any], path: Path) -> None:
        same(len(one), len(other), path / ".len()")
        pairs = zip(dict.items(one), dict.items(other), strict=True)
        for (key, child), (other_key, other_child) in pairs:
            shown = f"[{key!r:.40}]" if type(key) is str else "[…]"
            self.push(child, other_child, path / shown)
            self.push(key, other_key, path / ".keys()" / shown)

    def elements(self, one: Any, other: Any, path: Path) -> None:
        """Pairs elements by a text of each; where several have one text, by trying."""
        same(len(one), len(other), path / ".len()")
        left = sorted(((outline(child), child) for child in one), key=lambda row: row[0])
        rest = sorted(((outline(child), child) for child in other), key=lambda row: row[0])
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
        return differ(path, f"nothing in the other set is {child!r:.80}")

    def value(self, one: Any, other: Any, path: Path) -> None:
        if isinstance(one, datetime | time):
            same(one.replace(tzinfo=None), other.replace(tzinfo=None), path)
            same(one.fold, other.fold, path / ".fold")
            self.push(one.tzinfo, other.tzinfo, path / ".tzinfo")
        elif isinstance(one, timezone):
            same(one.__getinitargs__(), other.__getinitargs__(), path)  # type: ignore[attr-defined]
        elif isinstance(one, types.MethodType):
            self.push(one.__func__, other.__func__, path / ".__func__")
            self.push(one.__self__, other.__self__, path / ".__self__")
        elif isinstance(one, re.Pattern):
            same((one.pattern, one.flags), (other.pattern, other.flags), path)
        elif isinstance(one, slice | range):
            for name in ("start", "stop", "step"):
                self.push(getattr(one, name), getattr(other, name), path / f".{name}")
        elif isinstance(one, complex):
            self.push(one.real, other.real, path / ".real")
            self.push(one.imag, other.imag, path / ".imag")
        else:
            same(repr(one), repr(other), path)

    def function(self, one: Any, other: Any, path: Path) -> None:
        same(one.__code__, other.__code__, path / ".__code__")
        same(one.__globals__ is other.__globals__, True, path / ".__globals__")
        for name in ("__defaults__", "__kwdefaults__", "__dict__", "__annotations__"):
            self.push(getattr(one, name), getattr(other, name), path / f".{name}")
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            self.push(getattr(one, name), getattr(other, name), path / f".{name}")
        for pair in zip(one.__closure__ or (), other.__closure__ or (), strict=True):
            if self.is_known(*pair, path):
                continue
            held = [tuple(content(cell)) for cell in pair]
            same(len(held[0]), len(held[1]), path / ".cell")
            for one_held, other_held in zip(*held, strict=True):
                self.push(one_held, other_held, path / ".cell")

    def instance(self, one: Any, other: Any, path: Path) -> None:
        base = next((base for base in type(one).__mro__ if base in BASES), None)
        if base is not None:
            exact = {str: str.__str__, int: int.__int__, float: float.__float__}
            exact[bytes] = bytes.__bytes__
            self.push(exact[base](one), exact[base](other), path / f".__{base.__name__}__()")
        if type(one).__dictoffset__:
            self.entries(vars(one), vars(other), path / ".__dict__")
        for name, value in slots(one):
            rows = dict(slots(other))
            same(name in rows, True, path / f".{name} is set")
            self.push(value, rows[name], path / f".{name}")
        same([name for name, _ in slots(one)], [name for name, _ in slots(other)], path / ".slots")


def content(cell: types.CellType) -> Iterator[Any]:
    with contextlib.suppress(ValueError):
        yield cell.cell_contents


def slots(thing: Any) -> Iterator[tuple[str, Any]]:
    """Yields every slot that is set, from the base class down."""
    members = (
        (f"{cls.__qualname__}.{name}", member)
        for cls in reversed(type(thing).__mro__)
        for name, member in vars(cls).items()
        if isinstance(member, types.MemberDescriptorType)
    )
    for name, member in members:
        with contextlib.suppress(AttributeError):
            yield name, member.__get__(thing)


def is_value(thing: object) -> bool:
    """Tells whether a thing is what it says: two of one content cannot be told apart."""
    cls = type(thing)
    modules = ("datetime", "decimal", "_decimal", "fractions", "uuid", "ipaddress", "pathlib")
    builtins = (range, slice, complex, re.Pattern, types.MethodType)
    return cls.__module__.partition(".")[0] in modules or cls in builtins


def outline(thing: Any, depth: int = 3) -> str:
    """Returns a text of what a thing holds, without identities and as deep as told."""
    cls = type(thing)
    if cls is types.FunctionType:
        return f"function {thing.__qualname__}"
    if cls in LEAVES or cls is float or isinstance(thing, NAMED) or is_value(thing):
        return f"{cls.__qualname__} {thing!r}"
    if depth == 0:
        return cls.__qualname__
    if cls in (list, tuple):
        inner = [outline(child, depth - 1) for child in thing]
    elif cls in (set, frozenset):
        inner = sorted(outline(child, depth - 1) for child in thing)
    elif cls is dict:
        inner = [outline(pair, depth - 1) for pair in thing.items()]
    else:
        inner = [outline(vars(thing), depth - 1)] if cls.__dictoffset__ else []
        inner += [outline(pair, depth - 1) for pair in slots(thing)]
        inner += [base.__repr__(thing) for base in BASES if isinstance(thing, base)]
    return f"{cls.__qualname__}({', '.join(inner)})"


def differ(path: Path, reason: str) -> NoReturn:
    raise DifferenceError(f"{path}: {reason}")


def same(one: object, other: object, path: Path) -> None:
    if one != other:
        differ(path, f"{one!r:.200} is not {other!r:.200}")


def assert_same(one: object, other: object) -> None:
    """Refuses two graphs that any program could tell apart, addresses and hashes aside."""
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
