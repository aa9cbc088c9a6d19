"""MiniStack's own DynamoDB, S3, SQS and EventBridge inside the test's process, on a clock of the test's.

They are called as MiniStack's web server calls them, without the web: a call takes a tenth of a millisecond. What only
the server does is left out: signatures and permissions are not looked at (`tests/integration` does, with AUTH=true).
"""

import importlib
import pickle
import sys
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.aws.clock import Clock
from tests.support.aws.messages import AwsResponse, Request
from tools.setup.places import EMULATOR_VENV

_SERVICES = ("dynamodb", "s3", "sqs", "eventbridge", "cloudwatch_logs")
_SCOPED = frozenset({"AccountScopedDict", "AccountRegionScopedDict"})


class Emulator:
    """One AWS a process: MiniStack keeps its state in its modules."""

    def __init__(self, clock: Clock) -> None:
        """Load the services where no test has yet, and empty them."""
        with _emulator_packages():
            self._services = {name: importlib.import_module(f"ministack.services.{name}") for name in _SERVICES}
        for service in self._services.values():
            service.reset()
            # What its threads sleep is real time.
            vars(service)["time"] = SimpleNamespace(**(vars(time) | {"time": clock.time}))
        s3 = vars(self._services["s3"])
        s3["now_iso"] = clock.text
        # It notifies queues on a thread of its own, at any time; here before the object is known to be stored.
        s3["_fire_s3_event_async"] = s3["_fire_s3_event"]

    def answer(self, service: str, request: Request) -> AwsResponse:
        """Carry a request out."""
        url = urlsplit(request.url)
        handled: Coroutine[None, None, tuple[int, Mapping[str, str], bytes | str]] = self._services[
            service
        ].handle_request(
            request.method,
            unquote(url.path),
            dict(request.headers),
            request.body,
            parse_qs(url.query, keep_blank_values=True),
        )
        status, headers, body = _result(handled)
        return AwsResponse(status, dict(headers), body.encode() if isinstance(body, str) else body)

    def save(self) -> bytes:
        """Return all state."""
        return pickle.dumps([store._data for store in self._stores()])  # noqa: SLF001 (it has no other way)

    def restore(self, saved: bytes) -> None:
        """Make the state what was saved."""
        for store, data in zip(self._stores(), pickle.loads(saved), strict=True):
            store._data.clear()  # noqa: SLF001
            store._data.update(data)  # noqa: SLF001

    def queues(self) -> list[list[dict[str, Any]]]:
        """Return the messages of each queue, hidden ones too."""
        return [queue["messages"] for queue in self._services["sqs"]._queues.values()]  # noqa: SLF001

    def queue(self, url: str) -> list[dict[str, Any]]:
        """Return the messages of one queue."""
        messages: list[dict[str, Any]] = self._services["sqs"]._queues[url]["messages"]  # noqa: SLF001
        return messages

    def versions(self) -> list[tuple[str, str, str]]:
        """Return bucket, key and VersionId of every object as it is now."""
        buckets = self._services["s3"]._buckets.items()  # noqa: SLF001
        return [(name, key, stored["version_id"]) for name, of in buckets for key, stored in of["objects"].items()]

    def objects(self) -> dict[str, bytes]:
        """Return the objects of all buckets by key, as readers find them now."""
        buckets = self._services["s3"]._buckets.values()  # noqa: SLF001
        return {key: stored["body"] for bucket in buckets for key, stored in bucket["objects"].items()}

    def log_lines(self, group: str) -> list[str]:
        """Return the lines of a log group, stream by stream."""
        streams = self._services["cloudwatch_logs"]._log_groups[group]["streams"]  # noqa: SLF001
        return [event["message"] for stream in streams.values() for event in stream["events"]]

    def _stores(self) -> list[Any]:
        return [
            store
            for service in self._services.values()
            for _, store in sorted(vars(service).items())
            if type(store).__name__ in _SCOPED
        ]


def _result(handled: Coroutine[None, None, Any]) -> Any:
    """Run what never waits to its end."""
    try:
        handled.send(None)
    except StopIteration as ended:
        return ended.value
    raise RuntimeError("MiniStack waits for something")


@contextmanager
def _emulator_packages() -> Iterator[None]:
    """Let packages of the emulator's environment be found, after all of ours: its botocore must not be."""
    [packages] = EMULATOR_VENV.glob("lib/python*/site-packages")
    # What its modules ask the server, which is not loaded: whether permissions are enforced.
    server = ModuleType("ministack.app")
    server.AUTH = False  # type: ignore[attr-defined]
    sys.modules.setdefault("ministack.app", server)
    sys.path.append(str(packages))
    try:
        yield
    finally:
        sys.path.remove(str(packages))
