"""What the tables of frameworks know; handed to this room, which knows no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from persist import _native
from persist.state.record import Record
from persist.state.upgrades import Written

__all__ = ["Adapters", "Answer", "Build"]


Build = Callable[[dict[str, Any], bool], object]
"""Builds an object from the parts of its node, and whether a secret stands in them."""


class Answer(Record):
    """What the decoder is told of a class."""

    plan: _native.Plan
    build: Build | None
    """Builds the object from the parts of its node, where setting its state is not enough."""
    needs_all_fields: bool
    """No table says what the class was like, so the text must name every declared field."""
    defaults: dict[str, object] | None
    """The defaults of the class when it was written."""
    reads_secrets: bool
    """Its constructor takes secrets from the environment where the text gives none."""
    may_begin: bool = False
    """An instance may be made bare, to be given the state of what `build` makes."""
    is_careful: bool = False
    """`build` judges the members of a node itself, whatever today's class takes."""


class Adapters(Protocol):
    """What the tables of frameworks know; handed in, since this room knows no framework."""

    def plan_for(self, cls: type) -> tuple[_native.Plan, bool]:
        """Returns the plan of a class, and whether it may be kept."""
        ...

    def name_of_id(self, lc_id: list[str]) -> str:
        """Returns the class that LangChain's id stands for."""
        ...

    def builder_of(self, plan: _native.Plan, written: Written) -> Build | None:
        """Returns what builds instances where setting their state is not enough."""
        ...

    def constructor_of(self, plan: _native.Plan, written: Written) -> Build | None:
        """Returns what builds instances of a changed class, None where it is set by state."""
        ...

    def parametrized(self, origin: Any, arguments: list[Any], late: object) -> object:
        """Returns a class with arguments, where its library makes a class of that.

        Those at the places of `late` it gets in a second step.
        """
        ...

    def kind_of(self, cls: Any) -> str | None:
        """Returns the kind of node that a class has if it is made at run time."""
        ...

    def build_class(self, kind: str, parts: Mapping[str, Any]) -> object:
        """Returns a class that was made at run time."""
        ...

    def builder_of_made(self, plan: _native.Plan) -> Build | None:
        """Returns what builds objects of a class that was made at run time, where that is asked."""
        ...

    def is_constant(self, name: str) -> bool:
        """Returns whether a table lists the name as a constant."""
        ...

    def revive(self, cls: type, name: str, fields: dict[str, Any]) -> object:
        """Builds what LangChain's own loader would."""
        ...

    def secrets_of(self, name: str, cls: type) -> Mapping[str, str]:
        """Returns the fields declared secret, with their environment variables."""
        ...

    def reads_of(self, cls: type) -> frozenset[str]:
        """Returns the environment variables that a class sends, whatever it is given."""
        ...

    def endpoints_of(self, cls: type) -> tuple[str, ...]:
        """Returns the fields that say where a secret goes."""
        ...

    def opt_in_of(self, cls: type) -> Mapping[str, Mapping[object, str]]:
        """Returns which values of a class's fields need a name that the caller admits."""
        ...

    def senders_of(self, name: str, cls: type) -> tuple[str, ...] | None:
        """Returns the same for an object around a secret, None where it sends nothing."""
        ...

    def wrap_secret(self, cls: type, field: str, value: str) -> object:
        """Returns a secret's value as the type of its field."""
        ...

    def secret_type(self, kind: str) -> Callable[[Any], object] | None:
        """Returns the type that hides a secret, by its name."""
        ...

    def value_kind(self, kind: str) -> bool | None:
        """Returns whether nodes of a kind have an identity, None for an unknown kind."""
        ...

    def maker_of(self, kind: str, text: str) -> tuple[Callable[[list[int]], object], int] | None:
        """Returns what makes values of a type by their shape, and the bytes an element has."""
        ...

    def begin_node(self, kind: str, parts: dict[str, Any], admit: Callable[[str], type]) -> object:
        """Returns the value of a node that what it holds may mention, or None."""
        ...

    def finish_node(
        self, kind: str, parts: dict[str, Any], made: object, admit: Callable[[str], type]
    ) -> object:
        """Returns the value of a node."""
        ...
