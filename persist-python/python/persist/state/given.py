"""What the caller of a restore gives back: bindings, secrets, and the addresses these may go to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from persist.exceptions import MissingSecretError, Problem, RebuildError, UntrustedError
from persist.state import destinations, effort, problems, secrets, text
from persist.state.record import Record

__all__ = ["Given", "Returned"]

_UNSET = object()


class Given(Record):
    """What the caller gives back."""

    bind: Mapping[str, object]
    secrets: Mapping[str, str | bytes]
    from_env: bool | Iterable[str]
    endpoints: Iterable[str]


class Returned:
    """What one restore gives back, and what it has given so far."""

    def __init__(self, given: Given) -> None:
        self._given = given
        # What clients read in different ways is never the same as any address.
        self._endpoints = frozenset(filter(None, map(text.plain, given.endpoints)))
        self._from_env = given.from_env if isinstance(given.from_env, bool) else set(given.from_env)
        self._texts: set[str] = set()

    @property
    def is_from_env(self) -> bool:
        """Whether each field takes from the environment the secret that its class declares."""
        return self._from_env is True

    def bound(self, name: str) -> object:
        """Returns what the caller puts in a place.

        Raises:
            RebuildError: `missing_binding`.
        """
        found = self._given.bind.get(name, _UNSET)
        if found is _UNSET:
            raise RebuildError(
                f"nothing is bound to the name `{name}`",
                kind="missing_binding",
                hint=f"pass bind={{{name!r}: …}} to put it there",
            )
        effort.keep(found, "bound")
        return found

    def secret(self, name: str, declared: str | None) -> str | bytes:
        """Returns the value of a secret; `declared` is what its field takes from the environment.

        Raises:
            MissingSecretError: The caller has not given it back.
        """
        if name in self._given.secrets:
            return self._give(self._given.secrets[name])
        from_env = self._from_env
        is_asked = name == declared if isinstance(from_env, bool) else name in from_env
        if from_env and is_asked and os.environ.get(name):
            return self._give(os.environ[name])
        raise MissingSecretError(
            f"the secret `{name}` was left out when the agent was saved",
            kind="missing_secret",
            hint=f"restore with secrets_map={{{name!r}: …}} or secrets_from_env=[{name!r}]",
            names=[name],
            problems=[Problem("$", f"the secret `{name}` is missing", "missing_secret")],
        )

    def wrapped(
        self,
        parts: dict[str, Any],
        context: str,
        type_of: Callable[[str], Callable[..., Any] | None],
    ) -> object:
        """Returns a secret of a type of its own, from the parts of its node.

        Args:
            parts: What the node has.
            context: The field, key or variable that it stands in; empty where there is none.
            type_of: What makes secrets of a named type, None for any other name.

        Raises:
            RebuildError: `invalid_state`.
            MissingSecretError: The caller has not given it back.
        """
        kind = problems.text_part(parts, "secret", "type")
        wrap = type_of(kind)
        if wrap is None or ("v" in parts) == ("name" in parts):
            raise problems.rebuild(
                "invalid_state", f"there is no secret type `{kind}` of this form"
            )
        if "v" in parts:
            if type(parts["v"]) is not (bytes if secrets.is_of_bytes(kind) else str):
                raise problems.Malformed(f"the value of a node `secret` is no `{kind}`")
            return wrap(parts["v"])
        name = problems.text_part(parts, "secret", "name")
        # In a survey the class around it may be one that was refused.
        if context and not secrets.is_called(name, context):
            raise problems.rebuild(
                "invalid_state",
                f"the secret `{name}` stands in `{context}`, where none of that name was",
            )
        return wrap(secrets.given_as(kind, self.secret(name, declared=None)))

    def check_addresses(
        self, class_name: str, cls: type, held: Mapping[str, Any], fields: tuple[str, ...]
    ) -> None:
        """Refuses to send a secret to an address that is neither the class's nor the caller's.

        Raises:
            UntrustedError: `endpoint_not_allowed`.
        """
        found = destinations.addresses(cls, held, fields)
        asked = [it for it in found if it.text not in self._texts]
        shown = [(it.field, it.plain()) for it in asked]
        unread = [field for field, text in shown if text is None]
        if unread:
            raise UntrustedError(
                f"`{class_name}` would send a secret to {secrets.AMBIGUOUS}, set in `{unread[0]}`",
                kind="endpoint_not_allowed",
                hint=f"it cannot be admitted: {secrets.PLAIN}",
            )
        strange = [(field, text) for field, text in shown if text not in self._endpoints]
        if strange:
            places = ", ".join(f"`{text}`, set in `{field}`" for field, text in strange)
            texts = list(dict.fromkeys(text for _, text in strange))
            raise UntrustedError(
                f"`{class_name}` would send a secret to {places}",
                kind="endpoint_not_allowed",
                hint=f"if that is where it shall go, restore with endpoints={texts!r}",
            )

    def _give(self, value: str | bytes) -> str | bytes:
        # An address that the caller gave as a secret is the caller's own.
        self._texts.add(text.text_of(value))
        return value
