"""A server of this machine that keeps what it is sent, and answers nothing of use."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Heard(list[str]):
    """The headers of what came in, each request as one text; `url` is where to send it."""

    url = ""


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Listens at an address of its own."""
    heard = Heard()

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.append(f"{self.path} {self.headers}")
            self.send_response(400)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None: ...

    web = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    heard.url = f"http://127.0.0.1:{web.server_address[1]}"
    try:
        yield heard
    finally:
        web.shutdown()
        web.server_close()


def attempt(work: Callable[[], Any]) -> BaseException | None:
    """Returns what some work raises: none of it matters but what came in meanwhile."""
    try:
        work()
    except Exception as error:
        return error
    return None
