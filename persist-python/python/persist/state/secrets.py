"""What one capture names: secrets it leaves out, where they go, and names a restore looks up."""

from __future__ import annotations

import collections
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from persist import _native
from persist.state import calls, effort, patterns, problems, reconstructors
from persist.state import names as canonical
from persist.state.held import named_in
from persist.state.record import Record
from persist.state.text import quote

__all__ = [
    "AMBIGUOUS",
    "ENDPOINT_FIELDS",
    "PLAIN",
    "Address",
    "Containing",
    "Session",
    "addresses",
    "by_field",
    "given_as",
    "has_credentials",
    "is_called",
    "is_endpoint",
    "is_given",
    "is_of_bytes",
    "is_omitted",
    "opted_in",
    "plain",
    "text_of",
]

ENDPOINT_FIELDS = (
    "api_base",
    "azure_endpoint",
    "base_url",
    "endpoint",
    "endpoint_url",
    "host",
    "proxy",
    "url",
)
"""Attributes that say where an object sends things, in classes that no table lists."""


# Compiled by the first that asks: a save without secrets does not wait for that.
_ENDS = (
    r"(^|_)(?i:(base|endpoint|host(name)?|server|ur[il])s?|prox(y|ies))$"
    r"|[a-z]((Base|Endpoint|Host(name)?|Server|Ur[il])s?|Prox(y|ies))$"
)


def is_endpoint(name: str) -> bool:
    """Returns whether an attribute of this name says where an object sends things."""
    return name.endswith(ENDPOINT_FIELDS) or re.search(_ENDS, name) is not None


AMBIGUOUS = "an address in which clients may read different hosts"
PLAIN = (
    "give it an address in plain ASCII, such as `https://host:443/path`: no backslash or space, "
    "a port in digits, and an `@` only behind a user and password, whose own signs are escaped"
)


MOST_PARTS = 200
"""Parts of a map or list of addresses that are shown, and may be compared."""

WORD_BITS = 64

LEAST_HOST = 10_000_000
"""Clients take a number for a host, too; below this one are no hosts that anybody reaches."""

_NUMBER = r"0[xX][0-9a-fA-F]{7,}|[0-9]{8,}"

MOST_LOOKED_AT = 1 << 20
"""Things in containers of addresses that are looked at in one reading or writing."""

TEXTS = (str, bytes, bytearray, collections.UserString)

CONTAINERS = (list, tuple, set, frozenset, collections.deque, collections.UserList)

UNSHOWN = "\\"
"""Stands for what is no address, nor a few of them: it is equal to none."""


class Address(Record):
    """Where an object sends what it sends, where that is not its class's own default.

    Attributes:
        parts: The texts in it: of a map or a list all that lie in it, else the address itself.
    """

    field: str
    text: str
    parts: tuple[str, ...]

    def plain(self) -> str | None:
        """Returns it as all clients read it, None where two might read different hosts in it."""
        is_plain = all(plain(it) is not None for it in self.parts)
        return plain(self.text) if is_plain else None


def addresses(cls: type, held: Mapping[str, object], fields: Iterable[str]) -> Iterator[Address]:
    """Yields the addresses that attributes of an object give, in these fields or the usual ones.

    `field=address` is a field whose usual address is not its declared default, `field.key` a key
    of a map, and `field://` counts only where it holds an address with a scheme.
    """
    listed = [field.partition("=") for field in fields]
    usual = {field: address for field, _, address in listed}
    named = (it for it in held if type(it) is str and is_endpoint(it) and _is_address(held[it]))
    for field in dict.fromkeys((*usual, *ENDPOINT_FIELDS, *named)):
        name, _, key = field.removesuffix("://").partition(".")
        value = held.get(name)
        if key:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            continue
        if not _is_shown(value):
            yield Address(field.removesuffix("://"), UNSHOWN, (UNSHOWN,))
        elif field.endswith("://") and "://" not in text_of(value):
            continue
        elif key or value not in (_default_of(cls, name), usual.get(field) or None):
            parts = tuple(_texts_in(value))
            yield Address(field.removesuffix("://"), text_of(value), parts)
    # Of what the tables list all fields were looked at: what lies in any other is data.
    for name, value in () if usual else held.items():
        is_known = type(name) is not str or name in ENDPOINT_FIELDS
        if not (is_known or _is_address(value)) and is_endpoint(name):
            yield from (Address(name, text, (text,)) for text in _told_in(value))


def _told_in(value: object) -> Iterator[str]:
    """Yields the addresses in a container of the program's own, each by itself."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, (Mapping, *CONTAINERS)) and id(held) not in seen:
            seen.add(id(held))
            inner = [*(held.values() if isinstance(held, Mapping) else held)]
            if effort.is_overspent("addresses", len(inner), MOST_LOOKED_AT):
                yield UNSHOWN
                return
            if len(inner) == 2 and _is_place(inner[0]) and type(inner[1]) is int:
                yield f"{text_of(inner[0])}:{inner[1]}"
            else:
                waiting += inner
        elif held is not value and _is_place(held):
            yield text_of(held)


def _is_place(value: object) -> bool:
    """Returns whether something in a container is an address: no text with spaces is."""
    return _is_address(value) and not any(map(str.isspace, text_of(value)))


def _is_shown(value: object) -> bool:
    """Returns whether a text can be made of an address, or of a map or list of few.

    A file may have put anything there, and nothing has looked at it yet.
    """
    waiting = [value]
    for _ in range(MOST_PARTS):
        if not waiting:
            return True
        held = waiting.pop()
        if isinstance(held, Mapping):
            waiting += [*held, *held.values()]
        elif isinstance(held, list | tuple | set | frozenset):
            waiting += held
        elif isinstance(held, int):
            if held.bit_length() > WORD_BITS:
                return False
        elif held is not None and not isinstance(held, float) and not _is_address_like(held):
            return False
    return False


def _texts_in(value: object) -> Iterator[str]:
    """Yields an address, or the texts in a map or a list of such."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if not isinstance(held, Mapping | list | tuple | set | frozenset):
            if held is value or isinstance(held, str | bytes):
                yield text_of(held)
        elif id(held) not in seen:
            seen.add(id(held))
            waiting.extend(held.values() if isinstance(held, Mapping) else held)


def _is_address(value: object) -> bool:
    """Returns whether a value is an address, and not a word or a thing by a name like that."""
    if isinstance(value, TEXTS):
        text = text_of(value)
        return any(mark in text for mark in ".:/") or re.fullmatch(_NUMBER, text) is not None
    if type(value) is int:
        return value >= LEAST_HOST and value.bit_length() <= WORD_BITS
    return _is_address_like(value)


def _is_address_like(value: object) -> bool:
    """Returns whether a value is of a class of texts or addresses; none that a text has made is."""
    of = type(value)
    if isinstance(value, TEXTS):
        return True
    is_named = of.__module__ in ("ipaddress", "urllib.parse")
    is_named = is_named or of.__name__.lower().endswith(("url", "dsn"))
    return is_named and getattr(sys.modules.get(of.__module__), of.__name__, None) is of


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


def _default_of(cls: type, field: str) -> object:
    """Returns the default a class declares for an attribute, None where it declares none."""
    for table in ("model_fields", "__dataclass_fields__"):
        fields = getattr(cls, table, None)
        if isinstance(fields, Mapping) and field in fields:
            return getattr(fields[field], "default", None)
    return vars(cls).get(field)


def text_of(address: object) -> str:
    """Returns an address as text, also where it is bytes; of two that differ none is the other."""
    if isinstance(address, bytes | bytearray):
        return address.decode("utf-8", "backslashreplace")
    return str(address)


def plain(address: str) -> str | None:
    """Returns an address as it may be shown, and is compared: without credentials.

    None where clients might read different hosts in it, so that none can be shown.
    """
    return _native.plain_endpoint(address) if _is_unicode(address) else None


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
        # A save without secrets does not wait for that.
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
            parts = _native.credentials_of(text, True) if _is_unicode(text) else []
            found.update(dict.fromkeys((value, *parts, *map(unquote, parts))))
        long = [value for value in found if _length(value) >= SEARCHED_BYTES]
        plain = [value for value in long if isinstance(value, bytes) or _is_unicode(value)]
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


def _is_unicode(value: str | bytes) -> TypeGuard[str]:
    return isinstance(value, str) and not any("\ud800" <= it <= "\udfff" for it in value)


def _length(value: str | bytes) -> int:
    return len(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
