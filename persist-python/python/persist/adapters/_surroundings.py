"""What a constructor takes from the environment of its process, where the text says nothing.

A key that a model did not have must not be that of the process which restores it, nor any other
field. So the constructor is told that there was none, where it listens; and where it takes the
environment's all the same, the restore is refused.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from persist.adapters._row import Row
from persist.exceptions import RebuildError
from persist.state import problems

__all__ = ["borrowed", "give_back", "is_unsaid", "lent", "refused", "unsaid"]

MAX_SHOWN = 3
"""Variables that an error names: many may have one value."""


def unsaid(cls: Any, row: Row, told: Collection[str]) -> dict[str, Any]:
    """Returns the declared secrets that a text does not tell, with what they held: nothing."""
    found: dict[str, Any] = {}
    for name in row.secrets:
        info = cls.model_fields.get(name)
        if info is None or info.is_required() or {name, info.alias} & {*told}:
            continue
        # One whose default is made has it from the environment, and holds None without that.
        found[name] = None if info.default_factory is not None else info.default
    return found


def lent(row: Row, unsaid: Mapping[str, Any]) -> dict[str, Any]:
    """Returns those of the secrets that the environment has under the name that is declared."""
    return {name: held for name, held in unsaid.items() if os.environ.get(row.secrets[name])}


def is_unsaid(made: object, held: object) -> bool:
    """Returns whether a secret that a constructor set is what it was told."""
    return made is held or _plain(made) == _plain(held)


def refused(name: str, field: str, made: object, row: Row) -> RebuildError | None:
    """Returns the error for a field whose value is one of the environment's, None for another."""
    variables = _variables_of(made, row.secrets.get(field))
    if not variables:
        return None
    shown = " or ".join(f"`{variable}`" for variable in variables)
    return problems.rebuild(
        "invalid_state",
        f"the state of `{name}` is not valid: its constructor takes the field `{field}` from "
        f"the environment, from {shown}, and the saved one had another value, or none",
        hint=f"restore it where {variables[0]} is not set, or bind an object of your own: "
        "snapshot(…, bind={'model': it}) and restore(…, bind={'model': another})",
    )


def _variables_of(made: object, declared: str | None) -> list[str]:
    """Returns the variables of the environment that have a value, the declared one first."""
    plain = _plain(made)
    if type(plain) is not str or not plain:
        return []
    found = sorted(name for name, value in os.environ.items() if value == plain)
    return sorted(found, key=lambda name: name != declared)[:MAX_SHOWN]


def _plain(value: Any) -> Any:
    """Returns what a `SecretStr` hides; any other value as it is."""
    hidden = getattr(type(value), "get_secret_value", None)
    return value if hidden is None else hidden(value)


def give_back(target: Any, held: dict[str, Any], saved: Mapping[str, Any]) -> None:
    """Takes from a model and its clients what these have of the environment, where it had none.

    Raises:
        RebuildError: `invalid_state`, it has a secret of the environment where the text says None.
    """
    row = target.row
    for name in row.secrets:
        info = target.cls.model_fields.get(name)
        told = [saved.get(it, ...) for it in (name, getattr(info, "alias", None) or name)]
        error = refused(target.name, name, held.get(name), row) if None in told else None
        error = error or _taken_by_client(target, name, held)
        if error is not None:
            raise error
    for field, attribute in row.borrows.items():
        if saved.get(field) is not None:
            continue
        owners = [(it, attribute) for it in _clients_of(row.made, held)]
        for owner, name in (*owners, (held, field)):
            if owner.get(name) is not None:
                owner[name] = None


def _taken_by_client(target: Any, name: str, held: Mapping[str, Any]) -> RebuildError | None:
    """Returns the error for a client with the key of the environment, where its model has none."""
    value = os.environ.get(target.row.secrets[name])
    if not value or held.get(name) is not None:
        return None
    clients = _clients_of(target.row.made, held)
    is_taken = any(client.get("api_key") == value for client in clients)
    return refused(target.name, name, value, target.row) if is_taken else None


def borrowed(row: Row, held: Mapping[str, Any]) -> str | None:
    """Returns what a client has from the environment though its model has None, or None."""
    for field, attribute in row.borrows.items():
        if held.get(field) is not None:
            continue
        if any(client.get(attribute) is not None for client in _clients_of(row.made, held)):
            return f"its client has the `{attribute}` of the environment, and its `{field}` is None"
    return None


def _clients_of(made: Iterable[str], held: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the attributes of the clients of a model, and of those that they stand for."""
    for name in made:
        client = getattr(held.get(name), "__dict__", {})
        yield client
        yield getattr(client.get("_client"), "__dict__", {})
