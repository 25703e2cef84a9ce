"""Names in a state text, and the way from a thing to its name and back.

A name is `module` for a module and `module:qualname` for what it defines. It is canonical: every
step lies in the `vars()` of the step before, and what is found has exactly this module and this
qualified name. So no name reaches what another module merely imports, and looking one up runs
nothing but the import of its own module.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from persist.exceptions import RebuildError
from persist.state.admitted import METHOD_OWNERS, NAMELESS_METHODS, PROTOCOL
from persist.state.record import Record

__all__ = [
    "IS_METHOD",
    "MAIN",
    "Name",
    "find",
    "held_by",
    "importable",
    "imported",
    "is_dunder",
    "is_identifier",
    "is_name",
    "is_of_random",
    "is_told",
    "is_wrapper",
    "loaded",
    "main_script",
    "method_name",
    "name_of",
    "namespace",
    "split",
    "split_location",
    "walk",
]

MAIN = "__main__"

IS_METHOD = 1 << 17
"""Flag of a type whose things become methods as functions do."""

# No real name comes near it; a longer one is an attack on whoever prints or splits it.
MAX_NAME_CHARACTERS = 1_000

# Module files may have a hyphen (`my-agent.py`); a slash would lead the import out of its package.
_HYPHENATED = r"[A-Za-z0-9_]+(-[A-Za-z0-9_]+)+"

# Slots of `type` and of modules, taken from the base itself: a metaclass or a module class may
# answer for `__module__`, `__qualname__` and `__dict__` with code of its own.
_class_module = vars(type)["__module__"].__get__
_class_qualname = vars(type)["__qualname__"].__get__
_class_vars = vars(type)["__dict__"].__get__
_module_vars = vars(ModuleType)["__dict__"].__get__


class Name(Record):
    """A name in its two halves; `qualname` is empty for a module."""

    module: str
    qualname: str


def split(name: object) -> Name | None:
    """Returns the halves of a well-formed name, `None` for anything else; imports nothing.

    Well-formed: parts that are identifiers in normal form NFKC, as the compiler would have
    written them, none of them with two underscores at both ends. `__main__` as the last part of
    the module, a slot of a plain value type (`builtins:list.__len__`), what an operator or a
    statement calls of any class outside the standard library (`myapp:Agent.__call__`) and two
    functions of `builtins` are the exceptions.
    """
    if type(name) is not str or not 0 < len(name) <= MAX_NAME_CHARACTERS:
        return None
    return _halves(name)


@functools.lru_cache(maxsize=4096)
def _halves(name: str) -> Name | None:
    module, colon, qualname = name.partition(":")
    *parents, last = module.split(".")
    if not all(map(_is_module_part, parents)) or not (last == MAIN or _is_module_part(last)):
        return None
    is_special = _is_slot_path(module, qualname) or _is_protocol(parents or [last], qualname)
    if colon and not (_is_path(qualname) or is_special):
        return None
    return Name(module, qualname)


def split_location(name: object) -> Name | None:
    """Returns the halves of the name of a code location, `None` for anything else.

    It says where code stands, and is never looked up step by step: it may pass through functions
    (`outer.<locals>.inner`), also through those with two underscores at both ends.
    """
    if type(name) is not str or not 0 < len(name) <= MAX_NAME_CHARACTERS:
        return None
    module, _, qualname = name.partition(":")
    found = split(module)
    if found is None or found.qualname or not _is_place(qualname):
        return None
    return Name(module, qualname)


def is_name(name: object) -> bool:
    """Returns whether this is a well-formed name; nothing is imported."""
    return split(name) is not None


def name_of(thing: object) -> str | None:
    """Returns the name that leads back to this very class, function or module, else `None`.

    What a script defines is named by the module's importable name where it was started with
    `python -m`, else by `__main__`. Methods bound to an object have no name of their own.
    """
    if issubclass(type(thing), ModuleType):
        name = _module_vars(thing).get("__name__")
        found = split(name)
        return name if found and not found.qualname and loaded(found.module) is thing else None
    claim = _claim_of(thing)
    if claim is None or _walk(sys.modules.get(claim.module), claim.qualname) is not thing:
        return None
    name = f"{importable(claim.module)}:{claim.qualname}"
    return name if is_name(name) else None


def find(name: str) -> object:
    """Imports the module of an admitted name and returns what the name leads to.

    The caller has asked the policy first: importing runs the module.

    Raises:
        RebuildError: `missing_package`, the module or something it needs is not installed or
            fails to import; `missing_name`, the module no longer has it under this name.
    """
    halves = split(name)
    if halves is None:
        raise _missing(name, "it is not a well-formed name")
    module = loaded(halves.module)
    if module is None:
        module = imported(halves.module)
    if not halves.qualname:
        is_script = halves.module == importable(MAIN)
        if is_script or _is_module_named(module, halves.module):
            return module
        raise _missing(name, "the module goes by another name")
    found = _walk(module, halves.qualname)
    claim = _claim_of(found)
    if claim is None or (importable(claim.module), claim.qualname) != halves:
        raise _moved(name, halves.module, found)
    return found


def namespace(cls: object) -> dict[str, object]:
    """Returns a copy of what a class itself has, past any code of its metaclass."""
    # A type of an extension may be there before it is made ready, with nothing at all.
    return dict(_class_vars(cls) or ())


def held_by(cls: type, name: str, otherwise: object) -> object:
    """Returns what a class or a base of it has under a name, past any code of its metaclass."""
    for base in cls.__mro__:
        held = _class_vars(base) or {}
        if name in held:
            return held[name]
    return otherwise


def main_script() -> str | None:
    """Returns the file name of the running script, without its folder; `None` at a prompt."""
    path = _module_vars(sys.modules[MAIN]).get("__file__")
    return os.path.basename(path) if type(path) is str else None


def _is_module_part(part: str) -> bool:
    return _is_step(part) or re.fullmatch(_HYPHENATED, part) is not None


def _is_step(part: str) -> bool:
    return not is_dunder(part) and is_identifier(part)


def split_elements(text: str) -> tuple[str, tuple[str, ...] | None]:
    """Returns a name in a text, and the fields that it says a named tuple had, None where none."""
    name, opening, fields = text.partition("(")
    if not opening or not fields.endswith(")"):
        return text, None
    return name, tuple(fields[:-1].split(" "))


def is_dunder(name: str) -> bool:
    """Returns whether a name has two underscores at both ends."""
    return name.startswith("__") and name.endswith("__")


def is_identifier(part: str) -> bool:
    """Returns whether this is an identifier as the compiler would have written it."""
    return part.isidentifier() and (part.isascii() or unicodedata.normalize("NFKC", part) == part)


def is_told(text: str) -> bool:
    """Returns whether a text can be told in an error: it has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_place(qualname: str) -> bool:
    steps = qualname.split(".")
    return steps[-1] not in ("<genexpr>", "<locals>") and all(
        _is_step(step) or _is_scope(step, following)
        for step, following in zip(steps, [*steps[1:], ""], strict=True)
    )


def _is_scope(step: str, following: str) -> bool:
    if step in ("<locals>", "<lambda>", "<genexpr>"):
        return True
    return following == "<locals>" and is_identifier(step)


def _is_path(qualname: str) -> bool:
    return all(map(_is_step, qualname.split(".")))


def _is_slot_path(module: str, qualname: str) -> bool:
    owner, _, slot = qualname.partition(".")
    if module == "builtins" and qualname in ("__build_class__", "__import__"):
        return True
    is_owned = f"{module}:{owner}" in METHOD_OWNERS and slot not in NAMELESS_METHODS
    return is_owned and slot.isidentifier()


def _is_protocol(module: list[str], qualname: str) -> bool:
    owner, _, method = qualname.rpartition(".")
    # Of the standard library only plain value types have such methods that may be named.
    is_own = module[0] not in sys.stdlib_module_names
    return is_own and method in PROTOCOL and _is_path(owner)


def _claim_of(thing: Any) -> Name | None:
    """Returns the name a class or function says it has, true or not."""
    kind = type(thing)
    claim: Name | None
    if issubclass(kind, type):
        claim = Name._make((_class_module(thing), _class_qualname(thing)))
    elif kind is FunctionType:
        claim = Name._make((thing.__module__, thing.__qualname__))
    elif is_of_random(thing):
        claim = Name("random", thing.__name__)
    elif kind is BuiltinFunctionType:
        module: Any = thing.__module__
        claim = Name._make((module, thing.__qualname__))
        # A static method of a builtin type says only whose it is.
        if module is None and f"builtins:{claim.qualname.partition('.')[0]}" in METHOD_OWNERS:
            claim = Name("builtins", claim.qualname)
    elif kind is MethodDescriptorType or kind is WrapperDescriptorType:
        claim = split(method_name(thing.__objclass__, thing.__name__))
    elif is_wrapper(thing):
        claim = Name(thing.__module__, thing.__qualname__)
    else:
        return None
    return claim if claim is not None and type(claim[0]) is type(claim[1]) is str else None


def method_name(owner: type, method: str) -> str | None:
    """Returns the name of a method that a plain value type has itself, else `None`."""
    name = name_of(owner)
    if name not in METHOD_OWNERS or method in NAMELESS_METHODS:
        return None
    return f"{name}.{method}"


def is_of_random(thing: Any) -> bool:
    """Returns whether this is what `random` has for a function: a method of its one generator.

    That generator is the process's own: it has no name, and a copy would draw something else.
    """
    if type(thing) is not MethodType and type(thing) is not BuiltinFunctionType:
        return False
    hidden = getattr(sys.modules.get("random"), "_inst", None)
    return hidden is not None and thing.__self__ is hidden


def is_wrapper(thing: object) -> bool:
    """Returns whether a thing is called as a function is, and made in C: a cached function is one.

    Of no class of a program: it would not inherit the flag that is asked for here.
    """
    return bool(type(thing).__flags__ & IS_METHOD) and type(thing) is not FunctionType


def importable(module: str) -> str:
    """Returns the name under which the module can be imported: differs for `__main__` alone."""
    if module != MAIN:
        return module
    spec = _module_vars(sys.modules[MAIN]).get("__spec__")
    if spec is None:
        return MAIN
    name = getattr(spec, "name", None)
    return name if type(name) is str and split(name) == Name(name, "") else MAIN


def loaded(name: str) -> object | None:
    """Returns the module where it is loaded already, the running script under its own name too."""
    return sys.modules.get(MAIN if name == importable(MAIN) else name)


def imported(module: str) -> object:
    """Returns a module by its name, which somebody has admitted: importing runs it.

    Raises:
        RebuildError: `missing_package`, or `missing_name`.
    """
    if module.rpartition(".")[2] == MAIN:
        raise RebuildError(
            f"could not look up `{module}`: it is the script of another program",
            kind="missing_name",
            hint="pass the class or function itself in `allow`",
        )
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as problem:
        if problem.name != module.partition(".")[0] and _is_within(module, problem.name):
            raise _missing(module, "its package no longer has it") from problem
        missing = (problem.name or module).partition(".")[0]
        raise RebuildError(
            f"could not import `{module}`: `{missing}` is not installed", kind="missing_package"
        ) from problem
    except Exception as problem:
        raise RebuildError(
            f"could not import `{module}`: {type(problem).__name__}: {problem}",
            kind="missing_package",
        ) from problem


def _is_within(module: str, name: str | None) -> bool:
    return name is not None and (module == name or module.startswith(f"{name}."))


def _is_module_named(module: object, name: str) -> bool:
    return issubclass(type(module), ModuleType) and _module_vars(module).get("__name__") == name


def _walk(module: object, qualname: str) -> object:
    is_module = issubclass(type(module), ModuleType)
    return walk(_module_vars(module), qualname) if is_module else None


def walk(holder: Mapping[str, object], qualname: str) -> Any:
    """Returns what the steps lead to, `None` where one is missing; runs no code of theirs."""
    *parents, last = qualname.split(".") if "." in qualname else (qualname,)
    for step in parents:
        inner = holder.get(step)
        if issubclass(type(inner), type):
            holder = _class_vars(inner)
        elif issubclass(type(inner), ModuleType):
            # What is found there must say itself that this is its name.
            holder = _module_vars(inner)
        else:
            return None
    found = holder.get(last)
    # A static method is called through its class as the plain function it wraps.
    return found.__func__ if type(found) is staticmethod else found


def _moved(name: str, module: str, found: object) -> RebuildError:
    """Returns the error for a name under which a module has something else, or nothing."""
    now = name_of(found) if isinstance(found, type) else None
    if now is None:
        return _missing(name, f"`{module}` does not define it")
    hint = "if it has moved, let it keep its name: set its `__module__` to what that was"
    return _missing(name, f"what `{module}` has there is `{now}` by now", hint)


def _missing(name: str, reason: str, hint: str | None = None) -> RebuildError:
    return RebuildError(f"could not look up `{name}`: {reason}", kind="missing_name", hint=hint)
