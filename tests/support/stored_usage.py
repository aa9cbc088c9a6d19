"""Events and their usage in a small DynamoDB, written and read by the real adapters."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from itertools import groupby
from typing import Any, cast

from meterdrop.adapters.batching import BatchedUsage, Threads, chunks
from meterdrop.adapters.dynamodb.batch import put_items
from meterdrop.adapters.metering.event_table import EventReader, EventStore
from meterdrop.adapters.metering.single_events import SingleEventTable
from meterdrop.adapters.metering.usage_items import cancel_item
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.ids import request_of
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.summary import Scope
from tests.support.dynamodb.direct import DirectClient, TransactingClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb


class AtOnce(Executor):
    """Calls at once, on the same thread."""

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  as an executor does
            future.set_exception(error)
        return future


class StoredUsage:
    """The tables `events` and `usage`."""

    def __init__(self, events: Iterable[StoredEvent] = ()) -> None:
        """Store events: of uploads as ingest does, of requests as the API does; cancelled ones with their cancels."""
        self.database = SmallDynamoDb()
        self.client = cast("Any", DirectClient(self.database))
        self.boto3 = cast("Any", TransactingClient(self.database))
        self.single = SingleEventTable(self.client, self.boto3, events="events", usage="usage", uploads="uploads")
        self.usage = UsageReader(self.client, "usage", AtOnce())
        self.events = EventReader(self.client, "events")
        for (owner, received), own in groupby(sorted(events, key=_owner), key=_owner):
            (self.add_upload if owner.startswith("upl_") else self.add_request)(owner, received, list(own))
        self.cancel(event for event in events if event.cancelled is not None)
        self.client.sent.clear()

    def add_upload(self, owner: str, received: int, events: Sequence[StoredEvent]) -> None:
        """Store the events of an upload, and its usage."""
        with Threads(1) as threads:
            table = UsageTable(self.client, "usage", owner, received, events[0].partner)
            BatchedUsage(table, threads).put_contributions(contributions_of(owner, events))
        self.store(owner, received, events)

    def remove_upload(self, owner: str, received: int, events: Sequence[StoredEvent]) -> None:
        """Delete the usage of an upload, and its events."""
        with Threads(1) as threads:
            table = UsageTable(self.client, "usage", owner, received)
            BatchedUsage(table, threads).remove_contributions(contributions_of(owner, events))
        store = EventStore(self.client, "events", owner, received)
        stored = store.read(event.id for event in events)
        for keys in chunks(dict.fromkeys(event.item for event in stored.values()), store.insert_limit):
            store.delete(keys)

    def add_request(self, owner: str, received: int, events: Sequence[StoredEvent]) -> None:
        """Store the events of a request, all of which fit in one transaction, as the API does."""
        assert self.single.add(list(map(as_event, events)), request_of(owner), received)

    def store(self, owner: str, received: int, events: Sequence[StoredEvent]) -> None:
        """Store the events of an upload."""
        partner = events[0].partner if events else None
        store = EventStore(self.client, "events", owner, received, writes_blocks=True, partner=partner)
        # An upload stored again has some of its events already.
        stored = store.read(event.id for event in events)
        new = [as_event(event) for event in events if event.id not in stored]
        for items in chunks(store.items(new), store.insert_limit):
            store.insert(items)

    def cancel(self, events: Iterable[StoredEvent]) -> None:
        """Cancel events, whatever their owner's status."""
        for event in events:
            for customer in (None, event.customer):
                put_items(
                    self.client, "usage", [cancel_item(Scope(event.meter, customer), event, event.cancelled or 0)]
                )

    def keys_read(self, table: str) -> list[int]:
        """Return for each BatchGetItem call of a table the number of its keys."""
        requests = [request["RequestItems"] for operation, request in self.client.sent if operation == "BatchGetItem"]
        return [len(request[table]["Keys"]) for request in requests if table in request]

    def items(self, table: str = "usage") -> list[dict[str, Any]]:
        """Return the items of a table."""
        return list(self.database.tables.get(table, {}).values())


def contributions_of(owner: str, events: Iterable[StoredEvent]) -> Contributions:
    """Return the contributions of an upload's events."""
    contributions = Contributions()
    for event in events:
        identifier = None if event.id == f"{owner}:{event.row}" else event.identifier
        contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, identifier)
    return contributions


def as_event(event: StoredEvent) -> Event:
    """Return an event as it is before it is stored."""
    meter = Meter(id=event.meter, event_name=event.event_name, display_name=event.event_name)
    return Event(event.id, event.row, meter, event.customer, event.timestamp, event.value, event.payload)


def _owner(event: StoredEvent) -> tuple[str, int]:
    return event.upload, event.received
