"""What a restore may name: the tables, and what the caller admits with `allow=`.

Names are admitted one by one and nothing is imported to decide. `allow="pkg"` admits the classes
of a package and its functions as values; what is called while restoring, and a module object,
need their exact name. Nothing is admitted for being a base class or for standing beside something
that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from persist.exceptions import ConfigurationError
from persist.state import names
from persist.state.admitted import ADMITTED, ADMITTED_TYPES, ADMITTED_VALUES

if TYPE_CHECKING:
    from persist.state.things import Things

__all__ = ["Allow", "Policy", "RowLookup", "allow_line"]

Allow = str | type | Callable[..., Any] | Iterable[object]
"""`allow=`: one name, class or function, or several."""


class AdmittedRow(Protocol):
    """What the policy asks of a row."""

    @property
    def role(self) -> Literal["class", "function", "method", "location", "sentinel", "base"]: ...

    @property
    def value(self) -> bool: ...

    @property
    def is_type(self) -> bool: ...


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
        self._things: Things | None = None
        for entry in _entries(allow):
            if type(entry) is str:
                self._admit_name(entry)
            else:
                self._admit_thing(entry)

    def is_listed(self, name: str) -> bool:
        """Returns whether instances of the class may be built whatever the caller admits."""
        return name in ADMITTED or self._has_row(name, "class")

    def admits_class(self, name: str) -> bool:
        """Returns whether instances of the class may be built."""
        return self.is_listed(name) or self._is_allowed(name)

    def admits_value(self, name: str) -> bool:
        """Returns whether the class, function or module itself may stand in the state."""
        halves = names.split(name)
        if halves is None:
            return False
        if not halves.qualname:
            return name in self._packages
        row = self._rows(name)
        is_thing = row is not None and row.role in ("function", "sentinel")
        has_row = is_thing or (row is not None and (row.value or row.is_type))
        is_plain = name in ADMITTED_VALUES or name in ADMITTED_TYPES
        return has_row or is_plain or self._is_allowed(name)

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
        return has_row or self._is_allowed_at(name) or self.given_at(name) is not None

    def is_own(self, name: str) -> bool:
        """Returns whether the caller alone admits a location: a row means just the code it saw."""
        return not self._has_row(name, "location") and self._is_allowed_at(name)

    def admits_call(self, name: str) -> bool:
        """Returns whether the class or function may be called while restoring."""
        return name in self._exact or self._is_given(name)

    def admits(self, name: str) -> bool:
        """Returns whether a name is admitted as anything but what is called."""
        is_plain = name in ADMITTED or name in ADMITTED_VALUES or name in ADMITTED_TYPES
        is_row = self._rows(name) is not None or is_plain
        is_given = self._is_allowed_at(name) or self.given_at(name) is not None
        return is_row or name in self._packages or is_given

    def look_up(self, name: str) -> object:
        """Returns what an admitted name stands for, importing its module where that is needed.

        Raises:
            RebuildError: `missing_package` or `missing_name`.
        """
        qualname = _script_qualname(name) if self._things else ""
        given = self._things.find(qualname) if self._things and qualname else None
        return names.find(name) if given is None else given

    def given_at(self, name: str) -> list[FunctionType] | None:
        """Returns the given functions whose code may have a location, None where none is meant."""
        qualname = _script_qualname(name)
        return self._things.functions_at(qualname) if self._things and qualname else None

    def has_another(self, name: str) -> bool:
        """Returns whether the caller gave what only looks like what a script's name leads to."""
        return self._things is not None and self._things.has_another(_script_qualname(name))

    def _admit_name(self, entry: str) -> None:
        halves = names.split(entry) or names.split_location(entry)
        shown = ascii(entry[:100])[1:-1]
        if halves is None:
            raise _bad(f"`{shown}` is not a name like `myapp` or `myapp.tools:search`")
        if _script_qualname(entry) or halves.module == names.MAIN:
            raise _bad(f"`{shown}` is not importable", "pass the class or function itself")
        (self._exact if halves.qualname else self._packages).add(entry)

    def _admit_thing(self, entry: Any) -> None:
        from persist.state import decorated, things

        named: Any = entry.__func__ if _is_class_method(entry) else entry
        if not isinstance(named, type | FunctionType | BuiltinFunctionType):
            function = decorated.function_of(named)
            if function is None:
                kind = type(entry).__qualname__
                raise _bad(f"an entry must be a name, a class or a function, not `{kind}`")
            # A cached function has the name of what it caches itself.
            is_named = names.is_wrapper(named) and names.name_of(named) is not None
            named = named if is_named else function
        self._things = self._things or things.Things()
        self._things.add(entry, named)
        name = f"{names.importable(named.__module__)}:{named.__qualname__}"
        # A script's names lead to what was given, and to nothing else of the same name.
        if not _script_qualname(name):
            self._exact.add(names.name_of(named) or name)

    def _has_row(self, name: str, role: str) -> bool:
        row = self._rows(name)
        return row is not None and row.role == role

    def _is_allowed(self, name: str) -> bool:
        if names.split(name) is None:
            return False
        owner, _, last = name.rpartition(".")
        if names.is_dunder(last) and self._rows(owner) is not None:
            # `Runnable.__or__` joins a chain of what comes: admitting a package is no word for it.
            return self.admits_call(name)
        return self._is_allowed_at(name)

    def _is_allowed_at(self, name: str) -> bool:
        halves = names.split(name) or names.split_location(name)
        if halves is None or not halves.qualname:
            return False
        if name in self._exact or self._is_given(name) or self._is_written(name):
            return True
        parts = halves.module.split(".")
        return any(".".join(parts[:count]) in self._packages for count in range(1, len(parts) + 1))

    def _is_written(self, name: str) -> bool:
        """Returns whether this is a function that one of a script's classes is written with."""
        qualname = _script_qualname(name) if self._things else ""
        return self._things is not None and self._things.written(qualname) is not None

    def _is_given(self, name: str) -> bool:
        return self._things is not None and self._things.has(_script_qualname(name))


def allow_line(entries: Iterable[str]) -> str:
    """Returns the argument to type, what only a script defines as the thing itself.

    A lambda has no name to type; one in a class comes with the class.

    Example:
        >>> allow_line(["myapp.tools:search", "__main__:Agent"])
        "allow=['myapp.tools:search', Agent]"
        >>> allow_line(["__main__:<lambda>"])
        'allow=[…], where … is the lambda itself'
    """
    shown = list(dict.fromkeys(map(_shown, entries)))
    is_typed = "" not in shown
    typed = ", ".join([*filter(None, shown), *([] if is_typed else ["…"])])
    return f"allow=[{typed}]" + ("" if is_typed else ", where … is the lambda itself")


def _shown(entry: str) -> str:
    """Returns how an entry is typed, nothing for a lambda."""
    qualname = _script_qualname(entry)
    outer = qualname.partition(".<locals>")[0].partition("<lambda>")[0].removesuffix(".")
    return outer if qualname else repr(entry)


def _entries(allow: object) -> Iterable[object]:
    if isinstance(allow, str | type | FunctionType | BuiltinFunctionType):
        return (allow,)
    if _is_class_method(allow) or names.is_wrapper(allow):
        return (allow,)
    # What a mapping says of each of its keys would go unread.
    if isinstance(allow, bytes | bytearray | Mapping) or not isinstance(allow, Iterable):
        kind = type(allow).__qualname__
        raise _bad(f"must be a name, a class or function, or an iterable of these, not `{kind}`")
    return allow


def _is_class_method(entry: Any) -> bool:
    """Returns whether an entry is the method of a class, as whoever reads it there has it."""
    return type(entry) is MethodType and isinstance(entry.__self__, type)


def _script_qualname(name: str) -> str:
    """Returns the qualified name where the module is a script of its own, else nothing."""
    module, _, qualname = name.partition(":")
    return qualname if module.rpartition(".")[2] == names.MAIN else ""


def _bad(reason: str, hint: str | None = None) -> ConfigurationError:
    return ConfigurationError(f"bad argument `allow`: {reason}", kind="bad_argument", hint=hint)
