"""Kept connections to one host: a request goes out in one piece, and its answer is read by `http_answer`.

urllib3 makes the connections and looks at certificates. Its way of sending and reading, by `http.client`, takes most of
a call's processor time.
"""

from collections import deque
from collections.abc import Mapping
from http.client import HTTPException
from ssl import SSLContext
from threading import Lock
from typing import TYPE_CHECKING, cast
from weakref import finalize

import urllib3
from botocore.httpsession import get_cert_path
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import create_urllib3_context, parse_url, wait_for_read

from meterdrop.adapters.http_answer import Answer, read_answer

if TYPE_CHECKING:
    from socket import socket

FAILURES = (OSError, HTTPException, urllib3.exceptions.HTTPError)
"""What is raised where no answer came, or not all of one."""
_OURS = "user-agent: meterdrop\r\naccept-encoding: identity\r\n"
_Idle = deque[HTTPConnection]
"""Connections that nobody uses, the one that was used last at the end."""


class Connections:
    """The connections to one host. Safe to use from many threads at once: each has one to itself for its call."""

    def __init__(self, url: str, *, kept: int, timeout: urllib3.Timeout) -> None:
        """Take the host's URL, how many connections to keep at most, and for how long to wait."""
        host = parse_url(url)
        self._host, self._port, self._is_tls = host.host or "", host.port, host.scheme == "https"
        self._kept = kept
        self._timeout = timeout
        self._idle = _Idle()
        finalize(self, _close, self._idle)
        self._tls: SSLContext | None = None
        self._making_tls = Lock()

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post to `/`; `headers` are all but the length. Raises one of `FAILURES`."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"POST / HTTP/1.1\r\n{lines}{_OURS}content-length: {len(body)}\r\n\r\n"
        connection = self._take()
        try:
            sock = cast("socket", connection.sock)
            sock.sendall(head.encode("latin-1") + body)
            answer, is_open = read_answer(sock)
        except BaseException:
            connection.close()
            raise
        if is_open and len(self._idle) < self._kept:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close the connections that nobody uses, as happens by itself once nobody has this object any more."""
        _close(self._idle)

    def _take(self) -> HTTPConnection:
        """Return the connection that was used last and is open, else a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connected()
            # There is nothing to read of one that nobody uses but its end: the peer closes it in the end.
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
        """Return what all connections share: to read the certificates takes 20 ms."""
        with self._making_tls:
            if self._tls is None:
                context = create_urllib3_context()
                context.load_verify_locations(get_cert_path(verify=True))
                self._tls = context
        return self._tls


def _close(idle: _Idle) -> None:
    while idle:
        idle.pop().close()
