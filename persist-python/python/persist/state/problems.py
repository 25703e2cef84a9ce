"""The errors of both ways, made from what the walk or the decoder found."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from persist.exceptions import (
    CaptureError,
    FormatError,
    MissingSecretError,
    PersistError,
    Problem,
    RebuildError,
    UntrustedError,
)
from persist.state import names

__all__ = [
    "OLDER_CODE",
    "OTHER_VERSION",
    "UPGRADE",
    "Malformed",
    "bad_name",
    "bad_text",
    "bad_value",
    "changed",
    "class_changed",
    "equal_by_now",
    "field_gone",
    "invalid_state",
    "is_refusal",
    "kept_elsewhere",
    "leaked",
    "map_part",
    "merged",
    "needed",
    "needed_early",
    "not_allowed",
    "of_state",
    "other_fields",
    "other_format",
    "other_length",
    "rebuild",
    "refused",
    "text_part",
]

_HEAP = 1 << 9
"""Flag of a type that was made by a `class` statement, or as one makes it."""

_PRIVATE = r"(\$.+?)\._[^_]"

SHOWN = 20
"""Problems that the message itself lists; `problems` has all of them."""

MAX_REASON = 2_000
"""Characters of what a library says of a value: that may show all of it."""


OTHER_VERSION = "restore with the version that wrote it: get_metadata(path)['environment'] names it"

UPGRADE = (
    "if the class is yours, persist.register(cls, version=2, upgrade=…) says how its older state"
    " becomes today's; or restore with the code that wrote it"
)
"""Where an upgrade would be asked."""

OLDER_CODE = "restore with the code that wrote it: no upgrade gets state of this kind"

TEXT_ALONE = (
    "read it with the code that wrote it: a text alone does not say what its classes were like,"
    " a snapshot does"
)


class Malformed(Exception):  # noqa: N818 - becomes a FormatError, whose name has the suffix
    """A node is not what any writer makes; the decoder adds the path and makes a FormatError."""


def refused(rows: list[tuple[str, str, str]]) -> CaptureError:
    """Returns the error for everything that cannot be saved, from `(path, reason, hint)`."""
    problems = [
        Problem(path, reason, "unsupported_value", hint or None) for path, reason, hint in rows
    ]
    values = "1 value" if len(problems) == 1 else f"{len(problems)} values"
    lines = [f"could not save the agent: {values} cannot be saved"]
    lines += [f"  {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"  and {len(problems) - SHOWN} more, in `problems`")
    hints = _unique(problem.hint for problem in problems if problem.hint)[:3]
    return CaptureError(
        "\n".join(lines),
        kind="unsupported_value",
        hint="; ".join([*hints, *_holders(problems)[:3]]) or None,
        problems=problems,
    )


def _holders(problems: list[Problem]) -> list[str]:
    """Returns advice about the objects in whose private parts several problems lie.

    Who uses a pool or a client sees one object, and that is what can be bound.
    """
    found = [re.match(_PRIVATE, problem.path) for problem in problems]
    counts = Counter(match[1] for match in found if match)
    return [
        f"{count} of them lie inside the object at `{path}`, which can be bound as a whole"
        for path, count in counts.items()
        if count > 1
    ]


def changed() -> CaptureError:
    """Returns the error for a graph that changed while it was read."""
    return CaptureError(
        "could not save the agent: a container in it changed while it was read",
        kind="changed_during_capture",
        hint="hold a lock, or stop the threads that change the agent, while it is saved",
    )


def leaked(path: str) -> CaptureError:
    """Returns the error for a secret that was left out and stands elsewhere as data."""
    problem = Problem(
        path, "it shows a secret that is left out elsewhere in the agent", "secret_in_data"
    )
    return CaptureError(
        f"could not save the agent: at `{path}`, a secret that is left out stands in plain data",
        kind="secret_in_data",
        hint="remove it there, or save with secrets='keep' where the file may hold secrets",
        problems=[problem],
    )


def bad_text(path: str, reason: str) -> FormatError:
    """Returns the error for a text that no writer of this format makes."""
    return FormatError(
        f"could not read the state text: at `{_line(path)}` {_indented(cut(reason))}",
        kind="bad_state_text",
        hint="it was changed, or written by something else: use a copy that verifies",
    )


def _line(path: str) -> str:
    """Returns a path as one line, whatever a key in it holds."""
    return path.replace("\n", "\\n")


def _indented(reason: str) -> str:
    """Returns a reason whose further lines nobody takes for the next problem, or a log's."""
    return reason.replace("\n", "\n    ")


def cut(reason: object) -> str:
    """Returns a reason without the end of one that is very long."""
    text = str(reason)
    return text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"


def other_format(form: str, known: str) -> FormatError:
    """Returns the error for a state in another format than this release's: `persist/` and a number.

    What is no later number of the same, another program wrote.
    """
    if re.fullmatch(known.partition("/")[0] + "/[1-9][0-9]*", form):
        return FormatError(
            f"the state is in the format `{form}`, and this release reads `{known}`",
            kind="newer_format",
            hint="restore with the release that wrote it, or a newer one",
        )
    return FormatError(
        f"the state is in the format `{ascii(form[:100])[1:-1]}`, which is another program's:"
        f" this release reads `{known}`",
        kind="not_a_snapshot",
        hint="read it with the program that wrote it",
    )


def bad_name(name: str) -> Malformed:
    """Returns the error for what cannot be a name at all."""
    return Malformed(f"{name[:100]!a} is not a well-formed name")


def bad_value(kind: str, error: Exception) -> Malformed:
    """Returns the error for a value whose text is not what its kind has."""
    return Malformed(f"the value of a node `{kind}` is not valid: {error}")


def text_part(parts: dict[str, Any], kind: str, name: str) -> str:
    """Returns a member of a node that must be a string."""
    found = parts.get(name)
    if type(found) is not str:
        raise Malformed(f"a node `{kind}` has no member `{name}` that is a string")
    return found


def map_part(parts: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    """Returns a member of a node that must be a map of the names of fields."""
    found = parts.get(name)
    if type(found) is not dict or not all(map(_is_field_name, found)):
        raise Malformed(f"the {name} of a node `{kind}` are no fields")
    return found


def _is_field_name(name: object) -> bool:
    return type(name) is str and names.is_identifier(name) and not name.startswith("__")


def rebuild(kind: str, message: str, hint: str | None = None) -> RebuildError:
    """Returns the error for one thing that this program cannot rebuild."""
    return RebuildError(cut(message), kind=kind, hint=hint)


def not_allowed(name: str, role: str) -> UntrustedError:
    """Returns the error for a name that nobody has admitted."""
    return UntrustedError(
        f"the state names the {role} `{name}`, which is not admitted",
        kind="not_allowed",
        allow=[name],
    )


def needed(name: str) -> UntrustedError:
    """Returns the error for a name that nobody has admitted and only the metadata tells."""
    return UntrustedError(
        f"the snapshot needs `{name}`, which is not admitted", kind="not_allowed", allow=[name]
    )


def class_changed(name: str, field: str) -> RebuildError:
    """Returns the error for a class that has a field the text does not give."""
    return RebuildError(
        f"the class `{name}` has changed: the state has no value for its field `{field}`",
        kind="class_changed",
        hint=TEXT_ALONE,
    )


def field_gone(name: str, field: str) -> RebuildError:
    """Returns the error for a class that has lost a field the text gives."""
    return RebuildError(
        f"the class `{name}` has changed: it has no field `{field}` any more",
        kind="class_changed",
        hint=TEXT_ALONE,
    )


def other_length(name: str, fields: list[str], given: int) -> RebuildError:
    """Returns the error for a named tuple of another number of values than its class has fields."""
    if given < len(fields):
        return class_changed(name, fields[given])
    now = ", ".join(f"`{field}`" for field in fields) or "none"
    return RebuildError(
        f"the class `{name}` has changed: the state has {given} values, and its fields are {now}",
        kind="class_changed",
        hint=TEXT_ALONE,
    )


def other_fields(name: str, fields: Iterable[str], given: Collection[str] | None) -> RebuildError:
    """Returns the error for a named tuple whose values are of other fields than its class has."""
    if given is None:
        said = f"the state does not say which fields of `{name}` its values are of"
        return rebuild("class_changed", said, hint=TEXT_ALONE)
    now = ", ".join(f"`{field}`" for field in fields) or "none"
    # What a text says is repeated only where it can be nothing but names.
    are_names = all(map(str.isidentifier, given))
    then = ", ".join(f"`{field}`" for field in given) if are_names else "others"
    said = f"the class `{name}` has changed: its fields are {now} now, they were {then}"
    return rebuild("class_changed", said, hint=TEXT_ALONE)


def equal_by_now(keys: list[object]) -> RebuildError | None:
    """Returns the error for keys that a class of the program takes for equal, None for any others.

    It may have told them apart when the state was written; what says that plain values are equal is
    no program, and no writer has written such keys.
    """
    places: dict[object, int] = {}
    for at, key in enumerate(keys):
        first = places.setdefault(key, at)
        cls = None if first == at else _class_in([keys[first], key])
        if cls is not None:
            return rebuild(
                "class_changed",
                "two keys or elements that were different when the state was written are equal by"
                f" now, as their class `{cls.__module__}:{cls.__qualname__}` has it",
                hint=f"let its `__eq__` and `__hash__` tell them apart, or {OTHER_VERSION}",
            )
    return None


def _class_in(keys: list[Any]) -> type | None:
    """Returns the first class of a program's own among those of keys and of what lies in them."""
    seen = {id(key) for key in keys}
    for held in keys:
        package = str(type(held).__module__).partition(".")[0]
        if type(held).__flags__ & _HEAP and package not in sys.stdlib_module_names:
            return type(held)
        for inner in held if type(held) in (tuple, frozenset) else ():
            if id(inner) not in seen:
                seen.add(id(inner))
                keys.append(inner)
    return None


def needed_early(name: str) -> RebuildError:
    """Returns the error for an object that lies in its own state, where that is to build it."""
    return rebuild(
        "invalid_state",
        f"the state of `{name}` refers to the very object, which is made when all of it is there",
    )


def kept_elsewhere(name: str) -> RebuildError:
    """Returns the error for a changed class whose constructor hands out what it makes."""
    return RebuildError(
        f"the class `{name}` has changed: its state refers to the very object, and its constructor"
        " gives that to something else, which would keep another one",
        kind="class_changed",
        hint=UPGRADE,
    )


def invalid_state(path: str, reason: str) -> RebuildError:
    """Returns the error for state that the class's strict rules refuse."""
    return rebuild("invalid_state", f"the state at `{path}` is not valid: {reason}")


SHAPELESS = (AttributeError, LookupError, RecursionError)
"""What Python raises where code meets another value than it expects, in words about the code."""


def of_state(name: str, error: Exception) -> RebuildError:
    """Returns the error for what went wrong while an object was given its state."""
    said = f"it raises `{type(error).__qualname__}`" if isinstance(error, SHAPELESS) else cut(error)
    raised = RebuildError(
        f"the class `{name}` does not accept its saved state: {said}",
        kind="invalid_state",
        hint="the text or the class was changed since it was written: restore an earlier snapshot,"
        " or with the version that wrote it",
    )
    raised.__cause__ = error
    return raised


def is_refusal(error: BaseException) -> bool:
    """Returns whether an error says that one thing is missing, so that more can be looked for."""
    return isinstance(error, UntrustedError | RebuildError | MissingSecretError)


def merged(
    rows: list[tuple[str, PersistError]], allow_line: Callable[[Iterable[str]], str]
) -> PersistError:
    """Returns one error for all: of the first class that applies, with what each of them lists."""
    errors = [error for _, error in rows]
    order = (UntrustedError, RebuildError, MissingSecretError)
    cls = next(cls for cls in order if any(isinstance(error, cls) for error in errors))
    first = next(error for error in errors if isinstance(error, cls))
    allow = _unique(name for error in errors for name in getattr(error, "allow", ()))
    secrets = _unique(name for error in errors for name in getattr(error, "names", ()))
    problems = [_told(path, error) for path, error in rows]
    return cls(
        _merged_message(problems),
        kind=first.kind,
        hint=_merged_hint(problems, allow, secrets, allow_line),
        problems=problems,
        allow=allow,
        names=secrets,
    )


def _told(path: str, error: PersistError) -> Problem:
    """Returns one thing that is missing; the names in it are as long as the text has them."""
    hint = error.hint and cut(error.hint)
    return Problem(_line(path), cut(error), error.kind, hint)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _merged_message(problems: list[Problem]) -> str:
    if len(problems) == 1:
        first = problems[0]
        return f"could not restore the agent: at `{first.path}`, {_indented(first.reason)}"
    lines = [f"could not restore the agent: {len(problems)} things are missing"]
    lines += [_indented(f"  {problem}") for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"  and {len(problems) - SHOWN} more, in `problems`")
    return "\n".join(lines)


def _merged_hint(
    problems: list[Problem],
    allow: list[str],
    secrets: list[str],
    allow_line: Callable[[Iterable[str]], str],
) -> str | None:
    hints = []
    if allow:
        hints.append(f"if you trust what they name, restore with {allow_line(allow)}")
    if len(secrets) > 1:
        named = ", ".join(f"{name!r}: …" for name in secrets)
        hints.append(f"give the secrets back with secrets_map={{{named}}}")
    own = [
        problem.hint for problem in problems if problem.hint and problem.kind != "missing_secret"
    ]
    if len(secrets) == 1:
        own += [
            problem.hint
            for problem in problems
            if problem.hint and problem.kind == "missing_secret"
        ]
    return "; ".join([*hints, *_unique(own)[:3]]) or None
