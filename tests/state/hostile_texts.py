"""State texts and files from strangers, and what has to be said of each."""

from __future__ import annotations

import base64
import itertools
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from forge import MISSING, forge

UNTRUSTED = ("UntrustedError", "not_allowed")
STRANGE_ENDPOINT = ("UntrustedError", "endpoint_not_allowed")
INVALID = ("RebuildError", "invalid_state")
GONE = ("RebuildError", "missing_name")
CHANGED = ("RebuildError", "class_changed")
BAD = ("FormatError", "bad_state_text")
NO_SECRET = ("MissingSecretError", "missing_secret")

PAIR = '{"lc":"ndarray","dtype":"|O","shape":[2],"items":[1,2]}'
"""An array: `==` gives another, which is neither true nor false."""

_numbers: dict[str, itertools.count[int]] = {}


def _numbered() -> str:
    """Returns a name by the file that the case stands in: files are read in no certain order."""
    frame = sys._getframe(1)
    while frame.f_code.co_name != "<module>" and frame.f_back is not None:
        frame = frame.f_back
    stem = Path(frame.f_code.co_filename).stem
    return f"{stem} {next(_numbers.setdefault(stem, itertools.count()))}"


@dataclass(frozen=True)
class Case:
    """One text or file, what is given with it, and how it must end."""

    text: str
    says: str = ""
    """Part of the message."""
    refusal: tuple[str, str] | None = None
    """Class and kind of the error; None where it restores."""
    wants: tuple[str, ...] = ()
    """`allow` of the error, exactly."""
    allow: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    file: bytes | None = None
    name: str = field(default_factory=_numbered)


def case(node: Any, refusal: tuple[str, str], says: str = "", **more: Any) -> Case:
    return Case(node if type(node) is str else json.dumps(node), says, refusal, **more)


def filed(node: Any, refusal: tuple[str, str], says: str = "", **changes: Any) -> Case:
    more = {key: changes.pop(key) for key in ("allow", "given", "wants") if key in changes}
    text = json.dumps(node)
    return case(text, refusal, says, file=forge(text.encode(), **changes), **more)


def obj(name: str, **parts: Any) -> dict[str, Any]:
    return {"lc": "object", "id": name, **parts}


def made(lc_id: str, state: dict[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"lc": 1, "type": "constructor", "id": lc_id.split(".")}
    if state is not None:
        node["state"] = {"__lc_escaped__": state}
    return node | {"kwargs": kwargs}


def call(function: str, *arguments: Any, **rest: Any) -> dict[str, Any]:
    return {"lc": "call", "id": function, "args": list(arguments), **rest}


def named(kind: str, name: str) -> dict[str, Any]:
    return {"lc": kind, "id": name}


def secret(name: str) -> dict[str, Any]:
    return {"lc": 1, "type": "secret", "id": [name]}


def shared(ref: int, value: Any) -> dict[str, Any]:
    return {"lc": "shared", "ref": ref, "v": value}


def same(ref: int) -> dict[str, Any]:
    return {"lc": "same", "ref": ref}


HUMAN = "langchain.schema.messages.HumanMessage"
PROMPT = "langchain.prompts.prompt.PromptTemplate"
CHAT = "langchain.chat_models.openai.ChatOpenAI"
CHAT_PATH = "langchain_openai.chat_models.base:ChatOpenAI"
HANDLER = "langchain_core.callbacks.file:FileCallbackHandler"
PARSER = "langchain_core.output_parsers.pydantic:PydanticOutputParser"
ENUM_PARSER = "langchain_classic.output_parsers.enum:EnumOutputParser"
SHELL = "langchain.agents.middleware.shell_tool:ShellToolMiddleware"
KEY = {"secrets_map": {"OPENAI_API_KEY": "k-1234567"}}
CODE = "__import__('os').system('id')"
REACHING = "{m.__class__.__init__.__globals__[KEY]}"


def prompt(template: str = "{x}", state: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    variables = kwargs.pop("variables", ["x"])
    return made(
        PROMPT,
        state,
        input_variables=variables,
        template=template,
        template_format=kwargs.pop("template_format", "f-string"),
        **kwargs,
    )


def chat(state: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    return made(
        CHAT, state, **{"model_name": "m", "openai_api_key": secret("OPENAI_API_KEY"), **kwargs}
    )


PICKLE = base64.b64encode(b"cos\nsystem\n(S'true'\ntR.").decode()
BLOBS = [
    [
        {"lc": "tuple", "v": ["thread", "", "channel", 1]},
        {"lc": "tuple", "v": [["pickle", {"lc": "bytes", "v": PICKLE}]]},
    ]
]
"""What a saver keeps for a thread, with a value that says of itself that it is a pickle."""

HARMLESS = [
    Case(
        json.dumps(
            obj(
                "langgraph.checkpoint.memory:InMemorySaver",
                dict={"storage": {}, "writes": {}, "blobs": {"lc": "dict", "v": BLOBS}},
            )
        ),
        "InMemorySaver",
    ),
    Case(json.dumps(obj("hostile:Woken", state=1)), "Woken", allow=("hostile",)),
    Case(json.dumps(obj("hostile:Rebuilt", init=[])), "Rebuilt", allow=("hostile",)),
    Case(json.dumps([obj("collections:Counter", init=[{}])]), "Counter"),
    Case(json.dumps([obj("random:Random", init=[])]), "Random"),
    # Its module is imported for a node `hooked`, whatever else that says.
    Case(json.dumps(named("class", "langchain.agents.middleware.types:AgentState")), "AgentState"),
    Case(json.dumps([made(HUMAN, content="x", type="human"), prompt("{x}")]), "HumanMessage"),
    Case(json.dumps(chat()), "ChatOpenAI", given=KEY),
    Case(json.dumps(obj(PARSER, dict={"name": None, "pydantic_object": None})), "Pydantic"),
    Case(json.dumps(obj("hostile:Point", dict={"x": 1, "y": 2})), "Point", allow=("hostile",)),
    Case(
        json.dumps(obj(ENUM_PARSER, dict={"name": None, "enum": named("class", "hostile:Answer")})),
        "EnumOutputParser",
        allow=("hostile",),
    ),
    Case(
        json.dumps(
            made(
                "langchain.prompts.chat.ChatPromptTemplate",
                input_variables=["x"],
                messages=[
                    made("langchain.prompts.chat.HumanMessagePromptTemplate", prompt=prompt())
                ],
            )
        ),
        "ChatPromptTemplate",
    ),
    Case(
        json.dumps(
            made(
                "langchain_core.prompts.dict.DictPromptTemplate",
                template={"a": "{x}"},
                template_format="f-string",
            )
        ),
        "DictPromptTemplate",
    ),
    Case(json.dumps({"lc": "secret", "type": "SecretStr", "v": "x"}), "SecretStr"),
    Case(json.dumps({"lc": "zoneinfo", "v": "Europe/Paris"}), "Paris"),
    Case(json.dumps({"lc": "pattern", "v": "a", "flags": 32}), "re.compile"),
    Case(json.dumps(made(HUMAN, content="x", type="human")), "x", given={"dialect": "langchain"}),
    Case("", "1", file=forge(b"1"), name="harmless-file"),
]

UNADMITTED = [
    case(named("function", "os:system"), UNTRUSTED, "the value `os:system`", wants=("os:system",)),
    case(named("function", "builtins:eval"), UNTRUSTED, wants=("builtins:eval",)),
    case(named("class", "builtins:type"), UNTRUSTED, wants=("builtins:type",)),
    case(named("class", "types:FunctionType"), UNTRUSTED, wants=("types:FunctionType",)),
    case(named("class", "ctypes:CDLL"), UNTRUSTED, wants=("ctypes:CDLL",)),
    case(named("module", "antigravity"), UNTRUSTED, wants=("antigravity",)),
    case(named("module", "os"), UNTRUSTED, wants=("os",)),
    case(
        {
            "map": named("function", "langchain_core.utils.utils:guard_import"),
            "handler": named("function", "langchain_core.callbacks.manager:handle_event"),
        },
        UNTRUSTED,
        wants=(
            "langchain_core.callbacks.manager:handle_event",
            "langchain_core.utils.utils:guard_import",
        ),
    ),
    case(
        named("class", "langchain_core.prompts.chat:ChatPromptTemplate"),
        UNTRUSTED,
        wants=("langchain_core.prompts.chat:ChatPromptTemplate",),
    ),
    case(obj("subprocess:Popen", dict={}), UNTRUSTED, "the class", wants=("subprocess:Popen",)),
    case(
        obj("subprocess:Popen", ref=1, dict={"a": same(1)}), UNTRUSTED, wants=("subprocess:Popen",)
    ),
    case(
        obj(HANDLER, dict={"close": named("function", "os:system")}),
        UNTRUSTED,
        wants=(HANDLER, "os:system"),
    ),
    case(
        {"lc": "method", "name": "close", "self": obj(HANDLER, dict={})},
        UNTRUSTED,
        wants=(HANDLER,),
    ),
    case(
        obj(SHELL, dict={"_startup_commands": {"lc": "tuple", "v": ["id"]}}),
        UNTRUSTED,
        wants=(SHELL,),
    ),
    case(
        made("langchain_core.load.load.Reviver"),
        UNTRUSTED,
        wants=("langchain_core.load.load:Reviver",),
    ),
    case(
        made("langchain.chat_models.openai.ChatOpenAI", {"class": "os:_Environ"}),
        UNTRUSTED,
        wants=("os:_Environ",),
    ),
    case(
        {"lc": "enum", "id": "signal:Signals", "name": "SIGKILL"},
        UNTRUSTED,
        wants=("signal:Signals",),
    ),
    case(
        obj("pydantic._internal._generate_schema:GenerateSchema", dict={}),
        UNTRUSTED,
        wants=("pydantic._internal._generate_schema:GenerateSchema",),
    ),
    case(
        named("function", "pydantic.main:create_model"),
        UNTRUSTED,
        wants=("pydantic.main:create_model",),
    ),
    case(
        obj("typing:ForwardRef", slots={"__forward_arg__": CODE}),
        UNTRUSTED,
        wants=("typing:ForwardRef",),
    ),
    case(
        obj("pydantic.types:ImportString", dict={}),
        UNTRUSTED,
        wants=("pydantic.types:ImportString",),
    ),
    case(
        {"lc": "method", "name": "method", "self": obj("hostile:Plain", dict={"x": 1})},
        UNTRUSTED,
        "the method `hostile:Plain.method`",
        wants=("hostile:Plain.method",),
        allow=("hostile:Plain",),
    ),
    case(
        {"lc": "method", "name": "__init__", "self": obj("hostile:Plain", dict={"x": 1})},
        UNTRUSTED,
        wants=("hostile:Plain.__init__",),
        allow=("hostile",),
    ),
]


def bound(name: str, owner: Any) -> dict[str, Any]:
    return {"lc": "method", "name": name, "self": owner}


UUID = "00000000-0000-0000-0000-000000000003"
BYTES = {"lc": "bytes", "v": ""}
ARRAY = call("array:_array_reconstructor", named("class", "array:array"), "i", 8, BYTES)
MOMENT = {"lc": "datetime", "v": "2026-01-02T00:00:00"}
QUEUE = {"lc": "deque", "v": []}
HELD = obj("hostile:Held", dict={"x": 1})
JOIN = "langchain_core.runnables.base:Runnable.__or__"
PASS = made("langchain.schema.runnable.RunnablePassthrough")
LIBRARY = ("array", "builtins", "collections", "datetime", "uuid")

# Whoever admits a whole module of the standard library admits no more than what has a name.
UNADMITTED += [
    case(bound(name, owner), UNTRUSTED, wants=(wants,), allow=allow)
    for name, owner, wants, allow in [
        ("now", named("class", "datetime:datetime"), "datetime:datetime.now", ()),
        ("search", {"lc": "pattern", "v": "x", "flags": 32}, "re:Pattern.search", ()),
        ("append", QUEUE, "collections:deque.append", ()),
        ("__eq__", HELD, "hostile:Held.__eq__", ("hostile:Held",)),
        ("__or__", PASS, JOIN, ("langchain_core",)),
        ("__next__", obj("itertools:count", init=[0]), "itertools:count.__next__", ()),
        ("__setattr__", {"lc": "uuid", "v": UUID}, "uuid:UUID.__setattr__", LIBRARY),
    ]
]
UNADMITTED += [
    case(bound(name, owner), refusal, says, allow=LIBRARY)
    for name, owner, refusal, says in [
        ("__init__", QUEUE, GONE, "no method"),
        ("__getattribute__", "x", GONE, "no method"),
        ("tofile", ARRAY, GONE, "no method"),
        ("year", MOMENT, GONE, "no method"),
        ("mro", named("class", "builtins:int"), GONE, "no method"),
        ("__subclasses__", named("class", "datetime:datetime"), GONE, "no method"),
        ("now", MOMENT, INVALID, "wrong thing"),
        ("isoformat", named("class", "datetime:datetime"), INVALID, "wrong thing"),
    ]
]

NAMES = [
    "langchain_core.load.load:Reviver.__call__.__globals__",
    "hostile:Plain.__class__",
    "hostile:Plain.__subclasses__",
    "os:__dict__",
    "os\x00:system",
    "os:\uff53ystem",
    "o\u017f:system",
    "os:\ud800",
    "",
    ":",
    "os:",
    ".os:system",
    "os..path:join",
    "../os:system",
    "os/path:join",
    "a" * 5_000,
    "builtins:object.__reduce__",
    "builtins:__call__",
    "hostile:Plain.__call__.__globals__",
    "hostile:Plain.__getattribute__",
    "hostile:Plain.__init__",
]
"""What cannot be a name at all, or leads out of what it names."""

ILL_NAMED = [
    case(node, BAD, "not a well-formed name", allow=("os", "hostile", "langchain_core", "builtins"))
    for name in NAMES
    for node in ([named("function", name)], named("class", name), named("module", name))
]
ILL_NAMED += [
    # No name that is one is written with escapes, so those are not looked at further.
    case(
        obj(name, dict={}),
        BAD,
        "" if "\\" in ascii(name) else "well-formed",
        allow=("os", "hostile"),
    )
    for name in NAMES
]

ELSEWHERE = [
    case(
        named("function", name),
        GONE,
        f"`{name}`",
        allow=("langchain_core", "json", "hostile", "builtins"),
    )
    for name in (
        "langchain_core.utils.env:os",
        "langchain_core.utils.env:os.environ",
        "json.decoder:re.compile",
        "hostile:gc.collect",
        "hostile:Plain.nothing",
        "hostile:persist.loads",
        "builtins:type.mro",
    )
]

OWN = ("hostile", "hostile:Plain.gone")

NO_NAME = "a key of a map of attributes is no text"

STATES = [
    case(obj("hostile:Plain", dict={name: 1}), INVALID, f"`{name}`", allow=OWN)
    for name in ["__class__", "__dict__", "__init__", "__weakref__", "method", "shown", "helper"]
]
STATES += [
    case(node, INVALID, says, allow=OWN)
    for node, says in [
        (obj("hostile:Closing", dict={"close": named("class", "hostile:Point")}), "`close`"),
        (
            obj("hostile:Slotted", slots={"__class__": named("class", "hostile:Point")}),
            "`__class__`",
        ),
        (obj("hostile:Slotted", slots={"y": 1}), "`y` is no slot"),
        (obj("hostile:Slotted", dict={"y": 1}), "without attributes"),
        (obj("hostile:Plain", slots={"x": 1}), "`x` is no slot"),
        (obj("hostile:Point", dict={"x": 1, "y": 2, "__eq__": 3}), "`__eq__`"),
        (obj("hostile:Abstract", ref=1, dict={}), "abstract"),
        (obj("hostile:Abstract", dict={}), "abstract"),
        (obj("hostile:Extended", base=1), "is no `str`"),
        (obj("hostile:Extended"), "is no `str`"),
        (obj("hostile:Colour", dict={"_value_": 7}), "without state"),
        ({"lc": "enum", "id": "hostile:Access", "value": "1", "names": []}, "no such value"),
        ({"lc": "enum", "id": "hostile:Colour", "value": 1, "names": []}, "no such value"),
        ({"lc": "set", "v": [[]]}, "cannot be hashed"),
        ({"lc": "dict", "v": [[{}, 1]]}, "cannot be hashed"),
    ]
]
STATES += [
    case(node, refusal, says, allow=OWN)
    for node, refusal, says in [
        ({"lc": "enum", "id": "hostile:Colour", "name": "_member_map_"}, CHANGED, "no member"),
        ({"lc": "enum", "id": "hostile:Plain", "name": "x"}, CHANGED, "no enumeration"),
        (
            {"lc": "enum", "id": "hostile:Access", "value": 2**70, "names": []},
            CHANGED,
            "no members for",
        ),
        (
            {"lc": "enum", "id": "hostile:Access", "value": 3, "names": ["READ"]},
            CHANGED,
            "mean something else",
        ),
        (
            {"lc": "enum", "id": "hostile:Access", "value": 3, "names": {"READ": 1, "WRITE": 2}},
            CHANGED,
            "mean something else",
        ),
        *(
            (obj(f"hostile:{name}", **{member: {"lc": "dict", "v": [[key, 2]]}}), BAD, NO_NAME)
            for name, member, key in [
                ("Slotted", "slots", 1),
                ("Plain", "dict", 1),
                ("Plain", "dict", {"lc": "bytes", "v": ""}),
            ]
        ),
        ({"lc": "enum", "id": "hostile:Access", "value": 3}, BAD, "not just"),
        ({"lc": "enum", "id": "hostile:Colour", "name": ["RED"]}, BAD, "`enum`"),
        ({"lc": "enum", "id": "hostile:Colour", "name": "RED", "value": 1}, BAD, "not just"),
        ({"lc": "enum", "id": "hostile:Colour"}, BAD, "not just"),
        (obj("hostile:Point", dict={"x": 1}), CHANGED, "no value for its field `y`"),
        (obj("builtins:SystemExit", dict={}), INVALID, "no array of arguments"),
        (bound("gone", obj("hostile:Plain", dict={})), GONE, "no method"),
        (obj("hostile:Plain", dict=same(1)), BAD, "a map of attributes"),
        ([shared(1, {}), obj("hostile:Plain", dict=same(1))], BAD, "$[1]"),
        (obj("hostile:Plain", dict=shared(1, {})), BAD, "a map of attributes"),
        (obj("hostile:Plain", dict=[]), BAD, "an array stands"),
        (obj("hostile:Plain", dict=5), BAD, "no map"),
        (obj("hostile:Plain", dict=obj("hostile:Plain")), BAD, "a map of attributes"),
        (made("hostile.Plain", x=1), BAD, "no model"),
        (
            {"lc": "model", "family": {"lc": "family", "members": [5]}, "at": 0},
            BAD,
            "no maps",
        ),
        ({"lc": "model", "family": [named("class", "builtins:int")], "at": 0}, BAD, "no family"),
        *(
            ({"lc": "typeddict", **node}, BAD, "a part of a node `typeddict` is no array")
            for keys in [{"name": "T", "module": "m", "by": "typing", "bases": None, "fields": {}}]
            for members in [[{"kind": "typeddict", **keys}]]
            for node in [keys, {"family": {"lc": "family", "members": members}, "at": 0}]
        ),
        ({"lc": "hooked", "name": "x", "fields": {"hooks": {}}}, BAD, "other parts"),
    ]
]

ANNOTATED = [
    case(node, INVALID, "something else than a type")
    for node in [
        prompt(input_types={"x": CODE}),
        prompt(state={"fields": {"input_types": {"x": CODE}}}),
        prompt(input_types=CODE),
        prompt(input_types={"x": [CODE]}),
        prompt(input_types={"x": {"y": CODE}}),
        obj(PARSER, dict={"name": None, "pydantic_object": CODE}),
        obj(ENUM_PARSER, dict={"name": None, "enum": CODE}),
        # The dict goes on behind the prompt that was looked at.
        shared(1, {"p": prompt(input_types=same(1)), "x": CODE}),
        shared(1, {"p": prompt(state={"fields": {"input_types": same(1)}}), "x": CODE}),
    ]
]
ANNOTATED += [
    case(prompt(input_types={"x": CODE}), INVALID, "than a type", given={"dialect": "langchain"}),
    filed(prompt(input_types={"x": CODE}), INVALID, "than a type", state_format=None),
    filed(prompt(input_types={"x": CODE}), INVALID, "than a type", state_format=MISSING),
]

LYING = {"langchain_core.prompts.prompt:PromptTemplate": {"defaults": {"input_types": {"x": CODE}}}}

TEMPLATES = [
    case(node, INVALID, "")
    for node in [
        prompt(REACHING, variables=["m"]),
        prompt("{m[0]}", variables=["m"]),
        prompt("{m.__class__}", variables=["m"]),
        prompt("{x:{m.__class__}}", variables=["m", "x"]),
        prompt("{x!r:{y.z}}", variables=["x"]),
        made(
            "langchain.prompts.chat.ChatPromptTemplate",
            input_variables=["m"],
            messages=[
                made(
                    "langchain.prompts.chat.HumanMessagePromptTemplate",
                    prompt=prompt(REACHING, variables=["m"]),
                ),
            ],
        ),
        made(
            "langchain_core.prompts.dict.DictPromptTemplate",
            template={"a": REACHING},
            template_format="f-string",
        ),
        made(
            "langchain.prompts.image.ImagePromptTemplate",
            template={"url": REACHING},
            input_variables=["m"],
            template_format="f-string",
        ),
        shared(
            1,
            {
                "p": made(
                    "langchain_core.prompts.dict.DictPromptTemplate",
                    template=same(1),
                    template_format="f-string",
                ),
                "x": REACHING,
            },
        ),
    ]
]

CONSTRUCTED = [
    case(chat(**{field: {"a": 1}}), INVALID, f"`{field}` is made", given=KEY)
    for field in ["client", "async_client", "root_client", "root_async_client"]
]
CONSTRUCTED += [
    case(node, refusal, says, given=KEY)
    for node, refusal, says in [
        (chat(openai_proxy="http://p", http_client=None), INVALID, "`http_client` is made"),
        (chat({"fields": {"client": 1}}), INVALID, "`client` is made"),
        (chat({"dict": {"_llm_type": 1}}), INVALID, "`_llm_type`"),
        (chat({"dict": {"client": 1}}), INVALID, "`client`"),
        (chat({"extra": {"client": 1}}), INVALID, "no extra"),
        (chat({"extra": {"base_url": "http://evil.test"}}), INVALID, "no extra"),
        (chat({"private": {"_x": 1}}), INVALID, "private"),
        (chat({"set": "openai_api_key"}), INVALID, "no strings"),
        (chat({"set": [[1]]}), INVALID, "no strings"),
        (chat({"order": ["model_name"]}, stream_usage=True), INVALID, "order"),
        (chat({"class": "langchain_core.messages.human:HumanMessage"}), INVALID, "no field"),
        (chat(base_url="http://evil.test"), CHANGED, "`base_url`"),
    ]
]
CONSTRUCTED += [
    filed(
        chat(),
        CHANGED,
        "`client` is made",
        given=KEY,
        classes={CHAT_PATH: {"defaults": {"client": {"a": 1}}}},
    ),
    case(chat(client=1), INVALID, "`client`", given=KEY | {"dialect": "langchain"}),
    case(
        made("langchain_core.load.serializable.Serializable", a=1),
        UNTRUSTED,
        given={"dialect": "langchain"},
    ),
    case(
        made("hostile.Point", x=1), INVALID, "LangChain", allow=OWN, given={"dialect": "langchain"}
    ),
    case(made("builtins.SystemExit"), INVALID, "LangChain", given={"dialect": "langchain"}),
    case(
        {"lc": 1, "type": "not_implemented", "id": ["a", "B"]},
        ("RebuildError", "never_saved"),
        "`a.B`",
        given={"dialect": "langchain"},
    ),
]

EVIL = "http://evil.test/v1"

ENDPOINTS = [
    case(node, STRANGE_ENDPOINT, "http://evil.test", given=given)
    for node, given in [
        (chat(openai_api_base=EVIL), KEY),
        (chat(openai_proxy=EVIL), KEY),
        (chat({"fields": {"openai_api_base": EVIL}}), KEY),
        (chat(openai_api_base=EVIL), KEY | {"dialect": "langchain"}),
        (chat(base_url=EVIL), KEY | {"dialect": "langchain"}),
        (chat(openai_api_base=EVIL), {"secrets_from_env": True}),
        (
            chat(openai_api_base=EVIL),
            KEY | {"endpoints": ["http://evil.test", "http://evil.test/"]},
        ),
    ]
]
ENDPOINTS += [
    # The constructor takes the key from the environment by itself, whatever the address, and just
    # so where the text says that there was none.
    case(
        made(CHAT, model_name="m", openai_api_base=EVIL, **key),
        INVALID,
        "`OPENAI_API_KEY`",
        given=given,
    )
    for given in ({}, {"dialect": "langchain"})
    for key in ({}, {"openai_api_key": None})
]
ENDPOINTS += [
    filed(
        chat(),
        STRANGE_ENDPOINT,
        "evil",
        given=KEY,
        classes={CHAT_PATH: {"defaults": {"openai_api_base": EVIL}}},
    ),
]

ALL_SECRETS = [
    {"secrets_from_env": True},
    {"secrets_from_env": ["OPENAI_API_KEY", "OTHER_KEY"]},
    {"secrets_map": {"OPENAI_API_KEY": "k-1234567", "OTHER_KEY": "another-1234567"}},
]

SECRETS = [
    case(node, INVALID, "the secret `", given=given | dialect)
    for given in ALL_SECRETS
    for dialect in ({}, {"dialect": "langchain"})
    for node in [
        secret("OPENAI_API_KEY"),
        [secret("OPENAI_API_KEY")],
        made(HUMAN, content=secret("OPENAI_API_KEY"), type="human"),
        made(HUMAN, content=[{"text": secret("OTHER_KEY"), "type": "text"}], type="human"),
        made(HUMAN, content="x", additional_kwargs={"a": secret("OPENAI_API_KEY")}, type="human"),
        prompt(partial_variables={"x": secret("OPENAI_API_KEY")}),
        chat(openai_organization=secret("OPENAI_API_KEY")),
        chat(openai_api_key=secret("OTHER_KEY")),
        chat(metadata={"openai_api_key": secret("OPENAI_API_KEY")}),
        chat(openai_api_base=secret("OPENAI_API_KEY")),
    ]
]
SECRETS += [
    case({"lc": "secret", "type": "SecretStr", "name": name}, INVALID, "the secret `", given=given)
    for given in ALL_SECRETS[1:]
    for name in ("OPENAI_API_KEY", "OTHER_KEY")
]
SECRETS += [
    case({"lc": "secret", **parts}, refusal, says)
    for parts, refusal, says in [
        ({"type": "SecretStr", "v": [1]}, BAD, "SecretStr"),
        ({"type": "SecretBytes", "v": "x"}, BAD, "SecretBytes"),
        ({"type": "ImportString", "v": "x"}, INVALID, "ImportString"),
        ({"type": "SecretStr"}, INVALID, "of this form"),
        ({"type": "SecretStr", "v": "x", "name": "y"}, INVALID, "of this form"),
        ({"type": ["SecretStr"], "v": "x"}, BAD, "`type`"),
        ({"v": "x"}, BAD, "`type`"),
    ]
]

TABLES = [
    filed(
        [prompt()],
        INVALID,
        "something else than a type",
        classes=LYING,
    ),
    filed([obj("hostile:Plain", dict={"x": 1})], CHANGED, "has changed", allow=OWN, classes={}),
    filed(
        [obj("hostile:Plain", dict={"x": 1})],
        CHANGED,
        "has changed",
        allow=OWN,
        classes={"hostile:Plain": {"fingerprint": "made up", "defaults": 5}},
    ),
    filed(
        [obj("hostile:Plain", dict={"x": 1})],
        CHANGED,
        allow=OWN,
        classes={"hostile:Plain": ["fingerprint"]},
    ),
    filed([made(HUMAN, content="x", type="human", gone=1)], CHANGED, "`gone`", classes={}),
    filed(named("function", "os:system"), UNTRUSTED, needs={"allow": ["os:system"]}),
    filed(
        named("function", "os:system"),
        UNTRUSTED,
        needs={"secrets": [], "bindings": [], "allow": [], "endpoints": ["http://evil.test"]},
    ),
    filed({}, ("FormatError", "newer_format"), "`persist/2`", state_format="persist/2"),
    filed({}, ("FormatError", "not_a_snapshot"), "`evil`", state_format="evil"),
    filed(chat(openai_api_base=EVIL), STRANGE_ENDPOINT, given=KEY, needs={"endpoints": [EVIL]}),
]

TEXTS = {
    '{"lc":true,"type":"secret","id":["X"]}': "neither the integer 1",
    '{"lc":1.0,"type":"secret","id":["X"]}': "neither the integer 1",
    '{"lc":1e0,"type":"secret","id":["X"]}': "neither the integer 1",
    '{"lc":2,"type":"secret","id":["X"]}': "neither the integer 1",
    '{"lc":null}': "neither the integer 1",
    '{"lc":["tuple"],"v":[]}': "array stands",
    '{"lc":{"a":1},"v":[]}': "object stands",
    '{"lc":"nothing"}': "`nothing` is not known",
    '[{"a":{"lc":"Tuple","v":[]}}]': "at `$[0].a` the node kind `Tuple`",
    '{"lc":"state"}': "`state` is not known",
    '{"lc":"tuple"}': "no elements",
    '{"lc":"namedtuple","name":"P","module":"m","qualname":"\\ud800.P","fields":["a"]}': (
        "the qualname of a node `namedtuple` has lone surrogates"
    ),
    f'{{"lc":"model","name":"M","module":"m","by":{PAIR},"fields":{{}}}}': "`by` that is no string",
    f'{{"lc":"typeddict","name":"T","module":"m","by":{PAIR},"bases":[],"fields":{{}}}}': (
        "`by` that is no string"
    ),
    f'{{"lc":"namedtuple","name":"T","module":"m","fields":["x"],"bases":{PAIR}}}': "just one",
    '{"lc":"tuple","v":[],"w":1}': "a node `tuple` has no member `w`",
    '{"lc":"dict","v":[],"w":1}': "a node `dict` has no member `w`",
    '{"lc":"tuple","v":[],"v":[]}': "`v`",
    '{"lc":"tuple","v":{}}': "no array",
    '{"lc":"tuple","v":"ab"}': "no array",
    '{"lc":"set","v":[1,1]}': "equal",
    '{"lc":"set","v":[1,true]}': "equal",
    '{"lc":"frozenset","v":[1,1.0]}': "equal",
    '{"type":"secret","lc":1,"id":["X"]}': "`lc` stands in a map",
    '{"\\u006cc":1,"type":"secret","id":["X"]}': "`lc` stands in a map",
    '{"\\u005f_lc_escaped__":{"lc":1}}': "escapes",
    '{"lc":1}': "before it says what it is",
    '{"lc":1,"id":["X"],"type":"secret"}': "no member `id`",
    '{"lc":1,"type":"not_implemented","id":["X"]}': "`not_implemented`",
    '{"lc":1,"type":"secret"}': "no name",
    '{"lc":1,"type":"secret","id":["X"],"kwargs":{}}': "no member `kwargs`",
    '{"lc":1,"type":"secret","id":"X"}': "wrong type",
    '{"lc":1,"type":"constructor","id":[],"kwargs":{}}': "is empty",
    '{"lc":1,"type":"constructor","id":[1],"kwargs":{}}': "something else than strings",
    '{"lc":1,"type":"constructor","id":[["a"]],"kwargs":{}}': "array stands",
    '{"lc":1,"type":"constructor","id":[{"a":1}],"kwargs":{}}': "something else than strings",
    '{"lc":1,"type":"constructor","id":["a:b","C"],"kwargs":{}}': "well-formed",
    '{"a":1,"a":2}': "twice",
    '{"a":1,"\\u0061":2}': "twice",
    '{"__lc_escaped__":{"a":1,"a":2}}': "twice",
    '{"__lc_escaped__":{},"__lc_escaped__":{}}': "twice",
    '{"__lc_escaped__":5}': "something else than a map",
    '{"__lc_escaped__":[{"lc":1}]}': "something else than a map",
    '{"__lc_escaped__":{"a":1},"lc":1}': "`lc` stands in a map",
    '{"__lc_escaped__":{"lc":1},"lc":1}': "before it says what it is",
    '{"lc":"same","ref":1}': "label 1",
    '{"lc":"same"}': "no label",
    '{"lc":"same","ref":-1}': "label",
    '{"lc":"same","ref":1.0}': "label",
    '{"lc":"same","ref":true}': "wrong type",
    '{"lc":"same","ref":"1"}': "wrong type",
    '{"lc":"same","ref":99999999999999999999}': "label",
    '[{"lc":"same","ref":1},{"lc":"shared","ref":1,"v":[]}]': "label 1",
    '[{"lc":"shared","ref":1,"v":[]},{"lc":"shared","ref":1,"v":[]}]': "twice",
    '{"lc":"shared","ref":1,"v":{"lc":"shared","ref":2,"v":[]}}': "takes none",
    '{"lc":"shared","ref":1,"v":{"lc":"same","ref":1}}': "takes none",
    '{"lc":"shared","ref":1,"v":{"lc":1,"type":"secret","id":["X"]}}': "takes none",
    '{"lc":"shared","ref":1,"v":{"lc":"float","v":"nan"}}': "takes none",
    '{"lc":"shared","ref":1,"v":5}': "no identity",
    '{"lc":"shared","ref":1,"v":"x"}': "no identity",
    '{"lc":"shared","v":[]}': "no member `v`",
    '{"lc":"shared","ref":1}': "no value",
    '{"lc":"tuple","same":1,"v":[]}': "label 1",
    '[{"lc":"shared","ref":1,"v":[]},{"lc":"tuple","same":1,"v":[]}]': "something else",
    '{"lc":"shared","ref":1,"v":{"lc":"tuple","v":[{"lc":"same","ref":1}]}}': "label 1",
    '{"__lc_escaped__":{"lc":1},"ref":1}': "before it says what it is",
    '{"lc":"dict","v":[[1,2,3]]}': "no pair",
    '{"lc":"dict","v":[5]}': "no pair",
    '{"lc":"dict","v":[[1,2],[1,3]]}': "equal",
    '{"lc":"dict","v":[[1,2],[1.0,3]]}': "equal",
    '{"lc":"bytes","v":"***"}': "`bytes`",
    '{"lc":"bytearray","v":"***"}': "base64",
    '{"lc":"int","v":"12"}': "`int`",
    '{"lc":"int","v":"0x"}': "`int`",
    '{"lc":"int","v":"0x1_0"}': "`int`",
    '{"lc":"int","v":"0x-1"}': "`int`",
    '{"lc":"float","v":"1e400"}': "`float`",
    '{"lc":"float","v":"nan:7ff0000000000000"}': "`float`",
    '{"lc":"str","v":["a",1]}': "`str`",
    "1e400": "too large",
    "1" * 5_000: "more than 4300 digits",
    '{"lc":"tuple","same":1,"same":1,"v":[]}': "no member `same`",
    '{"lc":"set","same":1,"v":[]}': "no member `same`",
    '{"lc":"object","id":"a:B","id":"c:D"}': "no member `id`",
    '{"lc":"object","id":"a:B","ref":1,"ref":2}': "no member `ref`",
    '{"lc":"object","ref":1,"id":"a:B"}': "no member `id`",
    '{"lc":"object","dict":{}}': "no member `dict`",
    '{"lc":"object"}': "names no class",
    '{"lc":1,"type":"constructor","id":["a","B"],"kwargs":{},"kwargs":{}}': "no member `kwargs`",
    '{"lc":1,"type":"constructor","id":["a","B"],"kwargs":{},"name":"","state":{}}': "`state`",
    '{"lc":1,"type":"constructor","id":["a","B"],"kwargs":{},"ref":1}': "no member `ref`",
    '{"lc":1,"type":"constructor","id":["a","B"],"state":{"a":1}}': "a key stands",
    '{"lc":1,"type":"constructor","id":["a","B"],"state":5}': "no map",
    '{"lc":1,"type":"constructor","type":"secret","id":["a","B"]}': "no member `type`",
    '{"lc":1,"type":"constructor"}': "names no class",
    '{"lc":"bind","name":1}': "`name`",
    '{"lc":"bind"}': "`name`",
    '{"lc":"class","id":["a"]}': "`id`",
}

MALFORMED = [case(text, BAD, says) for text, says in TEXTS.items()]


def value(kind: str, v: Any, **parts: Any) -> dict[str, Any]:
    return {"lc": kind, "v": v, **parts}


VALUES = [
    case(["x", node], BAD, f"`$[1]` the value of a node `{node['lc']}`")
    for node in [
        *(value("date", text) for text in ("20240101", "2024-W01-1", "2024-1-1", "", "x", 5)),
        *(value("time", text) for text in ("10", "10:00", "10:00:00Z", "25:00:00", None)),
        *(value("datetime", text) for text in ("2024-01-01", "2024-01-01T00:00:00Z", [])),
        value("datetime", "2024-01-01T00:00:00", fold=True),
        value("datetime", "2024-01-01T00:00:00", fold=2),
        value("datetime", "2024-01-01T00:00:00", tz="UTC"),
        value("datetime", "2024-01-01T00:00:00", tz=None),
        *(value("isocalendar", text) for text in ("2024-01-01", "2024W011", "2024-W54-1", "", 5)),
        value("timedelta", [10**12, 0, 0]),
        value("timedelta", [0, 86_400, 0]),
        value("timedelta", [0, 0.0, 0]),
        value("timedelta", [True, 0, 0]),
        value("timezone", [2, 0, 0]),
        value("timezone", [0, 0, 0], name=5),
        *(
            value("zoneinfo", text)
            for text in ("../../etc/passwd", "/etc/passwd", "a\x00b", "\ud800", 5)
        ),
        *(
            value("decimal", text)
            for text in ("1_0", " 1", "\u0661", "1e5", "0x1", "1E" + "9" * 19)
        ),
        value("decimal", 1.5),
        *(
            value("fraction", text)
            for text in ("1/0", "2/4", "-0", "1/1", "+1", "1/-2", "1e9", "1.5")
        ),
        value("fraction", "7" * 9_000),
        value("fraction", "\u0661/2"),
        value("uuid", "12345678123456781234567812345678"),
        value("uuid", "{12345678-1234-5678-1234-567812345678}"),
        value("uuid", "12345678-1234-5678-1234-567812345678", safe="unknown"),
        value("uuid", "12345678-1234-5678-1234-567812345678", safe=["safe"]),
        value("path", "a//b", type="PurePosixPath"),
        value("path", "a", type="Popen"),
        value("path", "a"),
        value("ip", "127.1", type="IPv4Address"),
        value("ip", "::0:1", type="IPv6Address"),
        value("ip", 5, type="IPv4Address"),
        value("ip", "1.2.3.4/8", type="IPv4Network"),
        value("pattern", "(", flags=32),
        value("pattern", "a", flags=32 | 128),
        value("pattern", "a", flags=0),
        value("pattern", "a", flags=2**70),
        value("pattern", "(" * 5_000 + ")" * 5_000, flags=32),
        value("pattern", 5, flags=0),
        value("range", [0, 1, 0]),
        value("range", [0, 1]),
        value("range", [0, 1, True]),
        value("slice", [1, 2]),
        value("slice", value("slice", [None, None, None])),
        value("complex", [1, 2.0]),
        value("complex", ["1", "2"]),
        {"lc": "ellipsis", "v": 1},
        {"lc": "notimplemented", "v": 1},
        {"lc": "uuid"},
    ]
]
VALUES += [
    case(
        ["x", value("uuid", "x", wild=1)],
        BAD,
        "a node `uuid` is not valid: it has no member `wild`",
    ),
    case({"a": value("slice", [value("slice", [None] * 3)] * 3)}, BAD, "`slice`"),
    case(value("path", "a", type="WindowsPath"), GONE, "`WindowsPath`"),
    case(value("masked", 1), BAD, "`masked`"),
]


UNICODE = ["utf-8", {"lc": "bytes", "v": "/w=="}, 0, 1, "bad"]
SYSTEM = named("function", "os:system")

HOOKED = [
    *(
        case(obj("hostile:Plain", **{member: given}), INVALID, f"a member `{member}`", allow=OWN)
        for member, given in [
            ("init", []),
            ("init", ["id"]),
            ("new", [1]),
            ("newkw", {"x": 1}),
            ("state", {"x": 1}),
            ("items", [1]),
            ("pairs", [["x", 1]]),
            ("args", [1]),
            ("members", {"x": 1}),
            ("cause", None),
        ]
    ),
    *(
        case(call(name, "id"), UNTRUSTED, f"`{name}`", wants=(name,), allow=OWN)
        for name in [
            "os:system",
            "builtins:eval",
            "builtins:exec",
            "builtins:getattr",
            "builtins:open",
            "subprocess:Popen",
            "operator:methodcaller",
            "operator:attrgetter",
            "functools:partial",
            "functools:reduce",
            "importlib:import_module",
            "copyreg:_reconstructor",
            "hostile:Plain",
            "hostile:Plain.helper",
        ]
    ),
    *(
        case(node, UNTRUSTED, f"`{name}`", wants=(name,))
        for node, name in [
            (obj("operator:methodcaller", init=["system", "id"]), "operator:methodcaller"),
            (obj("operator:attrgetter", init=["__globals__"]), "operator:attrgetter"),
            (obj("functools:partial", init=[SYSTEM]), "os:system"),
            (obj("builtins:map", init=[1, []]), "builtins:map"),
            (obj("collections:defaultdict", init=[SYSTEM]), "os:system"),
            (obj("collections:Counter", init=[[SYSTEM]]), "os:system"),
            (call("logging:getLogger", "a", dict={"disabled": True}), "logging:Logger"),
        ]
    ),
    *(
        case(node, INVALID, says, allow=OWN)
        for node, says in [
            (obj("hostile:Plain", base=[1]), "a member `base`"),
            (obj("hostile:Woken", dict={"x": 1}), "sets its state itself"),
            (obj("hostile:Woken", state=[SYSTEM["id"]]), "no number"),
            (obj("hostile:Rebuilt", new=[1], init=[]), "more than one way"),
            (obj("hostile:Rebuilt", init={"x": 1}), "no array"),
            (obj("hostile:Rebuilt", new=[], newkw=[1]), "no map"),
            (obj("hostile:Rebuilt", init=[], items=[1]), "it raises `AttributeError`"),
            (obj("hostile:Rebuilt", init=[], dict={"__class__": 1}), "`__class__`"),
            (obj("hostile:Rebuilt", init=[], dict={"act": 1}), "`act`"),
            (obj("hostile:Rebuilt", init=[], slots={"x": 1}), "`x` is no slot"),
            (obj("hostile:Other", init=[]), "an instance of another class"),
            (obj("hostile:Listing", pairs=[[1, 2]]), "a member `pairs`"),
            (obj("hostile:Listing", items={"x": 1}), "no array"),
            (obj("collections:defaultdict", init=[5]), "such a member `init`"),
            (obj("collections:OrderedDict", init=[], pairs=[[[], 1]]), "unhashable"),
            (obj("collections:OrderedDict", init=[], pairs=[[1]]), "no pair"),
            (obj("random:Random", init=[], state=[3, [1], None]), "random:Random"),
            (call("builtins:iter", named("class", "builtins:list"), 1), "an iterator is made of"),
            (call("builtins:iter", [1], state="x"), "does not accept"),
            (call("builtins:iter", [1], dict={"x": 1}), "a member `dict`"),
            (call("builtins:iter", [1], items=[1]), "does not accept"),
            (obj("builtins:OSError", args=[], members={"__traceback__": 1}), "does not have"),
            (obj("builtins:ValueError", args={"x": 1}), "no array"),
            (obj("builtins:ValueError", args=[], cause=1), "exception"),
            (obj("builtins:ValueError", args=[], suppress=1), "no boolean"),
            (obj("builtins:ValueError", new=["x"], args=[]), "a member `new`"),
            (obj("builtins:ExceptionGroup", new=["x", [1]], args=[]), "ExceptionGroup"),
            (
                obj("builtins:UnicodeDecodeError", args=UNICODE, members={"object": 7}),
                "do not fit together",
            ),
        ]
    ),
    *(
        case(node, BAD, says, allow=OWN)
        for node, says in [
            ({"lc": "call", "args": [], "id": "os:system"}, "`args`"),
            ({"lc": "call", "id": "os:system", "args": [], "ref": 1}, "`ref`"),
            ({"lc": "object", "id": "hostile:Rebuilt", "init": [], "ref": 1}, "`ref`"),
            ({"lc": "object", "id": "hostile:Rebuilt", "dict": {}, "init": []}, "`init`"),
            (obj("hostile:Rebuilt", ref=1, same=2, init=[]), "`same`"),
            ([shared(1, []), obj("hostile:Rebuilt", same=1, init=[])], "something else"),
            (obj("hostile:Rebuilt", same=1, init=[]), "nothing has the label"),
        ]
    ),
]

NOWHERE = case(value("zoneinfo", "No/Where"), ("RebuildError", "missing_package"), "`No/Where`")
"""Looked for among the files of zones."""

MISSING_THINGS = [
    NOWHERE,
    case({"lc": "bind", "name": "client"}, ("RebuildError", "missing_binding"), "`client`"),
    case(
        obj("no_such_package.inner:Thing", dict={}),
        ("RebuildError", "missing_package"),
        "`no_such_package` is not installed",
        allow=("no_such_package",),
    ),
    case(chat(), NO_SECRET, "`OPENAI_API_KEY`"),
]

CASES = [
    *UNADMITTED,
    *ILL_NAMED,
    *ELSEWHERE,
    *STATES,
    *ANNOTATED,
    *TEMPLATES,
    *CONSTRUCTED,
    *ENDPOINTS,
    *SECRETS,
    *TABLES,
    *MALFORMED,
    *VALUES,
    *HOOKED,
    *MISSING_THINGS,
]
