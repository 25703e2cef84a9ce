"""Polynomials of numpy: their coefficients, an array like any other, and their variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from persist.adapters import _taken
from persist.adapters._taken import Form
from persist.state.plans import Plan

__all__ = ["builder_of", "plan_for"]

_NAMES = {"coeffs": "coeffs", "_variable": "variable"}
"""What one holds, by the names of its parts; a property has the name of the first."""


def plan_for(cls: type) -> Plan:
    """Returns the plan of a polynomial."""
    return _taken.plan_for(cls, _FORMS)


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds one from the parts of its node."""
    return _taken.builder_of(plan, _FORMS)


def _take(value: Any) -> dict[str, Any] | str:
    held = vars(value)
    if held.keys() != _NAMES.keys():
        return "it has other attributes than its coefficients and its variable"
    try:
        _check(held["coeffs"], held["_variable"])
    except ValueError as error:
        return str(error)
    return {_NAMES[name]: part for name, part in held.items()}


def _make(cls: Any, **parts: Any) -> Any:
    if parts.keys() != set(_NAMES.values()):
        raise ValueError("it lacks a part, or has another")
    _check(parts["coeffs"], parts["variable"])
    made = object.__new__(cls)
    names = {part: name for name, part in _NAMES.items()}
    vars(made).update({names[part]: value for part, value in parts.items()})
    return made


def _check(coefficients: object, variable: object) -> None:
    if type(coefficients) is not np.ndarray or coefficients.ndim != 1:
        raise ValueError("its coefficients are no plain array of one axis")
    if type(variable) is not str:
        raise ValueError("its variable is no text")


_FORMS: dict[type, Form] = {np.poly1d: Form(_take, _make, has_identity=True)}
