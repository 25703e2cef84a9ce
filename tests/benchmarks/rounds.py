"""Clocks: every contestant once per round, so that a busy machine is busy for all of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, thread_time

Contest = Mapping[str, Callable[[], object]]
Clock = Callable[[], float]

# Who waits for nothing is timed by what its thread ran, whatever else ran on the machine.
WALL: Clock = perf_counter
THREAD: Clock = thread_time


@dataclass(frozen=True)
class Pace:
    """How long to measure."""

    rounds: int
    seconds_per_turn: float
    """A call is repeated within a round until it has taken about this long; 0: never."""


@dataclass(frozen=True)
class Times:
    """What each round took, in seconds per call."""

    of: dict[str, list[float]]

    def median(self, name: str) -> float:
        return median(self.of[name])

    def ratio(self, slower: str, faster: str) -> float:
        """Returns the median over the rounds of how many times as long one took as the other."""
        return median(a / b for a, b in zip(self.of[slower], self.of[faster], strict=True))


def measure(contest: Contest, pace: Pace, clock: Clock = WALL) -> Times:
    """Runs the rounds; who begins changes from one to the next."""
    names = list(contest)
    turns = {name: turns_of(call, pace) for name, call in contest.items()}
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(pace.rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(seconds_per_call(contest[name], turns[name], clock))
    return Times(times)


def turns_of(call: Callable[[], object], pace: Pace) -> int:
    """Warms a call up; returns how often to repeat it."""
    if not pace.seconds_per_turn:
        return 1
    call()
    return max(1, min(1000, int(pace.seconds_per_turn / seconds_per_call(call, 1, WALL))))


def seconds_per_call(call: Callable[[], object], turns: int, clock: Clock) -> float:
    """Times the calls with the collector at work, and without freeing what they return."""
    gc.collect()
    seconds = 0.0
    for _ in range(turns):
        begun = clock()
        result = call()
        seconds += clock() - begun
        del result
    return seconds / turns
