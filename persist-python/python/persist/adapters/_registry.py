"""The plans and builders of classes, by the tables of their packages."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import enum
import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from persist.adapters._row import Row
from persist.adapters._tables import (
    TABLES,
    endpoints_of,
    extending_row,
    opt_in_of,
    reads_of,
    row_at,
    row_of,
    rows_over,
    table,
)
from persist.exceptions import RebuildError
from persist.state import declared, names, plans
from persist.state.admitted import ADMITTED
from persist.state.plans import Plan

if TYPE_CHECKING:
    # A first save restores nothing.
    from persist.state.upgrades import Build, Written

__all__ = [
    "TABLES",
    "begin_node",
    "build_class",
    "builder_of",
    "builder_of_made",
    "constructor_of",
    "endpoints_of",
    "finish_node",
    "import_all",
    "is_constant",
    "kind_of",
    "maker_of",
    "name_of_id",
    "opt_in_of",
    "parametrized",
    "plan_for",
    "reads_of",
    "revive",
    "row_of",
    "secret_type",
    "secrets_of",
    "senders_of",
    "value_kind",
    "wrap_secret",
]

NODES: Mapping[str, str] = {
    "dtype": "persist.adapters._dtypes",
    "family": "persist.adapters._made",
    "hooked": "persist.adapters._middleware",
    "masked": "persist.adapters._scalars",
    "ndarray": "persist.adapters._arrays",
    "scalar": "persist.adapters._scalars",
    "ufunc": "persist.adapters._scalars",
    "void": "persist.adapters._scalars",
}
"""Node kind to the module that builds it."""

WIRED = frozenset({"httpx", "requests"})
"""Packages with classes that keep keys in what is no plain text."""

WITH_IDENTITY = frozenset({"family", "hooked", "ndarray", "void"})
"""Node kinds that may have a label: two mentions of one come back as one."""


def value_kind(kind: str) -> bool | None:
    """Returns whether nodes of a kind have an identity, None where no adapter has the kind."""
    return kind in WITH_IDENTITY if kind in NODES else None


def begin_node(kind: str, parts: dict[str, Any], admit: Callable[[str], type]) -> object:
    """Returns the value of a node that what it holds may mention, None where that needs all."""
    return _node_module(kind).BEGINNERS[kind](parts, admit)


def finish_node(
    kind: str, parts: dict[str, Any], made: object, admit: Callable[[str], type]
) -> object:
    """Returns the value of a node; `made` is what `begin_node` returned for it."""
    return _node_module(kind).BUILDERS[kind](parts, made, admit)


def maker_of(kind: str, text: str) -> tuple[Callable[[list[int]], object], int] | None:
    """Returns what makes values of a type by their shape, and the bytes that an element has."""
    return _node_module(kind).MAKERS[kind](text)  # type: ignore[no-any-return]


def _node_module(kind: str) -> Any:
    try:
        return importlib.import_module(NODES[kind])
    except ModuleNotFoundError as error:
        raise RebuildError(
            f"could not read a node `{kind}`: `{error.name}` is not installed",
            kind="missing_package",
            hint=f"pip install {error.name}",
        ) from error


def plan_for(cls: type) -> tuple[Plan, bool]:
    """Returns the plan of a class, and whether it may be kept for as long as the process runs.

    A class that no name leads back to was made at run time and must be free to go.
    """
    trouble = _trouble_with_metaclass(cls) if type(cls) is not type else None
    if trouble is not None:
        # What a plan asks of its class, this one does not answer.
        return plans.refused(_Other, trouble), False
    is_model = _is_model(cls)
    plan = None if is_model else _plan_of_value(cls)
    if plan is not None:
        return plan, True
    name = names.name_of(cls)
    if is_model and name is not None:
        _complete(cls)
    made = _plan_of_nameless(cls) if name is None else None
    plan = made or _plan(cls, _row_for(cls, name, is_model))
    if is_component(cls):
        plan.guard()
    return plan, name is not None


class _Other:
    """A class that no other equals."""


def _trouble_with_metaclass(cls: type) -> str | None:
    """Returns what keeps a class from being told from any other by asking it, or None.

    Libraries look classes up in tables and ask them for attributes that they need not have.
    """
    try:
        hash(cls)
        is_other = not cls == _Other  # noqa: SIM201 - a metaclass may have just the one
        getattr(cls, "__persist_asks__", None)
    except Exception as error:
        return f"its metaclass raises a `{type(error).__name__}` where its class is looked at"
    return None if is_other else "its metaclass says that its class equals any other"


def _is_model(cls: type) -> bool:
    """Returns whether a class is a pydantic model: never a value, a metaclass or a sentinel."""
    model = getattr(sys.modules.get("pydantic.main"), "BaseModel", None)
    # By identity: a metaclass may answer for `==` with code of its own.
    return any(base is model for base in cls.__mro__)


def _complete(cls: Any) -> None:
    """Resolves what the annotations of a model name, as making its first instance does.

    What is known of a class must not depend on whether this process has used it. It has a name, so
    its annotations are those of its module and never of a text.
    """
    is_complete = cls is sys.modules["pydantic.main"].BaseModel or cls.__pydantic_complete__
    if not is_complete:
        # What cannot be resolved, or made, fails in each process alike.
        with contextlib.suppress(Exception):
            cls.model_rebuild(raise_errors=False, _parent_namespace_depth=0)


def _plan_of_value(cls: type) -> Plan | None:
    """Returns the plan of a value, a metaclass or `object`, None for any other class."""
    from persist.adapters import _made
    from persist.state import constants, values

    if cls is object:
        describe = functools.partial(constants.describe_object, is_constant)
        return plans.described(cls, describe, has_identity=False)
    return _made.plan_for(cls) or values.plan_of_value(cls)


def _plan_of_nameless(cls: type) -> Plan | None:
    from persist.adapters import _made

    if not names.is_told(f"{cls.__module__}:{cls.__qualname__}"):
        reason = (
            f"its class {cls.__qualname__!a} of {cls.__module__!a} has a name with lone surrogates"
        )
        return plans.refused(cls, reason)
    return _made.plan_of_nameless(cls)


def _row_for(cls: type, name: str | None, is_model: bool) -> Row | None:
    """Returns the row of a class; a generic with arguments has that of what takes them.

    A model of a program has one like that of the listed class whose constructor is to make it.
    """
    if is_model and name is not None:
        return row_of(name) or extending_row(cls, name)
    if name is None:
        generic = getattr(cls, "__pydantic_generic_metadata__", None)
        origin = generic.get("origin") if isinstance(generic, dict) else None
        name = None if origin is None else names.name_of(origin)
    return None if name is None else row_of(name)


def is_constant(name: str) -> bool:
    """Returns whether a table lists the name as a constant."""
    row = row_of(name)
    return row is not None and row.role == "sentinel"


def _plan(cls: type, row: Row | None) -> Plan:
    codec = _codec_of(cls)
    if codec is not None:
        own: Plan = codec.plan_for(cls)
        return own
    if row is not None and row.constant:
        from persist.state import constants

        describe = functools.partial(constants.describe_named, row.constant)
        return plans.described(cls, describe, has_identity=False)
    # An adapter that needs a framework can only have something to say once that is loaded.
    if "langchain_core.load.serializable" in sys.modules:
        from persist.adapters import _serializable

        plan = _serializable.plan_for(cls, row)
        if plan is not None:
            return plan
    # Its secrets can be used without its models: what extends one must never be taken for another.
    is_own = any(base.__module__.partition(".")[0] == "pydantic" for base in cls.__mro__)
    if is_own or "pydantic.main" in sys.modules:
        if _is_model(cls) and names.name_of(cls) is None:
            from persist.adapters import _unnamed

            return _unnamed.plan_for(cls, row)
        if _is_model(cls) and _is_hooked(cls):
            from persist.adapters import _hooked

            return _hooked.plan_for(cls)
        from persist.adapters import _model

        plan = _model.plan_for(cls, row)
        if plan is not None:
            return plan
    older: Any = sys.modules.get("pydantic.v1.main")
    if older is not None and any(base is older.BaseModel for base in cls.__mro__):
        from persist.adapters import _older

        is_named = names.name_of(cls) is not None
        return _older.plan_of_named(cls) if is_named else _older.plan_of_filled(cls)
    from persist.state import ordinary

    plan = ordinary.plan_for(cls, **_beside_state(cls, row))
    if cls.__module__.partition(".")[0] not in WIRED:
        return plan
    from persist.adapters import _wires

    return _wires.plan_over(cls, plan)


def _beside_state(cls: type, row: Row | None) -> dict[str, Any]:
    """Returns what the plan of a class that no adapter writes says beside its state."""
    known: dict[str, Any] = {}
    if row is not None or rows_over(cls):
        from persist.adapters import _checks

        checked = _checks.over(cls) if row is None else [row]
        if any(map(_checks.has_any, checked)):
            known["check"] = functools.partial(_checks.check_all, checked)
    if row is not None and row.listed:
        known["listed"] = [tuple(name.split(":")) for name in row.listed]
    if issubclass(cls, functools.partial | functools.partialmethod):
        from persist.adapters import _called

        known["check"] = _called.check_partial
    if hasattr(cls, "__attrs_attrs__"):
        from persist.adapters import attrs

        known |= attrs.completion_of(cls)
    if not known and not rows_over(cls):
        known["lazy"] = plans.lazy_names(cls)
    return known


def is_component(cls: type) -> bool:
    """Returns whether attributes of a class's instances may be credentials.

    A row says so, of the class or of one it extends. Of the classes in no table it is so of all but
    those that are made to hold data.
    """
    for base in cls.__mro__:
        row = row_at(base)
        if row is not None and row.component:
            return True
        if base is cls and row is not None:
            return False
    return not _holds_data(cls)


def _holds_data(cls: type) -> bool:
    """Returns whether a class is a value, dataclass, model, exception or extends a builtin."""
    name = names.name_of(cls)
    is_value = name in ADMITTED or issubclass(cls, type | enum.Enum | collections.UserDict)
    is_model = any(hasattr(cls, mark) for mark in ("__pydantic_fields__", "__fields__"))
    extends = any(base.__module__ == "builtins" and base is not object for base in cls.__mro__)
    return is_value or is_model or extends or dataclasses.is_dataclass(cls)


def _codec_of(cls: type) -> Any:
    """Returns the module that alone knows how a class, or one it extends, is carried, or None."""
    for base in cls.__mro__:
        row = row_at(base)
        if row is not None and row.codec:
            return importlib.import_module(row.codec)
    return None


def name_of_id(lc_id: list[str]) -> str:
    """Returns the class that LangChain's own loader would look up for an id."""
    try:
        from persist.adapters import _serializable
    except ModuleNotFoundError as error:
        raise RebuildError(
            "could not read LangChain's nodes: `langchain-core` is not installed",
            kind="missing_package",
            hint="pip install langchain-core",
        ) from error
    return _serializable.name_of_id(lc_id)


def builder_of(plan: Plan, written: Written) -> Build | None:
    """Returns what builds instances where setting their state is not enough, else None."""
    cls, row, is_changed = plan.class_, row_of(plan.name), written.is_changed
    # Most are of a listed class that is as it was, and each restore asks for each class.
    if row is not None and not (is_changed or row.codec or row.is_rebuilt):
        return None
    codec = _codec_of(cls) if row is None or row.codec else None
    if codec is not None and (row is not None or is_changed in getattr(codec, "EXTENSIBLE", ())):
        build: Build = codec.builder_of(plan)
        return build
    is_model = _is_model(cls)
    row = _row_for(cls, names.name_of(cls), True) if is_model else row
    is_rebuilt = is_changed or (row is not None and row.is_rebuilt)
    if is_rebuilt and is_model and not _is_hooked(cls):
        from persist.adapters import _builders, _model

        target = _model.target_of(cls, row, is_changed, written.defaults)
        target = target._replace(lookup=plan_for)
        made_by = None if is_changed else _model.maker_target(target)
        if made_by is not None:
            return _builders.extended_builder(target, made_by)
        return _builders.model_builder(target)
    if not is_changed:
        return None
    made = _changed_builder(plan, written)
    if made is None:
        from persist.adapters import _listed

        raise _listed.error_of(plan, written)
    return made


def constructor_of(plan: Plan, written: Written) -> Build | None:
    """Returns what builds upgraded instances of a class by its constructor, None without one.

    Raises:
        RebuildError: `class_changed`, its state is none that could be set as it stands.
    """
    if plan.shape == "extended":
        # Its elements are in the order of its fields once they have been upgraded.
        return None
    if plan.shape == "reduced":
        from persist.adapters import attrs
        from persist.state import reductions

        # What the hooks of a program have told, they are given.
        if reductions.gives_state_alone(plan.class_) and not attrs.completion_of(plan.class_):
            return None
    return _changed_builder(plan, written)


def _changed_builder(plan: Plan, written: Written) -> Build | None:
    cls = plan.class_
    if _codec_of(cls) is not None:
        raise RebuildError(
            f"the class `{plan.name}` has changed, and is built in a way of its own",
            kind="class_changed",
            hint="restore with the version that wrote it",
        )
    if _is_model(cls):
        if _is_hooked(cls):
            return None
        from persist.adapters import _builders, _model

        row = _row_for(cls, names.name_of(cls), True)
        target = _model.target_of(cls, row, True, written.defaults)
        return _builders.model_builder(target._replace(lookup=plan_for))
    if not (dataclasses.is_dataclass(cls) or declared.listed_in(cls) or declared.is_mapped(cls)):
        return None
    from persist.adapters import _builders, _construct, _listed
    from persist.adapters._beside import Beside

    target = _construct.Target(cls, plan.name, Row(plan.name), {}, Beside(), True, {})
    target = target._replace(lookup=plan_for)
    if not dataclasses.is_dataclass(cls):
        return _listed.builder_of(plan, target, written)
    taken = {field.name: field.name if field.init else None for field in dataclasses.fields(cls)}
    return _builders.fields_builder(target, taken)


def _is_hooked(cls: Any) -> bool:
    """Returns whether a model's own hooks take it apart: its constructor is not told its state."""
    from persist.adapters import _model

    if _model.hook_trouble(cls, taken_apart=True) is None:
        return False
    from persist.adapters import _hooked

    return _hooked.is_hooked(cls)


def parametrized(origin: Any, arguments: list[Any], late: object) -> object:
    """Returns a generic model with its arguments: pydantic gives the same class each time.

    Those at the places of `late` it gets in a second step.

    Raises:
        TypeError: The class is no generic model, or making it would run what the arguments hold.
    """
    from persist.adapters import _filled

    return _filled.parametrized(origin, arguments, late)


def kind_of(cls: Any) -> str | None:
    """Returns the kind of node that a class has if it is made at run time, None for any other."""
    from persist.adapters import _made

    return _made.kind_of(cls)


def builder_of_made(plan: Plan) -> Callable[[dict[str, Any], bool], object] | None:
    """Returns what builds objects of a class that a text made, None where they are set by state."""
    from persist.adapters import _made

    if _is_model(plan.class_):
        from persist.adapters import _unnamed

        return _unnamed.builder_of(plan)
    return _made.builder_of(plan)


def build_class(kind: str, parts: Mapping[str, Any]) -> object:
    """Builds a class that was made at run time, of the types that its node names.

    Raises:
        RebuildError: `missing_package`, or `invalid_state`: the fields make no class.
    """
    from persist.adapters import _made

    try:
        return _made.build(kind, parts)
    except ModuleNotFoundError as error:
        raise RebuildError(
            "could not make a class: `pydantic` is not installed",
            kind="missing_package",
            hint="pip install pydantic",
        ) from error


def revive(cls: type, name: str, fields: Mapping[str, Any]) -> object:
    """Builds an instance through its constructor, as LangChain's own loader does.

    Raises:
        RebuildError: `invalid_state`, LangChain would not take the class, or it refuses the fields.
    """
    from persist.adapters import _builders, _model, _serializable

    if not _serializable.is_revivable(cls):
        raise RebuildError(f"`{name}` is no class that LangChain serializes", kind="invalid_state")
    row = _row_for(cls, name, _is_model(cls))
    return _builders.revive(_model.target_of(cls, row, False, {}), fields)


def secrets_of(name: str, cls: type) -> Mapping[str, str]:
    """Returns the fields a class declares secret, each with its environment variable."""
    row = row_of(name)
    if row is not None and row.secrets:
        return row.secrets
    inherited: dict[str, str] = {}
    for over in reversed(rows_over(cls) if row is None else []):
        inherited |= over.secrets
    if "langchain_core.load.serializable" not in sys.modules:
        return inherited
    from persist.adapters import _model

    if not _model.declares_secrets(cls):
        return inherited
    try:
        return inherited | _model.secrets_of(object.__new__(cls))
    except Exception:
        # A class whose answer depends on its state has none before it is built.
        return inherited


def wrap_secret(cls: type, field: str, value: str) -> object:
    """Returns a secret's value as the type that the class declares for the field."""
    from persist.adapters import _secrets

    kind = _secrets.kind_of(cls, field)
    wrap = None if kind is None else secret_type(kind)
    if wrap is None:
        return value
    return wrap(value.encode() if kind == "SecretBytes" else value)


def senders_of(name: str, cls: type) -> tuple[str, ...] | None:
    """Returns the fields by which an object around a secret might send it, None where none would.

    What the tables list and is no component sends nothing.
    """
    row = row_of(name)
    endpoints = endpoints_of(cls)
    return endpoints if row is None or row.component or endpoints else None


def secret_type(kind: str) -> Callable[[Any], object] | None:
    """Returns the type that hides a secret, by its name."""
    if not kind.startswith("Secret"):
        return None
    try:
        import pydantic
        from persist.adapters import _hidden
    except ModuleNotFoundError as error:
        raise RebuildError(
            "could not restore a secret: `pydantic` is not installed",
            kind="missing_package",
            hint="pip install pydantic",
        ) from error
    if kind.endswith("/1"):
        from persist.adapters import _veiled

        return _veiled.KINDS.get(kind)
    if kind not in ("SecretStr", "SecretBytes"):
        return _hidden.type_of(kind)
    found: Callable[[Any], object] = getattr(pydantic, kind)
    return found


def import_all() -> None:
    """Imports every table, and the plans of the frameworks that are loaded."""
    from persist.adapters import _checks, _examples, _given, _made  # noqa: F401

    for module in TABLES.values():
        for row in table(module).values():
            if row.codec and row.name.partition(":")[0] in sys.modules:
                importlib.import_module(row.codec)
    if "pydantic.main" in sys.modules:
        from persist.adapters import _clients, _model  # noqa: F401
    if "langchain_core.load.serializable" in sys.modules:
        from persist.adapters import _serializable  # noqa: F401
