"""States whose text is not held: what they cost, that they read the same, what stops them."""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import persist
import pytest
from langchain_core.messages import HumanMessage
from persist import CaptureError

from models import Loose
from things import Plain
from trips import ALLOW, python

MIB = 2**20
HELD_BYTES = 64 * MIB
ALLOWED_BYTES = 64 * MIB
"""What a large state may take above its objects."""

MEASURED = """
import gc, json, sys
import persist
from large import SHAPES
from resident import forget, held
shape, place, given = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
options = {"storage_options": given.get("options")}
key = persist.Identity(given["key"]) if "key" in given else None
compression = given.get("compression", "gzip")
way, percent = sys.argv[4], given.get("percent", 100)
if way == "save":
    state = SHAPES[shape](percent)
    keys = persist.Recipients(key.recipients) if key else None
    save = {"compression": compression, "durable": False, "encryption": keys, **options}
    # What is made once in a process: tables of names, connections, threads.
    persist.snapshot(["small"], place, **save)
    before = forget()
    text = persist.snapshot(state, place, **save)["uncompressed_size"]
    print(json.dumps([held("VmHWM") - before, text]))
else:
    text = persist.get_metadata(place, encryption=key, **options)["uncompressed_size"]
    forget()
    state = persist.restore(place, encryption=key, **options)
    most = held("VmHWM")
    gc.collect()
    print(json.dumps([most - held("VmRSS"), text]))
    assert state == SHAPES[shape](percent)
"""

SIZES = {"strings": 300, "messages": 280, "letters": 300}
"""Megabytes of text, at least, of a whole state."""

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def measured(shape: str, place: object, way: str, **given: Any) -> int:
    """Returns how many bytes a new process took above the objects."""
    most, text = json.loads(python(MEASURED, shape, place, json.dumps(given), way))
    assert text > SIZES[shape] * 10_000 * given.get("percent", 100)
    return int(most)


# A text that is held as it is written, and one that is too large for that.
@needs_proc
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("percent", [12, 36])
def test_a_state_takes_little_memory(shape: str, percent: int, tmp_path: Path) -> None:
    place = tmp_path / "agent.snapshot"
    for way in ("save", "restore"):
        assert measured(shape, place, way, percent=percent) <= ALLOWED_BYTES, way


@needs_proc
@pytest.mark.torture
@pytest.mark.parametrize(
    ("shape", "way"), [("strings", "gzip"), ("letters", "zstd"), ("messages", "encrypted")]
)
def test_a_large_state_takes_little_memory(shape: str, way: str, tmp_path: Path) -> None:
    given = {"key": persist.generate_identity().reveal()} if way == "encrypted" else {}
    given["compression"] = "zstd" if way == "zstd" else "gzip"
    place = tmp_path / "agent.snapshot"
    assert measured(shape, place, "save", **given) <= ALLOWED_BYTES
    assert measured(shape, place, "restore", **given) <= ALLOWED_BYTES


@needs_proc
@pytest.mark.torture
@pytest.mark.parametrize("shape", ["strings", "messages"])
def test_a_large_state_takes_little_memory_on_its_way_to_a_cloud(
    shape: str, emulated_s3: Any
) -> None:
    cloud = emulated_s3.below("streaming")
    # Uncompressed, so that many parts go up.
    given = {"options": cloud.options, "compression": "none"}
    place = cloud.url(f"{shape}.json")
    assert measured(shape, place, "save", **given) <= ALLOWED_BYTES
    assert measured(shape, place, "restore", **given) <= ALLOWED_BYTES


def in_many_places() -> Any:
    """Returns one text and one bytes object, each too long for a piece, wherever they may stand."""
    text, data = 'a\\"b\n' * (3 * MIB // 5), bytes(range(256)) * (3 * MIB // 256)
    accented = "aéz€" * (MIB // 2)
    return [
        {"text": text, "tail": 1},
        {text[:MIB]: 1, "more": accented},
        (text, data),
        {1: text, "lc": data},
        HumanMessage(text, id="one", additional_kwargs={"data": data}),
        Plain(text=text, data=data, after=[text]),
        Loose(known=accented, other=data),
        [accented, data, accented[:-1]],
    ]


STATES: dict[str, Callable[[], Any]] = {
    "a dict of strings": lambda: {f"part-{at}": f"{at:08d}" * 62_500 for at in range(150)},
    "a dict with a key of its own": lambda: {at or "0": "x" * 500_000 for at in range(150)},
    "a list of strings": lambda: ["y" * 500_000] * 150,
    "small dicts": lambda: [{"id": at, "role": "user", "text": "z" * 700} for at in range(100_000)],
    "small dicts, some shared": lambda: [{"at": at, "text": "é" * 400} for at in range(90_000)] * 2,
    "messages": lambda: [HumanMessage("x" * 20_000, id=f"m{at}") for at in range(4000)],
    "objects": lambda: [Plain(at=at, text="x" * 20_000) for at in range(4000)],
    "long values": in_many_places,
    "one ascii string": lambda: "0123456789abcde\n" * (5 * MIB),
    "one other string": lambda: "0123456789abcdé" * (5 * MIB),
    "a string with a surrogate": lambda: ["x" * (70 * MIB) + "\ud800", 1],
    "a string with a split pair": lambda: ["é" * (40 * MIB) + "\ud83d" + "\ude00", 1],
    "bytes": lambda: [bytes(range(256)) * (MIB // 4), b"x" * 1001],
}


@pytest.mark.parametrize("name", STATES)
def test_a_streamed_text_is_the_one_that_dumps_writes(name: str, tmp_path: Path) -> None:
    state = STATES[name]()
    place = tmp_path / "agent.json"
    metadata = persist.snapshot(state, place, durable=False)
    size = metadata["uncompressed_size"]
    assert size > HELD_BYTES
    text = persist.dumps(state).encode()
    with place.open("rb") as file:
        assert file.read(len(b'{"agent_state":')) == b'{"agent_state":'
        assert file.read(size) == text
    assert persist.dumps(persist.restore(place, allow=ALLOW)).encode() == text


@pytest.mark.parametrize("mebibytes", [55, 57, 63, 64])
def test_a_text_that_is_only_just_held_is_whole(mebibytes: int, tmp_path: Path) -> None:
    heard: list[int | None] = []
    for value in ("x" * MIB, ["x" * 1000] * 1000, [[], "x" * MIB]):
        width = len(persist.dumps(value)) + 1
        state = [value] * (mebibytes * MIB // width)
        heard.clear()
        persist.snapshot(
            state,
            tmp_path / "agent.json",
            durable=False,
            progress=lambda _, total: heard.append(total),
        )
        # The length is known from the beginning where the text is held.
        text = persist.dumps(state)
        assert set(heard) == {len(text)}
        assert (tmp_path / "agent.json").read_bytes()[15 : 15 + len(text)] == text.encode()


JUST_HELD = """
import json, sys, time
import persist

def took(state):
    begun = time.process_time()
    size = persist.snapshot(state, "memory://a", compression="none")["uncompressed_size"]
    return time.process_time() - begun, size

# 58 MiB of text, and as much UTF-8 as the strings may keep beside their own form.
accented = [f"{number:06d}é" * 1000 for number in range(7_500)]
size = took(accented)[1]
assert 56 << 20 < size < 64 << 20, size
kept = sum(map(sys.getsizeof, accented)) - sum(sys.getsizeof(f"{0:06d}é" * 1000) for _ in accented)
small = [{"id": number, "role": "user", "text": "z" * 20} for number in range(1_100_000)]
took(small)
again, beside_others = [], []
for _ in range(3):
    again.append(took(small)[0])
    took(["small"])
    beside_others.append(took(small)[0])
print(json.dumps([kept, min(beside_others) / min(again)]))
"""


def test_a_text_that_is_only_just_held_takes_no_more_than_others() -> None:
    kept, ratio = json.loads(python(JUST_HELD))
    assert kept <= 4 * MIB
    # It is written once, and not once more to see whether it can be held: 2 if it were.
    assert ratio < 1.4


def test_the_collector_works_while_a_large_text_is_restored(tmp_path: Path) -> None:
    place = tmp_path / "agent.json"
    persist.snapshot(["x" * MIB] * 70, place, durable=False)
    heard: list[bool] = []

    def hear(_done: int, _total: int | None) -> None:
        heard.append(gc.isenabled())

    persist.restore(place, progress=hear)
    assert (set(heard), gc.isenabled()) == ({True}, True)

    # Whoever turns it off in the middle finds it off; a restore turns on nothing that was off.
    persist.restore(place, progress=lambda *_: gc.disable())
    assert not gc.isenabled()
    heard.clear()
    persist.restore(place, progress=hear)
    was_on = gc.isenabled()
    gc.enable()
    assert (set(heard), was_on) == ({False}, False)


def test_the_collector_is_on_after_a_restore_that_failed(tmp_path: Path) -> None:
    place = tmp_path / "agent.json"
    persist.snapshot(["x" * MIB] * 70, place, durable=False)

    def hear(_done: int, _total: int | None) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        persist.restore(place, progress=hear)
    assert gc.isenabled()
    with place.open("r+b") as file:
        file.seek(40 * MIB)
        file.write(b"y")
    with pytest.raises(persist.IntegrityError):
        persist.restore(place)
    assert gc.isenabled()


def test_text_of_many_lone_surrogates_comes_back() -> None:
    lone = "\ud800x\udfff" * 1_000_000
    others = [lone[:4097], "é😀" + lone[: 3 * 2**16] + "😀", "\udc00\ud800" * 5000]
    assert persist.loads(persist.dumps(lone)) == lone
    assert persist.loads(persist.dumps(others)) == others


def stopped(state: Any, act: Callable[[], object], place: Path) -> BaseException:
    """Returns what a save raises in whose middle something happens; the old snapshot stays."""
    persist.snapshot(["old"], place)
    beside = sorted(place.parent.iterdir())
    acts = [act]

    def hear(done: int, total: int | None) -> None:
        # The end may be told before a signal is heard.
        assert total is None or not acts
        if done > MIB and acts:
            acts.pop()()

    with pytest.raises((CaptureError, KeyboardInterrupt)) as raised:
        persist.snapshot(state, place, durable=False, progress=hear)
    assert not acts
    assert persist.restore(place) == ["old"]
    assert sorted(place.parent.iterdir()) == beside
    return raised.value


def many(count: int = 1500) -> list[Any]:
    return [{"at": at, "texts": ["x" * 100_000]} for at in range(count)]


def shrunk(state: list[Any]) -> None:
    del state[1000:]


def grown(state: list[Any]) -> None:
    state.append([1])


def replaced(state: list[Any]) -> None:
    state[-1] = {"at": 0, "texts": ["y" * 100_000]}


def deeper(state: list[Any]) -> None:
    state[-1]["texts"].append("y")


def turned(state: list[Any]) -> None:
    state.append(state.pop(0))


@pytest.mark.parametrize(
    "change", [shrunk, grown, replaced, deeper, turned], ids=lambda it: it.__name__
)
@pytest.mark.parametrize("ending", ["json.gz", "json"])
def test_a_change_in_the_middle_of_a_streamed_capture_is_an_error(
    change: Callable[[list[Any]], None], ending: str, tmp_path: Path
) -> None:
    state = many()
    raised = stopped(state, lambda: change(state), tmp_path / f"agent.{ending}")
    assert isinstance(raised, CaptureError)
    assert raised.kind == "changed_during_capture"


# A dict of 1365 entries has no room for another: it is laid out anew, and what follows moves up.
@pytest.mark.parametrize("count", [1365, 1500])
def test_an_entry_that_is_moved_in_the_middle_is_an_error(count: int, tmp_path: Path) -> None:
    state = {f"part-{at}": f"{at:08d}" * 12_500 for at in range(count)}

    def move() -> None:
        state["part-1 of old"] = state.pop("part-1")

    raised = stopped(state, move, tmp_path / "agent.json.gz")
    assert isinstance(raised, CaptureError)
    assert raised.kind == "changed_during_capture"


def test_strings_that_move_up_in_the_middle_are_an_error(tmp_path: Path) -> None:
    state = [f"{at:08d}" * 12_500 for at in range(1500)]
    raised = stopped(state, lambda: turned(state), tmp_path / "agent.json.gz")
    assert isinstance(raised, CaptureError)
    assert raised.kind == "changed_during_capture"


def test_ctrl_c_in_the_middle_of_a_streamed_capture_leaves_the_old_file(tmp_path: Path) -> None:
    state = many()
    raised = stopped(state, lambda: signal.raise_signal(signal.SIGINT), tmp_path / "agent.json.gz")
    assert type(raised) is KeyboardInterrupt
    persist.snapshot(state, tmp_path / "agent.json.gz", durable=False)
    assert persist.restore(tmp_path / "agent.json.gz") == state


def test_a_streamed_secret_is_found_where_a_long_text_shows_it(tmp_path: Path) -> None:
    from pydantic import SecretStr

    secret = "sk-0123456789abcdef"
    for filler in ("x", "é"):
        state = [Loose(key=SecretStr(secret)), filler * (70 * MIB) + secret + filler * MIB]
        place = tmp_path / "agent.json.gz"
        with pytest.raises(CaptureError) as raised:
            persist.snapshot(state, place, durable=False, compression_level=1)
        assert raised.value.kind == "secret_in_data"
        assert not list(tmp_path.iterdir())
