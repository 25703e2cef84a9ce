"""Texts that would cost a careless reader its memory, its time or its stack.

Run as `python -m hostile_bombs`: it writes one line of JSON per bomb, before and after.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import hostile
import hostile_given
import hostile_reached
import persist
from hostile_texts import BAD, INVALID, UNTRUSTED, named, same, shared

import resident
from heard import Events

DEEP = 100_000
WIDE = 100_000
CLASHING = 2**61 - 1
"""The modulus of Python's hash of numbers: its multiples all have the hash 0."""

WIDE_RANGE = "[\\0-\\uffff]"

Outcome = tuple[str, str] | None


INT = '{"lc":"class","id":"builtins:int"}'


def nested(start: str, inner: str, end: str, depth: int = DEEP) -> str:
    return start * depth + inner + end * depth


def laughs() -> str:
    """Each list holds the one before it nine times: 9 to the 200th elements, were they copied."""
    parts: list[Any] = [shared(1, ["x"])]
    parts += [shared(ref, [same(ref - 1)] * 9) for ref in range(2, 200)]
    return json.dumps(parts)


def a_set(*elements: str) -> str:
    return f'{{"lc":"set","v":[{",".join(elements)}]}}'


def laughs_as_keys() -> str:
    """The hash of each tuple is that of the one before it, nine times over."""
    parts: list[Any] = [shared(1, {"lc": "tuple", "v": [1]})]
    parts += [shared(ref, {"lc": "tuple", "v": [same(ref - 1)] * 9}) for ref in range(2, 200)]
    return json.dumps([parts, {"lc": "set", "v": [same(199)]}])


def laughs_in_objects() -> str:
    """The same through the fields of an object that hashes by them, and through a slot."""
    parts: list[Any] = [shared(1, {"lc": "tuple", "v": [1]})]
    for ref in range(2, 200):
        held = {"lc": "tuple", "v": [same(ref - 1)] * 2}
        kind = ("Held", "dict") if ref % 2 else ("Slot", "slots")
        inner = {"lc": "object", "id": f"hostile:{kind[0]}", kind[1]: {"x": held}}
        parts.append(shared(ref, {"lc": "tuple", "v": [inner]}))
    return json.dumps([parts, {"lc": "set", "v": [same(199)]}])


def laughs_annotated() -> str:
    """What is said of a type is hashed, here a tuple of 2 to the 45th elements."""
    said: Any = shared(1, {"lc": "tuple", "v": [1]})
    for ref in range(2, 46):
        said = shared(ref, {"lc": "tuple", "v": [said, same(ref - 1)]})
    integer = {"lc": "class", "id": "builtins:int"}
    return json.dumps({"lc": "generic", "id": "typing:Annotated", "args": [integer, said]})


def laughs_compared() -> str:
    """Two frozensets that are equal, which takes 2 to the 200th comparisons to find out."""

    def chain(first: int) -> list[Any]:
        parts: list[Any] = [shared(first, {"lc": "frozenset", "v": [1]})]
        for ref in range(first + 1, first + 200):
            pairs = [{"lc": "tuple", "v": [same(ref - 1), at]} for at in range(2)]
            parts.append(shared(ref, {"lc": "frozenset", "v": pairs}))
        return parts

    return json.dumps([chain(0), chain(1_000), {"lc": "set", "v": [same(199), same(1_199)]}])


def refused_in_depth() -> str:
    """Something missing at each of 100,000 depths, whose paths together have 10^10 characters."""
    texts = (f'[{{"lc":"function","id":"m{at}:f"}},' for at in range(DEEP))
    return "".join(texts) + "1" + "]" * DEEP


def dict_of(keys: Any) -> str:
    return json.dumps({"lc": "dict", "v": [[key, 0] for key in keys]})


def chained(start: str, end: str, depth: int = 5_000) -> str:
    """A partial in the state of a partial, and so on."""
    head = f'{{"lc":"object","id":"functools:partial","init":[{LEN}],"state":{{"lc":"tuple","v":['
    return nested(head + start, LEN, end + "]}}", depth)


def pattern(text: str, flags: int = 32) -> str:
    return json.dumps({"lc": "pattern", "v": text, "flags": flags})


def pattern_of_bytes(encoded: str, flags: int) -> str:
    return json.dumps({"lc": "pattern", "v": {"lc": "bytes", "v": encoded}, "flags": flags})


LEN = '{"lc":"function","id":"builtins:len"}'
NO_ARGUMENTS = '{"lc":"tuple","v":[]}'
POINT = '{"lc":"object","id":"hostile:Point","dict":{"y":1,"x":'
METHOD = '{"lc":"method","name":"method","self":'

BOMBS: dict[str, tuple[Callable[[], str], Outcome]] = {
    "lists": (lambda: nested("[", "", "]"), None),
    "maps": (lambda: nested('{"a":', "1", "}"), None),
    "open lists": (lambda: "[" * DEEP, BAD),
    "open maps": (lambda: '{"a":' * DEEP, BAD),
    "tuples": (lambda: nested('{"lc":"tuple","v":[', "", "]}"), None),
    "frozensets": (lambda: nested('{"lc":"frozenset","v":[', "1", "]}"), None),
    "tuples as keys": (lambda: a_set(nested('{"lc":"tuple","v":[', "1", "]}", 9_000)), None),
    "tuples as keys, deep": (
        lambda: a_set(nested('{"lc":"tuple","v":[', "1", "]}", 10 * DEEP)),
        BAD,
    ),
    "laughs as keys": (laughs_as_keys, BAD),
    "laughs in objects as keys": (laughs_in_objects, BAD),
    "laughs in what is said of a type": (laughs_annotated, INVALID),
    "laughs compared": (laughs_compared, BAD),
    "keys of dicts": (lambda: nested('{"lc":"dict","v":[[', "1", ",1]]}", 3), INVALID),
    "objects": (lambda: nested(POINT, "1", "}}"), None),
    "attributes of nobody": (
        lambda: nested('{"lc":"object","id":"a:B","dict":{"x":', "1", "}}"),
        UNTRUSTED,
    ),
    "methods of methods": (lambda: nested(METHOD, "1", "}"), ("RebuildError", "missing_name")),
    "slices": (lambda: nested('{"lc":"slice","v":[', "null", ",null,null]}"), BAD),
    "slices in lists": (lambda: nested('{"lc":"slice","v":[[', "1", "],null,null]}"), None),
    "escapes": (lambda: nested('{"__lc_escaped__":', '{"lc":1}', "}"), None),
    "escapes that are none": (lambda: nested('{"__lc_escaped__":', "1", ',"a":1}'), None),
    "escapes begun": (lambda: '{"__lc_escaped__":' * DEEP, BAD),
    "states": (
        lambda: nested(
            '{"lc":1,"type":"constructor","id":["a","B"],"state":{"__lc_escaped__":{"x":',
            "1",
            "}}}",
        ),
        BAD,
    ),
    "shared": (lambda: nested('{"lc":"shared","ref":1,"v":', "[]", "}"), BAD),
    "shared lists": (
        lambda: "".join(f'{{"lc":"shared","ref":{at},"v":[' for at in range(DEEP)) + "]}" * DEEP,
        None,
    ),
    "laughs": (laughs, None),
    "zones of times": (
        lambda: nested('{"lc":"datetime","v":"2024-01-01T00:00:00","tz":', "1", "}"),
        BAD,
    ),
    "refused in depth": (refused_in_depth, UNTRUSTED),
    "refused again": (lambda: json.dumps([named("function", "a:b")] * WIDE), UNTRUSTED),
    "bound again": (
        lambda: json.dumps([{"lc": "bind", "name": "x"}] * WIDE),
        ("RebuildError", "missing_binding"),
    ),
    "wide list": (lambda: json.dumps([0] * (10 * WIDE)), None),
    "wide map": (lambda: json.dumps({str(at): at for at in range(WIDE)}), None),
    "wide dict": (lambda: dict_of(range(WIDE)), None),
    "wide set": (lambda: json.dumps({"lc": "set", "v": list(range(WIDE))}), None),
    "clashing keys": (lambda: dict_of(at * CLASHING for at in range(1, WIDE)), BAD),
    "clashing set": (
        lambda: json.dumps({"lc": "set", "v": [at * CLASHING for at in range(1, WIDE)]}),
        BAD,
    ),
    "clashing frozenset": (
        lambda: json.dumps({"lc": "frozenset", "v": [at * CLASHING for at in range(1, WIDE)]}),
        BAD,
    ),
    "digits": (lambda: "9" * 10_000_000, BAD),
    "digits of a float": (lambda: "0." + "9" * 5_000_000, None),
    "digits of an exponent": (lambda: "1e-" + "9" * 1_000_000, None),
    "digits of an int": (lambda: json.dumps({"lc": "int", "v": "0x" + "f" * 5_000_000}), None),
    "digits of a decimal": (lambda: json.dumps({"lc": "decimal", "v": "9" * 1_000_000}), None),
    "digits of a decimal as a key": (
        lambda: json.dumps({"lc": "set", "v": [{"lc": "decimal", "v": "9" * 100_000}]}),
        None,
    ),
    "exponent of a decimal as a key": (
        lambda: json.dumps(
            {"lc": "set", "v": [{"lc": "decimal", "v": "1E+99999999999999999"}, 0, 1]}
        ),
        None,
    ),
    "fraction beside a decimal": (
        lambda: json.dumps(
            {
                "lc": "set",
                "v": [
                    {"lc": "decimal", "v": "1E-99999999999999999"},
                    {"lc": "fraction", "v": f"1/{10**3_999}"},
                ],
            }
        ),
        None,
    ),
    "digits of a fraction": (lambda: json.dumps({"lc": "fraction", "v": "9" * 1_000_000}), BAD),
    "range": (lambda: json.dumps({"lc": "range", "v": [0, 10**300, 1]}), None),
    "ranges as keys": (
        lambda: json.dumps({"lc": "set", "v": [{"lc": "range", "v": [0, 10**300, 1]}]}),
        None,
    ),
    "long string": (lambda: json.dumps("x" * 20_000_000), None),
    "escaped string": (lambda: '"' + "\\ud800" * 1_000_000 + '"', None),
    "long name": (lambda: json.dumps(named("function", "a" * 10_000_000)), BAD),
    "dots of a logger": (
        lambda: json.dumps({"lc": "call", "id": "logging:getLogger", "args": ["a." * WIDE]}),
        INVALID,
    ),
    "long key": (lambda: json.dumps({"lc": "tuple", "v": [], "k" * 1_000_000: 1}), BAD),
    "wide ranges": (
        lambda: json.dumps({"lc": "pattern", "v": WIDE_RANGE * WIDE, "flags": 34}),
        BAD,
    ),
    "patterns of wide ranges": (
        lambda: json.dumps(
            [{"lc": "pattern", "v": f"(?i:{at}{WIDE_RANGE})", "flags": 32} for at in range(WIDE)]
        ),
        BAD,
    ),
    "wide sets": (
        lambda: json.dumps({"lc": "pattern", "v": "[\u4e00-\u9fa5\u3000]" * WIDE, "flags": 32}),
        BAD,
    ),
    "beginning of alternatives": (lambda: pattern("a" * 600_000 + "|" + "a" * 600_000), BAD),
    "beginning of alternatives of bytes": (
        lambda: pattern_of_bytes("YWFh" * WIDE + "fGFh" + "YWFh" * WIDE, 0),
        BAD,
    ),
    "groups in groups": (lambda: pattern("(?:" * 200 + "a" * 1_000_000 + ")" * 200), BAD),
    "patterns of long alternatives": (
        lambda: json.dumps(
            [
                {"lc": "pattern", "v": "a" * 20_000 + "|" + "a" * (20_000 + at), "flags": 32}
                for at in range(1_000)
            ]
        ),
        BAD,
    ),
    "sets blind to case": (lambda: pattern("[ks]" * 10 * WIDE, 34), BAD),
    "ranges blind to case": (lambda: pattern("[ -~]" * 60_000, 34), BAD),
    "ranges blind to case behind comments": (lambda: pattern("(?#[)[]!-~]" * 60_000, 34), BAD),
    "ranges of all characters blind to case": (
        lambda: pattern("[\u0100-\U0010ffff]" * 60, 34),
        BAD,
    ),
    "ranges of bytes blind to case": (lambda: pattern_of_bytes("W1wwLVx4ZmZd" * 60_000, 2), BAD),
    "partials around partials": (lambda: chained("", f",{NO_ARGUMENTS},{{}},null"), BAD),
    "partials given to partials": (
        lambda: chained(f'{LEN},{{"lc":"tuple","v":[', "]},{},null"),
        INVALID,
    ),
    "partials given by name": (
        lambda: chained(f'{LEN},{NO_ARGUMENTS},{{"a":', "},null"),
        INVALID,
    ),
    "partials that wrap partials": (
        lambda: chained(f'{LEN},{NO_ARGUMENTS},{{}},{{"__wrapped__":', "}"),
        INVALID,
    ),
    "types in types": (
        lambda: nested('{"lc":"generic","id":"builtins:list","args":[', INT, "]}"),
        INVALID,
    ),
    "types in types, each of them hashed": (
        lambda: nested('{"lc":"generic","id":"builtins:list","args":[', INT, "]}", 990),
        INVALID,
    ),
    "a type beside what is deep": (
        lambda: (
            f'{{"lc":"generic","id":"typing:Annotated","args":[{INT},'
            + nested('{"lc":"tuple","v":[', "1", "]}")
            + "]}"
        ),
        INVALID,
    ),
    "pattern": (lambda: json.dumps({"lc": "pattern", "v": "(a|" * DEEP, "flags": 32}), BAD),
    "network": (lambda: json.dumps({"lc": "ip", "v": "::/0", "type": "IPv6Network"}), None),
}
BOMBS |= hostile_given.BOMBS | hostile_reached.BOMBS


HARMLESS = [
    POINT + "1}}",
    METHOD + "1}",
    f'{{"lc":"generic","id":"typing:Annotated","args":[{INT},1]}}',
    '[{"lc":"object","id":"a:B"},{"lc":"bind","name":"x"},{"lc":"ip","v":"::/0","type":"IPv6Network"}]',
    '{"lc":"fraction","v":"1/3"}',
    pattern("a" * 1_001),
    chained("", f",{NO_ARGUMENTS},{{}},null", 1),
    '{"lc":"call","id":"logging:getLogger","args":["a"]}',
    '[{"lc":"fraction","v":"1/2"},{"lc":"zoneinfo","v":"UTC"}]',
    '{"lc":"set","v":[{"lc":"object","id":"hostile:Slot","slots":{"x":1}}]}',
    '{"lc":"set","v":[{"lc":"object","id":"hostile:Held","dict":{"x":1}}]}',
]
"""What a restore imports with the first text of its kind is there before the bombs are."""


def outcome(text: str, events: Events) -> dict[str, Any]:
    before = set(sys.modules)
    events.start()
    began = time.perf_counter()
    found: dict[str, Any] = {"class": None, "kind": None, "message": ""}
    try:
        value = persist.loads(text, allow=["hostile"])
        del value
    except persist.PersistError as error:
        found |= {"class": type(error).__name__, "kind": error.kind, "message": str(error)[:500]}
        found["size"] = len(str(error)) + len(error.hint or "")
    except BaseException as error:
        found |= {"class": type(error).__name__, "message": str(error)[:500]}
    found["seconds"] = time.perf_counter() - began
    found["events"] = events.stop()
    found["modules"] = sorted(set(sys.modules) - before)
    found["mebibytes"] = resident.peak_bytes() >> 20
    return found | {"collects": gc.isenabled()}


def main() -> None:
    """Restores each bomb in turn."""
    assert hostile.Point is not None
    events = Events()
    harmless = [*hostile_given.HARMLESS, *hostile_reached.HARMLESS]
    for text in [*HARMLESS, *(case.text for case in harmless)]:
        outcome(text, events)
    for name, (make, _) in BOMBS.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        print(json.dumps({"name": name}), flush=True)
        print(json.dumps(outcome(make(), events) | {"name": name}), flush=True)


if __name__ == "__main__":
    main()
