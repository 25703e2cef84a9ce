"""Classes of attrs that keep the hash of an object beside its fields."""

from __future__ import annotations

from typing import Any

import attr
import persist
import pytest
from persist import CaptureError, RebuildError, UntrustedError

from things import Plain
from trips import python

REASON = "it is the hash of an object of attrs, and holds in this process only"


@attr.s(frozen=True, cache_hash=True)
class Hashed:
    name = attr.ib()


@attr.s(frozen=True, cache_hash=True)
class HashedMore(Hashed):
    more: Any = attr.ib(default=1)


@pytest.mark.parametrize("cls", [Hashed, HashedMore])
@pytest.mark.parametrize("hold", [lambda it: it, lambda it: {it: 1}, lambda it: {(it,)}])
def test_an_object_that_was_hashed_comes_back_and_is_hashed_anew(cls: Any, hold: Any) -> None:
    thing = cls("a")
    unhashed = persist.dumps(thing)
    hash(thing)
    text = persist.dumps([hold(thing), thing])
    assert '"_attrs_cached_hash":null' in text
    assert persist.dumps(thing) == unhashed
    code = (
        "import persist, sys, test_attrs\n"
        "held, thing = persist.loads(sys.argv[1], allow='test_attrs')\n"
        f"assert thing == test_attrs.{cls.__name__}('a')\n"
        "assert hash(thing) == hash(type(thing)('a'))\n"
        "assert held is thing or thing in held or (thing,) in held\n"
        "print('ok')"
    )
    assert python(code, text, seed=5).strip() == "ok"


def test_a_kept_hash_by_itself_is_refused() -> None:
    thing = Hashed("a")
    hash(thing)
    kept = vars(thing)["_attrs_cached_hash"]
    for held, path in (([thing, kept], "$[1]"), (Plain(a=kept), "$.a"), (kept, "$")):
        with pytest.raises(CaptureError) as raised:
            persist.dumps(held)
        assert [(it.path, it.reason) for it in raised.value.problems] == [(path, REASON)]


def test_a_text_makes_no_kept_hash() -> None:
    text = '{"lc":"object","id":"attr._make:_CacheHashWrapper"}'
    with pytest.raises(UntrustedError):
        persist.loads(text)
    with pytest.raises(RebuildError) as raised:
        persist.loads(text, allow="attr")
    assert raised.value.kind == "invalid_state"
