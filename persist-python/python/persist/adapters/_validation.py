"""pydantic's own errors: what a validation refused, line by line, built anew by pydantic itself.

An error keeps its lines where nothing but itself reads them. What it tells of them makes another
error, and only where that one tells the same it is saved.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from persist.state import effort, plans, problems, raised, weight
from persist.state.plans import Pieces, Plan
from pydantic_core import PydanticCustomError, ValidationError

__all__ = ["builder_of", "plan_for"]

TOLD = ("title", "lines", "mode", "hides_input")
PARTS = ("args", "cause", "context", "suppress", "dict", "members", "missing")
MAX_STEPS, EARNED = 1 << 24, 1 << 12
"""Characters that are gone through for the names of contexts, and what each line adds to that."""

TEXT_BYTES, WIDE = 8, 4
"""What is kept of each text beside its characters, and of one of these outside ASCII."""

LINE = {"type", "loc", "msg", "input", "ctx", "custom"}
MODES = ("python", "json")
PLAIN = (type(None), bool, int, float, str)


def plan_for(cls: type) -> Plan:
    """Returns the plan of pydantic's error; nothing extends it."""
    return plans.described(
        cls,
        functools.partial(_describe, plans.forbidden_names(cls, set())),
        is_whole=True,
        takes=["args", "members", "cause", "context", "suppress"],
        **plans.state_of(cls, ()),
    )


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds an error from the parts of its node."""
    return functools.partial(_build, plan)


def _describe(
    forbidden: frozenset[str], value: ValidationError, context: str, session: Any
) -> Pieces | str:
    usual = raised.describe(forbidden, value, context, session)
    if isinstance(usual, str):
        return usual
    made_of: Any = value.__reduce__()[1]
    title, _, mode, hides_input = made_of
    rows = value.errors(include_url=True)
    told = {"title": title, "lines": [_line_of(row) for row in rows]}
    told |= {"mode": mode, "hides_input": hides_input}
    effort.add_room(sum(map(_size_bytes, told["lines"])))
    try:
        rebuilt = _rebuilt(told).errors(include_url=True)
    except Exception as error:
        return f"pydantic makes no error of what it tells: {type(error).__qualname__}"
    for row, again in zip(rows, rebuilt, strict=True):
        if not _is_like(row, again):
            return f"pydantic makes another error of its line for `{_place_of(row)}`"
    head, made, rest = usual
    pieces: list[Any] = [None, *made, *rest[:-1], ',"members":{']
    for at, name in enumerate(TOLD):
        pieces += [f'{"," * (at > 0)}"{name}":', (f".{name}", told[name])]
    return head, [*pieces, "}}"]


def _place_of(row: Mapping[str, Any]) -> str:
    return ".".join(map(str, row["loc"]))


def _line_of(row: Mapping[str, Any]) -> dict[str, Any]:
    line = {name: row[name] for name in ("type", "msg", "input")} | {"loc": list(row["loc"])}
    if row.get("ctx"):
        line["ctx"] = row["ctx"]
    # Only the kinds of error that pydantic has itself lead to a page.
    return line if "url" in row else line | {"custom": True}


def _rebuilt(told: Mapping[str, Any]) -> ValidationError:
    """Returns an error with these lines.

    Raises:
        ValueError: A line is not what pydantic tells.
    """
    if type(told["title"]) is not str or type(told["lines"]) is not list:
        raise ValueError("its title is no text, or its lines are no array")
    if told["mode"] not in MODES or type(told["hides_input"]) is not bool:
        raise ValueError("it says of no input whether that was JSON, or is shown")
    given: list[Any] = [_given(line, told["mode"]) for line in told["lines"]]
    made = ValidationError.from_exception_data(
        told["title"],
        given,
        input_type=told["mode"],
        hide_input=told["hides_input"],
    )
    # Building it leaves what it was built of among its arguments; one that was raised has none.
    vars(BaseException)["args"].__set__(made, ())
    return made


def _given(line: Any, mode: Any) -> dict[str, Any]:
    if type(line) is not dict or not LINE - {"ctx", "custom"} <= line.keys() <= LINE:
        raise ValueError("a line of it has other members than pydantic tells")
    kind, message, steps = line["type"], line["msg"], line["loc"]
    if type(kind) is not str or type(message) is not str or type(steps) is not list:
        raise ValueError("a line of it has no type, text or place")
    if not all(type(step) in (str, int) for step in steps):
        raise ValueError("the place of a line of it is no path")
    context = line.get("ctx")
    if context is not None and (type(context) is not dict or {*map(type, context)} - {str}):
        raise ValueError("the context of a line of it is no map of texts")
    # pydantic copies the texts of each line, also where one stands for many.
    if effort.is_too_large(_size_bytes(line)):
        raise ValueError(effort.SWOLLEN)
    # Whoever asks for the lines has it shown, whatever it is.
    held = [it for it in (context or {}).values() if type(it) not in PLAIN]
    if held and not weight.is_soon_shown(held, _inputs_of):
        raise ValueError("the context of a line of it holds too much to be shown")
    given: dict[str, Any] = {"type": kind, "loc": tuple(steps), "input": line["input"]}
    if line.get("custom") or not _says(given | {"ctx": context or {}}, mode, message):
        return given | {"type": _custom(kind, message, context)}
    return given | ({"ctx": context} if context else {})


def _size_bytes(line: Mapping[str, Any]) -> int:
    """Returns how much of a line pydantic copies."""
    context = line.get("ctx") or {}
    held = [line["type"], line["msg"], *line["loc"], *context, *context.values()]
    texts = (len(it) * (1 if it.isascii() else WIDE) for it in held if isinstance(it, str))
    numbers = (it.bit_length() // 8 for it in held if isinstance(it, int))
    return TEXT_BYTES * len(held) + sum(texts) + sum(numbers)


def _inputs_of(thing: Any) -> list[Any] | None:
    """Returns what an error shows that stands in another one, None for anything else.

    Nor does it say so of one whose texts are copied too often: nobody looks into that.
    """
    if not isinstance(thing, ValidationError):
        return None
    rows = thing.errors(include_url=False, include_context=False)
    is_too_large = effort.is_too_large(sum(len(row["msg"]) for row in rows))
    return None if is_too_large else [row["input"] for row in rows]


def _custom(kind: str, message: str, context: dict[str, Any] | None) -> PydanticCustomError:
    # The text is the finished one: what it names of the context was put in before it was saved.
    names = context or {}
    is_long = effort.is_overspent("named", len(names) * len(message) - EARNED, MAX_STEPS)
    if is_long or any(f"{{{it}}}" in message for it in names):
        raise ValueError("the text of a line of it has room for its context, or is too long")
    return PydanticCustomError(kind, message, context)


def _says(given: dict[str, Any], mode: Any, message: str) -> bool:
    """Returns whether pydantic still has this text for this kind of error.

    Of what holds more than plain values it is not asked: showing that may take for ever.
    """
    if not all(type(value) in PLAIN for value in given["ctx"].values()):
        return True
    line: Any = given | {"input": None}
    made = ValidationError.from_exception_data("", [line], input_type=mode)
    return made.errors(include_input=False, include_context=False)[0]["msg"] == message


def _is_like(one: Any, other: Any) -> bool:
    """Returns whether two values are one, or the same plain ones: what JSON holds is read anew."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_is_like(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_is_like, one, other))
    return type(one) in PLAIN and repr(one) == repr(other)


def _build(plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    told, held = parts.get("members"), parts.get("dict", {})
    strange = parts.keys() - set(PARTS)
    if type(told) is not dict or told.keys() != set(TOLD) or strange:
        raise problems.invalid_state(plan.name, "it has other members than an error")
    hidden = plans.forbidden_names(plan.class_, set()) & held.keys()
    if hidden:
        raise problems.invalid_state(plan.name, f"it has an attribute `{min(hidden)}`")
    try:
        made = _rebuilt(told)
        rest = {name: part for name, part in parts.items() if name != "members"}
        raised.fill(ValueError, made, rest)
    except Exception as error:
        reason = str(error) if type(error) is ValueError else type(error).__qualname__
        raise problems.invalid_state(plan.name, reason) from error
    vars(made).update(held)
    return made
