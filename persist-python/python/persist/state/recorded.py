"""What the metadata of a snapshot says of its state, as far as a restore listens to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from persist.exceptions import PersistError, UntrustedError
from persist.state import names, problems, upgrades
from persist.state.policy import Policy
from persist.state.record import Record

__all__ = ["Recorded"]

_FILE_NAME = re.compile(r"[\w .+-]{1,128}")


class Recorded(Record):
    """Where the state was written and what a restore asks for; None for a text alone."""

    environment: Mapping[str, Any] | None = None
    needs: Mapping[str, Any] | None = None

    def completed(
        self, rows: list[tuple[str, PersistError]], policy: Policy
    ) -> list[tuple[str, PersistError]]:
        """Returns what is missing, with what the writer knew besides.

        Of an object that is not built nobody knows its class before a call has made it, nor which
        of its bases defines a method. What the metadata says is advice, and admits nothing.
        """
        told = [(path, self._told(_explained(error, policy))) for path, error in rows]
        asked = {name for _, error in rows for name in getattr(error, "allow", ())}
        if not asked:
            return told
        for at, name in enumerate(self._allow()):
            is_name = names.is_name(name) or names.split_location(name) is not None
            if is_name and name not in asked and not policy.admits(name):
                told.append((f"metadata.needs.allow[{at}]", problems.needed(name)))
        return told

    def _told(self, error: PersistError) -> PersistError:
        """Returns an error with the version of the package, or the script, that wrote it."""
        asked = error.allow if isinstance(error, UntrustedError) else ()
        if not any(type(name) is str and name.startswith(f"{names.MAIN}:") for name in asked):
            return upgrades.dated(error, self.environment)
        script = (self.environment or {}).get("script")
        # What the file says is repeated only where it can be nothing but the name of a file.
        if type(script) is not str or not _FILE_NAME.fullmatch(script):
            return error
        return UntrustedError(
            f"{error}; the script `{script}` wrote it", kind=error.kind, allow=list(asked)
        )

    def _allow(self) -> list[Any]:
        found = self.needs.get("allow") if isinstance(self.needs, dict) else None
        return found if isinstance(found, list) else []


def _explained(error: PersistError, policy: Policy) -> PersistError:
    """Returns an error that says why what was given under the name is not admitted by it."""
    asked = error.allow if isinstance(error, UntrustedError) else []
    if not any(map(policy.has_another, asked)):
        return error
    return UntrustedError(
        f"{error}: what `allow` has of that name is not what stands under it",
        kind=error.kind,
        allow=asked,
    )
