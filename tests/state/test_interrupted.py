"""Ctrl-C is heard while much is read or built, not only behind it."""

from __future__ import annotations

import json
import sys

import pytest

from trips import python

INTERRUPTED = """
import json, signal, sys, time
import persist

state = [{"id": number, "role": "user"} for number in range(300_000)]
# What is met twice takes a pass of its own, which is the longer one of both.
state.append(state[0])
text = persist.dumps(state)
work = {"dumps": lambda: persist.dumps(state), "loads": lambda: persist.loads(text)}[sys.argv[1]]
heard = []

def hear(*_):
    heard.append(time.process_time())
    raise KeyboardInterrupt

signal.signal(signal.SIGPROF, hear)
work()
begun = time.process_time()
work()
whole = time.process_time() - begun
begun = time.process_time()
# In time of the processor: a busy machine changes nothing.
signal.setitimer(signal.ITIMER_PROF, whole / 8)
try:
    work()
except KeyboardInterrupt:
    pass
assert persist.loads(persist.dumps(state)) == state
print(json.dumps((heard[0] - begun) / whole))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such timers")
@pytest.mark.parametrize("work", ["dumps", "loads"])
def test_a_signal_is_heard_meanwhile(work: str) -> None:
    assert json.loads(python(INTERRUPTED, work)) < 0.5
