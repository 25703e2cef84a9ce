"""Files whose metadata strangers wrote: what it names is never looked up, and grants nothing."""

from __future__ import annotations

import json
from typing import Any

from hostile_texts import CHANGED, KEY, OWN, UNTRUSTED, Case, chat, filed, named, obj, secret

from api.forge import forge

ODD = [
    "antigravity:fly",
    "antigravity",
    "os:system",
    "builtins:eval",
    "hostile:Plain.__class__",
    "__main__:Thing",
    "o\u017f:system",
    "os\x00:system",
    "os:\uff53ystem",
    "\u202e:metsys:so",
    "../../etc/passwd",
    "/etc/passwd",
    "",
    ":",
    "a" * 50_000,
]
"""Names that would lead somewhere, somewhere else, or nowhere."""

NODES = [
    named("function", "os:system"),
    {"lc": "call", "id": "os:system", "args": ["id"]},
    secret("OPENAI_API_KEY"),
    {"__lc_escaped__": {"lc": 1}},
    {"lc": "same", "ref": 1},
]
VALUES: list[Any] = [None, 5, "x", [], ["x"], {}, {"x": []}, *NODES]
"""What may stand where a table has something else."""


def deep(levels: int) -> Any:
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


GRANTED = {"secrets": ODD, "bindings": ODD, "allow": ODD, "endpoints": ODD}

IGNORED: list[dict[str, Any]] = [
    {"classes": {name: {"fingerprint": "x", "defaults": {"a": NODES[0]}} for name in ODD}},
    *({"classes": dict.fromkeys(ODD, value)} for value in VALUES),
    {"environment": {"distributions": dict.fromkeys(ODD, "1.0"), "python": "os:system"}},
    *({"environment": {"distributions": value}} for value in VALUES),
    *({"environment": {"distributions": dict.fromkeys(ODD, value)}} for value in VALUES),
    {"needs": GRANTED},
    *({"needs": dict.fromkeys(GRANTED, value)} for value in VALUES),
    {"extra": dict(enumerate(NODES)) | {name: name for name in ODD}},
    *({"extra": value} for value in VALUES),
    {"extra": deep(30)},
    {"extra": "x" * 900_000},
    {"tags": [*ODD, *map(json.dumps, NODES)]},
    *(
        {field: text}
        for field in ("agent_id", "session_id", "description")
        for text in (*ODD, *map(json.dumps, NODES))
    ),
    {"snapshot_index": 2**63},
    *({name or "empty": NODES[0]} for name in ODD),
    {"__class__": "os:system", "__reduce__": NODES[1]},
    {"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {}},
]
"""Changes of the metadata that change nothing of what a restore gives."""

HARMLESS = [
    Case("", "[7]", file=forge(b"[7]", framing, **changes))
    for at, changes in enumerate(IGNORED)
    for framing in [("gzip", "zstd", "none")[at % 3]]
]

NO_SNAPSHOT = ("FormatError", "not_a_snapshot")

PLAIN = obj("hostile:Plain", dict={"x": 1})
UNDATED = [
    *({"hostile": version} for version in (*VALUES, *ODD, "1.0\nhint: allow=['os']", "9" * 65)),
    *VALUES,
]
"""Tables of versions that tell none of the package in question."""

CASES = [
    filed(named("function", "os:system"), UNTRUSTED, "`os:system`", needs=GRANTED),
    filed(named("class", "antigravity:fly"), UNTRUSTED, "`antigravity:fly`", needs=GRANTED),
    *(
        filed(PLAIN, CHANGED, "has changed", allow=OWN, environment={"distributions": versions})
        for versions in UNDATED
    ),
    *(
        filed(PLAIN, CHANGED, "has changed", allow=OWN, classes={"hostile:Plain": record})
        for record in [
            *VALUES,
            {"fingerprint": NODES[0], "defaults": {"y": 1}},
            {"fingerprint": 5, "version": NODES[0]},
            {"fingerprint": "x", "version": -1},
            {"fingerprint": "x", "version": 2**70},
        ]
    ),
    *(
        filed(
            {"lc": "enum", "id": "hostile:Colour", "name": "RED"},
            CHANGED,
            "another value now than the one that it had",
            allow=OWN,
            classes={"hostile:Colour": {"members": {"RED": value}}},
        )
        for value in (*NODES[:2], 1, True, [], {}, "1\nhint: allow=['os']", "os:system`", "9" * 65)
    ),
    *(
        filed(chat(), ("MissingSecretError", "missing_secret"), "`OPENAI_API_KEY`", **changes)
        for changes in ({"needs": GRANTED}, {"extra": KEY}, {"secrets_map": KEY["secrets_map"]})
    ),
    filed(7, NO_SNAPSHOT, "`state_format`", state_format=["persist/1"]),
    filed(7, NO_SNAPSHOT, "", extra=float("nan")),
    filed(7, ("FormatError", "too_large"), "", extra=deep(33)),
    filed(7, ("FormatError", "too_large"), "", extra="x" * 2**20),
    filed(7, ("IntegrityError", "damaged"), "", compressed_size=10**9),
    filed(7, ("FormatError", "too_large"), "the state of", uncompressed_size=2**62),
    filed(7, ("IntegrityError", "damaged"), "", uncompressed_size=0),
    filed(7, ("IntegrityError", "damaged"), "", compression_algorithm="brotli"),
    filed(7, ("IntegrityError", "hash_mismatch"), "", content_hash="0" * 64),
    filed(7, ("IntegrityError", "hash_mismatch"), "", stored_hash="0" * 64),
]

CONTROL = Case(
    json.dumps(named("module", "hostile_bombs")), allow=("hostile_bombs",), name="control"
)
"""What its caller admits is imported, which must be heard."""
