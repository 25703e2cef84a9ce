"""Texts from strangers that hold little and say much, where a library would show or compare it.

Run as `python -m hostile_heavy`: it writes one line of JSON per case.
"""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import hostile_made
import persist
from hostile_made import a_tuple, enumeration, laughs, named_tuple
from hostile_texts import BAD, INVALID, Case, case, named, obj, same, shared

import resident

ROOM_BYTES = 2 << 30

LARGE = {"lc": "bytes", "v": "YWFh" * 100_000 + "LWFh" + "YWFh" * 100_000}
"""Text of punycode: decoding takes the square of its length."""

ERROR = "pydantic_core._pydantic_core:ValidationError"


def texts(missing: Any) -> Any:
    return {"lc": "dtype", "v": "StringDType", "na": missing}


def sparse(code: str, fill_value: Any) -> Any:
    content = {"subtype": {"lc": "dtype", "v": code}, "fill_value": fill_value}
    return obj("pandas:SparseDtype", dict=content)


def raised(kind: str, /, **members: Any) -> Any:
    return obj(f"builtins:{kind}", args=["x"], members=members)


def syntax(**members: Any) -> Any:
    return raised("SyntaxError", **{"msg": "x", "text": "abc", "lineno": 1, "offset": 1, **members})


def refused_line(context: Any, **parts: Any) -> Any:
    line = {"type": "value_error", "msg": "Value error, x", "loc": ["a"], "input": 1}
    told = {"title": "M", "lines": [line | {"ctx": context} | parts], "mode": "python"}
    return obj(ERROR, args=[], members=told | {"hides_input": False})


def nested_error() -> Any:
    """An error within another: its text shows what it was given."""
    inner = refused_line({"error": "y"}, input=laughs())
    return refused_line({"error": inner})


def refused_input(value: Any) -> Any:
    """An error whose text shows what was refused, which only pydantic can look into."""
    return refused_line({"error": "y"}, input=value)


SWOLLEN = "it takes far more memory than what is written of it"
NOT_SHOWN = "the context of a line of it holds too much to be shown"
NO_SCALAR = (
    "the state of `pandas:SparseDtype` is not valid: ValueError: what it leaves out is no scalar"
)
LONG_NA = (
    "the value of a node `dtype` is not valid:"
    " what stands for a missing text holds too much to be shown"
)
OUTSIDE = "it is an error of syntax at a place outside its text"
NO_PLACE = "it is an error of syntax whose text or place is none"
NO_FILE = "it is an error of syntax whose file or message is none"


def no_value(kind: str) -> str:
    return f"the member `M0` of an enumeration has no value of type `{kind}`"


def texts_in_texts(levels: int) -> Any:
    """Each type shows the one before it, and is asked for its text when it is made."""
    held: Any = None
    for _ in range(levels):
        held = texts(held)
    return held


def shown_often(node: Any, times: int = 500) -> list[Any]:
    """What each of many things shows is no more than one may, and the same for all."""
    return [shared(1, [[] for _ in range(1_900)]), *[node] * times]


ONE_LINE = {"type": "x", "msg": "y", "loc": [], "custom": True, "input": 1, "ctx": {"a": same(1)}}
MANY_LINES = {"title": "M", "lines": [ONE_LINE] * 500, "mode": "python", "hides_input": False}


def one_line_as_many(times: int, /, **parts: Any) -> Any:
    """An error of which each line is the same one: pydantic copies its texts for each."""
    line = {"type": "x", "msg": "y", "loc": [], "custom": True, "input": 1} | parts
    lines = [shared(1, line), *[same(1)] * times]
    told = {"title": "M", "lines": lines, "mode": "python", "hides_input": False}
    return obj(ERROR, args=[], members=told)


LONG_ERROR = obj(
    ERROR,
    args=[],
    members={
        "title": "M",
        "lines": [shared(2, ONE_LINE | {"msg": "x" * 150_000, "ctx": {}}), *[same(2)] * 50],
        "mode": "python",
        "hides_input": False,
    },
)

CASES = [
    case(named_tuple(laughs(28)), BAD, "the fields of a node `namedtuple` are no names"),
    case(named_tuple(1), BAD, "the fields of a node `namedtuple` are no names"),
    case(named_tuple("1" * 1_000_000), INVALID, "must be valid identifiers: '111"),
    case(enumeration(laughs(), type="str"), INVALID, no_value("str")),
    case(enumeration(3_000_000_000, type="bytes"), INVALID, no_value("bytes")),
    case(enumeration(a_tuple(LARGE, "punycode"), type="str"), INVALID, no_value("str")),
    case(enumeration(laughs(), type="float"), INVALID, no_value("float")),
    case(enumeration(laughs(), by="StrEnum"), INVALID, no_value("str")),
    case(enumeration(a_tuple(LARGE, "punycode"), by="StrEnum"), INVALID, no_value("str")),
    case(enumeration("1", by="IntEnum"), INVALID, no_value("int")),
    case(enumeration(laughs(), by="IntFlag"), INVALID, no_value("int")),
    case(enumeration(laughs(), by="Flag"), INVALID, no_value("int")),
    case(
        enumeration(laughs(), laughs(first=100)),
        INVALID,
        "the members of an enumeration hold too much",
    ),
    case(
        enumeration({"a": {"lc": "deque", "v": [laughs()]}}, {"a": laughs(first=100)}),
        INVALID,
        "the members of an enumeration hold too much",
    ),
    case(
        [
            *(shared(ref, [{"lc": "int", "v": "0x" + "f" * 80_000}]) for ref in (1, 2)),
            *[enumeration(*([same(1 + at % 2), at] for at in range(1_000)))] * 5,
        ],
        INVALID,
        "the members of an enumeration hold too much",
    ),
    case(
        [
            *(shared(ref, [[0] * 90]) for ref in (1, 2)),
            *[enumeration(*([same(1 + at % 2), at] for at in range(1_000)))] * 5,
        ],
        INVALID,
        "the members of an enumeration hold too much",
    ),
    case(enumeration(1, by=laughs()), BAD, "a node `enumeration` says nothing that makes one"),
    case(enumeration(1, type=[1]), BAD, "a node `enumeration` says nothing that makes one"),
    case(texts(laughs()), BAD, LONG_NA),
    case(texts(refused_input(laughs())), BAD, LONG_NA),
    case(texts([refused_input("x")]), BAD, LONG_NA),
    case(texts({"lc": "dtype", "v": "<i4", "metadata": {"a": laughs()}}), BAD, LONG_NA),
    *(case(sparse(code, laughs()), INVALID, NO_SCALAR) for code in ("<i4", "|O")),
    *(case(sparse(code, a_tuple(laughs())), INVALID, NO_SCALAR) for code in ("<i4", "|O")),
    case(syntax(end_lineno=1, end_offset=2_000_000_000), INVALID, OUTSIDE),
    case(syntax(end_lineno=2, end_offset=2_000_000_000), INVALID, OUTSIDE),
    case(syntax(offset=2_000_000_000), INVALID, OUTSIDE),
    case(syntax(offset=-2_000_000_000), INVALID, OUTSIDE),
    case(syntax(end_offset=a_tuple(laughs())), INVALID, NO_PLACE),
    case(syntax(lineno=laughs()), INVALID, NO_PLACE),
    case(syntax(text=laughs()), INVALID, NO_PLACE),
    case(syntax(filename=laughs()), INVALID, NO_FILE),
    case(syntax(msg=laughs()), INVALID, NO_FILE),
    case(syntax(filename=refused_input(laughs())), INVALID, NO_FILE),
    case(syntax(msg=refused_input("x")), INVALID, NO_FILE),
    case(
        raised("NameError", name=a_tuple(laughs())),
        INVALID,
        "it is an error of a name that is no text",
    ),
    case(refused_line({"error": laughs()}), INVALID, NOT_SHOWN),
    case(refused_line({"error": raised("ValueError") | {"args": [laughs()]}}), INVALID, NOT_SHOWN),
    case(refused_line({"a": laughs()}, custom=True), INVALID, NOT_SHOWN),
    case(refused_line({"a": laughs()}, type="of_my_own", custom=True), INVALID, NOT_SHOWN),
    case(nested_error(), INVALID, NOT_SHOWN),
    case(
        {"lc": "namedtuple", "name": "T", "module": "m", "types": {"a": laughs()}, "bases": []},
        INVALID,
        "a field's type is none",
    ),
    case(
        {"lc": "dataclass", "name": "D", "module": "m", "fields": {"a": [laughs()]}},
        INVALID,
        "a field's type is none",
    ),
    case(
        obj(
            "pandas.arrays:SparseArray",
            dict={
                "values": {"lc": "ndarray", "dtype": "<i8", "shape": [1], "v": "AQAAAAAAAAA="},
                "places": {"lc": "ndarray", "dtype": "<i4", "shape": [1], "v": "AgAAAA=="},
                "length": laughs(),
                "kind": "integer",
                "dtype": sparse("<i8", 0),
            },
        ),
        INVALID,
        "its length is no whole number",
    ),
    case(
        obj(
            "pandas.arrays:DatetimeArray",
            dict={
                "values": {"lc": "ndarray", "dtype": "<M8[us]", "shape": [1], "v": "AAAAAAAAAAA="},
                "dtype": laughs(),
                "freq": None,
            },
        ),
        INVALID,
        "its type is none of moments",
    ),
    case(
        {
            "lc": "model",
            "name": "M",
            "module": "m",
            "fields": {
                "a": [
                    named("class", "builtins:int"),
                    obj("pydantic.fields:FieldInfo", dict={"default_factory": laughs()}),
                ]
            },
        },
        INVALID,
        "what makes its default cannot be called",
    ),
    *hostile_made.CASES,
    case(texts_in_texts(500), BAD, LONG_NA),
    case(shown_often(texts(same(1))), BAD, LONG_NA),
    case(shown_often(refused_line({"a": same(1)}, custom=True)), INVALID, NOT_SHOWN),
    case(shown_often(obj(ERROR, args=[], members=MANY_LINES), times=1), INVALID, NOT_SHOWN),
    case(one_line_as_many(7_000, msg="x" * 150_000), INVALID, SWOLLEN),
    case(one_line_as_many(5_000, loc=["x"] * 20_000), INVALID, SWOLLEN),
    case(
        one_line_as_many(3_000, type="literal_error", ctx={"expected": "x" * 100_000}),
        INVALID,
        SWOLLEN,
    ),
    case(
        one_line_as_many(5_000, msg="y" * 2_000, ctx={f"a{at}": 1 for at in range(5_000)}),
        INVALID,
        "has room for its context, or is too long",
    ),
    case(one_line_as_many(3_000, ctx={f"a{at}": [] for at in range(5_000)}), INVALID, NOT_SHOWN),
    case(one_line_as_many(3_000, ctx={"a": LONG_ERROR}), INVALID, NOT_SHOWN),
]

ANNOTATED = {
    "lc": "generic",
    "id": "typing:Annotated",
    "args": [named("class", "builtins:int"), laughs()],
}

SAVED_AGAIN = [
    Case(
        json.dumps(
            {
                "lc": "model",
                "name": "Q",
                "module": "m",
                "fields": {"x": [ANNOTATED, {"lc": "ellipsis"}]},
            }
        )
    ),
    Case(json.dumps(enumeration(laughs()))),
    Case(json.dumps(refused_line({"error": raised("ValueError")}, input=laughs()))),
]
"""What may be restored, and is then saved."""


def outcome(one: Case, saves: bool) -> dict[str, Any]:
    """Returns what came of one case, and what it cost."""
    found: dict[str, Any] = {"name": one.name, "class": None, "kind": None, "message": ""}
    began = time.perf_counter()
    try:
        value = persist.loads(one.text, allow=one.allow)
        if saves:
            found["is_same"] = persist.dumps(value) == persist.dumps(persist.loads(one.text))
    except persist.PersistError as error:
        found |= {"class": type(error).__name__, "kind": error.kind, "size": len(str(error))}
        found["message"] = str(error)[:500]
    except BaseException as error:
        found["class"] = type(error).__name__
    return found | {"seconds": time.perf_counter() - began}


def main() -> None:
    """Restores each case in turn, with little memory."""
    for node in (texts(None), sparse("<i4", 0), refused_line({"error": "y"})):
        with contextlib.suppress(persist.PersistError):
            persist.loads(json.dumps(node))
    resident.bound_growth(ROOM_BYTES)
    for one in CASES:
        print(json.dumps(outcome(one, saves=False)), flush=True)
    for one in SAVED_AGAIN:
        print(json.dumps(outcome(one, saves=True)), flush=True)


if __name__ == "__main__":
    main()
