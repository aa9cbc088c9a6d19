"""Answers DynamoDB's batch calls as if everything worked, so that only the client is measured."""

import asyncio
import sys

_HEADER_END = b"\r\n\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(_HEADER_END)).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            answer = _answer(head, body)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(head: bytes, body: bytes) -> bytes:
    if b"batchexecutestatement" in head:
        return b'{"Responses":[%s]}' % b",".join([b'{"TableName":"t"}'] * body.count(b'"Statement"'))
    if b"batchwriteitem" in head:
        return b'{"UnprocessedItems":{}}'
    return b'{"Responses":{},"UnprocessedKeys":{}}'


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        # Ends with the program that started it.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main())
