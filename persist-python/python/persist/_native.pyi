"""The compiled half of the package; its callers are `persist.api` and `persist.state`."""

from collections.abc import Callable
from typing import Any, Final, Self, TypedDict, final, type_check_only

__all__ = [
    "Capture",
    "Plan",
    "State",
    "__version__",
    "capture",
    "decode",
    "delete",
    "exists",
    "first_hidden",
    "is_secret",
    "load",
    "password_of",
    "plan_of",
    "read_metadata",
    "save",
    "verify",
]

__version__: Final[str]

@type_check_only
class OwnLabels(TypedDict):
    """What the caller says of a snapshot; JSON values as text."""

    agent_id: str
    session_id: str
    snapshot_index: int
    description: str | None
    tags: list[str]
    extra: str

@type_check_only
class Labels(OwnLabels):
    """What the caller and the scan say of a snapshot; JSON values as text."""

    state_format: str | None
    environment: str
    classes: str
    needs: str

@type_check_only
class Manner(TypedDict):
    """How a snapshot is written."""

    compression: str | None
    level: int | None
    overwrite: bool
    durable: bool

@final
class Capture:
    """A scanned object, ready to be written as state text any number of times."""

    @property
    def plans(self) -> list[Plan]: ...
    @property
    def bindings(self) -> list[str]: ...
    def text(self) -> str: ...
    def to_bytes(self) -> bytes: ...

@final
class Plan:
    """How instances of one class are taken apart and put together."""

    def __new__(cls, spec: dict[str, object]) -> Self: ...
    @property
    def class_(self) -> type: ...
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> str: ...
    @property
    def has_state(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def is_component(self) -> bool: ...
    def guard(self) -> None: ...
    @property
    def record(self) -> dict[str, Any]: ...

@final
class State:
    """The state text of a snapshot that was read; it is used up by one `decode`."""

def capture(
    obj: object,
    lookup: Callable[[type], tuple[Plan, bool]],
    bind: list[tuple[str, object]],
    session: object,
    dialect: str,
) -> Capture: ...
def plan_of(class_: type, lookup: Callable[[type], tuple[Plan, bool]]) -> Plan: ...
def hashing_trouble(values: list[object]) -> str | None: ...
def first_hidden(session: object, text: str) -> str | None: ...
def is_secret(name: str, value: object) -> bool: ...
def password_of(text: str) -> str | None: ...
def decode(source: State | bytes, resolver: object, dialect: str) -> object: ...
def save(
    location: str,
    capture: Capture,
    labels: Labels,
    manner: Manner,
    progress: Callable[[int, int | None], object] | None,
) -> str: ...
def load(
    location: str,
    max_state_bytes: int,
    progress: Callable[[int, int | None], object] | None,
) -> tuple[str, State]: ...
def read_metadata(location: str) -> str: ...
def verify(
    location: str, progress: Callable[[int, int | None], object] | None
) -> tuple[str | None, str | None]: ...
def exists(location: str) -> bool: ...
def delete(location: str, missing_ok: bool) -> None: ...
