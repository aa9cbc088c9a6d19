"""`JsonClient` against a peer that answers byte for byte as the test wants it."""

import socket
import ssl
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError
from tests.support.peer import read_request

_OK = b"HTTP/1.1 200 OK\r\n"
_TWO = _OK + b"Content-Length: 7\r\n"
_BODY = b'{"a":1}'
_GOOD = [_TWO + b"\r\n" + _BODY]
_REFUSAL = b'{"__type":"a#ValidationException","message":"pri vate"}'
_PRIVATE = "pri vate"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass
class Peer:
    """Answers each request with the next answer: pieces that are sent one by one. An empty one ends the connection."""

    answers: list[list[bytes]]
    connected: int = 0
    requests: list[bytes] = field(default_factory=list)
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def serve(self) -> None:
        """Serve until the listener is closed, one connection after the other."""
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connected += 1
            with sock:
                while self.answers and (request := read_request(sock)):
                    self.requests.append(request[1])
                    if not _send(sock, self.answers.pop(0)):
                        break


def _send(sock: socket.socket, pieces: list[bytes]) -> bool:
    for piece in pieces:
        if not piece:
            return False
        sock.sendall(piece)
        threading.Event().wait(0.002)  # so that pieces arrive one by one
    return True


@contextmanager
def _peer(*answers: list[bytes], read: float = 2) -> Iterator[tuple[Peer, JsonClient]]:
    peer = Peer(list(answers))
    thread = threading.Thread(target=peer.serve, daemon=True)
    thread.start()
    client = JsonClient(_endpoint(f"http://127.0.0.1:{peer.listener.getsockname()[1]}", read), connections=2)
    try:
        yield peer, client
    finally:
        client.close()
        peer.listener.shutdown(socket.SHUT_RDWR)
        peer.listener.close()
        thread.join(5)


def _endpoint(url: str, read: float = 2) -> Endpoint:
    timeout = urllib3.Timeout(connect=2, read=read)
    return Endpoint(url, "eu-central-1", Credentials("AKIAEXAMPLE", "a-secret", "a-token"), timeout)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses between tries, which take no time."""
    made: list[float] = []
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=made.append))
    return made


@pytest.mark.parametrize(
    "pieces",
    [
        _GOOD,
        [_TWO[:20], _TWO[20:] + b"\r", b"\n" + _BODY[:1], _BODY[1:]],
        [_TWO + b"Connection: close\r\n\r\n" + _BODY, b""],
        [_CHUNKED + b'1\r\n{\r\n6\r\n"a":1}\r\n', b"0\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", *_GOOD],
        [_OK + b"\r\n" + _BODY, b""],
        [b"HTTP/1.0 200 OK\r\n\r\n" + _BODY, b""],
    ],
)
def test_responses_that_are_read(pieces: list[bytes], pauses: list[float]) -> None:
    """However a response says how long it is, and however it arrives; the next one is not mixed up with it."""
    with _peer(pieces, _GOOD) as (_, client):
        assert [client.call("Query", {}) for _ in range(2)] == [{"a": 1}] * 2
        assert pauses == []


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [_TWO, b""],
        [_TWO + b"\r\n{", b""],
        [_TWO + b"X-Amz-Crc32: 17\r\n\r\n" + _BODY],
        [_OK + b"Content-Length: 9\r\n\r\n" + _BODY, b""],
        [_CHUNKED + b"9\r\n" + _BODY, b""],
        [_CHUNKED + b"7\r\n" + _BODY + b"\r\n", b""],
        [b"SSH-2.0-OpenSSH\r\n\r\n", b""],
        [_OK + b"X-Endless: " + b"x" * 70_000, b""],
    ],
)
def test_responses_that_are_not_whole(pieces: list[bytes], pauses: list[float]) -> None:
    """The call is made again, and never takes a part for the whole."""
    with _peer(pieces, _GOOD) as (peer, client):
        assert client.call("Query", {}) == {"a": 1}
        assert len(peer.requests) == 2
        assert len(pauses) == 1


def test_a_response_that_takes_too_long(pauses: list[float]) -> None:
    """It is a failed try, once the time for reading is over; the connection is not used again."""
    with _peer([_TWO], _GOOD, read=0.1) as (peer, client):
        assert client.call("Query", {}) == {"a": 1}
        assert (peer.connected, len(pauses)) == (2, 1)


def test_a_redirect_is_not_followed() -> None:
    """A request goes to DynamoDB and nowhere else."""
    with _peer([b"HTTP/1.1 307 See\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"]) as (peer, client):
        with pytest.raises(AwsError, match="Query: UnreadableAnswer"):
            client.call("Query", {})
        assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL)],
        [b"HTTP/1.1 400 Bad\r\nContent-Length: 8\r\n\r\npri vate"],
        [b'HTTP/1.1 400 Bad\r\nContent-Length: 10\r\n\r\n["pri vate'],
        [b"HTTP/1.1 500 Bad\r\nContent-Length: 8\r\n\r\npri vate"],
        [_OK + b"Content-Length: 20\r\n\r\npri vate", b""],
    ],
)
def test_an_error_has_no_content(pieces: list[bytes]) -> None:
    """Neither its text nor its traceback names what was sent or received, or a credential."""
    with _peer(*[pieces] * 8) as (_, client):
        with pytest.raises(AwsError) as caught:
            client.call("Query", {"Key": _PRIVATE})
        text = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
        for private in (_PRIVATE, "a-secret", "a-token", "AKIAEXAMPLE"):
            assert private not in text


def test_certificates_are_verified() -> None:
    """Nothing is sent to a server that can't prove to be AWS. All connections share one context."""
    client = JsonClient(_endpoint("https://127.0.0.1:9"), connections=1)
    pool: Any = client._pool.connections  # noqa: SLF001 (a peer with a certificate of its own would test the library)
    context = pool.conn_kw["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 50
    assert client._new_pool().connections.conn_kw["ssl_context"] is context  # noqa: SLF001
    client.close()


def test_text_that_has_no_encoding_is_refused() -> None:
    """A lone surrogate reaches no request. Validation refuses it before."""
    with _peer(_GOOD) as (peer, client):
        with pytest.raises(TypeError):
            client.call("Query", {"Key": "\ud800"})
        assert peer.requests == []
