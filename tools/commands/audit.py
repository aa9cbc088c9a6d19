"""`make audit`: recount all events, and list every difference from statuses and usage. It only reads.

It shares no code with the functions that write the usage items.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from tools.commands.audit_statements import statement_differences
from tools.commands.recount import (
    Cancel,
    Figures,
    Item,
    StoredEvent,
    Usage,
    bucket_of,
    events_of,
    hours_of,
    scopes,
)
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


_FORM = 1  # the version of the forms of all items
_COUNTING = {"succeeded", "succeeded_with_errors"}
_FINAL = _COUNTING | {"failed", "reverted"}


@dataclass(slots=True)
class Recount:
    """The usage that the stored events stand for."""

    usage: Usage = field(default_factory=Usage)
    events: dict[str, StoredEvent] = field(default_factory=dict)
    by_owner: dict[str, list[StoredEvent]] = field(default_factory=lambda: defaultdict(list))
    twice: list[StoredEvent] = field(default_factory=list)
    """Events whose ID another stored event has."""

    def add_event(self, event: StoredEvent) -> None:
        """Add an event."""
        if event.id in self.events:
            self.twice.append(event)
        self.events[event.id] = event
        self.by_owner[event.owner].append(event)
        self.usage.add_event(event)


def differences(
    events: Iterable[Item], usage: Iterable[Item], uploads: Iterable[Item], catalog: Iterable[Item] | None = None
) -> Iterator[str]:
    """Yield every difference between the events, the usage items and the uploads' statuses.

    Uploads that are still in progress are left out, because their items can still change. With the items of `catalog`,
    also names unknown meters and customers. Raises Trouble if an item has an unknown form.
    """
    found = [event for item in _known(events) for event in events_of(item)]
    stored = Usage()
    for item in _known(usage):
        stored.add_item(item)
    statuses = {item["id"]: item for item in _known(uploads) if item["id"].startswith("upl_")}
    in_progress = {id_ for id_, item in statuses.items() if item["status"] not in _FINAL}
    recount = Recount()
    for event in found:
        upload = statuses.get(event.owner)
        if upload is not None and int(upload["created"]) != event.received:
            yield f"{event.id}: arrived at {event.received}, but its upload {event.owner} at {upload['created']}"
        # The usage of an upload is stored by the arrival of the upload.
        recount.add_event(event if upload is None else event._replace(received=int(upload["created"])))
    recount.usage.add_named(recount.events.values())
    yield from _of_statuses(recount, statuses, in_progress)
    yield from _of_figures(recount.usage, stored, in_progress)
    yield from _of_lists(recount.usage, stored, statuses, in_progress)
    yield from _of_cancels(recount, stored, in_progress)
    # The figures of an upload in progress can be deleted before the stamp of its bucket changes.
    yield from _of_rollups(stored, {bucket_of(int(statuses[id_]["created"])) for id_ in in_progress})
    if catalog is not None:
        yield from _of_catalog(found, _known(catalog))


def _known(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        if item.get("form") != _FORM:
            key = " ".join(item[name] for name in ("id", "pk", "sk") if name in item)
            raise Trouble(
                f'The item "{key}" has the form {item.get("form")}, but this audit reads form {_FORM}. Run the audit '
                "with the version of Meterdrop that is deployed."
            )
        yield item


def _of_statuses(recount: Recount, statuses: Mapping[str, Item], in_progress: set[str]) -> Iterator[str]:
    for event in recount.twice:
        yield f"{event.id}: stored twice, the second time by {event.owner}"
    for id_, upload in statuses.items():
        stored, name = recount.by_owner.get(id_, []), f"{id_} ({upload['status']}, {upload['key']})"
        if id_ in in_progress:
            if stored and "sha256" not in upload:
                yield f"{name}: {len(stored)} events are stored, but the upload hasn't claimed its content yet"
            continue
        counts = upload["kind"] == "usage" and upload["status"] in _COUNTING and not upload["dry_run"]
        expected = int(upload["success_count"]) if counts else 0
        if expected != len(stored):
            yield f"{name}: {len(stored)} events are stored instead of {expected}"
        elif counts and (wrong := _wrong_totals(upload["totals"], stored)):
            yield f"{name}: the totals of {wrong} differ from the stored events"
    for owner, events in recount.by_owner.items():
        if owner.startswith("upl_") and owner not in statuses:
            yield f"{owner}: {len(events)} events are stored, but the upload doesn't exist"


def _wrong_totals(totals: Iterable[Item], events: Iterable[StoredEvent]) -> str:
    """Return the event names whose totals differ from the events."""
    by_name: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in events:
        by_name[event.event_name].append(event)
    expected = {}
    for name, group in by_name.items():
        times, figures = [event.timestamp for event in group], Figures()
        for event in group:
            figures.add_event(event)
        expected[name] = len(group), figures.sum, min(times), max(times)
    stored = {
        total["event_name"]: (
            int(total["event_count"]),
            Decimal(total["value_sum"]) if total.get("value_sum") is not None else None,
            *(int(total.get(name, -1)) for name in ("first_timestamp", "last_timestamp")),
        )
        for total in totals
    }
    names = expected.keys() | stored.keys()
    return ", ".join(sorted(name for name in names if expected.get(name) != stored.get(name)))


def _of_figures(recounted: Usage, stored: Usage, in_progress: set[str]) -> Iterator[str]:
    for place in sorted(recounted.figures.keys() | stored.figures.keys() | stored.ids.keys(), key=str):
        if _owner(place.key) in in_progress:
            continue
        expected = recounted.figures.get(place, Figures())
        if wrong := stored.figures.get(place, Figures()).difference(expected):
            yield f"{place}: {wrong}"
        elif sorted(stored.ids.get(place, ())) != sorted(recounted.ids.get(place, ())):
            yield f"{place}: the list of events differs from the stored events"
    needed = {
        ("#".join(place.partition.split("#")[:2]), "hand#" if place.key == "hand" else place.key.split("#")[1])
        for place in recounted.figures
        if _owner(place.key) not in in_progress
    }
    for month, bucket in sorted(needed):
        if bucket not in stored.stamps[month]:
            yield f"{month} {bucket}: the stamp is missing, so summaries leave events out"


def _of_lists(recounted: Usage, stored: Usage, statuses: Mapping[str, Item], in_progress: set[str]) -> Iterator[str]:
    """Compare the feeds, the events from the API, and what else readers take from the items of uploads."""
    for key in sorted(recounted.named.keys() | stored.named.keys()):
        expected, found = recounted.named.get(key), stored.named.get(key)
        if expected != found and _owner(key[1]) not in in_progress:
            yield f"{' '.join(key)}: {found or 'missing'} instead of {expected or 'no item'}"
    for (pk, sk), received in stored.arrivals.items():
        upload = statuses.get(_owner(sk.rpartition("#")[0] if "#events#" in pk else sk))
        if upload is not None and upload["id"] not in in_progress and received != int(upload["created"]):
            yield f"{pk} {sk}: arrived at {received} instead of {upload['created']}"
    for (pk, sk), (count, totals) in stored.listed.items():
        if totals != {count} and _owner(sk) not in in_progress:
            yield f"{pk} {sk}: the lists of the day have {count} events instead of {', '.join(map(str, totals))}"


def _of_cancels(recount: Recount, stored: Usage, in_progress: set[str]) -> Iterator[str]:
    for cancel, found in stored.cancels.items():
        if cancel.owner in in_progress:
            continue
        where = f"{cancel.partition} {cancel.owner}"
        event = recount.events.get(cancel.id)
        if event is None or event.owner != cancel.owner or cancel[:2] not in scopes(event):
            yield f"{where}: {cancel.id} is cancelled in usage, but the event doesn't exist"
            continue
        expected = event.hour, -1, None if event.value is None else -event.value, event.id, event.customer
        if found[:-1] != expected:
            yield f"{where}: the cancel of {cancel.id} doesn't subtract the event"
        if any(stored.cancels.get(Cancel(*scope, *cancel[2:]), (None,))[-1] != found[-1] for scope in scopes(event)):
            yield f"{where}: {cancel.id} is cancelled for its customer only, or for all customers only"


def _of_catalog(events: Iterable[StoredEvent], catalog: Iterable[Item]) -> Iterator[str]:
    known = {(item["pk"], item["sk"]) for item in catalog}
    meters, customers = Counter[str](), Counter[str]()
    for event in events:
        meters[event.meter] += ("meters", event.meter) not in known
        customers[event.customer] += (f"customer#{event.customer}", "customer") not in known
    for name, missing in (("meter", meters), ("customer", customers)):
        for id_, count in sorted((+missing).items()):
            yield f"{id_}: {count} events are stored, but the {name} doesn't exist"


def _of_rollups(stored: Usage, in_progress: set[str]) -> Iterator[str]:
    """Compare the roll-ups that are in use. The others are made again before they are used.

    `in_progress` are the buckets of uploads in progress. Their roll-ups are left out.
    """
    for item in stored.rollups:
        partition = item["pk"].removesuffix("#rollup")
        customer, tab, name = item["sk"].rpartition("\t")
        current = {
            bucket: stamp
            for bucket, stamp in stored.stamps["#".join(partition.split("#")[:2])].items()
            if bucket != "hand#" and name in {"month", f"bucket#{bucket}"}
        }
        if in_progress & current.keys() or current != dict(stamp.split("=") for stamp in item["stamps"].split()):
            continue
        expected: dict[str, Figures] = defaultdict(Figures)
        for place, figures in stored.figures.items():
            bucket = place.key.split("#")[1] if place.key.startswith("upload#") else None
            if (place.partition, place.customer) == (partition, customer if tab else None) and bucket in current:
                expected[place.hour].add(figures)
        made = {hour: figures for hour, figures, _ in hours_of(item, "")}
        if made != expected:
            yield f"{item['pk']} {item['sk']}: the roll-up differs from the figures of its uploads. Delete it"


def _owner(key: str) -> str:
    """Return the owner in the key of an upload's items."""
    return key.rpartition("#")[2]


_deserialize = TypeDeserializer().deserialize


def audit() -> int:
    """Recount the stack that STACK names; print the differences, and return their number."""
    clients, outputs = target.find()
    number = 0
    catalog = _scan(clients.dynamodb(), outputs.catalog_table)
    of_statements = statement_differences(catalog, partial(_read_object, clients.s3(), outputs.bucket))
    for difference in chain(read_differences(clients.dynamodb(), outputs), of_statements):
        number += 1
        print(difference)
    summary = f"{number} differences." if number else "No differences: events, statuses, usage and statements agree."
    print(summary, file=sys.stderr)
    return number


def read_differences(dynamodb: "DynamoDBClient", outputs: Outputs) -> Iterator[str]:
    """Read a stack's tables, and yield every difference. Raises Trouble as `differences` does."""
    tables = (outputs.events_table, outputs.usage_table, outputs.uploads_table, outputs.catalog_table)
    return differences(*(_scan(dynamodb, table) for table in tables))


def _read_object(s3: "S3Client", bucket: str, key: str, version_id: str) -> bytes | None:
    """Return the bytes of an object version, None if it is gone."""
    try:
        return s3.get_object(Bucket=bucket, Key=key, VersionId=version_id)["Body"].read()
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in {"NoSuchVersion", "NoSuchKey"}:
            raise
        return None


def _scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield {name: _deserialize(value) for name, value in item.items()}


def main() -> int:
    """Run the command; return the exit code: 1 if there are differences."""
    return target.run_command(audit)


if __name__ == "__main__":
    sys.exit(main())
