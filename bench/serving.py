"""As much HTTP as AWS clients speak, for programs that stand for its services; with no time of its own to speak of."""

import asyncio
import sys
from collections.abc import Callable
from typing import NamedTuple


class Answer(NamedTuple):
    """An answer; `length` where it is not the body's, as for HEAD."""

    body: bytes
    headers: bytes = b""
    length: int | None = None
    status: bytes = b"200 OK"


Answering = Callable[[bytes, bytes], bytes | Answer]
"""From a request's head, in lower case, and its body to the answer, or the body of an ordinary one."""
_HEADER_END = b"\r\n\r\n"


def serve(answer: Answering, *, delay: float = 0.0) -> None:
    """Serve on a free port, which is printed, until the standard input ends: with the program that started it.

    `delay`: seconds that every call takes, for which nothing else waits.
    """
    asyncio.run(_serve(answer, delay))


async def _serve(answer: Answering, delay: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(_HEADER_END)).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
                if b"100-continue" in head:
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await reader.readexactly(length)
                if delay:
                    await asyncio.sleep(delay)
                writer.write(_message(answer(head, body)))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _message(given: bytes | Answer) -> bytes:
    answer = Answer(given) if isinstance(given, bytes) else given
    length = len(answer.body) if answer.length is None else answer.length
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n" % (answer.status, length, answer.headers)
    return head + answer.body
