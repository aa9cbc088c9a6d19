"""The bulk client against a server with TLS: whom it trusts, and how often it shakes hands."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme
import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb import backoff, client
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError
from tests.support.peer import Peer


@pytest.fixture
def authority() -> trustme.CA:
    """Make a certificate authority."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the client trust the authority in place of those of botocore."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setattr(client, "get_cert_path", lambda **_: str(tmp_path / "ca.pem"))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=lambda _: None))


def served(authority: trustme.CA, host: str) -> Iterator[Peer]:
    """Run a server with a certificate for a host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    with Peer(kept=1, tls=context).running() as peer:
        yield peer


@pytest.fixture
def peer(authority: trustme.CA) -> Iterator[Peer]:
    """Run a server with a certificate for this host."""
    yield from served(authority, "localhost")


@pytest.fixture
def another_host(authority: trustme.CA) -> Iterator[Peer]:
    """Run a server with a certificate for another host."""
    yield from served(authority, "dynamodb.example")


def bulk_client(peer: Peer) -> JsonClient:
    """Make a client of a server."""
    endpoint = Endpoint(peer.url, "eu-west-1", Credentials("a", "b"), urllib3.Timeout(connect=2, read=2))
    return JsonClient(endpoint, connections=1)


@pytest.mark.usefixtures("trusted")
def test_one_handshake_for_many_calls(peer: Peer) -> None:
    """A kept connection is used again."""
    made = bulk_client(peer)
    for _ in range(3):
        assert made.call("BatchGetItem", {}) == {}
    assert (peer.connections, peer.answered) == (1, 3)
    made.close()


@pytest.mark.usefixtures("trusted")
def test_another_host_gets_nothing(another_host: Peer) -> None:
    """Its certificate is of the right authority, and not for this host."""
    with pytest.raises(AwsError, match="BatchGetItem: SSLError"):
        bulk_client(another_host).call("BatchGetItem", {})
    assert (another_host.connections, another_host.answered) == (8, 0)


def test_an_unknown_authority_gets_nothing(peer: Peer) -> None:
    """By default, those of botocore are known."""
    with pytest.raises(AwsError, match="BatchGetItem: SSLError"):
        bulk_client(peer).call("BatchGetItem", {})
    assert (peer.connections, peer.answered) == (8, 0)
