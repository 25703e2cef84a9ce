"""What the state of some classes must be beyond what their fields say.

A row names its check. It runs on a finished object, when it is saved and when it is restored, and
returns what is wrong, or None. It calls nothing that the object holds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from persist.adapters import _tables
from persist.adapters._row import Row
from persist.state import asked, hints, names, problems
from persist.state.held import attributes_of, is_lazy

__all__ = [
    "CHECKS",
    "check",
    "check_all",
    "check_asked",
    "check_whole",
    "has_any",
    "inherited",
    "over",
    "trouble_of",
]

NONE = type(None)
RUNNABLE = "langchain_core.runnables.base:Runnable"
PLAIN = (NONE, bool, int, float, str)
CONTAINERS = (dict, list, tuple)

ASKED = asked.NAMES | {"__wrapped__"}
"""What a model answers by an extra of that name, where its class does not."""


def has_any(row: Row) -> bool:
    """Returns whether finished objects of a row's class are checked here."""
    return bool(row.types or row.schemas or row.check or row.labels or row.calls)


def inherited(cls: type) -> Row:
    """Returns a row that says what the classes in the tables that one extends are asked for."""
    rows = _tables.rows_over(cls)
    types = {name for row in rows for name in (*row.types, *row.annotations)}
    schemas = {name for row in rows for name in row.schemas}
    labels = {name for row in rows for name in row.labels}
    calls = {name for row in rows for name in row.calls}
    typed, said, parts, called = (tuple(sorted(it)) for it in (types, schemas, labels, calls))
    name = f"{cls.__module__}:{cls.__qualname__}"
    return Row(name, types=typed, schemas=said, labels=parts, calls=called)


def over(cls: type) -> list[Row]:
    """Returns what a class in no table is checked by: all that those which it extends are."""
    name = f"{cls.__module__}:{cls.__qualname__}"
    nearest = (row._replace(name=name) for _, row in _tables.listed_over(cls))
    return [row for row in (inherited(cls), *nearest) if has_any(row)]


def check_all(rows: Collection[Row], made: Any) -> None:
    """Checks a finished object as each of some rows says.

    Raises:
        RebuildError: `invalid_state`.
    """
    for row in rows:
        check(row, made)


def check(row: Row, made: Any) -> None:
    """Checks a finished object as its row says.

    Raises:
        RebuildError: `invalid_state`.
    """
    reason = trouble_of(row, made)
    if reason is not None:
        raise problems.rebuild("invalid_state", f"the state of `{row.name}` is not valid: {reason}")


def trouble_of(row: Row, made: Any) -> str | None:
    """Returns what is wrong with a finished object, or None."""
    # A model keeps its state in its dict, and going through the slots of its bases takes a while.
    is_model = hasattr(type(made), "__pydantic_validator__")
    held = vars(made) if is_model else attributes_of(made)
    if isinstance(made, tuple):
        held = held | dict(zip(getattr(type(made), "_fields", ()), made, strict=False))
    reason = lazy_in(held)
    if reason is not None:
        return reason
    if row.types or row.schemas:
        typed = [*row.types, *(name for name in row.schemas if type(held.get(name)) is not dict)]
        reason = hints.trouble_with(held, typed)
    if row.labels:
        reason = reason or next(filter(None, (_label(held, name) for name in row.labels)), None)
    if row.calls:
        reason = reason or _calling(row, held)
    return reason or (CHECKS[row.check](made) if row.check else None)


def check_whole(cls: Any, own: Callable[[Any], None] | None, value: Any) -> None:
    """Refuses a model that has an extra under the name of a field, or one that would be called.

    Raises:
        RebuildError: `invalid_state`.
    """
    if own is not None:
        own(value)
    hidden = {*cls.model_fields, *ASKED} & set(value.__pydantic_extra__ or ())
    name = f"{cls.__module__}:{cls.__qualname__}"
    if hidden:
        raise problems.invalid_state(name, f"it hides its field `{min(hidden)}`")
    called = asked.called_in(vars(value))
    if called is not None and not _is_of_program(cls, called):
        raise problems.invalid_state(name, f"its field `{called}` holds what would be called")


def _is_of_program(cls: Any, field: str) -> bool:
    """Returns whether a class with a name, maybe one that a model extends, has such a field."""
    bases = (it for it in cls.__mro__ if field in getattr(it, "__pydantic_fields__", {}))
    kinds = (it.__pydantic_generic_metadata__["origin"] or it for it in bases)
    return any(names.name_of(it) is not None for it in kinds)


def check_asked(inherited: Row, value: Any) -> None:
    """Checks what a model of no table is asked for types: what its bases are, and by extras.

    Raises:
        RebuildError: `invalid_state`.
    """
    strange = ASKED & set(value.__pydantic_extra__ or ())
    if strange and asked.is_called(type(value)):
        raise problems.invalid_state(
            inherited.name, f"`{min(strange)}` is no extra that it may hold"
        )
    check(inherited, value)


_LABEL = "[a-z0-9-]{1,63}"


def _label(held: Mapping[str, object], name: str) -> str | None:
    """Returns what is wrong with a part of a host's name: anything else would be another host."""
    value = held.get(name)
    if value is None or (type(value) is str and re.fullmatch(_LABEL, value)):
        return None
    return f"`{name}` is no label of a host's name"


def _calling(row: Row, held: Mapping[str, object]) -> str | None:
    """Returns which field's function, which is called with data, would call that."""
    filled = [name for name in row.calls if callable(held.get(name))]
    # Most of these fields hold no function, and the first save imports no more than it needs.
    if not filled:
        return None
    from persist.adapters import _called

    strange = (it for it in filled if not _called.may_be_called(held[it]))
    return next((f"`{name}` calls what it is given" for name in strange), None)


def lazy_in(held: Mapping[str, object]) -> str | None:
    """Returns which attribute would give by code what it lacks, to whoever goes through it.

    A chain looks for each key in its first map, and that may be one that makes what it lacks.
    """
    # Looked at whenever such an object is saved: by classes, of which there are few.
    if not any(map(is_lazy, _classes_in(held.values()).difference(PLAIN))):
        return None
    name = next(name for name in held if any(map(is_lazy, _classes_in([held[name]]))))
    return f"its `{name}` holds a chain or a view of maps where a map goes"


def _classes_in(values: Collection[object]) -> set[type]:
    """Returns the classes of values, and of what plain containers among them hold."""
    classes = {*map(type, values)}
    if not classes.isdisjoint(CONTAINERS):
        for value in values:
            if type(value) is dict:
                classes.update(map(type, value.values()))
            elif type(value) is list or type(value) is tuple:
                classes.update(map(type, value))
    return classes


def _fields(made: Any) -> str | None:
    """Runs pydantic's validation of all fields, without the constructor that a class may have.

    Of a program's class that of the listed one which it extends: its own may do anything.
    """
    from persist.adapters import _given

    cls = type(made)
    origin = cls.__pydantic_generic_metadata__["origin"] or cls
    if _tables.row_at(origin) is None:
        cls = next((base for base, _ in _tables.listed_over(cls)), cls)
    infos = cls.model_fields
    config = cls.model_config
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    held = {name: value for name, value in vars(made).items() if name in infos}
    reason = _given.strange_in(cls, held)
    if reason is not None:
        return reason
    given = {name if by_name else infos[name].alias or name: held[name] for name in held}
    fresh = object.__new__(cls)
    try:
        cls.__pydantic_validator__.validate_python(given, self_instance=fresh)
    except Exception as error:
        return f"its fields are not what the class declares: {_text_of(error)}"
    for name, value in held.items():
        if not _is_equal(vars(fresh).get(name), value):
            return f"validation changes its field `{name}`"
    return None


def _text_of(error: Any) -> str:
    # Pydantic's own text shows what was given, maybe a secret.
    if type(error).__module__ != "pydantic_core._pydantic_core":
        return type(error).__qualname__
    rows = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows)


def _is_equal(made: object, saved: object) -> bool:
    if made is saved:
        return True
    try:
        return type(made) is type(saved) and bool(made == saved)
    except Exception:
        return False


def _graph(made: Any) -> str | None:
    held = attributes_of(made)
    schemas = held.get("schemas")
    if type(schemas) is not dict or not all(map(hints.is_hint, schemas)):
        return "`schemas` holds something else than types"
    from persist.adapters import _channels

    _channels.check_schemas(schemas)
    return _strange_channel(held.get("channels"), set())


def _compiled(made: Any) -> str | None:
    held = attributes_of(made)
    # It is asked for what it says of channels of its own.
    if not isinstance(held.get("builder"), (*_loaded("langgraph.graph.state:StateGraph"), NONE)):
        return "`builder` is no graph"
    nodes = held.get("nodes")
    said: set[str] = set()
    for node in nodes.values() if isinstance(nodes, Mapping) else ():
        bound = attributes_of(attributes_of(node).get("bound"))
        said |= hints.texts_of(bound.get("func"), bound.get("afunc"))
    return _reserved(held.get("config")) or _strange_channel(held.get("channels"), said)


def _loaded(*names: str) -> tuple[type, ...]:
    """Returns those of these classes whose modules are loaded."""
    halves = (name.split(":") for name in names)
    found = (getattr(sys.modules.get(module), name, None) for module, name in halves)
    return tuple(cls for cls in found if cls is not None)


def _strange_channel(channels: Any, said: set[str]) -> str | None:
    """Returns what is wrong with the channels of a graph, which makes models of their types.

    Args:
        said: The texts by which its functions are annotated.
    """
    # Any other map may hold what it is asked for later, made by whatever it names.
    if type(channels) is not dict:
        return "`channels` is no plain `dict`"
    for name, channel in channels.items():
        # A class is a managed value, whose type nobody asks for.
        if not isinstance(channel, (*_loaded("langgraph.channels.base:BaseChannel"), type)):
            return f"`{name}` is no channel"
        reason = hints.trouble_with(attributes_of(channel), ["typ"], said)
        if reason is not None:
            known = "text by which none of its functions is annotated"
            return f"{reason} in its channel `{name}`: {known}"
    return None


def _binding(made: Any) -> str | None:
    held = vars(made)
    return _redirected(held.get("kwargs")) or _reserved(held.get("config")) or _fields(made)


def _reserved(config: object) -> str | None:
    from persist.adapters import _reached

    return _reached.reserved_in(config)


def _redirected(arguments: object) -> str | None:
    """Returns which argument of a call would send a model's key to another address."""
    for name, value in arguments.items() if isinstance(arguments, Mapping) else ():
        if name in _REDIRECTING or (name in _ADDRESSES and _may_be_address(value)):
            return f"the argument `{name}` would send a model's key to another address"
    return None


def _may_be_address(value: object) -> bool:
    # Of anything but text, what it says of itself may be long, and its own.
    return "://" in value if isinstance(value, str) else type(value) not in PLAIN


_REDIRECTING = {"base_url", "endpoint_url", "http_options"}
_ADDRESSES = {"model", "model_id", "repo_id"}


def _llm_chain(made: Any) -> str | None:
    return _redirected(vars(made).get("llm_kwargs"))


def _google(made: Any) -> str | None:
    """Refuses what the environment alone says: another one would send it elsewhere."""
    held = vars(made)
    if bool(held.get("_use_vertexai")) != bool(held.get("vertexai")):
        return "the environment, and not its field `vertexai`, says where it sends its key"
    return None


def _structured(made: Any) -> str | None:
    return _redirected(vars(made).get("structured_output_kwargs"))


def _function(made: Any) -> str | None:
    """Checks a runnable around a function: what it depends on is asked for types of settings."""
    runnable = _loaded(RUNNABLE)
    deps = vars(made).get("deps", [])
    if type(deps) is not list or not all(isinstance(step, runnable) for step in deps):
        return "`deps` holds something else than runnables"
    for name in ("func", "afunc", "_transform", "_atransform"):
        if name in vars(made) and not callable(vars(made)[name]):
            return f"`{name}` is not callable"
        reason = _step(name, vars(made).get(name)) or _awaited(name, vars(made).get(name))
        if reason is not None:
            return reason
    return None


def _node(made: Any) -> str | None:
    from persist.adapters import _called, _nodes, _reached

    held = attributes_of(made)
    reason = _reached.strange_asked(held.get("func_accepts"))
    for name in ("func", "afunc"):
        reason = reason or _nodes.trouble_of(made, held, name)
        reason = reason or _redirected(_called.added_to(_nodes.called_of(held, name)))
    return reason or _awaited("func", held.get("func"))


def _awaited(name: str, called: Any) -> str | None:
    from persist.adapters import _reached

    if name in ("func", "_transform") and _reached.is_awaited(called):
        return f"`{name}` only makes what is to be awaited"
    return None


def _settings(made: Any) -> str | None:
    """Checks what a node of a graph hands to what it runs, a model maybe."""
    return _redirected(attributes_of(made).get("kwargs"))


def _step(name: str, called: Any) -> str | None:
    """Returns what is wrong with what a step calls."""
    from persist.adapters import _called

    if not _called.may_be_called(called):
        return f"`{name}` calls what it is given"
    return _redirected(_called.added_to(called))


def _history(made: Any) -> str | None:
    from persist.adapters import _called, _configured

    # First of all, its settings are then a list that has an end.
    reason = _binding(made)
    # It is called with settings, by names of the file's.
    called = vars(made).get("get_session_history")
    if _called.runs(called) or not _called.may_be_called(called):
        reason = reason or "`get_session_history` calls what it is given"
    for spec in () if reason else made.history_factory_config:
        reason = reason or _configured.setting_trouble(spec)
    # Its type is asked for: what a runnable says of itself is checked where that stands.
    if not (reason or isinstance(vars(made).get("_history_chain"), _loaded(RUNNABLE))):
        reason = "`_history_chain` is no runnable"
    return reason


def _alternatives(made: Any) -> str | None:
    from persist.adapters import _configured

    reason = _reserved(vars(made).get("config")) or _fields(made)
    return reason or _configured.setting_trouble(made.which)


def _configurable(made: Any) -> str | None:
    from persist.adapters import _configured

    reason = _reserved(vars(made).get("config")) or _fields(made)
    return reason or _configured.trouble_of(made, trouble_of)


def _tool(made: Any) -> str | None:
    from persist.adapters import _called

    held = vars(made)
    if not _is_schema(held.get("args_schema")):
        return "its `args_schema` is neither a model class nor a map"
    for name in ("handle_tool_error", "handle_validation_error"):
        if not _called.may_be_called(held.get(name)):
            return f"`{name}` calls what it is given"
    for name in ("func", "coroutine"):
        called = held.get(name)
        # Most are a program's own function, of which nothing more is to be asked.
        if called is None or _called.is_own(called):
            continue
        if not callable(called):
            return f"`{name}` is not callable"
        if not _called.may_be_called(called):
            return f"`{name}` calls what it is given"
        if _called.runs(called) and not _asks_little(held.get("args_schema")):
            return f"its `args_schema` gives `{name}` more than what a runnable is run with"
        reason = _redirected(_called.added_to(called))
        if reason is not None:
            return reason
    return None


_RUN_WITH = {"input", "config", "kwargs"}
"""What the methods of runnables call their arguments: any other goes to what they run."""


def _asks_little(schema: Any) -> bool:
    """Returns whether arguments for a runnable's own method are its own: a model has settings."""
    if schema is None:
        return True
    if type(schema) is dict:
        return False
    newer, older = getattr(schema, "model_config", {}), getattr(schema, "__config__", None)
    allows_more = newer.get("extra") == "allow" or getattr(older, "extra", None) == "allow"
    return not allows_more and _RUN_WITH.issuperset(_fields_of(schema))


def _channel(made: Any) -> str | None:
    """Checks what a channel calls with two values that steps have given."""
    from persist.adapters import _called

    held = attributes_of(made)
    strange = (it for it in ("operator", "reducer") if not _called.may_be_called(held.get(it)))
    return next((f"`{name}` calls what it is given" for name in strange), None)


def _interrupts(made: Any) -> str | None:
    """Checks what describes a call of a tool to whoever reviews it."""
    from persist.adapters import _called

    reviewed = attributes_of(made).get("interrupt_on")
    for config in reviewed.values() if isinstance(reviewed, Mapping) else ():
        said = config.values() if isinstance(config, Mapping) else ()
        if not all(map(_called.may_be_called, said)):
            return "`interrupt_on` holds what calls what it is given"
    return None


def _injected(made: Any) -> str | None:
    """Checks which attributes of a graph's state tools are given."""
    from persist.adapters import _reached

    fields = attributes_of(made).get("state")
    if type(fields) is not dict:
        return "`state` is no map"
    return next(filter(None, map(_reached.hidden, fields.values())), None)


def _injected_state(made: Any) -> str | None:
    from persist.adapters import _reached

    return _reached.hidden(attributes_of(made).get("field"))


def _tool_node(made: Any) -> str | None:
    from persist.adapters import _reached

    held = attributes_of(made)
    tools, injected = held.get("_tools_by_name"), held.get("_injected_args")
    for name, arguments in injected.items() if type(injected) is dict else ():
        parts = attributes_of(arguments).get("state")
        is_asking = type(parts) is not dict or any(it is not None for it in parts.values())
        if is_asking and not _is_programs(tools.get(name) if type(tools) is dict else None):
            return f"the tool `{name}`, which is no program's own, is given a part of the state"
    return _reached.hidden(held.get("_messages_key"))


def _is_programs(tool: Any) -> bool:
    """Returns whether what a tool calls is a program's own."""
    from persist.adapters import _called

    held = attributes_of(tool)
    called = [it for it in (held.get("func"), held.get("coroutine")) if it is not None]
    if not called:
        return type(tool).__module__.partition(".")[0] not in _tables.TABLES
    return all(map(_called.is_programs, called))


def _is_schema(value: object) -> bool:
    return value is None or type(value) is dict or _is_model_class(value)


def _is_model_class(value: object) -> bool:
    bases = _loaded("pydantic.main:BaseModel", "pydantic.v1.main:BaseModel")
    return isinstance(value, type) and issubclass(value, bases)


def _tools_parser(made: Any) -> str | None:
    tools = vars(made).get("tools")
    if type(tools) is not list or not all(_is_model_class(tool) for tool in tools):
        return "`tools` holds something else than model classes"
    return None


def _schemas_parser(made: Any) -> str | None:
    schemas = vars(made).get("pydantic_schemas") or []
    if type(schemas) is not list or not all(_is_model_class(schema) for schema in schemas):
        return "`pydantic_schemas` holds something else than model classes"
    return None


def _functions_parser(made: Any) -> str | None:
    schema = vars(made).get("pydantic_schema")
    schemas = list(schema.values()) if type(schema) is dict else [schema]
    if not all(_is_model_class(one) for one in schemas):
        return "`pydantic_schema` holds something else than model classes"
    name = vars(made).get("attr_name")
    if name is not None and not all(name in _fields_of(one) for one in schemas):
        return "`attr_name` is no field of its schema"
    return None


def _fields_of(cls: Any) -> Mapping[str, object]:
    fields: Mapping[str, object] = getattr(cls, "model_fields", None) or cls.__fields__
    return fields


def _few_shot(made: Any) -> str | None:
    from persist.adapters import _examples

    return _examples.trouble_of(made)


def _encoded(made: Any) -> str | None:
    """What encodes is called where the type is used: a class, whose methods its program wrote."""
    encoder = attributes_of(made).get("encoder")
    is_named = isinstance(encoder, type) and names.name_of(encoder) is not None
    return None if is_named else "`encoder` is no class that has a name"


CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    "alternatives": _alternatives,
    "compiled": _compiled,
    "encoded": _encoded,
    "graph": _graph,
    "binding": _binding,
    "channel": _channel,
    "configurable": _configurable,
    "few_shot": _few_shot,
    "fields": _fields,
    "function": _function,
    "functions_parser": _functions_parser,
    "google": _google,
    "history": _history,
    "injected": _injected,
    "interrupts": _interrupts,
    "injected_state": _injected_state,
    "llm_chain": _llm_chain,
    "node": _node,
    "schemas_parser": _schemas_parser,
    "settings": _settings,
    "structured": _structured,
    "tool": _tool,
    "tool_node": _tool_node,
    "tools_parser": _tools_parser,
}
