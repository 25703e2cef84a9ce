"""Models of a program whose fields have pydantic's own types, and how they are used."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    UUID4,
    AnyUrl,
    BaseModel,
    ByteSize,
    FileUrl,
    FiniteFloat,
    HttpUrl,
    InstanceOf,
    IPvAnyAddress,
    Json,
    PastDate,
    PostgresDsn,
    RedisDsn,
    RootModel,
    SecretBytes,
    SkipValidation,
    StrictInt,
    TypeAdapter,
    UrlConstraints,
    ValidationError,
    conlist,
    constr,
    create_model,
)
from pydantic_core import MultiHostUrl, Url


class Site(BaseModel):
    home: HttpUrl
    store: PostgresDsn
    cache: RedisDsn = RedisDsn("redis://localhost:6379/0")
    more: list[AnyUrl] = []
    named: dict[HttpUrl, int] = {}
    size: ByteSize = ByteSize(0)
    born: PastDate | None = None
    where: IPvAnyAddress | None = None
    given: Json[list[int]] | None = None


class GitUrl(AnyUrl):
    """A kind of URL of the program's own."""

    _constraints = UrlConstraints(allowed_schemes=["git", "ssh"])


class Client:
    """Talks to what an address says, which makes it a component."""

    def __init__(self, address: Any) -> None:
        self.address = address


def bare() -> HttpUrl:
    """Returns a URL that was left without a slash for its empty path."""
    kept = Annotated[HttpUrl, UrlConstraints(preserve_empty_path=True)]
    made: HttpUrl = TypeAdapter(kept).validate_python("http://example.org")
    return made


def site() -> Site:
    given: dict[str, Any] = {
        "home": "https://exämple.org/ä?q=ö#top",
        "store": "postgres://ada:pw@one.example.org:5432,two.example.org/db?x=1",
        "more": ["mailto:ada@example.org", "http://[::1]:80/"],
        "named": {"http://example.org/a": 1},
        "size": "3KiB",
        "born": "1815-12-10",
        "where": "::1",
        "given": "[1, 2]",
    }
    return Site(**given)


def made() -> Any:
    """Returns an object of a class that was made at run time."""
    given: dict[str, Any] = {
        "home": (HttpUrl, ...),
        "size": (ByteSize, ByteSize(5)),
        "key": (SecretBytes | None, None),
        "born": (PastDate | None, None),
        "given": (Json | None, None),
        "inner": (BaseModel | None, None),
    }
    return create_model("Linked", __module__="links", **given)(home="http://example.org/")


def read_as() -> Any:
    """Returns a class made at run time whose fields only say how they are read."""
    given: dict[str, Any] = {
        "one": (UUID4, ...),
        "numbers": (Json[list[int]], ...),
        "held": (InstanceOf[dict], ...),
        "kept": (SkipValidation[int], 1),
        "strict": (StrictInt, 1),
        "words": (conlist(constr(pattern="^a"), min_length=1), ["a"]),
        "finite": (FiniteFloat, 0.5),
    }
    return create_model("Read", __module__="links", **given)


READ: dict[str, Any] = {
    "one": "8c3f0b5e-5a4d-4f5b-9a51-0f3c3b0c8f11",
    "numbers": "[1, 2]",
    "held": {"a": 1},
}
"""What such a class reads."""

WRONG: dict[str, Any] = {
    "one": "8c3f0b5e-5a4d-1f5b-9a51-0f3c3b0c8f11",
    "numbers": "[1, x]",
    "held": [1],
    "strict": "1",
    "words": ["b"],
    "finite": "nan",
}
"""What it refuses, field by field."""


def read(cls: Any) -> list[Any]:
    made = cls(**READ, kept="kept as it is")
    refused = []
    for name, value in WRONG.items():
        try:
            cls(**{**READ, name: value})
        except ValidationError as error:
            refused.append(error.errors()[0]["type"])
    return [str(made), str(cls.model_json_schema()), refused]


def state() -> dict[str, Any]:
    return {
        "site": site(),
        "plain": [HttpUrl("http://example.org"), FileUrl("file:///a/b"), GitUrl("git://h/x.git")],
        "cores": [Url("a:b"), MultiHostUrl("kafka://one:1,two:2/")],
        "bare": bare(),
        "roots": [RootModel[int](5), RootModel[list[HttpUrl]](["http://a.org/"])],
        "sizes": [ByteSize(5), {ByteSize(1): "one"}],
        "classes": [HttpUrl, PostgresDsn, RootModel, RootModel[int], Json, PastDate, ByteSize],
        "made": made(),
        "client": Client(HttpUrl("http://example.org/")),
    }


def used(restored: Any) -> Any:
    """Returns what a program learns from the state."""
    site, kinds = restored["site"], restored["plain"]
    again = type(restored["made"])(home="http://other.org", size="1MB", born="2000-01-01")
    return [
        site.model_dump_json(),
        [site.home.unicode_host(), site.home.path, site.home.query_params()],
        site.store.hosts(),
        site.named[HttpUrl("http://example.org/a")],
        site.size.human_readable(),
        [(type(it).__name__, str(it), it.scheme) for it in kinds],
        [str(restored["bare"]), restored["bare"].path],
        [root.model_dump(mode="json") for root in restored["roots"]],
        restored["classes"][3](7).model_dump(),
        again.model_dump(mode="json"),
        str(restored["client"].address),
    ]
