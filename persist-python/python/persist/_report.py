"""What a save would do, told before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypedDict

if TYPE_CHECKING:
    from persist.exceptions import Problem

__all__ = ["FoundSecret", "Needs", "Report"]


class Needs(TypedDict):
    """What a restore will ask for."""

    secrets: list[str]
    bindings: list[str]
    allow: list[str]
    endpoints: list[str]


class FoundSecret(NamedTuple):
    """A secret that a save would leave out."""

    name: str
    """The name that a restore asks for."""
    path: str
    """Where it lies, from the agent down."""


@dataclass(frozen=True)
class Report:
    """The answer of `check`: true when the agent can be saved.

    Where it cannot, the rest is what was met before that was known.
    """

    problems: tuple[Problem, ...]
    """Everything that a save would refuse: path, reason and hint."""
    secrets: tuple[FoundSecret, ...]
    """Everything that it would leave out."""
    bindings: tuple[str, ...]
    """The names of `bind=` that occur."""
    needs: Needs
    """What a restore will ask for, as the metadata of a snapshot would say it."""

    def __bool__(self) -> bool:
        """Returns whether the agent can be saved."""
        return not self.problems

    def __str__(self) -> str:
        """Returns the report as lines of text."""
        count = len(self.problems)
        refused = "1 value cannot be saved" if count == 1 else f"{count} values cannot be saved"
        lines = [refused if count else "the agent can be saved"]
        for problem in self.problems:
            lines.append(f"  {problem}")
            lines += [f"    {problem.hint}"] if problem.hint else []
        parts = [
            ("left out", [f"{secret.path}: {secret.name}" for secret in self.secrets]),
            ("bound", self.bindings),
            ("a restore needs allow=", self.needs["allow"]),
            ("a restore needs endpoints=", self.needs["endpoints"]),
        ]
        for title, rows in parts:
            lines += [title, *(f"  {row}" for row in rows)] if rows else []
        return "\n".join(lines)
