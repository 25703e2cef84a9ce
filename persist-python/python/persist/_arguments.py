"""What the public functions take, checked before anything is read or written."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from persist._native import Identity, Passphrase, Recipients
from persist.exceptions import ConfigurationError

if TYPE_CHECKING:
    from persist.state.policy import Allow as Allow

Location: TypeAlias = str | os.PathLike[str] | os.PathLike[bytes]
"""A path, or a URL such as `file://…`, `memory://…`, `s3://…`, `az://…` or `gs://…`."""

Place: TypeAlias = tuple[str, list[tuple[str, str]]]
"""A location, and options of its storage."""

Progress: TypeAlias = Callable[[int, int | None], object]
"""Called with the bytes done and the bytes there are, where that is known."""

Key: TypeAlias = Passphrase | Recipients | Identity
Encryption: TypeAlias = Key | Iterable[Key]
"""What may seal a snapshot or open one: one thing, or several."""

# Metadata nests at most 32 deep (docs/format/file-v1.md), and `extra` stands one level down in it.
_MAX_EXTRA_DEPTH = 31

# Metadata has at most this many bytes, and every value takes one at least.
_MAX_EXTRA_VALUES = 2**20

# The interpreter makes one object of equal ones, or several, as it likes.
_LEAVES = (type(None), bool, int, float, str)

# A path has one slash where a URL has two: what was meant for a bucket would lie in a folder.
_MANGLED_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\](?![/\\])")


def bad_argument(name: str, reason: str) -> ConfigurationError:
    """Returns the error for an argument that says nothing this package can do."""
    return ConfigurationError(f"bad argument `{name}`: {reason}", kind="bad_argument")


def text(name: str, value: object) -> str:
    """Returns a string of valid Unicode."""
    if not isinstance(value, str):
        raise bad_argument(name, f"must be a string, not `{_type_name(value)}`")
    if not _is_unicode(value):
        raise bad_argument(name, "is not valid Unicode: it holds a lone surrogate")
    return value


def optional_text(name: str, value: object) -> str | None:
    """Returns a string of valid Unicode, or None."""
    return None if value is None else text(name, value)


def texts(name: str, value: object) -> list[str]:
    """Returns the strings of an iterable; a lone string would be taken for its letters."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise bad_argument(name, f"must be an iterable of strings, not `{_type_name(value)}`")
    return [text(f"{name}[{index}]", item) for index, item in enumerate(value)]


def integer(name: str, value: object, *, low: int = 0, high: int = 2**63 - 1) -> int:
    """Returns an integer within bounds; a bool is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_argument(name, f"must be an integer, not `{_type_name(value)}`")
    if not low <= value <= high:
        raise bad_argument(name, f"must be from {low} to {high}, not {_shortened(value)}")
    return int(value)


def flag(name: str, value: object) -> bool:
    """Returns a bool; nothing else counts as one."""
    if not isinstance(value, bool):
        raise bad_argument(name, f"must be True or False, not `{_type_name(value)}`")
    return value


def choice(name: str, value: object, known: tuple[str, ...]) -> str:
    """Returns one of the known words."""
    if not isinstance(value, str) or value not in known:
        words = ", ".join(f"`{word}`" for word in known)
        raise bad_argument(name, f"must be one of {words}, not {_quoted(value)}")
    return value


def mapping(name: str, value: object) -> dict[str, Any]:
    """Returns a mapping with names as keys as a dict; None is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise bad_argument(name, f"must be a mapping, not `{_type_name(value)}`")
    return {text(f"{name} key", key): item for key, item in value.items()}


def bindings(value: object) -> dict[str, object]:
    """Returns live objects by name. Text and numbers are none: where one occurs is chance."""
    bound = mapping("bind", value)
    for name, item in bound.items():
        if type(item) in _LEAVES:
            reason = (
                f"is a `{_type_name(item)}`, and one may be as many objects; bind what holds it"
            )
            raise bad_argument(f"bind[{name!r}]", reason)
    return bound


def progress(value: object) -> Progress | None:
    """Returns a callable, or None."""
    if value is not None and not callable(value):
        raise bad_argument("progress", f"must be callable, not `{_type_name(value)}`")
    return value


def location(value: object) -> str:
    """Returns a location as text; bytes that are not UTF-8 stand as `os.fsdecode` writes them."""
    if not isinstance(value, str | os.PathLike):
        raise bad_argument("path", f"must be a string or a path, not `{_type_name(value)}`")
    place = os.fsdecode(value)
    if not place:
        raise bad_argument("path", "is empty, which names nothing")
    if not isinstance(value, str) and _MANGLED_URL.match(place):
        raise bad_argument(
            "path", f"was a URL before it became a `{_type_name(value)}`; give it as a string"
        )
    try:
        os.fsencode(place)
    except UnicodeEncodeError:
        raise bad_argument("path", "holds characters that no file name can have") from None
    return place


def compression(value: object) -> str | None:
    """Returns the name of a compressor; None to go by the location's name."""
    name = choice("compression", value, ("infer", "gzip", "zstd", "none"))
    return None if name == "infer" else name


def compression_level(value: object) -> int | None:
    """Returns a level, or None for the compressor's own; which levels it has, it knows itself."""
    return (
        None if value is None else integer("compression_level", value, low=-(2**31), high=2**31 - 1)
    )


def place(path: object, storage_options: object) -> Place:
    """Returns a location with the options of its storage; which there are, the core knows."""
    options = mapping("storage_options", storage_options)
    for name, value in options.items():
        if not isinstance(value, str):
            # The value may be a secret, so it is not shown.
            reason = f"must be a string, not `{_type_name(value)}`"
            raise bad_argument(f"storage_options[{name!r}]", reason)
        if not _is_unicode(value):
            raise bad_argument(f"storage_options[{name!r}]", "is not valid Unicode")
    return location(path), list(options.items())


def extra(value: object) -> str:
    """Returns the text of a JSON object, empty for None; what JSON would change is refused."""
    if value is None:
        return "{}"
    if not isinstance(value, dict):
        raise bad_argument("extra", f"must be a dict, not `{_type_name(value)}`")
    _check_json("extra", value)
    return to_json(value)


def to_json(value: object) -> str:
    """Returns the text of what is known to be JSON."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
    )


def _check_json(name: str, value: dict[str, Any]) -> None:
    """Refuses what does not come back from JSON equal; on a stack, so depth is no danger."""
    pending: list[tuple[str, object, int]] = [(name, value, 1)]
    seen = 0
    while pending:
        path, item, depth = pending.pop()
        seen += 1
        if seen > _MAX_EXTRA_VALUES:
            raise bad_argument(name, f"holds more than {_MAX_EXTRA_VALUES} values")
        children = _children(path, item)
        if children and depth >= _MAX_EXTRA_DEPTH and _holds_containers(children):
            raise bad_argument(name, f"is nested more than {_MAX_EXTRA_DEPTH} deep, or in itself")
        pending.extend((inner, child, depth + 1) for inner, child in children)


def _children(path: str, item: object) -> list[tuple[str, object]]:
    """Returns what a JSON container holds, and nothing for a good scalar."""
    if isinstance(item, dict):
        return [(f"{path}.{_key(path, key)}", child) for key, child in item.items()]
    if isinstance(item, list):
        return [(f"{path}[{index}]", child) for index, child in enumerate(item)]
    reason = _scalar_fault(item)
    if reason is not None:
        raise bad_argument(path, reason)
    return []


def _holds_containers(children: list[tuple[str, object]]) -> bool:
    return any(isinstance(child, dict | list) for _, child in children)


def _key(path: str, key: object) -> str:
    return text(f"{path} key", key)


def _scalar_fault(item: object) -> str | None:
    if item is None or isinstance(item, bool):
        return None
    if isinstance(item, str):
        return None if _is_unicode(item) else "is not valid Unicode: it holds a lone surrogate"
    if isinstance(item, int):
        # Beyond this, other readers of JSON take it for infinite.
        return None if item.bit_length() < 1024 else "is an integer of more than 1,023 bits"
    if isinstance(item, float):
        return None if math.isfinite(item) else f"is {item!r}, which JSON does not have"
    return f"is a `{_type_name(item)}`, which JSON does not have"


def _is_unicode(value: str) -> bool:
    # What is checked is what is read natively, whatever a subclass says of itself.
    if str.isascii(value):
        return True
    try:
        str.encode(value)
    except UnicodeEncodeError:
        return False
    return True


def _type_name(value: object) -> str:
    return type(value).__qualname__


def _quoted(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) and _is_unicode(value) else _type_name(value)


def _shortened(value: int) -> str:
    # Python refuses to print integers of more digits than its limit.
    return str(value) if -(2**64) <= value <= 2**64 else "an integer of more than 64 bits"
