"""Texts from strangers whose keys, labels and names take long to hash, or to find a place for.

Run as `python -m hostile_hashed`: it writes one line of JSON per case.
"""

from __future__ import annotations

import base64
import fractions
import ipaddress
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import persist
from hostile_heavy import ROOM_BYTES, a_tuple, outcome
from hostile_texts import BAD, INVALID, NO_NAME, Case, case, made, named, obj, same, shared

import resident

DEEP = 200_000
TOO_MUCH = "its keys or elements hold too much to be hashed"
ENDLESS = "the hash of a key or element never ends"
TOO_DEEP = "a key or element is nested more than 10000 deep"
CROWDED = "its keys or elements meet at the same places of a table"
ALIKE = "more than 1000 keys or elements share a hash"

MESSAGE = "langchain.schema.messages.HumanMessage"
EMPTY = named("class", "inspect:_empty")
POSITIONAL = {"lc": "enum", "id": "inspect:_ParameterKind", "name": "POSITIONAL_OR_KEYWORD"}
PLACE = '"here"'
"""Stands in a text for what is nested too deep to be written by recursion."""


def deep(node: Any) -> str:
    """Returns the text of a node with tuples in tuples in one place of it."""
    nested = '{"lc":"tuple","v":[' * DEEP + "1" + "]}" * DEEP
    return json.dumps(node).replace(PLACE, nested)


def tuples(levels: int = 60, first: int = 1) -> Any:
    """Each tuple holds the one before it twice."""
    held: Any = shared(first, a_tuple(1))
    for ref in range(first + 1, first + levels):
        held = shared(ref, a_tuple(held, same(ref - 1)))
    return held


def shown(levels: int = 60) -> Any:
    """A frozenset with the one before it two times: its hash is soon told, its text never."""
    held: Any = shared(1, {"lc": "frozenset", "v": [1]})
    for ref in range(2, 2 + levels):
        two = [a_tuple(held, 0), a_tuple(same(ref - 1), 1)]
        held = shared(ref, {"lc": "frozenset", "v": two})
    return held


def a_set(*elements: Any) -> Any:
    return {"lc": "set", "v": list(elements)}


def parameter(name: str, default: Any) -> Any:
    state = {"_default": default, "_annotation": EMPTY}
    return obj("inspect:Parameter", init=[name, POSITIONAL], state=state)


def signature(*defaults: Any, **parts: Any) -> Any:
    given = [parameter(f"p{at}", default) for at, default in enumerate(defaults)]
    made = {"init": [a_tuple(*given)], "state": {"_return_annotation": EMPTY}}
    return obj("inspect:Signature", **parts, **made)


def signatures(levels: int = 60) -> Any:
    """Each signature has the one before it as two defaults."""
    held = signature(1, 1, ref=1)
    for ref in range(2, levels):
        held = signature(held, same(ref - 1), ref=ref)
    return held


def annotated(note: Any) -> Any:
    return {
        "lc": "generic",
        "id": "typing:Annotated",
        "args": [named("class", "builtins:int"), note],
    }


def literal(*values: Any) -> Any:
    return {"lc": "generic", "id": "typing:Literal", "args": list(values)}


def element(value: Any) -> Any:
    """An element of an array of structures that nobody can change: it has a hash."""
    dtype = {"lc": "dtype", "fields": [["a", "|O", 0]], "itemsize": 8}
    fields = [{"lc": "ndarray", "dtype": "|O", "shape": [1], "items": [value]}]
    array = {"lc": "ndarray", "dtype": dtype, "shape": [1], "readonly": True, "fields": fields}
    return {"lc": "void", "of": array, "at": [0]}


def numbers(values: Any, code: str = "<i8") -> Any:
    encoded = base64.b64encode(np.array(values, code).tobytes()).decode()
    return {"lc": "ndarray", "dtype": code, "shape": [len(values)], "v": encoded}


def objects(values: Any) -> Any:
    return {"lc": "ndarray", "dtype": "|O", "shape": [len(values)], "items": list(values)}


def places(start: int, stop: int) -> Any:
    bounds = {"start": start, "stop": stop, "step": 1, "name": None}
    return obj("pandas:RangeIndex", dict=bounds)


def index(values: Any) -> Any:
    return obj("pandas:Index", dict={"values": values, "name": None, "freq": None})


def categories(labels: Any) -> Any:
    return obj("pandas:CategoricalDtype", dict={"categories": labels, "ordered": False})


def levels_of(*levels: Any, names: Any) -> Any:
    codes = [numbers([0], "|i1") for _ in levels]
    parts = {"levels": levels, "codes": codes, "names": names, "sortorder": None}
    return obj("pandas:MultiIndex", dict=parts)


def shuffled(values: Iterator[int]) -> list[int]:
    made = list(values)
    random.Random(1).shuffle(made)
    return made


def alike(count: int) -> list[int]:
    """Returns numbers that all have the hash 0."""
    return shuffled(number * (2**61 - 1) for number in range(1, count))


def alike_in_pandas(count: int) -> list[int]:
    """Returns numbers of which pandas makes one hash: `k >> 33 ^ k ^ k << 11`."""

    def one(high: int) -> int:
        low = high
        for _ in range(3):
            low = (high ^ low << 11) & 0xFFFFFFFF
        return high << 33 | low

    return shuffled(map(one, range(1, count + 1)))


def places_of(hashes: Any, mask: int, is_free: Any) -> tuple[Any, Any]:
    """Returns the hashes that meet only taken places of a dict, and where they go after that."""
    at, rest = hashes & mask, hashes.copy()
    kept = ~is_free[at]
    while True:
        hashes, at, rest = hashes[kept], at[kept], rest[kept]
        rest >>= 5
        at = (5 * at + rest + 1) & mask
        if not rest.any():
            return hashes[~is_free[at]], at[~is_free[at]]
        kept = ~is_free[at]


def one_chain(bits: int) -> list[int]:
    """Returns numbers, no two with one hash, whose places in a dict lie on one long chain."""
    size = 1 << bits
    chain, at = [], 0
    for _ in range(size):
        chain.append(at)
        at = (5 * at + 1) & (size - 1)
    count = size // 3
    order = np.argsort(np.array(chain))
    is_free = np.ones(size, bool)
    is_free[chain[:count]] = False
    hashes, met = places_of(np.arange(size, size << 9, dtype=np.int64), size - 1, is_free)
    first = hashes[np.argsort(order[met], kind="stable")]
    return [*chain[:count], *first[: count - 10].tolist()]


def constraints(scheme: Any) -> Any:
    """What stands beside a URL's type: its class makes a tuple of its list, to hash that."""
    names = ("max_length", "host_required", "default_host", "default_port", "default_path")
    rest = dict.fromkeys((*names, "preserve_empty_path"))
    return obj("pydantic.networks:UrlConstraints", dict={"allowed_schemes": [scheme], **rest})


def options(default: Any) -> Any:
    fields = a_tuple("x", {"a": 1}, [default], None, None, False)
    names = "id options default name description is_shared"
    return obj(f"langchain_core.runnables.utils:ConfigurableFieldMultiOption({names})", base=fields)


def dict_of(keys: Any) -> Any:
    return {"lc": "dict", "v": [[key, 0] for key in keys]}


def again(held: Any, times: int) -> list[Any]:
    """Keys that each hold the same tuple, in which one thing lies many times."""
    inner = [shared(1, a_tuple(held)), shared(2, a_tuple(*[same(1)] * 1_000))]
    return [*inner, a_set(*(a_tuple(same(2), at) for at in range(times)))]


def twins(count: int) -> list[Any]:
    """Keys of one hash that hold one of two equal tuples, by turns."""
    inner = [shared(1 + at, a_tuple(*range(500))) for at in range(2)]
    keys = (a_tuple(same(1 + at % 2), at * (2**61 - 1)) for at in range(1, count))
    return [*inner, a_set(*keys)]


def long_twins(count: int, sets: int) -> list[Any]:
    """The same, with one text in each, which is as long as two equal ones."""
    inner = [shared(1 + at, a_tuple("s" * 250_000)) for at in range(2)]
    keys = (a_tuple(same(1 + at % 2), at * (2**61 - 1)) for at in range(1, count))
    return [*inner, *[a_set(*keys)] * sets]


def long_url(kind: str) -> Any:
    return obj(kind, dict={"url": "http://a.test/" + "x" * 60_000})


def zoned() -> Any:
    """A type of moments, whose hash is that of its text: the name of its zone is in it."""
    zone = {"lc": "timezone", "v": [0, 0, 0], "name": "x" * 60_000}
    return obj("pandas:DatetimeTZDtype", dict={"unit": "ns", "tz": zone})


def types_again(kind: str, *arguments: Any, times: int) -> list[Any]:
    """One list of arguments, of which types are made many times."""
    again = {"lc": "generic", "id": kind, "args": same(1)}
    return [shared(1, list(arguments)), *[again] * times]


A_LIST = {"lc": "generic", "id": "builtins:list", "args": [None]}
LONG_TUPLE = a_tuple(*range(9_900))


def keyed(key: Any, kind: str = "Kinded", **parts: Any) -> Any:
    return obj(f"things:{kind}", **parts, dict={"key": key})


def in_tuples(held: Any, levels: int) -> Any:
    for _ in range(levels):
        held = a_tuple(held)
    return held


def round_about(size: int, kind: str) -> Any:
    """A key whose hash needs itself, after so many numbers."""
    numbers = [a_tuple(*range(50)) for _ in range(size // 50)]
    return keyed(a_tuple(a_tuple(*numbers), same(1)), kind, ref=1)


def endless(kind: str) -> list[Case]:
    """Keys whose hash goes round in what they hold, which Python's own recursion ends."""
    other = keyed(keyed(same(1), kind, ref=2), kind, ref=1)
    costly = [round_about(10_000, kind), *(keyed(same(1), kind) for _ in range(1_200))]
    nodes = [
        (a_set(keyed(same(1), kind, ref=1)), ENDLESS),
        (dict_of([keyed(same(1), kind, ref=1)]), ENDLESS),
        (a_set(other), ENDLESS),
        ([other, a_set(same(1), same(2))], ENDLESS),
        (a_set(keyed(a_tuple(same(1), same(1)), kind, ref=1)), ENDLESS),
        (a_set(keyed(in_tuples(same(1), 10), kind, ref=1)), ENDLESS),
        (a_set(keyed(in_tuples(same(1), 20), kind, ref=1)), TOO_DEEP),
        (a_set(*costly), ENDLESS),
        (a_set(round_about(500_000, kind)), TOO_MUCH),
    ]
    return [case(node, BAD, says, allow=("things",)) for node, says in nodes]


def diamonds(kind: str, levels: int = 60) -> Any:
    """Each key holds the one before it twice, and the first leads back to the last."""
    held = obj(f"things:{kind}", ref=1, dict={"key": 1, "back": same(levels)})
    for ref in range(2, levels):
        held = keyed(a_tuple(held, same(ref - 1)), kind, ref=ref)
    return obj(f"things:{kind}", ref=levels, dict={"key": a_tuple(held, same(levels - 1))})


HASHED_ANEW = [
    pd.Period("2024-01", "M"),
    pd.Interval(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-02")),
    pd.IntervalDtype("int64"),
    pd.SparseDtype("int64"),
    pd.offsets.Day(3),
    pd.offsets.CustomBusinessDay(holidays=[f"2024-01-{day:02}" for day in range(1, 29)]),
    ipaddress.ip_network("10.0.0.0/8"),
    fractions.Fraction(1, 3),
]
"""What code in Python, or beside the interpreter, hashes each time anew."""

SLOW = [pd.IntervalDtype("int64"), pd.SparseDtype("float64", 1.5)]
"""Those that take many times longer than other code in Python."""

URL = {"lc": "tuple", "v": [long_url("pydantic_core._pydantic_core:Url")]}

UNFIT = "is nothing that its class is made of"

CASES: list[Case] = [
    case(a_set(signatures()), BAD, TOO_MUCH),
    case(dict_of([signatures()]), BAD, TOO_MUCH),
    case(annotated(signatures()), INVALID, TOO_MUCH),
    case(deep(a_set(signature("here"))), BAD, TOO_DEEP),
    case(deep(annotated(signature("here"))), INVALID, TOO_MUCH),
    case(deep(annotated(parameter("a", "here"))), INVALID, TOO_MUCH),
    case(a_set(element(tuples())), BAD, TOO_MUCH),
    case(deep(a_set(element("here"))), BAD, TOO_DEEP),
    case(annotated(element(tuples())), INVALID, TOO_MUCH),
    case(deep(a_set(constraints("here"))), BAD, TOO_DEEP),
    case(a_set(constraints(tuples())), BAD, TOO_MUCH),
    case(deep(a_set(options("here"))), BAD, TOO_DEEP),
    case(a_set(options(tuples())), BAD, TOO_MUCH),
    case(deep(levels_of(places(0, 1), names=["here"])), INVALID, UNFIT),
    case(levels_of(places(0, 1), names=[tuples()]), INVALID, UNFIT),
    case(dict_of(one_chain(16)), BAD, CROWDED),
    case(a_set(*alike(5_000)), BAD, ALIKE),
    case(again({"lc": "int", "v": "0x" + "f" * 20_000}, 500), BAD, TOO_MUCH),
    case(again({"lc": "decimal", "v": "9" * 50_000}, 500), BAD, TOO_MUCH),
    case(again({"lc": "pattern", "v": "a" * 10_000, "flags": 32}, 30), BAD, TOO_MUCH),
    case(twins(999), BAD, TOO_MUCH),
    case(dict_of([shown()]), BAD, TOO_MUCH),
    case(a_set(shown()), BAD, TOO_MUCH),
    case(obj("types:SimpleNamespace", init=[], dict=dict_of([a_tuple(1)])), BAD, NO_NAME),
    case(made(MESSAGE, {"fields": dict_of([a_tuple(1)])}, content="x"), BAD, NO_NAME),
    case(made(MESSAGE, {"private": dict_of([a_tuple(1)])}, content="x"), BAD, NO_NAME),
    case(long_twins(999, 10), BAD, TOO_MUCH),
    case(again(long_url("pydantic_core._pydantic_core:Url"), 300), BAD, TOO_MUCH),
    case(again(long_url("pydantic.networks:AnyUrl"), 300), BAD, TOO_MUCH),
    case(again(zoned(), 300), BAD, TOO_MUCH),
    case(again({"lc": "scalar", "dtype": "str", "v": "x" * 60_000}, 300), BAD, TOO_MUCH),
    *(case(again(json.loads(persist.dumps(it)), 300), BAD, TOO_MUCH) for it in HASHED_ANEW),
    *(case(again(json.loads(persist.dumps(it)), 15), BAD, TOO_MUCH) for it in SLOW),
    case([shared(1, URL), *[annotated(same(1))] * 1_000], INVALID, TOO_MUCH),
    *endless("Keyed"),
    *endless("Kinded"),
    case(a_set(diamonds("Keyed")), BAD, TOO_MUCH, allow=("things",)),
    case(a_set(diamonds("Kinded")), BAD, TOO_MUCH, allow=("things",)),
    case(categories(index(objects(alike(8_000)))), INVALID, ALIKE),
    case(levels_of(index(objects(alike(8_000))), names=[None]), INVALID, ALIKE),
    case(types_again("typing:Tuple", *[A_LIST] * 900, times=500), INVALID, TOO_MUCH),
    case([shared(1, LONG_TUPLE), *[annotated(same(1))] * 500], INVALID, TOO_MUCH),
    case(
        types_again("typing:List", literal(*map(str, range(9_000))), times=1_000),
        INVALID,
        TOO_MUCH,
    ),
]

KEPT: list[tuple[str, Callable[[], Any]]] = [
    ("categories", lambda: categories(index(numbers(alike_in_pandas(80_000))))),
    ("names", lambda: literal(*map(str, range(20_000)))),
    ("notes", lambda: annotated(1) | {"args": [named("class", "builtins:int"), *range(20_000)]}),
    ("levels", lambda: levels_of(index(numbers(alike_in_pandas(80_000))), names=[None])),
]
"""What is restored, and soon."""


def main() -> None:
    """Restores each case in turn, with little memory."""
    for node in (levels_of(places(0, 1), names=[None]), a_set(signature(1))):
        persist.loads(json.dumps(node))
    resident.bound_growth(ROOM_BYTES)
    for one in CASES:
        print(json.dumps(outcome(one, saves=False)), flush=True)
    for name, node in KEPT:
        print(json.dumps(outcome(Case(json.dumps(node()), name=name), saves=True)), flush=True)


if __name__ == "__main__":
    main()
