"""Kept connections that the server forgot while Lambda froze the process."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import botocore.endpoint
import pytest
from botocore.config import Config

from meterdrop import settings
from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.handlers import connections
from meterdrop.handlers.connections import MAX_PAUSE_SECONDS, without_stale_connections
from tests.support.peer import Peer

KEPT = 8
_READ_TIMEOUT = 1.0
"""Seconds; less may be too short for a peer that answers, on a busy machine."""
CLIENTS: dict[str, Callable[[], Callable[[], object]]] = {
    "ready-made JSON": lambda: partial(settings.json_client(KEPT).call, "BatchGetItem", {}),
    "dynamodb": lambda: partial(settings.dynamodb().get_item, TableName="uploads", Key={"id": {"S": "1"}}),
    "s3": lambda: partial(settings.s3().delete_object, Bucket="uploads", Key="1"),
    "sqs": lambda: partial(settings.sqs().send_message, QueueUrl="http://127.0.0.1/queue", MessageBody="1"),
    "events": lambda: partial(settings.events().put_events, Entries=[{"Detail": "{}"}]),
}
"""Makes a client, and returns a call of it."""
_MADE = (settings.dynamodb, settings.s3, settings.sqs, settings.events, settings.json_client)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses between tries, which take no time."""
    made = list[float]()
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=made.append))
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=made.append))
    return made


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """Run a server for the clients of `settings`, made anew."""
    with Peer(KEPT).running() as made:
        environment = {
            "AWS_ENDPOINT_URL": made.url,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(settings, "READ_TIMEOUT", _READ_TIMEOUT)
        monkeypatch.setattr(settings, "_CLIENT", settings._CLIENT.merge(Config(read_timeout=_READ_TIMEOUT)))  # noqa: SLF001
        for each in _MADE:
            each.cache_clear()
        yield made
        settings.close_connections()
        for each in _MADE:
            each.cache_clear()


@pytest.fixture(params=CLIENTS)
def call(request: pytest.FixtureRequest, peer: Peer) -> Callable[[], object]:
    """Return a call of each client, which has as many kept connections as threads."""
    made = CLIENTS[request.param]()
    in_threads(made, KEPT)
    assert peer.connections == KEPT
    return made


def in_threads(call: Callable[[], object], count: int) -> None:
    """Make calls at the same time."""
    with ThreadPoolExecutor(KEPT) as executor:
        list(executor.map(lambda _: call(), range(count)))


def invoke(monkeypatch: pytest.MonkeyPatch, call: Callable[[], object], pause: float) -> None:
    """Make a call in an invocation, so many seconds after another invocation."""
    clock = SimpleNamespace(now=1_790_000_000.0)
    monkeypatch.setattr(connections, "time", SimpleNamespace(time=lambda: clock.now))
    handler = without_stale_connections(lambda made: made())
    handler(lambda: None)
    clock.now += pause
    handler(call)


@pytest.mark.parametrize("is_silent", [False, True], ids=["reset", "silent"])
def test_after_a_long_pause(
    peer: Peer, call: Callable[[], object], pauses: list[float], is_silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent over a kept connection, so that the pause costs no time."""
    peer.is_silent = is_silent
    peer.forget()
    invoke(monkeypatch, call, MAX_PAUSE_SECONDS + 1)
    assert (peer.died, peer.connections, pauses) == (0, KEPT + 1, [])


def test_after_a_short_pause(
    peer: Peer, call: Callable[[], object], pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burst of invocations keeps all connections."""
    invoke(monkeypatch, call, MAX_PAUSE_SECONDS - 1)
    assert (peer.connections, pauses) == (KEPT, [])


@pytest.mark.parametrize("is_silent", [False, True], ids=["reset", "silent"])
@pytest.mark.usefixtures("pauses")
def test_one_call(peer: Peer, call: Callable[[], object], is_silent: bool) -> None:
    """Forgotten sooner than that, all of them cost one try: no later one meets another of them."""
    peer.is_silent = is_silent
    peer.forget()
    call()
    in_threads(call, 2 * KEPT)
    assert peer.died == 1


@pytest.mark.parametrize("is_silent", [False, True], ids=["reset", "silent"])
@pytest.mark.usefixtures("pauses")
def test_calls_of_all_threads(peer: Peer, call: Callable[[], object], is_silent: bool) -> None:
    """Calls that meet forgotten connections at the same time all succeed, each after one try at most."""
    peer.is_silent = is_silent
    peer.forget()
    in_threads(call, 2 * KEPT)
    assert peer.died <= KEPT


def test_a_reset_of_the_bulk_client(peer: Peer, pauses: list[float]) -> None:
    """It isn't even followed by a pause."""
    call = CLIENTS["ready-made JSON"]()
    in_threads(call, KEPT)
    peer.forget()
    in_threads(call, 2 * KEPT)
    assert pauses == []


def test_a_server_that_stays_down(peer: Peer, pauses: list[float]) -> None:
    """After the one free retry, failed tries count, so that the call ends."""
    call = CLIENTS["ready-made JSON"]()
    in_threads(call, KEPT)
    peer.is_down = True
    with pytest.raises(AwsError, match="BatchGetItem: ProtocolError"):
        call()
    assert len(pauses) == 7
