"""Texts from strangers that name what makes an object, or what sets its state."""

from __future__ import annotations

from hostile_texts import BAD, GONE, INVALID, OWN, UNTRUSTED, call, case, obj, shared


def bound(function: str, of: object, *arguments: object) -> dict[str, object]:
    return {"lc": "call", "id": function, "of": of, "args": list(arguments)}


MADE = (*OWN, "hostile:Plain.made", "hostile:seat", "hostile:Elder.made")

CASES = [
    *(
        case(node, UNTRUSTED, f"`{name}`", wants=(name,), allow=("hostile",))
        for node, name in [
            (obj("hostile:Rebuilt", init=[], setter="os:system", state="id"), "os:system"),
            (obj("hostile:Rebuilt", init=[], setter="builtins:exec", state="1"), "builtins:exec"),
            (obj("hostile:Rebuilt", init=[], setter="hostile:seat", state="1"), "hostile:seat"),
            (call("hostile:Plain.made"), "hostile:Plain.made"),
            (bound("hostile:Plain.made", "hostile:Younger", "x"), "hostile:Plain.made"),
            (call("importlib:import_module", "antigravity"), "importlib:import_module"),
            (call("subprocess:Popen", kwargs={"args": "id"}), "subprocess:Popen"),
            (call("builtins:dict.fromkeys", [1]), "builtins:dict.fromkeys"),
        ]
    ),
    case(
        bound("hostile:Plain.made", "os:PathLike"),
        UNTRUSTED,
        "the class `os:PathLike`",
        wants=("os:PathLike",),
        allow=MADE,
    ),
    *(
        case(node, INVALID, says, allow=MADE)
        for node, says in [
            (obj("hostile:Plain", setter="hostile:seat", state=1), "a member `setter`"),
            (obj("hostile:Woken", setter="hostile:seat", state=1), "a member `setter`"),
            (obj("hostile:Rebuilt", init=[], setter="hostile:seat"), "and none"),
            (
                obj("hostile:Rebuilt", init=[], setter="hostile:seat", state={}),
                "a seat is a number",
            ),
            (obj("hostile:Rebuilt", initkw={"x": 1}), "more than one way"),
            (obj("hostile:Rebuilt", init=[], initkw={"x": 1}), "takes no arguments"),
            (obj("hostile:Rebuilt", init=[], initkw=[1]), "no map"),
            (obj("hostile:Plain", init=[], initkw={"x": 1}), "a member `init`"),
            (obj("hostile:Single") | {"name": "SINGLE", "dict": {"x": 1}}, "and given nothing"),
            (obj("hostile:Single") | {"name": "SINGLE", "state": 1}, "and given nothing"),
            (call("builtins:iter", [], kwargs={"x": 1}), "no arguments by name"),
        ]
    ),
    *(
        case(node, GONE, says, allow=MADE)
        for node, says in [
            (call("hostile:Plain.gone"), "`hostile:Plain.gone`"),
            (bound("hostile:Plain.made", "hostile:Elder"), "is no function"),
            (bound("hostile:Plain.made", "hostile:Rebuilt"), "is no function"),
            (bound("hostile:seat", "hostile:Plain"), "is no function"),
        ]
    ),
    *(
        case(obj(f"_io:{name}", **parts), INVALID, says)
        for name, parts, says in [
            ("StringIO", {"state": ["a", "\n", 0], "dict": {"close": 1}}, "`close`"),
            ("StringIO", {"state": ["a", "\n", 0, {"close": 1}]}, "ends of lines"),
            ("StringIO", {"state": ["a", None, 0, ["\r", "\n"]]}, "ends of lines"),
            ("StringIO", {"state": ["a", None, 0, [], 1]}, "no array of its content"),
            ("StringIO", {"state": ["a", "\n", -1]}, "_io:StringIO"),
            ("StringIO", {"state": ["a", "x", 0]}, "_io:StringIO"),
            ("StringIO", {"state": [1, "\n", 0]}, "of a wrong type"),
            ("StringIO", {"state": {"x": 1}}, "no array"),
            ("StringIO", {}, "no array"),
            ("StringIO", {"new": ["a"]}, "a member `new`"),
            ("BytesIO", {"state": ["a", 0]}, "of a wrong type"),
            ("BytesIO", {"state": [{"lc": "bytes", "v": ""}, 2**70]}, "_io:BytesIO"),
            ("BytesIO", {"state": [{"lc": "bytes", "v": ""}, True]}, "of a wrong type"),
        ]
    ),
    *(
        case({"lc": "deque", **parts}, BAD, says)
        for parts, says in [
            ({"maxlen": -1, "v": []}, "no number"),
            ({"maxlen": 2**70, "v": []}, "no number"),
            ({"maxlen": True, "v": []}, "no number"),
            ({"maxlen": [], "v": []}, "no number"),
            ({"maxlen": 0, "v": [1]}, "more elements"),
            ({"v": [1], "maxlen": 1}, "`maxlen`"),
            ({"maxlen": 1, "ref": 1, "v": []}, "`ref`"),
            ({"v": {}}, "no array"),
            ({"v": 1}, "no array"),
            ({}, "no elements"),
            ({"ref": 1}, "no elements"),
        ]
    ),
    case(shared(1, {"lc": "deque", "v": []}), BAD, "takes none"),
    *(
        case(node, INVALID, "an iterator is made of")
        for node in [
            call("builtins:iter", {"lc": "set", "v": [1]}),
            call("builtins:iter", {"x": 1}),
            call("builtins:iter", obj("collections:Counter", init=[{}])),
        ]
    ),
    case(
        call("builtins:iter", obj("hostile:Turning", items=[1])),
        INVALID,
        "an iterator is made of",
        allow=MADE,
    ),
    *(
        case(node, BAD, says, allow=MADE)
        for node, says in [
            ({"lc": "call", "of": "hostile:Plain", "id": "hostile:seat", "args": []}, "`of`"),
            ({"lc": "call", "id": "hostile:seat", "args": [], "of": "hostile:Plain"}, "`of`"),
            (bound("hostile:seat", 1), "wrong type"),
            (bound("hostile:seat", {}), "where a node has none"),
            (call("hostile:seat", 1, kwargs=[1]), "no map"),
            (obj("hostile:Rebuilt", init=[], state=1, setter="hostile:seat"), "`setter`"),
            (obj("hostile:Rebuilt", init=[], setter=1, state=1), "wrong type"),
            (obj("hostile:Rebuilt", init=[], setter={}, state=1), "where a node has none"),
            (obj("hostile:Rebuilt", init=[], setter="..", state=1), "not a well-formed name"),
        ]
    ),
]
