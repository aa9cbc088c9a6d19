"""Kept connections that the server forgot while Lambda froze the process."""

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError

Thawed = tuple["Peer", JsonClient, list[float]]
_BODY = b'{"Responses":{}}'


@dataclass
class Peer:
    """Answers requests, and resets forgotten connections when something is sent over them."""

    kept: int
    forgotten: set[int] = field(default_factory=set)
    connections: int = 0
    requests: int = 0
    is_down: bool = False
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=128))
    all_sent: threading.Barrier = field(init=False)

    def __post_init__(self) -> None:
        """Let the first requests wait for each other, so that each has a connection."""
        self.all_sent = threading.Barrier(self.kept)

    def accept(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock, self.connections), daemon=True).start()

    def serve(self, sock: socket.socket, number: int) -> None:
        """Answer the requests of one connection."""
        with sock:
            while head := _read(sock):
                if self.is_down or number in self.forgotten:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                self.requests += 1
                if not self.forgotten and head:
                    self.all_sent.wait(10)
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY))


def _read(sock: socket.socket) -> bytes:
    read = b""
    while not read.endswith(b"\r\n\r\n{}"):
        try:
            more = sock.recv(65536)
        except OSError:
            return b""
        if not more:
            return b""
        read += more
    return read


@pytest.fixture(params=[8, 24])
def thawed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Thawed]:
    """Make a client with 8 or 24 kept connections, all of them forgotten by the server."""
    peer, pauses = Peer(request.param), list[float]()
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=pauses.append))
    threading.Thread(target=peer.accept, daemon=True).start()
    url = f"http://127.0.0.1:{peer.listener.getsockname()[1]}"
    client = JsonClient(
        Endpoint(url, "eu-west-1", Credentials("a", "b"), urllib3.Timeout(connect=2, read=5)), connections=peer.kept
    )
    with ThreadPoolExecutor(peer.kept) as executor:
        list(executor.map(lambda _: client.call("BatchGetItem", {}), range(peer.kept)))
    assert peer.connections == peer.kept
    peer.forgotten = set(range(1, peer.kept + 1))
    yield peer, client, pauses
    client.close()
    peer.listener.close()


def test_one_call(thawed: Thawed) -> None:
    """The first call drops all of them, and succeeds without a pause over one new connection."""
    peer, client, pauses = thawed
    assert client.call("BatchGetItem", {}) == {"Responses": {}}
    assert pauses == []
    assert peer.connections == peer.kept + 1


def test_calls_of_all_threads(thawed: Thawed) -> None:
    """Calls that meet the forgotten connections at the same time all succeed without a pause."""
    peer, client, pauses = thawed
    with ThreadPoolExecutor(peer.kept) as executor:
        answers = list(executor.map(lambda _: client.call("BatchGetItem", {}), range(peer.kept * 2)))
    assert answers == [{"Responses": {}}] * (peer.kept * 2)
    assert pauses == []


def test_a_server_that_stays_down(thawed: Thawed) -> None:
    """After the one free retry, failed tries count, so that the call ends."""
    peer, client, pauses = thawed
    peer.is_down = True
    with pytest.raises(AwsError, match="BatchGetItem: ProtocolError"):
        client.call("BatchGetItem", {})
    assert len(pauses) == 7
