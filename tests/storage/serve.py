"""A server that speaks as S3 or as Google Cloud Storage does, over moto; run as a program.

`python serve.py s3|gcs LOG [threaded]` listens on a free port of this machine, prints it, and
writes each request with its answer as a line of LOG. One request at a time unless threaded, so that
of two that race one comes first.

The second is a layer over the first: it turns the conditions, the copies and the deletions of one
into those of the other, and refuses what Google's XML interface refuses. It cannot show how the
real one lists right after a write, what it makes of credentials, or how it words its errors beyond
the codes used here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from moto.server import create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]
Backend = Callable[[Environ], Answer]


def over(app: Callable[..., Iterable[bytes]]) -> Backend:
    def ask(environ: Environ) -> Answer:
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
        return status, list(headers), b"".join(body)

    return ask


def refusal(status: str, code: str) -> Answer:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return status, [("Content-Type", "application/xml")], body.encode()


class Google:
    """The interface of Google Cloud Storage over one of S3."""

    def __init__(self, s3: Backend) -> None:
        self._s3 = s3

    def __call__(self, environ: Environ) -> Answer:
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        condition = environ.pop("HTTP_X_GOOG_IF_GENERATION_MATCH", None)
        is_part = "uploadId" in query or "uploads" in query
        if condition is not None and is_part:
            return refusal("400 Bad Request", "NotImplemented")
        is_taken = environ["REQUEST_METHOD"] in ("PUT", "DELETE") and self._has(environ)
        if condition == "0" and is_taken:
            return refusal("412 Precondition Failed", "PreconditionFailed")
        if environ["REQUEST_METHOD"] == "DELETE" and not is_part and not is_taken:
            bucket = environ["PATH_INFO"].split("/")[1]
            has_bucket = self._has({**environ, "PATH_INFO": f"/{bucket}"})
            return refusal("404 Not Found", "NoSuchKey" if has_bucket else "NoSuchBucket")
        source = environ.pop("HTTP_X_GOOG_COPY_SOURCE", None)
        if source is not None:
            environ["HTTP_X_AMZ_COPY_SOURCE"] = source
        status, headers, body = self._s3(environ)
        tag = dict(headers).get("ETag", "")
        generation = str(int(sha256(tag.encode()).hexdigest()[:12], 16))
        return status, [*headers, ("x-goog-generation", generation)], body

    def _has(self, environ: Environ) -> bool:
        asked = {**environ, "REQUEST_METHOD": "HEAD", "wsgi.input": BytesIO(), "QUERY_STRING": ""}
        asked |= {"CONTENT_LENGTH": "0"}
        for name in [name for name in asked if name.startswith("HTTP_X_")]:
            del asked[name]
        return self._s3(asked)[0].startswith("200")


def logged(backend: Backend, path: str) -> Callable[..., Iterable[bytes]]:
    def app(environ: Environ, start: Callable[..., object]) -> Iterable[bytes]:
        # Read before anything is answered: a client that is still sending would not hear it.
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size)
        environ["wsgi.input"] = BytesIO(body)
        name = "?".join(filter(None, (environ["PATH_INFO"], environ.get("QUERY_STRING"))))
        line = f"{environ['REQUEST_METHOD']} {name}"
        # Whoever sends half a body has been killed, and no service keeps that half.
        is_whole = len(body) == size
        half = refusal("400 Bad Request", "IncompleteBody")
        status, headers, answer = backend(environ) if is_whole else half
        with open(path, "a", encoding="utf-8") as log:
            log.write(f"{status[:3]} {line}\n")
        start(status, headers)
        return [answer]

    return app


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """Says nothing: the log is the application's."""


def main() -> None:
    kind, path, *threaded = sys.argv[1:]
    s3 = over(create_backend_app("s3"))
    backend = Google(s3) if kind == "gcs" else s3
    app = logged(backend, path)
    server = make_server("127.0.0.1", 0, app, threaded=bool(threaded), request_handler=Silent)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
