"""Models of pydantic's first interface, `pydantic.v1`, that were made at run time.

Such a class copies what its fields hold while it is made, by `copy.deepcopy`, which asks any object
how. So a text may give it plain values only, and functions that are called where the class is used.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import re
import types
import typing
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from persist.adapters import _filled, _notes, _typed
from persist.exceptions import PersistError
from persist.state import fingerprints, forms, hints, likeness, names, ordinary, plans, problems
from persist.state.held import attributes_of
from persist.state.plans import Plan
from pydantic.v1 import BaseConfig, BaseModel, Extra, root_validator, validator
from pydantic.v1.class_validators import ROOT_VALIDATOR_CONFIG_KEY as ROOT_VALIDATOR
from pydantic.v1.class_validators import VALIDATOR_CONFIG_KEY as VALIDATOR
from pydantic.v1.class_validators import Validator
from pydantic.v1.config import inherit_config
from pydantic.v1.fields import FieldInfo, ModelField, Undefined
from pydantic.v1.generics import GenericModel
from pydantic.v1.main import ModelMetaclass
from pydantic.v1.types import ConstrainedStr

__all__ = [
    "MEMBERS",
    "build",
    "difference",
    "is_made",
    "plan_of",
    "plan_of_filled",
    "plan_of_named",
    "take",
]

MEMBERS = ("by", "bases", "fields", "annotations", "config", "settings", "validators")

BY = "pydantic.v1"

ROOT = "__root__"

SETTINGS = frozenset(
    {"allow_inf_nan", "allow_mutation", "allow_population_by_field_name", "anystr_lower"}
    | {"anystr_strip_whitespace", "anystr_upper", "arbitrary_types_allowed", "extra", "frozen"}
    | {"copy_on_model_validation", "max_anystr_length", "min_anystr_length", "orm_mode", "title"}
    | {"post_init_call", "smart_union", "use_enum_values", "validate_all", "validate_assignment"}
)
"""Settings that are plain values, and of which none runs anything while a class is made."""

ATOMS = frozenset(
    {bool, int, float, complex, str, bytes, type(None), type(...), datetime.date}
    | {datetime.timedelta, decimal.Decimal, uuid.UUID, re.Pattern}
)

CONTAINERS = (list, tuple, set, frozenset)

MAX_AGAIN = 1_000
"""Things in what a default holds more than once, each time that it does."""

FACTORIES = (type, types.FunctionType, types.BuiltinFunctionType)

DERIVED = frozenset(
    {"Config", "__config__", "__fields__", "__json_encoder__", "__schema_cache__"}
    | {"__signature__", "_abc_impl"}
)
"""What pydantic works out from the rest of a class, or what is compared in another way."""

FLAGS = ("pre", "each_item", "always", "check_fields")

ROOT_FLAGS = ("pre", "skip_on_failure")

BY_PARTS = (FieldInfo, ModelField, Validator)

HOOKS = ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__new__")

_PLAIN = FieldInfo()


def is_made(cls: Any) -> bool:
    """Returns whether this is a class of models that may be made again of its fields.

    A generic model with its arguments is one class wherever it is asked for: another would differ.
    """
    return type(cls) is ModelMetaclass and not issubclass(cls, GenericModel)


def plan_of(
    cls: Any, known: dict[str, Any], check: Any = None, fields: Sequence[plans.Field] = ()
) -> Plan | None:
    """Returns the plan of instances of such a class, None where it takes them apart itself."""
    if any(getattr(cls, hook, None) is not getattr(BaseModel, hook, None) for hook in HOOKS):
        return None
    return plans.object_plan(cls, fields, check=check or _check, **known)


def plan_of_named(cls: Any) -> Plan:
    """Returns the plan of instances of a class that a name leads to.

    Their state is set as any object's: `__setstate__` would set whatever a file names.
    """
    check = functools.partial(_check, fields=frozenset(cls.__fields__))
    # A text alone must name all of its fields, and no others; what the class has is none at all.
    cached = plans.cached_names(cls)
    own = frozenset(name for base in cls.__mro__ for name in vars(base)) - cached
    forbidden = (own - {*cls.__fields__}) | plans.forbidden_names(cls, set())
    known = {"cached": cached, "forbidden": forbidden}
    made = plan_of(cls, known, check, plans.listed_fields(cls))
    return made or ordinary.plan_for(cls, check=check)


def plan_of_filled(cls: Any) -> Plan:
    """Returns the plan of instances of a generic model with its arguments."""
    generic = _filled.arguments_of(cls)
    name = None if generic is None else names.name_of(generic[0])
    if generic is None or name is None:
        return plans.refused(
            cls, f"no name leads to its class `{cls.__module__}.{cls.__qualname__}`"
        )
    known = {
        "name": name,
        "describe": _filled.class_of,
        "record": fingerprints.record_of(generic[0]),
    }
    plan = plan_of(cls, known, functools.partial(_check, fields=frozenset(cls.__fields__)))
    return plan or plans.refused(
        cls, f"its class `{cls.__qualname__}` takes itself apart, and has no name"
    )


def _check(value: Any, fields: frozenset[str] = frozenset()) -> None:
    """Checks a finished instance.

    Args:
        fields: Those that a program gave the class: it may have said something else there before.

    Raises:
        RebuildError: `invalid_state`.
    """
    cls = type(value)
    told = getattr(value, "__fields_set__", None)
    if type(told) is not set or any(type(name) is not str for name in told):
        raise problems.invalid_state(_shown(cls), "it does not say which of its fields were set")
    # Its own methods look at its settings and fields by way of the instance.
    hidden = {it for it in vars(value) if any(it in vars(base) for base in cls.__mro__)} - fields
    if hidden:
        raise problems.invalid_state(_shown(cls), f"it hides its class's `{min(hidden)}`")


def _shown(cls: Any) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def take(cls: Any) -> dict[str, Any]:
    """Returns the parts of a class by their names.

    Raises:
        Exception: What a type by text names is not there.
    """
    parts: dict[str, Any] = {"by": BY}
    if cls.__bases__ != (BaseModel,):
        parts["bases"] = list(cls.__bases__)
    own = vars(cls).get("__annotations__", {})
    types_of = _typed.annotations_of(cls, is_inside=False)
    inherited = {name for base in cls.__bases__ for name in base.__fields__}
    fields = [name for name in cls.__fields__ if name in own or name not in inherited]
    parts["fields"] = {name: _row(cls.__fields__[name], types_of) for name in fields}
    if list(own) != fields and not any(map(forms.has_text, own.values())):
        parts["annotations"] = dict(own)
    if "Config" in vars(cls):
        parts["config"] = _config_of(cls.Config)
    else:
        own_config = vars(cls.__config__)
        # They were taken out of a set.
        settings = {name: own_config[name] for name in sorted(SETTINGS & own_config.keys())}
        parts |= {"settings": settings} if settings else {}
    validators = {name: _validator_of(it) for name, it in vars(cls).items() if _is_validator(it)}
    return parts | ({"validators": validators} if validators else {})


def _is_validator(held: Any) -> bool:
    return type(held) is classmethod and bool({VALIDATOR, ROOT_VALIDATOR} & vars(held).keys())


def _validator_of(method: Any) -> dict[str, Any]:
    """Returns what a decorator noted of a function, and the function."""
    noted = vars(method)
    fields, how = noted[VALIDATOR] if VALIDATOR in noted else (None, noted[ROOT_VALIDATOR])
    usual = Validator(how.func)
    flags = {name: getattr(how, name) for name in (ROOT_FLAGS if fields is None else FLAGS)}
    said = {name: flag for name, flag in flags.items() if flag is not getattr(usual, name)}
    return {"func": method.__func__} | ({} if fields is None else {"fields": list(fields)}) | said


def _config_of(config: Any) -> dict[str, Any]:
    """Returns the parts of a class of settings: its own, or what pydantic was given."""
    is_given = config.__bases__[1:] == (BaseConfig,)
    own = config.__bases__[0] if is_given else config
    said = {name: it for name, it in vars(own).items() if name in SETTINGS}
    parts = {"name": own.__name__, "module": own.__module__, "qualname": own.__qualname__}
    return parts | {"settings": said} | ({"given": True} if is_given else {})


def _row(field: ModelField, types_of: Mapping[str, Any]) -> list[Any]:
    """Returns the type of a field, and what was assigned to it."""
    info = field.field_info
    annotation = types_of.get(field.name, field.annotation)
    is_default = all(
        _is_same(getattr(info, slot), getattr(_PLAIN, slot))
        for slot in FieldInfo.__slots__
        if slot != "default"
    )
    if not is_default and not any(type(it) is FieldInfo for it in _beside(annotation)):
        return [annotation, info]
    return [annotation] if info.default is Undefined else [annotation, info.default]


def _is_same(one: Any, other: Any) -> bool:
    return plans.is_same(one, other) or (type(one) is type(other) is dict and not one and not other)


def _beside(annotation: Any) -> tuple[Any, ...]:
    is_annotated = typing.get_origin(annotation) is typing.Annotated
    return tuple(annotation.__metadata__) if is_annotated else ()


def build(parts: Mapping[str, Any]) -> Any:
    """Returns a new class, made of what its node says.

    Raises:
        Malformed: The node is not what any writer makes.
        RebuildError: `invalid_state`, a part would run code, or the fields make no class.
    """
    bases = _bases(parts)
    fields = _fields(parts)
    for name, row in fields.items():
        _check_field(name, row)
    settings = _plain(parts.get("settings", {}))
    namespace: dict[str, Any] = {name: row[1] for name, row in fields.items() if len(row) == 2}
    namespace |= {"__annotations__": {name: row[0] for name, row in fields.items()}}
    namespace |= {"__module__": parts["module"], "__doc__": parts.get("doc")}
    namespace |= {"__qualname__": parts.get("qualname", parts["name"])}
    if "config" in parts:
        namespace["Config"] = _config(parts["config"])
    if "validators" in parts:
        held = problems.map_part(parts, "model", "validators")
        namespace |= {name: _validator(name, said, namespace) for name, said in held.items()}
    try:
        made: Any = types.new_class(
            parts["name"], bases, settings, lambda own: own.update(namespace)
        )
        _check_reading(made, fields)
    except PersistError:
        raise
    except Exception as error:
        raise problems.of_state(parts["name"], error) from error
    if "annotations" in parts:
        given = problems.map_part(parts, "model", "annotations")
        made.__annotations__ = {name: hints.checked(it) for name, it in given.items()}
    return made


def _check_reading(made: Any, fields: Mapping[str, Any]) -> None:
    """Refuses a class that would read attributes: of functions those lead to all of a program."""
    if made.__config__.orm_mode:
        reason = "a model made at run time would read attributes of what it is given"
        raise problems.rebuild("invalid_state", reason)
    for name in fields:
        alias = made.__fields__[name].alias if name in made.__fields__ else name
        if name != ROOT and names.is_dunder(alias):
            raise problems.rebuild("invalid_state", f"the field `{name}` has a hidden alias")


def _fields(parts: Mapping[str, Any]) -> dict[str, Any]:
    held = parts.get("fields")
    if type(held) is not dict or list(held) != [ROOT]:
        return problems.map_part(parts, "model", "fields")
    return held


def _bases(parts: Mapping[str, Any]) -> tuple[Any, ...]:
    if "bases" not in parts:
        return (BaseModel,)
    bases = parts["bases"]
    if type(bases) is not list or not bases:
        raise problems.Malformed("the bases of a node `model` are no array")
    if not all(isinstance(base, type) and is_made(base) for base in bases):
        raise problems.rebuild("invalid_state", "a base of a model is none itself")
    return tuple(bases)


def _config(said: Any) -> Any:
    known = {"name", "module", "qualname", "settings"}
    if type(said) is not dict or said.keys() - {"given"} != known:
        raise problems.Malformed("the configuration of a node `model` has other members")
    module, qualname = (problems.text_part(said, "model", it) for it in ("module", "qualname"))
    identity = {"__module__": module, "__qualname__": qualname}
    name = problems.text_part(said, "model", "name")
    made = type(name, (), identity | _plain(said["settings"]))
    if said.get("given", True) is not True:
        raise problems.Malformed("a flag of a node `model` is not true")
    return inherit_config(made, BaseConfig) if "given" in said else made


def _validator(name: str, said: Any, namespace: Mapping[str, Any]) -> Any:
    """Returns a validator, which is called where the class is used."""
    if name.startswith("_") or hasattr(BaseModel, name) or name in namespace:
        raise problems.rebuild("invalid_state", f"a validator may not be called `{name}`")
    flags = dict(said) if type(said) is dict else {}
    function, fields = flags.pop("func", None), flags.pop("fields", None)
    known = ROOT_FLAGS if fields is None else FLAGS
    if flags.keys() - set(known) or any(type(flag) is not bool for flag in flags.values()):
        raise problems.Malformed("a validator of a node `model` has other members")
    if type(function) is not types.FunctionType:
        raise problems.rebuild("invalid_state", f"the validator `{name}` is no function")
    if fields is None:
        return root_validator(allow_reuse=True, **flags)(function)
    if type(fields) is not list or not all(type(field) is str for field in fields) or not fields:
        raise problems.Malformed("a validator of a node `model` names no fields")
    return validator(*fields, allow_reuse=True, **flags)(function)


def _plain(held: Any) -> dict[str, Any]:
    if type(held) is not dict or any(
        name not in SETTINGS or type(it) not in (bool, int, str, type(None), Extra)
        for name, it in held.items()
    ):
        raise problems.rebuild("invalid_state", "a model's configuration is no plain values")
    return held


def _check_field(name: str, row: Any) -> None:
    if type(row) is not list or len(row) not in (1, 2):
        raise problems.Malformed("a field of a node `model` is no pair")
    if name.startswith("_") is not (name == ROOT) or hasattr(BaseModel, name):
        raise problems.rebuild("invalid_state", f"a field may not be called `{name}`")
    annotation = hints.checked(row[0])
    held = list(_notes.notes_of(annotation))
    if not all(_is_read_alone(kind) for kind, _ in _notes.parts_of(annotation)):
        raise problems.rebuild("invalid_state", f"the type of the field `{name}` would run code")
    if not all(type(it) is FieldInfo or is_still(it) for it in (*held, *row[1:])):
        raise problems.rebuild("invalid_state", f"the field `{name}` would run code at once")
    for info in (it for it in (*held, *row[1:]) if type(it) is FieldInfo):
        _check_info(name, info)


def _is_read_alone(kind: Any) -> bool:
    """Returns whether pydantic takes a type as it is, or by methods of a class with a name.

    Of dataclasses and their like it makes models of its own, with copies of what they hold.
    """
    is_class = isinstance(kind, type) and not forms.has_node(type(kind))
    is_known = kind is type(None) or names.name_of(kind) is not None or is_made(kind)
    return not is_class or is_known


def _check_info(name: str, info: FieldInfo) -> None:
    held = attributes_of(info)
    factory, extra = held.get("default_factory"), held.get("extra")
    is_called_later = factory is None or isinstance(factory, FACTORIES)
    is_whole = held.keys() == set(FieldInfo.__slots__) and type(extra) is dict
    others = (it for key, it in held.items() if key != "default_factory" and it is not Undefined)
    if not is_whole or not is_called_later or not all(map(is_still, others)):
        raise problems.rebuild("invalid_state", f"the field `{name}` would run code at once")


def is_still(value: object) -> bool:
    """Returns whether a value is copied without asking it how, and in few steps.

    A tuple that it holds again is copied again, with all that is in it.
    """
    waiting: list[Any] = [value]
    seen, again = set[int](), 0
    for held in waiting:
        if type(held) in (*CONTAINERS, dict):
            again += len(held) + 1 if id(held) in seen else 0
            seen.add(id(held))
        if again > MAX_AGAIN:
            return False
        if type(held) in CONTAINERS:
            waiting += held
        elif type(held) is dict:
            waiting += [*held, *held.values()]
        elif type(held) not in ATOMS and not isinstance(held, enum.Enum | type):
            return False
    return True


def difference(cls: Any, copy: Any) -> str | None:
    """Returns the name of what a class has and its copy lacks or has otherwise, None if nothing."""
    like = _Likeness(cls, copy)
    found = likeness.difference(like, cls, copy, DERIVED)
    if found is not None:
        return found
    if ("Config" in vars(cls)) != ("Config" in vars(copy)) or not like(cls.Config, copy.Config):
        return "Config"
    if not like(cls.__config__, copy.__config__):
        return "Config"
    return None if like(cls.__fields__, copy.__fields__) else "__fields__"


class _Likeness(likeness.Likeness):
    """Compares what pydantic made of the fields, too: types of its own, and what calls these."""

    def __init__(self, cls: Any, copy: Any) -> None:
        super().__init__(cls, copy, BY_PARTS.__contains__)

    def __call__(self, one: Any, other: Any) -> bool:
        if super().__call__(one, other):
            return True
        if type(one) is not type(other):
            return False
        if type(one) is types.MethodType:
            return one.__func__ is other.__func__ and self(one.__self__, other.__self__)
        if isinstance(one, type):
            return self._are_made(one, other)
        if forms.has_node(type(one)) and typing.get_origin(one) is typing.get_origin(other):
            parts = [it if type(it) is list else [it] for it in typing.get_args(one)]
            others = [it if type(it) is list else [it] for it in typing.get_args(other)]
            return self(parts, others)
        return False

    def _are_made(self, one: Any, other: Any) -> bool:
        if "Config" in (one.__name__, other.__name__) or issubclass(one, BaseConfig):
            return self._are_settings(one, other)
        # What `constr` and its like make, of the constraints of a field.
        is_own = all(it.__mro__[1].__module__ == ConstrainedStr.__module__ for it in (one, other))
        is_made = names.name_of(one) is None and names.name_of(other) is None
        return is_own and is_made and likeness.difference(self, one, other) is None

    def _are_settings(self, one: Any, other: Any) -> bool:
        """Returns whether two classes of settings say the same, and have such bases."""
        said = [(it.__name__, it.__module__, it.__qualname__) for it in (one, other)]
        is_made = names.name_of(one) is None and names.name_of(other) is None
        return (
            is_made
            and said[0] == said[1]
            and len(one.__bases__) == len(other.__bases__)
            and all(map(self, one.__bases__, other.__bases__))
            and likeness.difference(self, one, other) in (None, "__bases__")
        )
