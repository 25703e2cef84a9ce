"""A line to a server that is slow: `python line.py PORT SECONDS` prints the port it listens on.

What comes from the server arrives so much later; nothing else changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio import StreamReader, StreamWriter

CHUNK_BYTES = 1 << 16


async def relay(source: StreamReader, sink: StreamWriter, seconds: float) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(CHUNK_BYTES):
            await asyncio.sleep(seconds)
            sink.write(chunk)
            await sink.drain()
    sink.close()


async def serve(port: int, seconds: float) -> None:
    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        ahead, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(relay(reader, back, 0), relay(ahead, writer, seconds))

    server = await asyncio.start_server(connect, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
