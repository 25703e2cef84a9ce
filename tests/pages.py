"""The fenced blocks of the project's pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The first line of a block that is a module of its own, to be imported by the others.
MODULE = re.compile(r"# (\w+\.py)\n")


class Block(NamedTuple):
    """What stands between two fences."""

    page: Path
    line: int
    """The line of the page that its first line is."""
    language: str
    text: str
    follows: str
    """The language of the block before, where nothing but space lies between."""

    @property
    def module(self) -> str | None:
        """The file name that a Python block gives itself, for others to import."""
        found = MODULE.match(self.text)
        return found[1] if found else None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    blocks: list[Block] = []
    end = 0
    for found in FENCE.finditer(text):
        is_next = blocks and not text[end : found.start()].strip()
        follows = blocks[-1].language if is_next else ""
        line = text.count("\n", 0, found.start()) + 2
        blocks.append(Block(page, line, found[1], found[2], follows))
        end = found.end()
    return blocks
