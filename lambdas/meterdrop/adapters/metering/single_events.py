"""Events created with the API, and cancels of events: each with its usage in one transaction."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.batch import get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.items import Attributes, check_form, with_change
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.adapters.metering.event_items import EventItems
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.usage_items import (
    COUNTER_SHARDS,
    cancel_item,
    cancel_key,
    counted_at,
    counter,
    counter_figures,
    counter_key,
    known,
    live_month,
    request_lists,
)
from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Status
from meterdrop.domain.ids import UPLOAD_ID, request_owner
from meterdrop.domain.metering.contributions import month_of
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.metering.summary import Scope

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_COUNTING = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}
_TRIES = 10
_MAX_WRITES = 100
"""Maximum writes of a transaction. The events of one fit in its 4 MB: the largest has less than 40 KB."""
_IS_NEW = "attribute_not_exists(pk)"


class SingleEventTable(EventReader):
    """The events table, for the API: creates and cancels single events."""

    def __init__(
        self, json_client: JsonClient, client: "DynamoDBClient", *, events: str, usage: str, uploads: str
    ) -> None:
        """Read with `json_client` and write with `client`. The other parameters are names of tables."""
        super().__init__(json_client, events)
        self._client = client
        self._usage = usage
        self._uploads = uploads

    def add(self, events: Sequence[Event], request: str, received: int, change: Change | None = None) -> bool:
        """Store events that a request creates, received at `received` (epoch seconds), and add them to their counters.

        The events must have different IDs and rows. Each is new if and only if its transaction succeeds, so it is added
        once. Returns False if an ID exists, even if an earlier attempt of the same request stored it. Some of the
        events may be stored then. Raises AwsError if other requests are always faster.
        """
        return all(self._add_at_once(part, request, received, change) for part in _transactions(events))

    def _add_at_once(self, events: Sequence[Event], request: str, received: int, change: Change | None) -> bool:
        owner = request_owner(request, min(events, key=lambda event: event.row).id)
        items = EventItems(owner, received)
        inserts = [
            _put(self._table, with_change(items.attributes(items.single(event)), change), "attribute_not_exists(id)")
            for event in events
        ]
        lists = [_put(self._usage, item) for item in request_lists(events, owner, received)]
        added: dict[tuple[Scope, int], Figures] = {}
        for event in events:
            order = (event.timestamp, received, owner, event.row)
            for place in _counted_in(event):
                added.setdefault(place, Figures()).merge(Figures(1, event.value, order))
        shards = dict.fromkeys(added, 0)
        for _ in range(_TRIES):
            keys = {place: counter_key(*place, shard) for place, shard in shards.items()}
            items_of_keys = get_items(self._json_client, self._usage, list(keys.values()))
            stored = {(item["pk"]["S"], item["sk"]["S"]): item for item in items_of_keys}
            counters, months = [], dict[tuple[str, str], "TransactWriteItemTypeDef"]()
            for (scope, hour), key in keys.items():
                found = stored.get((key["pk"]["S"], key["sk"]["S"]))
                figures, revision = counter_figures(found, hour)
                figures.merge(added[scope, hour])
                counters.append(self._put_counter(counter(key, hour, figures, revision + 1), revision))
                if found is None and scope.customer is None:
                    month = scope.meter, month_of(hour)
                    months[month] = _put(self._usage, live_month(*month))
            failed = transact_write(self._client, [*inserts, *counters, *lists, *months.values()])
            if not failed:
                return True
            if min(failed) < len(inserts):
                return False
            # Requests that meet go to different counters.
            for number, place in enumerate(keys, len(inserts)):
                if number in failed:
                    shards[place] = random.randrange(COUNTER_SHARDS)  # noqa: S311 (no secret)
        raise AwsError("TransactWriteItems", "TransactionConflict")

    def cancelled_at(self, event: StoredEvent) -> int | None:
        """Return the time at which an event was cancelled, in epoch seconds, or None."""
        key = cancel_key(Scope(event.meter, None), event)
        found = get_items(self._json_client, self._usage, [key])
        return int(known(found[0])["cancelled"]["N"]) if found else None

    def cancel(self, id_: str, at: int, change: Change | None = None) -> bool:
        """Cancel the event of an ID at `at` (epoch seconds): subtract it from usage.

        Returns False if it is already cancelled or deleted, or if the events of its upload do not count now.
        """
        event = self.find(id_)
        if event is None:
            return False
        writes: list[TransactWriteItemTypeDef] = []
        if UPLOAD_ID.fullmatch(event.upload):
            revision = self._counting_revisions([event.upload]).get(event.upload)
            # Read again: the event is one of the upload at this revision.
            if revision is None or self.find(id_) != event:
                return False
            writes.append(self._is_unchanged(event.upload, revision))
        scopes = (Scope(event.meter, None), Scope(event.meter, event.customer))
        writes += (_put(self._usage, with_change(cancel_item(scope, event, at), change), _IS_NEW) for scope in scopes)
        return not transact_write(self._client, writes)

    def _put_counter(self, item: Attributes, revision: int) -> "TransactWriteItemTypeDef":
        """Return the write of a counter, on the condition that it has this revision, 0 if there is none."""
        if not revision:
            return _put(self._usage, item, _IS_NEW)
        write = _put(self._usage, item, "revision = :revision")
        write["Put"]["ExpressionAttributeValues"] = {":revision": {"N": str(revision)}}
        return write

    def uncounted(self, events: Iterable[StoredEvent]) -> str | None:
        """Return an upload that owns one of the events and does not count now, or None."""
        uploads = {event.upload for event in events if UPLOAD_ID.fullmatch(event.upload)}
        return min(uploads - self._counting_revisions(uploads).keys(), default=None)

    def _counting_revisions(self, uploads: Iterable[str]) -> dict[str, str]:
        """Return the revisions of those uploads whose events count."""
        found = get_items(self._json_client, self._uploads, [{"id": {"S": id_}} for id_ in uploads])
        known_uploads = [check_form(item) for item in found]
        return {item["id"]["S"]: item["revision"]["N"] for item in known_uploads if item["status"]["S"] in _COUNTING}

    def _is_unchanged(self, upload_id: str, revision: str) -> "TransactWriteItemTypeDef":
        """Return the check that an upload has this revision. It prevents a cancel of an event that an undo deletes."""
        return {
            "ConditionCheck": {
                "TableName": self._uploads,
                "Key": {"id": {"S": upload_id}},
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": revision}},
            }
        }


def _counted_in(event: Event) -> tuple[tuple[Scope, int], tuple[Scope, int]]:
    """Return the scopes and the hour of the counters that an event changes."""
    meter, hour, customer = counted_at(event)
    return (Scope(meter, customer), hour), (Scope(meter, None), hour)


def _transactions(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Split events into transactions. Those that share counters stay together, so that there are few of these."""
    part, shared = list[Event](), set[object]()
    for event in sorted(events, key=lambda event: (*counted_at(event), event.row)):
        meter, hour, _ = counted_at(event)
        # Counters of both scopes, the customer's list, the meter's feed, and the stamp of the month.
        needed = {*_counted_in(event), counted_at(event), meter, (meter, month_of(hour))}
        if len(part) + len(shared | needed) >= _MAX_WRITES:
            yield part
            part, shared = [], set()
        part.append(event)
        shared |= needed
    if part:
        yield part


def _put(table: str, item: Attributes, condition: str | None = None) -> "TransactWriteItemTypeDef":
    write: TransactWriteItemTypeDef = {"Put": {"TableName": table, "Item": item}}
    if condition is not None:
        write["Put"]["ConditionExpression"] = condition
    return write
