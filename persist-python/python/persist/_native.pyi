"""The compiled half of the package; its callers are `persist.api` and `persist.state`."""

import os
from collections.abc import Callable, Iterable
from typing import Any, Final, Self, TypeAlias, TypedDict, TypeVar, final, type_check_only

__all__ = [
    "READINGS",
    "Capture",
    "Composed",
    "Identity",
    "Keys",
    "Passphrase",
    "Plan",
    "Recipients",
    "State",
    "Stop",
    "__version__",
    "capture",
    "compose",
    "credentials_of",
    "decode",
    "delete",
    "exists",
    "first_hidden",
    "generate_identity",
    "hashing_trouble",
    "is_arguments",
    "is_secret",
    "load",
    "opening_keys",
    "plain_endpoint",
    "plan_of",
    "read_metadata",
    "save",
    "sealing_keys",
    "store",
    "verify",
]

READINGS: Final[int]
"""How often a snapshot that is replaced while it is read is opened."""

__version__: Final[str]

_T = TypeVar("_T")

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

_Place: TypeAlias = tuple[str, list[tuple[str, str]]]
"""A location, and options of its storage."""

@type_check_only
class Manner(TypedDict):
    """How a snapshot is written."""

    compression: str | None
    level: int | None
    keys: Keys | None
    overwrite: bool
    durable: bool

_Path = str | os.PathLike[str]

@final
class Passphrase:
    """A secret that people can remember, for `encryption=`; whoever knows it reads, and writes.

    Costs a second and 256 MiB on every save and every open, so that guessing costs as much; for a
    snapshot at every step use keys. `work_factor` sets it, as a power of two from 1 to 20 (18
    unless set): each step more doubles both. Never printed and never pickled.

    Raises:
        ConfigurationError: The text is empty or no valid Unicode, or the work out of bounds.
    """

    def __new__(cls, text: str, *, work_factor: int | None = None) -> Self: ...
    @staticmethod
    def from_file(path: _Path, *, work_factor: int | None = None) -> Passphrase:
        """Read the passphrase from a file; one line end behind it is not part of it."""

    @staticmethod
    def from_env(*, work_factor: int | None = None) -> Passphrase:
        """Read the passphrase from the environment variable `PERSIST_PASSPHRASE`."""

@final
class Recipients:
    """The public keys (`age1…`) of those who may read, for `encryption=`; they open nothing.

    Raises:
        ConfigurationError: One of them is no such key, or there is none.
    """

    def __new__(cls, keys: str | Iterable[str]) -> Self: ...
    @staticmethod
    def from_file(path: _Path) -> Recipients:
        """Read them from a file with one per line, as `age -R` does."""

    @property
    def keys(self) -> list[str]:
        """The keys as text."""

@final
class Identity:
    """A secret key (`AGE-SECRET-KEY-1…`), for `encryption=`: opens, and saves for itself.

    Never printed and never pickled: `reveal` and `to_file` give it away.

    Raises:
        ConfigurationError: The text is no such key.
    """

    def __new__(cls, key: str) -> Self: ...
    @staticmethod
    def from_file(path: _Path) -> Identity:
        """Read what `age-keygen` or `to_file` wrote: one key per line, all of which open."""

    @staticmethod
    def from_env() -> Identity:
        """Read the file that the environment variable `PERSIST_IDENTITY_FILE` names."""

    @property
    def recipients(self) -> list[str]:
        """The public halves, for `Recipients`."""

    def reveal(self) -> str:
        """Return the secret itself, one key per line."""

    def to_file(self, path: _Path) -> None:
        """Write the secret to a new file that only its owner can read.

        Raises:
            StorageError: Something is there already, or the file cannot be written.
        """

@final
class Keys:
    """The keys of one call."""

@final
class Capture:
    """A scanned object, ready to be written as state text any number of times."""

    @property
    def plans(self) -> list[Plan]: ...
    @property
    def bindings(self) -> list[str]: ...
    @property
    def is_held(self) -> bool: ...
    def text(self) -> str: ...
    def search(self) -> None: ...
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
class Stop:
    """Ends what one thread does for another once that no longer wants it."""

    def __new__(cls) -> Self: ...
    def ask(self) -> None: ...
    @property
    def is_asked(self) -> bool: ...
    def over(self, work: Callable[[], _T]) -> _T: ...

@final
class Composed:
    """A whole snapshot in memory."""

@final
class State:
    """The state text of a snapshot that was read; it is used up by one `decode`."""

    @property
    def is_replaced(self) -> bool:
        """Whether reading it has failed since another snapshot took its place."""

def capture(
    obj: object,
    lookup: Callable[[type], tuple[Plan, bool]],
    bind: list[tuple[str, object]],
    session: object,
    dialect: str,
    whole: bool = False,
) -> Capture: ...
def plan_of(class_: type, lookup: Callable[[type], tuple[Plan, bool]]) -> Plan: ...
def hashing_trouble(values: list[object]) -> str | None: ...
def first_hidden(session: object, text: str) -> str | None: ...
def is_arguments(name: str) -> bool: ...
def is_secret(name: str, value: object) -> bool: ...
def generate_identity() -> Identity:
    """Make a new pair of keys: an identity, whose `recipients` are public."""

def opening_keys(encryption: object) -> Keys | None: ...
def sealing_keys(encryption: object) -> Keys | None: ...
def credentials_of(text: str, is_address: bool = False) -> list[str]: ...
def plain_endpoint(text: str) -> str | None: ...
def decode(source: State | bytes, resolver: object, dialect: str) -> object: ...
def save(
    place: _Place,
    capture: Capture,
    labels: Labels,
    manner: Manner,
    progress: Callable[[int, int | None], object] | None,
) -> str: ...
def compose(
    place: _Place,
    capture: Capture,
    labels: Labels,
    manner: Manner,
    progress: Callable[[int, int | None], object] | None,
) -> Composed: ...
def store(
    place: _Place,
    composed: Composed,
    manner: Manner,
    progress: Callable[[int, int | None], object] | None,
) -> str: ...
def load(
    place: _Place,
    max_state_bytes: int,
    keys: Keys | None,
    progress: Callable[[int, int | None], object] | None,
) -> tuple[str, State]: ...
def read_metadata(place: _Place, keys: Keys | None) -> str: ...
def verify(
    place: _Place, keys: Keys | None, progress: Callable[[int, int | None], object] | None
) -> tuple[str | None, str | None]: ...
def exists(place: _Place) -> bool: ...
def delete(place: _Place, missing_ok: bool) -> None: ...
