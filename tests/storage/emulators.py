"""Clouds on this machine: each a process that a test session starts, and stops by its handle."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

HERE = Path(__file__).resolve().parent

AZURITE = "azurite@3.35.0"
# As every client of the emulator knows them.
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

# Without any signature moto gives nobody an object; which one it is does not matter.
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request, "
SIGNED += "SignedHeaders=host, Signature=0"

BUCKETS = ["box", "agents"]

START_SECONDS = 120


@dataclass(frozen=True)
class Cloud:
    """One bucket of an emulator: where it is, and how it is reached."""

    kind: str
    base: str
    options: dict[str, str]
    endpoint: str
    log: Path | None = None
    prefix: str = field(default="")

    def url(self, key: str) -> str:
        return f"{self.base}/{self.prefix}{key}"

    def through(self, endpoint: str, **options: str) -> Cloud:
        """Returns the same bucket, reached by another way."""
        name = {"s3": "aws_endpoint", "gcs": "google_base_url", "azure": "azure_storage_endpoint"}
        value = f"{endpoint}/{AZURE_ACCOUNT}" if self.kind == "azure" else endpoint
        merged = {**self.options, name[self.kind]: value, **options}
        return Cloud(self.kind, self.base, merged, endpoint, self.log, self.prefix)

    def below(self, folder: str) -> Cloud:
        """Returns the same bucket, with keys in a folder of it."""
        return Cloud(self.kind, self.base, self.options, self.endpoint, self.log, f"{folder}/")

    def environment(self) -> dict[str, str]:
        """Returns the options as variables, by which they need not stand in code."""
        return {name.upper(): value for name, value in self.options.items()}

    def ask(self, method: str, key: str = "", query: str = "", body: bytes = b"") -> bytes:
        """Asks the emulator about a key or the bucket, past all that is tested here."""
        account = f"/{AZURE_ACCOUNT}" if self.kind == "azure" else ""
        path = f"/{quote(self.prefix + key)}" if key else ""
        url = f"{self.endpoint}{account}/box{path}{'?' if query else ''}{query}"
        headers = {"Content-Type": "application/octet-stream", "Authorization": SIGNED}
        if self.kind == "azure":
            headers = {"Content-Type": headers["Content-Type"]}
            headers |= {"x-ms-blob-type": "BlockBlob"} if method == "PUT" else {}
            headers = signed(method, url, headers, len(body))
        return ask(method, url, headers, body)

    def keys(self) -> list[str]:
        """Returns the keys of all objects in the folder, temporaries included."""
        return self._listed("list-type=2", "restype=container&comp=list")

    def unfinished(self) -> list[str]:
        """Returns the keys that uploads are under way to which are no objects yet."""
        if self.kind != "azure":
            return self._listed("uploads", "")
        everything = "restype=container&comp=list&include=uncommittedblobs"
        return sorted(set(self._listed("", everything)) - set(self.keys()))

    def _listed(self, query: str, azure_query: str) -> list[str]:
        listing = azure_query if self.kind == "azure" else query
        text = self.ask("GET", query=f"{listing}&prefix={quote(self.prefix, safe='')}").decode()
        tag = "Name" if self.kind == "azure" else "Key"
        names = [unquote(name) for name in re.findall(f"<{tag}>([^<]*)</{tag}>", text)]
        return sorted(name.removeprefix(self.prefix) for name in names)

    def requests(self) -> list[str]:
        """Returns what was asked so far, such as `200 GET /bucket/key`."""
        assert self.log is not None
        return self.log.read_text(encoding="utf-8").splitlines()


@contextmanager
def running(command: list[str], **kwargs: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, **kwargs)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ask(method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    request = urllib.request.Request(url, data=body or None, headers=headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


@contextmanager
def moto(kind: str, folder: Path, *, is_threaded: bool = False) -> Iterator[Cloud]:
    """Serves `s3` or `gcs` with the bucket `box`, and `agents` for what pages show."""
    log = folder / f"{kind}.log"
    log.touch()
    command = [sys.executable, str(HERE / "serve.py"), kind, str(log)]
    command += ["threaded"] if is_threaded else []
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with running(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        endpoint = f"http://127.0.0.1:{int(process.stdout.readline())}"
        for bucket in BUCKETS:
            ask("PUT", f"{endpoint}/{bucket}")
        if kind == "gcs":
            options = {"google_base_url": endpoint, "google_bearer_token": "t0kenofgoogle"}
            yield Cloud(kind, "gs://box", options, endpoint, log)
        else:
            options = {
                "aws_endpoint": endpoint,
                "aws_access_key_id": "AKIDEXAMPLE",
                "aws_secret_access_key": "s3cretkeyofs3",
                "aws_region": "us-east-1",
            }
            yield Cloud(kind, "s3://box", options, endpoint, log)


def azurite_program() -> list[str] | None:
    """Returns how to start Azurite, installed once into a cache; None where it cannot be."""
    # On Windows it is a script, which no process is made of by its bare name.
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        return None
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "persist-tests" / AZURITE
    program = folder / "node_modules/azurite/dist/src/blob/main.js"
    if not program.exists():
        part = folder.with_name(f"{AZURITE}.{os.getpid()}")
        part.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(part)]
        done = subprocess.run([*install, AZURITE], capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            return None
        try:
            part.rename(folder)
        except OSError:
            # Another session was faster.
            shutil.rmtree(part, ignore_errors=True)
    return ["node", str(program)]


@contextmanager
def azurite(program: list[str], folder: Path) -> Iterator[Cloud]:
    """Serves Azure Blob Storage with the same names for containers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "azure.log"
    command = [
        *program, "--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry",
        "--blobPort", str(port),
    ]  # fmt: skip
    endpoint = f"http://127.0.0.1:{port}"
    with log.open("w") as out, running(command, stdout=out, stderr=out, cwd=folder) as process:
        for bucket in BUCKETS:
            await_container(f"{endpoint}/{AZURE_ACCOUNT}/{bucket}", process)
        options = {
            "azure_storage_account_name": AZURE_ACCOUNT,
            "azure_storage_account_key": AZURE_KEY,
            "azure_storage_endpoint": f"{endpoint}/{AZURE_ACCOUNT}",
        }
        yield Cloud("azure", "az://box", options, endpoint, log)


def await_container(url: str, process: subprocess.Popen[str]) -> None:
    """Makes a container once the server listens."""
    url = f"{url}?restype=container"
    end = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "the emulator ended"
        try:
            ask("PUT", url, signed("PUT", url, {}))
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def signed(method: str, url: str, headers: dict[str, str], body_bytes: int = 0) -> dict[str, str]:
    """Returns the headers of a request for Azure that its account's key signs."""
    own = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
    headers = headers | own
    parts = urlsplit(url)
    canonical = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")]
    resource = [f"/{AZURE_ACCOUNT}{parts.path}"]
    resource += [f"{name}:{value}" for name, value in sorted(parse_qsl(parts.query))]
    length, kind = str(body_bytes or ""), headers.get("Content-Type", "")
    text = "\n".join([method, "", "", length, "", kind, *[""] * 6, *canonical, *resource])
    digest = hmac.new(base64.b64decode(AZURE_KEY), text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return {**headers, "Authorization": f"SharedKey {AZURE_ACCOUNT}:{signature}"}
