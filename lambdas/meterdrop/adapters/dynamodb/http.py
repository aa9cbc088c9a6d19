"""HTTP/1.1 connections to one host, kept open between calls."""

import io
from collections import deque
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse, IncompleteRead
from socket import socket
from ssl import SSLContext
from threading import Lock
from typing import NamedTuple, cast
from weakref import finalize

import urllib3
from botocore.httpsession import get_cert_path
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import create_urllib3_context, parse_url, wait_for_read

_READ = 64 * 1024
"""Maximum bytes of one read. No response head is longer."""
_HEAD_END = b"\r\n\r\n"
_STATUS = b"http/1.1 "
_FIRST_FINAL = 200
_WITHOUT_BODY = frozenset({204, 304})


class HttpResponse(NamedTuple):
    """A response that was read completely."""

    status: int
    data: bytes
    checksum: str | None
    """Value of the header `x-amz-crc32`."""


def read_response(sock: socket) -> tuple[HttpResponse, bool]:
    """Read a response, and return it with whether the connection can send another request."""
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
    return HttpResponse(head.status, body[:length], head.value(b"x-amz-crc32")), is_open


def _read_otherwise(begun: bytes, sock: socket) -> HttpResponse:
    """Read any other HTTP response: one in chunks, or one that ends with the connection."""
    response = HTTPResponse(cast("socket", _Begun(begun, sock)), method="POST")
    try:
        response.begin()
        return HttpResponse(response.status, response.read(), response.headers.get("x-amz-crc32"))
    finally:
        response.close()


class _Begun(io.RawIOBase):
    """A socket for `http.client` to read from: first the bytes that were read, then the rest."""

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
    """A complete response head."""

    __slots__ = ("_head", "closes", "length", "status")

    def __init__(self, head: bytes) -> None:
        """Take the head up to the end of its last line."""
        self._head = head = head.lower()
        status = head[len(_STATUS) : len(_STATUS) + 3]
        self.status = int(status) if head.startswith(_STATUS) and status.isdigit() else 0
        self.closes = "close" in (self.value(b"connection") or "")
        """Whether the server closes the connection after this response."""
        self.length = self._length()
        """The length of the body in bytes, or None unless a final response states it exactly once."""

    def value(self, name: bytes) -> str | None:
        """Return the value of a header, or None. `name` is in lower case."""
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


FAILURES = (OSError, HTTPException, urllib3.exceptions.HTTPError)
"""Errors for a missing or incomplete response."""
_OURS = "user-agent: meterdrop\r\naccept-encoding: identity\r\n"
_Idle = deque[HTTPConnection]
"""Idle connections, the most recently used last."""


class Connections:
    """The connections to one host. Safe to use from many threads: no two share a connection during a call."""

    def __init__(self, url: str, *, kept: int, timeout: urllib3.Timeout) -> None:
        """Connect to the host of `url`, and keep at most `kept` idle connections open."""
        host = parse_url(url)
        self._host, self._port, self._is_tls = host.host or "", host.port, host.scheme == "https"
        self._kept = kept
        self._timeout = timeout
        self._idle = _Idle()
        finalize(self, _close, self._idle)
        self._tls: SSLContext | None = None
        self._making_tls = Lock()

    def post(self, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        """Post to `/`. This method adds the length to `headers`. Raises one of `FAILURES`."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"POST / HTTP/1.1\r\n{lines}{_OURS}content-length: {len(body)}\r\n\r\n"
        connection = self._take()
        try:
            sock = cast("socket", connection.sock)
            sock.sendall(head.encode("latin-1") + body)
            response, is_open = read_response(sock)
        except BaseException:
            connection.close()
            raise
        if is_open and len(self._idle) < self._kept:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close the idle connections. This also happens when this object is garbage-collected."""
        _close(self._idle)

    def _take(self) -> HTTPConnection:
        """Return the most recently used connection that is open, or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connected()
            # An idle connection becomes readable only when the server closes it.
            if not wait_for_read(cast("socket", connection.sock), timeout=0):
                return connection
            connection.close()

    def _connected(self) -> HTTPConnection:
        timeout = self._timeout.clone()
        connection = (
            HTTPSConnection(self._host, self._port, timeout=timeout.connect_timeout, ssl_context=self._tls_context())
            if self._is_tls
            else HTTPConnection(self._host, self._port, timeout=timeout.connect_timeout)
        )
        try:
            timeout.start_connect()
            connection.connect()
            cast("socket", connection.sock).settimeout(timeout.read_timeout)
        except BaseException:
            connection.close()
            raise
        return connection

    def _tls_context(self) -> SSLContext:
        """Return the TLS context that all connections share, since reading the certificates takes 20 ms."""
        with self._making_tls:
            if self._tls is None:
                context = create_urllib3_context()
                context.load_verify_locations(get_cert_path(verify=True))
                self._tls = context
        return self._tls


def _close(idle: _Idle) -> None:
    while idle:
        idle.pop().close()
