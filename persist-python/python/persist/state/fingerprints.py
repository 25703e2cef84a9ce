"""A short text that changes when a class could read a saved state differently.

It covers the names of the bases, per field its name, annotation, default and constraints, the
slots, and whether pickling hooks and validators are the same code. Code counts by its source
lines, so a fingerprint is the same under every interpreter.
"""

from __future__ import annotations

import dataclasses
import enum
import linecache
import re
import sys
import typing
import weakref
from collections.abc import Iterable
from types import CodeType, FunctionType
from typing import Any

from persist.state import declared
from persist.state.held import declared_slots

__all__ = ["code_of", "fingerprint", "text_of"]

HOOKS = (
    "__getstate__",
    "__setstate__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__reduce__",
    "__reduce_ex__",
    "__post_init__",
)

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

_DIGESTS: weakref.WeakKeyDictionary[FunctionType, tuple[CodeType, str]] = (
    weakref.WeakKeyDictionary()
)
"""What was worked out for functions, while they have this code: classes share those of a base."""


def fingerprint(cls: type, fields: Iterable[str] = (), code: Iterable[object] = ()) -> str:
    """Returns 16 hex digits over everything named above.

    Args:
        fields: One text per field, where the class declares them in a way of its own.
        code: Functions that take part in rebuilding, such as validators.
    """
    lines = [f"{_home_of(base)}:{base.__qualname__}" for base in cls.__mro__]
    lines += (f"slot {slot}" for base in cls.__mro__ for slot in declared_slots(base))
    lines += fields
    if dataclasses.is_dataclass(cls):
        lines += (_dataclass_field(field) for field in dataclasses.fields(cls))
    lines += declared.lines_of(cls, text_of)
    own = (vars(base).get(hook) for base in cls.__mro__ if base is not object for hook in HOOKS)
    functions = [*own, *code, *declared.functions_of(cls)]
    lines += sorted(code_of(function) for function in functions if function is not None)
    return _hashed("\n".join(lines).encode("utf-8", "surrogatepass"))


def text_of(value: object) -> str:
    """Returns the repr of an annotation or default, free of addresses and of hash order."""
    try:
        text = _ADDRESS.sub("", repr(value))
    except Exception:
        return f"<{type(value).__qualname__}>"
    if "[" in text:
        text = _at_home(text, value)
    # Whatever shows the order of a set shows a brace.
    return _parts_of(value) if "{" in text else text


def _home_of(cls: type) -> str:
    """Returns the module of a class; of a generic with arguments, that of the generic.

    The class that a generic with arguments is has the module of whoever gave them first: another in
    each process.
    """
    plain, bracket, _ = cls.__qualname__.partition("[")
    bases = cls.__mro__ if bracket else ()
    return next((base.__module__ for base in bases if base.__qualname__ == plain), cls.__module__)


def _at_home(text: str, annotation: object) -> str:
    """Returns the text of an annotation with generics in it by the modules that they lie in."""
    pending = [annotation]
    while pending:
        part = pending.pop()
        if isinstance(part, type) and "[" in getattr(part, "__qualname__", ""):
            name = part.__qualname__
            text = text.replace(f"{part.__module__}.{name}", f"{_home_of(part)}.{name}")
        pending += part if isinstance(part, list) else typing.get_args(part)
    return text


def _parts_of(value: Any) -> str:
    """Returns the same for what may show a set, from the texts of its parts."""
    kind = type(value)
    name = kind.__qualname__
    if kind in (set, frozenset):
        return f"{name}({sorted(map(text_of, value))})"
    if kind in (list, tuple):
        return f"{name}({', '.join(map(text_of, value))})"
    if kind is dict:
        return "{" + ", ".join(f"{text_of(key)}: {text_of(value[key])}" for key in value) + "}"
    if isinstance(value, enum.Enum):
        return f"<{name}.{value.name}>"
    if (origin := typing.get_origin(value)) is not None:
        return f"{text_of(origin)}[{', '.join(map(text_of, typing.get_args(value)))}]"
    if dataclasses.is_dataclass(kind):
        held = (
            f"{f.name}={text_of(getattr(value, f.name, None))}" for f in dataclasses.fields(value)
        )
        return f"{name}({', '.join(held)})"
    return f"<{name}>"


def code_of(function: object) -> str:
    """Returns a digest of a function's source, or of its code where there is no source."""
    inner: Any = function
    while not isinstance(inner, FunctionType):
        unwrapped = getattr(inner, "__func__", None) or getattr(inner, "func", None)
        if unwrapped is None:
            return text_of(function)
        inner = unwrapped
    code, digest = _DIGESTS.get(inner, (None, ""))
    if code is not inner.__code__:
        code = inner.__code__
        digest = _digest_of(code)
        _DIGESTS[inner] = code, digest
    return digest


def _digest_of(code: CodeType) -> str:
    lines = linecache.getlines(code.co_filename)
    source = lines[code.co_firstlineno - 1 : _last_line(code)]
    if not source:
        version = f"{sys.implementation.cache_tag}"
        return _hashed(version.encode() + code.co_code)
    return _hashed("\n".join(line.strip() for line in source).encode("utf-8", "surrogatepass"))


def _hashed(data: bytes) -> str:
    # It loads a library of ciphers, which builtin values do without.
    import hashlib

    return hashlib.sha256(data).hexdigest()[:16]


def _last_line(code: CodeType) -> int:
    inner = (_last_line(const) for const in code.co_consts if isinstance(const, CodeType))
    own = (line for _, _, line in code.co_lines() if line is not None)
    return max([code.co_firstlineno, *own, *inner])


def _dataclass_field(field: dataclasses.Field[Any]) -> str:
    factory = getattr(field.default_factory, "__qualname__", "")
    default = text_of(field.default) if field.default is not dataclasses.MISSING else factory
    annotation = field.type if isinstance(field.type, str) else text_of(field.type)
    return f"field {field.name} {annotation} {default} {field.init} {field.kw_only}"
