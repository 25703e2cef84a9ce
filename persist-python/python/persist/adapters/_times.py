"""Moments, spans and offsets of pandas, by what they count."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from pandas._libs.tslibs.offsets import BaseOffset, Tick
from persist.adapters import _taken
from persist.adapters._taken import Form
from persist.adapters.pandas import TABLE
from persist.state import names
from persist.state.plans import Plan

__all__ = ["UNITS", "builder_of", "is_offset", "plan_for"]

UNITS = ("s", "ms", "us", "ns")

PLAIN: tuple[type, ...] = (type(None), bool, int, float, str, datetime.date, datetime.datetime)
PLAIN += (datetime.time,)
PLAIN += (datetime.timedelta, np.datetime64, np.timedelta64, pd.Timestamp, pd.Timedelta)

DAYS = ("dateutil._common:weekday", "dateutil.relativedelta:weekday")
"""Days of a week as dateutil has them."""


def plan_for(cls: type) -> Plan:
    """Returns the plan of a moment, a span, an offset or what stands for a missing one."""
    return _taken.plan_for(cls, _forms())


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds one from the parts of its node."""
    return _taken.builder_of(plan, _forms())


@functools.cache
def _forms() -> dict[type, Form]:
    forms: dict[type, Form] = {
        pd.Timestamp: _proven(_take_moment, _make_moment),
        pd.Timedelta: _proven(_take_span, _make_span),
        pd.Period: _proven(_take_period, _make_period),
        pd.Interval: _proven(_take_interval, _make_interval),
        type(pd.NaT): Form(lambda value: {}, lambda cls: pd.NaT),
        type(pd.NA): Form(lambda value: {}, lambda cls: pd.NA),
    }
    for name in TABLE:
        module, _, qualname = name.partition(":")
        cls: Any = getattr(pd.offsets, qualname, None)
        if module.endswith("offsets") or qualname == "DateOffset":
            forms[cls] = _proven(_take_offset, _make_offset)
    return forms


def _proven(take: Callable[[Any], dict[str, Any]], make: Callable[..., Any]) -> Form:
    """Returns a form that is refused where what it makes is taken apart otherwise."""

    def tried(value: Any) -> dict[str, Any] | str:
        try:
            taken = take(value)
            again = take(make(type(value), **taken))
        except (ValueError, TypeError, OverflowError) as error:
            return f"its class does not take its state back: {error}"
        return taken if again == taken else "its class makes another one of its state"

    return Form(tried, make)


def is_offset(value: object) -> bool:
    """Returns whether a value is an offset of a reviewed class, or none."""
    return value is None or (type(value) in _forms() and isinstance(value, BaseOffset))


def _take_moment(value: Any) -> dict[str, Any]:
    return {"value": value._value, "unit": value.unit, "tz": value.tzinfo, "fold": value.fold}


def _make_moment(cls: Any, value: Any, unit: Any, tz: Any, fold: Any) -> Any:
    _check_count(value, unit)
    if not (tz is None or isinstance(tz, tzinfo)) or type(fold) is not int or fold not in (0, 1):
        raise ValueError("its zone or fold is none")
    made = pd.Timestamp(np.datetime64(value, unit)).as_unit(unit)
    if tz is not None:
        made = made.tz_localize("UTC").tz_convert(tz)
    return made if made.fold == fold else made.replace(fold=fold)


def _check_count(value: object, unit: object) -> None:
    if type(value) is not int or abs(value) >= 1 << 63 or unit not in UNITS:
        raise ValueError("it counts no known unit")


def _take_span(value: Any) -> dict[str, Any]:
    return {"value": value._value, "unit": value.unit}


def _make_span(cls: Any, value: Any, unit: Any) -> Any:
    _check_count(value, unit)
    return pd.Timedelta(np.timedelta64(value, unit)).as_unit(unit)


def _take_period(value: Any) -> dict[str, Any]:
    return {"ordinal": value.ordinal, "freq": value.freq}


def _make_period(cls: Any, ordinal: Any, freq: Any) -> Any:
    if type(ordinal) is not int or freq is None or not is_offset(freq):
        raise ValueError("it counts no known offset")
    return pd.Period(ordinal=ordinal, freq=freq)


def _take_interval(value: Any) -> dict[str, Any]:
    return {"left": value.left, "right": value.right, "closed": value.closed}


def _make_interval(cls: Any, left: Any, right: Any, closed: Any) -> Any:
    numbers = (int, float, pd.Timestamp, pd.Timedelta, np.generic)
    if not isinstance(left, numbers) or not isinstance(right, numbers):
        raise ValueError("its ends are no numbers and no moments")
    if type(closed) is not str:
        raise ValueError("it does not say which of its ends it holds")
    return pd.Interval(left, right, closed)


def _take_offset(value: Any) -> dict[str, Any]:
    kwds = dict(value.kwds)
    # It is made of the days that are named beside it, unless it was given by itself.
    calendar = kwds.pop("calendar", None)
    taken = {"n": value.n, "normalize": value.normalize, "kwds": kwds}
    if calendar is not None and _days(calendar) != _days(
        _make_offset(type(value), **taken).calendar
    ):
        raise ValueError("its calendar has other days than it says")
    return taken


def _days(calendar: Any) -> list[Any]:
    return [calendar.weekmask.tolist(), calendar.holidays.tolist()]


def _is_plain(part: Any) -> bool:
    """Returns whether pandas asks a part of an offset for nothing but what its own class has."""
    if type(part) in (list, tuple):
        return all(type(inner) in PLAIN for inner in part)
    return type(part) in PLAIN or names.name_of(type(part)) in DAYS


def _make_offset(cls: Any, n: Any, normalize: Any, kwds: Any) -> Any:
    if type(n) is not int or type(normalize) is not bool or type(kwds) is not dict:
        raise ValueError("it has parts of the wrong type")
    if "calendar" in kwds:
        raise ValueError("a calendar is no part of it")
    if not all(type(name) is str and _is_plain(part) for name, part in kwds.items()):
        raise ValueError("it is made of something else than numbers, texts and times")
    if issubclass(cls, Tick):
        return cls(n, **kwds)
    return cls(n=n, normalize=normalize, **kwds)
