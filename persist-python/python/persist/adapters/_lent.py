"""What constructors are lent in the place of values that they make and do not take.

The embeddings of Mistral fetch a tokenizer where they are given none, and where that fails they
keep one that counts characters. Given that very one they refuse it: it has not the declared type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from persist.state import names

__all__ = ["made_of"]


def made_of(cls: Any, lends: tuple[str, ...], arguments: Mapping[str, Any]) -> Any:
    """Returns what a class's constructor makes of arguments, with those that it does not take."""
    kept = {
        name: arguments[name]
        for name in lends
        if name in arguments and names.name_of(type(arguments[name])) in STAND_INS
    }
    if not kept:
        return cls(**arguments)
    lent = {name: STAND_INS[str(names.name_of(type(value)))]() for name, value in kept.items()}
    made = cls(**{**arguments, **lent})
    vars(made).update(kept)
    return made


def _empty_tokenizer() -> object:
    import tokenizers

    return tokenizers.Tokenizer(tokenizers.models.BPE())


STAND_INS: dict[str, Callable[[], object]] = {
    "langchain_mistralai.embeddings:DummyTokenizer": _empty_tokenizer
}
