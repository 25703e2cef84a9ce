"""Types that pydantic reads and writes in a code, in models made at run time."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    Base64Bytes,
    Base64Str,
    Base64UrlBytes,
    Base64UrlStr,
    BaseModel,
    EncodedBytes,
    EncodedStr,
    EncoderProtocol,
    OnErrorOmit,
    create_model,
)

RAN: list[Any] = []


class Turned(EncoderProtocol):
    """Turns text around."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        return data[::-1]

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value[::-1]

    @classmethod
    def get_json_format(cls) -> str:
        return "turned"


class Giver:
    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


def run(*given: Any) -> Any:
    RAN.append(given)
    return given[-1]


def coded() -> type[BaseModel]:
    fields: dict[str, Any] = {
        "text": (Base64Str, "aGVsbG8="),
        "raw": (Base64Bytes, b"aGk="),
        "url": (Base64UrlStr, ...),
        "url_raw": (Base64UrlBytes | None, None),
        "turned": (Annotated[str, EncodedStr(encoder=Turned)], ...),
        "turned_raw": (list[Annotated[bytes, EncodedBytes(encoder=Turned)]], []),
        "kept": (list[OnErrorOmit[int]], []),
    }
    return create_model("Coded", __module__="encoded", **fields)
