"""Classes that no name leads to: whatever takes an instance apart whole names its class."""

from __future__ import annotations

import collections
import copyreg
import datetime
import decimal
import fractions
import functools
import importlib
import pathlib
import random
import sys
import types
from collections.abc import Callable
from typing import Any

import persist
import pytest

REPLACED = """
import collections
import fractions

class Bag(collections.OrderedDict):
    pass

class Part(fractions.Fraction):
    pass

class Own:
    def __reduce__(self):
        return type(self), ()

class Plain:
    pass
"""


def refused(value: object) -> str:
    with pytest.raises(persist.CaptureError) as raised:
        persist.dumps([value])
    (problem,) = raised.value.problems
    assert problem.kind == "unsupported_value"
    assert problem.path.startswith("$[0]")
    return problem.reason


def local(base: type, *given: object) -> object:
    return type("Local", (base,), {"__module__": __name__})(*given)


def initial() -> object:
    class Initial:
        def __reduce__(self) -> Any:
            return type(self), ()

    return Initial()


def new() -> object:
    class New:
        def __reduce__(self) -> Any:
            return copyreg.__newobj__, (type(self),)  # type: ignore[attr-defined]

    return New()


def new_with_names() -> object:
    class NewWithNames:
        def __reduce__(self) -> Any:
            return copyreg.__newobj_ex__, (type(self), (), {})  # type: ignore[attr-defined]

    return NewWithNames()


def reconstructed() -> object:
    class Reconstructed:
        def __reduce__(self) -> Any:
            return copyreg._reconstructor, (type(self), object, None)  # type: ignore[attr-defined]

    return Reconstructed()


class Given:
    pass


def called() -> object:
    class Called(Given):
        def __reduce__(self) -> Any:
            return make_given, (), {"state": 1}

    return Called()


def make_given() -> Given:
    return Given()


def registered() -> object:
    class Registered:
        pass

    copyreg.pickle(Registered, lambda it: (Registered, ()))
    return Registered()


def hidden() -> object:
    class Hidden:
        def __reduce__(self) -> Any:
            return type(self), ()

    Hidden.__qualname__ = "refused"
    return Hidden()


def called_out() -> object:
    class Global:
        def __reduce__(self) -> str:
            return "ONLY"

    made = globals()["ONLY"] = Global()
    return made


NAMELESS: dict[str, Callable[[], object]] = {
    "an ordered dict": lambda: local(collections.OrderedDict, {"a": 1}),
    "a deque": lambda: local(collections.deque, [1]),
    "a default dict": lambda: local(collections.defaultdict, list),
    "a fraction": lambda: local(fractions.Fraction, 1, 2),
    "a decimal": lambda: local(decimal.Decimal, "1.5"),
    "a moment": lambda: local(datetime.datetime, 2026, 1, 1),
    "a span": lambda: local(datetime.timedelta, 1),
    "a zone": lambda: local(datetime.tzinfo),
    "a generator": lambda: local(random.Random, 1),
    "a path": lambda: local(pathlib.PurePosixPath, "a"),
    "a namespace": lambda: local(types.SimpleNamespace),
    "a partial": lambda: local(functools.partial, len),
    "init": initial,
    "new": new,
    "new with names": new_with_names,
    "reconstructed": reconstructed,
    "registered": registered,
    "a call that is given a state": called,
    "another name": hidden,
    "a global": called_out,
    "what the interpreter says of itself": lambda: sys.version_info,
    "what it says of its flags": lambda: sys.flags,
    "what it says of floats": lambda: sys.float_info,
    "its implementation": lambda: sys.implementation,
}


@pytest.mark.parametrize("make", NAMELESS.values(), ids=NAMELESS)
def test_a_class_without_a_name_is_refused_when_it_is_saved(make: Callable[[], object]) -> None:
    assert "no name leads to its class" in refused(make())


@pytest.mark.parametrize("is_known", [False, True], ids=["met first", "saved before"])
@pytest.mark.parametrize("name", ["Bag", "Part", "Own", "Plain"])
def test_an_instance_of_a_class_that_was_replaced_is_refused(
    name: str, is_known: bool, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = f"replaced_{name.lower()}_{is_known}".lower()
    (tmp_path / f"{home}.py").write_text(REPLACED)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module(home)
    made = getattr(module, name)()
    if is_known:
        persist.dumps(made)
    importlib.reload(module)
    assert "no name leads to its class" in refused(made)
    assert type(persist.loads(persist.dumps(getattr(module, name)()), allow=[home])) is getattr(
        module, name
    )
