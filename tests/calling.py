"""Functions that captured a key, and an address beside it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def caller(key: Any, base_url: str) -> Callable[[], Any]:
    def call() -> Any:
        return key, base_url

    return call


def by_default(secret: Any, address: str) -> Callable[..., Any]:
    def call(key: Any = secret, base_url: str = address) -> Any:
        return key, base_url

    return call


def by_keyword(secret: Any, address: str) -> Callable[..., Any]:
    def call(*, key: Any = secret, base_url: str = address) -> Any:
        return key, base_url

    return call


def marked(secret: Any, address: str) -> Callable[..., Any]:
    def call() -> Any:
        return secret

    call.base_url = address  # type: ignore[attr-defined]
    return call


def partial(secret: Any, address: str) -> Callable[..., Any]:
    return functools.partial(caller, secret, base_url=address)


def partial_alone(secret: Any, address: str) -> Callable[..., Any]:
    return functools.partial(caller, key=secret, base_url=address)
