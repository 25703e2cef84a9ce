"""What stands for something else: read-only views of mappings, and weak references."""

from __future__ import annotations

import gc
import types
import weakref
from typing import Any

from persist import _native
from persist.state import plans
from persist.state.plans import Taken

__all__ = ["plan_of_mapping", "referent_of"]

_PROXIES = (weakref.ProxyType, weakref.CallableProxyType)


def plan_of_mapping(cls: type) -> _native.Plan:
    """Returns the plan of read-only views: the very mapping is written, and viewed again."""
    name = "types:MappingProxyType"
    return plans.described(cls, _describe_view, name=name, is_whole=True, takes=["new"])


def _describe_view(
    value: types.MappingProxyType[Any, Any], context: str, session: Any
) -> Taken | str:
    (mapping,) = gc.get_referents(value)
    # A view may be of anything that has a subscript, of bytes too: those are not asked for a name.
    if isinstance(mapping, dict) and dict.__contains__(mapping, "__doc__"):
        return "it is a view of the namespace of a class"
    head = '{"lc":"object","id":"types:MappingProxyType"'
    return head, [',"new":[', (".mapping", mapping), "]"], ["}"]


def referent_of(thing: Any) -> Any:
    """Returns what a weak proxy passes for, as pickle has it; any other thing as it is.

    For what is saved itself: within it a proxy is refused like any other weak reference.
    """
    # By identity: a metaclass may answer for `==` with code of its own.
    if not any(type(thing) is kind for kind in _PROXIES):
        return thing
    try:
        return thing.__reduce_ex__.__self__
    except ReferenceError:
        return thing
