"""URLs as pydantic has them: objects around a parsed address, written as its text.

Nothing but the text is kept. It is parsed again, which must give the very same: an address that
another setting of the parser made is told apart, or refused.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from persist.adapters._row import parts_of
from persist.exceptions import PersistError
from persist.state import hashes, names, ordinary, plans, problems, secrets
from persist.state.plans import Pieces, Plan
from persist.state.text import quote
from pydantic import AnyUrl, PostgresDsn
from pydantic_core import MultiHostUrl, Url

__all__ = ["EXTENSIBLE", "builder_of", "plan_for"]

EXTENSIBLE = (False, True)
"""A program's own kinds of URLs are written like these."""

_CORES: dict[type, Any] = {Url: Url, MultiHostUrl: MultiHostUrl}
_CORES |= {AnyUrl.__mro__[-2]: Url, PostgresDsn.__mro__[-2]: MultiHostUrl}
"""Base class to the class of what its instances hold."""

hashes.add_made_texts(Url, MultiHostUrl)


def plan_for(cls: type) -> Plan:
    """Returns the plan of a URL, or of a class that extends one."""
    if names.name_of(cls) is None:
        return plans.refused(cls, f"no name leads to its class `{cls.__qualname__}`")
    own = ordinary.own_hook(cls)
    if own is not None and cls not in _CORES:
        return plans.refused(cls, f"its class `{cls.__qualname__}` has a {own} of its own")
    return plans.described(
        cls,
        _describe,
        has_dict=True,
        has_identity=False,
        hashes_by_identity=True,
        is_address=True,
        hint="leave the credentials out of it, or keep it as a plain str or a SecretStr",
    )


def builder_of(plan: Plan) -> Callable[[dict[str, Any], bool], object]:
    """Returns what builds a URL from the parts of its node."""
    return functools.partial(_build, plan)


def _core_of(cls: type) -> Any:
    return next(_CORES[base] for base in cls.__mro__ if base in _CORES)


def _describe(value: Any, context: str, session: Any) -> Pieces | str:
    cls = type(value)
    core = value if cls in (Url, MultiHostUrl) else vars(value).get("_url")
    if type(core) is not _core_of(cls) or (core is not value and len(vars(value)) != 1):
        return f"it holds something else than what a `{cls.__qualname__}` is made of"
    text = str(core)
    if context and not session.keeps_secrets and secrets.has_credentials(text):
        return f"it has credentials in it, in `{context}`, and is no plain text to be left out"
    usual = _is_same(core, _parsed(type(core), text, False))
    if not usual and not _is_same(core, _parsed(type(core), text, True)):
        return "its text does not lead back to it"
    name = names.name_of(cls) or ""
    session.name(name, "class")
    pieces = ["" if usual else ',"has_path":false', "}}"]
    return f'{{"lc":"object","id":{quote(name)},"dict":{{"url":{quote(text)}', pieces


def _parsed(core: Any, text: str, is_bare: bool) -> Any:
    """Returns what a text is parsed to; `is_bare` where no slash is added for an empty path."""
    try:
        return core(text, preserve_empty_path=True) if is_bare else core(text)
    except Exception:
        return None


def _is_same(core: Any, again: Any) -> bool:
    return again is not None and core == again and str(core) == str(again)


def _build(plan: Plan, parts: dict[str, Any], has_secret: bool) -> object:
    try:
        (held,) = parts_of(parts, "dict")
        text, has_path = parts_of(held, "url", "has_path")
        if type(text) is not str or has_path not in (None, False):
            raise ValueError("it is no text")
        cls: Any = plan.class_
        core = _parsed(_core_of(cls), text, has_path is False)
        if core is None or str(core) != text:
            raise ValueError("its text is no URL in its usual form")
        if cls in (Url, MultiHostUrl):
            return core
        allowed = cls._constraints.allowed_schemes
        if allowed is not None and core.scheme not in allowed:
            raise ValueError(f"it may not be of the scheme `{core.scheme}`")
        made = object.__new__(cls)
        made._url = core
        return made
    except PersistError:
        raise
    except Exception as error:
        reason = f"the state of `{plan.name}` is not valid: {type(error).__name__}: {error}"
        raise problems.rebuild("invalid_state", reason) from error
