"""What the examples of a prompt may be, which are formatted twice.

First each by itself, then all of them as a part of the template. So none may bring along a field of
its own, whoever picks it: what cannot be looked into in advance is refused.
"""

from __future__ import annotations

import string
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from persist.adapters import _tables, _templates
from persist.state import names
from persist.state.held import attributes_of

__all__ = ["trouble_of"]

PLAIN = (type(None), bool, int, float, str)
CONTAINERS = (dict, list, tuple, set, frozenset)

MAX_CHARACTERS = 2**26
"""Of all examples as they are formatted here: a thousand of them may share one long template."""

STORE = "langchain_core.vectorstores.in_memory:InMemoryVectorStore"

UNSEEN = "an example is no plain text that can be shown in advance"
HIDDEN = "its examples stand where they cannot be looked at in advance"


class _UnseenError(Exception):
    """The examples of a prompt are not all in sight."""


def trouble_of(made: Any) -> str | None:
    """Returns what is wrong with the examples of a prompt, or None."""
    held = vars(made)
    if held.get("template_format") != "f-string":
        return None
    around = [held.get(name) for name in ("prefix", "suffix", "example_separator")]
    prompt = held.get("example_prompt")
    try:
        examples = list(_examples(held))
        shown = _shown(prompt, examples) if examples else ()
        return next(filter(None, map(_unsafe, (*around, *shown))), None) or _free_text(held)
    except _UnseenError as error:
        return str(error)


def _free_text(held: Mapping[str, Any]) -> str | None:
    """Returns what is wrong where a selector of the program's own picks the examples.

    Neither what it holds nor what stands around it has a brace, so nothing makes a field.
    """
    selector = held.get("example_selector")
    if selector is None or _is_listed(selector):
        return None
    template = attributes_of(held.get("example_prompt")).get("template")
    texts = [*_texts(attributes_of(selector).values()), *_literals(template)]
    is_free = not any("{" in text or "}" in text for text in texts)
    return None if is_free else HIDDEN


def _examples(held: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the examples of a prompt, of those selectors and stores that have a row."""
    selector = held.get("example_selector")
    places = [held.get("examples")]
    if selector is not None and _is_listed(selector):
        chosen = attributes_of(selector)
        if "vectorstore" in chosen:
            yield from _stored(chosen["vectorstore"])
        else:
            places.append(chosen.get("examples"))
    for place in places:
        if place is not None:
            yield from _all_of(place)


def _stored(store: object) -> Iterator[dict[str, Any]]:
    if names.name_of(type(store)) != STORE:
        raise _UnseenError(HIDDEN)
    documents = attributes_of(store).get("store")
    if type(documents) is not dict:
        raise _UnseenError(HIDDEN)
    for document in _all_of(list(documents.values())):
        yield from _all_of([document.get("metadata")])


def _all_of(place: Any) -> Iterator[dict[str, Any]]:
    # Of a class that extends a plain one, others see more than what it holds as such.
    if type(place) is not list or any(type(one) is not dict for one in place):
        raise _UnseenError(HIDDEN)
    found: Iterator[dict[str, Any]] = iter(place)
    return found


def _is_listed(selector: object) -> bool:
    name = names.name_of(type(selector))
    return name is not None and _tables.row_of(name) is not None


def _shown(made: Any, examples: list[dict[str, Any]]) -> Iterator[str]:
    """Yields each example as it will stand in the template."""
    prompt = attributes_of(made)
    template, fixed = prompt.get("template"), prompt.get("partial_variables")
    if type(template) is not str or type(fixed) is not dict:
        raise _UnseenError(UNSEEN)
    if prompt.get("template_format") != "f-string":
        raise _UnseenError(UNSEEN)
    fields, length = _fields_of(template)
    variables = prompt.get("input_variables")
    own = variables if type(variables) is list else []
    room = MAX_CHARACTERS
    for example in examples:
        values = {name: _told(value) for name, value in fixed.items()}
        values |= {name: example.get(name) for name in own}
        if not all(type(name) is str and type(it) in PLAIN for name, it in values.items()):
            raise _UnseenError(UNSEEN)
        room -= length + sum(_length_of(values.get(name)) for name in fields)
        if room < 0:
            raise _UnseenError(f"its examples are more than {MAX_CHARACTERS} characters")
        try:
            yield string.Formatter().vformat(template, (), values)
        except Exception:
            raise _UnseenError(UNSEEN) from None


def _told(value: object) -> object:
    """Returns what stands for a variable: what a function of the program gives is its own."""
    is_own = isinstance(value, types.FunctionType) and names.name_of(value) is not None
    return "" if is_own else value


def _fields_of(template: str) -> tuple[list[str], int]:
    """Returns the fields of a template, and the characters that it has or asks for beside them."""
    if _templates.trouble_of(template) is not None or _unsafe(template) is not None:
        raise _UnseenError(UNSEEN)
    parsed = list(string.Formatter().parse(template))
    fields = [name for _, name, _, _ in parsed if name is not None]
    return fields, len(template) + _templates.asked_for(parsed)


def _length_of(value: object) -> int:
    # At most as long as its `repr` in ASCII, or as a number in binary digits.
    if isinstance(value, str):
        return 10 * len(value)
    return value.bit_length() if isinstance(value, int) else 0


def _unsafe(piece: object) -> str | None:
    """Returns what is wrong with a piece of a template, by the rules of the template's class."""
    if type(piece) is not str:
        return UNSEEN
    try:
        sys.modules["langchain_core.prompts.string"].validate_f_string_template(piece)
    except ValueError as error:
        return f"an example, or what stands around them, is no template: {error}"
    return _templates.trouble_of(piece)


def _literals(template: object) -> Iterator[str]:
    if type(template) is not str:
        raise _UnseenError(UNSEEN)
    for literal, _, _, _ in string.Formatter().parse(template):
        yield literal


def _texts(values: Iterable[object]) -> Iterator[str]:
    """Yields all text among plain values.

    Raises:
        _UnseenError: Something else is among them.
    """
    waiting, seen = list(values), set[int]()
    while waiting:
        one = waiting.pop()
        if type(one) is str:
            yield one
        elif isinstance(one, CONTAINERS) and type(one) in CONTAINERS:
            if id(one) not in seen:
                seen.add(id(one))
                waiting += [*one, *one.values()] if isinstance(one, dict) else [*one]
        elif type(one) not in PLAIN:
            raise _UnseenError(HIDDEN)
