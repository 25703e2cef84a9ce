"""Classes that were made at run time: parametrized models, models and typed dicts from fields.

They are written as what they were made of, and made again of real classes. Text in the place of a
type is refused on both ways: pydantic and typing would run it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from persist.state import forms, names, plans, problems
from persist.state.plans import Pieces, Plan
from persist.state.text import quote

__all__ = ["KINDS", "build", "class_of", "origin_of", "parametrized", "plan_for"]

MAKERS = ("typing", "typing_extensions")

ATTRIBUTES = frozenset(
    {"alias", "alias_priority", "default", "default_factory", "deprecated", "description"}
    | {"discriminator", "examples", "exclude", "frozen", "ge", "gt", "init", "init_var"}
    | {"json_schema_extra", "kw_only", "le", "lt", "max_digits", "max_length", "min_length"}
    | {"decimal_places", "multiple_of", "pattern", "repr", "serialization_alias", "strict"}
    | {"title", "validate_default", "validation_alias", "allow_inf_nan", "union_mode"}
)
"""What a field may say of itself, by the arguments of pydantic's `Field`."""

CONSTRAINTS = {"Gt": "gt", "Ge": "ge", "Lt": "lt", "Le": "le", "MultipleOf": "multiple_of"}
CONSTRAINTS |= {"MinLen": "min_length", "MaxLen": "max_length"}

SETTINGS = (bool, str, int, type(None))


class Made(NamedTuple):
    """Stands for a class while it is written: classes that have a name have no identity."""

    cls: Any


class Filled(NamedTuple):
    """Stands for a generic model with its arguments, where it is the class of an object."""

    cls: Any


def class_of(cls: Any, session: Any) -> object:
    """Returns what is written for the class of an object that no name leads to."""
    if _arguments_of(cls) is None:
        return cls
    return session.proxies.setdefault(("class", id(cls)), Filled(cls))


def plan_for(cls: type) -> Plan | None:
    """Returns the plan of a metaclass whose classes are made at run time, None for any other."""
    if cls is Made:
        return plans.described(cls, _describe_made, hashes_by_identity=True)
    if cls is Filled:
        return plans.described(cls, _describe_filled, has_identity=False, hashes_by_identity=True)
    if not issubclass(cls, type):
        return None
    if _is_model_type(cls) or (cls.__name__ == "_TypedDictMeta" and cls.__module__ in MAKERS):
        return plans.described(cls, _describe_class, has_identity=False, hashes_by_identity=True)
    return None


def parametrized(origin: Any, arguments: list[Any]) -> object:
    """Returns a generic model with its arguments: pydantic gives the same class each time.

    Raises:
        TypeError: The class is no generic model.
    """
    if not _is_model_type(type(origin)) or not origin.__pydantic_generic_metadata__["parameters"]:
        raise TypeError("its class is not generic")
    return origin[tuple(arguments)]


def _is_model_type(cls: type) -> bool:
    module: Any = sys.modules.get("pydantic._internal._model_construction")
    return module is not None and issubclass(cls, module.ModelMetaclass)


def origin_of(cls: Any) -> Any:
    """Returns the generic model that a class is with arguments, None for any other class."""
    generic = _arguments_of(cls)
    return None if generic is None else generic[0]


def _arguments_of(cls: Any) -> tuple[Any, list[Any]] | None:
    metadata = getattr(cls, "__pydantic_generic_metadata__", None)
    if not _is_model_type(type(cls)) or not metadata or metadata["origin"] is None:
        return None
    return metadata["origin"], list(metadata["args"])


def _describe_class(cls: Any, context: str, session: Any) -> Pieces | str:
    name = names.name_of(cls)
    if name is not None:
        session.name(name, "value")
        return f'{{"lc":"class","id":{quote(name)}', ["}"]
    if _arguments_of(cls) is None:
        return "", [("", session.proxies.setdefault(id(cls), Made(cls)))]
    return _describe_generic(cls, session, "value")


def _describe_filled(filled: Filled, context: str, session: Any) -> Pieces | str:
    return _describe_generic(filled.cls, session, "class")


def _describe_generic(cls: Any, session: Any, role: str) -> Pieces | str:
    generic: Any = cls.__pydantic_generic_metadata__
    origin, arguments = generic["origin"], list(generic["args"])
    name = names.name_of(origin)
    if name is None:
        return f"no name leads to the class `{origin.__qualname__}`"
    trouble = forms.trouble_of(name, arguments)
    if trouble is not None:
        return trouble
    if parametrized(origin, arguments) is not cls:
        return f"`{cls.__qualname__}` is not what its class gives for its arguments"
    session.name(name, role)
    head = f'{{"lc":"generic","id":{quote(name)}'
    return head, [',"old":true,"args":', (".__args__", arguments), "}"]


def _describe_made(made: Made, context: str, session: Any) -> Pieces | str:
    cls = made.cls
    kind = "model" if _is_model_type(type(cls)) else "typeddict"
    try:
        parts = _TAKE_APART[kind](cls)
        copy = None if parts is None else build(kind, parts)
    except Exception:
        copy = None
    if copy is None or parts is None or not _is_same(cls, copy):
        return f"the class `{cls.__qualname__}`, made at run time, is more than its fields say"
    pieces: list[Any] = []
    for name, value in parts.items():
        pieces += [f",{quote(name)}:", (f".{name}", value)]
    return f'{{"lc":{quote(kind)}', [*pieces, "}"]


def _identity_of(cls: Any) -> dict[str, Any]:
    said = {"name": cls.__name__, "module": cls.__module__}
    if cls.__qualname__ != cls.__name__:
        said["qualname"] = cls.__qualname__
    if cls.__doc__ is not None:
        said["doc"] = cls.__doc__
    return said


def _take_model(cls: Any) -> dict[str, Any] | None:
    from pydantic import BaseModel

    if cls.__bases__ != (BaseModel,):
        return None
    fields: dict[str, list[Any]] = {}
    for name, info in cls.model_fields.items():
        attributes = {key: it for key, it in info._attributes_set.items() if key != "annotation"}
        constraints = [_constraint(item) for item in info.metadata]
        if None in constraints:
            fields[name] = [Annotated[(info.annotation, *info.metadata)], attributes]
        else:
            fields[name] = [info.annotation, attributes | dict(filter(None, constraints))]
        assigned = _assigned(info)
        if assigned not in ("", _usual(fields[name][1])):
            fields[name].append(assigned)
    parts = _identity_of(cls) | {"fields": fields}
    return parts | ({"config": dict(cls.model_config)} if cls.model_config else {})


def _assigned(info: Any) -> str:
    """Returns what a field was assigned in its class: pydantic keeps it, and reads it again."""
    from pydantic.fields import FieldInfo

    if not hasattr(info, "_original_assignment"):
        return ""
    return "field" if isinstance(info._original_assignment, FieldInfo) else "value"


def _usual(attributes: dict[str, Any]) -> str:
    """Returns what is assigned to most fields that say this of themselves."""
    return "field" if attributes.keys() - {"default"} else "value"


def _assign(info: Any, row: list[Any]) -> None:
    """Gives a field what was assigned to it, where that is no `FieldInfo`."""
    assigned = row[2] if len(row) > 2 else _usual(row[1])
    if hasattr(info, "_original_assignment") and assigned == "value":
        info._original_assignment = row[1].get("default", ...)


def _constraint(item: Any) -> tuple[str, Any] | None:
    """Returns a constraint as the argument of pydantic's `Field` that makes it, or None."""
    name = CONSTRAINTS.get(type(item).__name__)
    if name is None or type(item).__module__ != "annotated_types":
        return None
    return name, getattr(item, name)


def _take_typed(cls: Any) -> dict[str, Any]:
    parts = _identity_of(cls) | {"by": type(cls).__module__, "fields": dict(cls.__annotations__)}
    return parts if cls.__total__ else parts | {"total": False}


_TAKE_APART: dict[str, Callable[[Any], dict[str, Any] | None]] = {
    "model": _take_model,
    "typeddict": _take_typed,
}

KINDS = frozenset(_TAKE_APART)


def build(kind: str, parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a type is none, or the fields make no class.
    """
    known = {"name", "module", "qualname", "doc", "fields", *_OWN[kind]}
    for member in parts.keys() - known:
        raise problems.Malformed(f"a node `{kind}` has no member `{member}`")
    for member in ("name", "module", "qualname", "doc"):
        if member in parts or member in ("name", "module"):
            problems.text_part(dict(parts), kind, member)
    fields = parts.get("fields")
    if type(fields) is not dict or not all(map(_is_field_name, fields)):
        raise problems.Malformed(f"the fields of a node `{kind}` are no fields")
    made = _BUILDERS[kind](parts, fields)
    made.__module__ = parts["module"]
    made.__qualname__ = parts.get("qualname", parts["name"])
    if made.__doc__ != parts.get("doc"):
        made.__doc__ = parts.get("doc")
    return made


def _is_field_name(name: object) -> bool:
    return type(name) is str and name.isidentifier() and not name.startswith("__")


def _checked(annotation: object) -> Any:
    if not forms.is_type(annotation):
        raise problems.rebuild("invalid_state", "a field's type is none: text would be run")
    return annotation


def _field(row: Any) -> Any:
    """Returns what pydantic knows of a field, from its type and what it says of itself."""
    from pydantic.fields import FieldInfo

    if type(row) is not list or len(row) not in (2, 3) or type(row[1]) is not dict:
        raise problems.Malformed("a field of a node `model` is no pair")
    annotation, attributes = row[:2]
    if len(row) > 2 and row[2] not in ("value", "field"):
        raise problems.Malformed("a field of a node `model` was assigned nothing that there is")
    for name in attributes.keys() - ATTRIBUTES:
        raise problems.rebuild("invalid_state", f"a field may not say `{name}` of itself")
    return FieldInfo.from_annotated_attribute(_checked(annotation), FieldInfo(**attributes))


def _build_model(parts: Mapping[str, Any], fields: Mapping[str, Any]) -> Any:
    import pydantic
    from pydantic.fields import FieldInfo

    config: Any = parts.get("config", {})
    if type(config) is not dict or any(type(it) not in SETTINGS for it in config.values()):
        raise problems.rebuild("invalid_state", "a model's configuration is no plain values")
    if any(name.startswith("_") for name in fields):
        raise problems.rebuild("invalid_state", "a field's name begins with an underscore")
    for row in fields.values():
        _field(row)
    maker: Any = pydantic.create_model
    definitions: Any = {name: (row[0], FieldInfo(**row[1])) for name, row in fields.items()}
    try:
        made = maker(parts["name"], __config__=config, __module__=parts["module"], **definitions)
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error
    for name, row in fields.items():
        _assign(made.model_fields[name], row)
    return made


def _build_typed(parts: Mapping[str, Any], fields: Mapping[str, Any]) -> Any:
    by, total = parts.get("by"), parts.get("total", True)
    if by not in MAKERS or type(total) is not bool:
        raise problems.Malformed("a node `typeddict` says nothing that makes one")
    maker: Any = importlib.import_module(by).TypedDict
    annotations = {name: _checked(annotation) for name, annotation in fields.items()}
    try:
        return maker(parts["name"], annotations, total=total)
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error


_OWN = {"model": ("config",), "typeddict": ("by", "total")}

_BUILDERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Any]] = {
    "model": _build_model,
    "typeddict": _build_typed,
}


def _is_same(cls: Any, copy: Any) -> bool:
    """Returns whether a class has nothing that its copy lacks."""
    one, other = vars(cls), vars(copy)
    if one.keys() != other.keys() or cls.__bases__ != copy.__bases__:
        return False
    if one.get("__annotations__") != other.get("__annotations__") or cls.__doc__ != copy.__doc__:
        return False
    if not _is_model_type(type(cls)):
        kept = ("__total__", "__required_keys__", "__optional_keys__")
        return all(getattr(cls, name) == getattr(copy, name) for name in kept)
    fields, others = cls.model_fields, copy.model_fields
    return (
        cls.model_config == copy.model_config
        and list(fields) == list(others)
        and all(
            repr(info) == repr(others[name])
            and info._attributes_set == others[name]._attributes_set
            and _history(info) == _history(others[name])
            for name, info in fields.items()
        )
    )


def _history(info: Any) -> tuple[str, str]:
    """Returns from what pydantic would work a field out again."""
    kept = (getattr(info, name, None) for name in ("_original_annotation", "_original_assignment"))
    annotation, assignment = map(repr, kept)
    return annotation, assignment
