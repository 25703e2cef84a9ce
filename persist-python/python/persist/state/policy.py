"""What a restore may name: the tables, and what the caller admits with `allow=`.

Names are admitted one by one and nothing is imported to decide. `allow="pkg"` admits the classes
of a package and its functions as values; what is called while restoring, and a module object,
need their exact name. Nothing is admitted for being a base class or for standing beside something
that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType
from typing import Any, Literal, Protocol

from persist.exceptions import ConfigurationError
from persist.state import names
from persist.state.admitted import ADMITTED, ADMITTED_VALUES

__all__ = ["Allow", "Policy", "RowLookup", "allow_line"]

Allow = str | type | Callable[..., Any] | Iterable[object]
"""`allow=`: one name, class or function, or several."""


class AdmittedRow(Protocol):
    """What the policy asks of a row."""

    @property
    def role(self) -> Literal["class", "function", "method", "location", "sentinel", "base"]: ...

    @property
    def value(self) -> bool: ...


RowLookup = Callable[[str], AdmittedRow | None]


class Policy:
    """What one restore admits.

    Every answer is about a name; nothing is imported to give it. The `allow=` entry that would
    admit a refused name is the name itself, whatever its role.
    """

    def __init__(self, allow: object, rows: RowLookup) -> None:
        """Takes the caller's `allow=` apart.

        Raises:
            ConfigurationError: `bad_argument`, an entry is no name, class or function.
        """
        self._rows = rows
        self._packages: set[str] = set()
        self._exact: set[str] = set()
        self._given: dict[str, object] = {}
        for entry in _entries(allow):
            if type(entry) is str:
                self._admit_name(entry)
            else:
                self._admit_thing(entry)

    def admits_class(self, name: str) -> bool:
        """Returns whether instances of the class may be built."""
        return name in ADMITTED or self._has_row(name, "class") or self._is_allowed(name)

    def admits_value(self, name: str) -> bool:
        """Returns whether the class, function or module itself may stand in the state."""
        halves = names.split(name)
        if halves is None:
            return False
        if not halves.qualname:
            return name in self._packages
        row = self._rows(name)
        has_row = row is not None and (row.value or row.role in ("function", "sentinel"))
        return has_row or name in ADMITTED_VALUES or self._is_allowed(name)

    def admits_method(self, class_name: str, method: str) -> bool:
        """Returns whether the method may stand in the state, bound to an object of the class.

        The class is the one that defines the method: what runs is its function, whatever class
        the object has.
        """
        name = f"{class_name}.{method}"
        return self._has_row(name, "method") or self._is_allowed(name)

    def admits_location(self, name: str) -> bool:
        """Returns whether a function whose code stands there may be made."""
        has_row = self._has_row(name, "location")
        return has_row or self._is_allowed_at(name) or bool(self.given_for(name))

    def admits_call(self, name: str) -> bool:
        """Returns whether the class or function may be called while restoring."""
        return name in self._exact or self._is_given(name)

    def admits(self, name: str) -> bool:
        """Returns whether a name is admitted as anything but what is called."""
        is_row = self._rows(name) is not None or name in ADMITTED or name in ADMITTED_VALUES
        return is_row or name in self._packages or self._is_allowed_at(name)

    def look_up(self, name: str) -> object:
        """Returns what an admitted name stands for, importing its module where that is needed.

        Raises:
            RebuildError: `missing_package` or `missing_name`.
        """
        given = self._given.get(_script_qualname(name)) if self._given else None
        return names.find(name) if given is None else given

    def given_for(self, name: str) -> list[object]:
        """Returns what the caller gave whose code may hold a location of a script."""
        outer = _script_qualname(name).partition(".<locals>")[0]
        owner = outer.rpartition(".")[0]
        return [self._given[it] for it in (outer, owner) if it and it in self._given]

    def _admit_name(self, entry: str) -> None:
        halves = names.split(entry) or names.split_location(entry)
        shown = ascii(entry[:100])[1:-1]
        if halves is None:
            raise _bad(f"`{shown}` is not a name like `myapp` or `myapp.tools:search`")
        if _script_qualname(entry) or halves.module == names.MAIN:
            raise _bad(f"`{shown}` is not importable", "pass the class or function itself")
        (self._exact if halves.qualname else self._packages).add(entry)

    def _admit_thing(self, entry: object) -> None:
        if not isinstance(entry, type | FunctionType | BuiltinFunctionType):
            from persist.state import decorated

            kind, made = type(entry).__qualname__, entry
            entry = decorated.function_of(made)
            if entry is None:
                raise _bad(f"an entry must be a name, a class or a function, not `{kind}`")
        # What a script defined is found by qualified name alone: this process may have the class
        # in a module by now. Of two with the same one the script's own comes first.
        if entry.__module__ == names.MAIN or entry.__qualname__ not in self._given:
            self._given[entry.__qualname__] = entry
        self._exact.add(names.name_of(entry) or f"{entry.__module__}:{entry.__qualname__}")

    def _has_row(self, name: str, role: str) -> bool:
        row = self._rows(name)
        return row is not None and row.role == role

    def _is_allowed(self, name: str) -> bool:
        return names.split(name) is not None and self._is_allowed_at(name)

    def _is_allowed_at(self, name: str) -> bool:
        halves = names.split(name) or names.split_location(name)
        if halves is None or not halves.qualname:
            return False
        if name in self._exact or self._is_given(name):
            return True
        parts = halves.module.split(".")
        return any(".".join(parts[:count]) in self._packages for count in range(1, len(parts) + 1))

    def _is_given(self, name: str) -> bool:
        return bool(self._given) and _script_qualname(name) in self._given


def allow_line(entries: Iterable[str]) -> str:
    """Returns the argument to type, what only a script defines as the thing itself.

    Example:
        >>> allow_line(["myapp.tools:search", "__main__:Agent"])
        "allow=['myapp.tools:search', Agent]"
    """
    shown = [_script_qualname(it).partition(".<locals>")[0] or repr(it) for it in entries]
    return f"allow=[{', '.join(dict.fromkeys(shown))}]"


def _entries(allow: object) -> Iterable[object]:
    if isinstance(allow, str | type | FunctionType | BuiltinFunctionType):
        return (allow,)
    if isinstance(allow, bytes | bytearray) or not isinstance(allow, Iterable):
        kind = type(allow).__qualname__
        raise _bad(f"must be a name, a class or function, or an iterable of these, not `{kind}`")
    return allow


def _script_qualname(name: str) -> str:
    """Returns the qualified name where the module is a script of its own, else nothing."""
    module, _, qualname = name.partition(":")
    return qualname if module.rpartition(".")[2] == names.MAIN else ""


def _bad(reason: str, hint: str | None = None) -> ConfigurationError:
    return ConfigurationError(f"bad argument `allow`: {reason}", kind="bad_argument", hint=hint)
