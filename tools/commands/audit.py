"""`make audit`: recount all events, and list every difference from statuses and usage. It only reads.

It shares no code with the functions that write the usage items.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from tools.commands.recount import (
    Figures,
    Item,
    Place,
    StoredEvent,
    Usage,
    bucket_of,
    events_of,
    figures_key,
    hours_of,
    scopes,
)
from tools.setup import signals
from tools.setup.trouble import Trouble
from tools.stack import target
from tools.stack.outputs import Outputs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_FORM = 1  # the version of the form of all items
_COUNTING = {"succeeded", "succeeded_with_errors"}
_FINAL = _COUNTING | {"failed", "reverted"}


@dataclass(slots=True)
class Recount:
    """The usage that the stored events stand for."""

    usage: Usage = field(default_factory=Usage)
    events: dict[str, StoredEvent] = field(default_factory=dict)
    by_owner: Counter[str] = field(default_factory=Counter)
    """The number of events by owner."""

    def add_event(self, event: StoredEvent) -> None:
        """Add an event."""
        self.events[event.id] = event
        self.by_owner[event.owner] += 1
        for partition, customer in scopes(event):
            place = Place(partition, customer, figures_key(event), event.hour)
            self.usage.figures[place].add_event(event)
            self.usage.ids[place].append(event.id)


def differences(events: Iterable[Item], usage: Iterable[Item], uploads: Iterable[Item]) -> Iterator[str]:
    """Yield every difference between the events, the usage items and the uploads' statuses.

    Uploads that are still in progress are left out, because their items can still change. Raises Trouble if an item
    has an unknown form.
    """
    recount = Recount()
    for item in _known(events):
        for event in events_of(item):
            recount.add_event(event)
    stored = Usage()
    for item in _known(usage):
        stored.add_item(item)
    statuses = {item["id"]: item for item in _known(uploads) if item["id"].startswith("upl_")}
    in_progress = {id_ for id_, item in statuses.items() if item["status"] not in _FINAL}
    yield from _of_statuses(recount, statuses, in_progress)
    yield from _of_figures(recount.usage, stored, in_progress)
    yield from _of_cancels(recount, stored, in_progress)
    # The figures of an upload in progress can be deleted before the stamp of its bucket changes.
    yield from _of_rollups(stored, {bucket_of(int(statuses[id_]["created"])) for id_ in in_progress})


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
    for id_, upload in statuses.items():
        if id_ in in_progress or upload["kind"] != "usage":
            continue
        counts = upload["status"] in _COUNTING and not upload["dry_run"]
        expected, stored = int(upload["success_count"]) if counts else 0, recount.by_owner[id_]
        if expected != stored:
            yield f"{id_} ({upload['status']}, {upload['key']}): {stored} events are stored instead of {expected}"
    for owner, count in recount.by_owner.items():
        if owner.startswith("upl_") and owner not in statuses and count:
            yield f"{owner}: {count} events are stored, but the upload doesn't exist"


def _of_figures(recounted: Usage, stored: Usage, in_progress: set[str]) -> Iterator[str]:
    for place in sorted(recounted.figures.keys() | stored.figures.keys() | stored.ids.keys(), key=str):
        if _owner(place) in in_progress:
            continue
        expected = recounted.figures.get(place, Figures())
        if wrong := stored.figures.get(place, Figures()).difference(expected):
            yield f"{place}: {wrong}"
        elif sorted(stored.ids.get(place, ())) != sorted(recounted.ids.get(place, ())):
            yield f"{place}: the list of events differs from the stored events"


def _of_cancels(recount: Recount, stored: Usage, in_progress: set[str]) -> Iterator[str]:
    for cancel, figures in stored.cancels.items():
        if cancel.owner in in_progress:
            continue
        where = f"{cancel.partition} {cancel.owner}"
        event = recount.events.get(cancel.id)
        if event is None or event.owner != cancel.owner:
            yield f"{where}: {cancel.id} is cancelled in usage, but the event doesn't exist"
            continue
        if (figures.count, figures.sum) != (-1, None if event.value is None else -event.value):
            yield f"{where}: the cancel of {cancel.id} doesn't subtract the event"
        if any((*scope, cancel.owner, cancel.id) not in stored.cancels for scope in scopes(event)):
            yield f"{where}: {cancel.id} is cancelled for its customer only, or for all customers only"


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
            if bucket != "hand" and name in {"month", f"bucket#{bucket}"}
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


def _owner(place: Place) -> str:
    """Return the owner of figures."""
    return place.key.rpartition("#")[2]


_deserialize = TypeDeserializer().deserialize


def audit() -> int:
    """Recount the stack that STACK names; print the differences, and return their number."""
    clients, outputs = target.find()
    number = 0
    for difference in read_differences(clients.dynamodb(), outputs):
        number += 1
        print(difference)
    summary = f"{number} differences." if number else "No differences: events, statuses and usage agree."
    print(summary, file=sys.stderr)
    return number


def read_differences(dynamodb: "DynamoDBClient", outputs: Outputs) -> Iterator[str]:
    """Read a stack's tables, and yield every difference. Raises Trouble as `differences` does."""
    tables = (outputs.events_table, outputs.usage_table, outputs.uploads_table)
    return differences(*(_scan(dynamodb, table) for table in tables))


def _scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield {name: _deserialize(value) for name, value in item.items()}


def main() -> int:
    """Run the command; return the exit code: 1 if there are differences."""
    differing: list[int] = []
    try:
        signals.listen()
        target.run_command(lambda: differing.append(audit()))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        return 130
    return int(any(differing))


if __name__ == "__main__":
    sys.exit(main())
