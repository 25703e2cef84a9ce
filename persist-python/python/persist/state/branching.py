"""How much `re` moves about while it reads a pattern, which may take longer than its length says.

What all alternatives begin with is taken off them one element at a time, and what a plain group
holds is copied into what that stands in. How often that may happen is told here by the text alone:
it is never less than what `re` does.
"""

from __future__ import annotations

import functools
import re

__all__ = ["excess"]

SMALL = 1_000
"""Characters of a pattern that is read in about the time that its length says, in any case."""

SHOWN = 1_000
"""Characters by which the beginnings of two alternatives are compared."""

FREE = 2_000
"""Moves for each character, in the time that `re` takes for that anyway."""

COPY = 500
"""Moves in the time of one element that is copied out of a group: that is done in Python."""

# Whether or not it ends, a part of any length is gone through once. A backslash before what would
# end a comment is read with that, and the comment goes on.
_TOKENS = r"""
      (?P<one> \\. | \[\^?\]?(?:[^\]\\]++|\\.)*+\]? | \(\?P=[^)]*+\)? | \(\?!\) )
    | (?P<none> \(\?\#(?:[^)\\]++|\\.)*+\)? | \(\?[a-zA-Z]++\) {comment} )
    | (?P<open> \((?:\?(?:\([^)]*+\)?|[a-zA-Z-]*+:?))? )
    | (?P<close> \)[*+?]? )
    | (?P<bar> \| )
    | (?P<repeat> [*+?] )
"""


def excess(pattern: str | bytes, flags: int) -> int:
    """Returns how many elements are moved beyond those that the length of a pattern stands for."""
    if len(pattern) <= SMALL:
        return 0
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    return max(0, _moves(text, bool(flags & int(re.VERBOSE))) - FREE * len(text))


class _Group:
    """A group while it is read: how long its alternatives are, and how far they may be alike."""

    __slots__ = (
        "_alike",
        "_copies",
        "_first",
        "_places",
        "_shortest",
        "_total",
        "is_plain",
        "is_verbose",
        "length",
        "start",
    )

    def __init__(self, token: str, is_verbose: bool) -> None:
        self.is_plain = token == "(?:"
        self.is_verbose = is_verbose
        self.length = self._copies = self._places = self._total = 0
        self._alike: int | None = None
        self._shortest: int | None = None
        self._first = ""
        # Of any other group, more may belong to how it begins.
        self.start = None if token == "(" or token.endswith(":") else ""
        """What an alternative begins with, as far as that is plain text; None before any of it."""

    def read(self, text: str, begin: int, end: int) -> None:
        """Takes in plain text, each character of which is an element at most."""
        self.length += end - begin
        if self.start is None:
            self.start = "" if self.is_verbose else text[begin : min(end, begin + SHOWN)]

    def differ(self) -> None:
        """Notes that what comes next is like nothing else: a group, or what is repeated."""
        if self._alike is None:
            self._alike = self.length

    def branch(self) -> int:
        """Ends an alternative; returns the moves of what stands behind each group in it."""
        self.differ()
        alike, moves = self._alike or 0, self._copies * self.length - self._places
        if self._shortest is None:
            self._shortest, self._first = alike, self.start or ""
        else:
            self._shortest = min(
                self._shortest, alike, _alike(self._first, self.start or "", alike)
            )
        self._total += self.length
        self.length = self._copies = self._places = 0
        self._alike = self.start = None
        return moves

    def end(self) -> int:
        """Ends the group; returns the moves of what its alternatives begin with."""
        if self._shortest is None:
            return self._copies * self.length - self._places
        moves = self.branch()
        self.length, self._alike = self._shortest + 1, None
        return moves + self._shortest * self._total

    def take(self, inner: _Group, is_repeated: bool) -> int:
        """Takes in a group that has ended; returns the moves of its copying."""
        if is_repeated or not inner.is_plain:
            self.differ()
            self.length += 1
            return 0
        if self._alike is None and inner._alike is not None:
            self._alike = self.length + inner._alike
        self.length += inner.length
        self._copies += 1
        self._places += self.length
        return COPY * inner.length


def _moves(text: str, is_verbose: bool) -> int:
    moves = at = 0
    groups = [_Group("(", is_verbose)]
    while found := _tokens(groups[-1].is_verbose).search(text, at):
        group, kind, token = groups[-1], found.lastgroup, found[0]
        group.read(text, at, found.start())
        at = found.end()
        if kind == "one":
            group.length += 1
        elif kind == "bar":
            moves += group.branch()
        elif kind == "repeat":
            group.differ()
        elif kind == "open":
            groups.append(_Group(token, _is_verbose(token, group)))
        elif kind == "close":
            if len(groups) == 1:
                break
            moves += groups.pop().end() + groups[-1].take(group, len(token) > 1)
        elif token.startswith("(?") and "x" in token.partition("#")[0]:
            group.is_verbose = True
    groups[-1].read(text, at, len(text))
    return moves + sum(group.end() for group in groups)


def _alike(one: str, other: str, otherwise: int) -> int:
    """Returns how many characters two texts both begin with, `otherwise` where neither differs."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), otherwise)


def _is_verbose(token: str, outer: _Group) -> bool:
    """Returns whether space and comments count for nothing in a group that begins so."""
    added, _, removed = token.rpartition(":")[0].partition("-")
    return ("x" in added or outer.is_verbose) and "x" not in removed


@functools.cache
def _tokens(is_verbose: bool) -> re.Pattern[str]:
    comment = r"| \#(?:[^\n\\]++|\\.)*+" if is_verbose else ""
    return re.compile(_TOKENS.format(comment=comment), re.VERBOSE | re.DOTALL)
