"""Values without parts come back with their type and every bit."""

from __future__ import annotations

import decimal
import fractions
import ipaddress
import json
import math
import re
import struct
import sys
import types
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import PosixPath, PurePosixPath, PureWindowsPath
from typing import Any
from zoneinfo import ZoneInfo

import persist
import pytest
from dateutil import tz
from persist import FormatError

import things
from trips import there_and_back

CONSTANTS = [None, True, False, ..., NotImplemented]

INTEGERS = [0, -1, 2**53, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**4299, -(10**4299)]
LONG_INTEGERS = [10**4300 - 1, 10**4300, 10**5000, -(10**5000)]


def from_bits(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


FLOATS = [0.0, -0.0, 0.1, 1.0, 1e16, 1e22, -1.5e300, 5e-324, sys.float_info.max, 123456789.125]
FLOATS += [math.inf, -math.inf, math.nan, -math.nan]
FLOATS += [from_bits(bits) for bits in (0x7FF8000000000001, 0x7FF0000000000001, 0xFFF4000000000000)]

STRINGS = ["", "a", "\x00", "\x1f\x7f\x80", '"\\/', "é", "\u2028\u2029", "😀", "\ufffe\uffff"]
STRINGS += ["\ud800", "\udfff", "\udc00\ud800", "\ud83d\ude00", "a\ud83d\ude00b\ud83d", "\ud83d😀"]
STRINGS += ["\ud83d\ude00" * 3, "\ud83d\ud83d\ude00\ude00", "x" * 100_000]

BYTES = [b"", b"\x00", bytes(range(256)), b"a" * 100_000]

MOMENTS = [
    datetime.min,
    datetime.max,
    datetime(2024, 2, 29, 1, 2, 3, 4),
    datetime(2024, 1, 1, fold=1),
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris")),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45), "NPT")),
    date.min,
    date.max,
    time(1, 2),
    time.max,
    time(fold=1),
    time(1, tzinfo=timezone(timedelta(seconds=-1))),
    date(2024, 12, 30).isocalendar(),
    date.min.isocalendar(),
    date.max.isocalendar(),
    timedelta.min,
    timedelta.max,
    timedelta(days=-1, microseconds=1),
    UTC,
    timezone(timedelta(0)),
    timezone(timedelta(0), "UTC"),
    timezone(timedelta(minutes=-5), ""),
    timezone(timedelta(microseconds=1)),
    ZoneInfo("UTC"),
    ZoneInfo("America/New_York"),
]

NUMBERS = [
    *(decimal.Decimal(text) for text in ("0", "-0.00", "1E+999999", "1e-9", "NaN", "-sNaN12")),
    decimal.Decimal("Infinity"),
    decimal.Decimal("1." + "1" * 5000),
    fractions.Fraction(1, 3),
    fractions.Fraction(-5),
    fractions.Fraction(10**3999, 7),
    1 + 2j,
    complex(-0.0, math.nan),
]

NAMES: list[Any] = [
    uuid.UUID("12345678-1234-5678-1234-567812345678"),
    uuid.UUID(int=0, is_safe=uuid.SafeUUID.safe),
    PosixPath("/a/b"),
    PosixPath("bad\udcffname"),
    PurePosixPath(""),
    PurePosixPath("//a/../b"),
    PureWindowsPath("C:\\x\\y"),
    ipaddress.ip_address("1.2.3.4"),
    ipaddress.ip_address("fe80::1%eth0"),
    ipaddress.ip_network("10.0.0.0/8"),
    ipaddress.ip_network("::/0"),
    ipaddress.ip_interface("10.0.0.1/8"),
    ipaddress.IPv4Interface("10.0.0.1/255.255.0.0"),
    re.compile("(?i)a.b", re.MULTILINE),
    re.compile(b"a", re.LOCALE),
    re.compile("\ud800"),
    range(3),
    range(0, 10**30, 7),
    slice(None),
    slice(1, None, [1]),
]

NAMED = [
    int,
    dict,
    type(None),
    type(...),
    len,
    math.sin,
    types,
    things.Plain,
    things.Outer.Inner,
    things.double,
    things.Plain.greet,
    things.Color,
]

EVERY: dict[str, Any] = {
    f"{type(value).__name__} {value!r:.40}": value
    for values in (CONSTANTS, FLOATS, STRINGS, BYTES, MOMENTS, NUMBERS, NAMES, NAMED)
    for value in values
}


@pytest.mark.parametrize("value", EVERY.values(), ids=map(ascii, EVERY))
def test_a_value_comes_back(value: Any) -> None:
    there_and_back(value)
    there_and_back([value, {"again": value}, (value,)])


@pytest.mark.parametrize("value", [*INTEGERS, *LONG_INTEGERS], ids=lambda value: f"{value:#x}"[:20])
def test_an_integer_comes_back_whatever_its_length(value: int) -> None:
    there_and_back([value])
    there_and_back({value: [value], "lc": value})


@pytest.mark.parametrize("value", [10**700, *LONG_INTEGERS], ids=lambda value: f"{value:#x}"[:20])
def test_an_integer_does_not_depend_on_the_interpreters_limit(value: int) -> None:
    usual = persist.dumps(value)
    limit = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        assert persist.dumps(value) == usual
        assert persist.loads(usual) == value
    finally:
        sys.set_int_max_str_digits(limit)


def test_values_that_are_equal_keep_their_types() -> None:
    there_and_back([1, 1.0, True, decimal.Decimal(1), fractions.Fraction(1), 1 + 0j])
    there_and_back([{1: "int"}, {1.0: "float"}, {True: "bool"}])


class Sealed(ZoneInfo):
    """A zone that asks for the hook of `object` though it keeps its transitions in C."""

    __reduce__ = object.__reduce__


def test_a_zone_that_asks_for_the_hook_of_object_comes_back() -> None:
    for zone in (tz.tzutc(), tz.tzoffset("x", -1800), tz.tzoffset(None, 3600), tz.tzlocal()):
        moment = datetime(2024, 7, 1, 12, tzinfo=zone)
        back = there_and_back([moment, zone], allow=["dateutil"])
        assert back[0].tzinfo is back[1]
        assert (type(back[1]), vars(back[1])) == (type(zone), vars(zone))
        assert (back[0].isoformat(), back[0].tzname()) == (moment.isoformat(), moment.tzname())


def test_a_zone_of_dateutil_needs_its_name() -> None:
    with pytest.raises(persist.UntrustedError) as raised:
        persist.loads(persist.dumps(datetime(2024, 1, 1, tzinfo=tz.tzutc())))
    assert raised.value.allow == ["dateutil.tz.tz:tzutc"]


def test_a_zone_that_keeps_more_in_c_is_refused() -> None:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps(Sealed("Europe/Paris"))
    (problem,) = raised.value.problems
    said = (
        f"the code of its class `{Sealed.__module__}.Sealed` that takes it apart raises `TypeError`"
    )
    assert str(problem) == f"$: {said}"


def test_a_method_comes_back_bound_to_its_object() -> None:
    thing = things.Plain(mood="good")
    back = there_and_back([thing.greet, thing, things.Plain.kind])
    assert back[0].__self__ is back[1]
    assert (back[0](), back[2]()) == ("hello", "Plain")


def test_a_nan_keeps_its_bits_in_a_list_of_floats() -> None:
    there_and_back([1.0, from_bits(0xFFF8000000000123), -0.0, math.inf, 2.5])


@pytest.mark.parametrize(
    "text",
    [
        '{"lc":"float","v":"nan:3ff0000000000000"}',
        '{"lc":"float","v":"1.5"}',
        '{"lc":"int","v":"0xg"}',
        '{"lc":"int","v":"12"}',
        '{"lc":"int","v":"0x_1"}',
        '{"lc":"bytes","v":"YQ"}',
        '{"lc":"bytes","v":[1]}',
        '{"lc":"str","v":[1]}',
        '{"lc":"date","v":"2024-13-01"}',
        '{"lc":"date","v":"20240101"}',
        '{"lc":"datetime","v":"2024-01-01"}',
        '{"lc":"datetime","v":"2024-01-01T00:00:00+00:00"}',
        '{"lc":"datetime","v":"2024-01-01T00:00:00","fold":2}',
        '{"lc":"datetime","v":"2024-01-01T00:00:00","tz":1}',
        '{"lc":"isocalendar","v":"2024-01-01"}',
        '{"lc":"isocalendar","v":"2024W011"}',
        '{"lc":"isocalendar","v":"2024-W54-1"}',
        '{"lc":"isocalendar","v":[2024,1,1]}',
        '{"lc":"timedelta","v":[0,86400,0]}',
        '{"lc":"timedelta","v":[0,0]}',
        '{"lc":"fraction","v":"1/0"}',
        '{"lc":"fraction","v":"1.5"}',
        '{"lc":"fraction","v":"1_0/3"}',
        '{"lc":"decimal","v":"1_0"}',
        '{"lc":"decimal","v":" 1"}',
        '{"lc":"uuid","v":"{12345678123456781234567812345678}"}',
        '{"lc":"path","v":"a","type":"Path"}',
        '{"lc":"ip","v":"1.2.3","type":"IPv4Address"}',
        '{"lc":"pattern","v":"(","flags":32}',
        '{"lc":"range","v":[0,1,0]}',
        '{"lc":"range","v":[0,1,true]}',
        '{"lc":"zoneinfo","v":"../../etc/passwd"}',
        '{"lc":"ellipsis","v":1}',
        '{"lc":"complex","v":[1,2]}',
    ],
)
def test_a_value_that_no_writer_makes_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as raised:
        persist.loads(text)
    assert raised.value.kind == "bad_state_text"


def test_text_is_plain_json() -> None:
    assert json.loads(persist.dumps(["é", 1.5, None])) == ["é", 1.5, None]
    assert persist.dumps({"a": "é😀\ud800"}) == '{"a":"é😀\\ud800"}'
