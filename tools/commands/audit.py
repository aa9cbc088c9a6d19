"""`make audit`: recounts events against statuses and usage, and names every difference. It only reads.

It shares no code with what wrote the figures.
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
    """What the events of one owner in one hour come to."""

    count: int = 0
    sum: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    last: Decimal | None = None
    order: tuple[int, int] = (-1, -1)

    def add(self, event: Item) -> None:
        """Add one event."""
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
    """What the events say of usage and of statuses."""

    usage: dict[tuple[str, str], Figures] = field(default_factory=lambda: defaultdict(Figures))
    """By partition and sort key of the usage table."""
    cancels: dict[tuple[str, str], tuple[str, Decimal | None]] = field(default_factory=dict)
    """Whose event each cancel takes out, and what, in the same way."""
    events: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many each owner has."""

    def add(self, item: Item) -> None:
        """Add an item of the events table."""
        event, owner = item["event"], item["upload"]
        hour = datetime.fromtimestamp(int(event["timestamp"]), UTC).strftime("%Y-%m-%dT%H")
        self.events[owner] += 1
        for group in (f"customer#{event['customer']}", f"month#{hour[:7]}"):
            partition = f"{event['meter']}#{group}"
            self.usage[partition, f"{hour}#{owner}"].add(event)
            if "cancelled" in item:
                value = event.get("value")
                self.cancels[partition, f"{hour}#cancel#{item['id']}"] = owner, None if value is None else -value


def differences(events: Iterable[Item], usage: Iterable[Item], uploads: Iterable[Item]) -> Iterator[str]:
    """Name every difference between the events, the usage figures and the uploads' statuses; none if all agree.

    What an upload that is on its way has stored is left out: it is in no final state, and will be.
    """
    recount = Recount()
    for item in events:
        recount.add(item)
    statuses = {item["id"]: item for item in uploads if item["id"].startswith("upl_")}
    under_way = {id_ for id_, item in statuses.items() if item["status"] not in _FINAL}
    yield from _of_statuses(recount, statuses, under_way)
    yield from _of_usage(recount, usage, under_way)


def _of_statuses(recount: Recount, statuses: Mapping[str, Item], under_way: set[str]) -> Iterator[str]:
    for id_, upload in statuses.items():
        if id_ in under_way or upload["kind"] != "usage":
            continue
        counts = upload["status"] in _COUNTING and not upload["dry_run"]
        expected, found = int(upload["success_count"]) if counts else 0, recount.events.get(id_, 0)
        if expected != found:
            yield f"{id_} ({upload['status']}, {upload['key']}): {found} events are stored, {expected} should be"
    for owner, count in recount.events.items():
        if owner.startswith("upl_") and owner not in statuses:
            yield f"{owner}: {count} events are stored, and there is no such upload"


def _of_usage(recount: Recount, usage: Iterable[Item], under_way: set[str]) -> Iterator[str]:
    expected, cancels = dict(recount.usage), dict(recount.cancels)
    for item in usage:
        key = item["pk"], item["sk"]
        if item["pk"].split("#")[1] not in {"customer", "month"}:
            continue
        if "cancels" in item:
            owner, value = cancels.pop(key, (None, None))
            agrees = owner is not None and (int(item["count"]), item.get("sum")) == (-1, value)
            if not agrees and item["upload"] not in under_way:
                yield f"{' '.join(key)}: a cancel of {item['cancels']} that no event bears out"
        elif (said := _wrong(item, expected.pop(key, Figures()))) and _owner(key) not in under_way:
            yield f"{' '.join(key)}: {said}"
    for key, figures in expected.items():
        if _owner(key) not in under_way:
            yield f"{' '.join(key)}: no figures for {figures.count} events"
    for key, (owner, _) in cancels.items():
        if owner not in under_way:
            yield f"{' '.join(key)}: a cancelled event is still counted"


def _wrong(item: Item, figures: Figures) -> str:
    """Say which figures of an item are wrong."""
    wrong = [name for name in _FIGURES if item.get(name) != getattr(figures, name)]
    return ", ".join(f"{name} {item.get(name)} instead of {getattr(figures, name)}" for name in wrong)


def _owner(key: tuple[str, str]) -> str:
    """Return whose figures stand under a key."""
    return key[1].partition("#")[2]


_deserialize = TypeDeserializer().deserialize


def audit() -> int:
    """Recount the stack that STACK names; returns how many differences there are."""
    clients, outputs = target.find()
    dynamodb = clients.dynamodb()
    tables = (outputs.events_table, outputs.usage_table, outputs.uploads_table)
    found = 0
    for difference in differences(*(_scan(dynamodb, table) for table in tables)):
        found += 1
        print(difference)
    summary = "Events, statuses and usage agree." if not found else f"{found} differences."
    print(summary, file=sys.stderr)
    return found


def _scan(dynamodb: "DynamoDBClient", table: str) -> Iterator[dict[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            yield {name: _deserialize(value) for name, value in item.items()}


def main() -> int:
    """Run the command; returns the exit code: 1 where anything differs."""
    differing: list[int] = []
    try:
        signals.listen()
        target.explained(lambda: differing.append(audit()))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except signals.Stopped:
        return 130
    return int(any(differing))


if __name__ == "__main__":
    sys.exit(main())
