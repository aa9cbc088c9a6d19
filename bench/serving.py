"""A small, fast HTTP server for programs that replace AWS services in a measurement."""

import asyncio
import sys
from collections.abc import Callable
from typing import NamedTuple


class Response(NamedTuple):
    """A response. `length` is set if it isn't the body's, as for HEAD."""

    body: bytes
    headers: bytes = b""
    length: int | None = None
    status: bytes = b"200 OK"


Responder = Callable[[bytes, bytes], bytes | Response]
"""Takes a request's head, in lower case, and its body; returns the response, or the body of a plain 200."""
_HEADER_END = b"\r\n\r\n"


def serve(respond: Responder, *, delay_seconds: float = 0.0) -> None:
    """Serve on a free port, which is printed, until the standard input ends.

    Each call waits for `delay_seconds`. Other calls continue in the meantime.
    """
    asyncio.run(_serve(respond, delay_seconds))


async def _serve(respond: Responder, delay_seconds: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(_HEADER_END)).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
                if b"100-continue" in head:
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await reader.readexactly(length)
                if delay_seconds:
                    await asyncio.sleep(delay_seconds)
                writer.write(_message(respond(head, body)))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _message(result: bytes | Response) -> bytes:
    response = Response(result) if isinstance(result, bytes) else result
    length = len(response.body) if response.length is None else response.length
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n" % (response.status, length, response.headers)
    return head + response.body
