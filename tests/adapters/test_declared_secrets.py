"""Fields that `lc_secrets` names: what stood there comes back in its type, or is refused."""

from __future__ import annotations

import json
from typing import Any

import persist
import pytest
from langchain_core.load.serializable import Serializable
from persist import CaptureError
from pydantic import SecretBytes, SecretStr

from strict import assert_same

KEY = "sk-0123456789"


class Plain(Serializable):
    any: Any = None
    other: object = None
    either: str | SecretStr | None = None
    text: str | None = None
    hidden: SecretStr | None = None
    sealed: SecretBytes | None = None

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {name: f"THE_{name.upper()}" for name in Plain.model_fields}


class Listed(Plain):
    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        return [__name__]


class Own(str):
    pass


COME_BACK: list[tuple[str, Any]] = [
    ("any", SecretStr(KEY)),
    ("any", SecretBytes(KEY.encode())),
    ("any", KEY),
    ("other", SecretStr(KEY)),
    ("either", SecretStr(KEY)),
    ("text", KEY),
    ("text", SecretStr(KEY)),
    ("hidden", SecretStr(KEY)),
    ("sealed", SecretBytes(KEY.encode())),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("any", KEY.encode(), "a `bytes` that would come back as a `str`"),
    ("any", Own(KEY), "a `Own` that would come back as a `str`"),
    ("either", KEY, "a `str` that would come back as a `SecretStr`"),
    ("hidden", KEY, "a `str` that would come back as a `SecretStr`"),
    ("sealed", KEY.encode(), "a `bytes` that would come back as a `SecretBytes`"),
]


@pytest.mark.parametrize("cls", [Plain, Listed])
@pytest.mark.parametrize(("field", "secret"), COME_BACK)
def test_a_declared_secret_comes_back_in_its_type(cls: Any, field: str, secret: Any) -> None:
    made = cls.model_construct({field}, **{field: secret})
    text = persist.dumps(made)
    assert KEY not in text
    place = "memory://declared"
    persist.snapshot(made, place, durable=False)
    needed = persist.get_metadata(place)["needs"]["secrets"]
    assert len(needed) == 1
    given = dict.fromkeys(needed, KEY)
    for back in (
        persist.loads(text, allow=__name__, secrets_map=given),
        persist.restore(place, allow=__name__, secrets_map=given),
    ):
        assert_same(made, back)
    kept = persist.dumps(made, secrets="keep")
    assert KEY in kept or field == "sealed" or type(secret) is SecretBytes
    assert_same(made, persist.loads(kept, allow=__name__))


@pytest.mark.parametrize("cls", [Plain, Listed])
@pytest.mark.parametrize(("field", "secret", "reason"), REFUSED)
def test_one_that_would_come_back_in_another_type_is_refused(
    cls: Any, field: str, secret: Any, reason: str
) -> None:
    made = cls.model_construct({field}, **{field: secret})
    with pytest.raises(CaptureError) as raised:
        persist.dumps([made])
    (problem,) = raised.value.problems
    assert (problem.path, problem.kind) == ("$[0]", "unsupported_value")
    assert problem.reason == f"its field `{field}` is declared secret, and holds {reason}"
    assert KEY not in str(raised.value)


def test_langchains_dialect_has_no_place_for_what_an_annotation_does_not_tell() -> None:
    with pytest.raises(CaptureError, match="holds state that LangChain's text has no place for"):
        persist.dumps(Listed(any=SecretStr(KEY)), dialect="langchain")
    node = json.loads(persist.dumps(Listed(hidden=SecretStr(KEY)), dialect="langchain"))
    assert node["kwargs"]["hidden"] == {"lc": 1, "type": "secret", "id": ["THE_HIDDEN"]}
