"""Ctrl-C is heard while much is read or built, not only behind it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

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


HELD = """
import json, signal, sys, time
from pathlib import Path
import persist

# Just below 64 MiB of text: the longest that is read in one go, and known to be so when it was
# written once. Small dicts take the longest.
state = [{"id": number, "role": "user", "text": "z" * 20} for number in range(1_150_000)]
state += [state[0]] if sys.argv[2] == "shared" else []
place = Path(sys.argv[1])
longer = "x" * (65 << 20)
old = persist.snapshot(["old"], place)
stored = place.read_bytes()
heard = []

def hear(*_):
    heard.append(time.process_time())
    raise KeyboardInterrupt

def save():
    # One that is too long to be held makes the next text one that nobody expects.
    persist.snapshot(longer, "memory://longer", compression="none")
    begun = time.process_time()
    size = persist.snapshot(state, place, durable=False, compression="gzip")["uncompressed_size"]
    assert 60 << 20 < size <= 64 << 20, size
    return time.process_time() - begun

signal.signal(signal.SIGPROF, hear)
save()
whole = save()
waits = []
for eighths in (1, 2, 4):
    place.write_bytes(stored)
    persist.snapshot(longer, "memory://longer", compression="none")
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, whole * eighths / 8)
    try:
        persist.snapshot(state, place, durable=False, compression="gzip")
    except KeyboardInterrupt:
        waits.append((heard[-1] - begun) / whole - eighths / 8)
        assert place.read_bytes() == stored
        assert [each.name for each in place.parent.iterdir()] == [place.name]
    signal.setitimer(signal.ITIMER_PROF, 0)
print(json.dumps(waits))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such timers")
@pytest.mark.parametrize("kind", ["plain", "shared"])
def test_a_signal_is_heard_while_the_longest_text_is_held(kind: str, tmp_path: Path) -> None:
    waits = json.loads(python(HELD, tmp_path / "agent.json.gz", kind))
    # No longer than it takes to write the text once, which is one picture.
    assert len(waits) == 3
    assert max(waits) < 0.45, waits
