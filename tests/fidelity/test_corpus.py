"""The corpus: each object saved in one process, restored in another, compared strictly and used."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import GROUPS, cases
from trial import Outcome, send

NEVER = ("different", "changed by saving", "unmade")


@pytest.fixture(scope="module", params=GROUPS)
def group(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Group:
    name = request.param
    return Group(name, tmp_path_factory.mktemp("corpus"))


class Group:
    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.outcomes = send("persist", name, folder)

    def that(self, *verdicts: str) -> dict[str, Outcome]:
        return {name: row for name, row in self.outcomes.items() if row.verdict in verdicts}


def test_everything_comes_back_as_it_was(group: Group) -> None:
    assert group.that(*NEVER) == {}
    assert set(group.outcomes) == set(cases(group.name))
    assert set(group.that("ok")) == set(cases(group.name))


def test_the_corpus_is_large() -> None:
    assert sum(len(cases(group)) for group in GROUPS) >= 300
