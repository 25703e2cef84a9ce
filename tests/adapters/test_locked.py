"""What guards a count with a lock: counted here, counted on in a new process."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import persist
import pytest
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.rate_limiters import InMemoryRateLimiter
from persist import CaptureError, RebuildError

from trips import python

LIMITER = "langchain_core.rate_limiters:InMemoryRateLimiter"
HANDLER = "langchain_core.callbacks.usage:UsageMetadataCallbackHandler"


def answer(tokens: int) -> LLMResult:
    usage: Any = {"input_tokens": tokens, "output_tokens": 1, "total_tokens": tokens + 1}
    message = AIMessage("hi", usage_metadata=usage, response_metadata={"model_name": "m"})
    return LLMResult(generations=[[ChatGeneration(message=message)]])


def test_they_count_on_in_a_new_process(tmp_path: Path) -> None:
    handler = UsageMetadataCallbackHandler()
    handler.on_llm_end(answer(3))
    handler.raise_error = True
    limiter = InMemoryRateLimiter(requests_per_second=0.001, max_bucket_size=3)
    assert not limiter.acquire(blocking=False)
    limiter.available_tokens = 2.5
    model = FakeListChatModel(responses=["a", "b"], rate_limiter=limiter, callbacks=[handler])
    path = tmp_path / "counted.json"
    persist.snapshot([model, handler, limiter], path)
    code = """
import json, sys, persist, test_locked
model, handler, limiter = persist.restore(sys.argv[1])
handler.on_llm_end(test_locked.answer(4))
print(json.dumps([
    handler.usage_metadata, handler.raise_error, model.rate_limiter is limiter,
    model.callbacks[0] is handler, model.invoke("x").content, model.invoke("x").content,
    limiter.acquire(blocking=False), limiter.requests_per_second, limiter.max_bucket_size,
]))
"""
    usage = {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}
    expected = [{"m": usage}, True, True, True, "a", "b", False, 0.001, 3]
    assert json.loads(python(code, path, seed=2)) == expected


@pytest.mark.parametrize("last", [None, 1.5, 1e12])
def test_a_clock_runs_on_from_the_moment_of_the_restore(last: float | None) -> None:
    limiter = InMemoryRateLimiter()
    limiter.last = last
    before = time.monotonic()
    restored = persist.loads(persist.dumps(limiter))
    if last is None:
        assert restored.last is None
    else:
        assert before <= restored.last <= time.monotonic()
    assert type(restored._consume_lock) is type(threading.Lock())
    assert list(vars(restored)) == list(vars(limiter))
    assert persist.dumps(restored) == persist.dumps(limiter)


@pytest.mark.parametrize("name", ["_consume_lock", "last", "requests_per_second", "acquire"])
def test_a_limiter_that_was_changed_is_refused(name: str) -> None:
    limiter = InMemoryRateLimiter()
    vars(limiter)[name] = "other"
    if name == "requests_per_second":
        del limiter.requests_per_second
    with pytest.raises(CaptureError) as raised:
        persist.dumps(limiter)
    assert f"`{name}`" in str(raised.value)


class Slow(InMemoryRateLimiter):
    """A limiter of a program's own."""

    def __init__(self, tenant: str) -> None:
        super().__init__(requests_per_second=2)
        self.tenant = [tenant]


def test_a_limiter_of_ones_own_keeps_what_it_has_besides() -> None:
    limiter = Slow("a")
    limiter.available_tokens = 0.5
    restored = persist.loads(persist.dumps(limiter), allow=[Slow])
    assert type(restored) is Slow
    assert type(restored._consume_lock) is type(threading.Lock())
    assert (restored.tenant, restored.available_tokens) == (["a"], 0.5)
    assert persist.dumps(restored) == persist.dumps(limiter)


@pytest.mark.parametrize(
    ("name", "held"),
    [
        (HANDLER, {}),
        (HANDLER, {"usage_metadata": {}, "_lock": 1}),
        (HANDLER, {"usage_metadata": {}, "_lock": None}),
        (HANDLER, {"usage_metadata": {}}),
        (
            HANDLER,
            {
                "_lock": True,
                "usage_metadata": {},
                "on_llm_end": {"lc": "class", "id": "builtins:int"},
            },
        ),
        (HANDLER, {"_lock": True, "usage_metadata": {}, "__class__": 1}),
        (LIMITER, {"last": None}),
    ],
)
def test_what_neither_is_written_as_is_refused(name: str, held: Any) -> None:
    with pytest.raises(RebuildError) as raised:
        persist.loads(json.dumps({"lc": "object", "id": name, "dict": held}), allow="builtins")
    assert raised.value.kind == "invalid_state"
