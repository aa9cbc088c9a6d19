"""A server whose kept connections die without a sign, as AWS's do while Lambda freezes a process."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count


@dataclass
class Peer:
    """Answers every request, with an empty JSON object except to S3. Forgets connections when the test wants it."""

    kept: int
    """Requests at the beginning that wait for each other, so that each has a connection of its own."""
    is_silent: bool = False
    """Whether what is sent over a forgotten connection vanishes. Otherwise, the connection is reset."""
    is_down: bool = False
    """Whether every connection is reset."""
    tls: ssl.SSLContext | None = None
    connections: int = 0
    answered: int = 0
    died: int = 0
    """Requests that were sent over a forgotten connection."""
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=128))
    _forgotten: int = 0
    _requests: "count[int]" = field(default_factory=lambda: count(1))
    _all_sent: threading.Barrier = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Make what the first requests wait at."""
        self._all_sent = threading.Barrier(self.kept)

    @property
    def url(self) -> str:
        """The address."""
        port = self.listener.getsockname()[1]
        return f"http://127.0.0.1:{port}" if self.tls is None else f"https://localhost:{port}"

    def forget(self) -> None:
        """Forget all connections that there are."""
        assert self.connections == self.kept
        self._forgotten = self.connections

    @contextmanager
    def running(self) -> Iterator["Peer"]:
        """Serve until the block ends."""
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._over.set()
            self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            sock.settimeout(30)
            threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with suppress(OSError), sock if self.tls is None else self.tls.wrap_socket(sock, server_side=True) as sock:  # noqa: PLR1704
            while request := read_request(sock):
                if number <= self._forgotten:
                    self.died += 1
                    if self.is_silent:
                        self._over.wait()
                        return
                if self.is_down or number <= self._forgotten:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if next(self._requests) <= self.kept:
                    self._all_sent.wait(10)
                body = b"{}" if request[0].startswith(b"POST") else b""
                self.answered += 1
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def read_request(sock: socket.socket) -> tuple[bytes, bytes] | None:
    """Return head and body of a request, or None if the connection has ended."""
    read = b""
    while b"\r\n\r\n" not in read:
        if not (more := sock.recv(65536)):
            return None
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += sock.recv(65536)
    return head, body
