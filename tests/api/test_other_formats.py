"""Files whose state is in another format: a later one of this package, or another program's."""

from __future__ import annotations

from pathlib import Path

import persist
import pytest

from api.forge import forge


def refusal(path: Path, state_format: str) -> persist.FormatError:
    path.write_bytes(forge(b"[1]", state_format=state_format))
    with pytest.raises(persist.FormatError) as caught:
        persist.restore(path)
    return caught.value


@pytest.mark.parametrize("number", [2, 10, 99_999])
def test_a_later_format_of_the_state_is_newer(number: int, tmp_path: Path) -> None:
    path = tmp_path / "agent.json.gz"
    error = refusal(path, f"persist/{number}")
    assert error.kind == "newer_format"
    assert str(error) == (
        f"the state is in the format `persist/{number}`, and this release reads `persist/1`"
    )
    assert error.hint == "restore with the release that wrote it, or a newer one"
    assert error.location == str(path)


@pytest.mark.parametrize(
    "name",
    [
        *("visits/1", "", "persist", "persist/", "persist/0", "persist/01", "persist/2x"),
        *("persist/-2", "persist/2\n", "persist/\u0662", "Persist/2", "persist/2/3"),
    ],
    ids=ascii,
)
def test_a_state_that_another_program_wrote_is_no_snapshot(name: str, tmp_path: Path) -> None:
    path = tmp_path / "agent.json.gz"
    error = refusal(path, name)
    assert error.kind == "not_a_snapshot"
    assert str(error) == (
        f"the state is in the format `{ascii(name)[1:-1]}`, which is another program's:"
        " this release reads `persist/1`"
    )
    assert error.hint == "read it with the program that wrote it"
    assert error.location == str(path)
    assert persist.get_metadata(path)["state_format"] == name
    assert persist.verify_snapshot(path)
