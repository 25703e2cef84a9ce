"""Pydantic models that were made at run time, and have nothing but fields.

Such a class is made again of the annotations and the values that its fields were given. Nothing of
a text runs while pydantic makes it: no type is text, no configuration is code, and what stands in
annotations is asked for nothing but methods of its class.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from persist.adapters import _attached, _field
from persist.exceptions import PersistError
from persist.state import forms, hints, likeness, names, problems
from pydantic import AliasChoices, AliasPath, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

__all__ = ["MEMBERS", "build", "complete", "difference", "row_of", "take", "taken"]
__all__ += ["tie", "types_of"]

MEMBERS = ("bases", "fields", "annotations", "config", "recursive", *_attached.MEMBERS)

ITSELF = type(NotImplemented)
"""Stands for the class in the types of its own fields: it is not there before they are."""

PLAIN = (bool, str, int, float, type(None))

SETTINGS = frozenset(
    {"allow_inf_nan", "arbitrary_types_allowed", "cache_strings", "coerce_numbers_to_str"}
    | {"defer_build", "extra", "from_attributes", "frozen", "hide_input_in_errors"}
    | {"json_schema_extra", "json_schema_mode_override"}
    | {"json_schema_serialization_defaults_required", "loc_by_alias", "polymorphic_serialization"}
    | {"populate_by_name", "protected_namespaces", "regex_engine", "revalidate_instances"}
    | {"ser_json_bytes", "ser_json_inf_nan", "ser_json_temporal", "ser_json_timedelta"}
    | {"serialize_by_alias", "str_max_length", "str_min_length", "str_strip_whitespace"}
    | {"str_to_lower", "str_to_upper", "strict", "title", "url_preserve_empty_path"}
    | {"use_attribute_docstrings", "use_enum_values", "val_json_bytes", "val_temporal_unit"}
    | {"validate_assignment", "validate_by_alias", "validate_by_name", "validate_default"}
    | {"validate_return", "validation_error_cause"}
)
"""Settings that are plain values: none runs code, or says which code is run."""

DERIVED = frozenset(
    {"__abstractmethods__", "__pydantic_core_schema__", "__pydantic_parent_namespace__"}
    | {"__pydantic_serializer__", "__pydantic_setattr_handlers__", "__pydantic_validator__"}
    | {"__signature__", "_abc_impl"}
)
"""What pydantic works out from the rest of a class, or keeps of the place where it was made."""


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names.

    Raises:
        NameError: A field has a type by text, which pydantic has not looked up yet.
    """
    parts = taken(cls)
    fields = parts["fields"]
    parts["fields"] = {
        name: [forms.replaced(row[0], cls, ITSELF), *row[1:]] for name, row in fields.items()
    }
    recursive = [name for name, row in parts["fields"].items() if row[0] is not fields[name][0]]
    return parts | ({"recursive": recursive} if recursive else {})


def taken(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class, itself among the types of its fields.

    Raises:
        NameError: A field has a type by text, which pydantic has not looked up yet.
    """
    parts: dict[str, Any] = {}
    own = vars(cls).get("__annotations__", {})
    names = cls.model_fields
    if cls.__bases__ != (BaseModel,):
        parts["bases"] = list(cls.__bases__)
        names = [name for name in own if name in names]
        names += [name for name in cls.model_fields if name not in own and _is_anew(cls, name)]
    fields = {name: row_of(cls.model_fields[name]) for name in names}
    unresolved = next((name for name, row in fields.items() if forms.has_text(row[0])), None)
    if unresolved is not None:
        raise NameError(f"that of `{unresolved}`, until model_rebuild() has found it")
    parts["fields"] = fields
    is_told = all(
        likeness.is_told(_field.is_like, own.get(name), row[0]) for name, row in fields.items()
    )
    if not is_told or own.keys() != fields.keys():
        parts["annotations"] = {
            name: fields[name][0] if name in fields and forms.has_text(it) else it
            for name, it in own.items()
        }
    if cls.model_config:
        parts["config"] = dict(cls.model_config)
    return parts | _attached.taken(cls)


def _is_anew(cls: Any, name: str) -> bool:
    """Returns whether a field of a base was made anew for a class, of a text that waited there."""
    base = next(base for base in cls.__mro__[1:] if name in getattr(base, "model_fields", ()))
    one, other = (row_of(it.model_fields[name])[0] for it in (cls, base))
    return not forms.alike(one, other)


def row_of(info: Any) -> list[Any]:
    """Returns the annotation of a field, and what was assigned to it."""
    if not hasattr(info, "_original_annotation"):
        # Earlier versions of pydantic keep only what they made of both.
        return [info.annotation, info]
    if info._original_assignment is PydanticUndefined:
        return [info._original_annotation]
    return [info._original_annotation, info._original_assignment]


def build(parts: Mapping[str, Any], part: Callable[[Any], Any] | None = None) -> Any:
    """Returns a new class, made of what its node says.

    Args:
        part: Gives what stands in its types for classes that are not there yet.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a part would run code, or the fields make no class.
    """
    bases = _bases(parts)
    fields = problems.map_part(parts, "model", "fields")
    for name, row in fields.items():
        _check_field(name, row, bases)
    config = _config(parts)
    recursive = _recursive(parts, fields)
    types_of = {name: row[0] for name, row in fields.items()}
    namespace = {name: row[1] for name, row in fields.items() if len(row) == 2}
    namespace |= {"__annotations__": types_of}
    namespace |= {"__module__": parts["module"], "__doc__": parts.get("doc")}
    namespace |= {"__qualname__": parts.get("qualname", parts["name"])}
    namespace |= _attached.namespace(parts, bases)
    if config:
        namespace["model_config"] = config
    try:
        # What pydantic takes for the class while it makes that.
        types_of |= {name: _replaced(it, typing.Self) for name, it in recursive.items()}
        types_of |= {} if part is None else {name: part(it) for name, it in types_of.items()}
        made: Any = types.new_class(parts["name"], bases, None, lambda own: own.update(namespace))
        _check_reading(made, fields)
        _tie(made, {name: fields[name] for name in recursive})
    except PersistError:
        raise
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error
    if "annotations" in parts:
        given = problems.map_part(parts, "model", "annotations")
        made.__annotations__ = {name: hints.checked(it) for name, it in given.items()}
    return made


def tie(made: Any, parts: Mapping[str, Any], whole: Callable[[Any], Any]) -> None:
    """Gives fields their types, now that all classes in these are there."""
    told = {name: whole(row[0]) for name, row in parts["fields"].items()}
    given = parts.get("annotations", {})
    own = {name: whole(it) for name, it in given.items()}
    made.__annotations__ = own if "annotations" in parts else dict(told)
    for name, info in made.__pydantic_fields__.items():
        # Pydantic makes those anew that it could not make whole, of what they were made of.
        if not getattr(info, "_complete", True):
            info._original_annotation = told[name] if name in told else _inherited_type(made, name)


def _inherited_type(made: Any, name: str) -> Any:
    fields = (getattr(base, "__pydantic_fields__", {}) for base in made.__mro__[1:])
    return next(held[name] for held in fields if name in held)._original_annotation


def complete(made: Any) -> None:
    """Lets pydantic make anew what it could not make whole.

    Raises:
        RebuildError: `invalid_state`, the fields make no class.
    """
    try:
        made.model_rebuild(force=True)
    except Exception as error:
        raise problems.of_state(made.__qualname__, error) from error


def types_of(cls: Any) -> list[Any]:
    """Returns the types of all fields of a class."""
    return [row_of(info)[0] for info in cls.model_fields.values()]


def _recursive(parts: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the types that hold the class itself, by the names of the fields."""
    named = parts.get("recursive", [])
    if type(named) is not list or not all(type(name) is str and name in fields for name in named):
        raise problems.Malformed("what is recursive in a node `model` is no field")
    return {name: fields[name][0] for name in named}


def _replaced(annotation: Any, own: Any) -> Any:
    return forms.replaced(annotation, ITSELF, own)


def _tie(made: Any, recursive: Mapping[str, Any]) -> None:
    """Gives fields the types that hold the class itself, now that it is there."""
    for name, (given, *_) in recursive.items():
        whole = made.__annotations__[name] = _replaced(given, made)
        info, annotation = (
            made.__pydantic_fields__[name],
            FieldInfo.from_annotation(whole).annotation,
        )
        info.annotation = annotation
        info._attributes_set |= {"annotation": annotation}
        if hasattr(info, "_original_annotation"):
            info._original_annotation = whole
    if recursive:
        made.model_rebuild(force=True)


def _bases(parts: Mapping[str, Any]) -> tuple[type[BaseModel], ...]:
    if "bases" not in parts:
        return (BaseModel,)
    bases = parts["bases"]
    if type(bases) is not list or not bases:
        raise problems.Malformed("the bases of a node `model` are no array")
    if not all(isinstance(base, type) and issubclass(base, BaseModel) for base in bases):
        raise problems.rebuild("invalid_state", "a base of a model is none itself")
    return tuple(bases)


def _check_field(name: str, row: Any, bases: tuple[type[BaseModel], ...]) -> None:
    if type(row) is not list or len(row) not in (1, 2):
        raise problems.Malformed("a field of a node `model` is no pair")
    if name.startswith("_") or (name.startswith("model_") and hasattr(BaseModel, name)):
        raise problems.rebuild("invalid_state", f"a field may not be called `{name}`")
    if any(hasattr(type(it), "__get__") for it in _inherited(name, bases)):
        raise problems.rebuild("invalid_state", f"the field `{name}` would replace a method")
    hints.checked(row[0])


def _inherited(name: str, bases: tuple[type[BaseModel], ...]) -> Iterator[object]:
    """Yields what models between `BaseModel` and the class have under the name of a field."""
    for base in bases:
        for cls in base.__mro__:
            if issubclass(cls, BaseModel) and cls is not BaseModel and name in vars(cls):
                yield vars(cls)[name]


def _check_reading(made: Any, fields: Iterable[str]) -> None:
    """Refuses a class that would read attributes: of functions those lead to all of a program."""
    if made.model_config.get("from_attributes"):
        reason = "a model made at run time would read attributes of what it is given"
        raise problems.rebuild("invalid_state", reason)
    for name in fields:
        info = made.__pydantic_fields__.get(name)
        steps = _steps_of([getattr(info, "alias", None), getattr(info, "validation_alias", None)])
        if any(map(names.is_dunder, steps)):
            raise problems.rebuild("invalid_state", f"the field `{name}` has a hidden alias")


def _steps_of(aliases: list[Any]) -> Iterator[str]:
    """Yields the names by which a field is looked for."""
    for alias in aliases:
        if isinstance(alias, str):
            yield alias
        elif isinstance(alias, AliasChoices):
            yield from _steps_of([*alias.choices])
        elif isinstance(alias, AliasPath):
            yield from (step for step in alias.path if isinstance(step, str))


def _config(parts: Mapping[str, Any]) -> dict[str, Any]:
    config: Any = parts.get("config", {})
    if type(config) is not dict or any(
        name not in SETTINGS or not _is_setting(it) for name, it in config.items()
    ):
        raise problems.rebuild("invalid_state", "a model's configuration is no plain values")
    namespaces = config.get("protected_namespaces")
    if type(namespaces) not in (list, tuple, type(None)):
        raise problems.rebuild("invalid_state", "protected namespaces are no list")
    if any(map(_looks_twice, namespaces or ())):
        reason = "a pattern of protected namespaces may look at a name more than once"
        raise problems.rebuild("invalid_state", reason)
    return config


def _looks_twice(namespace: Any) -> bool:
    """Returns whether a pattern may take long for the name of a field: pydantic tries each at once.

    Without anything that repeats or branches, it goes through the name once.
    """
    text = namespace.pattern if isinstance(namespace, re.Pattern) else ""
    return any(sign in (text if type(text) is str else "*") for sign in "*+?{|")


def _is_setting(value: object) -> bool:
    """Returns whether a setting is plain data through and through; what it shares is read once."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if type(one) in (*PLAIN, re.Pattern) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, dict) and all(type(key) is str for key in one):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
        else:
            return False
    return True


def difference(cls: Any, copy: Any, others: likeness.Pairs = ()) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    like = likeness.Likeness(cls, copy, _field.is_by_parts, others)
    found = likeness.difference(like, cls, copy, DERIVED | _attached.COMPARED | {"model_config"})
    if found is not None:
        return found
    config, other = cls.model_config, copy.model_config
    if config.keys() != other.keys() or not all(like(config[it], other[it]) for it in config):
        return "model_config"
    attached = _attached.difference(like, cls, copy)
    if attached is not None:
        return attached
    is_complete = all(getattr(info, "_complete", True) for info in cls.model_fields.values())
    return None if is_complete and cls.__pydantic_complete__ else "__pydantic_complete__"
