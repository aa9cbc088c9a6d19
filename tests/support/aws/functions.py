"""The stack's functions, run as Lambda runs them: each time in a new process, on the clock of the test."""

import base64
import datetime as dt
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import botocore.endpoint
import pytest
from aws_lambda_powertools.utilities.idempotency import base as powertools
from aws_lambda_powertools.utilities.idempotency.persistence import base, datarecord, dynamodb
from boto3.dynamodb.types import TypeDeserializer
from botocore import UNSIGNED
from botocore.config import Config

from meterdrop import settings
from meterdrop.adapters.dynamodb import backoff
from meterdrop.api import dispatch
from meterdrop.api.http import dependencies, idempotency, routing
from meterdrop.api.routes import billing_periods, customers, meter_events, meters, v2_meter_events
from meterdrop.handlers import api, bootstrap, ingest, recover, sqs, sweep
from meterdrop.pipeline.attempt import Attempt
from meterdrop.usage import period_usage
from tests.support.aws.account import Account
from tests.support.aws.clock import Clock
from tests.support.aws.doors import connect, wire_to
from tests.support.aws.messages import AwsResponse, Call, Request
from tests.support.aws.stack import Stack, deploy
from tests.support.fakes.lambda_context import FakeLambdaContext

_deserialize = TypeDeserializer().deserialize
_CLIENTS = (settings.dynamodb, settings.s3, settings.sqs, settings.events, settings.logs)
_ADDRESS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # nobody is there, and nobody is asked
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_PLAIN = Config(signature_version=UNSIGNED, user_agent="tests")
_TARGETS = {"dynamodb": "DynamoDB_20120810", "sqs": "AmazonSQS"}
_MODULES = {"api": api, "ingest": ingest, "recover": recover, "sweep": sweep}
_KEPT = (
    bootstrap.ingest_dependencies,
    sweep._settings,  # noqa: SLF001 (a new process has none of it)
    idempotency.response_table,
    *(each for each in vars(dependencies).values() if hasattr(each, "cache_clear")),
)


@dataclass(slots=True)
class Functions:
    """The functions of a stack. What a test does itself, it does by `settings`' clients inside `undisturbed`."""

    account: Account
    stack: Stack
    before_call: Callable[[float], None] = lambda _: None
    """What happens as a process begins, that may live so many seconds."""
    running: str = ""
    """The function that is called now."""

    def call(self, name: str, event: Any) -> Any:
        """Call `api`, `ingest`, `recover` or `sweep`; raises what it raises."""
        function, clock = self.stack.functions[name], self.account.clock
        with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
            for variable, value in function.environment.items():
                patch.setenv(variable, value)
            # Other code of the test makes calls too.
            patch.setattr(self, "running", name)
            _forget_process()
            self.before_call(function.timeout)
            # Of a process that dies early.
            warnings.filterwarnings("ignore", "No application metrics")
            return _MODULES[name].handler(event, _Context(clock.now + function.timeout, clock.time))

    def call_service(self, service: str, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a call of the test's own, which nothing disturbs and no client slows down."""
        headers = {"x-amz-target": f"{_TARGETS[service]}.{operation}", "host": "localhost:4566"}
        request = Request("POST", "http://localhost:4566/", headers, json.dumps(asked).encode())
        answer = self.account.carry_out(Call(service, operation, request))
        assert answer.status == 200, answer.body
        answered: dict[str, Any] = json.loads(answer.body or b"{}")
        return answered

    def scan(self, table: str) -> list[dict[str, Any]]:
        """Return all items of a table, likewise, in DynamoDB's JSON. A page has at most 1 MB."""
        asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        page = self.call_service("dynamodb", "Scan", asked)
        found: list[dict[str, Any]] = page["Items"]
        while "LastEvaluatedKey" in page:
            page = self.call_service("dynamodb", "Scan", asked | {"ExclusiveStartKey": page["LastEvaluatedKey"]})
            found += page["Items"]
        return found

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of a table, likewise, in the resource API's types."""
        return [{name: _deserialize(_decoded(value)) for name, value in item.items()} for item in self.scan(table)]

    def store(self, bucket: str, key: str, data: bytes, headers: Mapping[str, str]) -> str:
        """Put an object, likewise; returns its VersionId."""
        return self._ask_s3("PUT", bucket, quote(key), headers, data).headers["x-amz-version-id"]

    def remove(self, bucket: str, key: str, version_id: str | None = None) -> None:
        """Delete an object, or one version of it for good."""
        self._ask_s3("DELETE", bucket, quote(key) + (f"?versionId={version_id}" if version_id else ""))

    def _ask_s3(
        self, method: str, bucket: str, path: str, headers: Mapping[str, str] = {}, data: bytes = b""
    ) -> AwsResponse:
        request = Request(method, f"http://localhost:4566/{bucket}/{path}", headers, data)
        answer = self.account.carry_out(Call("s3", f"{method} of a test", request))
        assert answer.status in {200, 204}, answer.body
        return answer


def _forget_process() -> None:
    """Forget what a process keeps from one invocation to the next, but for the clients."""
    for kept in _KEPT:
        kept.cache_clear()


@contextmanager
def deployed(account: Account) -> Iterator[Functions]:
    """Deploy the stack to an account, and lead there whatever the functions call."""
    clock: Any = account.clock
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _ADDRESS.items():
            patch.setenv(name, value)
        # Nobody reads signature and user agent here, and each costs as much as the call itself.
        patch.setattr(settings, "_CLIENT", settings._CLIENT.merge(_PLAIN))  # noqa: SLF001
        _forget_clients()
        for made in _CLIENTS:
            connect(made(), account)
        connected = wire_to(account)
        patch.setattr(settings, "JsonClient", connected)
        for module in (dependencies, bootstrap):
            patch.setattr(module, "ThreadPoolExecutor", _InThisThread)
        now = SimpleNamespace(time=clock.time, monotonic=clock.time, sleep=clock.sleep)
        modules = (
            sqs,
            ingest,
            recover,
            period_usage,
            routing,
            dispatch,
            billing_periods,
            customers,
            meters,
            meter_events,
            v2_meter_events,
            backoff,
            botocore.endpoint,
        )
        for module in modules:
            patch.setattr(module, "time", now)
        for module in (sqs, sweep):
            patch.setattr(module, "Attempt", partial(Attempt, clock=clock.time))
        dates = SimpleNamespace(**(vars(dt) | {"datetime": _now_of(clock)}))
        for module in (base, datarecord, dynamodb, powertools):
            patch.setattr(module, "dt", dates)
        yield Functions(account, deploy())
    _forget_clients()


class _InThisThread(Executor):
    """Makes one call after the other, when its result is requested: a process that dies makes no further call."""

    def __init__(self, _: int) -> None:
        """Need no thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Call `fn` at once."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **options))
        except Exception as error:  # noqa: BLE001 (raised where the result is requested)
            future.set_exception(error)
        return future

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        """Call `fn` lazily."""
        return map(fn, *iterables)


def _forget_clients() -> None:
    for made in (*_CLIENTS, settings.json_client):
        made.cache_clear()
    _forget_process()


def _now_of(clock: Clock) -> type[dt.datetime]:
    class Now(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Now":
            return cls.fromtimestamp(clock.now, tz)

    return Now


class _Context(FakeLambdaContext):
    """What Lambda says, on the test's clock."""

    def __init__(self, ends: float, clock: Any) -> None:
        super().__init__(0)
        object.__setattr__(self, "_left", lambda: int((ends - clock()) * 1000))

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left."""
        left: int = object.__getattribute__(self, "_left")()
        return left


def _decoded(value: dict[str, Any]) -> Any:
    """Return an attribute as botocore does: JSON has no bytes."""
    return {"B": base64.b64decode(value["B"])} if "B" in value else value
