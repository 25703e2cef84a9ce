"""Plans for LangChain's serializable classes: loaded only where langchain-core is.

Messages, documents and other plain ones are written natively. Classes that declare secrets, have
a name of their own or write attributes that no table lists are asked for their `to_json`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Collection, Mapping
from typing import Any

from langchain_core.load import mapping as legacy
from langchain_core.load.serializable import Serializable
from persist.adapters import _construct, _model, _secrets
from persist.adapters._row import Row
from persist.adapters._tables import endpoints_of, is_listed, opt_in_of
from persist.state import names, plans
from persist.state.plans import Pieces, Plan
from persist.state.record import Record
from persist.state.secrets import opted_in
from persist.state.text import quote

__all__ = ["is_revivable", "name_of_id", "plan_for"]


def plan_for(cls: type, row: Row | None) -> Plan | None:
    """Returns the plan of a class that LangChain serializes, None for any other."""
    if not is_revivable(cls) or names.name_of(cls) is None:
        return None
    trouble = _model.trouble_of(cls)
    if trouble is not None:
        return plans.refused(cls, trouble)
    mirrored = _mirrored(cls, row)
    fields = [
        field._replace(is_mirrored=True) if field.name in (mirrored or ()) else field
        for field in _model.fields_of(cls)
    ]
    lc_id: list[str] = cls.lc_id()  # type: ignore[attr-defined]
    name = names.name_of(cls) or ""
    class_path = None if name_of_id(lc_id) == name else name
    known: dict[str, object] = {
        "lc_id": lc_id,
        "class_path": class_path,
        "record": _model.record_of(cls, fields),
        "forbidden": plans.forbidden_names(cls, set()),
        "fields": [tuple(field) for field in fields],
        **_model.model_facts(cls, row),
    }
    if is_listed(row) and _construct.has_check(row):
        target = _model.target_of(cls, row, False, {})
        known["check"] = functools.partial(_construct.check, target)
    if mirrored is not None and not _model.is_special(cls, row) and not opt_in_of(cls):
        if cls.to_json is Serializable.to_json:  # type: ignore[attr-defined]
            return plans.make(cls, "constructor", **known)
        if _is_titled(cls):
            return plans.make(cls, "constructor", title=cls.__name__, **known)
    shape = _Shape(_model.Shape.of(cls, row, fields), lc_id, class_path)
    return plans.described(cls, functools.partial(_describe, shape), **known)


def is_revivable(cls: type) -> bool:
    """Returns whether LangChain writes instances of a class, and so reads them."""
    return issubclass(cls, Serializable) and bool(cls.is_lc_serializable())


def _mirrored(cls: type, row: Row | None) -> tuple[str, ...] | None:
    """Returns the fields that `lc_attributes` repeats, None where that has to be asked."""
    if cls.lc_attributes is Serializable.lc_attributes:  # type: ignore[attr-defined]
        return ()
    return row.attributes if row is not None and row.attributes else None


def _is_titled(cls: Any) -> bool:
    """Returns whether `to_json` adds to the fields just a name, its own or that of its class.

    That is what runnables do.
    """
    base = getattr(sys.modules.get("langchain_core.runnables.base"), "RunnableSerializable", None)
    return (
        base is not None
        and cls.to_json is base.to_json
        and getattr(cls, "get_name", None) is base.get_name
        and "name" in cls.model_fields
    )


def name_of_id(lc_id: list[str]) -> str:
    """Returns the canonical name that LangChain's own loader would look an id up under."""
    path = legacy.SERIALIZABLE_MAPPING.get(tuple(lc_id)) or _others().get(
        tuple(lc_id), tuple(lc_id)
    )
    *module, name = path
    return f"{'.'.join(module)}:{name}"


@functools.cache
def _others() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    merged: dict[tuple[str, ...], tuple[str, ...]] = {}
    for table in (
        legacy.OLD_CORE_NAMESPACES_MAPPING,
        legacy._OG_SERIALIZABLE_MAPPING,
        legacy._JS_SERIALIZABLE_MAPPING,
    ):
        merged.update(table)
    return merged


class _Shape(Record):
    """What is known of a class before an instance is seen."""

    model: _model.Shape
    lc_id: list[str]
    class_path: str | None

    @property
    def row(self) -> Row:
        """The table row of the class."""
        return self.model.row


def _describe(shape: _Shape, value: Any, context: str, session: Any) -> Pieces | str:
    dumped: Any = value.to_json()
    if dumped.get("type") != "constructor":
        return f"`{type(value).__qualname__}.to_json` calls it not serializable"
    derived = _model.derived_of(shape.model, vars(value))
    trouble = shape.model.trouble_with(vars(value), derived)
    if trouble is not None:
        return trouble
    for name in opted_in(opt_in_of(type(value)), vars(value)):
        session.name(name, "value")
    kwargs = dumped["kwargs"]
    known = {*shape.model.fields, *shape.row.made}
    foreign = [name for name in kwargs if name not in known]
    if foreign and not session.is_langchain:
        return f"its `to_json` gives `{foreign[0]}`, which is no field that a restore would set"
    secrets = shape.model.secrets_of(value)
    held = vars(value)
    for name in sorted(kwargs.keys() & held.keys() - {*shape.row.made, *secrets}):
        # A text has room for one value of a field, and that is LangChain's.
        if not plans.is_same(kwargs[name], held[name]):
            return f"its `to_json` gives another value for `{name}` than the field has"
    for name in () if session.keeps_secrets else secrets:
        trouble = _trouble_with_secret(type(value), name, held.get(name))
        if trouble is not None:
            return trouble
    if secrets:
        session.sends(value, endpoints_of(type(value)))
    pieces = shape.row.begun
    told = {
        name
        for name, child in held.items()
        if (
            _is_left_to_kwargs(value, name, session, name in kwargs or name in shape.row.secrets)
            if name in secrets
            else name in kwargs
        )
    }
    state = _state_of(shape, value, told, derived)
    if session.is_langchain:
        if state.keys() - {"class", "set"}:
            return (
                f"`{names.name_of(type(value))}` holds state that LangChain's text has no place for"
            )
    elif state:
        pieces += [',"state":{"__lc_escaped__":{', *_joined(state), "}}"]
    pieces += [',"kwargs":{', *_joined(_kwargs_of(shape, value, kwargs, secrets, session)), "}"]
    if "name" in dumped:
        pieces.append(f',"name":{quote(dumped["name"])}')
    head = ",".join(map(quote, shape.lc_id))
    return f'{{"lc":1,"type":"constructor","id":[{head}]', [*pieces, "}"]


def _joined(parts: Mapping[str, list[Any]]) -> list[Any]:
    pieces: list[Any] = []
    for key, value in parts.items():
        pieces += [f"{',' if pieces else ''}{quote(key)}:", *value]
    return pieces


def _kwargs_of(
    shape: _Shape, value: Any, kwargs: Mapping[str, Any], secrets: Mapping[str, str], session: Any
) -> dict[str, list[Any]]:
    parts: dict[str, list[Any]] = {}
    for key, child in kwargs.items():
        if key in shape.row.made:
            continue
        if key in secrets:
            inner = _secrets.hidden_in(value.__dict__.get(key))
            if inner is not None and not _is_left_to_kwargs(value, key, session, True):
                continue
            node = session.node(secrets[key], inner, key) if inner is not None else "null"
            parts[key] = [node]
        else:
            parts[key] = [(f".{key}", child)]
    return parts


def _state_of(
    shape: _Shape, value: Any, told: Collection[str], derived: Collection[str]
) -> dict[str, list[Any]]:
    """Returns what a constructor node must carry beside its kwargs, which tell some fields."""
    held = vars(value)
    model = shape.model
    # An empty container that something else refers to may be met again, and must then be written.
    # Its dict and the call account for two references.
    shared = {
        name
        for name in held
        if sys.getrefcount(held[name]) > 2 and type(held[name]) in (list, dict)
    }
    left_out = _model.made_of(shape.row, held)
    left_out |= {name for name in derived if held[name] or name not in shared}
    fields = {
        name: child
        for name, child in held.items()
        if name in model.fields
        and name not in left_out
        and name not in told
        and (
            name in model.row.annotations
            or not model.fields[name].is_default(child)
            or name in shared
        )
    }
    state: dict[str, list[Any]] = {}
    if shape.class_path is not None:
        state["class"] = [quote(shape.class_path)]
    state |= _model.state_of(model, _model.kept_of(value))
    state |= _layout_of(model, held)
    if fields:
        state["fields"] = [fields]
    return state


def _trouble_with_secret(cls: type, name: str, secret: Any) -> str | None:
    inner = _secrets.hidden_in(secret)
    if not isinstance(inner, str | bytes | None):
        return f"its field `{name}` is declared secret, and is no text that could be given back"
    return None if inner is None else _secrets.trouble_with(cls, name, secret)


def _is_left_to_kwargs(value: Any, name: str, session: Any, is_told: bool) -> bool:
    # Kept secrets stand in the state: LangChain's node has no place for a value. Nor has it one for
    # None, which only a constructor of the tables is told of a secret that the text does not name,
    # and for what hides a secret where the field's annotation does not say so.
    secret = vars(value).get(name)
    if _secrets.hidden_in(secret) is None:
        return is_told
    return not session.keeps_secrets and _secrets.is_given_back(type(value), name, secret)


def _layout_of(model: _model.Shape, held: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Returns how the instance's dict differs from one that has just the fields, in order."""
    state: dict[str, list[Any]] = {}
    # A client that a property made and keeps among the attributes is made again on first use.
    made = set(model.row.made) - model.fields.keys()
    held = {name: child for name, child in held.items() if name not in made}
    foreign = {name: child for name, child in held.items() if name not in model.fields}
    usual = [name for name in model.fields if name in held] + list(foreign)
    if list(held) != usual:
        state["order"] = [f"[{','.join(map(quote, held))}]"]
    missing = [name for name in model.fields if name not in held]
    if missing:
        state["missing"] = [f"[{','.join(map(quote, missing))}]"]
    if foreign:
        state["dict"] = [foreign]
    return state
