"""What stands for something else: read-only views of mappings, and weak proxies."""

from __future__ import annotations

import gc
import types
from typing import Any

from persist import _native
from persist.state import plans
from persist.state.plans import Pieces, Taken

__all__ = ["describe_proxy", "plan_of_mapping"]


def plan_of_mapping(cls: type) -> _native.Plan:
    """Returns the plan of read-only views: the very mapping is written, and viewed again."""
    name = "types:MappingProxyType"
    return plans.described(cls, _describe_view, name=name, is_whole=True, takes=["new"])


def _describe_view(
    value: types.MappingProxyType[Any, Any], context: str, session: Any
) -> Taken | str:
    if "__doc__" in value:
        return "it is a view of the namespace of a class"
    (mapping,) = gc.get_referents(value)
    head = '{"lc":"object","id":"types:MappingProxyType"'
    return head, [',"new":[', (".mapping", mapping), "]"], ["}"]


def describe_proxy(value: Any, context: str, session: Any) -> Pieces:
    """Returns the text of a weak proxy: as pickle has it, that of the object it passes for."""
    return "", [("", value.__reduce_ex__.__self__)]
