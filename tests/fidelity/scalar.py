"""Scalars, text and time."""

from __future__ import annotations

import ipaddress
import pathlib
import re
import struct
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import program
from cases import Case
from dateutil import tz
from dateutil.parser import parse


def bits(text: str) -> float:
    number: float = struct.unpack(">d", bytes.fromhex(text))[0]
    return number


CASES: dict[str, Any] = {
    "none": lambda: None,
    "booleans": lambda: [True, False],
    "small ints": lambda: [0, 1, -1, 255, -256, 2**31, -(2**63), 2**64],
    "an int of 5,000 digits": lambda: [10**5000, -(10**5000), 10**4299, 10**4300],
    "floats": lambda: [0.0, -0.0, 0.1, 1e16, 1e-320, 1.7976931348623157e308, 5e-324],
    "infinities": lambda: [float("inf"), float("-inf")],
    "nan": lambda: float("nan"),
    "nans with payloads": lambda: [bits("7ff8000000000001"), bits("fff8000000000000")],
    "a signalling nan": lambda: bits("7ff0000000000001"),
    "complex": lambda: [1 + 2j, complex(-0.0, float("nan")), complex(float("inf"), -0.0)],
    "ranges": lambda: [range(0), range(10), range(5, -5, -2), range(2**70, 2**71, 3)],
    "slices": lambda: [slice(None), slice(1, 2), slice("a", None, (1,))],
    "ellipsis and notimplemented": lambda: [..., NotImplemented, {...: NotImplemented}],
    "empty text": lambda: "",
    "astral text": lambda: "\U0001f600 \U0010ffff é",
    "text with nul": lambda: "a\0b\x7f\x1f\u2028",
    "lone surrogates": lambda: ["\ud800", "\udfff x", "\ud83d" + "\ude00", "\ude00\ud83d"],
    "text as keys": lambda: {"\ud800": 1, "\0": 2, "": 3, "\U0001f600": 4},
    "bytes": lambda: [b"", b"\0\xff", bytes(range(256))],
    "a bytearray": lambda: bytearray(b"\0abc"),
    "text that looks like nodes": lambda: ['{"lc":1}', "__lc_escaped__", '"\\u0000"'],
    "a naive datetime": lambda: datetime(2024, 2, 29, 23, 59, 59, 999999),
    "datetime extremes": lambda: [datetime.min, datetime.max, date.min, date.max, time.max],
    "utc": lambda: datetime(2024, 1, 1, tzinfo=UTC),
    "a zone": lambda: datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Paris")),
    "fold": lambda: [
        datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris")),
        datetime(2024, 10, 27, 2, 30, fold=0, tzinfo=ZoneInfo("Europe/Paris")),
        time(1, fold=1),
    ],
    "named fixed zones": lambda: [
        timezone(timedelta(hours=5, minutes=30), "IST"),
        timezone(timedelta(0), "UTC"),
        timezone(timedelta(0)),
        timezone(timedelta(seconds=-1, microseconds=-5)),
    ],
    "a zone alone": lambda: [ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")],
    "a time with a zone": lambda: time(1, 2, 3, 4, tzinfo=timezone(timedelta(hours=1), "x")),
    "zones of dateutil": Case(
        lambda: [
            parse("2024-01-01T00:00:00+01:00"),
            datetime(2024, 1, 1, tzinfo=tz.tzutc()),
            (lambda zone: [zone, zone])(tz.tzoffset("x", -1800)),
            tz.tzlocal(),
            tz.tzstr("EST5EDT"),
            tz.tzrange("EST", -18000, "EDT"),
        ],
        lambda it: [
            it[0].isoformat(),
            it[1].tzname(),
            it[2][0] is it[2][1],
            *(datetime(2024, 7, 1, tzinfo=zone).utcoffset() for zone in it[3:]),
        ],
        ("dateutil",),
    ),
    "a zone class of a program": lambda: datetime(2024, 1, 1, tzinfo=program.Halfway("x")),
    "dates": lambda: {date(2024, 1, 1): date(1, 1, 1)},
    "weeks": Case(
        lambda: {"week": date(2024, 1, 1).isocalendar(), "last": date.max.isocalendar()},
        lambda it: [it["week"].week, it["last"].year, it["week"] < it["last"], str(it["week"])],
    ),
    "timedeltas": lambda: [timedelta(0), timedelta.min, timedelta.max, timedelta(-1, 1, 1)],
    "a subclass of datetime": lambda: program.Moment(2024, 1, 1, tzinfo=UTC),
    "a subclass of date": lambda: program.Day(2024, 1, 1),
    "a subclass of timedelta": lambda: program.Span(days=2, microseconds=3),
    "decimals": lambda: [
        Decimal("1.50"),
        Decimal("-0.0"),
        Decimal("NaN123"),
        Decimal("-sNaN"),
        Decimal("Infinity"),
        Decimal("1E+999999"),
        Decimal("0E-7"),
    ],
    "a subclass of decimal": lambda: program.Money("1.10"),
    "fractions": lambda: [Fraction(1, 3), Fraction(-(10**50), 7), Fraction(0)],
    "a subclass of fraction": lambda: program.Share(1, 3),
    "attributes of subclasses": lambda: [
        program.remarked(program.Moment(2024, 1, 1)),
        program.remarked(program.Day(2024, 1, 1)),
        program.remarked(program.Span(1)),
        program.remarked(program.Money("1.10")),
        program.remarked(program.Share(1, 3)),
        program.remarked(program.Place("a/b")),
    ],
    "uuids": lambda: [
        uuid.UUID(int=0),
        uuid.uuid5(uuid.NAMESPACE_DNS, "example.org"),
        uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        uuid.UUID(int=7, is_safe=uuid.SafeUUID.safe),
        uuid.UUID(int=7, is_safe=uuid.SafeUUID.unsafe),
    ],
    "ip addresses": lambda: [
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("::1"),
        ipaddress.ip_address("fe80::1%eth0"),
    ],
    "ip networks": lambda: [
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("2001:db8::/32"),
        ipaddress.ip_interface("10.0.0.1/8"),
        ipaddress.ip_interface("2001:db8::1/64"),
    ],
    "paths": lambda: [
        pathlib.PurePosixPath("/a/b.txt"),
        pathlib.PureWindowsPath("C:\\x\\y"),
        pathlib.Path("rel/x"),
        pathlib.PurePosixPath(""),
        pathlib.PurePosixPath("//a"),
    ],
    "a path that was asked before": lambda: program.asked(pathlib.PurePosixPath("/a/b")),
    "a subclass of a path": lambda: program.Place("a/b"),
    "patterns": Case(
        lambda: [
            re.compile("a+", re.IGNORECASE | re.MULTILINE),
            re.compile(b"\xff", re.DOTALL),
            re.compile("(?x) a # no", re.ASCII),
            re.compile("(?P<n>x)"),
        ],
        lambda it: [it[0].search("xAa").group(), it[3].match("x").groupdict()],
    ),
    "every leaf as a key": lambda: {
        None: 1,
        True: 2,
        2.5: 3,
        "x": 4,
        b"x": 5,
        date(2024, 1, 1): 6,
        Decimal("1.5"): 7,
        (): 8,
        uuid.UUID(int=1): 9,
        1 + 1j: 10,
        range(2): 11,
    },
    "decimals as keys": lambda: {Decimal("1.0"): "a", Decimal("NaN"): "b"},
}
