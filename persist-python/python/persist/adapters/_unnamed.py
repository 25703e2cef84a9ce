"""Plans of pydantic models that no name leads to: loaded only where there is one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from persist.adapters import _builders, _checks, _construct, _filled, _model
from persist.adapters._row import Row
from persist.adapters._tables import opt_in_of, row_at, row_of
from persist.state import names, plans
from persist.state.plans import Pieces, Plan
from pydantic import BaseModel, RootModel

__all__ = ["builder_of", "plan_for"]


def plan_for(cls: Any, row: Row | None) -> Plan:
    """Returns the plan of a model with arguments, or of one that was made at run time.

    The class stands in the text as a node. All its fields are written, and which were set: nobody
    may know the defaults of such a class later.
    """
    origin = _filled.origin_of(cls)
    shown = f"`{cls.__module__}.{cls.__qualname__}`"
    trouble = _model.hook_trouble(cls)
    if trouble is None and _is_checked_alone(cls, row):
        return _checked_plan(cls, row)
    is_built = row is not None and bool(opt_in_of(cls) or row.validate)
    if trouble is None and (is_built or _model.is_special(cls, row) or _extends_row(cls, origin)):
        trouble = f"its class {shown} has no name, and its instances are not written as they stand"
    record = (
        _record_of_made(cls)
        if origin is None
        else _model.record_of(origin, _model.fields_of(origin))
    )
    name = names.name_of(origin) if origin is not None else f"<made>:{cls.__qualname__}"
    if trouble is not None or name is None:
        return plans.refused(cls, trouble or _model.nameless(cls))
    if origin is None and record:
        # Two classes of one qualified name are told apart.
        name = f"{name}:{record['fingerprint']}"
    facts = _model.model_facts(cls, row)
    own = facts.get("check")
    if _construct.has_check(row):
        own = functools.partial(_construct.check, _model.target_of(cls, row, False, {}))
    facts |= {
        "name": name,
        "describe": _filled.class_of,
        "cached": frozenset({*facts["cached"], *cls.model_fields}),
        "declared": [*cls.model_fields],
        "check": functools.partial(_checks.check_whole, cls, own),
        "record": record,
    }
    return plans.object_plan(cls, (), **facts)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object] | None:
    """Returns what builds instances of such a model, None where they are set by state."""
    return _builders.model_builder(_target_of(plan.class_)) if plan.shape == "described" else None


def _is_checked_alone(cls: Any, row: Row | None) -> bool:
    """Returns whether a listed generic, with arguments, only looks at fields with annotations."""
    if row is None or _filled.origin_of(cls) is None or not row.annotations:
        return False
    is_more = row.construct or row.validate or bool(opt_in_of(cls))
    return not is_more and not _model.declares_secrets(cls) and not _model.has_own_state(cls)


def _target_of(cls: Any) -> _construct.Target:
    name = names.name_of(_filled.origin_of(cls)) or ""
    return _model.target_of(cls, row_of(name), False, {})._replace(name=name)


def _checked_plan(cls: Any, row: Row | None) -> Plan:
    """Returns the plan of a class whose own constructor makes its instances, with their types."""
    origin, target = _filled.origin_of(cls), _target_of(cls)
    fields = _model.fields_of(cls)
    by_name = {field.name: field for field in fields}
    # What the class itself is told must suit its arguments, too.
    shape = _model.Shape.of(cls, row, fields)
    shape = shape._replace(maker=cls, told=by_name, is_retyped=False)
    return plans.described(
        cls,
        functools.partial(_describe_checked, shape),
        **_model.model_facts(cls, row)
        | {
            "name": target.name,
            "fields": [tuple(field) for field in fields],
            "forbidden": plans.forbidden_names(cls, set()),
            "record": _model.record_of(origin, _model.fields_of(origin)),
            "check": functools.partial(_construct.check, target),
        },
    )


def _describe_checked(shape: _model.Shape, value: Any, context: str, session: Any) -> Pieces | str:
    found = _model.describe_object(shape, value, context, session)
    if isinstance(found, str):
        return found
    begun, *pieces = found[1]
    made = (".__class__", _filled.class_of(shape.cls, session))
    return '{"lc":"object"', [begun, ',"class":', made, *pieces]


def _extends_row(cls: type[BaseModel], origin: Any) -> bool:
    """Returns whether a class made at run time is more than one that no table speaks of."""
    return origin is None and any(
        row_at(base) is not None for base in cls.__mro__[1:] if base not in (BaseModel, RootModel)
    )


def _record_of_made(cls: type[BaseModel]) -> dict[str, object]:
    """Returns what the metadata say of a class made at run time: what it is by its bases."""
    is_alone = cls.__bases__ == (BaseModel,)
    return {} if is_alone else {**_model.print_of(cls)}
