"""Values with a node of their own: the standard library's dates, numbers, paths and names.

`PLANS` takes them apart, `BUILDERS` puts them together from strictly parsed text.
"""

from __future__ import annotations

import collections
import copyreg
import decimal
import inspect
import pathlib
import re
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from persist import _native
from persist.state import code, constants, forms, methods, names, ordinary, plans, problems, views
from persist.state.plans import Pieces
from persist.state.text import quote

if TYPE_CHECKING:
    import fractions
    import zoneinfo

__all__ = [
    "BUILDERS",
    "INTERPRETER_TYPES",
    "describe_class",
    "plan_of_value",
]

_T = TypeVar("_T")

Fields = Mapping[str, Any]
"""The members of a node, decoded, without `lc`."""

WEEK: type = type(date.min.isocalendar())

PATHS = {cls.__name__: cls for cls in (pathlib.PurePosixPath, pathlib.PureWindowsPath)}
PATHS |= {cls.__name__: cls for cls in (pathlib.PosixPath, pathlib.WindowsPath)}

IPS = (
    "IPv4Address",
    "IPv6Address",
    "IPv4Network",
    "IPv6Network",
    "IPv4Interface",
    "IPv6Interface",
)

INTERPRETER_TYPES: dict[str, type] = {
    f"types:{name}": getattr(types, name)
    for name in (
        "NoneType",
        "EllipsisType",
        "NotImplementedType",
        "FunctionType",
        "BuiltinFunctionType",
        "MethodType",
        "MappingProxyType",
        "ModuleType",
    )
}
"""Types of the interpreter whose own name does not lead back to them."""

_INTERPRETER_NAMES = {id(cls): name for name, cls in INTERPRETER_TYPES.items()}

MAX_DIGITS = 4_000
"""Digits of a part of a Fraction: what CPython itself reads by default, and fast."""

_PIECE_DIGITS = 600  # `int` and `str` take 640 whatever limit is set.

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?([Ee][+-]?\d{1,18})?|\.\d+|Infinity|s?NaN\d*)", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+.-]+(/[A-Za-z0-9_+.-]+)*")
_FRACTION = re.compile(r"-?\d+(/\d+)?", re.ASCII)


def _span(value: timedelta) -> str:
    return f"[{value.days},{value.seconds},{value.microseconds}]"


def _moment(kind: str, value: datetime | time) -> Pieces:
    text = value.replace(tzinfo=None, fold=0).isoformat()
    pieces: list[Any] = [',"fold":1'] if value.fold else []
    if value.tzinfo is not None:
        pieces += [',"tz":', (".tzinfo", value.tzinfo)]
    return f'{{"lc":"{kind}","v":{quote(text)}', [*pieces, "}"]


def _text(kind: str, text: str, *rest: str) -> Pieces:
    return f'{{"lc":"{kind}","v":{quote(text)}', [*rest, "}"]


SUBCLASSED = "a part of it is of a class that extends a builtin"


def _week(value: tuple[int, ...]) -> str:
    return "{:04}-W{:02}-{}".format(*value)


def _describe_week(value: tuple[int, ...], context: str, session: Any) -> Pieces | str:
    # Its class can be asked for a week that no date has.
    try:
        _build_week({"v": _week(value)})
    except ValueError:
        return "it is the week of no date"
    return _text("isocalendar", _week(value))


def _describe_timezone(value: timezone, context: str, session: Any) -> Pieces | str:
    offset, *name = value.__getinitargs__()  # type: ignore[attr-defined]
    if type(offset) is not timedelta or any(type(it) is not str for it in name):
        return SUBCLASSED
    rest = f',"name":{quote(name[0])}}}' if name else "}"
    return f'{{"lc":"timezone","v":{_span(offset)}', [rest]


def _describe_zone(value: zoneinfo.ZoneInfo, context: str, session: Any) -> Pieces | str:
    key: str | None = value.key
    if key is None:
        return "it is a time zone without a key, made from a file"
    if type(key) is not str:
        return SUBCLASSED
    # What the cache does not know is another object than what its key gives.
    if type(value)(key) is not value:
        return "it is a time zone made by `ZoneInfo.no_cache`, which its key does not lead back to"
    return _text("zoneinfo", key)


def _describe_fraction(value: fractions.Fraction, context: str, session: Any) -> Pieces | str:
    limit = 10**MAX_DIGITS
    if abs(value.numerator) >= limit or value.denominator >= limit:
        return f"it is a fraction of more than {MAX_DIGITS} digits"
    return _text("fraction", _fraction_text(value))


def _describe_uuid(value: uuid.UUID, context: str, session: Any) -> Pieces | str:
    if type(value.int) is not int:
        return SUBCLASSED
    is_known = value.is_safe is not uuid.SafeUUID.unknown
    return _text("uuid", str(value), f',"safe":{quote(value.is_safe.name)}' if is_known else "")


def _describe_path(value: pathlib.PurePath, context: str, session: Any) -> Pieces:
    return _text("path", str(value), f',"type":{quote(type(value).__name__)}')


def _describe_ip(value: Any, context: str, session: Any) -> Pieces | str:
    address = getattr(value, "network_address", value)
    scope, prefix = getattr(address, "scope_id", None), getattr(value, "_prefixlen", 0)
    if {type(address._ip), type(prefix)} != {int} or type(scope) not in (str, type(None)):
        return SUBCLASSED
    return _text("ip", str(value), f',"type":{quote(type(value).__name__)}')


def _describe_pattern(value: re.Pattern[Any], context: str, session: Any) -> Pieces | str:
    if type(value.pattern) not in (str, bytes):
        return f"its pattern is a `{type(value.pattern).__qualname__}`"
    reason: str | None = session.patterns.trouble_with(value.pattern, value.flags)
    if reason is not None:
        return reason
    return '{"lc":"pattern","v":', [(".pattern", value.pattern), f',"flags":{value.flags}}}']


def _describe_range(value: range, context: str, session: Any) -> Pieces:
    parts = [(".start", value.start), ",", (".stop", value.stop), ",", (".step", value.step)]
    return '{"lc":"range","v":[', [*parts, "]}"]


def _describe_slice(value: slice, context: str, session: Any) -> Pieces | str:
    if any(type(part) is slice for part in (value.start, value.stop, value.step)):
        return "it is a slice of slices"
    parts = [(".start", value.start), ",", (".stop", value.stop), ",", (".step", value.step)]
    return '{"lc":"slice","v":[', [*parts, "]}"]


def _describe_deque(value: collections.deque[Any], context: str, session: Any) -> Pieces:
    length = [] if value.maxlen is None else [f',"maxlen":{value.maxlen}']
    return '{"lc":"deque"', [*length, ',"v":', list(value), "}"]


def _describe_complex(value: complex, context: str, session: Any) -> Pieces:
    return '{"lc":"complex","v":[', [(".real", value.real), ",", (".imag", value.imag), "]}"]


def _describe_module(value: types.ModuleType, context: str, session: Any) -> Pieces | str:
    return _named("module", value, names.name_of(value), session)


def describe_class(value: type, context: str, session: Any) -> Pieces | str:
    """Returns the node of a class by its name, or why there is none."""
    known = _INTERPRETER_NAMES.get(id(value))
    if known is not None:
        session.name(known, "value")
        return f'{{"lc":"class","id":{quote(known)}', ["}"]
    return _named("class", value, names.name_of(value), session)


def _describe_function(value: Any, context: str, session: Any) -> Pieces | str:
    is_bound = isinstance(value, types.BuiltinFunctionType) and methods.is_bound(value)
    if is_bound and not names.is_of_random(value):
        return methods.describe(value, context, session)
    name = session.name_of(value)
    if name is None and type(value) is types.FunctionType:
        return code.describe(value, session)
    return _named("function", value, name, session)


def _named(kind: str, value: Any, name: str | None, session: Any) -> Pieces | str:
    if name is None:
        shown = getattr(value, "__qualname__", None) or getattr(value, "__name__", "?")
        return f"no name leads to the {kind} `{shown}`"
    session.name(name, "value")
    return f'{{"lc":"{kind}","id":{quote(name)}', ["}"]


def _describe_method(value: types.MethodType, context: str, session: Any) -> Pieces | str:
    if names.is_of_random(value) and names.name_of(value) is not None:
        return _named("function", value, names.name_of(value), session)
    owner = value.__self__
    name = value.__func__.__name__
    cls = owner if isinstance(owner, type) else type(owner)
    shown = f"the method `{value.__func__.__qualname__}`"
    found = inspect.getattr_static(cls, name, None)
    if getattr(found, "__func__", found) is not value.__func__:
        name = next((key for key, it in vars(cls).items() if it is value.__func__), "")
    holder = next((base for base in cls.__mro__ if name in vars(base)), None)
    if holder is None:
        return f"no name leads to {shown} on its object"
    holder_name = names.name_of(holder)
    # A class that was made at run time brings its methods along, or is refused itself.
    is_made = holder is cls and ordinary.own_hook(cls) is None
    if holder_name is None and not (is_made and cls is not owner):
        return f"no name leads to the class of {shown}"
    # What a decorator gave a class made at run time, nobody has admitted.
    if not names.is_name(f"{holder_name or 'made'}{'.' if holder_name else ':'}{name}"):
        return f"{shown} has a name that no restore looks up"
    if holder_name is not None:
        session.name(f"{holder_name}.{name}", "method")
    return f'{{"lc":"method","name":{quote(name)},"self":', [(".__self__", owner), "}"]


_PLAIN: dict[type, Callable[[Any, str, Any], Pieces | str]] = {
    datetime: lambda value, context, session: _moment("datetime", value),
    time: lambda value, context, session: _moment("time", value),
    WEEK: _describe_week,
    date: lambda value, context, session: _text("date", value.isoformat()),
    timedelta: lambda value, context, session: ('{"lc":"timedelta","v":', [_span(value), "}"]),
    timezone: _describe_timezone,
    decimal.Decimal: lambda value, context, session: _text("decimal", str(value)),
    uuid.UUID: _describe_uuid,
    re.Pattern: _describe_pattern,
    range: _describe_range,
    slice: _describe_slice,
    complex: _describe_complex,
    type(...): lambda value, context, session: ('{"lc":"ellipsis"', ["}"]),
    type(NotImplemented): lambda value, context, session: ('{"lc":"notimplemented"', ["}"]),
    types.ModuleType: _describe_module,
    types.FunctionType: _describe_function,
    types.BuiltinFunctionType: _describe_function,
    # A method in C that is told which class defines it.
    type(re.compile("").search): _describe_function,
    types.MethodType: _describe_method,
    types.MethodWrapperType: methods.describe,
    types.MethodDescriptorType: _describe_function,
    types.WrapperDescriptorType: _describe_function,
}
_PLAIN |= dict.fromkeys(constants.KINDS[1:], constants.describe_variable)
_PLAIN |= dict.fromkeys(PATHS.values(), _describe_path)

# By name: each of these modules takes a millisecond or more to import, and few agents hold any.
_SELDOM: dict[str, Callable[[Any, str, Any], Pieces | str]] = {
    "zoneinfo:ZoneInfo": _describe_zone,
    "fractions:Fraction": _describe_fraction,
    **{f"ipaddress:{name}": _describe_ip for name in IPS},
}


def plan_of_value(cls: type) -> _native.Plan | None:
    """Returns the plan of a type that has a node of its own, or None."""
    if cls is types.MappingProxyType:
        return views.plan_of_mapping(cls)
    if cls is collections.deque:
        return plans.described(cls, _describe_deque)
    proxied = code.plan_of(cls)
    if proxied is not None:
        return proxied
    if cls is constants.Bare:
        return plans.described(cls, constants.describe_bare, hashes_by_identity=True)
    if cls is typing.ForwardRef:
        return plans.refused(cls, forms.TEXT)
    describe = forms.describe if forms.has_node(cls) else _PLAIN.get(cls)
    if describe is None:
        describe = _SELDOM.get(names.name_of(cls) or "")
    if constants.is_alias(cls):
        describe = constants.describe_variable
    if describe is None and issubclass(cls, type) and cls not in copyreg.dispatch_table:
        describe = describe_class
    if describe is None and cls.__flags__ & names.IS_METHOD:
        describe = _describe_function
    if describe is None:
        return None
    return plans.described(cls, describe, has_identity=False, hashes_by_identity=True)


def _bad(kind: str) -> ValueError:
    return ValueError(f"its parts do not make a {kind}")


def _parts(fields: Fields, required: str, optional: str = "") -> list[Any]:
    """Returns the members named, None for what is optional and absent; refuses any other."""
    known = [*required.split(), *optional.split()]
    for name in fields:
        if name not in known:
            raise ValueError(f"it has no member `{name}`")
    for name in required.split():
        if name not in fields:
            raise ValueError(f"it lacks its member `{name}`")
    if any(name in fields and fields[name] is None for name in optional.split()):
        raise ValueError("a member that may be left out is null")
    return [fields.get(name) for name in known]


def _same(made: _T, text: str, kind: str) -> _T:
    """Returns a value whose own text is just this: another spelling was never written."""
    if str(made) != text:
        raise _bad(kind)
    return made


def _str(value: object, kind: str) -> str:
    if type(value) is not str:
        raise _bad(kind)
    return value


def _timedelta(value: object, kind: str) -> timedelta:
    if type(value) is not list or [type(part) for part in value] != [int, int, int]:
        raise _bad(kind)
    days, seconds, microseconds = value
    span = timedelta(days, seconds, microseconds)
    if (span.days, span.seconds, span.microseconds) != (days, seconds, microseconds):
        raise _bad(kind)
    return span


def _build_moment(cls: Any, kind: str, fields: Fields) -> Any:
    text, fold, zone = _parts(fields, "v", "fold tz")
    made = cls.fromisoformat(_str(text, kind))
    if fold is not None and (type(fold) is not int or fold != 1):
        raise _bad(kind)
    if made.tzinfo is not None or made.isoformat() != text:
        raise _bad(kind)
    if zone is not None and not isinstance(zone, tzinfo):
        raise _bad(kind)
    return made.replace(tzinfo=zone, fold=fold or 0)


def _build_date(fields: Fields) -> date:
    (text,) = _parts(fields, "v")
    return _same(date.fromisoformat(_str(text, "date")), text, "date")


def _build_week(fields: Fields) -> tuple[int, ...]:
    (text,) = _parts(fields, "v")
    made = date.fromisoformat(_str(text, "isocalendar")).isocalendar()
    if _week(made) != text:
        raise _bad("isocalendar")
    return made


def _build_timezone(fields: Fields) -> timezone:
    span, name = _parts(fields, "v", "name")
    offset = _timedelta(span, "timezone")
    return timezone(offset) if name is None else timezone(offset, _str(name, "timezone"))


def _build_zone(fields: Fields) -> zoneinfo.ZoneInfo:
    import zoneinfo

    (key,) = _parts(fields, "v")
    # Reads the system's or the package `tzdata`'s zone files, from nowhere else: keys that lead
    # out of them are refused by ZoneInfo itself.
    if not _ZONE.fullmatch(_str(key, "zoneinfo")):
        raise _bad("zoneinfo")
    try:
        return zoneinfo.ZoneInfo(key)
    except zoneinfo.ZoneInfoNotFoundError as error:
        raise problems.rebuild(
            "missing_package", f"there is no time zone `{key}` here", hint="pip install tzdata"
        ) from error


def _build_decimal(fields: Fields) -> decimal.Decimal:
    (text,) = _parts(fields, "v")
    if not _DECIMAL.fullmatch(_str(text, "decimal")):
        raise _bad("decimal")
    return _same(decimal.Decimal(text), text, "decimal")


def _build_fraction(fields: Fields) -> fractions.Fraction:
    import fractions

    (text,) = _parts(fields, "v")
    if not _FRACTION.fullmatch(_str(text, "fraction")) or len(text) > 2 * MAX_DIGITS + 2:
        raise _bad("fraction")
    made = fractions.Fraction(*map(_integer, text.split("/")))
    if _fraction_text(made) != text:
        raise _bad("fraction")
    return made


def _fraction_text(value: fractions.Fraction) -> str:
    parts = [value.numerator] if value.denominator == 1 else [value.numerator, value.denominator]
    return "/".join(map(_digits, parts))


def _integer(digits: str) -> int:
    """Returns the value of decimal digits under any `sys.set_int_max_str_digits`."""
    value = 0
    for start in range(0, len(digits.lstrip("-")), _PIECE_DIGITS):
        piece = digits.lstrip("-")[start : start + _PIECE_DIGITS]
        value = value * 10 ** len(piece) + int(piece)
    return -value if digits.startswith("-") else value


def _digits(value: int) -> str:
    """Returns the decimal digits of an integer under any `sys.set_int_max_str_digits`."""
    pieces: list[str] = []
    rest = abs(value)
    while rest >= 10**_PIECE_DIGITS:
        rest, piece = divmod(rest, 10**_PIECE_DIGITS)
        pieces.append(str(piece).zfill(_PIECE_DIGITS))
    sign = "-" if value < 0 else ""
    return sign + str(rest) + "".join(reversed(pieces))


def _build_uuid(fields: Fields) -> uuid.UUID:
    text, safe = _parts(fields, "v", "safe")
    made = uuid.UUID(_str(text, "uuid"))
    if safe is None:
        return _same(made, text, "uuid")
    if safe not in ("safe", "unsafe"):
        raise _bad("uuid")
    return _same(uuid.UUID(text, is_safe=uuid.SafeUUID[safe]), text, "uuid")


def _build_path(fields: Fields) -> pathlib.PurePath:
    text, flavour = _parts(fields, "v type")
    cls = PATHS.get(_str(flavour, "path"))
    if cls is None:
        raise _bad("path")
    if not issubclass(cls, type(pathlib.Path())) and issubclass(cls, pathlib.Path):
        raise problems.rebuild("missing_name", f"there is no `{flavour}` on this system")
    return _same(cls(_str(text, "path")), text, "path")


def _build_ip(fields: Fields) -> Any:
    import ipaddress

    text, flavour = _parts(fields, "v type")
    if _str(flavour, "ip") not in IPS:
        raise _bad("ip")
    cls = getattr(ipaddress, flavour)
    return _same(cls(_str(text, "ip")), text, "ip")


def _build_pattern(fields: Fields) -> re.Pattern[Any]:
    pattern, flags = _parts(fields, "v flags")
    # DEBUG would print the pattern while it is compiled.
    if type(pattern) not in (str, bytes) or type(flags) is not int or flags & re.DEBUG:
        raise _bad("pattern")
    made = re.compile(pattern, flags)
    if made.flags != flags:
        raise _bad("pattern")
    return made


def _build_range(fields: Fields) -> range:
    (parts,) = _parts(fields, "v")
    if type(parts) is not list or [type(part) for part in parts] != [int, int, int]:
        raise _bad("range")
    return range(*parts)


def _build_slice(fields: Fields) -> slice:
    (parts,) = _parts(fields, "v")
    # One slice in another, 100,000 deep, would overflow the interpreter's stack when it is freed.
    if type(parts) is not list or len(parts) != 3 or any(type(part) is slice for part in parts):
        raise _bad("slice")
    return slice(*parts)


def _build_complex(fields: Fields) -> complex:
    (parts,) = _parts(fields, "v")
    if type(parts) is not list or [type(part) for part in parts] != [float, float]:
        raise _bad("complex")
    return complex(*parts)


def _build_single(value: object, kind: str, fields: Fields) -> object:
    _parts(fields, "")
    return value


BUILDERS: dict[str, Callable[[Fields], object]] = {
    "datetime": lambda fields: _build_moment(datetime, "datetime", fields),
    "time": lambda fields: _build_moment(time, "time", fields),
    "date": _build_date,
    "isocalendar": _build_week,
    "timedelta": lambda fields: _timedelta(_parts(fields, "v")[0], "timedelta"),
    "timezone": _build_timezone,
    "zoneinfo": _build_zone,
    "decimal": _build_decimal,
    "fraction": _build_fraction,
    "uuid": _build_uuid,
    "path": _build_path,
    "ip": _build_ip,
    "pattern": _build_pattern,
    "range": _build_range,
    "slice": _build_slice,
    "complex": _build_complex,
    "ellipsis": lambda fields: _build_single(..., "ellipsis", fields),
    "notimplemented": lambda fields: _build_single(NotImplemented, "notimplemented", fields),
}
"""Node kind to what builds the value; each refuses what it would not have written."""
