"""What a reviewed table says about one name of a framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from persist.state.record import Record

__all__ = ["Group", "Role", "Row", "Table", "is_beside", "parts_of", "rows_of"]

Role = Literal["class", "function", "method", "location", "sentinel", "base"]


class Row(Record):
    """One class, function, method, code location or sentinel that a state text may name, or a base.

    The defaults are those of a plain class: it may be instantiated, by setting its state. It may
    not stand as a value and is never called.
    """

    name: str
    """`module:qualname`, where it is defined.

    A row whose role is `base` admits no instances: it is about the classes that extend its class.
    """
    role: Role = "class"
    value: bool = False
    """The class may also stand as a value: calling it makes a harmless object."""
    is_type: bool = False
    """The class may also stand as a value, as a type: in annotations, and wherever none calls it.

    What validates data by it must make nothing: it is abstract, no model, or holds data alone.
    """
    construct: bool = False
    """Rebuilt by the class's own constructor, because its validators make live things."""
    made: tuple[str, ...] = ()
    """Fields holding what the constructor makes: never written, refused where a text has them."""
    made_beside: Mapping[str, str] = {}
    """Fields the constructor makes only where one of the other fields is set."""
    validate: bool = False
    """The class's own validation runs on the finished object and must leave it equal."""
    takes: Mapping[str, str] = {}
    """Fields that its constructor or validation may be given more than their declared types in.

    Each with the classes whose instances may stand there, or `*`: it keeps what it is given, and
    neither calls that nor asks it for anything.
    """
    lends: tuple[str, ...] = ()
    """Fields that may hold what it makes and does not take: it is lent another thing meanwhile."""
    templates: tuple[str, ...] = ()
    """Fields that hold templates, which validation may fill in: none asks for vast widths."""
    by_state: bool = False
    """Set by its state alone, for its constructor calls a field, connects or reads files."""
    component: bool = False
    """A model, embedding, tool, retriever, store or client: its attributes may be credentials."""
    annotations: tuple[str, ...] = ()
    """Fields the class reads as type annotations: only classes, never text, which would be run."""
    types: tuple[str, ...] = ()
    """Attributes that are asked for types: of these, and of maps and lists of them, never text."""
    schemas: tuple[str, ...] = ()
    """The same, where a map is a JSON schema, and mere data."""
    secrets: Mapping[str, str] = {}
    """Fields the class declares secret, each with the environment variable it is read from."""
    endpoints: tuple[str, ...] = ()
    """Fields that say where a secret of this object would be sent.

    `field=address` names the class's own address, where its declared default does not say it;
    `field.key` a key of a map; `field://` counts only where it holds an address with a scheme.
    """
    reads: tuple[str, ...] = ()
    """Environment variables whose values its client sends, also where it is given a key."""
    borrows: Mapping[str, str] = {}
    """Fields that its constructor and clients take from the environment where they are None.

    Each with the attribute of the clients that keeps it, and that they read at each request.
    """
    labels: tuple[str, ...] = ()
    """Fields that become a part of a host's name: a label, and no more."""
    own: tuple[str, ...] = ()
    """Underscored names that its constructor sets among the attributes without declaring them."""
    derived: tuple[str, ...] = ()
    """Texts and lists of names that the class works out from other fields, and lets go stale: the
    saved one is kept where validation gives another."""
    check: str = ""
    """What the finished object must pass beside its fields' own rules: a name in `_checks`."""
    opt_in: Mapping[str, Mapping[object, str]] = {}
    """Field to value to the name that the caller must admit before a field may hold the value."""
    called: bool = False
    """Steps, tools, channels and partials may be made of it: it calls nothing that it is given."""
    calls: tuple[str, ...] = ()
    """Fields that hold functions which are called with data: those may call nothing of it."""
    codec: str = ""
    """The module that describes and builds this class in a way of its own: it has `plan_for(cls)`
    and `builder_of(plan)`. What extends the class is refused, or built so too where `EXTENSIBLE`
    has whether that class is another by now than when its state was written."""
    constant: str = ""
    """The name of the class's one instance, which has a row of its own: written by that name."""
    listed: tuple[str, ...] = ()
    """The names of instances that others are compared with, by which they are written: each has a
    row of its own. Any other instance is written as what it holds."""
    memos: tuple[str, ...] = ()
    """Private attributes that its `__getstate__` puts back to their default, and does no more."""
    attributes: tuple[str, ...] = ()
    """Fields that LangChain's `lc_attributes` writes always, whatever their value, in its order."""

    @property
    def is_rebuilt(self) -> bool:
        """Whether instances go through the class's constructor, whatever the fingerprint says.

        One exists only when all that it holds does, so nothing in it may lead back to it.
        """
        return self.construct or bool(self.annotations)

    @property
    def begun(self) -> list[Any]:
        """What the pieces of a node begin with: None where all of them make it."""
        return [None] * self.is_rebuilt


class Group(Record):
    """Names of one module whose rows have the same fields."""

    module: str
    names: str
    """Split at blanks."""
    fields: Mapping[str, Any]


def rows_of(module: str, names: str, **fields: object) -> Group:
    """Returns one row for each of the classes of a module, all with the same fields."""
    return Group(module, names, fields)


class Table(Mapping[str, Row]):
    """The rows of a framework by name, each made when it is asked for: a text names a few."""

    def __init__(self, *groups: Group) -> None:
        self._groups: dict[str, list[Group]] = {}
        for group in groups:
            self._groups.setdefault(group.module, []).append(group)
        self._rows: dict[str, Row] = {}

    def __getitem__(self, name: str) -> Row:
        row = self._rows.get(name)
        if row is not None:
            return row
        module, _, wanted = name.partition(":")
        for group in self._groups.get(module, ()):
            if wanted in group.names.split():
                # Two threads may make one at once: all get the same, which is told by identity.
                return self._rows.setdefault(name, Row(name, **group.fields))
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        for module, groups in self._groups.items():
            yield from (f"{module}:{name}" for group in groups for name in group.names.split())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def is_beside(others: str, held: Mapping[str, object]) -> bool:
    """Returns whether one of these fields is set, so that the constructor makes another."""
    return any(held.get(other) is not None for other in others.split())


def parts_of(parts: Mapping[str, Any], required: str, optional: str = "") -> list[Any]:
    """Returns the members of a node by name, None for what is absent; refuses any other."""
    known = [*required.split(), *optional.split()]
    for name in parts:
        if name not in known:
            raise ValueError(f"it has no member `{name}`")
    for name in required.split():
        if name not in parts:
            raise ValueError(f"it lacks its member `{name}`")
    return [parts.get(name) for name in known]
