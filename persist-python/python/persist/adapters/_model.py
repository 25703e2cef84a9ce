"""Plans for pydantic models and secrets: loaded only where pydantic is."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from persist.adapters import _checks, _construct, _produced, _secrets
from persist.adapters._beside import Beside, beside_of, private_attributes
from persist.adapters._row import Row, is_beside
from persist.adapters._tables import (
    endpoints_of,
    is_listed,
    listed_over,
    maker_of,
    opt_in_of,
    row_at,
    row_of,
)
from persist.state import asked, fingerprints, names, plans
from persist.state.held import slots_of
from persist.state.plans import Field, Pieces, Plan
from persist.state.record import Record
from persist.state.secrets import opted_in
from persist.state.text import quote, string
from pydantic import BaseModel, RootModel, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

__all__ = [
    "describe_object",
    "fields_of",
    "model_facts",
    "plan_for",
    "trouble_of",
]

_SLOTS = ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")

_COMPILED = (
    "pydantic_core._pydantic_core:SchemaSerializer",
    "pydantic_core._pydantic_core:SchemaValidator",
)
"""Classes whose state is a schema of functions that they call."""

_HOOKS = ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__new__")


def plan_for(cls: type, row: Row | None) -> Plan | None:
    """Returns the plan of a model that has a name, or of a secret class, None for any other."""
    known = {"has_identity": False, "hashes_by_identity": True, "is_secret": True}
    if cls is SecretStr or cls is SecretBytes:
        payload = str if cls is SecretStr else bytes
        describe = functools.partial(_secrets.describe, cls.__name__, payload)
        return plans.described(cls, describe, **known)
    if cls is Secret:
        from persist.adapters import _hidden

        return plans.described(cls, _hidden.describe, **known)
    if issubclass(cls, SecretStr | SecretBytes | Secret):
        # By its attributes it would be written in clear.
        reason = f"its class `{cls.__qualname__}` hides a secret, and is not `SecretStr` itself"
        return plans.refused(cls, reason)
    if f"{cls.__module__}:{cls.__qualname__}" in _COMPILED:
        return plans.refused(cls, f"it is a `{cls.__qualname__}`: a schema made ready to run")
    if not issubclass(cls, BaseModel):
        return None
    trouble = trouble_of(cls, taken_apart=True)
    if trouble is not None:
        return plans.refused(cls, trouble)
    fields = fields_of(cls)
    facts = {"record": record_of(cls, fields), **model_facts(cls, row)}
    if is_listed(row) and _construct.has_check(row):
        facts["check"] = functools.partial(_construct.check, target_of(cls, row, False, {}))
    if len(fields) > plans.MAX_FIELDS:
        return _wide_plan(cls, row, facts)
    if not is_special(cls, row):
        return plans.object_plan(cls, fields, **facts)
    facts["fields"] = [tuple(field) for field in fields]
    facts["forbidden"] = plans.forbidden_names(cls, set())
    describe = functools.partial(describe_object, Shape.of(cls, row, fields))
    return plans.described(cls, describe, **facts)


def _wide_plan(cls: Any, row: Row | None, facts: dict[str, Any]) -> Plan:
    """Returns the plan of a model of more fields than the native walk keeps bits for.

    Its fields are attributes like any others, all written: it says which were set or are missing.
    """
    if is_special(cls, row) or _construct.has_check(row):
        reason = f"its class `{cls.__qualname__}` has more than {plans.MAX_FIELDS} fields"
        return plans.refused(cls, reason)
    cached = frozenset({*facts["cached"], *cls.model_fields})
    facts |= {"cached": cached, "declared": [*cls.model_fields]}
    facts["check"] = functools.partial(_checks.check_whole, cls, facts.get("check"))
    return plans.object_plan(cls, (), **facts)


class Shape(Record):
    """A class whose instances are not written field by field as they stand."""

    cls: Any
    row: Row
    fields: dict[str, Field]
    beside: Beside
    head: str
    """How the node of an instance begins."""
    keys: dict[str, str]
    """The names of fields as they stand in a text."""
    known: frozenset[str]
    """The attributes that an instance may hold without a question."""
    declaring: tuple[Any, ...]
    """What the class and its bases have under `lc_secrets`, the outermost base first."""
    maker: Any
    """The class whose constructor makes what is left out: a listed one that this one extends."""
    told: dict[str, Field]
    """The fields that it is told."""
    is_retyped: bool
    """Whether some of them have other types in this class."""

    @classmethod
    def of(cls, described: Any, given: Row | None, fields: Iterable[Field]) -> Shape:
        """Returns what is known of a class."""
        name = names.name_of(described) or ""
        by_name = {field.name: field for field in fields}
        row = given or Row(name)
        maker = described if given is None else maker_of(described)
        told = by_name
        if maker is not described:
            told = {field.name: field for field in fields_of(maker)}
        return cls(
            cls=described,
            row=row,
            fields=by_name,
            beside=beside_of(described, given),
            head=f'{{"lc":"object","id":{quote(name)}',
            keys={field: quote(field) for field in by_name},
            known=frozenset({*by_name, *row.made}),
            declaring=_declaring(described),
            maker=maker,
            told=told,
            is_retyped=any(
                described.model_fields[name].annotation != maker.model_fields[name].annotation
                for name in told
            ),
        )

    def quoted(self, name: str) -> str:
        """Returns the name of an attribute as it stands in a text."""
        return self.keys.get(name) or quote(name)

    def secrets_of(self, value: Any) -> dict[str, str]:
        """Returns the fields that the class and its bases declare secret, with their variables."""
        return _merged(self.declaring, value)

    def trouble_with(self, held: Mapping[str, Any], derived: Collection[str]) -> str | None:
        """Returns why a restore would refuse these attributes, or None.

        Args:
            derived: What `derived_of` says of them.
        """
        for name in sorted(held.keys() - self.known):
            if not self.beside.may_hold(self.cls, name, held[name]):
                return f"it holds an attribute `{name}` that a restore would not set"
        reason = _trouble_with_annotations(self, held, derived) or self._stranger(held)
        if reason is None and self.is_retyped:
            from persist.adapters import _extended

            told = self.told.keys() - made_of(self.row, held) - {*derived}
            given = {name: it for name, it in held.items() if name in told}
            return _extended.trouble_with_fields(self.maker, given)
        return reason

    def _stranger(self, held: Mapping[str, Any]) -> str | None:
        """Returns which live thing a restore would replace by another, or None."""
        if not self.row.construct or not self.row.made:
            return None
        from persist.adapters import _clients

        if self.row.borrows:
            from persist.adapters import _surroundings

            reason = _surroundings.borrowed(self.row, held)
            if reason is not None:
                return reason
        given = {
            name: value
            for name, value in held.items()
            if name in self.told.keys() - made_of(self.row, held)
            and not self.told[name].is_default(value)
        }
        try:
            name = _clients.stranger_of(
                held, self.row.made, functools.partial(_construct.fresh, self.maker, given)
            )
        except Exception as error:
            what = f"its class makes no client of its other fields (`{type(error).__qualname__}`)"
            return _construct.reason_of(error, what)
        return name and f"its `{name}` is another than its class makes of its other fields"


def is_special(cls: type, row: Row | None) -> bool:
    """Returns whether something of an instance is left out: made things, or declared secrets."""
    return (
        (row is not None and row.is_rebuilt)
        or declares_secrets(cls)
        or (has_own_state(cls) and not memos_of(cls))
    )


def has_own_state(cls: Any) -> bool:
    """Returns whether a class says itself what of an instance is to be kept."""
    own: bool = cls.__getstate__ not in (BaseModel.__getstate__, RootModel.__getstate__)
    return own


def memos_of(cls: type) -> tuple[str, ...]:
    """Returns the private attributes that are all that its `__getstate__` leaves out."""
    owner = next(base for base in cls.__mro__ if "__getstate__" in vars(base))
    row = row_at(owner)
    return () if row is None else row.memos


def declares_secrets(cls: type) -> bool:
    """Returns whether a class says of itself, as LangChain's do, which fields are secret."""
    return any(
        "lc_secrets" in vars(base) for base in cls.__mro__ if base.__name__ != "Serializable"
    )


def target_of(
    cls: Any, row: Row | None, is_changed: bool, defaults: Mapping[str, object]
) -> _construct.Target:
    """Returns what the constructor's door needs to know of a model."""
    name = names.name_of(cls) or ""
    # Classes that a table lists stay for good: each is asked but once.
    is_listed = row is not None and row_of(name) is row
    target = _listed_target(cls, name) if is_listed else _new_target(cls, name, row)
    known = {} if is_changed else target.known
    return target._replace(is_changed=is_changed, defaults=defaults, known=known)


@functools.cache
def _listed_target(cls: Any, name: str) -> _construct.Target:
    return _new_target(cls, name, row_of(name))


def _new_target(cls: Any, name: str, row: Row | None) -> _construct.Target:
    fields = {field.name: field for field in fields_of(cls)}
    beside = beside_of(cls, row)
    return _construct.Target(cls, name, row or Row(name), fields, beside, False, {}, _known(fields))


def _known(fields: Mapping[str, Field]) -> dict[str, object]:
    return {name: it.new_default() for name, it in fields.items() if it.has_known_default}


def maker_target(target: _construct.Target) -> _construct.Target | None:
    """Returns what the listed class is told that is to make a program's model, None for another.

    What the model has for a default, that class may not.
    """
    maker = maker_of(target.cls)
    if is_listed(target.row) or maker is target.cls:
        return None
    made_by = target_of(maker, row_at(maker), False, {})
    known = {name: it for name, it in _known(target.fields).items() if name in made_by.fields}
    return made_by._replace(name=target.name, defaults={**made_by.known, **known})


def secrets_of(value: Any) -> dict[str, str]:
    """Returns the fields that a class and its bases declare secret, with their variables."""
    return _merged(_declaring(type(value)), value)


def _declaring(cls: type) -> tuple[Any, ...]:
    declared = (vars(base).get("lc_secrets") for base in reversed(cls.__mro__))
    return tuple(it for it in declared if it is not None)


def _merged(declaring: tuple[Any, ...], value: Any) -> dict[str, str]:
    merged: dict[str, str] = {}
    for declared in declaring:
        merged.update(declared.__get__(value, type(value)))
    return merged


def made_of(row: Row, held: Mapping[str, object]) -> set[str]:
    """Returns the fields whose values the constructor made."""
    return set(row.made) | {
        name for name, others in row.made_beside.items() if is_beside(others, held)
    }


def derived_of(shape: Shape, held: Mapping[str, object]) -> set[str]:
    """Returns the fields read as annotations that the class's own validation gives again."""
    derived = set()
    for name in shape.row.annotations:
        if name not in shape.fields or name not in held:
            continue
        told = {other: held[other] for other in shape.told if other in held}
        if shape.row.validate and _produced.is_noted(shape.maker, told, name):
            derived.add(name)
            continue
        others = {other: value for other, value in told.items() if other != name}
        try:
            fresh = _construct.fresh(shape.maker, others)
        except Exception:
            continue
        made = vars(fresh).get(name)
        if type(held[name]) is type(made) and held[name] == made:
            derived.add(name)
            if shape.row.validate:
                _construct.note(shape.maker, fresh)
                _produced.note(shape.maker, told, name)
    return derived


def _trouble_with_annotations(
    shape: Shape, held: Mapping[str, Any], derived: Collection[str]
) -> str | None:
    """Returns why a restore would refuse a field read as annotations, or None."""
    for name in {*shape.row.annotations} & held.keys() - {*derived}:
        given = {other: held[other] for other in shape.told if other in held}
        try:
            made = vars(_construct.fresh(shape.maker, given)).get(name)
        except Exception as error:
            what = "the class's own validation refuses its fields"
            return _construct.reason_of(error, what)
        if type(made) is not type(held[name]) or made != held[name]:
            return f"the class's own validation gives its field `{name}` another value"
    return None


class Kept(Record):
    """What pydantic keeps of an instance, in the order of `_SLOTS`."""

    held: dict[str, Any]
    names: set[str]
    extra: dict[str, Any] | None
    private: dict[str, Any] | None


def kept_of(value: Any) -> Kept:
    """Returns what pydantic keeps of an instance as it stands."""
    return Kept(*(getattr(value, name) for name in _SLOTS))


def _is_usual(kept: Kept) -> bool:
    """Returns whether a restore gives what pydantic keeps in the very types that it has."""
    maps = {type(it) for it in (kept.held, kept.extra, kept.private) if it is not None}
    texts = {*map(type, kept.names), *map(type, kept.held), *map(type, kept.private or ())}
    return type(kept.names) is set and maps == {dict} and texts <= {str}


def describe_object(shape: Shape, value: Any, context: str, session: Any) -> Pieces | str:
    """Returns the node of an instance that is not written as it stands, or why there is none."""
    kept = kept_of(value)
    if not _is_usual(kept):
        return "what it keeps of its fields is of classes that extend `dict`, `set` or `str`"
    if has_own_state(shape.cls):
        state = value.__getstate__()
        if type(state) is not dict or state.keys() != set(_SLOTS):
            return "its `__getstate__` gives something else than what pydantic keeps"
        kept = Kept(*(state[name] for name in _SLOTS))
    held = kept.held
    derived = derived_of(shape, held)
    trouble = shape.trouble_with(held, derived)
    if trouble is not None:
        return trouble
    for name in opted_in(opt_in_of(type(value)), held):
        session.name(name, "value")
    left_out = made_of(shape.row, held)
    left_out |= {name for name in derived if not shape.fields[name].is_default(held[name])}
    declared = {**shape.row.secrets, **shape.secrets_of(value)}
    if declared:
        # Kept ones too: what is not set is taken from the environment when it is built again.
        session.sends(value, endpoints_of(type(value)))
    secrets = {} if session.keeps_secrets else declared
    parts: list[Any] = []
    for name, child in held.items():
        if name in left_out:
            continue
        parts.append(f"{',' if parts else ''}{shape.quoted(name)}:")
        inner = _secrets.hidden_in(child)
        is_secret = name in secrets and isinstance(inner, str | bytes) and inner
        trouble = _secrets.trouble_with(shape.cls, name, child) if is_secret else None
        if trouble is not None:
            return trouble
        if is_secret and isinstance(inner, str) and _secrets.is_given_back(shape.cls, name, child):
            parts.append(session.node(secrets[name], inner, name))
        else:
            parts.append((f".{name}", child))
    pieces = [*shape.row.begun, ',"dict":{', *parts, "}"]
    for name, text in state_of(shape, kept, is_object=True).items():
        pieces += [f",{quote(name)}:", *text]
    return shape.head, [*pieces, "}"]


def state_of(shape: Shape, kept: Kept, is_object: bool = False) -> dict[str, list[Any]]:
    """Returns the fields set, extras and private attributes, each where it must be written.

    Args:
        is_object: It is an object node, which has private attributes at their defaults, too.
    """
    state: dict[str, list[Any]] = {}
    held, names, extra, private = kept
    expected = {
        name
        for name, field in shape.fields.items()
        if field.kind == "required" or (name in held and not field.is_default(held[name]))
    }
    if names != expected | set(extra or ()):
        state["set"] = [f"[{','.join(map(string, sorted(names)))}]"]
    if extra:
        state["extra"] = [extra]
    if private is not None and shape.row.construct:
        private = {name: it for name, it in private.items() if name in shape.beside.private}
    told = {*private} - {*memos_of(shape.cls)} if is_object and private else set()
    if private is not None and (told or not _is_default_private(shape, private)):
        state["private"] = [private]
    undeclared = shape.beside.undeclared(name for name in held if name not in shape.known)
    if undeclared:
        state["undeclared"] = [f"[{','.join(map(quote, undeclared))}]"]
    return state


def _is_default_private(shape: Shape, private: Mapping[str, object]) -> bool:
    is_made, own = shape.row.construct, shape.beside.private
    known = [it for it in _privates(shape.cls) if it.name in own or not is_made]
    return len(known) == len(private) and all(
        it.is_known and it.name in private and plans.is_same(private[it.name], it.default)
        for it in known
    )


def trouble_of(cls: type[BaseModel], taken_apart: bool = False) -> str | None:
    """Returns why instances of a model cannot be carried by their state, or None.

    A `__getstate__` of the class's own is no trouble where it is called to take instances apart.
    """
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    if names.name_of(cls) is None:
        return nameless(cls)
    if not taken_apart and len(cls.model_fields) > plans.MAX_FIELDS:
        return f"its class {name} has more than {plans.MAX_FIELDS} fields"
    trouble = hook_trouble(cls, taken_apart)
    if trouble is None and maker_of(cls) is not cls:
        from persist.adapters import _extended

        return _extended.trouble_with_model(cls)
    return trouble


def nameless(cls: type[BaseModel]) -> str:
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    return f"no name leads to its class {name}: it was made at run time, or replaced"


def hook_trouble(cls: type[BaseModel], taken_apart: bool = False) -> str | None:
    name = f"`{cls.__module__}.{cls.__qualname__}`"
    for hook in _HOOKS:
        if hook == "__getstate__" and taken_apart:
            continue
        # A root model's own two only copy the fields and the names set.
        if getattr(cls, hook, None) not in (
            getattr(BaseModel, hook, None),
            getattr(RootModel, hook, None),
        ):
            return f"its class {name} is taken apart by a `{hook}` of its own"
    return None


def model_facts(cls: type[BaseModel], row: Row | None) -> dict[str, Any]:
    """Returns what a plan says of every model."""
    beside = beside_of(cls, row)
    allows_extra = cls.model_config.get("extra") == "allow"
    inherited = _checks.inherited(cls)
    is_asked = _checks.has_any(inherited) or (allows_extra and asked.is_called(cls))
    slots = [(name, slot) for name, slot in slots_of(cls) if name not in _SLOTS]
    check = functools.partial(_checks.check_asked, inherited) if is_asked else None
    bases = [] if is_listed(row) else _checked_bases(cls)
    if bases:
        check = functools.partial(_construct.check_extended, bases, check)
    return {
        "has_dict": True,
        "model": ["__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__"],
        "slots": slots,
        "allows_extra": allows_extra,
        "private": _privates(cls),
        "memos": memos_of(cls),
        "cached": beside.names,
        "open": beside.open,
        **({} if check is None else {"check": check}),
    }


def _checked_bases(cls: type[BaseModel]) -> list[_construct.Target]:
    """Returns the listed classes that one in no table extends, where they check their instances."""
    name = f"{cls.__module__}:{cls.__qualname__}"
    found = ((base, row) for base, row in listed_over(cls) if _construct.has_check(row))
    return [target_of(base, row, False, {})._replace(name=name) for base, row in found]


def _privates(cls: type[BaseModel]) -> list[plans.Private]:
    found = []
    for name, info in private_attributes(cls).items():
        default = info.default
        is_known = plans.field_kind(default) == "scalar" or isinstance(default, type)
        is_given = default is not PydanticUndefined or info.default_factory is not None
        found.append(plans.Private(name, is_known, default if is_known else None, is_given))
    return found


def fields_of(cls: type[BaseModel]) -> list[Field]:
    """Returns the fields of a model with what is known of their defaults."""
    return [_field(name, info) for name, info in cls.model_fields.items()]


def _field(name: str, info: FieldInfo) -> Field:
    is_excluded = bool(info.exclude)
    if info.is_required():
        return Field(name, "required", None, None, False, is_excluded)
    if info.default_factory is not None:
        kind = {list: "list", dict: "dict"}.get(info.default_factory, "opaque")  # type: ignore[call-overload]
        return Field(name, kind, None, None, True, is_excluded)
    default = info.default
    if default is PydanticUndefined:
        return Field(name, "opaque", None, None, False, is_excluded)
    return Field(name, plans.field_kind(default), default, default, True, is_excluded)


def record_of(cls: type[BaseModel], fields: Iterable[Field]) -> dict[str, object]:
    """Returns what the metadata say of a model: its fingerprint and its defaults.

    A text leaves out values, and which fields were set, where that follows from the defaults. With
    them it says all of that also where the class has changed since.
    """
    defaults: dict[str, object] = {
        field.name: field.new_default() for field in fields if field.has_known_default
    }
    defaults |= {it.name: it.default for it in _privates(cls) if it.is_known}
    plain = {name: value for name, value in defaults.items() if not isinstance(value, type)}
    record: dict[str, object] = {**print_of(cls)}
    return record | {"defaults": plain} if plain else record


def print_of(cls: type[BaseModel]) -> dict[str, object]:
    """Returns the fingerprint: fields, their constraints, and the code of all validators."""
    fields = [_field_text(name, info) for name, info in cls.model_fields.items()]
    private = [_private_text(name, it.default) for name, it in private_attributes(cls).items()]
    config = [
        f"config {name} {fingerprints.text_of(value)}"
        for name, value in sorted(cls.model_config.items())
    ]
    return fingerprints.record_of(cls, [*fields, *private, *config], _validators(cls))


def _private_text(name: str, default: object) -> str:
    is_told = type(default) in plans.SCALARS or isinstance(default, type)
    return f"private {name} {fingerprints.text_of(default) if is_told else ''}"


def _field_text(name: str, info: FieldInfo) -> str:
    factory = info.default_factory
    default = getattr(factory, "__qualname__", "factory") if factory else ""
    # Any other is in every state that has the field.
    if factory is None and type(info.default) in plans.SCALARS:
        default = fingerprints.text_of(info.default)
    annotation = fingerprints.text_of(info.annotation)
    constraints = fingerprints.text_of(info.metadata)
    return f"field {name} {annotation} {default} {constraints} {info.alias} {info.exclude}"


def _validators(cls: type[BaseModel]) -> Iterator[object]:
    decorators = cls.__pydantic_decorators__
    for group in (decorators.validators, decorators.field_validators):
        yield from (decorator.func for decorator in group.values())
    for others in (decorators.root_validators, decorators.model_validators):
        yield from (decorator.func for decorator in others.values())
    for info in cls.model_fields.values():
        yield from (item.func for item in info.metadata if callable(getattr(item, "func", None)))
    if cls.model_post_init is not BaseModel.model_post_init:
        yield cls.model_post_init
