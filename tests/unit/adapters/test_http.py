"""Connections against a peer that answers byte for byte as the test wants it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import urllib3

from meterdrop.adapters.dynamodb.http import FAILURES, Connections, HttpResponse

_OK = b"HTTP/1.1 200 OK\r\n"
_TWO = _OK + b"Content-Length: 2\r\n"


@dataclass
class Peer:
    """Takes connections, and answers each request with the next answer: pieces that are sent one by one."""

    answers: list[list[bytes]]
    """An empty piece closes the connection."""
    requests: list[bytes] = field(default_factory=list)
    connected: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Serve one connection after the other until there is no answer left."""
        while self.answers:
            sock, _ = self.listener.accept()
            self.connected += 1
            with sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self.answers and (request := _request(sock)):
                    self.requests.append(request)
                    if not _send(sock, self.answers.pop(0)):
                        break


def _request(sock: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        if not (more := sock.recv(65536)):
            return b""
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


def _send(sock: socket.socket, pieces: list[bytes]) -> bool:
    for piece in pieces:
        if not piece:
            return False
        sock.sendall(piece)
        threading.Event().wait(0.002)  # so that pieces arrive one by one
    return True


@contextmanager
def _peer(*answers: list[bytes]) -> Iterator[tuple[Peer, Connections]]:
    peer = Peer(list(answers))
    thread = threading.Thread(target=peer.serve, daemon=True)
    thread.start()
    made = Connections(peer.url, kept=2, timeout=urllib3.Timeout(connect=2, read=2))
    try:
        yield peer, made
    finally:
        made.close()
        peer.answers.clear()
        with socket.create_connection(peer.listener.getsockname()):
            pass  # ends its waiting for another connection
        thread.join(5)
        peer.listener.close()


_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [_TWO + b"\r\n{}"],
        [_TWO[:20], _TWO[20:] + b"\r", b"\n{", b"}"],
        [_TWO + b"Connection: keep-alive\r\n\r\n{}"],
        [_TWO + b"Connection: close\r\n\r\n{}"],
        [_TWO + b"\r\n{}and more than was said"],
        [_CHUNKED + b"\r\n1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n"],
        [_CHUNKED + b"Content-Length: 9\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", _TWO + b"\r\n{}"],
        [_OK + b"\r\n{}", b""],
        [b"HTTP/1.0 200 OK\r\n\r\n{}", b""],
    ],
)
def test_answers_that_are_read(pieces: list[bytes]) -> None:
    """However an answer says how long it is, and however it arrives; the next one is not mixed up with it."""
    with _peer(pieces, [_TWO + b"\r\n[]"]) as (_, made):
        assert made.post({}, b"first") == HttpResponse(200, b"{}", None)
        assert made.post({}, b"second") == HttpResponse(200, b"[]", None)


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [_TWO, b""],
        [_TWO + b"\r\n{", b""],
        [_CHUNKED + b"\r\n5\r\n{}", b""],
        [_CHUNKED + b"\r\n5\r\n{}345\r\n", b""],
        [b"SSH-2.0-OpenSSH\r\n\r\n", b""],
        [_OK + b"X-Endless: " + b"x" * 70_000, b"x" * 10, b""],
    ],
)
def test_answers_that_do_not_come_whole(pieces: list[bytes]) -> None:
    """A failure, and the next call gets a connection of its own."""
    with _peer(pieces, [_TWO + b"\r\n[]"]) as (peer, made):
        with pytest.raises(FAILURES):
            made.post({}, b"first")
        assert made.post({}, b"second") == HttpResponse(200, b"[]", None)
        assert peer.connected == 2


def test_an_answer_that_is_waited_for_too_long() -> None:
    """A failure, once the time for reading is over."""
    with _peer([_TWO], [_TWO + b"\r\n[]"]) as (peer, _):
        hasty = Connections(peer.url, kept=1, timeout=urllib3.Timeout(connect=2, read=0.05))
        with pytest.raises(TimeoutError):
            hasty.post({}, b"first")
        hasty.close()


def test_status_and_checksum() -> None:
    """An error is an answer like any other; its checksum comes with it."""
    cell_error = b"HTTP/1.1 400 Bad Request\r\nX-Amz-Crc32: 17\r\ncontent-length:3\r\n\r\nbad"
    with _peer([cell_error]) as (_, made):
        assert made.post({}, b"") == HttpResponse(400, b"bad", "17")


def test_a_request_goes_out_whole() -> None:
    """Head, length and body as they were given, over one kept connection."""
    with _peer([_TWO + b"\r\n{}"], [_TWO + b"\r\n{}"]) as (peer, made):
        for body in (b"x" * 100_000, b""):
            made.post({"host": "here", "x-amz-target": "a.b"}, body)
        assert peer.requests == [
            b"POST / HTTP/1.1\r\nhost: here\r\nx-amz-target: a.b\r\nuser-agent: meterdrop\r\n"
            b"accept-encoding: identity\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
            for body in (b"x" * 100_000, b"")
        ]
        assert peer.connected == 1


def test_a_connection_that_was_closed_meanwhile() -> None:
    """It is looked at, and another one is made: no call fails for it."""
    with _peer([_TWO + b"\r\n{}", b""], [_TWO + b"\r\n[]"]) as (peer, made):
        made.post({}, b"first")
        _wait_for_end(made)
        assert made.post({}, b"second").data == b"[]"
        assert peer.connected == 2


def _wait_for_end(made: Connections) -> None:
    [connection] = made._idle  # noqa: SLF001 (that its end has arrived shows nowhere else)
    assert urllib3.util.wait_for_read(connection.sock, timeout=5)


def test_nobody_has_them_any_more() -> None:
    """Then they are closed."""
    with _peer([_TWO + b"\r\n{}"]) as (peer, _):
        made = Connections(peer.url, kept=1, timeout=urllib3.Timeout(connect=2, read=2))
        made.post({}, b"")
        [connection] = made._idle  # noqa: SLF001 (as above)
        del made
        assert connection.sock is None


def test_an_unknown_certificate_is_refused() -> None:
    """Nothing is sent to who cannot prove to be AWS."""
    made = Connections("https://127.0.0.1:9", kept=1, timeout=urllib3.Timeout(connect=2, read=2))
    context = made._tls_context()  # noqa: SLF001 (a peer with a certificate of its own would test the library)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert made._tls_context() is context  # noqa: SLF001
