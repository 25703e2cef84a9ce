"""What draws random numbers: by the state of the stream, never by a function that makes it.

A stream whose position lies outside its buffer would read the memory behind it, so every part of
a state is checked before it is set.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import fingerprints, plans, problems
from persist.state.plans import Pieces, Plan

__all__ = ["builder_of", "plan_for"]

random = np.random

STREAMS: tuple[Any, ...] = (
    random.MT19937,
    random.PCG64,
    random.PCG64DXSM,
    random.Philox,
    random.SFC64,
)

MAX_POOL = 64
"""Words of the pool of a seed: what fills it takes the square of their number."""

MAX_SEED_BITS = 1 << 20

WORDS: dict[str, dict[str, tuple[Any, int]]] = {
    "MT19937": {"key": (np.uint32, 624)},
    "Philox": {"counter": (np.uint64, 4), "key": (np.uint64, 2)},
    "SFC64": {"state": (np.uint64, 4)},
}
"""The arrays in the state of a stream: their type and length."""

NUMBERS = {"pos": 624, "buffer_pos": 4, "has_uint32": 1, "uinteger": (1 << 32) - 1}
"""The numbers in the state of a stream, each with the greatest it may be."""


def plan_for(cls: type) -> Plan:
    """Returns the plan of a generator, a stream or a seed; what extends one is refused."""
    known = (random.Generator, random.RandomState, random.SeedSequence, *STREAMS)
    if cls not in known:
        return plans.refused(cls, f"its class `{cls.__qualname__}` extends one that draws numbers")
    record = fingerprints.record_of(cls)
    return plans.described(cls, _describe, has_dict=True, record=record)


def _describe(value: Any, context: str, session: Any) -> Pieces | str:
    if value is getattr(random.mtrand, "_rand", None):
        return "it is the generator behind the functions of `numpy.random`, shared by the process"
    content = _content_of(value)
    try:
        _build_from(type(value), content)
    except (ValueError, TypeError, AttributeError) as error:
        return f"its state is not one that its class takes back: {error}"
    return plans.node_of(type(value), content)


def _content_of(value: Any) -> dict[str, Any]:
    if isinstance(value, random.SeedSequence):
        return dict(value.state)
    if isinstance(value, random.Generator):
        return {"bit_generator": value.bit_generator}
    if isinstance(value, random.RandomState):
        state = value.get_state(legacy=False)
        return {
            "bit_generator": value._bit_generator,
            "has_gauss": state["has_gauss"],
            "gauss": state["gauss"],
        }
    return {"state": value.state, "seed_seq": value._seed_seq}


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a generator, a stream or a seed from the parts of its node."""
    return functools.partial(_build, plan.class_, plan.name)


def _build(cls: Any, name: str, parts: dict[str, Any], has_secret: bool) -> object:
    try:
        (content,) = parts_of(parts, "dict")
        return _build_from(cls, content)
    except PersistError:
        raise
    except Exception as error:
        reason = f"the state of `{name}` is not valid: {error}"
        raise problems.rebuild("invalid_state", reason) from error


def _build_from(cls: Any, content: dict[str, Any]) -> Any:
    if cls is random.SeedSequence:
        return _seed(*parts_of(content, "entropy spawn_key pool_size n_children_spawned"))
    if cls is random.Generator:
        (stream,) = parts_of(content, "bit_generator")
        return random.Generator(_stream(stream))
    if cls is random.RandomState:
        stream, has_gauss, gauss = parts_of(content, "bit_generator has_gauss gauss")
        made = random.RandomState(_stream(stream))
        if type(has_gauss) is not int or has_gauss not in (0, 1) or type(gauss) is not float:
            raise ValueError("what it has drawn ahead is no number")
        made.set_state(made.get_state(legacy=False) | {"has_gauss": has_gauss, "gauss": gauss})
        return made
    return _build_stream(cls, *parts_of(content, "state seed_seq"))


def _stream(stream: Any) -> Any:
    if type(stream) not in STREAMS:
        raise ValueError("it draws from what is no stream of numpy")
    return stream


def _seed(entropy: Any, spawn_key: Any, pool_size: Any, spawned: Any) -> Any:
    numbers = entropy if type(entropy) in (list, tuple) else [entropy]
    if type(spawn_key) is not tuple:
        raise ValueError("the key of a seed is no tuple")
    for number in (*numbers, *spawn_key, pool_size, spawned):
        if type(number) is not int or not 0 <= number.bit_length() <= MAX_SEED_BITS or number < 0:
            raise ValueError("a part of a seed is no whole number, or too large a one")
    if not 4 <= pool_size <= MAX_POOL:
        raise ValueError("the pool of a seed has another size")
    return random.SeedSequence(
        entropy, spawn_key=spawn_key, pool_size=pool_size, n_children_spawned=spawned
    )


def _build_stream(cls: Any, state: Any, seed: Any) -> Any:
    if seed is not None and type(seed) is not random.SeedSequence:
        raise ValueError("its seed is none")
    made = cls(0 if seed is None else seed)
    _check_state(cls.__name__, made.state, state)
    # It sets the state and the seed, and nothing else can set that there is none.
    made.__setstate__((state, seed))
    if made._seed_seq is not seed or not _agree(made.state, state):
        raise ValueError("its state is not one that its class keeps")
    return made


def _check_state(name: str, pattern: Mapping[str, Any], state: Any) -> None:
    """Refuses a state that has not just the parts of its class, each in its range."""
    if type(state) is not dict or state.keys() != pattern.keys():
        raise ValueError("a state has not the parts of its class")
    for key, part in state.items():
        words = ({"buffer": (np.uint64, 4)} | WORDS.get(name, {})).get(key)
        if type(part) is dict:
            _check_state(name, pattern[key], part)
        elif key == "bit_generator":
            if part != name:
                raise ValueError("a state is of another class")
        elif words is not None and type(pattern[key]) is not dict:
            if type(part) is not np.ndarray or (part.dtype, part.shape) != (words[0], (words[1],)):
                raise ValueError(f"its `{key}` is not an array of so many words")
        elif type(part) is not int or not 0 <= part <= NUMBERS.get(key, (1 << 128) - 1):
            raise ValueError(f"its `{key}` is outside its range")


def _agree(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_agree(one[key], other[key]) for key in one)
    return bool(np.array_equal(one, other))
