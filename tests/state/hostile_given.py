"""Texts from strangers that give a class's own constructor or validation something to call.

`hostile.called` is what the caller admits as a value, and tells of each call.
"""

from __future__ import annotations

import functools
import json
import types
from typing import Any

import persist
from hostile_texts import (
    CHANGED,
    INVALID,
    KEY,
    STRANGE_ENDPOINT,
    Case,
    case,
    chat,
    filed,
    made,
    named,
    obj,
    prompt,
    same,
    shared,
)

CHAT_PROMPT = "langchain.prompts.chat.ChatPromptTemplate"
HUMAN_PROMPT = "langchain.prompts.chat.HumanMessagePromptTemplate"
IMAGE_PROMPT = "langchain.prompts.image.ImagePromptTemplate"
DICT_PROMPT = "langchain_core.prompts.dict.DictPromptTemplate"
FEW_SHOT = "langchain_core.prompts.few_shot:FewShotPromptTemplate"
SELECTORS = "langchain_core.example_selectors"
LENGTHS = f"{SELECTORS}.length_based:LengthBasedExampleSelector"
SIMILAR = f"{SELECTORS}.semantic_similarity:SemanticSimilarityExampleSelector"
MARGINAL = f"{SELECTORS}.semantic_similarity:MaxMarginalRelevanceExampleSelector"
STORE = "langchain_core.vectorstores.in_memory:InMemoryVectorStore"
AI = "langchain.schema.messages.AIMessage"
AI_PATH = "langchain_core.messages.ai:AIMessage"

OWN = ("hostile",)
CALLED = named("function", "hostile:called")
TAKEN = "holds what no finished instance does"
COUNTING = {"call": obj("itertools:count", init=[0])}
UNDECLARED = "of a `SemanticSimilarityExampleSelector` holds what the class does not declare"
OF_LIST = "the `examples` of a `LengthBasedExampleSelector` holds what the class does not declare"
HIDDEN = "its examples stand where they cannot be looked at in advance"
EVIL = "{m.__class__.__init__.__globals__[KEY]}"


def a_tuple(*elements: Any) -> Any:
    return {"lc": "tuple", "v": list(elements)}


def partial(function: Any, *arguments: Any) -> Any:
    state = a_tuple(function, a_tuple(*arguments), {}, None)
    return obj("functools:partial", init=[function], state=state)


CALL = partial(CALLED, "x")
CYCLE = obj(
    "itertools:cycle",
    init=[{"lc": "call", "id": "builtins:iter", "args": [["x"]], "state": 0}],
    state=a_tuple([], False),
)


def answering(**attributes: Any) -> Any:
    """A thing that has what a constructor looks for, under any name."""
    return obj("types:SimpleNamespace", init=[], dict=attributes)


def around(name: str, data: Any) -> Any:
    return obj(f"collections:{name}", dict={"data": data})


def messages(*of: Any, **fields: Any) -> Any:
    return made(CHAT_PROMPT, input_variables=[], messages=list(of), **fields)


def few_shot(**fields: Any) -> Any:
    held = {
        **dict.fromkeys(("name", "output_parser", "metadata", "tags", "examples")),
        "input_variables": ["m"],
        "optional_variables": [],
        "input_types": {},
        "partial_variables": {},
        "example_selector": None,
        "validate_template": False,
        "example_prompt": prompt("{q}", variables=["q"]),
        "suffix": "{m}",
        "prefix": "",
        "example_separator": "\n",
        "template_format": "f-string",
    }
    return obj(FEW_SHOT, dict=held | fields)


def picked(name: str = SIMILAR, **fields: Any) -> Any:
    held = dict.fromkeys(("example_keys", "input_keys", "vectorstore_kwargs"))
    extra = {"fetch_k": 20} if name == MARGINAL else {}
    return few_shot(example_selector=obj(name, dict=held | extra | {"k": 1} | fields))


def stored(store: Any) -> Any:
    embedding = obj("langchain_core.embeddings.fake:DeterministicFakeEmbedding", dict={"size": 2})
    return obj(STORE, dict={"store": store, "embedding": embedding})


def document(metadata: Any) -> Any:
    return {"id": "1", "vector": [0.0, 1.0], "text": "t", "metadata": metadata}


MEASURE = named("function", f"{SELECTORS}.length_based:_get_length_based")


def measured(examples: Any, example_prompt: Any = None, by: Any = CALL) -> Any:
    held = {
        "examples": examples,
        "example_prompt": example_prompt or prompt("{q}", variables=["q"]),
        "get_text_length": by,
        "max_length": 2048,
        "example_text_lengths": [],
    }
    return obj(LENGTHS, dict=held)


def lie(name: str) -> Any:
    """A fingerprint that no class has, so that the class's own constructor would run."""
    others = [types.SimpleNamespace(), functools.partial(len)]
    true: Any = persist.snapshot(others, "memory://hostile given")["classes"]
    return {**true, name: {"fingerprint": "0" * 16}}


PASSING = made("langchain.schema.runnable.RunnablePassthrough")


def binding(name: str, state: Any = None, **fields: Any) -> Any:
    return made(
        f"langchain.schema.runnable.{name}",
        state,
        **{"bound": PASSING, "kwargs": {}, "config": {}, **fields},
    )


def history(config: Any) -> Any:
    return binding(
        "RunnableWithMessageHistory",
        {"dict": {"_history_chain": PASSING}},
        get_session_history=named("function", "langchain_core.runnables.passthrough:identity"),
        history_factory_config=config,
    )


HARMLESS = [
    Case(json.dumps(node), says, name=f"given {at}")
    for at, (node, says) in enumerate(
        [
            (messages(made(HUMAN_PROMPT, prompt=prompt("x", variables=[]))), "ChatPromptTemplate"),
            (made(IMAGE_PROMPT, input_variables=["x"], template={"url": "{x}"}), "ImagePrompt"),
            (made(AI, content="x", tool_calls=[], invalid_tool_calls=[]), "AIMessage"),
            (few_shot(examples=[{"q": "x"}]), "FewShotPromptTemplate"),
            (picked(vectorstore=stored({"1": document({"q": "x"})})), "FewShotPromptTemplate"),
            (picked(MARGINAL, vectorstore=stored({})), "FewShotPromptTemplate"),
            (few_shot(example_selector=measured([{"q": "x"}], by=MEASURE)), "FewShot"),
            (made(DICT_PROMPT, template={"a": "{x}"}, template_format="f-string"), "DictPrompt"),
            (history([]), "RunnableWithMessageHistory"),
            (binding("RunnableBinding", kwargs={"model": "m"}), "RunnableBinding"),
        ]
    )
]

GIVEN = [
    (messages(a_tuple(CALL, "x")), "`messages`"),
    (messages(a_tuple(CALLED, "x")), "`messages`"),
    (messages(CALLED), "`messages`"),
    (messages({"role": CALL, "content": "x"}), "`messages`"),
    (messages("{{ m.save('x') }}"), "`messages`"),
    (made(CHAT_PROMPT, input_variables=[], messages=CYCLE), "`messages`"),
    (made(CHAT_PROMPT, input_variables=[], messages=around("UserList", [])), "`messages`"),
    (
        messages(made(HUMAN_PROMPT, prompt=answering(input_variables=CYCLE))),
        "the `prompt` of a `HumanMessagePromptTemplate` holds what the class does not declare",
    ),
    (
        messages(partial_variables=answering(items=CALL)),
        "`partial_variables`",
    ),
    (messages(metadata={"x": [answering(get=CALL)]}), "`metadata`"),
    (made(IMAGE_PROMPT, input_variables=[], template=answering(values=CALL)), "`template`"),
    (made(IMAGE_PROMPT, input_variables=CYCLE, template={}), "`input_variables`"),
    (
        made(DICT_PROMPT, template=around("UserDict", answering(copy=CALL)), template_format="x"),
        "`template`",
    ),
    (prompt("x", variables=answering(append=CALL)), "`input_variables`"),
]


def listed(times: int) -> Any:
    """Each list holds the one before it twice: to show it would take all memory."""
    inner: Any = shared(1, ["x"])
    for ref in range(2, times):
        inner = shared(ref, [inner, same(ref - 1)])
    return inner


CASES = [
    case(
        history(CYCLE),
        INVALID,
        "its field `history_factory_config` holds what the class does not declare",
    ),
    *(case(node, INVALID, says, allow=OWN) for node, says in GIVEN),
    *(
        case(chat(**fields), INVALID, f"`{name}` {TAKEN}", allow=OWN, given=KEY)
        for name, fields in [
            ("model_kwargs", {"model_kwargs": answering(items=CALL, __contains__=1)}),
            ("default_headers", {"default_headers": answering(items=CALL)}),
            ("extra_body", {"extra_body": around("UserDict", {})}),
            ("http_client", {"http_client": answering(close=CALL)}),
            ("tags", {"tags": CYCLE}),
            ("request_timeout", {"request_timeout": answering(connect=CALL)}),
        ]
    ),
    *(
        case(
            chat(model_kwargs={name: "http://evil.test"}),
            INVALID,
            f"its field `model_kwargs` holds `{name}`, which its constructor makes a field",
            given=KEY,
        )
        for name in ("base_url", "openai_proxy", "http_client", "root_client")
    ),
    *(
        case(
            shared(1, {**before, "model": chat(model_kwargs=held), **later}),
            refusal,
            says,
            given=KEY,
        )
        for before in [{"kept": shared(2, {"key": chat(), "x": same(1)})}]
        for refusal, held, later, says in [
            (STRANGE_ENDPOINT, same(1), {"base_url": "http://evil.test"}, "set in `base_url`"),
            (INVALID, {"x": same(1)}, COUNTING, f"`model_kwargs` {TAKEN}"),
            (INVALID, {"x": same(2)}, COUNTING, f"`model_kwargs` {TAKEN}"),
        ]
    ),
    case(
        made(
            CHAT_PROMPT,
            input_variables=[],
            template_format="jinja2",
            messages=[["human", "{{ x }}"]],
        ),
        INVALID,
        f"`messages` {TAKEN}",
        given={"dialect": "langchain"},
    ),
    filed(
        measured([{"q": "x"}], answering(format=CALL)),
        CHANGED,
        "its constructor does more than to set its fields, and is never run",
        allow=OWN,
        classes=lie(LENGTHS),
    ),
    filed(
        made(AI, content="x", tool_calls=answering(items=CALL), invalid_tool_calls=[]),
        CHANGED,
        f"`tool_calls` {TAKEN}",
        allow=OWN,
        classes=lie(AI_PATH),
    ),
    filed(
        made(AI, {"extra": {"content_blocks": [answering(get=CALL)]}}, content="x"),
        CHANGED,
        "no field `content_blocks`",
        allow=OWN,
        classes=lie(AI_PATH),
    ),
    filed(
        obj("hostile:Called", dict={"x": answering(go=CALL), "y": {}}),
        CHANGED,
        f"`x` {TAKEN}",
        allow=OWN,
        classes=lie("hostile:Called"),
    ),
    filed(
        obj("hostile:Called", dict={"x": 1, "y": answering(go=CALL)}),
        CHANGED,
        f"`y` {TAKEN}",
        allow=OWN,
        classes=lie("hostile:Called"),
    ),
    *(
        case(node, INVALID, says, allow=OWN)
        for node, says in [
            (picked(vectorstore=stored(around("UserDict", {"1": document({"q": EVIL})}))), HIDDEN),
            (picked(MARGINAL, vectorstore=stored(around("UserDict", {}))), HIDDEN),
            (picked(vectorstore=stored({"1": document(around("UserDict", {"q": EVIL}))})), HIDDEN),
            (picked(vectorstore=stored({"1": around("UserDict", document({"q": EVIL}))})), HIDDEN),
            (picked(vectorstore=stored({"1": document({"q": EVIL})})), "Invalid variable name"),
            (picked(vectorstore=answering(store={})), f"the `vectorstore` {UNDECLARED}"),
            (few_shot(example_selector=measured(around("UserList", [{"q": EVIL}]))), OF_LIST),
            (few_shot(example_selector=measured({"lc": "deque", "v": [{"q": EVIL}]})), HIDDEN),
            (few_shot(example_selector=measured(a_tuple({"q": EVIL}))), HIDDEN),
            (few_shot(example_selector=measured([around("UserDict", {"q": EVIL})])), OF_LIST),
            (few_shot(example_selector=measured([answering(get=CALL)])), OF_LIST),
            (few_shot(example_selector=obj("hostile:Picking", dict={"of": [EVIL]})), HIDDEN),
            (
                few_shot(example_selector=obj("hostile:Picking", dict={"of": answering(x=EVIL)})),
                HIDDEN,
            ),
            (few_shot(examples=a_tuple({"q": EVIL})), "changes the field `examples`"),
            (few_shot(examples=[{"q": around("UserString", EVIL)}]), f"`examples` {TAKEN}"),
            (
                few_shot(
                    examples=[{"q": "x"}],
                    example_prompt=prompt(
                        "{q}{r}",
                        variables=["q"],
                        partial_variables={"r": partial(named("class", "builtins:str"), EVIL)},
                    ),
                ),
                "an example is no plain text that can be shown in advance",
            ),
        ]
    ),
]


def laughing(times: int) -> Any:
    """Each map holds the one before it twice."""
    inner: Any = shared(1, {"x": "y"})
    for ref in range(2, times):
        inner = shared(ref, {"a": inner, "b": same(ref - 1)})
    return made(DICT_PROMPT, template={"x": inner}, template_format="f-string")


def copied(times: int) -> Any:
    """A list of one large map, again and again: validation makes a copy of each."""
    large = shared(1, {str(at): "x" for at in range(times)})
    return few_shot(examples=[large, *(same(1) for _ in range(times))])


def repeated() -> Any:
    """One long template, filled in for each of many examples."""
    long = prompt("x" * 1_000_000 + "{q}", variables=["q"])
    return few_shot(example_prompt=long, examples=[{"q": "x"} for _ in range(20_000)])


def few_wide(**fields: Any) -> Any:
    return few_shot(examples=[{"q": "x"}], **fields)


BOMBS = {
    name: (lambda node=node: json.dumps(node()), INVALID)
    for name, node in {
        "a wide field": lambda: prompt("{x:99999999999}", validate_template=True),
        "a wide field of an example": lambda: few_wide(
            example_prompt=prompt("{q!r:>9999999999}", variables=["q"])
        ),
        "a wide field around examples": lambda: few_wide(
            suffix="{m:1000000000}", validate_template=True
        ),
        "a wide field that an example brings": lambda: few_shot(examples=[{"q": "{m:1000000000}"}]),
        "a wide field in other digits": lambda: prompt(
            "{x:\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0669}",
            validate_template=True,
        ),
        "a field in the width of a field": lambda: prompt("{x:{x}}", validate_template=True),
        "laughs in a template": lambda: laughing(60),
        "laughs in a template of a message": lambda: messages(
            made(HUMAN_PROMPT, prompt=[laughing(60)])
        ),
        "laughs as an address": lambda: binding("RunnableBinding", kwargs={"model": listed(60)}),
        "laughs copied": lambda: copied(30_000),
        "one template for many examples": repeated,
    }.items()
}
