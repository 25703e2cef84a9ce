"""Fields that a class of LangChain declares secret, and what hides a secret in any field.

A field that is declared secret stands in a text as LangChain's node, which has room for a name
alone. So the type of what stood there is told by the field's annotation; what that does not tell
stands there by a node of ours, or is refused.
"""

from __future__ import annotations

from typing import Any

from persist.state.plans import Pieces
from persist.state.text import quote
from pydantic import SecretBytes, SecretStr

__all__ = ["describe", "hidden_in", "is_given_back", "kind_of", "trouble_with"]

_KINDS: dict[str, type] = {"SecretStr": SecretStr, "SecretBytes": SecretBytes}


def kind_of(cls: type, field: str) -> str | None:
    """Returns what a field's annotation says to hide its secret in, None where it says nothing."""
    info: Any = getattr(cls, "__pydantic_fields__", {}).get(field)
    annotation = str(getattr(info, "annotation", ""))
    return next((kind for kind in _KINDS if kind in annotation), None)


def hidden_in(value: Any) -> Any:
    """Returns what a `SecretStr` or `SecretBytes` hides; any other value as it is."""
    return value.get_secret_value() if isinstance(value, SecretStr | SecretBytes) else value


def is_given_back(cls: type, field: str, value: object) -> bool:
    """Returns whether the node of a field's secret gives back a value of just this type."""
    kind = kind_of(cls, field)
    is_plain = type(hidden_in(value)) is (bytes if kind == "SecretBytes" else str)
    return is_plain and type(value) is (str if kind is None else _KINDS[kind])


def trouble_with(cls: type, field: str, value: object) -> str | None:
    """Returns why a secret of a field can stand in no text without its value, or None.

    What hides itself has a node that says how.
    """
    kind = kind_of(cls, field)
    if is_given_back(cls, field, value) or type(value) in _KINDS.values():
        return None
    shown = f"its field `{field}` is declared secret, and holds a `{type(value).__name__}`"
    return f"{shown} that would come back as a `{kind or 'str'}`"


def describe(kind: str, of: type, value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of a secret of this kind, or why nobody could give it back."""
    inner: object = vars(value).get("_secret_value")
    if len(vars(value)) != 1 or type(inner) is not of:
        return f"it holds something else than what a `{type(value).__name__}` hides"
    head = f'{{"lc":"secret","type":{quote(kind)}'
    if session.keeps_secrets:
        session.has_news = True
        return head, [',"v":', (".get_secret_value()", inner), "}"]
    return head, [f',"name":{quote(session.omit(context, inner))}}}']
