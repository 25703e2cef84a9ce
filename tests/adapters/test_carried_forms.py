"""Classes of attrs and pydantic's older models saved here, restored in a new process, compared."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest

from trips import python

pytest.importorskip("attrs")
forms = pytest.importorskip("forms")

SAVE = """
import forms, pathlib, persist, sys
for name, make in forms.STATES.items():
    persist.snapshot(make(), pathlib.Path(sys.argv[1], name), durable=False)
"""

CHECK = """
import forms, json, pathlib, persist, sys, traceback
from strict import assert_same
outcomes = {}
for name, make in forms.STATES.items():
    try:
        fresh = make()
        ran = len(forms.RAN)
        restored = persist.restore(pathlib.Path(sys.argv[1], name), allow=["forms"])
        assert len(forms.RAN) == ran, "a converter or validator ran"
        assert_same(fresh, restored)
        outcomes[name] = "the same"
    except Exception:
        outcomes[name] = traceback.format_exc()
print(json.dumps(outcomes))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("forms")
    python(SAVE, folder, seed=1)
    return json.loads(python(CHECK, folder, seed=2))


@pytest.mark.parametrize("name", forms.STATES)
def test_an_object_goes_on_in_a_new_process(name: str, outcomes: Any) -> None:
    assert outcomes[name] == "the same"


def test_a_cached_property_is_worked_out_again() -> None:
    # The class's own hook leaves its value out, in pickling too.
    asked = forms.Cached(3)
    assert asked.squares == [9]
    assert persist.loads(persist.dumps(asked), allow=["forms"]).squares == [9]
