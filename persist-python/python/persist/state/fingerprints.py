"""A short text that changes when a class could read a saved state differently.

It covers the names of the bases, per field its name, annotation and constraints, the slots, and
whether pickling hooks, the constructor that they have called and validators are the same code. It
says nothing of the name under which the class's own module was loaded, and of defaults only what a
state may leave to them. Code counts by its syntax tree, so a fingerprint is the same under every
interpreter; by its instructions where the source is not there, or not what was loaded.
"""

from __future__ import annotations

import copyreg
import dataclasses
import enum
import linecache
import re
import sys
import typing
import weakref
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType
from typing import Any

from persist.state import declared, names
from persist.state.held import declared_slots

__all__ = ["code_of", "digest", "is_of", "record_of", "text_of"]

HOOKS = (
    "__getstate__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__reduce__",
    "__reduce_ex__",
    "__post_init__",
)

MAKERS = {
    "__getnewargs__": ("__new__",),
    "__getnewargs_ex__": ("__new__",),
    "__reduce__": ("__new__", "__init__"),
    "__reduce_ex__": ("__new__", "__init__"),
}
"""What is called with what a hook gives."""

SETTER = "__setstate__"
"""The hook that is given a state as it was saved, whatever its code is by now."""

INSTALLED = ("site-packages", "dist-packages", "<frozen")
"""What stands in the path of code that nobody edits in place."""

_ADDRESS = r" at 0x[0-9a-fA-F]+"

_DIGESTS: weakref.WeakKeyDictionary[FunctionType, tuple[CodeType, str]] = (
    weakref.WeakKeyDictionary()
)
"""What was worked out for functions, while they have this code: classes share those of a base."""


def record_of(
    cls: type, fields: Iterable[str] = (), code: Iterable[object] = ()
) -> dict[str, object]:
    """Returns what the metadata say of a class: its fingerprint, of 16 hex digits.

    Where the class lists its fields in a way of its own, `fields` has their names: the elements of
    a named tuple have none in the state.

    Where code of a program takes part, `compiled` is another over the instructions of this
    interpreter: a program that is shipped without its source has nothing else.

    Args:
        fields: A text per field that the class declares in a way of its own.
        code: The functions that take part in rebuilding, such as validators.
    """
    shape, functions = _shape_of(cls, fields), _functions_of(cls, code)
    record: dict[str, object] = {"fingerprint": digest([*shape, *sorted(map(code_of, functions))])}
    if not all(map(_is_installed, functions)):
        record["compiled"] = digest([*shape, *sorted(map(_compiled_code, functions))])
    listed = declared.listed_in(cls)
    is_told = bool(listed) and all(map(str.isidentifier, listed))
    return record | {"fields": listed} if is_told else record


def is_of(record: Mapping[str, object], written: object) -> bool:
    """Returns whether what a file says of a class is what would be said of it today."""
    known = written if isinstance(written, dict) else {}
    if known.get("fingerprint") == record.get("fingerprint"):
        return True
    compiled = record.get("compiled")
    return compiled is not None and known.get("compiled") == compiled


def _shape_of(cls: type, fields: Iterable[str]) -> list[str]:
    lines = [f"{_home_of(base)}.{base.__qualname__}" for base in cls.__mro__]
    lines += (f"slot {slot}" for base in cls.__mro__ for slot in declared_slots(base))
    lines += fields
    if dataclasses.is_dataclass(cls):
        lines += (_dataclass_field(field) for field in dataclasses.fields(cls))
    lines += declared.lines_of(cls, text_of)
    lines += [SETTER] if hasattr(cls, SETTER) else []
    return _relative(lines, cls.__module__)


def _relative(lines: list[str], module: str) -> list[str]:
    """Returns texts without the name of a class's own module, which may run under another."""
    own = {module, names.importable(module)}
    if own == {names.MAIN}:
        # A script may be imported as well, by its own name.
        own |= {names.main_script() or ""}
    text = "\n".join(lines)
    for name in sorted((name.removesuffix(".py") for name in own), key=len, reverse=True):
        text = text.replace(f"{name}.", "") if name else text
    running = names.importable(names.MAIN)
    return text.replace(f"{names.MAIN}.", f"{running}.").split("\n")


def _functions_of(cls: type, code: Iterable[object]) -> list[object]:
    own = (vars(base).get(hook) for base in cls.__mro__ if base is not object for hook in HOOKS)
    functions = [*own, *code, *declared.functions_of(cls), *_makers_of(cls)]
    return [function for function in functions if function is not None]


def _makers_of(cls: type) -> Iterable[object]:
    """Yields code of the program's own that makes an instance of what a hook has given."""
    listed = copyreg.dispatch_table.get(cls)
    if listed is not None and not _is_installed(listed):
        yield listed
    # Of a class that extends one of the standard library that one's own code takes instances apart.
    own = (base for base in cls.__mro__ if base.__module__ not in sys.stdlib_module_names)
    hooks = (name for base in own for name in MAKERS if name in vars(base))
    called = dict.fromkeys(name for hook in hooks for name in MAKERS[hook])
    for name in called or (MAKERS["__reduce__"] if listed is not None else ()):
        maker = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
        inner = _inner(maker)
        # What a decorator has written says what the fields say, which count already.
        if inner and not (_is_installed(inner) or inner.__code__.co_filename.startswith("<")):
            yield inner


def text_of(value: object) -> str:
    """Returns the repr of an annotation or default, free of addresses and of hash order."""
    try:
        text = repr(value)
    except Exception:
        return f"<{type(value).__qualname__}>"
    if " at 0x" in text:
        text = re.sub(_ADDRESS, "", text)
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
    """Returns a digest of a function's code."""
    inner = _inner(function)
    if inner is None:
        return text_of(function)
    code, known = _DIGESTS.get(inner, (None, ""))
    if code is not inner.__code__:
        code = inner.__code__
        known = _lines_of(inner) if _is_installed(inner) else _source_of(inner)
        _DIGESTS[inner] = code, known
    return known


def _inner(function: Any) -> FunctionType | None:
    """Returns the function that lies in a method, a class method or the like, None without one."""
    while not isinstance(function, FunctionType):
        unwrapped = getattr(function, "__func__", None) or getattr(function, "func", None)
        if unwrapped is None:
            return None
        function = unwrapped
    return function


def _is_installed(function: object) -> bool:
    """Returns whether code is none of the program's own: of an installed package, or in C."""
    inner = _inner(function)
    if inner is None:
        return True
    path, module = inner.__code__.co_filename, str(inner.__module__)
    is_standard = module.partition(".")[0] in sys.stdlib_module_names
    return is_standard or any(part in path for part in INSTALLED)


def _source_of(function: FunctionType) -> str:
    """Returns a digest of the source that was loaded, or of the code where that is not there."""
    from persist.state import locations

    module = function.__globals__.get("__name__")
    tree = locations.tree_with(function, module) if type(module) is str else None
    found = None if tree is None else tree.locate(function.__code__)
    return locations.structural_hash(function.__code__) if found is None else found.digest


def _compiled_code(function: object) -> str:
    from persist.state import locations

    inner = _inner(function)
    return text_of(function) if inner is None else locations.structural_hash(inner.__code__)


def _lines_of(function: FunctionType) -> str:
    """Returns a digest of a function's lines, which a file that was installed keeps."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    source = lines[code.co_firstlineno - 1 : _last_line(code)]
    if not source:
        version = f"{sys.implementation.cache_tag}"
        return _hashed(version.encode() + code.co_code)
    return digest([line.strip() for line in source])


def digest(lines: Iterable[str]) -> str:
    """Returns 16 hex digits over lines of text."""
    return _hashed("\n".join(lines).encode("utf-8", "surrogatepass"))


def _hashed(data: bytes) -> str:
    # It loads a library of ciphers, which builtin values do without.
    import hashlib

    return hashlib.sha256(data).hexdigest()[:16]


def _last_line(code: CodeType) -> int:
    inner = (_last_line(const) for const in code.co_consts if isinstance(const, CodeType))
    own = (line for _, _, line in code.co_lines() if line is not None)
    return max([code.co_firstlineno, *own, *inner])


def _dataclass_field(field: dataclasses.Field[Any]) -> str:
    # An instance has none of its own where the constructor does not take it.
    is_told = field.default is not dataclasses.MISSING and not field.init
    default = text_of(field.default) if is_told else ""
    annotation = field.type if isinstance(field.type, str) else text_of(field.type)
    return f"field {field.name} {annotation} {default} {field.init} {field.kw_only}"
