"""A proxy before a cloud that does to requests what networks and busy services do."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

OWN_HEADERS = {"connection", "transfer-encoding", "date", "server"}

BODY = "<Error><Code>{code}</Code><Message>as asked</Message></Error>"


@dataclass
class Fault:
    """What happens to the requests that it takes, `times` of them."""

    takes: Callable[[str, str], bool]
    times: int = 1
    status: int | None = None
    code: str = ""
    breaks: int | None = None
    """The connection ends after so many bytes of the body that is sent."""
    resets: bool = False
    """The connection ends before anything is answered."""
    loses: bool = False
    """The request is done, and its answer is lost."""
    cuts: int | None = None
    """The answer ends after so many bytes of its body."""
    changes: Callable[[bytes], bytes] | None = None
    """The body is another, and whole as far as its headers say."""
    delays: float = 0.0
    """Seconds before it is passed on."""
    met: int = field(default=0, init=False)


def on(*methods: str, holding: str = "", ending: str = "") -> Callable[[str, str], bool]:
    """Takes requests by method, and by what their decoded path and query hold and end with."""

    def takes(method: str, path: str) -> bool:
        plain = unquote(path)
        return method in methods and holding in plain and plain.endswith(ending)

    return takes


@dataclass
class Proxy:
    endpoint: str
    seen: list[str]


class Forwarding(ThreadingHTTPServer):
    """Serves an upstream with faults."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(("127.0.0.1", 0), Forward)
        self.upstream, self.faults = upstream, faults
        self.seen: list[str] = []
        self.lock = threading.Lock()
        self.is_over = threading.Event()


class Forward(BaseHTTPRequestHandler):
    """Passes one request on, or does what its fault says."""

    protocol_version = "HTTP/1.1"
    server: Forwarding

    def forward(self) -> None:
        fault = self.fault()
        if fault.breaks is not None:
            self.rfile.read(fault.breaks)
            self.reset()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault.delays:
            self.server.is_over.wait(fault.delays)
        if fault.resets:
            self.reset()
        elif fault.status is not None:
            self.give(fault.status, {}, BODY.format(code=fault.code).encode(), fault)
        else:
            self.pass_on(body, fault)

    def fault(self) -> Fault:
        with self.server.lock:
            self.server.seen.append(f"{self.command} {self.path}")
            for fault in self.server.faults:
                if fault.met < fault.times and fault.takes(self.command, self.path):
                    fault.met += 1
                    return fault
        return Fault(on())

    def pass_on(self, body: bytes, fault: Fault) -> None:
        target = urlsplit(self.server.upstream)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
        # Signatures cover the host as the client wrote it.
        headers = dict(self.headers.items())
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if fault.loses:
            self.reset()
        else:
            changed = fault.changes(content) if fault.changes else content
            self.give(answer.status, dict(answer.getheaders()), changed, fault)

    def give(self, status: int, headers: dict[str, str], content: bytes, fault: Fault) -> None:
        self.send_response(status)
        is_head = self.command == "HEAD"
        for name, value in headers.items():
            own = OWN_HEADERS if is_head else {*OWN_HEADERS, "content-length"}
            if name.lower() not in own:
                self.send_header(name, value)
        if not is_head:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if is_head:
            return
        if fault.cuts is None:
            self.wfile.write(content)
        else:
            self.wfile.write(content[: fault.cuts])
            self.wfile.flush()
            self.reset()

    def reset(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def __getattr__(self, name: str) -> object:
        # What the base class calls for a request is named after its method.
        if name.startswith("do_"):
            return self.forward
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def before(upstream: str, *faults: Fault) -> Iterator[Proxy]:
    """Serves the upstream with faults, until the end of the block."""
    with Forwarding(upstream, faults) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Proxy(f"http://127.0.0.1:{server.server_port}", server.seen)
        finally:
            server.is_over.set()
            server.shutdown()
            thread.join()


def wait_for(claim: Callable[[], bool], seconds: float = 10.0) -> None:
    """Returns once something is so."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.01)
