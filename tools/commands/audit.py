"""`make audit`: recount all events, and list every difference from statuses and usage. It only reads.

It shares no code with the functions that write the usage items.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from tools.setup import signals
from tools.setup.trouble import Trouble
from tools.stack import target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


Item = Mapping[str, Any]
"""An item in the resource API's types."""
_COUNTING = {"succeeded", "succeeded_with_errors"}
_FINAL = _COUNTING | {"failed", "reverted"}
_EXACT = Context(prec=38)
_FIGURES = ("count", "sum", "min", "max", "last")


@dataclass(slots=True)
class Figures:
    """The figures of one owner's events in one hour."""

    count: int = 0
    sum: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    last: Decimal | None = None
    order: tuple[int, int] = (-1, -1)

    def add_event(self, event: Item) -> None:
        """Add an event."""
        self.count += 1
        value, order = event.get("value"), (int(event["timestamp"]), int(event["row"]))
        if value is None:
            return
        self.sum = value if self.sum is None else _EXACT.add(self.sum, value)
        self.min = value if self.min is None else min(self.min, value)
        self.max = value if self.max is None else max(self.max, value)
        if order > self.order:
            self.last, self.order = value, order


@dataclass(slots=True)
class Recount:
    """The usage and the number of events of each owner, calculated from the events."""

    usage: dict[tuple[str, str], Figures] = field(default_factory=lambda: defaultdict(Figures))
    """Figures by partition and sort key of the usage table."""
    cancels: dict[tuple[str, str], tuple[str, Decimal | None]] = field(default_factory=dict)
    """The owner of the cancelled event, and its negative value, by the same keys."""
    events: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The number of events by owner."""

    def add_item(self, item: Item) -> None:
        """Add an item of the events table."""
        event, owner = item["event"], item["upload"]
        hour = datetime.fromtimestamp(int(event["timestamp"]), UTC).strftime("%Y-%m-%dT%H")
        self.events[owner] += 1
        for group in (f"customer#{event['customer']}", f"month#{hour[:7]}"):
            partition = f"{event['meter']}#{group}"
            self.usage[partition, f"{hour}#{owner}"].add_event(event)
            if "cancelled" in item:
                value = event.get("value")
                self.cancels[partition, f"{hour}#cancel#{item['id']}"] = owner, None if value is None else -value


def differences(events: Iterable[Item], usage: Iterable[Item], uploads: Iterable[Item]) -> Iterator[str]:
    """Yield every difference between the events, the usage items and the uploads' statuses.

    Uploads that are still in progress are left out, because their items can still change.
    """
    recount = Recount()
    for item in events:
        recount.add_item(item)
    statuses = {item["id"]: item for item in uploads if item["id"].startswith("upl_")}
    in_progress = {id_ for id_, item in statuses.items() if item["status"] not in _FINAL}
    yield from _of_statuses(recount, statuses, in_progress)
    yield from _of_usage(recount, usage, in_progress)


def _of_statuses(recount: Recount, statuses: Mapping[str, Item], in_progress: set[str]) -> Iterator[str]:
    for id_, upload in statuses.items():
        if id_ in in_progress or upload["kind"] != "usage":
            continue
        counts = upload["status"] in _COUNTING and not upload["dry_run"]
        expected, stored = int(upload["success_count"]) if counts else 0, recount.events.get(id_, 0)
        if expected != stored:
            yield f"{id_} ({upload['status']}, {upload['key']}): {stored} events are stored instead of {expected}"
    for owner, count in recount.events.items():
        if owner.startswith("upl_") and owner not in statuses:
            yield f"{owner}: {count} events are stored, but the upload doesn't exist"


def _of_usage(recount: Recount, usage: Iterable[Item], in_progress: set[str]) -> Iterator[str]:
    expected, cancels = dict(recount.usage), dict(recount.cancels)
    for item in usage:
        key = item["pk"], item["sk"]
        if item["pk"].split("#")[1] not in {"customer", "month"}:
            continue
        if "cancels" in item:
            owner, value = cancels.pop(key, (None, None))
            agrees = owner is not None and (int(item["count"]), item.get("sum")) == (-1, value)
            if not agrees and item["upload"] not in in_progress:
                yield f"{' '.join(key)}: {item['cancels']} is cancelled in usage, but not in its event"
        elif (wrong := _wrong_figures(item, expected.pop(key, Figures()))) and _owner(key) not in in_progress:
            yield f"{' '.join(key)}: {wrong}"
    for key, figures in expected.items():
        if _owner(key) not in in_progress:
            yield f"{' '.join(key)}: no usage item for {figures.count} events"
    for key, (owner, _) in cancels.items():
        if owner not in in_progress:
            yield f"{' '.join(key)}: usage still counts a cancelled event"


def _wrong_figures(item: Item, figures: Figures) -> str:
    """Describe the wrong figures of an item; empty if all are right."""
    wrong = [name for name in _FIGURES if item.get(name) != getattr(figures, name)]
    return ", ".join(f"{name} {item.get(name)} instead of {getattr(figures, name)}" for name in wrong)


def _owner(key: tuple[str, str]) -> str:
    """Return the owner of a key's figures."""
    return key[1].partition("#")[2]


_deserialize = TypeDeserializer().deserialize


def audit() -> int:
    """Recount the stack that STACK names; print the differences, and return their number."""
    clients, outputs = target.find()
    dynamodb = clients.dynamodb()
    tables = (outputs.events_table, outputs.usage_table, outputs.uploads_table)
    number = 0
    for difference in differences(*(_scan(dynamodb, table) for table in tables)):
        number += 1
        print(difference)
    summary = f"{number} differences." if number else "No differences: events, statuses and usage agree."
    print(summary, file=sys.stderr)
    return number


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
