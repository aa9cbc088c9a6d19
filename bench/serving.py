"""As much HTTP as the wire speaks, for programs that stand for DynamoDB; with no time of its own to speak of."""

import asyncio
import sys
from collections.abc import Callable

Answering = Callable[[bytes, bytes], bytes]
"""From a request's head, in lower case, and its body to the answer's body."""
_HEADER_END = b"\r\n\r\n"


def serve(answer: Answering) -> None:
    """Serve on a free port, which is printed, until the standard input ends: with the program that started it."""
    asyncio.run(_serve(answer))


async def _serve(answer: Answering) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(_HEADER_END)).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = answer(head, await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
