"""The deadline: no try of a call starts after it, in any thread and between tries."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from meterdrop import settings
from meterdrop.adapters.deadline import check_deadline, deadline
from meterdrop.pipeline.attempt import Attempt, OutOfTimeError


@dataclass
class Broken:
    """A server that ends every connection when the request arrives."""

    tries: int = 0
    on_try: Callable[[], None] = lambda: None
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def serve(self) -> None:
        """Serve until the listener is closed."""
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with sock:
                sock.recv(65536)
                self.tries += 1
                self.on_try()


_MADE = (settings.dynamodb, settings.s3, settings.sqs, settings.events)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broken]:
    """Let the clients of the settings call a broken server."""
    server = Broken()
    threading.Thread(target=server.serve, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.listener.getsockname()[1]}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for made in _MADE:
        made.cache_clear()
    yield server
    for made in _MADE:
        made.cache_clear()
    server.listener.shutdown(socket.SHUT_RDWR)
    server.listener.close()


def _over() -> None:
    raise OutOfTimeError


_CALLS: dict[str, Callable[[], Any]] = {
    "dynamodb": lambda: settings.dynamodb().list_tables(),
    "s3": lambda: settings.s3().head_object(Bucket="b", Key="k"),
    "sqs": lambda: settings.sqs().send_message(QueueUrl="http://q", MessageBody="b"),
    "events": lambda: settings.events().put_events(Entries=[{"Source": "meterdrop"}]),
}


@pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS)
def test_no_call_starts_after_it(broken: Broken, call: Callable[[], Any]) -> None:
    """A client of boto3 sends nothing, and passes the error on."""
    with deadline(_over), pytest.raises(OutOfTimeError):
        call()
    assert broken.tries == 0


def test_no_call_starts_after_it_in_a_thread(broken: Broken) -> None:
    """It is the deadline of all threads, those that began earlier included."""
    call = _CALLS["dynamodb"]
    with ThreadPoolExecutor(1) as executor:
        executor.submit(int).result()
        with deadline(_over), pytest.raises(OutOfTimeError):
            executor.submit(call).result()
    assert broken.tries == 0


def test_no_retry_starts_after_it(broken: Broken) -> None:
    """A client of boto3 checks it before each retry too."""
    now = [0.0]
    attempt = Attempt(ends=100, clock=lambda: now[0])
    broken.on_try = lambda: now.__setitem__(0, 80.0)
    with deadline(attempt.check), pytest.raises(OutOfTimeError):
        _CALLS["dynamodb"]()
    assert broken.tries == 1


def test_the_release_of_the_lease_is_exempt(broken: Broken) -> None:
    """The margin is kept for it."""
    attempt = Attempt(ends=0, is_ending=True)
    with deadline(attempt.check), pytest.raises(Exception, match="Connection was closed"):
        _CALLS["dynamodb"]()
    assert broken.tries == settings.ATTEMPTS


def test_the_visibility_of_a_message_is_exempt(broken: Broken) -> None:
    """The time of the next attempt is set after the deadline."""
    with deadline(_over), pytest.raises(Exception, match="Connection was closed"):
        settings.sqs().change_message_visibility(QueueUrl="http://q", ReceiptHandle="r", VisibilityTimeout=1)
    assert broken.tries == settings.ATTEMPTS


def test_it_does_not_outlive_its_block() -> None:
    """Neither after a success nor after an error; an inner deadline gives way to the outer one."""
    with deadline(_over):
        with deadline(lambda: None):
            check_deadline()
        with pytest.raises(OutOfTimeError):
            check_deadline()
    with pytest.raises(KeyError), deadline(_over):
        raise KeyError
    check_deadline()
