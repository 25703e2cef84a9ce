"""Graphs of every kind of thing, grown by chance: the same seed grows the same graph anywhere.

Run as a program it prints a hash of the text of each graph: `growth.py FIRST LAST`.
"""

from __future__ import annotations

import datetime
import decimal
import functools
import hashlib
import random
import sys
import types
import warnings
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import persist  # noqa: E402
import program  # noqa: E402
import records  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage  # noqa: E402
from langchain_core.runnables import RunnableLambda, RunnableParallel  # noqa: E402
from langgraph.types import Command, Send  # noqa: E402

WORDS = ["lc", "__lc_escaped__", "type", "id", "state", "v", "ref", "", "a", "b", "é", "\ud800"]
NAMES = ["lc", "x", "y", "z", "note", "ref", "é"]
MEMBERS: list[Any] = [program.Color.RED, program.Shade.DARK, program.Rank.LOW]
MEMBERS += [program.Planet.MARS, program.Right.BOTH, program.Bits.ONE | program.Bits.TWO]


class Chance(Protocol):
    """What a graph grows by: the methods of `random.Random` that it uses."""

    def random(self) -> float: ...
    def randrange(self, start: int, stop: int | None = None, /) -> int: ...
    def choice(self, seq: Sequence[Any], /) -> Any: ...


class Growth:
    """One graph: what has been made may be held again, whatever holds it."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.made: list[Any] = []
        self.left = self.chance.choice([3, 10, 30, 60])

    def leaf(self) -> Any:
        chance = self.chance
        return chance.choice(
            [
                None,
                chance.random() < 0.5,
                chance.randrange(-5, 5),
                chance.randrange(-(2**80), 2**80),
                chance.choice([0.0, -0.0, 1e300, float("nan"), float("inf"), chance.random()]),
                chance.choice(WORDS),
                bytes([chance.randrange(256)]),
                chance.choice(MEMBERS),
                program.Plain,
                len,
                program.double,
                ...,
                datetime.datetime(2024, 1, 1, fold=chance.randrange(2)),
                decimal.Decimal("1.50"),
                1 - 2j,
                range(3),
            ]
        )

    def key(self) -> Any:
        """Returns something that can be hashed, whatever else is going on."""
        made: Any = self.leaf()
        if self.chance.random() < 0.2:
            made = (made, self.chance.choice(WORDS))
        if self.chance.random() < 0.1:
            made = frozenset({made, 1})
        return made

    def thing(self) -> Any:
        if self.made and self.chance.random() < 0.25:
            return self.chance.choice(self.made)
        if self.left <= 0 or self.chance.random() < 0.3:
            return self.leaf()
        self.left -= 1
        return self.chance.choice(KINDS)(self)

    def kept(self, made: Any) -> Any:
        self.made.append(made)
        return made

    def things(self) -> list[Any]:
        return [self.thing() for _ in range(self.chance.randrange(4))]

    def items(self) -> dict[Any, Any]:
        return {self.key(): self.thing() for _ in range(self.chance.randrange(4))}

    def attributes(self) -> dict[str, Any]:
        return {self.chance.choice(NAMES): self.thing() for _ in range(self.chance.randrange(3))}


Kind = Callable[[Growth], Any]


def sequence(cls: Any) -> Kind:
    """A container that stands before what it holds, and so may hold itself."""

    def grow(growth: Growth) -> Any:
        made = growth.kept(cls())
        for child in growth.things():
            made.append(child)
        return attributed(growth, made)

    return grow


def mapping(cls: Any) -> Kind:
    def grow(growth: Growth) -> Any:
        made = growth.kept(cls())
        for key, child in growth.items().items():
            made[key] = child
        return attributed(growth, made)

    return grow


def attributed(growth: Growth, made: Any) -> Any:
    if type(made).__module__ == "program" and growth.chance.random() < 0.5:
        vars(made).update(growth.attributes())
    return made


def thing_of(cls: Any) -> Kind:
    def grow(growth: Growth) -> Any:
        made = growth.kept(cls())
        vars(made).update(growth.attributes())
        return made

    return grow


def of(make: Callable[..., Any], *parts: str) -> Kind:
    """A thing that is made of others, which must stand before it."""
    return lambda growth: growth.kept(make(*(getattr(growth, part)() for part in parts)))


def slotted(growth: Growth) -> Any:
    made = growth.kept(program.SlottedMore())
    made.one = growth.thing()
    made.hide(growth.thing())
    made.free = growth.thing()
    return made


def reduced(growth: Growth) -> Any:
    made = growth.kept(program.ReducedFully(growth.chance.choice(WORDS)))
    made.list += growth.things()
    made.dict.update(growth.items())
    made.note = growth.thing()
    return made


def failed(growth: Growth) -> Any:
    made = growth.kept(program.OddError(1, reason="r"))
    made.args = tuple(growth.things())
    made.note = growth.thing()
    if growth.chance.random() < 0.5:
        made.__cause__ = ValueError(growth.thing())
    return made


def message(growth: Growth) -> Any:
    made = growth.kept(HumanMessage(growth.chance.choice(WORDS), more=growth.thing()))
    made.additional_kwargs[growth.chance.choice(WORDS)] = growth.thing()
    return made


def person(growth: Growth) -> Any:
    made = growth.kept(records.Person(age=1))
    made.__dict__["hidden"] = growth.thing()
    made.tags.append(growth.thing())
    made._trail.append(growth.thing())
    return made


def undeclared(growth: Growth) -> Any:
    made = growth.kept(records.Undeclared(size=growth.chance.randrange(3)))
    made._seen.append(growth.thing())
    return made


def old(growth: Growth) -> Any:
    made = growth.kept(records.Old(a=1, b=[]))
    made.b += growth.things()
    return made


def array(growth: Growth) -> Any:
    dtype = growth.chance.choice(DTYPES)
    made = growth.kept(np.arange(growth.chance.randrange(1, 9)).astype(dtype))
    # A view, which is held beside its base or alone.
    return growth.kept(made[::-1]) if growth.chance.random() < 0.5 else made


def objects(growth: Growth) -> Any:
    made = growth.kept(np.empty(growth.chance.randrange(3), dtype=object))
    for at in range(len(made)):
        made[at] = growth.thing()
    return made


def table(growth: Growth) -> Any:
    names = ["a", "b", "c"][: growth.chance.randrange(4)]
    cells = [1, 1.5, "a", None, True]
    made = growth.kept(pd.DataFrame({name: [growth.chance.choice(cells), 1] for name in names}))
    # Pandas copies them deeply, whatever they lead to.
    made.attrs["held"] = [growth.chance.choice(WORDS)]
    return made


DTYPES = ["i4", ">i2", "f8", "U3", "bool", "M8[s]"]


def closure(growth: Growth) -> Any:
    return growth.kept(program.maker(growth.thing()))


KINDS: list[Kind] = [
    *(sequence(cls) for cls in (list, list, deque, UserList, program.Row, program.Queue)),
    *(mapping(cls) for cls in (dict, dict, OrderedDict, UserDict, program.Bag, program.Ordered)),
    *(mapping(functools.partial(cls, list)) for cls in (defaultdict, program.Tally)),
    *(thing_of(cls) for cls in (program.Plain, program.Outer.Inner, program.Dropping)),
    of(tuple, "things"),
    of(program.Pair, "things"),
    of(lambda *keys: set(keys), "key", "key", "key"),
    of(lambda *keys: frozenset(keys), "key", "key"),
    of(lambda *keys: program.Basket(keys), "key", "key"),
    of(lambda *keys: Counter(keys), "key", "key", "key"),
    of(lambda one, two: ChainMap(one, two), "items", "items"),
    of(program.Spot, "thing", "thing"),
    of(program.Frozen, "thing", "thing"),
    of(program.FrozenSlim, "thing", "thing"),
    of(program.Slim, "thing", "thing"),
    of(program.Stateful, "thing"),
    of(program.Reduced, "thing", "thing"),
    of(program.Registered, "thing"),
    of(program.Attributed, "thing", "things"),
    of(lambda one: functools.partial(program.double, one), "thing"),
    of(lambda values: records.Loose(**values), "attributes"),
    of(lambda one: records.Anything(one), "thing"),
    of(lambda values: AIMessage("x", response_metadata={"held": values}), "items"),
    of(lambda one: ToolMessage("x", tool_call_id="1", artifact=one), "thing"),
    of(lambda values: Document("x", metadata={"held": values}), "items"),
    of(lambda: bytearray(b"x")),
    slotted,
    reduced,
    failed,
    message,
    person,
    undeclared,
    old,
    array,
    objects,
    table,
    closure,
    of(lambda one: types.SimpleNamespace(held=one), "thing"),
    of(lambda one: types.MappingProxyType(one), "items"),
    of(lambda one: records.Box(content=one), "thing"),
    of(lambda one: records.Box[Any](content=one), "thing"),
    of(lambda one: Send("node", one), "thing"),
    of(lambda one: Command(update=one, goto=["a"]), "items"),
    of(lambda *steps: RunnableParallel(a=RunnableLambda(program.double)).bind(held=steps), "thing"),
    of(lambda one: iter(one), "things"),
    of(lambda one: one.append, "things"),
]


def grown(chance: int | Chance) -> Any:
    """Returns a graph: of a seed, or of what a test draws."""
    growth = Growth(random.Random(chance) if isinstance(chance, int) else chance)
    return [growth.thing() for _ in range(3)]


def main(first: int, last: int) -> None:
    for seed in range(first, last):
        try:
            text = persist.dumps(grown(seed)).encode("utf-8", "surrogatepass")
        except persist.CaptureError as error:
            text = str(error.problems).encode()
        print(seed, hashlib.sha256(text).hexdigest())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
