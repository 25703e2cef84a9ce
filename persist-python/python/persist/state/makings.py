"""What instances of the standard library's classes are made of, judged before they are made.

These classes look at what they are given: they ask it for `keys`, go through it, or hash it. Of an
object that a text describes, any of that may run what the text says, or never end. So each member
of a node is held to what the class's own pickling hook gives, by the classes of things alone.
"""

from __future__ import annotations

import collections
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from persist.state.admitted import ADMITTED

__all__ = ["accept_group", "accept_of"]

Judge = Callable[[Any], bool]

WORDS_OF_RANDOM = 625
"""Numbers in the state of a Mersenne Twister: its words, and its place in them."""


Accept = Callable[[str, Any], None]
"""`accept(member, given)` refuses, by a ValueError, what no hook gives under that name."""


def accept_of(name: str | None) -> Accept | None:
    """Returns what judges the members of a node of a class, None where the caller admits it."""
    if name is None or name not in ADMITTED:
        return None
    return functools.partial(_accept, name, _GIVEN.get(name, {}))


def _accept(name: str, known: Mapping[str, Judge], member: str, given: Any) -> None:
    """Refuses a member that no hook of the class gives.

    Raises:
        ValueError: It is one.
    """
    judge = known.get(member)
    if judge is None or not judge(given):
        raise ValueError(f"no `{name}` is taken apart into such a member `{member}`")


def _list_of(*judges: Judge, least: int | None = None) -> Judge:
    """Returns what takes a list of just these, where it may end after the first `least`."""
    fewest = len(judges) if least is None else least

    def judge(given: Any) -> bool:
        is_list = type(given) is list and fewest <= len(given) <= len(judges)
        return is_list and all(fits(it) for fits, it in zip(judges, given, strict=False))

    return judge


def _tuple_of(*judges: Judge, least: int | None = None) -> Judge:
    as_list = _list_of(*judges, least=least)
    return lambda given: type(given) is tuple and as_list(list(given))


def _all(judge: Judge) -> Judge:
    """Returns what takes a list whose elements are all alike."""
    return lambda given: type(given) is list and all(map(judge, given))


def _exactly(*classes: type) -> Judge:
    return lambda given: type(given) in classes


def _is_a(cls: type) -> Judge:
    return lambda given: cls in type(given).__mro__


def _anything(given: Any) -> bool:
    return True


def _is_iterator(given: Any) -> bool:
    return hasattr(type(given), "__next__")


def _is_used_up(given: Any) -> bool:
    return type(given) is tuple and not given


def _is_sequence(given: Any) -> bool:
    return hasattr(type(given), "__getitem__")


def _is_parameters(given: Any) -> bool:
    return type(given) is tuple and all(isinstance(it, inspect.Parameter) for it in given)


def _map_of(*names: str) -> Judge:
    return lambda given: type(given) is dict and given.keys() <= set(names)


def _is_random(given: Any) -> bool:
    """Returns whether these are the words of a generator; what it has drawn ahead it only keeps."""
    if type(given) is not tuple or len(given) != 3:
        return False
    version, words, _ = given
    are_words = type(words) is tuple and len(words) == WORDS_OF_RANDOM
    return type(version) is int and are_words and all(type(word) is int for word in words)


_NONE = _list_of()
_ITERATORS = _all(_is_iterator)
_NUMBER, _MAP = _exactly(int, bool), _exactly(dict, type(None))
_PLACE = _exactly(int, type(None))
_TEXT = _is_a(str)

_GIVEN: Mapping[str, Mapping[str, Judge]] = {
    "_collections:_deque_iterator": {"init": _list_of(_is_a(collections.deque), _NUMBER)},
    "_collections:_deque_reverse_iterator": {"init": _list_of(_is_a(collections.deque), _NUMBER)},
    "builtins:enumerate": {"init": _list_of(_is_iterator, _NUMBER)},
    "builtins:reversed": {"init": _list_of(_is_sequence), "state": _NUMBER},
    "builtins:zip": {"init": _ITERATORS, "state": _NUMBER},
    "collections:Counter": {"init": _list_of(_exactly(dict))},
    "collections:OrderedDict": {"init": _NONE},
    "collections:UserString": {"new": _list_of(_TEXT)},
    "collections:defaultdict": {"init": _list_of(callable, least=0)},
    "functools:partial": {
        "init": _list_of(callable),
        "state": _tuple_of(callable, _exactly(tuple), _MAP, _MAP),
    },
    "inspect:Parameter": {
        "init": _list_of(_TEXT, _exactly(type(inspect.Parameter.VAR_KEYWORD))),
        "state": _map_of("_default", "_annotation"),
    },
    "inspect:Signature": {
        "init": _list_of(_is_parameters),
        "state": _map_of("_return_annotation"),
    },
    "itertools:chain": {"init": _NONE, "state": _tuple_of(_is_iterator, _is_iterator, least=1)},
    "itertools:compress": {"init": _list_of(_is_iterator, _is_iterator)},
    # Numbers of any class, which is asked itself whether it makes numbers.
    "itertools:count": {"init": _list_of(_anything, _anything, least=1)},
    "itertools:cycle": {
        "init": _list_of(_is_iterator),
        "state": _tuple_of(_exactly(list), _NUMBER),
    },
    "itertools:islice": {
        "init": _list_of(_is_iterator, _PLACE, _PLACE, _PLACE, least=2),
        "state": _NUMBER,
    },
    "itertools:repeat": {"init": _list_of(_anything, _NUMBER, least=1)},
    "itertools:zip_longest": {
        "init": _all(lambda given: _is_iterator(given) or _is_used_up(given)),
        "state": _anything,
    },
    "operator:itemgetter": {"init": _all(_anything)},
    "random:Random": {"init": _NONE, "state": _is_random},
    "time:struct_time": {"init": _list_of(_exactly(tuple), _exactly(dict), least=1)},
    "types:SimpleNamespace": {"init": _NONE},
}
"""What the hook of a class gives, by the member of a node; a class not here is given nothing.

`callable` looks at the class of a thing alone, and so does all else here.
"""

_GROUP: Mapping[str, Judge] = {"new": _list_of(_TEXT, _exactly(list, tuple))}

accept_group = functools.partial(_accept, "BaseExceptionGroup", _GROUP)
"""Judges what a group of exceptions is made of."""
