"""The rows that are printed, and what each must reach."""

from __future__ import annotations

from dataclasses import dataclass

from rounds import Times


@dataclass(frozen=True)
class Target:
    """A bound on the ratio of persist to a rival, or on a number of its own."""

    against: str
    bound: float
    is_floor: bool = True

    def verdict(self, reached: float) -> str:
        is_met = reached >= self.bound if self.is_floor else reached <= self.bound
        sign = "≥" if self.is_floor else "≤"
        return f"{sign} {self.bound:g} {self.against}: {'met' if is_met else 'MISSED'}"


CHAT = "2,000 messages"
SPEED = Target("LangChain", 7)

# By the state and what is done with it; encoding has a bound on every state beside, and decoding
# on those that go through what only pickle carries as well.
TARGETS: dict[tuple[str, str], list[Target]] = {
    (CHAT, "encode"): [Target("LangChain", 20), Target("pickle+gzip", 2)],
    (CHAT, "decode"): [Target("LangChain", 8), Target("pickle+gzip", 1)],
    (CHAT, "save"): [SPEED],
    (CHAT, "load"): [SPEED],
    (CHAT, "size"): [Target("LangChain", 1.15, is_floor=False)],
    (CHAT, "text"): [Target("gzip-6", 1.15, is_floor=False)],
}
ANYTHING = Target("pickle+gzip", 0.5)
CARRIED = ["a LangGraph thread", "an AgentExecutor", "10,000 reduced objects", "7 MB of numpy"]


def targets_of(state: str, row: str) -> list[Target]:
    found = TARGETS.get((state, row), [])
    is_bound = row == "encode" or (row == "decode" and state in CARRIED)
    return found or ([ANYTHING] if is_bound else [])


def heading(title: str, columns: list[str]) -> str:
    return f"\n{title}\n{'':10}" + "".join(f"{column:>16}" for column in columns)


def heading_of_state(state: str, rivals: list[str]) -> str:
    return heading(state, [*rivals, *(f"vs {rival}" for rival in rivals[1:])])


def line(row: str, cells: list[str], verdicts: list[str]) -> str:
    text = f"{row:10}" + "".join(f"{cell:>16}" for cell in cells) + "  " + ", ".join(verdicts)
    return text.rstrip()


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms"


def times(ratio: float) -> str:
    return f"{ratio:.2f} ×"


def times_line(where: tuple[str, str], rivals: list[str], took: Times) -> str:
    """Returns medians, and how many times as fast persist is as each of those that took part."""
    own = rivals[0]
    ratios = {name: took.ratio(name, own) for name in rivals[1:] if name in took.of}
    cells = [milliseconds(took.median(name)) if name in took.of else "" for name in rivals]
    cells += [times(ratios[name]) if name in ratios else "" for name in rivals[1:]]
    verdicts = [bound.verdict(ratios[bound.against]) for bound in targets_of(*where)]
    return line(where[1], cells, verdicts)


def sizes_line(state: str, sizes: dict[str, int]) -> str:
    """Returns bytes, and how many times as large persist's file is as each of the others."""
    own, *others = sizes
    ratios = {name: sizes[own] / sizes[name] for name in others}
    cells = [*(f"{size:,} B" for size in sizes.values()), *map(times, ratios.values())]
    verdicts = [bound.verdict(ratios[bound.against]) for bound in targets_of(state, "size")]
    return line("size", cells, verdicts)


def text_line(state: str, text_bytes: int, gzip_bytes: int, file_bytes: int) -> str:
    """Returns what gzip -6 makes of the very text that the file holds, beside the file."""
    ratio = file_bytes / gzip_bytes
    cells = [f"{text_bytes:,} B", f"{gzip_bytes:,} gz6", times(ratio)]
    verdicts = [bound.verdict(ratio) for bound in targets_of(state, "text")]
    return line("text", cells, verdicts)
