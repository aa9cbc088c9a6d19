"""Reads the answer to a POST from a connection.

What is read here is what DynamoDB answers: a status line, a length, a body of that length. Every other answer is left
to `http.client`, which makes objects of all headers.
"""

import io
from http.client import HTTPResponse, IncompleteRead
from socket import socket
from typing import NamedTuple, cast

_READ = 64 * 1024
"""Bytes that are read at once; no head is longer."""
_HEAD_END = b"\r\n\r\n"
_STATUS = b"http/1.1 "
_FIRST_FINAL = 200
_WITHOUT_BODY = frozenset({204, 304})


class Answer(NamedTuple):
    """An answer that was read to its end."""

    status: int
    data: bytes
    checksum: str | None
    """What the header `x-amz-crc32` says."""


def read_answer(sock: socket) -> tuple[Answer, bool]:
    """Read an answer; returns with it whether the connection takes another request."""
    read = b""
    while (end := read.find(_HEAD_END)) < 0:
        if len(read) > _READ or not (more := sock.recv(_READ)):
            raise IncompleteRead(read)
        read += more
    head = _Head(read[: end + 2])
    length = head.length
    if length is None:
        return _read_otherwise(read, sock), False
    body = read[end + len(_HEAD_END) :]
    if len(body) < length:
        parts, missing = [body], length - len(body)
        while missing > 0:
            if not (more := sock.recv(min(missing, _READ))):
                raise IncompleteRead(b"".join(parts), missing)
            parts.append(more)
            missing -= len(more)
        body = b"".join(parts)
    is_open = len(body) == length and not head.closes
    return Answer(head.status, body[:length], head.value(b"x-amz-crc32")), is_open


def _read_otherwise(begun: bytes, sock: socket) -> Answer:
    """Read an answer in chunks, one that ends with its connection, or whatever else HTTP knows."""
    response = HTTPResponse(cast("socket", _Begun(begun, sock)), method="POST")
    try:
        response.begin()
        return Answer(response.status, response.read(), response.headers.get("x-amz-crc32"))
    finally:
        response.close()


class _Begun(io.RawIOBase):
    """Fits a socket, as far as `http.client` uses one to read: gives what was read of it, then the rest."""

    def __init__(self, begun: bytes, sock: socket) -> None:
        self._begun = io.BytesIO(begun)
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        return self._begun.readinto(buffer) or self._sock.recv_into(buffer)


class _Head:
    """A head that has arrived whole."""

    __slots__ = ("_head", "closes", "length", "status")

    def __init__(self, head: bytes) -> None:
        """Take the head with its last line's end."""
        self._head = head = head.lower()
        status = head[len(_STATUS) : len(_STATUS) + 3]
        self.status = int(status) if head.startswith(_STATUS) and status.isdigit() else 0
        self.closes = "close" in (self.value(b"connection") or "")
        """Whether the connection takes no other request."""
        self.length = self._length()
        """The body's length in bytes; None where it does not stand here, once and plainly, for a final answer."""

    def value(self, name: bytes) -> str | None:
        """Return a header's value; None where it has none. The name in lower case."""
        begin = self._head.find(b"\r\n%s:" % name)
        if begin < 0:
            return None
        begin += len(name) + 3
        return self._head[begin : self._head.index(b"\r\n", begin)].strip().decode("latin-1")

    def _length(self) -> int | None:
        head = self._head
        length = self.value(b"content-length")
        is_plain = (
            self.status >= _FIRST_FINAL
            and self.status not in _WITHOUT_BODY
            and length is not None
            and length.isdecimal()
            and head.count(b"\r\ncontent-length:") == 1
            and b"\r\ntransfer-encoding:" not in head
        )
        return int(length) if is_plain and length is not None else None
