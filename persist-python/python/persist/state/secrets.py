"""What one capture names: secrets it leaves out, where they go, and names a restore looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from persist import _native
from persist.state import calls, effort, patterns, problems, reconstructors
from persist.state import names as canonical
from persist.state.held import named_in
from persist.state.record import Record
from persist.state.text import is_unicode, quote, text_of

if TYPE_CHECKING:
    # A save without secrets does not wait for that.
    from persist.state.destinations import Address

__all__ = [
    "AMBIGUOUS",
    "PLAIN",
    "Containing",
    "Session",
    "by_field",
    "given_as",
    "has_credentials",
    "is_called",
    "is_given",
    "is_of_bytes",
    "is_omitted",
    "opted_in",
]

AMBIGUOUS = "an address in which clients may read different hosts"
PLAIN = (
    "give it an address in plain ASCII, such as `https://host:443/path`: no backslash or space, "
    "a port in digits, and an `@` only behind a user and password, whose own signs are escaped"
)


def opted_in(
    opt_in: Mapping[str, Mapping[object, str]], held: Mapping[str, object]
) -> Iterator[str]:
    """Yields the names that must be admitted for what fields hold.

    `...` stands for any value but None, False and an empty map: what a validator might take for
    True is not told apart from it. None stands for itself, and for a field that holds nothing.
    """
    for field, values in opt_in.items():
        value = held.get(field)
        if value is None and None in values:
            yield values[None]
        if value is None or value is False or (type(value) is dict and not value):
            continue
        yield from (
            name
            for key, name in values.items()
            if type(key) is Containing and key.is_in(value) and not held.get(key.unless)
        )
        name = values.get(...) or (values.get(value) if isinstance(value, str) else None)
        if name is not None:
            yield name


def by_field(cls: Any, held: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns what a constructor is given under the names of fields, where those have aliases.

    Raises:
        RebuildError: `invalid_state`, a field is given twice.
    """
    found = dict(held)
    for name, info in getattr(cls, "model_fields", {}).items():
        alias = getattr(info, "alias", None)
        if alias is None or alias == name or alias not in held:
            continue
        if name in held:
            raise problems.rebuild("invalid_state", f"the field `{name}` is given twice")
        found[name] = held[alias]
    return found


class Containing(Record):
    """Any text that has a part in it, as long as another field says nothing."""

    part: str
    unless: str

    def is_in(self, value: object) -> bool:
        """Returns whether a value is such a text."""
        return isinstance(value, str) and self.part in value


SEARCHED_BYTES = 8
"""Secrets at least this long are looked for in the text: shorter ones stand there by chance."""


def has_credentials(address: str) -> bool:
    """Returns whether an address has a password, a token or a parameter that is a secret."""
    return bool(_native.credentials_of(address))


def given_as(kind: str, value: str | bytes) -> str | bytes:
    """Returns what the caller gave for a secret as what stood there.

    Raises:
        RebuildError: `invalid_state`, bytes were given for a text.
    """
    if is_of_bytes(kind):
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        raise problems.rebuild("invalid_state", "a secret that is a text was given as bytes")
    return value


def is_of_bytes(kind: str) -> bool:
    """Returns whether a secret of a type is given back as bytes, and not as text."""
    return kind in ("bytes", "SecretBytes", "SecretBytes/1") or kind.endswith(":bytes")


def is_called(name: str, context: str) -> bool:
    """Returns whether a secret that stands in a place may have this name: `#2` tells two apart."""
    plain, mark, count = name.rpartition("#")
    return name == context or (bool(mark) and plain == context and count.isdecimal())


def is_given(key: object) -> bool:
    """Returns whether a client would take this for its key, and look for no other."""
    # Nothing has looked at it yet: what is asked for its truth is of a class that has one.
    is_known = isinstance(key, str | bytes | list | tuple | dict)
    is_known = is_known or hasattr(type(key), "get_secret_value")
    return bool(key) if is_known else callable(key)


def is_omitted(
    attribute: str, header: object, value: object, is_among_secrets: bool = False
) -> bool:
    """Returns whether a component's attribute, or an entry of its headers, would be left out.

    Of a container whose name tells secrets every text would be.
    """
    if is_among_secrets:
        return isinstance(value, str | bytes)
    if header is None:
        return _native.is_secret(attribute, value)
    if isinstance(header, bytes):
        header = header.decode("ascii", "replace")
    is_headers = attribute.lower().endswith("headers")
    return is_headers and isinstance(header, str) and _native.is_secret(header, value)


class Session:
    """What the hooks of one capture share.

    Attributes:
        keeps_secrets: Secrets are written as they are.
        is_langchain: Only what LangChain reads back is written.
        wants_paths: The walk says in `path` where it stands before it asks for anything.
        has_news: A secret was left out, or kept, since the walk last looked.
        secrets: Name to value of every secret that was left out.
        places: Name and path of each, where paths are wanted.
        names: Role to the names used in it: `class`, `value`, `method`, `location`, `call`.
        members: Enumeration to the members that occur, each with what is told of its value.
        proxies: What stands for a thing whose kind is known only when it is seen, by its address.
        sentinels: Addresses of every `object()` that a class or function has, once asked for.
        patterns: Those that a text may have only so many of.
        memories: The owner of each memory by its address → what lies in it.
        own_views: What was made for the walk alone, by its address: nothing else has it.
    """

    def __init__(
        self,
        keeps_secrets: bool,
        is_langchain: bool = False,
        endpoints_of: Callable[[str, type], Iterable[str] | None] = lambda name, cls: (),
        wants_paths: bool = False,
    ) -> None:
        self.keeps_secrets = keeps_secrets
        self.is_langchain = is_langchain
        self.wants_paths = wants_paths
        self.path = "$"
        self.has_news = False
        self._endpoints_of = endpoints_of
        self.secrets: dict[str, object] = {}
        self.places: dict[tuple[str, str], None] = {}
        self._addresses: dict[str, tuple[type, Address]] = {}
        self._known: dict[str | bytes, None] = {}
        self.names: dict[str, dict[str, None]] = {
            role: {} for role in ("class", "value", "method", "location", "call")
        }
        self.members: dict[str, dict[str, str | None]] = {}
        self.proxies: dict[int, object] = {}
        self._maps: dict[int, bool] = {}
        self._around: dict[int, object] = {}
        self._functions: dict[int, tuple[object, str | None]] = {}
        self._is_anew = False
        self.sentinels: frozenset[int] | None = None
        self.patterns = patterns.Patterns()
        self.memories: dict[int, list[Any]] = {}
        self.own_views: dict[int, Any] = {}

    def writes(self, own: object) -> bool:
        """Returns whether a thing that its owner could leave out is written: it was met elsewhere.

        One that was not there in the first walk is written at once, or there would be no last.
        """
        return self._maps.setdefault(id(own), self._is_anew)

    def left_out(self) -> list[int]:
        """Returns the addresses of the maps that their owners left out."""
        return [address for address, is_written in self._maps.items() if not is_written]

    def write_out(self, addresses: list[int]) -> None:
        """Asks the owners of these maps to write them."""
        self._maps.update(dict.fromkeys(addresses, True))
        self._is_anew = True
        effort.begin()
        self.memories.clear()
        self.own_views.clear()

    def name_of(self, function: object) -> str | None:
        """Returns the name that leads to a function: one function is often many tools'."""
        known = self._functions.get(id(function))
        if known is None:
            known = self._functions[id(function)] = (function, canonical.name_of(function))
        return known[1]

    def name(self, name: str, role: str) -> None:
        """Notes that a restore will look this name up."""
        self.names[role][name] = None

    def call(
        self,
        function: object,
        value: object,
        arguments: tuple[Any, ...],
        named: dict[str, Any] | None,
    ) -> str | None:
        """Returns the beginning of the node of a call that makes a value, and notes what it names.

        None where no name leads to the function, or where it would make something else.
        """
        owner = calls.class_of(function)
        name = calls.name_of(function)
        if name is None or (owner is not None and canonical.name_of(owner) is None):
            return None
        if calls.makes_other(function, type(value)):
            return None
        known = reconstructors.RECONSTRUCTORS.get(name)
        try:
            kind = None if known is None or named else known.makes(list(arguments))
        except ValueError:
            return None
        if (known is not None and named) or (kind is not None and kind is not type(value)):
            return None
        self.name(name, "call")
        head = f'{{"lc":"call","id":{quote(name)}'
        if owner is None:
            return head
        of = canonical.name_of(owner) or ""
        self.name(of, "class")
        return f'{head},"of":{quote(of)}'

    def setter(self, function: object) -> str | None:
        """Returns the name of a function that sets the state of an object, and notes it."""
        name = calls.name_of(function)
        if name is not None and calls.class_of(function) is not None:
            return None
        if name is not None:
            self.name(name, "call")
        return name

    def sends(self, thing: object, fields: Iterable[str]) -> None:
        """Notes the addresses that an object with a secret left out talks to."""
        self._note(type(thing), vars(thing), fields)

    def encloses(self, cls: type, name: str, held: Mapping[str, object]) -> None:
        """Notes the addresses of an object that lies around a secret: it may send it there."""
        fields = self._endpoints_of(name, cls)
        if fields is not None:
            self._note(cls, named_in(cls, held), fields)

    def encloses_map(self, held: dict[Any, Any]) -> None:
        """Notes the addresses of a plain map around a secret, once: a client may be given both."""
        if id(held) not in self._around:
            self._around[id(held)] = held
            self._note(object, held, ())

    def _note(self, cls: type, held: Mapping[Any, object], fields: Iterable[str]) -> None:
        from persist.state import destinations

        for address in destinations.addresses(cls, held, fields):
            self._addresses.setdefault(address.text, (dict if cls is object else cls, address))

    def endpoints(self) -> list[str]:
        """Returns the addresses that objects with secrets talk to, without the credentials in them.

        One that is itself left out needs no word: whoever gives it back admits it.
        """
        return sorted({it for _, _, it in self._told() if it is not None})

    def check_addresses(self) -> None:
        """Refuses an address that no restore would send a secret to, whatever it is told.

        Raises:
            CaptureError: `unsupported_value`.
        """
        for cls, address, shown in self._told():
            if shown is None:
                reason = (
                    f"`{address.field}` of a `{cls.__qualname__}` with a secret holds {AMBIGUOUS}"
                )
                raise problems.refused([("$", reason, PLAIN)])

    def _told(self) -> Iterator[tuple[type, Address, str | None]]:
        omitted = {text_of(value) for value in self.secrets.values()}
        for text, (cls, address) in self._addresses.items():
            if text not in omitted:
                yield cls, address, address.plain()

    def know(self, value: str | bytes | bytearray) -> None:
        """Notes a component's key, which its hook may write: it must not stand in the text."""
        if not self.keeps_secrets:
            self._known[bytes(value) if isinstance(value, bytearray) else value] = None

    def leave_out(self, context: str, value: object) -> str | None:
        """Returns the node for a secret in an attribute, None where secrets are kept."""
        self.has_news = True
        if self.keeps_secrets:
            return None
        kind, name = type(value).__name__, quote(self.omit(context, value))
        return f'{{"lc":"secret","type":"{kind}","name":{name}}}'

    def hidden(self) -> list[str | bytes]:
        """Returns the values that must not stand in the text, as they are and as URLs show them.

        What credentials stand in a URL counts by itself too: as it stands there, and as what its
        escapes mean.
        """
        if not self.secrets and not self._known:
            return []
        from urllib.parse import quote as escaped
        from urllib.parse import unquote

        found: dict[str | bytes, None] = {}
        for value in (*self.secrets.values(), *self._known):
            if not isinstance(value, str | bytes):
                continue
            text = text_of(value)
            parts = _native.credentials_of(text, True) if is_unicode(text) else []
            found.update(dict.fromkeys((value, *parts, *map(unquote, parts))))
        long = [value for value in found if _length(value) >= SEARCHED_BYTES]
        plain = [value for value in long if isinstance(value, bytes) or is_unicode(value)]
        shown = [escaped(value, safe) for value in plain for safe in ("", "/")]
        return list(dict.fromkeys((*long, *shown)))

    def concealed(self, rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Returns rows of texts without what is left out."""
        from persist.state import concealed

        return concealed.concealed(rows, self.hidden())

    def check_labels(self, texts: Mapping[str, str]) -> None:
        """Refuses metadata that show what was left out; `texts` has JSON by its path.

        Raises:
            CaptureError: `secret_in_data`, with the first such path.
        """
        for path, text in texts.items() if self.hidden() else ():
            found = _native.first_hidden(self, text)
            if found is not None:
                raise problems.leaked(path + found.removeprefix("$"))

    def omit(self, name: str, value: object, place: str = "") -> str:
        """Returns the name under which a value is left out: two that differ get two names."""
        self.has_news = True
        candidate, count = name, 1
        while candidate in self.secrets and self.secrets[candidate] != value:
            count += 1
            candidate = f"{name}#{count}"
        self.secrets[candidate] = value
        self.places[candidate, self.path + place] = None
        return candidate

    def node(self, name: str, value: object, field: str) -> str:
        """Returns LangChain's node for a field that is left out."""
        return f'{{"lc":1,"type":"secret","id":[{quote(self.omit(name, value, f".{field}"))}]}}'


def _length(value: str | bytes) -> int:
    return len(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
