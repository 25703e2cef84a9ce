"""A server of this machine that answers what a test says, as no emulator does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from storage.emulators import AZURE_ACCOUNT, AZURE_KEY, Cloud


@dataclass
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What is answered to one."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    """What is said of the length of the body, where that is not it."""


@dataclass
class Fake:
    endpoint: str
    asked: list[Asked] = field(default_factory=list)

    def cloud(self, kind: str, **options: str) -> Cloud:
        """Returns the server as if it were a cloud of that kind."""
        given = {
            "s3": {
                "aws_endpoint": self.endpoint,
                "aws_access_key_id": "AKIDEXAMPLE",
                "aws_secret_access_key": "s3cretkeyofs3",
                "aws_region": "us-east-1",
            },
            "azure": {
                "azure_storage_account_name": AZURE_ACCOUNT,
                "azure_storage_account_key": AZURE_KEY,
                "azure_storage_endpoint": f"{self.endpoint}/{AZURE_ACCOUNT}",
            },
            "gcs": {"google_base_url": self.endpoint, "google_bearer_token": "t0kenofgoogle"},
        }
        base = {"s3": "s3://box", "azure": "az://box", "gcs": "gs://box"}
        return Cloud(kind, base[kind], {**given[kind], **options}, self.endpoint)


Answering = Callable[[Asked], Reply]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Answering) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answer = answer
        self.fake = Fake(f"http://127.0.0.1:{self.server_port}")


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body)
        self.server.fake.asked.append(asked)
        reply = self.server.answer(asked)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            try:
                self.wfile.write(reply.body)
            except ConnectionError:
                self.close_connection = True

    def __getattr__(self, name: str) -> object:
        # What the base class calls for a request is named after its method.
        if name.startswith("do_"):
            return self.reply
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def answering(answer: Answering) -> Iterator[Fake]:
    """Serves these answers until the end of the block."""
    with Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.fake
        finally:
            server.shutdown()
            thread.join()
