"""Events from the API: one event per request, and streams of 100, by write units and by requests to the stack."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, cast

import urllib3

from bench.alternating import alternate, ratios, wall_seconds
from bench.figures import TIMES_AS_FAST, Figure
from bench.files import CUSTOMERS, METERS
from bench.item_size import item_size, write_units
from bench.prices import dollars
from bench.recorded import RecordingClient
from bench.stack import Stack, started
from meterdrop.adapters.metering.single_events import SingleEventTable
from meterdrop.adapters.metering.usage_items import COUNTERS, counter
from meterdrop.domain.metering.event import NO_PAYLOAD, Event
from meterdrop.domain.metering.figures import Figures

_MILLION = 1_000_000
_STREAM = 100
_HOUR = 1_727_222_400 // 3_600
_ONE = "one event per request"
_MOST_UNITS = {f"{_STREAM} events of one customer": 2.5, f"{_STREAM} events of {_STREAM} customers": 7}
_CLIENT_ERROR = 400


class _Counters(RecordingClient):
    """A client that finds every counter, as in all but the first request of an hour."""

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a counter for each key."""
        super().call(operation, request)
        last = Figures(1, Decimal("12.5"), (_HOUR * 3_600, _HOUR * 3_600, "req_" + "a" * 26, 1))
        [(table, requested)] = request["RequestItems"].items()
        return {"Responses": {table: [counter(key, _HOUR, last, 1) for key in requested["Keys"]]}}


class _Transactions:
    """Fits boto3's client: keeps the items of transactions instead of sending them."""

    exceptions: Any = None

    def __init__(self) -> None:
        """Begin without items."""
        self.items: list[Mapping[str, Any]] = []

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> None:  # noqa: N803  boto3's name
        """Keep the items."""
        self.items += [write["Put"]["Item"] for write in TransactItems]


def figures() -> list[Figure]:
    """Count the units of each way, and measure requests to the stack on the emulator."""
    with started() as stack:
        return [*_units(), *_requests(stack)]


def _units() -> list[Figure]:
    by_way = {
        _ONE: (1, 1),
        f"{_STREAM} events of one customer": (_STREAM, 1),
        f"{_STREAM} events of {_STREAM} customers": (_STREAM, _STREAM),
    }
    shown = []
    for way, (count, customers) in by_way.items():
        units = _units_per_event(count, customers)
        price = dollars({"write unit": _MILLION * units, "invocation": _MILLION / count})
        shown += [
            Figure.from_runs(f"stream: write units per event, {way}", "units", [units], _MOST_UNITS.get(way)),
            Figure.from_runs(f"stream: writes and invocations for a million events, {way}", "dollars", [price]),
        ]
    return shown


def _units_per_event(count: int, customers: int) -> float:
    """Return the write units of a request by the sizes of its items. A transaction costs twice as many."""
    transactions = _Transactions()
    table = SingleEventTable(_Counters(), cast("Any", transactions), events="events", usage="usage", uploads="uploads")
    events = [
        Event(
            f"event-{row:026d}",
            row,
            METERS[0],
            CUSTOMERS[row % customers],
            _HOUR * 3_600 + row,
            Decimal(row),
            NO_PAYLOAD,
        )
        for row in range(1, count + 1)
    ]
    if not table.add(events, "req_" + "a" * 26, _HOUR * 3_600):
        raise AssertionError("The events must be stored.")
    if sum(COUNTERS in item.get("sk", {}).get("S", "") for item in transactions.items) < customers:
        raise AssertionError("Each customer must have a counter.")
    return sum(2 * write_units(item_size(item)) for item in transactions.items) / count


def _requests(stack: Stack) -> list[Figure]:
    """Send 100 events of ten customers in both ways, one request after the other."""
    http = urllib3.PoolManager()
    api, key = stack.running.api_url, stack.running.secret_key
    token = _post(http, f"{api}/v2/billing/meter_event_session", {}, key)["authentication_token"]

    def by_stream() -> None:
        _post(http, f"{api}/v2/billing/meter_event_stream", {"events": _events(stack)}, token)

    def one_by_one() -> None:
        for event in _events(stack):
            _post(http, f"{api}/v1/billing/meter_events", event, key)

    ways: dict[str, Callable[[], None]] = {f"a stream of {_STREAM}": by_stream, _ONE: one_by_one}
    for way in ways.values():
        way()
    costs = alternate({name: partial(wall_seconds, way) for name, way in ways.items()})
    stream, single = costs.values()
    per_second = [
        Figure.from_runs(
            f"stream: events per second of one client, {name}", "events/s", [_STREAM / run for run in runs]
        )
        for name, runs in costs.items()
    ]
    calls = Figure.from_runs("stream: requests per second of one client", "requests/s", [1 / run for run in stream])
    against = Figure.from_runs("stream: against one event per request", TIMES_AS_FAST, ratios(single, stream), 5)
    return [against, *per_second, calls]


def _events(stack: Stack) -> list[dict[str, Any]]:
    now = int(time.time())
    return [
        {
            "event_name": METERS[0].event_name,
            "timestamp": now,
            "identifier": f"stream-{stack.unique_text()}",
            "payload": {"stripe_customer_id": CUSTOMERS[number % 10], "value": str(number)},
        }
        for number in range(_STREAM)
    ]


def _post(http: urllib3.PoolManager, url: str, fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    response = http.request("POST", url, body=json.dumps(fields), headers=headers)
    if response.status >= _CLIENT_ERROR:
        raise AssertionError(f"{url}: {response.status} {response.data!r}")
    return cast("dict[str, Any]", json.loads(response.data))
