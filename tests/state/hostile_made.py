"""Texts from strangers that have pydantic make classes of little text, which take long to make."""

from __future__ import annotations

import json
from typing import Any

from hostile_texts import INVALID, case, named, obj, same, shared

INT = named("class", "builtins:int")

NOT_SHOWN = "what stands beside a type, or a member of an enumeration, holds too much to be shown"
NOT_HASHED = "the default of a field holds too much to be hashed"
TOO_MUCH = "classes made at run time are too many, or mention each other too often, to be made"
TOO_SLOW = "the patterns of fields take too long to compile"
LOOKS_TWICE = "a pattern of protected namespaces may look at a name more than once"


def laughs(levels: int = 60, first: int = 1) -> Any:
    """Each list holds the one before it twice: as text, it has 2 to the `levels` elements."""
    held: Any = shared(first, ["x"])
    for ref in range(first + 1, first + levels):
        held = shared(ref, [held, same(ref - 1)])
    return held


def a_tuple(*elements: Any) -> Any:
    return {"lc": "tuple", "v": list(elements)}


def named_tuple(*fields: Any) -> Any:
    return {"lc": "namedtuple", "name": "T", "module": "m", "fields": list(fields)}


def enumeration(*values: Any, by: Any = "Enum", **parts: Any) -> Any:
    members = [[f"M{at}", value] for at, value in enumerate(values)]
    return {"lc": "enumeration", "name": "F", "module": "m", "by": by, "members": members, **parts}


def tuples(levels: int = 45) -> Any:
    """The hash of each tuple is that of the one before it, twice over."""
    held: Any = shared(1, a_tuple(1))
    for ref in range(2, levels):
        held = shared(ref, a_tuple(held, same(ref - 1)))
    return held


def model(*rows: list[Any], **parts: Any) -> Any:
    fields = {f"f{at}": row for at, row in enumerate(rows)}
    # A label stands behind the kind.
    label = {"ref": parts.pop("ref")} if "ref" in parts else {}
    node = {"lc": "model", **label, "name": "M", "module": "m", "fields": fields}
    return node | parts


def typed(kind: str, annotation: Any, **parts: Any) -> Any:
    return {"lc": kind, "name": "T", "module": "m", "fields": {"x": annotation}, **parts}


def pair(annotation: Any, default: Any) -> Any:
    types = {"types": {"x": annotation}, "defaults": {"x": default}, "bases": []}
    return {"lc": "namedtuple", "name": "T", "module": "m", **types}


def generic(name: str, *arguments: Any, **parts: Any) -> Any:
    return {"lc": "generic", "id": name, "args": list(arguments), **parts}


def annotated(note: Any) -> Any:
    return generic("typing:Annotated", INT, note)


def told(**said: Any) -> Any:
    return obj("pydantic.fields:FieldInfo", dict=said)


def deep(text: str) -> str:
    """The text of a node with a tuple nested 200,000 deep in the place of `null`."""
    return text.replace("null", '{"lc":"tuple","v":[' * 200_000 + "1" + "]}" * 200_000)


def chain(levels: int, fields: int) -> Any:
    """Each model has the one before it as the type of its fields."""
    rest = ([[same(ref - 1)]] * fields for ref in range(2, levels + 1))
    return [model([INT], ref=1), *(model(*rows, ref=ref) for ref, rows in enumerate(rest, 2))]


def extended(levels: int) -> Any:
    """Each model extends the one before it by a field."""
    rest = ({"bases": [same(ref - 1)], "fields": {f"a{ref}": [INT]}} for ref in range(2, levels))
    return [model([INT], ref=1), *(model(ref=ref, **it) for ref, it in enumerate(rest, 2))]


def patterns(*texts: str, **parts: Any) -> Any:
    return model(*([named("class", "builtins:str"), told(pattern=it)] for it in texts), **parts)


HIDDEN = [
    lambda it: model([INT, it]),
    lambda it: model([INT, told(default=it)]),
    lambda it: model([annotated(told(default=it))]),
    lambda it: model([typed("dataclass", [INT, {"default": it}])]),
    lambda it: model([typed("typeddict", annotated(told(default=it)), by="typing")]),
    lambda it: model([pair(INT, it)]),
]
"""Where a default stands that pydantic hashes for a model."""

MEMBER = {"lc": "enum", "class": enumeration(laughs()), "name": "M0"}

COUNTED = named("function", "langchain_core.messages.utils:count_tokens_approximately")

TOO_MANY = "it has too many validators"


def validated(number: int, **said: Any) -> Any:
    rows = {f"v{at}": {"func": COUNTED, **said} for at in range(number)}
    return model([INT, 3], validators=rows)


def fields(number: int) -> dict[str, Any]:
    return {f"f{at}": [INT] for at in range(number)}


def beside(*nodes: Any) -> list[Any]:
    """Nodes after a class that is soon made, and takes most of what all classes may cost."""
    rows = {f"f{at}": annotated(told(examples=same(9_999))) for at in range(120)}
    node = {"lc": "typeddict", "name": "T", "module": "m", "by": "typing", "bases": []}
    return [shared(9_999, [0] * 9_900), node | {"fields": rows}, *nodes]


def sharing(kind: str, member: str, held: Any, **parts: Any) -> list[Any]:
    """Classes of which all have one member, written once."""
    node = {"lc": kind, "name": "T", "module": "m", **parts, member: same(1)}
    return beside(shared(1, held), *[node] * 100)


def extending(first: Any, times: int, **parts: Any) -> list[Any]:
    """Models that extend another, and have no fields of their own."""
    return beside(first | {"ref": 1}, *[model(bases=[same(1)], **parts)] * times)


def over_all(number: int) -> dict[str, Any]:
    return {f"v{at}": {"func": COUNTED, "fields": ["*"]} for at in range(number)}


OLDER = {"by": "pydantic.v1"}

STATES = [
    named("class", f"langchain.agents.middleware.{name}")
    for name in ("types:AgentState", "types:ModelResponse", "todo:PlanningState")
]


def adapter(kind: Any) -> Any:
    said = {"_type": kind, "_module_name": "m", "_parent_depth": 2}
    return obj("pydantic.type_adapter:TypeAdapter", dict=said)


def parts_again(name: str, count: int = 100, **parts: Any) -> list[Any]:
    """Fields that share one type, of many parts: pydantic makes a schema of each, each time."""
    again = {"lc": "generic", "id": "builtins:tuple", "args": same(1)}
    return [shared(1, [named("class", name)] * 900), model(*[[again]] * count, **parts)]


DEAR = ("pathlib:Path", "ipaddress:IPv4Address", "pydantic.types:SecretStr", "re:Pattern")

CASES = [
    case(validated(20_000, mode="before"), INVALID, TOO_MANY),
    case(validated(101), INVALID, TOO_MANY),
    case(
        validated(2, fields=[f"f{at}" for at in range(501)], check_fields=False), INVALID, TOO_MANY
    ),
    case(model([INT], validators={"mro": {"func": COUNTED}}), INVALID, "may not be called `mro`"),
    case(
        [adapter(annotated(told(pattern=f"\\w{{{times}}}"))) for times in range(50, 150)],
        INVALID,
        TOO_SLOW,
    ),
    case(
        [
            {"lc": "typeddict", "name": "T", "module": "m", "ref": 1, "bases": []}
            | {"by": "typing_extensions", "fields": {f"f{at}": INT for at in range(1_000)}},
            *[adapter(same(1))] * 300,
        ],
        INVALID,
        TOO_MUCH,
    ),
    *(case(hide(tuples()), INVALID, NOT_HASHED) for hide in HIDDEN),
    *(case(deep(json.dumps(hide(None))), INVALID, NOT_HASHED) for hide in HIDDEN),
    case(model([enumeration(laughs())]), INVALID, NOT_SHOWN),
    case(model([generic("typing:Literal", MEMBER)]), INVALID, NOT_SHOWN),
    case(model([generic("collections.abc:Awaitable", annotated(laughs()))]), INVALID, NOT_SHOWN),
    case(model([generic("typing:Awaitable", annotated(laughs()))]), INVALID, NOT_SHOWN),
    case(model([generic("builtins:list", annotated(told(default=laughs())))]), INVALID, NOT_SHOWN),
    *(case(parts_again(it), INVALID, TOO_MUCH) for it in DEAR),
    case(parts_again("builtins:int", 50, **OLDER), INVALID, TOO_MUCH),
    case(chain(1_000, 1), INVALID, TOO_MUCH),
    case(chain(500, 2), INVALID, TOO_MUCH),
    case(extended(300), INVALID, TOO_MUCH),
    case(
        [shared(1, [0] * 9_990), model(*[[INT, told(examples=same(1))]] * 1_000)],
        INVALID,
        TOO_MUCH,
    ),
    case([shared(1, a_tuple(*[0] * 9_000)), model(*[[INT, same(1)]] * 5_000)], INVALID, TOO_MUCH),
    case(
        patterns("(?i)" + "[\\0-\\uffff]" * 300, config={"regex_engine": "python-re"}),
        INVALID,
        TOO_SLOW,
    ),
    case(
        patterns("(?i)" + "[ -~]" * 60_000, config={"regex_engine": "python-re"}),
        INVALID,
        TOO_SLOW,
    ),
    case(patterns(*(f"\\w{{{times}}}" for times in range(50, 150))), INVALID, TOO_SLOW),
    case(
        {
            "lc": "model",
            "name": "M",
            "module": "m",
            "fields": {"a" * 60 + "b": [INT]},
            "config": {
                "protected_namespaces": a_tuple({"lc": "pattern", "v": "(a+)+$", "flags": 32})
            },
        },
        INVALID,
        LOOKS_TWICE,
    ),
    case(
        {
            "lc": "model",
            "name": "M",
            "module": "m",
            "fields": {},
            "config": {"protected_namespaces": 1},
        },
        INVALID,
        "protected namespaces are no list",
    ),
    case(sharing("model", "fields", fields(1_000)), INVALID, TOO_MUCH),
    case(sharing("dataclass", "fields", fields(1_000)), INVALID, TOO_MUCH),
    case(
        sharing("typeddict", "fields", dict.fromkeys(fields(1_000), INT), by="typing", bases=[]),
        INVALID,
        TOO_MUCH,
    ),
    case(sharing("namedtuple", "fields", [*fields(1_000)]), INVALID, TOO_MUCH),
    case(
        sharing("enumeration", "members", [[it, 1] for it in fields(1_000)], by="Enum"),
        INVALID,
        TOO_MUCH,
    ),
    case(
        sharing(
            "model",
            "config",
            {"protected_namespaces": a_tuple(*[f"a{at}" for at in range(20_000)])},
            fields=fields(200),
        ),
        INVALID,
        TOO_MUCH,
    ),
    case(model(*[[INT]] * 8_000, validators=over_all(100)), INVALID, TOO_MUCH),
    case(model(*[[INT]] * 8_000, validators=over_all(100), **OLDER), INVALID, TOO_MUCH),
    case(
        [model([INT], ref=1, validators=over_all(100)), model(*[[INT]] * 2_000, bases=[same(1)])],
        INVALID,
        TOO_MUCH,
    ),
    case(
        extending(
            model(validators={f"v{at}": {"func": COUNTED, "mode": "before"} for at in range(100)}),
            500,
        ),
        INVALID,
        TOO_MUCH,
    ),
    case(extending(model(*[[INT]] * 4_000, **OLDER), 100, **OLDER), INVALID, TOO_MUCH),
    case(extending(model([generic("typing:Union", *STATES)]), 1_000), INVALID, TOO_MUCH),
    case(
        beside(
            *(
                model(ref=at, **{"bases": [same(at - 1)]} if at > 1 else {})
                for at in range(1, 1_000)
            )
        ),
        INVALID,
        TOO_MUCH,
    ),
    case(beside(*[model()] * 3_000), INVALID, TOO_MUCH),
]
