"""The processor time to write an event in three ways, without delay and with 6 ms for each DynamoDB call."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import boto3
import urllib3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config
from botocore.credentials import Credentials

from bench.alternating import alternate, cpu_seconds, ratios
from bench.figures import Figure
from bench.files import ARRIVAL, CUSTOMERS, METERS
from bench.processes import responder
from meterdrop.adapters.batching import THREADS, BatchedEvents, Threads, chunks
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.metering.event_table import EventStore
from meterdrop.domain.metering.event import NO_PAYLOAD, Event

_EVENTS = {"0": 10_000, "6": 5_000}
_BATCH = 25
_TARGET = 1 / 3
_UPLOAD = "upl_" + "a" * 26
_KEYS: Any = {"region_name": "us-east-1", "aws_access_key_id": "bench", "aws_secret_access_key": "bench"}


def figures() -> list[Figure]:
    """Measure with a responder without delay, then with a delay of 6 ms."""
    return [figure for delay, count in _EVENTS.items() for figure in _measure(delay, _events(count))]


def _measure(delay: str, events: list[Event]) -> list[Figure]:
    with responder(delay) as port:
        endpoint = f"http://127.0.0.1:{port}"
        ways: dict[str, Callable[[], None]] = {
            "EventStore": _by_event_store(endpoint, events),
            "Table.batch_writer": _by_batch_writer(endpoint, events),
            "client.batch_write_item": _by_client(endpoint, events),
        }
        for way in ways.values():
            way()
        costs = alternate({name: partial(cpu_seconds, way) for name, way in ways.items()})
    when = "no delay" if delay == "0" else f"{delay} ms per call"
    each = [
        Figure.from_runs(
            f"write: processor time, {name}, {when}", "µs per event", [1e6 * cost / len(events) for cost in runs]
        )
        for name, runs in costs.items()
    ]
    return [
        Figure.from_runs(
            f"write: processor time against {name}, {when}",
            "times as long",
            ratios(costs["EventStore"], costs[name]),
            _TARGET if name == "Table.batch_writer" else None,
        )
        for name in ("Table.batch_writer", "client.batch_write_item")
    ] + each


def _events(count: int) -> list[Event]:
    return [
        Event(
            f"{_UPLOAD}:{row}",
            row,
            METERS[row % len(METERS)],
            CUSTOMERS[row % len(CUSTOMERS)],
            ARRIVAL - row,
            Decimal(row),
            NO_PAYLOAD,
        )
        for row in range(1, count + 1)
    ]


def _by_event_store(endpoint: str, events: list[Event]) -> Callable[[], None]:
    """Insert like an upload: in blocks, which never replace an event."""
    local = Endpoint(endpoint, "us-east-1", Credentials("bench", "bench"), urllib3.Timeout(30))
    json_client = JsonClient(local, connections=THREADS)
    store = EventStore(json_client, "events", _UPLOAD, ARRIVAL, writes_blocks=True)

    def write() -> None:
        with Threads() as threads:
            for _ in BatchedEvents(store, threads).insert_events(events):
                pass

    return write


def _by_batch_writer(endpoint: str, events: list[Event]) -> Callable[[], None]:
    """Put items with the resource API."""
    table = boto3.resource("dynamodb", endpoint_url=endpoint, **_KEYS).Table("events")

    def write() -> None:
        with table.batch_writer() as batch:
            for event in events:
                batch.put_item(Item=_item(event))

    return write


def _by_client(endpoint: str, events: list[Event]) -> Callable[[], None]:
    """Put items with the plain client, without parameter validation."""
    client: Any = boto3.client("dynamodb", endpoint_url=endpoint, config=Config(parameter_validation=False), **_KEYS)
    serialize = TypeSerializer().serialize

    def write() -> None:
        for some in chunks(events, _BATCH):
            puts = [{"PutRequest": {"Item": {k: serialize(v) for k, v in _item(event).items()}}} for event in some]
            client.batch_write_item(RequestItems={"events": puts})

    return write


def _item(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "upload": _UPLOAD,
        "event": {
            "row": event.row,
            "meter": event.meter.id,
            "event_name": event.meter.event_name,
            "customer": event.customer,
            "timestamp": event.timestamp,
            "received": ARRIVAL,
            "value": event.value,
        },
    }
