"""Plants text of a stranger in the state texts of real agents: `planting.py SEED ROUNDS SHARE`.

Each text that restores is asked for its types, and each graph of it runs once. Whoever takes the
planted text for code compiles or imports it, which is heard. It prints one line of JSON for each
text of which that is so.
"""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import itertools
import json
import random
import signal
import sys
import warnings
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

warnings.simplefilter("ignore")

import pandas  # noqa: E402
import persist  # noqa: E402
from asking import ask, run  # noqa: E402
from cases import GROUPS, cases  # noqa: E402
from langchain_core.messages import AIMessage  # noqa: E402
from persist.state import forms, hints  # noqa: E402

from mutations import places  # noqa: E402

MARK = "planted_by_a_stranger"
EVIL = f"__import__('{MARK}')"
INT = {"lc": "class", "id": "builtins:int"}
SPEC = "id annotation name description default is_shared dependencies"
"""The fields of the named tuple that says what may be configured."""

SECONDS = 10.0
"""What one text may take to answer: one that takes longer is left, and what it did was heard."""

LONGEST = 60_000


class Planted(NamedTuple):
    """One text of the corpus, and what is admitted for it."""

    text: str
    allow: tuple[str, ...]


TABLES = {
    "postponed": "CASES",
    "toolbox": "TOOLS",
    "graphs": "STATES",
    "executors": "STATES",
    "chains": "STATES",
    "conversations": "STATES",
    "lab": "STATES",
    "ledger": "STATES",
    "shop": "STATES",
    "watched": "state",
    "flows": "state",
}
"""Modules of agents, and where these are."""

FIDELITY = ["pydantic", "classes made at run time", "LangChain", "LangChain, seldom held"]
FIDELITY += ["LangGraph", "code by name", "objects"]

PROGRAMS = ["program", "records", "actors", "models", *TABLES, *GROUPS.values()]


def made() -> Iterator[tuple[str, Any]]:
    """Yields what makes each object of the corpus, by its name."""
    for group in FIDELITY:
        for name, case in cases(group).items():
            yield f"{group}: {name}", case.make
    for module, attribute in TABLES.items():
        table = getattr(importlib.import_module(module), attribute)
        for name, row in (table if isinstance(table, dict) else {"": table}).items():
            make = row if callable(row) and not isinstance(row, tuple) else row[0]
            yield f"{module}: {name}", make


def corpus(seed: int, share: int) -> dict[str, Planted]:
    """Returns each `share`-th object of the corpus that comes back, by its name."""
    found = {}
    for name, make in itertools.islice(made(), seed % share, None, share):
        try:
            text = persist.dumps(make())
            persist.loads(text, allow=PROGRAMS, secrets_map=SECRETS)
        except Exception:
            continue
        if len(text) <= LONGEST:
            found[name] = Planted(text, tuple(PROGRAMS))
    return found


SECRETS = dict.fromkeys(("OPENAI_API_KEY", "Vault.key", "Vault.blob"), "sk-0123456789abcdef")


# What is planted


def generic(name: str, *args: Any) -> Any:
    return {"lc": "generic", "id": name, "args": list(args)}


def obj(name: str, **parts: Any) -> Any:
    return {"lc": "object", "id": name, **parts}


def of_partial(held: Any) -> Any:
    function = {"lc": "class", "id": "builtins:int"}
    state = {"lc": "tuple", "v": [function, {"lc": "tuple", "v": []}, {}, held]}
    return obj("functools:partial", init=[function], state=state)


def signed() -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameter = inspect.Parameter("a", kind, annotation=EVIL)
    return inspect.Signature([parameter], return_annotation=EVIL)


def signature() -> Any:
    return json.loads(persist.dumps(signed()))


def answering() -> list[Any]:
    """Returns what answers, by code of its class, under any name that a file gives it."""
    message = AIMessage("a", __signature__=signed(), __annotations__={"a": EVIL})
    series = pandas.Series([signed(), {"a": EVIL}], index=["__signature__", "__annotations__"])
    return [json.loads(persist.dumps(it)) for it in (message, series)]


def field(**said: Any) -> Any:
    return obj("pydantic.fields:FieldInfo", dict=said)


def classes(kind: str, text: Any) -> Any:
    """Returns a node of a class with a field of this type."""
    head = {"lc": kind, "name": "Made", "module": "made"}
    return {
        "model": {**head, "fields": {"a": [text]}},
        "dataclass": {**head, "fields": {"a": [text]}},
        "namedtuple": {**head, "types": {"a": text}},
        "typeddict": {**head, "by": "typing", "fields": {"a": text}},
    }[kind]


TYPES: list[Any] = [
    EVIL,
    [EVIL],
    {"lc": "tuple", "v": [EVIL]},
    {"a": EVIL, "return": EVIL},
    {"lc": "dict", "v": [[INT, EVIL]]},
    {"lc": "set", "v": [EVIL]},
    generic("builtins:list", EVIL),
    generic("typing:List", EVIL),
    generic("typing:Optional", EVIL),
    generic("typing:Literal", EVIL),
    generic("typing:Annotated", INT, EVIL),
    generic("typing:Annotated", EVIL, INT),
    generic("typing:Callable", [EVIL], EVIL),
    generic("types:UnionType", INT, EVIL),
    generic("builtins:list", generic("typing:Annotated", INT, field(annotation=EVIL))),
    generic("typing:Annotated", INT, field(default=EVIL, alias=EVIL)),
    *(classes(kind, EVIL) for kind in ("model", "dataclass", "namedtuple", "typeddict")),
    *(classes(kind, INT) for kind in ("model", "dataclass", "namedtuple", "typeddict")),
    namespace := obj("types:SimpleNamespace", dict={"UpdateType": EVIL, "ValueType": EVIL}),
    {"__root__": namespace},
    obj(
        "types:SimpleNamespace",
        dict={
            **dict.fromkeys(("input_schema", "output_schema", "InputType", "OutputType"), INT),
            "schemas": {"lc": "dict", "v": [[INT, {"__root__": 1}]]},
            "channels": {"__root__": namespace},
            "config_specs": [namespace],
        },
    ),
    obj("langgraph.channels.last_value:LastValue", slots={"typ": EVIL}, dict={"key": ""}),
    obj(f"langchain_core.runnables.utils:ConfigurableFieldSpec({SPEC})", base={"lc": "tuple", "v": [
        "a", EVIL, None, None, None, False, None]}),
]  # fmt: skip
"""What may come to stand where a type does."""


CALLED: list[Any] = [
    of_partial({"__annotations__": {"a": EVIL}}),
    of_partial({"__wrapped__": of_partial({"__annotations__": {"a": EVIL}})}),
    of_partial({"__signature__": signature()}),
    of_partial({"_partialmethod": obj("functools:partialmethod", dict={"func": EVIL})}),
    *(of_partial({"__wrapped__": it}) for it in answering()),
    of_partial(None),
    obj("types:SimpleNamespace", dict={"__annotations__": {"a": EVIL}, "func": EVIL}),
    obj("types:SimpleNamespace", dict={"__wrapped__": EVIL, "annotation": EVIL}),
    classes("dataclass", INT),
    classes("typeddict", INT),
]
"""What may come to stand where something is called, and asked for its types before."""

NAMES = [
    *("__annotations__", "__signature__", "__text_signature__", "__wrapped__", "__orig_bases__"),
    *("__type_params__", "__args__", "__origin__", "__metadata__", "__globals__", "__call__"),
    *("__pydantic_fields__", "__pydantic_core_schema__", "__get_pydantic_core_schema__"),
    *("__annotations_cache__", "__annotate__", "__orig_class__", "__bound__", "_partialmethod"),
    *("__parameters__", "__fields__", "__value__", "__supertype__", "__doc__", "__name__"),
    *("builder", "channels", "bound", "runnable", "func", "path", "mapper", "wrapped", "default"),
    *("typ", "annotation", "args_schema", "input_schema", "state_schema", "schema", "schema_"),
    *("InputType", "OutputType", "input_type", "custom_input_type", "custom_output_type"),
    *("pydantic_object", "pydantic_schema", "tools", "input_types", "context_schema", "enum"),
]
"""Names under which somebody may look for types."""


@functools.cache
def named() -> dict[str, list[Any]]:
    """Returns what is planted under a name, where that is something of its own."""
    return {
        "__signature__": [signature(), None],
        "__text_signature__": [f"(a: {EVIL})", f"($a, b={EVIL})"],
        "__wrapped__": [*CALLED, *answering()],
        "__orig_bases__": [{"lc": "tuple", "v": [generic("typing:List", INT), EVIL]}],
        "_partialmethod": [obj("functools:partialmethod", dict={"func": CALLED[0]})],
    }


def pieces(chance: random.Random, name: object) -> list[Any]:
    known = named().get(name, TYPES) if isinstance(name, str) else TYPES
    return [form(chance, 0)] if known is TYPES and chance.random() < 0.4 else known


def form(chance: random.Random, depth: int) -> Any:
    """Returns a type with text where that is data: a literal, or what is annotated to a type."""
    if depth == 3 or chance.random() < 0.3:
        literal, beside = generic("typing:Literal", EVIL), generic("typing:Annotated", INT, EVIL)
        return chance.choice([literal, literal, beside, INT])
    name = chance.choice(ORIGINS)
    inner = [form(chance, depth + 1) for _ in range(chance.choice([1, 1, 2, 3]))]
    made = generic(name, *([inner[:1], *inner] if chance.random() < 0.1 else inner))
    return {**made, **({"old": True} if chance.random() < 0.1 else {})}


PLAIN = ("list", "dict", "tuple", "type", "set", "frozenset")
ORIGINS = [*sorted(forms.ORIGINS), *(f"builtins:{name}" for name in PLAIN)]
ORIGINS += ["types:GenericAlias"] * 10


# Where it is planted


def is_whole(tree: Any) -> bool:
    """Returns whether nothing else refers to what stands here."""
    return '"ref"' not in json.dumps(tree)


def replace(chance: random.Random, tree: Any) -> None:
    """Puts text, or something that says types by text, in the place of anything."""
    free = [(holder, key) for holder, key in places(tree) if key != "lc" and is_whole(holder[key])]
    kinds = [("class", "generic", "code", "function", "method", "constant")]
    likely = [
        (holder, key)
        for holder, key in free
        if holder[key] is None
        or (isinstance(holder[key], dict) and holder[key].get("lc") in kinds[0])
    ]
    holder, key = chance.choice(likely if likely and chance.random() < 0.6 else free)
    found = holder[key]
    is_called = isinstance(found, dict) and found.get("lc") in ("code", "function", "method")
    holder[key] = copy.deepcopy(
        chance.choice([*CALLED, *TYPES] if is_called else pieces(chance, key))
    )


def retype(chance: random.Random, tree: Any) -> None:
    """Puts text in the place of what is asked for types by its name, where there is any."""
    asked = [(holder, key) for holder, key in places(tree) if key in NAMES and key[:2] != "__"]
    if asked:
        holder, key = chance.choice(asked)
        holder[key] = copy.deepcopy(chance.choice([EVIL, *pieces(chance, "")]))
    else:
        replace(chance, tree)


def attribute(chance: random.Random, tree: Any) -> None:
    """Gives an object an attribute that it did not have."""
    maps = [
        holder[key]
        for holder, key in places(tree)
        if key in ("dict", "slots", "kwargs", "extra", "private", "fields", "free")
        and isinstance(holder[key], dict)
    ]
    nodes = [
        holder[key]
        for holder, key in places(tree)
        if isinstance(holder[key], dict) and holder[key].get("lc") in ("code", "object")
    ]
    name = chance.choice(NAMES)
    piece = copy.deepcopy(chance.choice(pieces(chance, name)))
    if nodes and (not maps or chance.random() < 0.4):
        node = chance.choice(nodes)
        if chance.random() < 0.3:
            node["annotations"] = piece
        elif isinstance(node.setdefault("dict", {}), dict):
            node["dict"][name] = piece
    elif maps:
        chance.choice(maps)[name] = piece


def swap(chance: random.Random, tree: Any) -> None:
    """Puts text in the place of a text, or behind the colon of a name."""
    texts = [(holder, key) for holder, key in places(tree) if isinstance(holder[key], str)]
    texts = [(holder, key) for holder, key in texts if key not in ("lc", "id", "hash", "type")]
    if texts:
        holder, key = chance.choice(texts)
        holder[key] = EVIL


def planted(chance: random.Random, text: str) -> str:
    """Returns a text with something planted in it."""
    tree = {"": json.loads(text)}
    for _ in range(chance.choice([1, 1, 1, 2])):
        chance.choice([retype, retype, replace, attribute, attribute, swap])(chance, tree)
    return json.dumps(tree[""])


# Who hears it


class Heard:
    """What was compiled or imported of the planted text since it was last asked."""

    events: list[str]

    def __init__(self) -> None:
        self.events = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in ("compile", "exec", "import", "open"):
            said = ascii(arguments[0])
            if MARK in said:
                self.events.append(f"{event} {said[:300]}")

    def take(self) -> list[str]:
        found, self.events = self.events, []
        return found


class Late(BaseException):
    """A text that takes too long."""


def _late(*_: object) -> None:
    raise Late


def told(text: str, allow: tuple[str, ...]) -> str:
    """Restores a text and asks what comes back for its types; returns how far that went."""
    try:
        value = persist.loads(text, allow=allow, secrets_map=SECRETS)
    except persist.PersistError:
        return "refused"
    answers = ask(value)
    run(value)
    return "asked" if answers else "restored"


def lax() -> None:
    """Takes the rule away, to show what is heard then."""
    hints.is_hint = lambda *_: True  # type: ignore[assignment]
    hints.NAMES = frozenset()  # type: ignore[misc]


def main(seed: int, rounds: int, share: int, *said: str) -> None:
    """Plants `rounds` texts in each `share`-th object of the corpus, and with `lax` freely."""
    signal.signal(signal.SIGALRM, _late)
    texts, heard = corpus(seed, share), Heard()
    if "lax" in said:
        lax()
    counts = dict.fromkeys(("refused", "restored", "asked", "late"), 0)
    for at, (name, one) in itertools.product(range(rounds), texts.items()):
        chance = random.Random(zlib.crc32(f"{seed} {at} {name}".encode()))
        # Frameworks keep what they made of a type: the same text twice is evaluated once.
        text = planted(chance, one.text).replace(MARK, f"{MARK}_{at}_{chance.randrange(10**9)}")
        try:
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            counts[told(text, one.allow)] += 1
        except Late:
            counts["late"] += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        events = heard.take()
        if events:
            row = {"case": name, "round": at, "events": events[:3], "text": text}
            print(json.dumps(row), flush=True)
    print(json.dumps({"done": len(texts), **counts}), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *sys.argv[4:])
