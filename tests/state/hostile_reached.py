"""Texts from strangers that give code of a library an object to look at, while that is made.

An object that a text describes may have any call under any name, and an end or none. So classes
that look at what they are given are held to what their own pickling hooks give.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from hostile_given import CALL, CALLED, OWN, a_tuple, answering, partial
from hostile_texts import BAD, HUMAN, INVALID, Case, case, made, named, obj, same, shared

ANY = named("class", "typing:Any")
INTEGER = named("class", "builtins:int")
FIELD = "pydantic.fields:FieldInfo"
OFFSETS = "pandas._libs.tslibs.offsets"
BEDROCK = "langchain_aws.embeddings.bedrock:BedrockEmbeddings"

PART = "is taken apart into such a member"
UNHELD = "is no attribute that an instance may hold"
CODE = "would run code at once"

ASKED = answering(mapping=CALL, replace=CALL, tzinfo=1)
"""What has something to call under names that no instance is refused for."""

ENDLESS = obj("itertools:repeat", init=[1])
COUNT = obj("itertools:count", init=[0])
PAIRS = obj("builtins:zip", init=[COUNT, COUNT])


def a_class(kind: str, fields: Any, **parts: Any) -> Any:
    return {"lc": kind, "name": "Made", "module": "nowhere", "fields": fields, **parts}


def a_model(*row: Any, **parts: Any) -> Any:
    return a_class("model", {"x": list(row)}, **parts)


def a_field(**said: Any) -> Any:
    return obj(FIELD, dict=said)


def annotated(note: Any) -> Any:
    return {"lc": "generic", "id": "typing:Annotated", "args": [INTEGER, note]}


SHOWN = {
    "lc": "object",
    "class": a_model(ANY, a_field(default=None, exclude_if=CALL)),
    "dict": {"x": 1},
}
"""A model that calls something when it is written as JSON."""

DEFAULTED = a_class("dataclass", {"merge": [ANY, {"default": CALL}]})
MAKING = a_class("dataclass", {"x": [ANY, {"default_factory": CALL}]})
BOUND = obj(
    "functools:partialmethod",
    dict={"func": answering(__get__=CALL), "args": a_tuple(), "keywords": {}},
)
METHOD = obj("functools:partialmethod", dict={"func": CALLED, "args": a_tuple(), "keywords": {}})


def offset(name: str, **kwds: Any) -> Any:
    return obj(f"{OFFSETS}:{name}", dict={"n": 1, "normalize": False, "kwds": kwds})


def embedding(config: Any) -> Any:
    fields = dict.fromkeys(
        ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region_name")
    )
    return obj(BEDROCK, dict=fields | {"model_id": "amazon.titan", "config": config})


GIVEN = [
    *(
        (obj(f"collections:{name}", init=[*before, given]), PART)
        for name, before in [("OrderedDict", []), ("defaultdict", [None]), ("Counter", [])]
        for given in (ASKED, PAIRS, ENDLESS, [a_tuple(1, 2)])
    ),
    *(
        (obj(name, **parts), PART)
        for name, parts in [
            ("collections:OrderedDict", {"initkw": {"x": 1}, "init": []}),
            ("collections:OrderedDict", {"new": [1]}),
            ("collections:defaultdict", {"init": [ASKED]}),
            ("collections:UserString", {"new": [ASKED]}),
            ("time:struct_time", {"init": [ENDLESS]}),
            ("time:struct_time", {"new": [ENDLESS]}),
            ("time:struct_time", {"init": [a_tuple(*range(9)), ASKED]}),
            ("types:SimpleNamespace", {"init": [ASKED]}),
            ("random:Random", {"init": [ASKED]}),
            ("random:Random", {"init": [], "state": a_tuple(2, ENDLESS, None)}),
            ("random:Random", {"init": [], "state": a_tuple(3, ENDLESS, None)}),
            ("inspect:Signature", {"init": [ENDLESS]}),
            ("inspect:Signature", {"init": [a_tuple(ASKED)]}),
            ("inspect:Parameter", {"init": ["x", ASKED]}),
            ("functools:partial", {"init": [CALLED], "state": a_tuple(CALLED, a_tuple(), {}, 1)}),
            ("builtins:enumerate", {"init": [[1], 0]}),
            ("builtins:zip", {"init": [[1], [2]]}),
            ("itertools:chain", {"init": [[1]]}),
            ("itertools:compress", {"init": [[1], [1]]}),
            ("itertools:cycle", {"init": [[1]]}),
            ("itertools:islice", {"init": [[1], 1]}),
            ("itertools:zip_longest", {"init": [[1]]}),
            ("array:array", {"init": ["i", ENDLESS]}),
        ]
    ),
    (
        obj("builtins:ExceptionGroup", new=["x", {"lc": "range", "v": [0, 1 << 60, 1]}], args=[]),
        PART,
    ),
    *(
        (offset(name, **kwds), "is nothing that its class is made of")
        for name, kwds in [
            ("CustomBusinessDay", {"holidays": [ASKED]}),
            ("CustomBusinessHour", {"holidays": a_tuple(ASKED)}),
            ("BusinessHour", {"start": ASKED}),
            ("BusinessHour", {"end": [ASKED]}),
        ]
    ),
    (offset("BusinessDay", offset=[[1]]), "than numbers, texts and times"),
    *(
        (node, CODE)
        for node in [
            a_model(INTEGER, a_field(examples=[SHOWN])),
            a_model(INTEGER, a_field(examples=[ASKED])),
            a_model(INTEGER, a_field(ge=SHOWN)),
            a_model(INTEGER, a_field(deprecated=ASKED)),
            a_model(INTEGER, a_field(title=SHOWN)),
            a_model(INTEGER, obj(FIELD, dict={}, slots={"examples": [SHOWN]})),
            a_model(INTEGER, obj(FIELD, dict={}, slots={"_attributes_set": {"ge": SHOWN}})),
            a_model(
                INTEGER,
                obj(
                    FIELD,
                    dict={},
                    slots={"metadata": [obj("annotated_types:Ge", slots={"ge": SHOWN})]},
                ),
            ),
            a_model(annotated(obj("annotated_types:Ge", slots={"ge": SHOWN}))),
            a_model(annotated(a_field(examples=[SHOWN]))),
            a_model(ANY, METHOD),
            a_model(ANY, a_field(default=METHOD)),
            a_class("dataclass", {"x": [ANY, {"default": METHOD}]}),
            a_class("dataclass", {"keys": [ANY, {"default": CALL}]}),
        ]
    ),
    *(
        (embedding(config), "its field `config` holds what no finished instance does")
        for config in [
            DEFAULTED,
            {"lc": "object", "class": DEFAULTED, "missing": ["merge"]},
            {"lc": "object", "class": DEFAULTED, "dict": {"merge": 1}},
            answering(inner=answering(merge=CALL)),
            answering(inner=[answering(merge=CALL)]),
        ]
    ),
]

GIVEN += [
    # What a class was made of is filled after that.
    (shared(1, [a_model(INTEGER, a_field(examples=same(1))), SHOWN]), CODE),
    (shared(1, [a_model(annotated(a_field(examples=same(1)))), SHOWN]), CODE),
    (
        shared(1, {"of": a_model(INTEGER, config={"json_schema_extra": same(1)}), "x": ASKED}),
        "a model's configuration is no plain values",
    ),
]

# More fields than the native walk keeps bits for.
MANY = {f"x{at}": [ANY] for at in range(130)} | {"keys": [ANY]}

HELD = [
    *(
        (answering(**{name: CALL}), UNHELD)
        for name in ("keys", "dict", "model_dump", "get_secret_value", "_asdict")
    ),
    *(
        (answering(**{name: CALL}), UNHELD)
        for name in ("__deepcopy__", "__copy__", "__array__", "__rich_repr__", "__getattr__")
    ),
    (answering(__array_interface__={"data": a_tuple(1, True), "shape": a_tuple(1)}), UNHELD),
    (BOUND, UNHELD),
    (made(HUMAN, {"extra": {"keys": CALL}}, content="x", type="human"), "is no extra field"),
    (made(HUMAN, {"extra": {"__array__": CALL}}, content="x", type="human"), "is no extra field"),
    (
        {
            "lc": "object",
            "class": a_class("dataclass", {"keys": [ANY]}),
            "dict": {"keys": CALL},
        },
        UNHELD,
    ),
    (
        {
            "lc": "object",
            "class": a_class("dataclass", MANY, settings={"slots": True}),
            "slots": dict.fromkeys(MANY, CALL),
        },
        "holds what would be called",
    ),
    (
        {"lc": "object", "class": a_class("model", {"keys": [ANY]}), "dict": {"keys": CALL}},
        "holds what would be called",
    ),
    (
        {
            "lc": "object",
            "class": {
                "lc": "namedtuple",
                "name": "Made",
                "module": "nowhere",
                "types": {"keys": ANY},
            },
            "base": a_tuple(CALL),
        },
        "holds what would be called",
    ),
    (
        obj(
            "functools:partial",
            init=[CALLED],
            state=a_tuple(CALLED, a_tuple(), {}, {"__deepcopy__": CALL}),
        ),
        "which anybody would call",
    ),
    (obj("builtins:ValueError", args=[], dict={"__deepcopy__": CALL}), UNHELD),
]

WIDE = "\uff3f\uff3fget\uff3f\uff3f"
"""Two underscores at each end, as the compiler would read it."""

CASES = [
    *(case(node, INVALID, says, allow=OWN) for node, says in [*GIVEN, *HELD]),
    *(
        case(a_class(kind, {WIDE: [ANY, *rest]}), BAD, "are no fields")
        for kind, rest in [("model", [1]), ("dataclass", [{"default": 1}])]
    ),
]


def a_bomb(count: int = 45) -> Any:
    """A tuple of two to the 45th elements: its hash takes for ever."""
    inner = shared(1, a_tuple(1, 2))
    for ref in range(2, count):
        inner = shared(ref, a_tuple(inner, same(ref - 1)))
    return a_tuple(inner, 1)


def a_list(count: int = 45) -> Any:
    inner = shared(1, [1, 2])
    for ref in range(2, count):
        inner = shared(ref, [inner, same(ref - 1)])
    return inner


def objects(*items: Any) -> Any:
    return {"lc": "ndarray", "dtype": "|O", "shape": [len(items)], "items": list(items)}


def labels(*items: Any, name: Any = None) -> Any:
    return obj("pandas:Index", dict={"values": objects(*items), "name": name, "freq": None})


def a_view(count: int, dtype: str = "<i8") -> Any:
    """Very many elements in the memory of one."""
    memory = base64.b64encode(bytes(8)).decode()
    size = int(dtype.strip("<|iM[ns]") or 8)
    base = {"lc": "ndarray", "dtype": dtype, "shape": [8 // size], "v": memory}
    return {
        "lc": "ndarray",
        "base": base,
        "dtype": dtype,
        "shape": [count],
        "strides": [0],
        "offset": 0,
    }


def of_objects(count: int) -> Any:
    base = objects(None)
    return {
        "lc": "ndarray",
        "base": base,
        "dtype": "|O",
        "shape": [count],
        "strides": [0],
        "offset": 0,
    }


def categories(*items: Any) -> Any:
    return obj("pandas:CategoricalDtype", dict={"categories": labels(*items), "ordered": False})


def levels(level: Any, codes: Any) -> Any:
    held = {"levels": [level], "codes": [codes], "names": ["x"], "sortorder": None}
    return obj("pandas:MultiIndex", dict=held)


def moments(count: int) -> Any:
    dtype = {"lc": "dtype", "v": "<M8[ns]"}
    values = obj(
        "pandas.arrays:DatetimeArray",
        dict={"values": a_view(count, "<M8[ns]"), "dtype": dtype, "freq": None},
    )
    freq = offset("Day")
    return obj("pandas:DatetimeIndex", dict={"values": values, "name": None, "freq": freq})


def structures(count: int) -> Any:
    fields = {"lc": "dtype", "fields": [["a", "|O", 0], ["b", "<i8", 8]], "itemsize": 16}
    parts = [of_objects(count), a_view(count)]
    return {"lc": "ndarray", "dtype": fields, "shape": [count], "fields": parts}


CODES = {"lc": "ndarray", "dtype": "|i1", "shape": [1], "v": "AA=="}
RANGE = {"start": 0, "stop": 3, "step": 1}

WHOLE = {"lc": "dtype", "v": "<i8"}
TEXTS = {"storage": "python", "na_value": {"lc": "float", "v": "nan"}}

UNREADY = Case(json.dumps(embedding(None)))
"""Restores only where there is a key to the service; its class is read first in any case."""

HARMLESS = [
    Case(json.dumps(node), says, allow=OWN)
    for node, says in [
        (obj("collections:OrderedDict", init=[], pairs=[["keys", CALL]]), "OrderedDict"),
        (answering(keys=["x"], __doc__="x", run=CALL), "namespace(keys=['x']"),
        (answering(__wrapped__=CALL), "namespace("),
        (a_model(INTEGER, a_field(examples=[1, [2]], ge=1, title="x")), "Made"),
        (offset("BusinessHour", start=["09:00"]), "BusinessHour"),
        (a_model(annotated(obj("annotated_types:Ge", slots={"ge": 1}))), "Made"),
        (partial(CALLED, 1), "functools.partial("),
        (obj("inspect:Signature", init=[a_tuple()]), "Signature"),
        (obj("collections:Counter", init=[{"x": 1}]), "Counter({'x': 1})"),
        (obj("random:Random", init=[]), "Random"),
        (obj("pandas:RangeIndex", dict=RANGE | {"name": a_tuple("x", 1)}), "RangeIndex"),
        (levels(labels("a"), CODES), "MultiIndex"),
        (obj("pandas:Categorical", dict={"codes": CODES, "dtype": categories("a")}), "['a']"),
        (obj("pandas:StringDtype", dict=TEXTS), "StringDtype"),
        (
            obj("pandas:IntervalDtype", dict={"subtype": WHOLE, "closed": "left"}),
            "interval[int64, left]",
        ),
        (moments(1), "DatetimeIndex"),
        (a_model(INTEGER, config={"json_schema_extra": {"a": a_list(10)}}), "Made"),
        (shared(1, {"x": a_model(INTEGER, a_field(default=1, json_schema_extra=same(1)))}), "Made"),
    ]
]

BOMBS = {
    name: (lambda node=node: json.dumps(node()), refusal)
    for name, refusal, node in [
        ("a moment without end", INVALID, lambda: obj("time:struct_time", new=[ENDLESS])),
        ("a count without end", INVALID, lambda: obj("collections:Counter", init=[ENDLESS])),
        ("pairs without end", INVALID, lambda: obj("collections:OrderedDict", init=[PAIRS])),
        (
            "laughs in a pair",
            INVALID,
            lambda: obj("collections:OrderedDict", init=[[a_tuple(a_bomb(), 1)]]),
        ),
        ("laughs counted", INVALID, lambda: obj("collections:Counter", init=[[a_bomb()]])),
        ("laughs as a seed", INVALID, lambda: obj("random:Random", init=[a_bomb()])),
        ("laughs as a name", INVALID, lambda: labels("a", name=a_bomb())),
        (
            "laughs as the name of a range",
            INVALID,
            lambda: obj("pandas:RangeIndex", dict=RANGE | {"name": a_bomb()}),
        ),
        ("laughs as a category", INVALID, lambda: categories(a_bomb(), "a")),
        ("laughs as a level", INVALID, lambda: levels(labels(a_bomb(), "a"), CODES)),
        (
            "laughs as a side",
            INVALID,
            lambda: obj(
                "pandas:IntervalDtype",
                dict={"subtype": {"lc": "dtype", "v": "<i8"}, "closed": a_bomb()},
            ),
        ),
        (
            "laughs as a storage",
            INVALID,
            lambda: obj("pandas:StringDtype", dict={"storage": a_bomb(), "na_value": 1}),
        ),
        (
            "codes without memory",
            INVALID,
            lambda: obj(
                "pandas:Categorical",
                dict={"codes": a_view(1 << 40, "|i1"), "dtype": categories("a")},
            ),
        ),
        ("levels without memory", INVALID, lambda: levels(labels("a"), a_view(1 << 40, "|i1"))),
        ("structures without memory", BAD, lambda: structures(1 << 28)),
        ("moments without memory", INVALID, lambda: moments(1 << 27)),
        ("laughs as an example", INVALID, lambda: a_model(INTEGER, a_field(examples=a_list()))),
        ("laughs as a bound", INVALID, lambda: a_model(ANY, a_field(ge=a_list()))),
    ]
}
